"""A network of directed links in minutes, and the shortest times over it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from nmplan.measures.search import Ends
from nmplan.measures.search import least_minutes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray


class Link(NamedTuple):
    """
    What a link is, for whoever wants a journey explained.

    Parameters
    ----------
    kind
        "road", "ride", "board", "alight", "change", "walk", "hall" (between road and hall) or "clearance".
    name
        Street, line or crossing.
    metres
        Length of a road.
    crossing_id, clearance_min
        Of a train over the boundary: the crossing that clears it, and the minutes of the ride that this takes.
    last_min
        Minute of the day of service until which the link can be taken: of boarding the last departure, of a clearance
        the hour at which the hall closes.
    fare_hkd
        Full fare of the line that is boarded; NaN where unknown.
    """

    kind: str
    name: str = ""
    metres: float = 0.0
    crossing_id: str = ""
    clearance_min: float = 0.0
    last_min: float = np.inf
    fare_hkd: float = np.nan

    @property
    def crosses(self) -> bool:
        """Whether the link leads over the boundary."""
        return self.kind == "clearance" or bool(self.crossing_id)


NO_LINKS = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=object))
"""Starts, ends, minutes and kinds of a network without links."""

NO_LEGS = NO_LINKS[:3]
"""Points, nodes and minutes of legs that nobody has."""


@dataclass(frozen=True)
class Legs:
    """
    Access legs: how points reach the network (or are reached from it).

    `point` and `node` are positions, `minutes` the time of the leg; a point without a leg is cut off. Where a leg goes
    on along a road, `link` is that road's position among the links of the network (−1 where none), `along_min` the time
    on it; None where no leg does.
    """

    point: NDArray[np.int64]
    node: NDArray[np.int64]
    minutes: NDArray[np.float64]
    points: int
    link: NDArray[np.int64] | None = None
    along_min: NDArray[np.float64] | None = None

    def along(self, leg: int) -> tuple[int, float]:
        """Return the road a leg goes along, as a position among the links (−1 where none), and the minutes on it."""
        if self.link is None or self.along_min is None:
            return -1, 0.0
        return int(self.link[leg]), float(self.along_min[leg])


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
    links
        What each link is (`Link`).
    """

    names: Sequence[str]
    xy: NDArray[np.float64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    minutes: NDArray[np.float64]
    links: NDArray[np.object_]

    @cached_property
    def outward(self) -> csr_array[np.float64]:
        """Minutes from node (row) to node (column), the fastest of parallel links; worked out once."""
        return least_links(self.start, self.end, self.minutes, (len(self.names),) * 2)[0]

    @cached_property
    def inward(self) -> csr_array[np.float64]:
        """Minutes to node (row) from node (column); worked out once."""
        return self.outward.T.tocsr()

    @cached_property
    def last_min(self) -> NDArray[np.float64]:
        """Minute of the day of service until which each link can be taken."""
        return np.array([link.last_min for link in self.links], dtype=float)

    def with_links(self, kept: NDArray[np.bool_]) -> Network:
        """Return the network with some of its links."""
        ends = self.start[kept], self.end[kept]
        return Network(self.names, self.xy, *ends, self.minutes[kept], self.links[kept])

    def position(self, names: pd.Series[str] | Sequence[str]) -> NDArray[np.int64]:
        """Return the positions of named nodes."""
        return np.array([self._index[name] for name in np.asarray(names, dtype=object).tolist()], dtype=np.int64)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names)}


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
            np.concatenate([first.links, other.links]),
        )
    return first


def add_links(
    network: Network,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    minutes: NDArray[np.float64],
    links: Link | Sequence[Link],
) -> Network:
    """Return the network with further links between its nodes, all of one kind or each of its own."""
    kinds = np.empty(len(start), dtype=object)
    kinds[:] = [links] * len(start) if isinstance(links, Link) else links
    return Network(
        network.names,
        network.xy,
        np.concatenate([network.start, np.asarray(start, dtype=np.int64)]),
        np.concatenate([network.end, np.asarray(end, dtype=np.int64)]),
        np.concatenate([network.minutes, np.asarray(minutes, dtype=float)]),
        np.concatenate([network.links, kinds]),
    )


def nodes_only(points: gpd.GeoDataFrame) -> Network:
    """Return a network of points with `node_id` and no links yet."""
    xy = np.column_stack([points.geometry.x, points.geometry.y])
    return Network(list(points["node_id"]), xy, *NO_LINKS)


def both_ways(
    network: Network, here: NDArray[np.int64], there: NDArray[np.int64], minutes: NDArray[np.float64], link: Link
) -> Network:
    """Return the network with links in both directions."""
    return add_links(add_links(network, here, there, minutes, link), there, here, minutes, link)


