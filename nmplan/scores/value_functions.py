"""
Value functions: a measured quantity mapped to 0-1, absolutely, in the measure's own unit.

None of them looks at other sites, so adding a site never moves the rest (Keeney & Raiffa 1976; min-max over the
candidates would). NaN stays NaN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence

    from nmplan.shapes import ValueFunction

Values = NDArray[np.float64]

VALUE_DECIMALS = 4
"""Values are kept to four decimals: finer differences lie far below any input's accuracy; maps carry them exactly."""


def linear(x: ArrayLike, *, worst: float, best: float) -> Values:
    """
    Return 0 at `worst`, 1 at `best`, straight between and flat beyond; `best` may be the smaller one.

    Examples
    --------
    >>> linear([90, 55, 20, 5], worst=90, best=20).tolist()
    [0.0, 0.5, 1.0, 1.0]
    """
    return np.clip((np.asarray(x, dtype=float) - worst) / (best - worst), 0.0, 1.0) + 0.0  # no minus zero


def piecewise(x: ArrayLike, *, points: Sequence[tuple[float, float]]) -> Values:
    """
    Return straight lines between points (measure, value), flat beyond the ends.

    Examples
    --------
    >>> piecewise([0, 5, 20], points=[(0, 1.0), (10, 0.0)]).tolist()
    [1.0, 0.5, 0.0]
    """
    known = np.asarray(points, dtype=float)
    return np.interp(np.asarray(x, dtype=float), known[:, 0], known[:, 1])


def logistic(x: ArrayLike, *, midpoint: float, slope: float) -> Values:
    """
    Return 1 / (1 + e^(−slope·(x − midpoint))): ½ at the midpoint, falling where the slope is negative.

    Examples
    --------
    >>> logistic([10.0], midpoint=10, slope=-0.5).tolist()
    [0.5]
    """
    steep = np.clip(-slope * (np.asarray(x, dtype=float) - midpoint), -700, 700)  # e^700 is the last that fits
    return 1.0 / (1.0 + np.exp(steep))


def exponential(x: ArrayLike, *, half_life: float, plateau: float = 0.0) -> Values:
    """
    Return 1 up to the plateau, then 2^(−(x − plateau) / half_life).

    Examples
    --------
    >>> exponential([3, 15, 25], half_life=10, plateau=5).tolist()
    [1.0, 0.5, 0.25]
    """
    return np.exp2(-np.maximum(np.asarray(x, dtype=float) - plateau, 0.0) / half_life)


def step(x: ArrayLike, *, at: float, rises: bool = True) -> Values:
    """
    Return 1 from `at` on and 0 before; with `rises` false, 1 up to `at` and 0 after.

    Examples
    --------
    >>> step([1, 2, 3], at=2).tolist()
    [0.0, 1.0, 1.0]
    """
    measured = np.asarray(x, dtype=float)
    passed = measured >= at if rises else measured <= at
    return np.where(np.isnan(measured), np.nan, passed.astype(float))


def band(x: ArrayLike, *, low: float, high: float, margin: float) -> Values:
    """
    Return 1 between `low` and `high`, falling straight to 0 over the margin on both sides.

    Examples
    --------
    >>> band([0, 1, 2, 5], low=2, high=4, margin=2).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    measured = np.asarray(x, dtype=float)
    return np.clip(np.minimum((measured - (low - margin)) / margin, (high + margin - measured) / margin), 0.0, 1.0)


SHAPES: dict[str, Callable[..., Values]] = {
    "linear": linear,
    "piecewise": piecewise,
    "logistic": logistic,
    "exponential": exponential,
    "step": step,
    "band": band,
}


def value_of(measured: ArrayLike, function: ValueFunction) -> Values:
    """Return the values of measured quantities under a value function of the study, to `VALUE_DECIMALS`."""
    parameters = function.model_dump(exclude={"shape"})
    return SHAPES[function.shape](measured, **parameters).round(VALUE_DECIMALS)
