from __future__ import annotations

import math
from typing import Any

import osmnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.osm_tags import MIN_ZOOM
from nmplan.layers.osm_tags import ROADS
from nmplan.layers.osm_tags import RULES
from nmplan.layers.osm_tags import names_of
from nmplan.layers.osm_tags import not_driven
from nmplan.layers.osm_tags import road_class
from nmplan.layers.osm_tags import speed_kph
from nmplan.layers.osm_tags import split_name
from nmplan.layers.sources import bundled_folder
from nmplan.study import Study
from nmplan.words import ZONES


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [
        ("青山公路 Castle Peak Road", "Castle Peak Road", "青山公路"),
        ("Tsing Yi 青衣", "Tsing Yi", "青衣"),
        ("青山公路 - 元朗段 Castle Peak Road - Yuen Long", "Castle Peak Road - Yuen Long", "青山公路 - 元朗段"),
        ("屏廈路 (Ping Ha Road)", "Ping Ha Road", "屏廈路"),
        ("屏廈路（Ping Ha Road）", "Ping Ha Road", "屏廈路"),
        ("Elliot Crescent", "Elliot Crescent", ""),
        ("落馬洲", "", "落馬洲"),
        ("T2主幹路 Trunk Road T2", "Trunk Road T2", "T2主幹路"),
        ("3號幹線 Route 3", "Route 3", "3號幹線"),
        ("Tsing Yi青衣", "Tsing Yi", "青衣"),
        ("新田Chau Tau", "Chau Tau", "新田"),
        ("MTR站", "", "MTR站"),
        ("9 號碼頭 Pier 9", "Pier 9", "9 號碼頭"),
        ("", "", ""),
        ("42", "42", ""),
    ],
)
def test_names_that_hold_both_languages_are_split(name: str, english: str, chinese: str) -> None:
    assert split_name(name) == (english, chinese)


@given(st.lists(st.sampled_from(["青山", "公路", "Road", "of", "-", "7", "T2", "三號K", "&", "É"]), max_size=8))
def test_no_part_of_a_name_is_lost(words: list[str]) -> None:
    english, chinese = split_name(" ".join(words))
    assert sorted(english.split() + chinese.split()) == sorted(words)


@given(st.text(max_size=30))
def test_any_text_can_be_split(text: str) -> None:
    english, _ = split_name(text)
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in english)


@pytest.mark.parametrize(
    ("tags", "english", "chinese"),
    [
        ({"name": "深圳湾公路", "name:zh-Hant": "深圳灣公路", "name:en": "Shenzhen Bay Highway"},
         "Shenzhen Bay Highway", "深圳灣公路"),
        ({"name": "新田 San Tin", "name:en": "San Tin Village"}, "San Tin Village", "新田"),
        ({"name:zh": "古洞", "name:zh-HK": "古洞北"}, "", "古洞北"),
        ({"name": ["二街 Second Street", "一街 First Street"]}, "First Street / Second Street", "一街 / 二街"),
        ({"name": "['一街 First Street', '二街']"}, "First Street", "一街 / 二街"),
        ({"name": math.nan, "name:en": None}, "", ""),
        ({"name": "[not a list]"}, "[not a list]", ""),
        ({"name": "[" * 9999 + "]"}, "[" * 9999 + "]", ""),
    ],
)  # fmt: skip
def test_names_in_their_own_tags_go_first(tags: dict[str, Any], english: str, chinese: str) -> None:
    assert names_of(tags) == (english, chinese)


@pytest.mark.parametrize(
    ("tag", "kph"),
    [
        ("50", 50),
        ("50 km/h", 50),
        ("62,5", 62.5),
        ("30 mph", 48.28032),
        ("10 knots", 18.52),
        ("70|50", 60),
        ("70;50", 60),
        ("HK:urban", 50),
        ("CN:motorway", 120),
        (["50", "HK:urban", "signals"], 50),
        ("['50', '70']", 60),
        (50, 50),
        (50.0, 50),
        ("none", math.nan),
        ("signals", math.nan),
        ("0", math.nan),
        ("-50", math.nan),
        ("1e9", math.nan),
        ("", math.nan),
        (None, math.nan),
        (math.nan, math.nan),
    ],
)
def test_speed_limits(tag: Any, kph: float) -> None:
    assert speed_kph(tag) == pytest.approx(kph, nan_ok=True)


@pytest.mark.parametrize("tag", ["50", "70 km/h", "30 mph", "70|50", "62,5"])
def test_ordinary_speed_limits_are_read_as_osmnx_reads_them(tag: str) -> None:
    assert speed_kph(tag) == pytest.approx(osmnx.routing._clean_maxspeed(tag), rel=1e-5)


@pytest.mark.parametrize(
    ("tags", "word", "closed"),
    [
        ({"highway": "trunk_link"}, "trunk_link", ""),
        ({"highway": "tertiary_link"}, "tertiary", ""),
        ({"highway": "living_street"}, "service", ""),
        ({"highway": "road"}, "unclassified", ""),
        ({"highway": "footway"}, "", "highway=footway"),
        ({"highway": "construction", "construction": "trunk"}, "", "highway=construction"),
        ({"highway": "hostile <b>"}, "", "highway=hostile <b>"),
        ({}, "", "highway="),
        ({"highway": "service", "service": "driveway"}, "", "service=driveway"),
        ({"highway": "service", "area": "yes"}, "", "area=yes"),
        ({"highway": "residential", "access": "private"}, "", "access=private"),
        ({"highway": "residential", "access": "no", "motor_vehicle": "permissive"}, "residential", ""),
        ({"highway": "residential", "access": "yes", "motor_vehicle": "no"}, "", "motor_vehicle=no"),
        ({"highway": "['primary', 'secondary']"}, "secondary", ""),
        ({"highway": ["residential", "footway"]}, "residential", ""),
    ],
)
def test_road_classes(tags: dict[str, Any], word: str, closed: str) -> None:
    assert (road_class(tags), not_driven(tags)) == (word, closed)


def test_every_road_class_has_a_speed_in_the_bundled_study() -> None:
    assert set(ROADS.values()) <= set(Study.load(bundled_folder() / "study.toml").travel.speeds_kph)


def test_every_word_is_one_of_its_layers() -> None:
    for rule in RULES:
        columns = CONTRACTS[rule.layer].columns
        if rule.layer == "zoning":
            assert rule.word in ZONES
        elif rule.layer == "place_names":
            assert rule.word in MIN_ZOOM
        elif rule.layer in {"sensitive_uses", "constraints"}:
            assert rule.word in columns["kind"].allowed
