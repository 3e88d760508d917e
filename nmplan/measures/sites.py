"""All measures of all sites for one scenario, as far as the layers allow."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd

from nmplan.measures.blocks import site_by_site
from nmplan.measures.blocks import tell_nobody
from nmplan.measures.boundary import boundary_distance
from nmplan.measures.catchment import Shares
from nmplan.measures.decay import decay
from nmplan.measures.distance import distance_accuracy
from nmplan.measures.frontage import road_frontage
from nmplan.measures.frontage import usable_roads
from nmplan.measures.journeys import COLUMNS as JOURNEYS
from nmplan.measures.journeys import crossing_car_minutes
from nmplan.measures.journeys import crossing_goods_minutes
from nmplan.measures.journeys import crossing_minutes
from nmplan.measures.journeys import journeys_table
from nmplan.measures.journeys import open_crossings
from nmplan.measures.land import PROTECTED
from nmplan.measures.land import SENSITIVE
from nmplan.measures.land import area_hectares
from nmplan.measures.land import compactness
from nmplan.measures.land import conservation
from nmplan.measures.land import sensitive_distances
from nmplan.measures.land import use_and_tenure
from nmplan.measures.land import water_distance
from nmplan.measures.land import water_things
from nmplan.measures.land import zone_shares
from nmplan.measures.land_use import grouped_uses
from nmplan.measures.land_use import land_use_shares
from nmplan.measures.matrix import Asked
from nmplan.measures.matrix import coverage_notes
from nmplan.measures.model import travel_of
from nmplan.measures.roads import roads_around
from nmplan.measures.roads import with_open_roads
from nmplan.measures.stations import open_stations
from nmplan.measures.stations import station_distance
from nmplan.measures.stations import station_minutes
from nmplan.measures.supply import GROUP
from nmplan.measures.supply import SUPPLY_COLUMNS
from nmplan.measures.supply import Reach
from nmplan.measures.supply import straight_line_blocks
from nmplan.measures.supply import supplier_places
from nmplan.measures.supply import supply_access
from nmplan.measures.talent import institute_places
from nmplan.measures.talent import talent_access
from nmplan.measures.terrain import mean_height
from nmplan.measures.terrain import mean_slope
from nmplan.measures.terrain import steep_share
from nmplan.words import MEASURES
from nmplan.words import SITE_WORDS
from nmplan.words import accuracy_column
from nmplan.words import column_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Iterator
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from nmplan.layers.land_use import LandUse
    from nmplan.layers.terrain import Terrain
    from nmplan.measures.blocks import Tell
    from nmplan.measures.travel import Travel
    from nmplan.study import Decay
    from nmplan.study import Scenario
    from nmplan.study import Supply
    from nmplan.study import Travel as TravelSection

    Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Measures:
    """
    What sites have.

    `table` one row per site, `supply` the long table of supply within reach, `journeys` the long table of people's
    journeys to each crossing (`journeys_table`, by public transport and by car), `unreached` NaN counted by column,
    `notes` what the study's matrix of travel times lacks.
    """

    table: pd.DataFrame
    supply: pd.DataFrame
    unreached: dict[str, int]
    journeys: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["parcel_id", *JOURNEYS]))
    notes: tuple[str, ...] = ()


def measure_sites(
    layers: Tables,
    rasters: Mapping[str, Any],
    scenario: Scenario,
    *,
    travel: TravelSection,
    supply: Supply,
    talent: Decay,
    chains: Collection[str],
    tell: Tell = tell_nobody,
) -> Measures:
    """
    Measure all sites for one scenario.

    Parameters
    ----------
    layers
        Tables by name; a measure whose layer is missing is left out.
    rasters
        "terrain" (`Terrain`) and "land_use" (`LandUse`), as far as there are any.
    scenario
        Year and hour.
    travel, supply, talent
        Speeds and decays of the study.
    chains
        Chains for which supply and talent are measured.
    tell
        Told what is being measured, how many are done and how many there are, as long work goes on.

    Returns
    -------
    Measures
        Sites in the order of `layers["parcels"]`.
    """
    parcels = layers["parcels"].set_index("parcel_id")
    shapes, places = parcels.geometry, parcels.geometry.representative_point()
    model = travel_of(layers, scenario, travel)
    there = with_open_roads(layers, scenario.year)
    parts: list[pd.DataFrame | pd.Series[float]] = [_land_table(there, rasters, parcels, tell)]
    parts += _station_measures(layers, shapes, places, model, scenario.year, tell)
    journeys = _no_journeys()
    if model is not None and {"crossings", "crossing_services"} <= set(layers):
        for mode, (what, take) in _ACROSS.items():
            if model.answers(mode):
                parts.append(site_by_site(partial(take, travel=model), places, what, tell))
        tables = [journeys_table(places, model, mode) for mode in ("transit", "car")]
        journeys = pd.concat(tables).reset_index()
    reach, shared = _supply_reach(layers, parcels, places, model, supply, chains, tell)
    parts += _supply_measures(layers, places, reach, supply)
    parts += shared
    parts += _talent_measures(layers, places, model, talent, chains, tell)
    table = pd.concat(parts, axis=1).rename_axis("parcel_id")
    known = {column_of(name, chain) for name in MEASURES for chain in chains}
    unreached = {str(name): int(count) for name, count in table.isna().sum().items() if count and name in known}
    notes: tuple[str, ...] = ()
    if model is not None and model.matrix is not None:
        asked = _asked_of_matrix(layers, places.index, model, supply, chains)
        notes = tuple(coverage_notes(model.matrix, asked, model.networks))
    return Measures(table.reset_index(), reach, unreached, journeys, notes)


def _asked_of_matrix(
    layers: Tables, sites: pd.Index[str], model: Travel, supply: Supply, chains: Collection[str]
) -> Iterator[Asked]:
    """Yield the pairs that the measures ask a matrix for."""
    for mode, by in (("transit", "by public transport"), ("car", "by car"), ("goods", "for goods")):
        yield Asked(mode, f"sites and crossings {by}", sites, open_crossings(model, mode))
    if "stations" in layers:
        yield Asked("transit", "sites and stations", sites, pd.Index(model.stations, dtype=object))
    if "talent" in layers:
        yield Asked("transit", "sites and institutes", sites, institute_places(layers["talent"]).index)
    if {"suppliers", "chains"} <= set(layers) and supply.minutes_from == "roads":
        own = layers["suppliers"][layers["suppliers"]["chain"].isin(set(chains))]
        yield Asked("goods", "suppliers and sites", supplier_places(own).index, sites)


_ACROSS = {
    "transit": ("crossings, public transport", crossing_minutes),
    "car": ("crossings, car", crossing_car_minutes),
    "goods": ("crossings, goods", crossing_goods_minutes),
}
"""How each mode's minutes over the boundary are measured, and what that is called."""


