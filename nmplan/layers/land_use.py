"""What land is used for today, as a raster of classes: the Planning Department's or any other."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Any

import numpy as np

from nmplan.crs import WORK_CRS
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.contracts import Note
from nmplan.layers.rasters import crs_of
from nmplan.layers.rasters import grid_part
from nmplan.layers.rasters import is_coarser
from nmplan.layers.rasters import opened
from nmplan.layers.rasters import part_of
from nmplan.layers.rasters import read_cells
from nmplan.layers.rasters import told_crs
from nmplan.layers.rasters import work_grid
from nmplan.layers.rasters import write_cells
from nmplan.words import LAND_USES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from rasterio import Affine
    from rasterio.io import DatasetReader

    from nmplan.layers.rasters import Grid

UNKNOWN = 0
"""Code of cells of which nothing is known."""

HIGHEST_CODE = 255

CLASSES: dict[int, str] = {
    1: "private-residential",
    2: "public-residential",
    3: "rural-settlement",
    11: "commercial",
    21: "industrial",
    22: "industrial-estate",
    23: "storage",
    31: "institution",
    32: "open-space",
    41: "road",
    42: "railway",
    43: "airport",
    44: "port",
    51: "cemetery",
    52: "utility",
    53: "vacant",
    54: "other-urban",
    61: "agriculture",
    62: "fish-pond",
    71: "woodland",
    72: "shrubland",
    73: "grassland",
    74: "wetland",
    81: "badland",
    83: "rocky-shore",
    91: "reservoir",
    92: "stream",
}
"""
Codes of the raster "Land Utilization in Hong Kong" (LUMHK, 10 m, editions 2018 to 2024).

The classes and their order are official (Planning Department, Land Utilization in Hong Kong 2019). The numbers were not
seen in an official text: several public programs that read the raster agree on them (82, quarries, is used no more). A
study whose edition differs says so in `classes`; codes that are not in the table are counted and told.
"""

_NOTHING = np.iinfo(np.int32).min


@dataclass(frozen=True)
class LandUse:
    """
    Land use today by cell, EPSG:2326, north up: codes (0 where unknown) and the word of `words.LAND_USES` for each.

    `notes` tell what was left unknown on the way.
    """

    codes: NDArray[np.uint8]
    transform: Affine
    classes: Mapping[int, str]
    source: str
    notes: tuple[Note, ...] = ()

    @property
    def known(self) -> NDArray[np.bool_]:
        """Cells whose use is known."""
        return self.codes != UNKNOWN

    def write(self, path: Path) -> None:
        """Write it to a GeoTIFF."""
        write_land_use(self, path)


def read_land_use(
    paths: Sequence[Path],
    source: str,
    *,
    crs: str | None = None,
    nodata: float | None = None,
    cell_m: float | None = None,
    classes: Mapping[str, str] | None = None,
) -> LandUse:
    """
    Read a raster of land use.

    Parameters
    ----------
    paths
        Files, folders or zip files; where tiles overlap the first named counts (in a folder or zip file, by name).
    source
        Named in messages and on the maps.
    crs
        Coordinate system, needed where the files name none.
    nodata
        Code that stands for "unknown", beside what the files declare.
    cell_m
        Side of a cell, metres: a coarser cell takes the class most of it has; the files' own where it is not stated.
    classes
        The word of `words.LAND_USES` for each code; `CLASSES` where none are given.

    Returns
    -------
    LandUse
        Classes are never averaged: the nearest cell's, or the most frequent.

    Raises
    ------
    LayerError
        No rasters, no coordinate system, places far away, unknown words, a raster of measurements or colours.
    """
    table = _classes(classes, source)
    with opened(paths, source, crs) as rasters:
        faults = [fault for raster in rasters for fault in _no_classes(raster, source)]
        if faults:
            raise LayerError(faults)
        grid = work_grid(rasters, source, crs, cell_m)
        cells = np.full((grid.rows, grid.columns), _NOTHING, np.int32)
        told = told_crs(rasters, "land_use")
        for raster in rasters:
            _lay_classes(raster, crs_of(raster, crs), grid, cells)
    if nodata is not None:
        cells[cells == nodata] = _NOTHING
    known = np.isin(cells, list(table))
    if not known.any():
        what = f"no cell has one of the codes {', '.join(map(str, table))}."
        raise LayerError([Fault(source, "", what, "Name the codes of this raster with classes = { … } in the study.")])
    strange = Counter(cells[~known & (cells > UNKNOWN)].tolist())
    notes = told + [
        Note("land_use", f"cells of code {code}, which no class is named for, taken as unknown", count)
        for code, count in sorted(strange.items())
    ]
    return LandUse(np.where(known, cells, UNKNOWN).astype(np.uint8), grid.transform, table, source, tuple(notes))


def _classes(given: Mapping[str, str] | None, source: str) -> dict[int, str]:
    """Read the study's table of codes, or tell what is wrong with it."""
    if given is None:
        return CLASSES
    faults = []
    table: dict[int, str] = {}
    for code, word in given.items():
        key = f"layers.land_use.classes.{code}"
        if not (str(code).isascii() and str(code).isdigit() and UNKNOWN < int(code) <= HIGHEST_CODE):
            what = f"the code {code!r} is no whole number from 1 to {HIGHEST_CODE}."
            faults.append(Fault(source, key, what, "Write the codes as they stand in the raster."))
        elif word not in LAND_USES:
            what = f"there is no land use {word!r}."
            faults.append(Fault(source, key, what, f"Use one of {', '.join(LAND_USES)}."))
        else:
            table[int(code)] = word
    if faults or not table:
        raise LayerError(faults or [Fault(source, "layers.land_use.classes", "no code is named.", "Name them.")])
    return table


