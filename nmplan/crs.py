"""One working coordinate system, and one way into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.errors import Fault
from nmplan.errors import LayerError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

WORK_CRS = "EPSG:2326"
"""Hong Kong 1980 Grid: x Easting, y Northing, metres; off by 0.012 % at most across the Greater Bay Area."""

M2_PER_HA = 10_000.0

GREATER_BAY_AREA = (111.3, 21.4, 115.6, 24.6)
"""West, south, east, north in WGS84 degrees, generous: what lies outside is a fault of the data, not a far supplier."""


def to_work_crs(frame: gpd.GeoDataFrame, source: str, declared: str | None = None) -> gpd.GeoDataFrame:
    """
    Return the frame in EPSG:2326, refusing what cannot be placed.

    Parameters
    ----------
    frame
        Any geometries.
    source
        File or layer named in the message.
    declared
        Coordinate system the study declares for the file; must agree with the file's own, or supply it where the file
        has none.

    Returns
    -------
    geopandas.GeoDataFrame
        A new frame; x is Easting, y is Northing, metres.

    Raises
    ------
    LayerError
        No coordinate system, another one than declared, or features far outside the Greater Bay Area (each named).
    """
    from pyproj.exceptions import CRSError  # noqa: PLC0415  (the ground stays light)

    own = frame.crs
    if own is None and declared is None:
        what = "the file names no coordinate system."
        raise LayerError([Fault(source, "", what, 'Declare it in the study, e.g. crs = "EPSG:4326".')])
    try:
        if own is None:
            frame = frame.set_crs(declared)
        elif declared is not None and not own.equals(declared, ignore_axis_order=True):
            what = f"the file says {own.to_string()}, the study declares {declared}."
            raise LayerError([Fault(source, "", what, "Correct the study's crs, or the file.")])
    except CRSError:
        what = f"there is no coordinate system {declared!r}."
        raise LayerError([Fault(source, "", what, 'Write an EPSG code, e.g. crs = "EPSG:2326".')]) from None
    faults = _far_features(frame, source)
    if faults:
        raise LayerError(faults)
    return frame.to_crs(WORK_CRS)


def _feature_names(frame: gpd.GeoDataFrame) -> pd.Series[str]:
    """Name features by their id, or the index they were given, or their row."""
    ids = [name for name in frame.columns if str(name).endswith("_id")]
    if ids:
        return frame[ids[0]].astype(str)
    names = frame.index.astype(str).to_series(index=frame.index)
    if frame.index.dtype.kind in "iu":  # nobody gave these numbers
        names[:] = [f"row {number}" for number in range(1, len(frame) + 1)]
    return names


def _far_features(frame: gpd.GeoDataFrame, source: str) -> list[Fault]:
    """List features outside the Greater Bay Area, and say so when swapping the axes would bring them home."""
    # corners will do for limits this generous: a shape may have tens of thousands of vertices
    degrees = frame.geometry.envelope.to_crs("EPSG:4326").bounds
    west, south, east, north = GREATER_BAY_AREA
    inside = degrees["minx"].ge(west) & degrees["maxx"].le(east) & degrees["miny"].ge(south) & degrees["maxy"].le(north)
    far = ~inside & degrees["minx"].notna()  # missing and empty geometries have no bounds, and are told elsewhere
    if not far.any():
        return []
    raw = frame.geometry[far].bounds
    first, count = ", ".join(_feature_names(frame)[far.to_numpy()][:5]), int(far.sum())
    swapped = raw["miny"].between(west, east) & raw["minx"].between(south, north)
    if swapped.all() and frame.crs.is_geographic:
        what = f"latitude and longitude are swapped in {count} of {len(frame)} features (first: {first})."
        return [Fault(source, "", what, "Write longitude first, or name the columns the right way round.")]
    what = f"{count} of {len(frame)} features lie far outside the Greater Bay Area."
    return [Fault(source, first, what, "Check the coordinate system and the axis order.")]
