from __future__ import annotations

import json
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pytest
import shapely
from published.plans import esri_json
from published.plans import geojson
from published.plans import package_files

from nmplan.errors import LayerError
from nmplan.layers.package_tables import PART_SUFFIXES
from nmplan.layers.package_tables import read_tables
from nmplan.layers.packages import Member

if TYPE_CHECKING:
    from pathlib import Path

SQUARE = shapely.box(825_500, 838_400, 825_600, 838_500)
FRAME_CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2326"}}


def drawn() -> gpd.GeoDataFrame:
    """Two zones, the second in two parts, one of which has a hole."""
    hole = shapely.box(825_720, 838_420, 825_780, 838_480)
    parts = shapely.MultiPolygon(
        [shapely.box(825_700, 838_400, 825_800, 838_500) - hole, shapely.box(826_000, 838_400, 826_010, 838_410)]
    )
    words = {"PLAN_NO": ["S/STT/2", "S/STT/2"], "DESC_CHT": ["商業", None]}
    return gpd.GeoDataFrame(words, geometry=[SQUARE, parts], crs="EPSG:2326")


def member(name: str, content: Any) -> Member:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Member(f"plan.zip/{name}", f"/data/plan.zip/{name}", lambda: data)


def one(name: str, content: Any) -> gpd.GeoDataFrame:
    ((_, frame),) = read_tables(member(name, content), {})
    return frame


def refused(name: str, content: Any, **parts: bytes) -> str:
    with pytest.raises(LayerError) as caught:
        read_tables(member(name, content), {f".{end}": member(f"x.{end}", part) for end, part in parts.items()})
    (fault,) = caught.value.faults
    assert fault.source == f"plan.zip/{name}"
    assert fault.mend
    return fault.what


def members_of(files: dict[str, bytes]) -> tuple[Member, dict[str, Member]]:
    """Return the main file and its parts."""
    found = [member(name, content) for name, content in files.items()]
    (main,) = (each for each in found if each.suffix not in PART_SUFFIXES)
    return main, {each.suffix: each for each in found if each.suffix in PART_SUFFIXES}


@pytest.mark.parametrize("form", ["geojson", "esri", "keyed", "shp", "gml"])
def test_every_form_holds_the_shapes_and_words_that_were_drawn(form: str) -> None:
    main, parts = members_of(package_files({"ZONE": drawn()}, form))
    ((name, frame),) = read_tables(main, parts)
    assert name == "ZONE"
    placed = frame.to_crs("EPSG:2326")
    assert placed["PLAN_NO"].tolist() == ["S/STT/2", "S/STT/2"]
    assert placed["DESC_CHT"].fillna("").tolist() == ["商業", ""]
    # 100 m square; 100 m square less 60 m square, and 10 m square
    assert placed.area.tolist() == pytest.approx([10_000, 10_000 - 3_600 + 100], rel=1e-5)
    assert placed.geometry.iloc[0].bounds == pytest.approx(SQUARE.bounds, abs=0.01)


def test_a_file_of_several_tables_gives_each_under_its_name() -> None:
    both = {"ZONE": geojson(drawn()), "note": "x", "empty": {"features": 3}, "BHC": geojson(drawn()[:1])}
    assert [(name, len(frame)) for name, frame in read_tables(member("x.json", both), {})] == [("ZONE", 2), ("BHC", 1)]


@pytest.mark.parametrize("content", [[], 3, None, "text", {}, {"features": 3}, {"ZONE": {"features": None}}])
def test_json_without_features_holds_no_table(content: Any) -> None:
    assert read_tables(member("index.json", json.dumps(content).encode()), {}) == []


@pytest.mark.parametrize(
    "features", [[], [None], [3], [{}], [{"attributes": 3}], [{"properties": None, "geometry": None}]]
)
def test_features_that_are_none_have_no_geometry_and_make_no_traceback(features: list[Any]) -> None:
    for _, frame in read_tables(member("x.json", {"features": features}), {}):
        assert frame.geometry.isna().all()


def test_a_byte_order_mark_and_small_endings_in_names_do_not_matter() -> None:
    content = b"\xef\xbb\xbf" + json.dumps(geojson(drawn())).encode()
    assert len(one("ZONE.GEOJSON", content)) == 2


# --- coordinate systems


def test_degrees_without_a_word_are_wgs84_and_grid_metres_never() -> None:
    assert one("a.geojson", geojson(drawn().to_crs("EPSG:4326"))).crs == "EPSG:4326"
    metres = one("a.geojson", geojson(drawn()))
    assert metres.crs is None
    assert metres.total_bounds[0] == 825_500
    assert one("a.geojson", {**geojson(drawn()), "crs": FRAME_CRS}).crs == "EPSG:2326"
    assert one("a.geojson", {**geojson(drawn()), "crs": None}).crs is None


