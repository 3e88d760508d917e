"""Rank acceptability against exact probabilities of the Dirichlet distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from scipy.stats import beta

from nmplan.scores.acceptability import CHUNK
from nmplan.scores.acceptability import holds_for_all
from nmplan.scores.acceptability import rank_acceptability
from nmplan.scores.aggregate import rank_scores
from nmplan.scores.aggregate import weighted_sum

PROPERTY = settings(deadline=None, derandomize=True)
DRAWS = 20_000


def table(**sites: list[float]) -> pd.DataFrame:
    """Return values, one row per site."""
    return pd.DataFrame.from_dict(sites, orient="index", dtype=float)


def accept(values: pd.DataFrame, weights: list[float], **changed: Any) -> pd.DataFrame:
    how = {"draws": DRAWS, "concentration": 10.0, "top_k": 1, "threshold": 50.0, "seed": 7}
    return rank_acceptability(values, pd.Series(weights, index=values.columns), **(how | changed))


def near(probability: float) -> Any:
    """Return the probability, to four standard errors of a share of the draws."""
    return pytest.approx(probability, abs=4 * math.sqrt(probability * (1 - probability) / DRAWS))


@st.composite
def drawn_values(draw: st.DrawFn) -> pd.DataFrame:
    """Draw up to twelve sites on three criteria, from few levels so that ties are common."""
    row = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=3, max_size=3)
    return pd.DataFrame(draw(st.lists(row, min_size=1, max_size=12)), dtype=float)


def test_two_sites_and_two_criteria_agree_with_the_beta_distribution() -> None:
    # Dirichlet(10 · 0.4, 10 · 0.6): w1 ~ Beta(4, 6). A is first where w1 > 0.5 · (1 − w1), that is w1 > 1/3.
    found = accept(table(A=[1.0, 0.0], B=[0.0, 0.5]), [0.4, 0.6])
    first = beta.sf(1 / 3, 4, 6)
    assert found["p_top"].to_dict() == {"A": near(first), "B": near(1 - first)}


@pytest.mark.parametrize("threshold", [10.0, 25.0, 40.0, 55.0, 70.0])
def test_the_share_of_draws_above_a_threshold_agrees_with_the_beta_distribution(threshold: float) -> None:
    # A's score is 100 · w1
    found = accept(table(A=[1.0, 0.0]), [0.4, 0.6], threshold=threshold)
    assert found.loc["A", "p_threshold"] == near(beta.sf(threshold / 100, 4, 6))


@pytest.mark.parametrize("concentration", [2.0, 10.0, 60.0])
def test_concentration_narrows_the_weights_as_documented(concentration: float) -> None:
    # w1 ~ Beta(0.5 c, 0.5 c): one standard deviation √(0.25 / (c + 1)) above the mean
    edge = 0.5 + math.sqrt(0.25 / (concentration + 1))
    found = accept(table(A=[1.0, 0.0]), [0.5, 0.5], concentration=concentration, threshold=100 * edge)
    assert found.loc["A", "p_threshold"] == near(beta.sf(edge, concentration / 2, concentration / 2))


def test_three_sites_on_the_whole_triangle_of_weights_agree_with_its_areas() -> None:
    # Dirichlet(1, 1, 1) is uniform. C, 0.4 on all, is first where w1 < 0.4 and w2 < 0.4. Of the triangle,
    # w1 > 0.4 takes 0.6², w2 > 0.4 as much, both 0.2²: C gets 1 − 0.36 − 0.36 + 0.04 = 0.32, A and B half the rest.
    values = table(A=[1.0, 0.0, 0.0], B=[0.0, 1.0, 0.0], C=[0.4, 0.4, 0.4])
    found = accept(values, [1 / 3, 1 / 3, 1 / 3], concentration=3.0)
    assert found["p_top"].to_dict() == {"A": near(0.34), "B": near(0.34), "C": near(0.32)}


def test_ranks_at_five_and_ninety_five_per_cent() -> None:
    # A is first in 70 % of the draws, so that both ranks lie within the 90 %
    found = accept(table(A=[1.0, 0.0], B=[0.0, 0.5]), [0.4, 0.6])
    assert found[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 2], [1, 2]]
    # P(w1 > 2/3) is 1.1 %, too rare for C to count as first at 5 %
    assert 0.005 < beta.sf(2 / 3, 4, 6) < 0.05
    found = accept(table(C=[0.5, 0.0], D=[0.0, 1.0]), [0.4, 0.6])
    assert found[["rank_low", "rank_high"]].to_numpy().tolist() == [[2, 2], [1, 1]]


def test_a_tie_at_the_edge_is_shared() -> None:
    # one site always first, three alike behind it: with k = 2 they share the second place
    values = table(first=[1.0, 1.0], b=[0.5, 0.3], c=[0.5, 0.3], d=[0.5, 0.3])
    found = accept(values, [0.5, 0.5], top_k=2, draws=100)
    assert found["p_top"].tolist() == pytest.approx([1.0, 1 / 3, 1 / 3, 1 / 3])
    assert found["rank_low"].tolist() == found["rank_high"].tolist() == [1, 2, 2, 2]


@given(drawn_values(), st.integers(1, 15))
@PROPERTY
def test_the_top_shares_add_up_to_k_or_to_all_sites(values: pd.DataFrame, top_k: int) -> None:
    found = accept(values, [0.5, 0.3, 0.2], top_k=top_k, draws=60)
    assert found["p_top"].sum() == pytest.approx(min(top_k, len(values)), abs=1e-9)
    assert found["p_top"].between(0, 1 + 1e-12).all()
    assert (found["rank_low"] <= found["rank_high"]).all()
    assert found["rank_low"].ge(1).all()
    assert found["rank_high"].le(len(values)).all()


@given(drawn_values(), st.randoms(use_true_random=False))
@PROPERTY
def test_the_order_of_sites_is_irrelevant(values: pd.DataFrame, random: Any) -> None:
    order = list(values.index)
    random.shuffle(order)
    found = accept(values, [0.5, 0.3, 0.2], draws=60, top_k=2)
    shuffled = accept(values.loc[order], [0.5, 0.3, 0.2], draws=60, top_k=2)
    np.testing.assert_allclose(shuffled.loc[values.index], found, atol=1e-9)


@given(drawn_values(), st.integers(1, 5))
@PROPERTY
def test_a_site_at_least_as_good_in_everything_is_at_least_as_often_on_top(values: pd.DataFrame, top_k: int) -> None:
    better = (values.iloc[0] + 0.25).clip(upper=1.0)
    with_better = pd.concat([values, better.to_frame().T], ignore_index=True)
    found = accept(with_better, [0.5, 0.3, 0.2], draws=60, top_k=top_k)
    assert found["p_top"].iloc[-1] >= found["p_top"].iloc[0] - 1e-12
    assert found["rank_high"].iloc[-1] <= found["rank_high"].iloc[0]


def test_one_site_is_always_on_top() -> None:
    found = accept(table(A=[0.5, 0.25]), [0.4, 0.6], top_k=3, draws=50, threshold=20.0)
    assert found.to_dict("index") == {"A": {"p_top": 1.0, "rank_low": 1, "rank_high": 1, "p_threshold": 1.0}}


def test_no_site_gives_an_empty_table_with_its_columns() -> None:
    found = accept(table(A=[0.5, 0.25]).iloc[:0], [0.4, 0.6])
    assert found.empty
    assert found.columns.tolist() == ["p_top", "rank_low", "rank_high", "p_threshold"]


def test_weights_held_tight_give_the_ranking_of_the_weighted_sum() -> None:
    # A 45 + 3 + 10 = 58, B 10 + 24 + 12 = 46, C 40, D 35 + 18 + 2 = 55
    values = table(A=[0.9, 0.1, 0.5], B=[0.2, 0.8, 0.6], C=[0.4, 0.4, 0.4], D=[0.7, 0.6, 0.1])
    weights = [0.5, 0.3, 0.2]
    found = accept(values, weights, concentration=1e9, top_k=2, draws=300, threshold=56.0)
    ranks = rank_scores(weighted_sum(values, pd.Series(weights))).tolist()
    assert ranks == [1.0, 3.0, 4.0, 2.0]
    assert found["rank_low"].tolist() == found["rank_high"].tolist() == ranks
    assert found["p_top"].tolist() == [1.0, 0.0, 0.0, 1.0]
    assert found["p_threshold"].tolist() == [1.0, 0.0, 0.0, 0.0]


def test_the_same_seed_gives_the_same_result_and_another_seed_another() -> None:
    values = table(A=[1.0, 0.0], B=[0.0, 0.5])
    first, again, other = (accept(values, [0.4, 0.6], draws=500, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert first["p_top"].tolist() != other["p_top"].tolist()


@pytest.mark.parametrize("draws", [1, CHUNK - 1, CHUNK, CHUNK + 1])
def test_every_draw_counts_once_however_they_are_cut_into_chunks(draws: int) -> None:
    found = accept(table(A=[1.0, 0.0], B=[0.0, 0.5]), [0.4, 0.6], draws=draws, threshold=40.0)
    counts = found[["p_top", "p_threshold"]].to_numpy() * draws
    np.testing.assert_allclose(counts, counts.round(), atol=1e-9)
    assert found["p_top"].sum() == pytest.approx(1.0)


def test_a_criterion_without_weight_does_not_matter() -> None:
    values = table(A=[1.0, 0.0, 0.0], B=[0.0, 0.5, 1.0])
    found = accept(values, [0.4, 0.6, 0.0], draws=500)
    pd.testing.assert_frame_equal(found, accept(values[[0, 1]], [0.4, 0.6], draws=500))
    pd.testing.assert_frame_equal(found, accept(values.replace({2: {1.0: 0.3}}), [0.4, 0.6, 0.0], draws=500))


def test_a_site_holds_where_it_stays_on_top_from_every_point_of_view() -> None:
    seen = pd.DataFrame(
        {"scientist": [0.75, 1.0, 0.74, 1.0], "investor": [0.9, 1.0, 0.9, 0.0], "entrepreneur": [0.8, 1.0, 0.9, 1.0]},
        index=["edge", "sure", "short", "refused"],
    )
    # risk tolerance 0.25: at least 0.75 in all three
    assert holds_for_all(seen, 0.25).to_dict() == {"edge": True, "sure": True, "short": False, "refused": False}
    assert holds_for_all(seen, 0.0).tolist() == [False, True, False, False]
    assert holds_for_all(seen, 1.0).all()


def test_a_score_at_the_threshold_reaches_it_in_every_draw() -> None:
    values = pd.DataFrame([[0.6, 0.6, 0.6]])
    found = rank_acceptability(
        values, pd.Series([0.3, 0.3, 0.4]), draws=500, concentration=60, top_k=1, threshold=60, seed=1
    )
    assert found["p_threshold"].tolist() == [1.0]
