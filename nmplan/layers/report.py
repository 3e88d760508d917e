"""What a reader should know of each layer before believing a map made from it."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from dataclasses import field
from datetime import date
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import shapely

from nmplan.crs import WORK_CRS
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.catalogue import catalogue_rows
from nmplan.layers.check import NEAR_M
from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.contracts import POLYGON
from nmplan.layers.load import Loading
from nmplan.layers.load import load_each
from nmplan.layers.provenance import provenance_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from nmplan.layers.contracts import Layer
    from nmplan.study import Study


@dataclass(frozen=True)
class LayerReport:
    """
    One layer as it was read.

    Parameters
    ----------
    layer, adapter
        Its name, and the adapter that read it.
    rows
        Features of a table; of a raster, cells with a value.
    declared_crs
        Coordinate system the data came in, where study, file or catalogue say; inside, everything is EPSG:2326.
    extent
        West, south, east, north in WGS84 degrees; None without geometry.
    notes
        What was mended, assumed or left out, counted.
    missing
        Empty cells by column, where there are any.
    duplicates
        Features whose outline and words are those of an earlier one.
    provenance
        dataset, title, publisher, licence, vintage.
    age_days
        Since the last day of the vintage; None where no vintage is known.
    """

    layer: str
    adapter: str
    rows: int
    declared_crs: str
    extent: tuple[float, float, float, float] | None
    notes: list[str]
    missing: dict[str, int]
    duplicates: int
    provenance: dict[str, str]
    age_days: int | None


@dataclass(frozen=True)
class Report:
    """
    All layers of a study.

    What is wrong with them, how far they cover each area, those that were not read, and what the study itself leaves
    open (`notes`).
    """

    layers: list[LayerReport]
    faults: list[Fault]
    coverage: dict[str, dict[str, float]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def report_layers(study: Study, today: date) -> Report:
    """
    Read every layer of a study and report on it, also where others cannot be read.

    Parameters
    ----------
    study
        The study.
    today
        Against which the age of the data is reckoned.

    Returns
    -------
    Report
        `coverage` gives, by area and layer, the share of the area that polygons or cells cover, and for points and
        lines the number of features in it or within 3 km of it.
    """
    loading = load_each(study)
    faults = loading.all_faults
    reports, unread = [], []
    for name in [*study.layers, *({"parcels"} - set(study.layers))]:
        try:
            provenance = provenance_of(name, study.layers[name], study.path.parent) if name in study.layers else {}
        except LayerError as error:
            faults += error.faults
            continue
        if name in loading.layers:
            reports.append(_table_report(name, loading.layers[name], study, provenance, today))
        elif name in loading.rasters:
            reports.append(_raster_report(name, loading.rasters[name], study, provenance, today))
        else:
            unread.append(name)
    return Report(reports, faults, _coverage(loading), unread, _notes(study, loading.tables))


def _notes(study: Study, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return what the study counts on and does not say: measures that mean something else without a layer."""
    notes = []
    if "crossing_min" in study.measures_used and "bus_lines" not in study.layers:
        notes.append(
            "crossing_min is the journey by public transport (before version 0.2: the faster of car and rail), and"
            " without layer bus_lines only trains and walks count: add bus_lines, or use crossing_car_min for a car"
        )
    if "crossings" in study.layers and "crossing_access" not in study.layers:
        notes.append(
            "without layer crossing_access no closed area is known: every hall can be walked to from the stops near it"
        )
    if "crossing_access" in tables and (lost := _unknown_stops(tables)):
        notes.append(
            f"crossing_access names {len(lost)} stops that no layer has ({', '.join(lost[:5])}): the stops beside the"
            " halls stand for them, or nothing leads there"
        )
    assumed = [key for key, scenario in study.scenarios.items() if scenario.planned_feeders]
    if assumed:
        notes.append(f"feeder buses to the stations are assumed (planned_feeders) in {', '.join(assumed)}")
    return notes


