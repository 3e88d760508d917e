"""Names of places: the nearest, numbered where it comes twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def test_a_name_that_comes_again_is_told_apart_by_the_first_site(
    make_parcels: Callable[..., gpd.GeoDataFrame], make_places: Callable[..., gpd.GeoDataFrame]
) -> None:
    parcels = make_parcels({"a": (0, 0, 10, 10), "b": (20, 0, 10, 10), "far": (9000, 0, 10, 10), "c": (40, 0, 10, 10)})
    places = make_places(San_Tin=("新田", 0, 0), Ping_Che=("坪輋", 9000, 0))
    assert nearest_names(shapes_at(parcels), list(parcels["parcel_id"]), places) == [
        ("San Tin (a)", "新田（a）"),
        ("San Tin (b)", "新田（b）"),
        ("Ping Che", "坪輋"),
        ("San Tin (c)", "新田（c）"),
    ]


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
