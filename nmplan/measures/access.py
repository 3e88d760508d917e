"""Access legs: how places get on and off a network."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import NamedTuple

import numpy as np
import shapely
from scipy.spatial import cKDTree

from nmplan.measures.network import NO_LEGS
from nmplan.measures.network import Legs

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import NDArray

    from nmplan.measures.network import Network

NODES_TRIED = 3
"""Nearest junctions a place may enter the network at, beside the nearest road."""

WIDE_SEARCH_M = 3_000.0
"""How far a place looks for a road when the boundary cuts off all near ones."""

SAME_ROAD_M = 1e-3
"""The two directions of a street are equally near, though their distances may differ in the last digits."""

SAMPLE_M = 200.0
"""Roads are sampled at least this densely to find out how far a place has to look."""

COLUMNS = 512
"""Columns the barrier is cut into to see which ways keep clear of it."""

JUNCTIONS_ONLY = ("motorway", "motorway_link", "trunk", "trunk_link")
"""Road classes entered at junctions only."""


class _Spots(NamedTuple):
    """Where places meet the network: the spot, the node reached from it, the road between (−1: none), minutes on it."""

    place: NDArray[np.int64]
    node: NDArray[np.int64]
    road: NDArray[np.int64]
    along_min: NDArray[np.float64]
    xy: NDArray[np.float64]


def road_legs(
    places: gpd.GeoSeries,
    network: Network,
    edges: gpd.GeoDataFrame,
    edge_min: NDArray[np.float64],
    barrier: shapely.Geometry | None,
    *,
    metres_per_min: float,
    outwards: bool,
) -> Legs:
    """
    Return how places get on (or off) a road network.

    A place goes straight to the nearest road that may be entered anywhere and on along it to its end, or straight to
    one of the nearest junctions. A leg never crosses the barrier; where all near ones do, roads further off are tried.
    Roads that cross the barrier, and junctions that no other road serves, cannot be entered: the Hong Kong port area at
    Shenzhen Bay stands on the Shenzhen bank, and is no way into Hong Kong for its neighbours.

    Parameters
    ----------
    places
        Points where journeys start or end.
    network
        Holds the nodes that the roads name.
    edges
        Directed roads with u, v, highway and geometry, in the order of `edge_min`.
    edge_min
        Minutes along each edge.
    barrier
        Line that no access leg crosses (the boundary), or None.
    metres_per_min
        Speed of the straight part, its detour included.
    outwards
        True for journeys that start at the places, false for those that end there.

    Returns
    -------
    Legs
        Possibly none for a place, which is then cut off.
    """
    xy = np.column_stack([places.x, places.y])
    bridges = np.zeros(len(edges), dtype=bool)
    if barrier is not None:
        shapely.prepare(barrier)
        bridges = shapely.intersects(barrier, edges.geometry.to_numpy())
    ashore = np.unique(network.position(np.concatenate([edges[end].to_numpy(object)[~bridges] for end in ("u", "v")])))
    legs = _legs(_at_junctions(xy, network, ashore), xy, metres_per_min, barrier)
    enterable = np.flatnonzero(~edges["highway"].isin(JUNCTIONS_ONLY).to_numpy() & ~bridges)
    if not len(enterable):
        return legs
    lines = edges.geometry.to_numpy()[enterable]
    ends = network.position(edges["v" if outwards else "u"].iloc[enterable])

    def legs_over(pairs: NDArray[np.int64]) -> Legs:
        place, road = pairs
        spots = _on_roads(places.to_numpy()[place], lines[road], edge_min[enterable][road], outwards=outwards)
        return _legs(_Spots(place, ends[road], enterable[road], *spots), xy, metres_per_min, barrier)

    legs = join_legs(legs, legs_over(_nearest_roads(places.to_numpy(), lines)))
    cut_off = np.flatnonzero(np.bincount(legs.point, minlength=len(places)) == 0)
    if len(cut_off):
        tree = shapely.STRtree(lines)
        place, road = tree.query(places.to_numpy()[cut_off], predicate="dwithin", distance=WIDE_SEARCH_M)
        legs = join_legs(legs, legs_over(np.array([cut_off[place], road])))
    return legs


def straight_legs(
    places: gpd.GeoSeries,
    network: Network,
    nodes: NDArray[np.int64],
    barrier: shapely.Geometry | None,
    minutes: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    limit_m: float,
) -> Legs:
    """
    Return legs from every place straight to every one of some nodes within a limit, unless the barrier lies between.

    Parameters
    ----------
    places
        Points.
    network
        The network of the nodes.
    nodes
        Positions of the nodes that can be entered.
    barrier
        Line that no leg crosses, or None.
    minutes
        Minutes for straight-line metres.
    limit_m
        No leg is longer (straight line).
    """
    xy, spots = np.column_stack([places.x, places.y]), network.xy[nodes]
    if not len(xy) or not len(spots):
        return Legs(*NO_LEGS, len(xy))
    near = cKDTree(xy).sparse_distance_matrix(cKDTree(spots), limit_m, output_type="ndarray")
    near = near[np.lexsort((near["j"], near["i"]))]
    place, spot = near["i"], near["j"]
    keep = ~crosses(barrier, xy[place], spots[spot])
    return Legs(place[keep], nodes[spot[keep]], minutes(near["v"][keep]), len(xy))


def crosses(
    barrier: shapely.Geometry | None, starts: NDArray[np.float64], ends: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell which straight ways cross the barrier; coordinates of shape (ways, 2)."""
    found = np.zeros(len(starts), dtype=bool)
    if barrier is None or not len(starts):
        return found
    shapely.prepare(barrier)
    near = np.flatnonzero(_may_cross(barrier, starts, ends))
    found[near] = shapely.intersects(barrier, shapely.linestrings(np.stack([starts[near], ends[near]], axis=1)))
    return found


