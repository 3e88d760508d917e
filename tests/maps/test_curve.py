from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from nmplan.maps.curve import FLOOR
from nmplan.maps.curve import LEFT
from nmplan.maps.curve import RIGHT
from nmplan.maps.curve import TOP
from nmplan.maps.curve import draw_curve
from nmplan.shapes import Band
from nmplan.shapes import Exponential
from nmplan.shapes import Linear
from nmplan.shapes import Step

MINUTES = ("min", "分鐘")


def drawn(function: Any, measured: list[float], ranked: list[bool] | None = None, label: str = "") -> ET.Element:
    sites = np.array(measured, dtype=float)
    chosen = np.array(ranked if ranked is not None else [True] * len(measured), dtype=bool)
    return ET.fromstring(draw_curve(function, MINUTES, sites, chosen, label))  # noqa: S314  (our own text)


def points(svg: ET.Element) -> list[tuple[float, float]]:
    line = next(svg.iter("polyline")).get("points") or ""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in line.split())]


def test_the_curve_falls_from_its_best_to_its_worst() -> None:
    svg = drawn(Linear(shape="linear", worst=60, best=10), [20, 30])
    curve = points(svg)
    assert curve[0] == (LEFT, TOP)
    assert curve[-1] == (RIGHT, FLOOR)
    # range_of gives 5 to 65: 35 minutes, value 0.5, lies in the middle of both
    middle = (LEFT + RIGHT) / 2
    assert np.interp(middle, *zip(*curve, strict=True)) == pytest.approx((TOP + FLOOR) / 2, abs=0.3)


def test_ticks_are_the_ranked_sites_and_bars_are_all() -> None:
    svg = drawn(Linear(shape="linear", worst=60, best=10), [10, 35, 60, np.nan], [True, False, True, True])
    ticks = next(node.get("d") or "" for node in svg.iter("path") if node.get("stroke") == "#1F2A63")
    across = (RIGHT - LEFT) / 60
    assert [int(x) for x in re.findall(r"M(\d+) ", ticks)] == [round(LEFT + 5 * across), round(LEFT + 55 * across)]
    bars = next(node.get("d") or "" for node in svg.iter("path") if node.get("fill") == "#DDE3E8")
    assert bars.count("M") == 3


def test_the_bulk_of_the_sites_is_shown_though_the_function_ends_before() -> None:
    svg = drawn(Linear(shape="linear", worst=60, best=10), [100.0] * 50)
    curve = points(svg)
    # worst, at 60 of 5 to 100, lies at 58 % of the width; beyond it the value stays 0
    reached = min(x for x, y in curve if y == FLOOR)
    assert reached == pytest.approx(LEFT + 55 / 95 * (RIGHT - LEFT), abs=2.5)


def test_a_step_is_upright_and_no_site_breaks_nothing() -> None:
    svg = drawn(Step(shape="step", at=30), [np.nan])
    upright = [
        x
        for (x, y), (right, down) in zip(points(svg), points(svg)[1:], strict=False)
        if abs(y - down) > 60 and right - x < 0.5
    ]
    assert len(upright) == 1
    assert all(node.get("fill") != "#DDE3E8" for node in svg.iter("path"))


@pytest.mark.parametrize(
    ("function", "numbers"),
    [
        (Linear(shape="linear", worst=60, best=10), ["10", "60"]),
        (Exponential(shape="exponential", plateau=5, half_life=10), ["5", "15"]),
        (Band(shape="band", low=100, high=2000, margin=2), ["98", "2,000"]),
    ],
)
def test_numbers_stand_apart_and_carry_the_unit_in_both_languages(function: Any, numbers: list[str]) -> None:
    svg = drawn(function, [])
    labels = [node for node in svg.iter("text") if node.get("y") == "98"]
    assert [node.text for node in labels] == numbers
    for node in labels:
        assert [(span.get("lang"), span.text) for span in node] == [("en-HK", " min"), ("zh-Hant-HK", " 分鐘")]


def test_the_label_is_escaped() -> None:
    assert drawn(Step(shape="step", at=3), [], label='"><script>').get("aria-label") == '"><script>'
