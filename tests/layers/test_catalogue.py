from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from urllib.parse import urlsplit

import pytest

from nmplan.errors import LayerError
from nmplan.layers.catalogue import COLUMNS
from nmplan.layers.catalogue import FETCHES
from nmplan.layers.catalogue import choose_datasets
from nmplan.layers.catalogue import read_catalogue
from nmplan.layers.catalogue import read_datasets
from nmplan.layers.catalogue import wfs_address
from nmplan.layers.sources import bundled_folder
from nmplan.words import LAYERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TABLES = sorted(path.name for path in (bundled_folder() / "data" / "raw" / "reference").glob("*.csv"))


@pytest.mark.parametrize("table", TABLES)
def test_every_reference_table_has_one_row(table: str) -> None:
    assert read_catalogue()["dataset"].tolist().count(f"reference/{table}") == 1


def test_every_reference_row_has_its_table() -> None:
    named = {name.removeprefix("reference/") for name in read_catalogue()["dataset"] if name.startswith("reference/")}
    assert named == set(TABLES)


def test_every_dataset_has_a_layer_publisher_title_licence_and_vintage() -> None:
    catalogue = read_catalogue()
    for column in ("dataset", "layer", "publisher", "title", "licence"):
        assert (catalogue[column].str.strip() != "").all(), column
    assert catalogue["dataset"].is_unique


def test_reference_tables_declare_wgs84_or_no_coordinates() -> None:
    catalogue = read_catalogue()
    reference = catalogue[catalogue["dataset"].str.startswith("reference/")]
    assert set(reference["crs"]) <= {"EPSG:4326", ""}
    assert all("WGS84" in datum for datum in reference.loc[reference["crs"] != "", "datum"])


@pytest.mark.parametrize("layer", sorted(set(LAYERS) - {"parcels", "land_use", "travel_times"}))
def test_every_bundled_layer_has_a_row_under_its_own_name(layer: str) -> None:
    catalogue = read_catalogue()
    assert catalogue.loc[catalogue["layer"] == layer, "dataset"].str.startswith("reference/").any()


def test_addresses_are_https_and_kept_here_not_in_code() -> None:
    addresses = [address for address in read_catalogue()["address"] if address]
    assert addresses
    assert all(address.startswith("https://") for address in addresses)
    package = bundled_folder() / "nmplan"
    code = "\n".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    assert [address for address in addresses if address in code] == []


def test_no_module_holds_an_address() -> None:
    package = bundled_folder() / "nmplan"
    address = re.compile(r"https?://(?!www\.w3\.org/)")  # the name of the SVG vocabulary is no place to fetch from
    holding = [path.name for path in package.rglob("*.py") if address.search(path.read_text(encoding="utf-8"))]
    assert holding == []


def test_the_bundled_catalogue_can_be_fetched_from() -> None:
    rows = {row.dataset: row for row in read_datasets()}
    fetched = [row for row in rows.values() if row.fetch]
    assert {row.fetch for row in fetched} == set(FETCHES)
    assert all(row.expects and row.adapter and row.used_for and row.format for row in fetched)
    assert all("{fileid}" in row.download and "{format}" in row.download for row in fetched if row.fetch == "csdi")
    assert "lands-buildings" not in [row.dataset for row in choose_datasets(list(rows.values()), [])]
    assert [row.dataset for row in choose_datasets(list(rows.values()), ["td-gtfs", "td-gtfs"])] == ["td-gtfs"]


def test_names_that_cannot_be_fetched_are_told_with_the_nearest() -> None:
    with pytest.raises(LayerError) as caught:
        choose_datasets(read_datasets(), ["td-gfts", "reference/areas.csv", "lands-lot-index", "xyz"])
    told = [str(fault) for fault in caught.value.faults]
    assert "Did you mean td-gtfs?" in told[0]
    assert "part of nmplan" in told[1]
    assert "by hand" in told[2]
    assert "nmplan sources" in told[3]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"dataset": "../evil"}, "letters, digits"),
        ({"dataset": "a/b"}, "letters, digits"),
        ({"fetch": "ftp"}, "is none of file, archive"),
        ({"address": "ftp://host/x"}, "no web address"),
        ({"address": "http://[::1"}, "no web address"),
        ({"address": ""}, "address is no web address"),
        ({"fetch": "csdi"}, "download is no web address"),
        ({"file": "../x"}, "no plain name"),
        ({"file": ".partial-x"}, "no plain name"),
        ({"file": ""}, "file is empty"),
        ({"sha256": "abc"}, "sha256 is none"),
        ({"expects": "shp: a"}, "expects names a kind"),
    ],
)
def test_rows_that_cannot_be_fetched_from_are_refused(
    write: Callable[..., Path], cells: dict[str, str], said: str
) -> None:
    good = {"dataset": "mtr", "fetch": "file", "address": "https://host.example/a.csv", "file": "a.csv"}
    assert len(read_datasets(catalogue_of(write, [good]))) == 1
    with pytest.raises(LayerError, match=said):
        read_datasets(catalogue_of(write, [{**good, **cells}]))


