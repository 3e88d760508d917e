"""Timetables in GTFS: stops, routes, and links with run time and headway at an hour."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmplan.crs import WORK_CRS
from nmplan.crs import to_work_crs
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.conform import conform
from nmplan.layers.contracts import Layer
from nmplan.layers.contracts import Note
from nmplan.layers.gtfs_departures import HOUR_S
from nmplan.layers.gtfs_departures import read_departures
from nmplan.layers.gtfs_departures import seconds_of
from nmplan.layers.gtfs_lines import bus_lines
from nmplan.layers.gtfs_lines import bus_routes
from nmplan.origins import MAKES
from nmplan.origins import other_layers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence
    from pathlib import Path
    from typing import IO
    from typing import Any

    from numpy.typing import NDArray

    from nmplan.layers.gtfs_departures import Departures

LAYERS = MAKES["gtfs"]

FILES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "routes.txt": (
        ("route_id", "route_type"),
        ("agency_id", "route_short_name", "route_long_name", "route_desc", "route_color"),
    ),
    "trips.txt": (("route_id", "service_id", "trip_id"), ("shape_id", "direction_id")),
    "stops.txt": (("stop_id", "stop_name", "stop_lat", "stop_lon"), ()),
    "stop_times.txt": (("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"), ()),
    "agency.txt": (("agency_name",), ("agency_id",)),
    "calendar.txt": (
        ("service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        ("start_date", "end_date"),
    ),
    "calendar_dates.txt": (("service_id", "date", "exception_type"), ()),
    "frequencies.txt": (("trip_id", "start_time", "end_time", "headway_secs"), ()),
    "shapes.txt": (("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"), ()),
    "fare_attributes.txt": (("fare_id", "price"), ("currency_type",)),
    "fare_rules.txt": (("fare_id",), ("route_id",)),
}
"""Files of a feed with the columns each must have and may have; other files and columns are not read."""

UNIQUE = {"routes.txt": "route_id", "trips.txt": "trip_id"}
"""Column by which the rows of a table are told apart; of stops only those in use count, see `_places`."""

NEEDED = ("routes.txt", "trips.txt", "stops.txt", "stop_times.txt")
"""Files no feed can do without; of the two calendars it needs one."""

FARES = ("fare_attributes.txt", "fare_rules.txt")
"""Files that bus_lines alone is read from."""

WEEKDAYS = FILES["calendar.txt"][0][1:]

_MODES = {0: "light-rail", 1: "metro", 2: "heavy-rail", 3: "bus", 4: "ferry", 5: "cable-tram", 6: "aerial-lift"}
_MODES |= {7: "funicular", 11: "trolleybus", 12: "monorail"}
_EXTENDED_MODES = {1: "heavy-rail", 2: "bus", 4: "metro", 7: "bus", 8: "trolleybus", 9: "light-rail", 10: "ferry"}
"""GTFS route types, and hundreds of the extended ones (700 bus service, 900 tram service, …)."""

STOP_ACCURACY_M = 30.0
"""Judgement: stops are surveyed poles, but one position may stand for both ends of a bus bay."""

SHAPE_ACCURACY_M = 50.0
STRAIGHT_ACCURACY_M = 500.0
"""Judgement on the course of a line: of shapes.txt, and drawn straight from stop to stop."""

MOST_BYTES = 2 * 1024**3
"""Size of a table beyond which an archive is taken for a bomb; all calls of Hong Kong's buses have a tenth of it."""


@dataclass(frozen=True)
class _Feed:
    """The tables of one feed, and the name of its file."""

    name: str
    tables: Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class _Service:
    """The routes asked for of a feed, and what runs on them on a day (its English name, capitalised)."""

    feed: _Feed
    day: str
    routes: pd.DataFrame
    trips: pd.DataFrame
    calls: pd.DataFrame
    departures: Departures
    notes: tuple[Note, ...]