def shortest_minutes(network: Network, origins: Legs, destinations: Legs) -> NDArray[np.float64]:
    """
    Return the shortest times from points to points over the network.

    Dijkstra's algorithm runs from whichever side has fewer points: backwards, on the reversed links, from few
    destinations, or forwards from few origins; with much to do, over processes (`least_minutes`). One point with legs
    to several nodes is as near as the nearest of them.

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
        return _reach(network.outward, origins, destinations)
    return _reach(network.inward, destinations, origins).T


class Way(NamedTuple):
    """
    The fastest way between two places.

    `nodes` the nodes passed, `links` the positions of the links between them; `first` and `last` the positions of the
    access legs to the first node and from the last, `first_min` and `last_min` their minutes.
    """

    nodes: NDArray[np.int64]
    links: NDArray[np.int64]
    first: int
    last: int
    first_min: float
    last_min: float


def fastest_way(network: Network, origin: Legs, destination: Legs) -> Way | None:
    """
    Return the fastest way from one point to another, link by link; None where there is none.

    Parameters
    ----------
    network
        Links in minutes.
    origin, destination
        Legs of one point each.
    """
    nodes = len(network.names)
    source, sink = nodes, nodes + 1
    start = np.concatenate([network.start, np.full(len(origin.node), source), destination.node])
    end = np.concatenate([network.end, origin.node, np.full(len(destination.node), sink)])
    minutes = np.concatenate([network.minutes, origin.minutes, destination.minutes])
    matrix, kept = least_links(start, end, minutes, (nodes + 2, nodes + 2))
    reached, before = dijkstra(matrix, indices=np.array([source]), return_predecessors=True)
    if not np.isfinite(reached[0, sink]):
        return None
    passed = [sink]
    while passed[-1] != source:
        passed.append(int(before[0, passed[-1]]))
    passed.reverse()
    used = np.array([kept[_entry(matrix, here, there)] for here, there in pairwise(passed)])
    first, last = int(used[0]) - len(network.start), int(used[-1]) - len(network.start) - len(origin.node)
    first_min, last_min = float(minutes[used[0]]), float(minutes[used[-1]])
    return Way(np.array(passed[1:-1]), used[1:-1], first, last, first_min, last_min)


def _entry(matrix: csr_array[np.float64], row: int, column: int) -> int:
    """Return where a link stands among the entries of the matrix."""
    first, last = matrix.indptr[row], matrix.indptr[row + 1]
    return int(first + np.searchsorted(matrix.indices[first:last], column))


def _reach(graph: csr_array[np.float64], few: Legs, many: Legs) -> NDArray[np.float64]:
    """Run from each of a few points to all nodes, then out along the legs of the many; shape (few, many)."""
    times = np.full((few.points, many.points), np.nan)
    if few.points and len(many.node):
        order = np.argsort(many.point, kind="stable")
        point = many.point[order]
        first = np.flatnonzero(np.diff(point, prepend=-1))
        points, ends = point[first], Ends(many.node[order], many.minutes[order], first)
        sources = np.arange(few.points) + graph.shape[0]
        times[:, points] = least_minutes(_with_sources(graph, few), sources, ends)
        times[np.isinf(times)] = np.nan
    return times


def _with_sources(graph: csr_array[np.float64], legs: Legs) -> csr_array[np.float64]:
    """Append the points to the nodes, with their legs as links from them."""
    size = graph.shape[0] + legs.points
    rows, _ = least_links(legs.point, legs.node, legs.minutes, (legs.points, size))
    parts = [np.concatenate([getattr(graph, name), getattr(rows, name)]) for name in ("data", "indices")]
    begins = np.concatenate([graph.indptr, rows.indptr[1:] + graph.nnz])
    return csr_array((*parts, begins), shape=(size, size))


def least_links(
    start: NDArray[np.int64], end: NDArray[np.int64], minutes: NDArray[np.float64], shape: tuple[int, int]
) -> tuple[csr_array[np.float64], NDArray[np.int64]]:
    """
    Build the sparse matrix of links, keeping the fastest of parallel links (SciPy would add them up).

    Returns the matrix, and for each of its entries the position of the link it stands for.
    """
    pair = start * shape[1] + end
    order = np.lexsort((minutes, pair))
    order = order[np.diff(pair[order], prepend=-1) > 0]
    # a link of no time would be read as no link
    entries = np.maximum(minutes[order], 1e-9), (start[order], end[order])
    return csr_array(entries, shape=shape), order
