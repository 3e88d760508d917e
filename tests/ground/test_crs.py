from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from rasterio import warp

import nmplan
from nmplan.crs import WORK_CRS
from nmplan.crs import moved_by_true_crs
from nmplan.crs import to_work_crs
from nmplan.crs import true_crs
from nmplan.crs import warping_crs
from nmplan.errors import LayerError

LO_WU = (114.1134, 22.5290)
SAN_TIN = (824_000.0, 840_800.0)


def points(
    *places: tuple[float, float], crs: str | None = "EPSG:4326", index: list[object] | None = None
) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"n": range(len(places))}, geometry=[shapely.Point(p) for p in places], crs=crs, index=index
    )


def hk_grid(lon: float, lat: float) -> tuple[float, float]:
    """Project by hand, after the Survey and Mapping Office's explanatory notes on the Hong Kong 1980 Grid.

    HK80 latitude is WGS84 + 5.5″, longitude WGS84 − 8.8″ (304 m); then transverse Mercator on the International 1910
    ellipsoid, scale 1, from 22°18′43.68″N 114°10′42.80″E at 836694.05 E, 819069.80 N.
    """
    a, f = 6378388.0, 1 / 297
    e2 = f * (2 - f)
    latitude, longitude = math.radians(lat + 5.5 / 3600), math.radians(lon - 8.8 / 3600)
    lat0, lon0 = math.radians(22 + 18 / 60 + 43.68 / 3600), math.radians(114 + 10 / 60 + 42.80 / 3600)

    def meridian(angle: float) -> float:
        terms = (
            (1 - e2 / 4 - 3 * e2**2 / 64) * angle,
            -(3 / 8) * (e2 + e2**2 / 4) * math.sin(2 * angle),
            (15 / 256) * e2**2 * math.sin(4 * angle),
        )
        return a * sum(terms)

    nu = a / math.sqrt(1 - e2 * math.sin(latitude) ** 2)
    rho = a * (1 - e2) / (1 - e2 * math.sin(latitude) ** 2) ** 1.5
    psi, t, dl = nu / rho, math.tan(latitude), longitude - lon0
    east = 836694.05 + nu * dl * math.cos(latitude) + nu * dl**3 / 6 * math.cos(latitude) ** 3 * (psi - t**2)
    north = 819069.80 + meridian(latitude) - meridian(lat0) + nu * math.sin(latitude) * dl**2 / 2 * math.cos(latitude)
    return east, north


def test_lo_wu_lands_within_two_metres_of_pyproj_with_easting_first() -> None:
    placed = to_work_crs(points(LO_WU), "crossings.csv").geometry.iloc[0]
    east, north = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:2326", always_xy=True).transform(*LO_WU)
    assert placed.x == pytest.approx(east, abs=2)
    assert placed.y == pytest.approx(north, abs=2)


def test_lo_wu_lands_within_ten_metres_of_the_survey_offices_own_formula() -> None:
    # the published shift is rounded to 0.1″ (3 m); reading HK80 as WGS84 would be 304 m off, the wrong rotations 55 m
    placed = to_work_crs(points(LO_WU), "crossings.csv").geometry.iloc[0]
    east, north = hk_grid(*LO_WU)
    assert math.hypot(placed.x - east, placed.y - north) < 10


def test_x_is_easting_and_y_is_northing() -> None:
    placed = to_work_crs(points(LO_WU), "crossings.csv").geometry.iloc[0]
    assert 829_000 < placed.x < 831_000
    assert 842_000 < placed.y < 844_000


@settings(deadline=None, derandomize=True, database=None, max_examples=40)
@given(st.floats(111.4, 115.5), st.floats(21.5, 24.5))
def test_every_place_of_the_greater_bay_area_comes_back_within_a_centimetre(lon: float, lat: float) -> None:
    back = to_work_crs(points((lon, lat)), "a").to_crs("EPSG:4326").geometry.iloc[0]
    metre = 1 / 111_000
    assert back.x == pytest.approx(lon, abs=0.01 * metre)
    assert back.y == pytest.approx(lat, abs=0.01 * metre)


def test_work_crs_is_hong_kong_1980_grid() -> None:
    crs = pyproj.CRS(WORK_CRS)
    assert "Hong Kong 1980 Grid" in crs.name
    assert {axis.unit_name for axis in crs.axis_info} == {"metre"}