def read_gtfs(
    layers: Sequence[str],
    paths: Sequence[Path],
    *,
    routes: Sequence[str] = (),
    agencies: Sequence[str] = (),
    modes: Sequence[str] = (),
    at: str = "10:00",
    weekday: str = "wednesday",
) -> dict[str, Layer]:
    """
    Read GTFS feeds: a network of the service in one hour of one weekday, and the lines of that whole day.

    In the network each route has stops of its own, `<route_id>-<stop_id>`, as each line of the reference geography has
    its platforms: to change between routes at one stop costs the wait for the next. A link joins two stops one after
    the other on a trip that sets out in the hour; its minutes are the median over those trips, departure to departure.
    Its headway is 60 over the departures in the hour: the trips that set out then, and for trips in frequencies.txt the
    part of the hour their period covers over its headway. Trips after 24:00 count in the small hours. Times left blank
    between two given ones are spread by straight-line distance. Public holidays (removed dates) are not looked at.

    Parameters
    ----------
    layers
        Any of stations, transit_lines, rail_links (the network), and bus_lines (see `gtfs_lines.bus_lines`).
    paths
        Feeds: zip files or folders.
    routes
        Routes to read, by route_id or route_short_name; all if none is named. `agencies` likewise by agency_id (each
        part of "KMB+CTB" counts) and `modes` by words such as bus, light-rail, ferry.
    at
        Start of the hour, HH:MM; bus_lines do not look at it.
    weekday
        English name of the day.

    Returns
    -------
    dict
        The layers asked for.

    Raises
    ------
    LayerError
        Missing files or columns, names the feed does not have, times that are none or run backwards, stops in use
        without a position or at 0, 0.
    """
    start = _seconds_of_day(at)
    faults = other_layers("gtfs", layers)
    if start is None:
        faults.append(Fault("study", f"at = {at!r}", "this is no time of day.", 'Write HH:MM, e.g. at = "08:00".'))
    if weekday.lower() not in WEEKDAYS:
        faults.append(
            Fault("study", f"weekday = {weekday!r}", "this is no weekday.", f"Use one of {', '.join(WEEKDAYS)}.")
        )
    feeds = []
    for path in paths:
        try:
            feeds.append(_read_feed(path, fares="bus_lines" in layers))
        except LayerError as error:
            faults += error.faults
    if faults or start is None:
        raise LayerError(faults)
    wanted = {"routes": routes, "agencies": agencies, "modes": modes}
    services = [_service(feed, wanted, weekday.lower(), layers) for feed in feeds]
    parts = [_frames(service, layers, start, at) for service in services]
    read = {}
    for name in dict.fromkeys(layers):
        frame = pd.concat([frames[name] for frames, _ in parts], ignore_index=True)
        if name == "bus_lines":
            _refuse_shared_stops([frames[name] for frames, _ in parts], [feed.name for feed in feeds])
        layer = conform(frame, name, ", ".join(feed.name for feed in feeds))
        read[name] = Layer(layer.frame, [*(n for _, notes in parts for n in notes if n.layer == name), *layer.notes])
    return read


def stop_name(text: str) -> str:
    """
    Return one name of a stop that several operators call differently.

    "[CTB] TAI PING ROAD|[KMB+CTB] TAI PING/<BR>TAI PING ROAD" is "TAI PING ROAD": the first name, without its operator.
    """
    first = re.split(r"\||/?<br\s*/?>", text, maxsplit=1, flags=re.IGNORECASE)[0]
    return " ".join(re.sub(r"\[[^\]]*\]", " ", first).split())


def _seconds_of_day(text: str) -> float | None:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip())
    return int(found[1]) * HOUR_S + int(found[2]) * 60 if found else None


