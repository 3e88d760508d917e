"""Datums of mainland web maps: GCJ-02 and BD-09 brought to WGS84 and back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any
from typing import Literal

import numpy as np
import pandas as pd
import shapely

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.conform import read_number
from nmplan.layers.contracts import Note

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import ArrayLike
    from numpy.typing import NDArray

Datum = Literal["wgs84", "gcj02", "bd09"]

WGS84 = "EPSG:4326"

ACCURACY_M = {"wgs84": 0.0, "gcj02": 3.0, "bd09": 5.0}
"""
What a conversion to WGS84 adds to a position's uncertainty, metres; a judgement.

The formula of GCJ-02 was found by reading a program, not published by the survey bureau; that program adds a random
term that the formula leaves out (github.com/googollee/eviltransform, issue 29). Against control points taken from a web
map it stands 3.4 m off in the mean, 2.7 m standard deviation (the package pygcj, the whole mainland), of which the
usual one-step inverse takes 1 to 2 m (README of eviltransform) and the exact one used here nothing. BD-09 was found the
same way, on top of it.
"""

AXIS_M = 6_378_245.0
ECCENTRICITY_2 = 0.006693421622965943
"""Semi-major axis and squared eccentricity of the Krasovsky ellipsoid, which the formula of GCJ-02 uses."""

TOLERANCE = 1e-10
"""Degrees (0.01 mm) between two rounds of an inverse that end it; each round gains a factor of about 50 or more."""

ROUNDS = 30
"""More than any inverse needs inside China (five); outside the formula means nothing."""

_Pair = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> _Pair:
    """
    Shift WGS84 to GCJ-02, the datum of mainland web maps (AMap, Tencent, Google's mainland streets).

    Parameters
    ----------
    lon, lat
        Degrees. Shifted wherever they lie, inside Hong Kong too: maps differ there (Baidu shifts it, Google does not),
        and only who knows the map can say so.

    Returns
    -------
    tuple of numpy.ndarray
        Longitude and latitude, degrees; about 520 m east and 300 m south around Shenzhen.

    References
    ----------
    Formula as in github.com/googollee/eviltransform and github.com/Artoria2e5/PRCoords.
    """
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    east_m, north_m = _waves_m(x - 105.0, y - 35.0)
    latitude = np.radians(y)
    squeeze = 1 - ECCENTRICITY_2 * np.sin(latitude) ** 2
    across = AXIS_M / np.sqrt(squeeze)  # radii of curvature, metres
    along = AXIS_M * (1 - ECCENTRICITY_2) / squeeze**1.5
    return x + np.degrees(east_m / (across * np.cos(latitude))), y + np.degrees(north_m / along)


def _waves_m(x: NDArray[np.float64], y: NDArray[np.float64]) -> _Pair:
    """Return the formula's shift east and north, metres, at degrees east of 105 and north of 35."""
    ripple = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    root = np.sqrt(np.abs(x))
    north = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * root
    north += (ripple + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * root
    east += (ripple + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    return east, north


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> _Pair:
    """
    Shift GCJ-02 to BD-09, the datum of Baidu maps.

    Parameters
    ----------
    lon, lat
        Degrees.

    Returns
    -------
    tuple of numpy.ndarray
        Longitude and latitude, degrees.

    References
    ----------
    Formula as in github.com/Artoria2e5/PRCoords.
    """
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    turns = np.pi * 3000 / 180
    radius = np.hypot(x, y) + 2e-5 * np.sin(y * turns)
    angle = np.arctan2(y, x) + 3e-6 * np.cos(x * turns)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> _Pair:
    """
    Bring GCJ-02 to WGS84, by iteration to better than 1e-9 degrees.

    Parameters
    ----------
    lon, lat
        Degrees.

    Returns
    -------
    tuple of numpy.ndarray
        Longitude and latitude, degrees; as true as `ACCURACY_M` says.
    """
    return _undone(wgs84_to_gcj02, lon, lat)


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> _Pair:
    """Bring BD-09 to GCJ-02, by iteration to better than 1e-9 degrees; degrees in and out."""
    return _undone(gcj02_to_bd09, lon, lat)


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> _Pair:
    """Shift WGS84 to BD-09; degrees in and out."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> _Pair:
    """Bring BD-09 to WGS84, by iteration to better than 1e-9 degrees; degrees in and out."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _undone(shift: Callable[[ArrayLike, ArrayLike], _Pair], lon: ArrayLike, lat: ArrayLike) -> _Pair:
    """Find what `shift` moved to these places: the shift hardly changes over its own length, so guesses close in."""
    x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    guess_x, guess_y = x.copy(), y.copy()
    for _ in range(ROUNDS):
        there_x, there_y = shift(guess_x, guess_y)
        step_x, step_y = x - there_x, y - there_y
        guess_x, guess_y = guess_x + step_x, guess_y + step_y
        if np.max(np.abs([step_x, step_y]), initial=0.0, where=np.isfinite([step_x, step_y])) < TOLERANCE:
            break
    return guess_x, guess_y


TO_WGS84: dict[str, Callable[[ArrayLike, ArrayLike], _Pair]] = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}
"""The way to WGS84 from each shifted datum."""

NAMES = {"wgs84": "WGS84", "gcj02": "GCJ-02", "bd09": "BD-09"}


def to_wgs84(frame: gpd.GeoDataFrame, datum: Datum, layer: str, source: str) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """
    Bring geometries of a declared datum to WGS84.

    Parameters
    ----------
    frame
        Any geometries; without coordinate system they are taken as degrees, longitude first, and with one as that
        system says, on the declared datum (web maps in metres, EPSG:3857, are shifted like their degrees).
    datum
        As declared; it is never guessed.
    layer, source
        Named in the note and in messages.

    Returns
    -------
    tuple
        For "wgs84" the frame itself; else a new frame in EPSG:4326 whose `accuracy_m` is raised by `ACCURACY_M` (root
        of the squares; unknown counts as exact, as everywhere), and a note that says so.

    Raises
    ------
    LayerError
        An unknown datum, or a coordinate system of another datum (Hong Kong 1980 latitude and longitude).
    """
    if datum not in ACCURACY_M:
        what = f"there is no datum {datum!r}."
        raise LayerError([Fault(source, "datum", what, f"Write one of {', '.join(ACCURACY_M)}.")])
    if datum == "wgs84":
        return frame, []
    degrees = frame.set_crs(WGS84) if frame.crs is None else frame
    if degrees.crs.is_geographic and not degrees.crs.equals(WGS84, ignore_axis_order=True):
        what = f"the datum is declared as {NAMES[datum]}, the coordinate system as {degrees.crs.to_string()}."
        raise LayerError([Fault(source, "datum", what, 'Declare one of them: GCJ-02 and BD-09 go with "EPSG:4326".')])
    degrees = degrees.to_crs(WGS84)

    def moved(places: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(TO_WGS84[datum](places[:, 0], places[:, 1]))

    shifted = degrees.set_geometry(degrees.geometry.map(lambda shape: shape and shapely.transform(shape, moved)))
    return _less_sure(shifted, ACCURACY_M[datum]), _told(frame, datum, layer)


def _less_sure(frame: gpd.GeoDataFrame, added_m: float) -> gpd.GeoDataFrame:
    """Raise `accuracy_m`; cells that are no number stay for the contract to name."""
    if "accuracy_m" not in frame:
        return frame.assign(accuracy_m=added_m)

    def raised(given: Any) -> object:
        blank = pd.isna(given) or not str(given).strip()
        number = 0.0 if blank else read_number(given)
        return given if number is None else float(np.hypot(number, added_m))

    return frame.assign(accuracy_m=frame["accuracy_m"].astype(object).map(raised))


def _told(frame: gpd.GeoDataFrame, datum: Datum, layer: str) -> list[Note]:
    what = f"positions brought from {NAMES[datum]} to WGS84, which adds {ACCURACY_M[datum]:g} m to their accuracy"
    notes = [Note(layer, what, len(frame))]
    if "accuracy_m" not in frame:
        what = f"accuracy unknown before the conversion from {NAMES[datum]}: only its {ACCURACY_M[datum]:g} m counted"
        notes.append(Note(layer, what, len(frame)))
    return notes
