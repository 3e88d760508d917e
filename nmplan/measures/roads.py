"""What roads there are around a place: their length, their loops, their junctions."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from nmplan.measures.access import JUNCTIONS_ONLY
from nmplan.measures.distance import straight_pieces
from nmplan.measures.timetable import open_links
from nmplan.words import accuracy_column

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

AROUND_M = 1_000.0
"""How far around a place its roads count: some minutes at the speed of a trial; judgement."""

ROAD_ACCURACY_M = 25.0
"""Roads placed worse than this are generalised: they tell that there is a road, not that a vehicle could follow it."""

METRES_PER_KM = 1_000.0
PLACES_AT_ONCE = 500
JUNCTION_ENDS = 3
"""Ends of streets that make a node a junction."""


class _Streets(NamedTuple):
    """Streets, each once: lines, the two ends of each as numbers, and the nodes' positions."""

    lines: NDArray[np.object_]
    ends: NDArray[np.int64]
    nodes: NDArray[np.object_]


def with_open_roads(layers: Mapping[str, Any], year: int) -> dict[str, Any]:
    """Return the layers with the roads in use in a year; without roads as they are."""
    roads = {"road_edges": open_links(layers["road_edges"], year)} if "road_edges" in layers else {}
    return {**layers, **roads}


def streets_of(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the roads without those given a second time in the other direction: the first of each course is kept."""
    course = shapely.to_wkb(shapely.normalize(edges.geometry.to_numpy()))
    return edges[~pd.Series(course, index=edges.index).duplicated()]


def junctions_of(streets: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the points where three ends of streets meet, or more; `streets` from `streets_of`."""
    known = _numbered(streets)
    degree = np.bincount(known.ends.ravel(), minlength=len(known.nodes))
    return np.asarray(known.nodes[degree >= JUNCTION_ENDS])


def roads_around(places: gpd.GeoSeries, edges: gpd.GeoDataFrame, around_m: float = AROUND_M) -> pd.DataFrame:
    """
    Return the roads within a distance of each place, as far as they are digitised: as the layer has them.

    Length = Σ of the parts of streets within the circle. Loops = edges − nodes + components of the streets that lie
    in the circle from end to end: how many cycles are independent of each other (the cycle rank; of a planar network
    the blocks that streets enclose). A street counts once, whether one row or one for each direction tells of it;
    directions are not looked at. Motorways and trunk roads do not count: vehicles on trial enter streets.

    Parameters
    ----------
    places
        Points, EPSG:2326.
    edges
        The layer road_edges: u, v, highway, accuracy_m (NaN counts as exact).
    around_m
        Radius of the circle, metres.

    Returns
    -------
    pandas.DataFrame
        `road_km`, kilometres, `loop_routes` and `junctions`, counts, on the index of the places; and how sure each is,
        road_km_accuracy and so on: 0, or without limit where a road in the circle, or else the nearest, is placed
        worse than `ROAD_ACCURACY_M`. Such a layer is generalised: it lacks minor roads, so that even none means little.

    References
    ----------
    Kansky 1963, Structure of transportation networks (cyclomatic number).
    """
    streets = streets_of(edges[~edges["highway"].isin(JUNCTIONS_ONLY)])
    found = _around(places, streets, around_m)
    blur = np.where(_generalised(places, streets, around_m), np.inf, 0.0)
    return found.assign(**{accuracy_column(str(name)): blur for name in found})


def _generalised(places: gpd.GeoSeries, streets: gpd.GeoDataFrame, around_m: float) -> NDArray[np.bool_]:
    """Return where a street in the circle, or else the nearest, is placed too badly to be followed."""
    coarse = streets["accuracy_m"].astype(float).to_numpy() > ROAD_ACCURACY_M
    points, lines = places.to_numpy(), streets.geometry.to_numpy()
    near, _ = shapely.STRtree(lines[coarse]).query(points, predicate="dwithin", distance=around_m)
    first, street = shapely.STRtree(lines).query_nearest(points, all_matches=False)
    found = np.zeros(len(points), dtype=bool)
    found[near] = True
    found[first] |= coarse[street]
    return found


def _around(places: gpd.GeoSeries, streets: gpd.GeoDataFrame, around_m: float) -> pd.DataFrame:
    points, known, crossings = places.to_numpy(), _numbered(streets), junctions_of(streets)
    segments = straight_pieces(known.lines)
    parts = []
    for first in range(0, len(points), PLACES_AT_ONCE):
        some = points[first : first + PLACES_AT_ONCE]
        parts.append(
            np.column_stack(
                [
                    _length_within(some, segments, around_m) / METRES_PER_KM,
                    _cycle_rank(some, known, around_m),
                    _count_within(some, crossings, around_m),
                ]
            )
        )
    table = np.concatenate(parts) if parts else np.empty((0, 3))
    return pd.DataFrame(table, index=places.index, columns=["road_km", "loop_routes", "junctions"])


def _numbered(streets: gpd.GeoDataFrame) -> _Streets:
    """Return the streets with numbered nodes; one lies where the first street that ends at it has that end."""
    lines = streets.geometry.to_numpy()
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    stops = np.append(starts[1:], len(owner)) - 1 if len(owner) else starts
    names = np.concatenate([streets["u"].astype(str).to_numpy(), streets["v"].astype(str).to_numpy()])
    spots = np.asarray(shapely.points(np.concatenate([xy[starts], xy[stops]])))
    _, first, number = np.unique(names.astype(str), return_index=True, return_inverse=True)
    return _Streets(lines, number.reshape(2, -1).T, spots[first])


def _length_within(points: NDArray[np.object_], segments: NDArray[np.object_], around_m: float) -> NDArray[np.float64]:
    """Return the metres of segments in the circle round each point, from where each segment enters and leaves it."""
    point, segment = shapely.STRtree(segments).query(points, predicate="dwithin", distance=around_m)
    ends = shapely.get_coordinates(segments[segment]).reshape(-1, 2, 2)
    start, way = ends[:, 0] - shapely.get_coordinates(points[point]), ends[:, 1] - ends[:, 0]
    length = np.hypot(*way.T)
    there = np.maximum(length, np.finfo(float).tiny)
    middle = -(start * way).sum(axis=1) / there  # metres along it at which the segment is nearest
    away = (start[:, 0] * way[:, 1] - start[:, 1] * way[:, 0]) / there
    half = np.sqrt(np.maximum(around_m**2 - away**2, 0.0))
    inside = np.clip(middle + half, 0.0, length) - np.clip(middle - half, 0.0, length)
    return np.asarray(np.bincount(point, inside, minlength=len(points)), dtype=float)


def _cycle_rank(points: NDArray[np.object_], known: _Streets, around_m: float) -> NDArray[np.int64]:
    """Return edges − nodes + components of the streets that lie in the circle round each point."""
    point, street = shapely.STRtree(known.lines).query(points, predicate="dwithin", distance=around_m)
    # from a point, the farthest spot of a line is one of its vertices
    inside = shapely.hausdorff_distance(points[point], known.lines[street]) <= around_m
    point, street = point[inside], street[inside]
    node = point[:, None] * len(known.nodes) + known.ends[street]  # each circle has nodes of its own
    used, number = np.unique(node, return_inverse=True)
    u, v = number.reshape(-1, 2).T
    links = coo_array((np.ones(len(u)), (u, v)), shape=(len(used), len(used)))
    _, part = connected_components(links.tocsr(), directed=False)
    owner = used // max(1, len(known.nodes))
    of_part = pd.Series(owner).groupby(part).first() if len(used) else pd.Series([], dtype=int)
    edges, nodes, parts = (np.bincount(each, minlength=len(points)) for each in (point, owner, of_part.to_numpy(int)))
    return np.asarray(edges - nodes + parts)


def _count_within(points: NDArray[np.object_], things: NDArray[np.object_], around_m: float) -> NDArray[np.int64]:
    point, _ = shapely.STRtree(things).query(points, predicate="dwithin", distance=around_m)
    return np.bincount(point, minlength=len(points))
