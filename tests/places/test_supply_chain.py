"""What is captured and what leaks, and which links of a chain are missing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.measures.supply import mass_in_reach
from nmplan.places.supply_chain import captive_share
from nmplan.places.supply_chain import supply_links

PROPERTY = settings(deadline=None, derandomize=True, max_examples=50)

TIERS = pd.DataFrame({"chain": "chips", "tier": ["wafers", "testing", "gases"], "purchase_share": [0.6, 0.3, 0.1]})
JURISDICTIONS = ["hong-kong", "shenzhen", "greater-bay-area", "beyond"]


def reach(*rows: tuple[str, str, str, float], chain: str = "chips", **columns: Any) -> pd.DataFrame:
    """Return supply within reach from (site, tier, jurisdiction, mass)."""
    table = pd.DataFrame(rows, columns=["parcel_id", "tier", "jurisdiction", "mass_in_reach"])
    plain = {"chain": chain, "minutes_nearest": 30.0, "firms_30": 0, "firms_60": 0}
    return table.astype({"mass_in_reach": float}).assign(**(plain | columns))


def drawn_reach(*, positive: bool = False) -> st.SearchStrategy[pd.DataFrame]:
    """Draw the mass within reach of three sites, tier by tier and jurisdiction by jurisdiction."""
    mass = st.integers(1 if positive else 0, 1000).map(lambda hundredths: hundredths / 100)
    cells = [(site, tier, place) for site in "abc" for tier in TIERS["tier"] for place in JURISDICTIONS]
    return st.lists(mass, min_size=len(cells), max_size=len(cells)).map(
        lambda masses: reach(*[(*cell, each) for cell, each in zip(cells, masses, strict=True)])
    )


def test_a_chain_without_any_supplier_has_no_share() -> None:
    # text columns as they come back from a file
    table = reach(("a", "wafers", "hong-kong", 1.0)).convert_dtypes(dtype_backend="pyarrow")
    assert captive_share(table, TIERS.assign(chain="ships")).empty


def test_the_captive_share_of_two_tiers_by_hand() -> None:
    table = reach(
        ("a", "wafers", "hong-kong", 1.0),
        ("a", "wafers", "shenzhen", 2.0),
        ("a", "wafers", "beyond", 1.0),
        ("a", "testing", "hong-kong", 3.0),
        ("a", "testing", "shenzhen", 2.0),
    )
    # wafers 1/4 at 0.6, testing 3/5 at 0.3; gases, empty, is left out: (0.15 + 0.18) / 0.9
    share = captive_share(table, TIERS)
    assert share.to_dict() == pytest.approx({"a": 0.33 / 0.9})
    assert share.name == "captive_share"


def test_a_tier_without_supply_is_left_out_not_counted_as_leaking() -> None:
    table = reach(
        ("a", "wafers", "hong-kong", 1.0),
        ("a", "wafers", "shenzhen", 3.0),
        ("a", "testing", "hong-kong", 0.0),
        ("a", "testing", "shenzhen", 0.0),
    )
    assert captive_share(table, TIERS).to_dict() == pytest.approx({"a": 0.25})


def test_sites_are_told_apart_and_one_without_supply_is_unknown() -> None:
    table = reach(
        ("near", "wafers", "hong-kong", 4.0),
        ("far", "wafers", "shenzhen", 4.0),
        ("cut-off", "wafers", "hong-kong", 0.0),
        ("cut-off", "testing", "shenzhen", 0.0),
    )
    share = captive_share(table, TIERS)
    assert share[["near", "far"]].tolist() == [1.0, 0.0]
    assert math.isnan(share["cut-off"])


def test_where_no_supplier_of_hong_kong_is_known_nothing_is_captured() -> None:
    table = reach(("a", "wafers", "shenzhen", 4.0), ("a", "testing", "beyond", 1.0))
    assert captive_share(table, TIERS).to_dict() == {"a": 0.0}


def test_another_chain_and_a_tier_that_buys_nothing_do_not_count() -> None:
    own = reach(("a", "wafers", "hong-kong", 1.0), ("a", "wafers", "shenzhen", 1.0))
    other = reach(("a", "wafers", "hong-kong", 50.0), chain="vehicles")
    unknown = reach(("a", "packing", "hong-kong", 50.0))
    table = pd.concat([own, other, unknown], ignore_index=True)
    assert captive_share(table, TIERS).to_dict() == pytest.approx({"a": 0.5})


@given(drawn_reach())
@PROPERTY
def test_what_is_captured_and_what_leaks_make_one(table: pd.DataFrame) -> None:
    # the share of everywhere else: Hong Kong under another name, all others under Hong Kong's
    swapped = table.assign(
        jurisdiction=table["jurisdiction"].map(lambda place: "beyond" if place == "hong-kong" else "hong-kong")
    )
    captive, leaked = captive_share(table, TIERS), captive_share(swapped, TIERS)
    supplied = table.groupby("parcel_id")["mass_in_reach"].sum().gt(0)
    assert captive.between(-1e-12, 1 + 1e-12).eq(supplied).all()
    assert captive.isna().eq(~supplied).all()
    assert (captive + leaked)[supplied].tolist() == pytest.approx([1.0] * supplied.sum(), abs=1e-12)


@given(drawn_reach(positive=True))
@PROPERTY
def test_without_the_mainland_everything_is_captured(table: pd.DataFrame) -> None:
    closed = table.assign(mass_in_reach=table["mass_in_reach"].where(table["jurisdiction"].eq("hong-kong"), 0.0))
    assert captive_share(closed, TIERS).tolist() == pytest.approx([1.0] * 3, abs=1e-12)
    gone = table[table["jurisdiction"].eq("hong-kong")]
    assert captive_share(gone, TIERS).tolist() == pytest.approx([1.0] * 3, abs=1e-12)


@given(drawn_reach(positive=True), st.sampled_from(JURISDICTIONS), st.floats(1, 100))
@PROPERTY
def test_more_supply_at_home_never_leaks_more_and_more_abroad_never_less(
    table: pd.DataFrame, place: str, factor: float
) -> None:
    grown = table["mass_in_reach"].where(table["jurisdiction"].ne(place), table["mass_in_reach"] * factor)
    before, after = captive_share(table, TIERS), captive_share(table.assign(mass_in_reach=grown), TIERS)
    change = after - before
    assert (change.ge(-1e-12) if place == "hong-kong" else change.le(1e-12)).all()


@given(drawn_reach(), st.floats(0.01, 100))
@PROPERTY
def test_the_unit_of_mass_is_irrelevant(table: pd.DataFrame, factor: float) -> None:
    scaled = table.assign(mass_in_reach=table["mass_in_reach"] * factor)
    pd.testing.assert_series_equal(captive_share(scaled, TIERS), captive_share(table, TIERS), atol=1e-9)


CLUSTER = pd.DataFrame({"cluster_id": "k", "chain": "chips", "parcel_id": ["a", "b"]})


def test_links_count_firms_from_the_best_site_and_average_the_mass() -> None:
    table = reach(
        ("a", "wafers", "hong-kong", 2.0), ("b", "wafers", "hong-kong", 4.0), firms_30=[1, 3], firms_60=[6, 5]
    )
    link = supply_links(table, CLUSTER, TIERS).set_index("tier").loc["wafers"]
    assert link.to_dict() == {
        "cluster_id": "k",
        "chain": "chips",
        "jurisdiction": "hong-kong",
        "firms_30": 3,
        "firms_60": 6,
        "mass": 3.0,
        "missing": False,
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
    sites = pd.DataFrame({"cluster_id": ["k", "v"], "chain": ["chips", "vehicles"], "parcel_id": ["a", "a"]})
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


def test_no_cluster_has_no_links() -> None:
    links = supply_links(reach(("a", "wafers", "hong-kong", 2.0)), CLUSTER.iloc[:0], TIERS)
    assert links.empty
    assert {"cluster_id", "chain", "tier", "jurisdiction", "firms_30", "firms_60", "mass", "missing"} == set(links)


def test_links_and_captive_share_take_the_table_as_it_is_measured() -> None:
    firms = pd.DataFrame(
        {"chain": "chips", "tier": ["design", "wafers"], "jurisdiction": ["hong-kong", "shenzhen"], "mass": [3.0, 1.0]}
    )
    tiers = pd.DataFrame({"chain": "chips", "tier": ["design", "wafers", "gases"], "purchase_share": [0.5, 0.3, 0.2]})
    reach = mass_in_reach(np.array([[0.0], [0.0]]), firms, pd.Index(["p1"]), half_life_min=30)
    sites = pd.DataFrame({"cluster_id": ["k"], "chain": ["chips"], "parcel_id": ["p1"]})
    links = supply_links(reach, sites, tiers).set_index("tier")
    assert links.loc["gases", ["jurisdiction", "missing"]].tolist() == ["", True]
    assert links.loc["design", ["jurisdiction", "mass", "firms_30"]].tolist() == ["hong-kong", 3, 1]
    # design is all from Hong Kong, wafers all from Shenzhen: 0.5 / (0.5 + 0.3)
    assert captive_share(reach, tiers)["p1"] == pytest.approx(0.5 / 0.8)