@pytest.mark.parametrize(("x", "y", "known"), [(180, 90, True), (-180, -90, True), (180.1, 0, False), (0, 90.1, False)])
def test_the_globe_ends_where_degrees_end(x: float, y: float, *, known: bool) -> None:
    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [x, y]}}
    assert (one("a.geojson", {"features": [point]}).crs is not None) is known


def test_esri_json_may_name_its_system_at_the_outlines_only() -> None:
    content = esri_json(drawn())
    reference = content.pop("spatialReference")
    assert one("a.json", content).crs is None
    for feature in content["features"]:
        feature["geometry"]["spatialReference"] = reference
    assert one("a.json", content).crs == "EPSG:2326"


def test_esri_json_that_does_not_say_what_it_draws_is_taken_for_polygons() -> None:
    content = esri_json(drawn())
    del content["geometryType"]
    assert one("a.geojson", content).geom_type.tolist() == ["Polygon", "MultiPolygon"]


# --- shapefiles


def test_parts_of_any_case_and_a_name_gdal_would_stumble_over(tmp_path: Path) -> None:
    main, parts = members_of(package_files({"ZONE": drawn()}, "shp"))
    odd = Member("plan.zip/Plan GIS\\分區 #1.SHP", "k", main.read)  # as packers on Windows write it
    ((name, frame),) = read_tables(odd, parts)
    assert name == "Plan GIS\\分區 #1"
    assert frame.crs == "EPSG:2326"
    ((_, bare),) = read_tables(odd, {end: part for end, part in parts.items() if end != ".prj"})
    assert bare.crs is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("encoding", ["utf-8", "big5"])
def test_chinese_that_names_no_encoding_is_read_in_either(encoding: str, tmp_path: Path) -> None:
    drawn().to_file(tmp_path / "ZONE.shp", encoding=encoding)
    parts = {f".{end}": member(f"ZONE.{end}", (tmp_path / f"ZONE.{end}").read_bytes()) for end in ("shx", "dbf")}
    dbf = bytearray(parts[".dbf"].read())
    dbf[29] = 0  # no code page
    parts[".dbf"] = member("ZONE.dbf", bytes(dbf))
    ((_, frame),) = read_tables(member("ZONE.shp", (tmp_path / "ZONE.shp").read_bytes()), parts)
    assert frame["DESC_CHT"].iloc[0] == "商業"


def test_parts_that_are_missing_are_named() -> None:
    assert refused("ZONE.shp", b"x") == "the parts .shx, .dbf of the shapefile are missing."
    assert refused("ZONE.shp", b"x", shx=b"x") == "the parts .dbf of the shapefile are missing."


def test_a_shapefile_of_nothing_is_told() -> None:
    assert refused("ZONE.shp", b"", shx=b"", dbf=b"") == "this cannot be read: there is no table in it."
    main, parts = members_of(package_files({"ZONE": drawn()}, "shp"))
    assert "cannot be read" in refused("ZONE.shp", main.read()[:90], shx=b"short", dbf=parts[".dbf"].read())


# --- bad input


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b""),
        ("a.json", b"{"),
        ("a.json", b"<html>Service unavailable</html>"),
        ("a.json", "高度".encode("big5")),
        ("a.json", b"[" * 100_000),
        ("a.geojson", b'{"features": [' + b'{"a":' * 100_000),
        ("a.gml", b""),
        ("a.gml", b"<gml"),
        ("a.gml", b"\x00\x01\x02"),
    ],
)
def test_what_cannot_be_read_is_one_fault(name: str, content: bytes) -> None:
    assert refused(name, content).startswith("this cannot be read: ")


def test_an_open_ring_is_told_by_its_row() -> None:
    content = geojson(drawn())
    content["features"][1]["geometry"] = {
        "type": "Polygon",
        "coordinates": [[[114, 22.4], [114.01, 22.4], [114.01, 22.41], [114, 22.41]]],
    }
    assert "broken outlines in row 2" in refused("a.geojson", content)


def test_heights_are_dropped() -> None:
    high = drawn().set_geometry(shapely.force_3d(drawn().geometry, 5.0))
    assert not one("a.geojson", geojson(high)).geometry.has_z.any()


def test_a_table_without_any_outline_is_not_in_grid_metres() -> None:
    bare = one("a.geojson", {"features": [{"type": "Feature", "properties": {"n": 1}, "geometry": None}]})
    assert bare["n"].tolist() == [1]
    assert bare.crs == "EPSG:4326"
