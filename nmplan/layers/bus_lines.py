"""Bus lines: what must hold of the calls of one line, which a contract for single rows cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.errors import Fault

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

HEADWAYS = ("headway_peak_min", "headway_quiet_min", "headway_late_min")

HOURS = (("first_at", "last_at"), ("first_back_at", "last_back_at"))
"""First and last departure, out and back."""

OF_THE_LINE = (
    "route", "mode", *HEADWAYS, "first_at", "last_at",
    "first_back_at", "last_back_at", "days", "oneway", "opens", "closes", "fare_hkd",
)  # fmt: skip
"""Columns that say the same at every call of a line."""

FASTEST_KPH = 120.0
"""No bus is faster between two stops (straight line)."""

STRAY_M = 500.0
"""Positions of one stop lie no further apart."""


def line_faults(calls: gpd.GeoDataFrame, source: str) -> list[Fault]:
    """
    Return what is wrong with lines as a whole.

    Parameters
    ----------
    calls
        The layer bus_lines.
    source
        Named in messages.

    Returns
    -------
    list of Fault
        Lines with one call only, without headway or with one of no minutes, that stop before they start, whose calls
        differ in what they say of the line, faster than `FASTEST_KPH` between two stops; stops with several positions.
        Each kind once, with its lines or stops.
    """
    calls = calls.sort_values(["line_id", "order"], kind="stable")
    lines = calls.groupby("line_id")
    several = lines[list(OF_THE_LINE)].nunique(dropna=False)
    apart = several.index[several.gt(1).any(axis=1)]
    columns = ", ".join(several.columns[several.gt(1).any()])
    found = {
        "have one call only": (lines.size().eq(1), "Give the stops of the line, each with its order."),
        "have no headway": (lines[list(HEADWAYS)].max().isna().all(axis=1), "Give one for peak, quiet or late hours."),
        "have a headway of no minutes": (
            lines[list(HEADWAYS)].min().eq(0).any(axis=1), "Write the minutes between departures, or leave it empty.",
        ),
        "stop before they start": (
            _ends_early(calls).groupby(calls["line_id"]).any(), "Write hours past midnight as 24:30, or correct them.",
        ),
        f"say different things of the line at its calls ({columns})": (
            several.index.to_series().isin(apart), "Say the same at every call.",
        ),
        f"would run faster than {FASTEST_KPH:g} km/h between two stops": (
            _too_fast(calls).groupby(calls["line_id"]).any(), "Correct the minutes, or the stops' positions.",
        ),
    }  # fmt: skip
    faults = [
        Fault(source, ", ".join(wrong.index[wrong][:5]), f"{int(wrong.sum())} lines {what}.", mend)
        for what, (wrong, mend) in found.items()
        if wrong.any()
    ]
    return [*faults, *_stray_stops(calls, source)]


def _ends_early(calls: gpd.GeoDataFrame) -> pd.Series[bool]:
    """Tell the calls whose last departure stands before the first, so that their line would never run."""
    early = calls["line_id"].isna()
    for first, last in HOURS:
        # HH:MM sorts as time does; empty is not known
        early |= calls[first].ne("") & calls[last].ne("") & (calls[last] < calls[first])
    return early


def _too_fast(calls: gpd.GeoDataFrame) -> pd.Series[bool]:
    """Tell the calls that are too soon after the one before."""
    same = calls["line_id"].eq(calls["line_id"].shift())
    away = calls.geometry.distance(calls.geometry.shift()).where(same, 0.0)
    return away > calls["minutes"] * FASTEST_KPH / 0.06 + STRAY_M


def _stray_stops(calls: gpd.GeoDataFrame, source: str) -> list[Fault]:
    """Tell stops that stand in several places."""
    places = calls.geometry.get_coordinates().groupby(calls["stop_id"]).agg(["min", "max"])
    spread = (places.xs("max", axis=1, level=1) - places.xs("min", axis=1, level=1)).max(axis=1)
    stray = spread.index[spread > STRAY_M]
    if stray.empty:
        return []
    what = f"{len(stray)} stops have positions more than {STRAY_M:g} m apart."
    return [Fault(source, ", ".join(stray[:5]), what, "Give each stop one position, or its own id.")]
