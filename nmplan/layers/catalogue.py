"""The catalogue: every dataset with its publisher, licence, address, vintage and datum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.layers.sources import bundled_folder
from nmplan.layers.tables import read_csv

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
    table = read_csv(path or bundled_folder() / "data" / "raw" / "catalogue.csv", COLUMNS)
    return table[list(COLUMNS)]
