"""Speeds and waits of the travel model."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from nmplan.study import Travel as TravelSection

FEEDER_LIMIT_M = 6_000.0
"""Nobody takes a feeder bus further than this to a station; judgement."""

WALK_LIMIT_M = 3_000.0
"""Nobody walks further than this (straight line) to a stop: 52 minutes at the shipped speed; judgement."""


@dataclass(frozen=True)
class Speeds:
    """Speeds and waits, km/h and minutes, as `[travel]` of the study has them; by road class what peak hours leave."""

    goods_cap_kph: float
    access_kph: float
    detour: float
    walk_kph: float
    bus_kph: float
    bus_wait_min: float
    peak_shares: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, section: TravelSection) -> Speeds:
        """Return the speeds and waits of a study's section `[travel]`."""
        return cls(**{each.name: getattr(section, each.name) for each in fields(cls)})

    @property
    def access_m_per_min(self) -> float:
        """Straight-line metres a vehicle covers in a minute between a site and the road network."""
        return self.access_kph / 0.06 / self.detour

    def cap_of(self, mode: str) -> float:
        """Return the speed no vehicle of a mode exceeds, km/h."""
        return self.goods_cap_kph if mode == "goods" else np.inf

    def walk_min(self, metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the minutes on foot over straight-line metres: metres · detour / walk."""
        return np.asarray(metres, dtype=float) * self.detour / (self.walk_kph / 0.06)

    def walk_m(self, minutes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the straight-line metres walked in minutes; `walk_min` turned round."""
        return np.maximum(np.asarray(minutes, dtype=float), 0.0) * (self.walk_kph / 0.06) / self.detour

    def feeder_min(self, metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """
        Return the minutes of a feeder journey: on foot, or by bus where that is faster.

        minutes = min(d·detour/walk, wait + d·detour/bus); infinite beyond `FEEDER_LIMIT_M`.
        """
        way = np.asarray(metres) * self.detour
        faster = np.minimum(way / (self.walk_kph / 0.06), self.bus_wait_min + way / (self.bus_kph / 0.06))
        return np.where(np.asarray(metres) <= FEEDER_LIMIT_M, faster, np.inf)

    def feeder_m(self, minutes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the straight-line metres a feeder journey covers in minutes; `feeder_min` turned round."""
        times = np.maximum(np.asarray(minutes), 0.0)
        way = np.maximum(times * self.walk_kph, (times - self.bus_wait_min) * self.bus_kph) / 0.06
        return np.minimum(way / self.detour, FEEDER_LIMIT_M)
