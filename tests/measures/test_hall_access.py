from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from nmplan.measures.hall_access import access_ways

CRS = "EPSG:2326"


@pytest.fixture
def stops() -> gpd.GeoDataFrame:
    """400 m and 3 km from the hall at (0, −100), and one on the far bank."""
    return gpd.GeoDataFrame(
        {"stop_id": ["near", "far", "across"], "rail": [False, True, True]},
        geometry=gpd.points_from_xy([0, 0, 0], [-500, -3100, 50]),
        crs=CRS,
    )


def test_without_rules_a_hall_is_walked_to_from_the_stops_near_it(stops, crossings, boundary, speeds) -> None:
    found = access_ways(None, stops, crossings, boundary, speeds, year=2026)
    assert found[["crossing_id", "stop_id", "walk_min"]].to_numpy().tolist() == [
        ["bridge", "near", 4.0],
        ["bridge", "", 0.0],
    ]
    assert not found["closed_area"].any()


def test_rules_count_in_their_years_for_stops_that_are_served(stops, crossings, boundary, speeds) -> None:
    rules = pd.DataFrame(
        [
            ("bridge", "bus", "far", 9.0, True, np.nan, np.nan),
            ("bridge", "foot", "", 0.0, False, 2030.0, np.nan),
            ("elsewhere", "bus", "near", 1.0, False, np.nan, np.nan),
        ],
        columns=["crossing_id", "way", "stop_id", "walk_min", "closed_area", "opens", "closes"],
    )
    now = access_ways(rules, stops, crossings, boundary, speeds, year=2026)
    assert now.to_numpy().tolist() == [["bridge", "far", 9.0, True]]
    later = access_ways(rules, stops, crossings, boundary, speeds, year=2030)
    assert sorted(later["stop_id"]) == ["", "far"]


def test_a_feed_calls_the_stop_beside_the_hall_as_it_likes(stops, crossings, boundary, speeds) -> None:
    rules = pd.DataFrame(
        [("bridge", "bus", "b-bridge", 1.0, True, np.nan, np.nan)],
        columns=["crossing_id", "way", "stop_id", "walk_min", "closed_area", "opens", "closes"],
    )
    found = access_ways(rules, stops, crossings, boundary, speeds, year=2026)
    assert found.to_numpy().tolist() == [["bridge", "near", 4.0, True]]
