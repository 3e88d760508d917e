"""Weights from judgements of pairs (AHP), how consistent they are, and which of them clash."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.errors import Fault
from nmplan.errors import NmplanError
from nmplan.errors import raise_faults

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Sequence

    from numpy.typing import NDArray

RANDOM_INDICES = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
"""Consistency index of random judgements for 1 to 15 criteria (Saaty 1980, The Analytic Hierarchy Process, p. 21)."""

RECIPROCAL = 0.01
"""Share by which a judgement may differ from the reciprocal of its mirror image: printed tables are rounded."""

TOLERABLE = 0.10
"""Consistency ratio up to which Saaty (1980) accepts a table of judgements."""


@dataclass(frozen=True)
class Judgements:
    """
    What a pairwise table says.

    `weights` by criterion, adding up to 1; `lambda_max` the largest eigenvalue; `consistency_index`
    (λmax − n) / (n − 1); `consistency_ratio` that over the index of random judgements; `clashes` one row per pair: a,
    b, judged (how many times a matters more than b), implied (the ratio of their weights), ratio judged / implied,
    those that clash most first.
    """

    weights: pd.Series[float]
    lambda_max: float
    consistency_index: float
    consistency_ratio: float
    clashes: pd.DataFrame

    @property
    def consistent(self) -> bool:
        """Whether the consistency ratio is one that Saaty accepts."""
        return self.consistency_ratio <= TOLERABLE


def pairwise_table(judgements: Iterable[tuple[str, str, float]], names: Sequence[str]) -> pd.DataFrame:
    """
    Return the reciprocal table of judgements of pairs.

    Parameters
    ----------
    judgements
        (a, b, how many times more a matters than b), each pair once, on Saaty's scale: 1 as much, 3 moderately more,
        5 strongly, 7 very strongly, 9 extremely, and 1/3 and so on for less.
    names
        What is compared, in the order of the table.

    Raises
    ------
    NmplanError
        With every judgement that is no positive number, names something else or itself, and every pair that is judged
        twice or not at all.

    Examples
    --------
    >>> pairwise_table([("a", "b", 4)], ["a", "b"]).to_numpy().tolist()
    [[1.0, 4.0], [0.25, 1.0]]
    """
    table = pd.DataFrame(np.nan, index=list(names), columns=list(names))
    faults = []
    for first, second, times in judgements:
        where = f"{first}, {second}"
        if strange := [name for name in (first, second) if name not in table.index]:
            faults.append(_fault(where, f"{strange[0]} is not compared here.", f"Name two of {', '.join(names)}."))
        elif first == second:
            faults.append(_fault(where, "this compares a criterion with itself.", "Remove it."))
        elif not 0 < times < np.inf:
            faults.append(_fault(where, f"the judgement is {times}.", "Give a positive number, 1/9 to 9."))
        elif table.notna().loc[first, second]:
            faults.append(_fault(where, "this pair is judged twice.", "Keep one judgement."))
        else:
            table.loc[first, second], table.loc[second, first] = times, 1 / times
    named = {frozenset(fault.where.split(", ")) for fault in faults}
    faults += [
        _fault(f"{first}, {second}", "this pair is not judged.", "Judge every pair of criteria once.")
        for first, second in combinations(names, 2)
        if table.isna().loc[first, second] and frozenset((first, second)) not in named
    ]
    raise_faults(NmplanError, faults)
    return table.where(~np.eye(len(table), dtype=bool), 1.0)


def judge_pairs(table: pd.DataFrame) -> Judgements:
    """
    Return the weights that a pairwise table implies, and how consistent it is.

    The weights are the principal right eigenvector, A w = λmax w, scaled to add up to 1; consistency index
    CI = (λmax − n) / (n − 1), consistency ratio CR = CI / RI(n) with Saaty's indices of random tables, 0 for two
    criteria or fewer, which cannot contradict each other. A pair clashes by judged / implied = a_ij / (w_i / w_j).

    Parameters
    ----------
    table
        Positive and reciprocal, a_ji = 1 / a_ij to 1 %, as `pairwise_table` returns it or with rounded reciprocals.

    Raises
    ------
    NmplanError
        The table is not square, not positive, not reciprocal, or has more than 15 criteria.

    References
    ----------
    Saaty 1977, J. Math. Psychology 15:234; Saaty 1990, European J. of Operational Research 48:9.

    Examples
    --------
    >>> found = judge_pairs(pairwise_table([("a", "b", 2), ("b", "c", 2), ("a", "c", 4)], "abc"))
    >>> found.weights.round(3).to_dict(), round(found.consistency_ratio, 6)
    ({'a': 0.571, 'b': 0.286, 'c': 0.143}, 0.0)
    """
    numbers = _checked(table)
    eigenvalues, vectors = np.linalg.eig(numbers)
    largest = int(eigenvalues.real.argmax())
    raw = np.abs(vectors[:, largest].real)
    weights = pd.Series(raw / raw.sum(), index=table.index)
    size, lambda_max = len(numbers), float(eigenvalues[largest].real)
    index = max(lambda_max - size, 0.0) / (size - 1) if size > 1 else 0.0
    ratio = index / RANDOM_INDICES[size - 1] if RANDOM_INDICES[size - 1] else 0.0
    return Judgements(weights, lambda_max, index, ratio, _clashes(numbers, weights))


def _checked(table: pd.DataFrame) -> NDArray[np.float64]:
    numbers = table.to_numpy(dtype=float)
    rows, columns = numbers.shape
    if rows != columns or not rows:
        raise NmplanError([_fault("", f"the table has {rows} rows and {columns} columns.", "Make it square.")])
    if rows > len(RANDOM_INDICES):
        what = f"{rows} criteria are compared; Saaty's indices end at {len(RANDOM_INDICES)}."
        raise NmplanError([_fault("", what, "Group the criteria.")])
    names = [str(name) for name in table.index]
    faults = [
        _fault(f"{names[row]}, {names[column]}", f"the judgement is {numbers[row, column]}.", "Give a positive number.")
        for row, column in np.argwhere(~((numbers > 0) & (numbers < np.inf)))
    ]
    raise_faults(NmplanError, faults)
    faults = [
        _fault(f"{names[row]}, {names[column]}", "the two judgements of this pair contradict each other.", "Keep one.")
        for row, column in np.argwhere(np.triu(np.abs(numbers * numbers.T - 1)) > RECIPROCAL)
    ]
    raise_faults(NmplanError, faults)
    return numbers


def _clashes(numbers: NDArray[np.float64], weights: pd.Series[float]) -> pd.DataFrame:
    pairs = list(combinations(range(len(weights)), 2))
    rows = [
        (weights.index[one], weights.index[other], numbers[one, other], weights.iloc[one] / weights.iloc[other])
        for one, other in pairs
    ]
    table = pd.DataFrame(rows, columns=["a", "b", "judged", "implied"])
    table["ratio"] = table["judged"] / table["implied"]
    # rounded, so that pairs that clash alike stay in the order they are asked in on every computer
    clash = np.abs(np.log(table["ratio"].to_numpy(dtype=float))).round(9)
    return table.iloc[np.argsort(-clash, kind="stable")].reset_index(drop=True)


def _fault(where: str, what: str, mend: str) -> Fault:
    return Fault("pairwise", where, what, mend)
