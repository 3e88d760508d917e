"""How far stations are; minutes to them stand with the journeys (test_journeys.py)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from nmplan.measures.stations import open_stations
from nmplan.measures.stations import station_distance

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
