from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from published.gtfs import clock
from published.gtfs import feed_files
from published.gtfs import write_feed
from published.gtfs import write_feed_folder

from nmplan.errors import LayerError
from nmplan.layers.check import check_together
from nmplan.layers.contracts import Layer
from nmplan.layers.gtfs import LAYERS
from nmplan.layers.gtfs import read_gtfs
from nmplan.layers.gtfs import stop_name

SHAPES = (
    "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
    "s1,22.5010,114.1275,1\ns1,22.5000,114.1000,2\ns1,22.4285,113.9870,10\nlone,22.5,114.1,1\n"
)


@pytest.fixture
def read(tmp_path: Path) -> dict[str, Layer]:
    return read_gtfs(LAYERS, [write_feed(tmp_path)])


def changed(folder: Path, **files: Any) -> Path:
    """Write the feed with files replaced (text), edited (a pair old, new) or left out (None); names without .txt."""
    content = feed_files()
    for stem, change in files.items():
        name = f"{stem}.txt"
        if change is None:
            del content[name]
        elif isinstance(change, str):
            content[name] = change
        else:
            assert change[0] in content[name]
            content[name] = content[name].replace(*change)
    return write_feed(folder, content)


def links_of(path: Path, **arguments: Any) -> Any:
    frame = read_gtfs(["rail_links"], [path], **arguments)["rail_links"].frame
    return frame.set_index(["from_station", "to_station"])


def noted(layer: Layer, words: str) -> Any:
    (note,) = [note for note in layer.notes if words in note.what]
    return note


def faults_of(path: Path, **arguments: Any) -> str:
    with pytest.raises(LayerError) as caught:
        read_gtfs(LAYERS, [path], **arguments)
    assert all(fault.source and fault.what and fault.mend for fault in caught.value.faults)
    return str(caught.value)


def test_links_join_stops_one_after_the_other_by_route_and_direction(read: dict[str, Layer]) -> None:
    links = read["rail_links"].frame
    assert links["line_id"].value_counts().to_dict() == {"1001": 10, "1002": 3}
    assert check_together({name: layer.frame for name, layer in read.items()}) == []
    assert links["source"].str.contains("Kowloon Motor Bus, Citybus, GTFS").all()
    assert links["source"].str.contains("Wednesday from 10:00").all()


def test_minutes_are_the_median_over_the_trips_of_the_hour(read: dict[str, Layer]) -> None:
    links = read["rail_links"].frame.set_index(["from_station", "to_station"])
    # trips at 10:00, 10:20 and 10:40 take 5, 6 and 7 minutes; the one at 11:00 takes 30 and is not of the hour
    assert links.loc[("1002-2", "1002-7"), "minutes"] == 6
    assert links.loc[("1002-8", "1002-2"), "minutes"] == 8  # 7, 8, 9
    assert links.loc[("1001-1", "1001-2"), "minutes"] == 12


def test_times_left_blank_are_spread_by_distance(read: dict[str, Layer]) -> None:
    links = read["rail_links"].frame.set_index(["from_station", "to_station"])["minutes"]
    assert links[("1001-2", "1001-3")] + links[("1001-3", "1001-4")] == pytest.approx(14, abs=0.02)
    places = read["stations"].frame.set_index("station_id").geometry
    legs = [places[a].distance(places[b]) for a, b in (("1001-2", "1001-3"), ("1001-3", "1001-4"))]
    assert links[("1001-2", "1001-3")] == pytest.approx(14 * legs[0] / sum(legs), abs=0.01)
    assert noted(read["rail_links"], "left blank").count == 1


@pytest.mark.parametrize(
    ("at", "headway"),
    [
        ("07:00", 15),  # 900 s
        ("09:30", 17.1),  # half an hour at 900 s, half at 1200 s: 3.5 departures
        ("10:00", 20),
        ("15:30", 40),  # the service ends at 16:00: 1.5 departures
    ],
)
def test_headways_by_frequency_are_those_of_the_hour(tmp_path: Path, at: str, headway: float) -> None:
    assert links_of(write_feed(tmp_path), at=at).loc[("1001-1", "1001-2"), "headway_min"] == headway


