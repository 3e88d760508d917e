from __future__ import annotations

import json
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from nmplan.errors import LayerError
from nmplan.layers.file import read_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nmplan.errors import Fault

WRITERS: dict[str, Callable[[gpd.GeoDataFrame, Path], None]] = {
    "lots.gpkg": lambda frame, path: frame.to_file(path, layer="lots"),
    "lots.shp": lambda frame, path: frame.to_file(path),
    "lots.geojson": lambda frame, path: frame.to_crs("EPSG:4326").to_file(path),
    "lots.parquet": lambda frame, path: frame.to_parquet(path),
    "lots.geoparquet": lambda frame, path: frame.to_parquet(path),
}
STATIONS = "\ufeffCode,Name,X,Y\nLOW,羅湖,114.1134,22.5290\nSHS,Sheung Shui,114.1280,22.5011\n"
DEGREES = {"station_id": "Code", "lon": "X", "lat": "Y"}


def faults_of(layer: str, path: Path, **arguments: Any) -> list[Fault]:
    with pytest.raises(LayerError) as caught:
        read_file(layer, path, **arguments)
    assert all(path.name in fault.source for fault in caught.value.faults)
    assert all(fault.what and fault.mend for fault in caught.value.faults)
    return caught.value.faults


@pytest.fixture
def lots(box: Callable[..., Any]) -> gpd.GeoDataFrame:
    columns = {"LOTCSUID": ["a", "b", "c"], "KIND": ["1", "2", "2"], "PR": ["1,000", "2.5", ""]}
    return gpd.GeoDataFrame(columns, geometry=[box(200 * i, 0) for i in range(3)], crs="EPSG:2326")


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_lots_come_out_of_every_format(lots: gpd.GeoDataFrame, tmp_path: Path, name: str) -> None:
    WRITERS[name](lots, tmp_path / name)
    done = read_file("parcels", tmp_path / name, columns={"parcel_id": "LOTCSUID", "plot_ratio": "PR"}).frame
    assert done.crs == "EPSG:2326"
    assert done["parcel_id"].tolist() == ["a", "b", "c"]
    assert done["plot_ratio"].fillna(-1).tolist() == [1000, 2.5, -1]
    # GeoJSON is in degrees with seven decimals, about a centimetre
    assert done.area.tolist() == pytest.approx([10_000] * 3, rel=1e-3)
    assert done.geometry.centroid.distance(lots.geometry.centroid).max() < 0.05


def test_the_file_is_the_source_unless_the_file_says_one(lots: gpd.GeoDataFrame, tmp_path: Path) -> None:
    lots.to_file(tmp_path / "lots.gpkg")
    lots.assign(source="Lands Department").to_file(tmp_path / "said.gpkg")
    columns = {"parcel_id": "LOTCSUID"}
    assert set(read_file("parcels", tmp_path / "lots.gpkg", columns=columns).frame["source"]) == {"lots.gpkg"}
    assert set(read_file("parcels", tmp_path / "said.gpkg", columns=columns).frame["source"]) == {"Lands Department"}


