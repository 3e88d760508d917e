"""A network of directed links in minutes, and the shortest times over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

NO_LINKS = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
"""Starts, ends and minutes of a network without links."""


@dataclass(frozen=True)
class Legs:
    """
    Access legs: how points reach the network (or are reached from it).

    `point` and `node` are positions, `minutes` the time of the leg; a point without a leg is cut off.
    """

    point: NDArray[np.int64]
    node: NDArray[np.int64]
    minutes: NDArray[np.float64]
    points: int


@dataclass(frozen=True)
class Network:
    """
    Directed links between nodes.

    Parameters
    ----------
    names
        Names of the nodes; positions in this list are used everywhere else.
    xy
        Coordinates, metres, shape (nodes, 2).
    start, end
        Positions of the nodes each link joins.
    minutes
        Time of each link.
    """

    names: Sequence[str]
    xy: NDArray[np.float64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    minutes: NDArray[np.float64]

    def position(self, names: pd.Series[str] | Sequence[str]) -> NDArray[np.int64]:
        """Return the positions of named nodes."""
        index = {name: i for i, name in enumerate(self.names)}
        return np.array([index[name] for name in names], dtype=np.int64)


def join_networks(first: Network, *others: Network) -> Network:
    """Return one network with the nodes and links of several; their nodes stay apart."""
    for other in others:
        shift = len(first.names)
        first = Network(
            [*first.names, *other.names],
            np.vstack([first.xy, other.xy]),
            np.concatenate([first.start, other.start + shift]),
            np.concatenate([first.end, other.end + shift]),
            np.concatenate([first.minutes, other.minutes]),
        )
    return first


def add_links(
    network: Network, start: NDArray[np.int64], end: NDArray[np.int64], minutes: NDArray[np.float64]
) -> Network:
    """Return the network with further links between its nodes."""
    return Network(
        network.names,
        network.xy,
        np.concatenate([network.start, np.asarray(start, dtype=np.int64)]),
        np.concatenate([network.end, np.asarray(end, dtype=np.int64)]),
        np.concatenate([network.minutes, np.asarray(minutes, dtype=float)]),
    )


def nodes_only(points: gpd.GeoDataFrame) -> Network:
    """Return a network of points with `node_id` and no links yet."""
    xy = np.column_stack([points.geometry.x, points.geometry.y])
    return Network(list(points["node_id"]), xy, *NO_LINKS)


def both_ways(
    network: Network, here: NDArray[np.int64], there: NDArray[np.int64], minutes: NDArray[np.float64]
) -> Network:
    """Return the network with links in both directions."""
    return add_links(add_links(network, here, there, minutes), there, here, minutes)


def shortest_minutes(network: Network, origins: Legs, destinations: Legs) -> NDArray[np.float64]:
    """
    Return the shortest times from points to points over the network.

    Dijkstra's algorithm runs from whichever side has fewer points: backwards, on the reversed links, from few
    destinations, or forwards from few origins.

    Parameters
    ----------
    network
        Links in minutes.
    origins
        Legs from the origins to nodes.
    destinations
        Legs from nodes to the destinations.

    Returns
    -------
    numpy.ndarray
        Minutes, shape (origins, destinations); NaN where there is no way.
    """
    if origins.points < destinations.points:
        return _reach(network.start, network.end, network, origins, destinations)
    return _reach(network.end, network.start, network, destinations, origins).T


def _reach(
    start: NDArray[np.int64], end: NDArray[np.int64], network: Network, few: Legs, many: Legs
) -> NDArray[np.float64]:
    """Run from each of a few points to all nodes, then out along the legs of the many; shape (few, many)."""
    nodes = len(network.names)
    matrix = _least(
        np.concatenate([start, few.point + nodes]),
        np.concatenate([end, few.node]),
        np.concatenate([network.minutes, few.minutes]),
        nodes + few.points,
    )
    times = np.full((few.points, many.points), np.inf)
    if few.points and len(many.node):
        reached = dijkstra(matrix, indices=np.arange(nodes, nodes + few.points))
        order = np.argsort(many.point, kind="stable")
        ends = reached[:, many.node[order]] + many.minutes[order]
        points, first = np.unique(many.point[order], return_index=True)
        times[:, points] = np.minimum.reduceat(ends, first, axis=1)
    times[~np.isfinite(times)] = np.nan
    return times


def _least(
    start: NDArray[np.int64], end: NDArray[np.int64], minutes: NDArray[np.float64], size: int
) -> csr_array[np.float64]:
    """Build the sparse matrix, keeping the fastest of parallel links (SciPy would add them up)."""
    order = np.lexsort((minutes, end, start))
    start, end, minutes = start[order], end[order], minutes[order]
    keep = np.ones(len(start), dtype=bool)
    keep[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    # a link of no time would be read as no link
    return csr_array((np.maximum(minutes[keep], 1e-9), (start[keep], end[keep])), shape=(size, size))