def test_all_faults_of_a_catalogue_are_told_at_once(write: Callable[..., Path]) -> None:
    rows = [{"dataset": "a", "fetch": "x"}, {"dataset": "a", "sha256": "y"}]
    with pytest.raises(LayerError) as caught:
        read_datasets(catalogue_of(write, rows))
    assert [fault.what.split(" ", 1)[0] for fault in caught.value.faults] == [
        "is",
        "fetch",
        "address",
        "file",
        "sha256",
    ]


def catalogue_of(write: Callable[..., Path], rows: list[dict[str, str]]) -> Path:
    lines = [",".join(row.get(name, "") for name in COLUMNS) for row in rows]
    return write("catalogue.csv", "\n".join([",".join(COLUMNS), *lines]) + "\n")


SAN_TIN = (114.05, 22.47, 114.09, 22.52)


def test_trap_8_the_box_of_a_wfs_address_is_latitude_first() -> None:
    row = next(row for row in read_datasets() if row.dataset == "csdi-wfs")
    address = wfs_address(row.address, "had_rcd_1634523272907_75218", "DCD", SAN_TIN, count=5)
    asked = parse_qs(urlsplit(address).query)
    assert asked["bbox"] == ["22.47,114.05,22.52,114.09,EPSG:4326"]
    assert asked["srsName"] == ["EPSG:4326"]
    assert asked["typenames"] == ["DCD"]
    assert asked["count"] == ["5"]
    assert urlsplit(address).path.endswith("/had_rcd_1634523272907_75218/MapServer/WFSServer")


@pytest.mark.parametrize(
    "box", [(22.47, 114.05, 22.52, 114.09), (114.09, 22.47, 114.05, 22.52), (114.05, 22.52, 114.09, 22.47)]
)
def test_trap_8_a_box_that_is_turned_already_is_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="no box"):
        wfs_address("https://host.example/{item}", "item", "DCD", box)


def test_a_typename_cannot_add_to_the_question() -> None:
    address = wfs_address("https://host.example/{item}", "item", "DCD&request=Drop", SAN_TIN)
    assert parse_qs(urlsplit(address).query)["request"] == ["GetFeature"]


def test_a_catalogue_with_more_columns_gives_the_known_ones_in_order(write: Callable[..., Path]) -> None:
    names = [*reversed(COLUMNS), "remarks"]
    path = write("catalogue.csv", "\ufeff" + ",".join(names) + "\n" + ",".join(names) + "\n")
    table = read_catalogue(path)
    assert tuple(table.columns) == COLUMNS
    assert table.iloc[0].tolist() == list(COLUMNS)


def test_cells_stay_text(write: Callable[..., Path]) -> None:
    row = ["NA" if name == "notes" else "007" for name in COLUMNS]
    table = read_catalogue(write("catalogue.csv", ",".join(COLUMNS) + "\n" + ",".join(row) + "\n"))
    assert table["notes"].tolist() == ["NA"]
    assert table["vintage"].tolist() == ["007"]


def test_a_missing_catalogue_is_a_fault_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(LayerError) as caught:
        read_catalogue(tmp_path / "catalogue.csv")
    (fault,) = caught.value.faults
    assert "catalogue.csv" in fault.source
    assert "missing" in fault.what


def test_lacking_columns_are_named(write: Callable[..., Path]) -> None:
    names = [name for name in COLUMNS if name not in ("licence", "datum")]
    with pytest.raises(LayerError) as caught:
        read_catalogue(write("catalogue.csv", ",".join(names) + "\n"))
    (fault,) = caught.value.faults
    assert "licence, datum" in fault.what


@pytest.mark.parametrize("content", [b"", "dataset,layer\n香港".encode("big5"), b'dataset,layer\n"a,b\n1,2,3,4\n'])
def test_a_catalogue_that_is_no_csv_is_a_fault(write: Callable[..., Path], content: bytes) -> None:
    with pytest.raises(LayerError) as caught:
        read_catalogue(write("catalogue.csv", content))
    assert "catalogue.csv" in caught.value.faults[0].source