def _may_cross(barrier: shapely.Geometry, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.bool_]:
    """
    Tell which ways could cross the barrier: those not wholly above or below it in the columns they pass.

    A line is costly to build. No piece of the barrier is longer than a column is wide, so each of its points lies
    between corners no more than a column away.
    """
    left, _, right, _ = shapely.bounds(barrier)
    width = max((right - left) / COLUMNS, 1.0)
    corners = shapely.get_coordinates(shapely.segmentize(barrier, width))

    def column(x: NDArray[np.float64], more: int) -> NDArray[np.int64]:
        return np.clip((x - left) // width + more, 0, COLUMNS).astype(np.int64)

    columns = (column(np.minimum(starts[:, 0], ends[:, 0]), -1), column(np.maximum(starts[:, 0], ends[:, 0]), 1))
    least, most = (
        -_greatest_between(column(corners[:, 0], 0), -corners[:, 1], *columns),
        _greatest_between(column(corners[:, 0], 0), corners[:, 1], *columns),
    )
    return (np.maximum(starts[:, 1], ends[:, 1]) >= least) & (np.minimum(starts[:, 1], ends[:, 1]) <= most)


def _greatest_between(
    column: NDArray[np.int64], values: NDArray[np.float64], first: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the greatest value in the columns from first to last, from runs of 1, 2, 4 … columns; −∞ where none is."""
    runs = [np.full(COLUMNS + 1, -np.inf)]
    np.maximum.at(runs[0], column, values)
    while (step := 2 ** (len(runs) - 1)) <= COLUMNS:
        longer = runs[-1].copy()
        longer[:-step] = np.maximum(runs[-1][:-step], runs[-1][step:])
        runs.append(longer)
    run = np.frexp(last - first + 1)[1] - 1
    table = np.array(runs)
    return np.maximum(table[run, first], table[run, last - 2**run + 1])


def join_legs(first: Legs, *others: Legs) -> Legs:
    """Return all legs, for the same places."""
    legs = (first, *others)
    return Legs(
        np.concatenate([each.point for each in legs]),
        np.concatenate([each.node for each in legs]),
        np.concatenate([each.minutes for each in legs]),
        first.points,
        *(np.concatenate(parts) for parts in zip(*(_along(each) for each in legs), strict=True)),
    )


def some_legs(legs: Legs, first: int, last: int) -> Legs:
    """Return the legs of the places from `first` up to, not including, `last`, numbered anew."""
    own = (legs.point >= first) & (legs.point < last)
    link, along = _along(legs)
    return Legs(legs.point[own] - first, legs.node[own], legs.minutes[own], last - first, link[own], along[own])


def _along(legs: Legs) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the road of every leg, and the minutes along it; −1 and 0 where there is none."""
    if legs.link is None or legs.along_min is None:
        return np.full(len(legs.node), -1, dtype=np.int64), np.zeros(len(legs.node))
    return legs.link, legs.along_min


def _nearest_roads(places: NDArray[np.object_], lines: NDArray[np.object_]) -> NDArray[np.int64]:
    """
    Return the pairs of places and their nearest roads, both directions of a street.

    STRtree.query_nearest takes twice the time, and drops one direction where the last digit of its distance differs.
    Here the road of the nearest sample says how far to look.
    """
    samples, road = shapely.get_coordinates(shapely.segmentize(lines, SAMPLE_M), return_index=True)
    xy = shapely.get_coordinates(places)
    _, nearest = cKDTree(samples).query(xy, workers=-1)
    far = shapely.distance(places, lines[road[nearest]]) + SAME_ROAD_M
    place, road = shapely.STRtree(lines).query(shapely.box(*(xy - far[:, None]).T, *(xy + far[:, None]).T))
    away = shapely.distance(places[place], lines[road])
    least = np.full(len(places), np.inf)
    np.minimum.at(least, place, away)
    keep = away <= least[place] + SAME_ROAD_M
    return np.array([place[keep], road[keep]])


def _at_junctions(xy: NDArray[np.float64], network: Network, junctions: NDArray[np.int64]) -> _Spots:
    count = min(NODES_TRIED, len(junctions))
    if not count:
        nobody = np.zeros(0, np.int64)
        return _Spots(nobody, nobody, nobody, np.zeros(0), np.zeros((0, 2)))
    _, nearest = cKDTree(network.xy[junctions]).query(xy, k=count)
    node = junctions[np.asarray(nearest, dtype=np.int64).reshape(len(xy), count).ravel()]
    return _Spots(
        np.repeat(np.arange(len(xy)), count), node, np.full(len(node), -1), np.zeros(len(node)), network.xy[node]
    )


def _on_roads(
    places: NDArray[np.object_], lines: NDArray[np.object_], edge_min: NDArray[np.float64], *, outwards: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return minutes along each road between its end and the spot nearest to the place, and that spot."""
    share = shapely.line_locate_point(lines, places, normalized=True)
    spot = shapely.get_coordinates(shapely.line_interpolate_point(lines, share, normalized=True))
    return edge_min * (1 - share if outwards else share), spot


def _legs(spots: _Spots, xy: NDArray[np.float64], metres_per_min: float, barrier: shapely.Geometry | None) -> Legs:
    """Add the straight part, and leave out legs whose straight part would cross the barrier."""
    starts = xy[spots.place]
    minutes = np.hypot(*(starts - spots.xy).T) / metres_per_min + spots.along_min
    keep = ~crosses(barrier, starts, spots.xy)
    return Legs(spots.place[keep], spots.node[keep], minutes[keep], len(xy), spots.road[keep], spots.along_min[keep])
