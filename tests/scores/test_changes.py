from __future__ import annotations

import pandas as pd

from nmplan.scores.changes import tell_top_changes


def ranked(**tenants: str) -> pd.DataFrame:
    """Build a scoring: for each tenant its sites, best first."""
    rows = [(t, site, place) for t, sites in tenants.items() for place, site in enumerate(sites, start=1)]
    table = pd.DataFrame(rows, columns=["tenant", "parcel_id", "rank"])
    return table.astype({"rank": "Int64"})


def test_sites_that_enter_and_leave_are_told_by_tenant() -> None:
    before, after = ranked(chips="abcd", cars="abcd"), ranked(chips="acbd", cars="bacd")
    # the top two of chips: a, b, then a, c; those of cars only change places
    assert tell_top_changes(before, after, 2) == ["chips, top 2: in c; out b"]


def test_nothing_changed_is_nothing_told() -> None:
    assert tell_top_changes(ranked(chips="abc"), ranked(chips="abc"), 2) == []


def test_a_tenant_of_one_scoring_only_is_not_compared() -> None:
    assert tell_top_changes(ranked(chips="ab"), ranked(cars="ba"), 1) == []


def test_a_site_without_a_rank_is_in_no_top() -> None:
    gone = ranked(chips="ab")
    gone.loc[0, "rank"] = pd.NA
    assert tell_top_changes(ranked(chips="ab"), gone, 2) == ["chips, top 2: in –; out a"]
