"""Numbers and geometries as short text: quantised, zigzag, variable length, base64."""

from __future__ import annotations

import base64
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Iterator

    import geopandas as gpd

STEPS_PER_DEGREE = 1_000_000
"""One step is 0.11 m of latitude and 0.10 m of longitude, finer than any layer is accurate."""

MISSING = -(2**20)
"""Stands for "no value" in a column: below anything measured, yet near enough that a step to it is short."""

Ring = list[tuple[float, float]]
"""Longitude and latitude in degrees; a polygon's ring is given without its closing point."""

Shape = list[list[Ring]]
"""Parts of rings: a polygon's outer ring and holes, a line or a point as a part of one ring."""


def pack_integers(numbers: Iterable[int]) -> str:
    """Return whole numbers of either sign as base64 text; small ones are short."""
    packed = bytearray()
    for number in numbers:
        rest = number * 2 if number >= 0 else -number * 2 - 1
        while rest > 0x7F:  # noqa: PLR2004  (seven bits to a byte, the eighth says "more follows")
            packed.append(rest & 0x7F | 0x80)
            rest >>= 7
        packed.append(rest)
    return base64.b64encode(bytes(packed)).decode("ascii")


def unpack_integers(text: str) -> list[int]:
    """Return what `pack_integers` packed."""
    numbers = []
    rest = shift = 0
    for byte in base64.b64decode(text):
        rest |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004
            numbers.append(-(rest + 1) // 2 if rest % 2 else rest // 2)
            rest = shift = 0
    return numbers


def pack_column(numbers: Iterable[int]) -> str:
    """Return a column of whole numbers as text; neighbours that differ little are short."""
    column = list(numbers)
    return pack_integers(after - before for before, after in zip([0, *column], column, strict=False))


def unpack_column(text: str) -> list[int]:
    """Return what `pack_column` packed."""
    return list(accumulate(unpack_integers(text)))


def pack_geometries(geometries: gpd.GeoSeries) -> str:
    """
    Return points, lines and polygons as text.

    Parameters
    ----------
    geometries
        Any coordinate system; an empty geometry becomes a shape without parts.

    Returns
    -------
    str
        For each geometry the number of parts, for each part the number of rings, for each ring the number of points and
        the steps from point to point, longitude first, in millionths of a degree.
    """
    return pack_integers(_stream(geometries.to_crs("EPSG:4326")))


def unpack_geometries(text: str) -> list[Shape]:
    """Return what `pack_geometries` packed, in degrees."""
    numbers = iter(unpack_integers(text))
    shapes: list[Shape] = []
    x = y = 0
    for parts in numbers:
        shape: Shape = []
        for _ in range(parts):
            part: list[Ring] = []
            for _ in range(next(numbers)):
                ring: Ring = []
                for _ in range(next(numbers)):
                    x += next(numbers)
                    y += next(numbers)
                    ring.append((x / STEPS_PER_DEGREE, y / STEPS_PER_DEGREE))
                part.append(ring)
            shape.append(part)
        shapes.append(shape)
    return shapes


def _stream(geometries: gpd.GeoSeries) -> Iterator[int]:
    """Yield the whole numbers of `pack_geometries`; steps run on from one geometry to the next."""
    x = y = 0
    for geometry in geometries:
        parts = [rings for part in shapely.get_parts(geometry) if (rings := _rings(part))]
        yield len(parts)
        for rings in parts:
            yield len(rings)
            for ring in rings:
                yield len(ring)
                for next_x, next_y in ring:
                    yield next_x - x
                    yield next_y - y
                    x, y = next_x, next_y


def _rings(part: shapely.Geometry) -> list[list[tuple[int, int]]]:
    """Return the rings of one point, line or polygon as whole steps, without points that fall together."""
    closed = isinstance(part, shapely.Polygon)
    lines = [part.exterior, *part.interiors] if isinstance(part, shapely.Polygon) else [part]
    rings = []
    for line in lines:
        steps = np.rint(shapely.get_coordinates(line) * STEPS_PER_DEGREE).astype(int).tolist()
        kept = [(px, py) for i, (px, py) in enumerate(steps) if i == 0 or [px, py] != steps[i - 1]]
        rings.append(kept[:-1] if closed else kept)
    # A sliver narrower than a step has no inside left; without its outer ring a part is nothing.
    fewest = 3 if closed else 1
    return [ring for ring in rings if len(ring) >= fewest] if len(rings[0]) >= fewest else []
