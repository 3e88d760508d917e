from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.measures.boundary import boundary_distance
from nmplan.measures.boundary import crossing_minutes
from nmplan.measures.drive import road_network
from nmplan.measures.travel import Travel

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


@pytest.fixture
def travel(roads, crossings, services, speeds) -> Travel:
    network = road_network(roads, crossings, services, speeds)
    return Travel(roads, speeds, {"drive": network, "goods": network})


def test_crossing_minutes_say_how_long_where_and_how(travel: Travel, points) -> None:
    found = crossing_minutes(points((4000, -2200)), travel)
    assert found["crossing_min"].tolist() == pytest.approx([2 + 5.9 + 20])
    assert found["crossing_id"].tolist() == ["bridge"]
    assert found["crossing_mode"].tolist() == ["drive"]


def test_the_better_of_two_crossings_is_taken_and_closing_it_never_helps(
    roads, crossings, services, speeds, points
) -> None:
    east = crossings.set_geometry(points((10_000, -1900))).assign(crossing_id="east")
    both = gpd.pd.concat([crossings, east], ignore_index=True)
    timetable = gpd.pd.concat([services, services.assign(crossing_id="east", clearance_min=1.0)], ignore_index=True)
    place = points((9000, -2100))

    def minutes(open_now: gpd.pd.DataFrame) -> gpd.pd.DataFrame:
        network = road_network(roads, both, open_now, speeds)
        return crossing_minutes(place, Travel(roads, speeds, {"drive": network, "goods": network}))

    assert minutes(timetable)["crossing_id"].tolist() == ["east"]
    only = minutes(services)
    assert only["crossing_id"].tolist() == ["bridge"]
    assert only["crossing_min"].iloc[0] > minutes(timetable)["crossing_min"].iloc[0]


def test_no_open_crossing_is_nan_and_no_name(roads, crossings, services, speeds, points) -> None:
    network = road_network(roads, crossings, services.iloc[:0], speeds)
    found = crossing_minutes(points((4000, -2200)), Travel(roads, speeds, {"drive": network, "goods": network}))
    assert found["crossing_min"].isna().all()
    assert found["crossing_id"].tolist() == [""]
