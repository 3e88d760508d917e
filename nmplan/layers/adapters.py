"""Adapters: which reader turns which publisher's files into layers."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING
from typing import Any

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.file import read_file
from nmplan.layers.file import read_postgis
from nmplan.layers.reference import read_reference
from nmplan.layers.reference import read_reference_terrain
from nmplan.layers.sources import all_paths
from nmplan.layers.sources import layer_paths
from nmplan.layers.sources import reference_files
from nmplan.origins import MAKES
from nmplan.origins import File
from nmplan.origins import Reference
from nmplan.origins import arguments
from nmplan.words import RASTERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence
    from pathlib import Path

    from nmplan.origins import Origin

READERS = {
    "statutory-plans": "nmplan.layers.plans.read_plans",
    "lands": "nmplan.layers.lots.read_lots",
    "transport-roads": "nmplan.layers.road_network.read_road_network",
    "mtr": "nmplan.layers.mtr.read_mtr",
    "gtfs": "nmplan.layers.gtfs.read_gtfs",
    "immigration": "nmplan.layers.crossing_points.read_crossing_points",
    "terrain": "nmplan.layers.terrain.read_heights",
    "land-utilisation": "nmplan.layers.land_use.read_land_use",
    "osm": "nmplan.layers.osm.read_osm",
}
"""Each takes the names of layers (a raster its source), the files, and what the study says; imported when used."""


def read_origin(names: Sequence[str], origin: Origin, folder: Path) -> dict[str, Any]:
    """
    Read the layers that have this origin.

    Parameters
    ----------
    names
        Of the layers.
    origin
        Their section of the study.
    folder
        Of the study; paths are relative to it.

    Returns
    -------
    dict
        A `Layer` (or a raster) by name.

    Raises
    ------
    LayerError
        Missing files, or files that do not hold what the layers need.
    """
    if isinstance(origin, Reference):
        return {name: _read_bundled(name) for name in names}
    if isinstance(origin, File):
        return {name: _read_own(name, origin, folder) for name in names}
    paths, beside = all_paths(names[0], origin, folder)
    told = {**arguments(origin), **beside}
    reader = _reader(origin.adapter)
    if names[0] in RASTERS:
        return {names[0]: reader(paths, ", ".join(path.name for path in paths), **told)}
    return reader(names, paths, **told)


def _reader(adapter: str) -> Callable[..., Any]:
    module, _, function = READERS[adapter].rpartition(".")
    return getattr(import_module(module), function)


def _read_bundled(name: str) -> Any:
    if not all(path.is_file() for path in reference_files(name)):
        what = f"the reference geography has no layer {name}."
        raise LayerError([Fault("study", f"layers.{name}", what, "Give a file of your own, or leave it out.")])
    return read_reference_terrain() if name == "terrain" else read_reference(name)


def _read_own(name: str, origin: File, folder: Path) -> Any:
    if name in RASTERS:
        return _read_own_raster(name, origin, folder)
    told = arguments(origin)
    url, table, encoding = (told.pop(key) for key in ("url", "table", "encoding"))
    if url:
        return read_postgis(name, url, table, **told)
    (path,) = layer_paths(name, origin, folder)
    return read_file(name, path, table=table, encoding=encoding, **told)


def _read_own_raster(name: str, origin: File, folder: Path) -> Any:
    if origin.url:
        what = f"{name} is a raster, and a database holds tables."
        raise LayerError([Fault("study", f"layers.{name}.url", what, "Give the path of a raster.")])
    (path,) = layer_paths(name, origin, folder)
    (adapter,) = (adapter for adapter, made in MAKES.items() if name in made)
    return _reader(adapter)([path], path.name, crs=origin.crs)
