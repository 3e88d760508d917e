from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nmplan.maps.quantise import unpack_geometries
from nmplan.maps.sandboxes import build_sandboxes
from nmplan.maps.sandboxes import card
from nmplan.maps.sandboxes import render

if TYPE_CHECKING:
    from nmplan.maps.material import Material

RULES = {"permitted_share": 0, "boundary_m": 1, "conservation_share": 2}


@pytest.fixture(scope="session")
def told(sandbox_material: Material) -> dict[str, Any]:
    return build_sandboxes(sandbox_material)


@pytest.fixture(scope="session")
def page(sandbox_material: Material) -> str:
    return render(sandbox_material)


def zone_of(told: dict[str, Any], land: str, scenario: int = 0) -> dict[str, Any]:
    return next(zone for zone in told["scenarios"][scenario]["zones"] if zone["land"] == land)


def test_every_kind_of_the_study_is_told_with_its_limits(told: dict[str, Any], sandbox_material: Material) -> None:
    assert sandbox_material.study is not None
    kinds = sandbox_material.study.sandboxes
    assert [kind["id"] for kind in told["kinds"]] == list(kinds)
    for kind, sandbox in zip(told["kinds"], kinds.values(), strict=True):
        assert (kind["minimum_ha"], kind["gap_m"]) == (sandbox.minimum_ha, sandbox.gap_m)
        assert [rule["reason"]["en"] for rule in kind["rules"]] == [rule.reason_en for rule in sandbox.rules]
        assert [each["id"] for each in kind["criteria"]] == [each.measure for each in sandbox.readiness]
    assert [rule["limit"] for rule in told["kinds"][0]["rules"]] == ["≥ 0.9", "≤ 2,500", "≤ 0"]
    assert [rule["assumed"] for rule in told["kinds"][0]["rules"]] == [False, True, False]


def test_numbers_are_those_of_the_tables(told: dict[str, Any], sandbox_material: Material) -> None:
    for scenario in told["scenarios"]:
        tables = sandbox_material.tables[scenario["id"]]
        rows = {row.sandbox_id.replace(f":{row.outcome}:", ":"): row for row in tables["sandboxes"].itertuples()}
        assert len(scenario["zones"]) == len(rows)
        for zone in scenario["zones"]:
            row = rows[zone["land"]]
            assert zone["area_ha"] == row.area_ha
            assert zone["outcome"] == row.outcome
            own = tables["sandbox_readiness"][tables["sandbox_readiness"]["sandbox_id"].eq(row.sandbox_id)]
            assert [part["points"] for part in zone["ledger"]] == own["points"].round(6).tolist()
            if np.isnan(row.readiness):
                assert zone["readiness"] is None
            else:
                assert zone["readiness"] == pytest.approx(sum(own["points"]), abs=1e-5)


def test_accepted_zones_come_first_and_the_readiest_before_the_rest(told: dict[str, Any]) -> None:
    zones = told["scenarios"][0]["zones"]
    ready = [zone["land"] for zone in zones if zone["outcome"] == "accepted"]
    # 39.96 + 29.94 + 19.98, 45 + 25.5 + 9.25, 33.3333 + 22.2222 + 11.1111
    assert ready == ["dual-data:san-tin-031", "cross-boundary-research:san-tin-031", "dual-data:san-tin-001"]
    assert [zone["outcome"] for zone in zones] == ["accepted"] * 3 + ["undecided"] * 2 + ["refused"] * 2
    # a readiness that is not known comes last among its outcome
    assert zones[4]["land"] == "green-logistics:hung-shui-kiu-001"
    assert zones[4]["readiness"] is None


def test_land_is_known_again_in_another_scenario_whatever_the_outcome(told: dict[str, Any]) -> None:
    first, later = (zone_of(told, "green-logistics:hung-shui-kiu-001", scenario) for scenario in (0, 1))
    assert (first["outcome"], later["outcome"]) == ("undecided", "accepted")
    assert first["shape"] == later["shape"]
    # seven zones, two of them on the same land, in both scenarios
    assert len(unpack_geometries(told["shapes"])) == 6


def test_each_rule_is_passed_undecided_or_failed_on_so_much_land(told: dict[str, Any]) -> None:
    def outcomes(land: str, scenario: int = 0) -> list[tuple[str, float | None]]:
        return [(rule["outcome"], rule["area_ha"]) for rule in zone_of(told, land, scenario)["rules"]]

    assert outcomes("dual-data:san-tin-001") == [("passed", None)] * 3
    assert outcomes("dual-data:san-tin-071") == [("passed", None), ("passed", None), ("undecided", 4.5)]
    assert outcomes("dual-data:san-tin-101") == [("failed", 6.0), ("passed", None), ("failed", 4.0)]
    assert outcomes("dual-data:san-tin-131") == [("passed", None)] * 3
    assert outcomes("green-logistics:hung-shui-kiu-001")[1] == ("undecided", 8.0)
    assert outcomes("green-logistics:hung-shui-kiu-001", 1) == [("passed", None)] * 3


def test_a_reason_that_ends_like_another_is_not_taken_for_it(sandbox_material: Material) -> None:
    assert sandbox_material.study is not None
    kind = sandbox_material.study.sandboxes["dual-data"]
    named = ["Near a conservation land", "conservation land", "land"]
    rules = [rule.model_copy(update={"reason_en": name}) for rule, name in zip(kind.rules, named, strict=True)]
    study = sandbox_material.study.model_copy(
        update={"sandboxes": {"dual-data": kind.model_copy(update={"rules": rules})}}
    )
    scenario = sandbox_material.scenarios[0]
    zones = scenario.sandboxes.assign(reasons="Near a conservation land (1.5 ha); land (2.0 ha)")
    material = replace(sandbox_material, study=study, scenarios=[replace(scenario, sandboxes=zones)])
    refused = build_sandboxes(material)["scenarios"][0]["zones"][-1]
    assert [rule["area_ha"] for rule in refused["rules"]] == [1.5, None, 2.0]


