from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely

from nmplan.errors import LayerError
from nmplan.layers.file import read_file
from nmplan.layers.vectors import read_vectors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nmplan.errors import Fault

E, N = 824_000.0, 839_000.0
LO_WU = (114.1134, 22.5290)


def collection(*shapes: Any, crs: str | None = None, **columns: list[Any]) -> str:
    """Write a GeoJSON by hand, as publishers do: with or without the member `crs`, numbers as given."""
    features = [
        {
            "type": "Feature",
            "properties": {"parcel_id": f"lot-{number}", **{name: cells[number] for name, cells in columns.items()}},
            "geometry": shape if isinstance(shape, dict) or shape is None else shapely.geometry.mapping(shape),
        }
        for number, shape in enumerate(shapes)
    ]
    named = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    return json.dumps({"type": "FeatureCollection", "features": features, **named})


def fault_of(layer: str, path: Path, **arguments: Any) -> Fault:
    with pytest.raises(LayerError) as caught:
        read_file(layer, path, **arguments)
    (fault,) = caught.value.faults
    assert fault.mend
    return fault


def square(x: float = E, y: float = N, size: float = 100) -> shapely.Polygon:
    return shapely.box(x, y, x + size, y + size)


def test_trap_8_geojson_without_crs_over_grid_metres_is_refused_and_read_when_declared(
    write: Callable[..., Path],
) -> None:
    path = write("lots.geojson", collection(square()))
    fault = fault_of("parcels", path)
    assert "look like metres of the Hong Kong 1980 Grid" in fault.what
    assert 'crs = "EPSG:2326"' in fault.mend
    assert read_file("parcels", path, crs="EPSG:2326").frame.geometry[0].equals(square())


def test_trap_4_hong_kong_degrees_in_a_geojson_without_crs_are_read_as_declared(write: Callable[..., Path]) -> None:
    path = write("lots.geojson", collection(square(*LO_WU, 0.001)))
    wgs = read_file("parcels", path).frame.geometry[0].centroid
    hk80 = read_file("parcels", path, crs="EPSG:4611").frame.geometry[0].centroid
    assert wgs.distance(hk80) == pytest.approx(304, abs=1)
    right = gpd.GeoSeries([square(*LO_WU, 0.001)], crs="EPSG:4611").to_crs("EPSG:2326")[0].centroid
    assert hk80.distance(right) < 0.001


@pytest.mark.parametrize("own", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326"])
def test_trap_4_a_geojson_that_says_wgs84_is_not_overruled(write: Callable[..., Path], own: str) -> None:
    path = write("lots.geojson", collection(square(*LO_WU, 0.001), crs=own))
    assert "EPSG:4611" in fault_of("parcels", path, crs="EPSG:4611").what
    assert len(read_file("parcels", path, crs="EPSG:4326").frame) == 1


def test_a_geojson_of_grid_metres_that_says_so_is_read(write: Callable[..., Path]) -> None:
    path = write("lots.geojson", collection(square(), crs="urn:ogc:def:crs:EPSG::2326"))
    assert read_file("parcels", path).frame.geometry[0].equals(square())


GML = """<?xml version="1.0" encoding="utf-8"?>
<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" xmlns:gml="http://www.opengis.net/gml/3.2">
<ogr:featureMember><ogr:stations gml:id="s.0"><ogr:geom><gml:Point srsName="{name}">
<gml:pos>{place}</gml:pos></gml:Point></ogr:geom><ogr:station_id>a</ogr:station_id></ogr:stations></ogr:featureMember></ogr:FeatureCollection>"""


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("urn:ogc:def:crs:EPSG::2326", "839000 824000"),  # official order: Northing, Easting
        ("http://www.opengis.net/def/crs/EPSG/0/2326", "839000 824000"),
        ("EPSG:2326", "824000 839000"),  # the old spelling goes with x first
    ],
)
def test_trap_3_gml_in_the_official_axis_order_is_read_with_easting_first(
    write: Callable[..., Path], name: str, place: str
) -> None:
    point = read_file("stations", write("s.gml", GML.format(name=name, place=place))).frame.geometry[0]
    assert (point.x, point.y) == (824_000, 839_000)


COPIED = """PROJCS["Hong Kong 1980 Grid System",GEOGCS["Hong Kong 1980",DATUM["unknown",
SPHEROID["International 1924",6378388,297],TOWGS84[-162.619,-276.959,-161.764,{rotations}]],
PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],
PARAMETER["latitude_of_origin",22.3121333333333],PARAMETER["central_meridian",114.178555555556],
PARAMETER["scale_factor",1],PARAMETER["false_easting",836694.05],PARAMETER["false_northing",819069.8],UNIT["metre",1]]"""


