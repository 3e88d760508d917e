from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmplan.measures.speeds import FEEDER_LIMIT_M
from nmplan.measures.speeds import Speeds


def test_a_feeder_walks_near_and_rides_far(speeds: Speeds) -> None:
    # on foot 100 m a minute; by bus 5 min and 500 m a minute: even at d/100 = 5 + d/500, d = 625 m
    assert speeds.feeder_min(np.array([500.0, 625.0, 2000.0])).tolist() == pytest.approx([5.0, 6.25, 9.0])


def test_the_detour_lengthens_the_way() -> None:
    speeds = Speeds(goods_cap_kph=70, access_kph=13, detour=1.3, walk_kph=6, bus_kph=30, bus_wait_min=0)
    # 13 km/h over a way 1.3 times the straight line: 10 km/h of straight line, 166.7 m a minute
    assert speeds.access_m_per_min == pytest.approx(10_000 / 60)
    assert speeds.feeder_min(np.array([1000.0])).tolist() == pytest.approx([1300 / 500])


def test_nobody_takes_a_feeder_beyond_its_limit(speeds: Speeds) -> None:
    assert np.isfinite(speeds.feeder_min(np.array([FEEDER_LIMIT_M]))).all()
    assert np.isinf(speeds.feeder_min(np.array([FEEDER_LIMIT_M + 1]))).all()


@given(st.floats(0, 300))
def test_feeder_metres_are_feeder_minutes_turned_round(minutes: float) -> None:
    speeds = Speeds(goods_cap_kph=70, access_kph=13, detour=1.3, walk_kph=4.5, bus_kph=15, bus_wait_min=6)
    metres = speeds.feeder_m(np.array([minutes]))
    back = speeds.feeder_min(metres)[0]
    assert back == pytest.approx(minutes) if metres[0] < FEEDER_LIMIT_M else back <= minutes
