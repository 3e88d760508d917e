"""Score against captive share: monotone, and nothing on it is bettered by anything else."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.places.programme import Solution
from nmplan.places.programme import limit
from nmplan.places.programme import maximise
from nmplan.places.trade_off import captive_frontier
from nmplan.places.trade_off import captive_of

EXACT = {"time_limit_s": 30.0, "relative_gap": 0.0}
PROPERTY = settings(deadline=None, derandomize=True, max_examples=25)


def frontier(land, score, captive, limits, floors=5):
    first = maximise(land * score, limits, **EXACT)
    return captive_frontier(land, score, captive, limits, first, floors, **EXACT)[0]


def test_the_share_is_by_land_and_leaves_the_unknown_out() -> None:
    land, captive = np.array([1.0, 3.0, 5.0]), np.array([0.2, 0.6, np.nan])
    assert captive_of(land, captive, np.array([True, True, True])) == pytest.approx(0.5)  # (0.2 + 1.8) / 4
    assert np.isnan(captive_of(land, captive, np.array([False, False, True])))


def test_a_floor_costs_points() -> None:
    land, score, captive = np.ones(3), np.array([90.0, 70.0, 50.0]), np.array([0.1, 0.4, 0.8])
    found = frontier(land, score, captive, [limit("sites", "at most", land, 1)], floors=3)
    # floors 0.1, 0.415 and 0.73: both are out of reach of the site of 0.4, so that only that of 0.8 keeps them
    assert found["total_score"].tolist() == [90, 50]
    assert found["captive_share"].tolist() == pytest.approx([0.1, 0.8])


@PROPERTY
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 99), st.integers(0, 10)), min_size=1, max_size=7),
    st.integers(1, 12),
    st.integers(0, 4),
)
def test_the_frontier_is_monotone_and_undominated(items: list[tuple[int, int, int]], most: int, least: int) -> None:
    land, score, tenths = (np.array(column, dtype=float) for column in zip(*items, strict=True))
    captive = tenths / 10
    limits = [limit("most", "at most", land, most), limit("least", "at least", land, least)]
    found = frontier(land, score, captive, limits)
    assert found["captive_share"].is_monotonic_increasing
    assert found["total_score"].is_monotonic_decreasing
    assert found["captive_share"].is_unique
    assert (found["captive_share"] >= found["captive_floor"] - 1e-4).all()
    choices = [np.array(x, bool) for x in product([0, 1], repeat=len(land)) if least <= land @ x <= most and any(x)]
    if not choices or found.empty:
        return
    # floors go nine tenths of the way from the best portfolio's share to the best share there is
    start, best = found["captive_floor"].iloc[0], max(captive_of(land, captive, x) for x in choices)
    assert start + 0.9 * (best - start) - 1e-9 <= found["captive_share"].iloc[-1] <= best + 1e-9
    for row in found.itertuples():
        within = [x for x in choices if captive_of(land, captive, x) >= row.captive_floor - 1e-9]
        assert row.total_score == pytest.approx(max((land * score) @ x for x in within))


def test_without_known_shares_or_floors_there_is_no_frontier() -> None:
    land, score = np.ones(2), np.array([5.0, 6.0])
    assert frontier(land, score, np.array([np.nan, np.nan]), []).empty
    assert frontier(land, score, np.array([0.1, 0.2]), [], floors=0).empty


def test_what_is_found_under_a_floor_may_better_what_the_gap_left() -> None:
    land, score, captive = np.ones(2), np.array([50.0, 60.0]), np.array([0.1, 0.4])
    limits = [limit("sites", "at most", land, 1)]
    poor = Solution("optimal", np.array([True, False]), 50.0, 61.0)  # within a wide gap
    table, best = captive_frontier(land, score, captive, limits, poor, 3, **EXACT)
    assert best.chosen.tolist() == [False, True]
    assert (best.objective, best.bound) == (60.0, 61.0)
    assert table["total_score"].tolist() == [60.0]
