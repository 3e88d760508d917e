"""One working coordinate system, and one way into it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING
from typing import Any

from nmplan.errors import Fault
from nmplan.errors import LayerError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from pyproj import CRS

WORK_CRS = "EPSG:2326"
"""Hong Kong 1980 Grid: x Easting, y Northing, metres; off by 0.012 % at most across the Greater Bay Area."""

M2_PER_HA = 10_000.0

GREATER_BAY_AREA = (111.3, 21.4, 115.6, 24.6)
"""West, south, east, north in WGS84 degrees, generous: what lies outside is a fault of the data, not a far supplier."""

WGS84 = "EPSG:4326"

HONG_KONG_DATUM = "EPSG:4611"
"""Hong Kong 1980 latitude and longitude: 304 m from WGS84."""

_INTERNATIONAL_1924 = (6_378_388.0, 297.0)
"""Semi-major axis, metres, and inverse flattening of the Hong Kong 1980 datum's ellipsoid."""

_SHIFT_M = (-162.619, -276.959, -161.764)
"""Translation from Hong Kong 1980 to WGS84, metres: the part of a TOWGS84 that all copies share."""

_AS_WGS84 = "China 2000"
"""Datum of CGCS2000: WGS84 to within a metre. PROJ knows no way from it to Hong Kong 1980 and would leave 304 m."""

SAME = 1e-6
"""Parameters of a projection (degrees, metres) that differ by less are the same, written with fewer decimals."""

OFF_M = 1.0
"""A coordinate system of a file's own that stands less than this from PROJ's is no news."""

