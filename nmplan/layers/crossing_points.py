"""The Immigration Department's control points, with how many people pass them a day."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from nmplan.crs import to_work_crs
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.conform import conform
from nmplan.layers.contracts import Layer
from nmplan.layers.contracts import Note
from nmplan.layers.sources import reference_files
from nmplan.layers.tables import numbers_in
from nmplan.layers.tables import read_csv
from nmplan.layers.vectors import read_points
from nmplan.origins import other_layers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CONTROL_POINTS = {
    "Lo Wu": "lo-wu",
    "Lok Ma Chau Spur Line": "lok-ma-chau-spur-line",
    "Lok Ma Chau": "lok-ma-chau",
    "Man Kam To": "man-kam-to",
    "Heung Yuen Wai": "heung-yuen-wai",
    "Shenzhen Bay": "shenzhen-bay",
    "Sha Tau Kok": "sha-tau-kok",
    "Express Rail Link West Kowloon": "west-kowloon",
}
"""Official names of the control points to Shenzhen by land, and their ids; West Kowloon clears its trains."""

ELSEWHERE = (
    "Airport",
    "China Ferry Terminal",
    "Harbour Control",
    "Hong Kong-Zhuhai-Macao Bridge",  # to Zhuhai and Macao, not to Shenzhen
    "Hung Hom",
    "Kai Tak Cruise Terminal",
    "Macau Ferry Terminal",
    "River Trade Terminal",
    "Tuen Mun Ferry Terminal",
)
"""Official names of the control points that are no crossing to Shenzhen by land: left out, and named."""

ACCURACY_M = 100.0
"""Judgement: a point stands for a hall and its yards; the publisher states no accuracy."""

SHIFT_M = 10.0
"""The published Easting and Northing are noted where they differ from the geometry by more than this."""

FAR_M = 500.0
"""A control point this far from the hall of the reference table is worth a word: hall and point are not one place."""

POINT_COLUMNS = ("Facility Name", "設施名稱")
PASSENGER_COLUMNS = ("Date", "Control Point", "Arrival / Departure", "Total")
HALL_COLUMNS = ("crossing_id", "hk_lon", "hk_lat", "shenzhen_lon", "shenzhen_lat", "status")

HALL_ATTRIBUTES = ("counterpart_en", "counterpart_zh", "status", "shenzhen_side")
"""What the table of halls adds to a control point."""

_DIRECTIONS = {"arrival": "passengers_in_per_day", "departure": "passengers_out_per_day"}


def read_crossing_points(
    layers: Sequence[str], paths: Sequence[Path], *, days: int = 28, halls: Path | None = None
) -> dict[str, Layer]:
    """
    Read control points as crossings, with their mean passengers a day.

    The published Shenzhen Bay point and the joint hall are 840 m apart; the geometry is used as published, its Easting
    and Northing columns are not. Crossings that are only planned have no control point: they are taken from `halls`.

    Parameters
    ----------
    layers
        "crossings".
    paths
        Control points (GeoJSON or another vector file) and, as far as there, the daily passenger traffic (CSV).
    days
        Passengers are the mean of this many last whole days of the file.
    halls
        Table of the Shenzhen sides, counterparts and status by crossing_id; the bundled crossings.csv if none is named.

    Returns
    -------
    dict
        The layer crossings: one row for each control point to Shenzhen by land and each planned crossing. A crossing
        through which nobody passed in the whole period is closed.

    Raises
    ------
    LayerError
        No file of control points, missing columns, dates that are not dd-mm-yyyy, numbers that are none, a crossing
        that stands twice.
    """
    faults = other_layers("immigration", layers)
    if days < 1:
        faults.append(Fault("study", "days", f"{days} days have no mean.", "Write 1 or more."))
    files = [part for path in paths for part in (sorted(path.iterdir()) if path.is_dir() else [path])]
    traffic_files = [path for path in files if path.suffix.lower() == ".csv"]
    point_files = [path for path in files if path.suffix.lower() in {".geojson", ".json", ".gpkg", ".shp", ".gml"}]
    if not point_files:
        what = "there is no file of control points."
        mend = "Name the Immigration Department's control points, GeoJSON."
        faults.append(Fault(", ".join(path.name for path in paths), "", what, mend))
    if faults:
        raise LayerError(faults)
    return {name: _crossings(point_files, traffic_files, days, halls) for name in dict.fromkeys(layers)}


def passengers_per_day(path: Path, days: int) -> tuple[pd.DataFrame, str, list[Note]]:
    """
    Return the mean passengers a day at each control point over the last whole days of a file.

    Parameters
    ----------
    path
        "Statistics on Daily Passenger Traffic" of the Immigration Department.
    days
        How many days; fewer where the file has no more, and said then.

    Returns
    -------
    tuple
        Table with `passengers_in_per_day` (arrivals in Hong Kong) and `passengers_out_per_day` by official name; the
        period in words; notes of days that were not whole.
    """
    table = _traffic(path)
    rows = table.groupby("date").size()
    # the day of publication may hold some control points only; new control points make days longer, never shorter
    expected = rows.iloc[-2 * days :].max()
    partial = rows.index[(rows < expected) & (rows.index > rows.index[-2 * days :][0])]
    whole = rows.index.difference(partial)[-days:]
    notes = []
    if len(partial):
        names = tuple(f"{day:%d-%m-%Y}" for day in partial)
        notes.append(Note("crossings", "days without all control points, not counted in the means", len(names), names))
    if len(whole) < days:
        notes.append(Note("crossings", f"whole days of passengers in {path.name}, of the {days} asked for", len(whole)))
    counted = table[table["date"].isin(whole)]
    means = counted.pivot_table(index="name", columns="column", values="total", aggfunc="sum") / len(whole)
    period = f"{whole[0]:%d %B %Y} to {whole[-1]:%d %B %Y}, {len(whole)} days"
    return means.reindex(columns=list(_DIRECTIONS.values())), period, notes


def _crossings(point_files: Sequence[Path], traffic_files: Sequence[Path], days: int, halls: Path | None) -> Layer:
    (hall_path,) = [halls] if halls is not None else reference_files("crossings")
    table = _halls(hall_path)
    points, notes = _control_points(point_files)
    joined = points.join(table[[name for name in HALL_ATTRIBUTES if name in table]])
    notes += _hall_notes(points, table, hall_path.name)
    joined["shenzhen_side"] = joined["shenzhen_side"].where(joined["shenzhen_side"].notna(), joined.geometry)
    source = "Immigration Department, control points"
    for path in traffic_files:
        means, period, found = passengers_per_day(path, days)
        joined, more = _with_passengers(joined, means, path.name)
        notes += [*found, *more]
        source = f"{source}; daily passenger traffic, mean of {period}"
    joined["source"] = source
    planned = table[table["status"].eq("planned") & ~table.index.isin(joined.index)]
    if len(planned):
        what = f"planned crossings without a control point, taken from {hall_path.name}"
        notes.append(Note("crossings", what, len(planned), tuple(planned.index)))
    rows = pd.concat([joined, planned.set_geometry("hk_side").rename_geometry("geometry")])
    layer = conform(rows.reset_index(), "crossings", point_files[0].name)
    return Layer(layer.frame, [*notes, *layer.notes])


def _control_points(files: Sequence[Path]) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Read the points, keep those to Shenzhen by land under their ids, and note what was left out or lies elsewhere."""
    frames, faults = [], []
    for path in files:
        frame = read_points(path)
        lost = [name for name in POINT_COLUMNS if name not in frame]
        if lost:
            what = f"the columns {', '.join(lost)} are missing; the file has {', '.join(map(str, frame.columns))}."
            faults.append(Fault(path.name, "", what, "Use the file as the Immigration Department publishes it."))
        else:
            frames.append(to_work_crs(frame, path.name))
    if faults:
        raise LayerError(faults)
    points = pd.concat(frames, ignore_index=True)
    english, chinese = (points[name].fillna("").astype(str) for name in POINT_COLUMNS)
    points = points.assign(name_en=english.map(_official_name), name_zh=chinese.map(_official_name_zh))
    notes = _left_out(points["name_en"], files[0].name)
    points["crossing_id"] = points["name_en"].map(CONTROL_POINTS)
    points = points[points["crossing_id"].notna()].set_index("crossing_id")
    doubles = sorted(set(points.index[points.index.duplicated()]))
    if doubles:
        what = "the control point stands more than once."
        raise LayerError([Fault(files[0].name, ", ".join(doubles), what, "Keep one point for each.")])
    shift = _shift(points)
    moved = shift.index[shift > SHIFT_M]
    if len(moved):
        what = f"Easting and Northing differ from the geometry (by up to {shift.max():.0f} m): geometry used"
        notes.append(Note("crossings", what, len(moved), tuple(moved)))
    points["accuracy_m"] = np.maximum(ACCURACY_M, shift.fillna(0))
    return points[["name_en", "name_zh", "accuracy_m", "geometry"]], notes


