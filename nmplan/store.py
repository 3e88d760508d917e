"""
Files of the pipeline: written whole or not at all, each with a manifest that says what it was made from.

A file is written to a temporary name and renamed, its manifest last; whatever a killed run leaves behind is either a
whole file or one the next run makes again.
"""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import ExitStack
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

from nmplan.errors import Fault
from nmplan.errors import StoreError
from nmplan.files import PARTIAL
from nmplan.files import file_hash
from nmplan.files import flush
from nmplan.files import held
from nmplan.files import manifest_path
from nmplan.files import partial_path
from nmplan.files import read_manifest
from nmplan.files import write_json
from nmplan.study import section_hash
from nmplan.words import RASTERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping

__all__ = [
    "PARTIAL",
    "Product",
    "Step",
    "Workspace",
    "code_hash",
    "file_hash",
    "is_fresh",
    "manifest_path",
    "one_run_at_a_time",
    "read_manifest",
    "read_table",
    "run_step",
    "sweep",
]


@dataclass(frozen=True)
class Workspace:
    """Where a study's files go: data/processed and maps below a folder."""

    root: Path

    @property
    def processed(self) -> Path:
        """Folder of tables."""
        return self.root / "data" / "processed"

    @property
    def maps(self) -> Path:
        """Folder of pages."""
        return self.root / "maps"

    def layer(self, name: str) -> Path:
        """File of a layer."""
        return self.processed / "layers" / f"{name}.{'tif' if name in RASTERS else 'parquet'}"

    def table(self, scenario: str, name: str) -> Path:
        """File of a scenario's table."""
        return self.processed / scenario / f"{name}.parquet"


