"""Single questions about a study, beside a run: why a site scores so, what a scenario changes, how long a way takes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.errors import StoreError
from nmplan.errors import StudyError
from nmplan.errors import raise_faults
from nmplan.layers.sources import layer_groups
from nmplan.store import Workspace
from nmplan.store import read_table
from nmplan.words import TRAVELLED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from nmplan.measures.last_journey import LastJourney
    from nmplan.measures.travel import Travel
    from nmplan.scores.explain import Explanation
    from nmplan.study import Study


EVENING = "20:00"
"""The last journey of a day is sought among the lines that run at this hour or later."""


def compare_scenarios(root: Path, before: str, after: str) -> pd.DataFrame:
    """
    Return the means by area of minutes and scores in two scenarios that have been run.

    Parameters
    ----------
    root
        Folder below which data/processed stands.
    before, after
        Keys of scenarios.

    Returns
    -------
    pandas.DataFrame
        area_id, quantity (a measure in minutes, or the tenant whose score it is), sites, before, after, change.

    Raises
    ------
    StoreError
        A scenario that has not been run.
    """
    from nmplan.scores.differences import mean_by_area  # noqa: PLC0415

    space = Workspace(root)
    areas = read_table(space.layer("parcels")).set_index("parcel_id")["area_id"]
    wide = []
    for key in (before, after):
        measures = read_table(space.table(key, "measures")).set_index("parcel_id")
        scores = read_table(space.table(key, "scores")).pivot(index="parcel_id", columns="tenant", values="score")
        minutes = measures[[name for name in measures if str(name).endswith("_min")]]
        wide.append(minutes.join(scores).reindex(areas.index))
    names = [name for name in wide[0] if name in wide[1]]
    return mean_by_area(wide[0], wide[1], areas, names)


def explain(study: Study, root: Path, parcel_id: str, tenant: str, scenario: str) -> Explanation:
    """
    Explain a site for a tenant in a scenario that has been run.

    Parameters
    ----------
    study
        Its tenants and robustness.
    root
        Folder below which data/processed stands.
    parcel_id, tenant, scenario
        The site, and keys of the study.

    Raises
    ------
    StoreError
        A scenario that has not been run, or that has no such site.
    """
    from nmplan.scores.explain import explain_site  # noqa: PLC0415

    if parcel_id not in scored_sites(root, scenario, tenant):
        what = f"there is no site {parcel_id!r} for {tenant}."
        raise StoreError([Fault(f"scores of {scenario}", parcel_id, what, "Name another, or run `nmplan run`.")])
    space = Workspace(root)
    tables = {
        name: read_table(space.table(scenario, name))
        for name in ("measures", "scores", "ledger", "exclusions", "central_weights")
    }
    tables["parcels"] = read_table(space.layer("parcels"))
    names = {"parcel_id": parcel_id, "name": tenant, "scenario": scenario}
    asked = study.tenants[tenant].within(study.scenarios[scenario])
    found = explain_site(tables, asked, study.robustness, **names)
    if "commitments" not in study.layers:
        return found
    land = tables["parcels"].set_index("parcel_id").geometry.loc[[parcel_id]]
    return replace(found, commitments=_commitments(land, read_table(space.layer("commitments"))))


def _commitments(land: gpd.GeoSeries, commitments: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return the commitments that may lie on a piece of land as plain data, the nearest first; blanks are None."""
    from nmplan.places.commitments import commitments_on  # noqa: PLC0415

    found = commitments_on(land, commitments).drop(columns="parcel_id")
    rows = found.merge(commitments.drop(columns=commitments.geometry.name), on="commitment_id", how="left")
    blank = rows.isna() | rows.eq("")
    return [
        {str(name): None if blank.loc[place, name] else value for name, value in row.items()}
        for place, row in enumerate(rows.to_dict("records"))
    ]


def places(study: Study, root: Path, scenario: str, tenant: str = "") -> dict[str, pd.DataFrame]:
    """
    Return the places of a scenario that has been run, beside what is published.

    Parameters
    ----------
    study
        Tells whether there is a portfolio, and areas.
    root
        Folder below which data/processed stands.
    scenario
        Key of a scenario.
    tenant
        Whose clusters; those of all tenants together unless one is named.

    Returns
    -------
    dict
        clusters, best mean score first; sandboxes that are not refused; capacity of areas beside their targets;
        portfolio, land by tenant. The last two are empty where the study has none.

    Raises
    ------
    StoreError
        A scenario that has not been run.
    """
    import pandas as pd  # noqa: PLC0415

    space = Workspace(root)
    clusters = read_table(space.table(scenario, "clusters"))
    clusters = clusters[clusters["tenant"].eq(tenant)].sort_values("mean_score", ascending=False)
    zones = read_table(space.table(scenario, "sandboxes"))
    zones = zones[zones["outcome"].ne("refused")].sort_values(["kind", "readiness"], ascending=[True, False])
    lasting = space.processed / "capacity.parquet"
    chosen = read_table(space.table(scenario, "portfolio")) if study.has_portfolio(scenario) else pd.DataFrame()
    return {
        "clusters": pd.DataFrame(clusters.drop(columns="geometry")),
        "sandboxes": pd.DataFrame(zones.drop(columns="geometry")),
        "capacity": read_table(lasting) if "areas" in study.layers else pd.DataFrame(),
        "portfolio": _land_by_tenant(chosen) if len(chosen) else pd.DataFrame(),
    }