def _official_name(text: str) -> str:
    """Strip what the file adds to a name: "Lo Wu Control Point", "… Control Point(temporarily opened for …)"."""
    return " ".join(re.sub(r"\s*control point\b.*|\(.*", "", text, flags=re.IGNORECASE).split())


def _official_name_zh(text: str) -> str:
    return re.sub(r"(出入境)?管制站.*|[(（].*", "", text).strip()


def _left_out(names: pd.Series[str], source: str) -> list[Note]:
    notes = []
    elsewhere = tuple(sorted(set(names) & set(ELSEWHERE)))
    if elsewhere:
        what = "control points that are no crossing to Shenzhen by land, left out"
        notes.append(Note("crossings", what, len(elsewhere), elsewhere))
    unknown = tuple(sorted(set(names) - set(ELSEWHERE) - set(CONTROL_POINTS)))
    if unknown:
        what = f"control points of {source} under names the adapter does not know, left out"
        notes.append(Note("crossings", what, len(unknown), unknown))
    return notes


def _shift(points: gpd.GeoDataFrame) -> pd.Series[float]:
    """Return how far the published Easting and Northing lie from the geometry, metres; NaN without them."""
    if not {"Easting", "Northing"} <= set(points.columns):
        return pd.Series(np.nan, index=points.index)
    east, north = (pd.to_numeric(points[name], errors="coerce") for name in ("Easting", "Northing"))
    return np.hypot(points.geometry.x - east, points.geometry.y - north)


