from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nmplan.scores.differences import COLUMNS
from nmplan.scores.differences import mean_by_area
from nmplan.scores.differences import scenario_differences


def measures(minutes: list[float], sites: str = "abc") -> pd.DataFrame:
    return pd.DataFrame({"parcel_id": list(sites), "crossing_min": minutes, "area_ha": 2.0})


def scores(points: list[float], sites: str = "abc") -> pd.DataFrame:
    return pd.DataFrame({"parcel_id": list(sites), "tenant": "t", "score": points})


def test_only_what_changes_is_listed_with_its_change() -> None:
    found = scenario_differences(
        (measures([30, 20, 10]), measures([25, 20, 10])),
        (scores([50, 60, np.nan]), scores([55, 60, np.nan])),
        ["crossing_min", "area_ha", "not_there"],
    )
    assert found.columns.tolist() == COLUMNS
    assert found.to_dict("records") == [
        {"parcel_id": "a", "tenant": "", "quantity": "crossing_min", "before": 30, "after": 25, "change": -5},
        {"parcel_id": "a", "tenant": "t", "quantity": "score", "before": 50, "after": 55, "change": 5},
    ]


def test_what_becomes_known_or_unknown_is_listed_without_a_change() -> None:
    found = scenario_differences(
        (measures([np.nan, 20, 10]), measures([25, np.nan, 10])),
        (scores([1, 2, 3]), scores([1, 2, 3])),
        ["crossing_min"],
    )
    assert found["parcel_id"].tolist() == ["a", "b"]
    assert found["change"].isna().all()


def test_only_sites_of_both_are_compared() -> None:
    found = scenario_differences(
        (measures([30, 20, 10]), measures([5, 5, 5], "bcd")),
        (scores([1, 2, 3]), scores([2, 3, 4], "bcd")),
        ["crossing_min"],
    )
    assert found[["parcel_id", "change"]].to_numpy().tolist() == [["b", -15], ["c", -5]]


def test_means_count_the_sites_that_have_both() -> None:
    index = list("abcd")
    areas = pd.Series(["x", "x", "y", "y"], index=index)
    before = pd.DataFrame({"crossing_min": [30.0, 20.0, np.nan, 40.0]}, index=index)
    after = pd.DataFrame({"crossing_min": [10.0, 10.0, 5.0, 30.0]}, index=index)
    found = mean_by_area(before, after, areas, ["crossing_min"]).set_index("area_id")
    assert found.loc["x", ["sites", "before", "after", "change"]].tolist() == [2, 25, 10, -15]
    assert found.loc["y", ["sites", "before", "after", "change"]].tolist() == pytest.approx([1, 40, 30, -10])
