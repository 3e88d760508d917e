"""The outline of a place: smoothed, but never over land that must stay out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

if TYPE_CHECKING:
    import geopandas as gpd

ROUNDING_M = 15.0
"""Corners are rounded with a quarter of the gap, but no more than this: land is not drawn away."""

SLIVER_M2 = 1.0
"""Cutting polygons leaves slivers smaller than this."""


def smooth_outline(shapes: gpd.GeoSeries, gap_m: float, keep_out: shapely.Geometry | None = None) -> shapely.Geometry:
    """
    Return polygons as one shape for drawing, its corners rounded, gaps between them filled.

    Closing with half the gap fills roads and notches, opening with a quarter of it, at most `ROUNDING_M`, takes
    corners off, both with round joins; then what must stay out is cut away again. Parts too thin for the opening stay
    as they are. Two groups further apart than the gap never overlap: closing moves no outline by more than half of it.
    Take areas from the polygons, not from this shape.

    Parameters
    ----------
    shapes
        Polygons, EPSG:2326.
    gap_m
        Widest gap that is filled, metres.
    keep_out
        Land that the outline may not cover, such as land that failed a rule.

    References
    ----------
    Serra 1982, Image analysis and mathematical morphology (closing, opening).
    """
    whole = shapes.union_all()
    closed = shapely.union(whole, shapely.buffer(shapely.buffer(whole, gap_m / 2), -gap_m / 2))
    parts = [_opened(part, min(gap_m / 4, ROUNDING_M)) for part in shapely.get_parts(closed)]
    smooth = shapely.union_all(parts)
    if keep_out is not None:
        smooth = shapely.difference(smooth, keep_out)
    return _areas_of(smooth)


def _opened(part: shapely.Geometry, radius_m: float) -> shapely.Geometry:
    opened = shapely.buffer(shapely.buffer(part, -radius_m), radius_m)
    # opening never leaves the part, but circles drawn with corners may by a hair
    return part if opened.is_empty else shapely.intersection(opened, part)


def _areas_of(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the polygons of a shape without slivers, lines and points."""
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon) and part.area > SLIVER_M2]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