GRID_NUMBERS = (790_000.0, 880_000.0)
"""Least and greatest number of the Hong Kong 1980 Grid, Eastings and Northings alike."""


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
        No coordinate system, another one than declared, one without a known way to Hong Kong 1980, features whose
        coordinates are no numbers, or features far outside the Greater Bay Area (each named).
    """
    placed = frame.set_crs(_agreed(frame, source, declared), allow_override=True)
    faults = _without_numbers(placed, source) or _far_features(placed, source)
    if faults:
        raise LayerError(faults)
    return _shifted(placed, source)


def _agreed(frame: gpd.GeoDataFrame, source: str, declared: str | None) -> CRS:
    """Return the coordinate system that file and study agree on, as PROJ defines it."""
    from pyproj import CRS  # noqa: PLC0415  (the ground stays light)
    from pyproj.exceptions import CRSError  # noqa: PLC0415

    own: CRS | None = None if frame.crs is None else true_crs(frame.crs)
    if own is not None and own.geodetic_crs is None:
        what = f"the file's coordinate system {own.name!r} says nothing of where on Earth it lies."
        raise LayerError([Fault(source, "", what, "Save the file in EPSG:2326 or EPSG:4326.")])
    if declared is None:
        if own is None:
            what = "the file names no coordinate system."
            raise LayerError([Fault(source, "", what, 'Declare it in the study, e.g. crs = "EPSG:4326".')])
        return own
    try:
        wanted = true_crs(CRS.from_user_input(declared))
    except CRSError:
        what = f"there is no coordinate system {declared!r}."
        raise LayerError([Fault(source, "", what, 'Write an EPSG code, e.g. crs = "EPSG:2326".')]) from None
    if own is not None and not own.equals(wanted, ignore_axis_order=True):
        what = f"the file says {own.to_string()}, the study declares {declared}."
        raise LayerError([Fault(source, "", what, "Correct the study's crs, or the file.")])
    return wanted


def true_crs(crs: CRS) -> CRS:
    """
    Return a coordinate system as PROJ defines it: Hong Kong's spelled out becomes EPSG:2326 or EPSG:4611.

    Files carry the Hong Kong 1980 Grid under other names (ESRI:102140), without its datum (304 m off), or with a
    TOWGS84 of their own; a widely copied one has rotations of the wrong sign and stands 55 m off.

    Parameters
    ----------
    crs
        Any coordinate system.

    Returns
    -------
    pyproj.CRS
        EPSG:2326 or EPSG:4611 for Hong Kong's, whatever their TOWGS84; any other as it is.
    """
    from pyproj import CRS  # noqa: PLC0415

    if crs.is_compound:  # with heights, which no measure uses
        return true_crs(crs.sub_crs_list[0])
    plain = (crs.source_crs or crs) if crs.is_bound else crs  # a projection's source is its degrees
    ellipsoid = plain.ellipsoid
    if ellipsoid is None:
        return crs
    shape = (ellipsoid.semi_major_metre, ellipsoid.inverse_flattening)
    if any(abs(given - known) > SAME for given, known in zip(shape, _INTERNATIONAL_1924, strict=True)):
        return crs
    if plain.is_projected and _is_grid(plain):
        return CRS(WORK_CRS)
    operation = crs.coordinate_operation
    shift = tuple(operation.towgs84)[:3] if crs.is_bound and operation else ()
    if plain.is_geographic and shift == _SHIFT_M:
        return CRS(HONG_KONG_DATUM)
    return crs


def _is_grid(crs: CRS) -> bool:
    """Tell whether a projection is the Hong Kong 1980 Grid's, under any names and with any number of decimals."""
    from pyproj import CRS  # noqa: PLC0415

    def parameters(system: CRS) -> dict[str, Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # such a list is no full definition; none is needed here
            return {"k": 1, **system.to_dict()}

    wanted, given = parameters(CRS(WORK_CRS)), parameters(crs)
    numbers = ("lat_0", "lon_0", "k", "x_0", "y_0")
    return given.get("proj") == wanted["proj"] and all(abs(given.get(n, 0) - wanted[n]) < SAME for n in numbers)


def crs_name(crs: CRS | None) -> str:
    """Return the code of a coordinate system, its name where it has none, "" where there is none."""
    return "" if crs is None else ":".join(crs.to_authority() or (crs.name,))


def off_by_own_crs(crs: CRS | None) -> str:
    """Say how far a file's own spelling of Hong Kong's system stands from PROJ's; "" where that is no news."""
    off_m = 0.0 if crs is None else moved_by_true_crs(crs)
    if off_m <= OFF_M:
        return ""
    return f"the file's coordinate system stands {off_m:.0f} m from Hong Kong's own; read by PROJ's definition of it"


def moved_by_true_crs(crs: CRS) -> float:
    """
    Return how far a coordinate system stands from what `true_crs` makes of it, metres at San Tin; 0 where it is itself.

    Parameters
    ----------
    crs
        Any coordinate system.
    """
    from pyproj import Geod  # noqa: PLC0415
    from pyproj import Transformer  # noqa: PLC0415

    right = true_crs(crs)
    if right is crs:
        return 0.0
    place = (824_000.0, 839_000.0) if right.is_projected else (114.06, 22.49)
    ends = [Transformer.from_crs(system, WGS84, always_xy=True).transform(*place) for system in (crs, right)]
    return float(Geod(ellps="WGS84").inv(*ends[0], *ends[1])[2])


def _shifted(frame: gpd.GeoDataFrame, source: str) -> gpd.GeoDataFrame:
    """Bring a frame to EPSG:2326 by a way that PROJ knows; a "ballpark" one would leave the datums' 304 m."""
    placed = frame.set_crs(_on_wgs84(frame.crs), allow_override=True)
    if _way_known(placed.crs, WORK_CRS):
        return placed.to_crs(WORK_CRS)
    if _way_known(placed.crs, WGS84):
        return placed.to_crs(WGS84).to_crs(WORK_CRS)
    raise LayerError([_no_way(placed.crs, source)])


def warping_crs(crs: CRS, source: str) -> CRS:
    """
    Return a coordinate system from which GDAL warps rasters to EPSG:2326 as truly as `to_work_crs` brings geometries.

    GDAL goes straight from one system to the other. Where PROJ knows no straight way it takes the degrees as they are,
    without a word, and leaves the datums' 304 m.

    Parameters
    ----------
    crs
        Any coordinate system.
    source
        File named in the message.

    Raises
    ------
    LayerError
        A datum without a straight way to Hong Kong 1980.
    """
    right = _on_wgs84(true_crs(crs))
    if not _way_known(right, WORK_CRS):
        raise LayerError([_no_way(right, source)])
    return right


def _on_wgs84(crs: CRS) -> CRS:
    """Return a system on CGCS2000 as the same one on WGS84; any other as it is."""
    from pyproj import CRS  # noqa: PLC0415
    from pyproj.crs import ProjectedCRS  # noqa: PLC0415

    degrees = crs.geodetic_crs
    if degrees is None or degrees.datum is None or degrees.datum.name != _AS_WGS84:
        return crs
    return ProjectedCRS(crs.coordinate_operation, geodetic_crs=CRS(WGS84)) if crs.is_projected else CRS(WGS84)


def _no_way(crs: CRS, source: str) -> Fault:
    what = f"no way from {crs.name} to Hong Kong 1980 is published; without it places are hundreds of metres off."
    return Fault(source, "", what, "Convert the file to EPSG:2326 or EPSG:4326 with official parameters.")


def _way_known(start: CRS, end: str) -> bool:
    from pyproj import Transformer  # noqa: PLC0415
    from pyproj.exceptions import ProjError  # noqa: PLC0415

    try:
        Transformer.from_crs(start, end, always_xy=True, allow_ballpark=False)
    except ProjError:
        return False
    return True


def feature_names(frame: gpd.GeoDataFrame) -> pd.Series[str]:
    """Name features by their id, or the index they were given, or their row."""
    ids = [name for name in frame.columns if str(name).endswith("_id")]
    if ids:
        return frame[ids[0]].astype(str)
    names = frame.index.astype(str).to_series(index=frame.index)
    if frame.index.dtype.kind in "iu":  # nobody gave these numbers
        names[:] = [f"row {number}" for number in range(1, len(frame) + 1)]
    return names


def _without_numbers(frame: gpd.GeoDataFrame, source: str) -> list[Fault]:
    """List features with coordinates that are no numbers (NaN, infinite): no library refuses them, all go astray."""
    import numpy as np  # noqa: PLC0415
    import shapely  # noqa: PLC0415

    places, owner = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    lost = np.unique(owner[~np.isfinite(places).all(axis=1)])
    if not len(lost):
        return []
    names = ", ".join(feature_names(frame).iloc[lost[:5]])
    what = f"{len(lost)} of {len(frame)} features have coordinates that are no numbers."
    return [Fault(source, names, what, "Correct or remove them.")]


def _far_features(frame: gpd.GeoDataFrame, source: str) -> list[Fault]:
    """List features outside the Greater Bay Area, and say so when swapping the axes would bring them home."""
    # corners will do for limits this generous: a shape may have tens of thousands of vertices
    degrees = frame.geometry.envelope.to_crs(WGS84).bounds
    west, south, east, north = GREATER_BAY_AREA
    inside = degrees["minx"].ge(west) & degrees["maxx"].le(east) & degrees["miny"].ge(south) & degrees["maxy"].le(north)
    far = ~inside & degrees["minx"].notna()  # missing and empty geometries have no bounds, and are told elsewhere
    if not far.any():
        return []
    raw = frame.geometry[far].bounds
    first, count = ", ".join(feature_names(frame)[far.to_numpy()][:5]), int(far.sum())
    swapped = raw["miny"].between(west, east) & raw["minx"].between(south, north)
    if swapped.all() and frame.crs.is_geographic:
        what = f"latitude and longitude are swapped in {count} of {len(frame)} features (first: {first})."
        return [Fault(source, "", what, "Write longitude first, or name the columns the right way round.")]
    what = f"{count} of {len(frame)} features lie far outside the Greater Bay Area"
    mend = "Check the coordinate system and the axis order."
    low, high = raw[["minx", "miny"]].min(axis=None), raw[["maxx", "maxy"]].max(axis=None)
    if frame.crs.is_geographic and GRID_NUMBERS[0] <= low and high <= GRID_NUMBERS[1]:
        what += ": the numbers are no degrees, they look like metres of the Hong Kong 1980 Grid"
        mend = 'Write crs = "EPSG:2326" in the study; a `crs` in the file must agree.'
    elif frame.crs.is_projected and low >= -180 and high <= 180:  # noqa: PLR2004  (degrees)
        what += ": the numbers are degrees, not metres"
        mend = 'Write crs = "EPSG:4326" in the study; a `crs` in the file must agree.'
    return [Fault(source, first, f"{what}.", mend)]
