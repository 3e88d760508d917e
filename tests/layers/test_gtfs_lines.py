from __future__ import annotations

import tomllib
from collections import Counter
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from published.gtfs import clock
from published.gtfs import feed_files
from published.gtfs import write_feed

from nmplan.errors import LayerError
from nmplan.layers.contracts import Layer
from nmplan.layers.gtfs import read_gtfs
from nmplan.layers.gtfs_lines import bus_routes
from nmplan.layers.gtfs_lines import full_fares
from nmplan.layers.load import load_layers
from nmplan.layers.sources import bundled_folder
from nmplan.measures.timetable import rides_of
from nmplan.study import Study

if TYPE_CHECKING:
    from pathlib import Path

OUT = {"1": 0, "2": 12, "3": 20}
BACK = {"3": 0, "2": 9, "1": 20}


def at(text: str) -> float:
    hours, minutes = text.split(":")
    return int(hours) + int(minutes) / 60


def every(minutes: float, first: str, last: str) -> list[float]:
    return list(np.arange(at(first), at(last) + 1e-6, minutes / 60))


def trips_of(*sets: tuple[str, dict[str, float], list[float], str]) -> dict[str, str]:
    """Return trips.txt and stop_times.txt of trips: route, stops with minutes, hours at which they set out, way."""
    trips, times = [], []
    for route, stops, starts, way in sets:
        for start in starts:
            trip = f"t{len(trips)}"
            trips.append(f"{route},63,{trip},{way}")
            for place, (stop, minutes) in enumerate(stops.items(), start=1):
                time = clock(start + minutes / 60)
                times.append(f"{trip},{time},{time},{stop[0]},{place}")
    return {
        "trips.txt": "route_id,service_id,trip_id,direction_id\n" + "\n".join(trips),
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + "\n".join(times),
        "frequencies.txt": "trip_id,start_time,end_time,headway_secs\n",
    }


def read(folder: Path, files: dict[str, str], **arguments: Any) -> Layer:
    return read_gtfs(["bus_lines"], [write_feed(folder, {**feed_files(), **files})], **arguments)["bus_lines"]


def headways(line: pd.Series[Any]) -> list[float]:
    return [line[f"headway_{name}_min"] for name in ("peak", "quiet", "late")]


def told(layer: Layer, words: str) -> Any:
    (note,) = [note for note in layer.notes if words in note.what]
    return note


def test_each_direction_is_a_line_with_its_calls_in_order(tmp_path: Path) -> None:
    files = trips_of(("1001", OUT, every(20, "06:00", "22:00"), "0"), ("1001", BACK, every(30, "07:00", "21:00"), "1"))
    layer = read(tmp_path, files)
    frame = layer.frame
    assert frame["line_id"].tolist() == ["1001-0-p1"] * 3 + ["1001-1-p1"] * 3
    assert frame["order"].tolist() == [1, 2, 3] * 2
    assert frame["stop_id"].tolist() == ["1", "2", "3", "3", "2", "1"]
    assert frame["stop_en"].tolist()[:2] == ["TAI PING BUS TERMINUS", "SAN TIN STATION"]
    assert frame["minutes"].tolist() == [0, 12, 8, 0, 9, 11]
    assert frame["oneway"].all()
    assert set(frame["route"]) == {"276"}
    assert frame["name_en"].iloc[0] == "TAI PING BUS TERMINUS – FAIRVIEW PARK"
    assert frame["name_en"].iloc[-1] == "FAIRVIEW PARK – TAI PING BUS TERMINUS"
    assert set(frame["source"]) == {"Kowloon Motor Bus, Citybus, GTFS (gtfs.zip), Wednesday"}
    assert frame.crs.to_epsg() == 2326
    place = frame.geometry.to_crs("EPSG:4326").iloc[1]
    assert (place.x, place.y) == pytest.approx((114.0790, 22.5017), abs=1e-6)


