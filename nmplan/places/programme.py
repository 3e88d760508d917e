"""Integer programmes: choices of yes or no under named limits, solved by HiGHS; which limits contradict each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds
from scipy.optimize import LinearConstraint
from scipy.optimize import milp
from scipy.sparse import csr_array
from scipy.sparse import hstack
from scipy.sparse import vstack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SLACK = 1e-6
"""How far a limit may be missed: the solver's own tolerance."""

_NO_ENDS = (np.zeros(0), np.zeros(0))

OPTIMAL, IN_TIME, LATE, INFEASIBLE = "optimal", "time limit", "time limit, nothing found", "infeasible"


@dataclass(frozen=True, eq=False)
class Limit:
    """
    A limit a planner set, as rows of a linear programme: `low` ≤ `rows` · x ≤ `high`.

    Parameters
    ----------
    key
        Where it stands in the study; empty for what no one may relax.
    side
        "at least" or "at most".
    rows
        One or more rows over all choices.
    bound
        What each row comes to, at least or at most.
    unit
        Unit of the rows.
    """

    key: str
    side: str
    rows: csr_array
    bound: NDArray[np.float64]
    unit: str = ""

    @property
    def ends(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest value of each row."""
        open_end = np.full(len(self.bound), np.inf)
        return (self.bound, open_end) if self.side == "at least" else (-open_end, self.bound)

    def __str__(self) -> str:
        """Return key and side."""
        return f"{self.key} ({self.side})"


@dataclass(frozen=True, eq=False)
class Solution:
    """
    What the solver found: status, choices, objective, proven bound and relative gap.

    `chosen` is empty (None), the numbers NaN, where nothing was found.
    """

    status: str
    chosen: NDArray[np.bool_] | None
    objective: float = np.nan
    bound: float = np.nan

    @property
    def gap(self) -> float:
        """How much better the bound is than the objective, as a share of the objective; 0 where both are 0."""
        missing = abs(self.bound - self.objective)
        return missing / abs(self.objective) if self.objective else (0.0 if missing <= SLACK else np.inf)


def limit(key: str, side: str, row: NDArray[np.float64], bound: float, unit: str = "") -> Limit:
    """Return a limit of one row."""
    return Limit(key, side, csr_array(np.atleast_2d(np.asarray(row, dtype=float))), np.array([float(bound)]), unit)


def maximise(
    worth: NDArray[np.float64],
    limits: Sequence[Limit],
    *,
    time_limit_s: float,
    relative_gap: float,
    beside: float = 0.0,
) -> Solution:
    """
    Choose what is worth most within all limits: max Σ worth · x, x ∈ {0, 1} (SciPy, HiGHS branch and bound).

    Parameters
    ----------
    worth
        Of each choice.
    limits
        Each over as many choices.
    time_limit_s
        Seconds after which the best found so far is taken; it then depends on the machine, and the status says so.
    relative_gap
        Share of the objective within which the bound need not be closed.
    beside
        What the gap is a share of besides the objective: where the best is near 0, a share of it alone is never closed.

    Returns
    -------
    Solution
        The same for the same rows in the same order; of equally good choices the solver's pick.
    """
    if not len(worth):
        held = all((low <= SLACK).all() and (high >= -SLACK).all() for low, high in (each.ends for each in limits))
        return Solution(OPTIMAL, np.zeros(0, dtype=bool), 0.0, 0.0) if held else Solution(INFEASIBLE, None)
    rows = vstack([csr_array((0, len(worth))), *(each.rows for each in limits)])
    low, high = (np.concatenate(ends) for ends in zip(_NO_ENDS, *(each.ends for each in limits), strict=True))
    always = csr_array((rows.shape[0], 1))  # a choice that is always taken and worth `beside`
    found = milp(
        -np.append(worth, beside),
        integrality=np.ones(len(worth) + 1, dtype=int),
        bounds=Bounds(np.append(np.zeros(len(worth)), 1), 1),
        constraints=LinearConstraint(hstack([rows, always]).tocsr(), low, high),
        options={"time_limit": time_limit_s, "mip_rel_gap": relative_gap},
    )
    if found.x is None:
        return Solution(INFEASIBLE if found.status == 2 else LATE, None)  # noqa: PLR2004  (SciPy's number for it)
    chosen = found.x[:-1] > 0.5  # noqa: PLR2004  (yes or no, within the solver's tolerance)
    bound = np.inf if found.mip_dual_bound is None else -float(found.mip_dual_bound) - beside
    objective = float(worth[chosen].sum())
    return Solution(OPTIMAL if found.status == 0 else IN_TIME, chosen, objective, max(bound, objective))


def contradictions(limits: Sequence[Limit], *, time_limit_s: float) -> list[list[Limit]]:
    """
    Return the groups of limits that cannot be kept together, each as small as can be.

    Deletion filter (Chinneck & Dravnieks 1991): limits are left out one by one; what can be left out without a way
    opening is no part of the contradiction. Dropping any limit of a group opens a way through that group. Groups are
    looked for until the rest can be kept. Limits without a key are never blamed.
    """
    blameless = [each for each in limits if not each.key]
    open_to_blame = [each for each in limits if each.key]

    def impossible(tried: Sequence[Limit]) -> bool:
        together = [*blameless, *tried]
        idle = np.zeros(together[0].rows.shape[1] if together else 0)
        return maximise(idle, together, time_limit_s=time_limit_s, relative_gap=1.0).status == INFEASIBLE

    groups = []
    while impossible(open_to_blame):
        group = open_to_blame
        for each in open_to_blame:
            without = [other for other in group if other is not each]
            group = without if impossible(without) else group
        if not group:
            break
        groups.append(group)
        open_to_blame = [each for each in open_to_blame if each not in group]
    return groups