def test_a_shapefile_without_prj_needs_its_crs_declared(lots: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "lots.shp"
    lots.to_file(path)
    path.with_suffix(".prj").unlink()
    (fault,) = faults_of("parcels", path, columns={"parcel_id": "LOTCSUID"})
    assert "no coordinate system" in fault.what
    done = read_file("parcels", path, columns={"parcel_id": "LOTCSUID"}, crs="EPSG:2326").frame
    assert done.geometry.iloc[0].bounds == lots.geometry.iloc[0].bounds


def test_a_declared_crs_that_disagrees_with_the_file_is_a_fault(lots: gpd.GeoDataFrame, tmp_path: Path) -> None:
    lots.to_file(tmp_path / "lots.gpkg")
    (fault,) = faults_of("parcels", tmp_path / "lots.gpkg", crs="EPSG:4326")
    assert "EPSG:2326" in fault.what
    assert "EPSG:4326" in fault.what


def test_a_declared_crs_that_does_not_exist_is_a_fault(write: Callable[..., Path]) -> None:
    (fault,) = faults_of("stations", write("stations.csv", STATIONS), columns=DEGREES, crs="EPSG:99999")
    assert "EPSG:99999" in str(fault)


def test_constants_and_values_fill_and_translate(lots: gpd.GeoDataFrame, tmp_path: Path) -> None:
    lots.to_file(tmp_path / "lots.gpkg")
    done = read_file(
        "parcels",
        tmp_path / "lots.gpkg",
        columns={"parcel_id": "LOTCSUID", "zone": "KIND"},
        constants={"status": "idle", "plot_ratio": 3},
        values={"zone": {"1": "industrial", "2": "business"}},
    ).frame
    assert done["zone"].tolist() == ["industrial", "business", "business"]
    assert done["status"].tolist() == ["idle"] * 3
    assert done["plot_ratio"].tolist() == [3] * 3


def test_a_word_without_translation_stays_and_meets_the_contract(lots: gpd.GeoDataFrame, tmp_path: Path) -> None:
    lots.to_file(tmp_path / "lots.gpkg")
    columns = {"parcel_id": "LOTCSUID", "zone": "KIND"}
    (fault,) = faults_of("parcels", tmp_path / "lots.gpkg", columns=columns, values={"zone": {"1": "industrial"}})
    assert fault.where == "b, c"
    assert "'2'" in fault.what


def test_one_column_of_the_file_may_serve_twice(lots: gpd.GeoDataFrame, tmp_path: Path) -> None:
    lots.to_file(tmp_path / "lots.gpkg")
    columns = {"parcel_id": "LOTCSUID", "name_en": "LOTCSUID", "name_zh": "LOTCSUID"}
    done = read_file("parcels", tmp_path / "lots.gpkg", columns=columns).frame
    assert done[["parcel_id", "name_en", "name_zh"]].to_numpy().tolist() == [[name] * 3 for name in "abc"]


def test_columns_may_be_exchanged(write: Callable[..., Path]) -> None:
    path = write("t.csv", "to_station,from_station,minutes\na,b,3\n")
    done = read_file("transfers", path, columns={"from_station": "to_station", "to_station": "from_station"}).frame
    assert done[["from_station", "to_station"]].iloc[0].tolist() == ["a", "b"]


@pytest.mark.parametrize("name", ["lots.gpkg", "lots.parquet"])
def test_where_keeps_the_features_that_meet_it(lots: gpd.GeoDataFrame, tmp_path: Path, name: str) -> None:
    WRITERS[name](lots, tmp_path / name)
    sign = "=" if name == "lots.gpkg" else "=="
    done = read_file("parcels", tmp_path / name, columns={"parcel_id": "LOTCSUID"}, where=f"KIND {sign} '2'").frame
    assert done["parcel_id"].tolist() == ["b", "c"]


def test_where_keeps_rows_of_a_csv(write: Callable[..., Path]) -> None:
    path = write("stations.csv", STATIONS)
    done = read_file("stations", path, columns=DEGREES, crs="EPSG:4326", where="Code == 'LOW'").frame
    assert done["station_id"].tolist() == ["LOW"]


def test_where_that_nothing_meets_is_a_fault(lots: gpd.GeoDataFrame, tmp_path: Path) -> None:
    lots.to_file(tmp_path / "lots.gpkg")
    faults = faults_of("parcels", tmp_path / "lots.gpkg", columns={"parcel_id": "LOTCSUID"}, where="KIND = '9'")
    assert "no features" in faults[0].what


@pytest.mark.parametrize("where", ["nope == 1", "Code ==", "Code = 'LOW'", "Code > 22", "Y"])
def test_a_where_that_makes_no_sense_for_a_csv_is_a_fault(write: Callable[..., Path], where: str) -> None:
    (fault,) = faults_of("stations", write("s.csv", STATIONS), columns=DEGREES, crs="EPSG:4326", where=where)
    assert "where" in str(fault)


@pytest.mark.parametrize("where", ["nope = 1", "KIND ="])
def test_a_where_that_makes_no_sense_for_a_geopackage_is_a_fault(
    lots: gpd.GeoDataFrame, tmp_path: Path, where: str
) -> None:
    lots.to_file(tmp_path / "lots.gpkg")
    (fault,) = faults_of("parcels", tmp_path / "lots.gpkg", columns={"parcel_id": "LOTCSUID"}, where=where)
    assert "where" in str(fault)


def test_unknown_columns_are_told_with_those_the_file_has(lots: gpd.GeoDataFrame, tmp_path: Path) -> None:
    lots.to_file(tmp_path / "lots.gpkg")
    (fault,) = faults_of("parcels", tmp_path / "lots.gpkg", columns={"parcel_id": "LOTID", "name_en": "LOT_NAME"})
    assert "LOTID, LOT_NAME" in fault.what
    assert "LOTCSUID, KIND, PR" in fault.what
    assert "[layers.parcels]" in fault.mend


@pytest.mark.parametrize(
    "arguments",
    [{"columns": {"parcle_id": "KIND"}}, {"constants": {"statsu": "idle"}}, {"values": {"zoen": {"1": "industrial"}}}],
)
def test_a_misspelt_column_of_the_contract_does_not_pass_silently(
    lots: gpd.GeoDataFrame, tmp_path: Path, arguments: dict[str, Any]
) -> None:
    lots.rename(columns={"LOTCSUID": "parcel_id"}).to_file(tmp_path / "lots.gpkg")
    (misspelt,) = next(iter(arguments.values()))
    faults = faults_of("parcels", tmp_path / "lots.gpkg", **arguments)
    assert any(misspelt in str(fault) for fault in faults)


def test_the_named_table_of_a_geopackage_is_read(lots: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "many.gpkg"
    lots.iloc[:1].to_file(path, layer="one")
    lots.iloc[1:].to_file(path, layer="two")
    done = read_file("parcels", path, table="two", columns={"parcel_id": "LOTCSUID"}).frame
    assert done["parcel_id"].tolist() == ["b", "c"]


def test_of_several_tables_one_must_be_named(lots: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "many.gpkg"
    lots.iloc[:1].to_file(path, layer="one")
    lots.iloc[1:].to_file(path, layer="two")
    (fault,) = faults_of("parcels", path, columns={"parcel_id": "LOTCSUID"})
    assert "one, two" in fault.what
    assert "table" in fault.mend


def test_an_unknown_table_is_named(lots: gpd.GeoDataFrame, tmp_path: Path) -> None:
    lots.to_file(tmp_path / "lots.gpkg", layer="lots")
    (fault,) = faults_of("parcels", tmp_path / "lots.gpkg", table="parcels")
    assert "'parcels'" in fault.what
    assert "table" in fault.mend


@pytest.mark.parametrize("name", ["lots.gpkg", "lots.geojson", "lots.shp", "lots.parquet", "lots.xyz"])
def test_garbage_is_one_fault_that_says_the_file_cannot_be_read(write: Callable[..., Path], name: str) -> None:
    (fault,) = faults_of("parcels", write(name, b"\x00\x01garbage\xff" * 100))
    assert "cannot be read" in fault.what
    assert "where" not in fault.mend


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_a_truncated_geopackage_is_one_fault(
    lots: gpd.GeoDataFrame, tmp_path: Path, write: Callable[..., Path], share: float
) -> None:
    lots.to_file(tmp_path / "whole.gpkg")
    whole = (tmp_path / "whole.gpkg").read_bytes()
    assert len(faults_of("parcels", write("cut.gpkg", whole[: int(len(whole) * share)]))) == 1


@pytest.mark.parametrize("name", ["lots.geojson", "lots.parquet"])
def test_a_file_cut_in_half_is_one_fault(
    lots: gpd.GeoDataFrame, tmp_path: Path, write: Callable[..., Path], name: str
) -> None:
    WRITERS[name](lots, tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    assert len(faults_of("parcels", write(f"cut-{name}", whole[: len(whole) // 2]))) == 1


@pytest.mark.parametrize("name", ["lost.csv", "lost.gpkg", "lost.parquet"])
def test_a_missing_file_is_one_fault(tmp_path: Path, name: str) -> None:
    assert len(faults_of("parcels", tmp_path / name)) == 1


def test_a_parquet_without_geometry_is_told_so(tmp_path: Path) -> None:
    pd.DataFrame({"parcel_id": ["a"]}).to_parquet(tmp_path / "lots.parquet")
    (fault,) = faults_of("parcels", tmp_path / "lots.parquet")
    assert "geo" in fault.what.lower()


def test_a_plain_parquet_serves_a_layer_without_geometry(tmp_path: Path) -> None:
    table = pd.DataFrame({"from_station": ["a"], "to_station": ["b"], "minutes": [3.0]})
    table.to_parquet(tmp_path / "transfers.parquet")
    assert read_file("transfers", tmp_path / "transfers.parquet").frame["minutes"].tolist() == [3]


def test_a_geopackage_table_without_geometry_serves_a_layer_without_geometry(tmp_path: Path) -> None:
    table = pd.DataFrame({"from_station": ["a"], "to_station": ["b"], "minutes": [3.0]})
    pyogrio.write_dataframe(table, tmp_path / "t.gpkg", layer="t")
    assert read_file("transfers", tmp_path / "t.gpkg").frame["minutes"].tolist() == [3]


def test_a_csv_with_a_byte_order_mark_gets_its_points(write: Callable[..., Path]) -> None:
    columns = {**DEGREES, "name_zh": "Name"}
    done = read_file("stations", write("stations.csv", STATIONS), columns=columns, crs="EPSG:4326").frame
    assert done["station_id"].tolist() == ["LOW", "SHS"]
    assert done["name_zh"].iloc[0] == "羅湖"
    # FACTS: Lo Wu lies near 830,000 E, 843,000 N
    assert done.geometry.x.iloc[0] == pytest.approx(830_000, abs=500)
    assert done.geometry.y.iloc[0] == pytest.approx(843_000, abs=500)


def test_a_csv_in_metres_is_taken_as_declared(write: Callable[..., Path]) -> None:
    path = write("s.csv", "station_id,lon,lat\na,829743.5,843105.25\n")
    point = read_file("stations", path, crs="EPSG:2326").frame.geometry.iloc[0]
    assert (point.x, point.y) == (829743.5, 843105.25)


def test_a_csv_without_crs_is_refused(write: Callable[..., Path]) -> None:
    (fault,) = faults_of("stations", write("s.csv", STATIONS), columns=DEGREES)
    assert "no coordinate system" in fault.what


def test_a_csv_without_coordinates_is_told_how_to_name_them(write: Callable[..., Path]) -> None:
    (fault,) = faults_of("stations", write("s.csv", STATIONS), columns={"station_id": "Code"}, crs="EPSG:4326")
    assert "coordinates" in fault.what
    assert "lon" in fault.mend


@pytest.mark.parametrize("bad", [",22.5", "114.1,", "east,22.5", ","])
def test_coordinates_that_are_blank_or_words_name_their_feature(write: Callable[..., Path], bad: str) -> None:
    path = write("s.csv", f"station_id,lon,lat\ngood,114.1,22.5\nlost,{bad}\n")
    (fault,) = faults_of("stations", path, crs="EPSG:4326")
    assert "lost" in fault.where


def test_coordinates_that_are_blank_name_their_row_where_there_is_no_id(write: Callable[..., Path]) -> None:
    text = "chain,tier,jurisdiction,mass,lon,lat\na,b,shenzhen,1,114,22.5\na,b,shenzhen,1,,22.5\n"
    (fault,) = faults_of("suppliers", write("s.csv", text), crs="EPSG:4326")
    assert "row 2" in fault.where


def test_swapped_columns_of_a_csv_are_called_swapped(write: Callable[..., Path]) -> None:
    columns = {**DEGREES, "lon": "Y", "lat": "X"}
    (fault,) = faults_of("stations", write("s.csv", STATIONS), columns=columns, crs="EPSG:4326")
    assert "swapped" in fault.what


def test_a_place_far_away_is_named_by_its_id(write: Callable[..., Path]) -> None:
    path = write("s.csv", "station_id,lon,lat\nlo-wu,114.1134,22.5290\ntrafalgar,-0.1276,51.5072\n")
    (fault,) = faults_of("stations", path, crs="EPSG:4326")
    assert "trafalgar" in str(fault)


@pytest.mark.parametrize(
    "content", [b"", "from_station,to_station,minutes\n羅湖,b,3\n".encode("big5"), b"a,b\n1,2\n1,2,3,4\n"]
)
def test_what_is_no_csv_in_utf_8_is_told_so(write: Callable[..., Path], content: bytes) -> None:
    (fault,) = faults_of("transfers", write("t.csv", content))
    assert "CSV" in str(fault)
    assert "where" not in fault.mend


def test_words_that_look_like_blanks_stay_words(write: Callable[..., Path]) -> None:
    path = write("t.csv", "from_station,to_station,minutes\nNA,null,3\n007,nan,4\n")
    done = read_file("transfers", path).frame
    assert done[["from_station", "to_station"]].to_numpy().tolist() == [["NA", "null"], ["007", "nan"]]


def test_a_third_dimension_is_dropped(tmp_path: Path, box: Callable[..., Any]) -> None:
    raised = shapely.force_3d(box(0, 0), 12.5)
    gpd.GeoDataFrame({"parcel_id": ["a"]}, geometry=[raised], crs="EPSG:2326").to_file(tmp_path / "lots.gpkg")
    done = read_file("parcels", tmp_path / "lots.gpkg").frame
    assert not done.has_z.any()
    assert done.geometry.iloc[0].equals(box(0, 0))


def test_a_feature_without_geometry_is_named(write: Callable[..., Path]) -> None:
    features = [{"type": "Feature", "properties": {"parcel_id": "ghost"}, "geometry": None}]
    path = write("lots.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    (fault,) = faults_of("parcels", path)
    assert fault.where == "ghost"


def test_a_collection_without_features_is_told_so(write: Callable[..., Path]) -> None:
    faults = faults_of("parcels", write("lots.geojson", '{"type": "FeatureCollection", "features": []}'))
    assert "no features" in faults[0].what


def test_hostile_names_come_through_a_file_unchanged(tmp_path: Path, box: Callable[..., Any]) -> None:
    names = ['O\'Brien "Works"', "two\nlines", "</script><script>alert(1)</script>", "x" * 5_000, "洪水橋🏭"]
    shapes = [box(200 * i, 0) for i in range(len(names))]
    lots = gpd.GeoDataFrame({"parcel_id": list("abcde"), "name_en": names}, geometry=shapes, crs="EPSG:2326")
    lots.to_file(tmp_path / "lots.gpkg")
    assert read_file("parcels", tmp_path / "lots.gpkg").frame["name_en"].tolist() == names


def test_a_second_column_of_geometries_is_placed_too(tmp_path: Path) -> None:
    hong_kong, shenzhen = shapely.Point(114.113, 22.528), shapely.Point(114.11, 22.53)
    frame = gpd.GeoDataFrame(
        {"crossing_id": ["lo-wu"], "shenzhen_side": gpd.GeoSeries([shenzhen], crs="EPSG:4326")},
        geometry=[hong_kong],
        crs="EPSG:4326",
    )
    frame.to_parquet(tmp_path / "a.parquet")
    found = read_file("crossings", tmp_path / "a.parquet").frame.iloc[0]
    for side, place in (("geometry", hong_kong), ("shenzhen_side", shenzhen)):
        (there,) = gpd.GeoSeries([place], crs="EPSG:4326").to_crs("EPSG:2326")
        assert found[side].distance(there) < 0.01


def test_a_second_column_that_holds_no_geometries_is_a_fault(write: Callable[..., Path]) -> None:
    path = write("a.csv", b"lon,lat,crossing_id,shenzhen_side\n114.11,22.53,lo-wu,over there\n")
    with pytest.raises(LayerError, match="column shenzhen_side holds no geometries"):
        read_file("crossings", path, crs="EPSG:4326")


def test_coordinates_that_the_study_names_go_before_the_geometry_of_the_file(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"station_id": ["a"], "x": [114.08], "y": [22.5]}, geometry=[shapely.Point(114.07, 22.49)], crs="EPSG:4326"
    )
    frame.to_file(tmp_path / "a.gpkg")
    columns = {"lon": "x", "lat": "y"}
    found = read_file("stations", tmp_path / "a.gpkg", columns=columns, crs="EPSG:4326").frame
    assert found.to_crs("EPSG:4326").geometry[0].distance(shapely.Point(114.08, 22.5)) < 1e-7


@pytest.mark.parametrize(
    "how", [{"constants": {"geometry": "x"}}, {"columns": {"parcel_id": "LOTCSUID", "geometry": "name"}}]
)
def test_a_geometry_is_no_constant_and_no_text(lots: gpd.GeoDataFrame, tmp_path: Path, how: dict[str, Any]) -> None:
    lots.assign(name="x").to_file(tmp_path / "lots.gpkg")
    with pytest.raises(LayerError, match="geometry"):
        read_file("parcels", tmp_path / "lots.gpkg", **how)


def test_whole_numbers_as_ids_stay_whole_where_a_gap_made_them_fractions(tmp_path: Path) -> None:
    frame = pd.DataFrame({"u": [1.0, 2.0], "v": [2.0, 3.0], "length": 10.0})
    shapes = gpd.GeoSeries.from_wkt(["LINESTRING (114.07 22.49, 114.08 22.49)"] * 2, crs="EPSG:4326")
    gpd.GeoDataFrame(frame, geometry=shapes).to_parquet(tmp_path / "a.parquet")
    assert list(read_file("road_edges", tmp_path / "a.parquet").frame["u"]) == ["1", "2"]


def test_an_accuracy_below_zero_is_a_fault(lots: gpd.GeoDataFrame, tmp_path: Path) -> None:
    lots.to_file(tmp_path / "lots.gpkg")
    with pytest.raises(LayerError, match="accuracy_m holds -5, below 0"):
        read_file("parcels", tmp_path / "lots.gpkg", columns={"parcel_id": "LOTCSUID"}, constants={"accuracy_m": -5})


def test_the_layer_says_in_which_system_its_file_came(lots: gpd.GeoDataFrame, tmp_path: Path) -> None:
    lots.to_crs("EPSG:4326").to_file(tmp_path / "lots.gpkg")
    assert read_file("parcels", tmp_path / "lots.gpkg", columns={"parcel_id": "LOTCSUID"}).came_as == "EPSG:4326"
