"""Timetables: which lines run in a year and at an hour, how often, and until when each stop is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.crs import WORK_CRS
from nmplan.measures.hours import DAY_BEGINS_MIN
from nmplan.measures.hours import DAY_MIN
from nmplan.measures.hours import minute_of_day
from nmplan.measures.hours import minute_of_service

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from nmplan.study import Scenario

LATE_FROM_MIN = 20 * 60
"""From here on the late headway holds, where a line has one; judgement, after operators' evening timetables."""

RIDES = ["line_id", "way", "from_stop", "to_stop", "minutes", "headway_min", "fare_hkd", "first_min", "last_min"]
"""
Columns of rides: one row for each stretch and direction.

`way` tells the two directions of a bus apart ("out", "back"; empty for rail, whose platforms serve both); `fare_hkd`
is the full fare of the line, NaN where unknown; `first_min` is when the line starts, `last_min` when it leaves
`from_stop` for the last time, in minutes of the day of service.
"""


def open_links(links: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the links, of rail, road or bus, in use in a year; where no years are told, they always are."""
    never = pd.Series(np.nan, index=links.index)
    return links[~(links.get("opens", never) > year) & ~(links.get("closes", never) <= year)]


def stops_of(layers: Mapping[str, pd.DataFrame]) -> gpd.GeoDataFrame:
    """
    Return all stations and bus stops: stop_id, rail (true for stations) and points.

    Parameters
    ----------
    layers
        stations and bus_lines, as far as they are there.
    """
    import geopandas as gpd  # noqa: PLC0415  (only where there is a model to build)

    parts = [gpd.GeoDataFrame({"stop_id": [], "rail": []}, geometry=[], crs=WORK_CRS)]
    if "stations" in layers:
        stations = layers["stations"].rename(columns={"station_id": "stop_id"})
        parts.append(stations[["stop_id", "geometry"]].assign(rail=True))
    if "bus_lines" in layers:
        stops = layers["bus_lines"][["stop_id", "geometry"]].drop_duplicates("stop_id")
        parts.append(stops.assign(rail=False))
    stops = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    return stops.drop_duplicates("stop_id", ignore_index=True)


def rides_of(layers: Mapping[str, pd.DataFrame], scenario: Scenario) -> pd.DataFrame:
    """
    Return the rides that people find in a scenario's year, on an ordinary weekday, at its hour.

    A line is there once its first departure has gone and as long as it still leaves the stop: whoever gets to a stop
    later than `last_min` has missed it, which `journeys` looks at.

    Parameters
    ----------
    layers
        rail_links (with transit_lines for first and last trains) and bus_lines, as far as they are there.
    scenario
        Year, hour, and quiet or peak.

    Returns
    -------
    pandas.DataFrame
        The columns `RIDES`.
    """
    parts = [pd.DataFrame(columns=RIDES)]
    if "rail_links" in layers:
        parts.append(_rail_rides(open_links(layers["rail_links"], scenario.year), layers.get("transit_lines")))
    if "bus_lines" in layers:
        parts.append(_bus_rides(open_links(layers["bus_lines"], scenario.year), scenario))
    rides = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    now = minute_of_service(scenario.time_of_day)
    rides = _at_night(rides, now)
    return rides[rides["first_min"].le(now) & rides["last_min"].ge(now)].reset_index(drop=True)


def _at_night(rides: pd.DataFrame, now: int) -> pd.DataFrame:
    """Return rides with the hours of night lines (from 00:10, say) as the day of service counts them."""
    # 00:00 to 23:59 is how a table says that a line never stops
    always = rides["last_min"] - rides["first_min"] >= DAY_MIN - 1
    rides = rides.assign(
        first_min=rides["first_min"].mask(always, -np.inf), last_min=rides["last_min"].mask(always, np.inf)
    )
    # in the early morning their night is ending, at any other hour the next is meant
    ahead = DAY_MIN * (rides["first_min"].between(0, DAY_BEGINS_MIN, inclusive="left") & rides["last_min"].lt(now))
    return rides.assign(first_min=rides["first_min"] + ahead, last_min=rides["last_min"] + ahead)


def _rail_rides(links: pd.DataFrame, lines: pd.DataFrame | None) -> pd.DataFrame:
    """Return the rides of trains in both directions, with the hours of their lines."""
    ends = {"from_station": "from_stop", "to_station": "to_stop"}
    there = links.rename(columns=ends)
    back = links[~links["oneway"]].rename(columns=dict(zip(ends, reversed(ends.values()), strict=True)))
    rides = pd.concat([there, back], ignore_index=True).assign(way="", fare_hkd=np.nan)
    hours = {"first_at": ("first_min", -np.inf), "last_at": ("last_min", np.inf)}
    for column, (name, always) in hours.items():
        told = lines.set_index("line_id")[column] if lines is not None and column in lines else pd.Series(dtype=object)
        rides[name] = rides["line_id"].map(_minutes(told, always)).fillna(always).astype(float)
    return rides[RIDES]


def _minutes(times: pd.Series[str], unknown: float) -> pd.Series[float]:
    """Return times as minutes of the day; what is not told is `unknown`."""
    return times.map(lambda text: float(minute_of_day(text)) if text else unknown).astype(float)


def _bus_rides(calls: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return the rides of buses from each call to the next, and back unless the line runs one way."""
    calls = calls[calls["days"].ne("weekends")].sort_values(["line_id", "order"], kind="stable", ignore_index=True)
    run = calls.groupby("line_id")["minutes"].cumsum() - calls.groupby("line_id")["minutes"].transform("first")
    last_of_line = calls["line_id"].ne(calls["line_id"].shift(-1))
    table = calls.assign(
        run=run, whole=run.groupby(calls["line_id"]).transform("max"), headway_min=_headways(calls, scenario)
    )
    following = table.shift(-1)[~last_of_line]
    here = table[~last_of_line]
    out = here.assign(
        way="out",
        from_stop=here["stop_id"],
        to_stop=following["stop_id"],
        minutes=following["minutes"].astype(float),
        first_min=_minutes(here["first_at"], -np.inf),
        last_min=_minutes(here["last_at"], np.inf) + here["run"],
    )
    both = here[~here["oneway"]]
    back = both.assign(
        way="back",
        from_stop=following["stop_id"],
        to_stop=both["stop_id"],
        minutes=following["minutes"].astype(float),
        first_min=_minutes(both["first_back_at"], -np.inf),
        last_min=_minutes(both["last_back_at"], np.inf) + both["whole"] - following["run"].astype(float),
    )
    return pd.concat([out[RIDES], back[RIDES]], ignore_index=True)


def _headways(calls: pd.DataFrame, scenario: Scenario) -> pd.Series[float]:
    """Return the headway at the hour: in the peak, late, or else in the quiet of the day; of those that are told."""
    late = minute_of_service(scenario.time_of_day) >= LATE_FROM_MIN
    own = "peak" if scenario.period == "peak" else "late" if late else "quiet"
    told = [calls[f"headway_{name}_min"] for name in (own, "quiet", "peak", "late")]
    return told[0].fillna(told[1]).fillna(told[2]).fillna(told[3])
