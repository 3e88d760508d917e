"""MTR lines and stations, light rail routes and stops: published without coordinates, run times or headways."""

from __future__ import annotations

import re
import unicodedata
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
from nmplan.layers.reference import read_reference
from nmplan.layers.sources import reference_files
from nmplan.layers.tables import numbers_in
from nmplan.layers.tables import read_csv
from nmplan.layers.vectors import read_points
from nmplan.origins import MAKES
from nmplan.origins import other_layers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence
    from pathlib import Path

LAYERS = MAKES["mtr"]

COLUMNS = ("Line Code", "Direction", "Chinese Name", "English Name", "Sequence")
MODES = {"Station Code": "heavy-rail", "Stop Code": "light-rail"}
"""The column that tells the two published files apart."""

LIGHT_RAIL = "lr"
"""All light rail routes are one line, as in the reference geography: their platforms are shared."""

SPEEDS_KPH = {"heavy-rail": 35.0, "light-rail": 16.0}
"""
Commercial speeds along the straight line between stations, stops included, where no run time is known.

From the run times of the reference geography: 111 links of eight MTR lines, 39 km/h over all and 31 km/h for the median
link; 79 links of the light rail, 16 km/h.
"""

HEADWAYS_MIN = {"heavy-rail": 4.0, "light-rail": 8.0}
"""Minutes between trains of a line, or of one light rail route, where none is known; judgement from the same table."""

TRANSFER_MIN = 3.0
"""Minutes between platforms of a station where none are known: the commonest judgement of the reference geography."""

MORE_LINES = {"drl": ("Disneyland Resort Line", "迪士尼綫", "#F173AC")}
"""Lines of the published file that the reference geography leaves out: names and colour of the MTR system map."""

POSITION_NAMES = {
    "name_en": ("name_en", "station_en", "English Name", "station_name", "Station"),
    "name_zh": ("name_zh", "station_zh", "Chinese Name"),
    "code": ("station_code", "stop_code", "Station Code", "Stop Code"),
    "line_id": ("line_id", "line", "Line Code"),
    "mode": ("mode",),
    "lon": ("lon", "longitude", "lng"),
    "lat": ("lat", "latitude"),
    "accuracy_m": ("accuracy_m",),
    "source": ("source",),
}
"""Headings under which a table of coordinates may hold what is needed; others are not looked at."""

ACCURACY_M = 100.0
"""Judgement, where the table states none: a station is some 200 m long, its exits' mean lies near its middle."""

LINE_ACCURACY_M = 500.0
"""Lines are drawn straight from station to station, as in the reference geography."""

ONE_PLACE_M = 1_500.0
"""Positions of one name that lie further apart are several places; exits of a station spread over 660 m at most."""

_KEYS = (("line_id", "key"), ("mode", "key"), ("code",), ("key",), ("key_zh",))
"""How a station finds its position, the surest way first: a light rail stop may share its name with a station."""


