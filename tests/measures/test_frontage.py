from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.measures.frontage import FRONTAGE_M
from nmplan.measures.frontage import PIECE_M
from nmplan.measures.frontage import ROAD_ACCURACY_M
from nmplan.measures.frontage import road_frontage
from nmplan.measures.frontage import usable_roads

CRS = "EPSG:2326"
STREET = shapely.LineString([(-500, 0), (500, 0)])


def sites(*shapes: shapely.Geometry) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(shapes), index=[f"p{i}" for i in range(len(shapes))], crs=CRS)


def roads(*lines: shapely.Geometry, highway: str = "secondary", accuracy_m: float = 5.0) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"highway": [highway] * len(lines), "accuracy_m": accuracy_m}, geometry=list(lines), crs=CRS
    )


def test_only_the_side_along_the_road_counts() -> None:
    # 10 m off the street: the front of 100 m, not 2 x 10 m of sides, nor the back of the shallow one
    found = road_frontage(
        sites(shapely.box(0, 10, 100, 60), shapely.box(200, 10, 300, 18), shapely.box(0, 25, 100, 60)), roads(STREET)
    )
    assert found.tolist() == pytest.approx([100, 100, 0])
    assert found.name == "road_frontage_m"


def test_a_corner_has_two_fronts_and_ends_at_the_end_of_the_road() -> None:
    cross = shapely.LineString([(110, 0), (110, 500)])
    stub = shapely.LineString([(-500, 0), (40, 0)])
    corner = sites(shapely.box(0, 10, 100, 60))
    assert road_frontage(corner, roads(STREET, cross)).tolist() == pytest.approx([150])
    # beyond the end of a stub the way to it must still be within 45 degrees: 10 m further on
    assert road_frontage(corner, roads(stub))["p0"] == pytest.approx(50, abs=PIECE_M)


def test_both_directions_of_a_street_count_once() -> None:
    found = road_frontage(sites(shapely.box(0, 10, 100, 60)), roads(STREET, STREET.reverse()))
    assert found.tolist() == pytest.approx([100])


def test_motorways_are_no_frontage() -> None:
    assert road_frontage(sites(shapely.box(0, 10, 100, 60)), roads(STREET, highway="motorway")).tolist() == [0]


def test_a_road_drawn_just_inside_the_outline_lies_along_it_all_the_same() -> None:
    inside = shapely.LineString([(-500, 13), (500, 13)])
    site = sites(shapely.box(0, 10, 100, 60))
    # 3 m is within the road's accuracy of 5 m; a road known to 1 m runs through the site
    assert road_frontage(site, roads(inside)).tolist() == pytest.approx([100])
    assert road_frontage(site, roads(inside, accuracy_m=1)).tolist() == pytest.approx([0])


def test_roads_placed_too_badly_leave_the_frontage_unknown() -> None:
    coarse = roads(STREET, accuracy_m=ROAD_ACCURACY_M + 80)
    near, far = shapely.box(0, 110, 100, 160), shapely.box(0, 130, 100, 160)
    # 100 m of doubt and 20 m of road: the one might lie along it, the other cannot
    assert road_frontage(sites(near, far), coarse).tolist() == pytest.approx([np.nan, 0], nan_ok=True)
    assert usable_roads(coarse).empty
    # a good road says more than a bad one
    both = gpd.GeoDataFrame(
        pd.concat([coarse, roads(shapely.LineString([(-500, 100), (500, 100)]))], ignore_index=True), crs=CRS
    )
    assert road_frontage(sites(near), both).tolist() == pytest.approx([100])


def test_a_ring_road_round_a_site_and_a_court_inside_it() -> None:
    block = shapely.box(0, 0, 100, 100)
    ring = block.buffer(10, join_style="mitre").exterior
    assert road_frontage(sites(block), roads(ring)).tolist() == pytest.approx([400])
    # a court of 40 x 20 m with a street through its middle: its long sides lie along it, it only ends at the short ones
    court = block.difference(shapely.box(30, 40, 70, 60))
    street = shapely.LineString([(30, 50), (70, 50)])
    assert road_frontage(sites(court), roads(street)).tolist() == pytest.approx([2 * 40])


@settings(max_examples=60, deadline=None)
@given(st.floats(1, 40), st.floats(10, 200), st.floats(5, 100), st.floats(0, 360))
def test_frontage_does_not_depend_on_the_bearing_and_never_exceeds_the_outline(
    away: float, width: float, depth: float, turn: float
) -> None:
    site = shapely.box(0, away, width, away + depth)
    turned = [shapely.affinity.rotate(shape, turn, origin=(0, 0)) for shape in (site, STREET)]
    straight = road_frontage(sites(site), roads(STREET, accuracy_m=0.0))["p0"]
    if abs(away - FRONTAGE_M) > 1e-6:
        assert road_frontage(sites(turned[0]), roads(turned[1], accuracy_m=0.0))["p0"] == pytest.approx(straight)
        assert straight == pytest.approx(width if away < FRONTAGE_M else 0)
    assert straight <= site.length
