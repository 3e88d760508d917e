"""Any file as a layer: vectors pyogrio reads, CSV with coordinates, Parquet; columns mapped by the study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from nmplan.crs import to_work_crs
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.conform import conform
from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.contracts import OPEN_ENDED
from nmplan.layers.contracts import Layer
from nmplan.layers.tables import read_csv
from nmplan.layers.zones import classify_zone
from nmplan.layers.zones import settle_overlaps

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

POSITION_COLUMNS = ("lon", "lat")
"""Names the coordinates of a CSV are mapped to: columns = { lon = "…", lat = "…" }; any coordinate system, x first."""


def read_file(
    layer: str,
    path: Path,
    *,
    table: str | None = None,
    crs: str | None = None,
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
        The file.
    table
        Table inside a GeoPackage or geodatabase; needed where it holds several.
    crs
        Coordinate system, needed where the file names none; must agree where it does.
    columns
        The file's column for each column of the contract.
    constants
        Columns that are the same for all features.
    values
        For a column, the word of the contract for each word of the file; words without one stay as they are.
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
    _known_names(layer, path.name, {"columns": columns or {}, "constants": constants or {}, "values": values or {}})
    frame = _rename(_read(path, table, where), columns or {}, path.name, layer)
    for name, constant in (constants or {}).items():
        frame[name] = constant
    for name, words in (values or {}).items():
        if name in frame:
            frame[name] = frame[name].map(lambda word, words=words: words.get(str(word), word))
    if "source" not in frame and "source" in CONTRACTS[layer].columns:
        frame["source"] = path.name
    if layer == "zoning" and "zone" not in frame and "zone_label" in frame:
        frame["zone"] = _zones(frame)
    if CONTRACTS[layer].geometry and len(frame):
        frame = to_work_crs(_placed(frame, path.name), path.name, crs)
    found = conform(frame, layer, path.name)
    if layer != "zoning":
        return found
    settled, notes = settle_overlaps(found.frame)
    return Layer(settled.reset_index(drop=True), [*found.notes, *notes])


def _known_names(layer: str, source: str, named: Mapping[str, Mapping[str, object]]) -> None:
    """Refuse names that the layer's contract does not have: a misspelt one would pass unseen."""
    contract = CONTRACTS[layer]
    known = {*contract.columns, *contract.extra_geometry, *POSITION_COLUMNS}
    faults = []
    for key, names in named.items():
        for name in names:
            if name not in known and not name.startswith(OPEN_ENDED.get(layer, "\0")):
                what = f"layer {layer} has no column {name}; it has {', '.join(contract.columns)}."
                faults.append(Fault(source, f"layers.{layer}.{key}.{name}", what, "Correct its spelling in the study."))
    if faults:
        raise LayerError(faults)


def _zones(frame: pd.DataFrame) -> list[str]:
    """Sort official labels into the vocabulary; the purpose stands in the special use or the description."""
    words = [frame[name].fillna("").astype(str) if name in frame else [""] * len(frame) for name in _LABELS]
    return [classify_zone(label, special_use, described) for label, special_use, described in zip(*words, strict=True)]


_LABELS = ("zone_label", "special_use_en", "desc_en")


def _read(path: Path, table: str | None, where: str | None) -> pd.DataFrame:
    if path.suffix.lower() == ".csv":
        return _queried(read_csv(path), where, path.name)
    try:
        if path.suffix.lower() in {".parquet", ".geoparquet"}:
            return _queried(_read_parquet(path), where, path.name)
        if table is None and len(names := pyogrio.list_layers(path)[:, 0]) > 1:
            what = f"holds several tables: {', '.join(names)}."
            raise LayerError([Fault(path.name, "", what, 'Choose one with table = "…" in the study.')])
        return gpd.read_file(path, layer=table, where=where, engine="pyogrio")
    except (pyogrio.errors.DataSourceError, OSError) as error:
        what, mend = f"this cannot be read: {error}.", "Repair the file, or export it again."
    except (pyogrio.errors.DataLayerError, ValueError) as error:
        what, mend = f"{error}.", "Check table and where in the study."
    raise LayerError([Fault(path.name, "", what, mend)])


def _read_parquet(path: Path) -> pd.DataFrame:
    """Read Parquet with or without geometry."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        has_geometry = b"geo" in (pq.read_schema(path).metadata or {})
        return gpd.read_parquet(path) if has_geometry else pd.read_parquet(path)
    except pa.ArrowInvalid as error:
        raise OSError(error) from None


def _queried(frame: pd.DataFrame, where: str | None, source: str) -> pd.DataFrame:
    """Return the rows a pandas query chooses."""
    if not where:
        return frame
    try:
        return frame[_yes_or_no(frame.eval(where))]
    except (SyntaxError, NameError, TypeError, KeyError, ValueError, AttributeError) as error:
        what = f"the condition {where!r} makes no sense for this file: {error}."
    raise LayerError([Fault(source, "", what, "Correct where in the study; cells of a CSV are text.")])


def _yes_or_no(chosen: object) -> pd.Series[bool]:
    if not isinstance(chosen, pd.Series) or not pd.api.types.is_bool_dtype(chosen):
        raise TypeError("it does not say yes or no for each row")
    return chosen


def _rename(frame: pd.DataFrame, columns: Mapping[str, str], source: str, layer: str) -> pd.DataFrame:
    lost = [theirs for theirs in columns.values() if theirs not in frame.columns]
    if lost:
        what = f"has no column {', '.join(lost)}; it has {', '.join(map(str, frame.columns))}."
        raise LayerError([Fault(source, "", what, f"Correct columns in [layers.{layer}].")])
    # a column may serve twice (an id that is also a name), so copy rather than rename
    mapped = frame.assign(**{ours: frame[theirs] for ours, theirs in columns.items()})
    return mapped.copy()


def _placed(frame: pd.DataFrame, source: str) -> gpd.GeoDataFrame:
    """Give a CSV its points; drop a third dimension, which no measure uses."""
    if isinstance(frame, gpd.GeoDataFrame):
        flat = frame.geometry.force_2d() if frame.geometry.has_z.any() else frame.geometry
        return frame.set_geometry(flat)
    x, y = POSITION_COLUMNS
    if x not in frame or y not in frame:
        what = "a table without geometry needs its coordinates named."
        raise LayerError([Fault(source, "", what, 'Write columns = { lon = "…", lat = "…" } and a crs.')])
    degrees = frame[[x, y]].apply(pd.to_numeric, errors="coerce")
    points = [None if pd.isna(a) or pd.isna(b) else shapely.Point(a, b) for a, b in degrees.itertuples(index=False)]
    return gpd.GeoDataFrame(frame, geometry=points)
