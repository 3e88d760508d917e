"""Part of the fourth step: what supplies the clusters, what is missing, who would fit in, and what leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.steps.layers import GROUND
from nmplan.steps.layers import stored_tables
from nmplan.store import Product
from nmplan.store import Step
from nmplan.store import Workspace
from nmplan.store import read_table
from nmplan.words import TRAVELLED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from nmplan.study import Study

TABLES = ("supply_links", "tier_fit", "chain_fit", "frontier", "area_frontier")

LAYERS = ("parcels", "suppliers", "chains", *TRAVELLED)


def supply_chains_step(study: Study, space: Workspace, scenario: str) -> Step:
    """Return the step that says what clusters reach of their chains, link by link and firm by firm, and what leaks."""
    outputs = [space.table(scenario, name) for name in TABLES]
    tables = tuple(space.table(scenario, name) for name in ("supply_access", "scores", "cluster_sites"))
    inputs = (*tables, *(space.layer(name) for name in stored_tables(study, LAYERS)))

    def make() -> dict[Path, Product]:
        layers = {name: read_table(space.layer(name)) for name in stored_tables(study, LAYERS)}
        reach, scores, sites = (read_table(path) for path in tables)
        chains = {name: tenant.chain for name, tenant in study.tenants.items()}
        members = sites[sites["tenant"].isin(chains)]
        members = members.assign(chain=members["tenant"].map(chains).astype(str))
        contents = (
            *_links(study, scenario, layers, reach, members),
            *_frontiers(study, scenario, layers, scores, members),
        )
        return {path: Product(content) for path, content in zip(outputs, contents, strict=True)}

    hour = study.scenarios[scenario].model_dump(exclude={"name_en", "name_zh", "since"})
    whose = {name: tenant.chain for name, tenant in study.tenants.items()}
    code = (*GROUND, "steps/supply_chains.py", "measures", "places")
    settings = (hour, study.travel, study.supply, whose)
    return Step(f"supply chains: {scenario}", tuple(outputs), inputs, settings, code, make)


def similarity_step(space: Workspace) -> Step:
    """Return the step that says how alike the areas are to corridors of the mainland, by the chains they name."""
    path = space.processed / "similarity.parquet"

    def make() -> dict[Path, Product]:
        from nmplan.places.similarity import sector_similarity  # noqa: PLC0415

        return {path: Product(sector_similarity(read_table(space.layer("corridors"))))}

    code = (*GROUND, "steps/supply_chains.py", "places/similarity.py")
    return Step("similarity", (path,), (space.layer("corridors"),), (), code, make)


def _tiers(layers: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the layer chains, empty where the study has none."""
    import pandas as pd  # noqa: PLC0415

    return layers.get("chains", pd.DataFrame(columns=["chain", "tier", "purchase_share"]))


def _links(
    study: Study, scenario: str, layers: Mapping[str, pd.DataFrame], reach: pd.DataFrame, members: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return links, fit of tiers and the firms a newcomer would trade with; of supply nobody measured, nothing."""
    from nmplan.measures.model import travel_of  # noqa: PLC0415
    from nmplan.measures.supply import supplier_places  # noqa: PLC0415
    from nmplan.places.chain_fit import best_points  # noqa: PLC0415
    from nmplan.places.chain_fit import chain_fit  # noqa: PLC0415
    from nmplan.places.chain_fit import goods_minutes  # noqa: PLC0415
    from nmplan.places.chain_fit import tier_fit  # noqa: PLC0415
    from nmplan.places.supply_chain import supply_links  # noqa: PLC0415

    tiers, half = _tiers(layers), study.supply.half_enough
    points = best_points(layers["parcels"], members, reach, tiers, half_enough=half)
    suppliers = layers.get("suppliers", layers["parcels"].iloc[:0].assign(chain="", tier="", supplier_id=""))
    model = travel_of(layers, study.scenarios[scenario], study.travel)
    sites = points.set_index("parcel_id").geometry
    minutes = goods_minutes(model, supplier_places(suppliers), sites, study.supply)
    # without suppliers, or a way to them, links are unknown, not missing
    measured = "suppliers" in layers and (
        (model is not None and model.answers("goods")) or study.supply.minutes_from == "straight-line"
    )
    known = members if measured else members.iloc[:0]
    return (
        supply_links(reach, known, tiers),
        tier_fit(reach, known, tiers, half_enough=half),
        chain_fit(points, suppliers, tiers, *minutes),
    )


def _frontiers(
    study: Study, scenario: str, layers: Mapping[str, pd.DataFrame], scores: pd.DataFrame, members: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frontier of access against leakage of each cluster, and of the eligible sites of each area."""
    from nmplan.crs import M2_PER_HA  # noqa: PLC0415
    from nmplan.places.frontier import mean_frontier  # noqa: PLC0415
    from nmplan.places.frontier import measure_frontier  # noqa: PLC0415

    parcels = layers["parcels"]
    land = parcels[["parcel_id", "area_id"]].assign(area_ha=parcels.geometry.area / M2_PER_HA)
    whose = {name: tenant.chain for name, tenant in study.tenants.items()}
    eligible = scores.loc[scores["eligible"], ["parcel_id", "tenant"]]
    eligible = eligible.assign(chain=eligible["tenant"].map(whose).astype(str)).merge(land, on="parcel_id")
    found = measure_frontier(
        layers,
        study.scenarios[scenario],
        travel=study.travel,
        supply=study.supply,
        chains=sorted(set(whose.values())),
        sites=sorted(set(eligible["parcel_id"]) | set(members["parcel_id"])),
    )
    return (
        mean_frontier(found, members.merge(land, on="parcel_id"), ["cluster_id", "tenant"]),
        mean_frontier(found, eligible, ["area_id", "tenant"]),
    )
