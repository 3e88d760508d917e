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

from nmplan.scores import acceptability
from nmplan.scores.acceptability import FULL
from nmplan.scores.acceptability import PAIRS
from nmplan.scores.acceptability import ROWS
from nmplan.scores.acceptability import Acceptability
from nmplan.scores.acceptability import draw_weights
from nmplan.scores.acceptability import holds_for_all
from nmplan.scores.acceptability import long_ranks
from nmplan.scores.acceptability import long_weights
from nmplan.scores.acceptability import rank_acceptability
from nmplan.scores.acceptability import rank_draws
from nmplan.scores.acceptability import top_share
from nmplan.scores.aggregate import rank_scores
from nmplan.scores.aggregate import weighted_sum

PROPERTY = settings(deadline=None, derandomize=True)
DRAWS = 20_000


def table(**sites: list[float]) -> pd.DataFrame:
    """Return values, one row per site."""
    return pd.DataFrame.from_dict(sites, orient="index", dtype=float)


def analyse(values: Any, weights: list[float], **changed: Any) -> Acceptability:
    how = {"draws": DRAWS, "concentration": 10.0, "top_k": 1, "threshold": 50.0, "seed": 7}
    columns = (values if isinstance(values, pd.DataFrame) else values[0]).columns
    return rank_acceptability(values, pd.Series(weights, index=columns), **(how | changed))


def accept(values: Any, weights: list[float], **changed: Any) -> pd.DataFrame:
    found = analyse(values, weights, **changed)
    return found.table[["p_top", "rank_low", "rank_high", "p_threshold"]]


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


@pytest.mark.parametrize("draws", [1, ROWS, 399, 400, 401])
def test_every_draw_counts_once_however_they_are_cut_into_blocks(draws: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acceptability, "PAIRS", 800)  # 400 draws of two sites make a block
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
    found = accept(values, [0.3, 0.3, 0.4], draws=500, concentration=60, threshold=60)
    assert found["p_threshold"].tolist() == [1.0]
    assert accept(values, [0.3, 0.3, 0.4], draws=500, threshold=60.00001)["p_threshold"].tolist() == [0.0]


def test_a_published_analysis_of_two_drugs_is_found_again() -> None:
    """
    Heparin and enoxaparin against thrombosis: uncertain measures and weights without preference (uniform).

    Beta distributions and linear value scales as in the "Thrombolytics Example" of drugis.org (mcda-elicitation-web),
    whose rank acceptabilities, central weights and confidence factors are printed in the reference output of the R
    package smaa (van Valkenhoef; after Tervonen & Figueira 2008). Both are simulations with 10,000 draws: shares may
    differ by four standard errors of a difference, 4 · √(2 · 0.25/10,000) = 0.028.
    """
    betas = {"heparin": [(20, 116), (40, 96), (1, 135)], "enoxaparin": [(8, 121), (32, 97), (5, 124)]}
    scales = [(0.0, 0.25), (0.15, 0.4), (0.0, 0.1)]
    random, draws = np.random.default_rng(20261122), 10_000
    columns = ["proximal", "distal", "bleeding"]
    drawn = np.stack(
        [
            np.stack([(high - random.beta(*beta, draws)) / (high - low) for beta, (low, high) in pairs], axis=1)
            for pairs in (zip(each, scales, strict=True) for each in betas.values())
        ],
        axis=1,
    )
    # as in the original, values run below 0 where a draw is worse than the scale
    members = [pd.DataFrame(each, index=list(betas), columns=columns) for each in drawn.round(4)]
    found = analyse(members, [1 / 3, 1 / 3, 1 / 3], concentration=3.0, draws=draws, top_k=2)
    near = {"abs": 0.028}
    assert found.ranks.loc["heparin"].tolist() == pytest.approx([0.3504, 0.6496], **near)
    assert found.ranks.loc["enoxaparin"].tolist() == pytest.approx([0.6496, 0.3504], **near)
    assert found.central.loc["heparin"].tolist() == pytest.approx([0.1865, 0.2772, 0.5363], **near)
    assert found.central.loc["enoxaparin"].tolist() == pytest.approx([0.4073, 0.3641, 0.2285], **near)
    assert found.table["confidence"].tolist() == pytest.approx([0.6682, 0.8956], **near)
    # weights held at 0.5, 0.2, 0.3: 0.1279
    held = analyse(members, [0.5, 0.2, 0.3], concentration=1e9, draws=draws)
    assert held.table["p_first"].tolist() == pytest.approx([0.1279, 0.8721], **near)


