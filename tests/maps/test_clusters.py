from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nmplan.maps.clusters import FIGURES
from nmplan.maps.clusters import build_clusters
from nmplan.maps.clusters import card
from nmplan.maps.clusters import render
from nmplan.maps.payload import compact
from nmplan.maps.quantise import MISSING
from nmplan.maps.quantise import unpack_column
from nmplan.places.supply_chain import GAPS

if TYPE_CHECKING:
    from nmplan.maps.material import Material


@pytest.fixture(scope="module")
def told(place_material: Material) -> dict[str, Any]:
    return build_clusters(place_material)


def column(told: dict[str, Any], number: int) -> list[int]:
    return unpack_column(told["columns"], number).tolist()


def tables(material: Material, place: int = 0) -> dict[str, pd.DataFrame]:
    return dict(material.tables[material.scenarios[place].scenario])


def test_figures_are_the_tables(told: dict[str, Any], place_material: Material) -> None:
    for result, scenario in zip(place_material.scenarios, told["scenarios"], strict=True):
        table = result.clusters.set_index("cluster_id").loc[[one["id"] for one in scenario["clusters"]["items"]]]
        for name, number in scenario["clusters"]["figures"].items():
            if name in table:
                wanted = table[name] * FIGURES[name]
                for got, value in zip(column(told, number), wanted, strict=True):
                    assert got == MISSING if math.isnan(value) else abs(got - value) <= 0.5, name
    assert {"captive_low", "captive_high", *(set(table) & set(FIGURES))} == set(FIGURES)


def test_the_band_of_the_captive_share_is_the_mean_of_its_sites_by_land(
    told: dict[str, Any], place_material: Material
) -> None:
    result, scenario = place_material.scenarios[0], told["scenarios"][0]
    land = place_material.sites.set_index("parcel_id").geometry.area
    high = result.captive.set_index("parcel_id")["captive_high"]
    members = tables(place_material)["cluster_sites"]
    figures = scenario["clusters"]["figures"]
    for place, item in enumerate(scenario["clusters"]["items"]):
        own = members.loc[members["cluster_id"].eq(item["id"]), "parcel_id"]
        if item["tenant"]:
            assert column(told, figures["captive_low"])[place] == 250
            wanted = 1000 * float((high[own] * land[own]).sum() / land[own].sum())
            assert column(told, figures["captive_high"])[place] == pytest.approx(wanted, abs=0.5)
        else:
            # together they buy as each site's best tenant does; only one tenant has a chain here
            scores = result.scores[result.scores["parcel_id"].isin(own) & result.scores["eligible"]]
            best = (
                scores.sort_values("score").drop_duplicates("parcel_id", keep="last").set_index("parcel_id")["tenant"]
            )
            bought = best.index[best.eq("microelectronics")]
            got = column(told, figures["captive_low"])[place]
            assert got == (250 if len(bought) else MISSING)


def test_members_are_those_of_the_table(told: dict[str, Any], place_material: Material) -> None:
    ids = place_material.payload["sites"]["id"]
    table = tables(place_material)["cluster_sites"]
    clusters = told["scenarios"][0]["clusters"]
    for place, item in enumerate(clusters["items"]):
        rows = column(told, clusters["members"][item["tenant"]])
        got = {ids[site] for site, row in enumerate(rows) if row == place}
        assert got == set(table.loc[table["cluster_id"].eq(item["id"]), "parcel_id"])


def test_links_stand_in_the_order_of_clusters_and_tiers(told: dict[str, Any], place_material: Material) -> None:
    clusters = told["scenarios"][0]["clusters"]
    links, fit = tables(place_material)["supply_links"], tables(place_material)["tier_fit"]
    order = [
        (item["id"], told["tiers"][tier]["en"])
        for item in clusters["items"]
        for tier in told["tenants"][item["tenant"]].get("tiers", [])
    ]
    assert len(order) == 6
    for place, (cluster, tier) in enumerate(order):
        own = links[links["cluster_id"].eq(cluster) & links["tier_en"].eq(tier)]
        assert list(GAPS)[column(told, clusters["links"]["gap"])[place]] == own["gap"].iloc[0]
        for where in ("hong-kong", "shenzhen"):
            counts = own.loc[own["jurisdiction"].eq(where), ["firms_30", "firms_60"]].iloc[0].tolist()
            packed = [column(told, clusters["links"]["firms"][f"{where}_{minutes}"])[place] for minutes in (30, 60)]
            assert packed == counts
        value = fit.loc[fit["cluster_id"].eq(cluster) & fit["tier_en"].eq(tier), "value"].iloc[0]
        assert column(told, clusters["links"]["value"])[place] == round(1000 * value)