def _read_feed(path: Path, *, fares: bool) -> _Feed:
    """Read the tables of a feed that are there; say which are missing or lack columns."""
    tables, faults = {}, []
    wanted = FILES.keys() if fares else FILES.keys() - set(FARES)
    try:
        if path.is_dir():
            found = {part.name: part for part in sorted(path.rglob("*.txt"))}
            for name in wanted & found.keys():
                with found[name].open("rb") as file:
                    tables[name] = _read_table(file, name, path.name)
        else:
            with zipfile.ZipFile(path) as archive:
                members = {member.rsplit("/", 1)[-1]: member for member in archive.namelist()}
                for name in wanted & members.keys():
                    _refuse_bomb(archive.getinfo(members[name]), path.name)
                    with archive.open(members[name]) as file:
                        tables[name] = _read_table(file, name, path.name)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        what = f"this is no GTFS feed that can be read: {error}."
        raise LayerError([Fault(path.name, "", what, "Name a zip file or a folder; download it again.")]) from None
    for name, table in tables.items():
        faults += _table_faults(name, table, f"{path.name}/{name}")
    lost = [name for name in NEEDED if name not in tables]
    if not {"calendar.txt", "calendar_dates.txt"} & tables.keys():
        lost.append("calendar.txt or calendar_dates.txt")
    if lost:
        what = f"the feed lacks {', '.join(lost)}."
        faults.append(Fault(path.name, "", what, "Name a complete GTFS feed."))
    if faults:
        raise LayerError(faults)
    return _Feed(path.name, tables)


def _table_faults(name: str, table: pd.DataFrame, source: str) -> list[Fault]:
    """Tell columns that are missing, and ids that stand more than once."""
    lost = [column for column in FILES[name][0] if column not in table]
    if lost:
        what = f"the columns {', '.join(lost)} are missing."
        return [Fault(source, "", what, "Ask the publisher for a complete feed.")]
    key = UNIQUE.get(name)
    doubled = table.loc[table[key].duplicated(), key].unique() if key else ()
    if not len(doubled):
        return []
    return [Fault(source, ", ".join(doubled[:5]), f"{key} stands more than once.", "Ask for a corrected feed.")]


def _refuse_bomb(member: zipfile.ZipInfo, feed: str) -> None:
    if member.file_size > MOST_BYTES:
        what = f"unpacks to {member.file_size:,} bytes; no table of a feed has more than {MOST_BYTES:,}."
        raise LayerError([Fault(f"{feed}/{member.filename}", "", what, "Check where it comes from.")])


def _read_table(file: IO[bytes], name: str, feed: str) -> pd.DataFrame:
    known = {column for columns in FILES[name] for column in columns}
    try:
        table = pd.read_csv(
            file,
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
            skipinitialspace=True,
            index_col=False,
            usecols=lambda column: column.strip() in known,
        )
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        what = f"not a CSV in UTF-8: {error}."
        raise LayerError([Fault(f"{feed}/{name}", "", what, "Download the feed again.")]) from None
    return table.rename(columns=str.strip)


def _service(feed: _Feed, wanted: Mapping[str, Sequence[str]], weekday: str, layers: Sequence[str]) -> _Service:
    """Return the routes asked for and their trips of an ordinary weekday, with all calls and departures."""
    routes, notes = _chosen_routes(feed, wanted)
    if set(layers) == {"bus_lines"}:  # what is not asked for need not be right
        routes, more = bus_routes(feed.tables, routes)
        notes += more
    trips = feed.tables["trips.txt"]
    trips = trips[trips["route_id"].isin(routes["route_id"]) & trips["service_id"].isin(_services(feed, weekday))]
    calls, more = _calls(feed, trips)
    setting_out = calls[calls["first"]].set_index("trip_id")["time"]
    departures = read_departures(setting_out, feed.tables.get("frequencies.txt"), f"{feed.name}/frequencies.txt")
    return _Service(feed, weekday.title(), routes, trips, calls, departures, (*notes, *more))


