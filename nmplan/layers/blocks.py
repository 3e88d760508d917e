"""Cutting geometry: one part of a zone split along the roads that run through it, then by a street grid of blocks."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import affinity

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

GRID_M = 1e-7
"""Cuts are made on a grid of a ten-thousandth of a millimetre: without it, rounding leaves hairline folds."""

BLOCK_LENGTH = 1.35
"""A block is this much longer than deep."""

LEFTOVER = 0.4
"""Blocks below this share of the target, at the edge of a zone, join a neighbour."""

THIN = 0.3
"""So do those that are nowhere wider than this share of a square block's side."""

SHARED_EDGE_M = 1.0
"""Neighbours share at least this much of their outlines; less will do where nothing shares more."""

DOUBLE_M = 25.0
"""Lines that run side by side closer than this are one road: both carriageways, both directions, a bridge above."""

REACH_M = 25.0
"""A road that ends this near to the outline or to another road is taken to go on to it."""

ROAD_GRID_M = 1.0
"""Roads are laid on this grid first: copies of a line that differ by less fall together."""

OVERSHOOT_M = 1.0
"""Lines are cut off this far outside the outline and beyond what they meet, so that rounding leaves no gap."""


def cut_part(
    shape: shapely.Polygon, roads: Sequence[BaseGeometry], target_m2: float, minimum_m2: float
) -> list[BaseGeometry]:
    """
    Cut one part of a zone into blocks.

    Parameters
    ----------
    shape
        The part, metres.
    roads
        Lines; those that run through the part split it first. In what order or direction they come does not matter.
    target_m2, minimum_m2
        Square metres.

    Returns
    -------
    list
        Blocks that add up to the part. What is too small or too thin has joined the neighbour that makes the better
        shape: on its own side of the road, unless the whole side is too small or too thin.
    """
    thin_m = THIN * math.sqrt(target_m2)
    no_side = partial(_mostly_thin, small_m2=minimum_m2, thin_m=max(thin_m, DOUBLE_M))
    no_block = partial(_too_little, small_m2=max(minimum_m2, LEFTOVER * target_m2), thin_m=thin_m)
    sides = _join_leftovers(split_by_roads(shape, roads), no_side)
    return [piece for side in sides for piece in _cut_side(side, target_m2, no_block)]


def polygons(shape: BaseGeometry) -> list[shapely.Polygon]:
    """Return the polygons a shape is made of, without any stray lines and points."""
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and not part.is_empty]


def split_by_roads(shape: shapely.Polygon, roads: Sequence[BaseGeometry]) -> list[shapely.Polygon]:
    """
    Split a polygon along the lines that run right through it.

    Dead ends do not split, unless they end within `REACH_M` of the outline or of another road.

    Parameters
    ----------
    shape
        Metres.
    roads
        Lines, in any order and direction.

    Returns
    -------
    list
        Polygons that add up to `shape`, which stands alone where no road splits it.
    """
    lines = _lines_within(shape, roads)
    if not lines:
        return [shape]
    cuts = [shape.boundary, *lines, *_extensions(lines, shape)]
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(cuts))))
    inside = [face for face in faces if shape.contains(face.representative_point())]
    return sorted(inside, key=lambda face: shapely.normalize(face).wkb)


def _lines(shape: BaseGeometry) -> list[shapely.LineString]:
    return [part for part in shapely.get_parts(shape) if part.geom_type == "LineString" and part.length > 0]


def _lines_within(shape: shapely.Polygon, roads: Sequence[BaseGeometry]) -> list[shapely.LineString]:
    """Return the lines inside the outline (and a little beyond), joined between junctions."""
    if not len(roads):
        return []
    frame = shape.buffer(OVERSHOOT_M)
    clipped = [line for road in roads for line in _lines(shapely.normalize(road).intersection(frame))]
    # sorted, because rounding depends on the order in which lines are brought together
    noded = shapely.union_all(sorted(clipped, key=lambda line: line.wkb), grid_size=ROAD_GRID_M)
    return _lines(shapely.line_merge(noded))


def _extensions(lines: list[shapely.LineString], shape: shapely.Polygon) -> list[shapely.LineString]:
    """Return short lines from ends inside a shape to the outline or the road that they nearly reach."""
    things = np.array([shape.boundary, *lines])
    found = []
    for number, line in enumerate(lines, start=1):
        others = np.delete(things, number)
        for end in (shapely.Point(line.coords[0]), shapely.Point(line.coords[-1])):
            gaps = shapely.distance(end, others)
            if shape.contains(end) and GRID_M < gaps.min() <= REACH_M:
                way = shapely.get_coordinates(shapely.shortest_line(end, others[gaps.argmin()]))
                ahead = (way[1] - way[0]) / gaps.min() * OVERSHOOT_M
                found.append(shapely.LineString([way[0], way[1] + ahead]))
    return found


