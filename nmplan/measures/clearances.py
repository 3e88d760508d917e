"""Clearances that vary: journeys over the boundary when crossings take longer or shorter than stated."""

from __future__ import annotations

from dataclasses import dataclass
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
    clearances. What is the same in every draw is searched once.

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
        ends = (self.legs, others) if self.outwards else (others, self.legs)
        found = shortest_minutes(self.network, *ends)
        found = found if self.outwards else found.T
        best, far = found[: len(self.near_min)], found[len(self.near_min) :]
        over = self.over_min + self.clearance_min * np.array([more[name] for name in self.crossing_ids])
        for link, minutes in enumerate(over):
            best = np.fmin(best, self.near_min[:, [link]] + minutes + far[[link]])
        return best


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
