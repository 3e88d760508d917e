"""How ready land is for a kind of sandbox, 0 to 100, with the ledger that adds up to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.scores.value_functions import value_of
from nmplan.scores.weights import normalise_weights
from nmplan.words import MEASURES

if TYPE_CHECKING:
    from nmplan.study import Sandbox

READINESS_COLUMNS = ["sandbox_id", "criterion", "measured", "unit", "value", "weight", "points"]


@dataclass(frozen=True)
class Readiness:
    """What was measured on pieces of land and its value, one column per criterion, and the weights that add up to 1."""

    measured: pd.DataFrame
    values: pd.DataFrame
    weights: pd.Series[float]


def measure_readiness(known: pd.DataFrame, sandbox: Sandbox) -> Readiness:
    """
    Return the values of the criteria that are measured; weights are those of the criteria whose layers are there.

    Parameters
    ----------
    known
        Measures the kind names, as far as they are there, one row per piece of land.
    sandbox
        Its readiness criteria.
    """
    weighted = {each.measure: each.weight for each in sandbox.readiness if each.measure in known and each.weight > 0}
    weights = normalise_weights(weighted) if weighted else pd.Series(dtype=float)
    values = {
        each.measure: value_of(known[each.measure], each.value)
        for each in sandbox.readiness
        if each.measure in weighted
    }
    return Readiness(known[list(weighted)], pd.DataFrame(values, index=known.index), weights)


def readiness_ledger(found: Readiness, area_ha: pd.Series[float]) -> pd.DataFrame:
    """
    Return how the readiness of one place comes about: means over its land, by area, where all criteria are measured.

    points = 100 · weight · value; they add up to the readiness.

    Parameters
    ----------
    found
        On pieces of land, those of the place among them.
    area_ha
        Hectares of the pieces the place consists of.

    Returns
    -------
    pandas.DataFrame
        criterion, measured, unit, value, weight, points; empty where nothing can be said.
    """
    values = found.values.loc[area_ha.index]  # noqa: PD011  (a field, not the array behind a frame)
    full = values.index[values.notna().all(axis=1)]
    if found.weights.empty or full.empty:
        return pd.DataFrame(columns=READINESS_COLUMNS[1:])
    share = (area_ha[full] / area_ha[full].sum()).to_numpy()
    names = list(found.weights.index)
    value = share @ values.loc[full, names].to_numpy(float)
    return pd.DataFrame(
        {
            "criterion": names,
            "measured": share @ found.measured.loc[full, names].to_numpy(float),
            "unit": [MEASURES[name].unit for name in names],
            "value": value,
            "weight": found.weights.to_numpy(),
            "points": 100 * found.weights.to_numpy() * value,
        }
    )


def readiness_of(ledger: pd.DataFrame) -> float:
    """Return the points of a ledger added up, NaN where it is empty."""
    return float(ledger["points"].sum()) if len(ledger) else float(np.nan)