def test_measures_on_a_zone_are_those_of_its_sites(told: dict[str, Any], sandbox_material: Material) -> None:
    measures = sandbox_material.tables["today"]["measures"].set_index("parcel_id")["boundary_m"]
    own = measures[["san-tin-001", "san-tin-002", "san-tin-003"]]
    rule = zone_of(told, "dual-data:san-tin-001")["rules"][RULES["boundary_m"]]
    assert rule["low"] == pytest.approx(own.min(), abs=1e-6)
    assert rule["high"] == pytest.approx(own.max(), abs=1e-6)
    assert rule["low"] < rule["high"]
    # nothing was measured of the zoning
    assert zone_of(told, "dual-data:san-tin-001")["rules"][RULES["permitted_share"]]["low"] is None


def test_what_is_unknown_of_infrastructure_is_none_and_labels_are_short(told: dict[str, Any]) -> None:
    items = {row["item"]: row for row in zone_of(told, "dual-data:san-tin-001")["infrastructure"]}
    assert items["gfa_m2"]["amount"] is None
    assert items["idle_ha"]["amount"] == 0.0
    assert (items["road_km:trunk"]["en"], items["road_km:trunk"]["zh"]) == ("Trunk road", "幹線")
    assert (items["station:b"]["en"], items["crossing:lmc"]["zh"]) == ("San Tin", "落馬洲")
    assert told["looked_for"] == {"road_edges": False, "stations": True, "crossings": True, "suppliers": True}


def test_refusals_are_told_by_area_and_rule(told: dict[str, Any]) -> None:
    rows = told["scenarios"][0]["refusals"]
    assert [(row["rule"], row["outcome"], row["area_ha"]) for row in rows] == [
        (0, "failed", 6.0),
        (2, "failed", 4.0),
        (2, "undecided", 4.5),
        (None, "failed", 3.0),
    ]
    assert rows[0]["area"] == {"en": "San Tin", "zh": "新田"}
    assert rows[3]["area"] is None


def test_neighbours_are_areas_that_kinds_name(told: dict[str, Any]) -> None:
    (park,) = told["neighbours"]["items"]
    assert park["en"] == "Shenzhen park"
    assert [told["kinds"][kind]["id"] for kind in park["kinds"]] == ["cross-boundary-research"]
    assert len(unpack_geometries(told["neighbours"]["geometry"])) == 1


def test_the_page_holds_the_data_once_and_is_the_same_twice(page: str, sandbox_material: Material) -> None:
    assert page == render(sandbox_material)
    found = re.search(r'<script type="application/json" id="nmplan-data">(.*?)</script>', page, re.DOTALL)
    assert found
    data = json.loads(found[1])
    data.pop("strings")
    assert data == json.loads(json.dumps(build_sandboxes(sandbox_material)))


def fallback_of(page: str) -> str:
    found = re.search(r"<noscript>(.*?)</noscript>", page, re.DOTALL)
    assert found
    return found[1]


def test_without_scripts_zones_reasons_and_refusals_are_there(page: str, told: dict[str, Any]) -> None:
    shown = fallback_of(page)
    for zone in told["scenarios"][0]["zones"]:
        assert (zone["en"] in shown) == (zone["outcome"] != "refused")
    assert "<td>89.9</td><td>21.0</td>" in shown
    assert "數據不足以判定：屬保育用地（4.5公頃）" in shown
    # a head and five zones, a head and three refusals
    assert shown.count("<tr>") == 10
    assert "not known" in shown


def test_the_picture_has_each_zone_but_no_refused_land(sandbox_material: Material) -> None:
    assert card(sandbox_material).count('stroke="#D55E00"') == 5


def test_a_study_without_kinds_says_so(sandbox_material: Material) -> None:
    assert sandbox_material.study is not None
    study = sandbox_material.study.model_copy(update={"sandboxes": {}})
    scenarios = [replace(one, sandboxes=one.sandboxes.iloc[:0]) for one in sandbox_material.scenarios]
    empty = replace(sandbox_material, study=study, scenarios=scenarios, tables={})
    told = build_sandboxes(empty)
    assert told["kinds"] == []
    assert told["shapes"] == ""
    assert "This study has no kinds of sandbox." in fallback_of(render(empty))


def test_tables_that_are_empty_are_no_trouble(sandbox_material: Material) -> None:
    tables = {
        key: {name: table.iloc[:0] for name, table in own.items()} for key, own in sandbox_material.tables.items()
    }
    scenarios = [replace(one, sandboxes=one.sandboxes.iloc[:0]) for one in sandbox_material.scenarios]
    empty = replace(sandbox_material, scenarios=scenarios, tables=tables)
    told = build_sandboxes(empty)
    assert len(told["kinds"]) == 5
    assert all(scenario["zones"] == [] == scenario["refusals"] for scenario in told["scenarios"])
    assert "No zone." in fallback_of(render(empty))


def test_text_of_data_is_escaped(sandbox_material: Material) -> None:
    scenario = sandbox_material.scenarios[0]
    zones = scenario.sandboxes.assign(name_en="<img src=x>", reasons=pd.Series("<b>", index=scenario.sandboxes.index))
    page = render(replace(sandbox_material, scenarios=[replace(scenario, sandboxes=zones)]))
    assert "<img src=x>" not in page
    assert "&lt;img src=x&gt;" in fallback_of(page)
