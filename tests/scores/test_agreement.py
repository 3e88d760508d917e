"""Agreement of methods, overlap of criteria, effective weights: by hand and by property."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.scores.agreement import AGREEMENT_COLUMNS
from nmplan.scores.agreement import agreement_table
from nmplan.scores.agreement import criteria_correlation
from nmplan.scores.agreement import effective_weights
from nmplan.scores.agreement import kendall_tau
from nmplan.scores.agreement import tell_overlaps

PROPERTY = settings(deadline=None, derandomize=True)


def test_tau_of_an_order_with_itself_its_reverse_and_one_swap() -> None:
    assert kendall_tau([1, 2, 3, 4], [10, 20, 30, 40]) == pytest.approx(1.0)
    assert kendall_tau([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1.0)
    # six pairs, one of them swapped: (5 − 1) / 6
    assert kendall_tau([1, 2, 3, 4], [1, 3, 2, 4]) == pytest.approx(4 / 6)


def test_tau_b_counts_ties_by_hand() -> None:
    # pairs of a b c d: ab tied in the first alone; cd tied in the second alone; the other four agree:
    # 4 / √((4 + 1) · (4 + 1))
    assert kendall_tau([1, 1, 2, 3], [1, 2, 3, 3]) == pytest.approx(4 / 5)


def test_differences_of_rounding_are_ties() -> None:
    assert kendall_tau([0.1 + 0.2, 0.3, 0.5], [1.0, 1.0, 2.0]) == pytest.approx(1.0)


def test_sites_without_a_score_are_left_out_and_no_order_gives_none() -> None:
    assert kendall_tau([1, math.nan, 3], [1, 9, 3]) == pytest.approx(1.0)
    assert math.isnan(kendall_tau([1, 1, 1], [1, 2, 3]))
    assert math.isnan(kendall_tau([1.0], [1.0]))
    assert math.isnan(kendall_tau([], []))


def test_effective_weights_by_hand() -> None:
    # S = 0.5 a + 0.5 b: 0, 0.75, 0.75 (a 0, 1, 1; b 0, 0.5, 0.5). cov(a, S) = 2 cov(b, S): shares 2/3 and 1/3
    table = pd.DataFrame({"a": [0.0, 1.0, 1.0], "b": [0.0, 0.5, 0.5]})
    found = effective_weights(table, pd.Series({"a": 0.5, "b": 0.5}))
    assert found.to_dict() == pytest.approx({"a": 2 / 3, "b": 1 / 3})


def test_criteria_that_overlap_weigh_more_than_stated_and_one_that_runs_against_them_less_than_nothing() -> None:
    near = np.linspace(0, 1, 21)
    table = pd.DataFrame({"boundary": near, "crossing": near, "housing": 1 - near})
    found = effective_weights(table, pd.Series({"boundary": 0.4, "crossing": 0.35, "housing": 0.25}))
    # S = 0.5 near + 0.25: shares 0.4 / 0.5, 0.35 / 0.5, −0.25 / 0.5
    assert found.to_dict() == pytest.approx({"boundary": 0.8, "crossing": 0.7, "housing": -0.5})


@given(st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=2, max_size=12))
@PROPERTY
def test_effective_weights_add_up_to_one_where_scores_differ(rows: list[list[float]]) -> None:
    found = effective_weights(pd.DataFrame(rows, columns=list("abc")), pd.Series({"a": 0.5, "b": 0.3, "c": 0.2}))
    assert found.isna().all() or found.sum() == pytest.approx(1.0, abs=1e-6)


def test_where_all_sites_score_the_same_nothing_is_explained() -> None:
    table = pd.DataFrame({"a": [0.5, 0.5], "b": [0.5, 0.5]})
    assert effective_weights(table, pd.Series({"a": 0.5, "b": 0.5})).isna().all()


def test_the_table_has_every_pair_once() -> None:
    rng = np.random.default_rng(3)
    values = pd.DataFrame(rng.random((30, 3)), columns=["a", "b", "c"])
    weights = pd.Series({"a": 0.5, "b": 0.5, "c": 0.0})
    found = agreement_table(values, weights)
    assert found.columns.tolist() == AGREEMENT_COLUMNS
    counts = found["quantity"].value_counts().to_dict()
    # four methods make six pairs; a criterion without weight is left out
    assert counts == {"kendall_tau": 6, "correlation": 1, "weight": 2, "effective_weight": 2}
    numbers = found.set_index(["quantity", "a", "b"])["number"]
    assert numbers["correlation", "a", "b"] == pytest.approx(criteria_correlation(values).loc["a", "b"])
    assert numbers[found["quantity"].eq("kendall_tau").to_numpy()].between(-1, 1).all()


def test_fewer_than_two_sites_agree_on_nothing() -> None:
    found = agreement_table(pd.DataFrame({"a": [0.5]}), pd.Series({"a": 1.0}))
    assert found.empty
    assert found.columns.tolist() == AGREEMENT_COLUMNS


def test_only_criteria_that_correlate_closely_are_told() -> None:
    near = np.linspace(0, 1, 11)
    values = pd.DataFrame({"boundary_m": near, "crossing_min": near**1.1, "area_ha": (near * 7) % 1})
    told = tell_overlaps(agreement_table(values, pd.Series({"boundary_m": 0.4, "crossing_min": 0.4, "area_ha": 0.2})))
    assert len(told) == 1
    assert told[0].startswith("boundary_m and crossing_min correlate 1.00")