def read_mtr(
    layers: Sequence[str],
    paths: Sequence[Path],
    *,
    coordinates: Path | None = None,
    bridge: Sequence[str] = (),
    keep: Sequence[str] = (),
    speeds_kph: Mapping[str, float] | None = None,
    headways_min: Mapping[str, float] | None = None,
) -> dict[str, Layer]:
    """
    Read MTR's lists of stations and stops as a network, joined to coordinates.

    The lists have no coordinates: they come from a table, by line and name, mode and name, code, or name alone, and
    where that has none from the bundled one. A station in neither is left out and named; it shortens its line at the
    end, but in the middle it would break it and is a fault, unless it is named in `bridge`. A line with fewer than two
    placed stations is left out and named.

    Every line has platforms of its own, `<line>-<name>`, the ids of the reference geography. Run times and headways
    come from its table where it knows the pair of stations, else from distance and speed; `source` says which.

    Parameters
    ----------
    layers
        Any of stations, transit_lines, rail_links, transfers.
    paths
        `mtr_lines_and_stations.csv`, `light_rail_routes_and_stops.csv` or both, or folders that hold nothing else
        ending in .csv.
    coordinates
        CSV with WGS84 longitude and latitude, several rows per station allowed (exits: their mean), or a vector file;
        headings as in `POSITION_NAMES`. The bundled stations.csv alone if none is named.
    bridge
        English names of stations without a position across which a line may be joined.
    keep
        Lines of the reference geography to keep beside these: the published lists hold no planned line and no Shenzhen
        Metro.
    speeds_kph, headways_min
        By mode, heavy-rail and light-rail (headway of one route); a line's headway also under its id, e.g. drl.

    Returns
    -------
    dict
        The layers asked for. A link stands once for both directions.

    Raises
    ------
    LayerError
        Files of another shape, sequences that are none, stations without a position in the middle of a line, names in
        `bridge` or `keep` that do not exist.
    """
    speeds = {**SPEEDS_KPH, **(speeds_kph or {})}
    headways = {**HEADWAYS_MIN, **(headways_min or {})}
    faults = other_layers("mtr", layers)
    if faults:
        raise LayerError(faults)
    stops = _read_stops(paths)
    faults = _wrong_numbers("speeds_kph", speeds, list(SPEEDS_KPH))
    faults += _wrong_numbers("headways_min", headways, [*HEADWAYS_MIN, *stops["line_id"].unique()])
    if faults:
        raise LayerError(faults)
    (table,) = [coordinates] if coordinates is not None else reference_files("stations")
    placed, notes = _placed(stops, table, bridge)
    links, link_notes = _links(placed, speeds, headways)
    kept = _kept(keep, stops)
    frames: dict[str, pd.DataFrame] = {
        "stations": _stations(placed),
        "transit_lines": _transit_lines(placed, links),
        "rail_links": links.drop(columns=["start", "end"]),
        "transfers": _transfers(placed, kept["stations"]),
    }
    told = {"stations": notes, "rail_links": link_notes}
    read = {}
    for name in dict.fromkeys(layers):
        parts = [frames[name], *(frame for frame in [kept.get(name)] if frame is not None and len(frame))]
        layer = conform(pd.concat(parts, ignore_index=True), name, ", ".join(dict.fromkeys(stops["file"])))
        read[name] = Layer(layer.frame, [*told.get(name, []), *layer.notes])
    return read


def name_key(name: str) -> str:
    """Return a station's name without case, punctuation, spaces and the word "Station"."""
    folded = unicodedata.normalize("NFKC", name).casefold().replace("&", " and ")
    # MTR writes 茘景 and 茘枝角 with a rare form of 荔
    folded = re.sub(r"\bstation\b|(?<=\S)站$", " ", folded.strip()).replace("茘", "荔")
    return re.sub(r"[\W_]+", "", folded)


def _wrong_numbers(keyword: str, numbers: Mapping[str, float], known: Sequence[str]) -> list[Fault]:
    wrong = [f"{name} = {number}" for name, number in numbers.items() if not number > 0 or name not in known]
    what = "these are no modes or lines of the files, or no numbers above zero."
    return [Fault("study", f"{keyword}: {', '.join(wrong)}", what, f"Use {', '.join(known)}.")] if wrong else []


def _read_stops(paths: Sequence[Path]) -> pd.DataFrame:
    """Read all rows of the lists: line, direction, station and its place in the sequence."""
    tables, faults = [], []
    for path in [part for given in paths for part in (sorted(given.glob("*.csv")) if given.is_dir() else [given])]:
        try:
            tables.append(_read_list(path))
        except LayerError as error:
            faults += error.faults
    if not tables and not faults:
        what = "the folder holds no list of stations or stops (.csv)."
        faults.append(Fault(", ".join(path.name for path in paths), "", what, "Name MTR's files."))
    if faults:
        raise LayerError(faults)
    return pd.concat(tables, ignore_index=True)


def _read_list(path: Path) -> pd.DataFrame:
    table = read_csv(path, COLUMNS)
    table = table[table.apply(lambda row: bool("".join(row).strip()), axis=1)].apply(lambda column: column.str.strip())
    codes = [name for name in MODES if name in table]
    if len(codes) != 1:
        what = f"neither {' nor '.join(MODES)} is a column of it; it has {', '.join(table.columns)}."
        raise LayerError([Fault(path.name, "", what, "Use MTR's files as published.")])
    blank = table[["Line Code", "Direction", "English Name", codes[0]]].eq("").any(axis=1)
    if blank.any():
        where = f"line {', '.join(str(row + 2) for row in table.index[blank][:5])}"
        raise LayerError([Fault(path.name, where, "a cell is empty.", "Fill it in, or remove the line.")])
    mode = MODES[codes[0]]
    lines = table["Line Code"].str.lower() if mode == "heavy-rail" else pd.Series(LIGHT_RAIL, index=table.index)
    names = table["English Name"]
    stops = pd.DataFrame(
        {
            "line_id": lines,
            "mode": mode,
            "route": table["Line Code"] + " " + table["Direction"],
            "number": table["Line Code"],
            "code": table[codes[0]],
            "name_en": names,
            "name_zh": table["Chinese Name"],
            "sequence": numbers_in(table, ("Sequence",), path.name)["Sequence"],
            "station_id": lines + "-" + names.map(_slug),
            "file": path.name,
        }
    )
    twice = stops[stops.duplicated(["route", "sequence"])]
    if len(twice):
        what = "two stations have the same place in the sequence."
        raise LayerError([Fault(path.name, ", ".join(twice["route"].unique()[:5]), what, "Number them in order.")])
    return stops.sort_values(["route", "sequence"], kind="stable")


