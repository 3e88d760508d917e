"""What a fetched file must look like: its kind by its first bytes, then the fields or members its adapter reads."""

from __future__ import annotations

import csv
import io
import json
from fnmatch import fnmatch
from typing import TYPE_CHECKING
from typing import Any

from nmplan.errors import Fault
from nmplan.errors import FetchError
from nmplan.layers.archives import check_entries
from nmplan.layers.archives import entries

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterable
    from collections.abc import Sequence
    from pathlib import Path

HEAD = 4096
"""Bytes by which the kind of a file is told."""

BOM = b"\xef\xbb\xbf"

MAGIC = {
    "zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "tar.gz": (b"\x1f\x8b",),
    "tiff": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
    "json": (b"{", b"["),
    "geojson": (b"{",),
    "xml": (b"<",),
    "gpkg": (b"SQLite format 3\x00",),
}
"""First bytes of each kind; for text after the byte-order mark and blanks. A CSV is told by its header alone."""

CHANGED = (
    "See what the publisher changed and whether the adapter still reads it; then correct `expects` in the catalogue."
)


def split_expects(expects: str) -> tuple[str, list[str]]:
    """Return kind and wanted names of a cell such as "csv: Line Code; Station Code" or "zip: *.gdb"."""
    kind, _, wanted = expects.partition(":")
    return kind.strip(), [name.strip() for name in wanted.split(";") if name.strip()]


def is_web_page(head: bytes) -> bool:
    """Return whether a file begins as a web page does, which is what a portal says when it has something to say."""
    begins = head.removeprefix(BOM).lstrip().lower()
    while begins.startswith((b"<?xml", b"<!--")):
        begins = begins.partition(b">")[2].lstrip()
    return begins.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))


def check_expected(path: Path, expects: str, source: str, address: str = "") -> None:
    """
    Refuse a file that is not what the catalogue says its publisher offers.

    Parameters
    ----------
    path
        The file.
    expects
        Kind and wanted names, see `split_expects`; empty expects nothing but that it is no web page.
    source, address
        Dataset and address, as the faults shall name them.

    Raises
    ------
    FetchError
        A web page, another kind of file, or one that lacks fields or members: the schema has changed.
    """
    kind, wanted = split_expects(expects)
    with path.open("rb") as opened:
        head = opened.read(HEAD)
    if is_web_page(head):
        raise FetchError([web_page(source, address)])
    if not head:
        raise FetchError([Fault(source, address, "answered with an empty file.", "Fetch it again later.")])
    begins = head.removeprefix(BOM).lstrip() if kind in {"json", "geojson", "xml"} else head
    if kind in MAGIC and not begins.startswith(MAGIC[kind]):
        what = f"is no {kind} file; it begins with {head[:16]!r}."
        raise FetchError([Fault(source, address, what, CHANGED)])
    if kind in READERS:
        found = READERS[kind](path, source, address)
        lost = [name for name in wanted if not _found(name, found)]
        if lost:
            what = f"lacks {', '.join(lost)}; it has {_some(found)}."
            raise FetchError([Fault(source, address, f"changed schema: {what}", CHANGED)])


def web_page(source: str, address: str) -> Fault:
    """Return the fault of a web page where a file should be."""
    mend = "Open the address in a browser: the publisher may ask for consent, be under repair or have moved the file."
    return Fault(source, address, "answered with a web page instead of the file.", mend)


def parse_json(content: bytes, source: str, address: str) -> Any:
    """
    Return what JSON says, with or without a byte-order mark.

    Raises
    ------
    FetchError
        It is a web page or no JSON.
    """
    if is_web_page(content[:HEAD]):
        raise FetchError([web_page(source, address)])
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        what = f"is no JSON: {error}."
        raise FetchError(
            [Fault(source, address, what, "Fetch it again; if it stays so, tell the publisher.")]
        ) from None


def _found(wanted: str, names: Iterable[str]) -> bool:
    """Return whether a name or pattern is among names, or among the folders on the way to them, blind to case."""
    pattern = wanted.lower()
    return any(
        fnmatch(part, pattern) for name in names for part in (name.lower(), *name.lower().replace("\\", "/").split("/"))
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "") or "none"  # noqa: PLR2004


def _members(path: Path, source: str, address: str) -> list[str]:
    """Return the names in an archive, refused if it could not be unpacked safely: adapters read some in place."""
    try:
        with entries(path) as listed:
            check_entries(source, listed)
            return [entry.name for entry in listed if not entry.is_folder]
    except FetchError as error:
        raise FetchError(
            Fault(source, fault.where or address, fault.what, fault.mend) for fault in error.faults
        ) from None


def _header(path: Path, source: str, address: str) -> list[str]:
    with path.open("rb") as opened:
        first = opened.readline(2**16)
    try:
        text = first.decode("utf-8-sig")
    except UnicodeDecodeError:
        what = "is no CSV in UTF-8."
        raise FetchError([Fault(source, address, what, CHANGED)]) from None
    return [name.strip() for name in next(csv.reader(io.StringIO(text)), [])]


def _keys(path: Path, source: str, address: str) -> list[str]:
    """Return the keys of the first record of a list, or of an object."""
    found = parse_json(path.read_bytes(), source, address)
    first = found[0] if isinstance(found, list) and found else found
    return list(first) if isinstance(first, dict) else []


def _properties(path: Path, source: str, address: str) -> list[str]:
    """Return the attributes of the first feature of GeoJSON or Esri JSON."""
    found = parse_json(path.read_bytes(), source, address)
    features = found.get("features") if isinstance(found, dict) else None
    if not isinstance(features, list) or not features or not isinstance(features[0], dict):
        raise FetchError([Fault(source, address, "changed schema: it holds no features.", CHANGED)])
    properties = features[0].get("properties") or features[0].get("attributes")
    return list(properties) if isinstance(properties, dict) else []


READERS: dict[str, Callable[[Path, str, str], list[str]]] = {
    "csv": _header,
    "json": _keys,
    "geojson": _properties,
    "tar.gz": _members,
    "zip": _members,
}
KINDS = {*MAGIC, *READERS}
