"""AHP: Saaty's own tables to the printed digits, clashes, and tables that make no sense."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.errors import NmplanError
from nmplan.scores.ahp import RANDOM_INDICES
from nmplan.scores.ahp import judge_pairs
from nmplan.scores.ahp import pairwise_table

PROPERTY = settings(deadline=None, derandomize=True)

# Saaty 1990, How to make a decision, European Journal of Operational Research 48:9-26, table 2: buying a house
HOUSE = """
size        1   5   3   7   6   6   1/3 1/4
transport   1/5 1   1/3 5   3   3   1/5 1/7
neighbours  1/3 3   1   6   3   4   6   1/5
age         1/7 1/5 1/6 1   1/3 1/4 1/7 1/8
yard        1/6 1/3 1/3 3   1   1/2 1/5 1/6
modern      1/6 1/3 1/4 4   2   1   1/5 1/6
condition   3   5   1/6 7   5   5   1   1/2
financing   4   7   5   8   6   6   2   1
"""
HOUSE_WEIGHTS = [0.173, 0.054, 0.188, 0.018, 0.031, 0.036, 0.167, 0.333]

# Saaty 2008, Decision making with the analytic hierarchy process, Int. J. Services Sciences 1:83-98, table 2: drinks
DRINKS = """
coffee 1   9 5   2   1   1   1/2
wine   1/9 1 1/3 1/9 1/9 1/9 1/9
tea    1/5 3 1   1/3 1/4 1/3 1/9
beer   1/2 9 3   1   1/2 1   1/3
sodas  1   9 4   2   1   2   1/2
milk   1   9 3   1   1/2 1   1/3
water  2   9 9   3   2   3   1
"""
DRINKS_WEIGHTS = [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327]


def read(text: str) -> pd.DataFrame:
    rows = [line.split() for line in text.strip().splitlines()]
    names = [row[0] for row in rows]
    return pd.DataFrame([[float(Fraction(cell)) for cell in row[1:]] for row in rows], index=names, columns=names)


def judged(table: pd.DataFrame) -> list[tuple[str, str, float]]:
    return [(one, other, table.loc[one, other]) for one, other in combinations(table.index, 2)]


def test_the_house_of_saaty() -> None:
    found = judge_pairs(read(HOUSE))
    assert found.weights.round(3).tolist() == HOUSE_WEIGHTS
    assert round(found.lambda_max, 3) == 9.669
    assert round(found.consistency_index, 3) == 0.238
    assert round(found.consistency_ratio, 3) == 0.169
    assert not found.consistent


def test_the_judgement_that_clashes_most_in_the_house() -> None:
    # neighbourhood is judged 6 times the condition, yet their weights are 0.188 and 0.167
    worst = judge_pairs(read(HOUSE)).clashes.iloc[0]
    assert [worst["a"], worst["b"], worst["judged"]] == ["neighbours", "condition", 6.0]
    assert worst["implied"] == pytest.approx(0.188 / 0.167, abs=0.01)
    assert worst["ratio"] == pytest.approx(6 / (0.188 / 0.167), abs=0.05)


def test_the_drinks_of_saaty() -> None:
    found = judge_pairs(read(DRINKS))
    assert found.weights.round(3).tolist() == DRINKS_WEIGHTS
    assert round(found.consistency_ratio, 3) == 0.022
    assert found.consistent


def test_a_table_from_pairs_is_the_table_in_print() -> None:
    house = read(HOUSE)
    pd.testing.assert_frame_equal(pairwise_table(judged(house), list(house.index)), house)
    # the same judgements told from the other side
    turned = [(other, one, 1 / times) for one, other, times in judged(house)]
    pd.testing.assert_frame_equal(pairwise_table(turned, list(house.index)), house)


def test_the_order_of_names_is_irrelevant() -> None:
    house = read(HOUSE)
    names = list(reversed(house.index))
    turned = judge_pairs(pairwise_table(judged(house), names))
    assert turned.weights[house.index].tolist() == pytest.approx(judge_pairs(house).weights.tolist())


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8))
@PROPERTY
def test_consistent_judgements_give_back_their_weights(parts: list[int]) -> None:
    names = [f"c{number}" for number in range(len(parts))]
    pairs = [(names[i], names[j], parts[i] / parts[j]) for i, j in combinations(range(len(parts)), 2)]
    found = judge_pairs(pairwise_table(pairs, names))
    np.testing.assert_allclose(found.weights, np.array(parts) / sum(parts), atol=1e-9)
    assert found.consistency_ratio == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_allclose(found.clashes["ratio"].astype(float), 1.0, atol=1e-6)


@given(st.lists(st.sampled_from([1 / 9, 1 / 5, 1 / 3, 1, 3, 5, 9]), min_size=6, max_size=6))
@PROPERTY
def test_weights_are_positive_and_add_up_whatever_is_judged(times: list[float]) -> None:
    names = list("abcd")
    pairs = [(*pair, each) for pair, each in zip(combinations(names, 2), times, strict=True)]
    found = judge_pairs(pairwise_table(pairs, names))
    assert (found.weights > 0).all()
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.lambda_max >= 4 - 1e-9


@pytest.mark.parametrize(
    ("judgements", "where", "what"),
    [
        ([("a", "b", 3), ("a", "c", 5)], "b, c", "not judged"),
        ([("a", "b", 3), ("a", "c", 5), ("b", "c", 2), ("b", "a", 3)], "b, a", "judged twice"),
        ([("a", "b", -3), ("a", "c", 5), ("b", "c", 2)], "a, b", "the judgement is -3"),
        ([("a", "b", float("nan")), ("a", "c", 5), ("b", "c", 2)], "a, b", "the judgement is nan"),
        ([("a", "b", 0), ("a", "c", 5), ("b", "c", 2)], "a, b", "the judgement is 0"),
        ([("a", "a", 1), ("a", "b", 3), ("a", "c", 5), ("b", "c", 2)], "a, a", "with itself"),
        ([("a", "d", 1), ("a", "b", 3), ("a", "c", 5), ("b", "c", 2)], "a, d", "d is not compared"),
    ],
)
def test_judgements_that_make_no_table_are_refused(judgements: Any, where: str, what: str) -> None:
    with pytest.raises(NmplanError, match=what) as refusal:
        pairwise_table(judgements, list("abc"))
    assert [fault.where for fault in refusal.value.faults] == [where]


@pytest.mark.parametrize(
    ("numbers", "what"),
    [
        ([[1, 3], [3, 1]], "contradict"),
        ([[1, 3], [0, 1]], "the judgement is 0"),
        ([[1, float("nan")], [1, 1]], "the judgement is nan"),
        ([[2, 1], [1, 1]], "contradict"),
        ([[1, 2, 3], [1, 1, 1]], "square"),
        (np.ones((16, 16)), "Saaty's indices end at 15"),
    ],
)
def test_tables_that_are_no_pairwise_tables_are_refused(numbers: Any, what: str) -> None:
    with pytest.raises(NmplanError, match=what):
        judge_pairs(pd.DataFrame(numbers))


def test_rounded_reciprocals_of_a_printed_table_are_taken() -> None:
    found = judge_pairs(pd.DataFrame([[1, 7], [0.143, 1]], index=list("ab"), columns=list("ab")))
    assert found.weights["a"] == pytest.approx(7 / 8, abs=1e-3)


def test_saatys_random_indices_are_those_of_his_book() -> None:
    assert RANDOM_INDICES[2:10] == (0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
