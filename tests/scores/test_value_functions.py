"""Value functions: every shape by hand, and what must hold for all of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from typing import Any
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from nmplan.errors import NmplanError
from nmplan.scores.value_functions import SHAPES
from nmplan.scores.value_functions import band
from nmplan.scores.value_functions import direction_of
from nmplan.scores.value_functions import exponential
from nmplan.scores.value_functions import linear
from nmplan.scores.value_functions import logistic
from nmplan.scores.value_functions import piecewise
from nmplan.scores.value_functions import range_of
from nmplan.scores.value_functions import step
from nmplan.scores.value_functions import value_of
from nmplan.shapes import ValueFunction

if TYPE_CHECKING:
    from collections.abc import Callable

PROPERTY = settings(deadline=None, derandomize=True)
FUNCTION = TypeAdapter(ValueFunction)

quantities = st.floats(-20_000, 20_000)
levels = st.integers(-10_000, 10_000).map(float)
widths = st.integers(1, 5_000).map(float)
unit = st.integers(0, 100).map(lambda hundredths: hundredths / 100)


def distinct_levels(least: int, most: int) -> st.SearchStrategy[list[float]]:
    return st.lists(levels, min_size=least, max_size=most, unique=True).map(sorted)


def drawn_points() -> st.SearchStrategy[list[tuple[float, float]]]:
    heights = st.lists(unit, min_size=6, max_size=6)
    points = st.tuples(distinct_levels(2, 6), heights).map(lambda both: list(zip(both[0], both[1], strict=False)))
    return points.filter(lambda drawn: len({value for _, value in drawn}) > 1)


def rising_points() -> st.SearchStrategy[list[tuple[float, float]]]:
    return drawn_points().map(
        lambda points: list(zip([x for x, _ in points], sorted(y for _, y in points), strict=True))
    )


LINEAR = st.tuples(levels, levels).filter(lambda ends: ends[0] != ends[1])
BAND = st.tuples(distinct_levels(2, 2), widths)

any_function = st.one_of(
    LINEAR.map(lambda ends: {"shape": "linear", "worst": ends[0], "best": ends[1]}),
    drawn_points().map(lambda points: {"shape": "piecewise", "points": points}),
    st.tuples(levels, st.floats(-5, 5).filter(bool)).map(
        lambda s: {"shape": "logistic", "midpoint": s[0], "slope": s[1]}
    ),
    st.tuples(widths, levels).map(lambda s: {"shape": "exponential", "half_life": s[0], "plateau": s[1]}),
    st.tuples(levels, st.booleans()).map(lambda s: {"shape": "step", "at": s[0], "rises": s[1]}),
    BAND.map(lambda s: {"shape": "band", "low": s[0][0], "high": s[0][1], "margin": s[1]}),
).map(FUNCTION.validate_python)

rising_function = st.one_of(
    LINEAR.map(lambda ends: {"shape": "linear", "worst": min(ends), "best": max(ends)}),
    rising_points().map(lambda points: {"shape": "piecewise", "points": points}),
    st.tuples(levels, st.floats(0.001, 5)).map(lambda s: {"shape": "logistic", "midpoint": s[0], "slope": s[1]}),
    levels.map(lambda at: {"shape": "step", "at": at, "rises": True}),
).map(FUNCTION.validate_python)

falling_function = st.one_of(
    LINEAR.map(lambda ends: {"shape": "linear", "worst": max(ends), "best": min(ends)}),
    st.tuples(levels, st.floats(-5, -0.001)).map(lambda s: {"shape": "logistic", "midpoint": s[0], "slope": s[1]}),
    st.tuples(widths, levels).map(lambda s: {"shape": "exponential", "half_life": s[0], "plateau": s[1]}),
    levels.map(lambda at: {"shape": "step", "at": at, "rises": False}),
).map(FUNCTION.validate_python)


@pytest.mark.parametrize(
    ("function", "parameters", "measured", "expected"),
    [
        (linear, {"worst": 0, "best": 10}, [-1, 0, 2.5, 10, 11], [0, 0, 2.5 / 10, 1, 1]),
        (linear, {"worst": -10, "best": -2}, [-12, -8, -1], [0, 2 / 8, 1]),
        # reversed: fewer minutes are better; 40 is (90 − 40) / (90 − 20) of the way
        (linear, {"worst": 90, "best": 20}, [100, 90, 55, 40, 20, 5], [0, 0, 35 / 70, 50 / 70, 1, 1]),
        (piecewise, {"points": [(0, 1.0), (10, 0.5), (30, 0.0)]}, [-5, 0, 5, 20, 30, 99], [1, 1, 0.75, 0.25, 0, 0]),
        (piecewise, {"points": [(0, 0.2), (10, 1.0), (20, 0.4)]}, [0, 5, 10, 15, 25], [0.2, 0.6, 1, 0.7, 0.4]),
        # e^(−ln 3) = 1/3, so that one unit above the midpoint 1 / (1 + 1/3) = 3/4
        (logistic, {"midpoint": 10, "slope": math.log(3)}, [8, 9, 10, 11, 12], [1 / 10, 1 / 4, 1 / 2, 3 / 4, 9 / 10]),
        (logistic, {"midpoint": 10, "slope": -math.log(3)}, [9, 10, 11], [3 / 4, 1 / 2, 1 / 4]),
        (logistic, {"midpoint": 0, "slope": 50}, [-1e6, 1e6], [0, 1]),
        (exponential, {"half_life": 10, "plateau": 5}, [0, 5, 15, 25, 35], [1, 1, 1 / 2, 1 / 4, 1 / 8]),
        (exponential, {"half_life": 20}, [0, 10, 20], [1, 1 / math.sqrt(2), 1 / 2]),
        (step, {"at": 2}, [1, 1.999, 2, 3], [0, 0, 1, 1]),
        (step, {"at": 2, "rises": False}, [1, 2, 2.001, 3], [1, 1, 0, 0]),
        # 0 up to 2 − 2, straight to 1 at 2, 1 up to 4, straight to 0 at 4 + 2
        (band, {"low": 2, "high": 4, "margin": 2}, [-1, 0, 0.5, 2, 3, 4, 5.5, 6, 9], [0, 0, 0.25, 1, 1, 1, 0.25, 0, 0]),
    ],
)
def test_each_shape_gives_the_values_worked_out_by_hand(
    function: Callable[..., Any], parameters: dict[str, Any], measured: list[float], expected: list[float]
) -> None:
    np.testing.assert_allclose(function(measured, **parameters), expected, atol=1e-12)


def test_every_shape_of_the_study_has_a_function_and_no_other() -> None:
    models = get_args(get_args(ValueFunction)[0])
    assert {get_args(model.model_fields["shape"].annotation)[0] for model in models} == set(SHAPES)


@pytest.mark.parametrize(
    ("raw", "measured", "expected"),
    [
        ({"shape": "linear", "worst": 90, "best": 20}, 55.0, 0.5),
        ({"shape": "piecewise", "points": [(0, 0.0), (8, 0.5), (10, 1.0)]}, 4.0, 0.25),
        ({"shape": "logistic", "midpoint": 3, "slope": -2}, 3.0, 0.5),
        ({"shape": "exponential", "half_life": 10, "plateau": 5}, 25.0, 0.25),
        ({"shape": "step", "at": 7, "rises": False}, 7.5, 0.0),
        ({"shape": "band", "low": 2, "high": 4, "margin": 2}, 5.0, 0.5),
    ],
)
def test_value_of_hands_every_parameter_of_the_study_to_the_shape(
    raw: dict[str, Any], measured: float, expected: float
) -> None:
    assert value_of([measured], FUNCTION.validate_python(raw)).tolist() == [expected]


def test_values_are_kept_to_four_decimals() -> None:
    thirds = FUNCTION.validate_python({"shape": "linear", "worst": 0, "best": 3})
    assert value_of([1, 2, 0.00009, 0.0003], thirds).tolist() == [0.3333, 0.6667, 0.0, 0.0001]


@given(any_function, st.lists(quantities | st.just(math.nan), min_size=1, max_size=20))
@PROPERTY
def test_values_lie_between_0_and_1_and_only_nan_stays_nan(function: ValueFunction, measured: list[float]) -> None:
    values = value_of(measured, function)
    assert values.shape == (len(measured),)
    assert np.isnan(values).tolist() == np.isnan(measured).tolist()
    known = values[~np.isnan(values)]
    assert ((known >= 0) & (known <= 1)).all()
    assert known.tolist() == [round(value, 4) for value in known.tolist()]


@given(rising_function, quantities, quantities)
@PROPERTY
def test_more_is_never_worse_where_a_function_rises(function: ValueFunction, one: float, other: float) -> None:
    low, high = value_of(sorted([one, other]), function)
    assert low <= high


@given(falling_function, quantities, quantities)
@PROPERTY
def test_more_is_never_better_where_a_function_falls(function: ValueFunction, one: float, other: float) -> None:
    low, high = value_of(sorted([one, other]), function)
    assert low >= high


@given(BAND, st.floats(0, 20_000), st.floats(0, 20_000))
@PROPERTY
def test_a_band_is_1_inside_and_never_better_further_outside(
    drawn: tuple[list[float], float], one: float, other: float
) -> None:
    (low, high), margin = drawn
    near, far = sorted([one, other])
    above = band([high + near, high + far], low=low, high=high, margin=margin)
    below = band([low - near, low - far], low=low, high=high, margin=margin)
    assert above[0] >= above[1]
    assert below[0] >= below[1]
    assert band([low, (low + high) / 2, high], low=low, high=high, margin=margin).tolist() == [1.0, 1.0, 1.0]


@given(any_function, quantities, st.lists(quantities, max_size=10))
@PROPERTY
def test_a_value_does_not_depend_on_the_other_sites(
    function: ValueFunction, measured: float, others: list[float]
) -> None:
    assert value_of([measured, *others], function)[0] == value_of([measured], function)[0]


@given(LINEAR, quantities)
@PROPERTY
def test_swapping_worst_and_best_mirrors_a_linear_value(ends: tuple[float, float], measured: float) -> None:
    worst, best = ends
    mirrored = linear([measured], worst=best, best=worst)[0]
    assert linear([measured], worst=worst, best=best)[0] == pytest.approx(1 - mirrored, abs=1e-12)


@pytest.mark.parametrize(
    ("function", "parameters", "what"),
    [
        (linear, {"worst": 5, "best": 5}, "worst and best are the same"),
        (linear, {"worst": math.nan, "best": 5}, "worst: .*finite"),
        (piecewise, {"points": [(10, 1.0), (0, 0.0)]}, "points must ascend"),
        (piecewise, {"points": [(0, 0.5), (10, 0.5)]}, "no site is better"),
        (piecewise, {"points": [(0, 0.0), (10, 1.5)]}, "less than or equal to 1"),
        (piecewise, {"points": [(0, 0.0)]}, "at least 2"),
        (logistic, {"midpoint": 10, "slope": 0}, "slope is 0"),
        (exponential, {"half_life": 0}, "half_life: .*greater than 0"),
        (exponential, {"half_life": -10}, "half_life: .*greater than 0"),
        (band, {"low": 4, "high": 2, "margin": 1}, "low is above high"),
        (band, {"low": 2, "high": 4, "margin": 0}, "margin: .*greater than 0"),
        (step, {"at": math.inf}, "at: .*finite"),
    ],
)
def test_a_function_upside_down_is_refused_by_name(
    function: Callable[..., Any], parameters: dict[str, Any], what: str
) -> None:
    with pytest.raises(NmplanError, match=f"value function {function.__name__}.*{what}"):
        function([1.0, 2.0], **parameters)


@given(rising_function)
@PROPERTY
def test_a_rising_function_is_told_as_one(function: ValueFunction) -> None:
    assert direction_of(function) == "more"


@given(falling_function)
@PROPERTY
def test_a_falling_function_is_told_as_one(function: ValueFunction) -> None:
    assert direction_of(function) == "less"


def test_what_rises_and_falls_is_neither() -> None:
    hill = {"shape": "piecewise", "points": [(0, 0.0), (5, 1.0), (10, 0.5)]}
    for raw in (hill, {"shape": "band", "low": 2, "high": 4, "margin": 2}):
        assert direction_of(FUNCTION.validate_python(raw)) == "neither"


@given(any_function)
@PROPERTY
def test_outside_its_range_a_function_has_said_nearly_all(function: ValueFunction) -> None:
    low, high = range_of(function)
    assert low < high
    ends, beyond = value_of([low, high], function), value_of([low - 1e6, high + 1e6], function)
    # a decay is down to 1/32 there, an S-curve to 0.01
    np.testing.assert_allclose(ends, beyond, atol=0.04)
