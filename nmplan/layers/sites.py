"""Sites cut from development zones: indicative blocks of a target size, no slivers, no land lost."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import affinity

from nmplan.crs import M2_PER_HA
from nmplan.layers.contracts import Note

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry


GRID_M = 1e-5
"""Cuts are made on a grid of a hundredth of a millimetre: without it, rounding leaves hairline folds."""

BLOCK_LENGTH = 1.35
"""A block is this much longer than deep."""

LEFTOVER = 0.4
"""Blocks below this share of the target, at the edge of a zone, join a neighbour."""

THIN = 0.3
"""So do those that are nowhere wider than this share of a square block's side."""

SHARED_EDGE_M = 1.0
"""Neighbours share at least this much of their outlines; less will do where nothing shares more."""


def cut_sites(
    zoning: gpd.GeoDataFrame,
    zones: Collection[str],
    *,
    target_ha: float,
    minimum_ha: float,
    targets_ha: Mapping[str, float] = MappingProxyType({}),
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """
    Cut development zones into sites along a street grid.

    Each part of a zone gets a grid of its own, laid along its main direction, with blocks of the target size. Pieces at
    its edge that are too small or too thin join the neighbour that makes the better shape. No land is lost or counted
    twice: the sites of a part add up to it.

    Parameters
    ----------
    zoning
        Zones with `zone_id`, `area_id`, `zone`, EPSG:2326.
    zones
        Kinds of zone that are cut, keys of `words.ZONES`.
    target_ha, minimum_ha
        Hectares.
    targets_ha
        Targets of the kinds of zone that want another size.

    Returns
    -------
    tuple
        Sites with the columns of the layer parcels; a note on zones and parts of zones too small for a site.
    """
    rows: list[dict[str, object]] = []
    shapes: list[BaseGeometry] = []
    small: list[str] = []
    for zone in zoning[zoning["zone"].isin(set(zones))].itertuples(index=False):
        parts = _polygons(zone.geometry)
        large = [part for part in parts if part.area >= minimum_ha * M2_PER_HA]
        small += [str(zone.zone_id)] * (len(parts) - len(large))
        target_m2 = targets_ha.get(zone.zone, target_ha) * M2_PER_HA
        pieces = [piece for part in large for piece in _cut_part(part, target_m2, minimum_ha * M2_PER_HA)]
        shapes += sorted(pieces, key=_reading_order)
        rows += [_site(zone, number) for number in range(1, len(pieces) + 1)]
    what = f"zones, or parts of zones, below {minimum_ha:g} ha, too small for a site"
    notes = [Note("parcels", what, len(small), tuple(small))] if small else []
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes, crs=zoning.crs), notes


def _reading_order(piece: BaseGeometry) -> tuple[float, float]:
    """Order pieces from west to east, then north to south, so that their numbers read like a map."""
    return round(piece.centroid.x, 3), -round(piece.centroid.y, 3)


def _site(zone: Any, number: int) -> dict[str, object]:
    """Name a site after its zone and carry over what is known of the zone."""
    name_en, name_zh = zone.special_use_en or zone.desc_en, zone.special_use_zh or zone.desc_zh
    code = f"{zone.zone_id}-{number:02d}"
    return {
        "parcel_id": code,
        "area_id": zone.area_id,
        "name_en": f"{name_en} {code.upper()}",
        "name_zh": f"{name_zh} {code.upper()}",
        **{name: getattr(zone, name) for name in ("zone", "tenure", "status", "plot_ratio", "accuracy_m", "source")},
    }


def _cut_part(shape: shapely.Polygon, target_m2: float, minimum_m2: float) -> list[BaseGeometry]:
    """Cut one part of a zone along a street grid of its own, laid upright, and turn the pieces back."""
    angle, centre = _main_direction(shape), shape.centroid
    # a hair along an edge may come to cross itself as it is turned
    turned = shapely.make_valid(affinity.rotate(shape, -angle, origin=centre))
    upright = shapely.set_precision(turned, GRID_M)
    pieces = [piece for part in _polygons(upright) for piece in _cut_by_grid(part, target_m2)]
    joined = _join_leftovers(pieces, max(minimum_m2, LEFTOVER * target_m2), THIN * math.sqrt(target_m2))
    return [affinity.rotate(piece, angle, origin=centre) for piece in joined]


def _main_direction(shape: BaseGeometry) -> float:
    """
    Return the direction most of a shape's outline runs in, degrees, along the longer way through it.

    Edges at right angles support each other: the mean of their directions, four times turned, weighted by length.
    """
    coords = shapely.get_coordinates(shapely.get_exterior_ring(shape))
    dx, dy = np.diff(coords, axis=0).T
    turned = (np.hypot(dx, dy) * np.exp(4j * np.arctan2(dy, dx))).sum()
    angle = math.degrees(np.angle(turned)) / 4
    west, south, east, north = affinity.rotate(shape, -angle, origin="centroid").bounds
    return angle if east - west >= north - south else angle + 90


