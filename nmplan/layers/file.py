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
from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.contracts import Layer
from nmplan.layers.contracts import conform

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
        Table inside a GeoPackage or geodatabase; the first one unless said otherwise.
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
    frame = _read(path, table, where)
    frame = _rename(frame, columns or {}, path.name, layer)
    for name, constant in (constants or {}).items():
        frame[name] = constant
    for name, words in (values or {}).items():
        if name in frame:
            frame[name] = frame[name].map(lambda word, words=words: words.get(str(word), word))
    if "source" not in frame and "source" in CONTRACTS[layer].columns:
        frame["source"] = path.name
    if CONTRACTS[layer].geometry:
        frame = to_work_crs(_placed(frame, path.name, crs), path.name, crs)
    return conform(frame, layer, path.name)


def _read(path: Path, table: str | None, where: str | None) -> pd.DataFrame:
    try:
        if path.suffix.lower() == ".csv":
            frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
            return frame.query(where) if where else frame
        if path.suffix.lower() in (".parquet", ".geoparquet"):
            frame = gpd.read_parquet(path)
            return frame.query(where) if where else frame
        return gpd.read_file(path, layer=table, where=where, engine="pyogrio")
    except pyogrio.errors.DataSourceError as error:
        what, mend = f"this cannot be read: {error}.", "Repair the file, or export it again."
    except (pyogrio.errors.DataLayerError, ValueError) as error:
        what, mend = f"{error}.", "Check table and where in the study."
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        what, mend = f"not a CSV in UTF-8: {error}.", "Save it as CSV UTF-8."
    raise LayerError([Fault(path.name, "", what, mend)])


def _rename(frame: pd.DataFrame, columns: Mapping[str, str], source: str, layer: str) -> pd.DataFrame:
    lost = [theirs for theirs in columns.values() if theirs not in frame.columns]
    if lost:
        what = f"has no column {', '.join(lost)}; it has {', '.join(map(str, frame.columns))}."
        raise LayerError([Fault(source, "", what, f"Correct columns in [layers.{layer}].")])
    # a column may serve twice (an id that is also a name), so copy rather than rename
    mapped = frame.assign(**{ours: frame[theirs] for ours, theirs in columns.items()})
    return mapped.copy()


def _placed(frame: pd.DataFrame, source: str, crs: str | None) -> gpd.GeoDataFrame:
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
    return gpd.GeoDataFrame(frame, geometry=points, crs=crs)
