from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume
from hypothesis import given
from hypothesis import strategies as st

from nmplan.errors import LayerError
from nmplan.layers.gtfs_departures import DAY_S
from nmplan.layers.gtfs_departures import HOUR_S
from nmplan.layers.gtfs_departures import SERVICE_BEGINS_S
from nmplan.layers.gtfs_departures import Departures
from nmplan.layers.gtfs_departures import read_departures
from nmplan.layers.gtfs_departures import seconds_of


def by_headway(*periods: tuple[str, str, float]) -> Departures:
    """Return the departures of one trip, from HH:MM to HH:MM every so many minutes."""
    table = pd.DataFrame(periods, columns=["start_time", "end_time", "headway_secs"])
    table = table.assign(trip_id="t", headway_secs=(table["headway_secs"] * 60).astype(str))
    return read_departures(pd.Series({"t": 0.0}), table, "frequencies.txt")


@pytest.mark.parametrize(
    ("periods", "begins", "hours", "count"),
    [
        ([("06:00", "10:00", 15)], 7.5, 2, 8),
        ([("06:00", "09:00", 10), ("09:00", "12:00", 15)], 7.5, 2, 9 + 2),  # 90 min at 10, 30 at 15
        ([("16:00", "22:00", 20)], 20, 3, 6),  # two of the three hours
        ([("23:30", "25:00", 20)], 0, 1, 3),  # 24:00 to 25:00
        ([("06:00", "10:00", 15)], 10, 6, 0),
    ],
)
def test_headways_share_a_period_of_the_day(
    periods: list[tuple[str, str, float]], begins: float, hours: float, count: float
) -> None:
    counted = by_headway(*periods).counted(begins * HOUR_S, hours * HOUR_S)
    assert counted.to_dict() == ({"t": count} if count else {})


@pytest.mark.parametrize(
    ("periods", "first", "last", "count"),
    [
        ([("06:00", "10:00", 15)], 6, 9.75, 16),  # at 10:00 the period is over
        ([("06:00", "10:10", 20)], 6, 10, 13),
        ([("23:30", "25:00", 20)], 23.5, 24.5 + 1 / 3, 5),  # 23:30, 23:50, 24:10, 24:30, 24:50
        ([("00:00", "01:00", 30)], 24, 24.5, 2),  # the small hours are the end of the day of service
        ([("00:00", "24:00", 60)], 4, 27, 24),
        ([("07:00", "09:00", 30), ("17:00", "19:00", 40)], 7, 18 + 1 / 3, 4 + 3),
        ([("08:00", "08:10", 15)], 8, 8, 1),
    ],
)
def test_the_span_of_a_day_by_headway(
    periods: list[tuple[str, str, float]], first: float, last: float, count: float
) -> None:
    span = by_headway(*periods).span().loc["t"]
    assert [span["first"] / HOUR_S, span["last"] / HOUR_S, span["count"]] == pytest.approx([first, last, count])


def test_a_period_without_length_has_no_departure() -> None:
    departures = by_headway(("08:00", "08:00", 15))
    assert departures.span().empty
    assert departures.counted(8 * HOUR_S).empty


def test_frequencies_take_the_place_of_the_time_of_their_trips() -> None:
    table = pd.DataFrame({"trip_id": ["a", "gone"], "start_time": "06:00", "end_time": "07:00", "headway_secs": "600"})
    departures = read_departures(pd.Series({"a": 0.0, "b": 3600.0}), table, "frequencies.txt")
    assert departures.timed.to_dict() == {"b": 3600.0}
    assert departures.periods["trip_id"].tolist() == ["a"]
    assert read_departures(pd.Series({"a": 0.0}), None, "").span().loc["a", "first"] == 24 * HOUR_S


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("06:00", "07:00", "0"), "headway_secs is no number above zero"),
        (("06:00", "07:00", "inf?"), "headway_secs is no number above zero"),
        (("07:00", "06:00", "600"), "a period has no end after its start"),
        (("", "06:00", "600"), "a period has no end after its start"),
        (("6 am", "07:00", "600"), "start_time holds '6 am'"),
    ],
)
def test_frequencies_that_are_none_get_a_message(row: tuple[str, str, str], words: str) -> None:
    table = pd.DataFrame([("t", *row)], columns=["trip_id", "start_time", "end_time", "headway_secs"])
    with pytest.raises(LayerError, match=words):
        read_departures(pd.Series({"t": 0.0}), table, "frequencies.txt")


def test_times_are_read_as_seconds() -> None:
    seconds, faults = seconds_of(pd.Series(["7:05", "25:00:30", "", " 00:00:00"], name="arrival_time"), "x")
    assert faults == []
    np.testing.assert_array_equal(seconds, [7 * 3600 + 300, 25 * 3600 + 30, np.nan, 0])
    _, (fault,) = seconds_of(pd.Series(["7:61", "7:65"], name="arrival_time"), "x")
    assert "arrival_time holds '7:61', which is no time HH:MM:SS (2 such)" in fault.what


@given(
    opens=st.integers(0, 30 * 60),
    length=st.integers(0, 24 * 60),
    headway=st.integers(1, 120),
    begins=st.integers(0, 23),
    hours=st.integers(1, 24),
)
def test_the_span_holds_the_departures_written_out(
    opens: int, length: int, headway: int, begins: int, hours: int
) -> None:
    """A trip by headway is the trips at opens, opens + headway, … before its end."""
    assume(opens + length <= 48 * 60)  # no period of a feed ends later
    periods = pd.DataFrame(
        {"trip_id": ["t"], "opens": [opens * 60.0], "closes": [(opens + length) * 60.0], "headway": [headway * 60.0]}
    )
    nothing = pd.Series(dtype=float)
    written = pd.Series({f"t{at}": at * 60.0 for at in range(opens, opens + length, headway)}, dtype=float)
    window = (begins * HOUR_S, hours * HOUR_S)
    alone = Departures(written, periods.iloc[:0]).span(*window)
    found = Departures(nothing, periods).span(*window)
    if alone.empty:
        assert found.empty
    else:
        told = found.loc["t", ["first", "last", "count"]].tolist()
        assert told == [alone["first"].min(), alone["last"].max(), alone["count"].sum()]


@given(times=st.lists(st.integers(0, 30 * 3600), min_size=1, max_size=20))
def test_every_trip_sets_out_once_in_a_day_of_service(times: list[int]) -> None:
    departures = Departures(
        pd.Series({f"t{number}": float(time) for number, time in enumerate(times)}),
        pd.DataFrame({"trip_id": [], "opens": [], "closes": [], "headway": []}),
    )
    span = departures.span()
    assert span["count"].sum() == len(times)
    assert span["first"].between(SERVICE_BEGINS_S, SERVICE_BEGINS_S + DAY_S, inclusive="left").all()
    assert sum(departures.counted(hour * HOUR_S).sum() for hour in range(24)) == len(times)
