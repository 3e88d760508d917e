"""CSV tables as text, with a fault instead of a traceback for what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.errors import Fault
from nmplan.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read_csv(path: Path, columns: Sequence[str] = ()) -> pd.DataFrame:
    """
    Return a CSV file as text, cell by cell as it was written.

    Parameters
    ----------
    path
        UTF-8, with or without a byte-order mark.
    columns
        Columns it must have.

    Raises
    ------
    LayerError
        The file is missing, no CSV in UTF-8, or lacks columns.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        fault = Fault(path.name, "", "the table is missing.", "Restore it, or correct the path.")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        fault = Fault(path.name, "", f"not a CSV in UTF-8: {error}.", "Save it as CSV UTF-8.")
    else:
        lost = [name for name in columns if name not in table]
        if not lost:
            return table
        fault = Fault(path.name, "", f"the columns {', '.join(lost)} are missing.", "Add them.")
    raise LayerError([fault])


def numbers_in(table: pd.DataFrame, columns: Sequence[str], source: str) -> pd.DataFrame:
    """
    Return columns of text as numbers.

    Raises
    ------
    LayerError
        A cell is blank or no number; the lines are named as a spreadsheet counts them.
    """
    numbers = table[list(columns)].apply(pd.to_numeric, errors="coerce").astype(float)
    faults = []
    for name in columns:
        wrong = np.flatnonzero(~np.isfinite(numbers[name].to_numpy()))
        if len(wrong):
            lines = ", ".join(str(row + 2) for row in wrong[:5])
            what = f"{name} holds {table[name].iloc[wrong[0]]!r}, which is not a number."
            faults.append(Fault(source, f"line {lines}", what, "Correct the cell."))
    if faults:
        raise LayerError(faults)
    return numbers