def test_other_stops_make_a_further_line(tmp_path: Path) -> None:
    short, also = {"1": 0, "2": 10}, {"1": 0, "2": 14, "3": 24}
    files = trips_of(
        ("1001", short, [8, 8 + 1 / 6], "0"), ("1001", OUT, every(20, "06:00", "22:00"), "0"), ("1001", also, [9], "0")
    )
    layer = read(tmp_path, files)
    calls = layer.frame.groupby("line_id", sort=False)["stop_id"].agg("".join)
    assert calls.to_dict() == {"1001-0-p1": "123", "1001-0-p2": "12"}  # the most frequent first
    lines = layer.frame.drop_duplicates("line_id").set_index("line_id")
    assert headways(lines.loc["1001-0-p2"])[:2] == [10, 10]
    assert lines["last_at"].to_dict() == {"1001-0-p1": "22:00", "1001-0-p2": "08:10"}
    assert told(layer, "other stops than the first").count == 1


def test_minutes_are_the_median_over_the_trips_of_the_line(tmp_path: Path) -> None:
    files = trips_of(*(("1001", {"1": 0, "2": ride, "3": ride + 5}, [8 + ride], "") for ride in (4, 6, 30)))
    assert read(tmp_path, files).frame["minutes"].tolist() == [0, 6, 5]


@pytest.mark.parametrize(
    ("starts", "expected", "hours"),
    [
        (every(20, "06:00", "22:00"), [20, 20, 20], ("06:00", "22:00")),  # late: seven from 20:00 until 22:20
        # 07:30, 08:00, 08:30 of the two hours; 510 min from 08:30 to 17:00; nothing late
        ([7, 7.5, 8, 8.5, 17, 17.5], [40, 510, np.nan], ("07:00", "17:30")),
        ([7.5, 8, 8.5, 9], [30, 30, np.nan], ("07:30", "09:00")),  # mornings only: mean headway
        (every(15, "09:00", "12:00"), [15, 15, np.nan], ("09:00", "12:00")),  # two from 09:00; nine until 12:15
        ([11], [np.nan, 300, np.nan], ("11:00", "11:00")),
        ([8], [90, 1440, np.nan], ("08:00", "08:00")),
        ([8, 8], [45, 1440, np.nan], ("08:00", "08:00")),
        ([20.5, 21.5, 22.5, 24.5], [np.nan, 80, 50], ("20:30", "24:30")),  # three from 20:30 until 23:00
        ([23.5, 0.5, 1.5, 2.5, 3.5, 4.5], [np.nan, 60, np.nan], ("23:30", "28:30")),  # one night
        ([23.5, 24.5, 25.5, 26.5, 27.5, 28.5], [np.nan, 60, np.nan], ("23:30", "28:30")),
        ([5, 5.25], [np.nan, 15, np.nan], ("05:00", "05:15")),
    ],
)  # fmt: skip
def test_headways_and_hours(tmp_path: Path, starts: list[float], expected: list[float], hours: tuple[str, str]) -> None:
    line = read(tmp_path, trips_of(("1001", OUT, starts, ""))).frame.iloc[0]
    np.testing.assert_allclose(headways(line), expected)
    assert (line["first_at"], line["last_at"]) == hours


def test_headways_by_frequency(tmp_path: Path) -> None:
    """The published feed: 06:00-10:00 every 15, then every 20 until 16:00; the last leaves at 15:40."""
    layer = read(tmp_path, {})
    lines = layer.frame.drop_duplicates("line_id").set_index("line_id")
    out = lines.loc["1001-p1"]
    assert (out["first_at"], out["last_at"]) == ("06:00", "15:40")
    assert out["headway_peak_min"] == 15
    mean = (9 * 60 + 40) / (16 + 18 - 1)
    assert out["headway_quiet_min"] == pytest.approx((340 + mean) / 18, abs=0.05)
    assert np.isnan(out["headway_late_min"])
    loop = lines.loc["1002-p1"]  # 10:00, 10:20, 10:40, 11:00
    assert (loop["headway_quiet_min"], loop["first_at"], loop["last_at"]) == (20, "10:00", "11:00")
    assert loop["name_en"] == "SAN TIN - THE LOOP (CIRCULAR)"
    assert lines.loc["1003-p1", "first_at"] == "24:30"
    assert told(layer, "without a trip on the day").features == ("1004",)
    assert told(layer, "without a departure from 10:00 to 16:00").count == 1