@dataclass(frozen=True)
class Product:
    """
    What a step makes for one file.

    Parameters
    ----------
    content
        A table, a raster, a page or plain data.
    notes
        What was mended, assumed or left open.
    provenance
        Where it comes from.
    files
        Those of the step's inputs that it was read from: the checksum of its provenance is theirs.
    """

    content: Any
    notes: list[dict[str, Any]] = field(default_factory=list)
    provenance: dict[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Step:
    """
    One step of the pipeline.

    Parameters
    ----------
    name
        As printed.
    outputs
        Files it makes.
    inputs
        Files it reads; a change in one makes it stale.
    settings
        The sections of the study it reads; likewise.
    code
        Folders and modules of nmplan whose source it runs; likewise.
    make
        Returns the content of each output.
    watched
        Whether the inputs show every change; a database does not, so that what is read from one is never fresh.
    """

    name: str
    outputs: tuple[Path, ...]
    inputs: tuple[Path, ...]
    settings: tuple[object, ...]
    code: tuple[str, ...]
    make: Callable[[], Mapping[Path, Product]]
    watched: bool = True


def run_step(step: Step, root: Path, *, force: bool = False) -> bool:
    """
    Run a step unless everything it made is still fresh.

    Parameters
    ----------
    step
        The step.
    root
        Folder to which paths in manifests are relative.
    force
        Run it in any case.

    Returns
    -------
    bool
        Whether it ran.

    Raises
    ------
    StoreError
        An input is missing, or a file cannot be written (a full disk, a folder without permission).
    """
    started = time.perf_counter()
    recipe = _recipe(step, root)
    if not force and step.watched and all(_is_fresh(path, recipe["key"]) for path in step.outputs):
        return False
    products = step.make()
    seconds = time.perf_counter() - started
    try:
        _write_all(products, {**recipe, "seconds": round(seconds, 3)})
    except OSError as error:
        sweep({path.parent for path in step.outputs})
        what = f"cannot be written: {error.strerror or error}."
        raise StoreError(
            [Fault(str(error.filename or step.name), "", what, "Make room, or allow writing there.")]
        ) from None
    return True


def is_fresh(step: Step, root: Path) -> bool:
    """Return whether everything a step makes is there and made from what is there now."""
    key = _recipe(step, root)["key"]
    return step.watched and all(_is_fresh(path, key) for path in step.outputs)


def read_table(path: Path) -> Any:
    """
    Return a table of the pipeline, with its geometry if it has one.

    Raises
    ------
    StoreError
        The file is missing or broken.
    """
    import geopandas as gpd  # noqa: PLC0415  (a second, only where tables are read)
    import pandas as pd  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        has_geometry = b"geo" in (pq.read_schema(path).metadata or {})
        return gpd.read_parquet(path) if has_geometry else pd.read_parquet(path)
    except FileNotFoundError:
        raise StoreError(
            [Fault(str(path), "", "there is no such file yet.", "Run `nmplan run`, all scenarios.")]
        ) from None
    except (OSError, ValueError) as error:
        raise StoreError([Fault(str(path), "", f"cannot be read: {error}.", "Run `nmplan run --force`.")]) from None


def sweep(folders: Iterable[Path]) -> None:
    """Remove what a killed run was still writing."""
    for folder in folders:
        for left in folder.glob(f"{PARTIAL}*") if folder.is_dir() else ():
            left.unlink(missing_ok=True)


@contextmanager
def one_run_at_a_time(folder: Path) -> Iterator[None]:
    """
    Hold the folder for this run; the system lets go of it even when the run is killed.

    Raises
    ------
    StoreError
        Another run holds it, or the folder cannot be written.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(held(folder))
        except BlockingIOError:
            what = "another run is writing here."
            raise StoreError([Fault(str(folder), "", what, "Wait for it, or choose another --output.")]) from None
        except OSError as error:
            what = f"cannot be written: {error.strerror}."
            raise StoreError([Fault(str(folder), "", what, "Choose another folder with --output.")]) from None
        yield


def _recipe(step: Step, root: Path) -> dict[str, Any]:
    """Return what the outputs depend on: names and hashes, and one key over all of them."""
    lost = [path for path in step.inputs if not path.is_file()]
    if lost:
        raise StoreError(Fault(str(path), "", "there is no such file.", "Check the study's paths.") for path in lost)
    recipe = {
        "step": step.name,
        "inputs": _input_hashes(step.inputs, root),
        "settings": section_hash(*step.settings),
        "code": code_hash(step.code),
    }
    return {**recipe, "key": section_hash(recipe)}


def _input_hashes(paths: Iterable[Path], root: Path) -> dict[str, str]:
    """Return the sha256 of each file; files of one name, from folders elsewhere, are numbered, so that each counts."""
    hashes: dict[str, str] = {}
    for path in paths:
        name, number = _shown(path, root), 1
        while name in hashes:
            number += 1
            name = f"{_shown(path, root)} ({number})"
        hashes[name] = file_hash(path)
    return hashes


def _shown(path: Path, root: Path) -> str:
    """Return a path as a manifest names it: never one of this machine."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _is_fresh(path: Path, key: str) -> bool:
    manifest = read_manifest(path)
    return manifest.get("key") == key and path.is_file() and manifest.get("sha256") == file_hash(path)


def _write_all(products: Mapping[Path, Product], recipe: dict[str, Any]) -> None:
    """Write all files under temporary names, rename them, then their manifests."""
    partial = {}
    for path, product in products.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial[path] = partial_path(path)
        _write(product.content, partial[path])
        flush(partial[path])
    for path, temporary in partial.items():
        temporary.replace(path)
    for path, product in products.items():
        made = {**recipe, **_description(product), "file": path.name, "sha256": file_hash(path)}
        write_json(made, manifest_path(path))


def _write(content: Any, path: Path) -> None:
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8", newline="\n")
    elif hasattr(content, "to_parquet"):
        content.to_parquet(path, index=False)
    elif hasattr(content, "write"):
        content.write(path)
    else:
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def _description(product: Product) -> dict[str, Any]:
    content = product.content
    crs = getattr(content, "crs", None)
    described = {
        "rows": len(content) if hasattr(content, "to_parquet") else None,
        "crs": crs.to_string() if crs is not None else None,
        "notes": product.notes,
    }
    if product.provenance:
        described["provenance"] = {**product.provenance, "checksum": _checksum(product.files)}
    return described


def _checksum(files: Iterable[Path]) -> str:
    """Return the sha256 of the one file a layer was read from, or one over those of all; "" where there is no file."""
    hashes = [file_hash(path) for path in files]
    return hashes[0] if len(hashes) == 1 else section_hash(hashes) if hashes else ""


@cache
def code_hash(parts: tuple[str, ...]) -> str:
    """Return the sha256 over the source of folders and modules of nmplan."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for part in parts:
        place = package / part
        for source in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if source.is_file() and "__pycache__" not in source.parts:
                digest.update(source.relative_to(package).as_posix().encode())
                digest.update(source.read_bytes())
    return digest.hexdigest()
