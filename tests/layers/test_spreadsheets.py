from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import pandas as pd
import pytest
import shapely

from nmplan.errors import LayerError
from nmplan.layers.file import read_file
from nmplan.layers.spreadsheets import chosen_rows
from nmplan.layers.spreadsheets import with_places

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nmplan.errors import Fault

LOTS = pd.DataFrame(
    {
        "lot_id": ["007", "008", "009", "010"],
        "area_m2": ["4,999", "５,００１", "", "12 500.5"],
        "plan no.": ["S/STT/1", "S/HSK/2", "S/STT/1", "nil"],
        "n": ["1", "2", "3", "x"],
    }
)


def chosen(where: str, table: pd.DataFrame = LOTS) -> list[str]:
    return chosen_rows(table, where, "parcels", "lots.csv")[0]["lot_id"].tolist()


def fault_of(table: pd.DataFrame, where: str) -> Fault:
    with pytest.raises(LayerError) as caught:
        chosen_rows(table, where, "parcels", "lots.csv")
    (fault,) = caught.value.faults
    assert fault.mend
    return fault


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("area_m2 > 5000", ["008", "010"]),
        ("5000 < area_m2 <= 12500", ["008"]),
        ("area_m2 * 2 < 10000", ["007"]),
        ("area_m2 > 5000 and lot_id != '010'", ["008"]),
        ("lot_id == '007'", ["007"]),
        ("lot_id in ['007', '009']", ["007", "009"]),
        ("`plan no.` == 'S/STT/1' and not lot_id == '009'", ["007"]),
        ("`plan no.`.str.startswith('S/HSK')", ["008"]),
        ("lot_id == 8", ["008"]),
        ("lot_id in [7, 9]", ["007", "009"]),
        ("area_m2 == ''", ["009"]),
    ],
)
def test_a_column_compared_with_numbers_is_numbers_and_one_compared_with_words_is_words(
    where: str, ids: list[str]
) -> None:
    assert chosen(where) == ids


def test_rows_that_a_blank_cell_leaves_out_are_counted() -> None:
    rows, (note,) = chosen_rows(LOTS, "area_m2 > 5000", "parcels", "lots.csv")
    assert note.count == 1
    assert "blank" in note.what
    assert rows["area_m2"].tolist() == ["５,００１", "12 500.5"]  # as they were written
    assert chosen_rows(LOTS, "lot_id != '007'", "parcels", "lots.csv")[1] == []


def test_words_compared_with_numbers_are_named_by_row() -> None:
    fault = fault_of(LOTS, "n > 1")
    assert fault.where == "010"
    assert "'x'" in fault.what


@pytest.mark.parametrize(
    "where",
    ["nope > 1", "area_m2 >", "area_m2 = 1", "area_m2", "`lost column` == 1", "__import__('os').getcwd()", "@x", "1 +"],
)
def test_conditions_without_sense_are_one_fault(where: str) -> None:
    assert "makes no sense" in fault_of(LOTS, where).what


def test_numbers_of_a_parquet_are_compared_as_they_are() -> None:
    table = pd.DataFrame({"lot_id": ["a", "b"], "area": [1.5, 9.0], "open": [True, False]})
    assert chosen("area > 2", table) == ["b"]
    assert chosen("open", table) == ["a"]


def places(mapped: dict[str, str] | None = None, **columns: Any) -> Any:
    return with_places(pd.DataFrame(columns), mapped or {}, "lots.csv")


def place_fault(mapped: dict[str, str] | None = None, **columns: Any) -> Fault:
    with pytest.raises(LayerError) as caught:
        places(mapped, **columns)
    return caught.value.faults[0]


def test_coordinates_may_have_separators_and_full_width_digits() -> None:
    frame = places(lon=["824,000.5", "８２４０００"], lat=["839 000", " 839000 "])
    assert [(point.x, point.y) for point in frame.geometry] == [(824000.5, 839000.0), (824000.0, 839000.0)]


@pytest.mark.parametrize("cell", ["114°04'20\"E", "114° 4.33′", "114 04 20E", "東經114度4分"])
def test_degrees_minutes_and_seconds_are_told_not_guessed(cell: str) -> None:
    fault = place_fault(station_id=["a", "b"], lon=["114.07", cell], lat=["22.5", "22.5"])
    assert fault.where == "b"
    assert "decimal degrees" in fault.mend


def test_a_decimal_comma_is_told() -> None:
    assert "point before the decimals" in place_fault(lon=["114,0719"], lat=["22.5"]).mend


def test_both_columns_are_told_at_once() -> None:
    with pytest.raises(LayerError) as caught:
        places(lon=["east"], lat=["north"])
    assert [fault.what.split()[1] for fault in caught.value.faults] == ["lon", "lat"]


@pytest.mark.parametrize(
    ("lon", "lat"), [("Northing", "Easting"), ("LAT", "LON"), ("緯度", "經度"), ("lat_wgs84", "lng"), ("NORTH", "x")]
)
def test_trap_3_columns_whose_names_are_the_other_axis_are_refused(lon: str, lat: str) -> None:
    fault = place_fault({"lon": lon, "lat": lat}, lon=["839000"], lat=["824000"])
    assert fault.where == "columns.lon"
    assert "lon is x (longitude, Easting)" in fault.mend


