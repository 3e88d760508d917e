"""Own travel times: minutes between features by id, as a routing engine or a transport department wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Container
    from collections.abc import Iterable
    from collections.abc import Iterator

    from numpy.typing import NDArray

BOTH_WAYS = "goods"
"""The mode whose pairs also stand for the way back where that is not given: suppliers to sites, sites to suppliers."""


class Asked(NamedTuple):
    """Pairs that a measure asks for: how one travels, between what, and the ids on both ends."""

    mode: str
    between: str
    origins: pd.Index[str]
    destinations: pd.Index[str]


class Found(NamedTuple):
    """How many of some pairs a matrix has, and how many of those only the other way round."""

    pairs: int
    turned: int


class _Pairs(NamedTuple):
    """
    The pairs of one mode, in the order of their codes.

    `code` is the position of the origin times the number of destinations, plus the position of the destination;
    `turned` tells which pairs are given the other way round only.
    """

    origins: pd.Index[str]
    destinations: pd.Index[str]
    code: NDArray[np.int64]
    minutes: NDArray[np.float64]
    turned: NDArray[np.bool_]


class Matrix:
    """
    Minutes between features, asked for by id; the order of the rows it was made from never matters.

    Parameters
    ----------
    table
        The layer travel_times: origin, destination, mode, minutes (NaN: there is no way) and percentile.
    percentile
        Which one is taken where a mode has several; a row without percentile stands where a pair lacks it.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"origin": ["a"], "destination": ["hall"], "mode": "transit", "minutes": 20.0, "percentile": np.nan}
    ... )
    >>> Matrix(table).fill("transit", pd.Index(["b", "a"]), pd.Index(["hall"]), np.array([[9.0], [9.0]])).tolist()
    [[9.0], [20.0]]
    """

    def __init__(self, table: pd.DataFrame, percentile: float = 50.0) -> None:
        self._modes = {
            str(mode): _pairs(at_percentile(rows, percentile), both_ways=mode == BOTH_WAYS)
            for mode, rows in table.groupby("mode")
        }

    def has(self, mode: str) -> bool:
        """Tell whether there is any pair of a mode."""
        return mode in self._modes and len(self._modes[mode].code) > 0

    def look_up(
        self, mode: str, origins: pd.Index[str], destinations: pd.Index[str]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """
        Return the minutes of pairs and which of them are known, both of shape (origins, destinations).

        Parameters
        ----------
        mode
            "transit", "car" or "goods".
        origins, destinations
            Ids, in any order, each as often as one likes; those that the matrix does not have are not known.

        Returns
        -------
        tuple
            Minutes, NaN where a pair is not known or has no way; and whether it is known.
        """
        minutes = np.full((len(origins), len(destinations)), np.nan)
        known = np.zeros(minutes.shape, dtype=bool)
        if not self.has(mode):
            return minutes, known
        pairs = self._modes[mode]
        start, end = pairs.origins.get_indexer(origins), pairs.destinations.get_indexer(destinations)
        rows, columns = np.flatnonzero(start >= 0), np.flatnonzero(end >= 0)
        code = start[rows, None] * len(pairs.destinations) + end[columns]
        at = np.minimum(np.searchsorted(pairs.code, code), len(pairs.code) - 1)
        hit = pairs.code[at] == code
        known[np.ix_(rows, columns)] = hit
        minutes[np.ix_(rows, columns)] = np.where(hit, pairs.minutes[at], np.nan)
        return minutes, known

    def fill(
        self, mode: str, origins: pd.Index[str], destinations: pd.Index[str], otherwise: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """
        Return the minutes of pairs, and where the matrix lacks one those given instead.

        Parameters
        ----------
        mode, origins, destinations
            As `look_up` takes them.
        otherwise
            Minutes of shape (origins, destinations). A pair that the matrix has and that has no way stays NaN.
        """
        minutes, known = self.look_up(mode, origins, destinations)
        return np.where(known, minutes, otherwise)

    def count(self, mode: str, origins: pd.Index[str], destinations: pd.Index[str]) -> Found:
        """Return how many pairs of origins and destinations the matrix has; ids that stand twice count twice."""
        if not self.has(mode):
            return Found(0, 0)
        pairs = self._modes[mode]
        times = _times(origins, pairs.origins)[pairs.code // len(pairs.destinations)]
        times *= _times(destinations, pairs.destinations)[pairs.code % len(pairs.destinations)]
        return Found(int(times.sum()), int(times[pairs.turned].sum()))


def coverage_notes(matrix: Matrix, asked: Iterable[Asked], networks: Container[str]) -> Iterator[str]:
    """
    Say how many of the pairs that measures ask for the matrix lacks, and how many it has the other way round only.

    Parameters
    ----------
    matrix
        Own minutes.
    asked
        Pairs, by measure.
    networks
        Modes that have a network, whose minutes stand for what is lacking.
    """
    for mode, between, origins, destinations in asked:
        every, found = len(origins) * len(destinations), matrix.count(mode, origins, destinations)
        pairs, lacking = f"of {every:,} pairs of {between}", every - found.pairs
        if lacking:
            stands = (
                "the network's minutes stand for them" if mode in networks else "they are unknown, without a network"
            )
            yield f"travel_times: {lacking:,} {pairs} were not in the matrix; {stands}"
        if found.turned:
            yield f"travel_times: {found.turned:,} {pairs} are in the matrix the other way round only, and taken so"


def at_percentile(table: pd.DataFrame, percentile: float) -> pd.DataFrame:
    """
    Return one row for each pair of a mode.

    Parameters
    ----------
    table
        Rows of one mode.
    percentile
        Kept where the rows have several percentiles; where they have one alone, that is what there is. A row without
        percentile stands where its pair has no other.
    """
    given = table["percentile"]
    if len(given.dropna().unique()) > 1:
        table = table[given.isna() | given.eq(percentile)]
    ordered = table.sort_values("percentile", kind="stable", na_position="last")
    return ordered.drop_duplicates(["origin", "destination"])


def moved_along(
    own: NDArray[np.float64], before: NDArray[np.float64], after: NDArray[np.float64]
) -> NDArray[np.float64]:
    """
    Return minutes of a matrix as the network's change: own + (after − before), and never less than none.

    A matrix knows one state of the crossings. In another one its minutes change by what the network's do; where the
    network knows no way before or after, they stay.
    """
    return np.maximum(own + np.nan_to_num(after - before, nan=0.0), 0.0)


def _pairs(rows: pd.DataFrame, *, both_ways: bool) -> _Pairs:
    """Index the rows of one mode, with the ways back that are not given."""
    ends = [rows["origin"].astype(object), rows["destination"].astype(object)]
    minutes, turned = rows["minutes"].to_numpy(dtype=float), np.zeros(len(rows), dtype=bool)
    if both_ways:
        ends = [pd.concat(ends), pd.concat(ends[::-1])]
        minutes, turned = np.tile(minutes, 2), np.repeat([False, True], len(rows))
    start, origins = pd.factorize(ends[0])
    end, destinations = pd.factorize(ends[1])
    code = start.astype(np.int64) * len(destinations) + end
    # of a pair given both ways its own row comes first
    code, first = np.unique(code, return_index=True)
    return _Pairs(pd.Index(origins), pd.Index(destinations), code, minutes[first], turned[first])


def _times(ids: pd.Index[str], known: pd.Index[str]) -> NDArray[np.int64]:
    """Return how often each known id stands among some ids."""
    at = known.get_indexer(ids)
    return np.bincount(at[at >= 0], minlength=len(known))
