"""CSV tables as text, with a fault instead of a traceback for what is none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.errors import Fault
from nmplan.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


UTF8 = "utf-8-sig"

SEPARATORS = (",", ";", "\t", "|")
"""What may stand between the cells of a CSV, by preference."""

_OTHERS = (("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff"))
"""Encodings that a file's first bytes give away."""

_GUESSES = ("cp950", "gb18030")
"""Encodings of Chinese spreadsheets, Hong Kong's first: offered in the message where they fit, never taken."""


def read_csv(path: Path, columns: Sequence[str] = (), *, encoding: str = UTF8) -> pd.DataFrame:
    """
    Return a CSV file as text, cell by cell as it was written.

    Parameters
    ----------
    path
        The file; with or without a byte-order mark, cells between commas, semicolons, tabs or bars, as its first line
        shows.
    columns
        Columns it must have.
    encoding
        Of the file, in Python's names.

    Raises
    ------
    LayerError
        The file is missing, no CSV, in another encoding, or lacks columns.
    """
    try:
        with path.open(encoding=encoding, newline="") as file:
            separator = _separator(file.readline())
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding, sep=separator, compression=None)
    except FileNotFoundError:
        fault = Fault(path.name, "", "the table is missing.", "Restore it, or correct the path.")
    except OSError as error:
        mend = "Check the path and its permissions."
        fault = Fault(path.name, "", f"this cannot be read: {error.strerror}.", mend)
    except LookupError:
        fault = Fault(path.name, "", f"there is no encoding {encoding!r}.", 'Write e.g. encoding = "cp950" for Big5.')
    except (UnicodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        name = "UTF-8" if encoding == UTF8 else encoding
        fault = Fault(path.name, "", f"not a CSV in {name}: {str(error).strip()}.", _how_to_save(path, encoding))
    except ValueError:
        fault = Fault(path.name, "", f"{encoding!r} is no encoding.", 'Write e.g. encoding = "cp950" for Big5.')
    else:
        table = _under_their_headings(table, path.name)
        lost = [name for name in columns if name not in table]
        if not lost:
            return table
        fault = Fault(path.name, "", f"the columns {', '.join(lost)} are missing.", "Add them.")
    raise LayerError([fault])


def _under_their_headings(table: pd.DataFrame, source: str) -> pd.DataFrame:
    """
    Put cells back under their headings.

    Where rows have more cells than the heading (they end in a comma and it does not), pandas takes the first for names
    of rows and moves all others one heading to the left.
    """
    if not isinstance(table.index, pd.RangeIndex):
        moved = table.reset_index()
        rest = moved.iloc[:, table.shape[1] :].fillna("").ne("").any(axis=1)
        if rest.any():
            lines = ", ".join(str(line + 2) for line in np.flatnonzero(rest)[:5])
            what = f"rows have more cells than the heading has names ({int(rest.sum())} of {len(rest)})."
            mend = "Put quotes round cells that hold the separator, or name every column."
            raise LayerError([Fault(source, f"line {lines}", what, mend)])
        table = moved.iloc[:, : table.shape[1]].set_axis(table.columns, axis=1)
    return table.set_axis(table.columns.str.strip(), axis=1)


def _separator(heading: str) -> str:
    """Return the separator that stands most often in the first line outside quotes; the comma where none does."""
    bare = re.sub(r'"[^"]*"', "", heading)
    return max(SEPARATORS, key=bare.count)


def _how_to_save(path: Path, encoding: str) -> str:
    """Say how to get the table into UTF-8, or which encoding would read it."""
    content = path.read_bytes()
    fitting = [name for name, mark in _OTHERS if content.startswith(mark)]
    for name in () if fitting else _GUESSES:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if not text.isascii():
            fitting.append(name)
    if not fitting or encoding in fitting:
        return "Save it as CSV UTF-8."
    words = " or ".join(f'encoding = "{name}"' for name in fitting)
    return f"Save it as CSV UTF-8, or try {words} in the study and look at the names."


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
