from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nmplan.measures.halls import hall_nodes
from nmplan.measures.halls import open_services
from nmplan.measures.halls import pull_levers
from nmplan.measures.halls import with_clearances
from nmplan.study import Lever


@pytest.fixture
def timetable() -> pd.DataFrame:
    rows = [
        ("bridge", "people", "northbound", "road", 20.0, 30.0, "06:30", "22:30", np.nan, 2030.0),
        ("bridge", "people", "southbound", "road", 25.0, 35.0, "06:30", "22:30", np.nan, 2030.0),
        ("bridge", "people", "northbound", "road", 5.0, 10.0, "00:00", "24:00", 2030.0, np.nan),
        ("bridge", "goods", "northbound", "road", 40.0, 60.0, "00:00", "24:00", np.nan, np.nan),
    ]
    names = (
        "crossing_id user direction mode clearance_quiet_min clearance_peak_min opens_at closes_at valid_from valid_to"
    )
    return pd.DataFrame(rows, columns=names.split()).assign(permit="none", parking_min=0.0)


def clearances(found: pd.DataFrame) -> list[float]:
    return found["clearance_min"].tolist()


@pytest.mark.parametrize(
    ("user", "year", "time", "period", "expected"),
    [
        ("people", 2026, "10:00", "quiet", [20.0, 25.0]),
        ("people", 2026, "10:00", "peak", [30.0, 35.0]),
        ("people", 2026, "06:29", "quiet", []),  # not yet open
        ("people", 2026, "06:30", "quiet", [20.0, 25.0]),
        ("people", 2026, "22:30", "quiet", []),  # shut at 22:30
        ("people", 2030, "10:00", "quiet", [5.0]),  # replaced in its last year
        ("goods", 2026, "03:00", "peak", [60.0]),
        ("goods", 2026, "24:00", "peak", [60.0]),  # midnight, by its other name
        ("people", 2026, "24:00", "quiet", []),
        ("car", 2026, "10:00", "quiet", []),
    ],
)
def test_only_what_is_open_then_is_there(
    timetable: pd.DataFrame,
    crossings,
    user: str,
    year: int,
    time: str,
    period: str,
    expected: list[float],
) -> None:
    found = open_services(timetable, crossings, user=user, year=year, time_of_day=time, period=period)
    assert clearances(found) == expected


def test_a_closed_crossing_serves_nobody(timetable: pd.DataFrame, crossings) -> None:
    shut = crossings.assign(status="closed")
    assert open_services(timetable, shut, user="people", year=2026, time_of_day="10:00", period="quiet").empty


def test_each_crossing_has_two_halls_joined_by_its_clearance(crossings, services: pd.DataFrame) -> None:
    network = with_clearances(hall_nodes(crossings), services)
    assert list(network.names) == ["bridge/hong-kong", "bridge/shenzhen"]
    assert network.xy.tolist() == [[0, -100], [0, 100]]
    assert list(zip(network.start, network.end, network.minutes, strict=True)) == [(0, 1, 20.0), (1, 0, 30.0)]


@pytest.mark.parametrize(("time", "there"), [("23:30", 1), ("05:59", 1), ("06:00", 0), ("21:59", 0)])
def test_a_service_may_run_past_midnight(timetable: pd.DataFrame, crossings, time: str, there: int) -> None:
    night = timetable.assign(opens_at="22:00", closes_at="06:00")
    found = open_services(night, crossings, user="goods", year=2026, time_of_day=time, period="quiet")
    assert len(found) == there


@pytest.mark.parametrize(
    ("opens", "closes", "time", "expected"),
    [
        ("06:30", "22:30", "10:00", 22.5),
        ("06:30", "24:00", "23:59", 24.0),
        ("22:00", "06:00", "23:30", 30.0),  # on past midnight
        ("22:00", "06:00", "01:00", 30.0),  # the small hours belong to the evening before
        ("00:00", "24:00", "10:00", np.inf),
        ("00:00", "03:00", "01:00", 27.0),
    ],
)
def test_a_hall_closes_at_an_hour_of_the_day_of_service(
    timetable: pd.DataFrame, crossings, opens: str, closes: str, time: str, expected: float
) -> None:
    goods = timetable.assign(opens_at=opens, closes_at=closes)
    found = open_services(goods, crossings, user="goods", year=2026, time_of_day=time, period="quiet")
    assert found["closes_min"].tolist() == [expected * 60]


def test_a_lever_cuts_the_clearance_of_its_user_place_and_way() -> None:
    services = pd.DataFrame(
        [
            ("bridge", "northbound", "road", 40.0),
            ("bridge", "southbound", "road", 30.0),
            ("ferry", "northbound", "road", 20.0),
        ],
        columns=["crossing_id", "direction", "mode", "clearance_min"],
    )
    everywhere = Lever(user="goods", clearance_share=0.5)
    bridge_north = Lever(user="goods", clearance_share=0.1, crossings=["bridge"], direction="northbound")
    assert clearances(pull_levers(services, [], "goods")) == [40, 30, 20]
    assert clearances(pull_levers(services, [everywhere], "goods")) == [20, 15, 10]
    assert clearances(pull_levers(services, [everywhere], "people")) == [40, 30, 20]
    assert clearances(pull_levers(services, [everywhere, bridge_north], "goods")) == pytest.approx([2, 15, 10])
    assert services["clearance_min"].tolist() == [40, 30, 20]
