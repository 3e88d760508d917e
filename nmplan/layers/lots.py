"""Lots, government land allocations and short term tenancies of the Lands Department as candidate parcels."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmplan.crs import M2_PER_HA
from nmplan.crs import to_work_crs
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.conform import conform
from nmplan.layers.contracts import Layer
from nmplan.layers.contracts import Note
from nmplan.layers.published_tables import read_table
from nmplan.layers.published_tables import tables_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence
    from pathlib import Path

    from nmplan.layers.published_tables import Table

ACCURACY_M = 5.0
"""Judgement: the Department calls its boundaries indicative, not survey; they are drawn on the 1:1,000 map."""

OLD_SCHEDULE_ACCURACY_M = 10.0
"""Judgement: old schedule lots were fitted from demarcation sheets of about 1:4,000, drawn round 1900."""

OLD_SCHEDULE = "OSL"


@dataclass(frozen=True)
class Holding:
    """
    A kind of land holding, as the Department publishes it.

    Parameters
    ----------
    noun
        What the features are called in messages and sources.
    ids
        Columns with an id, the best first, each with what goes before it in a parcel_id.
    type_column
        Column with the code of the sub-kind.
    tenure
        Word for planners.
    tenures
        Closer words for codes whose meaning is known.
    """

    noun: str
    ids: tuple[tuple[str, str], ...]
    type_column: str
    tenure: str
    tenures: Mapping[str, str] = field(default_factory=dict)


HOLDINGS = (
    Holding(
        "lots",
        (("LOTCSUID", ""), ("LOTID", "lot-")),
        "LOTTYPE",
        "private lot",
        {OLD_SCHEDULE: "private lot (old schedule)"},
    ),
    Holding(
        "government land allocations",
        (("GLAID", "gla-"),),
        "GLATYPE",
        "government land allocation",
        {"P": "government land allocation (permanent)", "T": "government land allocation (temporary)"},
    ),
    Holding(
        "short term tenancies",
        (("TENANCYPOLYID", "stt-"), ("TENANCYNUMBER", "stt-")),
        "FEATURECODE",
        "short term tenancy",
    ),
)
"""Lots carry no prefix, so that LOTCSUID joins to the Department's other tables as it stands."""

_NAMES = ("LOTCODEDISPLAY", "CISLOTDISPLAYNAME", "TENANCYNUMBER")


def read_lots(
    layers: Sequence[str], paths: Sequence[Path], *, minimum_ha: float = 0.0, crs: str | None = None
) -> dict[str, Layer]:
    """
    Read lots, government land allocations and short term tenancies.

    What a table holds is told by its columns: LOTCSUID or LOTID, GLAID, TENANCYPOLYID or TENANCYNUMBER. Polygons that
    share an id are one parcel in several pieces.

    Parameters
    ----------
    layers
        "parcels".
    paths
        Geodatabases, GeoJSON, shapefiles, GeoPackages or GML; folders and zip archives of them.
    minimum_ha
        Parcels smaller than this are left out, hectares.
    crs
        Coordinate system, where the files name none.

    Returns
    -------
    dict of Layer
        The parcels, EPSG:2326.

    Raises
    ------
    LayerError
        No table of lots, features without any id, geometries that are no polygons.
    """
    tables = tables_in(paths)
    source = ", ".join(path.name for path in paths)
    found = [(table, holding) for table in tables if table.has_geometry and (holding := _holding(table))]
    if not found:
        names = ", ".join(f"{table.name} ({', '.join(table.fields[:8])})" for table in tables)
        what = f"no table holds lots, government land allocations or short term tenancies; there is {names}."
        mend = 'Name the Lands Department\'s files, or read other parcels with adapter = "file".'
        raise LayerError([Fault(source, "", what, mend)])
    frames, notes = zip(*(_parcels(table, holding, crs) for table, holding in found), strict=True)
    parcels = pd.concat(frames, ignore_index=True)
    parcels, more = _in_one_piece(parcels)
    parcels, small = _large_enough(parcels, minimum_ha, source)
    told = [note for each in notes for note in each] + more + small
    return {layer: _with_notes(conform(parcels, layer, source), told) for layer in layers}


def _holding(table: Table) -> Holding | None:
    """Tell by its columns what a table holds."""
    return next((kind for kind in HOLDINGS if any(table.spelling(name) for name, _ in kind.ids)), None)


