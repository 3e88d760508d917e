from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from published.osm import write_town

from nmplan.errors import LayerError
from nmplan.layers.osm_document import Document
from nmplan.layers.osm_document import read_documents
from nmplan.layers.osm_document import without_gaps
from nmplan.layers.osm_document import write_document

if TYPE_CHECKING:
    from pathlib import Path

    from nmplan.errors import Fault

SMALL = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6" generator="by hand">
  <bounds minlat="22.4" minlon="114.0" maxlat="22.6" maxlon="114.2"/>
  <node id="5000000001" lat="22.487" lon="114.072"><tag k="name" v="新田 &lt;b&gt;"/></node>
  <node id="2" lat="22.488" lon="114.073" version="3"/>
  <node id="3" lat="22.489" lon="114.074" visible="false"/>
  <node id="4" lat="22.490" lon="114.075" action="delete"><tag k="name" v="gone"/></node>
  <way id="-7"><nd ref="5000000001"/><nd ref="2"/><nd ref="99"/><tag k="highway" v="service"/></way>
  <relation id="8">
    <member type="way" ref="-7" role="outer"/><member type="node" ref="2"/><tag k="type" v="multipolygon"/>
  </relation>
</osm>"""


def write(folder: Path, text: str, name: str = "file.osm") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(*paths: Path) -> list[Fault]:
    with pytest.raises(LayerError) as caught:
        read_documents(paths)
    assert all(fault.source and fault.mend for fault in caught.value.faults)
    return caught.value.faults


def test_elements_tags_and_members_are_read_and_what_is_deleted_is_not(tmp_path: Path) -> None:
    assert read_documents([write(tmp_path, SMALL)]) == Document(
        nodes={5000000001: (114.072, 22.487), 2: (114.073, 22.488)},
        ways={-7: [5000000001, 2, 99]},
        relations={8: [("way", -7, "outer"), ("node", 2, "")]},
        tags={
            ("node", 5000000001): {"name": "新田 <b>"},
            ("way", -7): {"highway": "service"},
            ("relation", 8): {"type": "multipolygon"},
        },
    )


def test_tagged_elements_of_a_kind() -> None:
    made = Document(tags={("way", 1): {"a": "b"}, ("node", 1): {"c": "d"}, ("way", 2): {"e": "f"}})
    assert list(made.tagged("way")) == [(1, {"a": "b"}), (2, {"e": "f"})]
    assert list(made.tagged("relation")) == []


@pytest.mark.parametrize("name", ["town.osm.gz", "town.osm.bz2", "town.OSM.GZ", "town.xml"])
def test_packed_files_hold_the_same(tmp_path: Path, name: str) -> None:
    whole = read_documents([write_town(tmp_path)])
    packed = write_town(tmp_path, name.casefold()).rename(tmp_path / name)
    assert read_documents([packed]) == whole


def test_where_files_overlap_an_element_counts_once(tmp_path: Path) -> None:
    one = write(tmp_path, SMALL, "one.osm")
    other = write(tmp_path, SMALL.replace('id="2"', 'id="20"').replace('ref="2"', 'ref="20"'), "two.osm")
    both = read_documents([one, other])
    assert list(both.nodes) == [5000000001, 2, 20]
    assert list(both.ways) == [-7]
    assert both.ways[-7] == [5000000001, 20, 99]  # the last file has the word


def test_no_files_are_an_empty_document() -> None:
    assert read_documents([]) == Document()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no whole XML"),
        ("<osm><node id='1' lat='22.4' lon='114'", "no whole XML"),
        ("<html><body>Too many requests</body></html>", "its root is <html>"),
        ("<osmChange/>", "its root is <osmChange>"),
        ("<osm/><osm/>", "no whole XML"),
        ("<osm><node id='1' lat='north' lon='114'/></osm>", "could not convert"),
        ("<osm><node id='1' lat='nan' lon='114'/></osm>", "nan"),
        ("<osm><node id='1' lon='114'/></osm>", "'lat'"),
        ("<osm><node id='one' lat='22.4' lon='114'/></osm>", "invalid literal"),
        ("<osm><way id='1'><nd ref='x'/></way></osm>", "invalid literal"),
    ],
)
def test_broken_files_are_told(tmp_path: Path, text: str, words: str) -> None:
    (fault,) = faults_of(write(tmp_path, text))
    assert fault.source == "file.osm"
    assert words in fault.what


def test_entities_are_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path, "secret", "secret.txt")
    entity = f'<!DOCTYPE osm [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    node = '<node id="1" lat="22.49" lon="114.07"><tag k="railway" v="station"/>&x;</node>'
    (fault,) = faults_of(write(tmp_path, f"{entity}<osm>{node}</osm>"))
    assert "entity" in fault.what


def test_a_packed_file_cut_short_is_told(tmp_path: Path) -> None:
    path = write_town(tmp_path, "town.osm.gz")
    path.write_bytes(path.read_bytes()[:500])
    (fault,) = faults_of(path)
    assert "Download it again" in fault.mend


def test_a_file_that_is_not_packed_is_told(tmp_path: Path) -> None:
    (fault,) = faults_of(write(tmp_path, "<osm/>", "town.osm.gz"))
    assert "cannot be read" in fault.what


def test_every_wrong_element_and_every_broken_file_is_told_at_once(tmp_path: Path) -> None:
    nodes = "<node id='1' lat='x' lon='114'/><node lat='22' lon='114'/><node id='3' lat='22' lon='114'/>"
    faults = faults_of(
        write(tmp_path, f"<osm>{nodes}<relation id='4'><member type='way'/></relation></osm>", "a.osm"),
        write(tmp_path, "<gpx/>", "b.osm"),
        tmp_path / "missing.osm",
    )
    assert [(fault.source, fault.where) for fault in faults] == [
        ("a.osm", "node 1"),
        ("a.osm", "node without id"),
        ("a.osm", "relation 4"),
        ("b.osm", ""),
        ("missing.osm", ""),
    ]


def test_entities_that_grow_without_bounds_are_refused(tmp_path: Path) -> None:
    lines = ['<!ENTITY a0 "lol">', *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))]
    text = f"<!DOCTYPE osm [{''.join(lines)}]><osm><node id='1' lat='22' lon='114'><tag k='a' v='&a9;'/></node></osm>"
    (fault,) = faults_of(write(tmp_path, text))
    assert "no whole XML" in fault.what


# --- writing ---------------------------------------------------------------------------------------------------------

TOWN = Document(
    nodes={n: (114.0 + n / 1000, 22.4) for n in range(1, 7)},
    ways={10: [1, 2, 3], 11: [3, 4, 1], 12: [5, 6], 13: [5], 14: []},
    relations={20: [("way", 10, "outer"), ("way", 11, "outer"), ("way", 99, "inner"), ("node", 6, "label")]},
    tags={("way", 10): {"building": "yes"}},
)


def test_what_was_chosen_comes_back_with_what_it_is_made_of(tmp_path: Path) -> None:
    hostile = {"name": "<a href=\"x\">'新田' & Co</a>", "id": "7"}
    write_document(TOWN, [("relation", 20, {"type": "multipolygon"}), ("node", 5, hostile)], tmp_path / "a.osm")
    found = read_documents([tmp_path / "a.osm"])
    assert found.nodes == {n: TOWN.nodes[n] for n in (1, 2, 3, 4, 5)}
    assert found.ways == {10: TOWN.ways[10], 11: TOWN.ways[11]}  # 12 was not asked for, 99 is not there
    assert found.relations == TOWN.relations
    # the members' own tags were not chosen: OSMnx would make features of them
    assert found.tags == {("relation", 20): {"type": "multipolygon"}, ("node", 5): hostile}


def test_ways_of_one_node_or_none_and_missing_nodes_are_not_written(tmp_path: Path) -> None:
    lacking = Document(nodes={1: (114.0, 22.4)}, ways={10: [1, 2], 13: [1], 14: []})
    keep = [("way", number, {"highway": "service"}) for number in (10, 13, 14)]
    write_document(lacking, keep, tmp_path / "a.osm")
    root = ET.parse(tmp_path / "a.osm").getroot()  # noqa: S314
    assert [(element.tag, element.get("id")) for element in root] == [("node", "1"), ("way", "10")]
    assert [nd.get("ref") for nd in root.iter("nd")] == ["1", "2"]


def test_positions_keep_every_digit(tmp_path: Path) -> None:
    place = (114.07212345678901, 22.48712345678901)
    write_document(Document(nodes={1: place}), [("node", 1, {"a": "b"})], tmp_path / "a.osm")
    assert read_documents([tmp_path / "a.osm"]).nodes == {1: place}


# --- gaps ------------------------------------------------------------------------------------------------------------


def test_a_whole_way_stays_and_only_those_asked_for_are_there() -> None:
    whole, origin, cut = without_gaps(TOWN, [10, 12])
    assert whole.ways == {10: [1, 2, 3], 12: [5, 6]}
    assert (origin, cut) == ({10: 10, 12: 12}, [])
    assert whole.nodes == TOWN.nodes


def test_ways_are_cut_at_their_gaps_under_numbers_nobody_has() -> None:
    lacking = Document(
        nodes=dict.fromkeys(range(1, 10), (114.0, 22.4)), ways={-1: [1, 2, 99, 3, 4, 98, 5, 6], 7: [1, 9]}
    )
    whole, origin, cut = without_gaps(lacking, [-1, 7])
    assert whole.ways == {-1: [1, 2], -2: [3, 4], -3: [5, 6], 7: [1, 9]}
    assert origin == {-1: -1, -2: -1, -3: -1, 7: 7}
    assert cut == [-1]


@pytest.mark.parametrize(
    ("refs", "left"),
    [
        ([99, 1, 2], [[1, 2]]),  # at the start
        ([1, 2, 99], [[1, 2]]),  # at the end
        ([1, 99, 2, 3], [[2, 3]]),  # a single node is no street
        ([1, 99, 2], []),
        ([1, 2, 99, 3, 1], [[1, 2], [3, 1]]),  # a ring opens
        ([1], []),
        ([], []),
    ],
)
def test_a_gap_takes_no_more_than_it_must(refs: list[int], left: list[list[int]]) -> None:
    lacking = Document(nodes=dict.fromkeys(range(1, 10), (114.0, 22.4)), ways={10: refs})
    whole, _, cut = without_gaps(lacking, [10])
    assert list(whole.ways.values()) == left
    assert cut == [10]


@settings(deadline=None, derandomize=True, database=None)
@given(st.lists(st.integers(1, 8), max_size=12), st.sets(st.integers(1, 8)))
def test_the_steps_that_are_left_are_those_between_known_nodes(refs: list[int], known: set[int]) -> None:
    whole, _, _ = without_gaps(Document(nodes=dict.fromkeys(known, (0.0, 0.0)), ways={10: refs}), [10])
    steps = [step for run in whole.ways.values() for step in pairwise(run)]
    assert steps == [step for step in pairwise(refs) if set(step) <= known]
