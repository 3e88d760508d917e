"""How people, cars and goods travel, for the methods page: in words, and who may enter which hall how."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from typing import Any

import pandas as pd

from nmplan.maps.shell import both
from nmplan.maps.shell import said
from nmplan.maps.strings import load_strings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

    from nmplan.maps.material import Material

WAYS = {"rail": "access_rail", "bus": "access_bus", "foot": "on_foot"}
PERMITS = {"none": "permit_none", "quota": "permit_quota", "closed-road": "permit_closed_road"}

_HOURS = re.compile(r"hours.*?(published|memory|general knowledge|assumed|judgement)", re.IGNORECASE)


def describe_travel(material: Material) -> str:
    """
    Return paragraphs and tables on travel, in both languages, or nothing where no crossing is known.

    Parameters
    ----------
    material
        Its layers crossings, crossing_services, crossing_access, stations, transit_lines and bus_lines, as far as
        there are any, and its scenarios.
    """
    layers = material.layers
    if "crossing_services" not in layers:
        return ""
    words = "".join(said("p", key) for key in ("travel_transit", "travel_closed", "travel_car", "travel_goods"))
    matrix = material.study is not None and material.study.travel.minutes_from == "matrix"
    words += said("p", "travel_matrix") if matrix else ""
    return f"{words}{_lines(material)}{_feeders(material)}{_access(layers)}{_permits(layers)}"


def count_hours(lines: pd.DataFrame) -> dict[str, int]:
    """
    Return for how many bus lines the hours are "published", "assumed" (or from memory), and "unsaid".

    Parameters
    ----------
    lines
        The layer `bus_lines`: line_id, first_at, and basis, where somebody wrote one.
    """
    each = lines.drop_duplicates("line_id")
    basis = each["basis"].fillna("").astype(str) if "basis" in each else pd.Series("", index=each.index)
    found = [_HOURS.search(text) for text in basis]
    published = sum(match is not None and match[1].lower() == "published" for match in found)
    unsaid = int(basis.eq("").sum())
    return {"published": published, "assumed": len(each) - published - unsaid, "unsaid": unsaid}


def _lines(material: Material) -> str:
    """Return how many lines there are, and how many bus lines run in published hours."""
    layers = material.layers
    if "bus_lines" not in layers or layers["bus_lines"].empty:
        return said("p", "travel_no_buses")
    buses = layers["bus_lines"]
    rail = len(layers["transit_lines"]) if "transit_lines" in layers else 0
    source = material.study.layers.get("bus_lines") if material.study else None
    if source is not None and source.adapter == "gtfs":
        return said("p", "travel_feed", rail=str(rail), buses=str(buses["line_id"].nunique()))
    hours = count_hours(buses)
    told = said("p", "travel_lines", "", rail=rail, buses=buses["line_id"].nunique(), **hours)
    return told + (said("p", "travel_unsaid", unsaid=hours["unsaid"]) if hours["unsaid"] else "")


def _feeders(material: Material) -> str:
    """Return which scenarios assume feeder buses."""
    own = [one for one in material.scenarios if one.planned_feeders]
    if not own:
        return said("p", "travel_no_feeders")
    strings = load_strings()
    english, chinese = "; ".join(one.name_en for one in own), "、".join(one.name_zh for one in own)
    told = (strings[key]["travel_feeders"].format(scenarios=names) for key, names in (("en", english), ("zh", chinese)))
    return both("p", *told)


def _access(layers: Mapping[str, Any]) -> str:
    """Return the table of halls: by which lines one gets there, and whether the stop lies in the closed area."""
    table = layers.get("crossing_access")
    if table is None or table.empty:
        return ""
    halls, stops = _named(layers.get("crossings"), "crossing_id"), stop_names(layers)
    rows = []
    for row in table.to_dict("records"):
        stop = stops.get(row["stop_id"], (row["stop_id"] or "–",) * 2)
        cells = (
            _labelled("access_way", *_said(WAYS[row["way"]])),
            _labelled("access_stop", *stop),
            _figure("access_walk", _minutes(row["walk_min"]) if row["walk_min"] else ("–", "–")),
            _labelled("access_closed", *_said("yes" if row["closed_area"] else "no")),
            _years(row["opens"], row["closes"]),
            _why(row),
        )
        rows.append(f"<tr>{_hall(halls, row['crossing_id'])}{''.join(cells)}</tr>")
    heads = ("crossing_head", "access_way", "access_stop", "access_walk", "access_closed", "access_years", "access_why")
    return said("h3", "entry_head") + _table(heads, rows, figures=("access_walk",))


def _permits(layers: Mapping[str, Any]) -> str:
    """Return the table of permits: what each crossing asks of a car northbound, when, and what clearing takes."""
    services = layers["crossing_services"]
    cars = services[services["user"].eq("car") & services["direction"].eq("northbound")]
    if cars.empty:
        return ""
    halls = _named(layers.get("crossings"), "crossing_id")
    rows = []
    for row in cars.to_dict("records"):
        cells = (
            _labelled("permit_head", *_said(PERMITS[row["permit"]])),
            f"<td>{said('i', 'hours_head')}{html.escape('–'.join([row['opens_at'], row['closes_at']]))}</td>",
            _figure("clears_head", _clearance(row)),
            _years(row["valid_from"], row["valid_to"]),
            _why(row),
        )
        rows.append(f"<tr>{_hall(halls, row['crossing_id'])}{''.join(cells)}</tr>")
    heads = ("crossing_head", "permit_head", "hours_head", "clears_head", "access_years", "access_why")
    return said("h3", "permits_head") + _table(heads, rows, figures=("clears_head",))


def _table(heads: Sequence[str], rows: Sequence[str], figures: Sequence[str]) -> str:
    """Return a table that becomes a list on a phone."""
    cells = "".join(said("th", key, f' scope="col"{" class=figure" if key in figures else ""}') for key in heads)
    return f'<table class="stack halls"><thead><tr>{cells}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _hall(halls: Mapping[str, tuple[str, str]], crossing: str) -> str:
    """Return the head of a crossing's row."""
    return both("th", *halls.get(crossing, (crossing, crossing)), ' scope="row"')


