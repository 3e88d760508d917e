from __future__ import annotations

from typing import Any

import pytest

from nmplan.maps.quantise import MISSING
from nmplan.maps.quantise import pack_column
from nmplan.maps.ranking import band_of
from nmplan.maps.ranking import rank_sites
from nmplan.maps.ranking import sites_undecided


def tiny() -> dict[str, Any]:
    """Return five sites with two criteria; the fourth is excluded, the fifth lacks a value."""
    columns = [[1, 1, 1, 0, 1], [10000, 5000, 5000, 10000, 5000], [0, 10000, 10000, 10000, MISSING]]
    return {
        "columns": [pack_column(one) for one in columns],
        "tenants": [{"criteria": [{"weight": 0.75}, {"weight": 0.25}]}],
        "scenarios": [{"results": [{"eligible": 0, "values": [1, 2]}]}],
    }


def test_scores_and_ranks_by_hand() -> None:
    ranked = rank_sites(tiny())
    assert [(one.site, one.rank) for one in ranked] == [(0, 1), (1, 2), (2, 2), (4, 4)]
    assert [one.score for one in ranked] == pytest.approx([75, 62.5, 62.5, 37.5])


def test_weights_are_divided_by_their_sum() -> None:
    ranked = rank_sites(tiny(), weights=[1, 3])
    assert [(one.site, one.rank) for one in ranked] == [(1, 1), (2, 1), (0, 3), (4, 4)]
    assert ranked[0].score == pytest.approx(87.5)


def ruled() -> dict[str, Any]:
    """Return five sites of one criterion: rule 0 fails at 0 and 1, rule 1 at 1, rule 2 lacks a value at 2."""
    columns = [[0, 0, 0, 1, 1], [9000, 8000, 7000, 5000, 6000], [1, 1, 0, 0, 2], [0, 1, 0, 0, 0], [0, 0, 2, 0, 0]]
    return {
        "columns": [pack_column(one) for one in columns],
        "tenants": [{"criteria": [{"weight": 1.0}], "rules": [{"needs_value": flag} for flag in (False, False, True)]}],
        "scenarios": [{"results": [{"eligible": 0, "values": [1], "rules": [{"outcome": n} for n in (2, 3, 4)]}]}],
    }


@pytest.mark.parametrize(
    ("without", "sites"),
    [((), [4, 3]), ((0,), [0, 4, 3]), ((1,), [4, 3]), ((0, 1), [0, 1, 4, 3]), ((0, 1, 2), [0, 1, 4, 3])],
)
def test_a_site_comes_in_when_all_that_keeps_it_out_is_switched_off(without: tuple[int, ...], sites: list[int]) -> None:
    assert [one.site for one in rank_sites(ruled(), without=without)] == sites


def test_ranks_agree_with_the_tables(inputs: dict[str, Any], payload: dict[str, Any]) -> None:
    for scenario, result in enumerate(inputs["scenarios"]):
        for tenant, caption in enumerate(inputs["tenants"]):
            rows = result.scores[result.scores["tenant"].eq(caption.tenant) & result.scores["eligible"]]
            expected = rows.set_index("parcel_id")["rank"].to_dict()
            ranked = rank_sites(payload, scenario, tenant)
            assert {payload["sites"]["id"][one.site]: one.rank for one in ranked} == expected


def test_bands_are_shares_of_the_ranked() -> None:
    assert [band_of(rank, 200) for rank in (1, 2, 3, 10, 11, 40, 41, 100, 101, 200)] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert band_of(1, 3) == 0


def test_undecided_sites_are_those_with_such_an_outcome(payload: dict[str, Any], inputs: dict[str, Any]) -> None:
    for scenario, result in enumerate(inputs["scenarios"]):
        for tenant, caption in enumerate(inputs["tenants"]):
            met = result.exclusions[result.exclusions["tenant"].eq(caption.tenant)]
            told = set(met.loc[met["outcome"].eq("undecided"), "parcel_id"])
            assert {payload["sites"]["id"][site] for site in sites_undecided(payload, scenario, tenant)} == told
