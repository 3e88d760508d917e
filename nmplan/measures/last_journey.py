"""The last journey of the day: until when one can leave and still get there."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING
from typing import NamedTuple

import numpy as np

from nmplan.measures.journey import explain_way
from nmplan.measures.network import Way

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from nmplan.measures.journey import Journey
    from nmplan.measures.network import Legs
    from nmplan.measures.network import Network
    from nmplan.measures.travel import Travel

END_OF_SERVICE_MIN = 29 * 60.0
"""What can still be left at this minute of the day of service (05:00) runs all night."""


class LastJourney(NamedTuple):
    """When one has to leave, in minutes of the day of service, and the journey."""

    leaves_min: float
    journey: Journey


def last_journey(travel: Travel, origin: gpd.GeoSeries, destination: gpd.GeoSeries) -> LastJourney | None:
    """
    Return the last journey by public transport from one place to another.

    Parameters
    ----------
    travel
        The model of an evening: lines that start later are not in it.
    origin, destination
        One point each, EPSG:2326.

    Returns
    -------
    LastJourney or None
        None where there is no way, or where one can go all night.
    """
    if "transit" not in travel.networks:
        return None
    network = travel.networks["transit"]
    starts = travel.legs("transit", origin, outwards=True)
    ends = travel.legs("transit", destination, outwards=False)
    latest, taken = latest_minutes(network, ends)
    leave = latest[starts.node] - starts.minutes
    if not len(leave) or not np.isfinite(leave.max()):
        return None
    first = int(leave.argmax())
    way = _way(network, starts, ends, first, taken)
    if leave[first] + way.first_min + float(network.minutes[way.links].sum()) + way.last_min >= END_OF_SERVICE_MIN - 1:
        return None
    return LastJourney(float(leave[first]), explain_way(network, way, starts, ends, "transit", travel.names))


def latest_minutes(network: Network, ends: Legs) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """
    Return the latest minute at which each node can be left for a point to be reached by the end of service.

    Parameters
    ----------
    network
        Links in minutes, with the minute until which each can be taken.
    ends
        Legs of one point.

    Returns
    -------
    tuple of numpy.ndarray
        The minutes, −∞ where there is no way; and the link taken from each node, −1 at the legs and where none is.
    """
    latest = np.full(len(network.names), -np.inf)
    taken = np.full(len(network.names), -1, dtype=np.int64)
    np.maximum.at(latest, ends.node, END_OF_SERVICE_MIN - ends.minutes)
    order = np.argsort(network.end, kind="stable")
    first = np.searchsorted(network.end[order], np.arange(len(network.names) + 1))
    limit, done = network.last_min, np.zeros(len(network.names), dtype=bool)
    queue = [(-latest[node], int(node)) for node in np.flatnonzero(np.isfinite(latest))]
    heapq.heapify(queue)
    while queue:
        _, node = heapq.heappop(queue)
        if done[node]:
            continue
        done[node] = True
        for link in order[first[node] : first[node + 1]]:
            before = int(network.start[link])
            minute = min(latest[node] - network.minutes[link], limit[link])
            if minute > latest[before] and not done[before]:
                latest[before], taken[before] = minute, link
                heapq.heappush(queue, (-minute, before))
    return latest, taken


def _way(network: Network, starts: Legs, ends: Legs, first: int, taken: NDArray[np.int64]) -> Way:
    """Follow the links taken from the node at which the last journey enters the network."""
    nodes, links = [int(starts.node[first])], []
    while (link := int(taken[nodes[-1]])) >= 0:
        links.append(link)
        nodes.append(int(network.end[link]))
    at = np.flatnonzero(ends.node == nodes[-1])
    last = int(at[ends.minutes[at].argmin()])
    return Way(
        np.array(nodes),
        np.array(links, dtype=np.int64),
        first,
        last,
        float(starts.minutes[first]),
        float(ends.minutes[last]),
    )
