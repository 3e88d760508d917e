"""Weighted sum and ranks."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.scores.aggregate import rank_scores
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