def measure_land(layers: Tables, rasters: Mapping[str, Any], tell: Tell = tell_nobody) -> pd.DataFrame:
    """
    Measure what needs neither journeys nor a year, as far as the layers allow.

    Parameters
    ----------
    layers, rasters, tell
        As for `measure_sites`; "parcels" may be any pieces of land.

    Returns
    -------
    pandas.DataFrame
        `words.OF_THE_LAND` as far as known, one row per piece, in the order of `layers["parcels"]`.
    """
    parcels = layers["parcels"].set_index("parcel_id")
    return _land_table(layers, rasters, parcels, tell).rename_axis("parcel_id").reset_index()


def _land_table(layers: Tables, rasters: Mapping[str, Any], parcels: gpd.GeoDataFrame, tell: Tell) -> pd.DataFrame:
    shapes = parcels.geometry
    parts: list[pd.DataFrame | pd.Series[float]] = [parcels[["accuracy_m", *SITE_WORDS]]]
    parts += _land_measures(layers, parcels, tell)
    parts += _accuracies(layers, shapes, parcels["accuracy_m"])
    parts += _ground_measures(shapes, rasters.get("terrain"), rasters.get("land_use"))
    return pd.concat(parts, axis=1)


def _land_measures(layers: Tables, parcels: gpd.GeoDataFrame, tell: Tell) -> list[pd.DataFrame | pd.Series[float]]:
    """Return what the land itself is like, as far as its layers are there."""
    shapes = parcels.geometry
    parts = [area_hectares(shapes), compactness(shapes), use_and_tenure(parcels)]
    if "ready_year" in parcels:
        parts.append(parcels["ready_year"].astype(float))
    if "boundary" in layers:
        parts.append(boundary_distance(shapes, layers["boundary"].geometry))
    if "zoning" in layers:
        parts.append(zone_shares(shapes, layers["zoning"]))
    things = _things(layers)
    if "conservation_m" in things:
        parts.append(conservation(shapes, layers["constraints"]))
    if "water_m" in things:
        parts.append(water_distance(shapes, things["water_m"]))
    if "sensitive_uses" in layers:
        parts.append(sensitive_distances(shapes, layers["sensitive_uses"]))
    if "road_frontage_m" in things:
        parts.append(site_by_site(partial(road_frontage, edges=layers["road_edges"]), shapes, "frontage", tell))
    if "road_edges" in layers:
        places = shapes.representative_point()
        parts.append(site_by_site(partial(roads_around, edges=layers["road_edges"]), places, "roads", tell))
    return parts


