"""What OpenStreetMap's tags mean here: which features go to which layer, names, speeds and road classes."""

from __future__ import annotations

import ast
import math
import re
from typing import TYPE_CHECKING
from typing import Any
from typing import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Rule(NamedTuple):
    """A tag, the layer its features belong to, and the layer's word for them."""

    layer: str
    key: str
    value: str
    word: str


RULES: tuple[Rule, ...] = (
    Rule("stations", "railway", "station", "heavy-rail"),
    Rule("stations", "railway", "halt", "heavy-rail"),
    Rule("stations", "railway", "tram_stop", "light-rail"),  # how the stops of the light rail are mapped
    Rule("talent", "amenity", "university", "university"),
    Rule("talent", "amenity", "college", "college"),
    Rule("talent", "amenity", "research_institute", "institute"),
    Rule("zoning", "landuse", "industrial", "industrial"),
    Rule("zoning", "landuse", "port", "logistics"),
    Rule("zoning", "landuse", "depot", "storage-workshop"),
    Rule("zoning", "landuse", "commercial", "commercial"),
    Rule("zoning", "landuse", "retail", "commercial"),
    Rule("zoning", "landuse", "residential", "residential"),
    Rule("zoning", "landuse", "education", "institution"),
    Rule("zoning", "landuse", "institutional", "institution"),
    Rule("zoning", "landuse", "religious", "institution"),
    Rule("zoning", "landuse", "recreation_ground", "recreation"),
    Rule("zoning", "landuse", "village_green", "open-space"),
    Rule("zoning", "landuse", "farmland", "agriculture"),
    Rule("zoning", "landuse", "farmyard", "agriculture"),
    Rule("zoning", "landuse", "orchard", "agriculture"),
    Rule("zoning", "landuse", "plant_nursery", "agriculture"),
    Rule("zoning", "landuse", "greenhouse_horticulture", "agriculture"),
    Rule("zoning", "landuse", "aquaculture", "agriculture"),
    Rule("zoning", "landuse", "railway", "road"),
    Rule("zoning", "landuse", "cemetery", "other"),
    Rule("zoning", "landuse", "landfill", "other"),
    Rule("zoning", "landuse", "military", "other"),
    Rule("zoning", "landuse", "quarry", "other"),
    Rule("zoning", "landuse", "brownfield", "undetermined"),
    Rule("zoning", "landuse", "construction", "undetermined"),
    Rule("zoning", "landuse", "greenfield", "undetermined"),
    Rule("sensitive_uses", "amenity", "school", "school"),
    Rule("sensitive_uses", "amenity", "kindergarten", "school"),
    Rule("sensitive_uses", "amenity", "hospital", "hospital"),
    Rule("sensitive_uses", "residential", "rural", "village"),  # goes with landuse=residential, and says more
    Rule("sensitive_uses", "residential", "village", "village"),
    Rule("sensitive_uses", "landuse", "residential", "housing"),
    Rule("constraints", "leisure", "nature_reserve", "conservation"),
    Rule("constraints", "boundary", "protected_area", "conservation"),
    Rule("constraints", "boundary", "national_park", "conservation"),
    Rule("constraints", "natural", "water", "water"),
    Rule("constraints", "natural", "wetland", "water"),  # mud and marsh flood; legal protection has tags of its own
    Rule("constraints", "waterway", "riverbank", "water"),
    Rule("constraints", "waterway", "dock", "water"),
    Rule("constraints", "landuse", "reservoir", "water"),
    Rule("constraints", "landuse", "basin", "water"),
    Rule("constraints", "landuse", "aquaculture", "water"),
    Rule("place_names", "place", "city", "city"),
    Rule("place_names", "place", "town", "town"),
    Rule("place_names", "place", "suburb", "district"),
    Rule("place_names", "place", "quarter", "district"),
    Rule("place_names", "place", "neighbourhood", "district"),
    Rule("place_names", "place", "village", "village"),
    Rule("place_names", "place", "hamlet", "village"),
    Rule("place_names", "place", "island", "landmark"),
)
"""Every tag that is read, in the order in which it decides; a feature may belong to several layers, once to each."""

