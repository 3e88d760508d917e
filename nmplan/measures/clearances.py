"""Clearances that vary: journeys over the boundary when crossings take longer or shorter than stated."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nmplan.measures.network import Legs
from nmplan.measures.network import shortest_minutes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from nmplan.measures.network import Network
    from nmplan.measures.travel import Travel


def crossings_of(network: Network | None) -> set[str]:
    """Return the crossings that links of a network clear."""
    links = network.links if network is not None else ()
    return {link.name if link.kind == "clearance" else link.crossing_id for link in links} - {""}


def slowed(network: Network, more: Mapping[str, float]) -> Network:
    """Return a network whose crossings take so much more, as a share of their clearance."""
    minutes = network.minutes.copy()
    for at, link in enumerate(network.links):
        if link.kind == "clearance":
            minutes[at] *= 1 + more[link.name]
        elif link.crossing_id:
            minutes[at] += link.clearance_min * more[link.crossing_id]
    return replace(network, minutes=minutes)


@dataclass(frozen=True)
class Parted:
    """
    Journeys between places that stay and others that move, taken apart at the boundary.

    A journey keeps to one side, or goes to a link over the boundary, over it and on: only the middle part varies with
    clearances. What is the same in every draw is searched once: the others move, but hang on the same few nodes again
    and again, and from each of them the network is searched when it is first met.

    Parameters
    ----------
    network
        One mode's network without its links over the boundary.
    legs
        How the places, and after them the far ends of those links, hang on it.
    near_min
        Minutes between the places and the near ends of the links, shape (places, links).
    over_min, clearance_min, crossing_ids
        Of the links: minutes, the part of them that is clearance, and the crossing.
    outwards
        Whether journeys start at the places.
    """

    network: Network
    legs: Legs
    near_min: NDArray[np.float64]
    over_min: NDArray[np.float64]
    clearance_min: NDArray[np.float64]
    crossing_ids: tuple[str, ...]
    outwards: bool
    _met: dict[int, NDArray[np.float64]] = field(default_factory=dict, repr=False, compare=False)

    def minutes(self, others: Legs, more: Mapping[str, float]) -> NDArray[np.float64]:
        """
        Return the minutes between the places and others.

        Parameters
        ----------
        others
            How the others hang on the network.
        more
            By crossing, the share of its clearance that it takes more.

        Returns
        -------
        numpy.ndarray
            Shape (places, others), NaN where there is no way. min(one side, min over links near + over + far).
        """
        found = self._one_side(others)
        best, far = found[:, : len(self.near_min)].copy(), found[:, len(self.near_min) :]
        over = self.over_min + self.clearance_min * np.array([more[name] for name in self.crossing_ids])
        for link in np.flatnonzero(np.isfinite(self.near_min).any(axis=0) & np.isfinite(far).any(axis=0)):
            beyond = np.isfinite(far[:, link])
            across = far[beyond, link][:, None] + over[link] + self.near_min[:, link]
            best[beyond] = np.fmin(best[beyond], across)
        best[np.isinf(best)] = np.nan
        return best.T

    def _one_side(self, others: Legs) -> NDArray[np.float64]:
        """Return the minutes between others (rows) and the places (columns) that cross nothing, infinite for no way."""
        found = np.full((others.points, self.legs.points), np.inf)
        if len(others.node):
            order = np.argsort(others.point, kind="stable")
            point = others.point[order]
            first = np.flatnonzero(np.diff(point, prepend=-1))
            by_leg = self._between(others.node[order])
            by_leg += others.minutes[order][:, None]
            found[point[first]] = np.minimum.reduceat(by_leg, first)
        return found

    def _between(self, nodes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the minutes between nodes (rows) and the places; each node is searched when it is first met."""
        new = np.array(sorted(set(nodes.tolist()).difference(self._met)), dtype=np.int64)
        if len(new):
            hung = Legs(np.arange(len(new)), new, np.zeros(len(new)), len(new))
            ends = (self.legs, hung) if self.outwards else (hung, self.legs)
            minutes = shortest_minutes(self.network, *ends)
            rows = np.nan_to_num(minutes.T if self.outwards else minutes, nan=np.inf)
            self._met.update(zip(new.tolist(), rows, strict=True))
        return np.array([self._met[node] for node in nodes.tolist()])


def part(travel: Travel, mode: str, legs: Legs, *, outwards: bool) -> Parted:
    """
    Take the journeys of some places apart at the boundary.

    Parameters
    ----------
    travel
        The scenario's travel model.
    mode
        One of its networks.
    legs
        How the places hang on it.
    outwards
        Whether journeys start at the places.
    """
    whole, home = travel.networks[mode], travel.on_this_side(mode)
    over = np.flatnonzero([link.crosses for link in whole.links])
    links = whole.links[over]
    near, far = (whole.start[over], whole.end[over]) if outwards else (whole.end[over], whole.start[over])
    every = np.arange(len(over))
    gates = Legs(every, near, np.zeros(len(over)), len(over))
    near_min = shortest_minutes(home, legs, gates) if outwards else shortest_minutes(home, gates, legs).T
    return Parted(
        home,
        Legs(
            np.concatenate([legs.point, every + legs.points]),
            np.concatenate([legs.node, far]),
            np.concatenate([legs.minutes, np.zeros(len(over))]),
            legs.points + len(over),
        ),
        near_min,
        whole.minutes[over],
        np.array(
            [
                whole.minutes[at] if link.kind == "clearance" else link.clearance_min
                for at, link in zip(over, links, strict=True)
            ]
        ),
        tuple(link.name if link.kind == "clearance" else link.crossing_id for link in links),
        outwards,
    )