def starts(root: Path, scenario: str, year: int) -> dict[str, pd.DataFrame]:
    """
    Return the sites that can start before a year, and how many can, cannot, or may.

    Parameters
    ----------
    root
        Folder below which data/processed stands.
    scenario
        Whose scores say which tenant suits a site best.
    year
        Land that can be built on before it.

    Returns
    -------
    dict
        sites, from `places.starts.sites_ready_before`; counts, from `count_by_start`.

    Raises
    ------
    StoreError
        A scenario that has not been run.
    """
    from nmplan.places.starts import count_by_start  # noqa: PLC0415
    from nmplan.places.starts import sites_ready_before  # noqa: PLC0415

    space = Workspace(root)
    scores, parcels = read_table(space.table(scenario, "scores")), read_table(space.layer("parcels"))
    return {"sites": sites_ready_before(parcels, scores, year), "counts": count_by_start(parcels, year)}


def _land_by_tenant(chosen: pd.DataFrame) -> pd.DataFrame:
    """Return how many sites and how much land each tenant is given, its points by the hectare, and in which areas."""
    points = chosen.assign(points=chosen["score"] * chosen["area_ha"])
    table = points.groupby("tenant", as_index=False).agg(
        sites=("parcel_id", "size"), area_ha=("area_ha", "sum"), points=("points", "sum")
    )
    land = chosen.groupby(["tenant", "area_id"])["area_ha"].sum().sort_values(ascending=False).reset_index()
    areas = land.groupby("tenant")["area_id"].agg(", ".join)
    return table.assign(mean_score=table["points"] / table["area_ha"], areas=table["tenant"].map(areas)).drop(
        columns="points"
    )


def scored_sites(root: Path, scenario: str, tenant: str) -> tuple[str, ...]:
    """Return the sites that have been scored for a tenant in a scenario; StoreError where none have."""
    scores = read_table(Workspace(root).table(scenario, "scores"))
    return tuple(scores.loc[scores["tenant"].eq(tenant), "parcel_id"])


def travel_model(study: Study, scenario: str, *, at: str | None = None) -> Travel:
    """
    Return the travel model of a scenario, from the study's layers, none of which need have been stored.

    Parameters
    ----------
    study
        Its layers, speeds and scenarios.
    scenario
        Key of a scenario.
    at
        Time of day HH:MM, the scenario's own unless said otherwise.

    Raises
    ------
    NmplanError
        A layer that cannot be read, an unknown scenario, a time that is none, or a study without roads.
    """
    from nmplan.layers.bus_lines import line_faults  # noqa: PLC0415
    from nmplan.layers.load import load_group  # noqa: PLC0415
    from nmplan.measures.model import travel_of  # noqa: PLC0415

    if scenario not in study.scenarios:
        what = f"the study has no scenario {scenario!r}; it has {', '.join(study.scenarios)}."
        raise StudyError([Fault("study", "scenarios", what, "Name one of those.")])
    hour = study.scenarios[scenario] if at is None else study.scenarios[scenario].at(at)
    groups = layer_groups({name: origin for name, origin in study.layers.items() if name in TRAVELLED})
    tables = {name: layer.frame for names in groups for name, layer in load_group(names, study).items()}
    if "bus_lines" in tables:
        raise_faults(LayerError, line_faults(tables["bus_lines"], "layer bus_lines"))
    model = travel_of(tables, hour, study.travel)
    if model is None:
        what = "there are no roads, so nothing travels."
        raise StudyError([Fault("study", "layers", what, "Give the layers road_nodes and road_edges.")])
    return model


