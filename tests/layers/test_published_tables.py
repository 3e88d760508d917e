from __future__ import annotations

import json
import os
import zipfile
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely

from nmplan.errors import LayerError
from nmplan.layers.published_tables import SUFFIXES
from nmplan.layers.published_tables import Table
from nmplan.layers.published_tables import read_table
from nmplan.layers.published_tables import tables_in

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = ["LOTCODEDISPLAY", "PRN"]
SQUARES = [shapely.box(825_500 + 200 * n, 838_400, 825_600 + 200 * n, 838_500) for n in range(3)]


def lots(**columns: Any) -> gpd.GeoDataFrame:
    table = {"LotCodeDisplay": ["DD 96", "DD 99", "丈量約份"], "prn": [1.5, 2.0, None], **columns}
    return gpd.GeoDataFrame(table, geometry=SQUARES, crs="EPSG:2326")


def save(frame: gpd.GeoDataFrame, path: Path, **more: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".shp":
        frame = frame.rename(columns={name: name[:10] for name in frame.columns})
        more.setdefault("encoding", "utf-8")
    frame.to_file(path, **more)
    return path


def packed(path: Path, *folders: Path, below: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for folder in folders:
            for file in sorted(folder.rglob("*")):
                archive.write(file, f"{below}{file.relative_to(folder.parent).as_posix()}")
    return path


def files(*paths: Path) -> list[str]:
    return [table.file for table in tables_in(paths)]


def faults_of(*paths: Path) -> list[str]:
    with pytest.raises(LayerError) as caught:
        tables_in(paths)
    assert all(fault.mend for fault in caught.value.faults)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize("name", ["LOT.gpkg", "LOT.gdb", "LOT.geojson", "LOT.shp", "LOT.fgb", "LOT.gml"])
def test_every_form_is_described_and_read_in_capitals(name: str, tmp_path: Path) -> None:
    drivers = {".gdb": "OpenFileGDB"}
    path = save(lots(), tmp_path / name, **({"driver": drivers[".gdb"]} if name.endswith(".gdb") else {}))
    (table,) = tables_in([path])
    assert (table.name, table.file, table.rows, table.has_geometry) == ("LOT", name, 3, True)
    # a FlatGeobuf is in an order of its own
    frame = read_table(table, [*FIELDS, "NOT_THERE"]).sort_values("LOTCODEDISPLAY")
    assert list(frame.columns) == [*FIELDS, "geometry"]
    assert frame["LOTCODEDISPLAY"].tolist() == ["DD 96", "DD 99", "丈量約份"]
    assert frame["PRN"].fillna(-1).tolist() == [1.5, 2.0, -1]
    assert frame.to_crs("EPSG:2326").area.tolist() == pytest.approx([10_000] * 3, rel=1e-4)


def table_of(dataset: str, *fields: str) -> Table:
    return Table(dataset, "t", "t", fields, 1, has_geometry=True)


def test_columns_are_found_blind_to_case_and_cut_in_shapefiles_only() -> None:
    fields = ("LotCodeDis", "prn", "Route_ID")
    cut, whole = table_of("/data/LOT.SHP", *fields), table_of("/data/LOT.gpkg", *fields)
    assert [cut.spelling(name) for name in ("LOTCODEDISPLAY", "PRN", "ROUTE_ID")] == list(fields)
    assert whole.spelling("LOTCODEDISPLAY") is None
    assert whole.spelling("PRN") == "prn"
    assert cut.spelling("LOTCODE") is None  # shorter than the column is another one


def test_a_name_that_is_there_in_full_goes_before_a_cut_one() -> None:
    both = table_of("a.shp", "LOTCODEDIS", "LOTCODEDISPLAY")
    assert both.spelling("LOTCODEDISPLAY") == "LOTCODEDISPLAY"


def test_folders_are_searched_in_the_order_of_names_and_other_files_passed_over(tmp_path: Path) -> None:
    for name in ("b/LOT.gpkg", "a/c/GLA.geojson", "z.fgb"):
        save(lots(), tmp_path / "all" / name)
    (tmp_path / "all" / "readme.pdf").write_bytes(b"%PDF")
    (tmp_path / "all" / "LOT.csv").write_text("LOTID\n1\n")
    assert files(tmp_path / "all") == ["GLA.geojson", "LOT.gpkg", "z.fgb"]
    # a file that is named itself may be of any kind that GDAL reads
    (table,) = tables_in([tmp_path / "all" / "LOT.csv"])
    assert (table.fields, table.has_geometry) == (("LOTID",), False)


def test_several_tables_of_a_file_are_listed_each(tmp_path: Path) -> None:
    path = save(lots(), tmp_path / "all.gpkg", layer="LOT")
    save(lots()[:1], path, layer="GLA", mode="a")
    assert [(table.name, table.rows) for table in tables_in([path])] == [("LOT", 3), ("GLA", 1)]


@pytest.mark.parametrize("below", ["", "Lot SHP/", "資料/"])
def test_archives_are_read_in_place(below: str, tmp_path: Path) -> None:
    save(lots(), tmp_path / "raw" / "LOT.shp")
    save(lots()[:1], tmp_path / "raw" / "GLA.gpkg")
    archive = packed(tmp_path / "Lots.ZIP", tmp_path / "raw", below=below)
    before = sorted(tmp_path.rglob("*"))
    tables = tables_in([archive])
    assert [table.file for table in tables] == [f"Lots.ZIP: {below}raw/GLA.gpkg", f"Lots.ZIP: {below}raw/LOT.shp"]
    assert [len(read_table(table, FIELDS)) for table in tables] == [1, 3]
    assert read_table(tables[1], FIELDS)["LOTCODEDISPLAY"].iloc[2] == "丈量約份"
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("flat", [True, False])
def test_a_geodatabase_in_an_archive_is_one_dataset_with_its_folder_or_without(flat: bool, tmp_path: Path) -> None:  # noqa: FBT001
    folder = save(lots(), tmp_path / "Lot.gdb", layer="LOT", driver="OpenFileGDB")
    with zipfile.ZipFile(tmp_path / "Lot.gdb.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name if flat else f"Download/Lot.gdb/{file.name}")
    (table,) = tables_in([tmp_path / "Lot.gdb.zip"])
    assert (table.name, table.rows) == ("LOT", 3)
    assert table.file == ("Lot.gdb.zip" if flat else "Lot.gdb.zip: Download/Lot.gdb")


def test_shadows_that_a_mac_leaves_behind_are_passed_over(tmp_path: Path) -> None:
    save(lots(), tmp_path / "raw" / "LOT.gpkg")
    (tmp_path / "raw" / "._LOT.gpkg").write_bytes(b"\x00\x05\x16\x07")
    archive = packed(tmp_path / "Lots.zip", tmp_path / "raw")
    with zipfile.ZipFile(archive, "a") as more:
        more.writestr("__MACOSX/raw/._LOT.gpkg", b"\x00\x05\x16\x07")
    assert files(tmp_path / "raw", archive) == ["LOT.gpkg", "Lots.zip: raw/LOT.gpkg"]


def test_reading_gml_writes_nothing_beside_it(tmp_path: Path) -> None:
    path = save(lots(), tmp_path / "gml" / "LOT.gml")
    path.with_suffix(".xsd").unlink(missing_ok=True)
    (table,) = tables_in([path])
    assert len(read_table(table, FIELDS)) == 3
    assert os.listdir(tmp_path / "gml") == ["LOT.gml"]  # noqa: PTH208


def test_a_table_without_geometry_has_none(tmp_path: Path) -> None:
    pyogrio.write_dataframe(lots().drop(columns="geometry"), tmp_path / "limits.gpkg", layer="SPEED_LIMIT")
    (table,) = tables_in([tmp_path / "limits.gpkg"])
    assert not table.has_geometry
    frame = read_table(table, ["PRN"])
    assert frame.geometry.isna().all()
    assert frame["PRN"].iloc[0] == 1.5


def test_heights_are_dropped_and_missing_outlines_stay_missing(tmp_path: Path) -> None:
    high = lots().set_geometry([shapely.force_3d(SQUARES[0], 7.0), None, SQUARES[2]])
    (table,) = tables_in([save(high, tmp_path / "high.gpkg")])
    frame = read_table(table, [])
    assert not frame.geometry.has_z.any()
    assert frame.geometry.isna().tolist() == [False, True, False]


def test_grid_metres_that_name_no_grid_are_never_taken_for_degrees(tmp_path: Path) -> None:
    def crs_of(frame: gpd.GeoDataFrame, name: str) -> Any:
        content = json.loads(frame.to_json())
        content.pop("crs", None)
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
        return read_table(tables_in([tmp_path / name])[0], FIELDS).crs

    assert crs_of(lots(), "metres.geojson") is None
    assert crs_of(lots().to_crs("EPSG:4326"), "degrees.geojson") == "EPSG:4326"
    assert crs_of(lots().set_geometry([None] * 3), "nothing.geojson") == "EPSG:4326"


def test_an_empty_table_is_a_table(tmp_path: Path) -> None:
    (table,) = tables_in([save(lots()[:0], tmp_path / "none.gpkg")])
    assert table.rows == 0
    assert list(read_table(table, FIELDS).columns) == [*FIELDS, "geometry"]


def test_everything_that_cannot_be_read_is_told_at_once_and_by_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    save(lots(), folder / "good.gpkg")
    for name in ("a.geojson", "b.shp", "c.gml"):
        (folder / name).write_bytes(b"{")
    (tmp_path / "page.zip").write_text("<html>not found</html>")
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.gdb").mkdir()
    found = faults_of(folder, tmp_path / "page.zip", tmp_path / "empty", tmp_path / "x.gdb", tmp_path / "gone.gpkg")
    starts = ["a.geojson", "b.shp", "c.gml", "page.zip", "empty", "x.gdb", "gone.gpkg"]
    assert [fault.split(": ")[0] for fault in found] == starts
    words = ["this cannot be read"] * 4 + ["there is no vector data here (" + ", ".join(SUFFIXES)]
    words += ["this cannot be read", "this cannot be read: there is no such file"]
    assert all(word in fault for word, fault in zip(words, found, strict=True))


def test_an_archive_without_vector_data_is_told(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "notes.pdf").write_bytes(b"%PDF")
    (fault,) = faults_of(packed(tmp_path / "notes.zip", tmp_path / "raw"))
    assert "notes.zip: there is no vector data here" in fault


def test_a_table_that_goes_or_breaks_between_listing_and_reading_is_told(tmp_path: Path) -> None:
    (table,) = tables_in([save(lots(), tmp_path / "LOT.geojson")])
    (tmp_path / "LOT.geojson").unlink()
    with pytest.raises(LayerError, match=r"LOT\.geojson: table LOT cannot be read"):
        read_table(table, FIELDS)


def test_open_rings_are_told_by_their_rows(tmp_path: Path) -> None:
    ring = [[114, 22.4], [114.01, 22.4], [114.01, 22.41], [114, 22.41]]
    features = [
        {"type": "Feature", "properties": {"PRN": 1}, "geometry": {"type": "Polygon", "coordinates": [outline]}}
        for outline in ([*ring, ring[0]], ring, ring)
    ]
    (tmp_path / "LOT.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (table,) = tables_in([tmp_path / "LOT.geojson"])
    with pytest.raises(LayerError) as caught:
        read_table(table, FIELDS)
    (fault,) = caught.value.faults
    assert fault.source == "LOT.geojson"
    assert "table LOT cannot be read: broken outlines in row 2, row 3" in fault.what
