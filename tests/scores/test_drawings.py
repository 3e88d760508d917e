"""Pictures of value functions: the same each time, well-formed, and right where it can be read off."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pydantic import TypeAdapter

from nmplan.scores.drawings import BLOCKS
from nmplan.scores.drawings import corners_of
from nmplan.scores.drawings import draw_function
from nmplan.scores.drawings import sparkline
from nmplan.shapes import ValueFunction

FUNCTION: TypeAdapter[ValueFunction] = TypeAdapter(ValueFunction)
SVG = "{http://www.w3.org/2000/svg}"

ONE_OF_EACH: list[dict[str, Any]] = [
    {"shape": "linear", "worst": 60, "best": 10},
    {"shape": "piecewise", "points": [(0, 0.0), (8, 0.5), (10, 1.0)]},
    {"shape": "logistic", "midpoint": 50, "slope": -0.1},
    {"shape": "exponential", "half_life": 10, "plateau": 5},
    {"shape": "step", "at": 500},
    {"shape": "band", "low": 2, "high": 4, "margin": 2},
]


def read(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314  (our own text)


def curve_of(svg: str) -> list[tuple[float, float]]:
    line = read(svg).find(f"{SVG}polyline")
    assert line is not None
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in line.attrib["points"].split())]


@pytest.mark.parametrize("raw", ONE_OF_EACH, ids=lambda raw: raw["shape"])
def test_a_picture_is_well_formed_and_the_same_each_time(raw: dict[str, Any]) -> None:
    function = FUNCTION.validate_python(raw)
    svg = draw_function(function, "min")
    assert svg == draw_function(function, "min")
    curve = curve_of(svg)
    assert [x for x, _ in curve] == sorted(x for x, _ in curve)
    # value 1 lies 6 from above, value 0 16 from below of 64
    heights = [y for _, y in curve]
    assert min(heights) >= 6.0
    assert max(heights) <= 48.0
    assert min(heights) < 10
    assert max(heights) > 44


def test_a_linear_function_falls_from_its_best_to_its_worst() -> None:
    function = FUNCTION.validate_python({"shape": "linear", "worst": 60, "best": 10})
    svg = draw_function(function, "min")
    curve = curve_of(svg)
    assert curve[0][1] == 6.0
    assert curve[-1][1] == 48.0
    texts = [text.text for text in read(svg).iter(f"{SVG}text")]
    assert texts == ["1", "0", "10", "60 min"]
    assert "<title>1 at 10 min, 0 at 60 min</title>" in svg


def test_a_step_is_drawn_upright() -> None:
    curve = curve_of(draw_function(FUNCTION.validate_python({"shape": "step", "at": 500}), "m"))
    (left, low), (right, high) = next(pair for pair in pairwise(curve) if pair[0][1] != pair[1][1])
    assert (left, low, high) == (right, 48.0, 6.0)


def test_text_cannot_run_as_code() -> None:
    svg = draw_function(FUNCTION.validate_python(ONE_OF_EACH[0]), '"><script>alert(1)</script>')
    assert "<script" not in svg
    assert {element.tag for element in read(svg).iter()} <= {
        f"{SVG}{name}" for name in ("svg", "title", "path", "polyline", "g", "text")
    }


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        # 5 to 65 in seven steps of 10: 1, 0.9, 0.7, 0.5, 0.3, 0.1, 0
        ({"shape": "linear", "worst": 60, "best": 10}, "█▇▆▅▃▂▁"),
        # −100 to 1100 in steps of 200: the step at 500 is the fourth
        ({"shape": "step", "at": 500}, "▁▁▁████"),
        ({"shape": "step", "at": 500, "rises": False}, "████▁▁▁"),
        # 0 to 60 without plateau, half-life 12, in steps of 10: 1, 0.56, 0.31, 0.18, 0.10, 0.06, 0.03
        ({"shape": "exponential", "half_life": 12}, "█▅▃▂▂▁▁"),
        # −0.8 to 6.8 in steps of 1.27: 0, 0.23, 0.87, 1, 0.87, 0.23, 0
        ({"shape": "band", "low": 2, "high": 4, "margin": 2}, "▁▃▇█▇▃▁"),
    ],
)
def test_sparklines_by_hand(raw: dict[str, Any], expected: str) -> None:
    assert sparkline(FUNCTION.validate_python(raw), width=7) == expected


@pytest.mark.parametrize("raw", ONE_OF_EACH, ids=lambda raw: raw["shape"])
def test_a_sparkline_is_as_long_as_asked_and_made_of_blocks(raw: dict[str, Any]) -> None:
    line = sparkline(FUNCTION.validate_python(raw))
    assert len(line) == 16
    assert set(line) <= set(BLOCKS)
    assert BLOCKS[-1] in line


def test_the_measures_a_function_names_are_marked() -> None:
    assert corners_of(FUNCTION.validate_python(ONE_OF_EACH[5])) == [0.0, 2.0, 4.0, 6.0]
    assert corners_of(FUNCTION.validate_python(ONE_OF_EACH[3])) == [5.0, 15.0]
