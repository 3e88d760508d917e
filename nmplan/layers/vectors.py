"""Vector files as their publishers leave them: read with pyogrio, what can be mended mended and told."""

from __future__ import annotations

import json
import re
import warnings
import zipfile
from typing import TYPE_CHECKING

import geopandas as gpd
import pyogrio
import shapely

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.errors import without_folder
from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.contracts import LINE
from nmplan.layers.contracts import POLYGON
from nmplan.layers.contracts import Note

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from shapely.geometry.base import BaseGeometry

SHEETS = (".xlsx", ".xls", ".xlsm", ".ods")
"""Spreadsheets: formulas, merged cells and dates as numbers make them no source of a layer."""

CURVED = ("CURVE", "CIRCULAR", "SURFACE")
"""Parts of the names GDAL gives to geometries with arcs."""

JSON = (".geojson", ".json")

STRAIGHT = (".shp", *JSON, ".fgb", ".kml")
"""Formats that have no arcs."""

SHOWN = 4
"""Files of an archive that a message names before it counts the rest."""

_WGS84_SPELLINGS = ("EPSG:4326", "OGC:CRS84")


def read_vectors(
    path: Path,
    layer: str,
    *,
    table: str | None = None,
    where: str | None = None,
    declared: str | None = None,
    encoding: str | None = None,
) -> tuple[pd.DataFrame, list[Note]]:
    """
    Read a vector file as it stands.

    Parameters
    ----------
    path
        Any file pyogrio reads.
    layer
        Name of the layer, for the notes.
    table
        Table inside a GeoPackage or geodatabase; needed where it holds several.
    where
        SQL condition.
    declared
        Coordinate system the study declares. A GeoJSON without a `crs` member is WGS84 only by custom: publishers leave
        it out over grid metres and Hong Kong 1980 degrees too. There the declared one holds.
    encoding
        Of the words, where the file does not say (a shapefile without .cpg).

    Returns
    -------
    tuple
        The table, a GeoDataFrame where it has geometries, and notes of rings closed and arcs made straight.

    Raises
    ------
    LayerError
        A file that cannot be read, holds several tables, or a condition that makes no sense for it.
    """
    if path.suffix.lower() in SHEETS:
        what = "this is a spreadsheet, with formats and formulas that a table cannot keep."
        raise LayerError([Fault(path.name, "", what, "Save the sheet as CSV UTF-8 and give that file.")])
    if where and (";" in re.sub("'[^']*'|\"[^\"]*\"", "", where) or "\0" in where):
        what = f"the condition {where!r:.200} holds more than one statement; the rest would be left out without a word."
        raise LayerError([Fault(path.name, "where", what, "Join conditions with AND, OR.")])
    try:
        tables = pyogrio.list_layers(path)[:, 0]
        if table is None and len(tables) > 1:
            what = f"holds several tables: {', '.join(tables)}."
            raise LayerError([Fault(path.name, "", what, 'Choose one with table = "…" in the study.')])
        frame, notes = _with_closed_rings(path, layer, {"layer": table, "where": where, "encoding": encoding})
        if isinstance(frame, gpd.GeoDataFrame):
            notes += _arcs(path, layer, table or tables[0], where)
    except (UnicodeDecodeError, LookupError) as error:
        what = f"the words are in another encoding than {encoding or 'the file says'}: {error}."
        mend = 'Write encoding = "cp950" (Big5) or "utf-8" in the study.'
    except (pyogrio.errors.DataSourceError, OSError) as error:
        what, mend = f"this cannot be read: {_short(error, path)}.", _mend(path)
    except (pyogrio.errors.DataLayerError, ValueError) as error:
        what, mend = f"{_short(error, path)}.", "Check table and where in the study; " + _HOW_TO_COMPARE
    else:
        if isinstance(frame, gpd.GeoDataFrame) and declared is not None and _names_no_crs(path, frame):
            return frame.set_crs(None, allow_override=True), notes
        return frame, notes
    raise LayerError([Fault(path.name, "", what, mend)])


def read_points(path: Path) -> gpd.GeoDataFrame:
    """
    Return a vector file of places that fill in a layer, as published.

    Raises
    ------
    LayerError
        The file is missing, cannot be read, or holds no geometries.
    """
    if not path.exists():
        raise LayerError([Fault(path.name, "", "the file is missing.", "Restore it, or correct the path.")])
    frame, _ = read_vectors(path, "stations")
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        what = "the file holds no features with geometry."
        raise LayerError([Fault(path.name, "", what, "Export it again, or name another.")])
    return frame


_HOW_TO_COMPARE = "numbers written as text compare as CAST(column AS float) > 5000."


def _short(error: Exception, path: Path) -> str:
    """Return GDAL's words, without the folder and without its advice to programmers."""
    return without_folder(error, path).replace("layer 'b'", "layer '").replace("'':", "':")


