"""How far one gets in a quarter of an hour, half an hour, three quarters, an hour: bands for the maps."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from nmplan.measures.access import JUNCTIONS_ONLY
from nmplan.measures.access import crosses

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nmplan.measures.drive import Roads
    from nmplan.measures.travel import Travel

LIMITS_MIN = (15.0, 30.0, 45.0, 60.0)
"""Minutes at which bands end."""

PIECE_M = 500.0
"""Roads are taken in pieces no longer than this."""

OFF_ROAD_M, OFF_STOP_M = 1_500.0, 1_500.0
"""
Nothing further than this from a road, or from a stop, is drawn as reached; judgement.

The minutes of a single site may hold a longer way: a band of open country round a stop, because somebody might walk
there, would tell a reader nothing.
"""

HOLE_M2 = 500_000.0
"""Holes smaller than this are filled: no road in the data is no fence on the ground; judgement."""

SIMPLIFIED_M = 20.0
"""Outlines are drawn to this."""

QUARTER = 6
"""Corners in a quarter of a circle: those of 1.5 km are then right to 13 m."""

BARRIER_M = 0.5
"""Half the gap left along the boundary, so that the two sides are two pieces."""


class _Spots(NamedTuple):
    """Stretches one can leave the network along: both ends, and the minutes at which each is reached."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    start_min: NDArray[np.float64]
    end_min: NDArray[np.float64]


def isochrone_bands(
    travel: Travel,
    places: gpd.GeoSeries,
    mode: str,
    limits_min: Sequence[float] = LIMITS_MIN,
    land: shapely.Geometry | None = None,
) -> gpd.GeoDataFrame:
    """
    Return what is reached from the nearest of some places within limits of minutes.

    Reached is what lies round the places, round the nodes, and along the roads that may be entered anywhere, as far as
    the minutes that are left allow straight ahead: by road at the access speed, up to `OFF_ROAD_M`; from stops and
    halls on foot, up to `OFF_STOP_M`. Along a road the way off shrinks evenly with the minutes (the
    hull of the circles at both ends of a piece). No way off the network crosses the boundary, and roads that cross it
    cannot be left: the other side is reached through an open crossing or not at all. Holes under `HOLE_M2` are filled.
    A band holds every lesser one.

    Parameters
    ----------
    travel
        The scenario's travel model.
    places
        Points where journeys start, EPSG:2326.
    mode
        One of the model's networks: "transit", "car" or "goods".
    limits_min
        Minutes, rising.
    land
        Where there is land (`land_within`), or None: then bands run out over water.

    Returns
    -------
    geopandas.GeoDataFrame
        limit_min and geometry (polygons, EPSG:2326), the shortest limit first; no rows without places or network.
    """
    if places.empty or mode not in travel.networks:
        return gpd.GeoDataFrame({"limit_min": []}, geometry=[], crs=places.crs)
    spots = _spots(travel, places, mode)
    bands: list[shapely.Geometry] = []
    for limit in limits_min:
        shapes = _shapes(spots, limit, travel, mode)
        band = shapely.simplify(_without_small_holes(shapely.union_all(shapes), travel.roads.boundary), SIMPLIFIED_M)
        band = band if land is None else shapely.intersection(band, land)
        bands.append(shapely.union_all([band, *bands[-1:]]))
    return gpd.GeoDataFrame({"limit_min": [float(limit) for limit in limits_min]}, geometry=bands, crs=places.crs)


def isochrones(
    travel: Travel,
    places: gpd.GeoSeries,
    modes: Collection[str],
    limits_min: Sequence[float] = LIMITS_MIN,
    land: shapely.Geometry | None = None,
) -> gpd.GeoDataFrame:
    """
    Return the bands round each of some places, by each of some modes.

    Parameters
    ----------
    travel
        The scenario's travel model.
    places
        Points by id, EPSG:2326.
    modes, limits_min, land
        As `isochrone_bands` takes them.

    Returns
    -------
    geopandas.GeoDataFrame
        place_id, mode, limit_min and geometry.
    """
    columns = ["place_id", "mode", "limit_min", "geometry"]
    tables = [
        isochrone_bands(travel, places.loc[[place]], mode, limits_min, land).assign(place_id=place, mode=mode)
        for place in places.index
        for mode in modes
        if mode in travel.networks
    ]
    found = pd.concat(tables, ignore_index=True)[columns] if tables else {name: [] for name in columns}
    return gpd.GeoDataFrame(found, geometry="geometry", crs=places.crs)


def land_within(coast: gpd.GeoSeries) -> shapely.Geometry | None:
    """Return the land that closed shorelines enclose; None where any is open, for then nobody can tell."""
    rings = shapely.get_parts(shapely.line_merge(coast.to_numpy()))
    if not len(rings) or not shapely.is_closed(rings).all():
        return None
    return shapely.union_all(shapely.make_valid([shapely.Polygon(ring) for ring in rings]))


def _spots(travel: Travel, places: gpd.GeoSeries, mode: str) -> _Spots:
    """Return where one can leave the network, the places themselves (at minute 0) included."""
    network, minutes = travel.networks[mode], travel.node_minutes(mode, places)
    if mode == "transit":
        left, along = travel.transit.left if travel.transit else np.zeros(0, dtype=np.int64), []
    else:
        ashore, enterable = _roads_left(travel.roads)
        edges, edge_min = travel.roads.edges[enterable], travel.roads.minutes(travel.speeds.cap_of(mode))[enterable]
        lines = edges.geometry.to_numpy()
        left = np.unique(network.position([*travel.roads.edges["u"][ashore], *travel.roads.edges["v"][ashore]]))
        along = [
            _along(lines, minutes[network.position(edges["u"])], edge_min),
            _along(*_first_stretches(travel, places, lines, edge_min)),
        ]
    points = np.vstack([np.column_stack([places.x, places.y]), network.xy[left]])
    times = np.concatenate([np.zeros(len(places)), minutes[left]])
    found = _Spots(*map(np.concatenate, zip(_Spots(points, points, times, times), *along, strict=True)))
    reached = np.isfinite(found.start_min)
    return _Spots(*(part[reached] for part in found))