def travel_minutes(
    origins: gpd.GeoSeries,
    destinations: gpd.GeoSeries,
    study: Study,
    *,
    scenario: str = "today",
    mode: str = "transit",
    at: str | None = None,
) -> pd.DataFrame:
    """
    Return the minutes from many points to many points, door to door, over the boundary where the way leads there.

    Parameters
    ----------
    origins, destinations
        Points with a coordinate system.
    study
        Its layers, speeds and scenarios.
    scenario
        Key of a scenario.
    mode
        "transit" (people by public transport and on foot), "car" (with a permit) or "goods".
    at
        Time of day HH:MM, the scenario's own unless said otherwise: a crossing that is shut then is not there.

    Returns
    -------
    pandas.DataFrame
        One row per origin, one column per destination, under their indices; NaN where there is no way. Where the study
        takes minutes from its matrix, those of the pairs of ids that it has.

    Raises
    ------
    NmplanError
        Points without coordinate system or far from the Greater Bay Area, an unknown mode, or as `travel_model`.
    """
    import geopandas as gpd  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    from nmplan.crs import to_work_crs  # noqa: PLC0415
    from nmplan.measures.travel import MODES  # noqa: PLC0415

    _refuse_other_modes(mode, MODES)
    here, there = (
        to_work_crs(gpd.GeoDataFrame(geometry=points), name).geometry
        for name, points in (("origins", origins), ("destinations", destinations))
    )
    minutes = travel_model(study, scenario, at=at).minutes(mode, here, there)
    return pd.DataFrame(minutes, index=origins.index, columns=destinations.index)


def crossing_journeys(
    sites: gpd.GeoSeries | gpd.GeoDataFrame,
    study: Study,
    *,
    scenario: str | None = None,
    mode: str = "transit",
    at: str | None = None,
) -> pd.DataFrame:
    """
    Return people's journeys from sites to the hall and the far side of each crossing.

    Parameters
    ----------
    sites
        Points or polygons on the Hong Kong side, with a coordinate system.
    study
        Its layers, speeds and scenarios.
    scenario
        Key of a scenario; the study's first unless said otherwise.
    mode
        "transit" or "car".
    at
        Time of day HH:MM, the scenario's own unless said otherwise.

    Returns
    -------
    pandas.DataFrame
        One row for each site and crossing of the year, under the sites' index: mode, crossing_id, permit (of a car),
        status ("open", "closed", "no way"), hall_min (door to the hall on this side), clearance_min, total_min (door to
        the far side) and lines (ids of the lines taken, with a comma between).

    Raises
    ------
    NmplanError
        Sites without coordinate system or far from the Greater Bay Area, an unknown mode, or as `travel_model`.

    Examples
    --------
    >>> import geopandas as gpd, nmplan
    >>> station = gpd.GeoSeries.from_xy([114.0046], [22.4479], index=["tin-shui-wai"], crs="EPSG:4326")
    >>> study = nmplan.Study.load("study.toml")  # doctest: +SKIP
    >>> nmplan.crossing_journeys(station, study, at="08:15")[["crossing_id", "hall_min", "lines"]]  # doctest: +SKIP
    """
    import geopandas as gpd  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    from nmplan.crs import to_work_crs  # noqa: PLC0415
    from nmplan.measures.journeys import journeys_table  # noqa: PLC0415
    from nmplan.measures.travel import PEOPLE_MODES  # noqa: PLC0415

    _refuse_other_modes(mode, PEOPLE_MODES)
    gone = np.flatnonzero(sites.geometry.isna() | sites.geometry.is_empty)
    if len(gone):
        where = ", ".join(str(sites.index[row]) for row in gone[:5])
        what = f"{len(gone)} of {len(sites)} geometries are missing or empty."
        raise LayerError([Fault("sites", where, what, "Draw or remove them.")])
    places = to_work_crs(gpd.GeoDataFrame(geometry=sites.geometry), "sites").geometry.representative_point()
    model = travel_model(study, scenario or next(iter(study.scenarios)), at=at)
    return journeys_table(places, model, mode)


def last_journey_back(study: Study, scenario: str, home: gpd.GeoSeries, away: gpd.GeoSeries) -> LastJourney | None:
    """
    Return the last journey by public transport that still gets home in the day of service.

    Parameters
    ----------
    study
        Its layers, speeds and scenarios.
    scenario
        Key of a scenario.
    home, away
        One point each, EPSG:2326: where the journey ends, and where it starts.

    Returns
    -------
    LastJourney or None
        When one has to leave, and how; None where there is no way, or where one runs all night.
    """
    from nmplan.measures.last_journey import last_journey  # noqa: PLC0415

    return last_journey(travel_model(study, scenario, at=EVENING), away, home)


def _refuse_other_modes(mode: str, known: Sequence[str]) -> None:
    if mode not in known:
        raise StudyError([Fault("mode", mode, f"is none of {', '.join(known)}.", "Name one of those.")])