@pytest.mark.parametrize(
    ("rotations", "said"),
    [
        # PROJ mends this very string when it reads WKT, so widely was it copied; rounded it passes PROJ by, 55 m off
        ("-0.067753,2.243648,1.158828,-1.094246", []),
        ("-0.067753,2.24365,1.15883,-1.09425", [1]),
        ("0.067753,-2.24365,-1.15883,-1.09425", []),
    ],
)
def test_trap_5_a_prj_with_the_copied_towgs84_is_read_by_projs_definition_and_said(
    tmp_path: Path, rotations: str, said: list[int]
) -> None:
    gpd.GeoDataFrame({"parcel_id": ["a"]}, geometry=[square()], crs="EPSG:2326").to_file(tmp_path / "lots.shp")
    (tmp_path / "lots.prj").write_text(COPIED.format(rotations=rotations))
    layer = read_file("parcels", tmp_path / "lots.shp")
    assert layer.frame.geometry[0].equals(square())
    off = [note for note in layer.notes if "stands 56 m from Hong Kong's own" in note.what]
    assert [note.count for note in off] == said


def test_trap_5_a_parquet_with_the_copied_proj_string_is_read_by_projs_definition_and_said(tmp_path: Path) -> None:
    copied = (
        "+proj=tmerc +lat_0=22.31213333333334 +lon_0=114.1785555555556 +k=1 +x_0=836694.05 +y_0=819069.8 +ellps=intl "
        "+towgs84=-162.619,-276.959,-161.764,-0.067753,2.243648,1.158828,-1.094246 +units=m +no_defs"
    )
    lots = gpd.GeoDataFrame({"parcel_id": ["a"]}, geometry=[square()], crs=copied)
    lots.to_parquet(tmp_path / "lots.parquet")
    layer = read_file("parcels", tmp_path / "lots.parquet")
    assert layer.frame.geometry[0].equals(square())
    assert "56 m from Hong Kong's own" in layer.notes[0].what


SHENZHEN = (114.0565, 22.5370)


def suppliers(write: Callable[..., Path]) -> Path:
    rows = "".join(f"a,b,shenzhen,1,{SHENZHEN[0] + i / 1000:.6f},{SHENZHEN[1]},{i * 10}\n" for i in range(5))
    return write("s.csv", f"chain,tier,jurisdiction,mass,lon,lat,accuracy_m\n{rows}")


def test_trap_6_a_datum_is_never_guessed_and_its_absence_over_the_mainland_is_counted(
    write: Callable[..., Path],
) -> None:
    layer = read_file("suppliers", suppliers(write), crs="EPSG:4326")
    as_given = gpd.GeoSeries.from_xy([SHENZHEN[0]], [SHENZHEN[1]], crs="EPSG:4326").to_crs("EPSG:2326")[0]
    assert layer.frame.geometry[0].distance(as_given) < 0.01
    (note,) = layer.notes
    assert note.count == 5
    assert "without a declared datum, taken as WGS84" in note.what


def test_trap_6_a_declared_datum_moves_the_places_back_and_lowers_their_accuracy(write: Callable[..., Path]) -> None:
    path = suppliers(write)
    as_wgs84 = read_file("suppliers", path, crs="EPSG:4326", datum="wgs84")
    assert as_wgs84.notes == []
    for crs in ("EPSG:4326", None):  # degrees of GCJ-02 need no further system
        layer = read_file("suppliers", path, crs=crs, datum="gcj02")
        east_m = as_wgs84.frame.geometry.x - layer.frame.geometry.x
        north_m = as_wgs84.frame.geometry.y - layer.frame.geometry.y
        assert east_m.between(500, 545).all()
        assert north_m.between(-315, -290).all()
        assert layer.frame["accuracy_m"].tolist() == pytest.approx([3, 10.440, 20.224, 30.150, 40.112], abs=1e-3)
        assert "GCJ-02" in layer.notes[0].what
    bd09 = read_file("suppliers", path, datum="bd09").frame
    assert 1000 < as_wgs84.frame.geometry[0].distance(bd09.geometry[0]) < 1400


def test_trap_6_stations_of_a_web_map_are_warned_of_and_not_moved(write: Callable[..., Path]) -> None:
    from nmplan.layers.datum import wgs84_to_gcj02
    from nmplan.layers.reference import read_reference

    degrees = read_reference("stations").frame.to_crs("EPSG:4326").geometry
    lon, lat = wgs84_to_gcj02(degrees.x, degrees.y)
    rows = "".join(f"s{i},{x:.6f},{y:.6f}\n" for i, (x, y) in enumerate(zip(lon, lat, strict=True)))
    path = write("s.csv", f"station_id,lon,lat\n{rows}")
    layer = read_file("stations", path, crs="EPSG:4326")
    warning = layer.notes[-1].what
    assert "nothing converted" in warning
    assert "GCJ-02" in warning
    assert 'datum = "gcj02"' in warning
    mended = read_file("stations", path, datum="gcj02")
    assert mended.frame.distance(read_reference("stations").frame.geometry).max() < 0.1  # six decimals
    assert not any("nothing converted" in note.what for note in mended.notes)