MIN_ZOOM = {"city": 9, "town": 10, "district": 12, "landmark": 12, "village": 13}
"""Zoom of the map from which a kind of place is named, after the reference geography."""

COUNTRY_PARK = ("country park", "郊野公園")
"""Country parks are mapped as any protected area; their names tell."""

ROADS = {
    "motorway": "motorway",
    "motorway_link": "motorway_link",
    "trunk": "trunk",
    "trunk_link": "trunk_link",
    "primary": "primary",
    "primary_link": "primary_link",
    "secondary": "secondary",
    "secondary_link": "secondary_link",
    "tertiary": "tertiary",
    "tertiary_link": "tertiary",
    "unclassified": "unclassified",
    "road": "unclassified",
    "residential": "residential",
    "living_street": "service",
    "service": "service",
}
"""Classes open to motor vehicles, and the class of the study's [travel.speeds_kph] they count as."""

BYWAYS = ("alley", "driveway", "drive-through", "emergency_access", "parking_aisle")
"""Service roads that lead nowhere but to a door."""

CLOSED = ("no", "private", "agricultural", "forestry")
ACCESS = ("motorcar", "motor_vehicle", "vehicle", "access")
"""Tags that close a way to lorries and cars, the more particular first: it overrules the others."""

ENGLISH = ("name:en",)
CHINESE = ("name:zh-Hant-HK", "name:zh-HK", "name:zh-Hant", "name:zh")
NAMES = (*ENGLISH, *CHINESE, "name")

CITY = ("addr:city", "is_in:city", "addr:province", "is_in")
"""Tags in which a feature may say where it lies."""

STREET_TAGS = ("highway", "oneway", "junction", "maxspeed", "service", "area", *ACCESS, *NAMES)
"""Tags of streets that are read."""

FEATURE_TAGS = (*dict.fromkeys(rule.key for rule in RULES), "type", "area", "station", *NAMES, *CITY)
"""Tags of features that are read; `type` and `area` tell OSMnx what is a polygon."""

IMPLIED_KPH = {"hk:urban": 50.0, "cn:urban": 50.0, "cn:rural": 70.0, "cn:motorway": 120.0}
"""Limits without a sign: Road Traffic Ordinance (Cap. 374) s. 40; Regulations on Road Traffic Safety, arts. 45, 78."""

KPH = {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}


SIMPLIFIED = frozenset(
    "东园区国广业门车龙湾镇乡场观罗宝坝铁桥农厂医总产发开关图县达过边华学头岭岗线环电红阳贝莲银丽兴际滨"
)
"""Frequent characters that Traditional Chinese does not have: a name with one of them is in Simplified Chinese."""

_CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"


def word_of(tags: Mapping[str, Any], layer: str) -> Rule | None:
    """Return the first rule of a layer that a feature's tags fulfil."""
    return next((rule for rule in RULES if rule.layer == layer and tags.get(rule.key) == rule.value), None)


def names_of(tags: Mapping[str, Any]) -> tuple[str, str]:
    """
    Return the English and the Chinese name of a feature.

    A name in its own tag goes first; else it is the part of `name` in that script, which in Hong Kong holds both
    ("青山公路 Castle Peak Road").

    Parameters
    ----------
    tags
        Tags of the feature; a value may be a list, as where OSMnx joined streets.
    """
    parts = [split_name(name) for name in _texts(tags.get("name"))]
    english = next((found for key in ENGLISH if (found := " / ".join(_texts(tags.get(key))))), "")
    chinese = next((found for key in CHINESE if (found := " / ".join(_texts(tags.get(key))))), "")
    english = english or " / ".join(dict.fromkeys(en for en, _ in parts if en))
    return english, chinese or " / ".join(dict.fromkeys(zh for _, zh in parts if zh))


