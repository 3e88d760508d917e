"""Places that name the same chains are alike; sums by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.layers.reference import read_reference
from nmplan.places.similarity import SIMILARITY_COLUMNS
from nmplan.places.similarity import compare_sectors
from nmplan.places.similarity import sector_similarity

PROPERTY = settings(deadline=None, derandomize=True, max_examples=50)

CHAINS = ["ships", "chips", "drugs"]
LEVELS = st.lists(st.integers(0, 2), min_size=3, max_size=3).filter(any)


def corridors(*rows: tuple[str, str, str, float, str]) -> pd.DataFrame:
    """Return stated targets from (place, side, chain, level, basis)."""
    table = pd.DataFrame(rows, columns=["corridor_id", "side", "chain", "level", "basis"])
    return table.assign(name_en=table["corridor_id"].str.title(), name_zh="地")


TARGETS = corridors(
    ("harbour", "hong-kong", "ships", 2.0, "official"),
    ("harbour", "hong-kong", "chips", 1.0, "copy"),
    ("delta", "mainland", "ships", 1.0, "press"),
    ("delta", "mainland", "chips", 2.0, "judgement"),
    ("delta", "mainland", "drugs", 2.0, "official"),
    ("hills", "mainland", "drugs", 1.0, "press"),
)


def test_cosine_and_krugman_by_hand() -> None:
    table = sector_similarity(TARGETS).set_index("corridor")
    delta = table.loc["delta"]
    # (2, 1, 0) and (1, 2, 2): 4 / (√5 · 3); shares 2/3, 1/3, 0 and 1/5, 2/5, 2/5
    assert delta["cosine"] == pytest.approx(4 / (3 * math.sqrt(5)))
    assert delta["krugman"] == pytest.approx(7 / 15 + 1 / 15 + 6 / 15)
    assert (delta["shared"], delta["shared_chains"]) == (2, "chips ships")
    # 1 of 3 and 2 of 5 levels are weak: 3 of 8
    assert delta["weak_share"] == pytest.approx(3 / 8)
    assert (delta["area"], delta["area_en"], delta["corridor_en"]) == ("harbour", "Harbour", "Delta")


def test_places_that_share_nothing_are_as_far_apart_as_can_be() -> None:
    hills = sector_similarity(TARGETS).set_index("corridor").loc["hills"]
    assert (hills["cosine"], hills["krugman"], hills["shared"], hills["shared_chains"]) == (0.0, 2.0, 0, "")


def test_only_hong_kong_is_held_against_the_mainland_the_most_alike_first() -> None:
    table = sector_similarity(TARGETS)
    assert table[["area", "corridor"]].to_numpy().tolist() == [["harbour", "delta"], ["harbour", "hills"]]
    assert list(table) == list(SIMILARITY_COLUMNS)
    # a chain that is told not to be there is none
    told = pd.concat([TARGETS, corridors(("hills", "mainland", "ships", 0.0, "official"))])
    pd.testing.assert_frame_equal(sector_similarity(told), table)


def test_without_a_side_there_is_nothing_to_compare_but_all_columns() -> None:
    full = sector_similarity(TARGETS)
    for some in (TARGETS.iloc[:2], TARGETS.iloc[2:], TARGETS.iloc[:0]):
        table = sector_similarity(some)
        assert table.empty
        pd.testing.assert_series_equal(table.dtypes, full.dtypes)


@given(LEVELS, LEVELS, st.integers(1, 5))
@PROPERTY
def test_likeness_is_mutual_bounded_and_blind_to_size(one: list[int], other: list[int], times: int) -> None:
    here, there = (pd.Series(levels, index=CHAINS, dtype=float) for levels in (one, other))
    found = compare_sectors(here, there)
    assert compare_sectors(there, here) == pytest.approx(found)
    assert compare_sectors(here * times, there) == pytest.approx(found)
    assert -1e-12 <= float(found["cosine"]) <= 1 + 1e-12
    assert -1e-12 <= float(found["krugman"]) <= 2 + 1e-12
    assert (found["shared"] == 0) == (found["cosine"] == 0)
    itself = compare_sectors(here, here)
    assert (itself["cosine"], itself["krugman"]) == pytest.approx((1.0, 0.0))


def test_the_reference_compares_nine_areas_with_ten_corridors() -> None:
    table = sector_similarity(read_reference("corridors").frame)
    assert (table["area"].nunique(), table["corridor"].nunique(), len(table)) == (9, 10, 90)
    san_tin = table[table["area"].eq("san-tin")].set_index("corridor")
    # San Tin names (semiconductors, AI, robotics, life and health: 2; batteries, materials: 1), the park across the
    # river AI and life and health 2, semiconductors, robotics, materials, data and digital services 1
    assert san_tin.loc["hetao-shenzhen", "cosine"] == pytest.approx((4 + 4 + 2 + 2 + 1) / math.sqrt(18 * 13))
