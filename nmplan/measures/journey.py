"""One journey explained: its legs from door to door."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from typing import NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping

    from nmplan.measures.network import Legs
    from nmplan.measures.network import Network
    from nmplan.measures.network import Way

AT_HALL = "~hall"
"""Ends the name of a station beyond the boundary as those see it who have not cleared: they can go to the hall only."""

IN_VEHICLE = ("road", "hall", "ride")
"""Kinds of leg that are spent in the vehicle itself, as operators' run times count them."""


class Leg(NamedTuple):
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
    fare_hkd
        Full fare of the line that is boarded; NaN where unknown, and for other legs.
    """

    kind: str
    name: str
    start: str
    end: str
    minutes: float
    metres: float
    fare_hkd: float = np.nan


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

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines taken, as people read them."""
        return tuple(leg.name for leg in self.legs if leg.kind == "board")

    def minutes_of(self, *kinds: str) -> float:
        """Spent on some kinds of leg."""
        return sum(leg.minutes for leg in self.legs if leg.kind in kinds)


def explain_way(
    network: Network, way: Way, origin: Legs, destination: Legs, mode: str, names: Mapping[str, str]
) -> Journey:
    """
    Return a fastest way as a journey in words: links of one street, or of one line, are one leg.

    Parameters
    ----------
    network
        The network of the way.
    way, origin, destination
        From `fastest_way`, and the access legs it was given.
    mode
        Told with the journey.
    names
        What people call nodes and lines, by id; ids without a name stand for themselves.
    """
    called = [_called(network.names[node], names) for node in way.nodes]
    legs = [*_access(network, way.first_min, origin.along(way.first), called[0])]
    for (here, there), (start, end), link in zip(pairwise(way.nodes), pairwise(called), way.links, strict=True):
        away = float(np.hypot(*(network.xy[here] - network.xy[there])))
        legs += _legs_of(network, int(link), start, end, away, names)
    for leg in reversed(_access(network, way.last_min, destination.along(way.last), called[-1])):
        kind = "egress" if leg.kind == "access" else leg.kind
        legs.append(leg._replace(kind=kind, start=leg.end, end=""))
    return Journey(mode, tuple(_joined(leg for leg in legs if leg.kind != "alight")))


def _access(network: Network, minutes: float, along: tuple[int, float], end: str) -> list[Leg]:
    """Return an access leg: straight to the network, and on along a road where it meets one between junctions."""
    link, along_min = along
    straight = Leg("access", "", "", end if link < 0 else "", minutes - along_min, np.nan)
    if link < 0:
        return [straight]
    street = network.links[link]
    share = along_min / float(network.minutes[link]) if network.minutes[link] else 0.0
    return [straight, Leg(street.kind, street.name, "", end, along_min, street.metres * share)]


def _joined(legs: Iterable[Leg]) -> list[Leg]:
    """Join links of one street, or of one line, that follow each other."""
    joined: list[Leg] = []
    for leg in legs:
        before = joined[-1] if joined else None
        if before and (before.kind, before.name) == (leg.kind, leg.name) and leg.kind in IN_VEHICLE:
            minutes, metres = before.minutes + leg.minutes, before.metres + leg.metres
            joined[-1] = Leg(leg.kind, leg.name, before.start, leg.end, minutes, metres)
        else:
            joined.append(leg)
    return joined


def _legs_of(
    network: Network, position: int, start: str, end: str, away: float, names: Mapping[str, str]
) -> Iterator[Leg]:
    """Return a link as a leg; a train that is cleared on its way is two."""
    link, minutes = network.links[position], float(network.minutes[position])
    cleared = link.clearance_min if link.crossing_id else 0.0
    yield Leg(
        link.kind, names.get(link.name, link.name), start, end, minutes - cleared, link.metres or away, link.fare_hkd
    )
    if link.crossing_id:
        yield Leg("clearance", names.get(link.crossing_id, link.crossing_id), end, end, cleared, 0.0)


def _called(node: str, names: Mapping[str, str]) -> str:
    """Return what people call a node: platforms are their station, the sides of a crossing say which."""
    place, _, part = node.partition("/")
    place = place.removesuffix(AT_HALL)
    word = names.get(place, place)
    sides = dict.fromkeys(("hong-kong", "leaving"), f"{word}, Hong Kong side") | {"shenzhen": f"{word}, Shenzhen side"}
    return sides.get(part, word)
