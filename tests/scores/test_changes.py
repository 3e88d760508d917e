"""What changed between two scorings, and which edits did it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nmplan.scores.changes import edits_by_tenant
from nmplan.scores.changes import tell_empty
from nmplan.scores.changes import tell_top_changes
from nmplan.scores.changes import tell_undecided
from nmplan.scores.changes import value_changes


def ranked(**tenants: str) -> pd.DataFrame:
    """Build a scoring: for each tenant its sites, best first."""
    rows = [(t, site, place) for t, sites in tenants.items() for place, site in enumerate(sites, start=1)]
    table = pd.DataFrame(rows, columns=["tenant", "parcel_id", "rank"])
    return table.astype({"rank": "Int64"})


def test_sites_that_enter_and_leave_are_told_by_tenant() -> None:
    before, after = ranked(chips="abcd", cars="abcd"), ranked(chips="acbd", cars="bacd")
    # the top two of chips: a, b, then a, c; those of cars only change places
    told = tell_top_changes(before, after, 2)
    assert told == ["chips, top 2: in c; out b; of the former scores only the result is known"]
    edits = {"chips": ["tenants.chips.criteria[1].weight 15 → 25", "layer suppliers changed"], "cars": []}
    told = tell_top_changes(before, after, 2, edits)
    assert told == [
        "chips, top 2: in c; out b; edited: tenants.chips.criteria[1].weight 15 → 25, layer suppliers changed"
    ]
    assert "nothing that ranks depend on was edited" in tell_top_changes(before, after, 2, {})[0]


def test_nothing_changed_is_nothing_told() -> None:
    assert tell_top_changes(ranked(chips="abc"), ranked(chips="abc"), 2) == []


def test_a_tenant_of_one_scoring_only_is_not_compared() -> None:
    assert tell_top_changes(ranked(chips="ab"), ranked(cars="ba"), 1) == []


def test_a_site_without_a_rank_is_in_no_top() -> None:
    gone = ranked(chips="ab")
    gone.loc[0, "rank"] = pd.NA
    assert tell_top_changes(ranked(chips="ab"), gone, 2, {})[0].startswith("chips, top 2: in –; out a")


def test_a_tenant_whose_last_site_went_is_told() -> None:
    gone = ranked(chips="ab").assign(rank=pd.NA).astype({"rank": "Int64"})
    assert tell_top_changes(ranked(chips="ab"), gone, 2, {})[0].startswith("chips, top 2: in –; out a, b")


def made_from(**changed: Any) -> dict[str, Any]:
    criteria = [{"measure": "area_ha", "weight": 5.0}, {"measure": "boundary_m", "weight": 15.0}]
    base = {
        "tenants": {"chips": {"criteria": criteria, "chain": "widgets"}, "cars": {"criteria": criteria}},
        "supply": {"half_enough": 20.0},
        "robustness": {"draws": 10},
        "layers": {"suppliers": "aa", "zoning": "bb"},
        "code": {"measures": "cc"},
    }
    return base | changed


def test_edits_are_named_for_the_tenants_they_concern() -> None:
    criteria = [{"measure": "area_ha", "weight": 5.0}, {"measure": "boundary_m", "weight": 25.0}]
    tenants = {**made_from()["tenants"], "chips": {"criteria": criteria, "chain": "gadgets"}}
    edits = edits_by_tenant(made_from(), made_from(tenants=tenants))
    assert edits["chips"] == [
        "tenants.chips.criteria[2].weight 15 → 25",
        "tenants.chips.chain widgets → gadgets",
    ]
    assert edits["cars"] == []


def test_edits_that_concern_all_are_named_for_all() -> None:
    new = made_from(
        supply={"half_enough": 30.0}, layers={"suppliers": "ab", "parks": "dd", "zoning": "bb"}, code={"measures": "ce"}
    )
    common = [
        "layer parks changed",
        "layer suppliers changed",
        "code of measures changed",
        "supply.half_enough 20 → 30",
    ]
    assert edits_by_tenant(made_from(), new) == {"chips": common, "cars": common}


def test_what_no_rank_depends_on_is_no_cause() -> None:
    assert edits_by_tenant(made_from(), made_from(robustness={"draws": 99})) == {"chips": [], "cars": []}


def test_criteria_that_come_or_go_are_told_by_name_and_do_not_shift_the_others() -> None:
    old = [{"measure": "area_ha", "weight": 5}, {"measure": "idle", "weight": 1}, {"measure": "idle", "weight": 2}]
    new = [{"measure": "water_m", "weight": 9}, {"measure": "idle", "weight": 1}, {"measure": "idle", "weight": 3}]
    assert list(value_changes(old, new, "criteria")) == [
        "criteria[1] area_ha removed",
        "criteria[3].weight 2 → 3",
        "criteria[1] water_m added",
    ]
    assert list(value_changes([1, 2], [1, 3, 4], "bands")) == ["bands[2] 2 → 3", "bands[3] 4 added"]
    assert list(value_changes({"a": None}, {"a": {"b": 1}}, "x")) == ["x.a none → b 1"]


def scored(**eligible: list[bool]) -> pd.DataFrame:
    rows = [(t, f"p{i}", each) for t, sites in eligible.items() for i, each in enumerate(sites)]
    return pd.DataFrame(rows, columns=["tenant", "parcel_id", "eligible"])


def excluded(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["tenant", "parcel_id", "rule", "outcome"])


def test_undecided_rules_are_counted_at_eligible_sites_only() -> None:
    exclusions = excluded(
        ("chips", "p0", "housing", "undecided"),
        ("chips", "p1", "housing", "undecided"),
        ("chips", "p1", "school", "undecided"),
        ("chips", "p2", "housing", "undecided"),
        ("chips", "p2", "zone", "fail"),
    )
    told = tell_undecided(exclusions, scored(chips=[True, True, False], cars=[True, True, True]))
    assert told == ["chips: undecided, unknown or too coarse: housing at 2, school at 1 of 2 eligible sites"]


def test_a_tenant_without_an_eligible_site_is_told_with_the_rules_that_exclude_most() -> None:
    exclusions = excluded(
        ("chips", "p0", "zone", "fail"), ("chips", "p1", "zone", "fail"), ("chips", "p1", "area", "fail")
    )
    told = tell_empty(exclusions, scored(chips=[False, False], cars=[False, True]))
    assert told == ["chips: none of 2 sites is eligible; not passed: zone at 2, area at 1"]