def test_headways_of_timetables_are_departures_counted_in_the_hour(tmp_path: Path) -> None:
    feed = write_feed(tmp_path)
    assert links_of(feed).loc[("1002-2", "1002-7"), "headway_min"] == 20  # 10:00, 10:20, 10:40
    late = links_of(feed, at="10:40")
    assert late.loc[("1002-2", "1002-7"), "headway_min"] == 30  # 10:40 and 11:00
    assert late.loc[("1002-2", "1002-7"), "minutes"] == 18.5  # 7 and 30


def test_a_trip_at_2430_runs_in_the_small_hours(tmp_path: Path) -> None:
    links = links_of(write_feed(tmp_path), at="00:15")
    assert links.index.tolist() == [("1003-4", "1003-10")]
    assert links["headway_min"].tolist() == [60]
    files = {"frequencies": ("1001-1-63-0600,10:00:00,16:00:00,1200", "1001-1-63-0600,23:30:00,25:00:00,1200")}
    # the period 23:30 to 25:00 holds the whole hour from 00:00: three departures
    by_headway = links_of(changed(tmp_path, **files), at="00:00")
    assert by_headway.loc[("1001-1", "1001-2"), "headway_min"] == 20


def test_the_weekday_decides_which_services_run(tmp_path: Path) -> None:
    feed = write_feed(tmp_path)
    saturday = links_of(feed, weekday="Saturday")
    assert saturday["headway_min"].unique().tolist() == [60]
    assert saturday.loc[("1001-1", "1001-2"), "minutes"] == 10
    assert len(saturday) == 5


def test_a_feed_with_added_dates_only_runs_on_their_weekdays(tmp_path: Path) -> None:
    """14 January 2026 is a Wednesday, 15 January a Thursday."""
    dates = "service_id,date,exception_type\n63,20260114,1\n64,20260115,1\n63,20260115,2\n"
    feed = changed(tmp_path, calendar=None, calendar_dates=dates)
    assert len(links_of(feed)) == 13
    assert len(links_of(feed, weekday="thursday")) == 5


def test_routes_agencies_and_modes_choose(tmp_path: Path) -> None:
    feed = write_feed(tmp_path)
    assert set(links_of(feed, routes=["276"])["line_id"]) == {"1001"}
    assert set(links_of(feed, routes=["1002"])["line_id"]) == {"1002"}
    assert set(links_of(feed, agencies=["CTB"])["line_id"]) == {"1001", "1002"}
    assert set(links_of(feed, agencies=["KMB"])["line_id"]) == {"1001"}  # part of KMB+CTB
    assert set(links_of(feed, modes=["bus"])["line_id"]) == {"1001", "1002"}
    told = faults_of(feed, routes=["999"], agencies=["GMB"], modes=["ferry"])
    for words in ("999: the feed has none of these routes", "GMB", "ferry"):
        assert words in told


@pytest.mark.parametrize(
    ("kind", "mode"), [("0", "light-rail"), ("4", "ferry"), ("704", "bus"), ("1000", "ferry"), ("1700", "other")]
)
def test_route_types_become_words(tmp_path: Path, kind: str, mode: str) -> None:
    feed = changed(tmp_path, routes=(",3,http", f",{kind},http"))
    lines = read_gtfs(["transit_lines"], [feed])["transit_lines"]
    assert set(lines.frame["mode"]) == {mode}
    assert any("unknown route_type" in note.what for note in lines.notes) == (mode == "other")


def test_stops_and_routes_nobody_uses_are_left_out_and_counted(read: dict[str, Layer]) -> None:
    assert noted(read["stations"], "left out").features == ("9", "10")
    assert noted(read["transit_lines"], "left out").features == ("1003", "1004")
    assert len(read["stations"].frame) == 9  # six of route 1001, three of 1002: San Tin has a stop of each


def test_rides_published_one_way_only_are_counted(read: dict[str, Layer]) -> None:
    assert noted(read["rail_links"], "one direction only").count == 3  # the loop of 1002


def test_stops_stand_where_the_feed_says_under_one_name(read: dict[str, Layer]) -> None:
    stations = read["stations"].frame.set_index("station_id")
    degrees = stations.geometry.to_crs("EPSG:4326")
    assert (degrees["1001-2"].x, degrees["1001-2"].y) == pytest.approx((114.0790, 22.5017), abs=1e-6)
    assert stations.loc["1001-2", "name_en"] == "SAN TIN STATION"
    assert stations.loc["1001-3", "name_en"] == "FAIRVIEW PARK"
    assert stations["mode"].eq("bus").all()


