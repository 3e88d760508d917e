"""Constraints: pass, fail and undecided, on both sides of a limit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.scores.constraints import EXCLUSION_COLUMNS
from nmplan.scores.constraints import accuracy_of
from nmplan.scores.constraints import check_rules
from nmplan.scores.constraints import rule_outcome
from nmplan.study import Rule
from nmplan.study import WordRule

if TYPE_CHECKING:
    from collections.abc import Callable

PROPERTY = settings(deadline=None, derandomize=True)


def on_sites(*values: float) -> pd.Series[float]:
    return pd.Series(values, index=[f"s{number}" for number in range(len(values))], dtype=float)


def placed(accuracy_m: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame({"accuracy_m": accuracy_m})


def test_a_limit_passes_what_reaches_it_and_fails_what_does_not(make_rule: Callable[..., Rule]) -> None:
    measured, exact = on_sites(499, 500, 501), on_sites(0, 0, 0)
    assert rule_outcome(measured, make_rule("boundary_m", at_least=500), exact).tolist() == ["fail", "pass", "pass"]
    assert rule_outcome(measured, make_rule("boundary_m", at_most=500), exact).tolist() == ["pass", "pass", "fail"]


def test_a_distance_closer_to_the_limit_than_the_accuracy_is_undecided(make_rule: Callable[..., Rule]) -> None:
    # limit 500 m, accuracy 40 m: decided from 460 down and from 540 up
    measured, accuracy = on_sites(459, 460, 461, 500, 539, 540, 541), on_sites(*[40] * 7)
    least = rule_outcome(measured, make_rule("boundary_m", at_least=500), accuracy)
    most = rule_outcome(measured, make_rule("boundary_m", at_most=500), accuracy)
    assert least.tolist() == ["fail", "fail", "undecided", "undecided", "undecided", "pass", "pass"]
    assert most.tolist() == ["pass", "pass", "undecided", "undecided", "undecided", "fail", "fail"]


@pytest.mark.parametrize("measure", ["area_ha", "permitted_share", "conservation_share", "station_min", "slope_deg"])
def test_accuracy_of_position_does_not_blur_what_is_no_distance(measure: str, make_rule: Callable[..., Rule]) -> None:
    measured, coarse = on_sites(0.49, 0.5, 0.51), on_sites(300, 300, 300)
    assert rule_outcome(measured, make_rule(measure, at_least=0.5), coarse).tolist() == ["fail", "pass", "pass"]
    assert rule_outcome(measured, make_rule(measure, at_most=0.5), coarse).tolist() == ["pass", "pass", "fail"]


@pytest.mark.parametrize("measure", ["boundary_m", "area_ha"])
@pytest.mark.parametrize("side", ["at_least", "at_most"])
def test_what_could_not_be_measured_is_undecided(measure: str, side: str, make_rule: Callable[..., Rule]) -> None:
    rule = make_rule(measure, **{side: 1.0})
    assert rule_outcome(on_sites(math.nan), rule, on_sites(0)).tolist() == ["undecided"]


def test_unknown_accuracy_counts_as_exact(make_rule: Callable[..., Rule]) -> None:
    rule = make_rule("boundary_m", at_most=500)
    assert rule_outcome(on_sites(499, 501), rule, on_sites(math.nan, math.nan)).tolist() == ["pass", "fail"]


def test_accuracy_belongs_to_its_site_whatever_the_order(make_rule: Callable[..., Rule]) -> None:
    measured = pd.Series({"sharp": 490.0, "coarse": 490.0})
    accuracy = pd.Series({"coarse": 50.0, "sharp": 5.0})
    outcome = rule_outcome(measured, make_rule("boundary_m", at_most=500), accuracy)
    assert outcome.to_dict() == {"sharp": "pass", "coarse": "undecided"}


def test_all_rules_a_site_does_not_pass_are_kept(make_rule: Callable[..., Rule]) -> None:
    measured = pd.DataFrame(
        {"area_ha": [0.5, 2.0, 2.0], "boundary_m": [900.0, 510.0, 100.0]}, index=["bad", "close", "good"]
    )
    rules = [
        make_rule("area_ha", at_least=1.0),
        make_rule("boundary_m", at_most=500),
        make_rule("boundary_m", at_most=800),
    ]
    found = check_rules(measured, rules, placed({"bad": 20.0, "close": 20.0, "good": 20.0}))
    assert found.columns.tolist() == EXCLUSION_COLUMNS
    assert found.to_dict("split")["data"] == [
        ["bad", "area_ha ≥ 1", 0.5, 1.0, "fail", ""],
        ["bad", "boundary_m ≤ 500", 900.0, 500.0, "fail", ""],
        ["close", "boundary_m ≤ 500", 510.0, 500.0, "undecided", ""],
        ["bad", "boundary_m ≤ 800", 900.0, 800.0, "fail", ""],
    ]


def test_a_distance_is_as_sure_as_what_it_was_measured_to(make_rule: Callable[..., Rule]) -> None:
    # the site stands within 30 m, the school only within 100 m: 40 m beyond the limit is decided for the first alone
    sites = pd.DataFrame({"accuracy_m": [30.0], "school_accuracy_m": [math.hypot(30, 100)]}, index=["a"])
    rules = [make_rule("housing_m", at_least=100), make_rule("school_m", at_least=100)]
    found = check_rules({name: pd.Series({"a": 140.0}) for name in ("housing_m", "school_m")}, rules, sites)
    assert found[["rule", "outcome"]].to_numpy().tolist() == [["school_m ≥ 100", "undecided"]]


def test_a_rule_on_a_measure_that_is_not_there_is_not_checked(make_rule: Callable[..., Rule]) -> None:
    measured = pd.DataFrame({"area_ha": [0.5]}, index=["a"])
    rules = [make_rule("slope_deg", at_most=15), make_rule("area_ha", at_least=1)]
    assert check_rules(measured, rules, placed({"a": 0.0}))["rule"].tolist() == ["area_ha ≥ 1"]


@pytest.mark.parametrize("rules", [0, 1])
def test_where_everything_passes_the_table_is_empty_with_its_columns(
    rules: int, make_rule: Callable[..., Rule]
) -> None:
    measured = pd.DataFrame({"area_ha": [5.0]}, index=["a"])
    found = check_rules(measured, [make_rule("area_ha", at_least=1)] * rules, placed({"a": 0.0}))
    assert found.empty
    assert found.columns.tolist() == EXCLUSION_COLUMNS


@given(st.integers(-500, 500), st.integers(-100, 100), st.integers(0, 200))
@PROPERTY
def test_the_two_sides_of_a_limit_never_decide_alike_away_from_it(measured: int, limit: int, accuracy: int) -> None:
    words = {"measure": "boundary_m", "reason_en": "r", "reason_zh": "理"}
    least, most = (
        rule_outcome(on_sites(measured), Rule(**words, **{side: limit}), on_sites(accuracy)).iloc[0]
        for side in ("at_least", "at_most")
    )
    away = abs(measured - limit)
    if away < accuracy:
        assert (least, most) == ("undecided", "undecided")
    elif away == 0:
        assert (least, most) == ("pass", "pass")
    else:
        assert (least, most) == (("pass", "fail") if measured > limit else ("fail", "pass"))


# --- rules on words -------------------------------------------------------------------------------------------------


def words(**lists: list[str]) -> WordRule:
    return WordRule(column="status", reason_en="Factories stand here", reason_zh="現有廠房", **lists)


def statuses(*said: str | None) -> pd.Series[str]:
    return pd.Series(said, index=[f"s{number}" for number in range(len(said))], dtype="str")


def test_a_rule_on_words_fails_what_is_named_or_what_is_not_and_leaves_the_unknown_undecided() -> None:
    said, exact = statuses("planned", "occupied", "idle", "unknown", "", None), on_sites(*[0] * 6)
    none = rule_outcome(said, words(none_of=["occupied"]), exact).tolist()
    assert none == ["pass", "fail", "pass", "undecided", "undecided", "undecided"]
    one = rule_outcome(said, words(one_of=["planned", "formed"]), exact).tolist()
    assert one == ["pass", "fail", "fail", "undecided", "undecided", "undecided"]


def test_the_word_found_is_kept_beside_the_rules_on_numbers(make_rule: Callable[..., Rule]) -> None:
    known = pd.DataFrame({"status": ["occupied", "unknown", "idle"], "area_ha": [0.5, 2.0, 2.0]}, index=list("abc"))
    rules = [words(none_of=["occupied", "formed"]), make_rule("area_ha", at_least=1.0)]
    found = check_rules(known, rules, placed({"a": 0.0, "b": 0.0, "c": 0.0}))
    assert found.columns.tolist() == EXCLUSION_COLUMNS
    assert found[["parcel_id", "rule", "outcome", "word"]].to_numpy().tolist() == [
        ["a", "status ≠ occupied, formed", "fail", "occupied"],
        ["b", "status ≠ occupied, formed", "undecided", "unknown"],
        ["a", "area_ha ≥ 1", "fail", ""],
    ]
    assert found["measured"].isna().tolist() == found["limit"].isna().tolist() == [True, True, False]
    assert found["measured"].dtype == found["limit"].dtype == float


def test_rules_on_words_have_names_of_their_own() -> None:
    assert words(one_of=["planned"]).name == "status = planned"
    assert words(none_of=["occupied"]).name == "status ≠ occupied"


def test_roads_that_are_counted_are_blurred_by_what_is_known_of_them_only(make_rule: Callable[..., Rule]) -> None:
    sites = placed({"s0": 300.0, "s1": 300.0})
    told = sites.assign(road_km_accuracy=[math.inf, 0.0])
    rule = make_rule("road_km", at_least=3)
    measured = on_sites(9, 2)
    assert rule_outcome(measured, rule, accuracy_of(told, "road_km")).tolist() == ["undecided", "fail"]
    assert rule_outcome(measured, rule, accuracy_of(sites, "road_km")).tolist() == ["pass", "fail"]
    assert accuracy_of(sites, "boundary_m").tolist() == [300, 300]
