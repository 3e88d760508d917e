from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.measures.boundary import boundary_distance

CRS = "EPSG:2326"


def boxes(*corners: tuple[float, float, float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries(
        [shapely.box(*corner) for corner in corners], index=[f"p{i}" for i in range(len(corners))], crs=CRS
    )


def test_distance_is_from_the_edge_and_zero_where_the_boundary_crosses() -> None:
    line = gpd.GeoSeries([shapely.LineString([(0, 0), (1000, 0)])], crs=CRS)
    found = boundary_distance(boxes((0, 300, 100, 400), (0, -50, 100, 50), (1030, 40, 1100, 100)), line)
    assert found.tolist() == pytest.approx([300, 0, 50])  # the last one lies 30 m east and 40 m north of the end
    assert found.name == "boundary_m"
    assert list(found.index) == ["p0", "p1", "p2"]


metres = st.integers(-5000, 5000)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(metres, metres), min_size=2, max_size=12, unique=True),
    st.tuples(metres, metres, st.integers(1, 500), st.integers(1, 500)),
)
def test_distance_equals_the_plain_one(
    vertices: list[tuple[float, float]], box: tuple[float, float, float, float]
) -> None:
    line = gpd.GeoSeries([shapely.LineString(vertices)], crs=CRS)
    x, y, width, height = box
    parcels = boxes((x, y, x + width, y + height))
    assert boundary_distance(parcels, line).iloc[0] == pytest.approx(parcels.distance(line.iloc[0]).iloc[0], abs=1e-6)
