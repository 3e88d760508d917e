"""Weighted sum, weighted product, ordered average, TOPSIS, and ranks."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.errors import NmplanError
from nmplan.scores.aggregate import aggregate
from nmplan.scores.aggregate import contributions
from nmplan.scores.aggregate import order_weights
from nmplan.scores.aggregate import ordered_average
from nmplan.scores.aggregate import orness_of
from nmplan.scores.aggregate import rank_scores
from nmplan.scores.aggregate import topsis
from nmplan.scores.aggregate import weighted_product
from nmplan.scores.aggregate import weighted_sum

PROPERTY = settings(deadline=None, derandomize=True)

whole_scores = st.lists(st.integers(0, 12).map(float) | st.just(math.nan), max_size=25)


def test_the_weighted_sum_worked_out_by_hand() -> None:
    values = pd.DataFrame({"a": [0.2, 1.0, 0.0], "b": [0.8, 1.0, 0.0]}, index=["x", "y", "z"])
    scores = weighted_sum(values, pd.Series({"a": 0.25, "b": 0.75}))
    # x: 100 · (0.25 · 0.2 + 0.75 · 0.8) = 100 · (0.05 + 0.60)
    assert scores.to_dict() == pytest.approx({"x": 65.0, "y": 100.0, "z": 0.0})
    assert scores.name == "score"


def test_the_published_example_of_the_weighted_sum_model() -> None:
    # Triantaphyllou 2000, Multi-Criteria Decision Making Methods: A1 21.50, A2 22.00, A3 22.00 (here in hundredths)
    table = [[25, 20, 15, 30], [10, 30, 20, 30], [30, 10, 30, 10]]
    values = pd.DataFrame(np.array(table) / 100, index=["A1", "A2", "A3"], columns=["C1", "C2", "C3", "C4"])
    scores = weighted_sum(values, pd.Series({"C1": 0.20, "C2": 0.15, "C3": 0.40, "C4": 0.25}))
    assert scores.to_dict() == pytest.approx({"A1": 21.50, "A2": 22.00, "A3": 22.00})
    assert rank_scores(scores).tolist() == [3.0, 1.0, 1.0]


def test_weights_find_their_criterion_by_name() -> None:
    values = pd.DataFrame({"b": [0.8], "spare": [0.5], "a": [0.2]})
    assert weighted_sum(values, pd.Series({"a": 0.25, "b": 0.75})).tolist() == pytest.approx([65.0])


def test_a_value_that_is_not_known_leaves_the_score_unknown() -> None:
    values = pd.DataFrame({"a": [math.nan, 0.5], "b": [1.0, 0.5]})
    scores = weighted_sum(values, pd.Series({"a": 0.5, "b": 0.5}))
    assert scores.isna().tolist() == [True, False]
    assert scores[1] == pytest.approx(50.0)


def test_the_weighted_sum_leaves_the_values_untouched() -> None:
    values = pd.DataFrame({"a": [0.2], "b": [0.8]})
    weighted_sum(values, pd.Series({"a": 0.25, "b": 0.75}))
    assert values.to_numpy().tolist() == [[0.2, 0.8]]


def test_equal_scores_share_the_better_rank() -> None:
    assert rank_scores([90.0, 80.0, 80.0, 70.0]).tolist() == [1.0, 2.0, 2.0, 4.0]


def test_what_has_no_score_has_no_rank_and_takes_none_away() -> None:
    np.testing.assert_array_equal(rank_scores([math.nan, 80.0, math.nan, 90.0]), [math.nan, 2.0, math.nan, 1.0])
    assert np.isnan(rank_scores([math.nan, math.nan])).all()
    assert rank_scores([]).shape == (0,)


def test_the_order_of_addition_does_not_rank_sites() -> None:
    one = 0.1 + 0.2 + 0.3
    other = 0.3 + 0.2 + 0.1
    assert one != other
    assert rank_scores([one, other, 0.5]).tolist() == [1.0, 1.0, 3.0]


def test_scores_further_apart_than_a_millionth_are_no_tie() -> None:
    assert rank_scores([70.0, 70.000001]).tolist() == [2.0, 1.0]


@given(whole_scores)
@PROPERTY
def test_a_rank_is_one_more_than_the_number_of_better_scores(scores: list[float]) -> None:
    expected = [math.nan if math.isnan(own) else 1 + sum(other > own for other in scores) for own in scores]
    np.testing.assert_array_equal(rank_scores(scores), expected)


@given(whole_scores, st.randoms(use_true_random=False))
@PROPERTY
def test_the_order_of_sites_is_irrelevant_to_their_ranks(scores: list[float], random: object) -> None:
    order = list(range(len(scores)))
    random.shuffle(order)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(rank_scores([scores[place] for place in order]), rank_scores(scores)[order])


def test_equal_scores_on_a_rounding_edge_share_a_rank() -> None:
    # the same sum added in two orders
    assert rank_scores([53.9883984375, 53.988398437499995, 10.0]).tolist() == [1.0, 1.0, 3.0]


# --- the four methods ---------------------------------------------------------------------------------------------

METHODS_TAKEN = [("sum", {}), ("product", {}), ("owa", {"orness": 0.3}), ("owa", {"orness": 0.8}), ("topsis", {})]
every_method = pytest.mark.parametrize(("method", "options"), METHODS_TAKEN, ids=str)
unit_interval = st.integers(0, 20).map(lambda twentieths: twentieths / 20)
drawn_values = st.lists(st.lists(unit_interval, min_size=3, max_size=3), min_size=1, max_size=10).map(
    lambda rows: pd.DataFrame(rows, columns=list("abc"), dtype=float)
)
drawn_weights = (
    st.lists(st.integers(0, 9), min_size=3, max_size=3).filter(any).map(lambda w: dict(zip("abc", w, strict=True)))
)


def test_topsis_of_the_fighter_aircraft_from_its_printed_table() -> None:
    # Hwang & Yoon 1981, Multiple Attribute Decision Making, pp. 133-134: the normalised table as printed (its price
    # column is rounded unlike the others), ideals of the candidates, closeness .643 .268 .613 .312
    table = [
        [0.4671, 0.3662, 0.5056, 0.5063, 0.4811, 0.6708],
        [0.5839, 0.6591, 0.4550, 0.5983, 0.2887, 0.3727],
        [0.4204, 0.4882, 0.5308, 0.4143, 0.6736, 0.5217],
        [0.5139, 0.4392, 0.5056, 0.4603, 0.4811, 0.3727],
    ]
    best = [0.5839, 0.6591, 0.5308, 0.4143, 0.6736, 0.6708]  # the fourth is the price: less is better
    worst = [0.4204, 0.3662, 0.4550, 0.5983, 0.2887, 0.3727]
    scores = topsis(table, [0.2, 0.1, 0.1, 0.1, 0.2, 0.3], best=best, worst=worst)
    assert (scores / 100).round(3).tolist() == [0.643, 0.268, 0.613, 0.312]


def test_ordered_average_with_importance_as_yager_has_it() -> None:
    # Yager 1996, Int. J. Intelligent Systems 11:49: "most" Q(r) = r², importances 1, 0.6, 0.5, 0.9.
    # x best first 1 (0.6), 0.7 (1), 0.6 (0.9), 0.5 (0.5): S = 0.6/3, 1.6/3, 2.5/3, 1; Q = .04, .2844, .6944, 1
    values = pd.DataFrame([[0.7, 1.0, 0.5, 0.6], [0.6, 0.3, 0.9, 1.0]], index=["x", "y"], columns=list("abcd"))
    importance = pd.Series({"a": 1.0, "b": 0.6, "c": 0.5, "d": 0.9})
    # ∫ r² = 1/3
    scores = ordered_average(values, importance, orness=1 / 3)
    assert (scores / 100).round(3).to_dict() == {"x": 0.610, "y": 0.566}
    counts = contributions(values, importance, "owa", orness=1 / 3)["order_weight"]
    assert counts.loc["x"].round(2).to_dict() == {"b": 0.04, "a": 0.24, "d": 0.41, "c": 0.31}
    assert counts.loc["y"].round(2).to_dict() == {"d": 0.09, "c": 0.13, "a": 0.42, "b": 0.36}


def test_orness_of_the_operators_yager_names() -> None:
    # Yager 1988: orness 1 for the maximum, 0 for the minimum, ½ for the mean
    assert orness_of([1, 0, 0]) == 1.0
    assert orness_of([0, 0, 1]) == 0.0
    assert orness_of([1 / 3, 1 / 3, 1 / 3]) == pytest.approx(0.5)
    # (3 · 0.4 + 2 · 0.3 + 1 · 0.2) / 3
    assert orness_of([0.4, 0.3, 0.2, 0.1]) == pytest.approx(2 / 3)


@pytest.mark.parametrize("orness", [0.1, 1 / 3, 0.5, 0.8])
def test_order_weights_come_to_the_orness_asked_for_as_criteria_grow(orness: float) -> None:
    weights = order_weights(2000, orness)
    assert weights.sum() == pytest.approx(1.0)
    assert orness_of(weights) == pytest.approx(orness, abs=2e-3)


@given(drawn_values)
@PROPERTY
def test_orness_leads_from_the_worst_value_over_the_weighted_sum_to_the_best(values: pd.DataFrame) -> None:
    weights = pd.Series({"a": 0.5, "b": 0.3, "c": 0.2})
    at = {orness: ordered_average(values, weights, orness=orness) for orness in (0.0, 0.3, 0.5, 0.7, 1.0)}
    np.testing.assert_allclose(at[0.0], 100 * values.min(axis=1), atol=1e-9)
    np.testing.assert_allclose(at[0.5], weighted_sum(values, weights), atol=1e-9)
    np.testing.assert_allclose(at[1.0], 100 * values.max(axis=1), atol=1e-9)
    for less, more in pairwise(at.values()):
        assert (less <= more + 1e-9).all()


def test_a_product_by_hand_and_a_zero() -> None:
    values = pd.DataFrame({"a": [0.25, 0.0, 1.0], "b": [0.81, 1.0, 1.0]})
    # √0.25 · √0.81 = 0.5 · 0.9
    assert weighted_product(values, {"a": 1, "b": 1}).tolist() == pytest.approx([45.0, 0.0, 100.0])
    # a criterion without weight may be zero
    assert weighted_product(values, {"a": 0, "b": 1}).tolist() == pytest.approx([81.0, 100.0, 100.0])


def test_topsis_by_hand() -> None:
    # D⁻ = √(0.5² + 0.25²), D⁺ = √(0 + 0.25²)
    (score,) = topsis([[1.0, 0.5]], [0.5, 0.5])
    near, far = math.hypot(0.5, 0.25), 0.25
    assert score == pytest.approx(100 * near / (near + far))


@every_method
@given(values=drawn_values, weights=drawn_weights, data=st.data())
@PROPERTY
def test_no_site_depends_on_the_others(
    method: str, options: dict[str, float], values: pd.DataFrame, weights: dict[str, float], data: st.DataObject
) -> None:
    kept = data.draw(st.lists(st.sampled_from(list(values.index)), unique=True))
    scores = aggregate(values, weights, method, **options)
    pd.testing.assert_series_equal(aggregate(values.loc[kept], weights, method, **options), scores[kept])


@every_method
@given(values=drawn_values, weights=drawn_weights, column=st.sampled_from("abc"), gain=unit_interval)
@PROPERTY
def test_more_of_a_value_is_never_worse(
    method: str, options: dict[str, float], values: pd.DataFrame, weights: dict[str, float], column: str, gain: float
) -> None:
    better = values.assign(**{column: (values[column] + gain).clip(upper=1.0)})
    before, after = (aggregate(table, weights, method, **options) for table in (values, better))
    assert (after >= before - 1e-9).all()


@every_method
@given(values=drawn_values, weights=drawn_weights, factor=st.integers(1, 1000))
@PROPERTY
def test_only_proportions_of_weights_matter(
    method: str, options: dict[str, float], values: pd.DataFrame, weights: dict[str, float], factor: int
) -> None:
    heavier = {name: weight * factor for name, weight in weights.items()}
    one, other = (aggregate(values, given_, method, **options) for given_ in (weights, heavier))
    np.testing.assert_allclose(one, other, atol=1e-9)


@every_method
@given(values=drawn_values, weights=drawn_weights)
@PROPERTY
def test_scores_lie_between_0_and_100_and_the_ideals_at_the_ends(
    method: str, options: dict[str, float], values: pd.DataFrame, weights: dict[str, float]
) -> None:
    ends = pd.DataFrame([[0.0] * 3, [1.0] * 3], columns=list("abc"))
    assert aggregate(ends, weights, method, **options).tolist() == pytest.approx([0.0, 100.0])
    assert aggregate(values, weights, method, **options).between(-1e-9, 100 + 1e-9).all()


@every_method
@given(values=drawn_values, weights=drawn_weights)
@PROPERTY
def test_the_order_of_criteria_is_irrelevant(
    method: str, options: dict[str, float], values: pd.DataFrame, weights: dict[str, float]
) -> None:
    turned = dict(reversed(weights.items()))
    one, other = (
        aggregate(values, weights, method, **options),
        aggregate(values[list("cba")], turned, method, **options),
    )
    np.testing.assert_allclose(one, other, atol=1e-9)
    # equal but for the order of addition: the ranks must not differ
    assert rank_scores(one).tolist() == rank_scores(other).tolist()


@every_method
@given(values=drawn_values, draws=st.lists(st.lists(st.integers(1, 9), min_size=3, max_size=3), min_size=1, max_size=4))
@PROPERTY
def test_draws_of_weights_give_a_row_of_scores_each(
    method: str, options: dict[str, float], values: pd.DataFrame, draws: list[list[int]]
) -> None:
    found = aggregate(values, np.array(draws), method, **options)
    assert found.shape == (len(draws), len(values))
    for row, weights in zip(found, draws, strict=True):
        np.testing.assert_allclose(row, aggregate(values.to_numpy(), weights, method, **options), atol=1e-9)


@every_method
def test_what_is_not_known_leaves_the_score_unknown_unless_it_has_no_weight(
    method: str, options: dict[str, float]
) -> None:
    values = pd.DataFrame({"a": [math.nan, 0.5], "b": [0.0, 0.5]})
    assert aggregate(values, {"a": 1, "b": 1}, method, **options).isna().tolist() == [True, False]
    assert aggregate(values, {"a": 0, "b": 1}, method, **options).notna().all()


@pytest.mark.parametrize(
    ("values", "weights", "method", "options", "what"),
    [
        ([[0.5, 0.5]], [1, 1], "median", {}, "unknown method 'median'"),
        ([[0.5, 0.5]], [1, -1], "sum", {}, "2: the weight is -1"),
        ([[0.5, 0.5]], [1, math.nan], "topsis", {}, "2: the weight is nan"),
        ([[0.5, 0.5]], [0, 0], "product", {}, "all weights are zero"),
        ([[0.5, 0.5]], [1, 1, 1], "sum", {}, "do not fit"),
        ([0.5, 0.5], [1, 1], "sum", {}, "do not fit"),
        ([[0.5, 0.5]], [[1, 1], [1, -1]], "sum", {}, "a draw has weights"),
        ([[0.5, 0.5]], [[1, 1], [0, 0]], "sum", {}, "a draw has weights"),
        ([[0.5, -0.5]], [1, 1], "product", {}, "negative"),
        ([[0.5, 0.5]], [1, 1], "owa", {"orness": 1.1}, "orness is 1.1"),
        ([[0.5, 0.5]], [1, 1], "owa", {"orness": math.nan}, "orness is nan"),
        ([[0.5, 0.5]], [1, 1], "topsis", {"best": 0.0}, "the ideals are the same"),
    ],
)
def test_what_makes_no_sense_is_refused(values, weights, method, options, what) -> None:
    with pytest.raises(NmplanError, match=what):
        aggregate(values, weights, method, **options)


@every_method
def test_scores_stand_on_the_index_of_the_sites(method: str, options: dict[str, float]) -> None:
    values = pd.DataFrame({"b": [1.0, 0.5], "a": [0.5, 0.0]}, index=["x", "y"])
    before = values.copy()
    scores = aggregate(values, pd.Series({"a": 3, "b": 1}), method, **options)
    assert scores.index.tolist() == ["x", "y"]
    assert scores.name == "score"
    np.testing.assert_allclose(aggregate(values[["a", "b"]].to_numpy(), [3, 1], method, **options), scores)
    pd.testing.assert_frame_equal(values, before)
