from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.measures.speeds import Speeds
from nmplan.measures.stations import open_stations
from nmplan.measures.stations import station_distance
from nmplan.measures.stations import station_minutes

CRS = "EPSG:2326"


@pytest.fixture
def stations(points) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        {"station_id": ["old", "new"], "opens": [np.nan, 2034.0]}, geometry=points((0, 0), (1000, 0))
    )
    return frame.set_crs(CRS)


def test_a_station_counts_from_its_year(stations: gpd.GeoDataFrame) -> None:
    assert open_stations(stations, None, 2033)["station_id"].tolist() == ["old"]
    assert open_stations(stations, None, 2034)["station_id"].tolist() == ["old", "new"]


def test_a_station_without_trains_does_not_count(stations: gpd.GeoDataFrame) -> None:
    links = pd.DataFrame({"from_station": ["old"], "to_station": ["new"], "opens": [2034.0], "closes": [2040.0]})
    assert open_stations(stations, links, 2030).empty
    assert open_stations(stations, links, 2034)["station_id"].tolist() == ["old", "new"]
    assert open_stations(stations, links, 2040).empty


def test_distance_is_from_the_edge(stations: gpd.GeoDataFrame) -> None:
    parcels = gpd.GeoSeries([shapely.box(200, -10, 300, 10)], index=["p"], crs=CRS)
    assert station_distance(parcels, stations.geometry)["p"] == pytest.approx(200)
    assert station_distance(parcels, stations.geometry.iloc[:0]).isna().all()


def test_minutes_are_by_feeder_to_the_best_station_on_this_side(points, speeds: Speeds, boundary) -> None:
    places = points((0, -400), (0, -3000), (0, -20_000))
    stations = points((0, 100), (0, -1400))  # the first lies across the river
    found = station_minutes(places, stations, boundary, speeds)
    # 1,000 m by bus: 5 + 2 against 10 on foot; 1,600 m: 5 + 3.2; the last is out of reach
    assert found.tolist() == pytest.approx([7.0, 8.2, np.nan], nan_ok=True)
    assert station_minutes(places, stations, None, speeds).iloc[0] == pytest.approx(5.0)  # 500 m on foot


def test_no_station_at_all_is_nan(points, speeds: Speeds) -> None:
    nowhere = gpd.GeoSeries([], crs=CRS)
    assert station_minutes(points((0, 0), (1, 1)), nowhere, None, speeds).isna().all()


def test_the_nearest_station_on_this_side_is_found_however_many_are_nearer_across(points, speeds, boundary) -> None:
    across = [(100.0 * i, 50.0) for i in range(20)]
    stations = points(*across, (0, -9000), (0, -12_300))
    found = station_minutes(points((0, -10), (0, -300), (0, -60_000)), stations, boundary, speeds)
    # 8,990 and 8,700 m by bus at 500 m/min after 5 min
    assert found.tolist() == pytest.approx([5 + 17.98, 5 + 17.4, np.nan], nan_ok=True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1000), st.integers(1, 12))
def test_station_minutes_equal_the_least_of_all_pairs(points, speeds, boundary, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    places, stations = (points(*rng.uniform(-15_000, 15_000, (n, 2))) for n in (15, count))
    here, there = (np.column_stack([p.x, p.y]) for p in (places, stations))
    times = speeds.feeder_min(np.hypot(*(here[:, None] - there).transpose(2, 0, 1)))
    times[np.sign(here[:, None, 1]) != np.sign(there[:, 1])] = np.inf
    least = times.min(axis=1)
    found = station_minutes(places, stations, boundary, speeds)
    np.testing.assert_allclose(found, np.where(np.isinf(least), np.nan, least))
