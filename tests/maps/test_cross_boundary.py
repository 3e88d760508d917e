from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from nmplan.maps.captions import Context
from nmplan.maps.cross_boundary import DRAWN_M
from nmplan.maps.cross_boundary import build_crossing
from nmplan.maps.cross_boundary import card
from nmplan.maps.cross_boundary import mean_shares
from nmplan.maps.cross_boundary import render
from nmplan.maps.quantise import unpack_geometries
from nmplan.maps.shares import printed_shares

if TYPE_CHECKING:
    from nmplan.maps.material import Material


@pytest.fixture(scope="session")
def told(boundary: Material) -> dict[str, Any]:
    return build_crossing(boundary)


def sites_of(boundary: Material, area: str, chain: str, scenario: str) -> tuple[pd.DataFrame, Any]:
    sites = boundary.sites[boundary.sites["area_id"].eq(area)]
    table = boundary.tables[scenario]["captive"]
    own = table[table["chain"].eq(chain)].set_index("parcel_id").loc[sites["parcel_id"]]
    return own, sites.geometry.area.to_numpy()


def test_shares_of_an_area_are_means_by_land(boundary: Material, told: dict[str, Any]) -> None:
    for scenario in told["scenarios"]:
        for chain in ("chips", "cures"):
            for area in ("san-tin", "hung-shui-kiu"):
                own, land = sites_of(boundary, area, chain, scenario["id"])
                shown = scenario["captive"][chain][area]
                for name in ("hong_kong", "shenzhen", "greater_bay_area", "beyond", "captive_low", "captive_high"):
                    assert shown[name] == pytest.approx(np.average(own[name], weights=land), abs=1e-6)
                assert (shown["sites"], shown["unknown"]) == (len(own), 0)
                assert shown["imports_share"] is None


def test_what_nothing_supplies_is_unknown_and_counted(told: dict[str, Any]) -> None:
    shown = told["scenarios"][0]["captive"]["cars"]["hung-shui-kiu"]
    assert shown["hong_kong"] is None
    assert shown["unknown"] == shown["sites"] == 80
    assert shown["empty_share"] == pytest.approx(0.3)


def test_the_frontier_is_the_table(boundary: Material, told: dict[str, Any]) -> None:
    for scenario in told["scenarios"]:
        table = boundary.tables[scenario["id"]]["area_frontier"]
        rows = [
            (tenant, area, point["closed"], point["clearance_share"], point["leaked_share"], point["supply_access"])
            for tenant, areas in scenario["frontier"].items()
            for area, points in areas.items()
            for point in points
        ]
        expected = [
            (one.tenant, one.area_id, one.closed, None if one.closed else one.clearance_share)
            for one in table.itertuples()
        ]
        assert [row[:4] for row in rows] == expected
        assert np.allclose([row[4:] for row in rows], table[["leaked_share", "supply_access"]])


def test_tiers_are_those_of_the_best_cluster(boundary: Material, told: dict[str, Any]) -> None:
    clusters = boundary.scenarios[0].clusters
    own = clusters[clusters["tenant"].eq("microelectronics")]
    best = own.loc[own["mean_score"].idxmax()]
    links = boundary.tables["today"]["supply_links"]
    expected = links[links["cluster_id"].eq(best["cluster_id"])]
    here = told["scenarios"][0]["tiers"]["microelectronics"]["san-tin"]
    assert here["cluster"]["en"] == best["name_en"]
    assert [row["firms_60"] for row in here["rows"]] == expected["firms_60"].tolist() == [2, 1, 1]
    assert {row["gap"] for row in here["rows"] if row["tier"] == "wafers"} == {"none-in-hong-kong"}
    assert "life-health" not in told["scenarios"][0]["tiers"]


def test_areas_compared_are_those_the_bands_start_from(told: dict[str, Any]) -> None:
    assert [(place["id"], place["focus"]) for place in told["places"]] == [("san-tin", True), ("hung-shui-kiu", True)]


def test_tiers_and_sides_keep_their_order(told: dict[str, Any]) -> None:
    assert [tier["id"] for tier in told["chains"]["chips"]["tiers"]] == ["wafers", "design"]
    assert [side["id"] for side in told["jurisdictions"]] == ["hong-kong", "shenzhen", "greater-bay-area", "beyond"]


