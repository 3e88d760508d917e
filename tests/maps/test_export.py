from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from shapely import MultiPolygon
from shapely import Point
from shapely import box

from nmplan.errors import StoreError
from nmplan.maps.export import bus_courses
from nmplan.maps.export import column_table
from nmplan.maps.export import distinct
from nmplan.maps.export import refuse_foreign
from nmplan.maps.export import site_table
from nmplan.maps.export import site_words
from nmplan.maps.export import split_geometries
from nmplan.maps.export import storable
from nmplan.maps.export import with_line_names
from nmplan.maps.export import write_geopackage

ABOUT = {"study_id": "trial", "study_hash": "0123456789ab", "data_date": "2026-01-31", "version": "0.1.0"}
DAY = date(2026, 1, 31)
HOSTILE = ["=1+1", "a\"b;c'd", "line\nbreak", "鹽" * 200, "'; DROP TABLE gpkg_contents; --", "\u202eabc", ""]


def squares(count: int) -> list[Any]:
    return [box(820000 + 100 * i, 830000, 820080 + 100 * i, 830080) for i in range(count)]


def parcels(*ids: str) -> gpd.GeoDataFrame:
    table = {"parcel_id": ids, "zone": "industrial", "accuracy_m": 25.0}
    return gpd.GeoDataFrame(table, geometry=squares(len(ids)), crs=2326)


def written(layers: dict[str, pd.DataFrame], path: Path) -> Path:
    assert write_geopackage(layers, {"zone": ("", "Zone", "地帶")}, path, ABOUT, DAY) == len(layers) + 2
    return path


