"""Departures of a GTFS feed: trips that set out once, and trips that set out by headway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.errors import Fault
from nmplan.errors import LayerError

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOUR_S = 3_600.0
DAY_S = 24 * HOUR_S

SERVICE_BEGINS_S = 4 * HOUR_S
"""A day of service runs from here to 28:00, as travel reads it: 00:30 is its 24:30."""


@dataclass(frozen=True)
class Departures:
    """
    When trips set out.

    Parameters
    ----------
    timed
        Seconds of the day, by trip, of trips that run once.
    periods
        trip_id, opens, closes and headway, in seconds, of trips that run by headway; a trip may have several.
    """

    timed: pd.Series[float]
    periods: pd.DataFrame

    def counted(self, start_s: float, length_s: float = HOUR_S) -> pd.Series[float]:
        """
        Return how often each trip sets out in a period of the day; trips that do not are left out.

        A trip by headway counts the time that its periods share with this one, over its headway.

        Examples
        --------
        >>> periods = pd.DataFrame({"trip_id": ["by"], "opens": [0.0], "closes": [9000.0], "headway": [1200.0]})
        >>> Departures(pd.Series({"once": 7300.0}), periods).counted(7200.0).to_dict()
        {'once': 1.0, 'by': 1.5}
        """
        timed = ((self.timed - start_s) % DAY_S < length_s).astype(float)
        opens, closes, headway = self._arrays()
        shared = np.zeros(len(opens))
        for day in (-DAY_S, 0.0, DAY_S):  # the small hours belong to the day before, as 24:30
            begins, ends = start_s + day, start_s + day + length_s
            shared += np.clip(np.minimum(closes, ends) - np.maximum(opens, begins), 0, None)
        by_headway = pd.Series(shared / headway, index=self.periods["trip_id"].to_numpy()).groupby(level=0).sum()
        found = pd.concat([timed, by_headway])
        return found[found > 0]

    def span(self, start_s: float = SERVICE_BEGINS_S, length_s: float = DAY_S) -> pd.DataFrame:
        """
        Return first and last departure (s) of each trip in a period of the day, and how many there are (`count`).

        Times run on from `start_s`, past midnight too. At the end of its period a trip by headway does not set out.

        Examples
        --------
        >>> periods = pd.DataFrame({"trip_id": ["by"], "opens": [79200.0], "closes": [90000.0], "headway": [3600.0]})
        >>> Departures(pd.Series({"once": 1800.0}), periods).span().loc["by"].to_dict()
        {'first': 79200.0, 'last': 86400.0, 'count': 3.0}
        """
        timed = start_s + (self.timed - start_s) % DAY_S
        timed = timed[timed < start_s + length_s]
        parts = [pd.DataFrame({"first": timed, "last": timed, "count": 1.0})]
        opens, closes, headway = self._arrays()
        for day in (-DAY_S, 0.0, DAY_S):
            begins, ends = start_s + day, start_s + day + length_s
            first = np.ceil(np.clip(begins - opens, 0, None) / headway)
            last = np.ceil((np.minimum(closes, ends) - opens) / headway) - 1
            found = {
                "first": opens + first * headway - day,
                "last": opens + last * headway - day,
                "count": last - first + 1,
            }
            parts.append(pd.DataFrame(found, index=self.periods["trip_id"].to_numpy())[last >= first])
        spans = pd.concat([part for part in parts if len(part)] or parts[:1])
        return spans.groupby(level=0, sort=False).agg({"first": "min", "last": "max", "count": "sum"})

    def _arrays(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        opens, closes, headway = (self.periods[name].to_numpy(dtype=float) for name in ("opens", "closes", "headway"))
        return opens, closes, headway


def read_departures(first: pd.Series[float], frequencies: pd.DataFrame | None, source: str) -> Departures:
    """
    Return when trips set out.

    Parameters
    ----------
    first
        Time in seconds at which each trip leaves its first stop, by trip_id.
    frequencies
        The table frequencies.txt; what it says of a trip takes the place of its own time.
    source
        Its name in messages.

    Raises
    ------
    LayerError
        Times or headways that are none.
    """
    if frequencies is None:
        return Departures(first, pd.DataFrame({"trip_id": [], "opens": [], "closes": [], "headway": []}))
    table = frequencies[frequencies["trip_id"].isin(first.index)]
    opens, faults = seconds_of(table["start_time"], source)
    closes, more = seconds_of(table["end_time"], source)
    headway = pd.to_numeric(table["headway_secs"], errors="coerce").to_numpy(dtype=float)
    faults += more
    wrong = ~(headway > 0) | ~(closes >= opens)
    if wrong.any() and not faults:
        where = ", ".join(table["trip_id"][wrong].unique()[:5])
        what = "headway_secs is no number above zero, or a period has no end after its start."
        faults.append(Fault(source, where, what, "Ask the publisher for a corrected feed."))
    if faults:
        raise LayerError(faults)
    periods = pd.DataFrame({"trip_id": table["trip_id"].to_numpy(), "opens": opens, "closes": closes})
    return Departures(first[~first.index.isin(table["trip_id"])], periods.assign(headway=headway))


def seconds_of(texts: pd.Series[str], source: str) -> tuple[NDArray[np.float64], list[Fault]]:
    """
    Read HH:MM:SS, hours beyond 24 too, as seconds; NaN where blank. Each distinct text is read once.

    Examples
    --------
    >>> seconds_of(pd.Series(["24:30:00", " 7:00", ""]), "stop_times.txt")
    (array([88200., 25200.,    nan]), [])
    """
    codes, distinct = pd.factorize(texts)
    words = pd.Series(distinct, dtype=str).str.strip()
    parts = words.str.extract(r"^(\d{1,3}):([0-5]\d)(?::([0-5]\d))?$").astype(float)
    seconds = parts[0] * HOUR_S + parts[1] * 60 + parts[2].fillna(0)
    wrong = words[seconds.isna() & words.ne("")]
    faults = []
    if len(wrong):
        what = f"{texts.name} holds {wrong.iloc[0][:30]!r}, which is no time HH:MM:SS ({len(wrong)} such)."
        faults.append(Fault(source, "", what, "Ask the publisher for a corrected feed."))
    return seconds.to_numpy()[codes] if len(codes) else np.zeros(0), faults
