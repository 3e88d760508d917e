from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nmplan.measures.catchment import Shares
from nmplan.measures.catchment import two_step_access
from nmplan.measures.catchment import within


def test_luo_and_wang_by_hand() -> None:
    # two surgeries with 1 and 2 doctors; 100, 200 and 300 people; a catchment of 30 minutes
    minutes = np.array([[10.0, 30.0, 45.0], [50.0, 20.0, 15.0]])
    access = two_step_access(
        within(minutes, 30), np.array([1.0, 2.0]), np.array([100.0, 200.0, 300.0]), pd.Index(["a", "b", "c"])
    )
    # step 1: 1 / (100 + 200) and 2 / (200 + 300); step 2: the middle place lies in both catchments
    assert access.tolist() == pytest.approx([1 / 300, 1 / 300 + 2 / 500, 2 / 500])


def test_enhanced_with_a_decay_by_hand() -> None:
    weights = np.array([[1.0, 0.5]])
    access = two_step_access(weights, np.array([10.0]), np.array([2.0, 6.0]), pd.Index(["a", "b"]))
    # 10 / (2·1 + 6·½) = 2 per unit at the door, half of it further off
    assert access.tolist() == pytest.approx([2, 1])


def test_beyond_every_catchment_is_nan_and_a_supplier_nobody_reaches_gives_nothing() -> None:
    minutes = np.array([[10.0, np.nan], [np.nan, np.nan]])
    access = two_step_access(within(minutes, 30), np.array([5.0, 7.0]), np.array([1.0, 1.0]), pd.Index(["a", "b"]))
    assert access.tolist() == pytest.approx([5, np.nan], nan_ok=True)


def test_a_site_without_demand_reads_what_it_would_get() -> None:
    access = two_step_access(np.ones((1, 2)), np.array([6.0]), np.array([3.0, 0.0]), pd.Index(["a", "b"]))
    assert access.tolist() == pytest.approx([2, 2])


SHAPE = (4, 5)
WEIGHTS = arrays(float, SHAPE, elements=st.one_of(st.just(0.0), st.floats(1e-3, 1)))
SUPPLY = arrays(float, SHAPE[0], elements=st.floats(0, 100))
DEMAND = arrays(float, SHAPE[1], elements=st.one_of(st.just(0.0), st.floats(0.1, 100)))
INDEX = pd.RangeIndex(SHAPE[1])


@settings(max_examples=100, deadline=None)
@given(WEIGHTS, SUPPLY, DEMAND)
def test_what_all_sites_get_is_the_supply_that_demand_reaches(
    weights: np.ndarray, supply: np.ndarray, demand: np.ndarray
) -> None:
    access = two_step_access(weights, supply, demand, INDEX)
    reached = supply[(weights * demand).sum(axis=1) > 0].sum()
    assert (access.fillna(0) * demand).sum() == pytest.approx(reached)


@settings(max_examples=100, deadline=None)
@given(WEIGHTS, SUPPLY, DEMAND, st.integers(0, SHAPE[1] - 1), st.floats(0, 50))
def test_more_demand_raises_nobodys_access(
    weights: np.ndarray, supply: np.ndarray, demand: np.ndarray, where: int, more: float
) -> None:
    demand = np.maximum(demand, 0.1)
    grown = demand + more * (np.arange(len(demand)) == where)
    before, after = (two_step_access(weights, supply, asked, INDEX).fillna(0) for asked in (demand, grown))
    assert (after <= before * (1 + 1e-12)).all()


@settings(max_examples=50, deadline=None)
@given(WEIGHTS, SUPPLY, DEMAND, st.integers(1, 4))
def test_block_by_block_equals_at_once(weights: np.ndarray, supply: np.ndarray, demand: np.ndarray, rows: int) -> None:
    shares = Shares(supply, demand)
    for first in range(0, len(supply), rows):
        shares.add(weights[first : first + rows])
    pd.testing.assert_series_equal(shares.access(INDEX), two_step_access(weights, supply, demand, INDEX), rtol=1e-12)