def _slug(name: str) -> str:
    return re.sub(r"\W+", "-", unicodedata.normalize("NFKC", name).casefold()).strip("-")


def _placed(stops: pd.DataFrame, table: Path, bridge: Sequence[str]) -> tuple[pd.DataFrame, list[Note]]:
    """Join positions to stops; leave out what has none, unless that breaks a line."""
    found = _join(stops, _positions(table))
    (bundled,) = reference_files("stations")
    lent = found["x"].isna()
    found = found.where(~lent, _join(stops, _positions(bundled)))
    missing = found["x"].isna()
    order = found.groupby("route").cumcount()
    first = order.where(~missing).groupby(found["route"]).transform("min")
    last = order.where(~missing).groupby(found["route"]).transform("max")
    inside = missing & (order > first) & (order < last)
    bridged = found["name_en"].map(name_key).isin({name_key(name) for name in bridge})
    breaking = found[inside & ~bridged]
    faults = []
    if len(breaking):
        names = ", ".join(dict.fromkeys(breaking["name_en"]))
        lines = ", ".join(dict.fromkeys(breaking["number"]))
        what = f"{table.name} has no one position for these stations, in the middle of {lines}."
        faults.append(Fault(stops["file"].iloc[0], names, what, "Add them to it, or name them in bridge."))
    unknown = {name for name in bridge if name_key(name) not in set(stops["name_en"].map(name_key))}
    if unknown:
        what = "no station has this name."
        faults.append(Fault("study", f"bridge: {', '.join(sorted(unknown))}", what, "Correct its spelling."))
    if missing.all():
        what = f"{table.name} has a position for none of the {stops['name_en'].nunique()} stations."
        faults = [Fault(stops["file"].iloc[0], "", what, "Name a table of these stations as coordinates.")]
    if faults:
        raise LayerError(faults)
    placed = found.assign(order=order)[~missing]
    alone = placed.groupby("line_id")["station_id"].transform("nunique") < 2  # noqa: PLR2004  (a line has two ends)
    notes = _placing_notes(found, missing, lent & ~missing, placed[alone], table.name)
    return placed[~alone].reset_index(drop=True), notes


def _placing_notes(
    found: pd.DataFrame, missing: pd.Series[bool], lent: pd.Series[bool], alone: pd.DataFrame, source: str
) -> list[Note]:
    notes = []
    for which, what in (
        (missing, f"stations without a position in {source} or the reference geography, left out"),
        (lent, f"stations that {source} does not have, placed by the reference geography"),
    ):
        names = tuple(dict.fromkeys(found.loc[which, "station_id"]))
        if names:
            notes.append(Note("stations", what, len(names), names))
    lines = tuple(dict.fromkeys([*alone["line_id"], *(set(found["line_id"]) - set(found.loc[~missing, "line_id"]))]))
    if lines:
        notes.append(Note("stations", "lines with fewer than two placed stations, left out", len(lines), lines))
    return notes


def _positions(path: Path) -> pd.DataFrame:
    """Read a table of coordinates: x, y, metres, and what stations are found by."""
    if path.suffix.lower() == ".csv":
        table = _renamed(read_csv(path))
        lost = [name for name in ("name_en", "lon", "lat") if name not in table]
        if not lost:
            degrees = numbers_in(table, ("lon", "lat"), path.name)
            points = gpd.points_from_xy(degrees["lon"], degrees["lat"])
            table = gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326")
    else:
        table = _renamed(read_points(path))
        lost = [name for name in ("name_en",) if name not in table]
    if lost:
        looked = "; ".join(f"{name}: {', '.join(POSITION_NAMES[name])}" for name in lost)
        what = f"the columns {', '.join(lost)} are missing (looked for {looked})."
        raise LayerError([Fault(path.name, "", what, "Name the columns so.")])
    points = to_work_crs(table, path.name).geometry.representative_point()
    text = {name: table[name].fillna("").astype(str) for name in POSITION_NAMES if name in table}
    given = text.get("accuracy_m", pd.Series("", index=table.index))
    return pd.DataFrame(
        {
            "x": points.x,
            "y": points.y,
            "accuracy_m": pd.to_numeric(given, errors="coerce").astype(float).fillna(ACCURACY_M),
            "key": text["name_en"].map(name_key),
            "key_zh": text["name_zh"].map(name_key) if "name_zh" in text else "",
            "code": text.get("code", ""),
            "line_id": text["line_id"].str.lower() if "line_id" in text else "",
            "mode": text.get("mode", ""),
            "position_source": text.get("source", path.name),
        }
    ).query("x == x")


