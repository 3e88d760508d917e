from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.measures.decay import decay
from nmplan.measures.supply import Reach
from nmplan.measures.supply import mass_in_reach
from nmplan.measures.supply import straight_line_blocks
from nmplan.measures.supply import straight_line_minutes
from nmplan.measures.supply import supply_access

SITES = pd.Index(["s1", "s2"], name="parcel_id")
CHAIN = pd.DataFrame({"chain": "chips", "tier": ["design", "wafers", "gases"], "purchase_share": [0.5, 0.3, 0.2]})


def suppliers(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["tier", "jurisdiction", "mass"]).assign(chain="chips")


def test_mass_in_reach_by_hand() -> None:
    firms = suppliers(("design", "shenzhen", 10), ("design", "shenzhen", 4), ("design", "hong-kong", 3))
    minutes = np.array([[30.0, 60.0], [0.0, np.nan], [30.0, 90.0]])
    reach = mass_in_reach(minutes, firms, SITES, half_life_min=30).set_index(["parcel_id", "jurisdiction"])
    assert reach.loc[("s1", "shenzhen"), "mass_in_reach"] == pytest.approx(10 / 2 + 4)
    assert reach.loc[("s2", "shenzhen"), "mass_in_reach"] == pytest.approx(10 / 4)
    assert reach.loc[("s2", "hong-kong"), "mass_in_reach"] == pytest.approx(3 / 8)
    assert reach.loc[("s1", "shenzhen"), "minutes_nearest"] == 0
    assert reach.loc[("s2", "shenzhen"), "minutes_nearest"] == 60
    assert reach.loc[("s1", "shenzhen"), ["firms_30", "firms_60"]].tolist() == [2, 2]
    assert reach.loc[("s2", "shenzhen"), ["firms_30", "firms_60"]].tolist() == [0, 1]


def test_access_by_hand() -> None:
    firms = suppliers(("design", "shenzhen", 20), ("wafers", "hong-kong", 40))
    minutes = np.array([[0.0, 30.0], [0.0, np.nan]])
    reach = mass_in_reach(minutes, firms, SITES, half_life_min=30)
    access = supply_access(reach, CHAIN, SITES, half_enough=20)
    # s1: design 1 − 2^(−20/20) = ½, wafers 1 − 2^(−40/20) = ¾, gases none: 0.5·½ + 0.3·¾
    assert access["s1"] == pytest.approx(0.25 + 0.225)
    # s2: design at 30 min counts 10: 1 − 2^(−½); wafers cannot be reached
    assert access["s2"] == pytest.approx(0.5 * (1 - 2**-0.5))


def test_a_site_that_reaches_no_supplier_is_nan_not_zero() -> None:
    reach = mass_in_reach(np.array([[10.0, np.nan]]), suppliers(("design", "shenzhen", 5)), SITES, half_life_min=30)
    assert supply_access(reach, CHAIN, SITES, half_enough=20).isna().tolist() == [False, True]


firm = st.tuples(
    st.sampled_from(["design", "wafers", "gases"]),
    st.sampled_from(["hong-kong", "shenzhen", "greater-bay-area"]),
    st.floats(0, 100),
)
time = st.one_of(st.floats(0, 300), st.just(float("nan")))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(firm, time, time), min_size=1, max_size=8), st.tuples(firm, time, time))
def test_a_further_supplier_lowers_no_sites_access(firms: list, more: tuple) -> None:  # type: ignore[type-arg]
    def access(rows: list) -> pd.Series:  # type: ignore[type-arg]
        minutes = np.array([[a, b] for _, a, b in rows])
        reach = mass_in_reach(minutes, suppliers(*(row for row, _, _ in rows)), SITES, half_life_min=30)
        return supply_access(reach, CHAIN, SITES, half_enough=20)

    before, after = access(firms), access([*firms, more])
    assert (after.fillna(0) >= before.fillna(0) - 1e-12).all()
    assert after.dropna().between(0, 1).all()


def test_straight_line_minutes(points) -> None:
    found = straight_line_minutes(points((0, 0), (3000, 4000)), points((0, 0), (0, 1000)), speed_kph=30)
    # 30 km/h is 500 m a minute; (3,000, 4,000) is 5 km and √(3² + 3²) km away
    assert found == pytest.approx(np.array([[0, 2], [10, np.hypot(3000, 3000) / 500]]))


def test_no_suppliers_at_all_give_an_empty_table() -> None:
    reach = mass_in_reach(np.zeros((0, 2)), suppliers(), SITES, half_life_min=30)
    assert reach.empty
    assert list(reach.columns[:4]) == ["parcel_id", "chain", "tier", "jurisdiction"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(firm, time, time), min_size=1, max_size=12), st.integers(1, 12))
def test_supply_in_blocks_equals_supply_at_once(firms: list, rows: int) -> None:  # type: ignore[type-arg]
    table = suppliers(*(row for row, _, _ in firms))
    minutes = np.array([[a, b] for _, a, b in firms])
    reach = Reach(table, len(SITES))
    for first in range(0, len(firms), rows):
        some = minutes[first : first + rows]
        reach.add(some, decay(some, 30))
    whole = mass_in_reach(minutes, table, SITES, half_life_min=30)
    pd.testing.assert_frame_equal(reach.table(SITES), whole, rtol=1e-9, atol=1e-9)


def test_straight_lines_in_blocks_equal_those_at_once(points, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nmplan.measures.blocks.BLOCK_NUMBERS", 5)
    firms, sites = points(*((x, 0) for x in range(7))), points((0, 0), (0, 1000))
    blocks = list(straight_line_blocks(firms, sites, speed_kph=30))
    assert [len(block) for block in blocks] == [2, 2, 2, 1]
    assert np.vstack(blocks) == pytest.approx(straight_line_minutes(firms, sites, speed_kph=30))