def _no_classes(raster: DatasetReader, source: str) -> list[Fault]:
    """Tell when a raster holds measurements or colours instead of classes."""
    where = raster.name.rsplit("/", 1)[-1]
    if raster.count > 1:
        what = f"this raster has {raster.count} bands, which are colours or measurements, no classes."
        return [Fault(source, where, what, "Give the raster of classes itself, not a picture of it.")]
    if np.dtype(raster.dtypes[0]).kind not in "iu":
        what = f"the cells of this raster are fractions ({raster.dtypes[0]}), no classes."
        return [Fault(source, where, what, "Give the raster of classes, as whole numbers.")]
    return []


def _lay_classes(raster: DatasetReader, crs: Any, grid: Grid, cells: NDArray[np.int32]) -> None:
    """Fill empty cells with the classes of a raster: the nearest, or the most frequent where cells are coarser."""
    import rasterio  # noqa: PLC0415
    from rasterio.enums import Resampling  # noqa: PLC0415
    from rasterio.warp import reproject  # noqa: PLC0415

    part = part_of(grid, raster, crs)
    place = grid_part(grid, part)
    found = np.full((place.rows, place.columns), _NOTHING, np.int32)
    reproject(
        rasterio.band(raster, 1),
        found,
        src_crs=crs,
        dst_transform=place.transform,
        dst_crs=WORK_CRS,
        dst_nodata=_NOTHING,
        resampling=Resampling.mode if is_coarser(grid, raster, crs) else Resampling.nearest,
    )
    cells[part] = np.where(cells[part] == _NOTHING, found, cells[part])


def write_land_use(land_use: LandUse, path: Path) -> None:
    """Write land use to a GeoTIFF; the words of its codes, and its source, travel as tags."""
    words = json.dumps({str(code): word for code, word in land_use.classes.items()}, sort_keys=True)
    tags = {"classes": words, "source": land_use.source}
    write_cells(path, land_use.codes, land_use.transform, UNKNOWN, tags)


def load_land_use(path: Path) -> LandUse:
    """Read back what `write_land_use` wrote."""
    cells, transform, tags = read_cells(path)
    classes = {int(code): word for code, word in json.loads(tags["classes"]).items()}
    return LandUse(cells, transform, classes, tags.get("source", path.name))
