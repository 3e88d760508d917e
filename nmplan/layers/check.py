"""What can only be seen with several layers side by side: names that lead nowhere, axes that are swapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

from nmplan.errors import Fault
from nmplan.layers.bus_lines import line_faults
from nmplan.layers.contracts import CONTRACTS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping

    import pandas as pd

REFERENCES = (
    ("road_edges", "u", "road_nodes", "node_id"),
    ("road_edges", "v", "road_nodes", "node_id"),
    ("rail_links", "from_station", "stations", "station_id"),
    ("rail_links", "to_station", "stations", "station_id"),
    ("transfers", "from_station", "stations", "station_id"),
    ("transfers", "to_station", "stations", "station_id"),
    ("crossing_services", "crossing_id", "crossings", "crossing_id"),
    ("crossing_access", "crossing_id", "crossings", "crossing_id"),
    ("suppliers", "chain", "chains", "chain"),
    ("corridors", "chain", "chains", "chain"),
)
"""Layer and column that name features of another layer."""

NEAR_M = 3_000.0
"""How far from a study area a site or zone may lie and still count as near it."""


def check_together(layers: Mapping[str, pd.DataFrame]) -> list[Fault]:
    """
    Return what is wrong between layers: names that lead nowhere, and sites or zones whose axes are swapped.

    Parameters
    ----------
    layers
        Layers by name; those that are not there are not checked.
    """
    faults = []
    for layer, column, other, key in REFERENCES:
        if layer in layers and other in layers:
            faults += _lost_references(layers[layer], layer, column, layers[other], other, key)
    if "bus_lines" in layers:
        faults += line_faults(layers["bus_lines"], "layer bus_lines")
    if {"suppliers", "chains"} <= set(layers):
        faults += _lost_tiers(layers["suppliers"], layers["chains"])
    if "areas" in layers:
        for layer in ("zoning", "parcels"):
            if layer in layers:
                faults += _swapped_axes(layers[layer], layer, layers["areas"])
    return faults


def check_names(layers: Mapping[str, pd.DataFrame], named: Mapping[str, Iterable[str]]) -> list[Fault]:
    """
    Return the names a study gives that its layers do not have.

    Parameters
    ----------
    layers
        Layers by name; those that are not there are not checked.
    named
        By layer (chains, areas, crossings), the names that the study uses.
    """
    faults = []
    for layer, given in named.items():
        if layer in layers:
            column = CONTRACTS[layer].key[0]
            known = list(layers[layer][column].unique())
            lost = sorted(set(given) - set(known))
            if lost:
                what = f"no {column} of layer {layer} has this name; it has {', '.join(known)}."
                faults.append(Fault("study", ", ".join(lost), what, "Correct it in the tenant, sandbox or scenario."))
    return faults


def _lost_references(
    frame: pd.DataFrame, layer: str, column: str, other_frame: pd.DataFrame, other: str, key: str
) -> list[Fault]:
    lost = sorted(set(frame[column]) - set(other_frame[key]))
    if not lost:
        return []
    what = f"{len(lost)} names in column {column} are not in layer {other}."
    return [Fault(f"layer {layer}", ", ".join(lost[:5]), what, "Correct the names, or complete the other layer.")]


def _lost_tiers(suppliers: pd.DataFrame, chains: pd.DataFrame) -> list[Fault]:
    """Tell tiers of suppliers that their chain does not have: their mass would count nowhere, and nobody would see."""
    tiers = {chain: set(rows["tier"]) for chain, rows in chains.groupby("chain")}
    faults = []
    for chain, rows in suppliers[suppliers["chain"].isin(tiers)].groupby("chain"):
        lost = sorted(set(rows["tier"]) - tiers[chain])
        if lost:
            count = int(rows["tier"].isin(lost).sum())
            what = f"{count} suppliers of {chain} are in tiers that layer chains does not have."
            mend = f"Use one of {', '.join(sorted(tiers[chain]))}, or add the tier to chains."
            faults.append(Fault("layer suppliers", ", ".join(lost[:5]), what, mend))
    return faults


def _swapped_axes(frame: gpd.GeoDataFrame, layer: str, areas: gpd.GeoDataFrame) -> list[Fault]:
    """
    Tell swapped Easting and Northing by where the features fall.

    San Tin with its axes swapped still lies inside Hong Kong, so no bounds test sees it; but it lies in no study area,
    and swapping it back brings it into one. Where at least half of the features outside are so, they are refused.
    """
    near = areas.geometry.union_all().buffer(NEAR_M)
    points = frame.geometry.representative_point()
    outside = ~points.within(near)
    turned = outside & gpd.GeoSeries(gpd.points_from_xy(points.y, points.x), index=frame.index, crs=points.crs).within(
        near
    )
    # some of many honest features far away land in a study area by chance when turned; most of them do not
    if not turned.any() or turned.sum() < outside.sum() / 2:
        return []
    key = {"zoning": "zone_id", "parcels": "parcel_id"}[layer]
    names = ", ".join(frame.loc[turned, key].astype(str)[:5])
    what = f"Easting and Northing are swapped in {int(turned.sum())} of {len(frame)} features:"
    what += " they lie in no study area, but would the other way round."
    return [Fault(f"layer {layer}", names, what, "Write Easting first (x, y).")]
