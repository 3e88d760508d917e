"""Hours of the day: minutes of a day of service, which runs on past midnight."""

from __future__ import annotations

DAY_MIN = 24 * 60
"""Minutes of a day."""

DAY_BEGINS_MIN = 4 * 60
"""A day of service runs on past midnight until this minute; 00:30 is its 24:30."""


def minute_of_day(text: str) -> int:
    """
    Return the minute of the day of HH:MM; hours past midnight run on.

    Examples
    --------
    >>> minute_of_day("24:30")
    1470
    """
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def minute_of_service(text: str) -> int:
    """
    Return the minute of the day of service: the small hours belong to the evening before.

    Examples
    --------
    >>> minute_of_service("00:30")
    1470
    """
    minute = minute_of_day(text)
    return minute + DAY_MIN if minute < DAY_BEGINS_MIN else minute


def clock(minute: float) -> str:
    """
    Return a minute of the day as people read it.

    Examples
    --------
    >>> clock(1470.4)
    '00:30'
    """
    whole = int(minute) % DAY_MIN
    return f"{whole // 60:02d}:{whole % 60:02d}"
