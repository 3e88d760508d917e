"""Lines of buses and ferries in a GTFS feed: calls in order, headways by period, first and last departure."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from nmplan.crs import WORK_CRS
from nmplan.layers.contracts import Note
from nmplan.layers.gtfs_departures import DAY_S
from nmplan.layers.gtfs_departures import HOUR_S
from nmplan.layers.gtfs_departures import SERVICE_BEGINS_S

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from nmplan.layers.gtfs_departures import Departures

PERIODS_S = {
    "headway_peak_min": (7.5 * HOUR_S, 2 * HOUR_S),
    "headway_quiet_min": (10 * HOUR_S, 6 * HOUR_S),
    "headway_late_min": (20 * HOUR_S, 3 * HOUR_S),
}
"""Start and length of the periods that headways are counted in: 07:30-09:30, 10:00-16:00, 20:00-23:00."""

DAYTIME_S, EVENING_S = (6 * HOUR_S, 14 * HOUR_S), (20 * HOUR_S, 8 * HOUR_S)
"""A line that runs in the second (20:00-28:00) and not in the first (06:00-20:00) is a night line: its day of service
begins at noon, so that 23:30 and 04:30 are the start and the end of one night; judgement."""

NOON_S = 12 * HOUR_S

ROUTE_MODES = {3: "bus", 4: "ferry", 11: "bus"}
"""Route types of this layer; 11 is a trolleybus."""

EXTENDED_MODES = {2: "coach", 7: "bus", 8: "bus", 10: "ferry", 12: "ferry"}
"""The same by hundreds of the extended types."""

MODE_WORDS = {
    "minibus": r"\bmini-? ?bus|\blight bus|\b(?:GMB|RMB|PLB)\b",
    "shuttle": r"\bshuttle",
    "coach": r"\bcoach",
}
"""What a route_desc or an agency calls buses that GTFS has no type for; the first that fits holds."""

LINE = ["route_id", "direction", "pattern"]
"""What makes a line: a route, the feed's direction_id (empty where it has none), and the stops in their order."""