def _ground_measures(
    shapes: gpd.GeoSeries, terrain: Terrain | None, land_use: LandUse | None
) -> list[pd.Series[float] | pd.DataFrame]:
    """Return what the rasters tell, as far as there are any; slope only where heights are measured."""
    parts: list[pd.Series[float] | pd.DataFrame] = []
    if terrain is not None:
        # a surface through spot heights has no true slope
        takes = (mean_height, mean_slope, steep_share) if terrain.measured else (mean_height,)
        parts += [take(shapes, terrain.heights, terrain.transform) for take in takes]
    if land_use is not None:
        shares = land_use_shares(shapes, land_use.codes, land_use.transform, land_use.classes)
        parts += [shares, grouped_uses(shares)]
    return parts


def _things(layers: Tables) -> dict[str, gpd.GeoDataFrame]:
    """Return what each distance is measured to, as far as there is any."""
    things = {}
    if "boundary" in layers:
        things["boundary_m"] = layers["boundary"]
    if "constraints" in layers:
        things["conservation_m"] = layers["constraints"][layers["constraints"]["kind"].isin(PROTECTED)]
        things["water_m"] = water_things(layers["constraints"], layers.get("coast"))
    if "sensitive_uses" in layers:
        uses = layers["sensitive_uses"]
        things |= {name: uses[uses["kind"].isin(kinds)] for name, kinds in SENSITIVE.items()}
    if "road_edges" in layers:
        things["road_frontage_m"] = usable_roads(layers["road_edges"])
    return {name: found for name, found in things.items() if len(found)}


def _accuracies(layers: Tables, shapes: gpd.GeoSeries, accuracy_m: pd.Series[float]) -> list[pd.Series[float]]:
    """Return how sure each distance is: site and thing are both placed only so well."""
    return [
        distance_accuracy(shapes, accuracy_m, found).rename(accuracy_column(name))
        for name, found in _things(layers).items()
    ]


def _no_journeys() -> pd.DataFrame:
    """Return the table of journeys without rows."""
    return pd.DataFrame(columns=["parcel_id", *JOURNEYS])


def _station_measures(
    layers: Tables, shapes: gpd.GeoSeries, places: gpd.GeoSeries, model: Travel | None, year: int, tell: Tell
) -> list[pd.DataFrame | pd.Series[float]]:
    if "stations" not in layers:
        return []
    stations = open_stations(layers["stations"], layers.get("rail_links"), year).geometry
    parts: list[pd.DataFrame | pd.Series[float]] = [station_distance(shapes, stations)]
    if model is not None and model.answers("transit"):
        parts.append(site_by_site(partial(station_minutes, travel=model), places, "stations", tell))
    return parts


