from __future__ import annotations

import math

import pandas as pd
import pytest

from nmplan.layers.sources import bundled_folder
from nmplan.maps.assignment import tell_capacity
from nmplan.maps.assignment import tell_limits
from nmplan.maps.assignment import tell_portfolio
from nmplan.study import Study

NAMES = {"microelectronics": ("Microelectronics", "微電子"), "logistics": ("Logistics", "物流")}
LIMIT = ["key", "side", "limit", "used", "unit", "outcome", "what"]


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.load(bundled_folder() / "study.toml")


def limits(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=LIMIT)


def test_a_tenants_two_ends_are_one_line_in_both_languages(study: Study) -> None:
    key = "portfolio.tenants.microelectronics.land_ha"
    table = limits((key, "at least", 10.0, 39.16, "ha", "kept", ""), (key, "at most", 40.0, 39.16, "ha", "kept", ""))
    assert tell_limits(table, study, NAMES) == [
        {
            "what": {"en": "Microelectronics: 10–40 ha", "zh": "微電子：10–40 公頃"},
            "outcome": "kept",
            "used": 39.2,
            "unit": "ha",
        }
    ]


def test_one_end_alone_says_which(study: Study) -> None:
    table = limits(("portfolio.tenants.logistics.sites", "at least", 3.0, 4.0, "sites", "kept", ""))
    assert tell_limits(table, study, NAMES)[0]["what"]["en"] == "Logistics: ≥ 3 sites"


def test_risk_and_separations_are_told_with_what_the_study_sets(study: Study) -> None:
    assert study.portfolio
    apart = study.portfolio.separations[1]
    table = limits(
        ("portfolio.risk_tolerance", "at most", 0.0, 0.0, "sites at more risk", "kept", ""),
        ("portfolio.separations[2]", "at most", math.nan, math.nan, "tenants of a pair of sites", "kept", ""),
    )
    risk, separation = tell_limits(table, study, NAMES)
    share = f"{100 * (1 - study.portfolio.risk_tolerance):g}%"
    assert risk["what"]["en"] == f"Only sites that reach the threshold in {share} of random weightings"
    one, other = (NAMES.get(name, (name, name))[1] for name in apart.tenants)
    assert separation["what"]["zh"] == f"{one}與{other}最少相距 {apart.at_least_m:g} 米"
    assert separation["used"] is None


def test_the_worse_outcome_of_two_ends_counts() -> None:
    key = "portfolio.tenants.logistics.land_ha"
    table = limits((key, "at least", 9.0, 1.0, "ha", "contradicts", "x"), (key, "at most", 40.0, 1.0, "ha", "kept", ""))
    assert tell_limits(table, None, NAMES)[0]["outcome"] == "contradicts"


def test_a_limit_without_words_stands_as_the_study_writes_it() -> None:
    table = limits(("portfolio.money.co_investment", "at least", 0.5, 0.7, "HK$", "kept", ""))
    assert tell_limits(table, None, NAMES)[0]["what"]["zh"] == "portfolio.money.co_investment at least 0.5"


def tables(taken: list[tuple[object, ...]]) -> dict[str, pd.DataFrame]:
    columns = ["round", "parcel_id", "tenant", "score", "area_ha", "captive_share", "cluster_id", "area_id", "idle"]
    summary = {"status": "optimal", "sites": len(taken), "land_ha": 8.0, "mean_score": 75.04, "gap": 0.0123}
    rounds = ["round", "budget_hkd_m", "reinvested_hkd_m", "spent_hkd_m", "private_hkd_m", "sites", "land_ha"]
    return {
        "portfolio": pd.DataFrame(taken, columns=columns),
        "portfolio_summary": pd.DataFrame([summary]),
        "portfolio_limits": limits(),
        "portfolio_frontier": pd.DataFrame(
            {"total_score": [600.4], "captive_share": [0.25], "land_ha": [8.0], "gap": [math.nan]}
        ),
        "portfolio_rounds": pd.DataFrame([(1, 100.0, 0.0, 90.0, math.nan, 3, 8.0)], columns=rounds),
    }


def test_shares_are_means_by_land() -> None:
    taken = [
        (1, "a", "logistics", 80.0, 1.0, 0.2, "logistics:a", "x", 0.0),
        (1, "b", "logistics", 70.0, 3.0, math.nan, None, "x", 0.0),
        (2, "c", "microelectronics", 75.0, 4.0, 0.3, "microelectronics:c", "x", 0.0),
    ]
    found = tell_portfolio(tables(taken), list(NAMES), {"a": 0, "b": 5, "c": 9}, None, NAMES)
    assert found
    micro, logistics = found["tenants"]
    # (80 · 1 + 70 · 3) / 4; the share of b is not known
    assert logistics == {
        "tenant": 1,
        "sites": 2,
        "land_ha": 4.0,
        "score": 72.5,
        "captive": 0.2,
        "clusters": ["logistics:a"],
    }
    assert micro["score"] == 75.0
    assert found["sites"] == [[0, 1, 1], [5, 1, 1], [9, 0, 2]]
    assert found["summary"]["mean_score"] == 75.0
    assert found["summary"]["captive_share"] is None
    assert found["frontier"] == [{"total_score": 600.0, "captive_share": 0.25, "land_ha": 8.0, "gap": None}]
    assert found["rounds"][0]["private_hkd_m"] is None


def test_no_portfolio_and_an_empty_one_are_told_apart() -> None:
    assert tell_portfolio({}, list(NAMES), {}, None, NAMES) is None
    found = tell_portfolio(tables([]), list(NAMES), {}, None, NAMES)
    assert found
    assert [one["sites"] for one in found["tenants"]] == [0, 0]
    assert found["tenants"][0]["score"] is None


def test_capacity_keeps_what_is_not_known_apart_from_nothing() -> None:
    row = {"area_id": "x", "name_en": "X", "name_zh": "甲", "land_ha": 12.34, "gfa_m2": math.nan, "jobs_low": 0.0}
    (area,) = tell_capacity(pd.DataFrame([row]))
    assert area["land_ha"] == 12.3
    assert area["gfa_m2"] is None
    assert area["jobs_low"] == 0
    assert area["jobs_target"] is None
    assert tell_capacity(None) == []
