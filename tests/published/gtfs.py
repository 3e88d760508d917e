"""A GTFS feed as the Transport Department publishes it: buses by headway, names by operator, no directions."""

from __future__ import annotations

import zipfile
from pathlib import Path

STOPS = {
    "1": ("[KMB] TAI PING BUS TERMINUS", 22.5010, 114.1275),
    "2": ("[CTB] SAN TIN STATION/<BR>SAN TIN INTERCHANGE|[KMB+CTB] SAN TIN", 22.5017, 114.0790),
    "3": ("[KMB+CTB] FAIRVIEW PARK/<BR>FAIRVIEW PARK, CASTLE PEAK ROAD", 22.4790, 114.0480),
    "4": ("[KMB] YUEN LONG STATION", 22.4460, 114.0350),
    "5": ("[KMB] TIN SHUI WAI STATION", 22.4483, 114.0049),
    "6": ("[KMB] HUNG SHUI KIU", 22.4285, 113.9870),
    "7": ("[DB] THE LOOP, WEST GATE", 22.5150, 114.0790),
    "8": ("[DB] THE LOOP, EAST GATE", 22.5155, 114.0850),
    "9": ("[KMB] STOP NOBODY USES", 0.0, 0.0),
    "10": ("[NLB] CLOSED TERMINUS", 22.4900, 114.0700),
}  # fmt: skip
"""Invented stops near real places; the ninth stands at 0, 0 and the tenth is served at night only."""

PATTERNS = {
    # trip: route, service, stops with minutes from the start (None: left blank), start HH:MM
    "1001-1-63-0600": ("1001", "63", {"1": 0, "2": 12, "3": None, "4": 26, "5": 36, "6": 44}, 6),
    "1001-2-63-0600": ("1001", "63", {"6": 0, "5": 8, "4": 18, "3": 25, "2": 32, "1": 44}, 6),
    "1001-1-64-0600": ("1001", "64", {"1": 0, "2": 10, "3": 15, "4": 22, "5": 30, "6": 38}, 6),
    "1002-1-63-1000": ("1002", "63", {"2": 0, "7": 5, "8": 8, "2#": 15}, 10),
    "1002-1-63-1020": ("1002", "63", {"2": 0, "7": 6, "8": 9, "2#": 17}, 10 + 20 / 60),
    "1002-1-63-1040": ("1002", "63", {"2": 0, "7": 7, "8": 10, "2#": 19}, 10 + 40 / 60),
    "1002-1-63-1100": ("1002", "63", {"2": 0, "7": 30, "8": 33, "2#": 42}, 11),
    "1003-1-63-2430": ("1003", "63", {"4": 0, "10": 10}, 24.5),
}
FREQUENCIES = [
    ("1001-1-63-0600", "06:00:00", "10:00:00", 900),
    ("1001-1-63-0600", "10:00:00", "16:00:00", 1200),
    ("1001-2-63-0600", "06:00:00", "10:30:00", 900),
    ("1001-2-63-0600", "10:30:00", "16:00:00", 1800),
    ("1001-1-64-0600", "06:00:00", "23:00:00", 3600),
]


def clock(hours: float) -> str:
    """Write hours as HH:MM:SS, beyond 24 too."""
    minutes = round(hours * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:00"


def feed_files() -> dict[str, str]:
    """Return the files of the feed by name, as text without byte-order mark."""
    rows = []
    for trip, (_, _, stops, start) in PATTERNS.items():
        for place, (stop, minutes) in enumerate(stops.items(), start=1):
            time = "" if minutes is None else clock(start + minutes / 60)
            rows.append(f"{trip},{time},{time},{stop.rstrip('#')},{place},0,0,{int(minutes is not None)}")
    quoted = [f'{stop},"{name}",{lat},{lon},0,0,Asia/Hong_Kong' for stop, (name, lat, lon) in STOPS.items()]
    return {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone,agency_lang\n"
        "KMB,Kowloon Motor Bus,http://example.org,Asia/Hong_Kong,en\n"
        "CTB,Citybus,http://example.org,Asia/Hong_Kong,en\n"
        "NLB,New Lantao Bus,http://example.org,Asia/Hong_Kong,en\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_long_name,route_type,route_url\n"
        "1001,KMB+CTB,276,TAI PING BUS TERMINUS - HUNG SHUI KIU,3,http://example.org\n"
        "1002,CTB,B99,SAN TIN - THE LOOP (CIRCULAR),3,http://example.org\n"
        "1003,NLB,N1,YUEN LONG - NIGHT TERMINUS,3,http://example.org\n"
        "1004,KMB,S1,SPECIAL DEPARTURE,3,http://example.org\n",
        "trips.txt": "route_id,service_id,trip_id\n"
        + "".join(f"{route},{service},{trip}\n" for trip, (route, service, _, _) in PATTERNS.items()),
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon,zone_id,location_type,stop_timezone\n" + "\n".join(quoted),
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type,"
        "timepoint\n"
        + "\n".join(rows[::-1]),
        "frequencies.txt": "trip_id,start_time,end_time,headway_secs\n"
        + "".join(f"{trip},{start},{end},{secs}\n" for trip, start, end, secs in FREQUENCIES),
        "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "63,1,1,1,1,1,0,0,20260101,20261231\n64,0,0,0,0,0,1,1,20260101,20261231\n",
        "calendar_dates.txt": "service_id,date,exception_type\n63,20261225,2\n64,20261225,1\n",
    }  # fmt: skip


def write_feed(folder: Path, files: dict[str, str] | None = None, *, inside: str = "") -> Path:
    """Write a feed as a zip, each file with a byte-order mark; `inside` names a folder within it."""
    path = folder / "gtfs.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (files or feed_files()).items():
            archive.writestr(inside + name, text.encode("utf-8-sig"))
    return path


def write_feed_folder(folder: Path) -> Path:
    """Write the same feed unpacked."""
    place = folder / "gtfs"
    place.mkdir()
    for name, text in feed_files().items():
        (place / name).write_text(text, encoding="utf-8-sig")
    return place