def test_central_weights_are_the_mean_of_those_for_which_a_site_is_first() -> None:
    # w1 uniform on 0–1 (Dirichlet(1, 1)): A is first above 1/3, mean 2/3; B below, mean 1/6
    found = analyse(table(A=[1.0, 0.0], B=[0.0, 0.5]), [0.5, 0.5], concentration=2.0)
    assert found.central[0].to_dict() == {"A": pytest.approx(2 / 3, abs=0.01), "B": pytest.approx(1 / 6, abs=0.01)}
    assert found.central.sum(axis=1).tolist() == pytest.approx([1.0, 1.0])
    assert found.table["confidence"].tolist() == [1.0, 1.0]
    # with k = 2 both are always in the top: the mean of all
    top = analyse(table(A=[1.0, 0.0], B=[0.0, 0.5]), [0.5, 0.5], concentration=2.0, top_k=2).central_top
    assert top[0].tolist() == pytest.approx([0.5, 0.5], abs=0.01)


def test_a_site_that_is_never_first_has_no_central_weights() -> None:
    found = analyse(table(A=[1.0, 0.5], B=[0.5, 0.4]), [0.5, 0.5], draws=100)
    assert found.central.loc["B"].isna().all()
    assert found.table["confidence"].isna().tolist() == [False, True]
    assert long_weights(found)["parcel_id"].unique().tolist() == ["A"]
    assert long_ranks(found).to_dict("records") == [{"parcel_id": "A", "rank": 1, "share": 1.0}]


@given(drawn_values(), st.integers(1, 15))
@PROPERTY
def test_every_rank_is_taken_once_in_every_draw(values: pd.DataFrame, top_k: int) -> None:
    found = analyse(values, [0.5, 0.3, 0.2], top_k=top_k, draws=60)
    assert found.ranks.sum().tolist() == pytest.approx([1.0] * min(top_k, len(values)))
    np.testing.assert_allclose(found.ranks.sum(axis=1), found.table["p_top"], atol=1e-9)
    np.testing.assert_allclose(found.ranks[1], found.table["p_first"], atol=1e-9)
    alone = top_share(values, pd.Series([0.5, 0.3, 0.2]), draws=60, concentration=10.0, top_k=top_k, seed=7)
    np.testing.assert_allclose(alone, found.table["p_top"], atol=1e-9)


def test_drawn_weights_are_whole_thousandths_that_add_up() -> None:
    drawn = draw_weights(pd.Series({"a": 0.5, "b": 0.3, "c": 0.2, "d": 0.0}), draws=2_000, concentration=60, seed=3)
    assert drawn.columns.tolist() == ["a", "b", "c"]
    assert (drawn.sum(axis=1) == 1000).all()
    assert (drawn == drawn.round()).all().all()
    exact = 1000 * np.random.default_rng(3).dirichlet([30, 18, 12], size=2_000)
    assert np.abs(drawn.to_numpy() - exact).max() < 1
    held = draw_weights(pd.Series({"a": 1 / 3, "b": 2 / 3}), draws=3, concentration=1e12, seed=1)
    assert held.to_numpy().tolist() == [[333, 667]] * 3