def _unknown_stops(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the stops of crossing_access that are neither stations nor stops of buses."""
    known = {""}
    for layer, key in (("stations", "station_id"), ("bus_lines", "stop_id")):
        known |= set(tables[layer][key]) if layer in tables else set()
    return sorted(set(tables["crossing_access"]["stop_id"]) - known)


def _table_report(name: str, layer: Layer, study: Study, provenance: dict[str, str], today: date) -> LayerReport:
    frame = layer.frame
    return LayerReport(
        layer=name,
        rows=len(frame),
        extent=_extent(frame) if hasattr(frame, "geometry") else None,
        notes=[_in_words(note.count, note.what, note.features) for note in layer.notes],
        missing=_missing(name, frame),
        duplicates=_duplicates(frame),
        **_origin(name, study, provenance, today, layer.came_as),
    )


def _raster_report(name: str, raster: Any, study: Study, provenance: dict[str, str], today: date) -> LayerReport:
    rows, columns = raster.known.shape
    (west, north), (east, south) = raster.transform * (0, 0), raster.transform * (columns, rows)
    known = int(raster.known.sum())
    return LayerReport(
        layer=name,
        rows=known,
        extent=_degrees(shapely.box(west, south, east, north)),
        notes=[_in_words(note.count, note.what, note.features) for note in raster.notes],
        missing={"cells": raster.known.size - known} if known < raster.known.size else {},
        duplicates=0,
        **_origin(name, study, provenance, today),
    )


def _origin(name: str, study: Study, provenance: dict[str, str], today: date, came_as: str = "") -> dict[str, Any]:
    """Return what the study and the catalogue say of a layer."""
    section = study.layers.get(name)
    listed = {row["dataset"]: row["crs"] for row in catalogue_rows()}
    declared = getattr(section, "crs", None) or came_as or listed.get(provenance.get("dataset", ""), "")
    return {
        "adapter": section.adapter if section else "cut from zoning",
        "declared_crs": declared,
        "provenance": provenance,
        "age_days": age_of(provenance.get("vintage", ""), today),
    }


def age_of(vintage: str, today: date) -> int | None:
    """
    Return the days since the last day of a vintage.

    Parameters
    ----------
    vintage
        "2026", "2026-10" or "2026-10-21"; anything else has no age.
    today
        The day to reckon from; a vintage that has not ended yet is 0 days old.
    """
    found = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", vintage.strip())
    if not found:
        return None
    year, month = int(found[1]), int(found[2] or 12)
    try:
        day = int(found[3]) if found[3] else monthrange(year, month)[1]
        return max(0, (today - date(year, month, day)).days)
    except ValueError:  # 2026-13, 2026-02-30
        return None


def _in_words(count: int, what: str, features: tuple[str, ...]) -> str:
    shown = f" ({', '.join(features[:5])}{', …' if len(features) > 5 else ''})" if features else ""  # noqa: PLR2004
    return f"{count} {what}{shown}"


def _extent(frame: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    return _degrees(shapely.box(*frame.total_bounds))


def _degrees(box: shapely.Polygon) -> tuple[float, float, float, float]:
    import geopandas as gpd  # noqa: PLC0415

    west, south, east, north = gpd.GeoSeries([box], crs=WORK_CRS).to_crs("EPSG:4326").total_bounds
    return round(west, 4), round(south, 4), round(east, 4), round(north, 4)


def _missing(name: str, frame: pd.DataFrame) -> dict[str, int]:
    """Count empty cells of the columns the contract knows; a column without any value is one that nobody gave."""
    counts = {}
    for column in CONTRACTS[name].columns:
        empty = int((frame[column].isna() | frame[column].astype(str).eq("")).sum())
        if empty > 0:
            counts[column] = empty
    return counts


def _duplicates(frame: pd.DataFrame) -> int:
    """Count features that repeat an earlier one but for their ids."""
    words = frame.drop(columns=[name for name in frame.columns if str(name).endswith("_id")])
    plain = words.drop(columns=[name for name in words.columns if words[name].dtype == "geometry"]).astype(str)
    if hasattr(frame, "geometry"):
        plain = plain.assign(outline=shapely.to_wkb(shapely.normalize(frame.geometry.to_numpy())))
    return int(plain.duplicated().sum())


def _coverage(loading: Loading) -> dict[str, dict[str, float]]:
    """Return how far the layers cover each scored area."""
    tables = loading.tables
    if "areas" not in tables:
        return {}
    scored = tables["areas"][tables["areas"]["role"].eq("scored")]
    return {area: _cover(shape, loading) for area, shape in zip(scored["area_id"], scored.geometry, strict=True)}


def _cover(area: BaseGeometry, loading: Loading) -> dict[str, float]:
    """Return how far each layer covers one area."""
    found: dict[str, float] = {}
    for name, table in loading.tables.items():
        kind = CONTRACTS[name].geometry
        if not kind or name == "areas":
            continue
        reach = area if kind is POLYGON else area.buffer(NEAR_M)
        near = table.geometry.to_numpy()[table.sindex.query(reach, predicate="intersects")]
        if kind is POLYGON:
            found[name] = round(float(shapely.union_all(shapely.intersection(near, area)).area / area.area), 3)
        else:
            found[name] = len(near)
    for name, raster in loading.rasters.items():
        found[name] = round(_covered_by(raster, area), 3)
    return found


def _covered_by(raster: Any, area: BaseGeometry) -> float:
    """Return the share of an area's cell centres that have a value; cells outside the raster have none."""
    west, south, east, north = area.bounds
    (left, top), (right, bottom) = ~raster.transform * (west, north), ~raster.transform * (east, south)
    row, column = np.mgrid[int(top) : int(bottom) + 1, int(left) : int(right) + 1]
    x, y = raster.transform * (column + 0.5, row + 0.5)
    inside = shapely.contains_xy(area, x, y)
    rows, columns = raster.known.shape
    there = inside & (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    known = int(raster.known[row[there], column[there]].sum())
    return known / int(inside.sum()) if inside.any() else 0.0
