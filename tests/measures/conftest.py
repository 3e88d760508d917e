"""A world small enough to do the sums by hand: a river along y = 0, Hong Kong south of it, a bridge at x = 0."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from nmplan.measures.drive import Roads
from nmplan.measures.speeds import Speeds
from nmplan.study import Scenario

CRS = "EPSG:2326"


@pytest.fixture
def speeds() -> Speeds:
    """60 km/h is 1,000 m a minute; access at 6 km/h without detour is 100 m a minute."""
    return Speeds(goods_cap_kph=30, access_kph=6, detour=1.0, walk_kph=6, bus_kph=30, bus_wait_min=5)


@pytest.fixture
def points():
    def make(*xy: tuple[float, float]) -> gpd.GeoSeries:
        return gpd.GeoSeries(gpd.points_from_xy(*np.array(xy, dtype=float).T), crs=CRS)

    return make


@pytest.fixture
def boundary() -> shapely.LineString:
    return shapely.LineString([(-50_000, 0), (50_000, 0)])


@pytest.fixture
def roads(boundary: shapely.LineString) -> Roads:
    """
    A road along y = −2,000 from x = 0 to 10,000 and up to the hall at (0, −100); beyond, from (0, 100) to (0, 5,000).

    60 km/h throughout: minutes are kilometres. The far end (20,000, −2,000) is reached one way only.
    """
    places = {
        "hall": (0, -100),
        "a": (0, -2000),
        "b": (10_000, -2000),
        "far": (20_000, -2000),
        "sz": (0, 100),
        "works": (0, 5000),
    }
    links = [("hall", "a", False), ("a", "b", False), ("b", "far", True), ("sz", "works", False)]
    rows = []
    for u, v, oneway in links:
        line = shapely.LineString([places[u], places[v]])
        rows.append((u, v, line))
        if not oneway:
            rows.append((v, u, line.reverse()))
    edges = gpd.GeoDataFrame(
        {
            "u": [u for u, _, _ in rows],
            "v": [v for _, v, _ in rows],
            "highway": "secondary",
            "speed_kph": 60.0,
            "name_en": "Long Road",
        },
        geometry=[line for _, _, line in rows],
        crs=CRS,
    )
    edges["length"] = edges.length
    nodes = gpd.GeoDataFrame(
        {"node_id": list(places)}, geometry=gpd.points_from_xy(*np.array(list(places.values()), dtype=float).T), crs=CRS
    )
    return Roads(nodes, edges, boundary)


@pytest.fixture
def crossings() -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        {"crossing_id": ["bridge"], "status": ["open"]}, geometry=gpd.points_from_xy([0.0], [-100.0]), crs=CRS
    )
    frame["shenzhen_side"] = gpd.GeoSeries(gpd.points_from_xy([0.0], [100.0]), crs=CRS)
    return frame


@pytest.fixture
def services() -> pd.DataFrame:
    """20 minutes northbound, 30 southbound, as `open_services` returns them."""
    return pd.DataFrame(
        {
            "crossing_id": ["bridge", "bridge"],
            "direction": ["northbound", "southbound"],
            "mode": ["road", "road"],
            "permit": ["none", "none"],
            "parking_min": [0.0, 0.0],
            "clearance_min": [20.0, 30.0],
            "closes_min": [np.inf, np.inf],
        }
    )


@pytest.fixture
def hour() -> Scenario:
    """A quiet morning of a year in which everything has opened."""
    return Scenario(name_en="", name_zh="", year=2035, time_of_day="10:00")
