from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nmplan.layers.datum import wgs84_to_bd09
from nmplan.layers.datum import wgs84_to_gcj02
from nmplan.layers.reference import read_reference
from nmplan.layers.shifts import outside_hong_kong
from nmplan.layers.shifts import suspected_shift
from nmplan.layers.sides import hong_kong

SHIFTS = {"GCJ-02": wgs84_to_gcj02, "BD-09": wgs84_to_bd09}
_RIVERSIDE = """
114.1165,22.5352 114.1190,22.5375 114.0605,22.5158 114.0655,22.5192 114.0690,22.5206 114.0720,22.5222 114.0510,22.5490
114.0310,22.6060 113.9280,22.5290 114.1080,22.6130 114.0690,22.5480 114.2150,22.6950 113.8260,22.6600 114.0860,22.5640
114.1400,22.5830 114.0100,22.5460 114.0050,22.5490 114.0780,22.5500 114.0950,22.5620 114.0990,22.5680 114.1010,22.5700
114.0420,22.5640 114.0300,22.5560 114.0310,22.5570 113.9500,22.5600 113.9700,22.5650 113.9800,22.5700 114.1500,22.6000
114.1600,22.6100 114.2000,22.6200 114.2500,22.6300 114.3000,22.6500 113.8800,22.5800
"""
RIVERSIDE = [tuple(map(float, place.split(","))) for place in _RIVERSIDE.split()]
"""Invented places of Luohu and Futian, six of them 140 to 310 m north of the Shenzhen River; none at a station."""


def places(lon_lat: object, **columns: object) -> gpd.GeoDataFrame:
    lon, lat = np.asarray(lon_lat).T
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326").to_crs("EPSG:2326")


def moved(lon_lat: object, datum: str) -> np.ndarray:
    return np.column_stack(SHIFTS[datum](*np.asarray(lon_lat).T))


def lon_lat(layer: str) -> np.ndarray:
    points = read_reference(layer).frame.representative_point().to_crs("EPSG:4326")
    return np.column_stack([points.x, points.y])


def test_trap_6_shenzhen_on_gcj02_is_suspected_over_the_boundary_and_shenzhen_itself_is_not() -> None:
    assert suspected_shift(places(RIVERSIDE)) is None
    evidence = suspected_shift(places(moved(RIVERSIDE, "GCJ-02")))
    assert evidence is not None
    assert "south of the boundary" in evidence
    assert "GCJ-02" in evidence


@pytest.mark.parametrize("datum", SHIFTS)
def test_stations_on_another_datum_are_suspected_and_the_datum_is_named(datum: str) -> None:
    assert suspected_shift(places(lon_lat("stations"))) is None
    evidence = suspected_shift(places(moved(lon_lat("stations"), datum)))
    assert evidence is not None
    assert datum in evidence


@pytest.mark.parametrize(
    "layer", ["suppliers", "stations", "crossings", "sensitive_uses", "talent", "place_names", "road_nodes", "zoning"]
)
def test_no_reference_layer_is_suspected(layer: str) -> None:
    assert suspected_shift(places(lon_lat(layer))) is None


def test_lots_in_the_loop_are_near_the_boundary_for_reasons_of_their_own() -> None:
    rng = np.random.default_rng(4)
    lots = np.column_stack([114.080 + rng.uniform(-0.004, 0.004, 30), 22.514 + rng.uniform(-0.002, 0.002, 30)])
    assert suspected_shift(places(lots)) is None


def test_a_file_of_both_sides_is_not_suspected_for_its_hong_kong_side() -> None:
    hong_kong = [(114.128, 22.501), (114.06, 22.513), (114.066, 22.513), (114.114, 22.526), (114.13, 22.53)]
    assert suspected_shift(places([*RIVERSIDE, *hong_kong, (114.03, 22.45)])) is None


def test_what_says_shenzhen_is_judged_by_itself_in_a_file_of_both_sides() -> None:
    both = [*moved(RIVERSIDE, "GCJ-02"), *[(114.0, 22.43), (114.03, 22.45), (114.17, 22.3)]]
    words = ["shenzhen"] * len(RIVERSIDE) + ["hong-kong"] * 3
    assert suspected_shift(places(both)) is None
    assert suspected_shift(places(both, jurisdiction=words)) is not None


def test_it_cannot_see_factories_far_from_boundary_and_stations() -> None:
    far = [(113.90 + 0.003 * i, 22.86 + 0.002 * i) for i in range(40)]
    assert suspected_shift(places(moved(far, "GCJ-02"))) is None


def test_no_points_a_few_and_empty_ones_are_no_evidence() -> None:
    assert suspected_shift(places(np.empty((0, 2)))) is None
    assert suspected_shift(places(moved(RIVERSIDE[:2], "GCJ-02"))) is None
    hollow = gpd.GeoDataFrame(geometry=[None, shapely.Point(), *[shapely.LineString([(8e5, 8e5)] * 2)] * 5], crs=2326)
    assert suspected_shift(hollow) is None


def test_outside_hong_kong_is_counted_over_land_and_sea() -> None:
    found = [
        (114.0565, 22.5370),
        (113.2644, 23.1291),
        (113.55, 22.2),
        (114.0722, 22.4869),
        (114.17, 22.28),
        (113.94, 22.31),
    ]
    assert outside_hong_kong(places(found)) == 3


def test_thousands_of_fields_clear_of_stations_are_no_suspicion() -> None:
    # a grid of points over the reference stations without those near one: any move brings some of them to a station
    stations = read_reference("stations").frame.geometry
    x, y = (
        grid.ravel() for grid in np.meshgrid(np.arange(810_000, 850_000, 400.0), np.arange(820_000, 850_000, 400.0))
    )
    fields = gpd.GeoSeries(gpd.points_from_xy(x, y), crs="EPSG:2326")
    clear = fields[fields.distance(stations.union_all()) > 400]
    inside = clear[clear.intersects(hong_kong())]
    assert suspected_shift(gpd.GeoDataFrame(geometry=inside.reset_index(drop=True))) is None
