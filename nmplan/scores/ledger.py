"""The ledger: why a site scores what it scores, criterion by criterion, adding up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.scores.aggregate import contributions

if TYPE_CHECKING:
    from collections.abc import Mapping

LEDGER_COLUMNS = ["parcel_id", "criterion", "measured", "unit", "value", "weight", "points"]


def keep_ledger(
    measured: pd.DataFrame,
    values: pd.DataFrame,
    weights: pd.Series[float],
    units: Mapping[str, str],
    method: str = "sum",
    **options: float,
) -> pd.DataFrame:
    """
    Return one row per site and criterion, with what it adds to the score as far as the method has such parts.

    Parameters
    ----------
    measured, values
        What was measured and its value, one row per site, one column per criterion.
    weights
        By criterion, adding up to 1.
    units
        Unit of each criterion's measure.
    method, options
        As in `aggregate.aggregate`.

    Returns
    -------
    pandas.DataFrame
        parcel_id, criterion, measured, unit, value, weight and points. Of a sum, points = 100 · weight · value add up
        to the score. Other methods have no points (NaN) but columns of their own behind: a product `log_points`, an
        OWA `order_weight` and `ordered_points`, as `aggregate.contributions` defines them; TOPSIS none.
    """
    rows = pd.DataFrame({"measured": measured[weights.index].stack(future_stack=True)})
    rows["value"] = values[weights.index].stack(future_stack=True)
    parts = contributions(values, weights, method, **options)
    for name, part in parts.items():
        rows[name] = part.stack(future_stack=True)
    rows = rows.rename_axis(["parcel_id", "criterion"]).reset_index()
    rows["unit"] = rows["criterion"].map(dict(units))
    rows["weight"] = rows["criterion"].map(weights).astype(float)
    if "points" not in rows:
        rows["points"] = np.nan
    return rows[[*LEDGER_COLUMNS, *(name for name in parts if name != "points")]]