def _labelled(key: str, english: str, chinese: str) -> str:
    """Return a cell whose column is said again where there is no head above it."""
    return f"<td>{said('i', key)}{both('span', english, chinese)}</td>"


def _figure(key: str, value: tuple[str, str]) -> str:
    """Return a cell with a figure."""
    return f'<td class="figure">{said("i", key)}{both("span", *value)}</td>'


def _said(key: str) -> tuple[str, str]:
    """Return a string of the table in English and Chinese."""
    strings = load_strings()
    return strings["en"][key], strings["zh"][key]


def _minutes(number: object) -> tuple[str, str]:
    """Return minutes in both languages."""
    text = f"{number:g}" if isinstance(number, int | float) else str(number)
    english, chinese = _said("unit_min")
    return f"{text} {english}", f"{text} {chinese}"


def _clearance(service: Mapping[str, Any]) -> tuple[str, str]:
    """Return minutes of clearance, quiet and peak, and what parking adds, in both languages."""
    times = [f"{service[name]:g}" for name in ("clearance_quiet_min", "clearance_peak_min")]
    english, chinese = _minutes(" / ".join(times))
    if not service["parking_min"]:
        return english, chinese
    more = {
        key: texts["parking_more"].format(minutes=f"{service['parking_min']:g}")
        for key, texts in load_strings().items()
    }
    return f"{english}; {more['en']}", f"{chinese}；{more['zh']}"


def _years(first: float, last: float) -> str:
    """Return from which and before which year a row holds; a dash where it always does."""
    strings = load_strings()
    years = {"from": f"{first:.0f}", "to": f"{last:.0f}"}
    keys = {
        (False, False): "",
        (True, False): "years_from",
        (False, True): "years_until",
        (True, True): "years_between",
    }
    key = keys[not pd.isna(first), not pd.isna(last)]
    texts = [strings[language][key].format(**years) if key else "–" for language in ("en", "zh")]
    return _labelled("access_years", texts[0], texts[1])


def _why(row: Mapping[str, Any]) -> str:
    """Return on what a row rests, as its author wrote it."""
    parts = [html.escape(text) for name in ("basis", "source") if (text := _text(row.get(name)))]
    return f'<td class="why" lang="en">{"; ".join(parts) or "–"}</td>'


def _text(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _named(layer: pd.DataFrame | None, key: str) -> dict[str, tuple[str, str]]:
    """Return names in both languages by id; each stands in for the other where one is missing."""
    if layer is None:
        return {}
    rows = zip(layer[key], layer["name_en"].map(_text), layer["name_zh"].map(_text), strict=True)
    return {one: (english or chinese or one, chinese or english or one) for one, english, chinese in rows}


def stop_names(layers: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the names of stations and of bus stops, by id."""
    buses = layers.get("bus_lines")
    named = None if buses is None else buses[["stop_id", "stop_en", "stop_zh"]].drop_duplicates("stop_id")
    renamed = None if named is None else named.rename(columns={"stop_en": "name_en", "stop_zh": "name_zh"})
    return _named(layers.get("stations"), "station_id") | _named(renamed, "stop_id")
