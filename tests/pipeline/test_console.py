from __future__ import annotations

from nmplan.console import columns
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
    assert "2024 (1.9 years old)" in text
    assert "unknown (current)" in text
    assert "note   zoning: 3 zones cut" in text
    assert "empty  zoning: a in 2, b in 2, c in 2, d in 2 and 2 more columns" in text
    assert "twice  zoning: 4 rows" in text
    assert lines[-2].split() == ["san-tin", "50%", "stations"]
    assert lines[-1] == "terms  Us: MIT (zoning)"