@pytest.mark.parametrize(
    ("published", "name"),
    [
        ("[CTB] TAI PING ROAD|[KMB+CTB] TAI PING/<BR>TAI PING ROAD", "TAI PING ROAD"),
        ("[KMB+CTB] A/<BR>B|[KMB] C", "A"),
        ("A<br/>B", "A"),
        ("PLAIN STREET, NO. 1", "PLAIN STREET, NO. 1"),
        ("", ""),
        ("[KMB]", ""),
    ],
)
def test_names_by_operator_become_one(published: str, name: str) -> None:
    assert stop_name(published) == name


def test_lines_are_straight_unless_the_feed_has_shapes(read: dict[str, Layer], tmp_path: Path) -> None:
    plain = read["transit_lines"].frame.set_index("line_id")
    assert len(plain.geometry["1001"].geoms) == 5  # each pair of neighbours once
    assert plain.loc["1001", "accuracy_m"] == 500
    assert plain.loc["1001", "source"].endswith("drawn straight from stop to stop")
    trips = "route_id,service_id,trip_id,shape_id\n" + "".join(
        line + (",s1\n" if line.startswith("1001") else ",lone\n")
        for line in feed_files()["trips.txt"].splitlines()[1:]
    )
    shaped = read_gtfs(["transit_lines"], [changed(tmp_path, trips=trips, shapes=SHAPES)])["transit_lines"].frame
    shaped = shaped.set_index("line_id")
    assert shapely.get_num_coordinates(shaped.geometry["1001"]) == 3  # in the order of the sequence, 10 after 2
    assert shaped.geometry["1001"].length == pytest.approx(2_830 + 14_080, rel=0.01)
    assert shaped["accuracy_m"].to_dict() == {"1001": 50, "1002": 500}


def test_colours_are_kept_where_they_are_some(tmp_path: Path) -> None:
    text = (
        "route_id,agency_id,route_short_name,route_long_name,route_type,route_color\n"
        "1001,KMB,276,,3,E60012\n1002,KMB,B99,,3,red\n1003,KMB,N1,,3,\n1004,KMB,S1,,3,\n"
    )
    lines = read_gtfs(["transit_lines"], [changed(tmp_path, routes=text)])["transit_lines"].frame
    assert lines.set_index("line_id")["colour"].to_dict() == {"1001": "#E60012", "1002": "#55626f"}


def test_zip_folder_and_folder_inside_a_zip_give_the_same(read: dict[str, Layer], tmp_path: Path) -> None:
    nested = read_gtfs(["stations"], [write_feed(tmp_path, inside="feed/")])["stations"].frame
    assert nested.drop(columns="source").equals(read["stations"].frame.drop(columns="source"))
    unpacked = read_gtfs(["rail_links"], [write_feed_folder(tmp_path)])["rail_links"].frame
    assert unpacked.drop(columns="source").equals(read["rail_links"].frame.drop(columns="source"))


def test_missing_files_and_columns_are_told_at_once(tmp_path: Path) -> None:
    told = faults_of(changed(tmp_path, stops=None, calendar=None, calendar_dates=None, trips=("trip_id", "trip")))
    assert "gtfs.zip: the feed lacks stops.txt, calendar.txt or calendar_dates.txt" in told
    assert "gtfs.zip/trips.txt: the columns trip_id are missing" in told


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"stops": ("22.501,", "0,")}, "far outside the Greater Bay Area"),
        ({"stops": ("22.501,114.1275", "0,0")}, "stops.txt: 1: 1 stops in use have no position, or 0, 0"),
        ({"stops": ("22.501,114.1275", "north,114.1275")}, "1 stops in use have no position"),
        ({"stops": ("22.501,114.1275", "nan,114.1275")}, "1 stops in use have no position"),
        ({"stops": ('\n3,"', '\n33,"')}, "3: 1 stops at which trips call are not listed"),
        ({"stops": ('\n3,"', '\n2,"')}, "stand more than once"),
        ({"stop_times": ("10:05:00,10:05:00,7", "9:05:00,9:05:00,7")}, "1002-1-63-1000: the times of these trips run"),
        ({"stop_times": ("10:05:00,10:05:00,7", "ten,ten,7")}, "holds 'ten', which is no time"),
        ({"stop_times": ("10:00:00,10:00:00,2", ",,2")}, "1002-1-63-1000: the first or last time"),
        ({"stop_times": (",7,2,", ",7,second,")}, "stop_sequence is no number"),
        ({"frequencies": (",1200\n", ",0\n")}, "frequencies.txt: 1001-1-63-0600: headway_secs"),
        ({"frequencies": (",1200\n", ",often\n")}, "headway_secs is no number above zero"),
        ({"frequencies": ("10:00:00,16:00:00,1200", "16:00:00,10:00:00,1200")}, "no end after its start"),
        ({"frequencies": ("10:00:00,16:00:00", "10 am,16:00:00")}, "start_time holds '10 am'"),
        ({"routes": ("1002,CTB", "1001,CTB")}, "routes.txt: 1001: route_id stands more than once"),
        ({"calendar": (",1,1,1,1,1,", ",0,0,0,0,0,")}, "no trip of the routes asked for sets out"),
        ({"trips": "\x00"}, "gtfs.zip/trips.txt"),
    ],
)
def test_feeds_that_are_wrong_get_a_message(tmp_path: Path, files: dict[str, Any], words: str) -> None:
    assert words in faults_of(changed(tmp_path, **files))


