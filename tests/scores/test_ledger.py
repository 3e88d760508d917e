"""The ledger: points by hand, and adding up to the score."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

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
