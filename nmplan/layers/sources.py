"""Which files a layer is read from; light, so that a fresh run need not load any library."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.errors import gather
from nmplan.origins import MAKES
from nmplan.origins import FromFiles
from nmplan.words import ROADS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

    from nmplan.origins import File
    from nmplan.origins import Origin

REFERENCE_TABLES = {
    "zoning": ("zones",),
    "road_edges": ("road_edges", "road_nodes"),
    "transit_lines": ("transit_lines", "rail_links", "stations"),
    "bus_lines": ("bus_lines", "bus_calls", "bus_stops"),
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


def layer_groups(origins: Mapping[str, Origin]) -> list[tuple[str, ...]]:
    """
    Group the layers that are read in one go: what a publisher's files give with the same arguments, and the roads.

    Parameters
    ----------
    origins
        The study's layers.
    """
    groups: list[list[str]] = []
    for name, origin in origins.items():
        for group in groups:
            alike = origin.adapter in MAKES and origins[group[0]] == origin
            if alike or (name in ROADS and set(ROADS) & set(group)):
                group.append(name)
                break
        else:
            groups.append([name])
    return [tuple(group) for group in groups]


def by_origin(names: Sequence[str], origins: Mapping[str, Origin]) -> list[tuple[str, ...]]:
    """Part layers by their sections of the study: what has the same is read in one call."""
    parts: list[list[str]] = []
    for name in names:
        alike = next((part for part in parts if origins[part[0]] == origins[name]), None)
        if alike is None:
            parts.append([name])
        else:
            alike.append(name)
    return [tuple(part) for part in parts]


def raw_files(name: str, origin: Origin, folder: Path) -> list[Path]:
    """
    Return every file a layer of a study is read from; none where it comes from a database.

    Parameters
    ----------
    name
        Of the layer.
    origin
        Its section of the study.
    folder
        Of the study; paths are relative to it.
    """
    if origin.adapter == "reference":
        return reference_files(name)
    paths, beside = all_paths(name, origin, folder)
    places = [*paths, *(path for path in beside.values() if path)]
    if isinstance(origin, FromFiles):
        places += [path for layer in origin.reference_beside for path in reference_files(layer)]
    return sorted({file for path in places for file in _files_at(path)})


def layer_paths(name: str, origin: FromFiles | File, folder: Path) -> list[Path]:
    """
    Return the files or folders of a layer; ${NAME} in a path stands for an environment variable.

    Raises
    ------
    LayerError
        A variable is not set, or there is no such file: every one of them.
    """
    given = origin.path or []
    return _existing(f"layers.{name}.path", given if isinstance(given, list) else [given], folder, origin.adapter)


def all_paths(name: str, origin: FromFiles | File, folder: Path) -> tuple[list[Path], dict[str, Path | None]]:
    """
    Return the files or folders of a layer, and those that its adapter's arguments name, None where they do not.

    Raises
    ------
    LayerError
        A variable is not set, or there is no such file: every one of them.
    """
    given = {key: getattr(origin, key) for key in origin.files_beside} if isinstance(origin, FromFiles) else {}
    named = {key: text for key, text in given.items() if text}
    paths, *beside = gather(
        LayerError,
        [
            partial(layer_paths, name, origin, folder),
            *(
                partial(_existing, f"layers.{name}.{key}", [text], folder, origin.adapter)
                for key, text in named.items()
            ),
        ],
    )
    return paths, {**dict.fromkeys(given), **{key: path for key, (path,) in zip(named, beside, strict=True)}}


def place_of(key: str, given: str, folder: Path) -> Path:
    """
    Return a path of the study, its environment variables filled in, relative to the study's folder.

    Raises
    ------
    LayerError
        A variable is not set.
    """
    unset = [variable for variable in re.findall(r"\$\{(\w+)\}", given) if variable not in os.environ]
    if unset:
        what = f"the environment variable {unset[0]} is not set."
        raise LayerError([Fault("study", key, what, "Set it, or write its value itself.")])
    return folder / Path(re.sub(r"\$\{(\w+)\}", lambda found: os.environ[found[1]], given)).expanduser()


def _existing(key: str, given: list[str], folder: Path, adapter: str) -> list[Path]:
    faults, found = [], []
    for text in given:
        try:
            path = place_of(key, text, folder)
        except LayerError as error:
            faults += error.faults
            continue
        found.append(path)
        # one file a layer, where nobody says how a folder is to be read
        if not (path.is_file() or (path.is_dir() and (adapter != "file" or path.suffix.lower() == ".gdb"))):
            faults.append(_not_there(key, text, path))
    if faults:
        raise LayerError(faults)
    return found


def _not_there(key: str, given: str, path: Path) -> Fault:
    if path.is_dir():
        what = f"{given} is a folder, and adapter 'file' reads one file."
        return Fault("study", key, what, "Name the file in it, or choose the adapter of its publisher.")
    return Fault("study", key, f"there is no file {given}.", "Correct the path; it is relative to the study.")


def _files_at(path: Path) -> list[Path]:
    if path.is_dir():
        return [part for part in path.rglob("*") if part.is_file()]
    return [path, *(beside for end in SIDECARS if (beside := path.with_suffix(end)).is_file() and beside != path)]
