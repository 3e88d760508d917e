from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from nmplan.maps.methods import render
from nmplan.maps.travel import count_hours
from nmplan.maps.travel import describe_travel
from nmplan.maps.travel import stop_names

if TYPE_CHECKING:
    from nmplan.maps.material import Material


def rows_of(page: str, head: str) -> list[list[str]]:
    """Return the English cells of the table under a head."""
    table = re.search(rf"{head}.*?<tbody>(.*?)</tbody>", page, re.DOTALL)
    assert table
    plain = re.sub(r'<i><span.*?</i>|<span lang="zh.*?</span>', "", table[1])
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", plain)
    ]


def test_who_may_enter_which_hall_stands_with_stop_years_and_source(boundary: Material) -> None:
    page = describe_travel(boundary)
    assert rows_of(page, "Ways into each crossing") == [
        ["Lok Ma Chau", "bus, minibus, coach", "Port", "2 min", "yes", "–", "closed road; a notice"],
        ["New Port", "rail", stop_names(boundary.layers)["a"][0], "4 min", "no", "from 2034", "assumed; judgement"],
        ["New Port", "on foot", "–", "–", "no", "from 2034", "–"],
    ]


def test_cars_stand_with_the_permit_they_need(boundary: Material) -> None:
    rows = rows_of(describe_travel(boundary), "Which permit a car needs at which crossing")
    assert [row[:4] for row in rows] == [
        ["Lok Ma Chau", "quota and closed road permit", "00:00–24:00", "10 / 25 min"],
        ["Lok Ma Chau", "no permit: parked there, then on foot", "00:00–24:00", "20 / 30 min; 10 min more to park"],
    ]


def test_hours_count_as_published_only_where_the_basis_says_so() -> None:
    basis = [
        "hours, headway published; minutes judgement",
        "residents' bus; hours 05:55-00:45 published, headway from memory",
        "Minutes published; headway and hours from memory",
        "published: 20 minutes headway; stops and hours judgement",
        "from memory, approximate",
        "",
    ]
    lines = pd.DataFrame({"line_id": [f"l{place}" for place in range(6)], "basis": basis})
    twice = pd.concat([lines, lines])
    assert count_hours(twice) == {"published": 2, "assumed": 3, "unsaid": 1}
    assert count_hours(lines.drop(columns="basis")) == {"published": 0, "assumed": 0, "unsaid": 6}


def test_lines_are_counted_and_assumed_feeders_named(boundary: Material) -> None:
    page = describe_travel(boundary)
    rail = len(boundary.layers["transit_lines"])
    assert f"{rail} railway lines and 3 bus, minibus and shuttle lines are in the data." in page
    assert "hours are published for 1 and assumed or from memory for 1." in page
    assert "Of 1 bus lines the data do not say" in page
    assert "No scenario assumes feeder buses" in page
    later = replace(boundary.scenarios[1], planned_feeders=True)
    page = render(replace(boundary, scenarios=[boundary.scenarios[0], later]))
    assert "Feeder buses to the stations are assumed in: 2035, Northern Link open." in page
    assert page.count("Feeder buses to the stations assumed.") == 1


def test_a_feed_has_its_own_hours(boundary: Material) -> None:
    study = boundary.study
    assert study
    feed = study.layers["bus_lines"].model_copy(update={"adapter": "gtfs"})
    fed = replace(boundary, study=study.model_copy(update={"layers": {**study.layers, "bus_lines": feed}}))
    assert "with the hours and headways of a timetable feed" in describe_travel(fed)


def test_without_crossings_nothing_is_said_of_travel(boundary: Material) -> None:
    assert describe_travel(replace(boundary, layers={})) == ""
    assert 'id="travel_methods"' not in render(replace(boundary, layers={}))
    assert "This study has no bus lines" in describe_travel(
        replace(boundary, layers={"crossing_services": boundary.layers["crossing_services"]})
    )
