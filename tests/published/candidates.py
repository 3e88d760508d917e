"""Lots as an analyst keeps them: a GeoPackage, the Lands Department's field names, invented outlines at San Tin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import shapely

if TYPE_CHECKING:
    from pathlib import Path

EAST, NORTH = 824_900.0, 840_350.0
ROWS, COLUMNS = 4, 6
SIDE_M, STEP_M = 160.0, 190.0


def lots() -> gpd.GeoDataFrame:
    """Return 24 square lots of 2.56 ha on a grid in San Tin."""
    places = [(row, column) for row in range(ROWS) for column in range(COLUMNS)]
    corners = [(EAST + STEP_M * column, NORTH + STEP_M * row) for row, column in places]
    return gpd.GeoDataFrame(
        {
            "LOTCSUID": [f"{row * COLUMNS + column + 1:08d}" for row, column in places],
            "CISLOTDISPLAYNAME": [f"DD 99 LOT {100 + row * COLUMNS + column}" for row, column in places],
            "LOTTYPE": ["LOT"] * len(places),
        },
        geometry=[shapely.box(x, y, x + SIDE_M, y + SIDE_M) for x, y in corners],
        crs="EPSG:2326",
    )


def write_lots(folder: Path, name: str = "lots.gpkg") -> Path:
    """Write the lots into a folder; any vector format by the end of the name."""
    path = folder / name
    lots().to_file(path)
    return path
