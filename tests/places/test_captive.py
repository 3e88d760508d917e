"""What is captured and what leaks, how sure that is, and what no list tells."""

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
from nmplan.places.captive import PLACES
from nmplan.places.captive import SHARES
from nmplan.places.captive import captive_shares
from nmplan.places.captive import weighted_means

PROPERTY = settings(deadline=None, derandomize=True, max_examples=50)

TIERS = pd.DataFrame({"chain": "chips", "tier": ["wafers", "testing", "gases"], "purchase_share": [0.6, 0.3, 0.1]})
JURISDICTIONS = ["hong-kong", "shenzhen", "greater-bay-area", "beyond"]
IMPORTED = TIERS.assign(import_share=[0.25, np.nan, 0.5])


def reach(*rows: tuple[str, str, str, float], chain: str = "chips", **columns: Any) -> pd.DataFrame:
    """Return supply within reach from (site, tier, jurisdiction, mass)."""
    table = pd.DataFrame(rows, columns=["parcel_id", "tier", "jurisdiction", "mass_in_reach"])
    plain = {"chain": chain, "minutes_nearest": 30.0, "firms_30": 0, "firms_60": 0}
    return table.astype({"mass_in_reach": float}).assign(**(plain | columns))


def shares(table: pd.DataFrame, chain: pd.DataFrame = TIERS, undercount: float = 2.0) -> pd.DataFrame:
    return captive_shares(table, chain, undercount=undercount).set_index("parcel_id")


def drawn_reach(*, positive: bool = False) -> st.SearchStrategy[pd.DataFrame]:
    """Draw the mass within reach of three sites, tier by tier and jurisdiction by jurisdiction."""
    mass = st.integers(1 if positive else 0, 1000).map(lambda hundredths: hundredths / 100)
    mass = mass if positive else st.just(0.0) | mass
    cells = [(site, tier, place) for site in "abc" for tier in TIERS["tier"] for place in JURISDICTIONS]
    return st.lists(mass, min_size=len(cells), max_size=len(cells)).map(
        lambda masses: reach(*[(*cell, each) for cell, each in zip(cells, masses, strict=True)])
    )


TWO_TIERS = reach(
    ("a", "wafers", "hong-kong", 1.0),
    ("a", "wafers", "shenzhen", 2.0),
    ("a", "wafers", "greater-bay-area", 1.0),
    ("a", "testing", "hong-kong", 3.0),
    ("a", "testing", "shenzhen", 2.0),
)


def test_the_shares_of_two_tiers_by_hand() -> None:
    found = shares(TWO_TIERS).loc["a"]
    # wafers 1/4, 2/4, 1/4 at 0.6 and testing 3/5, 2/5 at 0.3; gases, empty, is left out
    expected = {"hong_kong": 0.33 / 0.9, "shenzhen": 0.42 / 0.9, "greater_bay_area": 0.15 / 0.9, "beyond": 0.0}
    assert found[list(PLACES)].to_dict() == pytest.approx(expected)
    assert found["captive_share"] == pytest.approx(0.33 / 0.9)
    assert found["leaked_share"] == pytest.approx(0.57 / 0.9)
    assert found["empty_share"] == pytest.approx(0.1)


def test_the_band_of_two_tiers_by_hand() -> None:
    found = shares(TWO_TIERS).loc["a"]
    # twice Hong Kong's mass: 2/5 at 0.6, 6/8 at 0.3; twice everybody else's: 1/7 at 0.6, 3/7 at 0.3
    assert found["captive_high"] == pytest.approx((0.6 * 2 / 5 + 0.3 * 6 / 8) / 0.9)
    assert found["captive_low"] == pytest.approx((0.6 / 7 + 0.3 * 3 / 7) / 0.9)


def test_a_tier_without_a_listed_firm_is_given_what_the_side_usually_has() -> None:
    table = reach(
        ("a", "wafers", "hong-kong", 1.0),
        ("a", "wafers", "shenzhen", 1.0),
        ("a", "testing", "hong-kong", 3.0),
        ("a", "gases", "shenzhen", 4.0),
    )
    found = shares(table, undercount=3.0).loc["a"]
    # Hong Kong has 2 in the mean of its tiers, so (3 − 1) · 2 = 4 in gases: half of 8
    assert found["captive_high"] == pytest.approx(0.6 * 3 / 4 + 0.3 + 0.1 * 4 / 8)
    # elsewhere has 2.5 in the mean of its tiers, so 5 in testing: 3 of 8 are Hong Kong's
    assert found["captive_low"] == pytest.approx(0.6 * 1 / 4 + 0.3 * 3 / 8)
    assert found["captive_share"] == pytest.approx(0.6 / 2 + 0.3)