def test_of_each_tier_the_five_nearest_firms_are_told(told: dict[str, Any]) -> None:
    fit = told["scenarios"][0]["clusters"]["fit"]
    assert column(told, fit["buys_from"]["count"]) == [5] * 6
    first = column(told, fit["buys_from"]["firm"])[:5]
    # seven works at 70, 60 … 10 minutes
    assert column(told, fit["buys_from"]["minutes"])[:5] == [10, 20, 30, 40, 50]
    assert [told["firms"][one]["en"] for one in first] == [f"Wafer fabrication works {n}" for n in (6, 5, 4, 3, 2)]
    assert column(told, fit["sells_to"]["minutes"])[:5] == [13, 23, 33, 43, 53]


def test_who_trades_with_whom_follows_the_table(told: dict[str, Any]) -> None:
    wafer, gases, tests = range(3)
    assert [one["en"] for one in told["tiers"]] == ["Wafer fabrication", "Materials and gases", "Packaging and test"]
    assert told["trades"][wafer] == {"buys_from": [gases], "sells_to": [tests]}
    assert told["trades"][gases] == {"buys_from": [], "sells_to": [wafer, tests]}
    assert told["trades"][tests] == {"buys_from": [wafer, gases], "sells_to": []}


def test_scores_of_all_are_those_of_the_best_tenant(told: dict[str, Any], place_material: Material) -> None:
    scores = place_material.scenarios[0].scores
    best = scores[scores["eligible"]].groupby("parcel_id")["score"].max()
    together = column(told, told["scenarios"][0]["scores"][0])
    for site, score in zip(place_material.payload["sites"]["id"], together, strict=True):
        assert score == MISSING if site not in best else abs(score - 10 * best[site]) <= 0.5


def test_hot_and_cold_are_told_apart(told: dict[str, Any], place_material: Material) -> None:
    spots = tables(place_material)["hot_spots"]
    own = spots[spots["tenant"].eq("vehicles")]["spot"].value_counts()
    flagged = column(told, told["scenarios"][0]["spots"][3])
    assert (flagged.count(1), flagged.count(-1)) == (own["hot"], own["cold"])


def test_the_page_holds_what_was_built(told: dict[str, Any], place_material: Material) -> None:
    page = render(place_material)
    assert page == render(place_material)
    found = re.search(r'<script type="application/json" id="nmplan-data">(.*?)</script>', page, re.DOTALL)
    assert found
    data = json.loads(found[1])
    data.pop("strings")
    assert data == json.loads(json.dumps(compact(told)))
    for scenario in data["scenarios"]:
        assert "NaN" not in json.dumps(scenario)


def test_without_scripts_there_are_picture_and_table(place_material: Material) -> None:
    found = re.search(r"<noscript>(.*?)</noscript>", render(place_material), re.DOTALL)
    assert found
    shown = found[1]
    assert "<svg" in shown
    rows = re.findall(r"<tr><td>(\d+)</td>.*?<td>([\d.]+)</td><td>([\d.]+)</td></tr>", shown)
    own = place_material.scenarios[0].clusters
    wanted = own[own["tenant"].eq("")].sort_values("mean_score", ascending=False)
    assert [row[2] for row in rows] == [f"{score:.1f}" for score in wanted["mean_score"]]
    assert place_material.stamp.caveat_zh in shown


def test_the_card_draws_the_clusters_of_all_tenants(place_material: Material) -> None:
    own = place_material.scenarios[0].clusters["tenant"].eq("").sum()
    assert card(place_material).count('stroke="#111111"') == own


def test_without_further_tables_and_without_clusters_the_page_still_stands(material: Material) -> None:
    bare = build_clusters(replace(material, tables={}))
    assert bare["scenarios"][0]["portfolio"] is None
    assert bare["capacity"] == []
    assert bare["tiers"] == []
    empty = [replace(one, clusters=one.clusters.iloc[:0]) for one in material.scenarios]
    told = build_clusters(replace(material, scenarios=empty, tables={}))
    assert told["scenarios"][0]["clusters"]["items"] == []
    page = render(replace(material, scenarios=empty, tables={}))
    assert "No cluster" in page
    assert np.isfinite(len(page))
