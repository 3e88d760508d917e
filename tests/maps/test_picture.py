from __future__ import annotations

import copy
from itertools import accumulate
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from nmplan.maps import picture
from nmplan.maps.picture import BAND_COLOURS
from nmplan.maps.picture import EXCLUDED
from nmplan.maps.picture import draw_picture
from nmplan.maps.picture import draw_shapes
from nmplan.maps.quantise import pack_geometries
from nmplan.maps.quantise import unpack_geometries
from nmplan.maps.ranking import band_of
from nmplan.maps.ranking import rank_sites


def paths(svg: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter("path"))  # noqa: S314  (our own text)


def test_every_site_is_drawn_once_in_the_colour_of_its_band(payload: dict[str, Any]) -> None:
    ranked = rank_sites(payload)
    drawn = {node.get("fill"): (node.get("d") or "").count("M") for node in paths(draw_picture(payload, "map"))}
    for band, colour in enumerate(BAND_COLOURS):
        assert drawn[colour] == sum(band_of(one.rank, len(ranked)) == band for one in ranked)
    assert drawn[EXCLUDED] == len(payload["sites"]["id"]) - len(ranked)


def test_a_crowd_is_drawn_as_squares_of_its_mean_band(payload: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {node.get("fill") for node in paths(draw_picture(payload, "map"))}
    monkeypatch.setattr(picture, "_CROWD", 0)
    monkeypatch.setattr(picture, "_SQUARE", 1000)
    monkeypatch.setattr(picture, "band_of", lambda rank, _: 0 if rank == 1 else 2)
    monkeypatch.setattr(picture, "_outlines", lambda *_: [])
    monkeypatch.setattr(picture, "_clusters", lambda *_: [])
    drawn = {node.get("fill"): node.get("d") for node in paths(draw_picture(payload, "map"))}
    # One square holds all; most of its sites are ranked, and one first among a hundred thirds does not darken it.
    assert drawn[BAND_COLOURS[2]] == "M0 0h10000v10000H0z"
    assert not drawn.keys() & {BAND_COLOURS[0], BAND_COLOURS[3], EXCLUDED}
    assert whole >= {*BAND_COLOURS, EXCLUDED}


def test_planned_rail_is_dashed_until_it_opens(payload: dict[str, Any]) -> None:
    def dashes(scenario: int) -> list[str | None]:
        drawn = paths(draw_picture(payload, "map", scenario=scenario))
        lines = [node for node in drawn if node.get("stroke-width") == "16"]
        return [node.get("stroke-dasharray") for node in lines]

    assert dashes(0) == [None, "70 60"]
    assert dashes(1) == [None, None]


def test_sites_lie_inside_the_frame(payload: dict[str, Any]) -> None:
    svg = draw_picture(payload, "map", width=500)
    root = ET.fromstring(svg)  # noqa: S314
    width, height = float(root.get("width") or 0), float(root.get("height") or 0)
    for node in paths(svg):
        if node.get("fill") in BAND_COLOURS:
            for ring in (node.get("d") or "").split("M")[1:]:
                numbers = [int(text) for text in ring.rstrip("z").replace("l", " ").split()]
                xs, ys = accumulate(numbers[::2]), accumulate(numbers[1::2])
                assert all(0 < x < width * 10 and 0 < y < height * 10 for x, y in zip(xs, ys, strict=True))


def test_names_are_escaped(payload: dict[str, Any]) -> None:
    hostile = copy.deepcopy(payload)
    hostile["context"]["areas"]["items"][0]["en"] = '<img src=x onerror="alert(1)">'
    root = ET.fromstring(draw_picture(hostile, '"><script>'))  # noqa: S314
    assert root.get("aria-label") == '"><script>'
    assert [node.tag for node in root.iter("img")] == []


def test_names_lie_clear_of_each_other_inside_the_frame(payload: dict[str, Any]) -> None:
    crowded = copy.deepcopy(payload)
    areas = crowded["context"]["areas"]
    areas["items"] = [{**areas["items"][0], "en": f"San Tin {number}", "zh": f"新田{number}"} for number in range(12)]
    square = gpd.GeoSeries([shapely.box(114.068, 22.498, 114.094, 22.516)], crs="EPSG:4326").to_crs("EPSG:2326")
    areas["geometry"] = pack_geometries(pd.concat([square.translate(150 * step, 90 * step) for step in range(12)]))
    root = ET.fromstring(draw_picture(crowded, "map", width=480))  # noqa: S314
    texts = list(root.iter("text"))
    assert 2 <= len(texts) < 24
    english = [node for node in texts if node.get("lang") == "en-HK"]
    spots = [(float(node.get("x") or 0), float(node.get("y") or 0)) for node in english]
    for place, (x, y) in enumerate(spots):
        assert 0 < x < 480
        assert 0 < y < float(root.get("height") or 0)
        for other_x, other_y in spots[:place]:
            assert abs(y - other_y) > 20 or abs(x - other_x) > 60


def test_what_stands_in_brackets_is_left_out_of_names(payload: dict[str, Any]) -> None:
    bracketed = copy.deepcopy(payload)
    bracketed["context"]["areas"]["items"][0] |= {"en": "Hetao (the Loop)", "zh": "河套（落馬洲）"}
    root = ET.fromstring(draw_picture(bracketed, "map"))  # noqa: S314
    assert [node.text for node in root.iter("text")] == ["Hetao", "河套"]


def test_shapes_are_drawn_over_the_ground_in_their_order(payload: dict[str, Any]) -> None:
    home = unpack_geometries(payload["sites"]["geometry"])
    drawn = [(home[0], 'fill="#ABCDEF"'), (home[1], 'fill="#FEDCBA"'), ([[[(0.0, 0.0), (0.1, 0.0), (0.1, 0.1)]]], "")]
    fills = [node.get("fill") for node in paths(draw_shapes(payload["context"], drawn, "map", home=home, year=2026))]
    assert fills[-2:] == ["#ABCDEF", "#FEDCBA"]
    assert "#F7F5F0" in fills[:-2]
