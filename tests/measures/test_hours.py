from __future__ import annotations

import pytest

from nmplan.measures.hours import clock
from nmplan.measures.hours import minute_of_day
from nmplan.measures.hours import minute_of_service


@pytest.mark.parametrize(("text", "day", "service"), [("06:30", 390, 390), ("00:30", 30, 1470), ("24:30", 1470, 1470)])
def test_the_small_hours_belong_to_the_evening_before(text: str, day: int, service: int) -> None:
    assert minute_of_day(text) == day
    assert minute_of_service(text) == service


@pytest.mark.parametrize(("minute", "text"), [(390, "06:30"), (1470.9, "00:30"), (0, "00:00")])
def test_a_clock_shows_whole_minutes_of_a_day(minute: float, text: str) -> None:
    assert clock(minute) == text