@pytest.mark.parametrize(("lon", "lat"), [("Easting", "Northing"), ("Longitude", "Latitude"), ("X", "Y"), ("Y", "X")])
def test_columns_the_right_way_round_or_of_no_meaning_pass(lon: str, lat: str) -> None:
    assert places({"lon": lon, "lat": lat}, lon=["824000"], lat=["839000"]).geometry[0].x == 824000


def test_well_known_text_is_read_and_what_is_none_is_named() -> None:
    frame = places(parcel_id=["a", "b"], geometry=["POLYGON ((0 0, 1 0, 1 1, 0 0))", ""])
    assert frame.geometry[0].equals(shapely.Polygon([(0, 0), (1, 0), (1, 1)]))
    assert frame.geometry[1] is None
    fault = place_fault({"geometry": "wkt"}, parcel_id=["a", "b"], geometry=["POINT (1 2)", "SRID=4326;POINT (1 2)"])
    assert fault.where == "b"
    assert "column wkt" in fault.what


def test_a_csv_with_well_known_text_is_a_layer(write: Callable[..., Path]) -> None:
    path = write(
        "lots.csv", 'parcel_id;shape\na;"POLYGON ((824000 839000, 824100 839000, 824100 839100, 824000 839000))"\n'
    )
    done = read_file("parcels", path, columns={"geometry": "shape"}, crs="EPSG:2326").frame
    assert done.area.tolist() == [5000]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_cells_may_stand_between_any_separators(write: Callable[..., Path], separator: str) -> None:
    text = 'station_id,"lon",lat,name_en\na,114.1134,22.5290,Lo Wu\n'.replace(",", separator)
    done = read_file("stations", write("s.csv", text), crs="EPSG:4326").frame
    assert done["name_en"].tolist() == ["Lo Wu"]


@pytest.mark.parametrize(("encoding", "offered"), [("cp950", "cp950"), ("utf-16", "utf-16"), ("gb18030", "gb18030")])
def test_another_encoding_is_told_with_what_may_read_it_and_read_when_declared(
    write: Callable[..., Path], encoding: str, offered: str
) -> None:
    name = "罗湖深圳边" if encoding == "gb18030" else "羅湖"
    path = write("s.csv", f"station_id,lon,lat,name_zh\na,114.1134,22.5290,{name}\n".encode(encoding))
    with pytest.raises(LayerError) as caught:
        read_file("stations", path, crs="EPSG:4326")
    assert f'encoding = "{offered}"' in caught.value.faults[0].mend
    done = read_file("stations", path, crs="EPSG:4326", encoding=encoding).frame
    assert done["name_zh"].tolist() == [name]


def test_an_encoding_that_does_not_exist_is_told(write: Callable[..., Path]) -> None:
    with pytest.raises(LayerError, match="no encoding 'big-6'"):
        read_file("stations", write("s.csv", "station_id,lon,lat\na,114,22\n"), encoding="big-6")


@pytest.mark.parametrize("name", ["lots.xlsx", "LOTS.XLS", "lots.ods"])
def test_a_spreadsheet_is_told_to_be_saved_as_csv(write: Callable[..., Path], name: str) -> None:
    with pytest.raises(LayerError, match="Save the sheet as CSV UTF-8"):
        read_file("parcels", write(name, b"PK\x03\x04"))


def test_rows_without_coordinates_are_a_fault_that_names_them(write: Callable[..., Path]) -> None:
    path = write("s.csv", "station_id,lon,lat\na,114.1,22.5\nb,,\nc,114.1,\n")
    with pytest.raises(LayerError, match="2 geometries are missing") as caught:
        read_file("stations", path, crs="EPSG:4326")
    assert caught.value.faults[0].where == "b, c"
    done = read_file("stations", path, crs="EPSG:4326", where="lon != '' and lat != ''").frame
    assert done["station_id"].tolist() == ["a"]


def test_a_value_map_names_numbers_without_empty_decimals(tmp_path: Path) -> None:
    table = pd.DataFrame({"from_station": ["a", "b"], "to_station": ["b", "c"], "minutes": [1.0, 2.5]})
    table.to_parquet(tmp_path / "t.parquet")
    values = {"minutes": {"1": 10.0, "2.5": 25.0}}
    assert read_file("transfers", tmp_path / "t.parquet", values=values).frame["minutes"].tolist() == [10, 25]


@pytest.mark.parametrize(
    "where",
    ["name.to_csv('{0}')", "name.to_pickle('{0}')", "name.str.upper().to_csv('{0}')", "n.values.tofile('{0}')"],
)
def test_a_condition_cannot_write_files(where: str, tmp_path: Path) -> None:
    table = pd.DataFrame({"name": ["a", "b"], "n": ["1", "2"]})
    with pytest.raises(LayerError, match="is none of abs, between"):
        chosen_rows(table, where.format(tmp_path / "written"), "parcels", "a.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("where", ["(" * 5000, "not " * 50_000 + "n"])
def test_a_condition_nested_without_end_is_a_fault_that_is_not_endless(where: str) -> None:
    with pytest.raises(LayerError) as caught:
        chosen_rows(pd.DataFrame({"n": ["1"]}), where, "parcels", "a.csv")
    assert len(str(caught.value)) < 600
