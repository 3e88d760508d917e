"""Weights of criteria, normalised to add up to 1: given, or from how the sites differ. From pairs: `ahp`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.errors import Fault
from nmplan.errors import NmplanError

if TYPE_CHECKING:
    from collections.abc import Mapping

ALIKE = 1e-12
"""Divergences and deviations smaller than this are rounding: the criterion is the same at every site."""


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


def entropy_weights(values: pd.DataFrame) -> pd.Series[float]:
    """
    Return weights by how unevenly each criterion is spread over the sites (Shannon entropy).

    With p_ij = v_ij / Σ_i v_ij and E_j = −Σ_i p_ij ln p_ij / ln n the weight is (1 − E_j) / Σ (1 − E). They depend on
    the candidates: adding a site moves them, and with them every score. A criterion that is the same everywhere gets 0.

    Parameters
    ----------
    values
        0 or more (values 0 to 1, or positive measures of which more is better), one row per site, one column per
        criterion; rows with NaN are left out.

    Raises
    ------
    NmplanError
        Fewer than two sites, a negative value, or no criterion in which the sites differ.

    References
    ----------
    Hwang & Yoon 1981, Multiple Attribute Decision Making, pp. 53-54.

    Examples
    --------
    >>> import pandas as pd
    >>> entropy_weights(pd.DataFrame({"same": [0.5, 0.5], "differs": [0.1, 0.9]})).to_dict()
    {'same': 0.0, 'differs': 1.0}
    """
    table = _complete(values)
    if (table < 0).any(axis=None):
        raise NmplanError([Fault("entropy weights", "", "there are negative values.", "Give values of 0 or more.")])
    shares = (table / table.sum()).to_numpy(dtype=float)
    logs = np.log(np.where(shares > 0, shares, 1.0))
    divergence = 1.0 + (np.nan_to_num(shares) * logs).sum(axis=0) / np.log(len(table))
    # what is 0 everywhere says no more than what is 1 everywhere
    divergence = np.where(table.sum().gt(0) & (divergence > ALIKE), divergence, 0.0)
    return _from_data(divergence, table, "entropy weights", "the sites do not differ in any criterion.")


def critic_weights(values: pd.DataFrame) -> pd.Series[float]:
    """
    Return weights by contrast and conflict (CRITIC): C_j = σ_j Σ_k (1 − r_jk), divided by their sum.

    σ is the standard deviation over the sites, r Pearson's correlation. They depend on the candidates, as entropy
    weights do. Diakoulaki et al. scale each criterion to its range over the candidates first; values of absolute value
    functions are on one scale already and are taken as they are. A criterion that is the same everywhere gets 0 and
    conflicts with none.

    Parameters
    ----------
    values
        One row per site, one column per criterion, more being better; rows with NaN are left out.

    Raises
    ------
    NmplanError
        Fewer than two sites, or no criteria that differ from each other.

    References
    ----------
    Diakoulaki, Mavrotas & Papayannakis 1995, Computers & Operations Research 22:763.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"a": [0.0, 1.0, 0.5], "b": [0.0, 0.2, 0.1], "c": [1.0, 0.0, 0.5]})
    >>> critic_weights(table).round(3).to_dict()
    {'a': 0.312, 'b': 0.062, 'c': 0.625}
    """
    table = _complete(values)
    spread = table.std().where(table.std() > ALIKE, 0.0)
    varied = list(spread.index[spread > 0])
    conflict = pd.Series(0.0, index=table.columns)
    if varied:
        between = np.corrcoef(table[varied].to_numpy(dtype=float), rowvar=False).reshape(len(varied), len(varied))
        conflict[varied] = np.maximum(1.0 - between, 0.0).sum(axis=1)
    if len(varied) == 1:
        conflict[varied] = 1.0
    carried = (spread * conflict).to_numpy(dtype=float)
    what = "the sites do not differ, or all criteria rank them alike, so that none conflicts with another."
    return _from_data(np.where(carried > ALIKE, carried, 0.0), table, "CRITIC weights", what)


def _complete(values: pd.DataFrame) -> pd.DataFrame:
    table = values.dropna().astype(float)
    if len(table) < 2:  # noqa: PLR2004  (one site differs from none)
        what = f"there are {len(table)} sites without gaps."
        raise NmplanError([Fault("weights from data", "", what, "Give two sites at least, or state the weights.")])
    return table


def _from_data(
    parts: np.ndarray[tuple[int], np.dtype[np.float64]], table: pd.DataFrame, source: str, what: str
) -> pd.Series[float]:
    if not parts.sum() > 0:
        raise NmplanError([Fault(source, "", what, "State the weights.")])
    return pd.Series(parts / parts.sum(), index=table.columns)
