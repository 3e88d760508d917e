"""Equal to pymcdm and scikit-criteria on random problems, where the methods coincide."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from nmplan.scores.aggregate import aggregate
from nmplan.scores.aggregate import rank_scores
from nmplan.scores.ahp import judge_pairs
from nmplan.scores.weights import critic_weights
from nmplan.scores.weights import entropy_weights

pymcdm = pytest.importorskip("pymcdm")
skcriteria = pytest.importorskip("skcriteria")

PROBLEMS = range(200)


def problem(seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return values and weights: 3 to 30 sites, 2 to 8 criteria, no value 0, which they take to logarithms."""
    random = np.random.default_rng(seed)
    sites, criteria = random.integers(3, 31), random.integers(2, 9)
    return random.uniform(0.01, 1, (sites, criteria)), random.dirichlet(np.ones(criteria))


def with_ideals(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add the best and the worst thinkable site, so that min-max and ideals of the candidates change nothing."""
    criteria = values.shape[1]
    return np.vstack([values, np.ones(criteria), np.zeros(criteria)])


def theirs(method: Any, values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scores of a pymcdm method for criteria of which more is better."""
    return method(values, weights, np.ones(len(weights)), validation=False, verbose=False)


def decide(values: NDArray[np.float64], weights: NDArray[np.float64], maker: Any) -> Any:
    return maker.evaluate(skcriteria.mkdm(values, [max] * len(weights), weights=weights))


@pytest.mark.parametrize("seed", PROBLEMS)
def test_sum_product_and_topsis_equal_pymcdm(seed: int) -> None:
    from pymcdm.methods import TOPSIS
    from pymcdm.methods import WPM
    from pymcdm.methods import WSM

    values, weights = problem(seed)
    plain = {"normalization_function": lambda column, cost=False: column}  # noqa: ARG005  (their signature)
    np.testing.assert_allclose(aggregate(values, weights, "sum"), 100 * theirs(WSM(**plain), values, weights))
    np.testing.assert_allclose(aggregate(values, weights, "product"), 100 * theirs(WPM(**plain), values, weights))
    # their min-max and ideals are those of the candidates: with the ideals among them they are ours
    wide = with_ideals(values)
    np.testing.assert_allclose(aggregate(wide, weights, "topsis"), 100 * theirs(TOPSIS(), wide, weights))


@pytest.mark.parametrize("seed", PROBLEMS)
def test_sum_product_and_topsis_equal_scikit_criteria(seed: int) -> None:
    from skcriteria.agg.simple import WeightedProductModel
    from skcriteria.agg.simple import WeightedSumModel
    from skcriteria.agg.topsis import TOPSIS

    values, weights = problem(seed)
    total, product = decide(values, weights, WeightedSumModel()), decide(values, weights, WeightedProductModel())
    np.testing.assert_allclose(aggregate(values, weights, "sum"), 100 * total.e_.score)
    np.testing.assert_allclose(aggregate(values, weights, "product"), 100 * 10**product.e_.score)
    assert rank_scores(aggregate(values, weights, "sum")).tolist() == total.rank_.tolist()
    wide = with_ideals(values)
    np.testing.assert_allclose(aggregate(wide, weights, "topsis"), 100 * decide(wide, weights, TOPSIS()).e_.similarity)


@pytest.mark.parametrize("seed", PROBLEMS)
def test_weights_from_data_equal_both(seed: int) -> None:
    from pymcdm.weights import critic_weights as pymcdm_critic
    from pymcdm.weights import entropy_weights as pymcdm_entropy
    from skcriteria.preprocessing.weighters import CRITIC
    from skcriteria.preprocessing.weighters import EntropyWeighter

    values, weights = problem(seed)
    problem_of = skcriteria.mkdm(values, [max] * len(weights))
    ours = entropy_weights(pd.DataFrame(values))
    np.testing.assert_allclose(ours, pymcdm_entropy(values))
    np.testing.assert_allclose(ours, EntropyWeighter().transform(problem_of).weights)
    # unscaled, as values of value functions are
    ours = critic_weights(pd.DataFrame(values))
    np.testing.assert_allclose(ours, CRITIC(scale=False).transform(problem_of).weights)
    # scaled to the range of the candidates, as theirs are unless told
    spread = (values - values.min(axis=0)) / (values.max(axis=0) - values.min(axis=0))
    np.testing.assert_allclose(critic_weights(pd.DataFrame(spread)), pymcdm_critic(values))


@pytest.mark.parametrize("seed", PROBLEMS)
def test_weights_from_pairs_equal_pymcdm(seed: int) -> None:
    from pymcdm.weights.subjective import AHP

    random = np.random.default_rng(seed)
    size = random.integers(3, 9)
    upper = np.triu(random.choice([1 / 9, 1 / 5, 1 / 3, 1, 3, 5, 9], (size, size)), 1)
    table = upper + np.divide(1.0, upper, where=upper > 0, out=np.zeros_like(upper)).T + np.eye(size)
    their = AHP(matrix=table)
    found = judge_pairs(pd.DataFrame(table))
    np.testing.assert_allclose(found.weights, their(), rtol=1e-6)
    # their random indices are later estimates with four decimals: the ratio differs by them alone
    assert found.consistency_ratio == pytest.approx(their.get_cr(), rel=0.03)


def test_min_max_over_the_candidates_turns_two_sites_round_when_a_third_comes_and_fixed_values_do_not() -> None:
    from pymcdm.methods import WSM
    from pymcdm.normalizations import minmax_normalization

    values, weights = np.array([[0.5, 0.4], [0.4, 0.6]]), np.array([0.4, 0.6])
    more = np.vstack([values, [0.4, 0.0]])
    # scaled to their range the two have (1, 0) and (0, 1): 0.4 and 0.6. With the third (1, 2/3) and (0, 1): 0.8 and 0.6
    before, after = (theirs(WSM(minmax_normalization), table, weights) for table in (values, more))
    assert before.tolist() == pytest.approx([0.4, 0.6])
    assert after[:2].tolist() == pytest.approx([0.8, 0.6])
    # 20 + 24 and 16 + 36, whoever else is there
    for table in (values, more):
        assert aggregate(table, weights, "sum")[:2].tolist() == pytest.approx([44.0, 52.0])