def query(path: Path, words: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as file:
        return file.execute(words).fetchall()


def test_sites_carry_measures_and_each_tenants_scores() -> None:
    measures = pd.DataFrame({"parcel_id": ["b", "a"], "accuracy_m": [25.0, 25.0], "boundary_m": [20.0, np.nan]})
    scores = pd.DataFrame(
        {
            "parcel_id": ["a", "b", "a"],
            "tenant": ["life-health", "life-health", "vehicles"],
            "eligible": [True, False, True],
            "score": [71.5, np.nan, 12.0],
            "rank": pd.array([1, None, 1], dtype="Int64"),
            "p_top": [0.9, np.nan, 1.0],
            "rank_low": [1.0, np.nan, 1.0],
        }
    )
    sites = site_table(parcels("b", "a", "c"), measures, scores)
    assert list(sites["parcel_id"]) == ["a", "b", "c"]
    assert list(sites["score_life_health"].fillna(-1)) == [71.5, -1, -1]
    assert list(sites["rank_vehicles"].fillna(-1)) == [1, -1, -1]
    assert list(sites["eligible_life_health"].eq(other=True).fillna(value=False)) == [True, False, False]
    assert sites["eligible_life_health"].isna().tolist() == [False, False, True]
    assert list(sites["boundary_m"].fillna(-1)) == [-1, 20, -1]
    assert sites.columns.is_unique
    assert "rank_low_vehicles" not in sites
    # b stood first in the parcels: its shape stays its own
    assert sites.geometry[1].equals(squares(1)[0])
    assert sites.crs.to_epsg() == 2326


def test_no_tenant_and_no_measure_leave_the_sites() -> None:
    none = pd.DataFrame({"parcel_id": pd.Series([], dtype="str"), "tenant": pd.Series([], dtype="str")})
    assert len(site_table(parcels("a"), none[["parcel_id"]], none)) == 1


def test_a_further_geometry_becomes_a_layer_of_its_own(tmp_path: Path) -> None:
    ends = gpd.GeoSeries([Point(820000, 831000)], crs=2326)
    table = gpd.GeoDataFrame({"crossing_id": ["x"], "far": ends}, geometry=[Point(820000, 830000)], crs=2326)
    layers = split_geometries("crossings", table)
    assert list(layers) == ["crossings", "crossings_far"]
    back = pyogrio.read_dataframe(written(layers, tmp_path / "x.gpkg"), layer="crossings_far")
    assert (back.geometry.x[0], back.geometry.y[0], back["crossing_id"][0]) == (820000, 831000, "x")


def test_what_goes_in_comes_out_again(tmp_path: Path) -> None:
    count = len(HOSTILE)
    table = gpd.GeoDataFrame(
        {
            "name_en": pd.Series(HOSTILE, dtype="string[pyarrow]"),
            "kind": pd.Categorical(HOSTILE),
            "score": [np.nan, *np.linspace(0.1, 100, count - 1)],
            "rank": pd.array([None, *range(count - 1)], dtype="Int64"),
            "holds": pd.array([None, *[True] * (count - 1)], dtype="boolean"),
            "sure": [True, False] * (count // 2) + [True],
            "firms": np.arange(count, dtype="int32"),
        },
        geometry=squares(count),
        crs=2326,
    )
    path = written(
        {"today_sites": table, "today_scores": pd.DataFrame(table.drop(columns="geometry"))}, tmp_path / "x.gpkg"
    )
    assert pyogrio.read_info(path, layer="today_sites")["crs"] == "EPSG:2326"
    back = pyogrio.read_dataframe(path, layer="today_sites")
    assert back.geometry.geom_equals(table.geometry).all()
    for read in (back, pyogrio.read_dataframe(path, layer="today_scores")):
        assert list(read["name_en"]) == HOSTILE == list(read["kind"])
        assert np.array_equal(read["score"], table["score"], equal_nan=True)
        assert np.array_equal(read["rank"].astype(float), table["rank"].astype(float), equal_nan=True)
        assert list(read["holds"].isna()) == [True] + [False] * (count - 1)
        assert list(read["sure"]) == list(table["sure"])
        assert list(read["firms"]) == list(table["firms"])


def test_lists_and_mixtures_become_text_or_numbers() -> None:
    table = pd.DataFrame(
        {
            "list": [["b", "a"], [], None],
            "set": [{"b", "a"}, {1}, np.nan],
            "array": [np.array([1, 2]), (3,), None],
            "dict": [{"b": 1}, {}, None],
            "truth": [True, None, False],
            "whole": [1, None, 3],
            "mixed": [1, "x", None],
            "nothing": [None, None, None],
            "ended": ["a\0b", "", None],
        },
        dtype=object,
    )
    made = storable(table)
    assert list(made["list"][:2]) == ["b, a", ""]
    assert list(made["set"][:2]) == ["a, b", "1"]
    assert list(made["array"][:2]) == ["1, 2", "3"]
    assert list(made["dict"][:2]) == ['{"b": 1}', "{}"]
    assert (str(made["truth"].dtype), str(made["whole"].dtype)) == ("boolean", "Int64")
    assert list(made["mixed"][:2]) == ["1", "x"]
    assert made["ended"][0] == "a\ufffdb"
    assert made.isna().sum().to_dict() == {**dict.fromkeys(table, 1), "nothing": 3}
    assert table["list"][0] == ["b", "a"]


def test_a_text_does_not_end_at_a_nul(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": pd.Series(["x\0y", None], dtype="str"), "b": pd.Categorical(["x\0y", None])})
    back = pyogrio.read_dataframe(written({"t": table}, tmp_path / "x.gpkg"), layer="t")
    assert [back["a"][0], back["b"][0]] == ["x\ufffdy"] * 2
    assert back.loc[1].isna().all()


def test_empty_tables_are_there_with_their_columns(tmp_path: Path) -> None:
    nothing = gpd.GeoDataFrame({"geometry": []}, crs=2326)
    path = written(
        {"a": nothing, "b": parcels("x").head(0), "c": pd.DataFrame({"n": []}, dtype=object)}, tmp_path / "x.gpkg"
    )
    assert [pyogrio.read_info(path, layer=name)["features"] for name in "abc"] == [0, 0, 0]
    assert list(pyogrio.read_info(path, layer="b")["fields"]) == ["parcel_id", "zone", "accuracy_m"]
    assert pyogrio.read_info(path, layer="a")["crs"] == "EPSG:2326"


def test_names_that_sqlite_takes_for_one_are_numbered(tmp_path: Path) -> None:
    assert distinct(["a", "A", "a_2", "fid"], ["fid"]) == ["a", "A_2", "a_2_2", "fid_2"]
    one, two = parcels("x").assign(fid=7, geom="g", ZONE="z"), parcels("x", "y")
    hostile = "l\"';\n層" + "x" * 200
    path = written({"sites": one, "Sites": two, hostile: two}, tmp_path / "x.gpkg")
    found = {name: pyogrio.read_info(path, layer=name)["features"] for name in ("sites", "Sites_2", hostile)}
    assert list(found.values()) == [1, 2, 2]
    assert list(pyogrio.read_dataframe(path, layer="sites")[["fid_2", "geom_2", "ZONE_2"]].loc[0]) == [7, "g", "z"]


def test_mixed_single_and_multiple_polygons_are_one_kind(tmp_path: Path) -> None:
    shapes = [squares(1)[0], MultiPolygon(squares(2))]
    path = written({"clusters": gpd.GeoDataFrame({"n": [1, 2]}, geometry=shapes, crs=2326)}, tmp_path / "x.gpkg")
    assert pyogrio.read_info(path, layer="clusters")["geometry_type"] == "MultiPolygon"


def test_contents_say_what_each_table_is_and_the_file_what_it_was_made_from(tmp_path: Path) -> None:
    path = written({"sites": parcels("x"), "scores": pd.DataFrame({"score": [1.0]})}, tmp_path / "x.gpkg")
    rows = query(path, "SELECT table_name, data_type, srs_id, description FROM gpkg_contents ORDER BY 1")
    assert [row[:3] for row in rows] == [
        ("nmplan_columns", "attributes", 0),
        ("nmplan_layers", "attributes", 0),
        ("scores", "attributes", 0),
        ("sites", "features", 2326),
    ]
    assert all("study_hash 0123456789ab" in row[3] for row in rows)
    assert query(path, "SELECT layer, rows FROM nmplan_layers") == [("sites", 1), ("scores", 1)]
    assert ABOUT.items() <= pyogrio.read_info(path, layer="sites")["layer_metadata"].items()
    # reading leaves nothing beside the file that a later export would contradict
    assert pyogrio.read_dataframe(path, layer="scores")["score"][0] == 1
    assert [each.name for each in tmp_path.iterdir()] == ["x.gpkg"]
    assert query(path, "PRAGMA integrity_check") == [("ok",)]


def test_columns_have_titles_for_qgis(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    words = {"zone": ("", "Zone", "地帶"), "parcel_id": ("", "Zone", "地帶"), "accuracy_m": ("m", "Accuracy", "誤差")}
    write_geopackage({"sites": parcels("x"), "more": parcels("x")}, words, path, ABOUT, DAY)
    found = query(path, "SELECT column_name, name, title, description FROM gpkg_data_columns WHERE table_name = 'more'")
    assert set(found) == {
        ("parcel_id", "Zone 地帶", "Zone 地帶", ""),
        ("zone", "Zone 地帶_2", "Zone 地帶_2", ""),
        ("accuracy_m", "Accuracy 誤差", "Accuracy 誤差", "m"),
    }
    told = pyogrio.read_dataframe(path, layer="nmplan_columns")
    assert list(told["column"]) == ["parcel_id", "zone", "accuracy_m"] * 2


def test_the_same_tables_make_the_same_file_and_nothing_else(tmp_path: Path) -> None:
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    first, second = (written({"sites": parcels("x", "y")}, tmp_path / name) for name in ("a.gpkg", "b.gpkg"))
    assert first.read_bytes() == second.read_bytes()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.gpkg", "b.gpkg"]
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") == before


def test_columns_are_told_with_units_in_both_languages() -> None:
    words = site_words({"life-health": ("Life and health", "生命健康")}, ["life-health"])
    sites = pd.DataFrame(columns=["boundary_m", "score_life_health", "supply_access_life_health", "strange_km", "odd"])
    told = column_table({"today_sites": sites}, words).set_index("column")
    assert list(told.loc["boundary_m"]) == ["today_sites", "m", "Distance to the boundary", "距離邊界"]
    assert told.loc["score_life_health", "what_en"] == "Score: Life and health"
    assert "生命健康" in told.loc["score_life_health", "what_zh"]
    assert told.loc["supply_access_life_health", "what_en"] == "Suppliers within reach: life-health"
    assert list(told["unit"]) == ["m", "points 0–100", "", "km", ""]
    assert told.loc["odd", "what_en"] == ""


def test_an_own_file_is_replaced_and_anothers_is_not(tmp_path: Path) -> None:
    path = written({"sites": parcels("x")}, tmp_path / "x.gpkg")
    refuse_foreign(path, force=False)
    refuse_foreign(tmp_path / "new.gpkg", force=False)
    pyogrio.write_dataframe(parcels("mine"), path, layer="my notes", driver="GPKG")
    with pytest.raises(StoreError, match="did not write: my notes"):
        refuse_foreign(path, force=False)
    refuse_foreign(path, force=True)


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0 but broken"])
def test_a_file_of_another_program_needs_force(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a?b#c%20.gpkg"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not written by nmplan"):
        refuse_foreign(path, force=False)
    refuse_foreign(path, force=True)
    assert path.read_bytes() == content


def test_a_file_with_changes_that_wait_is_never_replaced(tmp_path: Path) -> None:
    path = written({"sites": parcels("x")}, tmp_path / "x.gpkg")
    with closing(sqlite3.connect(path)) as qgis:
        qgis.execute("PRAGMA journal_mode = WAL")
        qgis.execute("CREATE TABLE notes (text)")
        qgis.commit()
        for force in (False, True):
            with pytest.raises(StoreError, match="has it open"):
                refuse_foreign(path, force=force)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        refuse_foreign(tmp_path, force=True)


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(StoreError, match=r"cannot be written.*--output"):
        written({"sites": parcels("x")}, tmp_path / "out" / "x.gpkg")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="a folder in which nobody may write")
def test_a_folder_without_permission_is_told() -> None:
    with pytest.raises(StoreError, match=r"cannot be written.*--output"):
        written({"sites": parcels("x")}, Path("/proc/x.gpkg"))


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are set by a POSIX shell")
def test_a_full_disk_is_told_and_the_old_file_stays(tmp_path: Path) -> None:
    path = written({"sites": parcels("x")}, tmp_path / "x.gpkg")
    old = path.read_bytes()
    code = (
        "import pandas as pd, sys; from datetime import date; from pathlib import Path\n"
        "from nmplan.errors import StoreError; from nmplan.maps.export import write_geopackage\n"
        "table = pd.DataFrame({'text': ['x' * 200] * 50_000})\n"
        "try: write_geopackage({'a': table}, {}, Path(sys.argv[1]), {}, date(2026, 1, 31))\n"
        "except StoreError as error: print(error)\n"
    )
    shell = f"ulimit -f 900; exec '{sys.executable}' -c \"$0\" '{path}'"
    told = subprocess.run(["bash", "-c", shell, code], capture_output=True, text=True, check=False)
    assert "cannot be written" in told.stdout
    assert "Make room" in told.stdout
    assert "Traceback" not in told.stderr
    assert path.read_bytes() == old
    assert [each.name for each in tmp_path.iterdir()] == ["x.gpkg"]


def test_what_a_killed_export_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / ".partial-x.gpkg").write_bytes(b"half of it")
    (tmp_path / ".partial-x.gpkg-journal").write_bytes(b"half of it")
    path = written({"sites": parcels("x")}, tmp_path / "x.gpkg")
    assert query(path, "PRAGMA integrity_check") == [("ok",)]
    assert [each.name for each in tmp_path.iterdir()] == ["x.gpkg"]


def test_a_name_too_long_for_the_disk_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        refuse_foreign(tmp_path / f"{'x' * 300}.gpkg", force=False)
    with pytest.raises(StoreError, match="cannot be written"):
        written({"sites": parcels("x")}, tmp_path / f"{'x' * 248}.gpkg")


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"ending \.gpkg"):
        refuse_foreign(tmp_path / "sites.geojson", force=True)


NAMES = {"lr": ("Light Rail", "輕鐵"), "b1": ("B1", "B1")}


def test_lines_of_journeys_are_told_in_words_beside_their_ids() -> None:
    table = pd.DataFrame({"parcel_id": ["a", "b", "c"], "lines": ["lr,b1", "", "lr"], "status": "open"})
    told = with_line_names(table, "lines", NAMES)
    assert list(told.columns) == ["parcel_id", "lines", "lines_en", "lines_zh", "status"]
    assert told["lines_en"].tolist() == ["Light Rail, B1", "", "Light Rail"]
    assert told["lines_zh"].tolist() == ["輕鐵、B1", "", "輕鐵"]
    assert with_line_names(table[["parcel_id"]], "lines", NAMES).columns.tolist() == ["parcel_id"]
    assert "lines_en" not in table


def test_a_bus_line_is_drawn_once_from_stop_to_stop_in_their_order() -> None:
    calls = gpd.GeoDataFrame(
        {
            "line_id": ["b1", "lr", "b1", "b1"],
            "order": [3.0, 1.0, 1.0, 2.0],
            "stop_id": ["z", "x", "x", "y"],
            "minutes": [7.0, 0.0, 0.0, 5.0],
            "first_at": "06:00",
        },
        geometry=[Point(30, 0), Point(0, 0), Point(0, 0), Point(10, 0)],
        crs=2326,
    )
    told = bus_courses(calls, NAMES).set_index("line_id")
    assert told.loc["b1", ["label_en", "stops", "minutes", "first_at"]].tolist() == ["B1", 3, 12.0, "06:00"]
    assert list(told.geometry["b1"].coords) == [(0, 0), (10, 0), (30, 0)]
    assert told.geometry["lr"] is None
    assert told.crs == calls.crs


def test_a_column_means_what_its_layer_says() -> None:
    layers = {
        "today_sites": pd.DataFrame({"crossing_id": ["a"], "status": ["idle"]}),
        "today_crossing_journeys": pd.DataFrame({"crossing_id": ["a"], "status": ["open"]}),
        "today_sandbox_sites": pd.DataFrame({"status": ["idle"]}),
    }
    words = column_table(layers, site_words({}, [])).set_index(["layer", "column"])["what_en"]
    assert words["today_sites", "crossing_id"] == "Crossing of the fastest journey by public transport"
    assert words["today_crossing_journeys", "crossing_id"] == "Crossing"
    assert words["today_crossing_journeys", "status"] == "Open, closed at the hour, or no way there"
    assert words["today_sandbox_sites", "status"] == words["today_sites", "status"]