def test_a_datum_beside_hong_kong_degrees_is_refused(write: Callable[..., Path]) -> None:
    assert "GCJ-02" in fault_of("suppliers", suppliers(write), crs="EPSG:4611", datum="gcj02").what
    assert "no datum 'GCJ-02'" in fault_of("suppliers", suppliers(write), datum="GCJ-02").what


def test_open_rings_are_closed_and_counted(write: Callable[..., Path]) -> None:
    ring = [[114.07, 22.48], [114.08, 22.48], [114.08, 22.49], [114.07, 22.49]]
    open_one = {"type": "Polygon", "coordinates": [ring]}
    layer = read_file("parcels", write("lots.geojson", collection(open_one, square(114.09, 22.48, 0.01))))
    (note,) = layer.notes
    assert (note.count, note.features) == (1, ("row 1",))
    assert "open rings" in note.what
    assert layer.frame.area[0] == pytest.approx(layer.frame.area[1], rel=1e-3)


def test_no_json_is_told_with_the_place_where_it_stops(write: Callable[..., Path]) -> None:
    fault = fault_of("parcels", write("lots.geojson", '"geometry": {"type"\n"FeatureCollection"}'))
    assert "cannot be read" in fault.what
    assert "line 1, column 11" in fault.mend
    assert "no GeoJSON" in fault_of("parcels", write("lots.json", '{"lots": 3}')).mend


def test_numbers_written_as_text_in_a_condition_are_told_how_to_compare(write: Callable[..., Path]) -> None:
    path = write("lots.geojson", collection(square(*LO_WU, 0.001), square(114.12, 22.5, 0.001), area=["4999", "14002"]))
    assert "CAST(column AS float)" in fault_of("parcels", path, where="area > 5000").mend
    done = read_file("parcels", path, where="CAST(area AS float) > 5000").frame
    assert done["parcel_id"].tolist() == ["lot-1"]


def test_html_inside_a_field_stays_text(write: Callable[..., Path]) -> None:
    words = "(1) Bidder Ltd;<br/>(2) <script>alert(1)</script>"
    path = write("lots.geojson", collection(square(*LO_WU, 0.001), tender=[words]))
    assert read_file("parcels", path, columns={"name_en": "tender"}).frame["name_en"].tolist() == [words]


def test_heights_and_collections_are_simplified_and_said(tmp_path: Path) -> None:
    mixed = shapely.GeometryCollection([square(), shapely.Point(E, N), shapely.GeometryCollection([square(E + 200)])])
    shapes = [mixed, shapely.force_3d(square(E + 400), 12.5), square(E + 600)]
    gpd.GeoDataFrame({"parcel_id": list("abc")}, geometry=shapes, crs="EPSG:2326").to_parquet(tmp_path / "lots.parquet")
    layer = read_file("parcels", tmp_path / "lots.parquet")
    assert layer.frame.geom_type.tolist() == ["MultiPolygon", "Polygon", "Polygon"]
    assert layer.frame.area.tolist() == [20_000, 10_000, 10_000]
    assert not layer.frame.has_z.any()
    said = {note.what: note.count for note in layer.notes}
    assert said["heights or measures along the geometry left out"] == 1
    assert said["collections read as their Polygon parts"] == 1
    assert said["collections of which parts of other kinds were left out"] == 1


def test_a_collection_without_what_the_layer_takes_is_named(tmp_path: Path) -> None:
    lone = shapely.GeometryCollection([shapely.Point(E, N)])
    lots = gpd.GeoDataFrame({"parcel_id": ["a"]}, geometry=[lone], crs="EPSG:2326")
    lots.to_parquet(tmp_path / "lots.parquet")
    assert "GeometryCollection" in fault_of("parcels", tmp_path / "lots.parquet").what


def test_single_points_in_multipoints_and_lines_in_parts_are_taken(tmp_path: Path) -> None:
    gpd.GeoDataFrame({"station_id": ["a"]}, geometry=[shapely.MultiPoint([(E, N)])], crs=2326).to_file(
        tmp_path / "s.gpkg"
    )
    assert read_file("stations", tmp_path / "s.gpkg").frame.geometry[0].equals(shapely.Point(E, N))
    parts = shapely.MultiLineString([[(E, N), (E + 9, N)], [(E + 20, N), (E + 30, N)]])
    gpd.GeoDataFrame({"line_id": ["a"]}, geometry=[parts], crs=2326).to_file(tmp_path / "l.gpkg")
    assert read_file("transit_lines", tmp_path / "l.gpkg").frame.geometry[0].equals(parts)


