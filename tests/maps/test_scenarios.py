from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nmplan.maps.quantise import MISSING
from nmplan.maps.quantise import unpack_column
from nmplan.maps.scenarios import MINUTES
from nmplan.maps.scenarios import build_comparison
from nmplan.maps.scenarios import card
from nmplan.maps.scenarios import first_pair
from nmplan.maps.scenarios import render
from nmplan.scores.differences import mean_by_area

if TYPE_CHECKING:
    from nmplan.maps.material import Material


def make_measures(material: Material, saved: float) -> pd.DataFrame:
    """Return minutes that fall from site to site; the third site reaches nothing."""
    ids = sorted(material.sites["parcel_id"])
    table = pd.DataFrame({"parcel_id": ids} | {name: np.linspace(60, 20, len(ids)) - saved for name in MINUTES})
    table.loc[2, "crossing_min"] = np.nan
    return table


def services() -> pd.DataFrame:
    rows = [
        ("port", "people", "northbound", "road", "none", 2027, None),
        ("port", "people", "southbound", "road", "none", 2027, None),
        ("port", "car", "southbound", "road", "quota", 2027, None),
        ("port", "goods", "southbound", "road", "none", None, 2030),
        ("port", "people", "southbound", "rail", "none", 2045, None),
        ("gone", "people", "southbound", "road", "none", 2027, None),
    ]
    return pd.DataFrame(rows, columns=["crossing_id", "user", "direction", "mode", "permit", "valid_from", "valid_to"])


def buses() -> pd.DataFrame:
    """Return the calls of a line that opens in between, and of one that is there all the time."""
    calls = [("new", "N1", 2030.0), ("new", "N1", 2030.0), ("old", "O1", np.nan), ("old", "O1", np.nan)]
    table = pd.DataFrame(calls, columns=["line_id", "route", "opens"])
    return table.assign(mode="minibus", name_en="A – B", name_zh="甲 – 乙", closes=np.nan)


@pytest.fixture(scope="module")
def whole(material: Material) -> Material:
    crossings = pd.DataFrame({"crossing_id": ["port"], "name_en": ["New port"], "name_zh": ["新口岸"]})
    roads = pd.DataFrame(
        [("Old Road", "舊路", np.nan, 2031), ("Old Road", "舊路", np.nan, np.nan), ("", "", 2031, np.nan)],
        columns=["name_en", "name_zh", "opens", "closes"],
    )
    layers = {"transit_lines": material.context.transit_lines, "stations": material.context.stations}
    return replace(
        material,
        tables={"today": {"measures": make_measures(material, 0)}, "2035": {"measures": make_measures(material, 12.5)}},
        layers={
            **layers,
            "crossings": crossings,
            "crossing_services": services(),
            "road_edges": roads,
            "bus_lines": buses(),
        },
    )


def test_columns_it_refers_to_are_those_of_the_payload_and_no_other_travels(whole: Material) -> None:
    told, payload = build_comparison(whole), whole.payload
    for mine, theirs in zip(told["scenarios"], payload["scenarios"], strict=True):
        for own, other in zip(mine["results"], theirs["results"], strict=True):
            for number in (own["eligible"], *own["values"], *own["measured"]):
                expected = unpack_column(payload["columns"], number)
                assert unpack_column(told["columns"], number).tolist() == expected.tolist()
            assert set(own) < set(other)
    left_out = {result["p_top"] for one in payload["scenarios"] for result in one["results"]}
    assert any(told["columns"][number] == "" for number in left_out)
    assert sum(map(len, told["columns"][: len(payload["columns"])])) < sum(map(len, payload["columns"]))


def test_minutes_travel_in_tenths_and_unreached_stays_unknown(whole: Material) -> None:
    told = build_comparison(whole)
    assert [one["id"] for one in told["measures"]] == list(MINUTES)
    for scenario, saved in zip(told["scenarios"], (0, 12.5), strict=True):
        expected = make_measures(whole, saved)
        for name, number in zip(MINUTES, scenario["measures"], strict=True):
            tenths = unpack_column(told["columns"], number).astype(float)
            minutes = np.where(tenths == MISSING, np.nan, tenths / 10)
            np.testing.assert_allclose(minutes, expected[name], atol=0.05 + 1e-9)


def test_without_tables_only_scores_are_shown(material: Material) -> None:
    told = build_comparison(material)
    assert told["measures"] == []
    assert [one["measures"] for one in told["scenarios"]] == [[], []]


