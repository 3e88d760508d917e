from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nmplan.errors import LayerError
from nmplan.layers.catalogue import COLUMNS
from nmplan.layers.catalogue import read_catalogue
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


@pytest.mark.parametrize("layer", sorted(set(LAYERS) - {"parcels", "land_use"}))
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
