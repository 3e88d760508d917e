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
