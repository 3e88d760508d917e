"""Archives unpacked safely: refused whole where a name leads astray, a link hides or the content never ends."""

from __future__ import annotations

import gzip
import re
import shutil
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO
from typing import TYPE_CHECKING
from typing import TypeVar

from nmplan.errors import Fault
from nmplan.errors import FetchError
from nmplan.files import PARTIAL
from nmplan.files import flush
from nmplan.files import partial_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterable
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """
    What an archive may hold; the largest published one is about 1.5 GB in a few hundred files, packed six to one.

    Parameters
    ----------
    entries
        Files and folders.
    content_bytes
        All files together, unpacked.
    ratio
        Unpacked over packed size; counts beyond `ratio_from_bytes` only, since small text packs very well.
    ratio_from_bytes
        See there.
    """

    entries: int = 20_000
    content_bytes: int = 16 * 2**30
    ratio: float = 200.0
    ratio_from_bytes: int = 64 * 2**20


@dataclass(frozen=True)
class Entry:
    """One name inside an archive; `refusal` says why it may not be unpacked, `open` gives its content."""

    name: str
    is_folder: bool
    size: int
    refusal: str
    open: Callable[[], IO[bytes]]


Info = TypeVar("Info", zipfile.ZipInfo, tarfile.TarInfo)
LIMITS = Limits()
BLOCK = 2**20
BROKEN = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, RuntimeError, ValueError)
ASTRAY = "Do not unpack it by hand either; tell the publisher."


def unpack(archive: Path, folder: Path, *, limits: Limits = LIMITS) -> list[Path]:
    """
    Unpack a zip, tar or tar.gz into a folder, which takes the place of the one that was there.

    Parameters
    ----------
    archive
        The file.
    folder
        Where to; written under a temporary name and renamed when everything is there.
    limits
        What it may hold, checked while it is read: headers lie.

    Returns
    -------
    list of Path
        The files, in the order of the archive.

    Raises
    ------
    FetchError
        It is broken, locked with a password, or holds names that lead out of the folder, links, devices, one name
        twice, or more than the limits; nothing is left behind.
    OSError
        The disk is full or cannot be written.
    """
    temporary = partial_path(folder)
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        with entries(archive, limits) as listed:
            check_entries(archive.name, listed)
            written = _write_all(archive, listed, temporary, limits)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    swap(temporary, folder)
    return [folder / name for name in written]


def swap(temporary: Path, folder: Path) -> None:
    """Give a finished folder its name; the old one goes."""
    old = folder.with_name(f"{PARTIAL}old-{folder.name}")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    temporary.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def entries(archive: Path, limits: Limits = LIMITS) -> Iterator[list[Entry]]:
    """
    Give what an archive holds, names decoded, for as long as it is open.

    Raises
    ------
    FetchError
        It is no archive, broken, or holds more than the limits by its own account.
    """
    try:
        with archive.open("rb") as opened:
            if zipfile.is_zipfile(opened):
                with zipfile.ZipFile(opened) as zipped:
                    yield [_zip_entry(zipped, info) for info in _within(archive, zipped.infolist(), limits)]
            else:
                opened.seek(0)  # it was searched for the end of a zip
                with tarfile.open(fileobj=opened, mode="r:*") as taped:
                    listed = [_tar_entry(taped, member) for member in _within(archive, taped, limits)]
                    _read_to_end(archive, taped, limits)
                    yield listed
    except NotImplementedError:
        what = "is packed in a way Python cannot read (Deflate64, for instance)."
        raise FetchError(
            [Fault(archive.name, "", what, "Unpack it with another program and name the files.")]
        ) from None
    except BROKEN as error:
        what = f"is broken or no archive: {error}."
        raise FetchError(
            [Fault(archive.name, "", what, "Fetch it again; if it stays so, tell the publisher.")]
        ) from None


def check_entries(source: str, listed: list[Entry]) -> None:
    """
    Refuse what must not be unpacked, all of it at once.

    Raises
    ------
    FetchError
        Names that lead astray, links, devices, passwords, or one name twice where case does not count.
    """
    faults = [Fault(source, entry.name, entry.refusal, ASTRAY) for entry in listed if entry.refusal]
    if any(not entry.name and not entry.is_folder for entry in listed):
        faults.append(Fault(source, "", "holds a file without a name.", ASTRAY))
    files: dict[str, str] = {}
    for entry in (entry for entry in listed if not entry.refusal and not entry.is_folder):
        key = _folded(entry.name)
        if key in files:
            what = f"is there twice (as {files[key]}) where upper and lower case are the same."
            faults.append(Fault(source, entry.name, what, ASTRAY))
        files[key] = entry.name
    for entry in listed:
        parents = _folded(entry.name).split("/")
        above = ["/".join(parents[:depth]) for depth in range(1, len(parents) + entry.is_folder)]
        if not entry.refusal and (clash := [files[name] for name in above if name in files]):
            faults.append(Fault(source, entry.name, f"lies in {clash[0]}, which is a file.", ASTRAY))
    if faults:
        raise FetchError(faults)