def test_a_frame_without_crs_is_refused_by_the_name_of_its_file() -> None:
    with pytest.raises(LayerError) as caught:
        to_work_crs(points(LO_WU, crs=None), "lots.shp")
    (fault,) = caught.value.faults
    assert fault.source == "lots.shp"
    assert "no coordinate system" in fault.what
    assert "crs =" in fault.mend


def test_a_declared_crs_serves_a_frame_that_has_none() -> None:
    with_own = to_work_crs(points(LO_WU), "a").geometry.iloc[0]
    with_declared = to_work_crs(points(LO_WU, crs=None), "a", "EPSG:4326").geometry.iloc[0]
    assert with_declared.equals(with_own)


def test_the_same_system_declared_again_is_accepted() -> None:
    assert to_work_crs(points(SAN_TIN, crs="EPSG:2326"), "a", "EPSG:2326").geometry.iloc[0].x == SAN_TIN[0]


@pytest.mark.parametrize(
    ("own", "declared"), [("EPSG:4326", "EPSG:2326"), ("EPSG:4326", "EPSG:4611"), ("EPSG:2326", "EPSG:4326")]
)
def test_a_declared_crs_that_disagrees_is_refused_with_both_names(own: str, declared: str) -> None:
    with pytest.raises(LayerError) as caught:
        to_work_crs(points(LO_WU if own == "EPSG:4326" else SAN_TIN, crs=own), "lots.gpkg", declared)
    (fault,) = caught.value.faults
    assert fault.source == "lots.gpkg"
    assert own in fault.what
    assert declared in fault.what


@pytest.mark.parametrize("nonsense", ["EPSG:99999", "the Hong Kong grid"])
def test_a_declared_crs_that_does_not_exist_is_a_fault(nonsense: str) -> None:
    with pytest.raises(LayerError) as caught:
        to_work_crs(points(LO_WU, crs=None), "lots.csv", nonsense)
    (fault,) = caught.value.faults
    assert fault.source == "lots.csv"
    assert nonsense in str(fault)


def test_swapped_latitude_and_longitude_are_refused_and_called_swapped() -> None:
    with pytest.raises(LayerError) as caught:
        to_work_crs(points(LO_WU[::-1], (22.45, 114.0)), "shops.csv")
    (fault,) = caught.value.faults
    assert fault.source == "shops.csv"
    assert "latitude and longitude are swapped in 2 of 2" in fault.what
    assert "longitude first" in fault.mend


def test_a_feature_in_london_is_refused_by_its_name() -> None:
    with pytest.raises(LayerError) as caught:
        to_work_crs(points(LO_WU, (-0.1276, 51.5072), index=["lo-wu", "trafalgar"]), "shops.csv")
    (fault,) = caught.value.faults
    assert fault.source == "shops.csv"
    assert "trafalgar" in fault.where
    assert "lo-wu" not in str(fault)
    assert "1 of 2 features lie far outside" in fault.what
    assert "swapped" not in str(fault)


def test_a_swapped_feature_beside_one_in_london_is_not_called_swapped() -> None:
    with pytest.raises(LayerError, match="2 of 3 features lie far outside") as caught:
        to_work_crs(points(LO_WU, LO_WU[::-1], (-0.1276, 51.5072)), "shops.csv")
    assert "swapped" not in str(caught.value)


def test_degrees_that_say_they_are_metres_are_refused() -> None:
    with pytest.raises(LayerError, match="far outside"):
        to_work_crs(points(LO_WU, crs="EPSG:2326"), "a")


def test_metres_that_say_they_are_degrees_are_refused() -> None:
    with pytest.raises(LayerError, match="far outside"):
        to_work_crs(points(SAN_TIN, crs="EPSG:4326"), "a")


def test_a_polygon_that_reaches_far_outside_is_refused() -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.box(114, 22.4, 120, 22.5)], crs="EPSG:4326")
    with pytest.raises(LayerError, match="far outside"):
        to_work_crs(frame, "a")


def test_trap_4_hong_kong_datum_is_not_taken_for_wgs84() -> None:
    # HK80 latitude and longitude read as WGS84 are 304 m off (SOURCES, trap 4)
    wgs = to_work_crs(points(LO_WU), "a").geometry.iloc[0]
    hk80 = to_work_crs(points(LO_WU, crs="EPSG:4611"), "a").geometry.iloc[0]
    assert wgs.distance(hk80) == pytest.approx(304, abs=10)


