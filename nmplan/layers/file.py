"""Any file or database table as a layer: columns mapped by the study, datum and coordinate system as declared."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from nmplan.crs import crs_name
from nmplan.crs import off_by_own_crs
from nmplan.crs import to_work_crs
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.conform import conform
from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.contracts import OPEN_ENDED
from nmplan.layers.contracts import Layer
from nmplan.layers.contracts import Note
from nmplan.layers.database import database_name
from nmplan.layers.database import read_database
from nmplan.layers.datum import to_wgs84
from nmplan.layers.shifts import outside_hong_kong
from nmplan.layers.shifts import suspected_shift
from nmplan.layers.spreadsheets import GEOMETRY_COLUMN
from nmplan.layers.spreadsheets import POSITION_COLUMNS
from nmplan.layers.spreadsheets import chosen_rows
from nmplan.layers.spreadsheets import with_places
from nmplan.layers.tables import UTF8
from nmplan.layers.tables import read_csv
from nmplan.layers.vectors import read_vectors
from nmplan.layers.vectors import simplest
from nmplan.layers.zones import classify_zone
from nmplan.layers.zones import settle_overlaps

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nmplan.layers.datum import Datum

CSV = (".csv", ".tsv", ".txt")

PARQUET = (".parquet", ".geoparquet")


def read_file(  # noqa: PLR0913  (each is a key of the study)
    layer: str,
    path: Path,
    *,
    table: str | None = None,
    crs: str | None = None,
    datum: Datum | None = None,
    encoding: str | None = None,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str | float | bool] | None = None,
    values: Mapping[str, Mapping[str, str | float]] | None = None,
    where: str | None = None,
) -> Layer:
    """
    Read a file as a layer.

    Parameters
    ----------
    layer
        Name of the layer whose contract the file shall keep.
    path
        Any vector file, CSV or Parquet.
    table
        Table inside a GeoPackage or geodatabase; needed where it holds several.
    crs
        Coordinate system, needed where the file names none; must agree where it does.
    datum
        Of positions from mainland web maps: "gcj02" or "bd09" are converted; "wgs84" says that they need no conversion.
        Never guessed: left out, positions are taken as WGS84, those outside Hong Kong are counted, and such that look
        shifted are warned of.
    encoding
        Of a CSV that is not in UTF-8, or of a shapefile without .cpg: e.g. "cp950" for Big5.
    columns
        The file's column for each column of the contract; for a table without geometry also lon and lat (x and y), or
        geometry (well-known text).
    constants
        Columns that are the same for all features.
    values
        For a column, the word of the contract for each word or number of the file; words without one stay as they are.
    where
        Which features: an SQL condition for vector files, a pandas query for CSV and Parquet.

    Returns
    -------
    Layer
        In EPSG:2326, keeping its contract.

    Raises
    ------
    LayerError
        A file that cannot be read, names columns it does not have, or breaks the contract.
    """
    mapping = _Mapping(columns or {}, constants or {}, values or {})
    mapping.check_names(layer, path.name)
    if path.suffix.lower() in CSV:
        frame, notes = chosen_rows(read_csv(path, encoding=encoding or UTF8), where, layer, path.name)
    elif path.suffix.lower() in PARQUET:
        frame, notes = chosen_rows(_read_parquet(path), where, layer, path.name)
    else:
        frame, notes = read_vectors(path, layer, table=table, where=where, declared=crs, encoding=encoding)
    found = _as_layer(frame, layer, path.name, mapping, crs=crs, datum=datum)
    return replace(found, notes=[*notes, *found.notes])


def read_postgis(  # noqa: PLR0913  (each is a key of the study)
    layer: str,
    url: str,
    table: str,
    *,
    crs: str | None = None,
    datum: Datum | None = None,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str | float | bool] | None = None,
    values: Mapping[str, Mapping[str, str | float]] | None = None,
    where: str | None = None,
) -> Layer:
    """
    Read a table or view of a PostGIS database as a layer.

    Parameters
    ----------
    layer
        Name of the layer whose contract the table shall keep.
    url, table, where
        See `read_database`; columns = { geometry = "…" } chooses among several geometry columns.
    crs, datum, columns, constants, values
        As for `read_file`.

    Returns
    -------
    Layer
        In EPSG:2326, keeping its contract.

    Raises
    ------
    LayerError
        A database that cannot be read, a table that names other columns, or breaks the contract; never with a password.
    """
    source = f"{database_name(url)} {table}"
    given = dict(columns or {})
    geometry = given.pop(GEOMETRY_COLUMN, None)
    mapping = _Mapping(given, constants or {}, values or {})
    mapping.check_names(layer, source)
    frame = read_database(url, table, where, geometry=geometry, spatial=bool(CONTRACTS[layer].geometry))
    return _as_layer(frame, layer, source, mapping, crs=crs, datum=datum)


@dataclass(frozen=True)
class _Mapping:
    """How the study maps a file's table onto a contract."""

    columns: Mapping[str, str]
    constants: Mapping[str, str | float | bool]
    values: Mapping[str, Mapping[str, str | float]]

    def check_names(self, layer: str, source: str) -> None:
        """Refuse names that the layer's contract does not have: a misspelt one would pass unseen."""
        contract = CONTRACTS[layer]
        places = {*contract.extra_geometry, *POSITION_COLUMNS, GEOMETRY_COLUMN}
        faults = []
        for key, names, known in (
            ("columns", self.columns, {*contract.columns, *places}),
            ("constants", self.constants, set(contract.columns)),
            ("values", self.values, set(contract.columns)),
        ):
            for name in names:
                if name not in known and not name.startswith(OPEN_ENDED.get(layer, "\0")):
                    what = f"layer {layer} has no column {name}; it has {', '.join(contract.columns)}."
                    where = f"layers.{layer}.{key}.{name}"
                    faults.append(Fault(source, where, what, "Correct its spelling in the study."))
        if faults:
            raise LayerError(faults)

    def applied(self, frame: pd.DataFrame, layer: str, source: str) -> pd.DataFrame:
        """Return the table under the contract's names."""
        lost = [theirs for theirs in self.columns.values() if theirs not in frame.columns]
        if lost:
            what = f"has no column {', '.join(lost)}; it has {', '.join(map(str, frame.columns))}."
            raise LayerError([Fault(source, "", what, f"Correct columns in [layers.{layer}].")])
        # a column may serve twice (an id that is also a name), so copy rather than rename; outlines are chosen later
        outlines = GEOMETRY_COLUMN if isinstance(frame, gpd.GeoDataFrame) else None
        copied = {ours: frame[theirs] for ours, theirs in self.columns.items() if ours != outlines}
        mapped = frame.assign(**copied, **self.constants)
        for name, words in self.values.items():
            if name in mapped:
                cells = mapped[name].astype(object)
                mapped[name] = cells.map(lambda cell, words=words: words.get(_word(cell), cell))
        if "source" not in mapped and "source" in CONTRACTS[layer].columns:
            mapped["source"] = source
        if layer == "zoning" and "zone" not in mapped and "zone_label" in mapped:
            mapped["zone"] = _zones(mapped)
        return mapped


