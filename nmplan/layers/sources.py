"""Which files a layer is read from; light, so that a fresh run need not load any library."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from nmplan.errors import Fault
from nmplan.errors import LayerError

if TYPE_CHECKING:
    from nmplan.study import Layer

REFERENCE_TABLES = {
    "zoning": ("zones",),
    "road_edges": ("road_edges", "road_nodes"),
    "transit_lines": ("transit_lines", "rail_links", "stations"),
    "terrain": ("spot_heights",),
}
"""Reference tables a layer is made from, where it is not the one of its own name."""

SIDECARS = (".shx", ".dbf", ".prj", ".cpg")
"""Files that belong to a shapefile."""


def bundled_folder() -> Path:
    """Return the folder with study.toml and data/raw: inside an installed package, or the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    bundled = package / "_bundled"
    return bundled if bundled.is_dir() else package.parent


def reference_files(layer: str, folder: Path | None = None) -> list[Path]:
    """Return the reference tables from which a layer is made; the bundled ones unless a folder is named."""
    place = folder or bundled_folder() / "data" / "raw" / "reference"
    return [place / f"{name}.csv" for name in REFERENCE_TABLES.get(layer, (layer,))]


def raw_files(name: str, section: Layer, folder: Path) -> list[Path]:
    """
    Return every file a layer of a study is read from.

    Parameters
    ----------
    name
        Of the layer.
    section
        Its section of the study.
    folder
        Of the study; paths are relative to it.
    """
    if section.adapter == "reference":
        return reference_files(name)
    path = layer_path(name, section, folder)
    if path.is_dir():
        return sorted(part for part in path.rglob("*") if part.is_file())
    return [path, *(beside for end in SIDECARS if (beside := path.with_suffix(end)).is_file() and beside != path)]


def layer_path(name: str, section: Layer, folder: Path) -> Path:
    """
    Return the file of a layer; ${NAME} in it stands for an environment variable.

    Raises
    ------
    LayerError
        The variable is not set, or there is no such file.
    """
    given = section.path or ""
    unset = [variable for variable in re.findall(r"\$\{(\w+)\}", given) if variable not in os.environ]
    if unset:
        what = f"the environment variable {unset[0]} is not set."
        raise LayerError([Fault("study", f"layers.{name}.path", what, "Set it, or write the folder itself.")])
    path = folder / Path(re.sub(r"\$\{(\w+)\}", lambda found: os.environ[found[1]], given)).expanduser()
    if not (path.is_file() or (path.is_dir() and path.suffix.lower() == ".gdb")):
        what = f"there is no file {section.path}."
        raise LayerError(
            [Fault("study", f"layers.{name}.path", what, "Correct the path; it is relative to the study.")]
        )
    return path
