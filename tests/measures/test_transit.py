from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from nmplan.measures.speeds import Speeds
from nmplan.measures.transit import open_stations
from nmplan.measures.transit import station_distance
from nmplan.measures.transit import station_minutes

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