def _frames(
    service: _Service, layers: Sequence[str], start: float, at: str
) -> tuple[dict[str, pd.DataFrame], list[Note]]:
    """Return the layers asked for of one feed, not yet held to their contracts, and what was noted."""
    frames: dict[str, pd.DataFrame] = {}
    notes = list(service.notes)
    if set(layers) - {"bus_lines"}:
        found, more = _network(service, start, at)
        frames |= found
        notes += more
    if "bus_lines" in layers:
        frames["bus_lines"], more = _bus_lines(service, both=bool(frames))
        notes += more
    return frames, notes


def _bus_lines(service: _Service, *, both: bool) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Return the lines of buses and ferries; routes that the network has too are counted."""
    feed = service.feed
    routes, notes = bus_routes(feed.tables, service.routes) if both else (service.routes, [])
    calls = service.calls.assign(stop=service.calls["stop_id"].map(_stop_names(feed)))
    weekend = _services(feed, "saturday") | _services(feed, "sunday")
    lines, more = bus_lines(feed.tables, routes, service.trips, calls, service.departures, weekend)
    if lines.empty:
        what = f"no bus, coach or ferry of the routes asked for runs on a {service.day}."
        mend = "Choose another day, or correct routes, agencies and modes."
        raise LayerError([Fault(feed.name, "", what, mend)])
    if both:
        what = "routes that stand in stations and in bus_lines; set modes to part them"
        more.append(Note("bus_lines", what, len(routes), tuple(routes["route_id"])))
    running = routes[routes["route_id"].isin(service.trips["route_id"])]
    source = f"{_publisher(feed, running)}, GTFS ({feed.name}), {service.day}"
    return lines.assign(accuracy_m=STOP_ACCURACY_M, source=source), [*notes, *more]


def _refuse_shared_stops(parts: Sequence[gpd.GeoDataFrame], feeds: Sequence[str]) -> None:
    """Refuse one stop_id for two places: several feeds may each count their stops from 1."""
    stops = pd.concat([part[["stop_id", "geometry"]].drop_duplicates("stop_id") for part in parts])
    places = stops.assign(x=stops.geometry.x, y=stops.geometry.y)
    spread = places.groupby("stop_id")[["x", "y"]].agg(np.ptp).gt(1).any(axis=1)
    if spread.any():
        names = spread.index[spread]
        what = f"{len(names)} stops have one stop_id and stand at different places."
        raise LayerError([Fault(", ".join(feeds), ", ".join(names[:5]), what, "Rename the stops of one feed.")])


def _network(service: _Service, start: float, at: str) -> tuple[dict[str, pd.DataFrame], list[Note]]:
    """Return stations, transit_lines and rail_links of the hour."""
    feed, routes, trips, calls = service.feed, service.routes, service.trips, service.calls
    per_hour = service.departures.counted(start)
    calls = calls[calls["trip_id"].isin(per_hour.index)]
    if calls.empty:
        what = f"no trip of the routes asked for sets out in the hour from {at} on a {service.day}."
        mend = "Choose another hour or day, or correct routes, agencies and modes."
        raise LayerError([Fault(feed.name, "", what, mend)])
    trips = trips[trips["trip_id"].isin(per_hour.index)]
    idle = tuple(routes.loc[~routes["route_id"].isin(trips["route_id"]), "route_id"])
    notes = []
    if idle:
        what = f"routes without a trip in the hour from {at} on a {service.day}, left out"
        notes.append(Note("transit_lines", what, len(idle), idle))
    routes = routes[routes["route_id"].isin(trips["route_id"])]
    links, link_notes = _links(calls, trips, per_hour)
    source = f"{_publisher(feed, routes)}, GTFS ({feed.name}), {service.day} from {at}"
    used = set(calls["stop_id"])
    unused = tuple(stop for stop in feed.tables["stops.txt"]["stop_id"] if stop not in used)
    if unused:
        notes.append(Note("stations", "stops at which none of these trips calls, left out", len(unused), unused))
    stations = _stations(feed, calls, trips, routes, source)
    lines = _transit_lines(feed, trips, routes, _straight(links, stations), source)
    frames = {"stations": stations, "transit_lines": lines, "rail_links": links.assign(source=source)}
    return frames, [*notes, *link_notes]


def _chosen_routes(feed: _Feed, wanted: Mapping[str, Sequence[str]]) -> tuple[pd.DataFrame, list[Note]]:
    """Return the routes asked for, with their mode; a name the feed does not have is a fault."""
    table = feed.tables["routes.txt"]
    blank = pd.Series("", index=table.index)
    agency = table.get("agency_id", blank)
    kinds = pd.to_numeric(table["route_type"], errors="coerce")
    mode = kinds.map(_MODES).fillna((kinds // 100).where(kinds >= 100).map(_EXTENDED_MODES)).fillna("other")  # noqa: PLR2004
    table = table.assign(mode=mode, short=table.get("route_short_name", blank), agency=agency)
    names = {
        "routes": [{a, b} for a, b in zip(table["route_id"], table["short"], strict=True)],
        "agencies": [{whole, *whole.split("+")} for whole in agency],
        "modes": [{word} for word in mode],
    }
    keep = np.ones(len(table), dtype=bool)
    faults = []
    for keyword, given in wanted.items():
        known = set().union(*names[keyword]) - {""}
        lost = [name for name in given if name not in known]
        if lost:
            some = ", ".join(sorted(known)[:10]) + (", …" if len(known) > 10 else "")  # noqa: PLR2004
            what = f"the feed has none of these {keyword}; it has {some}."
            faults.append(Fault(feed.name, ", ".join(lost), what, f"Correct {keyword} in the study."))
        if given:
            keep &= np.array([bool(found & set(given)) for found in names[keyword]], dtype=bool)
    if faults:
        raise LayerError(faults)
    chosen = table[keep]
    odd = tuple(chosen.loc[chosen["mode"].eq("other"), "route_id"])
    notes = [Note("transit_lines", "routes of an unknown route_type, mode other", len(odd), odd)] if odd else []
    return chosen, notes


def _services(feed: _Feed, weekday: str) -> set[str]:
    """Return the services of an ordinary weekday: of the calendar, else those with an added date on that day."""
    running: set[str] = set()
    regular: set[str] = set()
    if "calendar.txt" in feed.tables:
        calendar = feed.tables["calendar.txt"]
        running = set(calendar.loc[calendar[weekday].str.strip().eq("1"), "service_id"])
        regular = set(calendar.loc[calendar[list(WEEKDAYS)].eq("1").any(axis=1), "service_id"])
    if "calendar_dates.txt" in feed.tables:
        dates = feed.tables["calendar_dates.txt"]
        days = pd.to_datetime(dates["date"], format="%Y%m%d", errors="coerce").dt.day_of_week
        added = dates["exception_type"].str.strip().eq("1") & days.eq(WEEKDAYS.index(weekday))
        running |= set(dates.loc[added, "service_id"]) - regular
    return running


def _calls(feed: _Feed, trips: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """
    Return the calls of the trips in their order, with times in seconds and positions in metres.

    Columns: trip_id, stop_id, first and last (of the trip), time (of departure; at the last stop of arrival), x, y.
    """
    calls, faults = _ordered_calls(feed, trips)
    places, more = _places(feed, calls["stop_id"].unique())
    if faults := faults + more:
        raise LayerError(faults)
    time = calls["departure"].where(calls["departure"].notna() & ~calls["last"], calls["arrival"])
    time = time.where(time.notna(), calls["departure"])
    calls = calls.assign(**{axis: places.loc[calls["stop_id"], axis].to_numpy() for axis in ("x", "y")})
    blank = time.isna()
    endless = blank & (calls["first"] | calls["last"])
    calls["time"] = _filled(time.to_numpy(), calls)
    backwards = calls["time"].diff().lt(0) & ~calls["first"]
    for wrong, what in (
        (endless, "the first or last time of these trips is blank."),
        (backwards & ~calls["trip_id"].isin(calls["trip_id"][endless]), "the times of these trips run backwards."),
    ):
        if wrong.any():
            where = ", ".join(calls["trip_id"][wrong].unique()[:5])
            faults.append(Fault(f"{feed.name}/stop_times.txt", where, what, "Ask the publisher for a corrected feed."))
    if faults:
        raise LayerError(faults)
    count = int(blank.sum())
    what = "times of calls left blank, spread by distance"
    notes = [Note(layer, what, count) for layer in ("rail_links", "bus_lines") if count]
    return calls[["trip_id", "stop_id", "first", "last", "time", "x", "y"]], notes


def _ordered_calls(feed: _Feed, trips: pd.DataFrame) -> tuple[pd.DataFrame, list[Fault]]:
    """Return the rows of stop_times.txt trip by trip in sequence, times in seconds, and what cannot be read."""
    source = f"{feed.name}/stop_times.txt"
    table = feed.tables["stop_times.txt"]
    table = table[table["trip_id"].isin(trips["trip_id"])]
    arrival, faults = seconds_of(table["arrival_time"], source)
    departure, more = seconds_of(table["departure_time"], source)
    order = pd.to_numeric(table["stop_sequence"], errors="coerce").to_numpy(dtype=float)
    faults += more
    if np.isnan(order).any():
        where = ", ".join(table["trip_id"][np.isnan(order)].unique()[:5])
        faults.append(Fault(source, where, "stop_sequence is no number.", "Ask for a corrected feed."))
    trip, _ = pd.factorize(table["trip_id"])
    rows = np.lexsort((order, trip))
    trip = trip[rows]
    first = np.diff(trip, prepend=-1) != 0
    last = np.diff(trip, append=-1) != 0
    calls = table[["trip_id", "stop_id"]].iloc[rows].reset_index(drop=True)
    return calls.assign(first=first, last=last, arrival=arrival[rows], departure=departure[rows]), faults


def _places(feed: _Feed, used: Sequence[str]) -> tuple[pd.DataFrame, list[Fault]]:
    """Return x and y, metres, of the stops in use; a stop without a position is a fault, not a place in the ocean."""
    source = f"{feed.name}/stops.txt"
    stops = feed.tables["stops.txt"]
    stops = stops[stops["stop_id"].isin(used)]
    lon, lat = (pd.to_numeric(stops[name], errors="coerce") for name in ("stop_lon", "stop_lat"))
    nowhere = ~(np.isfinite(lon) & np.isfinite(lat)) | (lon.eq(0) & lat.eq(0))
    unknown = sorted(set(used) - set(stops["stop_id"]))
    faults = []
    for names, what in (
        (stops.loc[nowhere, "stop_id"].tolist(), "stops in use have no position, or 0, 0"),
        (stops.loc[stops["stop_id"].duplicated(), "stop_id"].tolist(), "stops stand more than once"),
        (unknown, "stops at which trips call are not listed"),
    ):
        if names:
            said = f"{len(names)} {what}."
            faults.append(Fault(source, ", ".join(names[:5]), said, "Correct the file, or choose other routes."))
    if faults or stops.empty:
        return pd.DataFrame({"x": [], "y": []}), faults
    points = gpd.GeoDataFrame(stops[["stop_id"]], geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")
    try:
        placed = to_work_crs(points, source).geometry
    except LayerError as error:
        return pd.DataFrame({"x": [], "y": []}), error.faults
    return pd.DataFrame({"x": placed.x.to_numpy(), "y": placed.y.to_numpy()}, index=stops["stop_id"]), []


def _filled(time: NDArray[np.float64], calls: pd.DataFrame) -> NDArray[np.float64]:
    """Fill blank times between two given ones of a trip in proportion to the straight-line distance."""
    given = ~np.isnan(time)
    if given.all() or not given.any():
        return time
    step = np.hypot(*(calls[axis].diff().fillna(0).to_numpy() for axis in ("x", "y")))
    way = np.cumsum(np.where(calls["first"], 1.0, step))
    return np.where(given, time, np.interp(way, way[given], time[given]))


def _links(calls: pd.DataFrame, trips: pd.DataFrame, per_hour: pd.Series[float]) -> tuple[pd.DataFrame, list[Note]]:
    """Return each pair of stops one after the other, by route: median minutes and headway of the hour."""
    route = trips.set_index("trip_id")["route_id"]
    here = ~calls["last"].to_numpy()
    there = np.flatnonzero(here) + 1
    pairs = calls[here].rename(columns={"stop_id": "from_stop"}).reset_index(drop=True)
    pairs = pairs.assign(
        line_id=pairs["trip_id"].map(route),
        to_stop=calls["stop_id"].to_numpy()[there],
        minutes=(calls["time"].to_numpy()[there] - pairs["time"].to_numpy()) / 60,
        departures=pairs["trip_id"].map(per_hour),
    )
    still = pairs["from_stop"].eq(pairs["to_stop"])
    by = ["line_id", "from_stop", "to_stop"]
    links = pairs[~still].groupby(by, sort=False).agg(minutes=("minutes", "median"), departures=("departures", "sum"))
    back = pd.MultiIndex.from_arrays([links.index.get_level_values(name) for name in (by[0], by[2], by[1])])
    single = links.index[~links.index.isin(back)]
    notes = []
    for count, what in (
        (int(still.sum()), "calls at one stop twice in a row, taken as one"),
        (len(single), "links served in one direction only, taken as both where journeys are measured"),
    ):
        if count:
            notes.append(Note("rail_links", what, count))
    links = links.reset_index()
    return pd.DataFrame(
        {
            "line_id": links["line_id"],
            "from_station": links["line_id"] + "-" + links["from_stop"],
            "to_station": links["line_id"] + "-" + links["to_stop"],
            "minutes": links["minutes"].round(2),
            "headway_min": (60 / links["departures"]).round(1),
        }
    ), notes


def _publisher(feed: _Feed, routes: pd.DataFrame) -> str:
    """Name the operators of the routes, or count them."""
    agency = feed.tables.get("agency.txt")
    if agency is None:
        return "operator not named"
    ids = {part for whole in routes["agency"] for part in (whole, *whole.split("+"))}
    named = agency[agency["agency_id"].isin(ids)] if "agency_id" in agency else agency
    names = list(dict.fromkeys((named if len(named) else agency)["agency_name"]))
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} operators"  # noqa: PLR2004


def _stop_names(feed: _Feed) -> pd.Series[str]:
    return feed.tables["stops.txt"].drop_duplicates("stop_id").set_index("stop_id")["stop_name"].map(stop_name)


def _stations(
    feed: _Feed, calls: pd.DataFrame, trips: pd.DataFrame, routes: pd.DataFrame, source: str
) -> gpd.GeoDataFrame:
    """Return the stops of each route as stations of their own."""
    names = _stop_names(feed)
    route = trips.set_index("trip_id")["route_id"]
    stops = calls.assign(line_id=calls["trip_id"].map(route)).drop_duplicates(["line_id", "stop_id"])
    columns = pd.DataFrame(
        {
            "station_id": stops["line_id"] + "-" + stops["stop_id"],
            "name_en": stops["stop_id"].map(names),
            "line_id": stops["line_id"],
            "mode": stops["line_id"].map(routes.set_index("route_id")["mode"]),
            "accuracy_m": STOP_ACCURACY_M,
            "source": source,
        }
    )
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(stops["x"], stops["y"]), crs=WORK_CRS)


def _transit_lines(
    feed: _Feed, trips: pd.DataFrame, routes: pd.DataFrame, straight: pd.Series[Any], source: str
) -> gpd.GeoDataFrame:
    """Return one line per route: the shapes of its trips where the feed has them, else straight from stop to stop."""
    drawn = _shapes(feed, trips)
    shaped = routes["route_id"].isin(drawn.index)
    shapes = [drawn[route] if has else straight[route] for route, has in zip(routes["route_id"], shaped, strict=True)]
    blank = pd.Series("", index=routes.index)
    names = routes["short"].str.cat(routes.get("route_long_name", blank).map(stop_name), sep=" ").str.strip()
    colour = routes.get("route_color", blank).str.strip()
    return gpd.GeoDataFrame(
        {
            "line_id": routes["route_id"],
            "name_en": names,
            "mode": routes["mode"],
            "colour": ("#" + colour).where(colour.str.fullmatch("[0-9A-Fa-f]{6}"), ""),
            "accuracy_m": np.where(shaped, SHAPE_ACCURACY_M, STRAIGHT_ACCURACY_M),
            "source": source + np.where(shaped, "", "; drawn straight from stop to stop"),
        },
        geometry=shapes,
        crs=WORK_CRS,
    )


def _straight(links: pd.DataFrame, stations: gpd.GeoDataFrame) -> pd.Series[Any]:
    """Return the links of each line as straight pieces, each pair of stops once."""
    pairs = np.sort(links[["from_station", "to_station"]].to_numpy(dtype=str), axis=1)
    once = ~pd.DataFrame(pairs).duplicated().to_numpy()
    xy = stations.set_index("station_id").geometry.get_coordinates()
    ends = [xy.loc[pairs[once, side]].to_numpy() for side in (0, 1)]
    return _by_line(links["line_id"][once], np.asarray(shapely.linestrings(np.stack(ends, axis=1))))


def _shapes(feed: _Feed, trips: pd.DataFrame) -> pd.Series[Any]:
    """Return the shapes of each route's trips; routes whose trips have none are not in it."""
    if "shapes.txt" not in feed.tables or "shape_id" not in trips:
        return pd.Series(dtype=object)
    table = feed.tables["shapes.txt"]
    table = table[table["shape_id"].isin(trips["shape_id"])]
    source = f"{feed.name}/shapes.txt"
    numbers = table[["shape_pt_sequence", "shape_pt_lon", "shape_pt_lat"]].apply(pd.to_numeric, errors="coerce")
    wrong = numbers.isna().any(axis=1)
    if wrong.any():
        where = ", ".join(table["shape_id"][wrong].unique()[:5])
        raise LayerError([Fault(source, where, "a cell is no number.", "Ask the publisher for a corrected feed.")])
    points = numbers.assign(shape_id=table["shape_id"]).sort_values(["shape_id", "shape_pt_sequence"])
    points = points[points.groupby("shape_id")["shape_pt_sequence"].transform("size").gt(1)]
    codes, names = pd.factorize(points["shape_id"])
    if not len(names):
        return pd.Series(dtype=object)
    lines = shapely.linestrings(points[["shape_pt_lon", "shape_pt_lat"]].to_numpy(dtype=float), indices=codes)
    placed = to_work_crs(gpd.GeoDataFrame({"shape_id": names}, geometry=lines, crs="EPSG:4326"), source)
    of_route = trips[["route_id", "shape_id"]].drop_duplicates().merge(pd.DataFrame(placed), on="shape_id")
    return _by_line(of_route["route_id"], of_route["geometry"].to_numpy())


def _by_line(line_ids: pd.Series[str], pieces: NDArray[np.object_]) -> pd.Series[Any]:
    """Gather pieces into one geometry per line."""
    codes, names = pd.factorize(line_ids)
    order = np.argsort(codes, kind="stable")
    return pd.Series(np.asarray(shapely.multilinestrings(pieces[order], indices=codes[order])), index=names)
