"""Scoring all sites for a tenant: what excludes, what is left out, and what must not depend on the other sites."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.errors import NmplanError
from nmplan.measures.sites import Measures
from nmplan.scores.aggregate import aggregate
from nmplan.scores.tenants import score
from nmplan.scores.tenants import tenant_measures
from nmplan.scores.value_functions import direction_of
from nmplan.scores.weights import critic_weights
from nmplan.scores.weights import entropy_weights
from nmplan.study import Aggregation
from nmplan.study import PointOfView
from nmplan.study import Robustness
from nmplan.study import Study
from nmplan.study import Tenant
from nmplan.study import WordRule
from nmplan.words import MEASURES
from nmplan.words import column_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from nmplan.scores.tenants import Scores
    from nmplan.study import Rule

PROPERTY = settings(deadline=None, derandomize=True, max_examples=25)
FEW = Robustness(draws=3, seed=1, top_k=2)
STUDY = Path(__file__).parents[2] / "study.toml"

RISING = {"shape": "linear", "worst": 0, "best": 4}
FALLING = {"shape": "linear", "worst": 1000, "best": 0}

# How much of each measure a drawn site has, and the value function drawn tenants use for it (True where more is better)
DRAWN: dict[str, tuple[float, dict[str, Any], bool]] = {
    "area_ha": (5.0, {"shape": "linear", "worst": 0.5, "best": 3.5}, True),
    "boundary_m": (12_000.0, {"shape": "linear", "worst": 10_000, "best": 0}, False),
    "station_min": (60.0, {"shape": "exponential", "plateau": 5, "half_life": 10}, False),
    "crossing_min": (120.0, {"shape": "logistic", "midpoint": 50, "slope": -0.1}, False),
    "compactness": (1.0, {"shape": "piecewise", "points": [(0.3, 0.0), (0.6, 0.8), (0.75, 1.0)]}, True),
    "conservation_m": (2_000.0, {"shape": "step", "at": 500}, True),
}


def drawn_site(*, gaps: bool = True) -> st.SearchStrategy[dict[str, float]]:
    """Draw the measures of a site, some of them unknown."""
    columns = {}
    for name, (most, _, _) in DRAWN.items():
        amount = st.floats(0, most)
        columns[name] = amount | st.just(math.nan) if gaps else amount
    return st.fixed_dictionaries({"accuracy_m": st.sampled_from([0.0, 40.0, math.nan]), **columns})


def drawn_measures(*, gaps: bool = True, least: int = 1) -> st.SearchStrategy[pd.DataFrame]:
    def with_ids(sites: list[dict[str, float]]) -> pd.DataFrame:
        return pd.DataFrame([{"parcel_id": f"p{number}", **site} for number, site in enumerate(sites)])

    return st.lists(drawn_site(gaps=gaps), min_size=least, max_size=8).map(with_ids)


@st.composite
def drawn_tenant(draw: st.DrawFn) -> Tenant:
    names = draw(st.lists(st.sampled_from(sorted(DRAWN)), min_size=1, unique=True))
    criteria = [{"measure": name, "weight": draw(st.integers(1, 50)), "value": DRAWN[name][1]} for name in names]
    reason = {"reason_en": "reason", "reason_zh": "理由"}
    rules = [{"measure": "area_ha", "at_least": 1.0, **reason}, {"measure": "boundary_m", "at_most": 9_000, **reason}]
    return Tenant(
        name_en="Tenant",
        name_zh="租戶",
        chain="widgets",
        permitted_zones=["business"],
        criteria=criteria,
        constraints=rules[: draw(st.integers(0, 2))],
    )


def what_sites_get(scores: Scores) -> dict[str, dict[str, Any]]:
    """Return eligibility, score, points and exclusions by site: all that must not depend on other sites."""
    table = scores.table.set_index("parcel_id")
    return {
        site: {
            "eligible": bool(row["eligible"]),
            "score": None if np.isnan(row["score"]) else row["score"],
            "ledger": scores.ledger[scores.ledger["parcel_id"].eq(site)].astype(str).to_dict("list"),
            "exclusions": scores.exclusions[scores.exclusions["parcel_id"].eq(site)].astype(str).to_dict("list"),
        }
        for site, row in table.iterrows()
    }


def test_sites_are_scored_and_ranked_as_worked_out_by_hand(
    two_criteria: Tenant, make_measures: Callable[..., pd.DataFrame], few_draws: Robustness
) -> None:
    measures = make_measures(area_ha=[2.0, 4.0, 1.0], boundary_m=[100.0, 500.0, 900.0])
    table = score(measures, two_criteria, robustness=few_draws).table
    # weights 1/4 and 3/4; a: 25 · 0.5 + 75 · 0.9 = 80, b: 25 · 1 + 75 · 0.5 = 62.5, c: 25 · 0.25 + 75 · 0.1 = 13.75
    assert table["parcel_id"].tolist() == ["a", "b", "c"]
    assert table["score"].tolist() == pytest.approx([80.0, 62.5, 13.75])
    assert table["rank"].tolist() == [1, 2, 3]
    assert table["eligible"].all()


def test_an_excluded_site_has_no_score_and_no_rank_and_takes_no_rank_away(
    two_criteria: Tenant, make_measures: Callable[..., pd.DataFrame], few_draws: Robustness
) -> None:
    # b would be the best, but is smaller than 1 ha
    measures = make_measures(area_ha=[2.0, 0.99, 4.0], boundary_m=[100.0, 0.0, 500.0])
    scores = score(measures, two_criteria, robustness=few_draws)
    table = scores.table.set_index("parcel_id")
    assert table["eligible"].to_dict() == {"a": True, "b": False, "c": True}
    assert table.loc[["a", "c"], "rank"].tolist() == [1, 2]
    assert table.loc["b", ["score", "rank", "p_top", "rank_low", "rank_high", "p_threshold"]].isna().all()
    assert not table.loc["b", "holds"]
    assert scores.exclusions.to_dict("split")["data"] == [["b", "area_ha ≥ 1", 0.99, 1.0, "fail", ""]]


def test_every_rule_a_site_fails_is_told(
    make_tenant: Callable[..., Tenant],
    make_rule: Callable[..., Rule],
    make_measures: Callable[..., pd.DataFrame],
    few_draws: Robustness,
) -> None:
    rules = [make_rule("area_ha", at_least=1), make_rule("boundary_m", at_most=500), make_rule("slope_deg", at_most=15)]
    tenant = make_tenant(("area_ha", 1, RISING), rules=rules)
    measures = make_measures(area_ha=[0.5, 2.0], boundary_m=[600.0, 100.0], slope_deg=[20.0, 5.0])
    exclusions = score(measures, tenant, robustness=few_draws).exclusions
    assert exclusions["parcel_id"].tolist() == ["a", "a", "a"]
    assert exclusions["rule"].tolist() == ["area_ha ≥ 1", "boundary_m ≤ 500", "slope_deg ≤ 15"]


def test_an_undecided_rule_is_told_and_does_not_exclude(
    make_tenant: Callable[..., Tenant],
    make_rule: Callable[..., Rule],
    make_measures: Callable[..., pd.DataFrame],
    few_draws: Robustness,
) -> None:
    tenant = make_tenant(("area_ha", 1, RISING), rules=[make_rule("boundary_m", at_most=500)])
    measures = make_measures(area_ha=[2.0], boundary_m=[510.0], accuracy_m=[40.0])
    scores = score(measures, tenant, robustness=few_draws)
    assert scores.table["score"].tolist() == [50.0]
    assert scores.exclusions["outcome"].tolist() == ["undecided"]


def test_a_site_that_could_not_be_measured_is_undecided_and_out_never_zero(
    two_criteria: Tenant, make_measures: Callable[..., pd.DataFrame], few_draws: Robustness
) -> None:
    measures = make_measures(area_ha=[2.0, 4.0], boundary_m=[math.nan, 500.0])
    scores = score(measures, two_criteria, robustness=few_draws)
    table = scores.table.set_index("parcel_id")
    assert not table.loc["a", "eligible"]
    assert table.loc["a", ["score", "rank"]].isna().all()
    assert table.loc["b", "rank"] == 1
    told = scores.exclusions.set_index("parcel_id")
    assert told[["rule", "outcome"]].to_dict("index") == {"a": {"rule": "measured: boundary_m", "outcome": "undecided"}}
    assert told[["measured", "limit"]].isna().all(axis=None)


def test_a_criterion_without_its_layer_is_reported_and_the_weights_add_up_again(
    make_tenant: Callable[..., Tenant], make_measures: Callable[..., pd.DataFrame], few_draws: Robustness
) -> None:
    slope = {"shape": "linear", "worst": 15, "best": 0}
    tenant = make_tenant(("area_ha", 10, RISING), ("slope_deg", 60, slope), ("boundary_m", 30, FALLING))
    measures = make_measures(area_ha=[2.0], boundary_m=[100.0])
    scores = score(measures, tenant, robustness=few_draws)
    assert scores.omitted == ["slope_deg"]
    # 10 and 30 of 40: 25 · 0.5 + 75 · 0.9, not 10 · 0.5 + 60 · 0 + 30 · 0.9 = 32
    assert scores.ledger.set_index("criterion")["weight"].to_dict() == {"area_ha": 0.25, "boundary_m": 0.75}
    assert scores.table["score"].tolist() == pytest.approx([80.0])
    assert scores.table["eligible"].all()


def test_a_rule_without_its_layer_is_reported_and_excludes_nobody(
    make_tenant: Callable[..., Tenant],
    make_rule: Callable[..., Rule],
    make_measures: Callable[..., pd.DataFrame],
    few_draws: Robustness,
) -> None:
    tenant = make_tenant(("area_ha", 1, RISING), rules=[make_rule("slope_deg", at_most=15)])
    scores = score(make_measures(area_ha=[2.0]), tenant, robustness=few_draws)
    assert scores.omitted == ["slope_deg"]
    assert scores.table["eligible"].all()
    assert scores.exclusions.empty


def test_permitted_share_adds_up_the_zones_of_the_tenant(
    make_tenant: Callable[..., Tenant], make_measures: Callable[..., pd.DataFrame]
) -> None:
    measures = make_measures(
        zone_share_business=[0.5, 0.0], zone_share_industrial=[0.25, 0.5], zone_share_residential=[0.25, 0.5]
    )
    tenant = make_tenant(("area_ha", 1, RISING), zones=("business", "industrial", "logistics"))
    found = tenant_measures(measures.set_index("parcel_id"), tenant, ["permitted_share"])
    assert found["permitted_share"].to_dict() == {"a": 0.75, "b": 0.5}


def test_a_measure_of_a_chain_is_that_of_the_tenants_chain(
    make_tenant: Callable[..., Tenant], make_measures: Callable[..., pd.DataFrame], few_draws: Robustness
) -> None:
    unit = {"shape": "linear", "worst": 0, "best": 1}
    tenant = make_tenant(("supply_access", 1, unit), chain="life-health")
    measures = make_measures(supply_access_life_health=[0.25], supply_access_vehicles=[0.75])
    scores = score(measures, tenant, robustness=few_draws)
    assert scores.table["score"].tolist() == [25.0]
    other = score(
        measures.drop(columns="supply_access_life_health").assign(area_ha=1.0),
        make_tenant(("supply_access", 1, unit), ("area_ha", 1, RISING), chain="life-health"),
        robustness=few_draws,
    )
    assert other.omitted == ["supply_access"]


def test_a_site_holds_only_where_every_reader_keeps_it_on_top(
    make_tenant: Callable[..., Tenant], make_measures: Callable[..., pd.DataFrame]
) -> None:
    tenant = make_tenant(("area_ha", 1, RISING), ("boundary_m", 1, FALLING))
    # a is best in area (60 to 55 by the tenant's weights), b at the boundary, c in both worst but never first
    measures = make_measures(area_ha=[4.0, 1.2, 0.0], boundary_m=[800.0, 200.0, 900.0])
    tight = Robustness(draws=50, concentration=1e7, seed=1, top_k=1, risk_tolerance=0.25)
    views = {
        "big": PointOfView(name_en="B", name_zh="大", emphasis={"area_ha": 3}),
        "near": PointOfView(name_en="N", name_zh="近", emphasis={"boundary_m": 3}),
    }
    alone = score(measures, tenant, robustness=tight).table
    assert alone["score"].tolist() == pytest.approx([60.0, 55.0, 5.0])
    assert alone["holds"].tolist() == [True, False, False]
    one = score(measures, tenant, robustness=tight, points_of_view={"big": views["big"]}).table
    assert one["holds"].tolist() == [True, False, False]
    both = score(measures, tenant, robustness=tight, points_of_view=views).table
    # near: weights 1/4 and 3/4, a 25 + 15 = 40, b 7.5 + 60 = 67.5
    assert both["holds"].tolist() == [False, False, False]
    two_places = score(measures, tenant, robustness=tight.model_copy(update={"top_k": 2}), points_of_view=views).table
    assert two_places["holds"].tolist() == [True, True, False]


def test_measures_may_come_with_their_supply_or_as_a_table(
    two_criteria: Tenant, make_measures: Callable[..., pd.DataFrame], few_draws: Robustness
) -> None:
    table = make_measures(area_ha=[2.0, 4.0], boundary_m=[100.0, 500.0])
    whole = Measures(table, pd.DataFrame(), {})
    expected = score(table, two_criteria, robustness=few_draws).table
    pd.testing.assert_frame_equal(score(whole, two_criteria, robustness=few_draws).table, expected)


def test_scoring_leaves_the_measures_untouched(
    two_criteria: Tenant, make_measures: Callable[..., pd.DataFrame], few_draws: Robustness
) -> None:
    measures = make_measures(area_ha=[2.0, 0.1], boundary_m=[100.0, math.nan])
    before = measures.copy(deep=True)
    score(measures, two_criteria, robustness=few_draws)
    pd.testing.assert_frame_equal(measures, before)


def test_where_every_site_is_excluded_nothing_is_scored(
    two_criteria: Tenant, make_measures: Callable[..., pd.DataFrame], few_draws: Robustness
) -> None:
    scores = score(make_measures(area_ha=[0.1, 0.2], boundary_m=[0.0, 0.0]), two_criteria, robustness=few_draws)
    assert scores.table[["score", "rank", "p_top"]].isna().all(axis=None)
    assert scores.table["eligible"].tolist() == scores.table["holds"].tolist() == [False, False]


@given(drawn_measures(), drawn_tenant())
@PROPERTY
def test_the_ledger_adds_up_to_the_score_of_every_site(measures: pd.DataFrame, tenant: Tenant) -> None:
    scores = score(measures, tenant, robustness=FEW)
    table = scores.table.set_index("parcel_id")
    sums = scores.ledger.groupby("parcel_id")["points"].sum(min_count=len(tenant.criteria))
    assert len(scores.ledger) == len(measures) * len(tenant.criteria)
    eligible = table.index[table["eligible"]]
    np.testing.assert_allclose(table.loc[eligible, "score"], sums[eligible], rtol=0, atol=1e-9)
    assert table.loc[~table["eligible"], ["score", "rank"]].isna().all(axis=None)
    assert table.loc[eligible, ["score", "rank"]].notna().all(axis=None)


@pytest.mark.parametrize("name", list(Study.load(STUDY).tenants))
def test_the_ledger_adds_up_for_every_tenant_of_the_study(name: str) -> None:
    study = Study.load(STUDY)
    tenant = study.tenants[name]
    random = np.random.default_rng(42)
    ranges = {"min": 120, "m": 5_000, "ha": 6, "": 1}
    columns = {
        column_of(name, tenant.chain): random.uniform(0, ranges.get(quantity.unit, 10), 60)
        for name, quantity in MEASURES.items()
    }
    measures = pd.DataFrame({"parcel_id": [f"p{n}" for n in range(60)], "accuracy_m": 40.0, **columns})
    measures = measures.assign(permitted_share=random.choice([0.5, 1.0], 60), conservation_share=0.0, status="planned")
    scores = score(measures, tenant, robustness=study.robustness, points_of_view=study.points_of_view)
    assert scores.omitted == []
    table = scores.table.set_index("parcel_id")
    assert 0 < table["eligible"].sum() < 60
    sums = scores.ledger.groupby("parcel_id")["points"].sum()[table.index]
    np.testing.assert_allclose(table["score"], sums.where(table["eligible"]), rtol=0, atol=1e-9)
    top = min(study.robustness.top_k, table["eligible"].sum())
    assert table["p_top"].sum() == pytest.approx(top, abs=1e-6)


@given(drawn_measures(), drawn_site(), drawn_tenant())
@PROPERTY
def test_adding_a_site_changes_no_other_score(
    measures: pd.DataFrame, newcomer: dict[str, float], tenant: Tenant
) -> None:
    more = pd.concat([measures, pd.DataFrame([{"parcel_id": "new", **newcomer}])], ignore_index=True)
    before = what_sites_get(score(measures, tenant, robustness=FEW))
    after = what_sites_get(score(more, tenant, robustness=FEW))
    assert after.pop("new")
    assert after == before


@given(drawn_measures(least=2), drawn_tenant(), st.data())
@PROPERTY
def test_removing_a_site_changes_no_other_score(measures: pd.DataFrame, tenant: Tenant, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(measures["parcel_id"].tolist()))
    fewer = measures[measures["parcel_id"].ne(gone)]
    before = what_sites_get(score(measures, tenant, robustness=FEW))
    before.pop(gone)
    assert what_sites_get(score(fewer, tenant, robustness=FEW)) == before


@given(drawn_measures(), drawn_tenant(), st.randoms(use_true_random=False))
@PROPERTY
def test_the_order_of_sites_is_irrelevant(measures: pd.DataFrame, tenant: Tenant, random: Any) -> None:
    order = list(measures.index)
    random.shuffle(order)
    scores = score(measures, tenant, robustness=FEW)
    shuffled = score(measures.loc[order], tenant, robustness=FEW)
    assert shuffled.table["parcel_id"].tolist() == measures.loc[order, "parcel_id"].tolist()
    assert what_sites_get(shuffled) == what_sites_get(scores)
    ranks, again = (found.table.set_index("parcel_id")["rank"] for found in (scores, shuffled))
    assert again[ranks.index].equals(ranks)


@given(drawn_measures(gaps=False), drawn_tenant(), st.data())
@PROPERTY
def test_a_site_that_improves_in_a_criterion_never_scores_lower(
    measures: pd.DataFrame, tenant: Tenant, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([criterion.measure for criterion in tenant.criteria]))
    most, _, more_is_better = DRAWN[name]
    change = data.draw(st.floats(0, most)) * (1 if more_is_better else -1)
    better = measures.copy()
    better.loc[0, name] += change
    free = tenant.model_copy(update={"constraints": []})
    before, after = (score(table, free, robustness=FEW).table.iloc[0] for table in (measures, better))
    assert after["score"] >= before["score"] - 1e-9
    assert after["rank"] <= before["rank"]


@given(drawn_measures(), drawn_tenant(), st.integers(2, 50))
@PROPERTY
def test_the_scale_of_the_weights_is_irrelevant(measures: pd.DataFrame, tenant: Tenant, factor: int) -> None:
    criteria = [one.model_copy(update={"weight": one.weight * factor}) for one in tenant.criteria]
    heavier = tenant.model_copy(update={"criteria": criteria})
    one, other = (score(measures, who, robustness=FEW).table["score"] for who in (tenant, heavier))
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-9)


def test_no_sites_give_empty_tables(two_criteria, make_measures, few_draws) -> None:
    measures = make_measures(area_ha=[1.0], boundary_m=[10.0]).iloc[:0]
    found = score(measures, two_criteria, robustness=few_draws)
    assert found.table.empty
    assert found.ledger.empty
    assert found.exclusions.empty


def test_a_criterion_of_no_weight_excludes_nobody(make_tenant, make_measures, few_draws) -> None:
    tenant = make_tenant(
        ("area_ha", 1, {"shape": "linear", "worst": 0, "best": 4}),
        ("boundary_m", 0, {"shape": "linear", "worst": 1000, "best": 0}),
    )
    found = score(make_measures(area_ha=[2.0], boundary_m=[float("nan")]), tenant, robustness=few_draws)
    assert found.table["eligible"].tolist() == [True]
    assert found.table["score"].tolist() == [50.0]


def test_when_no_weight_is_left_the_missing_layers_are_named(make_tenant, make_measures, few_draws) -> None:
    tenant = make_tenant(
        ("area_ha", 0, {"shape": "linear", "worst": 0, "best": 4}),
        ("boundary_m", 1, {"shape": "linear", "worst": 1000, "best": 0}),
    )
    with pytest.raises(NmplanError, match="for want of a layer: boundary_m"):
        score(make_measures(area_ha=[2.0]), tenant, robustness=few_draws)


def test_rounding_decides_no_limit(make_tenant, make_rule, make_measures, few_draws) -> None:
    # three shares of 0.3 add up to 0.8999999999999999
    tenant = make_tenant(
        ("area_ha", 1, {"shape": "linear", "worst": 0, "best": 4}),
        rules=[make_rule("permitted_share", at_least=0.9)],
        zones=("business", "industrial", "logistics"),
    )
    shares = {f"zone_share_{zone}": [0.3] for zone in ("business", "industrial", "logistics")}
    found = score(make_measures(area_ha=[2.0], **shares), tenant, robustness=few_draws)
    assert found.table["eligible"].tolist() == [True]


# --- weights and aggregation as the tenant has them -------------------------------------------------------------------


def unweighed(weights: dict[str, Any], **more: Any) -> Tenant:
    """Return a tenant that judges area, boundary and station by their values without stating weights."""
    values = {
        "area_ha": RISING,
        "boundary_m": FALLING,
        "station_min": {"shape": "linear", "worst": 60, "best": 0},
    }
    criteria = [{"measure": name, "value": value} for name, value in values.items()]
    names = {"name_en": "Tenant", "name_zh": "租戶", "chain": "widgets", "permitted_zones": ["business"]}
    return Tenant(**names, criteria=criteria, weights=weights, **more)


def pairs(*times: float) -> dict[str, Any]:
    asked = [("area_ha", "boundary_m"), ("area_ha", "station_min"), ("boundary_m", "station_min")]
    return {"method": "ahp", "pairwise": [(*pair, each) for pair, each in zip(asked, times, strict=True)]}


@pytest.fixture
def three_sites(make_measures: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    return make_measures(area_ha=[2.0, 4.0, 1.0], boundary_m=[100.0, 500.0, 900.0], station_min=[30.0, 15.0, 45.0])


def weights_of(scores: Scores) -> dict[str, float]:
    return scores.ledger.drop_duplicates("criterion").set_index("criterion")["weight"].to_dict()


def test_judged_weights_count(three_sites: pd.DataFrame, few_draws: Robustness) -> None:
    # 4 : 2 : 1 without contradiction
    scores = score(three_sites, unweighed(pairs(2, 4, 2)), robustness=few_draws)
    assert weights_of(scores) == pytest.approx({"area_ha": 4 / 7, "boundary_m": 2 / 7, "station_min": 1 / 7})
    # a: 0.5, 0.9, 0.5
    assert scores.table["score"][0] == pytest.approx(100 * (4 * 0.5 + 2 * 0.9 + 1 * 0.5) / 7)
    assert not [note for note in scores.notes if "pairwise" in note]


def test_judgements_that_contradict_each_other_are_told_with_the_pair(
    three_sites: pd.DataFrame, few_draws: Robustness
) -> None:
    # area over boundary 5, boundary over station 5, station over area 5: round in a circle
    notes = score(three_sites, unweighed(pairs(5, 1 / 5, 5)), robustness=few_draws).notes
    (note,) = [note for note in notes if "pairwise" in note]
    # each row has 1, 5, 1/5: λ = 6.2, (6.2 − 3) / 2 / 0.58
    assert "consistency ratio 2.76, at most 0.10 is sound" in note
    assert "area_ha over boundary_m is judged 5, the others imply 1" in note


def test_judged_weights_of_what_cannot_be_measured_go_to_the_others(
    three_sites: pd.DataFrame, few_draws: Robustness
) -> None:
    scores = score(three_sites.drop(columns="boundary_m"), unweighed(pairs(2, 4, 2)), robustness=few_draws)
    assert weights_of(scores) == pytest.approx({"area_ha": 4 / 5, "station_min": 1 / 5})
    assert scores.omitted == ["boundary_m"]


@pytest.mark.parametrize(("method", "weigh"), [("entropy", entropy_weights), ("critic", critic_weights)])
def test_weights_from_the_sites_are_those_of_the_eligible_ones(
    method: str, weigh: Any, three_sites: pd.DataFrame, make_rule: Callable[..., Rule], few_draws: Robustness
) -> None:
    tenant = unweighed({"method": method}, constraints=[make_rule("area_ha", at_least=1.5)])
    values = pd.DataFrame({"area_ha": [0.5, 1.0], "boundary_m": [0.9, 0.5], "station_min": [0.5, 0.75]})
    scores = score(three_sites, tenant, robustness=few_draws)
    assert scores.table["eligible"].tolist() == [True, True, False]
    assert weights_of(scores) == pytest.approx(weigh(values).to_dict())
    assert any("depend on the candidates" in note for note in scores.notes)


def test_one_site_tells_no_weights(three_sites: pd.DataFrame, few_draws: Robustness) -> None:
    scores = score(three_sites.iloc[:1], unweighed({"method": "critic"}), robustness=few_draws)
    assert weights_of(scores) == pytest.approx(dict.fromkeys(weights_of(scores), 1 / 3))
    assert any("no critic weights, equal ones instead: there are 1 sites" in note for note in scores.notes)


@pytest.mark.parametrize(
    ("aggregation", "column"),
    [
        ({"method": "product"}, "log_points"),
        ({"method": "owa", "orness": 0.2}, "ordered_points"),
        ({"method": "topsis"}, ""),
    ],
)
def test_another_aggregation_scores_ranks_and_keeps_its_own_ledger(
    aggregation: dict[str, Any], column: str, three_sites: pd.DataFrame, two_criteria: Tenant, few_draws: Robustness
) -> None:
    how = Aggregation(**aggregation)
    values = pd.DataFrame({"area_ha": [0.5, 1.0, 0.25], "boundary_m": [0.9, 0.5, 0.1]})
    scores = score(three_sites, two_criteria, robustness=few_draws, aggregation=how)
    expected = aggregate(values, {"area_ha": 1, "boundary_m": 3}, how.method, **how.options)
    assert scores.table["score"].tolist() == pytest.approx(expected.tolist())
    assert scores.table["rank"].tolist() == [1, 2, 3]
    assert scores.ledger["points"].isna().all()
    assert not column or scores.ledger[column].notna().all()
    # draws are those of a sum: nothing is claimed
    assert scores.table[["p_top", "rank_low", "p_threshold"]].isna().all(axis=None)
    assert not scores.table["holds"].any()
    assert any("rank acceptability" in note for note in scores.notes)
    # what the tenant says goes before what the study says
    own = two_criteria.model_copy(update={"aggregation": Aggregation()})
    assert score(three_sites, own, robustness=few_draws, aggregation=how).ledger["points"].notna().all()


@given(drawn_measures(), drawn_site(), drawn_tenant(), st.sampled_from(["product", "owa", "topsis"]))
@PROPERTY
def test_adding_a_site_changes_no_other_score_whatever_the_aggregation(
    measures: pd.DataFrame, newcomer: dict[str, float], tenant: Tenant, method: str
) -> None:
    how = Aggregation(method=method, orness=0.3 if method == "owa" else None)
    more = pd.concat([measures, pd.DataFrame([{"parcel_id": "new", **newcomer}])], ignore_index=True)
    before, after = (
        what_sites_get(score(table, tenant, robustness=FEW, aggregation=how)) for table in (measures, more)
    )
    assert after.pop("new")
    assert after == before


def test_occupied_land_is_excluded_by_its_word(
    make_tenant: Callable[..., Tenant], make_measures: Callable[..., pd.DataFrame], few_draws: Robustness
) -> None:
    rule = WordRule(column="status", none_of=["occupied"], reason_en="Factories stand here", reason_zh="現有廠房")
    tenant = make_tenant(("area_ha", 1, RISING), rules=[rule])
    measures = make_measures(area_ha=[1.0, 2.0, 3.0], status=["planned", "occupied", "unknown"])
    scores = score(measures, tenant, robustness=few_draws)
    assert scores.table["eligible"].tolist() == [True, False, True]
    assert scores.exclusions[["parcel_id", "outcome", "word"]].to_numpy().tolist() == [
        ["b", "fail", "occupied"],
        ["c", "undecided", "unknown"],
    ]
    # a table without the word
    assert score(measures.drop(columns="status"), tenant, robustness=few_draws).omitted == ["status"]


def test_a_value_function_against_custom_is_told(
    make_tenant: Callable[..., Tenant], make_measures: Callable[..., pd.DataFrame], few_draws: Robustness
) -> None:
    tenant = make_tenant(
        ("area_ha", 1, {"shape": "linear", "worst": 4, "best": 0}),
        ("boundary_m", 1, FALLING),
        ("housing_m", 1, {"shape": "linear", "worst": 500, "best": 0}),
        ("station_min", 1, {"shape": "band", "low": 5, "high": 10, "margin": 5}),
    )
    measures = make_measures(area_ha=[1.0, 3.0], boundary_m=[1.0, 2.0], housing_m=[1.0, 9.0], station_min=[1.0, 9.0])
    told = [note for note in score(measures, tenant, robustness=few_draws).notes if "against custom" in note]
    assert told == ["area_ha: less counts as better, against custom; are its ends swapped?"]


def test_no_tenant_of_the_study_goes_against_custom() -> None:
    for tenant in Study.load(STUDY).tenants.values():
        for criterion in tenant.criteria:
            usual = MEASURES[criterion.measure].better
            assert usual in {"", direction_of(criterion.value)}, criterion.measure


def test_criteria_that_overlap_are_told(
    make_tenant: Callable[..., Tenant], make_measures: Callable[..., pd.DataFrame], few_draws: Robustness
) -> None:
    tenant = make_tenant(("boundary_m", 1, FALLING), ("crossing_min", 1, {"shape": "linear", "worst": 100, "best": 0}))
    measures = make_measures(boundary_m=[100.0, 300.0, 800.0], crossing_min=[10.0, 30.0, 80.0])
    scores = score(measures, tenant, robustness=few_draws)
    assert any("boundary_m and crossing_min correlate 1.00" in note for note in scores.notes)
    shares = scores.agreement[scores.agreement["quantity"].eq("effective_weight")]["number"]
    assert shares.tolist() == pytest.approx([0.5, 0.5])
