"""Weights of criteria, normalised to add up to 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nmplan.errors import Fault
from nmplan.errors import NmplanError

if TYPE_CHECKING:
    from collections.abc import Mapping


def normalise_weights(weights: Mapping[str, float]) -> pd.Series[float]:
    """
    Return weights divided by their sum.

    Parameters
    ----------
    weights
        By criterion; only their proportions matter.

    Raises
    ------
    NmplanError
        A weight is negative or no number, or all are zero.

    Examples
    --------
    >>> normalise_weights({"a": 30, "b": 10}).to_dict()
    {'a': 0.75, 'b': 0.25}
    """
    given = pd.Series(dict(weights), dtype=float)
    wrong = given[~(given >= 0) | given.isin([float("inf")])]
    if not wrong.empty:
        name, weight = wrong.index[0], wrong.iloc[0]
        raise NmplanError([Fault("weights", str(name), f"the weight is {weight}.", "Give a number of 0 or more.")])
    if not given.sum() > 0:
        raise NmplanError([Fault("weights", "", "all weights are zero.", "Give at least one criterion a weight.")])
    return given / given.sum()


def emphasise(weights: pd.Series[float], factors: Mapping[str, float]) -> pd.Series[float]:
    """
    Return weights as a reader with other priorities would set them: multiplied by factors, normalised again.

    A reader who leaves nothing (every weighted criterion at factor 0) has no view, and the weights stay as they are.
    """
    stressed = weights * pd.Series(dict(factors), dtype=float).reindex(weights.index).fillna(1.0)
    return stressed / stressed.sum() if stressed.sum() > 0 else weights
