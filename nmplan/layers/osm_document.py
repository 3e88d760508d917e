"""OpenStreetMap XML: the elements of a file, and a smaller file of those that matter, which OSMnx can read."""

from __future__ import annotations

import bz2
import gzip
import math
import zlib
from dataclasses import dataclass
from dataclasses import field
from itertools import pairwise
from typing import IO
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from nmplan.errors import Fault
from nmplan.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence
    from pathlib import Path

Tags = dict[str, str]
Member = tuple[str, int, str]
"""Type, id and role of a member of a relation."""


@dataclass
class Document:
    """
    The elements of one or more files by their id: what is deleted is not among them.

    `nodes` hold longitude and latitude; a way's nodes and a relation's members may be missing from an extract.
    """

    nodes: dict[int, tuple[float, float]] = field(default_factory=dict)
    ways: dict[int, list[int]] = field(default_factory=dict)
    relations: dict[int, list[Member]] = field(default_factory=dict)
    tags: dict[tuple[str, int], Tags] = field(default_factory=dict)

    def tagged(self, kind: str) -> Iterator[tuple[int, Tags]]:
        """Iterate over the elements of a kind (node, way, relation) that have tags."""
        return ((number, tags) for (of_kind, number), tags in self.tags.items() if of_kind == kind)


def read_documents(paths: Sequence[Path]) -> Document:
    """
    Read OpenStreetMap XML; where files overlap, an element counts once.

    Parameters
    ----------
    paths
        .osm or .xml, also packed as .gz or .bz2.

    Raises
    ------
    LayerError
        Files that are no OpenStreetMap XML, cut short, or hold positions that are none.
    """
    document = Document()
    faults: list[Fault] = []
    for path in paths:
        try:
            faults += _read_into(document, path)
        except ET.ParseError as error:
            what = f"this is no whole XML: {error}."
            faults.append(Fault(path.name, "", what, "Download it again; it may be cut short."))
        except (OSError, EOFError, zlib.error, UnicodeError) as error:
            faults.append(Fault(path.name, "", f"this cannot be read: {error}.", "Download it again, or unpack it."))
    if faults:
        raise LayerError(faults)
    return document


_OPENERS: dict[str, Callable[..., IO[bytes]]] = {".gz": gzip.open, ".bz2": bz2.open}  # type: ignore[dict-item]


def _read_into(document: Document, path: Path) -> list[Fault]:
    opener = _OPENERS.get(path.suffix.lower(), open)
    faults = []
    with opener(path, "rb") as file:
        # expat neither fetches external entities nor lets internal ones grow without bounds
        events = ET.iterparse(file, events=("start", "end"))  # noqa: S314
        _, root = next(events)
        if root.tag != "osm":
            what = f"its root is <{root.tag[:40]}>, not <osm>."
            mend = "Give an OpenStreetMap XML file (.osm); convert .pbf and .osc with osmium."
            return [Fault(path.name, "", what, mend)]
        for event, element in events:
            if event == "end" and element.tag in _READERS:
                try:
                    _read_element(document, element)
                except (KeyError, ValueError) as error:
                    where = f"{element.tag} {element.get('id', 'without id')}"
                    what = f"it lacks an id or position, or they are no numbers: {error}."
                    faults.append(Fault(path.name, where, what, "Repair the file, or download it again."))
                root.clear()  # a territory's elements would not fit into memory
    return faults


def _read_element(document: Document, element: ET.Element) -> None:
    if element.get("visible") == "false" or element.get("action") == "delete":
        return
    number = int(element.attrib["id"])
    _READERS[element.tag](document, number, element)
    tags = {tag.attrib["k"]: tag.attrib["v"] for tag in element.iterfind("tag")}
    if tags:
        document.tags[element.tag, number] = tags


def _read_node(document: Document, number: int, element: ET.Element) -> None:
    lon, lat = float(element.attrib["lon"]), float(element.attrib["lat"])
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise ValueError(f"{lon}, {lat}")
    document.nodes[number] = lon, lat


