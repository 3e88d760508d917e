"""Rank acceptability: how a rank holds up when the weights are argued about and measures are not sure."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from typing import NamedTuple
from typing import TypeVar

import numpy as np
import pandas as pd

from nmplan.scores.value_functions import VALUE_DECIMALS

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Members = Sequence[pd.DataFrame]

Found = TypeVar("Found")

UNITS = 1_000
"""Drawn weights are whole thousandths, so that scores are whole numbers that float32 holds exactly (below 2²⁴)."""

STEPS = 10**VALUE_DECIMALS
"""Values are whole ten-thousandths."""

FULL = UNITS * STEPS
"""The score of 100 points."""

PAIRS = 1 << 17
"""Scores evaluated at once by each thread: they stay in the processor's cache."""

ROWS = 16
"""Draws in a block at least: their ranks fill whole lines of the cache where they are kept by site."""

HELD = 300_000_000
"""Ranks held at once while percentiles are found: 1.2 GB at most."""

PERCENTILES = (0.05, 0.95)

COLUMNS = ["p_top", "rank_low", "rank_high", "p_threshold", "p_first", "confidence"]


@dataclass(frozen=True)
class Acceptability:
    """
    How sites rank over all draws.

    Parameters
    ----------
    table
        One row per site: `p_top` share of draws in the top k, `rank_low` and `rank_high` the 5 % and 95 % ranks,
        `p_threshold` share of draws at or above the threshold, `p_first` share of draws in which it is first,
        `confidence` the share of measures under which it is first with its central weights (NaN where never first).
    ranks
        Rank acceptability indices of the first ranks: one row per site, columns 1 … k, each adding up to 1.
    central, central_top
        Central weight vectors: mean of the weights for which a site is first, and for which it is in the top k; one
        row per site, one column per criterion, NaN for sites that never are.
    """

    table: pd.DataFrame
    ranks: pd.DataFrame
    central: pd.DataFrame
    central_top: pd.DataFrame


class Tops(NamedTuple):
    """Sites at the top of draws: `draw`, `site`, the best `place` of those they tie with and the `size` of that tie."""

    draw: NDArray[np.int64]
    site: NDArray[np.int64]
    place: NDArray[np.int64]
    size: NDArray[np.int64]

    def share(self, first: int, last: int) -> NDArray[np.float64]:
        """Return how much of each site stands on the places `first` to `last`: tied sites share theirs equally."""
        taken = np.minimum(self.place + self.size - 1, last) - np.maximum(self.place, first) + 1
        return np.clip(taken, 0, None) / self.size


def rank_acceptability(
    values: pd.DataFrame | Members,
    weights: pd.Series[float],
    *,
    draws: int,
    concentration: float,
    top_k: int,
    threshold: float,
    seed: int,
) -> Acceptability:
    """
    Return how sites rank when weights are drawn round the given ones and measures from an ensemble.

    Weights come from a Dirichlet distribution with mean `weights`, w ~ Dir(concentration · weights), rounded to
    thousandths that still add up to 1. Draw i takes member i mod members of the ensemble. Scores are then whole
    numbers, compared exactly: two sites tie only when they are equal, on every computer. Sites that tie share the
    better rank, and the places they stand on equally. The results depend on which other sites are candidates;
    `p_threshold` does not.

    Parameters
    ----------
    values
        0 to 1 to four decimals, one row per eligible site, no NaN; one column per criterion. Or several such tables
        with the same rows and columns: an ensemble of what the measures might be.
    weights
        By criterion, adding up to 1.
    draws
        Number of draws.
    concentration
        Larger draws closer to the weights: the standard deviation of a weight w is √(w(1−w)/(concentration+1)).
    top_k
        How many best sites count as the top.
    threshold
        Score for `p_threshold`, points.
    seed
        Of the random numbers.

    Returns
    -------
    Acceptability
        On the index of the sites; `p_top` adds up to min(k, sites).

    References
    ----------
    Lahdelma & Salminen 2001, SMAA-2, Operations Research 49:444; Tervonen & Lahdelma 2007, EJOR 178:500.

    Examples
    --------
    >>> values = pd.DataFrame({"near": [1.0, 0.0, 0.4], "large": [0.0, 1.0, 0.4]}, index=["a", "b", "c"])
    >>> how = {"draws": 1000, "concentration": 10, "top_k": 1, "threshold": 50, "seed": 1}
    >>> found = rank_acceptability(values, pd.Series({"near": 0.8, "large": 0.2}), **how)
    >>> found.table["p_top"].round(1).tolist()
    [1.0, 0.0, 0.0]
    """
    members = _members(values, weights)
    sites = members[0].index
    drawn = draw_weights(weights, draws=draws, concentration=concentration, seed=seed)
    if not len(sites):
        return _nothing(sites, drawn.columns, top_k)
    sums = _Sums(len(sites), drawn.to_numpy() / UNITS, min(top_k, len(sites)))
    held, limit = _Held(len(sites), draws), np.ceil(threshold * FULL / 100 - 1e-6)
    for column, some in held.turns(draws):

        def work(block: _Block, shift: int = column - some.start) -> tuple[Tops, NDArray[np.int64], NDArray[np.int64]]:
            held.put(block.draws + shift, rank_draws(block.scores))
            return find_tops(block.scores, sums.top_k), block.draws, (block.scores >= limit).sum(axis=0)

        for found in _each_block(work, _blocks(members, drawn, some)):
            sums.add(*found)
    low, high = held.percentiles()
    central, central_top = (pd.DataFrame(sums.means(of), index=sites, columns=drawn.columns) for of in (0, 1))
    table = pd.DataFrame(
        {
            "p_top": sums.share[1] / draws,
            "rank_low": low,
            "rank_high": high,
            "p_threshold": sums.reached / draws,
            "p_first": sums.share[0] / draws,
            "confidence": confidence_factors(members, central),
        },
        index=sites,
    )
    ranks = pd.DataFrame(sums.places / draws, index=sites, columns=range(1, sums.top_k + 1))
    return Acceptability(table, ranks, central, central_top)


