from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from nmplan.maps.captions import Context
from nmplan.maps.captions import RuleCaption
from nmplan.maps.payload import PayloadError
from nmplan.maps.payload import build_payload
from nmplan.maps.payload import compact
from nmplan.maps.quantise import MISSING
from nmplan.maps.quantise import unpack_column
from nmplan.maps.quantise import unpack_geometries
from nmplan.maps.quantise import unpack_words


def column(payload: dict[str, Any], number: int) -> list[int]:
    return unpack_column(payload["columns"], number).tolist()


def test_same_input_gives_same_bytes_in_any_row_order(inputs: dict[str, Any], payload: dict[str, Any]) -> None:
    shuffled = {
        **inputs,
        "sites": inputs["sites"].sample(frac=1, random_state=1),
        "scenarios": [
            replace(result, scores=result.scores.sample(frac=1, random_state=2), exclusions=result.exclusions[::-1])
            for result in inputs["scenarios"]
        ],
    }
    assert json.dumps(build_payload(**shuffled), sort_keys=True) == json.dumps(payload, sort_keys=True)


def test_input_is_left_alone(inputs: dict[str, Any]) -> None:
    before = inputs["sites"].copy()
    build_payload(**inputs)
    pd.testing.assert_frame_equal(inputs["sites"], before)


def test_values_travel_in_ten_thousandths(inputs: dict[str, Any], payload: dict[str, Any]) -> None:
    ledger = inputs["scenarios"][0].ledger
    rows = ledger[ledger["tenant"].eq("microelectronics") & ledger["criterion"].eq("crossing_min")]
    expected = rows.set_index("parcel_id")["value"].reindex(payload["sites"]["id"])
    shipped = column(payload, payload["scenarios"][0]["results"][0]["values"][1])
    assert shipped == [MISSING if np.isnan(value) else round(value * 10000) for value in expected]
    assert MISSING in shipped


def test_shared_columns_stand_once(payload: dict[str, Any]) -> None:
    today, later = (scenario["results"] for scenario in payload["scenarios"])
    area = [criterion["id"] for criterion in payload["tenants"][0]["criteria"]].index("area_ha")
    assert today[0]["values"][area] == later[0]["values"][area] == today[2]["values"][1]
    assert len(set(payload["columns"])) == len(payload["columns"])


def test_top_k_is_read_off_the_draws(payload: dict[str, Any]) -> None:
    assert payload["scenarios"][0]["results"][0]["top_k"] == 20


def test_a_missing_value_becomes_a_rule(payload: dict[str, Any]) -> None:
    rule = payload["tenants"][0]["rules"][-1]
    assert (rule["id"], rule["en"], rule["needs_value"]) == (
        "measured: crossing_min",
        "Public transport across the fastest crossing",
        True,
    )
    last = len(payload["tenants"][0]["rules"]) - 1
    told = payload["scenarios"][0]["results"][0]["rules"][last]
    outcome = column(payload, told["outcome"])
    assert sorted(outcome)[-2:] == [0, 2]
    assert column(payload, told["measured"])[outcome.index(2)] == MISSING


def test_every_site_fares_under_a_rule_as_the_table_says(inputs: dict[str, Any], payload: dict[str, Any]) -> None:
    rows = inputs["scenarios"][0].exclusions
    rows = rows[rows["tenant"].eq("microelectronics") & rows["rule"].eq("area_ha ≥ 1")].set_index("parcel_id")
    assert set(rows["outcome"]) == {"fail", "undecided"}
    told = payload["scenarios"][0]["results"][0]["rules"][1]
    expected = [{"fail": 1, "undecided": 2}.get(rows["outcome"].get(site), 0) for site in payload["sites"]["id"]]
    assert column(payload, told["outcome"]) == expected
    found = [rows["measured"].get(site) for site in payload["sites"]["id"]]
    decimals = payload["tenants"][0]["rules"][1]["decimals"]
    assert decimals > 0
    assert column(payload, told["measured"]) == [
        MISSING if one is None else math.floor(one * 10**decimals + 0.5) for one in found
    ]


def test_what_a_rule_measured_is_told_of_sites_that_pass_and_its_accuracy_of_undecided_ones(
    inputs: dict[str, Any],
) -> None:
    first, ids = inputs["scenarios"][0], sorted(inputs["sites"]["parcel_id"])
    caption = RuleCaption("housing_m ≥ 100", "Housing near by", "鄰近住宅")
    tenants = [replace(inputs["tenants"][0], rules=(caption,)), *inputs["tenants"][1:]]
    row = {"parcel_id": ids[1], "tenant": "microelectronics", "rule": caption.rule, "measured": 120.0, "limit": 100.0}
    met = pd.concat([first.exclusions, pd.DataFrame([{**row, "outcome": "undecided"}])])
    measures = pd.DataFrame({"parcel_id": ids, "housing_m": 640.0, "housing_accuracy_m": 50.0})
    scenarios = [replace(first, exclusions=met, measures=measures), inputs["scenarios"][1]]
    payload = build_payload(**{**inputs, "tenants": tenants, "scenarios": scenarios})
    told, later = (scenario["results"][0]["rules"][0] for scenario in payload["scenarios"])
    assert column(payload, told["measured"])[:3] == [640, 120, 640]
    assert column(payload, told["accuracy"])[:3] == [MISSING, 50, MISSING]
    assert later["accuracy"] is None