def _parcels(table: Table, holding: Holding, crs: str | None) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Return the features of a table with the columns of parcels."""
    raw = read_table(table, (*(name for name, _ in holding.ids), holding.type_column, *_NAMES))
    ids = _ids(raw, holding, table.file)
    gone = pd.Series(shapely.is_missing(raw.geometry) | shapely.is_empty(raw.geometry), index=raw.index)
    codes = _texts(raw, holding.type_column).str.upper()
    names = _display_names(raw)
    old = codes.eq(OLD_SCHEDULE)
    frame = gpd.GeoDataFrame(
        {
            "parcel_id": ids,
            "name_en": names,
            "name_zh": names,  # lot numbers are read the same in both languages
            "tenure": codes.map(holding.tenures).astype(object).fillna(holding.tenure),
            "accuracy_m": np.where(old, OLD_SCHEDULE_ACCURACY_M, ACCURACY_M),
            "source": f"Lands Department, {holding.noun}: boundaries are indicative, not survey",
        },
        geometry=raw.geometry,
        crs=raw.crs,
    )
    notes = []
    if gone.any():
        notes.append(Note("parcels", f"{holding.noun} without an outline, left out", int(gone.sum()), tuple(ids[gone])))
    unknown = codes[~codes.isin(holding.tenures)]
    if holding.tenures and len(unknown):
        kinds = ", ".join(code or "blank" for code in sorted(unknown.unique())[:8])
        what = f"{holding.noun} of {holding.type_column} {kinds}, taken as {holding.tenure!r}"
        notes.append(Note("parcels", what, len(unknown)))
    return to_work_crs(frame[~gone], table.file, crs), notes


def _texts(frame: pd.DataFrame, column: str) -> pd.Series[str]:
    """Return a column as text, whole numbers without decimals; blank where it is empty or not there."""
    if column not in frame:
        return pd.Series("", index=frame.index)
    cells = frame[column]
    text = cells.astype(object).where(cells.notna(), "").astype(str).str.strip()
    return text.str.replace(r"^(\d+)\.0+$", r"\1", regex=True)


def _ids(raw: gpd.GeoDataFrame, holding: Holding, source: str) -> pd.Series[str]:
    """Return the best id that each feature has."""
    ids = pd.Series("", index=raw.index)
    for column, prefix in holding.ids:
        text = _texts(raw, column)
        ids = ids.where(ids.ne("") | text.isin(("", "0")), prefix + text)
    if (nameless := ids.eq("").to_numpy()).any():
        rows = ", ".join(f"row {number}" for number in np.flatnonzero(nameless)[:5] + 1)
        columns = " or ".join(name for name, _ in holding.ids)
        what = f"{int(nameless.sum())} {holding.noun} have no {columns}."
        raise LayerError([Fault(source, rows, what, "Fill it in, or remove these features.")])
    return ids


def _display_names(raw: gpd.GeoDataFrame) -> pd.Series[str]:
    """
    Return names as people write them.

    Lots of demarcation districts are displayed by their number alone ("1424" in "DD 375"), others with their code
    ("IL 8392"); tenancies have only a number.
    """
    code, name, tenancy = (_texts(raw, column) for column in _NAMES)
    alone = name.str.match(r"\d") & code.ne("")
    return name.where(~alone, code + " Lot " + name).where(name.ne(""), tenancy.where(tenancy.ne(""), code))


def _in_one_piece(parcels: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Join polygons that share an id: a lot cut by a road is still one lot."""
    shared = parcels["parcel_id"].duplicated(keep=False)
    if not shared.any():
        return parcels, []
    pieces = parcels.loc[shared, ["parcel_id", "geometry"]]
    whole = gpd.GeoSeries(shapely.make_valid(pieces.geometry.to_numpy()), index=pieces["parcel_id"])
    union = whole.groupby(level=0).agg(lambda shapes: shapely.union_all(shapes.to_numpy()))
    first = parcels[~parcels["parcel_id"].duplicated()].reset_index(drop=True)
    geometry = first["parcel_id"].map(union)
    names = tuple(union.index.astype(str))
    what = f"parcels drawn in several polygons, joined into one each ({int(shared.sum())} polygons)"
    joined = first.set_geometry(first.geometry.where(geometry.isna(), gpd.GeoSeries(geometry, crs=parcels.crs)))
    return joined, [Note("parcels", what, len(names), names)]


def _large_enough(parcels: gpd.GeoDataFrame, minimum_ha: float, source: str) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Leave out parcels below the smallest area."""
    small = parcels.area.lt(minimum_ha * M2_PER_HA)
    if small.all() and len(small):
        what = f"none of {len(parcels)} parcels has {minimum_ha:g} ha."
        raise LayerError([Fault(source, "", what, "Lower minimum_ha in the study.")])
    notes = [Note("parcels", f"parcels below {minimum_ha:g} ha, left out", int(small.sum()))] if small.any() else []
    return parcels[~small], notes


def _with_notes(layer: Layer, notes: Sequence[Note]) -> Layer:
    return Layer(layer.frame, [*notes, *layer.notes])
