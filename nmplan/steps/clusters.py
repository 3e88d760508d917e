"""Part of the fourth step: clusters of good sites, what lies close to them, and whose supply they reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.steps.layers import GROUND
from nmplan.steps.layers import stored_tables
from nmplan.store import Product
from nmplan.store import Step
from nmplan.store import Workspace
from nmplan.store import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from nmplan.places.clusters import Beside
    from nmplan.study import Study

TABLES = ("clusters", "cluster_sites", "hot_spots", "captive")

ALL = ""
"""The tenant of clusters of sites that are good for any."""

LAYERS = ("parcels", "place_names", "stations", "suppliers", "boundary", "chains")


def clusters_step(study: Study, space: Workspace, scenario: str) -> Step:
    """Return the step that gathers good sites, for each tenant and for all, and says what is close and captive."""
    outputs = [space.table(scenario, name) for name in TABLES]
    tables = tuple(space.table(scenario, name) for name in ("measures", "supply_access", "scores"))
    inputs = (*tables, *(space.layer(name) for name in stored_tables(study, LAYERS)))

    def make() -> dict[Path, Product]:
        layers = {name: read_table(space.layer(name)) for name in stored_tables(study, LAYERS)}
        measures, reach, scores = (read_table(path) for path in tables)
        captive = _captive(study, layers, reach)
        spots, clusters = _find_all(study, layers, {"measures": measures, "reach": reach, "scores": scores}, captive)
        members = clusters[["cluster_id", "tenant", "parcel_ids"]].explode("parcel_ids")
        members = members.rename(columns={"parcel_ids": "parcel_id"}).dropna(subset="parcel_id")
        contents = (clusters.drop(columns="parcel_ids"), members, spots, captive)
        return {path: Product(content) for path, content in zip(outputs, contents, strict=True)}

    settings = (study.clusters, study.surroundings, study.tenants, study.supply, study.chains, study.travel.detour)
    code = (*GROUND, "steps/clusters.py", "measures", "scores", "places")
    return Step(f"clusters: {scenario}", tuple(outputs), inputs, settings, code, make)


def _captive(study: Study, layers: Mapping[str, pd.DataFrame], reach: pd.DataFrame) -> pd.DataFrame:
    """Return whose supply each site reaches, chain by chain."""
    import pandas as pd  # noqa: PLC0415

    from nmplan.places.captive import captive_shares  # noqa: PLC0415

    tiers = layers.get("chains", pd.DataFrame(columns=["chain", "tier", "purchase_share"]))
    chains = [chain for chain in study.chains if tiers["chain"].eq(chain).any()]
    shares = [
        captive_shares(
            reach[reach["chain"].eq(chain)], tiers[tiers["chain"].eq(chain)], undercount=study.supply.undercount
        ).assign(chain=chain)
        for chain in chains
    ]
    empty = captive_shares(reach.iloc[:0], tiers.iloc[:0], undercount=study.supply.undercount).assign(chain="")
    return pd.concat([each for each in shares if len(each)] or [empty], ignore_index=True)


def _find_all(
    study: Study, layers: Mapping[str, pd.DataFrame], tables: Mapping[str, pd.DataFrame], captive: pd.DataFrame
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Return the hot spots and the clusters of each tenant, and of all together."""
    import geopandas as gpd  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    from nmplan.places.clusters import best_scores  # noqa: PLC0415
    from nmplan.places.clusters import describe_clusters  # noqa: PLC0415
    from nmplan.places.clusters import find_clusters  # noqa: PLC0415
    from nmplan.places.hot_spots import hot_spots  # noqa: PLC0415

    parcels, scores, around = layers["parcels"], tables["scores"], study.surroundings
    best = best_scores(scores)
    workers = {key: tenant.gfa_per_worker_m2 for key, tenant in study.tenants.items()}
    spots, clusters = [], []
    for name in (*study.tenants, ALL):
        own = best if name == ALL else scores[scores["tenant"].eq(name)]
        hot = hot_spots(parcels, own, distance_m=around.hot_spot_m, false_share=around.false_share)
        found = find_clusters(parcels, own, **study.clusters.model_dump(), gfa_per_worker_m2=workers)
        chain = study.tenants[name].chain if name != ALL else ""
        whose = own.assign(chain=own["tenant"].map({key: tenant.chain for key, tenant in study.tenants.items()}))
        beside = _beside(layers, tables, best, hot, _captive_of(whose, captive), chain)
        described = describe_clusters(
            found, parcels, beside, station_m=around.station_m, walk_m=around.walk_m, detour=study.travel.detour
        )
        described["cluster_id"] = f"{name or 'all'}:" + described["cluster_id"]
        spots.append(hot.assign(tenant=name))
        clusters.append(described.assign(tenant=name))
    return (
        pd.concat(spots, ignore_index=True),
        gpd.GeoDataFrame(pd.concat(clusters, ignore_index=True), geometry="geometry", crs=parcels.crs),
    )


def _captive_of(whose: pd.DataFrame, captive: pd.DataFrame) -> pd.Series[float]:
    """Return the captive share of each site in the chain of its tenant; of all tenants, in that of its best."""
    return whose.merge(captive, on=["parcel_id", "chain"]).set_index("parcel_id")["captive_share"]


def _beside(
    layers: Mapping[str, pd.DataFrame],
    tables: Mapping[str, pd.DataFrame],
    best: pd.DataFrame,
    hot: pd.DataFrame,
    captive: pd.Series[float],
    chain: str,
) -> Beside:
    """Return what other tables know of the land of a tenant's clusters; those of all tenants have no chain."""
    from nmplan.places.clusters import Beside  # noqa: PLC0415

    reach = tables["reach"][tables["reach"]["chain"].eq(chain)]
    suppliers = layers.get("suppliers")
    return Beside(
        measures=tables["measures"],
        best=best,
        captive=captive if len(captive) else None,
        firms_15=reach.groupby("parcel_id")["firms_15"].sum() if len(reach) else None,
        hot=hot,
        stations=layers.get("stations"),
        firms=suppliers[suppliers["chain"].eq(chain)] if suppliers is not None and chain else None,
        barrier=layers["boundary"].geometry.union_all() if "boundary" in layers else None,
        place_names=layers.get("place_names"),
    )
