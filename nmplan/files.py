"""Files written whole or not at all: temporary names, manifests, checksums and the lock of a folder."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING
from typing import Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping
    from pathlib import Path

PARTIAL = ".partial-"
"""Prefix of files that are still being written."""


def partial_path(path: Path) -> Path:
    """Return the name a file has while it is being written: beside its own."""
    return path.with_name(f"{PARTIAL}{path.name}")


def manifest_path(path: Path) -> Path:
    """Return where the manifest of a file stands: beside it."""
    return path.with_name(f"{path.name}.manifest.json")


def read_manifest(path: Path) -> dict[str, Any]:
    """Return the manifest of a file, empty if there is none or it cannot be read."""
    return read_json(manifest_path(path))


def read_json(path: Path) -> dict[str, Any]:
    """Return the object a JSON file holds, empty if there is none or it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write an object as JSON, whole or not at all."""
    temporary = partial_path(path)
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
    temporary.write_text(text + "\n", encoding="utf-8")
    flush(temporary)
    temporary.replace(path)


def flush(path: Path) -> None:
    """Make sure a file is on the disk before it takes its name."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_hash(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """
    Hold a folder, made if need be; the system lets go of it even when the process is killed.

    Raises
    ------
    BlockingIOError
        Another process holds it.
    OSError
        It cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as opened:
        _lock(opened.fileno())
        yield


def _lock(descriptor: int) -> None:
    try:
        import fcntl  # noqa: PLC0415
    except ImportError:  # Windows has no fcntl; there two runs at once are the user's care
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
