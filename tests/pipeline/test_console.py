from __future__ import annotations

from nmplan.console import columns
from nmplan.console import folded
from nmplan.console import report_lines
from nmplan.layers.report import LayerReport
from nmplan.layers.report import Report


def layer(name: str, **more: object) -> LayerReport:
    usual = {
        "adapter": "file",
        "rows": 1234,
        "declared_crs": "EPSG:4326",
        "extent": (113.9, 22.4, 114.1, 22.5),
        "notes": [],
        "missing": {},
        "duplicates": 0,
        "provenance": {"publisher": "Us", "licence": "MIT", "vintage": "2024"},
        "age_days": 700,
    }
    return LayerReport(layer=name, **{**usual, **more})  # type: ignore[arg-type]


def test_columns_stand_under_each_other_also_behind_chinese() -> None:
    assert list(columns([("a", "b", "c"), ("新田", "x", "")])) == ["a     b  c", "新田  x"]
    assert list(columns([])) == []


def test_a_report_tells_age_notes_gaps_copies_coverage_and_terms() -> None:
    lines = list(
        report_lines(
            Report(
                [
                    layer("zoning", notes=["3 zones cut"], missing=dict.fromkeys("abcdef", 2), duplicates=4),
                    layer("transfers", extent=None, age_days=0, provenance={}),
                ],
                [],
                {"san-tin": {"zoning": 0.5, "stations": 0, "crossings": 2}},
            )
        )
    )
    text = "\n".join(lines)
    assert "1,234" in text
    assert "2024, 1.9 y" in text
    assert "unknown, current" in text
    assert "note   zoning: 3 zones cut" in text
    assert "empty  zoning: a in 2, b in 2, c in 2, d in 2 and 2 more columns" in text
    assert "twice  zoning: 4 rows" in text
    assert lines[-4].split() == ["san-tin", "50%", "stations"]
    assert lines[-3:] == ["", "terms  Us: MIT (zoning)", ""]


def test_a_layer_that_could_not_be_read_stands_in_the_table_too() -> None:
    lines = list(report_lines(Report([layer("zoning")], [], unread=["boundary"])))
    assert lines[1].split()[:3] == ["no", "boundary", "–"]
    assert lines[2].split()[:3] == ["ok", "zoning", "1,234"]


def test_the_table_of_usual_layers_fits_a_terminal_of_100_columns() -> None:
    usual = layer("crossing_services", rows=229_686, adapter="statutory-plans")
    assert max(map(len, list(report_lines(Report([usual], [])))[:2])) <= 100


def test_long_lines_are_folded_under_their_text_and_tables_are_not() -> None:
    assert folded("note   zoning: " + "ab " * 12, 40) == "note   zoning: ab ab ab ab ab ab ab ab\n       ab ab ab ab"
    row = "    layer  " + "x " * 60
    assert folded(row, 40) == row


def test_a_report_of_hostile_names_moves_no_cursor() -> None:
    hostile = layer(
        "zoning", notes=["1 zones (a\n\x1b[2Jb)"], provenance={"publisher": "\x1b]0;x\x07", "licence": "\r"}
    )
    text = "".join(report_lines(Report([hostile], [])))
    assert not any(letter in text for letter in "\x1b\n\r\x07")
