"""Refusals: which land, by which rule, how much of it, and what was measured there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from typing import Any

import pandas as pd
import pytest

from nmplan.places.refusals import REFUSAL_COLUMNS
from nmplan.places.refusals import TOO_SMALL
from nmplan.places.refusals import hold_rules
from nmplan.places.refusals import list_refusals
from nmplan.places.refusals import list_too_small

if TYPE_CHECKING:
    from collections.abc import Callable

    from nmplan.study import Sandbox

    Build = Callable[..., Any]

FAR = {"measure": "boundary_m", "at_most": 2500, "reason_en": "Too far", "reason_zh": "過遠"}
BUSY = {"column": "status", "none_of": ["occupied"], "reason_en": "Occupied", "reason_zh": "已佔用"}
ROADS = {"measure": "road_km", "at_least": 3, "reason_en": "Too few roads", "reason_zh": "道路過短"}
LAND = pd.DataFrame(
    {"area_id": ["san-tin", "san-tin", "san-tin", "hetao"], "area_ha": [1.0, 2.0, 4.0, 8.0]}, index=list("abcd")
)


@pytest.fixture
def sandbox(make_kind: Build) -> Sandbox:
    kind: Sandbox = make_kind(rules=[FAR, BUSY])
    return kind


def held(sandbox: Sandbox, **columns: list[Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    known = pd.DataFrame(columns, index=LAND.index)
    return known, hold_rules(known, known.assign(accuracy_m=50.0), sandbox)


def test_every_rule_has_its_outcome_on_every_piece(sandbox: Sandbox) -> None:
    _, outcomes = held(
        sandbox,
        boundary_m=[2400.0, 2530.0, 2600.0, math.nan],
        status=["planned", "occupied", "unknown", "idle"],
    )
    assert outcomes[0].tolist() == ["pass", "undecided", "fail", "undecided"]
    assert outcomes[1].tolist() == ["pass", "fail", "undecided", "pass"]


def test_refusals_are_summed_by_area_rule_and_outcome(sandbox: Sandbox) -> None:
    known, outcomes = held(
        sandbox,
        boundary_m=[2600.0, 3000.0, 2510.0, math.nan],
        status=["planned", "occupied", "planned", "occupied"],
    )
    found = list_refusals(LAND, known, outcomes, sandbox)
    assert found.columns.tolist() == REFUSAL_COLUMNS[1:]
    told = found.set_index(["area_id", "rule", "outcome"])
    numbers = ["measured_low", "measured_high", "limit", "area_ha"]
    assert told.loc[("san-tin", "boundary_m ≤ 2500", "fail"), numbers].tolist() == [2600, 3000, 2500, 3]
    assert told.loc[("san-tin", "boundary_m ≤ 2500", "undecided"), numbers].tolist() == [2510, 2510, 2500, 4]
    assert told.loc[("hetao", "boundary_m ≤ 2500", "undecided"), "area_ha"] == 8
    assert told.loc[("san-tin", "status ≠ occupied", "fail"), "area_ha"] == 2
    assert told.loc[("hetao", "status ≠ occupied", "fail"), ["reason_en", "reason_zh"]].tolist() == [
        "Occupied",
        "已佔用",
    ]
    assert told.loc[("hetao", "status ≠ occupied", "fail"), numbers[:3]].isna().all()
    assert len(found) == 5


def test_land_that_passes_is_not_listed(sandbox: Sandbox) -> None:
    known, outcomes = held(sandbox, boundary_m=[1.0] * 4, status=["planned"] * 4)
    found = list_refusals(LAND, known, outcomes, sandbox)
    assert found.empty
    assert found.columns.tolist() == REFUSAL_COLUMNS[1:]


def test_generalised_roads_decide_neither_way_and_well_placed_ones_do(make_kind: Build) -> None:
    kind = make_kind(rules=[ROADS])
    known = pd.DataFrame({"road_km": [0.0, 9.0, 0.0, 9.0]}, index=LAND.index)
    blur = [math.inf, math.inf, 0.0, 0.0]
    outcomes = hold_rules(known, known.assign(accuracy_m=300.0, road_km_accuracy=blur), kind)
    assert outcomes[0].tolist() == ["undecided", "undecided", "fail", "pass"]
    # the position of a site says nothing about kilometres of road
    assert hold_rules(known, known.assign(accuracy_m=300.0), kind)[0].tolist() == ["fail", "pass", "fail", "pass"]


def test_groups_below_the_minimum_are_listed_with_their_hectares(make_kind: Build) -> None:
    kind = make_kind(minimum_ha=6)
    found = list_too_small(LAND, pd.Series([0, 0, 1, 2], index=LAND.index), kind)
    columns = ["area_id", "rule", "measured_low", "measured_high", "limit", "outcome", "area_ha"]
    assert found[columns].to_numpy().tolist() == [["san-tin", TOO_SMALL, 3.0, 4.0, 6.0, "fail", 7.0]]
    assert found["reason_en"].tolist() == ["Smaller than 6 ha"]
    assert list_too_small(LAND, pd.Series([0, 0, 0, 1], index=LAND.index), kind).empty


def test_a_small_group_in_two_areas_is_listed_with_the_hectares_of_each(make_kind: Build) -> None:
    found = list_too_small(LAND, pd.Series([0, 1, 2, 2], index=LAND.index), make_kind(minimum_ha=13))
    told = found.set_index("area_id")[["measured_low", "measured_high", "area_ha"]]
    assert told.loc["hetao"].tolist() == [12.0, 12.0, 8.0]
    assert told.loc["san-tin"].tolist() == [1.0, 12.0, 7.0]