def _renamed(table: pd.DataFrame) -> pd.DataFrame:
    headings = {
        next((theirs for theirs in names if theirs in table), None): ours for ours, names in POSITION_NAMES.items()
    }
    return table.rename(columns={theirs: ours for theirs, ours in headings.items() if theirs is not None})


def _join(stops: pd.DataFrame, positions: pd.DataFrame) -> pd.DataFrame:
    """Give each stop the position found by the surest key; a name that means several places gives none."""
    keyed = stops.assign(key=stops["name_en"].map(name_key), key_zh=stops["name_zh"].map(name_key))
    found = pd.DataFrame(np.nan, index=stops.index, columns=["x", "y", "accuracy_m"]).assign(position_source=None)
    for keys in _KEYS:
        by = list(keys)
        groups = positions[positions[by].ne("").all(axis=1)].groupby(by)
        spread = np.hypot(*(groups[axis].max() - groups[axis].min() for axis in ("x", "y")))
        places = groups[["x", "y", "accuracy_m"]].mean().join(groups[["position_source"]].first())
        joined = keyed[by].merge(places[spread <= ONE_PLACE_M], how="left", left_on=by, right_index=True)
        found = found.where(found["x"].notna(), joined[list(found)])
    return stops.join(found)


def _stations(placed: pd.DataFrame) -> gpd.GeoDataFrame:
    unique = placed.drop_duplicates("station_id")
    points = gpd.points_from_xy(unique["x"], unique["y"])
    columns = unique[["station_id", "name_en", "name_zh", "line_id", "mode", "accuracy_m"]]
    source = "MTR Corporation, " + unique["file"] + "; position: " + unique["position_source"]
    return gpd.GeoDataFrame(columns.assign(source=source), geometry=points, crs=WORK_CRS)


def _links(
    placed: pd.DataFrame, speeds: Mapping[str, float], headways: Mapping[str, float]
) -> tuple[pd.DataFrame, list[Note]]:
    """Return each pair of neighbours once, with run time and headway, and the points it joins."""
    pairs = _pairs(placed)
    known = _known_runs(pairs)
    by_distance = pairs["metres"] / (pairs["mode"].map(speeds) / 0.06)
    minutes = known["minutes"].where(known["minutes"].notna(), by_distance.round(1))
    # trains of several light rail routes share a stretch; a line's own headway is better known than its mode's
    of_line = known["headway_min"].groupby(pairs["line_id"]).transform("median")
    of_line = of_line.where(pairs["mode"].eq("heavy-rail"))
    of_line = pairs["line_id"].map(headways).astype(float).fillna(of_line)
    stated = (pairs["mode"].map(headways) / pairs["routes"].where(pairs["mode"].eq("light-rail"), 1)).round(1)
    guessed = of_line.fillna(stated)
    known_headway = known["headway_min"].mask(pairs["line_id"].isin(headways))
    run = known["source"].where(known["minutes"].notna(), "distance at a commercial speed")
    links = pairs[["line_id", "from_station", "to_station", "start", "end"]].assign(
        minutes=minutes,
        headway_min=known_headway.fillna(guessed),
        source="MTR Corporation, " + pairs["file"] + "; run time: " + run
        + np.where(known_headway.notna(), "", "; headway assumed"),
    )  # fmt: skip
    return links, _link_notes(pairs, known["minutes"].isna())


def _link_notes(pairs: pd.DataFrame, unknown: pd.Series[bool]) -> list[Note]:
    names = pairs["from_station"] + " to " + pairs["to_station"]
    notes = []
    for which, what in (
        (unknown, "run times from distance and a commercial speed, the reference geography knows none"),
        (pairs["ways"].eq(1), "links published in one direction only, taken as both"),
        (pairs["bridged"], "links across stations without a position"),
    ):
        if which.any():
            notes.append(Note("rail_links", what, int(which.sum()), tuple(names[which])))
    return notes


