"""The catalogue: every dataset with its publisher, licence, address, vintage and datum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.sources import bundled_folder

if TYPE_CHECKING:
    from pathlib import Path

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
        The file is missing or lacks columns.
    """
    path = path or bundled_folder() / "data" / "raw" / "catalogue.csv"
    if not path.exists():
        raise LayerError([Fault(str(path), "", "there is no catalogue.", "Restore data/raw/catalogue.csv.")])
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    lost = [name for name in COLUMNS if name not in table]
    if lost:
        raise LayerError([Fault(path.name, "", f"the columns {', '.join(lost)} are missing.", "Add them.")])
    return table[list(COLUMNS)]