def test_a_further_scenario_costs_less_than_the_first(inputs: dict[str, Any]) -> None:
    def size(scenarios: list[Any]) -> int:
        made = build_payload(**{**inputs, "scenarios": scenarios})
        return sum(map(len, made["columns"]))

    first, later = inputs["scenarios"]
    alone, both, twice = size([first]), size([first, later]), size([first, first])
    assert twice == alone
    assert both - alone < 0.8 * alone


def test_a_page_carries_words_as_forms(payload: dict[str, Any]) -> None:
    packed = compact(payload)
    for name in ("id", "en", "zh", "area_id", "zone", "tenure", "status"):
        assert unpack_words(packed["sites"][name]) == payload["sites"][name]
    assert packed["columns"] is payload["columns"]
    assert len(json.dumps(packed["sites"]["id"])) < len(json.dumps(payload["sites"]["id"])) / 4
    assert compact({"stamp": {}}) == {"stamp": {}}


def test_captive_shares_are_the_tenants_chains(inputs: dict[str, Any]) -> None:
    first, *others = inputs["scenarios"]
    tenants = [replace(inputs["tenants"][0], chain="vehicles"), *inputs["tenants"][1:]]
    ids = sorted(inputs["sites"]["parcel_id"])
    shares = pd.DataFrame({"parcel_id": ids[1:], "chain": "vehicles", "captive_share": 0.25, "captive_low": 0.1})
    table = pd.concat([shares, shares.assign(chain="other", captive_share=0.9)])
    made = build_payload(**{**inputs, "tenants": tenants, "scenarios": [replace(first, captive=table), *others]})
    told = [result["captive"] for result in made["scenarios"][0]["results"]]
    assert told[1:] == [None, None]
    assert column(made, told[0]["captive_share"]) == [MISSING, *[250] * (len(ids) - 1)]
    assert column(made, told[0]["captive_low"])[:2] == [MISSING, 100]
    assert "shenzhen" not in told[0]
    assert made["scenarios"][1]["results"][0]["captive"] is None


def test_a_rule_is_put_in_words(payload: dict[str, Any]) -> None:
    rule = payload["tenants"][0]["rules"][1]
    assert (rule["en"], rule["zh"], rule["limit"], rule["unit"]) == ("Site area", "用地面積", "≥ 1", "ha")


def test_a_rule_on_a_word_is_put_in_words(inputs: dict[str, Any]) -> None:
    tenants = list(inputs["tenants"])
    rule = RuleCaption("status ≠ occupied", "Factories stand here", "現有廠房")
    tenants[0] = replace(tenants[0], rules=(*tenants[0].rules, rule))
    told = build_payload(**{**inputs, "tenants": tenants})["tenants"][0]["rules"][len(tenants[0].rules) - 1]
    assert (told["en"], told["zh"], told["limit"], told["unit"]) == ("Status", "狀況", "≠ occupied", "")


def test_a_rule_of_a_scenario_has_its_reason_and_is_no_rule_of_the_others(inputs: dict[str, Any]) -> None:
    today, later = inputs["scenarios"]
    rule = RuleCaption("ready_year ≤ 2035", "Land not ready by 2035", "土地於2035年仍未可供建設", (later.scenario,))
    site = inputs["sites"]["parcel_id"].iloc[0]
    row = {"parcel_id": site, "tenant": inputs["tenants"][0].tenant, "rule": rule.rule, "measured": 2040.0}
    met = pd.DataFrame([{**row, "limit": 2035.0, "outcome": "fail", "word": ""}])
    later = replace(later, rules=(rule,), exclusions=pd.concat([later.exclusions, met], ignore_index=True))
    made = build_payload(**{**inputs, "scenarios": [today, later]})
    (told,) = [one for one in made["tenants"][0]["rules"] if one["id"] == rule.rule]
    assert (told["limit"], told["unit"], told["reason"]["en"]) == ("≤ 2035", "year", "Land not ready by 2035")
    assert told["scenarios"] == [later.scenario]
    place = made["tenants"][0]["rules"].index(told)
    for scenario, failures in zip(made["scenarios"], (0, 1), strict=True):
        outcome = column(made, scenario["results"][0]["rules"][place]["outcome"])
        assert sum(one == 1 for one in outcome) == failures
    # a tenant none of whose sites met it is not told of it
    assert rule.rule not in [one["id"] for one in made["tenants"][1]["rules"]]


def test_how_ready_year_and_plot_ratio_are_known_is_told(inputs: dict[str, Any], payload: dict[str, Any]) -> None:
    assert "ready_year" not in payload["sites"]
    sites = inputs["sites"].assign(ready_year=np.nan, ready_basis="unknown")
    sites.loc[sites.index[0], ["ready_year", "ready_basis"]] = [2031.0, "press"]
    made = build_payload(**{**inputs, "sites": sites})
    first = made["sites"]["id"].index(sites["parcel_id"].iloc[0])
    assert column(made, made["sites"]["ready_year"])[first] == 2031
    basis = made["sites"]["ready_basis"]
    assert basis["kinds"][column(made, basis["kind"])[first]] == "press"


