from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from nmplan.measures.distance import distance_accuracy
from nmplan.measures.distance import nearest_distance
from nmplan.measures.distance import straight_pieces

CRS = "EPSG:2326"


@pytest.fixture
def parcels() -> gpd.GeoSeries:
    return gpd.GeoSeries([shapely.box(0, 0, 10, 10), shapely.box(1000, 0, 1010, 10)], index=["west", "east"], crs=CRS)


def schools(*accuracy_m: float) -> gpd.GeoDataFrame:
    points = [shapely.Point(13, 14), shapely.Point(1010, 110)][: len(accuracy_m)]
    return gpd.GeoDataFrame({"accuracy_m": accuracy_m}, geometry=points, crs=CRS)


def test_distance_is_from_the_edge(parcels: gpd.GeoSeries) -> None:
    # (10, 10) to (13, 14) is 5; the east parcel's edge lies 100 below its school
    assert nearest_distance(parcels, schools(50, 120).geometry.to_numpy()).to_dict() == {"west": 5, "east": 100}


def test_nothing_near_is_nan(parcels: gpd.GeoSeries) -> None:
    assert nearest_distance(parcels, np.array([], dtype=object)).isna().all()


def test_accuracy_is_that_of_both_positions(parcels: gpd.GeoSeries) -> None:
    own = pd.Series({"west": 120.0, "east": 50.0})
    # 5-12-13: two positions that are off independently
    assert distance_accuracy(parcels, own, schools(50, 120)).to_dict() == {"west": 130, "east": 130}


def test_unknown_accuracy_counts_as_exact(parcels: gpd.GeoSeries) -> None:
    own = pd.Series({"west": np.nan, "east": 40.0})
    assert distance_accuracy(parcels, own, schools(np.nan, 30)).to_dict() == {"west": 0, "east": 50}


def test_without_any_thing_the_parcels_own_accuracy_is_left(parcels: gpd.GeoSeries) -> None:
    own = pd.Series({"west": 120.0, "east": np.nan})
    assert distance_accuracy(parcels, own, schools()).to_dict() == {"west": 120, "east": 0}


def test_lines_fall_into_their_straight_pieces_and_parts_do_not_join() -> None:
    bent = shapely.LineString([(0, 0), (3, 4), (3, 9)])
    two = shapely.MultiLineString([[(0, 0), (1, 0)], [(5, 0), (6, 0)]])
    pieces = straight_pieces(np.array([bent, two], dtype=object))
    assert shapely.length(pieces).tolist() == [5, 5, 1, 1]