def test_a_side_without_any_listed_firm_is_given_none() -> None:
    found = shares(reach(("a", "wafers", "shenzhen", 4.0))).loc["a"]
    assert found[["captive_low", "captive_share", "captive_high"]].tolist() == [0.0, 0.0, 0.0]


def test_declared_imports_come_from_beyond_and_are_shown_apart() -> None:
    found = shares(TWO_TIERS, IMPORTED).loc["a"]
    # a quarter of the wafers is imported, whoever lies close; testing states nothing; gases, half imported, are empty
    expected = {
        "hong_kong": 0.6 * 0.75 / 4 + 0.3 * 3 / 5,
        "shenzhen": 0.6 * 0.75 / 2 + 0.3 * 2 / 5,
        "greater_bay_area": 0.6 * 0.75 / 4,
        "beyond": 0.6 * 0.25,
    }
    assert found[list(PLACES)].to_dict() == pytest.approx({name: part / 0.9 for name, part in expected.items()})
    assert found["leaked_beyond_bay_area"] == pytest.approx(0.15 / 0.9)
    assert found["imports_share"] == pytest.approx(0.6 * 0.25 + 0.1 * 0.5)
    assert found["empty_share"] == pytest.approx(0.1 * 0.5)


def test_imports_that_nobody_states_are_unknown_not_none() -> None:
    found = shares(TWO_TIERS, TIERS.assign(import_share=np.nan)).loc["a"]
    assert math.isnan(found["imports_share"])
    assert math.isnan(found["leaked_beyond_bay_area"])
    assert found["beyond"] == 0
    listed = pd.concat([TWO_TIERS, reach(("a", "wafers", "beyond", 4.0))])
    # a firm of the list that lies beyond: half of the wafers
    assert shares(listed).loc["a", "leaked_beyond_bay_area"] == pytest.approx(0.3 / 0.9)


def test_sites_are_told_apart_and_one_without_supply_is_unknown() -> None:
    found = shares(
        reach(
            ("near", "wafers", "hong-kong", 4.0),
            ("far", "wafers", "shenzhen", 4.0),
            ("cut-off", "wafers", "hong-kong", 0.0),
        )
    )
    assert found.loc[["near", "far"], "captive_share"].tolist() == [1.0, 0.0]
    unknown = [name for name in SHARES if name not in {"imports_share", "empty_share"}]
    assert found.loc["cut-off", unknown].isna().all()
    assert found.loc["cut-off", "empty_share"] == pytest.approx(1.0)


def test_another_chain_and_a_tier_that_buys_nothing_do_not_count() -> None:
    own = reach(("a", "wafers", "hong-kong", 1.0), ("a", "wafers", "shenzhen", 1.0))
    other = reach(("a", "wafers", "hong-kong", 50.0), chain="vehicles")
    unknown = reach(("a", "packing", "hong-kong", 50.0))
    table = pd.concat([own, other, unknown], ignore_index=True)
    assert shares(table)["captive_share"].to_dict() == pytest.approx({"a": 0.5})


def test_a_chain_without_any_supplier_leaves_every_site_unknown() -> None:
    # text columns as they come back from a file
    table = TWO_TIERS.convert_dtypes(dtype_backend="pyarrow")
    found = shares(table, TIERS.assign(chain="ships"))
    assert found.index.tolist() == ["a"]
    assert found["captive_share"].isna().all()
    assert found["empty_share"].tolist() == pytest.approx([1.0])


def test_no_site_gives_an_empty_table_of_the_same_columns_and_types() -> None:
    full = captive_shares(TWO_TIERS, TIERS, undercount=2.0)
    nobody = mass_in_reach(
        np.zeros((0, 0)), TIERS.iloc[:0].assign(jurisdiction="", mass=0.0), pd.Index([]), half_life_min=30
    )
    for empty in (reach(), nobody):
        found = captive_shares(empty, TIERS, undercount=2.0)
        pd.testing.assert_series_equal(found.dtypes, full.dtypes)
        assert found.empty
    for bare in (TIERS.iloc[:0], IMPORTED.assign(purchase_share=0.0)):
        assert captive_shares(TWO_TIERS, bare, undercount=2.0)[list(SHARES)].isna().all(axis=None)


@given(drawn_reach(), st.sampled_from([TIERS, IMPORTED]), st.floats(1, 10))
@PROPERTY
def test_shares_make_one_and_the_band_holds_them(table: pd.DataFrame, chain: pd.DataFrame, undercount: float) -> None:
    found = shares(table, chain, undercount)
    supplied = table.groupby("parcel_id")["mass_in_reach"].sum().gt(0)
    assert found["captive_share"].isna().eq(~supplied).all()
    known = found[supplied]
    assert known[list(PLACES)].ge(0).all(axis=None)
    assert known[list(PLACES)].sum(axis=1).tolist() == pytest.approx([1.0] * len(known))
    assert (known["captive_share"] + known["leaked_share"]).tolist() == pytest.approx([1.0] * len(known))
    assert known["captive_low"].le(known["captive_share"] + 1e-12).all()
    assert known["captive_share"].le(known["captive_high"] + 1e-12).all()
    assert known["captive_low"].ge(-1e-12).all()
    assert known["captive_high"].le(1 + 1e-12).all()