def _roads_left(roads: Roads) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which roads stay on one side of the boundary, and which of these can be left anywhere."""
    ashore = np.ones(len(roads.edges), dtype=bool)
    if roads.boundary is not None:
        ashore = ~shapely.intersects(roads.boundary, roads.edges.geometry.to_numpy())
    return ashore, ashore & ~roads.edges["highway"].isin(JUNCTIONS_ONLY).to_numpy()


def _first_stretches(
    travel: Travel, places: gpd.GeoSeries, lines: NDArray[np.object_], edge_min: NDArray[np.float64]
) -> tuple[NDArray[np.object_], NDArray[np.float64], NDArray[np.float64]]:
    """Return the rest of the road that each place joins on the way, with the minutes at its start and along it."""
    if not len(lines):
        return lines, edge_min, edge_min
    place, road = shapely.STRtree(lines).query_nearest(places.to_numpy())
    share = shapely.line_locate_point(lines[road], places.to_numpy()[place], normalized=True)
    rest = np.array([substring(lines[i], one, 1, normalized=True) for i, one in zip(road, share, strict=True)])
    spot = shapely.get_coordinates(shapely.line_interpolate_point(lines[road], share, normalized=True))
    here = shapely.get_coordinates(places.to_numpy()[place])
    open_way = ~crosses(travel.roads.boundary, here, spot) & (share < 1)
    away = np.hypot(*(here - spot).T) / travel.speeds.access_m_per_min
    return rest[open_way], away[open_way], (edge_min[road] * (1 - share))[open_way]


def _along(lines: NDArray[np.object_], start_min: NDArray[np.float64], edge_min: NDArray[np.float64]) -> _Spots:
    """Cut roads into pieces, each with the minutes at its two ends; roads lead from their first point to the last."""
    xy, line = shapely.get_coordinates(shapely.segmentize(lines, PIECE_M), return_index=True)
    same = line[1:] == line[:-1]
    length = np.where(same, np.hypot(*np.diff(xy, axis=0).T), 0.0)
    run = np.concatenate([[0.0], np.cumsum(length)])
    first = np.searchsorted(line, np.arange(len(lines)))
    share = (run - run[first][line]) / np.maximum(shapely.length(lines), 1e-9)[line]
    minutes = start_min[line] + share * edge_min[line]
    return _Spots(xy[:-1][same], xy[1:][same], minutes[:-1][same], minutes[1:][same])


def _shapes(spots: _Spots, limit: float, travel: Travel, mode: str) -> NDArray[np.object_]:
    """Return what can be reached straight off each stretch of the network within a limit, on its own side."""
    spots = _Spots(*(part[spots.start_min <= limit] for part in spots))
    # a piece is driven as far as the minutes go
    took = np.maximum(spots.end_min - spots.start_min, 1e-9)
    share = np.clip((limit - spots.start_min) / took, 0.0, 1.0)[:, None]
    end = spots.start + (spots.end - spots.start) * share
    circles = [
        np.asarray(
            shapely.buffer(
                shapely.points(xy), _metres(np.maximum(limit - minutes, 0.0), travel, mode), quad_segs=QUARTER
            )
        )
        for xy, minutes in ((spots.start, spots.start_min), (end, spots.end_min))
    ]
    stretch = np.asarray(shapely.linestrings(np.stack([spots.start, end], axis=1)))
    shapes = shapely.convex_hull(shapely.geometrycollections(np.stack([*circles, stretch], axis=1)))
    return _own_side(np.asarray(shapes), stretch, travel.roads.boundary)


def _metres(minutes: NDArray[np.float64], travel: Travel, mode: str) -> NDArray[np.float64]:
    """Return how far off the network one gets in minutes."""
    if mode == "transit":
        return np.minimum(travel.speeds.walk_m(minutes), OFF_STOP_M)
    return np.minimum(minutes * travel.speeds.access_m_per_min, OFF_ROAD_M)


def _own_side(
    shapes: NDArray[np.object_], stretches: NDArray[np.object_], boundary: shapely.Geometry | None
) -> NDArray[np.object_]:
    """Cut shapes at the boundary, and keep the part on the side of the stretch that they belong to."""
    if boundary is None:
        return shapes
    shapely.prepare(boundary)
    cut = shapely.intersects(boundary, shapes)
    parts, owner = shapely.get_parts(
        shapely.difference(shapes[cut], shapely.buffer(boundary, BARRIER_M)), return_index=True
    )
    own = shapely.intersects(parts, stretches[cut][owner])
    return np.concatenate([shapes[~cut], parts[own]])


def _without_small_holes(band: shapely.Geometry, boundary: shapely.Geometry | None) -> shapely.Geometry:
    """Fill holes under `HOLE_M2`, but for those at the boundary."""
    parts = shapely.get_parts(band)
    rings, part = shapely.get_rings(parts, return_index=True)
    # the first ring of a polygon is its outline
    inner = np.append(False, part[1:] == part[:-1])
    holes = np.asarray(shapely.polygons(rings[inner]))
    small = shapely.area(holes) < HOLE_M2
    if boundary is not None:
        small &= ~shapely.dwithin(holes, boundary, 2 * BARRIER_M)
    return shapely.union_all([band, *holes[small]])
