"""
Value functions: a measured quantity mapped to 0-1, absolutely, in the measure's own unit.

None of them looks at other sites, so adding a site never moves the rest (Keeney & Raiffa 1976, Decisions with
Multiple Objectives, ch. 3; min-max over the candidates would). NaN stays NaN. A function that makes no sense (the same
worst and best, a slope of 0, a low end above the high one …) is refused with an NmplanError, as in a study.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from numpy.typing import NDArray
from pydantic import TypeAdapter
from pydantic import ValidationError

from nmplan.errors import Fault
from nmplan.errors import NmplanError
from nmplan.shapes import ValueFunction

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence

Values = NDArray[np.float64]

VALUE_DECIMALS = 4
"""Values are kept to four decimals: finer differences lie far below any input's accuracy; maps carry them exactly."""

_FUNCTION: TypeAdapter[ValueFunction] = TypeAdapter(ValueFunction)


def _checked(shape: str, **parameters: object) -> None:
    """Refuse parameters as a study would."""
    try:
        _FUNCTION.validate_python({"shape": shape, **parameters})
    except ValidationError as error:
        faults = [
            Fault(
                f"value function {shape}", ".".join(str(part) for part in detail["loc"][1:]), told + ".", "Correct it."
            )
            for detail in error.errors(include_url=False)
            if (told := detail["msg"].removeprefix("Value error, "))
        ]
        raise NmplanError(faults) from None


def linear(x: ArrayLike, *, worst: float, best: float) -> Values:
    """
    Return 0 at `worst`, 1 at `best`, straight between and flat beyond; `best` may be the smaller one.

    Examples
    --------
    >>> linear([90, 55, 20, 5], worst=90, best=20).tolist()
    [0.0, 0.5, 1.0, 1.0]
    """
    _checked("linear", worst=worst, best=best)
    return np.clip((np.asarray(x, dtype=float) - worst) / (best - worst), 0.0, 1.0) + 0.0  # no minus zero


def piecewise(x: ArrayLike, *, points: Sequence[tuple[float, float]]) -> Values:
    """
    Return straight lines between points (measure, value), flat beyond the ends.

    Examples
    --------
    >>> piecewise([0, 5, 20], points=[(0, 1.0), (10, 0.0)]).tolist()
    [1.0, 0.5, 0.0]
    """
    _checked("piecewise", points=points)
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
    _checked("logistic", midpoint=midpoint, slope=slope)
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
    _checked("exponential", half_life=half_life, plateau=plateau)
    return np.exp2(-np.maximum(np.asarray(x, dtype=float) - plateau, 0.0) / half_life)


def step(x: ArrayLike, *, at: float, rises: bool = True) -> Values:
    """
    Return 1 from `at` on and 0 before; with `rises` false, 1 up to `at` and 0 after.

    Examples
    --------
    >>> step([1, 2, 3], at=2).tolist()
    [0.0, 1.0, 1.0]
    """
    _checked("step", at=at, rises=rises)
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
    _checked("band", low=low, high=high, margin=margin)
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


def direction_of(function: ValueFunction) -> str:
    """
    Return whether "more" of the measure is better under a value function, or "less", or "neither" throughout.

    Examples
    --------
    >>> from nmplan.shapes import Linear
    >>> direction_of(Linear(shape="linear", worst=60, best=10))
    'less'
    """
    match function.shape:
        case "linear":
            steps = [function.best - function.worst]
        case "piecewise":
            steps = list(np.diff([value for _, value in function.points]))
        case "logistic":
            steps = [function.slope]
        case "exponential":
            steps = [-1.0]
        case "step":
            steps = [1.0 if function.rises else -1.0]
        case "band":
            steps = [1.0, -1.0]
    signs = {np.sign(step) for step in steps if step}
    return "neither" if len(signs) > 1 else "more" if signs == {1.0} else "less"


def range_of(function: ValueFunction) -> tuple[float, float]:
    """
    Return the part of the measure in which a value function does what it does, with a little beyond both ends.

    Of an S-curve that is where it climbs from 0.01 to 0.99, of a decay up to five half-lives, of a step as much to
    either side as it lies from 0.

    Examples
    --------
    >>> from nmplan.shapes import Linear
    >>> range_of(Linear(shape="linear", worst=60, best=10))
    (5.0, 65.0)
    """
    match function.shape:
        case "linear":
            low, high = sorted((function.worst, function.best))
        case "piecewise":
            low, high = function.points[0][0], function.points[-1][0]
        case "logistic":
            half = float(np.log(99)) / abs(function.slope)
            low, high = function.midpoint - half, function.midpoint + half
        case "exponential":
            low, high = min(function.plateau, 0.0), max(function.plateau, 0.0) + 5 * function.half_life
        case "step":
            half = abs(function.at) or 1.0
            low, high = function.at - half, function.at + half
        case "band":
            low, high = function.low - function.margin, function.high + function.margin
    beyond = 0.0 if function.shape == "exponential" else 0.1 * (high - low)
    return low - beyond, high + beyond
