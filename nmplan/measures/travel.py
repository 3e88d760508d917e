"""The travel model of one scenario: people by car or transit, goods by road, over the crossings that are open."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING

import numpy as np

from nmplan.measures.access import road_legs
from nmplan.measures.access import some_legs
from nmplan.measures.access import straight_legs
from nmplan.measures.blocks import rows_at_once
from nmplan.measures.journey import explain_way
from nmplan.measures.network import Legs
from nmplan.measures.network import fastest_way
from nmplan.measures.network import shortest_minutes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from nmplan.measures.drive import Roads
    from nmplan.measures.journey import Journey
    from nmplan.measures.network import Network
    from nmplan.measures.speeds import Speeds


ROAD_USERS = {"drive": "people", "quota-car": "quota-car", "goods": "goods"}
"""Modes on the road, and the services of crossings that each may use; a car without a quota clears as a coach does."""

MODES = (*ROAD_USERS, "transit")


@dataclass(frozen=True)
class Travel:
    """
    Networks of one scenario by mode, ready to be asked for minutes.

    Parameters
    ----------
    roads
        Roads with the boundary.
    speeds
        Speeds and waits.
    networks
        By mode; "transit" only where there are rail layers.
    names
        What people call nodes, lines and crossings, by id.
    """

    roads: Roads
    speeds: Speeds
    networks: Mapping[str, Network]
    names: Mapping[str, str] = field(default_factory=dict)

    def minutes(self, mode: str, origins: gpd.GeoSeries, destinations: gpd.GeoSeries) -> NDArray[np.float64]:
        """Return minutes by a mode, shape (origins, destinations), NaN where there is no way or no such network."""
        if mode not in self.networks:
            return np.full((len(origins), len(destinations)), np.nan)
        starts, ends = self.legs(mode, origins, outwards=True), self.legs(mode, destinations, outwards=False)
        return shortest_minutes(self.networks[mode], starts, ends)

    def minutes_by_block(
        self, mode: str, origins: gpd.GeoSeries, destinations: gpd.GeoSeries
    ) -> Iterator[NDArray[np.float64]]:
        """
        Yield `minutes` for the origins in order, block by block, each small enough to hold.

        Legs are laid once, and where there are fewer origins than destinations the network is searched once from each.
        """
        network = self.networks[mode]
        starts, ends = self.legs(mode, origins, outwards=True), self.legs(mode, destinations, outwards=False)
        # few destinations are searched from, and their search is held whole; else each origin of the block is
        searched = 0 if len(destinations) < rows_at_once(len(network.names)) else len(network.names)
        rows = rows_at_once(max(len(ends.node), searched))
        for first in range(0, len(origins), rows):
            yield shortest_minutes(network, some_legs(starts, first, min(first + rows, len(origins))), ends)

    def node_minutes(self, mode: str, origins: gpd.GeoSeries) -> NDArray[np.float64]:
        """Return minutes from the nearest of some origins to every node of a mode's network, NaN where no way leads."""
        network, legs = self.networks[mode], self.legs(mode, origins, outwards=True)
        start = Legs(np.zeros(len(legs.node), dtype=np.int64), legs.node, legs.minutes, 1)
        every = np.arange(len(network.names))
        return shortest_minutes(network, start, Legs(every, every, np.zeros(len(every)), len(every)))[0]

    def people_min(self, origins: gpd.GeoSeries, destinations: gpd.GeoSeries) -> NDArray[np.float64]:
        """Return the minutes of the faster of car and transit, shape (origins, destinations)."""
        return np.fmin(*(self.minutes(mode, origins, destinations) for mode in ("drive", "transit")))

    def journey(self, mode: str, origin: gpd.GeoSeries, destination: gpd.GeoSeries) -> Journey | None:
        """
        Return the fastest journey by a mode between two places, leg by leg; None where there is no way.

        Parameters
        ----------
        mode
            One of `MODES`.
        origin, destination
            One point each, EPSG:2326.
        """
        if mode not in self.networks:
            return None
        network = self.networks[mode]
        start, end = self.legs(mode, origin, outwards=True), self.legs(mode, destination, outwards=False)
        way = fastest_way(network, start, end)
        return explain_way(network, way, start, end, mode, self.names) if way else None

    def arrivals(self, places: gpd.GeoSeries) -> dict[str, tuple[list[str], NDArray[np.float64]]]:
        """
        Return people's minutes from places to the far side of each crossing that is open to them.

        Returns
        -------
        dict
            For "drive" and "transit": the crossings' ids, and minutes of shape (places, crossings).
        """
        return {
            mode: _arrive(self.networks[mode], self.legs(mode, places, outwards=True))
            for mode in ("drive", "transit")
            if mode in self.networks
        }

    def goods_arrivals(self, places: gpd.GeoSeries) -> NDArray[np.float64]:
        """Return goods vehicles' minutes from places to the far side of each crossing, shape (places, crossings)."""
        return _arrive(self.networks["goods"], self.legs("goods", places, outwards=True))[1]

    def legs(self, mode: str, places: gpd.GeoSeries, *, outwards: bool) -> Legs:
        """Return how places get on (or off) the network of a mode."""
        network = self.networks[mode]
        if mode == "transit":
            streets = np.array([i for i, name in enumerate(network.names) if "/platform/" not in name], dtype=np.int64)
            return straight_legs(places, network, streets, self.roads.boundary, self.speeds.feeder_min)
        return road_legs(
            places,
            network,
            self.roads.edges,
            self.roads.minutes(self.speeds.cap_of(mode)),
            self.roads.boundary,
            metres_per_min=self.speeds.access_m_per_min,
            outwards=outwards,
        )


def far_sides(network: Network) -> tuple[list[str], Legs]:
    """Return the crossings of a network, and the legs that end a journey at their Shenzhen sides."""
    far = [i for i, name in enumerate(network.names) if name.endswith("/shenzhen")]
    ends = Legs(np.arange(len(far)), np.array(far, dtype=np.int64), np.zeros(len(far)), len(far))
    return [network.names[i].removesuffix("/shenzhen") for i in far], ends


def _arrive(network: Network, legs: Legs) -> tuple[list[str], NDArray[np.float64]]:
    """Return minutes to the Shenzhen side of every crossing of a network."""
    crossings, ends = far_sides(network)
    return crossings, shortest_minutes(network, legs, ends)