def draw_weights(weights: pd.Series[float], *, draws: int, concentration: float, seed: int) -> pd.DataFrame:
    """
    Return drawn weights in thousandths that add up to 1,000, one draw a row; criteria without a weight are left out.

    The largest remainders are rounded up, the rest down.

    Parameters
    ----------
    weights
        By criterion, adding up to 1.
    draws, concentration, seed
        As `rank_acceptability`.
    """
    active = weights[weights > 0]
    drawn = UNITS * np.random.default_rng(seed).dirichlet(concentration * active.to_numpy(), size=draws)
    whole = np.floor(drawn)
    rest = (UNITS - whole.sum(axis=1)).astype(int)
    order = np.argsort(whole - drawn, axis=1, kind="stable")
    np.put_along_axis(
        whole, order, np.take_along_axis(whole, order, axis=1) + (np.arange(len(active)) < rest[:, None]), 1
    )
    return pd.DataFrame(whole, columns=active.index)


def top_share(
    values: pd.DataFrame | Members,
    weights: pd.Series[float],
    *,
    draws: int,
    concentration: float,
    top_k: int,
    seed: int,
) -> pd.Series[float]:
    """Return the share of draws in which each site is in the top k: `p_top` of `rank_acceptability` alone."""
    members = _members(values, weights)
    sites = members[0].index
    drawn = draw_weights(weights, draws=draws, concentration=concentration, seed=seed)
    share = np.zeros(len(sites))
    if len(sites):
        most = min(top_k, len(sites))
        for tops in _each_block(lambda block: find_tops(block.scores, most), _blocks(members, drawn, range(draws))):
            np.add.at(share, tops.site, tops.share(1, most))
    return pd.Series(share / draws, index=sites, name="p_top")


