"""Whether positions look shifted to the datum of a mainland web map; a warning, never a conversion."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import KDTree

from nmplan.crs import WORK_CRS
from nmplan.layers.datum import NAMES
from nmplan.layers.datum import TO_WGS84
from nmplan.layers.datum import WGS84
from nmplan.layers.reference import read_reference

if TYPE_CHECKING:
    from numpy.typing import NDArray

BOUNDARY_M = 120.0
"""Accuracy of the reference boundary on land: a point nearer to it is on neither side."""

STATION_M = 200.0
"""A point nearer to a reference station (accuracy 60 to 150 m) stands at it; a shift of 600 m takes it away."""

SHIFT_M = {"gcj02": 650.0, "bd09": 1300.0}
"""How far each datum moves places around Shenzhen at most, metres."""

FEWEST_WRONG = 4
"""Points on the wrong side of the boundary that make a suspicion; fewer are errors of single points."""

FEWEST_AT_STATIONS = 8
"""Points that must stand at a station once a shift is undone; fewer may do so by chance."""

TIMES = 3
"""How much better another datum must fit the stations than the positions as they are, or moved any other way."""

MOSTLY = 0.8
"""Share of the points on the wrong side that undoing the shift must bring back."""

FEW_SHARE = 0.2
"""Most that may lie south of the boundary in a file taken to be of Shenzhen: one of both sides has a half there."""


class _Known(NamedTuple):
    """What positions are held against, EPSG:2326."""

    hong_kong: shapely.Polygon
    boundary: shapely.Geometry
    land: shapely.Geometry
    stations: KDTree


def suspected_shift(frame: gpd.GeoDataFrame) -> str | None:
    """
    Tell in words why positions look shifted to GCJ-02 or BD-09, or None.

    Two things can show it, both from the bundled reference geography. *The boundary*: features that say they are in
    Shenzhen (or, without a column `jurisdiction`, a file that lies mostly north of the boundary and nowhere in Hong
    Kong but within one shift of it) stand south of the land boundary, and undoing the shift brings them back.
    *Stations*: undoing the shift brings several times as many points to a railway station. It cannot see a shift of
    points that are far from both: factories in Bao'an, lots in Yuen Long, a handful of anything.

    Parameters
    ----------
    frame
        Features in EPSG:2326, taken as WGS84 on the way there; polygons and lines are judged by a point of theirs.

    Returns
    -------
    str or None
        Which datum, and on what evidence.
    """
    points = _points(frame)
    if len(points) < FEWEST_WRONG:
        return None
    theirs = frame.loc[points.index, "jurisdiction"].eq("shenzhen").to_numpy() if "jurisdiction" in frame else None
    undone = {datum: _undone(points, datum) for datum in TO_WGS84}
    seen = [found for datum in TO_WGS84 if (found := _over_the_boundary(points, undone[datum], datum, theirs))]
    seen += [found for datum in TO_WGS84 if (found := _at_stations(points, undone[datum], datum))]
    return max(seen, key=lambda one: one[0])[1] if seen else None


def outside_hong_kong(frame: gpd.GeoDataFrame) -> int:
    """Count the features of a frame in EPSG:2326 that lie beyond the land and sea boundary."""
    points = _points(frame)
    return int((~points.intersects(_known().hong_kong)).sum()) if len(points) else 0


def _points(frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return a point of each feature that has one."""
    with np.errstate(invalid="ignore"):  # a line without length has no point on it
        points = frame.geometry.representative_point()
    return points[~(points.isna() | points.is_empty)]


def _over_the_boundary(
    points: gpd.GeoSeries, undone: gpd.GeoSeries, datum: str, theirs: NDArray[np.bool_] | None
) -> tuple[int, str] | None:
    """Count points of Shenzhen south of the land boundary that undoing a shift brings back; None if too few."""
    known = _known()
    south = points.intersects(known.hong_kong).to_numpy()
    depth_m = points.distance(known.boundary).to_numpy()
    # a file with places deep in Hong Kong, or many near the boundary, has its own reasons for them
    if theirs is None and ((south & (depth_m > SHIFT_M[datum])).any() or south.mean() > FEW_SHARE):
        return None
    near = points.distance(known.land).to_numpy() < SHIFT_M[datum]
    everyone = np.ones(len(points), dtype=bool)
    wrong = south & (depth_m > BOUNDARY_M) & near & (everyone if theirs is None else theirs)
    count = int(np.count_nonzero(wrong))
    back = int(np.count_nonzero(wrong & ~undone.intersects(known.hong_kong).to_numpy()))
    if count < FEWEST_WRONG or back < MOSTLY * count:
        return None
    words = f"{count} of Shenzhen lie south of the boundary; read as {NAMES[datum]}, {back} of them come back"
    return back, words


def _at_stations(points: gpd.GeoSeries, undone: gpd.GeoSeries, datum: str) -> tuple[int, str] | None:
    """
    Count points at railway stations before and after undoing a shift; None if it makes no great difference.

    Thousands of fields and woods keep clear of stations, and moved by a kilometre any way many come to stand at one. So
    the shift has to do better than moves as long in the three other directions, too.
    """
    reach, here = _known().stations, _xy(points)
    move = _xy(undone) - here

    def at_stations(moved: NDArray[np.float64]) -> int:
        return int(np.count_nonzero(reach.query(here + moved)[0] < STATION_M))

    now, then = at_stations(np.zeros_like(move)), at_stations(move)
    elsewhere = max(at_stations(turned) for turned in (-move, move[:, ::-1] * (-1, 1), move[:, ::-1] * (1, -1)))
    if then < max(FEWEST_AT_STATIONS, TIMES * (max(now, elsewhere) + 1)):
        return None
    return then, f"{now} of {len(points)} stand at a railway station; read as {NAMES[datum]}, {then} do"


def _undone(points: gpd.GeoSeries, datum: str) -> gpd.GeoSeries:
    degrees = points.to_crs(WGS84)
    lon, lat = TO_WGS84[datum](degrees.x, degrees.y)
    return gpd.GeoSeries.from_xy(lon, lat, index=points.index, crs=WGS84).to_crs(WORK_CRS)


def _xy(points: gpd.GeoSeries) -> NDArray[np.float64]:
    return np.column_stack([points.x, points.y])


@cache
def _known() -> _Known:
    """Return the reference boundary with its Hong Kong side, and the stations."""
    boundary = read_reference("boundary").frame
    line = shapely.line_merge(boundary.geometry.union_all())
    ends = sorted((line.coords[0], line.coords[-1]))
    coords = list(line.coords) if line.coords[0] == ends[0] else list(line.coords)[::-1]
    south = 790_000.0
    side = shapely.Polygon([*coords, (coords[-1][0], south), (coords[0][0], south)])
    stations = read_reference("stations").frame
    exact = stations[stations["accuracy_m"] <= STATION_M]
    land = boundary[boundary["kind"].eq("land")].geometry.union_all()
    return _Known(side, line, land, KDTree(_xy(exact.geometry)))