ROUND = """<?xml version="1.0"?>
<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" xmlns:gml="http://www.opengis.net/gml/3.2"><ogr:featureMember>
<ogr:lots gml:id="l.0"><ogr:geom><gml:Surface srsName="urn:ogc:def:crs:EPSG::2326" gml:id="s"><gml:patches>
<gml:PolygonPatch><gml:exterior><gml:Ring><gml:curveMember><gml:Curve gml:id="c"><gml:segments>
<gml:Arc><gml:posList>839000 824000 839100 824100 839000 824200</gml:posList></gml:Arc>
<gml:LineStringSegment><gml:posList>839000 824200 839000 824000</gml:posList></gml:LineStringSegment>
</gml:segments></gml:Curve></gml:curveMember></gml:Ring></gml:exterior></gml:PolygonPatch></gml:patches></gml:Surface>
</ogr:geom><ogr:parcel_id>a</ogr:parcel_id></ogr:lots></ogr:featureMember></ogr:FeatureCollection>"""


@pytest.mark.parametrize("where", [None, "parcel_id = 'a'"])
def test_arcs_are_read_as_straight_segments_and_said(write: Callable[..., Path], where: str | None) -> None:
    layer = read_file("parcels", write("lots.gml", ROUND), where=where)
    # half a circle of 100 m radius
    assert layer.frame.area[0] == pytest.approx(3.14159265 * 100**2 / 2, rel=0.01)
    assert [(note.what, note.count) for note in layer.notes] == [("arcs read as straight segments", 1)]


def test_a_big5_shapefile_is_read_with_its_encoding(tmp_path: Path) -> None:
    lots = gpd.GeoDataFrame({"parcel_id": ["a"], "name": ["新田"]}, geometry=[square()], crs="EPSG:2326")
    pyogrio.write_dataframe(lots, tmp_path / "lots.shp", encoding="cp950")
    (tmp_path / "lots.cpg").unlink()
    done = read_file("parcels", tmp_path / "lots.shp", encoding="cp950", columns={"name_zh": "name"}).frame
    assert done["name_zh"].tolist() == ["新田"]
    fault = fault_of("parcels", tmp_path / "lots.shp", encoding="utf-8")
    assert 'encoding = "cp950"' in fault.mend


def zipped(folder: Path, **contents: str) -> Path:
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(f"{name}.geojson", content)
    return path


GRID_POINT = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [823_000, 838_000]}}
        ],
    }
)


def test_trap_8_geojson_in_a_zip_takes_the_declared_system_as_it_does_outside(tmp_path: Path) -> None:
    frame, _ = read_vectors(zipped(tmp_path, a=GRID_POINT), "stations", declared="EPSG:2326")
    assert frame.crs is None  # the study's word holds


def test_an_archive_of_several_files_is_told_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"archive of a\.geojson, b\.geojson: unpack it and name one file"):
        read_vectors(zipped(tmp_path, a=GRID_POINT, b=GRID_POINT), "stations")


@pytest.mark.parametrize("where", ["name == 'a'", "length(name) = 1", "instr(name, 'a') > 0"])
def test_a_condition_in_the_sql_of_the_file_is_no_fault(tmp_path: Path, where: str) -> None:
    points = gpd.GeoDataFrame({"name": ["a", "bb"]}, geometry=gpd.points_from_xy([0, 1], [0, 1]), crs="EPSG:2326")
    points.to_file(tmp_path / "a.gpkg")
    frame, notes = read_vectors(tmp_path / "a.gpkg", "stations", where=where)
    assert (list(frame["name"]), notes) == (["a"], [])


@pytest.mark.parametrize("where", ["name = 'a'; DROP TABLE a", "name = 'a'; name = 'b'", "name = 'a'\0"])
def test_a_condition_of_two_statements_is_not_cut_short(tmp_path: Path, where: str) -> None:
    points = gpd.GeoDataFrame({"name": ["a", ";"]}, geometry=gpd.points_from_xy([0, 1], [0, 1]), crs="EPSG:2326")
    points.to_file(tmp_path / "a.gpkg")
    with pytest.raises(LayerError, match="more than one statement"):
        read_vectors(tmp_path / "a.gpkg", "stations", where=where)
    frame, _ = read_vectors(tmp_path / "a.gpkg", "stations", where="name = ';'")
    assert len(frame) == 1