def test_days_are_those_of_the_route(tmp_path: Path) -> None:
    days = read(tmp_path, {}).frame.groupby("route")["days"].first().to_dict()
    assert days == {"276": "daily", "B99": "weekdays", "N1": "weekdays"}
    saturday = read(tmp_path, {}, weekday="saturday").frame
    assert set(saturday["line_id"]) == {"1001-p1"}
    assert set(saturday["days"]) == {"daily"}


def test_the_hour_does_not_matter_and_the_choice_does(tmp_path: Path) -> None:
    frame = read(tmp_path, {}).frame
    assert read(tmp_path, {}, at="03:00").frame.equals(frame)
    assert set(read(tmp_path, {}, routes=["276"]).frame["route"]) == {"276"}
    assert set(read(tmp_path, {}, agencies=["NLB"]).frame["route"]) == {"N1"}


@pytest.mark.parametrize(
    ("route", "agency", "mode"),
    [
        (("3", ""), "KMB", "bus"),
        (("704", ""), "KMB", "bus"),
        (("11", ""), "KMB", "bus"),
        (("200", ""), "KMB", "coach"),
        (("4", "shuttle"), "KMB", "ferry"),
        (("1200", ""), "KMB", "ferry"),
        (("3", ""), "GMB", "minibus"),
        (("3", ""), "KMB+GMB", "minibus"),
        (("3", "Green Minibus"), "KMB", "minibus"),
        (("3", "Shuttle to the hall"), "KMB", "shuttle"),
        (("3", ""), "EL", "coach"),  # by the name of the agency
        (("0", "bus"), "KMB", None),
        (("1", ""), "KMB", None),
        (("2", ""), "KMB", None),
        (("109", ""), "KMB", None),
        (("900", ""), "KMB", None),
        (("7", ""), "KMB", None),
        (("", ""), "KMB", None),
        (("bus", ""), "KMB", None),
    ],
)
def test_modes_are_words_of_the_contract(route: tuple[str, str], agency: str, mode: str | None) -> None:
    kind, description = route
    agencies = pd.DataFrame({"agency_id": ["KMB", "EL"], "agency_name": ["Kowloon Motor Bus", "Eternal East Coaches"]})
    table = pd.DataFrame({"route_id": ["r"], "route_type": kind, "route_desc": description, "agency": agency})
    routes, notes = bus_routes({"agency.txt": agencies}, table)
    assert routes["mode"].tolist() == ([mode] if mode else [])
    assert [note.features for note in notes] == ([] if mode else [("r",)])


def test_the_only_agency_need_not_be_named() -> None:
    table = pd.DataFrame({"route_id": ["r"], "route_type": "3", "agency": ""})
    routes, _ = bus_routes({"agency.txt": pd.DataFrame({"agency_name": ["Island Shuttle"]})}, table)
    assert routes["mode"].tolist() == ["shuttle"]


def test_rail_is_left_out_and_its_faults_do_not_matter(tmp_path: Path) -> None:
    files = feed_files()
    rail = {
        "routes.txt": files["routes.txt"].replace("(CIRCULAR),3", "(CIRCULAR),0"),
        "stop_times.txt": files["stop_times.txt"].replace("10:05:00,10:05:00,7", "9:05:00,9:05:00,7"),
    }
    layer = read(tmp_path, rail)
    assert set(layer.frame["route"]) == {"276", "N1"}
    assert told(layer, "routes of rail and other kinds").features == ("1002",)
    with pytest.raises(LayerError, match="run backwards"):
        read_gtfs(["bus_lines", "rail_links"], [write_feed(tmp_path, {**files, **rail})])


