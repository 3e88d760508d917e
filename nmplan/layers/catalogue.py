"""The catalogue: every dataset with its publisher, licence, address, vintage and datum."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from nmplan.layers.sources import bundled_folder

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

COLUMNS = (
    "dataset",
    "layer",
    "publisher",
    "title",
    "licence",
    "address",
    "vintage",
    "sha256",
    "crs",
    "datum",
    "accuracy",
    "notes",
)


def read_catalogue(path: Path | None = None) -> pd.DataFrame:
    """
    Return the catalogue as a table, one row per dataset, all columns text.

    Parameters
    ----------
    path
        Its file, the bundled one unless said otherwise.

    Raises
    ------
    LayerError
        The file is missing, no CSV, or lacks columns.
    """
    from nmplan.layers.tables import read_csv  # noqa: PLC0415  (pandas, only where the table is asked for)

    table = read_csv(path or bundled_folder() / "data" / "raw" / "catalogue.csv", COLUMNS)
    return table[list(COLUMNS)]


def catalogue_rows() -> list[dict[str, str]]:
    """Return the bundled catalogue row by row, without loading pandas: what every run reads."""
    path = bundled_folder() / "data" / "raw" / "catalogue.csv"
    with path.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))