def test_missing_and_empty_geometries_pass_for_the_contract_to_name() -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(LO_WU), None, shapely.Point()], crs="EPSG:4326")
    placed = to_work_crs(frame, "a")
    assert placed.geometry.isna().tolist() == [False, True, False]
    assert placed.geometry.is_empty.tolist() == [False, False, True]


def test_the_frame_given_is_left_as_it_was() -> None:
    frame = points(LO_WU, crs=None)
    before = frame.copy()
    to_work_crs(frame, "a", "EPSG:4326")
    assert frame.crs is None
    assert frame.equals(before)


def test_trap_3_axes_in_the_other_official_order_pass_here_because_san_tin_swapped_lies_in_hong_kong() -> None:
    # trap 3 of SOURCES; layers.check looks at the study areas and catches it
    placed = to_work_crs(points(SAN_TIN[::-1], crs="EPSG:2326"), "a").to_crs("EPSG:4326").geometry.iloc[0]
    assert 113.8 < placed.x < 114.5
    assert 22.1 < placed.y < 22.6


def test_a_crs_module_loads_no_library() -> None:
    code = "import sys, nmplan.crs; print(sorted({'geopandas', 'pyproj', 'pandas'} & set(sys.modules)))"
    root = Path(nmplan.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


GRID = "+proj=tmerc +lat_0=22.31213333333334 +lon_0=114.1785555555556 +k=1 +x_0=836694.05 +y_0=819069.8 +ellps=intl"
# as copied into many web maps: the rotations of EPSG's transformation 1825 with their signs turned
WRONG_SIGNS = f"{GRID} +towgs84=-162.619,-276.959,-161.764,-0.067753,2.243648,1.158828,-1.094246 +units=m +no_defs"
RIGHT_SIGNS = f"{GRID} +towgs84=-162.619,-276.959,-161.764,0.067753,-2.24365,-1.15883,-1.09425 +units=m +no_defs"
NO_DATUM = f"{GRID} +units=m +no_defs"


def test_trap_3_x_is_easting_although_the_official_order_is_northing_first() -> None:
    assert [axis.abbrev for axis in pyproj.CRS("EPSG:2326").axis_info] == ["N", "E"]
    placed = to_work_crs(points(LO_WU), "a").geometry.iloc[0]
    assert placed.x < 834_000  # Lo Wu: about 830,000 E, 843,000 N
    assert placed.y > 840_000


@pytest.mark.parametrize(
    ("spelling", "off_m"), [(WRONG_SIGNS, 55.5), (RIGHT_SIGNS, 0.0), (NO_DATUM, 303.9), ("ESRI:102140", 0.0)]
)
def test_trap_5_the_hong_kong_grid_is_read_by_projs_definition_however_it_is_spelled(
    spelling: str, off_m: float
) -> None:
    frame = points(SAN_TIN, crs=spelling)
    as_spelled = frame.to_crs("EPSG:4326").to_crs("EPSG:2326").geometry.iloc[0]
    assert as_spelled.distance(shapely.Point(SAN_TIN)) == pytest.approx(off_m, abs=0.5)  # what the file would do
    placed = to_work_crs(frame, "lots.shp").geometry.iloc[0]
    assert placed.distance(shapely.Point(SAN_TIN)) < 1e-6
    assert moved_by_true_crs(pyproj.CRS(spelling)) == pytest.approx(off_m, abs=0.5)


@pytest.mark.parametrize("spelling", [WRONG_SIGNS, NO_DATUM, "ESRI:102140"])
def test_trap_5_the_hong_kong_grid_spelled_out_agrees_with_epsg_2326_declared(spelling: str) -> None:
    for own, declared in ((spelling, "EPSG:2326"), ("EPSG:2326", spelling), (None, spelling)):
        placed = to_work_crs(points(SAN_TIN, crs=own), "a", declared).geometry.iloc[0]
        assert placed.distance(shapely.Point(SAN_TIN)) < 1e-6


def test_trap_5_hong_kong_degrees_with_the_wrong_signs_are_epsg_4611() -> None:
    copied = (
        "+proj=longlat +ellps=intl +towgs84=-162.619,-276.959,-161.764,-0.067753,2.243648,1.158828,-1.094246 +no_defs"
    )
    assert true_crs(pyproj.CRS(copied)).to_epsg() == 4611


@pytest.mark.parametrize("other", ["EPSG:4326", "EPSG:2326", "EPSG:3857", "EPSG:4214", "EPSG:32650"])
def test_other_systems_are_left_as_they_are(other: str) -> None:
    assert true_crs(pyproj.CRS(other)) == pyproj.CRS(other)
    assert moved_by_true_crs(pyproj.CRS(other)) == 0


def test_trap_4_cgcs2000_is_taken_as_wgs84_where_proj_alone_would_leave_304_m() -> None:
    right = to_work_crs(points(LO_WU), "a").geometry.iloc[0]
    for name in ("EPSG:4490", "EPSG:4547"):
        frame = points(LO_WU, crs="EPSG:4490").to_crs(name)
        assert frame.to_crs("EPSG:2326").geometry.iloc[0].distance(right) == pytest.approx(304, abs=1)
        assert to_work_crs(frame, "a").geometry.iloc[0].distance(right) < 0.01


@pytest.mark.parametrize(("code", "name"), [("EPSG:4610", "Xian 1980"), ("EPSG:4738", "Hong Kong 1963")])
def test_trap_4_a_datum_without_a_published_way_is_refused_not_left_304_m_off(code: str, name: str) -> None:
    with pytest.raises(LayerError, match=f"no way from {name}"):
        to_work_crs(points(LO_WU, crs=code), "a")


def test_trap_8_grid_metres_labelled_degrees_are_told_as_what_they_are() -> None:
    with pytest.raises(LayerError, match="look like metres of the Hong Kong 1980 Grid") as caught:
        to_work_crs(points(SAN_TIN, crs="EPSG:4326"), "lots.geojson")
    assert 'crs = "EPSG:2326"' in caught.value.faults[0].mend
    with pytest.raises(LayerError, match="are degrees, not metres"):
        to_work_crs(points(LO_WU, crs="EPSG:2326"), "lots.geojson")


def test_heights_beside_the_grid_do_not_matter() -> None:
    frame = points(SAN_TIN, crs="EPSG:2326+5738")
    assert to_work_crs(frame, "a", "EPSG:2326").geometry.iloc[0].distance(shapely.Point(SAN_TIN)) < 1e-6


def test_a_system_that_lies_nowhere_is_refused() -> None:
    local = pyproj.CRS('LOCAL_CS["site grid",UNIT["metre",1]]')
    with pytest.raises(LayerError, match="where on Earth"):
        to_work_crs(points((0.0, 0.0), crs=local), "drawing.dxf")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_coordinates_that_are_no_numbers_are_refused_by_name(number: float) -> None:
    with np.errstate(invalid="ignore"):
        shapes = [shapely.Point(LO_WU), shapely.LineString([LO_WU, (number, 22.5)])]
    frame = gpd.GeoDataFrame({"parcel_id": ["a", "b"]}, geometry=shapes, crs="EPSG:4326")
    with pytest.raises(LayerError, match="b: 1 of 2 features have coordinates that are no numbers"):
        to_work_crs(frame, "a")


@pytest.mark.parametrize("code", ["EPSG:4326", "EPSG:4490", "EPSG:4547", "EPSG:4611", "ESRI:102140", "EPSG:32650"])
def test_trap_4_rasters_are_warped_from_where_geometries_are_placed(code: str) -> None:
    plain = points(LO_WU, crs="EPSG:4490" if code == "EPSG:4547" else "EPSG:4326").to_crs(code)
    wanted = to_work_crs(plain, "a").geometry.iloc[0]
    crs = rasterio.crs.CRS.from_wkt(warping_crs(plain.crs, "a").to_wkt())
    (x,), (y,) = warp.transform(crs, "EPSG:2326", [plain.geometry.iloc[0].x], [plain.geometry.iloc[0].y])
    assert (x, y) == pytest.approx((wanted.x, wanted.y), abs=0.01)


@pytest.mark.parametrize("code", ["EPSG:4610", "EPSG:4258", "EPSG:4269"])
def test_trap_4_a_raster_that_gdal_would_leave_304_m_off_is_refused(code: str) -> None:
    with pytest.raises(LayerError, match="no way from"):
        warping_crs(pyproj.CRS(code), "a.tif")
