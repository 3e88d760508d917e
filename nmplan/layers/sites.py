"""Sites cut from development zones: indicative blocks of a target size, no slivers, no land lost."""

from __future__ import annotations

import math
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

    from shapely.geometry.base import BaseGeometry


GRID_M = 1e-5
"""Cuts are made on a grid of a hundredth of a millimetre: without it, rounding leaves hairline folds."""


def cut_sites(
    zoning: gpd.GeoDataFrame, zones: Collection[str], *, target_ha: float, minimum_ha: float
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """
    Cut development zones into sites of about equal size.

    Each part of a zone is halved across its longer side, along the axes of its own smallest rectangle, until the pieces
    have the target size; pieces below the minimum join the neighbour they share the longest edge with. No land is lost
    or counted twice: the sites of a part add up to it.

    Parameters
    ----------
    zoning
        Zones with `zone_id`, `area_id`, `zone`, EPSG:2326.
    zones
        Kinds of zone that are cut, keys of `words.ZONES`.
    target_ha, minimum_ha
        Hectares.

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
        pieces = [piece for part in large for piece in _cut_part(part, target_ha * M2_PER_HA, minimum_ha * M2_PER_HA)]
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
        **{name: getattr(zone, name) for name in ("zone", "status", "plot_ratio", "accuracy_m", "source")},
    }


def _cut_part(shape: shapely.Polygon, target_m2: float, minimum_m2: float) -> list[BaseGeometry]:
    """Cut one part of a zone, upright on its own axes, and turn the pieces back."""
    angle, centre = _axis_degrees(shape), shape.centroid
    upright = shapely.set_precision(affinity.rotate(shape, -angle, origin=centre), GRID_M)
    pieces = [piece for part in _polygons(upright) for piece in _halve(part, target_m2)]
    return [affinity.rotate(piece, angle, origin=centre) for piece in _join_small(pieces, minimum_m2)]


def _axis_degrees(shape: BaseGeometry) -> float:
    """Return the direction of the longer side of the smallest rectangle round a shape."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))
    sides = np.diff(corners[:3], axis=0)
    dx, dy = sides[np.argmax(np.hypot(sides[:, 0], sides[:, 1]))]
    return math.degrees(math.atan2(dy, dx))


def _halve(shape: shapely.Polygon, target_m2: float) -> list[shapely.Polygon]:
    """Cut a shape into round(area / target) pieces of equal area, always across the longer side."""
    pieces = max(1, round(shape.area / target_m2))
    if pieces == 1:
        return [shape]
    first = pieces // 2
    left, right = _split_at_share(shape, first / pieces)
    return [piece for half in (left, right) for part in _polygons(half) for piece in _halve(part, target_m2)]


def _split_at_share(shape: shapely.Polygon, share: float) -> tuple[BaseGeometry, BaseGeometry]:
    """Split across the longer side of the bounding box so that the first part has the given share of the area."""
    west, south, east, north = shape.bounds
    wide = east - west >= north - south
    low, high = (west, east) if wide else (south, north)

    def first_part(cut: float) -> BaseGeometry:
        box = shapely.box(west, south, cut, north) if wide else shapely.box(west, south, east, cut)
        return shapely.intersection(shape, box, grid_size=GRID_M)

    for _ in range(40):  # halving 10 km forty times leaves less than a nanometre
        middle = (low + high) / 2
        if first_part(middle).area < share * shape.area:
            low = middle
        else:
            high = middle
    # a cut along an edge leaves stray lines, which no later cut could take
    first = shapely.union_all(_polygons(first_part((low + high) / 2)))
    return first, shapely.difference(shape, first, grid_size=GRID_M)


def _polygons(shape: BaseGeometry) -> list[shapely.Polygon]:
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]


def _join_small(pieces: list[shapely.Polygon], minimum_m2: float) -> list[BaseGeometry]:
    """Join pieces below the minimum, smallest first, to the neighbour they share the longest edge with."""
    joined: list[BaseGeometry] = list(pieces)
    while len(joined) > 1:
        small = min(range(len(joined)), key=lambda i: joined[i].area)
        if joined[small].area >= minimum_m2:
            break
        others = [i for i in range(len(joined)) if i != small]
        shared = [joined[small].boundary.intersection(joined[i].boundary.buffer(0.01)).length for i in others]
        best = others[int(np.argmax(shared))]
        joined[best] = shapely.union_all([joined[best], joined[small]], grid_size=GRID_M)
        del joined[small]
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