def test_a_shape_that_is_none_gets_a_message(tmp_path: Path) -> None:
    trips = feed_files()["trips.txt"].replace("\n", ",s1\n").replace("trip_id,s1", "trip_id,shape_id")
    told = faults_of(changed(tmp_path, trips=trips, shapes=SHAPES.replace("22.5000", "north")))
    assert "shapes.txt: s1: a cell is no number" in told


def test_files_that_are_no_feed_and_words_that_are_none_get_a_message(tmp_path: Path) -> None:
    path = tmp_path / "page.zip"
    path.write_text("<html>Not found</html>")
    told = faults_of(path, at="25:00", weekday="Mittwoch")
    for words in ("page.zip: this is no GTFS feed", "this is no time of day", "this is no weekday"):
        assert words in told
    assert "gone.zip" in faults_of(tmp_path / "gone.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "empty")
    assert "the feed lacks routes.txt, trips.txt, stops.txt, stop_times.txt, calendar.txt" in faults_of(path)
    with pytest.raises(LayerError, match="has no layer transfers"):
        read_gtfs(["transfers"], [path])


@settings(deadline=None, max_examples=25)
@given(
    starts=st.lists(st.integers(min_value=0, max_value=30 * 60 - 1), min_size=1, max_size=30),
    hour=st.integers(min_value=0, max_value=23),
)
def test_headway_times_departures_is_the_hour(
    tmp_path_factory: pytest.TempPathFactory, starts: list[int], hour: int
) -> None:
    """Of all trips of a day, those that set out within the hour (24:30 is 00:30) share it out among them."""
    trips = [(f"t{i}", start) for i, start in enumerate(starts)]
    files = {
        "trips": "route_id,service_id,trip_id\n" + "".join(f"1001,63,{trip}\n" for trip, _ in trips),
        "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        + "".join(
            f"{trip},{clock(at / 60)},{clock(at / 60)},1,1\n{trip},{clock((at + 9) / 60)},,2,2\n" for trip, at in trips
        ),
    }
    path = changed(tmp_path_factory.mktemp("feed"), **files)
    within = sum(1 for start in starts if start % (24 * 60) // 60 == hour)
    if within == 0:
        assert "no trip" in faults_of(path, at=f"{hour}:00")
    else:
        (row,) = links_of(path, at=f"{hour}:00").itertuples()
        assert row.headway_min == pytest.approx(60 / within, abs=0.051)
        assert row.minutes == 9
        assert np.isfinite(row.minutes)


def test_a_table_that_unpacks_to_more_than_any_feed_holds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmplan.layers.gtfs.MOST_BYTES", 10)
    with pytest.raises(LayerError, match="unpacks to"):
        read_gtfs(["stations"], [write_feed(tmp_path)])


@pytest.mark.parametrize(("table", "key"), [("trips.txt", "trip_id"), ("routes.txt", "route_id")])
def test_rows_that_stand_twice_are_told_by_their_id(tmp_path: Path, table: str, key: str) -> None:
    files = feed_files()
    files[table] = files[table].rstrip("\n") + "\n" + files[table].splitlines()[1] + "\n"
    with pytest.raises(LayerError, match=f"{table}: .*: {key} stands more than once"):
        read_gtfs(["stations"], [write_feed(tmp_path, files)])