def _halls(path: Path) -> gpd.GeoDataFrame:
    """Read the table of halls: both sides as points, by crossing_id."""
    table = read_csv(path, HALL_COLUMNS)
    degrees = numbers_in(table, ("hk_lon", "hk_lat", "shenzhen_lon", "shenzhen_lat"), path.name)
    sides = [
        to_work_crs(
            gpd.GeoDataFrame(
                table[["crossing_id"]],
                geometry=gpd.points_from_xy(degrees[f"{side}_lon"], degrees[f"{side}_lat"]),
                crs="EPSG:4326",
            ),
            path.name,
        ).geometry
        for side in ("hk", "shenzhen")
    ]
    named = table.drop(columns=[name for name in table if name.endswith(("_lon", "_lat"))])
    placed = gpd.GeoDataFrame(named, geometry=sides[0]).rename_geometry("hk_side")
    return placed.assign(shenzhen_side=sides[1]).set_index("crossing_id")


def _hall_notes(points: gpd.GeoDataFrame, halls: gpd.GeoDataFrame, source: str) -> list[Note]:
    notes = []
    single = tuple(points.index.difference(halls.index))
    if single:
        what = f"crossings whose Shenzhen side is not in {source}: taken to be where the control point is"
        notes.append(Note("crossings", what, len(single), single))
    missing = tuple(halls.index[halls["status"].ne("planned")].difference(points.index))
    if missing:
        what = f"crossings of {source} without a control point, left out"
        notes.append(Note("crossings", what, len(missing), missing))
    both = points.index.intersection(halls.index)
    apart = points.geometry.loc[both].distance(halls["hk_side"].loc[both], align=False)
    far = tuple(f"{name} {metres:.0f} m" for name, metres in apart.items() if metres > FAR_M)
    if far:
        what = f"control points more than {FAR_M:g} m from the hall of {source}, used as published"
        notes.append(Note("crossings", what, len(far), far))
    return notes


