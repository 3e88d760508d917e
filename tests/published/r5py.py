"""Travel times as `r5py.TravelTimeMatrix` has them: a row per pair, a column per percentile, NaN for no way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def travel_time_matrix(
    minutes: Mapping[tuple[str, str], float], percentiles: tuple[int, ...] = (50,), spread: float = 0.0
) -> pd.DataFrame:
    """Return from_id, to_id and travel_time, or travel_time_p25 … where other percentiles than the median are asked."""
    table = pd.DataFrame(list(minutes), columns=["from_id", "to_id"])
    median = pd.Series(list(minutes.values()), dtype=float)
    if percentiles == (50,):
        return table.assign(travel_time=median)
    return table.assign(**{f"travel_time_p{each:d}": median + spread * (each - 50) / 50 for each in percentiles})


def write_matrix(path: Path, table: pd.DataFrame) -> Path:
    """Write the matrix as pandas does, as CSV without its index or as Parquet."""
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False)
    return path
