"""Portfolio: equal to trying every assignment, honest about what cannot be, the same whatever the order of rows."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.places import programme
from nmplan.places.portfolio import PORTFOLIO_COLUMNS
from nmplan.places.portfolio import ROUND_COLUMNS
from nmplan.places.portfolio import find_portfolio
from nmplan.study import Portfolio

if TYPE_CHECKING:
    from nmplan.places.portfolio import Assignment

PROPERTY = settings(deadline=None, derandomize=True, max_examples=60)
TENANTS = ("chips", "lorries", "labs")
Row = dict[str, Any]


def plots(*hectares: float, gap_m: float = 50) -> gpd.GeoDataFrame:
    """Return sites in a row, 100 m deep, the same gap between each two."""
    west, shapes = 0.0, []
    for area in hectares:
        shapes.append(shapely.box(west, 0, west + 100 * area, 100))
        west += 100 * area + gap_m
    ids = [f"s{number}" for number in range(len(hectares))]
    table = {"parcel_id": ids, "area_id": "here", "zone": "industrial"}
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:2326")


def rated(**by_tenant: list[float | None]) -> pd.DataFrame:
    """Return scores by tenant and site; None is not eligible; p_threshold is a hundredth of the score."""
    rows = [
        {"parcel_id": f"s{number}", "tenant": tenant, "eligible": score is not None, "score": score}
        for tenant, scores in by_tenant.items()
        for number, score in enumerate(scores)
    ]
    table = pd.DataFrame(rows, columns=["parcel_id", "tenant", "eligible", "score"]).astype({"score": float})
    return table.astype({"eligible": bool}).assign(p_threshold=table["score"] / 100)


def portfolio(**sections: Any) -> Portfolio:
    return Portfolio.model_validate({"relative_gap": 0.0, "frontier": 0, **sections})


def taken(found: Assignment) -> dict[str, str]:
    return dict(zip(found.table["parcel_id"], found.table["tenant"], strict=True))


def test_land_counts_not_sites() -> None:
    # one of two sites: 80 points on 1 ha or 50 points on 2 ha
    study = portfolio(tenants={"chips": {"sites": [0, 1]}})
    found = find_portfolio(plots(1, 2), rated(chips=[80, 50]), study)
    assert taken(found) == {"s1": "chips"}
    (row,) = found.summary.to_dict("records")
    assert (row["status"], row["sites"]) == ("optimal", 1)
    assert row["objective"] == pytest.approx(100)
    assert row["land_ha"] == pytest.approx(2)
    assert row["mean_score"] == pytest.approx(50)
    assert row["gap"] == pytest.approx(0, abs=1e-9)


def test_a_site_has_one_tenant_and_each_goes_where_both_gain_most() -> None:
    study = portfolio(tenants={"chips": {"sites": [1, 1]}, "labs": {"sites": [1, 1]}})
    found = find_portfolio(plots(1, 1), rated(chips=[90, 80], labs=[85, 30]), study)
    assert taken(found) == {"s0": "labs", "s1": "chips"}  # 165, not 120


def test_columns_and_where_a_site_belongs() -> None:
    clusters = pd.DataFrame({"cluster_id": ["chips:s0"], "tenant": ["chips"], "parcel_id": ["s0"]})
    captive = pd.DataFrame({"parcel_id": ["s0"], "tenant": ["chips"], "captive_share": [0.25]})
    found = find_portfolio(
        plots(2, 1),
        rated(chips=[80, 70]),
        portfolio(tenants={"chips": {"sites": [2, 2]}}),
        captive=captive,
        idle=pd.Series({"s0": 1.0, "s1": np.nan}),
        cluster_sites=clusters,
    )
    assert list(found.table) == PORTFOLIO_COLUMNS
    first, second = found.table.to_dict("records")
    assert (first["round"], first["cluster_id"], first["area_id"], first["idle"]) == (1, "chips:s0", "here", 1)
    assert pd.isna(second["cluster_id"])
    (row,) = found.summary.to_dict("records")
    assert (row["captive_share"], row["captive_known_ha"]) == (0.25, pytest.approx(2))
    assert (row["idle_ha"], row["idle_known"]) == (pytest.approx(2), 1)
    assert found.rounds.columns.tolist() == ROUND_COLUMNS


def test_risk_keeps_out_what_may_fall_below_the_threshold_and_what_is_not_known() -> None:
    study = portfolio(tenants={"chips": {"sites": [0, 3]}}, risk_tolerance=0.25)
    scores = rated(chips=[75, 74, 90])
    scores.loc[2, "p_threshold"] = np.nan
    assert taken(find_portfolio(plots(1, 1, 1), scores, study)) == {"s0": "chips"}  # 1 − 0.25 itself is enough


@pytest.mark.parametrize(("metres", "both"), [(50, True), (51, False)])
def test_sites_as_far_apart_as_asked_are_far_enough(metres: float, both: bool) -> None:  # noqa: FBT001
    study = portfolio(
        tenants={"chips": {"sites": [0, 2]}, "labs": {"sites": [0, 2]}},
        separations=[{"tenants": ["chips", "labs"], "at_least_m": metres}],
    )
    found = find_portfolio(plots(1, 1), rated(chips=[90, None], labs=[None, 80]), study)
    assert len(found.table) == (2 if both else 1)


def test_one_tenant_twice_keeps_its_own_sites_apart() -> None:
    apart = [{"tenants": ["chips", "chips"], "at_least_m": 100}]
    study = portfolio(tenants={"chips": {"sites": [0, 3]}}, separations=apart)
    assert taken(find_portfolio(plots(1, 1, 1), rated(chips=[60, 90, 60]), study)) == {"s0": "chips", "s2": "chips"}


def test_idle_land_comes_first_and_points_second() -> None:
    scores, idle = rated(chips=[90, 20, 30]), pd.Series({"s0": 0.0, "s1": 1.0, "s2": 1.0})
    settings_ = {"tenants": {"chips": {"sites": [0, 1]}}}
    assert taken(find_portfolio(plots(1, 1, 1), scores, portfolio(**settings_), idle=idle)) == {"s0": "chips"}
    first = portfolio(**settings_, idle_first=True)
    assert taken(find_portfolio(plots(1, 1, 1), scores, first, idle=idle)) == {"s2": "chips"}
    # where none is known to be idle the switch changes nothing
    assert taken(find_portfolio(plots(1, 1, 1), scores, first)) == {"s0": "chips"}


drawn_scores = st.lists(st.none() | st.integers(1, 99), min_size=6, max_size=6)
drawn = st.fixed_dictionaries(
    {
        "sites": st.integers(1, 6),
        "hectares": st.lists(st.integers(1, 4), min_size=6, max_size=6),
        "scores": st.tuples(drawn_scores, drawn_scores, drawn_scores),
        "idle": st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=6, max_size=6),
        "least": st.tuples(*[st.integers(0, 2)] * 3),
        "more": st.tuples(*[st.integers(0, 4)] * 3),
        "maximum": st.none() | st.integers(0, 14),
        "apart": st.sampled_from([0, 60, 220]),
        "risk": st.none() | st.sampled_from([0.2, 0.6]),
        "idle_first": st.booleans(),
    }
)


def best_by_trying_all(case: Row) -> tuple[float, float] | None:
    """Return the most idle land (0 unless it comes first) and the most points on it, or None where nothing fits."""
    count, hectares, best = case["sites"], case["hectares"], None
    west = [sum(100 * area + 50 for area in hectares[:n]) for n in range(count)]
    for choice in product([None, 0, 1, 2], repeat=count):
        points = [0 if t is None else case["scores"][t][n] for n, t in enumerate(choice)]
        if None in points or (
            case["risk"] is not None and any(0 < p < 100 * (1 - case["risk"]) - 1e-6 for p in points)
        ):
            continue
        land = [sum(hectares[n] for n in range(count) if choice[n] == tenant) for tenant in range(3)]
        ends = [(low, low + more) for low, more in zip(case["least"], case["more"], strict=True)]
        if any(not low <= got <= high for got, (low, high) in zip(land, ends, strict=True)):
            continue
        if case["maximum"] is not None and sum(land) > case["maximum"]:
            continue
        ranges = [(west[n], west[n] + 100 * hectares[n]) for n in range(count)]
        pairs = [(a, b) for a in range(count) for b in range(a + 1, count) if {choice[a], choice[b]} == {0, 1}]
        if any(ranges[b][0] - ranges[a][1] < case["apart"] for a, b in pairs):
            continue
        idle = sum(hectares[n] for n in range(count) if choice[n] is not None and case["idle"][n] == 1)
        key = (idle * case["idle_first"], sum(p * hectares[n] for n, p in enumerate(points)))
        best = max(best or key, key)
    return best


@PROPERTY
@given(drawn)
def test_no_assignment_is_better(case: Row) -> None:
    count = case["sites"]
    apart = [{"tenants": ["chips", "lorries"], "at_least_m": case["apart"]}] if case["apart"] else []
    study = portfolio(
        tenants={
            name: {"land_ha": [low, low + more]}
            for name, low, more in zip(TENANTS, case["least"], case["more"], strict=True)
        },
        separations=apart,
        idle_first=case["idle_first"],
        **{"maximum_ha": case["maximum"]} if case["maximum"] is not None else {},
        **{"risk_tolerance": case["risk"]} if case["risk"] is not None else {},
    )
    scores = rated(**{name: case["scores"][n][:count] for n, name in enumerate(TENANTS)})
    idle = pd.Series({f"s{n}": case["idle"][n] for n in range(count)})
    found = find_portfolio(plots(*case["hectares"][:count]), scores, study, idle=idle)
    best = best_by_trying_all(case)
    status = found.summary["status"][0]
    assert (status, bool(found.faults)) == (("optimal", False) if best else ("infeasible", True))
    if best:
        assert found.summary["objective"][0] == pytest.approx(best[1])
        assert not case["idle_first"] or found.summary["idle_ha"][0] == pytest.approx(best[0])


def test_what_cannot_be_is_told_with_the_limits_and_how_much_can_be_had() -> None:
    study = portfolio(
        tenants={"chips": {"land_ha": [4, 9]}, "labs": {"land_ha": [0, 9]}}, risk_tolerance=0.3, maximum_ha=50
    )
    found = find_portfolio(plots(2, 1, 3), rated(chips=[80, 75, 60], labs=[90, 90, 90]), study)
    (fault,) = found.faults
    assert fault.where == "portfolio.tenants.chips.land_ha"
    assert "at least 4 ha, and 3.00 ha can be had together with portfolio.risk_tolerance" in fault.what
    assert "ease portfolio.risk_tolerance" in fault.mend
    assert found.table.empty
    assert list(found.table) == PORTFOLIO_COLUMNS
    blamed = found.limits[found.limits["outcome"].eq("contradicts")]
    assert blamed[["key", "side"]].to_numpy().tolist() == [
        ["portfolio.tenants.chips.land_ha", "at least"],
        ["portfolio.risk_tolerance", "at most"],
    ]
    assert found.frontier.empty


def test_tenants_that_cannot_both_be_served_are_all_named() -> None:
    study = portfolio(tenants={"chips": {"sites": [1, 1]}, "labs": {"sites": [1, 1]}, "lorries": {"sites": [5, 9]}})
    found = find_portfolio(plots(1), rated(chips=[80], labs=[80], lorries=[80]), study)
    told = " ".join(str(fault) for fault in found.faults)
    assert len(found.faults) == 2
    assert all(f"portfolio.tenants.{name}.sites" in told for name in TENANTS)


def test_no_eligible_site() -> None:
    none = rated(chips=[None, None])
    asked = find_portfolio(plots(1, 1), none, portfolio(tenants={"chips": {"land_ha": [1, 2]}}))
    assert asked.summary["status"][0] == "infeasible"
    assert "no more eligible land" in asked.faults[0].what
    left = find_portfolio(plots(1, 1), none, portfolio(tenants={"chips": {"land_ha": [0, 2]}}, frontier=3))
    assert (left.summary["status"][0], len(left.table), left.faults) == ("optimal", 0, [])
    assert np.isnan(left.summary["captive_share"][0])


def test_a_demand_of_nothing_gets_nothing() -> None:
    study = portfolio(tenants={"chips": {"sites": [0, 0]}, "labs": {"sites": [0, 5]}})
    assert taken(find_portfolio(plots(1), rated(chips=[99], labs=[1]), study)) == {"s0": "labs"}


def test_the_order_of_rows_does_not_matter_even_among_equals() -> None:
    parcels, scores = plots(1, 1, 1, 1), rated(chips=[70, 70, 70, 70], labs=[70, 70, 70, 70])
    study = portfolio(tenants={"chips": {"sites": [1, 2]}, "labs": {"sites": [1, 1]}})
    first = find_portfolio(parcels, scores, study)
    again = find_portfolio(parcels.iloc[::-1], scores.sample(frac=1, random_state=3), study)
    pd.testing.assert_frame_equal(first.table, again.table)


def test_time_limit_and_gap_reach_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    true = programme.milp

    def spy(*args, options, **words):
        seen.append(options)
        return true(*args, options=options, **words)

    monkeypatch.setattr(programme, "milp", spy)
    study = portfolio(tenants={"chips": {"sites": [0, 1]}}, time_limit_s=3, relative_gap=0.02)
    find_portfolio(plots(1), rated(chips=[50]), study)
    assert seen == [{"time_limit": 3.0, "mip_rel_gap": 0.02}]


MONEY = {
    "tenants": {"chips": {"sites": [0, 9]}},
    "costs": {
        "land_hkd_m_per_ha": {"industrial": 10},
        "investment_hkd_m_per_ha": {"chips": 20},
        "return_share": 0.5,
    },
}


def test_returns_of_a_round_pay_for_the_next() -> None:
    # each site costs 10 + half of 20 = 20 and returns 10 a round; 30 buys one, 10 more makes the second affordable
    money = {"budget_hkd_m": [30, 10], "public_share": 0.5, "reinvested_share": 1.0}
    found = find_portfolio(plots(1, 1, 1), rated(chips=[90, 80, 70]), portfolio(**MONEY, money=money))
    assert sorted(found.table["round"]) == [1, 2]
    assert found.rounds["spent_hkd_m"].tolist() == pytest.approx([20, 20])
    assert found.rounds["reinvested_hkd_m"].tolist() == pytest.approx([0, 10])
    poorer = find_portfolio(
        plots(1, 1, 1), rated(chips=[90, 80, 70]), portfolio(**MONEY, money={**money, "reinvested_share": 0.0})
    )
    assert taken(poorer) == {"s0": "chips"}


def test_of_equal_points_the_earlier_round_is_taken() -> None:
    money = {"budget_hkd_m": [100, 100, 100], "public_share": 0.5}
    found = find_portfolio(plots(1, 1), rated(chips=[90, 80]), portfolio(**MONEY, money=money))
    assert found.table["round"].tolist() == [1, 1]


def test_a_budget_too_small_for_the_demand_is_named() -> None:
    sections = {**MONEY, "tenants": {"chips": {"sites": [2, 9]}}, "money": {"budget_hkd_m": [30], "public_share": 0.5}}
    (fault,) = find_portfolio(plots(1, 1), rated(chips=[90, 80]), portfolio(**sections)).faults
    assert fault.where == "portfolio.tenants.chips.sites"
    assert "portfolio.money.budget_hkd_m" in fault.what
