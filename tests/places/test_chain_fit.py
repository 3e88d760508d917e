"""Whom a newcomer would buy from and sell to, on a made-up chain along one road."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from nmplan.layers.sources import bundled_folder
from nmplan.measures.supply import mass_in_reach
from nmplan.measures.supply import supply_access
from nmplan.places.chain_fit import FIT_COLUMNS
from nmplan.places.chain_fit import TIER_COLUMNS
from nmplan.places.chain_fit import best_points
from nmplan.places.chain_fit import chain_fit
from nmplan.places.chain_fit import chain_links
from nmplan.places.chain_fit import goods_minutes
from nmplan.places.chain_fit import tier_fit
from nmplan.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable

GRID = "EPSG:2326"

TIERS = pd.DataFrame(
    {
        "chain": "chips",
        "tier": ["gases", "tools", "wafers", "selling"],
        "purchase_share": [0.5, 0.3, 0.2, 0.0],
        "stage": [1.0, 1.0, 2.0, 3.0],
    }
)

POINTS = pd.DataFrame({"cluster_id": ["k"], "tenant": ["fab"], "chain": ["chips"]})


def firms(*rows: tuple[str, str]) -> gpd.GeoDataFrame:
    """Return suppliers from (id, tier)."""
    table = pd.DataFrame(rows, columns=["supplier_id", "tier"])
    named = table.assign(
        name_en=table["supplier_id"].str.upper(), name_zh="廠", chain="chips", jurisdiction="shenzhen", mass=3.0
    )
    return gpd.GeoDataFrame(named, geometry=gpd.points_from_xy([0.0] * len(named), [0.0] * len(named)), crs=GRID)


def fit(suppliers: gpd.GeoDataFrame, inwards: list[float], outwards: list[float] | None = None) -> pd.DataFrame:
    there, back = (np.array(minutes, dtype=float)[:, None] for minutes in (inwards, outwards or inwards))
    return chain_fit(POINTS, suppliers, TIERS, there, back)


def links(newcomer: str, tiers: pd.DataFrame = TIERS) -> set[tuple[str, str]]:
    table = chain_links(tiers)
    own = table[table["newcomer"].eq(newcomer)]
    return set(own[["relation", "tier"]].itertuples(index=False, name=None))


def test_an_anchor_buys_from_every_tier_it_has_a_share_for() -> None:
    assert links("anchor") == {("buys_from", tier) for tier in ("gases", "tools", "wafers")}


def test_a_newcomer_buys_from_earlier_stages_and_sells_to_later_ones() -> None:
    assert links("gases") == {("sells_to", "wafers"), ("sells_to", "selling")}
    assert links("wafers") == {("buys_from", "gases"), ("buys_from", "tools"), ("sells_to", "selling")}
    assert links("selling") == {("buys_from", "gases"), ("buys_from", "tools"), ("buys_from", "wafers")}


@pytest.mark.parametrize("tiers", [TIERS.drop(columns="stage"), TIERS.assign(stage=np.nan)])
def test_where_no_stage_is_known_only_the_anchor_buys(tiers: pd.DataFrame) -> None:
    assert set(chain_links(tiers)["newcomer"]) == {"anchor"}


def test_chains_do_not_trade_with_each_other() -> None:
    both = pd.concat([TIERS, TIERS.assign(chain="drugs", tier=["a", "b", "c", "d"])])
    table = chain_links(both)
    chips = set(TIERS["tier"])
    assert (table["chain"].eq("chips") == table["tier"].isin(chips)).all()
    assert len(table) == 2 * len(chain_links(TIERS))


def test_goods_come_in_from_whom_it_buys_and_go_out_to_whom_it_sells() -> None:
    table = fit(firms(("gas", "gases"), ("shop", "selling")), [10.0, 20.0], [11.0, 21.0])
    told = table.loc[table["newcomer"].eq("wafers"), ["relation", "supplier_id", "minutes"]]
    assert told.to_numpy().tolist() == [["buys_from", "gas", 10.0], ["sells_to", "shop", 21.0]]
    assert table.iloc[0].to_dict() == {
        "cluster_id": "k", "tenant": "fab", "chain": "chips", "newcomer": "anchor", "relation": "buys_from",
        "tier": "gases", "supplier_id": "gas", "name_en": "GAS", "name_zh": "廠", "jurisdiction": "shenzhen",
        "minutes": 10.0, "mass": 3.0,
    }  # fmt: skip


def test_all_within_an_hour_are_told_and_the_nearest_five_in_any_case() -> None:
    near = firms(*((f"g{number}", "gases") for number in range(8)))
    anchor = fit(near, [59.0, 60.0, 10.0, 20.0, 30.0, 40.0, 50.0, 61.0]).query("newcomer == 'anchor'")
    assert anchor["supplier_id"].tolist() == ["g2", "g3", "g4", "g5", "g6", "g0", "g1"]
    far = fit(near, [90.0, 91.0, 92.0, 10.0, 94.0, np.nan, 99.0, 98.0]).query("newcomer == 'anchor'")
    assert far["supplier_id"].tolist() == ["g3", "g0", "g1", "g2", "g4"]


def test_a_firm_that_cannot_be_reached_or_is_of_another_chain_is_not_told() -> None:
    two = firms(("gas", "gases"), ("lost", "gases"), ("drug", "gases")).assign(chain=["chips", "chips", "drugs"])
    assert set(fit(two, [10.0, np.nan, 5.0])["supplier_id"]) == {"gas"}


def test_nothing_gives_empty_tables_of_the_same_columns_and_types() -> None:
    full = fit(firms(("gas", "gases")), [10.0])
    some = firms(("gas", "gases"))
    empty = [
        chain_fit(POINTS.iloc[:0], some, TIERS, np.zeros((1, 0)), np.zeros((1, 0))),
        chain_fit(POINTS, some.iloc[:0], TIERS, np.zeros((0, 1)), np.zeros((0, 1))),
        chain_fit(POINTS, some, TIERS.iloc[:0], np.full((1, 1), 5.0), np.full((1, 1), 5.0)),
    ]
    for table in empty:
        assert table.empty
        assert list(table) == list(FIT_COLUMNS)
        pd.testing.assert_series_equal(table.dtypes, full.dtypes)


REACH = mass_in_reach(
    np.array([[0.0, 30.0, np.nan], [30.0, 0.0, np.nan]]),
    pd.DataFrame(
        {"chain": "chips", "tier": ["gases", "tools"], "jurisdiction": ["hong-kong", "shenzhen"], "mass": [20.0, 20.0]}
    ),
    pd.Index(["a", "b", "lost"]),
    half_life_min=30,
)
SITES = pd.DataFrame({"cluster_id": "k", "tenant": "fab", "chain": "chips", "parcel_id": ["a", "b", "lost"]})


def test_the_fit_of_a_tier_by_hand() -> None:
    table = tier_fit(REACH, SITES.iloc[:2], TIERS, half_enough=20.0).set_index("tier")
    # 20 at the door is half enough, 10 within reach is 1 − 1/√2
    value = (0.5 + 1 - 0.5**0.5) / 2
    assert table["value"].to_dict() == pytest.approx({"gases": value, "tools": value, "wafers": 0.0, "selling": 0.0})
    assert table["fit"].tolist() == pytest.approx([0.5 * value, 0.3 * value, 0.0, 0.0])
    assert table["gap"].tolist() == pytest.approx([0.5 * (1 - value), 0.3 * (1 - value), 0.2, 0.0])


def test_fits_add_up_to_the_supply_access_and_with_the_gaps_to_one() -> None:
    table = tier_fit(REACH, SITES, TIERS.assign(purchase_share=[5, 3, 2, 0]), half_enough=20.0)
    access = supply_access(REACH, TIERS, pd.Index(["a", "b", "lost"]), half_enough=20.0)
    assert table["fit"].sum() == pytest.approx(access.fillna(0.0).mean())
    assert (table["fit"] + table["gap"]).sum() == pytest.approx(1.0)
    assert list(table) == list(TIER_COLUMNS)


def test_no_cluster_has_no_fit() -> None:
    full = tier_fit(REACH, SITES, TIERS, half_enough=20.0)
    for none in (
        tier_fit(REACH, SITES.iloc[:0], TIERS, half_enough=20.0),
        tier_fit(REACH, SITES, TIERS.iloc[:0], half_enough=20.0),
    ):
        assert none.empty
        pd.testing.assert_series_equal(none.dtypes, full.dtypes)
    assert tier_fit(REACH.iloc[:0], SITES, TIERS, half_enough=20.0)["fit"].eq(0).all()


def test_the_best_point_lies_in_the_site_that_reaches_most(make_parcels: Callable[..., gpd.GeoDataFrame]) -> None:
    parcels = make_parcels({"a": (0, 0, 10, 10), "b": (100, 0, 10, 10), "lost": (200, 0, 10, 10)})
    # a has the gases at its door, which weigh more than the tools of b
    (best,) = best_points(parcels, SITES, REACH, TIERS, half_enough=20.0).itertuples()
    assert (best.cluster_id, best.tenant, best.parcel_id) == ("k", "fab", "a")
    assert parcels.set_index("parcel_id").geometry["a"].contains(best.geometry)
    (alone,) = best_points(parcels, SITES.iloc[2:], REACH, TIERS, half_enough=20.0).itertuples()
    assert alone.parcel_id == "lost"
    (unnamed,) = best_points(parcels, SITES, REACH, TIERS.iloc[:0], half_enough=20.0).itertuples()
    assert unnamed.parcel_id == "a"
    two = pd.concat([SITES, SITES.assign(cluster_id="j", tenant="laboratory")]).iloc[::-1]
    assert best_points(parcels, two, REACH, TIERS, half_enough=20.0)["parcel_id"].tolist() == ["a", "a"]
    none = best_points(parcels, SITES.iloc[:0], REACH, TIERS, half_enough=20.0)
    assert none.empty
    assert none.crs == parcels.crs


def test_goods_minutes_are_those_of_the_study() -> None:
    supply = Study.load(bundled_folder() / "study.toml").supply
    here, there = (gpd.GeoSeries.from_xy([x], [0.0], crs=GRID) for x in (0.0, 15_000.0))
    lost = goods_minutes(None, here, there, supply)
    assert [minutes.shape for minutes in lost] == [(1, 1), (1, 1)]
    assert np.isnan(lost).all()
    straight = supply.model_copy(update={"minutes_from": "straight-line", "straight_line_kph": 30.0})
    # 15 km at 30 km/h, both ways
    assert [minutes.tolist() for minutes in goods_minutes(None, here, there, straight)] == [[[30.0]], [[30.0]]]