def confidence_factors(members: Members, central: pd.DataFrame) -> NDArray[np.float64]:
    """
    Return the share of an ensemble's members under which each site is first with its central weights.

    Parameters
    ----------
    members
        Values, one table per member.
    central
        Central weight vectors, one row per site; NaN where a site is never first.

    Returns
    -------
    numpy.ndarray
        0 to 1, in the order of the sites; NaN where there is no central weight vector; a tie is shared.
    """
    known = np.flatnonzero(central.notna().all(axis=1).to_numpy())
    found, rows = np.full(len(central), np.nan), max(1, PAIRS // max(1, len(central)))
    for first in range(0, len(known), rows):
        own = known[first : first + rows]
        share = np.zeros(len(own))
        for member in members:
            scores = (central.to_numpy()[own] @ member[central.columns].to_numpy().T).round(9)
            best = scores.max(axis=1, keepdims=True)
            share += (scores[np.arange(len(own)), own] == best[:, 0]) / (scores == best).sum(axis=1)
        found[own] = share / len(members)
    return found


def long_ranks(found: Acceptability) -> pd.DataFrame:
    """Return rank acceptability indices as a long table: parcel_id, rank, share; only ranks that a site ever takes."""
    shares = found.ranks.rename_axis(index="parcel_id", columns="rank").stack(future_stack=True).rename("share")
    return shares[shares > 0].reset_index().astype({"rank": int})


def long_weights(found: Acceptability) -> pd.DataFrame:
    """Return central weights as a long table: parcel_id, criterion, first, top; only sites that are ever in the top."""
    parts = {"first": found.central, "top": found.central_top}
    long = {
        name: table.rename_axis(index="parcel_id", columns="criterion").stack(future_stack=True)
        for name, table in parts.items()
    }
    return pd.DataFrame(long).dropna(subset=["top"]).reset_index()


def holds_for_all(p_top: pd.DataFrame, risk_tolerance: float) -> pd.Series[bool]:
    """Return whether each site stays in the top k with probability ≥ 1 − risk tolerance from every point of view."""
    return p_top.ge(1 - risk_tolerance).all(axis=1).rename("holds")


def rank_draws(scores: NDArray[np.float32]) -> NDArray[np.uint32]:
    """
    Return, draw by draw (rows), 1 + the number of higher scores: ties share the better rank.

    Whole scores up to `FULL` are ordered by their lower byte, then by the two upper ones: NumPy sorts whole numbers of
    one and two bytes by radix, several times faster than it sorts scores.

    Parameters
    ----------
    scores
        Whole numbers, 0 to `FULL`, shape (draws, sites).
    """
    rows = max(1, PAIRS // max(1, scores.shape[1]))
    return np.concatenate([_rank(scores[first : first + rows]) for first in range(0, len(scores), rows)])


def _rank(scores: NDArray[np.float32]) -> NDArray[np.uint32]:
    rows, sites = scores.shape
    key = (np.float32(FULL) - scores).astype(np.uint32).ravel()
    start = (np.arange(rows) * sites)[:, None]
    order = (key.astype(np.uint8).reshape(rows, sites).argsort(axis=1, kind="stable") + start).ravel()
    upper = (key >> 8).astype(np.uint16)[order].reshape(rows, sites)
    order = order[(upper.argsort(axis=1, kind="stable") + start).ravel()]
    falling = key[order].reshape(rows, sites)
    place = np.tile(np.arange(1, sites + 1, dtype=np.uint32), rows)
    equal = np.zeros((rows, sites), dtype=bool)
    np.equal(falling[:, 1:], falling[:, :-1], out=equal[:, 1:])
    tied = np.flatnonzero(equal)
    # a run of tied sites takes the place of the one before it
    opens = np.diff(tied, prepend=-1) != 1
    place[tied] = place[np.maximum.accumulate(np.where(opens, tied - 1, 0))]
    ranks = np.empty(rows * sites, dtype=np.uint32)
    ranks[order] = place
    return ranks.reshape(rows, sites)


def find_tops(scores: NDArray[np.float32], top_k: int) -> Tops:
    """Return the sites (columns) in the top k of each draw (row), and all that tie with the last of them."""
    sites = scores.shape[1]
    edge = np.partition(scores, sites - top_k, axis=1)[:, sites - top_k, None]
    draw, site = np.nonzero(scores >= edge)
    score = scores[draw, site]
    order = np.lexsort((-score, draw))
    draw, site, score = draw[order], site[order], score[order]
    opens = np.ones(len(draw), dtype=bool)
    opens[1:] = (draw[1:] != draw[:-1]) | (score[1:] != score[:-1])
    start = np.flatnonzero(opens)
    size = np.diff(start, append=len(draw))
    place = start - np.searchsorted(draw, draw[start]) + 1
    return Tops(draw, site, np.repeat(place, size), np.repeat(size, size))


class _Sums:
    """Adds up what sites get over the draws: `share` of the first place and of the top k, `places`, `reached`."""

    def __init__(self, sites: int, weights: NDArray[np.float64], top_k: int) -> None:
        self.top_k = top_k
        self._weights = weights
        self.share = np.zeros((2, sites))
        self.places = np.zeros((sites, top_k))
        self.reached = np.zeros(sites, dtype=np.int64)
        self._weighted = np.zeros((2, sites, weights.shape[1]))

    def add(self, tops: Tops, draws: NDArray[np.int64], reached: NDArray[np.int64]) -> None:
        """Add a block of draws: its tops, which draws they are, and how often each site reached the threshold."""
        self.reached += reached
        for of, last in enumerate((1, self.top_k)):
            share = tops.share(1, last)
            np.add.at(self.share[of], tops.site, share)
            np.add.at(self._weighted[of], tops.site, share[:, None] * self._weights[draws[tops.draw]])
        # a site stands on more than one place only in a tie
        for step in range(int(tops.size.max())):
            own = (step < tops.size) & (tops.place + step <= self.top_k)
            np.add.at(self.places, (tops.site[own], tops.place[own] - 1 + step), 1 / tops.size[own])

    def means(self, of: int) -> NDArray[np.float64]:
        """Return the mean weights under which sites are first (0) or in the top k (1); NaN where they never are."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self._weighted[of] / self.share[of][:, None])


class _Held:
    """
    Finds exact percentiles of ranks without holding those of all draws.

    Whenever the columns are full they are sorted: as many at each end as the percentiles may need are kept, those
    between can be neither and make room.
    """

    def __init__(self, sites: int, draws: int) -> None:
        self._at = [round(share * (draws - 1)) for share in PERCENTILES]
        self._keep = max(self._at[0], draws - 1 - self._at[1]) + 1
        width = min(draws, max(3 * self._keep, HELD // sites))
        self._ranks = np.zeros((sites, width), dtype=np.uint16 if sites < 1 << 16 else np.uint32)
        self._used = self._dropped = 0

    def turns(self, draws: int) -> Iterator[tuple[int, range]]:
        """Yield the draws in turns of as many as there is room for, each with the column of its first."""
        width = self._ranks.shape[1]
        first, self._used = width, width
        yield 0, range(width)
        while first < draws:
            self._sort()
            some = range(first, min(draws, first + width - 2 * self._keep))
            highest = self._ranks[:, self._used - self._keep : self._used].copy()
            self._dropped += self._used - 2 * self._keep
            self._used = 2 * self._keep + len(some)
            self._ranks[:, self._used - self._keep : self._used] = highest
            yield self._keep, some
            first = some.stop

    def put(self, columns: NDArray[np.int64], ranks: NDArray[np.uint32]) -> None:
        """Hold the ranks (draws by sites) of some draws in these columns."""
        self._ranks[:, columns] = ranks.T

    def percentiles(self) -> list[NDArray[np.int64]]:
        """Return the ranks at the percentiles, after all turns."""
        self._sort()
        low, high = self._at[0], self._at[1] - self._dropped
        return [self._ranks[:, at].astype(np.int64) for at in (low, high)]

    def _sort(self) -> None:
        rows = max(1, len(self._ranks) // (4 * _threads()))
        with ThreadPoolExecutor(_threads()) as pool:
            parts = [self._ranks[first : first + rows, : self._used] for first in range(0, len(self._ranks), rows)]
            for _ in pool.map(lambda part: part.sort(axis=1), parts):
                pass


class _Block(NamedTuple):
    """Draws that take the same member of the ensemble: their scores, and where among all draws they stand."""

    scores: NDArray[np.float32]
    draws: NDArray[np.int64]


def _blocks(members: Members, drawn: pd.DataFrame, some: range) -> Iterator[Callable[[], _Block]]:
    """Yield what makes each block of draws, small enough for a thread to work on."""
    tables = [np.rint(STEPS * member[drawn.columns].to_numpy(dtype=float)).astype(np.float32).T for member in members]
    weights = drawn.to_numpy(dtype=np.float32)
    rows = max(ROWS, PAIRS // len(members[0]))
    for number, table in enumerate(tables):
        own = np.arange(some.start + (number - some.start) % len(tables), some.stop, len(tables))
        for first in range(0, len(own), rows):
            draws = own[first : first + rows]
            yield partial(_score_block, weights[draws], table, draws)


def _score_block(weights: NDArray[np.float32], table: NDArray[np.float32], draws: NDArray[np.int64]) -> _Block:
    return _Block(weights @ table, draws)


def _each_block(work: Callable[[_Block], Found], blocks: Iterable[Callable[[], _Block]]) -> Iterator[Found]:
    """Yield what the work finds in each block, in their order, so that sums are the same on every computer."""
    with ThreadPoolExecutor(_threads()) as pool:
        yield from pool.map(lambda make: work(make()), blocks)


def _threads() -> int:
    """Return how many threads sort at a time; NumPy sorts without holding the others up."""
    return max(1, min(8, os.cpu_count() or 1))


def _members(values: pd.DataFrame | Members, weights: pd.Series[float]) -> Members:
    """Return the tables of an ensemble, each with the criteria that have a weight; one table is an ensemble of one."""
    tables = [values] if isinstance(values, pd.DataFrame) else list(values)
    return [table[list(weights.index[weights > 0])] for table in tables]


def _nothing(sites: pd.Index[str], criteria: pd.Index[str], top_k: int) -> Acceptability:
    """Return tables without a row."""
    columns = (COLUMNS, range(1, top_k + 1), criteria, criteria)
    return Acceptability(*(pd.DataFrame(index=sites, columns=list(names), dtype=float) for names in columns))