def _pairs(placed: pd.DataFrame) -> pd.DataFrame:
    """Return neighbours along any route, once for both directions, in the order of the file."""
    following = placed.groupby("route").shift(-1)
    there = following["station_id"].notna() & following["station_id"].ne(placed["station_id"])
    here, ahead = placed[there], following[there]
    forward = here["station_id"].to_numpy() < ahead["station_id"].to_numpy()
    rides = here[["line_id", "mode", "number", "file"]].assign(
        from_station=here["station_id"],
        to_station=ahead["station_id"],
        low=here["station_id"].where(forward, ahead["station_id"]),
        high=ahead["station_id"].where(forward, here["station_id"]),
        forward=forward,
        bridged=ahead["order"].sub(here["order"]).gt(1),
        start=gpd.points_from_xy(here["x"], here["y"]),
        end=gpd.points_from_xy(ahead["x"], ahead["y"]),
        metres=np.hypot(here["x"] - ahead["x"], here["y"] - ahead["y"]),
    )
    groups = rides.groupby(["line_id", "low", "high"], sort=False)
    counts = groups.agg(routes=("number", "nunique"), ways=("forward", "nunique"))
    return groups.first().join(counts).reset_index()


def _known_runs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Look up run time, headway and their source in the reference geography, in whichever direction it has the pair."""
    links = read_reference("rail_links").frame
    back = links.rename(columns={"from_station": "to_station", "to_station": "from_station"})
    both = pd.concat([links, back]).drop_duplicates(["from_station", "to_station"])
    names = ["from_station", "to_station"]
    return pairs[names].merge(both[[*names, "minutes", "headway_min", "source"]], how="left", on=names)


def _transit_lines(placed: pd.DataFrame, links: pd.DataFrame) -> gpd.GeoDataFrame:
    known = read_reference("transit_lines").frame.set_index("line_id")
    shapes = links.groupby("line_id", sort=False)[["start", "end"]].apply(
        lambda rows: shapely.MultiLineString([[a, b] for a, b in zip(rows["start"], rows["end"], strict=True)])
    )
    rows = []
    for line_id in shapes.index:
        of_line = placed[placed["line_id"].eq(line_id)]
        name_en, name_zh, colour = MORE_LINES.get(str(line_id), (of_line["number"].iloc[0], "", ""))
        if line_id in known.index:
            name_en, name_zh, colour = known.loc[line_id, ["name_en", "name_zh", "colour"]]
        rows.append(
            {
                "line_id": line_id,
                "name_en": name_en,
                "name_zh": name_zh,
                "mode": of_line["mode"].iloc[0],
                "colour": colour,
                "accuracy_m": LINE_ACCURACY_M,
                "source": f"MTR Corporation, {of_line['file'].iloc[0]}; drawn straight from station to station",
            }
        )
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=list(shapes), crs=WORK_CRS)


def _transfers(placed: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """Return the ways between platforms: those the reference geography knows, else the lines that share a code."""
    known = read_reference("transfers").frame
    here = {*placed["station_id"], *kept["station_id"]}
    known = known[known["from_station"].isin(here) & known["to_station"].isin(here)]
    platforms = placed.drop_duplicates("station_id")[["mode", "code", "station_id"]]
    shared = platforms.merge(platforms, on=["mode", "code"], suffixes=("", "_other"))
    shared = shared[shared["station_id"] < shared["station_id_other"]]
    told = {frozenset(pair) for pair in zip(known["from_station"], known["to_station"], strict=True)}
    new = [
        {"from_station": a, "to_station": b, "minutes": TRANSFER_MIN, "source": "judgement: platforms of one station"}
        for a, b in zip(shared["station_id"], shared["station_id_other"], strict=True)
        if frozenset((a, b)) not in told
    ]
    return pd.concat([known, pd.DataFrame(new, columns=list(known.columns))], ignore_index=True) if new else known


def _kept(keep: Sequence[str], stops: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the rows of the reference geography that belong to the lines to keep, by layer."""
    layers = {name: read_reference(name).frame for name in ("stations", "transit_lines", "rail_links")}
    known = set(layers["transit_lines"]["line_id"])
    faults = []
    if lost := sorted(set(keep) - known):
        what = "the reference geography has no line of this id."
        faults.append(Fault("study", f"keep: {', '.join(lost)}", what, f"It has {', '.join(sorted(known))}."))
    if doubled := sorted(set(keep) & set(stops["line_id"])):
        what = f"{stops['file'].iloc[0]} holds this line already."
        faults.append(Fault("study", f"keep: {', '.join(doubled)}", what, "Keep other lines only."))
    if faults:
        raise LayerError(faults)
    return {name: frame[frame["line_id"].isin(keep)] for name, frame in layers.items()}