def _cut_by_grid(shape: shapely.Polygon, target_m2: float) -> list[shapely.Polygon]:
    """Cut a shape by rows of blocks, a little longer than deep, spread evenly over its bounding box."""
    west, south, east, north = shape.bounds
    if round(shape.area / target_m2) <= 1:
        return [shape]
    rows = max(1, round((north - south) / math.sqrt(target_m2 / BLOCK_LENGTH)))
    columns = max(1, round((east - west) * (north - south) / rows / target_m2))
    x, y = np.linspace(west, east, columns + 1), np.linspace(south, north, rows + 1)
    west_side, south_side = np.meshgrid(x[:-1], y[:-1])
    east_side, north_side = np.meshgrid(x[1:], y[1:])
    blocks = shapely.box(west_side.ravel(), south_side.ravel(), east_side.ravel(), north_side.ravel())
    return [piece for part in shapely.intersection(shape, blocks, grid_size=GRID_M) for piece in _polygons(part)]


def _polygons(shape: BaseGeometry) -> list[shapely.Polygon]:
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and not part.is_empty]


def _join_leftovers(pieces: list[shapely.Polygon], small_m2: float, thin_m: float) -> list[BaseGeometry]:
    """Join pieces too small or too thin to build on, smallest first, to the neighbour that makes the better shape."""
    joined: list[BaseGeometry] = list(pieces)
    waiting = [piece for piece in joined if piece.area < small_m2 or piece.buffer(-thin_m / 2).is_empty]
    while waiting and len(joined) > 1:
        leftover = min(waiting, key=lambda piece: piece.area)
        waiting.remove(leftover)
        joined.remove(leftover)
        edge = leftover.boundary.buffer(0.01)
        shared = np.array([piece.boundary.intersection(edge).length for piece in joined])
        near = np.flatnonzero(shared > min(SHARED_EDGE_M, shared.max() / 2))
        unions = {i: shapely.union_all([joined[i], leftover], grid_size=GRID_M) for i in near}
        best = max(unions, key=lambda i: unions[i].area / unions[i].length ** 2)
        whole = unions[best]
        if joined[best] in waiting:
            waiting.remove(joined[best])
            if whole.area < small_m2 or whole.buffer(-thin_m / 2).is_empty:
                waiting.append(whole)
        joined[best] = whole
    return joined


def place_parcels(
    parcels: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None, zoning: gpd.GeoDataFrame | None
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """
    Fill in the area and the zone of parcels that do not say theirs.

    Parameters
    ----------
    parcels
        The layer; blank `area_id` and `zone` "undetermined" are filled.
    areas, zoning
        The layers, or None: a parcel gets the area and the kind of zone that most of it lies in, if any.

    Returns
    -------
    tuple
        A new layer, and notes that count what was filled in and what has no accuracy.
    """
    filled, notes = parcels.copy(), []
    for column, blank, layer, name in (("area_id", "", areas, "area_id"), ("zone", "undetermined", zoning, "zone")):
        open_ones = filled[column].eq(blank)
        if layer is None or not open_ones.any():
            continue
        found = _mostly_in(filled.geometry[open_ones], layer, name)
        filled.loc[found.index, column] = found
        if len(found):
            notes.append(Note("parcels", f"{column} taken from where most of the parcel lies", len(found)))
    unknown = int(filled["accuracy_m"].isna().sum())
    if unknown:
        notes.append(Note("parcels", "parcels without accuracy_m, taken as exact", unknown))
    return filled, notes


def _mostly_in(shapes: gpd.GeoSeries, layer: gpd.GeoDataFrame, column: str) -> pd.Series[str]:
    """Return, for each shape that lies in the layer, the value that covers most of it."""
    shape, cover = shapely.STRtree(layer.geometry.to_numpy()).query(shapes.to_numpy(), predicate="intersects")
    common = shapely.area(shapely.intersection(shapes.to_numpy()[shape], layer.geometry.to_numpy()[cover]))
    pairs = pd.DataFrame({"shape": shapes.index[shape], "value": layer[column].to_numpy()[cover], "area": common})
    sums = pairs[pairs["area"] > 0].groupby(["shape", "value"], as_index=False)["area"].sum()
    best = sums.sort_values(["area", "value"], ascending=[False, True], kind="stable").drop_duplicates("shape")
    return best.set_index("shape")["value"]