def test_each_outline_travels_once(boundary: Material, told: dict[str, Any]) -> None:
    shapes = unpack_geometries(told["bands"])
    named = [band["shape"] for scenario in told["scenarios"] for band in scenario["bands"]]
    assert len(named) == 18
    # the longest of three bands differs from year to year; half an hour by transit is as far as a quarter by car
    assert len(shapes) == len(set(named)) == 11
    first = boundary.tables["today"]["isochrones"]
    for band, row in zip(told["scenarios"][0]["bands"], first.to_crs(4326).itertuples(), strict=True):
        assert (band["place"], band["mode"], band["limit"]) == (row.place_id, row.mode, row.limit_min)
        drawn = shapely.Polygon(shapes[band["shape"]][0][0])
        assert shapely.hausdorff_distance(drawn, row.geometry) < 2 * DRAWN_M / 100_000


def test_a_service_alike_both_ways_stands_once(told: dict[str, Any]) -> None:
    lmc, new = told["crossings"]["items"]
    assert [(one["user"], len(one["directions"]), one["closes_at"]) for one in lmc["services"]] == [
        ("goods", 1, "22:00"),
        ("people", 2, "24:00"),
        ("car", 2, "24:00"),
        ("car", 2, "24:00"),
        ("goods", 1, "23:00"),
    ]
    assert [(one["permit"], one["parking_min"]) for one in lmc["services"][2:4]] == [("closed-road", 0), ("none", 10)]
    assert [(one["valid_from"], one["co_located"]) for one in new["services"]] == [(2034, True)]


def test_a_crossing_tells_the_ways_into_its_hall(told: dict[str, Any]) -> None:
    lmc, new = told["crossings"]["items"]
    assert [(one["way"], one["zh"], one["closed"], one["valid_from"]) for one in lmc["access"]] == [
        ("bus", "口岸總站", True, None)
    ]
    assert [(one["way"], one["valid_from"]) for one in new["access"]] == [("rail", 2034), ("foot", 2034)]


def test_similarity_is_told_with_the_names_of_what_is_shared(told: dict[str, Any]) -> None:
    row = next(one for one in told["similarity"] if (one["area"], one["corridor"]) == ("san-tin", "lake"))
    # (2, 1, 0) against (2, 0, 1): 4 / 5, and 2 · 1/3
    assert row["cosine"] == pytest.approx(0.8)
    assert row["krugman"] == pytest.approx(2 / 3, abs=1e-6)
    assert row["shared"] == ["chips"]
    assert row["weak_share"] == pytest.approx(1 / 6, abs=1e-6)


def test_the_data_stand_in_the_page_once_and_the_same_twice(boundary: Material, told: dict[str, Any]) -> None:
    page = render(boundary)
    assert page == render(boundary)
    found = re.search(r'<script type="application/json" id="nmplan-data">(.*?)</script>', page, re.DOTALL)
    assert found
    data = json.loads(found[1])
    data.pop("strings")
    assert data == json.loads(json.dumps(told))
    assert page.count(told["bands"]) == 1


def test_without_scripts_there_are_the_captive_shares_of_all_areas(boundary: Material) -> None:
    found = re.search(r"<noscript>(.*)</noscript>", render(boundary), re.DOTALL)
    assert found
    means = mean_shares(boundary, boundary.scenarios[0]).set_index(["area_id", "chain"])
    cells = re.findall(r"<td>(.*?)</td>", found[1])
    assert len(cells) == 6
    expected = []
    for area in ("san-tin", "hung-shui-kiu"):
        for chain in ("chips", "cures", "cars"):
            row = means.loc[(area, chain)]
            if (area, chain) == ("hung-shui-kiu", "cars"):
                expected.append("–")
                continue
            home = printed_shares([row[name] for name in ("hong_kong", "shenzhen", "greater_bay_area", "beyond")])[0]
            expected.append(f"{home}% ({row['captive_low'] * 100:.0f}–{row['captive_high'] * 100:.0f}%)")
    assert cells == expected
    assert "<svg" in found[1]


def test_the_card_shows_a_bar_per_chain(boundary: Material) -> None:
    picture = card(boundary)
    # bars are called by the tenants whose chains they are, as in the select
    assert [one.name_en in picture for one in boundary.tenants] == [True] * 3
    assert "Chips" not in picture
    # the title, and Hong Kong's share in each bar
    assert picture.count('font-weight="600"') == 4


def test_a_study_with_nothing_of_it_still_has_a_page(material: Material) -> None:
    bare = replace(material, context=Context(), study=None, layers={}, tables={}, lasting={})
    page = build_crossing(bare)
    assert page["suppliers"] == page["crossings"] == page["corridors"] == {"items": [], "geometry": ""}
    assert page["bands"] == ""
    assert page["similarity"] == []
    assert page["undercount"] is None
    assert [one["captive"] for one in page["scenarios"]] == [{}, {}]
    assert "No suppliers or chains are loaded" in render(bare)
    assert "<svg" in card(bare)