def split_name(name: str) -> tuple[str, str]:
    """
    Return the English and the Chinese part of a name that holds both; nothing of it is lost.

    Parameters
    ----------
    name
        E.g. "青山公路 - 元朗段 Castle Peak Road - Yuen Long", "Tsing Yi 青衣", "屏廈路 (Ping Ha Road)".

    Returns
    -------
    tuple of str
        ("Castle Peak Road - Yuen Long", "青山公路 - 元朗段") and so on; a part that is not there is empty.
    """
    # "Tsing Yi青衣" lacks the space; but "MTR站" and "T2主幹路" are Chinese, so only lower case ends an English word
    spaced = re.sub(rf"(?<=[a-z])(?=[{_CJK}])|(?<=[{_CJK}])(?=[(（]?[A-Z][a-z])", " ", name)
    words = spaced.split()
    scripts = [_script(word) for word in words]
    parts: dict[str, list[str]] = {"en": [], "zh": []}
    for position, word in enumerate(words):
        before = [script for script in scripts[:position] if script]
        after = [script for script in scripts[position:] if script]
        # dashes and numbers belong to the words before them, at the beginning to those after
        nearest = scripts[position] or (before or list(reversed(after)) or ["en"])[-1]
        parts[nearest].append(word)
    return _unwrapped(" ".join(parts["en"])), _unwrapped(" ".join(parts["zh"]))


def _script(word: str) -> str:
    if re.search(rf"[{_CJK}]", word):
        return "zh"
    return "en" if any(letter.isalpha() for letter in word) else ""


def _unwrapped(text: str) -> str:
    """Take off brackets round the whole text."""
    found = re.fullmatch(r"[(（]([^()（）]*)[)）]", text)
    return found[1].strip() if found else text


def speed_kph(maxspeed: Any) -> float:
    """
    Return a speed limit as a number.

    Parameters
    ----------
    maxspeed
        Value of the tag: "50", "30 mph", "HK:urban", "50|70" by lane, "50;70", or a list of such values.

    Returns
    -------
    float
        Kilometres an hour, the mean of several; NaN for "none", "signals", what cannot be read, and below 1.
    """
    found = [speed for text in _texts(maxspeed) for part in re.split(r"[|;]", text) if (speed := _one_speed(part))]
    return sum(found) / len(found) if found else math.nan


def _one_speed(text: str) -> float | None:
    text = text.strip().casefold()
    number = re.fullmatch(r"(\d{1,3}(?:[.,]\d+)?) ?(km/h|kmh|kph|mph|knots)?", text)
    speed = float(number[1].replace(",", ".")) * KPH[number[2] or ""] if number else IMPLIED_KPH.get(text)
    return speed if speed is not None and speed >= 1 else None


def road_class(tags: Mapping[str, Any]) -> str:
    """
    Return the class of a street as the study knows it; empty where no motor vehicle may use it.

    Parameters
    ----------
    tags
        `highway` and what restricts it; a list of classes counts as the slowest of them that is driven.
    """
    driven = [word for word in _texts(tags.get("highway")) if word in ROADS]
    if not driven or not_driven(tags):
        return ""
    return ROADS[max(driven, key=list(ROADS).index)]


def not_driven(tags: Mapping[str, Any]) -> str:
    """Return the tag that closes a way to motor vehicles, e.g. "highway=footway"; empty where it is open."""
    kinds = _texts(tags.get("highway"))
    if not any(kind in ROADS for kind in kinds):
        return f"highway={kinds[0] if kinds else ''}"
    if tags.get("area") == "yes":
        return "area=yes"
    if tags.get("service") in BYWAYS:
        return f"service={tags['service']}"
    access = next((key for key in ACCESS if isinstance(tags.get(key), str) and tags[key]), None)
    return f"{access}={tags[access]}" if access and tags[access] in CLOSED else ""


def _texts(value: Any) -> list[str]:
    """Return the values of a tag: itself, the items of a list, or of a list written as text by `save_graphml`."""
    if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):  # the last two where it is nested without end
            return [value.strip()]
    if isinstance(value, list | tuple | set):
        return sorted({text for item in value for text in _texts(item)})
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return []
    text = str(value).strip()
    return [text] if text else []
