"""One journey explained: its legs from door to door."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping

    from nmplan.measures.network import Network
    from nmplan.measures.network import Way

IN_VEHICLE = ("road", "ride")
"""Kinds of leg that are spent in the vehicle itself, as operators' run times count them."""


@dataclass(frozen=True)
class Leg:
    """
    A part of a journey.

    Parameters
    ----------
    kind
        "access" and "egress" (between a place and the network), "road", "ride", "board" (waiting), "change", "walk",
        "hall" (between road and hall) or "clearance".
    name
        Street, line or crossing, as people read it.
    start, end
        Where it starts and ends, as people read it.
    minutes
        Its time.
    metres
        Its length; of rides and walks in a straight line.
    """

    kind: str
    name: str
    start: str
    end: str
    minutes: float
    metres: float


@dataclass(frozen=True)
class Journey:
    """The fastest journey by one mode; `minutes` is the sum of its legs."""

    mode: str
    legs: tuple[Leg, ...]

    @property
    def minutes(self) -> float:
        """Door to door."""
        return sum(leg.minutes for leg in self.legs)

    @property
    def in_vehicle_min(self) -> float:
        """Driven and ridden, without waiting, walking and clearance."""
        return self.minutes_of(*IN_VEHICLE)

    @property
    def clearance_min(self) -> float:
        """Spent clearing the boundary."""
        return self.minutes_of("clearance")

    def minutes_of(self, *kinds: str) -> float:
        """Spent on some kinds of leg."""
        return sum(leg.minutes for leg in self.legs if leg.kind in kinds)


def explain_way(network: Network, way: Way, mode: str, names: Mapping[str, str]) -> Journey:
    """
    Return a fastest way as a journey in words: links of one street, or of one line, are one leg.

    Parameters
    ----------
    network
        The network of the way.
    way
        From `fastest_way`.
    mode
        Told with the journey.
    names
        What people call nodes and lines, by id; ids without a name stand for themselves.
    """
    called = [_called(network.names[node], names) for node in way.nodes]
    legs = [Leg("access", "", "", called[0], way.first_min, np.nan)]
    for (here, there), (start, end), link in zip(pairwise(way.nodes), pairwise(called), way.links, strict=True):
        away = float(np.hypot(*(network.xy[here] - network.xy[there])))
        for leg in _legs_of(network, int(link), start, end, away, names):
            if legs[-1].kind == leg.kind and legs[-1].name == leg.name and leg.kind in IN_VEHICLE:
                before = legs.pop()
                minutes, metres = before.minutes + leg.minutes, before.metres + leg.metres
                legs.append(Leg(leg.kind, leg.name, before.start, leg.end, minutes, metres))
            else:
                legs.append(leg)
    legs.append(Leg("egress", "", called[-1], "", way.last_min, np.nan))
    return Journey(mode, tuple(leg for leg in legs if leg.kind != "alight"))


def _legs_of(
    network: Network, position: int, start: str, end: str, away: float, names: Mapping[str, str]
) -> Iterator[Leg]:
    """Return a link as a leg; a train that is cleared on its way is two."""
    link, minutes = network.links[position], float(network.minutes[position])
    cleared = link.clearance_min if link.crossing_id else 0.0
    yield Leg(link.kind, names.get(link.name, link.name), start, end, minutes - cleared, link.metres or away)
    if link.crossing_id:
        yield Leg("clearance", names.get(link.crossing_id, link.crossing_id), end, end, cleared, 0.0)


def _called(node: str, names: Mapping[str, str]) -> str:
    """Return what people call a node: platforms are their station, the sides of a crossing say which."""
    place, _, part = node.partition("/")
    word = names.get(place, place)
    sides = {"hong-kong": f"{word}, Hong Kong side", "shenzhen": f"{word}, Shenzhen side"}
    return sides.get(part, word)
