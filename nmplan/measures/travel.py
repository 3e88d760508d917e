"""The travel model of one scenario: people by car or transit, goods by road, over the crossings that are open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nmplan.measures.access import road_legs
from nmplan.measures.access import straight_legs
from nmplan.measures.network import Legs
from nmplan.measures.network import shortest_minutes

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from nmplan.measures.drive import Roads
    from nmplan.measures.network import Network
    from nmplan.measures.speeds import Speeds


@dataclass(frozen=True)
class Travel:
    """
    Networks of one scenario, ready to be asked for minutes.

    `drive` and `transit` carry people, `goods` goods vehicles; `transit` is None where no rail layer is given.
    """

    roads: Roads
    speeds: Speeds
    drive: Network
    goods: Network
    transit: Network | None

    def drive_min(self, origins: gpd.GeoSeries, destinations: gpd.GeoSeries) -> NDArray[np.float64]:
        """Return minutes by car or coach, shape (origins, destinations), NaN where there is no way."""
        return self._over_roads(self.drive, np.inf, origins, destinations)

    def goods_min(self, origins: gpd.GeoSeries, destinations: gpd.GeoSeries) -> NDArray[np.float64]:
        """Return minutes by goods vehicle, shape (origins, destinations), NaN where there is no way."""
        return self._over_roads(self.goods, self.speeds.goods_cap_kph, origins, destinations)

    def transit_min(self, origins: gpd.GeoSeries, destinations: gpd.GeoSeries) -> NDArray[np.float64]:
        """Return minutes by feeder, rail and crossing, shape (origins, destinations), NaN where there is no way."""
        if self.transit is None:
            return np.full((len(origins), len(destinations)), np.nan)
        legs = (self._feeder_legs(self.transit, places) for places in (origins, destinations))
        return shortest_minutes(self.transit, *legs)

    def people_min(self, origins: gpd.GeoSeries, destinations: gpd.GeoSeries) -> NDArray[np.float64]:
        """Return the minutes of the faster of car and transit, shape (origins, destinations)."""
        return np.fmin(self.drive_min(origins, destinations), self.transit_min(origins, destinations))

    def arrivals(self, places: gpd.GeoSeries) -> dict[str, tuple[list[str], NDArray[np.float64]]]:
        """
        Return people's minutes from places to the far side of each crossing that is open to them.

        Returns
        -------
        dict
            For "drive" and "transit": the crossings' ids, and minutes of shape (places, crossings).
        """
        found = {"drive": _arrive(self.drive, self._road_legs(self.drive, places, np.inf, outwards=True))}
        if self.transit is not None:
            found["transit"] = _arrive(self.transit, self._feeder_legs(self.transit, places))
        return found

    def goods_arrivals(self, places: gpd.GeoSeries) -> NDArray[np.float64]:
        """Return goods vehicles' minutes from places to the far side of each crossing, shape (places, crossings)."""
        legs = self._road_legs(self.goods, places, self.speeds.goods_cap_kph, outwards=True)
        return _arrive(self.goods, legs)[1]

    def _over_roads(
        self, network: Network, cap_kph: float, origins: gpd.GeoSeries, destinations: gpd.GeoSeries
    ) -> NDArray[np.float64]:
        return shortest_minutes(
            network,
            self._road_legs(network, origins, cap_kph, outwards=True),
            self._road_legs(network, destinations, cap_kph, outwards=False),
        )

    def _road_legs(self, network: Network, places: gpd.GeoSeries, cap_kph: float, *, outwards: bool) -> Legs:
        return road_legs(
            places,
            network,
            self.roads.edges,
            self.roads.minutes(cap_kph),
            self.roads.boundary,
            metres_per_min=self.speeds.access_m_per_min,
            outwards=outwards,
        )

    def _feeder_legs(self, transit: Network, places: gpd.GeoSeries) -> Legs:
        streets = np.array([i for i, name in enumerate(transit.names) if "/platform/" not in name], dtype=np.int64)
        return straight_legs(places, transit, streets, self.roads.boundary, self.speeds.feeder_min)


def _arrive(network: Network, legs: Legs) -> tuple[list[str], NDArray[np.float64]]:
    """Return minutes to the Shenzhen side of every crossing of a network."""
    far = [i for i, name in enumerate(network.names) if name.endswith("/shenzhen")]
    ends = Legs(np.arange(len(far)), np.array(far, dtype=np.int64), np.zeros(len(far)), len(far))
    return [network.names[i].removesuffix("/shenzhen") for i in far], shortest_minutes(network, legs, ends)