def _within(archive: Path, listed: Iterable[Info], limits: Limits) -> Iterator[Info]:
    """Pass the headers on; stop as soon as they promise more than the limits, before a tar is read to its end."""
    total = 0
    for number, info in enumerate(listed, start=1):
        total += info.file_size if isinstance(info, zipfile.ZipInfo) else info.size
        if number > limits.entries:
            raise FetchError([_too_much(archive, f"holds more than {limits.entries:,} files")])
        _check_size(archive, total, limits)
        yield info


def _read_to_end(archive: Path, taped: tarfile.TarFile, limits: Limits) -> None:
    """Read what follows the last entry: the checksum of a tar.gz stands at its very end."""
    rest = 0
    while taped.fileobj and (block := taped.fileobj.read(BLOCK)):
        rest += len(block)
        _check_size(archive, rest, limits)


def _check_size(archive: Path, total: int, limits: Limits) -> None:
    if total > limits.content_bytes:
        raise FetchError([_too_much(archive, f"unpacks to more than {limits.content_bytes:,} bytes")])
    if total > limits.ratio_from_bytes and total > limits.ratio * archive.stat().st_size:
        raise FetchError([_too_much(archive, f"unpacks to more than {limits.ratio:g} times its size")])


def _too_much(archive: Path, what: str) -> Fault:
    return Fault(archive.name, "", f"{what}: it may be an archive bomb.", "If it is genuine, unpack it by hand.")


def _zip_entry(zipped: zipfile.ZipFile, info: zipfile.ZipInfo) -> Entry:
    name = _decoded(info)
    is_folder = name.endswith(("/", "\\"))
    kind = stat.S_IFMT(info.external_attr >> 16)  # zero where the archive was made on Windows
    if info.flag_bits & 0x1:
        refusal = "is locked with a password."
    elif kind == stat.S_IFLNK:
        refusal = "is a link."
    elif kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        refusal = "is neither a file nor a folder."
    else:
        refusal = name_refusal(name)
    return Entry(_plain(name), is_folder, info.file_size, refusal, lambda: zipped.open(info))


def _tar_entry(taped: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    if member.issym() or member.islnk():
        refusal = "is a link."
    elif not (member.isreg() or member.isdir()) or member.issparse():
        refusal = "is neither a plain file nor a folder."
    else:
        refusal = name_refusal(member.name)

    def content() -> IO[bytes]:
        opened = taped.extractfile(member)
        if opened is None:
            raise tarfile.TarError(f"{member.name} has no content")
        return opened

    return Entry(_plain(member.name), member.isdir(), member.size, refusal, content)


def name_refusal(name: str) -> str:
    """Return why a name must not be unpacked, or nothing: it leads out, names a drive, or holds control characters."""
    parts = name.replace("\\", "/").split("/")
    if parts[0] == "" and len(parts) > 1:
        return "is an absolute path."
    if ".." in parts:
        return "leads out of the folder."
    if ":" in name:
        return "names a drive or a stream."
    if re.search(r"[\x00-\x1f\x7f]", name):
        return "has control characters in its name."
    return ""


def _plain(name: str) -> str:
    """Return a name with forward slashes and without empty steps; for faults, one that can be printed."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", "."}]
    return re.sub(r"[\x00-\x1f\x7f]", "\N{REPLACEMENT CHARACTER}", "/".join(parts))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _decoded(info: zipfile.ZipInfo) -> str:
    """Return a zip entry's name; without the UTF-8 flag it is UTF-8 all the same, or Big5 as Windows here writes."""
    if info.flag_bits & 0x800:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437")
    for encoding in ("utf-8", "cp950", "big5hkscs"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.orig_filename


def _write_all(archive: Path, listed: list[Entry], folder: Path, limits: Limits) -> list[str]:
    folder.mkdir(parents=True)
    written: list[str] = []
    total = 0
    for entry in listed:
        path = folder / entry.name
        if entry.is_folder:
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with entry.open() as source, path.open("xb") as target:
            while block := source.read(BLOCK):
                total += len(block)
                _check_size(archive, total, limits)
                target.write(block)
        flush(path)
        written.append(entry.name)
    return written
