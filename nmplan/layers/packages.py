"""Files inside folders and zip archives, nested ones too; read in memory, never unpacked."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pathlib import PurePosixPath
from typing import IO
from typing import TYPE_CHECKING

from nmplan.errors import Fault
from nmplan.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Sequence

MOST_MEMBERS = 20_000
"""Members of all archives of one call together; the packages of all statutory plans hold some 4,000."""

MOST_BYTES = 1024**3
"""Bytes that the files to be read may unpack to, in all archives together: they are read in memory."""

DEEPEST = 4
"""Archives within archives; publishers nest once or twice."""


@dataclass(frozen=True)
class Member:
    """A file on the disk or in an archive: messages show `name`, `key` tells it from others of the same name."""

    name: str
    key: str
    read: Callable[[], bytes]

    @property
    def suffix(self) -> str:
        """The ending in small letters, with its dot."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        """The name without folders and ending."""
        return PurePosixPath(self.name).stem

    @property
    def place(self) -> str:
        """Folder and stem in small letters: what the parts of a shapefile have in common."""
        return str(PurePosixPath(self.key).with_suffix("")).lower()


class _Allowance:
    """What archives may still unpack to; one for all archives of a call, so that nesting does not multiply it."""

    def __init__(self) -> None:
        self.members, self.bytes = MOST_MEMBERS, MOST_BYTES

    def spend(self, archive: str, members: int, size: int) -> None:
        self.members -= members
        self.bytes -= size
        if self.members < 0 or self.bytes < 0:
            what = f"its archives hold more than {MOST_MEMBERS:,} members or unpack to more than {MOST_BYTES:,} bytes."
            raise LayerError(
                [Fault(archive, "", what, "Check where it comes from; give the plans you need one by one.")]
            )


def list_members(paths: Sequence[Path], suffixes: Sequence[str]) -> list[Member]:
    """
    List the files with certain endings in files, folders and archives.

    Parameters
    ----------
    paths
        Files, folders and zip archives; folders and archives are searched at any depth.
    suffixes
        Endings in small letters, e.g. ".shp"; their case in the files does not matter. A file that is named itself
        brings the files of the same stem with it (the parts of a shapefile).

    Returns
    -------
    list of Member
        Sorted by name, whatever the order of the paths; each file once.

    Raises
    ------
    LayerError
        Paths that are missing, archives that are none, or that unpack to absurd sizes: all of them.
    """
    allowance, faults = _Allowance(), []
    found: dict[str, Member] = {}
    for path in sorted({path.resolve() for path in paths}):
        try:
            found |= {member.key: member for member in _on_disk(path, suffixes, allowance)}
        except LayerError as error:
            faults += error.faults
    if faults:
        raise LayerError(faults)
    return sorted(found.values(), key=lambda member: (member.name, member.key))


def _on_disk(path: Path, suffixes: Sequence[str], allowance: _Allowance) -> Iterator[Member]:
    """Yield what a path holds, named from the path's own name on."""
    if path.is_dir():
        files = sorted(Path(root) / name for root, _, names in os.walk(path) for name in names)
    elif path.is_file():
        siblings = sorted(other for other in path.parent.iterdir() if other.is_file())
        files = [other for other in siblings if other == path or _goes_with(other, path)]
    else:
        raise LayerError([Fault(path.name, "", "there is no such file or folder.", "Correct the path in the study.")])
    for file in files:
        name = file.relative_to(path.parent).as_posix()
        if is_rubbish(name):
            continue
        if file.suffix.lower() == ".zip":
            yield from _in_archive(_Archive(name, str(file), _opener(file)), suffixes, allowance)
        elif file.suffix.lower() in suffixes:
            yield Member(name, str(file), file.read_bytes)


def _goes_with(other: Path, path: Path) -> bool:
    """Tell whether a file is a part of the shapefile at the path."""
    parts = {".shx", ".dbf", ".prj", ".cpg"}
    alike = other.stem.lower() == path.stem.lower()
    return path.suffix.lower() == ".shp" and alike and other.suffix.lower() in parts


def is_rubbish(name: str) -> bool:
    """Tell what the archivers of a Mac leave behind: shadows named like the files themselves."""
    return "__MACOSX" in name or PurePosixPath(name).name.startswith("._")


def _in_archive(archive: _Archive, suffixes: Sequence[str], allowance: _Allowance, depth: int = 1) -> Iterator[Member]:
    """Yield the members of an archive and of those in it; none is written anywhere, so its path can do no harm."""
    if depth > DEEPEST:
        what = f"archives within archives, more than {DEEPEST} deep."
        raise LayerError(
            [Fault(archive.name, "", what, "Check where it comes from; unpack the inner archives yourself.")]
        )
    entries = archive.entries()
    wanted = [e for e in entries if not e.is_dir() and PurePosixPath(e.filename).suffix.lower() in {*suffixes, ".zip"}]
    allowance.spend(archive.name, len(entries), sum(entry.file_size for entry in wanted))
    for entry in wanted:
        member = archive.member(entry.filename)
        if is_rubbish(member.name):
            continue
        if member.suffix == ".zip":
            yield from _in_archive(_Archive(member.name, member.key, _unpacker(member)), suffixes, allowance, depth + 1)
        else:
            yield member


def _opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def _unpacker(member: Member) -> Callable[[], IO[bytes]]:
    return lambda: io.BytesIO(member.read())


@dataclass(frozen=True)
class _Archive:
    """A zip archive on the disk or in another one; opened anew for each reading, so that none stays open."""

    name: str
    key: str
    opened: Callable[[], IO[bytes]]

    def entries(self) -> list[zipfile.ZipInfo]:
        mend = "Download it again; a page saved under the name of an archive is none."
        with self._told("this is not a zip archive that can be read", mend) as archive:
            return archive.infolist()

    def member(self, entry: str) -> Member:
        name = f"{self.name}/{entry}"
        mend = "Download the archive again; one with a password must be opened first."

        def read() -> bytes:  # no more than the index of the archive declares: zipfile holds to it
            with self._told(f"its member {entry} cannot be unpacked", mend) as archive:
                return archive.read(entry)

        return Member(name, f"{self.key}/{entry}", read)

    @contextmanager
    def _told(self, what: str, mend: str) -> Iterator[zipfile.ZipFile]:
        """Open the archive; tell what is wrong with it as a fault."""
        try:
            with self.opened() as file, zipfile.ZipFile(file) as archive:
                yield archive
        except _BROKEN as error:
            raise LayerError([Fault(self.name, "", f"{what}: {error}.", mend)]) from None


_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError)