def test_what_opens_or_closes_between_the_years_is_told_once(whole: Material) -> None:
    works = build_comparison(whole)["works"]
    told = [(one["kind"], one["en"], one.get("user"), one.get("mode"), one["opens"], one["closes"]) for one in works]
    assert told == [
        ("line", "Northern Link", None, None, 2034, None),
        ("bus", "minibus N1", None, None, 2030, None),
        ("service", "New port", "people", "road", 2027, None),
        ("service", "New port", "car", "road", 2027, None),
        ("service", "New port", "goods", "road", None, 2030),
        ("road", "Old Road", None, None, None, 2031),
    ]


def test_a_crossing_ends_with_its_last_service_and_not_before(whole: Material) -> None:
    def told(table: pd.DataFrame) -> list[bool]:
        works = build_comparison(replace(whole, layers={**whole.layers, "crossing_services": table}))["works"]
        return [one["last"] for one in works if one["closes"] == 2030]

    assert told(services()) == [False]
    assert told(services().query("valid_to == 2030")) == [True]


def test_a_station_that_opens_on_an_old_line_is_told(whole: Material) -> None:
    stations = whole.context.stations.assign(opens=[2030.0, 2034.0])
    works = build_comparison(replace(whole, layers={**whole.layers, "stations": stations}))["works"]
    assert [one["en"] for one in works if one["kind"] == "station"] == ["Long Ping"]


def test_the_first_pair_is_what_the_study_compares(material: Material) -> None:
    assert first_pair(material) == (0, 1)
    third = replace(material.scenarios[1], scenario="lane", name_en="White list")
    more = replace(material, scenarios=[*material.scenarios, third])
    assert first_pair(more) == (0, 1)
    told = SimpleNamespace(since={"today": None, "2035": "lane", "lane": "2035"}.get, scenarios={})
    assert first_pair(replace(more, study=told)) == (2, 1)
    assert [one["since"] for one in build_comparison(replace(more, study=told))["scenarios"]] == [0, 2, 1]


def test_shenzhens_metro_stays_at_home(whole: Material) -> None:
    lines = whole.context.transit_lines.assign(mode=["metro", "heavy-rail"])
    context = replace(whole.context, transit_lines=lines)
    told = build_comparison(replace(whole, context=context))["context"]["lines"]["items"]
    assert [line["en"] for line in told] == ["Northern Link"]


def expected_means(material: Material) -> pd.DataFrame:
    tenant = material.tenants[0].tenant
    scores = [one.scores[one.scores["tenant"].eq(tenant)].set_index("parcel_id") for one in material.scenarios]
    areas = material.sites.set_index("parcel_id")["area_id"]
    before, after = (one[["score"]].astype(float).reindex(areas.index) for one in scores)
    return mean_by_area(before, after, areas, ["score"])


def test_without_scripts_there_are_picture_key_and_means(whole: Material) -> None:
    found = re.search(r"<noscript>(.*?)</noscript>", render(whole), re.DOTALL)
    assert found
    shown = found[1]
    assert "<svg" in shown
    assert shown.count('class="swatch change-') == 5
    for language in ("caveat_en", "caveat_zh"):
        assert whole.payload["stamp"][language] in shown
    means = expected_means(whole)
    assert len(means) == shown.count("<tr>") - 1 == 2
    for row in means.itertuples():
        figures = f"<td>{row.sites}</td><td>{row.before:.1f}</td><td>{row.after:.1f}</td><td>{row.change:+.1f}</td>"
        assert figures.replace("-", "−") in shown


def test_the_card_paints_gains_and_losses(whole: Material) -> None:
    """One site gains 10 points, one loses 3, all others stay: one path of each colour, and the rest pale."""
    payload: dict[str, Any] = whole.payload
    before, after = whole.scenarios
    own = before.scores["tenant"].eq(whole.tenants[0].tenant) & before.scores["score"].notna()
    first, second = before.scores.index[own][:2]
    moved = before.scores.copy()
    moved.loc[first, "score"] += 10
    moved.loc[second, "score"] -= 3
    picture = card(
        SimpleNamespace(**{**vars(whole), "scenarios": [before, replace(after, scores=moved)], "payload": payload})
    )
    for colour, sites in (("#542788", 1), ("#998EC3", 0), ("#F1A340", 1), ("#B35806", 0)):
        path = re.search(rf'<path d="([^"]*)" fill="{colour}"', picture)
        assert (path[1].count("M") if path else 0) == sites


def test_same_bytes_twice(whole: Material) -> None:
    assert render(whole) == render(whole)
