"""Rank acceptability beside the usual ways: ranks of all sites under many drawn weights. Exact ranks everywhere."""

from __future__ import annotations

import argparse
import resource
import time
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd

from nmplan.scores.acceptability import draw_weights
from nmplan.scores.acceptability import rank_acceptability
from nmplan.scores.acceptability import rank_draws

if TYPE_CHECKING:
    from collections.abc import Callable

CRITERIA = 8
FEW = {"NumPy argsort": 32, "pandas rank": 16, "scikit-criteria": 2}
"""Draws the slow ways are timed on; their times are scaled up to all draws."""


def seconds(work: Callable[[], Any]) -> Any:
    """Return the wall seconds of one call, and the processor's seconds in all threads, which other work moves less."""
    wall, busy = time.perf_counter(), time.process_time()
    work()
    return np.array([time.perf_counter() - wall, time.process_time() - busy])


def by_argsort(values: Any, weights: Any) -> Any:
    """Rank each draw by sorting its scores."""
    scores = weights @ values.T
    order = np.argsort(-scores, axis=1)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(1, scores.shape[1] + 1), order.shape), axis=1)
    return ranks


def by_pandas(values: Any, weights: Any) -> Any:
    """Rank each draw as a Series."""
    return [pd.Series(values @ drawn).rank(ascending=False, method="min") for drawn in weights]


def by_scikit_criteria(values: Any, weights: Any) -> Any:
    """Evaluate each draw as a decision of its own."""
    from skcriteria import mkdm  # noqa: PLC0415  (only where it is installed)
    from skcriteria.agg.simple import WeightedSumModel  # noqa: PLC0415

    return [WeightedSumModel().evaluate(mkdm(values, [max] * CRITERIA, weights=drawn)).rank_ for drawn in weights]


def main() -> None:
    """Print a table in Markdown: seconds for all draws, and how many times ours that is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=100_000)
    parser.add_argument("--draws", type=int, default=10_000)
    asked = parser.parse_args()
    values = pd.DataFrame(np.random.default_rng(1).random((asked.sites, CRITERIA)).round(4))
    weights = pd.Series(np.full(CRITERIA, 1 / CRITERIA))
    how = {"draws": asked.draws, "concentration": 60.0, "seed": 1}
    drawn = draw_weights(weights, **how).to_numpy() / 1_000
    table = values.to_numpy()
    scores = (drawn[:16] * 1_000).astype(np.float32) @ (table * 10_000).round().astype(np.float32).T
    ranking = seconds(lambda: rank_draws(scores)) / len(scores) * asked.draws
    ours = seconds(lambda: rank_acceptability(values, weights, **how, top_k=20, threshold=60.0))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    times = {"nmplan, all it reports": ours, "nmplan, ranks alone, one thread": ranking}
    ways = {"NumPy argsort": by_argsort, "pandas rank": by_pandas, "scikit-criteria": by_scikit_criteria}
    for name, way in ways.items():
        some = drawn[: FEW[name]]
        try:
            times[name] = seconds(lambda way=way, some=some: way(table, some)) / len(some) * asked.draws
        except ImportError:
            print(f"{name} is not installed")
    print(f"{asked.sites:,} sites × {CRITERIA} criteria × {asked.draws:,} draws; ours peaks at {memory:.2f} GB\n")
    print("| ranks by | timed on draws | wall s for all | processor s | × ours, processor |\n|-|-|-|-|-|")
    for name, (wall, busy) in times.items():
        print(f"| {name} | {FEW.get(name, asked.draws):,} | {wall:,.0f} | {busy:,.0f} | {busy / ours[1]:.1f} |")


if __name__ == "__main__":
    main()
