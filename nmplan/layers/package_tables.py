"""Tables of one vector file held in memory: shapefile, GML, GeoJSON, Esri JSON."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pyogrio
import shapely

from nmplan.errors import Fault
from nmplan.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping

    import geopandas as gpd

    from nmplan.layers.packages import Member

MAIN_SUFFIXES = (".shp", ".gml", ".geojson", ".json")
"""Endings of files that hold tables, the more exact form first."""

PART_SUFFIXES = (".shx", ".dbf", ".prj", ".cpg")
"""Endings of the other parts of a shapefile."""


def read_tables(member: Member, parts: Mapping[str, Member]) -> list[tuple[str, gpd.GeoDataFrame]]:
    """
    Read the tables of a file, with their own coordinate system or none.

    Parameters
    ----------
    member
        The file, ending in one of `MAIN_SUFFIXES`.
    parts
        By ending, the other parts of a shapefile.

    Returns
    -------
    list of tuple
        Name and features of each table; none where a JSON file holds no features. GeoJSON that names no coordinate
        system has none here unless its numbers can be degrees: then it is WGS84, as the format says. Grid metres are
        never read as degrees.

    Raises
    ------
    LayerError
        A file that cannot be read.
    """
    try:
        if member.suffix == ".shp":
            return [(member.stem, _read(_shapefile(member, parts)))]
        if member.suffix == ".gml":
            content = member.read()
            # a .gfs, GDAL's guess at the schema, would be written beside a file on the disk
            return [(name, _read(content, layer=name, WRITE_GFS="NO")) for name in _names(content)]
        return [(name, _collection(found)) for name, found in _collections(member)]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, RecursionError) as error:
        what = f"this cannot be read: {error}".rstrip(".") + "."
    raise LayerError([Fault(member.name, "", what, "Repair the file, or download it again.")])


def _read(content: bytes, **options: Any) -> gpd.GeoDataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # GDAL's remarks; what matters is checked by the contract
        try:
            return pyogrio.read_dataframe(content, force_2d=True, **options)
        except shapely.errors.GEOSException as error:
            without = pyogrio.read_dataframe(content, force_2d=True, on_invalid="ignore", **options)
            rows = ", ".join(f"row {row + 1}" for row in np.flatnonzero(without.geometry.isna())[:5])
            raise ValueError(f"broken outlines in {rows} ({error})") from None
        except IndexError:  # pyogrio's answer where GDAL finds no table
            raise ValueError("there is no table in it") from None


def _names(content: bytes) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return list(pyogrio.list_layers(content)[:, 0])


def _shapefile(member: Member, parts: Mapping[str, Member]) -> bytes:
    """Put the parts of a shapefile together under one spelling: publishers vary the case of their names."""
    contents = {".shp": member.read(), **{suffix: part.read() for suffix, part in parts.items()}}
    lost = [suffix for suffix in (".shx", ".dbf") if suffix not in contents]
    if lost:
        what = f"the parts {', '.join(lost)} of the shapefile are missing."
        raise LayerError([Fault(member.name, "", what, "Put them beside it, under the same name.")])
    if ".cpg" not in contents and not _code_page(contents[".dbf"]):
        contents[".cpg"] = _encoding(contents[".dbf"]).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for suffix, content in contents.items():
            archive.writestr(f"{_plain(member.stem)}{suffix}", content)
    return packed.getvalue()


def _plain(stem: str) -> str:
    """Return a stem that GDAL takes for a file's name, whatever the publisher wrote."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in stem)


_CODE_PAGE_AT, _HEADER_LENGTH_AT = 29, slice(8, 10)


def _code_page(dbf: bytes) -> int:
    """Return the code page byte of a DBF; 0 where none is named."""
    return dbf[_CODE_PAGE_AT] if len(dbf) > _CODE_PAGE_AT else 0


def _encoding(dbf: bytes) -> str:
    """Tell UTF-8 from the Big5 of older Hong Kong files, which say neither: Big5 text is no valid UTF-8."""
    records = dbf[int.from_bytes(dbf[_HEADER_LENGTH_AT], "little") :]
    try:
        records.decode("utf-8")
    except UnicodeDecodeError:
        return "BIG5"
    return "UTF-8"


def _collections(member: Member) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the collections of features of a JSON file: one, or one under the name of each table."""
    found = json.loads(member.read().decode("utf-8-sig"))
    if not isinstance(found, dict):
        return
    if isinstance(found.get("features"), list):
        yield member.stem, found
        return
    for name, inner in found.items():
        if isinstance(inner, dict) and isinstance(inner.get("features"), list):
            yield name, inner


def _collection(found: dict[str, Any]) -> gpd.GeoDataFrame:
    """Read GeoJSON or Esri JSON, whatever the file is called."""
    first = next(iter(found["features"]), None)
    if isinstance(first, dict) and "attributes" in first:
        return _read(json.dumps(_esri(found)).encode())
    frame = _read(json.dumps({**found, "type": "FeatureCollection"}).encode())
    if found.get("crs") is None and not _could_be_degrees(frame):
        frame = frame.set_crs(None, allow_override=True)
    return frame


def _esri(found: dict[str, Any]) -> dict[str, Any]:
    """Return Esri JSON so that GDAL knows it as such; its coordinate system may stand at the outlines only."""
    reference = found.get("spatialReference")
    if not reference and isinstance(geometry := found["features"][0].get("geometry"), dict):
        reference = geometry.get("spatialReference")
    return {"geometryType": "esriGeometryPolygon", **found, "spatialReference": reference}


def _could_be_degrees(frame: gpd.GeoDataFrame) -> bool:
    west, south, east, north = frame.total_bounds
    # a frame without any geometry has no bounds; whatever it is then, it is not in grid metres
    return not (west < -180 or south < -90 or east > 180 or north > 90)  # noqa: PLR2004  (degrees of the globe)