def reference(values: pd.DataFrame, weights: pd.DataFrame) -> Any:
    """Return scores in whole numbers, computed without a float anywhere."""
    points = (values * 10_000).round().astype(int).to_numpy()
    return np.array([[int(row @ site) for site in points] for row in weights.astype(int).to_numpy()])


def test_scores_in_float32_rank_as_in_whole_numbers() -> None:
    random = np.random.default_rng(5)
    values = pd.DataFrame(random.random((400, 8)).round(4))
    values.iloc[200:] = values.iloc[:200].to_numpy()  # each site has a twin
    weights = pd.Series(np.full(8, 1 / 8))
    how = {"draws": 301, "concentration": 60.0, "seed": 9}
    scores = reference(values, draw_weights(weights, **how))
    ranks = (scores[:, None, :] > scores[:, :, None]).sum(axis=2) + 1
    found = rank_acceptability(values, weights, **how, top_k=20, threshold=50.0)
    low, high = np.percentile(ranks, [5, 95], axis=0, method="nearest")
    assert found.table["rank_low"].tolist() == low.tolist()
    assert found.table["rank_high"].tolist() == high.tolist()
    assert found.table["p_threshold"].tolist() == pytest.approx((scores >= FULL / 2).mean(axis=0))
    assert found.table["p_top"].iloc[:200].tolist() == found.table["p_top"].iloc[200:].tolist()


@given(st.lists(st.lists(st.integers(0, FULL), min_size=5, max_size=5), min_size=1, max_size=4))
@PROPERTY
def test_ranks_are_one_more_than_the_number_of_higher_scores(rows: list[list[int]]) -> None:
    found = rank_draws(np.array(rows, dtype=np.float32))
    assert found.tolist() == [[1 + sum(other > own for other in row) for own in row] for row in rows]


@pytest.mark.parametrize("draws", [40, 41, 97, 400])
def test_percentiles_are_exact_when_not_all_ranks_fit(draws: int, monkeypatch: pytest.MonkeyPatch) -> None:
    values = pd.DataFrame(np.random.default_rng(2).random((30, 3)).round(4))
    whole = accept(values, [0.5, 0.3, 0.2], draws=draws, top_k=3)
    monkeypatch.setattr(acceptability, "HELD", 30)
    pd.testing.assert_frame_equal(accept(values, [0.5, 0.3, 0.2], draws=draws, top_k=3), whole)


def test_results_do_not_depend_on_blocks_or_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    values = pd.DataFrame(np.random.default_rng(2).random((30, 3)).round(4))
    whole = analyse([values, values.iloc[::-1].set_axis(values.index)], [0.5, 0.3, 0.2], draws=200, top_k=3)
    monkeypatch.setattr(acceptability, "PAIRS", PAIRS // 10_000)
    monkeypatch.setattr(acceptability, "_threads", lambda: 1)
    again = analyse([values, values.iloc[::-1].set_axis(values.index)], [0.5, 0.3, 0.2], draws=200, top_k=3)
    pd.testing.assert_frame_equal(again.table, whole.table)
    pd.testing.assert_frame_equal(again.central_top, whole.central_top)


def test_an_ensemble_of_two_worlds_gives_each_half_the_draws() -> None:
    better, worse = table(A=[0.8], B=[0.5]), table(A=[0.2], B=[0.5])
    found = analyse([better, worse], [1.0], draws=100)
    assert found.table["p_first"].tolist() == [0.5, 0.5]
    assert found.table["confidence"].tolist() == [0.5, 0.5]
    # an ensemble of alike members changes nothing
    pd.testing.assert_frame_equal(accept([better] * 3, [1.0], draws=100), accept(better, [1.0], draws=100))


def test_more_in_the_top_than_sites_puts_all_in_it() -> None:
    found = analyse(table(A=[0.5, 0.25], B=[0.4, 0.3]), [0.4, 0.6], top_k=20, draws=50)
    assert found.table["p_top"].tolist() == [1.0, 1.0]
    assert found.ranks.columns.tolist() == [1, 2]
