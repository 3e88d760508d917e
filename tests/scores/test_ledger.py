"""The ledger: points by hand, and adding up to the score."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.scores.aggregate import ordered_average
from nmplan.scores.aggregate import weighted_product
from nmplan.scores.aggregate import weighted_sum
from nmplan.scores.ledger import LEDGER_COLUMNS
from nmplan.scores.ledger import keep_ledger
from nmplan.scores.weights import normalise_weights

PROPERTY = settings(deadline=None, derandomize=True)

UNITS = {"area_ha": "ha", "crossing_min": "min"}


def frames(**columns: tuple[list[float], list[float]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what was measured and its values, from (measured, values) by criterion."""
    size = len(next(iter(columns.values()))[0])
    index = pd.Index([f"p{number}" for number in range(size)], name="parcel_id")
    measured, values = (
        pd.DataFrame({name: both[part] for name, both in columns.items()}, index=index, dtype=float) for part in (0, 1)
    )
    return measured, values


def test_points_are_a_hundred_times_weight_times_value() -> None:
    measured, values = frames(area_ha=([2.0, 3.0], [0.5, 0.75]), crossing_min=([55.0, 90.0], [0.5, 0.0]))
    ledger = keep_ledger(measured, values, pd.Series({"area_ha": 0.2, "crossing_min": 0.8}), UNITS)
    assert ledger.columns.tolist() == LEDGER_COLUMNS
    rows = ledger.set_index(["parcel_id", "criterion"]).to_dict("index")
    assert rows == {
        ("p0", "area_ha"): {"measured": 2.0, "unit": "ha", "value": 0.5, "weight": 0.2, "points": 10.0},
        ("p0", "crossing_min"): {"measured": 55.0, "unit": "min", "value": 0.5, "weight": 0.8, "points": 40.0},
        ("p1", "area_ha"): {"measured": 3.0, "unit": "ha", "value": 0.75, "weight": 0.2, "points": 15.0},
        ("p1", "crossing_min"): {"measured": 90.0, "unit": "min", "value": 0.0, "weight": 0.8, "points": 0.0},
    }


def test_what_was_not_measured_stays_in_the_ledger_without_points() -> None:
    measured, values = frames(area_ha=([math.nan], [math.nan]), crossing_min=([55.0], [0.5]))
    ledger = keep_ledger(measured, values, pd.Series({"area_ha": 0.2, "crossing_min": 0.8}), UNITS)
    assert ledger["points"].isna().tolist() == [True, False]
    assert ledger["criterion"].tolist() == ["area_ha", "crossing_min"]


@given(st.data())
@PROPERTY
def test_the_ledger_adds_up_to_the_score_of_every_site(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from("abcdefg"), min_size=1, unique=True))
    sites = data.draw(st.integers(1, 8))
    weights = normalise_weights({name: data.draw(st.integers(1, 60)) for name in names})
    ten_thousandths = st.lists(st.integers(0, 10_000), min_size=sites, max_size=sites)
    measured, values = frames(
        **{name: ([1.0] * sites, [part / 10_000 for part in data.draw(ten_thousandths)]) for name in names}
    )
    ledger = keep_ledger(measured, values, weights, {})
    assert len(ledger) == sites * len(names)
    sums = ledger.groupby("parcel_id")["points"].sum()
    scores = weighted_sum(values, weights)
    np.testing.assert_allclose(sums[scores.index], scores, rtol=0, atol=1e-9)


def test_weights_and_units_find_their_criterion_by_name() -> None:
    measured, values = frames(crossing_min=([55.0], [0.5]), area_ha=([2.0], [1.0]))
    ledger = keep_ledger(measured, values, pd.Series({"area_ha": 0.2, "crossing_min": 0.8}), UNITS)
    assert ledger.set_index("criterion")["points"].to_dict() == pytest.approx({"area_ha": 20.0, "crossing_min": 40.0})
    assert ledger.set_index("criterion")["unit"].to_dict() == UNITS


VALUES = {"area_ha": ([2.0, 3.0, 0.0], [0.5, 1.0, 0.0]), "crossing_min": ([55.0, 90.0, 20.0], [0.8, 0.0, 1.0])}
SHARES = pd.Series({"area_ha": 0.25, "crossing_min": 0.75})


def test_a_product_is_told_in_logarithms_that_add_up_to_that_of_the_score() -> None:
    measured, values = frames(**VALUES)
    ledger = keep_ledger(measured, values, SHARES, UNITS, "product")
    assert ledger.columns.tolist() == [*LEDGER_COLUMNS, "log_points"]
    assert ledger["points"].isna().all()
    sums = ledger.groupby("parcel_id")["log_points"].sum()
    # 0.25 · ln 0.5 + 0.75 · ln 0.8
    assert sums["p0"] == pytest.approx(0.25 * math.log(0.5) + 0.75 * math.log(0.8))
    assert sums.tolist()[1:] == [-math.inf, -math.inf]
    scores = weighted_product(values, SHARES)
    assert scores["p0"] == pytest.approx(100 * math.exp(sums["p0"]))
    assert scores[["p1", "p2"]].tolist() == [0.0, 0.0]


def test_a_criterion_without_weight_adds_nothing_to_a_product() -> None:
    measured, values = frames(**VALUES)
    ledger = keep_ledger(measured, values, pd.Series({"area_ha": 0.0, "crossing_min": 1.0}), UNITS, "product")
    assert ledger.loc[ledger["criterion"].eq("area_ha"), "log_points"].tolist() == [0.0, 0.0, 0.0]


def test_ordered_points_add_up_to_the_score_and_follow_the_order_of_values() -> None:
    measured, values = frames(**VALUES)
    # orness 1/3, Q = r²: the best of two counts Q(its weight), the other the rest
    ledger = keep_ledger(measured, values, SHARES, UNITS, "owa", orness=1 / 3)
    assert ledger.columns.tolist() == [*LEDGER_COLUMNS, "order_weight", "ordered_points"]
    counts = ledger.set_index(["parcel_id", "criterion"])["order_weight"]
    # p0: crossing is best, 0.75² = 0.5625; p1: area is best, 0.25² = 0.0625
    assert counts["p0"].to_dict() == pytest.approx({"area_ha": 0.4375, "crossing_min": 0.5625})
    assert counts["p1"].to_dict() == pytest.approx({"area_ha": 0.0625, "crossing_min": 0.9375})
    sums = ledger.groupby("parcel_id")["ordered_points"].sum()
    np.testing.assert_allclose(sums, ordered_average(values, SHARES, orness=1 / 3))


def test_distances_have_no_parts() -> None:
    measured, values = frames(**VALUES)
    ledger = keep_ledger(measured, values, SHARES, UNITS, "topsis")
    assert ledger.columns.tolist() == LEDGER_COLUMNS
    assert ledger["points"].isna().all()
    assert ledger["value"].notna().all()
