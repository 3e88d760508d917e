"""Which links of a chain a cluster reaches, and which are missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from nmplan.measures.supply import mass_in_reach
from nmplan.places.supply_chain import GAPS
from nmplan.places.supply_chain import LINK_COLUMNS
from nmplan.places.supply_chain import captive_share
from nmplan.places.supply_chain import supply_links

TIERS = pd.DataFrame({"chain": "chips", "tier": ["wafers", "testing", "gases"], "purchase_share": [0.6, 0.3, 0.1]})


def reach(*rows: tuple[str, str, str, float], chain: str = "chips", **columns: Any) -> pd.DataFrame:
    """Return supply within reach from (site, tier, jurisdiction, mass)."""
    table = pd.DataFrame(rows, columns=["parcel_id", "tier", "jurisdiction", "mass_in_reach"])
    plain = {"chain": chain, "minutes_nearest": 30.0, "firms_30": 0, "firms_60": 0}
    return table.astype({"mass_in_reach": float}).assign(**(plain | columns))


def test_the_captive_share_is_that_of_the_list() -> None:
    table = reach(("a", "wafers", "hong-kong", 1.0), ("a", "wafers", "shenzhen", 3.0))
    share = captive_share(table, TIERS)
    assert share.to_dict() == pytest.approx({"a": 0.25})
    assert (share.name, share.index.name) == ("captive_share", "parcel_id")


CLUSTER = pd.DataFrame({"cluster_id": "k", "tenant": "fab", "chain": "chips", "parcel_id": ["a", "b"]})


def test_links_count_firms_from_the_best_site_and_average_the_mass() -> None:
    table = reach(
        ("a", "wafers", "hong-kong", 2.0), ("b", "wafers", "hong-kong", 4.0), firms_30=[1, 3], firms_60=[6, 5]
    )
    link = supply_links(table, CLUSTER, TIERS).set_index("tier").loc["wafers"]
    assert link.to_dict() == {
        "cluster_id": "k",
        "tenant": "fab",
        "chain": "chips",
        "tier_en": "",
        "tier_zh": "",
        "jurisdiction": "hong-kong",
        "firms_30": 3,
        "firms_60": 6,
        "mass": 3.0,
        "missing": False,
        "gap": "",
    }


def test_a_tier_that_no_supplier_serves_is_flagged_once() -> None:
    table = reach(
        ("a", "wafers", "hong-kong", 2.0),
        ("a", "wafers", "shenzhen", 1.0),
        ("a", "testing", "hong-kong", 0.0),
        ("z", "gases", "hong-kong", 9.0),  # within reach of a site of another cluster only
    )
    links = supply_links(table, CLUSTER, TIERS)
    assert links.loc[links["missing"], ["cluster_id", "tier", "jurisdiction"]].to_numpy().tolist() == [
        ["k", "testing", ""],
        ["k", "gases", ""],
    ]
    assert links.loc[links["missing"], ["firms_30", "firms_60", "mass"]].eq(0).all(axis=None)
    assert links.loc[~links["missing"], "jurisdiction"].tolist() == ["hong-kong", "shenzhen"]


def test_with_nothing_in_reach_every_tier_is_missing() -> None:
    links = supply_links(reach(), CLUSTER, TIERS)
    assert links["tier"].tolist() == ["wafers", "testing", "gases"]
    assert links["missing"].all()


def test_each_cluster_is_held_against_the_tiers_of_its_own_chain() -> None:
    tiers = pd.concat([TIERS, pd.DataFrame({"chain": ["vehicles"], "tier": ["cells"], "purchase_share": [1.0]})])
    sites = pd.DataFrame(
        {"cluster_id": ["k", "v"], "tenant": "any", "chain": ["chips", "vehicles"], "parcel_id": ["a", "a"]}
    )
    table = pd.concat(
        [reach(("a", "wafers", "shenzhen", 2.0)), reach(("a", "cells", "shenzhen", 5.0), chain="vehicles")]
    )
    links = supply_links(table, sites, tiers)
    assert links[["cluster_id", "tier", "missing"]].to_numpy().tolist() == [
        ["k", "wafers", False],
        ["k", "testing", True],
        ["k", "gases", True],
        ["v", "cells", False],
    ]


def test_no_cluster_has_no_links_but_all_columns() -> None:
    table = reach(("a", "wafers", "hong-kong", 2.0))
    full, links = (supply_links(table, sites, TIERS) for sites in (CLUSTER, CLUSTER.iloc[:0]))
    assert links.empty
    assert list(links) == list(LINK_COLUMNS)
    pd.testing.assert_series_equal(links.dtypes, full.dtypes)
    pd.testing.assert_series_equal(supply_links(reach(), CLUSTER, TIERS).dtypes, full.dtypes)
    pd.testing.assert_series_equal(supply_links(table, CLUSTER, TIERS.iloc[:0]).dtypes, full.dtypes)


def test_a_gap_is_graded_by_the_worst_that_holds() -> None:
    tiers = pd.DataFrame(
        {"chain": "chips", "tier": ["here", "there", "far", "far-home", "nowhere"], "purchase_share": 0.2}
    )
    table = reach(
        ("a", "here", "hong-kong", 1.0),
        ("a", "here", "shenzhen", 1.0),
        ("b", "there", "shenzhen", 1.0),
        ("a", "there", "hong-kong", 0.0),
        ("a", "far", "greater-bay-area", 0.5),
        ("a", "far-home", "hong-kong", 0.5),
        ("a", "nowhere", "shenzhen", 0.0),
        firms_60=[1, 0, 1, 0, 0, 0, 0],
    )
    links = supply_links(table, CLUSTER, tiers)
    assert links[["tier", "jurisdiction", "gap"]].to_numpy().tolist() == [
        ["here", "hong-kong", ""],
        ["here", "shenzhen", ""],
        ["there", "shenzhen", "none-in-hong-kong"],
        ["far", "greater-bay-area", "none-within-60"],
        ["far-home", "hong-kong", "none-within-60"],
        ["nowhere", "", "none"],
    ]
    assert set(links["gap"]) == set(GAPS)


def test_tiers_are_named_in_both_languages_and_two_tenants_of_one_cluster_are_kept_apart() -> None:
    named = TIERS.assign(tier_en=["Wafers", "Testing", "Gases"], tier_zh=["晶圓", "測試", "氣體"])
    sites = pd.concat([CLUSTER, CLUSTER.assign(tenant="laboratory")])
    links = supply_links(reach(("a", "wafers", "hong-kong", 2.0)), sites, named)
    assert links[["tenant", "tier_en", "tier_zh"]].to_numpy().tolist() == [
        [tenant, *names]
        for tenant in ("fab", "laboratory")
        for names in (("Wafers", "晶圓"), ("Testing", "測試"), ("Gases", "氣體"))
    ]
    assert not links.duplicated(["cluster_id", "tenant", "tier", "jurisdiction"]).any()


def test_links_and_captive_share_take_the_table_as_it_is_measured() -> None:
    firms = pd.DataFrame(
        {"chain": "chips", "tier": ["design", "wafers"], "jurisdiction": ["hong-kong", "shenzhen"], "mass": [3.0, 1.0]}
    )
    tiers = pd.DataFrame({"chain": "chips", "tier": ["design", "wafers", "gases"], "purchase_share": [0.5, 0.3, 0.2]})
    reach = mass_in_reach(np.array([[0.0], [0.0]]), firms, pd.Index(["p1"]), half_life_min=30)
    sites = pd.DataFrame({"cluster_id": ["k"], "tenant": ["fab"], "chain": ["chips"], "parcel_id": ["p1"]})
    links = supply_links(reach, sites, tiers).set_index("tier")
    assert links.loc["gases", ["jurisdiction", "missing"]].tolist() == ["", True]
    assert links.loc["design", ["jurisdiction", "mass", "firms_30"]].tolist() == ["hong-kong", 3, 1]
    # design is all from Hong Kong, wafers all from Shenzhen: 0.5 / (0.5 + 0.3)
    assert captive_share(reach, tiers)["p1"] == pytest.approx(0.5 / 0.8)