def _traffic(path: Path) -> pd.DataFrame:
    """Read daily passengers: date, official name, column of the contract, total."""
    table = read_csv(path)
    lost = [name for name in PASSENGER_COLUMNS if name not in table]
    if lost:
        what = f"the columns {', '.join(lost)} are missing; the file has {', '.join(map(str, table.columns))}."
        raise LayerError([Fault(path.name, "", what, "Use the file as the Immigration Department publishes it.")])
    text = table[list(PASSENGER_COLUMNS)].apply(lambda column: column.str.strip())
    text["Total"] = text["Total"].str.replace(",", "", regex=False)
    date = pd.to_datetime(text["Date"], format="%d-%m-%Y", errors="coerce")
    column = text["Arrival / Departure"].str.lower().map(_DIRECTIONS)
    faults = _wrong_cells(text["Date"], date.isna(), path.name, "which is no date dd-mm-yyyy")
    faults += _wrong_cells(text["Arrival / Departure"], column.isna(), path.name, "not Arrival or Departure")
    total = pd.to_numeric(text["Total"], errors="coerce").astype(float)
    faults += _wrong_cells(text["Total"], ~(total >= 0) | np.isinf(total), path.name, "which is no number of people")
    doubled = text.duplicated(["Date", "Control Point", "Arrival / Departure"])
    faults += _wrong_cells(text["Control Point"], doubled, path.name, "for a day and direction a second time")
    if table.empty:
        faults.append(Fault(path.name, "", "no day is in the file.", "Download it again."))
    if faults:
        raise LayerError(faults)
    names = text["Control Point"].map(_official_name)
    return pd.DataFrame({"date": date, "name": names, "column": column, "total": total}).sort_values("date")


def _wrong_cells(cells: pd.Series[str], wrong: pd.Series[bool], source: str, why: str) -> list[Fault]:
    lines = np.flatnonzero(wrong.to_numpy())
    if not len(lines):
        return []
    where = "line " + ", ".join(str(line + 2) for line in lines[:5])
    more = f" ({len(lines)} lines)" if len(lines) > 1 else ""
    what = f"{cells.name} holds {cells.iloc[lines[0]][:60]!r}, {why}{more}."
    return [Fault(source, where, what, "Correct the cell, or download the file again.")]


def _with_passengers(points: gpd.GeoDataFrame, means: pd.DataFrame, source: str) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Join passengers by official name; close what nobody passed; note what has no partner on either side."""
    by_id = means[means.index.isin(CONTROL_POINTS)].rename(index=CONTROL_POINTS)
    found = points.assign(**{name: by_id[name].reindex(points.index) for name in by_id})
    idle = found[list(by_id)].sum(axis=1, min_count=1).eq(0)
    found["status"] = found["status"].mask(idle, "closed")
    notes = []
    for names, what in (
        (points.index.difference(by_id.index), f"crossings that are not in {source}: passengers unknown"),
        (by_id.index.difference(points.index), f"crossings of {source} without a control point on the map, left out"),
        (means.index.difference([*CONTROL_POINTS, *ELSEWHERE]), f"names of {source} the adapter does not know"),
        (found.index[idle], f"crossings that nobody passed in the period of {source}: closed"),
    ):
        if len(names):
            notes.append(Note("crossings", what, len(names), tuple(names)))
    return found, notes
