"""Tables of vector data as publishers hand them out: files, geodatabases, folders and zip archives of them."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zipfile import BadZipFile
from zipfile import ZipFile

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.errors import without_folder
from nmplan.layers.packages import is_rubbish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

SUFFIXES = (".gdb", ".gpkg", ".gml", ".shp", ".geojson", ".json", ".fgb")
"""What is looked for inside folders and archives; a file that is named by itself may be anything GDAL reads."""

LARGEST_DEGREE = 360.0
SHAPEFILE_NAME = 10


@dataclass(frozen=True)
class Table:
    """
    A table of vector data.

    Parameters
    ----------
    dataset
        What GDAL opens.
    name
        Name of the table in it.
    file
        The file, as messages name it.
    fields
        Its columns, as the file spells them.
    rows
        How many features it holds.
    has_geometry
        Whether it is more than a table of words and numbers.
    """

    dataset: str
    name: str
    file: str
    fields: tuple[str, ...]
    rows: int
    has_geometry: bool

    def spelling(self, field: str) -> str | None:
        """Return how the file spells a column: blind to case, and cut to ten letters in a shapefile."""
        spelt = {name.upper(): name for name in self.fields}
        cut = field[:SHAPEFILE_NAME] if self.dataset.lower().endswith(".shp") else field
        return spelt.get(field, spelt.get(cut))


def tables_in(paths: Sequence[Path]) -> list[Table]:
    """
    List the tables of files, folders and zip archives, in the order of their names.

    Parameters
    ----------
    paths
        Files, geodatabases (a folder or a zip), folders, or zip archives; archives are read in place, never unpacked.

    Raises
    ------
    LayerError
        Whatever cannot be read, and paths without any vector data: all at once.
    """
    tables: list[Table] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            found = list(_datasets(path))
        except (BadZipFile, OSError) as error:
            faults.append(
                Fault(
                    path.name,
                    "",
                    f"this cannot be read: {without_folder(error, path)}.",
                    "Repair the file, or get it again.",
                )
            )
            continue
        if not found:
            what = f"there is no vector data here ({', '.join(SUFFIXES)})."
            faults.append(Fault(path.name, "", what, "Correct the path in the study."))
        for dataset, file in found:
            try:
                tables += _tables_of(dataset, file)
            except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
                mend = "Repair the file, get it again, or take it out of the folder."
                faults.append(Fault(file, "", f"this cannot be read: {without_folder(error, dataset)}.", mend))
    if faults:
        raise LayerError(faults)
    return tables


def read_table(table: Table, fields: Sequence[str]) -> gpd.GeoDataFrame:
    """
    Read columns of a table, however the file spells them.

    Parameters
    ----------
    table
        From `tables_in`.
    fields
        Names of columns in capitals; those the table lacks are left out.

    Returns
    -------
    geopandas.GeoDataFrame
        The columns in capitals, and the geometry without heights or measures.

    Raises
    ------
    LayerError
        A table that cannot be read.
    """
    wanted = {name: field for field in fields if (name := table.spelling(field))}
    try:
        with _quietly():
            frame = _read(table, list(wanted))
    except _UNREADABLE as error:
        what = f"table {table.name} cannot be read: {without_folder(error, table.dataset)}."
        raise LayerError([Fault(table.file, "", what, "Repair the file, or get it again.")]) from None
    frame = frame.rename(columns=wanted)
    if not isinstance(frame, gpd.GeoDataFrame):
        return gpd.GeoDataFrame(frame, geometry=[None] * len(frame))
    if frame.geometry.has_z.any():
        frame = frame.set_geometry(frame.geometry.force_2d())
    return _without_assumed_crs(frame)


_UNREADABLE = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.GeometryError,
    shapely.errors.GEOSException,
)


def _read(table: Table, columns: list[str]) -> pd.DataFrame:
    """Read columns of a table; name the rows whose outlines make no geometry."""
    options = {"layer": table.name, "columns": columns, "engine": "pyogrio"}
    try:
        return gpd.read_file(table.dataset, **options)
    except shapely.errors.GEOSException as error:
        drawn = gpd.read_file(table.dataset, on_invalid="ignore", **options)
        rows = ", ".join(f"row {row + 1}" for row in np.flatnonzero(drawn.geometry.isna())[:5])
        raise shapely.errors.GEOSException(f"broken outlines in {rows} ({error})") from None


def _datasets(path: Path) -> Iterator[tuple[str, str]]:
    """Yield what GDAL opens, with its name for messages."""
    if path.suffix.lower() == ".zip":
        yield from _members(path)
    elif path.is_dir() and path.suffix.lower() != ".gdb":
        for child in sorted(path.iterdir()):
            if not is_rubbish(child.name) and (child.is_dir() or child.suffix.lower() in {".zip", *SUFFIXES}):
                yield from _datasets(child)
    elif path.suffix.lower() == ".gml" and path.exists() and not path.with_suffix(".gfs").exists():
        # GDAL leaves a .gfs beside each GML it reads; through this window it cannot write into the publisher's folder
        yield f"/vsisubfile/0,{path.resolve()}", path.name
    elif path.exists():
        yield str(path), path.name
    else:
        raise FileNotFoundError("there is no such file")


def _members(path: Path) -> Iterator[tuple[str, str]]:
    with ZipFile(path) as archive:
        names = archive.namelist()
    if any(name.lower().endswith(".gdbtable") and "/" not in name for name in names):
        yield str(path), path.name  # a geodatabase zipped without its folder
        return
    inside = {folder[0] if (folder := re.match(r"(?i).*?\.gdb(?=/)", name)) else name for name in names}
    for member in sorted(inside):
        if member.lower().endswith(SUFFIXES) and not is_rubbish(member):
            yield f"/vsizip/{path.resolve()}/{member}", f"{path.name}: {member}"


def _tables_of(dataset: str, file: str) -> Iterator[Table]:
    with _quietly():
        names = pyogrio.list_layers(dataset)[:, 0]
        for name in names:
            info = pyogrio.read_info(dataset, layer=name, force_feature_count=True)
            fields = tuple(str(field) for field in info["fields"])
            yield Table(dataset, str(name), file, fields, int(info["features"]), info["geometry_type"] is not None)


@contextmanager
def _quietly() -> Iterator[None]:
    """
    Let pass without a word what is dealt with here.

    Measures along lines (M): nothing uses them, and x and y stay as they are. Coordinates that are no numbers: adapters
    leave such features out, and say so.
    """
    with np.errstate(invalid="ignore"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Measured", category=UserWarning)
        warnings.filterwarnings("ignore", message="Non closed ring", category=RuntimeWarning)  # becomes a fault
        warnings.filterwarnings("ignore", message="GFS file saving", category=RuntimeWarning)
        yield


def _without_assumed_crs(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Take away degrees that a file of metres was never given.

    GeoJSON that names no coordinate system counts as degrees by its standard. Exports of geodatabases hold grid metres
    and name nothing: then the study has to say which grid it is.
    """
    numbers = frame.total_bounds
    if frame.crs is not None and frame.crs.is_geographic and abs(numbers).max() > LARGEST_DEGREE:
        return frame.set_crs(None, allow_override=True)
    return frame
