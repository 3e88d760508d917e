"""The ledger: why a site scores what it scores, criterion by criterion, adding up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

LEDGER_COLUMNS = ["parcel_id", "criterion", "measured", "unit", "value", "weight", "points"]


def keep_ledger(
    measured: pd.DataFrame, values: pd.DataFrame, weights: pd.Series[float], units: Mapping[str, str]
) -> pd.DataFrame:
    """
    Return one row per site and criterion whose points add up to the weighted sum.

    Parameters
    ----------
    measured, values
        What was measured and its value, one row per site, one column per criterion.
    weights
        By criterion, adding up to 1.
    units
        Unit of each criterion's measure.

    Returns
    -------
    pandas.DataFrame
        parcel_id, criterion, measured, unit, value, weight and points = 100 · weight · value.
    """
    rows = pd.DataFrame({"measured": measured[weights.index].stack(future_stack=True)})
    rows["value"] = values[weights.index].stack(future_stack=True)
    rows = rows.rename_axis(["parcel_id", "criterion"]).reset_index()
    rows["unit"] = rows["criterion"].map(dict(units))
    rows["weight"] = rows["criterion"].map(weights).astype(float)
    return rows.assign(points=100.0 * rows["weight"] * rows["value"])[LEDGER_COLUMNS]
