"""Arrivals within hours: the fastest ways to a few ends that nobody misses on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import dijkstra

from nmplan.measures.network import least_links

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nmplan.measures.network import Legs
    from nmplan.measures.network import Network

LONGEST_MIN = 240.0
"""No journey to a hall takes longer, so whatever still runs so long after setting out is never missed."""

EARLIER_MIN = 15.0
"""Where lines stop in the course of a journey, ways without those that stop soonest are tried in such steps."""


@dataclass(frozen=True)
class Trees:
    """
    Fastest ways from every node to each of a few ends.

    Parameters
    ----------
    minutes
        Shape (ends, nodes); infinite where there is no way.
    link
        Position of the link taken from each node, −1 at the end itself and where there is no way.
    latest_min
        Latest minute of the day at which one may stand at the node and miss nothing on the way.
    """

    minutes: NDArray[np.float64]
    link: NDArray[np.int64]
    latest_min: NDArray[np.float64]


def grow_trees(network: Network, ends: NDArray[np.int64], closes_min: NDArray[np.float64]) -> Trees:
    """
    Return the fastest ways from every node to some ends, by one search from each end on the reversed links.

    Parameters
    ----------
    network
        Links in minutes.
    ends
        Nodes.
    closes_min
        Minute of the day at which each end closes.
    """
    matrix, kept = least_links(network.end, network.start, network.minutes, (len(network.names),) * 2)
    minutes, before = dijkstra(matrix, indices=ends, return_predecessors=True)
    nodes = np.arange(len(network.names))
    link = np.full(minutes.shape, -1, dtype=np.int64)
    latest = np.full(minutes.shape, -np.inf)
    pair = network.end[kept] * len(nodes) + network.start[kept]
    for row, closes in enumerate(closes_min):
        reached = before[row] >= 0
        link[row, reached] = kept[
            np.searchsorted(pair, before[row, reached].astype(np.int64) * len(nodes) + nodes[reached])
        ]
        latest[row] = _latest(network, minutes[row], link[row], closes)
    return Trees(minutes, link, latest)


def _latest(
    network: Network, minutes: NDArray[np.float64], link: NDArray[np.int64], closes_min: float
) -> NDArray[np.float64]:
    """Return the latest minute at each node of one tree, from the end outwards."""
    latest = np.where(np.isfinite(minutes) & (link < 0), closes_min, -np.inf)
    limit = network.last_min
    outwards = np.argsort(minutes, kind="stable")
    # a link of no time may stand behind its end in that order: its node waits for the one it leads to
    waiting = [int(node) for node in outwards if link[node] >= 0]
    done = link < 0
    while waiting:
        left = []
        for node in waiting:
            taken = link[node]
            end = network.end[taken]
            if not done[end]:
                left.append(node)
                continue
            latest[node] = min(latest[end] - network.minutes[taken], limit[taken])
            done[node] = True
        waiting = left
    return latest


def still_running(network: Network, now_min: float) -> Iterator[Network]:
    """
    Yield the network with all links that can be taken now, then without those that can first no longer be.

    The fastest way may count on a line that has stopped by the time one gets to it; the next best ways are found in
    the networks of what still runs `EARLIER_MIN`, twice that, … later, up to `LONGEST_MIN`.
    """
    limits = np.unique(network.last_min)
    stops = limits[(limits >= now_min) & (limits < now_min + LONGEST_MIN)]
    steps = np.unique(np.ceil((stops - now_min + 1e-6) / EARLIER_MIN)) * EARLIER_MIN
    yield network.with_links(network.last_min >= now_min) if (network.last_min < now_min).any() else network
    for later in steps:
        yield network.with_links(network.last_min >= now_min + later)


@dataclass(frozen=True)
class Arrivals:
    """
    The fastest way from each point to each end that misses nothing.

    `minutes` of shape (points, ends), NaN where there is none; `leg` the position of the access leg taken and `tree` of
    the network in which the way was found, −1 where none.
    """

    minutes: NDArray[np.float64]
    leg: NDArray[np.int64]
    tree: NDArray[np.int64]


def arrive(trees: Sequence[Trees], legs: Legs, now_min: float) -> Arrivals:
    """
    Return how points reach the ends of some trees, setting out now.

    Parameters
    ----------
    trees
        Of the same ends, in the networks of `still_running`.
    legs
        How points reach the nodes.
    now_min
        Minute of the day.
    """
    ends = len(trees[0].minutes)
    shape = (legs.points, ends)
    found = Arrivals(np.full(shape, np.nan), np.full(shape, -1), np.full(shape, -1))
    order = np.argsort(legs.point, kind="stable")
    point, node, walk = legs.point[order], legs.node[order], legs.minutes[order]
    first = np.flatnonzero(np.diff(point, prepend=-1))
    if not len(first):
        return found
    at, sizes = point[first], np.diff(first, append=len(point))
    for number, tree in enumerate(trees):
        for end in range(ends):
            total = walk + tree.minutes[end, node]
            total[now_min + walk > tree.latest_min[end, node]] = np.inf
            least = np.minimum.reduceat(total, first)
            hit = np.flatnonzero(total == np.repeat(least, sizes))
            best = hit[np.searchsorted(hit, first)]
            better = np.isfinite(least) & ~(found.minutes[at, end] <= least)
            rows = at[better]
            found.minutes[rows, end] = least[better]
            found.leg[rows, end] = order[best[better]]
            found.tree[rows, end] = number
    return found