def test_without_a_bus_there_is_a_message(tmp_path: Path) -> None:
    rail = {"routes.txt": feed_files()["routes.txt"].replace(",3,http", ",1,http")}
    closed = {"calendar.txt": feed_files()["calendar.txt"].replace(",1,1,1,1,1,", ",0,0,0,0,0,")}
    for files in (rail, closed):
        with pytest.raises(LayerError, match="no bus, coach or ferry of the routes asked for runs on a Wednesday"):
            read(tmp_path, files)


def test_a_call_repeated_is_one_and_a_trip_of_one_call_is_none(tmp_path: Path) -> None:
    files = trips_of(("1001", {"1": 0, "1 again": 2, "2": 12}, [8, 9], ""), ("1001", {"3": 0}, [8], ""))
    layer = read(tmp_path, files)
    assert layer.frame["stop_id"].tolist() == ["1", "2"]
    assert layer.frame["minutes"].tolist() == [0, 12]
    assert told(layer, "twice in a row").count == 2
    assert told(layer, "one stop only").count == 1


def test_fares_are_the_dearest_of_a_route_in_hong_kong_dollars(tmp_path: Path) -> None:
    fares = {
        "fare_attributes.txt": "fare_id,price,currency_type,payment_method,transfers\n"
        "whole,13.9,HKD,0,0\npart,6.5,HKD,0,0\nyuan,50,CNY,0,0\nodd,free,HKD,0,0\n",
        "fare_rules.txt": "fare_id,route_id,origin_id,destination_id\n"
        "part,1001,2,3\nwhole,1001,1,3\nyuan,1002,,\nodd,1003,,\nwhole,,1,2\n",
    }
    frame = read(tmp_path, fares).frame.drop_duplicates("route").set_index("route")
    assert frame.loc["276", "fare_hkd"] == 13.9
    assert frame.loc[["B99", "N1"], "fare_hkd"].isna().all()
    assert read(tmp_path, {}).frame["fare_hkd"].isna().all()
    assert full_fares({}).empty


def test_broken_fares_matter_to_bus_lines_alone(tmp_path: Path) -> None:
    files = {"fare_attributes.txt": "fare,price\nx,1\n"}
    with pytest.raises(LayerError, match=r"fare_attributes\.txt: the columns fare_id are missing"):
        read(tmp_path, files)
    assert read_gtfs(["stations"], [write_feed(tmp_path, {**feed_files(), **files})])["stations"].frame.size


def test_the_network_is_the_same_with_and_without_the_lines(tmp_path: Path) -> None:
    path = write_feed(tmp_path)
    network = ["stations", "transit_lines", "rail_links"]
    alone, beside = read_gtfs(network, [path]), read_gtfs([*network, "bus_lines"], [path])
    for name in network:
        assert beside[name].frame.equals(alone[name].frame)
        assert beside[name].notes == alone[name].notes
    assert beside["bus_lines"].frame.equals(read(tmp_path, {}).frame)
    assert told(beside["bus_lines"], "stand in stations and in bus_lines").count == 4


def test_stops_of_two_feeds_are_not_confused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    files = feed_files()
    other = {
        name: text.replace("1001", "2001").replace("1002", "2002").replace("1003", "2003")
        for name, text in files.items()
    }
    same = read_gtfs(["bus_lines"], [write_feed(tmp_path / "a"), write_feed(tmp_path / "b", other)])["bus_lines"].frame
    assert same["line_id"].nunique() == 8
    moved = {**other, "stops.txt": files["stops.txt"].replace("22.446,", "22.456,")}
    with pytest.raises(LayerError, match="4: 1 stops have one stop_id and stand at different places"):
        read_gtfs(["bus_lines"], [write_feed(tmp_path / "a"), write_feed(tmp_path / "b", moved)])


