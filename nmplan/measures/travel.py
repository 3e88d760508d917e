"""The travel model of one scenario: people by public transport or by car, goods by road, over the open crossings."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from nmplan.measures.access import join_legs
from nmplan.measures.access import road_legs
from nmplan.measures.access import some_legs
from nmplan.measures.access import straight_legs
from nmplan.measures.arrivals import Trees
from nmplan.measures.arrivals import grow_trees
from nmplan.measures.arrivals import still_running
from nmplan.measures.blocks import rows_at_once
from nmplan.measures.journey import explain_way
from nmplan.measures.network import Legs
from nmplan.measures.network import fastest_way
from nmplan.measures.network import shortest_minutes
from nmplan.measures.speeds import FEEDER_LIMIT_M
from nmplan.measures.speeds import WALK_LIMIT_M

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from nmplan.measures.drive import Roads
    from nmplan.measures.journey import Journey
    from nmplan.measures.matrix import Matrix
    from nmplan.measures.network import Network
    from nmplan.measures.network import Way
    from nmplan.measures.speeds import Speeds
    from nmplan.measures.transit import Transit


USERS = {"transit": "people", "car": "car", "goods": "goods"}
"""Modes, and whose services of a crossing each may use; of a car, which permit it needs is told with the service."""

MODES = tuple(USERS)

ROAD_MODES = ("car", "goods")
"""Modes on the road."""

PEOPLE_MODES = ("transit", "car")
"""How people travel."""


@dataclass(frozen=True)
class Travel:
    """
    Networks of one scenario by mode, ready to be asked for minutes.

    Parameters
    ----------
    roads
        Roads with the boundary; empty where a matrix alone has the minutes.
    speeds
        Speeds and waits.
    networks
        By mode; "transit" only where there are lines, none at all without roads.
    names
        What people call nodes, lines and crossings, by id.
    transit
        Where people get on and off public transport, None without lines.
    services
        By mode, the services of crossings that are open at the hour (`open_services`).
    shut
        By mode, the crossings that exist in the year and are not open at the hour.
    now_min
        Minute of the day of service at which journeys start.
    planned_feeders
        Whether places have feeder buses to the stations near them.
    stations
        Ids of the stations at which trains call, on this side of the boundary as far as the network tells.
    matrix
        Own minutes, which stand wherever they have a pair; None where the network's alone are asked for. Points are
        known to it by the ids of their index.
    """

    roads: Roads
    speeds: Speeds
    networks: Mapping[str, Network]
    names: Mapping[str, str] = field(default_factory=dict)
    transit: Transit | None = None
    services: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    shut: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    now_min: float = 600.0
    planned_feeders: bool = False
    stations: tuple[str, ...] = ()
    matrix: Matrix | None = None

    def answers(self, mode: str) -> bool:
        """Tell whether there are any minutes by a mode."""
        return mode in self.networks or (self.matrix is not None and self.matrix.has(mode))

    def own_minutes(
        self, mode: str, origins: pd.Index[str], destinations: pd.Index[str], otherwise: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the matrix's minutes between ids, shape (origins, destinations), where it lacks them those given."""
        return otherwise if self.matrix is None else self.matrix.fill(mode, origins, destinations, otherwise)

    def minutes(self, mode: str, origins: gpd.GeoSeries, destinations: gpd.GeoSeries) -> NDArray[np.float64]:
        """
        Return minutes by a mode, shape (origins, destinations), NaN where there is no way or no such network.

        The matrix's where it has a pair of their ids, else the network's: by public transport with the lines that run
        at the hour; `journey` also looks whether they still do on the way.
        """
        if mode in self.networks:
            starts, ends = self.legs(mode, origins, outwards=True), self.legs(mode, destinations, outwards=False)
            found = shortest_minutes(self.networks[mode], starts, ends)
        else:
            found = np.full((len(origins), len(destinations)), np.nan)
        return self.own_minutes(mode, origins.index, destinations.index, found)

    def minutes_by_block(
        self, mode: str, origins: gpd.GeoSeries, destinations: gpd.GeoSeries
    ) -> Iterator[NDArray[np.float64]]:
        """
        Yield `minutes` for the origins in order, block by block, each small enough to hold.

        Legs are laid once, and where there are fewer origins than destinations the network is searched once from each.
        """
        if mode not in self.networks:
            rows = rows_at_once(len(destinations))
            for first in range(0, len(origins), rows):
                yield self.minutes(mode, origins.iloc[first : first + rows], destinations)
            return
        network = self.networks[mode]
        starts, ends = self.legs(mode, origins, outwards=True), self.legs(mode, destinations, outwards=False)
        # few destinations are searched from, and their search is held whole; else each origin of the block is
        searched = 0 if len(destinations) < rows_at_once(len(network.names)) else len(network.names)
        rows = rows_at_once(max(len(ends.node), searched))
        for first in range(0, len(origins), rows):
            found = shortest_minutes(network, some_legs(starts, first, min(first + rows, len(origins))), ends)
            yield self.own_minutes(mode, origins.index[first : first + rows], destinations.index, found)

    def node_minutes(self, mode: str, origins: gpd.GeoSeries) -> NDArray[np.float64]:
        """Return minutes from the nearest of some origins to every node of a mode's network, NaN where no way leads."""
        network, legs = self.networks[mode], self.legs(mode, origins, outwards=True)
        start = Legs(np.zeros(len(legs.node), dtype=np.int64), legs.node, legs.minutes, 1)
        every = np.arange(len(network.names))
        return shortest_minutes(network, start, Legs(every, every, np.zeros(len(every)), len(every)))[0]

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
        start, end = self.legs(mode, origin, outwards=True), self.legs(mode, destination, outwards=False)
        best: tuple[float, Network, Way] | None = None
        for network in still_running(self.networks[mode], self.now_min):
            way = fastest_way(network, start, end)
            if way is None:
                break
            minutes = way.first_min + float(network.minutes[way.links].sum()) + way.last_min
            if not self._misses(network, way) and (best is None or minutes < best[0]):
                best = minutes, network, way
        if best is None:
            return None
        return explain_way(best[1], best[2], start, end, mode, self.names)

    def _misses(self, network: Network, way: Way) -> bool:
        """Tell whether a line or a hall on the way is gone or shut by the time one gets there."""
        taken = network.minutes[way.links]
        reached = self.now_min + way.first_min + np.concatenate([[0.0], np.cumsum(taken)])[: len(taken)]
        return bool((reached > network.last_min[way.links]).any())

    def halls(self, mode: str) -> tuple[list[str], NDArray[np.int64]]:
        """Return the crossings whose halls a mode's network has, and the nodes at which one enters them northbound."""
        network = self.networks[mode]
        nodes = [i for i, name in enumerate(network.names) if name.endswith("/hong-kong")]
        return [network.names[i].removesuffix("/hong-kong") for i in nodes], np.array(nodes, dtype=np.int64)

    def on_this_side(self, mode: str) -> Network:
        """Return the network of a mode without its ways over the boundary: nobody crosses twice to get to a hall."""
        return self._apart[mode]

    @cached_property
    def _apart(self) -> dict[str, Network]:
        return {
            mode: network.with_links(np.array([not link.crosses for link in network.links], dtype=bool))
            for mode, network in self.networks.items()
        }

    @cached_property
    def hall_trees(self) -> list[tuple[Network, Trees]]:
        """The fastest ways to all halls by public transport, in the networks of what still runs later and later."""
        crossings, nodes = self.halls("transit")
        people = self.services["transit"]
        northbound = people[people["direction"].eq("northbound")]
        closes = northbound.groupby("crossing_id")["closes_min"].max().reindex(crossings).fillna(-np.inf).to_numpy()
        networks = still_running(self.on_this_side("transit"), self.now_min)
        return [(network, grow_trees(network, nodes, closes)) for network in networks]

    def legs(self, mode: str, places: gpd.GeoSeries, *, outwards: bool) -> Legs:
        """Return how places get on (or off) the network of a mode."""
        network = self.networks[mode]
        if mode != "transit":
            return road_legs(
                places,
                network,
                self.roads.edges,
                self.roads.minutes(self.speeds.cap_of(mode)),
                self.roads.boundary,
                metres_per_min=self.speeds.access_m_per_min,
                outwards=outwards,
            )
        assert self.transit is not None  # noqa: S101  (there is a network)
        spots = self.transit.entered if outwards else self.transit.left
        walks = straight_legs(places, network, spots, self.roads.boundary, self.speeds.walk_min, WALK_LIMIT_M)
        fed = self.transit.stations if self.planned_feeders else self.transit.mainland
        ridden = straight_legs(places, network, fed, self.roads.boundary, self.speeds.feeder_min, FEEDER_LIMIT_M)
        return join_legs(walks, ridden)