def _cut_side(side: BaseGeometry, target_m2: float, no_block: Callable[[BaseGeometry], bool]) -> list[BaseGeometry]:
    """Cut what lies between roads along a street grid of its own, laid upright, and turn the pieces back."""
    angle, centre = _main_direction(side), side.centroid
    # a hair along an edge may come to cross itself as it is turned
    turned = shapely.make_valid(affinity.rotate(side, -angle, origin=centre))
    upright = shapely.set_precision(turned, GRID_M)
    pieces = [piece for part in polygons(upright) for piece in _cut_by_grid(part, target_m2)]
    return [affinity.rotate(piece, angle, origin=centre) for piece in _join_leftovers(pieces, no_block)]


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
    pieces = []
    for foot, head in pairwise(y):
        # a strip a little wider than the row: large shapes need not be cut as a whole, block by block
        strip = shapely.intersection(shape, shapely.box(west, foot - OVERSHOOT_M, east, head + OVERSHOOT_M))
        row = shapely.MultiPolygon(polygons(strip))
        blocks = shapely.intersection(row, shapely.box(x[:-1], foot, x[1:], head), grid_size=GRID_M)
        pieces += [piece for block in blocks for piece in polygons(block)]
    return pieces


def _join_leftovers(pieces: Sequence[BaseGeometry], is_leftover: Callable[[BaseGeometry], bool]) -> list[BaseGeometry]:
    """Join leftovers, the smallest first, to the neighbour that makes the better shape."""
    joined = dict(enumerate(pieces))
    bounds = shapely.bounds(np.array(pieces))
    waiting = {i for i, piece in joined.items() if is_leftover(piece)}
    while waiting and len(joined) > 1:
        i = min(waiting, key=lambda number: (joined[number].area, number))
        waiting.remove(i)
        leftover = joined[i]
        unions = _unions(leftover, {j: joined[j] for j in _meeting(bounds, i)})
        if not unions:  # touches nothing: rounding has parted it from the rest
            continue
        best = max(unions, key=lambda j: (unions[j].geom_type == "Polygon", unions[j].area / unions[j].length ** 2))
        del joined[i]
        bounds[i] = np.nan
        joined[best], bounds[best] = unions[best], unions[best].bounds
        if best in waiting and not is_leftover(unions[best]):
            waiting.remove(best)
    return list(joined.values())


def _too_little(piece: BaseGeometry, small_m2: float, thin_m: float) -> bool:
    """Tell whether a piece is too small, or too thin everywhere, to build on."""
    return bool(piece.area < small_m2 or piece.buffer(-thin_m / 2).is_empty)


def _mostly_thin(side: BaseGeometry, small_m2: float, thin_m: float) -> bool:
    """
    Tell whether what lies between roads is no side of its own: too small, or a strip for the most part.

    Strips lie between carriageways, and between a road and the outline it follows; they widen where slip roads part.
    """
    wide = side.buffer(-thin_m / 2).buffer(thin_m / 2)
    return bool(side.area < small_m2 or wide.area < side.area / 2)


def _meeting(bounds: np.ndarray[tuple[int, int], np.dtype[np.float64]], i: int) -> list[int]:
    """Return which bounding boxes meet that of piece `i`, without itself; blanks meet nothing."""
    west, south, east, north = bounds[i] + (-SHARED_EDGE_M, -SHARED_EDGE_M, SHARED_EDGE_M, SHARED_EDGE_M)
    apart = (bounds[:, 2] < west) | (bounds[:, 0] > east) | (bounds[:, 3] < south) | (bounds[:, 1] > north)
    return [int(j) for j in np.flatnonzero(~apart & ~np.isnan(bounds[:, 0])) if j != i]


def _unions(leftover: BaseGeometry, around: dict[int, BaseGeometry]) -> dict[int, BaseGeometry]:
    """Return a piece united with each neighbour that shares an edge with it."""
    edge = leftover.boundary.buffer(0.01)
    shared = {j: piece.boundary.intersection(edge).length for j, piece in around.items()}
    longest = max(shared.values(), default=0.0)
    near = [j for j, length in shared.items() if length > min(SHARED_EDGE_M, longest / 2)]
    unions = {j: shapely.union_all([around[j], leftover], grid_size=GRID_M) for j in near}
    return {j: union for j, union in unions.items() if not union.is_empty}
