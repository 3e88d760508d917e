"""Readiness: a ledger by hand, adding up; what is missing weighs nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.places.readiness import measure_readiness
from nmplan.places.readiness import readiness_ledger
from nmplan.places.readiness import readiness_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[..., Any]

STATION = {"measure": "station_min", "weight": 1, "value": {"shape": "linear", "worst": 40, "best": 0}}
BOUNDARY = {"measure": "boundary_m", "weight": 3, "value": {"shape": "linear", "worst": 4000, "best": 0}}
AREA = pd.Series({"a": 6.0, "b": 2.0})


def known(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame(columns, index=["a", "b"])


def test_the_ledger_holds_means_by_area_and_adds_up(make_kind: Build) -> None:
    kind = make_kind(readiness=[STATION, BOUNDARY])
    found = measure_readiness(known(station_min=[10, 30], boundary_m=[1000, 2000]), kind)
    ledger = readiness_ledger(found, AREA).set_index("criterion")
    # station (6 · 10 + 2 · 30) / 8 = 15 min, value (6 · 0.75 + 2 · 0.25) / 8 = 0.625; boundary 1,250 m, 0.6875
    assert ledger.columns.tolist() == ["measured", "unit", "value", "weight", "points"]
    assert ledger.loc["station_min"].tolist() == [15.0, "min", 0.625, 0.25, 15.625]
    assert ledger.loc["boundary_m"].tolist() == [1250.0, "m", 0.6875, 0.75, 51.5625]
    assert readiness_of(ledger) == pytest.approx(67.1875)


def test_a_missing_layer_or_a_weight_of_nothing_leaves_the_others_their_weight(make_kind: Build) -> None:
    kind = make_kind(readiness=[STATION, BOUNDARY])
    ledger = readiness_ledger(measure_readiness(known(boundary_m=[1000, 1000]), kind), AREA)
    assert ledger[["criterion", "weight", "points"]].to_numpy().tolist() == [["boundary_m", 1.0, 75.0]]
    unweighed = make_kind(readiness=[STATION | {"weight": 0}, BOUNDARY])
    found = measure_readiness(known(station_min=[math.nan] * 2, boundary_m=[1000, 1000]), unweighed)
    assert readiness_of(readiness_ledger(found, AREA)) == pytest.approx(75)


def test_land_where_a_criterion_is_unknown_is_left_out(make_kind: Build) -> None:
    kind = make_kind(readiness=[STATION, BOUNDARY])
    found = measure_readiness(known(station_min=[math.nan, 30], boundary_m=[0, 2000]), kind)
    assert readiness_of(readiness_ledger(found, AREA)) == pytest.approx(43.75)
    nothing = measure_readiness(known(station_min=[math.nan] * 2, boundary_m=[0, 0]), kind)
    assert readiness_ledger(nothing, AREA).empty
    assert math.isnan(readiness_of(readiness_ledger(nothing, AREA)))


def test_no_measure_at_all_is_no_readiness(make_kind: Build) -> None:
    found = measure_readiness(pd.DataFrame(index=["a", "b"]), make_kind(readiness=[STATION]))
    assert readiness_ledger(found, AREA).empty


@settings(deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 9000)), min_size=2, max_size=2))
def test_readiness_lies_between_0_and_100_and_is_the_mean_of_its_land(rows: list[tuple[float, float]]) -> None:
    from nmplan.study import Sandbox

    kind = Sandbox(
        name_en="k", name_zh="類", chain="c", permitted_zones=["business"], minimum_ha=1, gap_m=0,
        rules=[{"measure": "area_ha", "at_least": 0, "reason_en": "r", "reason_zh": "因"}],
        readiness=[STATION, BOUNDARY],
    )  # fmt: skip
    found = measure_readiness(known(station_min=[r[0] for r in rows], boundary_m=[r[1] for r in rows]), kind)
    both = readiness_of(readiness_ledger(found, AREA))
    alone = [readiness_of(readiness_ledger(found, AREA[[name]])) for name in AREA.index]
    assert -1e-9 <= both <= 100 + 1e-9
    assert both == pytest.approx((6 * alone[0] + 2 * alone[1]) / 8)
