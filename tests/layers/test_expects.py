"""What a fetched file must look like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from published.portals import zipped

from nmplan.errors import FetchError
from nmplan.layers.expects import check_expected
from nmplan.layers.expects import is_web_page
from nmplan.layers.expects import split_expects

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STATIONS = "Line Code,Direction,Station Code,Station ID,Chinese Name,English Name,Sequence\n"
FEATURES = json.dumps({"type": "FeatureCollection", "features": [{"properties": {"PLAN_NO": 1, "ZONE_LABEL": 2}}]})
ESRI = json.dumps({"features": [{"attributes": {"PLAN_NO": 1, "ZONE_LABEL": 2}, "geometry": {"rings": []}}]})

GOOD = [
    ("csv: Line Code; Sequence", "\ufeff" + STATIONS),
    ("csv: line code", STATIONS),
    ("csv: Arrival / Departure", '"Date","Arrival / Departure"\r\n'),
    ("json: OZP_PLAN_NO", "\ufeff" + json.dumps([{"OZP_PLAN_NO": "S/STT/2"}])),
    ("geojson: PLAN_NO; ZONE_LABEL", FEATURES),
    ("geojson: PLAN_NO; ZONE_LABEL", ESRI),
    ("zip: *.gdb", zipped({"RdNet_IRNP.gdb/a0001.gdbtable": "x"})),
    ("zip: *ZONE*", zipped({"s_stt_2/Geojson/Zone.json": "{}"})),
    ("zip: stops.txt; routes.txt", zipped({"stops.txt": "", "routes.txt": ""})),
    ("tiff", b"II*\x00abcd"),
    ("tiff", b"MM\x00+abcd"),
    ("xml", '<?xml version="1.0"?><graphml/>'),
    ("", "anything"),
]

BAD = [
    ("csv: Line Code; Platform", STATIONS, "lacks Platform; it has Line Code, Direction"),
    ("csv: Name", "名稱\n".encode("big5"), "no CSV in UTF-8"),
    ("json: OZP_PLAN_NO", "[]", "lacks OZP_PLAN_NO; it has none"),
    ("json: a", '{"a": ', "is no JSON"),
    ("json: a", "[" * 100_000, "is no JSON"),
    ("geojson: PLAN_NO", '{"features": []}', "no features"),
    ("geojson: PLAN_NO", '{"features": 3}', "no features"),
    ("geojson: SPUSE_ENG", FEATURES, "lacks SPUSE_ENG"),
    ("geojson: PLAN_NO", "[1]", "is no geojson"),
    ("zip: *.gdb", zipped({"roads.gml": ""}), "lacks *.gdb; it has roads.gml"),
    ("zip: *.gdb", "Line Code\n", "is no zip file"),
    ("zip: *.gdb", b"PK\x03\x04 cut", "broken or no archive"),
    ("zip: a", zipped({"../a": ""}), "leads out"),
    ("tiff", b"GIF89a", "is no tiff"),
    ("xml", "abc", "is no xml"),
    ("csv: a", "", "empty file"),
    ("", "<!DOCTYPE html><p>sorry", "web page"),
    ("xml", '<?xml version="1.0"?>\n<!DOCTYPE HTML PUBLIC "x"><html>', "web page"),
]


@pytest.mark.parametrize(("expects", "content"), GOOD)
def test_what_is_expected_passes(write: Callable[..., Path], expects: str, content: str | bytes) -> None:
    check_expected(write("f", content), expects, "dataset", "address")


@pytest.mark.parametrize(("expects", "content", "said"), BAD)
def test_what_is_not_expected_is_told(
    write: Callable[..., Path], expects: str, content: str | bytes, said: str
) -> None:
    with pytest.raises(FetchError) as caught:
        check_expected(write("f", content), expects, "dataset", "address")
    (fault,) = caught.value.faults
    assert said in fault.what
    assert fault.source == "dataset"
    assert fault.where
    assert fault.mend


def test_a_changed_schema_says_what_to_do(write: Callable[..., Path]) -> None:
    with pytest.raises(FetchError, match=r"changed schema.*correct `expects` in the catalogue"):
        check_expected(write("f", STATIONS), "csv: Platform", "mtr")


@pytest.mark.parametrize(
    "head", [b"<html>", b"\xef\xbb\xbf\r\n <HTML lang=x>", b"<!-- saved --><!doctype HTML>", b"<body>"]
)
def test_web_pages_are_known_by_how_they_begin(head: bytes) -> None:
    assert is_web_page(head)


@pytest.mark.parametrize(
    "head", [b"", b"<?xml version='1.0'?><graphml>", b"PK\x03\x04<html>", b"a,<html>", b"<!--" * 9]
)
def test_other_files_are_no_web_pages(head: bytes) -> None:
    assert not is_web_page(head)


def test_a_cell_is_split_into_kind_and_names() -> None:
    assert split_expects("csv: Line Code; Arrival / Departure;") == ("csv", ["Line Code", "Arrival / Departure"])
    assert split_expects("xml") == ("xml", [])