def test_commitments_stand_with_the_sites_they_may_lie_on(inputs: dict[str, Any], payload: dict[str, Any]) -> None:
    assert payload["commitments"] == []
    sites = inputs["sites"].sort_values("parcel_id").reset_index(drop=True)
    inside = sites.geometry.representative_point()[3]
    table = {
        "commitment_id": ["vague", "grant", "away"],
        "name_en": ["Town", "Grant", "Away"],
        "name_zh": ["城", "批地", "遠"],
        "status": "granted",
        "date": "2026-03-02",
        "money_hkd_m": [np.nan, 581.0, np.nan],
        "money_what": "",
        "who": "",
        "source": "a paper",
        "accuracy_m": [50_000.0, 0.0, 10.0],
        **dict.fromkeys(("bond_hkd_m", "gfa_m2", "jobs", "mw"), np.nan),
    }
    points = [inside, inside, shapely.Point(0, 0)]
    frame = gpd.GeoDataFrame(table, geometry=points, crs="EPSG:2326")
    made = build_payload(**{**inputs, "context": replace(inputs["context"], commitments=frame)})
    grant, town = made["commitments"]
    assert (grant["en"], grant["zh"], grant["money_hkd_m"], grant["jobs"]) == ("Grant", "批地", 581.0, None)
    assert grant["sites"] == [3]
    assert town["sites"] == list(range(len(sites)))
    json.dumps(made, allow_nan=False)


def test_members_of_a_cluster_lie_in_it(inputs: dict[str, Any], payload: dict[str, Any]) -> None:
    sites = inputs["sites"].sort_values("parcel_id").reset_index(drop=True)
    cluster = inputs["scenarios"][0].clusters.sort_values(["tenant", "cluster_id"]).iloc[0]
    inside = [number for number, shape in enumerate(sites.geometry) if shape.centroid.within(cluster.geometry)]
    assert inside
    assert payload["scenarios"][0]["clusters"]["items"][0]["sites"] == inside


def test_colours_are_colours(payload: dict[str, Any]) -> None:
    assert [line["colour"] for line in payload["context"]["lines"]["items"]] == ["#923011", "#55626F"]


def test_a_coastline_becomes_land(payload: dict[str, Any]) -> None:
    land = payload["context"]["land"]
    shapes = unpack_geometries(land["geometry"])
    assert [item["side"] for item in land["items"]] == ["mainland", "hong-kong"]
    assert shapely.Polygon(shapes[1][0][0]).contains(shapely.Point(114.07, 22.45))


def test_nothing_round_the_sites_is_needed(inputs: dict[str, Any]) -> None:
    bare = replace(
        inputs["scenarios"][0],
        clusters=inputs["scenarios"][0].clusters.iloc[:0],
        sandboxes=inputs["scenarios"][0].sandboxes.iloc[:0],
    )
    payload = build_payload(**{**inputs, "context": Context(), "scenarios": [bare], "sources": []})
    assert payload["context"]["stations"] == {"items": [], "geometry": ""}
    assert payload["scenarios"][0]["clusters"]["items"] == []
    assert payload["areas"]["san-tin"]["en"] == "san-tin"


def test_a_score_that_its_ledger_does_not_explain_is_refused(inputs: dict[str, Any]) -> None:
    scores = inputs["scenarios"][0].scores.copy()
    scored = scores["score"].first_valid_index()
    scores.loc[scored, "score"] += 0.01
    with pytest.raises(PayloadError, match=scores.loc[scored, "parcel_id"]):
        build_payload(**{**inputs, "scenarios": [replace(inputs["scenarios"][0], scores=scores)]})


def test_the_payload_is_strict_json(payload: dict[str, Any]) -> None:
    assert json.loads(json.dumps(payload, allow_nan=False)).keys() == payload.keys()


def test_each_way_across_travels_once_and_each_site_knows_its_own(inputs: dict[str, Any]) -> None:
    first, *others = inputs["scenarios"]
    ids = sorted(inputs["sites"]["parcel_id"])
    ways = pd.DataFrame({"parcel_id": ids, "way_en": "Lo Wu, by East Rail Line", "way_zh": "羅湖，乘東鐵綫"})
    ways.loc[0, ["way_en", "way_zh"]] = ["", ""]
    ways.loc[1, ["way_en", "way_zh"]] = ["A, on foot", "甲，步行"]
    made = build_payload(**{**inputs, "scenarios": [replace(first, ways=ways.sample(frac=1, random_state=3)), *others]})
    shipped = made["scenarios"][0]["ways"]
    assert [kind["en"] for kind in shipped["kinds"]] == ["A, on foot", "Lo Wu, by East Rail Line"]
    assert column(made, shipped["way"])[:3] == [MISSING, 0, 1]
    assert made["scenarios"][1]["ways"] is None