def _read_way(document: Document, number: int, element: ET.Element) -> None:
    document.ways[number] = [int(node.attrib["ref"]) for node in element.iterfind("nd")]


def _read_relation(document: Document, number: int, element: ET.Element) -> None:
    members = element.iterfind("member")
    document.relations[number] = [
        (member.attrib["type"], int(member.attrib["ref"]), member.get("role", "")) for member in members
    ]


_READERS = {"node": _read_node, "way": _read_way, "relation": _read_relation}


def write_document(document: Document, keep: Iterable[tuple[str, int, Mapping[str, str]]], path: Path) -> None:
    """
    Write chosen elements, and those they are made of, as OpenStreetMap XML.

    OSMnx makes an edge of every way of a file, a building's as well, and a column of every tag; and a tag named `id`
    would displace the id. So it is given only what matters.

    Parameters
    ----------
    document
        Where they come from.
    keep
        Kind, id and tags of each.
    path
        The file to write.
    """
    chosen = {(kind, number): tags for kind, number, tags in keep}
    relations = [number for kind, number in chosen if kind == "relation"]
    members = [ref for number in relations for kind, ref, _ in document.relations[number] if kind == "way"]
    ways = dict.fromkeys([number for kind, number in chosen if kind == "way"] + members)
    ways = {number: None for number in ways if len(document.ways.get(number, ())) > 1}
    refs = (ref for number in ways for ref in document.ways[number])
    nodes = dict.fromkeys([*(number for kind, number in chosen if kind == "node"), *refs])
    root = ET.Element("osm", version="0.6", generator="nmplan")
    for number in nodes:
        if number in document.nodes:
            lon, lat = document.nodes[number]
            _append(root, "node", number, chosen, lon=repr(lon), lat=repr(lat))
    for number in ways:
        element = _append(root, "way", number, chosen)
        element.extend(ET.Element("nd", ref=str(ref)) for ref in document.ways[number])
    for number in relations:
        element = _append(root, "relation", number, chosen)
        element.extend(
            ET.Element("member", type=kind, ref=str(ref), role=role) for kind, ref, role in document.relations[number]
        )
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _append(
    root: ET.Element, kind: str, number: int, chosen: Mapping[tuple[str, int], Mapping[str, str]], **attributes: str
) -> ET.Element:
    element = ET.SubElement(root, kind, {"id": str(number), **attributes})
    element.extend(ET.Element("tag", k=key, v=value) for key, value in chosen.get((kind, number), {}).items())
    return element


def without_gaps(document: Document, ways: Iterable[int]) -> tuple[Document, dict[int, int], list[int]]:
    """
    Return a document whose ways are cut where an extract lacks their nodes: OSMnx stops at the first such way.

    Parameters
    ----------
    document
        Where they come from.
    ways
        Which ways; the others are left out.

    Returns
    -------
    tuple
        The document; for each way in it, the way it is a part of; and the ways that were cut.
    """
    whole = Document(nodes=document.nodes)
    origin: dict[int, int] = {}
    cut = []
    spare = min([0, *document.ways]) - 1  # ids below all that are taken
    for number in ways:
        runs = _runs(document.ways[number], document.nodes)
        if len(runs) != 1 or len(runs[0]) != len(document.ways[number]):
            cut.append(number)
        for position, run in enumerate(runs):
            name = number if position == 0 else spare
            spare -= position > 0
            whole.ways[name], origin[name] = run, number
    return whole, origin, cut


def _runs(refs: Sequence[int], known: Mapping[int, object]) -> list[list[int]]:
    """Return the stretches of a way whose nodes are known, at least two long."""
    runs: list[list[int]] = []
    for start, end in pairwise(refs):
        if start in known and end in known:
            if runs and runs[-1][-1] == start:
                runs[-1].append(end)
            else:
                runs.append([start, end])
    return runs