@settings(deadline=None, max_examples=25)
@given(
    trips=st.lists(
        st.tuples(
            st.lists(st.sampled_from("1234567"), min_size=2, max_size=5, unique=True).map(tuple),
            st.sampled_from(["0", "1"]),
            st.integers(0, 28 * 60 - 1),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_every_trip_is_in_the_line_of_its_stops(
    tmp_path_factory: pytest.TempPathFactory, trips: list[tuple[tuple[str, ...], str, int]]
) -> None:
    sets = [("1001", dict(zip(stops, range(0, 90, 5), strict=False)), [start / 60], way) for stops, way, start in trips]
    frame = read(tmp_path_factory.mktemp("feed"), trips_of(*sets)).frame
    found = frame.groupby("line_id")["stop_id"].agg(tuple)
    ways = found.index.str.split("-").str[1]
    expected = Counter((way, stops) for stops, way, _ in trips)
    assert sorted(zip(ways, found, strict=True)) == sorted(expected)
    for way in set(ways):
        ranked = [expected[way, found[line]] for line in sorted(found.index[ways == way], key=lambda x: int(x[8:]))]
        assert ranked == sorted(ranked, reverse=True)
    minutes = frame.groupby("line_id")["minutes"].agg(list)
    assert all(steps == [0, *[5] * (len(steps) - 1)] for steps in minutes)


@settings(deadline=None, max_examples=25)
@given(starts=st.lists(st.integers(0, 30 * 60 - 1), min_size=1, max_size=30))
def test_headways_never_promise_more_than_there_is(tmp_path_factory: pytest.TempPathFactory, starts: list[int]) -> None:
    line = read(tmp_path_factory.mktemp("feed"), trips_of(("1001", OUT, [s / 60 for s in starts], ""))).frame.iloc[0]
    assert line["headway_quiet_min"] > 0
    for name, begins, length in (("peak", 450, 120), ("quiet", 600, 360), ("late", 1200, 180)):
        within = sum(1 for start in starts if 0 <= (start - begins) % 1440 < length)
        headway = line[f"headway_{name}_min"]
        if within:
            assert 0 < headway <= length / within + 0.05
        elif name != "quiet":
            assert np.isnan(headway)
    first, last = (60 * at(line[name]) for name in ("first_at", "last_at"))
    assert {round(first) % 1440, round(last) % 1440} <= {start % 1440 for start in starts}
    assert 0 <= last - first < 1440


def test_a_feed_takes_the_place_of_the_authored_table(tmp_path: Path) -> None:
    """Through the study: at 10:00 on a weekday the loop runs every 20 min, the night bus does not, at 17:00 nothing."""
    write_feed(tmp_path)
    raw = tomllib.loads((bundled_folder() / "study.toml").read_text(encoding="utf-8"))
    feed = {"adapter": "gtfs", "path": "gtfs.zip", "modes": ["bus"]}
    raw["layers"] = {"zoning": {"adapter": "reference"}, "areas": {"adapter": "reference"}, "bus_lines": feed}
    study = Study.from_dict(raw)
    study._path = tmp_path / "study.toml"
    layers = load_layers(study)
    today = study.scenarios["today"]
    rides = rides_of(layers, today.at("10:00"))
    assert set(rides["line_id"]) == {"1001-p1", "1001-p2", "1002-p1"}
    loop = rides[rides["line_id"].eq("1002-p1")]
    assert list(zip(loop["from_stop"], loop["to_stop"], strict=True)) == [("2", "7"), ("7", "8"), ("8", "2")]
    assert loop["minutes"].tolist() == [6.5, 3, 8.5]  # medians of 5, 6, 7, 30, of 3 each, and of 7, 8, 9, 9
    assert set(loop["headway_min"]) == {20}
    assert set(loop["first_min"]) == {600}
    assert loop["last_min"].tolist() == [660, 666.5, 669.5]
    assert set(rides["way"]) == {"out"}
    early = rides_of(layers, today.at("08:00"))
    assert early.groupby("line_id")["headway_min"].first().to_dict() == {"1001-p1": 15, "1001-p2": 15}
    assert rides_of(layers, today.at("17:00")).empty
    assert set(rides_of(layers, today.at("00:30"))["line_id"]) == {"1003-p1"}
