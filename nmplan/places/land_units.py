"""The pieces of land that zones of a kind are put together from: sites, or zones cut alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import shapely

from nmplan.layers.sites import cut_sites
from nmplan.measures.land import PROTECTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from nmplan.study import Sandbox

PIECE_HA = 4.0
"""Zones are cut into pieces of about this size, so that a rule that one end fails does not rule out the other."""

SMALLEST_HA = 0.5
"""Zones, and parts of zones, below this are left out."""

BETWEEN = ("road", "channel")
"""Kinds of zone that may lie inside an outline although nobody would pick them: what runs between sites."""


def land_units(layers: Mapping[str, gpd.GeoDataFrame], sandbox: Sandbox) -> gpd.GeoDataFrame:
    """
    Return the pieces of land of one kind, with the columns of the layer parcels, sorted by parcel_id.

    Parameters
    ----------
    layers
        `parcels`, and `zoning` for kinds with land = "zones": their permitted zones are cut into pieces of `PIECE_HA`.
    sandbox
        Areas (none named: everywhere), land and permitted zones.
    """
    areas = set(sandbox.areas)
    if sandbox.land == "sites":
        land = layers["parcels"]
    elif "zoning" in layers and layers["zoning"]["zone"].isin(sandbox.permitted_zones).any():
        land, _ = cut_sites(layers["zoning"], sandbox.permitted_zones, target_ha=PIECE_HA, minimum_ha=SMALLEST_HA)
    else:
        land = layers["parcels"].iloc[:0]
    inside = land[land["area_id"].isin(areas)] if areas and len(land) else land
    return inside.sort_values("parcel_id", ignore_index=True) if len(inside) else layers["parcels"].iloc[:0]


def land_to_keep_out(layers: Mapping[str, gpd.GeoDataFrame], sandbox: Sandbox) -> shapely.Geometry:
    """
    Return the land that an outline of this kind may not cover: conservation land, and zones where it is not permitted.

    Roads and channels between sites are no such zones. Empty where neither layer is there.
    """
    parts = []
    if "constraints" in layers:
        parts.append(layers["constraints"].geometry[layers["constraints"]["kind"].isin(PROTECTED)])
    if "zoning" in layers:
        kinds = {*sandbox.permitted_zones, *BETWEEN}
        parts.append(layers["zoning"].geometry[~layers["zoning"]["zone"].isin(kinds)])
    return shapely.union_all(pd.concat(parts).to_numpy()) if parts else shapely.Polygon()
