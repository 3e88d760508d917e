"""The fourth step: where good sites gather, what supplies them, what could be tried there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.steps.layers import GROUND
from nmplan.steps.layers import layer_names
from nmplan.steps.scores import for_tenant
from nmplan.store import Product
from nmplan.store import Step
from nmplan.store import Workspace
from nmplan.store import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from nmplan.study import Study


def places_step(study: Study, space: Workspace, scenario: str) -> Step:
    """Return the step that finds clusters, sandboxes and supply links in a scenario."""
    names = ("clusters", "cluster_sites", "sandboxes", "supply_links")
    outputs = tuple(space.table(scenario, name) for name in names)
    tables = tuple(space.table(scenario, name) for name in ("measures", "supply_access", "scores"))
    inputs = (
        *tables,
        *(space.layer(name) for name in ("parcels", "place_names", "areas", "chains") if name in layer_names(study)),
    )

    def make() -> dict[Path, Product]:
        return dict(zip(outputs, _find_places(study, space, scenario), strict=True))

    settings = (study.clusters, study.sandboxes, study.tenants)
    return Step(
        f"places: {scenario}", outputs, inputs, settings, (*GROUND, "steps/places.py", "scores", "places"), make
    )


def _find_places(study: Study, space: Workspace, scenario: str) -> list[Product]:
    import geopandas as gpd  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    from nmplan.places.clusters import find_clusters  # noqa: PLC0415
    from nmplan.places.sandboxes import find_sandboxes  # noqa: PLC0415
    from nmplan.places.supply_chain import captive_share  # noqa: PLC0415
    from nmplan.places.supply_chain import supply_links  # noqa: PLC0415

    names = layer_names(study)
    parcels = read_table(space.layer("parcels"))
    place_names = read_table(space.layer("place_names")) if "place_names" in names else None
    areas = read_table(space.layer("areas")) if "areas" in names else None
    measures, reach, scores = (
        read_table(space.table(scenario, name)) for name in ("measures", "supply_access", "scores")
    )
    chains = (
        read_table(space.layer("chains"))
        if "chains" in names
        else pd.DataFrame(columns=["chain", "tier", "purchase_share"])
    )
    clusters = []
    for name, tenant in study.tenants.items():
        found = find_clusters(
            parcels,
            scores[scores["tenant"].eq(name)],
            **study.clusters.model_dump(),
            gfa_per_worker_m2=tenant.gfa_per_worker_m2,
            captive=captive_share(reach, chains[chains["chain"].eq(tenant.chain)]),
            place_names=place_names,
        )
        clusters.append(for_tenant(found, name).assign(cluster_id=f"{name}:" + found["cluster_id"]))
    table = pd.concat(clusters, ignore_index=True)
    sites = (
        table[["cluster_id", "tenant", "parcel_ids"]].explode("parcel_ids").rename(columns={"parcel_ids": "parcel_id"})
    )
    sites = pd.DataFrame(sites).assign(
        chain=sites["tenant"].map({name: tenant.chain for name, tenant in study.tenants.items()})
    )
    zones = [
        find_sandboxes(parcels, measures, kind, sandbox, place_names, areas)
        for kind, sandbox in study.sandboxes.items()
    ]
    sandboxes = pd.concat(zones, ignore_index=True) if zones else gpd.GeoDataFrame({"geometry": []}, crs=parcels.crs)
    return [
        Product(gpd.GeoDataFrame(table.drop(columns="parcel_ids"), crs=parcels.crs)),
        Product(sites[["cluster_id", "tenant", "parcel_id"]]),
        Product(gpd.GeoDataFrame(sandboxes, crs=parcels.crs)),
        Product(supply_links(reach, sites, chains)),
    ]
