"""Break-even weights against hand calculation and against a search."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.scores.breakeven import break_even_weights

PROPERTY = settings(deadline=None, derandomize=True)


def test_two_sites_change_places_where_their_scores_meet() -> None:
    # A scores x, B 0.5 (1 − x): level at x = 1/3
    values = pd.DataFrame({"near": [1.0, 0.0], "large": [0.0, 0.5]}, index=["A", "B"])
    found = break_even_weights(values, pd.Series({"near": 0.4, "large": 0.6}), top_k=1)
    assert found["parcel_id"].tolist() == ["A", "A", "B", "B"]
    assert found["in_top"].tolist() == [True, True, False, False]
    assert found["lower"].tolist() == pytest.approx([1 / 3, np.nan, 1 / 3, np.nan], nan_ok=True)
    assert found["upper"].tolist() == pytest.approx([np.nan, 2 / 3, np.nan, 2 / 3], nan_ok=True)


def test_other_weights_keep_their_proportions() -> None:
    # weights 0.5, 0.3, 0.2; x on the first: A scores x + 0, B (1 − x) · (0.3 · 1 + 0.2 · 0) / 0.5 = 0.6 (1 − x)
    values = pd.DataFrame([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], index=["A", "B"])
    found = break_even_weights(values, pd.Series([0.5, 0.3, 0.2]), 1, ["A"]).set_index("criterion")
    assert found.loc[0, "lower"] == pytest.approx(0.6 / 1.6)
    # y on the second: A scores (1 − y) · 0.5 / 0.7, B y
    assert found.loc[1, "upper"] == pytest.approx((5 / 7) / (1 + 5 / 7))
    # the third says nothing of either: no weight of it puts B in front
    assert np.isnan(found.loc[2, ["lower", "upper"]].to_numpy(dtype=float)).all()


def test_a_site_may_leave_on_both_sides() -> None:
    # C, 0.4 on both, lies between: A is ahead above 0.4, B below 0.6; alone C is first nowhere, second everywhere
    values = pd.DataFrame([[1.0, 0.0], [0.0, 1.0], [0.6, 0.6]], index=["A", "B", "C"])
    found = break_even_weights(values, pd.Series([0.5, 0.5]), 1, ["C"])
    assert found[["lower", "upper"]].to_numpy().tolist() == [pytest.approx([0.4, 0.6])] * 2


def test_a_single_criterion_and_a_dominated_site_have_no_break_even() -> None:
    alone = break_even_weights(pd.DataFrame({"a": [0.5, 0.4]}), pd.Series({"a": 1.0}), 1)
    assert alone[["lower", "upper"]].isna().all().all()
    worse = pd.DataFrame([[1.0, 1.0], [0.5, 0.4]])
    assert break_even_weights(worse, pd.Series([0.5, 0.5]), 1)[["lower", "upper"]].isna().all().all()


def test_sites_near_the_top_are_taken_unless_some_are_named() -> None:
    values = pd.DataFrame(np.linspace(1, 0, 10), columns=["a"]).assign(b=0.5)
    found = break_even_weights(values, pd.Series({"a": 0.5, "b": 0.5}), 2)
    assert found["parcel_id"].unique().tolist() == [0, 1, 2, 3]


@given(
    st.lists(st.lists(st.integers(0, 20), min_size=3, max_size=3), min_size=2, max_size=9),
    st.lists(st.integers(1, 9), min_size=3, max_size=3),
    st.integers(1, 3),
)
@PROPERTY
def test_nothing_turns_before_the_break_even_and_something_does_after(
    sites: list[list[int]], weights: list[int], top_k: int
) -> None:
    values, shares = pd.DataFrame(sites, dtype=float) / 20, pd.Series(weights, dtype=float) / sum(weights)

    def in_top(site: int, criterion: int, weight: float) -> bool:
        scaled = shares * (1 - weight) / (1 - shares[criterion])
        scaled[criterion] = weight
        scores = values.to_numpy() @ scaled.to_numpy()
        return bool((scores > scores[site] + 1e-9).sum() < top_k)

    for row in break_even_weights(values, shares, top_k, list(values.index)).itertuples():
        ends = (0.0 if np.isnan(row.lower) else row.lower, 1.0 if np.isnan(row.upper) else row.upper)
        for side, end in zip((-1, 1), ends, strict=True):
            away = abs(end - row.weight)
            if away > 1e-4:
                inside = [in_top(row.parcel_id, row.criterion, row.weight + side * away * t) for t in (0.01, 0.5, 0.99)]
                # a tie at the weight itself or at a single point between counts as in the top
                assert len(set(inside)) == 1 or any(inside)
            if 1e-4 < end < 1 - 1e-4:
                past = in_top(row.parcel_id, row.criterion, end + side * 1e-6)
                before = in_top(row.parcel_id, row.criterion, end - side * 1e-6)
                assert past != before