def _word(cell: object) -> str:
    """Return a cell as a value map names it: a number of a database or a spreadsheet without its empty decimals."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _zones(frame: pd.DataFrame) -> list[str]:
    """Sort official labels into the vocabulary; the purpose stands in the special use or the description."""
    words = [frame[name].fillna("").astype(str) if name in frame else [""] * len(frame) for name in _LABELS]
    return [classify_zone(label, special_use, described) for label, special_use, described in zip(*words, strict=True)]


_LABELS = ("zone_label", "special_use_en", "desc_en")


def _as_layer(
    table: pd.DataFrame, layer: str, source: str, mapping: _Mapping, *, crs: str | None, datum: Datum | None
) -> Layer:
    """Bring a table as it was read into the shape of its contract."""
    frame = mapping.applied(table, layer, source)
    notes: list[Note] = []
    came_as = crs_name(frame.crs) if isinstance(frame, gpd.GeoDataFrame) else ""
    if CONTRACTS[layer].geometry and len(frame):
        frame, notes = _placed(frame, layer, source, mapping, crs=crs, datum=datum)
    found = conform(frame, layer, source)
    notes += found.notes
    if layer != "zoning":
        return Layer(found.frame, notes, came_as)
    settled, cuts = settle_overlaps(found.frame)
    return Layer(settled.reset_index(drop=True), [*notes, *cuts], came_as)


def _placed(
    table: pd.DataFrame, layer: str, source: str, mapping: _Mapping, *, crs: str | None, datum: Datum | None
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Return the table with its geometries in EPSG:2326, and what was done to them or is doubtful."""
    frame, notes = simplest(_with_geometry(table, layer, source, mapping), layer)
    if datum is not None:
        # only where the file names no system of its own is the declared one needed to find the degrees
        given = frame.set_crs(crs) if frame.crs is None and crs is not None else frame
        frame, told = to_wgs84(given, datum, layer, source)
        notes += told
        crs = crs if datum == "wgs84" else None
    if off := off_by_own_crs(frame.crs):
        notes.append(Note(layer, off, len(frame)))
    placed = to_work_crs(frame, source, crs)
    for name in CONTRACTS[layer].extra_geometry:
        if name in frame:
            placed[name] = _second_place(frame, name, source, crs, datum)
    return placed, [*notes, *_doubts(placed, layer, datum)]


