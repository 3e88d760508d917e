"""Names of places: the nearest, told apart where it comes twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nmplan.places.names import nearest_names

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    import shapely


def shapes_at(parcels: gpd.GeoDataFrame) -> list[shapely.Geometry]:
    return list(parcels.geometry)


def test_a_shape_is_called_after_the_place_nearest_to_its_middle(
    make_parcels: Callable[..., gpd.GeoDataFrame], make_places: Callable[..., gpd.GeoDataFrame]
) -> None:
    # middles at x = 50 and x = 650; the places lie at x = 0 and x = 1,000, half way is 500
    shapes = shapes_at(make_parcels({"a": (0, 0, 100, 100), "b": (600, 0, 100, 100)}))
    places = make_places(San_Tin=("新田", 0, 50), Kwu_Tung=("古洞", 1000, 50))
    assert nearest_names(shapes, ["a", "b"], places) == [("San Tin", "新田"), ("Kwu Tung", "古洞")]


def test_a_name_that_comes_again_is_told_apart_by_direction_and_then_by_a_letter(
    make_parcels: Callable[..., gpd.GeoDataFrame], make_places: Callable[..., gpd.GeoDataFrame]
) -> None:
    # San Tin at the corner: a lies south-west of it, b and c east, d north, far elsewhere
    parcels = make_parcels(
        {
            "a": (-40, -40, 10, 10),
            "b": (20, -5, 10, 10),
            "far": (9000, 0, 10, 10),
            "c": (40, -5, 10, 10),
            "d": (-5, 60, 10, 10),
        }
    )
    places = make_places(San_Tin=("新田", 0, 0), Ping_Che=("坪輋", 9000, 0))
    assert nearest_names(shapes_at(parcels), list(parcels["parcel_id"]), places) == [
        ("San Tin, south-west", "新田西南"),
        ("San Tin, east A", "新田東A"),
        ("Ping Che", "坪輋"),
        ("San Tin, east B", "新田東B"),
        ("San Tin, north", "新田北"),
    ]


def test_letters_follow_ids_and_not_rows(
    make_parcels: Callable[..., gpd.GeoDataFrame], make_places: Callable[..., gpd.GeoDataFrame]
) -> None:
    parcels = make_parcels({f"s{number:02}": (20 + 20 * number, -5, 10, 10) for number in range(28)})
    places = make_places(San_Tin=("新田", 0, 0))
    shapes, ids = shapes_at(parcels), list(parcels["parcel_id"])
    names = nearest_names(shapes, ids, places)
    assert [names[place][0] for place in (0, 25, 26, 27)] == [f"San Tin, east {one}" for one in ("A", "Z", "AA", "AB")]
    assert nearest_names(shapes[::-1], ids[::-1], places) == names[::-1]


@pytest.mark.parametrize(
    ("x", "y", "way"),
    [
        (100, 0, "east"),
        (100, 41, "east"),  # atan(0.41) = 22.3°, below half of 45°
        (100, 42, "north-east"),
        (0, 100, "north"),
        (-100, 100, "north-west"),
        (-100, 0, "west"),
        (-100, -100, "south-west"),
        (0, -100, "south"),
        (100, -100, "south-east"),
    ],
)
def test_eight_directions(
    x: int,
    y: int,
    way: str,
    make_parcels: Callable[..., gpd.GeoDataFrame],
    make_places: Callable[..., gpd.GeoDataFrame],
) -> None:
    boxes = {"here": (x - 5, y - 5, 10, 10), "there": (-x - 5, -y - 5, 10, 10)}
    names = nearest_names(shapes_at(make_parcels(boxes)), list(boxes), make_places(San_Tin=("新田", 0, 0)))
    assert names[0][0] == f"San Tin, {way}"


def test_without_place_names_the_ids_are_the_names(
    make_parcels: Callable[..., gpd.GeoDataFrame], make_places: Callable[..., gpd.GeoDataFrame]
) -> None:
    shapes = shapes_at(make_parcels({"a": (0, 0, 10, 10), "b": (20, 0, 10, 10)}))
    expected = [("a", "a"), ("b", "b")]
    assert nearest_names(shapes, ["a", "b"], None) == expected
    assert nearest_names(shapes, ["a", "b"], make_places(San_Tin=("新田", 0, 0)).iloc[:0]) == expected


def test_no_shape_has_no_name(make_places: Callable[..., gpd.GeoDataFrame]) -> None:
    assert nearest_names([], [], make_places(San_Tin=("新田", 0, 0))) == []


def test_a_place_inside_comes_before_one_nearer_to_the_middle_of_a_bay(make_places) -> None:
    import shapely

    east, north = 820_000.0, 838_000.0
    corner = shapely.Polygon(
        [(east + x, north + y) for x, y in [(0, 0), (1000, 0), (1000, 100), (100, 100), (100, 1000), (0, 1000)]]
    )
    places = make_places(In_the_bay=("灣內", 300, 300), In_the_arm=("臂上", 50, 900))
    assert nearest_names([corner], ["a"], places) == [("In the arm", "臂上")]