def bus_routes(tables: Mapping[str, pd.DataFrame], routes: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """
    Return the routes of buses, coaches and ferries, `mode` in the words of bus_lines; the others are counted.

    Parameters
    ----------
    tables
        Of the feed, by file; agency.txt is read.
    routes
        routes.txt with `agency` (its id, or empty).

    Examples
    --------
    >>> routes = pd.DataFrame(
    ...     {"route_id": ["a", "b", "c"], "route_type": ["3", "0", "1000"], "agency": ["GMB", "", ""]}
    ... )
    >>> chosen, (note,) = bus_routes({}, routes)
    >>> chosen["mode"].tolist(), note.features
    (['minibus', 'ferry'], ('b',))
    """
    kinds = pd.to_numeric(routes["route_type"], errors="coerce")
    mode = kinds.map(ROUTE_MODES).fillna((kinds // 100).map(EXTENDED_MODES)).fillna("")
    texts = _said_of(tables, routes)
    for word, pattern in reversed(MODE_WORDS.items()):
        said = texts.str.contains(pattern, flags=re.IGNORECASE)
        mode = mode.mask(mode.ne("ferry") & mode.ne("") & said, word)
    other = tuple(routes.loc[mode.eq(""), "route_id"])
    notes = [Note("bus_lines", "routes of rail and other kinds, left out", len(other), other)] if other else []
    return routes.assign(mode=mode)[mode.ne("")], notes


def bus_lines(
    tables: Mapping[str, pd.DataFrame],
    routes: pd.DataFrame,
    trips: pd.DataFrame,
    calls: pd.DataFrame,
    departures: Departures,
    weekend: AbstractSet[str],
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """
    Return the lines of the day, one row per call; each direction and each pattern of stops is a line of its own.

    Minutes between calls are the median over the trips of the line, departure to departure. The headway of a period is
    its length over the departures in it, empty where there is none. Of a period in which the line starts, or ends, only
    the time from its first departure, or until its mean headway after the last, counts: `first_at` and `last_at` keep
    it out of the rest. The quiet headway is never empty: a line that pauses between the peaks has the length of its
    pause, any other its mean headway, one with a single departure a day.

    Parameters
    ----------
    tables
        Of the feed, by file: stops.txt and trips.txt; fare_attributes.txt and fare_rules.txt if there.
    routes
        From `bus_routes`, with `short`.
    trips
        Those of the day.
    calls
        Of the trips, in order: trip_id, stop_id, first, time (s), x, y (m), stop (its name).
    departures
        Of the trips.
    weekend
        Services that run on Saturdays or Sundays.

    Returns
    -------
    tuple
        Columns of the layer bus_lines but `source` and `accuracy_m`, and notes.
    """
    trips = trips[trips["route_id"].isin(routes["route_id"])]
    calls, notes = _lasting_calls(calls[calls["trip_id"].isin(trips["trip_id"])])
    runs = _runs(trips, calls, departures)
    lines = _lines(runs)
    idle = tuple(routes.loc[~routes["route_id"].isin(lines["route_id"]), "route_id"])
    for count, what, features in (
        (len(idle), "routes without a trip on the day, left out", idle),
        (int(lines["number"].gt(1).sum()), "lines with other stops than the first of their route and direction", ()),
        (
            int(lines.pop("unquiet").sum()),
            "lines without a departure from 10:00 to 16:00, their pause or mean taken",
            (),
        ),
    ):
        if count:
            notes.append(Note("bus_lines", what, count, features))
    ordered = _ordered_calls(calls, runs, lines)
    told = _told(tables, routes, weekend).reindex(lines["route_id"]).reset_index(drop=True)
    lines = pd.concat([lines.drop(columns=["number", *LINE]).reset_index(drop=True), told], axis=1)
    table = lines.loc[ordered["line"]].reset_index(drop=True)
    table = table.assign(**{name: ordered[name].to_numpy() for name in ("order", "stop_id", "stop_en", "minutes")})
    table = table.assign(name_en=_names(table), oneway=True).drop(columns="long_name")
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(ordered["x"], ordered["y"]), crs=WORK_CRS), notes


def full_fares(tables: Mapping[str, pd.DataFrame]) -> pd.Series[float]:
    """
    Return the full fare of routes in HKD: the dearest of those its rules name, since a section costs less.

    Fares in other currencies, and rules for zones without a route, are not looked at.

    Examples
    --------
    >>> prices = pd.DataFrame({"fare_id": ["whole", "part"], "price": ["13.9", "5"], "currency_type": "HKD"})
    >>> rules = pd.DataFrame({"fare_id": ["part", "whole"], "route_id": "B1"})
    >>> full_fares({"fare_attributes.txt": prices, "fare_rules.txt": rules}).to_dict()
    {'B1': 13.9}
    """
    prices, rules = tables.get("fare_attributes.txt"), tables.get("fare_rules.txt")
    if prices is None or rules is None or "currency_type" not in prices or "route_id" not in rules:
        return pd.Series(dtype=float)
    prices = prices[prices["currency_type"].str.strip().str.upper().eq("HKD")]
    price = pd.to_numeric(prices["price"], errors="coerce").where(lambda hkd: np.isfinite(hkd) & (hkd >= 0))
    by_fare = price.groupby(prices["fare_id"]).max()
    rules = rules[rules["route_id"].ne("")]
    return rules["fare_id"].map(by_fare).groupby(rules["route_id"]).max().dropna()


def _said_of(tables: Mapping[str, pd.DataFrame], routes: pd.DataFrame) -> pd.Series[str]:
    """Return what the feed says of each route: its description, and id and name of its agencies."""
    agency = tables.get("agency.txt", pd.DataFrame({"agency_id": [], "agency_name": []}))
    ids = agency["agency_id"] if "agency_id" in agency else pd.Series("", index=agency.index)
    names = dict(zip(ids, agency["agency_name"], strict=True))
    if len(agency) == 1:  # routes need not name the only one
        names[""] = agency["agency_name"].iloc[0]
    said = {
        whole: " ".join([whole, *(names.get(part, "") for part in dict.fromkeys((whole, *whole.split("+"))))])
        for whole in routes["agency"].unique()
    }
    description = routes["route_desc"] if "route_desc" in routes else pd.Series("", index=routes.index)
    return routes["agency"].map(said).astype(str) + " " + description


def _lasting_calls(calls: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """Return the calls without those at the stop before, and without trips that have no second stop."""
    again = calls["stop_id"].eq(calls["stop_id"].shift()) & ~calls["first"]
    kept = calls[~again]
    single = kept["first"] & kept["first"].shift(-1, fill_value=True)
    notes = []
    for count, what in (
        (int(again.sum()), "calls at one stop twice in a row, taken as one"),
        (int(single.sum()), "trips that call at one stop only, left out"),
    ):
        if count:
            notes.append(Note("bus_lines", what, count))
    return kept[~single].reset_index(drop=True), notes


def _runs(trips: pd.DataFrame, calls: pd.DataFrame, departures: Departures) -> pd.DataFrame:
    """
    Return the trips that set out, by trip_id: `LINE`, first, last and count of the day, departures by period.

    `before` and `after` are the last departure before the quiet period and the first after it; `dusk` and `dawn` first
    and last of a day that begins at noon; NaN where there is none. `daytime` and `evening` count departures.
    """
    runs = _patterns(calls).to_frame("pattern").join(departures.span(), how="inner")
    table = trips.set_index("trip_id")
    runs["route_id"] = table["route_id"].reindex(runs.index)
    runs["direction"] = table["direction_id"].reindex(runs.index).str.strip() if "direction_id" in table else ""
    for name, (start, length) in {**PERIODS_S, "daytime": DAYTIME_S, "evening": EVENING_S}.items():
        runs[name] = departures.counted(start, length).reindex(runs.index, fill_value=0.0)
    start, length = PERIODS_S["headway_quiet_min"]
    end = start + length
    runs["before"] = departures.span(SERVICE_BEGINS_S, start - SERVICE_BEGINS_S)["last"].reindex(runs.index)
    runs["after"] = departures.span(end, SERVICE_BEGINS_S + DAY_S - end)["first"].reindex(runs.index)
    night = departures.span(NOON_S).reindex(runs.index)
    return runs.assign(dusk=night["first"], dawn=night["last"])


def _patterns(calls: pd.DataFrame) -> pd.Series[int]:
    """Return a number for each trip, the same for trips that call at the same stops in the same order."""
    stops, _ = pd.factorize(calls["stop_id"])
    starts = np.flatnonzero(calls["first"])
    # the bytes of a slice are an exact key, and made without a loop over calls
    keys = [stops[start:end].tobytes() for start, end in pairwise([*starts, len(stops)])]
    numbers, _ = pd.factorize(np.array(keys, dtype=object))
    return pd.Series(numbers, index=calls["trip_id"].to_numpy()[starts])


def _lines(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the lines, the most frequent pattern of each route and direction first: hours, headways, line_id."""
    adding = dict.fromkeys(("count", "daytime", "evening", *PERIODS_S), "sum")
    ends = {"first": "min", "last": "max", "before": "max", "after": "min", "dusk": "min", "dawn": "max"}
    lines = runs.groupby(LINE, sort=False).agg({**adding, **ends}).reset_index()
    order = ["route_id", "direction", "count", "first", "pattern"]
    lines = lines.sort_values(order, ascending=[True, True, False, True, True], ignore_index=True)
    number = lines.groupby(LINE[:2], sort=False).cumcount() + 1
    way = ("-" + lines["direction"]).where(lines["direction"].ne(""), "")
    table = lines[LINE].assign(number=number, line_id=lines["route_id"] + way + "-p" + number.astype(str))
    by_night = lines["daytime"].eq(0) & lines["evening"].gt(0)
    first = lines["first"].mask(by_night, lines["dusk"])
    last = lines["last"].mask(by_night, lines["dawn"])
    mean = ((last - first) / (lines["count"] - 1)).where(last > first, DAY_S)
    for name, (start, length) in PERIODS_S.items():
        served = np.minimum(start + length, last + mean) - np.maximum(start, first)
        table[name] = (served / 60 / lines[name].where(lines[name] > 0)).round(1)
    pause = (lines["after"] - lines["before"]).mask(by_night)
    own = pause.fillna(mean).div(60).round(1)
    hours = {name: _clock(end) for name, end in (("first_at", first), ("last_at", last))}
    unquiet = table["headway_quiet_min"].isna()
    return table.assign(**hours, unquiet=unquiet, headway_quiet_min=table["headway_quiet_min"].fillna(own))


def _clock(seconds: pd.Series[float]) -> list[str]:
    """Write seconds of the day as HH:MM, past midnight as 24:30."""
    return [f"{int(second // HOUR_S):02d}:{int(second % HOUR_S // 60):02d}" for second in seconds]


def _ordered_calls(calls: pd.DataFrame, runs: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Return the calls of each line (`line`, its row in `lines`) in order, with median minutes since the one before."""
    numbered = pd.Series(np.arange(len(lines)), index=pd.MultiIndex.from_frame(lines[LINE]))
    line = pd.Series(numbered.reindex(pd.MultiIndex.from_frame(runs[LINE])).to_numpy(), index=runs.index)
    minutes = (calls["time"].diff() / 60).mask(calls["first"], 0.0)
    table = calls.assign(
        line=calls["trip_id"].map(line), order=calls.groupby("trip_id", sort=False).cumcount() + 1, minutes=minutes
    )
    same = dict.fromkeys(("stop_id", "stop", "x", "y"), "first")
    # trips that never set out have no line
    ordered = table.dropna(subset="line").groupby(["line", "order"]).agg({"minutes": "median", **same}).reset_index()
    return ordered.assign(line=ordered["line"].astype(int), minutes=ordered["minutes"].round(2)).rename(
        columns={"stop": "stop_en"}
    )


def _told(tables: Mapping[str, pd.DataFrame], routes: pd.DataFrame, weekend: AbstractSet[str]) -> pd.DataFrame:
    """Return what holds for all lines of a route, by route_id: route, long_name, mode, days, fare_hkd."""
    trips = tables["trips.txt"]
    daily = routes["route_id"].isin(trips.loc[trips["service_id"].isin(weekend), "route_id"])
    return pd.DataFrame(
        {
            "route": routes["short"],
            "long_name": routes.get("route_long_name", ""),
            "mode": routes["mode"],
            "days": np.where(daily, "daily", "weekdays"),
            "fare_hkd": routes["route_id"].map(full_fares(tables)).astype(float),
        }
    ).set_index(routes["route_id"])


def _names(table: pd.DataFrame) -> pd.Series[str]:
    """Return from where to where each line runs; circular ones have the name the feed gives their route."""
    stops = table.groupby("line_id", sort=False)["stop_en"]
    start, end = stops.transform("first"), stops.transform("last")
    told = table["long_name"].where(table["long_name"].ne(""), start)
    return (start + " – " + end).where(start.ne("") & end.ne("") & start.ne(end), told)
