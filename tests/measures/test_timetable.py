from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from nmplan.measures.timetable import rides_of
from nmplan.measures.timetable import stops_of
from nmplan.study import Scenario

CRS = "EPSG:2326"


def hour(at: str, period: str = "quiet", year: int = 2026) -> Scenario:
    return Scenario(name_en="", name_zh="", year=year, time_of_day=at, period=period)


@pytest.fixture
def line() -> gpd.GeoDataFrame:
    """From a over b to c in 5 and 7 minutes, 07:00 to 22:00, and back 08:00 to 23:30."""
    told = {
        "line_id": "x", "order": [3, 1, 2], "stop_id": ["c", "a", "b"], "minutes": [7.0, 0.0, 5.0],
        "headway_peak_min": 8.0, "headway_quiet_min": 12.0, "headway_late_min": np.nan, "first_at": "07:00",
        "last_at": "22:00", "first_back_at": "08:00", "last_back_at": "23:30", "days": "daily", "oneway": False,
        "opens": np.nan, "closes": np.nan, "fare_hkd": 6.4,
    }  # fmt: skip
    return gpd.GeoDataFrame(told, geometry=gpd.points_from_xy([2, 0, 1], [0, 0, 0]), crs=CRS)


def shown(rides: pd.DataFrame, *columns: str) -> list[tuple]:
    return list(rides[list(columns)].itertuples(index=False, name=None))


def test_a_bus_runs_from_call_to_call_and_back(line) -> None:
    rides = rides_of({"bus_lines": line}, hour("10:00"))
    assert shown(rides, "from_stop", "to_stop", "minutes", "way") == [
        ("a", "b", 5.0, "out"), ("b", "c", 7.0, "out"), ("b", "a", 5.0, "back"), ("c", "b", 7.0, "back"),
    ]  # fmt: skip
    # it leaves b five minutes after a, and on its way back seven after c
    assert rides["last_min"].tolist() == [22 * 60, 22 * 60 + 5, 23.5 * 60 + 7, 23.5 * 60]
    assert rides["fare_hkd"].eq(6.4).all()


@pytest.mark.parametrize(
    ("at", "ways"),
    [
        ("06:59", []),
        ("07:30", ["out"]),
        ("08:00", ["back", "out"]),
        ("22:03", ["back", "out"]),
        ("23:00", ["back"]),
        ("00:10", []),
    ],
)
def test_a_line_runs_in_its_hours(line, at: str, ways: list[str]) -> None:
    assert sorted(set(rides_of({"bus_lines": line}, hour(at))["way"])) == ways


@pytest.mark.parametrize(
    ("at", "ways"), [("00:05", 0), ("00:30", 4), ("03:59", 4), ("04:30", 4), ("05:50", 0), ("23:50", 0)]
)
def test_a_night_line_runs_past_four(line, at: str, ways: int) -> None:
    night = line.assign(first_at="00:10", last_at="05:20", first_back_at="00:10", last_back_at="05:20")
    rides = rides_of({"bus_lines": night}, hour(at))
    assert len(rides) == ways
    # at night the hours are those of the evening before
    assert rides["first_min"].isin([10.0] if at == "04:30" else [24 * 60 + 10]).all()


@pytest.mark.parametrize("at", ["00:10", "03:30", "04:00", "12:00", "23:58", "24:00"])
def test_a_line_of_the_whole_day_never_stops(line, at: str) -> None:
    whole = line.assign(first_at="00:00", last_at="23:59", first_back_at="00:00", last_back_at="23:59")
    rides = rides_of({"bus_lines": whole}, hour(at))
    assert len(rides) == 4
    assert np.isinf(rides["last_min"]).all()


def test_headways_follow_the_hour_and_fall_back_on_the_quiet_one(line) -> None:
    def headway(scenario: Scenario) -> float:
        return rides_of({"bus_lines": line}, scenario)["headway_min"].iloc[0]

    assert headway(hour("08:15", "peak")) == 8
    assert headway(hour("21:00")) == 12
    assert rides_of({"bus_lines": line.assign(headway_late_min=30.0)}, hour("21:00"))["headway_min"].iloc[0] == 30


def test_one_way_lines_weekends_and_other_years_are_kept_apart(line) -> None:
    assert set(rides_of({"bus_lines": line.assign(oneway=True)}, hour("10:00"))["way"]) == {"out"}
    assert rides_of({"bus_lines": line.assign(days="weekends")}, hour("10:00")).empty
    planned = {"bus_lines": line.assign(opens=2030.0, closes=2034.0)}
    assert [len(rides_of(planned, hour("10:00", year=year))) for year in (2029, 2030, 2034)] == [0, 4, 0]


def test_trains_run_both_ways_within_the_hours_of_their_line() -> None:
    links = pd.DataFrame(
        {
            "line_id": ["t", "u"],
            "from_station": ["a", "b"],
            "to_station": ["b", "c"],
            "minutes": 3.0,
            "headway_min": 4.0,
            "oneway": [False, True],
        }
    )
    assert len(rides_of({"rail_links": links}, hour("03:00"))) == 3
    lines = pd.DataFrame({"line_id": ["t"], "first_at": ["05:30"], "last_at": ["24:45"]})
    layers = {"rail_links": links, "transit_lines": lines}
    assert [set(rides_of(layers, hour(at))["line_id"]) for at in ("05:00", "10:00", "00:40", "00:50")] == [
        {"u"}, {"t", "u"}, {"t", "u"}, {"u"},
    ]  # fmt: skip


def test_stops_are_stations_and_the_stops_of_buses_once_each(line) -> None:
    stations = gpd.GeoDataFrame({"station_id": ["s"]}, geometry=gpd.points_from_xy([9], [9]), crs=CRS)
    stops = stops_of({"stations": stations, "bus_lines": pd.concat([line, line.assign(line_id="y")])})
    assert shown(stops, "stop_id", "rail") == [("s", True), ("c", False), ("a", False), ("b", False)]
    assert stops_of({}).empty
    assert rides_of({}, hour("10:00")).empty