def _mend(path: Path) -> str:
    """Say what to do with an unreadable file; for JSON, where it stops being JSON; for an archive, what is in it."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            inside = [name for name in archive.namelist() if not name.endswith("/")]
        more = f" and {len(inside) - SHOWN} more" if len(inside) > SHOWN else ""
        return f"It is an archive of {', '.join(inside[:SHOWN]) or 'nothing'}{more}: unpack it and name one file."
    if "json" not in path.suffix.lower():
        return "Repair the file, or export it again."
    try:
        json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        return f"It is no JSON from line {error.lineno}, column {error.colno} on; repair it there, or export it again."
    except (OSError, UnicodeDecodeError):
        return "Repair the file, or export it again."
    return "It is JSON but no GeoJSON; export it again."


def _with_closed_rings(path: Path, layer: str, how: dict[str, str | None]) -> tuple[pd.DataFrame, list[Note]]:
    """Read a file; close rings whose last point is not the first, which the reader refuses, and count them."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            frame, closed = pyogrio.read_dataframe(path, **how), None
        except shapely.errors.GEOSException:
            broken = pyogrio.read_dataframe(path, **how, on_invalid="ignore").geometry.isna()
            frame = pyogrio.read_dataframe(path, **how, on_invalid="fix")
            closed = broken & frame.geometry.notna()
    said = sorted({str(warning.message) for warning in heard if "Non closed ring" not in str(warning.message)})
    notes = [Note(layer, f"the reader warns: {words.rstrip('.')}; features", len(frame)) for words in said]
    if closed is not None and closed.any():
        rows = tuple(f"row {position + 1}" for position in closed.to_numpy().nonzero()[0])
        notes.append(Note(layer, "outlines with open rings, closed", len(rows), rows))
    return frame, notes


def _arcs(path: Path, layer: str, table: str, where: str | None) -> list[Note]:
    """Tell that arcs were read as straight segments, which the reader does without a word."""
    if path.suffix.lower() in STRAIGHT:
        return []
    words = _kinds(path, table, where)
    curved = int(words.str.contains("|".join(CURVED)).sum())
    return [Note(layer, "arcs read as straight segments", curved)] if curved else []


def _kinds(path: Path, table: str, where: str | None) -> pd.Series[str]:
    """Return the names of the geometries of the features chosen, as GDAL's own SQL knows them."""
    quoted = table.replace('"', '\\"')
    sql = f'SELECT OGR_GEOMETRY AS kind FROM "{quoted}"'  # noqa: S608
    how = {"sql_dialect": "OGRSQL", "read_geometry": False, "fid_as_index": True}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # heard when the features were read
        try:
            kinds = pyogrio.read_dataframe(path, sql=sql + (f" WHERE ({where})" if where else ""), **how)["kind"]
        except (pyogrio.errors.DataLayerError, ValueError) as error:
            if "Type mismatch" in str(error):  # text against a number: the file's own SQL would compare it as words
                raise
            # the condition is in the file's own SQL, which this dialect does not speak: features are known by number
            kinds = pyogrio.read_dataframe(path, sql=sql, **how)["kind"]
            chosen = pyogrio.read_dataframe(
                path, layer=table, where=where, columns=[], read_geometry=False, fid_as_index=True
            )
            kinds = kinds[kinds.index.isin(chosen.index)]
    return kinds.astype(str)


def _names_no_crs(path: Path, frame: gpd.GeoDataFrame) -> bool:
    """Tell whether the file is a GeoJSON that leaves its coordinate system to custom."""
    if frame.crs is None or frame.crs.to_string() not in _WGS84_SPELLINGS:
        return False
    words = _json_in(path)
    found = json.loads(words.decode("utf-8-sig")) if words else None
    return isinstance(found, dict) and "crs" not in found and found.get("type") in {"FeatureCollection", "Feature"}


def _json_in(path: Path) -> bytes:
    """Return the content of a JSON file, also of one alone in a zip archive; nothing of any other."""
    if path.suffix.lower() in JSON:
        return path.read_bytes()
    if not zipfile.is_zipfile(path):
        return b""
    with zipfile.ZipFile(path) as archive:
        inside = [name for name in archive.namelist() if name.lower().endswith(JSON)]
        return archive.read(inside[0]) if len(inside) == 1 else b""


def simplest(frame: gpd.GeoDataFrame, layer: str) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """
    Bring geometries into the simplest form that says the same: two dimensions, collections of one kind as that kind.

    Parameters
    ----------
    frame
        Any geometries.
    layer
        Name of the layer, whose contract says which kind a collection is searched for.

    Returns
    -------
    tuple
        A new frame, and a note for every change that loses something.
    """
    shapes = frame.geometry
    notes = []
    raised = shapes.has_z | shapely.has_m(shapes.to_numpy())
    if raised.any():
        shapes = shapes.force_2d()
        notes.append(Note(layer, "heights or measures along the geometry left out", int(raised.sum())))
    kinds = CONTRACTS[layer].geometry
    mixed = shapes.geom_type.eq("GeometryCollection") & ~shapes.is_empty
    if mixed.any() and kinds in {POLYGON, LINE}:
        sorted_out = shapes[mixed].map(lambda shape: _only(shape, kinds))
        less = shapely.get_num_geometries(sorted_out.to_numpy()) < shapely.get_num_geometries(shapes[mixed].to_numpy())
        shapes = shapes.where(~mixed, sorted_out.reindex(shapes.index))
        notes.append(Note(layer, f"collections read as their {' or '.join(kinds[:1])} parts", int(mixed.sum())))
        if less.any():
            notes.append(Note(layer, "collections of which parts of other kinds were left out", int(less.sum())))
    lone = shapes.geom_type.eq("MultiPoint") & (shapely.get_num_geometries(shapes.to_numpy()) == 1)
    if lone.any() and "Point" in kinds:
        shapes = shapes.where(~lone, gpd.GeoSeries(shapely.get_geometry(shapes.to_numpy(), 0), shapes.index))
    return frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs)), notes


def _only(shape: BaseGeometry, kinds: tuple[str, ...]) -> BaseGeometry:
    """Return the parts of a collection that are of the layer's kinds; the collection itself where it has none."""
    parts = [part for part in _flat(shape) if part.geom_type in kinds]
    return shapely.union_all(parts) if parts else shape


def _flat(shape: BaseGeometry) -> list[BaseGeometry]:
    """Return the single geometries of a collection, however nested."""
    if hasattr(shape, "geoms"):
        return [part for child in shape.geoms for part in _flat(child)]
    return [shape]