@given(drawn_reach(), st.floats(1, 10), st.floats(0, 5))
@PROPERTY
def test_the_wider_the_undercount_the_wider_the_band_and_one_is_none(
    table: pd.DataFrame, undercount: float, more: float
) -> None:
    none, some, wide = (
        shares(table, undercount=each).dropna(how="all") for each in (1.0, undercount, undercount + more)
    )
    known = none["captive_share"].notna()
    for edge in ("captive_low", "captive_high"):
        assert none.loc[known, edge].tolist() == pytest.approx(none.loc[known, "captive_share"].tolist())
    assert wide.loc[known, "captive_low"].le(some.loc[known, "captive_low"] + 1e-12).all()
    assert wide.loc[known, "captive_high"].ge(some.loc[known, "captive_high"] - 1e-12).all()


@given(drawn_reach(positive=True))
@PROPERTY
def test_without_the_mainland_everything_but_declared_imports_is_captured(table: pd.DataFrame) -> None:
    closed = table.assign(mass_in_reach=table["mass_in_reach"].where(table["jurisdiction"].eq("hong-kong"), 0.0))
    gone = table[table["jurisdiction"].eq("hong-kong")]
    for one in (closed, gone):
        assert shares(one)["captive_share"].tolist() == pytest.approx([1.0] * 3)
        imported = shares(one, IMPORTED)
        assert imported["captive_share"].tolist() == pytest.approx((1 - imported["imports_share"]).tolist())


@given(drawn_reach(positive=True), st.sampled_from(JURISDICTIONS), st.floats(1, 100))
@PROPERTY
def test_more_supply_at_home_never_leaks_more_and_more_abroad_never_less(
    table: pd.DataFrame, place: str, factor: float
) -> None:
    grown = table["mass_in_reach"].where(table["jurisdiction"].ne(place), table["mass_in_reach"] * factor)
    change = shares(table.assign(mass_in_reach=grown))["captive_share"] - shares(table)["captive_share"]
    assert (change.ge(-1e-12) if place == "hong-kong" else change.le(1e-12)).all()


@given(drawn_reach(), st.floats(0.01, 100))
@PROPERTY
def test_the_unit_of_mass_is_irrelevant(table: pd.DataFrame, factor: float) -> None:
    scaled = table.assign(mass_in_reach=table["mass_in_reach"] * factor)
    pd.testing.assert_frame_equal(shares(scaled), shares(table), atol=1e-9)


def test_shares_take_the_table_as_it_is_measured() -> None:
    firms = pd.DataFrame(
        {"chain": "chips", "tier": ["design", "wafers"], "jurisdiction": ["hong-kong", "shenzhen"], "mass": [3.0, 1.0]}
    )
    tiers = pd.DataFrame({"chain": "chips", "tier": ["design", "wafers", "gases"], "purchase_share": [0.5, 0.3, 0.2]})
    measured = mass_in_reach(np.array([[0.0], [0.0]]), firms, pd.Index(["p1"]), half_life_min=30)
    # design is all from Hong Kong, wafers all from Shenzhen: 0.5 / (0.5 + 0.3)
    assert shares(measured, tiers).loc["p1", "captive_share"] == pytest.approx(0.5 / 0.8)


def test_means_are_weighted_by_area_over_the_sites_that_know() -> None:
    table = pd.DataFrame(
        {
            "area_id": ["x", "x", "x", "y"],
            "area_ha": [1.0, 3.0, 5.0, 2.0],
            "captive_share": [0.2, 0.6, np.nan, np.nan],
            "empty_share": [0.0, 0.0, 1.0, 1.0],
        }
    )
    means = weighted_means(table, ["area_id"], ["captive_share", "empty_share"]).set_index("area_id")
    assert means.loc["x"].to_dict() == pytest.approx(
        {"sites": 3, "unknown": 1, "captive_share": 0.5, "empty_share": 5 / 9}
    )
    assert means.loc["y", ["sites", "unknown"]].tolist() == [1, 1]
    assert math.isnan(means.loc["y", "captive_share"])
    none = weighted_means(table.iloc[:0], ["area_id"], ["captive_share", "empty_share"])
    assert none.dtypes.to_dict() == means.reset_index().dtypes.to_dict()