def _with_geometry(table: pd.DataFrame, layer: str, source: str, mapping: _Mapping) -> gpd.GeoDataFrame:
    """Return the table with the geometry that the study names: a column of the file, coordinates, or the file's own."""
    if not isinstance(table, gpd.GeoDataFrame) or set(POSITION_COLUMNS) <= set(mapping.columns):
        plain = pd.DataFrame(table.drop(columns=table.geometry.name)) if isinstance(table, gpd.GeoDataFrame) else table
        return with_places(plain, mapping.columns, source)
    chosen = mapping.columns.get(GEOMETRY_COLUMN, table.geometry.name)
    if table[chosen].dtype != "geometry":
        what = f"column {chosen} holds no geometries."
        raise LayerError([Fault(source, f"layers.{layer}.columns.geometry", what, "Leave it out, or name another.")])
    return table.set_geometry(chosen)


def _second_place(
    frame: gpd.GeoDataFrame, name: str, source: str, crs: str | None, datum: Datum | None
) -> gpd.GeoSeries:
    """Return a further column of geometries in EPSG:2326, by the same rules as the first."""
    if frame[name].dtype != "geometry":
        what = f"column {name} holds no geometries."
        mend = "Leave it out, or give a Parquet file with a second column of geometries."
        raise LayerError([Fault(source, name, what, mend)])
    own = frame[name].crs or frame.crs
    ids = [column for column in frame if str(column).endswith("_id")]
    second = gpd.GeoDataFrame(frame[ids], geometry=gpd.GeoSeries(frame[name]).set_crs(own, allow_override=True))
    if datum is not None:
        second, _ = to_wgs84(second, datum, name, source)
    return to_work_crs(second, f"{source}, {name}", crs).geometry


def _doubts(placed: gpd.GeoDataFrame, layer: str, datum: Datum | None) -> list[Note]:
    """Warn of positions that may be on a web map's datum, unless the study says which they are on."""
    if datum is not None:
        return []
    notes = []
    if outside := outside_hong_kong(placed):
        notes.append(Note(layer, "features outside Hong Kong without a declared datum, taken as WGS84", outside))
    if evidence := suspected_shift(placed):
        what = (
            f"positions that may be on the datum of a mainland web map, nothing converted: {evidence}. "
            'If so write datum = "gcj02" or "bd09" in the study, if not datum = "wgs84"; features'
        )
        notes.append(Note(layer, what, len(placed)))
    return notes


def _read_parquet(path: Path) -> pd.DataFrame:
    """Read Parquet with or without geometry."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        has_geometry = b"geo" in (pq.read_schema(path).metadata or {})
        return gpd.read_parquet(path) if has_geometry else pd.read_parquet(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        fault = Fault(path.name, "", f"this cannot be read: {error}.", "Repair the file, or export it again.")
        raise LayerError([fault]) from None