def _supply_reach(
    layers: Tables,
    parcels: gpd.GeoDataFrame,
    places: gpd.GeoSeries,
    model: Travel | None,
    supply: Supply,
    chains: Collection[str],
    tell: Tell,
) -> tuple[pd.DataFrame, list[pd.Series[float]]]:
    """Return the supply within reach with each chain's decay, and where sites compete for it what each gets."""
    nothing: tuple[pd.DataFrame, list[pd.Series[float]]] = (pd.DataFrame(columns=SUPPLY_COLUMNS), [])
    if not {"suppliers", "chains"} <= set(layers):
        return nothing
    suppliers = layers["suppliers"]
    suppliers = suppliers[suppliers["chain"].isin(set(chains))].sort_values(GROUP, kind="stable", ignore_index=True)
    blocks = _minutes_by_block(supplier_places(suppliers), places, model, supply)
    if blocks is None or suppliers.empty:
        return nothing
    decays = [supply.chains.get(chain, supply) for chain in suppliers["chain"]]
    half_life, plateau = (
        np.array([getattr(d, name) for d in decays])[:, None] for name in ("half_life_min", "plateau_min")
    )
    reach, hectares = Reach(suppliers, len(places)), area_hectares(parcels.geometry).to_numpy()
    shares = {}
    if supply.competition == "two-step":
        shares = {
            chain: Shares(mass.to_numpy(dtype=float), hectares) for chain, mass in suppliers.groupby("chain")["mass"]
        }
    done = 0
    for minutes in blocks:
        rows = slice(done, done + len(minutes))
        weights = decay(minutes, half_life[rows], plateau[rows])
        reach.add(minutes, weights)
        for chain, own in shares.items():
            own.add(weights[suppliers["chain"].iloc[rows].eq(chain)])
        done = rows.stop
        tell("suppliers", done, len(suppliers))
    shared = [own.access(places.index).rename(column_of("scarce_supply", chain)) for chain, own in shares.items()]
    return reach.table(places.index), shared


def _minutes_by_block(
    suppliers: gpd.GeoSeries, places: gpd.GeoSeries, model: Travel | None, supply: Supply
) -> Iterator[NDArray[np.float64]] | None:
    if supply.minutes_from == "straight-line":
        return straight_line_blocks(suppliers, places, supply.straight_line_kph)
    return model.minutes_by_block("goods", suppliers, places) if model is not None and model.answers("goods") else None


def _supply_measures(
    layers: Tables, places: gpd.GeoSeries, reach: pd.DataFrame, supply: Supply
) -> list[pd.Series[float]]:
    """Return supply access, one Series per chain."""
    parts = []
    for chain in sorted(set(reach["chain"])):
        tiers = layers["chains"][layers["chains"]["chain"].eq(chain)]
        access = supply_access(reach, tiers, places.index, half_enough=supply.half_enough)
        parts.append(access.rename(column_of("supply_access", chain)))
    return parts


def _talent_measures(
    layers: Tables,
    places: gpd.GeoSeries,
    model: Travel | None,
    talent: Decay,
    chains: Collection[str],
    tell: Tell,
) -> list[pd.DataFrame]:
    """Return talent access, one column per chain."""
    if "talent" not in layers or model is None or not model.answers("transit"):
        return []
    institutes = layers["talent"]
    spots = institute_places(institutes)
    strengths = {
        column_of("talent_access", chain): institutes[column].to_numpy(dtype=float)
        for chain in sorted(set(chains))
        if (column := f"strength_{chain.replace('-', '_')}") in institutes
    }
    decays = {"half_life_min": talent.half_life_min, "plateau_min": talent.plateau_min}

    def take(some: gpd.GeoSeries) -> pd.DataFrame:
        minutes = model.minutes("transit", some, spots)
        found = {name: talent_access(minutes, strength, some.index, **decays) for name, strength in strengths.items()}
        return pd.DataFrame(found, index=some.index)

    return [site_by_site(take, places, "universities and institutes", tell)]
