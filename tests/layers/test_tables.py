from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nmplan.errors import LayerError
from nmplan.layers.tables import numbers_in
from nmplan.layers.tables import read_csv


def test_cells_stay_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffid,name\n007,新田\nNA,\n".encode())
    assert read_csv(path).to_dict("list") == {"id": ["007", "NA"], "name": ["新田", ""]}


@pytest.mark.parametrize("content", [b"", "a,b\n羅湖,b\n".encode("big5"), b"a,b\n1,2\n1,2,3,4\n"])
def test_what_is_no_csv_is_one_fault(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(LayerError, match=r"t\.csv: not a CSV in UTF-8"):
        read_csv(path)


def test_missing_files_and_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"t\.csv: the table is missing"):
        read_csv(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(LayerError, match="the columns b, c are missing"):
        read_csv(tmp_path / "t.csv", ("a", "b", "c"))


def test_numbers_are_read_and_wrong_ones_named_by_line() -> None:
    table = pd.DataFrame({"x": ["1.5", "", "inf"], "y": ["2", "3", "4"]})
    assert numbers_in(table, ("y",), "t.csv")["y"].tolist() == [2.0, 3.0, 4.0]
    with pytest.raises(LayerError, match=r"t\.csv: line 3, 4: x holds ''"):
        numbers_in(table, ("x", "y"), "t.csv")


def test_rows_that_end_in_a_comma_keep_their_headings(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("lon,lat,name\n114.07,22.49,a,\n114.08,22.50,b,\n")
    assert read_csv(path).to_dict("list") == {
        "lon": ["114.07", "114.08"],
        "lat": ["22.49", "22.50"],
        "name": ["a", "b"],
    }


def test_rows_with_more_cells_than_headings_are_told_not_moved(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("lon,lat,name\n114.07,22.49,Shop 1, Tower 2\n114.08,22.50,b,\n")
    with pytest.raises(LayerError, match=r"a.csv: line 2: rows have more cells than the heading has names \(1 of 2\)"):
        read_csv(path)


@pytest.mark.parametrize("name", ["a.zip", "a.csv.gz", "a.bz2", "a.xz"])
def test_an_archive_is_no_csv_whatever_its_name_promises(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x1f\x8b\xff")
    with pytest.raises(LayerError, match="not a CSV in UTF-8"):
        read_csv(path)


def test_an_encoding_that_is_none_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")
    with pytest.raises(LayerError, match="is no encoding"):
        read_csv(path, encoding="utf\0-8")


def test_a_file_that_may_not_be_read_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(LayerError, match="this cannot be read: Permission denied"):
        read_csv(tmp_path / "a.csv")
