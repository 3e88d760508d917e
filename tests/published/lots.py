"""Lots, government land allocations and tenancies in the shapes of the Lands Department: invented, at real places."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

PLACES = {"DD 96": (825_500.0, 838_500.0), "DD 99": (826_300.0, 841_300.0), "DD 125": (816_900.0, 832_200.0)}
"""Corners of blocks of lots near San Tin, the Loop and Hung Shui Kiu; the numbers of the districts are examples."""

SIDE_M = 120.0
ROWS, COLUMNS = 4, 5
LOT_ID = 1_800_250_000


def lots() -> gpd.GeoDataFrame:
    """Blocks of lots: old schedule lots but for the last row, one lot in two pieces, one in sections."""
    rows: list[dict[str, Any]] = []
    for number, (code, (x, y)) in enumerate(PLACES.items()):
        for i in range(ROWS * COLUMNS):
            row, column = divmod(i, COLUMNS)
            corner = (x + column * (SIDE_M + 10), y + row * (SIDE_M + 10))
            rows.append(lot(4200 + number, code, 101 + i, corner, lot_type="OSL" if row < ROWS - 1 else "NNG"))
    x, y = PLACES["DD 96"]
    pieces = [lot(4200, "DD 96", 500, (x + 700 + 70 * i, y), side=60.0) for i in range(2)]
    sections = [lot(4200, "DD 96", 501, (x + 700 + 60 * i, y + 100), side=60.0, section="AB"[i]) for i in range(2)]
    sliver = lot(4200, "DD 96", 502, (x + 700, y + 300), side=1.5)
    return frame([*rows, *pieces, *sections, sliver])


def lot(
    code: int,
    display: str,
    number: int,
    corner: tuple[float, float],
    *,
    side: float = SIDE_M,
    section: str | None = None,
    lot_type: str = "OSL",
) -> dict[str, Any]:
    """Return a square lot with its fields, in the order the geodatabase has them."""
    name = f"{number} S.{section}" if section else str(number)
    return {
        "LOTID": LOT_ID + code * 1000 + number,
        "LOTCODE": code,
        "LOTNUMBER": number,
        "LOTNUMBERALPHA": None,
        "SECTIONCODE": section,
        "LOTTYPE": lot_type,
        "CISLOTDISPLAYNAME": name,
        "LOTCODEDISPLAY": display,
        "PRN": f"C{code}{number:04d}",
        "LOTCSUID": f"{code} {number}{f' {section}' if section else ''}",
        "geometry": shapely.box(*corner, corner[0] + side, corner[1] + side),
    }


def allocations() -> gpd.GeoDataFrame:
    """Government land allocations, permanent and temporary, in the fields of the lot index service."""
    x, y = PLACES["DD 99"]
    rows = [
        {
            "GLAID": 1_800_014_700 + i,
            "GLACODE": 5050,
            "GLANUMBER": 900 + i,
            "GLATYPE": kind,
            "CISLOTDISPLAYNAME": f"GLA-N {900 + i}",
            "geometry": shapely.box(x + 800 + 310 * i, y, x + 1100 + 310 * i, y + 300),
        }
        for i, kind in enumerate(("P", "T", "X"))
    ]
    return frame(rows)


def tenancies() -> gpd.GeoDataFrame:
    """Short term tenancies, which have a number and no display name; lower-case fields, as the service writes them."""
    x, y = PLACES["DD 125"]
    rows = [
        {
            "tenancypolyid": 1_810_050_065 + i,
            "tenancynumber": f"STTYL{30 + i:04d}",
            "featurecode": "STT",
            "geometry": shapely.box(x + 800 + 110 * i, y, x + 900 + 110 * i, y + 100),
        }
        for i in range(2)
    ]
    return frame(rows)


def frame(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs="EPSG:2326")


def write_lots(folder: Path, form: str = "gdb", parcels: gpd.GeoDataFrame | None = None) -> Path:
    """
    Write lots as the portal gives them.

    Forms: "gdb" a folder, "geojson" in degrees, "json" in grid metres without a word about it, as exports of the
    geodatabase are, "gml", "shp.zip" zipped in a folder of its own with a text beside.
    """
    parcels = lots() if parcels is None else parcels
    stem = "LandParcel_Lot_PUBLIC_20251014"
    if form == "gdb":
        numbers = parcels.select_dtypes("int64").columns
        # the older geodatabase has no 64-bit integers
        narrow = parcels.astype(dict.fromkeys(numbers, "float64"))
        narrow.to_file(folder / f"{stem}.gdb", layer="LOT", driver="OpenFileGDB", geometry_type="MultiPolygon")
        return folder / f"{stem}.gdb"
    if form == "geojson":
        parcels.to_crs("EPSG:4326").to_file(folder / "LOT.geojson", driver="GeoJSON")
        return folder / "LOT.geojson"
    if form == "json":
        path = folder / f"{stem}.gdb_LOT_converted.json"
        path.write_text(parcels.to_json(drop_id=True), encoding="utf-8")
        return path
    if form == "gml":
        parcels.to_file(folder / "LOT.gml", driver="GML")
        return folder / "LOT.gml"
    raw = folder / "raw"
    raw.mkdir()
    cut = parcels.rename(columns={name: name[:10] for name in parcels.columns})  # as the format does
    cut.to_file(raw / "LOT.shp", encoding="utf-8")
    path = folder / "Lot_SHP.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Lot_SHP/readme.txt", "Boundaries are indicative.")
        for file in sorted(raw.iterdir()):
            archive.write(file, f"Lot_SHP/{file.name}")
    return path


def write_allocations(folder: Path) -> Path:
    allocations().to_file(folder / "GLA.gpkg", layer="GLA", driver="GPKG")
    return folder / "GLA.gpkg"


def write_tenancies(folder: Path) -> Path:
    tenancies().to_file(folder / "STT.gml", driver="GML")
    return folder / "STT.gml"
