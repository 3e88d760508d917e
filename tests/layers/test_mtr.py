from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from published.mtr import LINES
from published.mtr import STATIONS
from published.mtr import write_exits
from published.mtr import write_light_rail
from published.mtr import write_lines_and_stations

from nmplan.errors import LayerError
from nmplan.layers.check import check_together
from nmplan.layers.contracts import Layer
from nmplan.layers.mtr import LAYERS
from nmplan.layers.mtr import name_key
from nmplan.layers.mtr import read_mtr
from nmplan.layers.reference import read_reference

HEADING = '"Line Code","Direction","Station Code","Station ID","Chinese Name","English Name","Sequence"\n'


@pytest.fixture
def read(tmp_path: Path) -> dict[str, Layer]:
    return read_mtr(LAYERS, [write_lines_and_stations(tmp_path), write_light_rail(tmp_path)])


def noted(layer: Layer, words: str) -> tuple[str, ...]:
    (note,) = [note for note in layer.notes if words in note.what]
    assert note.count == len(note.features)
    return note.features


def faults_of(*paths: Path, **arguments: Any) -> str:
    with pytest.raises(LayerError) as caught:
        read_mtr(LAYERS, list(paths), **arguments)
    assert all(fault.source and fault.what and fault.mend for fault in caught.value.faults)
    return str(caught.value)


def line_file(folder: Path, *stations: str, line: str = "XXL") -> Path:
    path = folder / "line.csv"
    rows = [f'"{line}","UT","{name[:3].upper()}","{i}","","{name}",{i}.00' for i, name in enumerate(stations, start=1)]
    path.write_text(HEADING + "\n".join(rows), encoding="utf-8-sig")
    return path


def coordinates(folder: Path, **places: tuple[float, float]) -> Path:
    """Write places as kilometres east and north of 114 E, 22.4 N, roughly."""
    path = folder / "places.csv"
    rows = [f"{name},{114 + east / 103:.6f},{22.4 + north / 110.8:.6f}" for name, (east, north) in places.items()]
    path.write_text("\n".join(["name_en,lon,lat", *rows]), encoding="utf-8")
    return path


def test_trap_7_the_lists_have_no_coordinates_and_take_them_from_a_table(
    read: dict[str, Layer], tmp_path: Path
) -> None:
    published = pd.read_csv(tmp_path / "mtr_lines_and_stations.csv", encoding="utf-8-sig")
    assert not {"lon", "lat", "Longitude", "Latitude", "X", "Y"} & set(published)
    stations = read["stations"].frame.set_index("station_id")
    reference = read_reference("stations").frame.set_index("station_id")
    assert stations.crs == "EPSG:2326"
    assert set(stations.index) <= set(reference.index)
    assert stations.geometry.distance(reference.geometry.loc[stations.index], align=False).max() == 0
    assert stations["source"].str.contains("position: Lands Department").any()


def test_trap_7_a_station_without_a_position_is_left_out_by_name_never_placed_somewhere(read: dict[str, Layer]) -> None:
    assert noted(read["stations"], "without a position") == ("drl-disneyland-resort",)
    assert noted(read["stations"], "fewer than two placed stations") == ("drl",)
    assert not read["stations"].frame["line_id"].eq("drl").any()
    assert not read["transit_lines"].frame["line_id"].eq("drl").any()


def test_trap_7_a_gap_in_the_middle_of_a_line_is_a_fault_unless_bridged(tmp_path: Path) -> None:
    line = line_file(tmp_path, "Alpha", "Beta", "Gamma", "Delta")
    table = coordinates(tmp_path, Alpha=(0, 0), Gamma=(4, 0), Delta=(6, 0))
    told = faults_of(line, coordinates=table)
    assert "Beta" in told
    assert "in the middle of XXL" in told
    bridged = read_mtr(LAYERS[:3], [line], coordinates=table, bridge=["beta STATION"])
    assert noted(bridged["rail_links"], "across stations without a position") == ("xxl-alpha to xxl-gamma",)
    assert noted(bridged["stations"], "without a position") == ("xxl-beta",)
    # 4 km at 35 km/h are 6.9 minutes
    assert bridged["rail_links"].frame["minutes"].iloc[0] == pytest.approx(6.9, abs=0.1)


def test_trap_7_without_any_position_the_table_is_refused(tmp_path: Path) -> None:
    told = faults_of(line_file(tmp_path, "Alpha", "Beta"), coordinates=coordinates(tmp_path, Elsewhere=(0, 0)))
    assert "places.csv has a position for none of the 2 stations" in told


def test_ids_and_neighbours_are_those_of_the_reference_geography(read: dict[str, Layer]) -> None:
    tables = {name: layer.frame for name, layer in read.items()}
    assert check_together(tables) == []
    services = tables["rail_links"].merge(
        read_reference("rail_links").frame, on=["from_station", "to_station"], suffixes=("", "_known")
    )
    assert len(services)
    assert services["minutes"].equals(services["minutes_known"])
    assert services["headway_min"].equals(services["headway_min_known"])


def test_a_pair_of_neighbours_stands_once_for_all_directions_and_branches(read: dict[str, Layer]) -> None:
    links = read["rail_links"].frame
    pairs = [frozenset(pair) for pair in zip(links["from_station"], links["to_station"], strict=True)]
    assert len(pairs) == len(set(pairs))
    # East Rail: 13 links to Lo Wu and one to Lok Ma Chau; LOHAS Park is a branch of one link
    assert links["line_id"].eq("eal").sum() == 14
    assert links["line_id"].eq("tkl").sum() == 4
    assert len(read["transit_lines"].frame.set_index("line_id").geometry["eal"].geoms) == 14


def test_run_times_nobody_knows_come_from_distance_and_are_marked(read: dict[str, Layer]) -> None:
    guessed = noted(read["rail_links"], "from distance and a commercial speed")
    assert "tml-tai-wai to tml-wu-kai-sha" in guessed
    links = read["rail_links"].frame.set_index(["from_station", "to_station"])
    row = links.loc[("tml-tai-wai", "tml-wu-kai-sha")]
    places = read["stations"].frame.set_index("station_id").geometry
    km = places["tml-tai-wai"].distance(places["tml-wu-kai-sha"]) / 1000
    assert row["minutes"] == pytest.approx(km / 35 * 60, abs=0.05)
    assert row["headway_min"] == 4.5  # of the line
    assert row["source"].endswith("run time: distance at a commercial speed; headway assumed")


def test_speeds_and_headways_of_the_study_count(tmp_path: Path) -> None:
    line = line_file(tmp_path, "Alpha", "Beta", line="DRL")
    table = coordinates(tmp_path, Alpha=(0, 0), Beta=(7, 0))
    layer = read_mtr(["rail_links"], [line], coordinates=table, speeds_kph={"heavy-rail": 70})["rail_links"]
    assert layer.frame["minutes"].tolist() == pytest.approx([6.0], abs=0.1)
    assert layer.frame["headway_min"].tolist() == [4.0]
    assert "line_id" in layer.frame
    told = faults_of(line, coordinates=table, speeds_kph={"heavy-rail": 0, "tram": 9})
    assert "heavy-rail = 0" in told
    assert "tram = 9" in told


def test_a_headway_of_a_line_goes_before_the_table_and_one_of_no_line_is_refused(tmp_path: Path) -> None:
    file = write_lines_and_stations(tmp_path)
    links = read_mtr(["rail_links"], [file], headways_min={"eal": 3})["rail_links"].frame
    assert links.loc[links["line_id"].eq("eal"), "headway_min"].unique().tolist() == [3]
    assert links.loc[links["line_id"].eq("tcl"), "headway_min"].unique().tolist() == [6]
    assert "elr" in faults_of(file, headways_min={"elr": 3})
    assert "nan" in faults_of(file, headways_min={"eal": float("nan")})


def test_light_rail_routes_are_one_line_and_share_their_track(tmp_path: Path) -> None:
    file = write_light_rail(tmp_path)
    places = coordinates(
        tmp_path,
        **{name: (i, 0) for i, name in enumerate(["Tuen Mun Ferry Pier", "Siu Hei", "Tuen Mun Swimming Pool"])},
        **{"Goodview Garden": (3, 0), "Siu Lun": (4, 0), "Sam Shing": (5, 0)},
        **{"Kin On": (6, 0), "Shan King (South)": (7, 0)},
    )
    text = file.read_text("utf-8-sig").replace("Siu ", "Sia ")
    file.write_text(text, "utf-8-sig")
    places.write_text(places.read_text().replace("Siu ", "Sia "))
    layer = read_mtr(["rail_links"], [file], coordinates=places)["rail_links"]
    links = layer.frame.set_index(["from_station", "to_station"])
    assert set(links["line_id"]) == {"lr"}
    # routes 507 and 614 at 8 minutes each are one train every 4; one kilometre at 16 km/h takes 3.75 minutes
    assert links.loc[("lr-tuen-mun-ferry-pier", "lr-sia-hei"), "headway_min"] == 4
    assert links.loc[("lr-tuen-mun-ferry-pier", "lr-sia-hei"), "minutes"] == pytest.approx(3.75, abs=0.1)
    assert noted(layer, "one direction only") == ("lr-kin-on to lr-shan-king-south",)


def test_a_stop_named_like_a_station_takes_the_place_of_its_own_mode(tmp_path: Path) -> None:
    file = tmp_path / "light_rail.csv"
    file.write_text(
        HEADING.replace("Station", "Stop")
        + '"751","1","295","295","屯門","Tuen Mun",1.00\n"751","1","275","275","市中心","Town Centre",2.00\n'
    )
    station = read_mtr(["stations"], [file])["stations"].frame.set_index("station_id").geometry["lr-tuen-mun"]
    known = read_reference("stations").frame.set_index("station_id").geometry
    assert station.distance(known["lr-tuen-mun"]) == 0
    assert known["lr-tuen-mun"].distance(known["tml-tuen-mun"]) > 10


def test_a_name_that_means_two_places_gives_none(tmp_path: Path) -> None:
    file = line_file(tmp_path, "Alpha", "Omega", "Beta")
    table = coordinates(tmp_path, Alpha=(0, 0), Omega=(2, 0), Beta=(4, 0))
    table.write_text(table.read_text() + "\nOmega,113.809,22.627")
    told = faults_of(file, coordinates=table)
    assert "Omega: places.csv has no one position for these stations" in told


def test_stations_the_table_lacks_are_lent_by_the_reference_and_named(tmp_path: Path) -> None:
    """Without Lo Wu no train would reach the boundary; the reference also has two stations called Airport."""
    file = line_file(tmp_path, "Fanling", "Sheung Shui", "Lo Wu", line="EAL")
    layer = read_mtr(["stations"], [file], coordinates=coordinates(tmp_path, Fanling=(14, 10)))["stations"]
    assert noted(layer, "placed by the reference geography") == ("eal-sheung-shui", "eal-lo-wu")
    stations = layer.frame.set_index("station_id")
    known = read_reference("stations").frame.set_index("station_id")
    assert stations.geometry["eal-lo-wu"] == known.geometry["eal-lo-wu"]
    assert stations["accuracy_m"].to_dict() == {"eal-fanling": 100, "eal-sheung-shui": 60, "eal-lo-wu": 60}
    assert stations.loc["eal-fanling", "source"].endswith("position: places.csv")


def test_transfers_join_the_platforms_of_a_station(read: dict[str, Layer]) -> None:
    transfers = read["transfers"].frame
    pairs = {frozenset(pair) for pair in zip(transfers["from_station"], transfers["to_station"], strict=True)}
    assert frozenset({"eal-tai-wai", "tml-tai-wai"}) in pairs
    row = transfers[transfers["from_station"].eq("eal-hung-hom")].iloc[0]
    assert row["minutes"] == 3


def test_platforms_the_reference_does_not_know_are_joined_by_code_and_marked(tmp_path: Path) -> None:
    file = line_file(tmp_path, "Alpha", "Beta")
    rows = file.read_text("utf-8-sig") + '\n"YYL","UT","BET","9","","Beta",1.00\n"YYL","UT","GAM","8","","Gamma",2.00\n'
    file.write_text(rows, "utf-8-sig")
    table = coordinates(tmp_path, Alpha=(0, 0), Beta=(2, 0), Gamma=(4, 0))
    frame = read_mtr(["transfers"], [file], coordinates=table)["transfers"].frame
    assert frame[["from_station", "to_station", "minutes"]].to_numpy().tolist() == [["xxl-beta", "yyl-beta", 3.0]]
    assert frame["source"].iloc[0].startswith("judgement")


def test_exits_of_a_station_are_one_place_whatever_the_spelling(tmp_path: Path) -> None:
    file = line_file(tmp_path, "Lo Wu", "Sheung Shui", "Fanling", line="EAL")
    stations = read_mtr(["stations"], [file], coordinates=write_exits(tmp_path))["stations"].frame
    lo_wu = stations.set_index("station_id").geometry.to_crs("EPSG:4326")["eal-lo-wu"]
    assert (lo_wu.x, lo_wu.y) == pytest.approx((114.1134, 22.5282), abs=1e-6)
    assert stations["accuracy_m"].eq(100).all()


def test_coordinates_may_be_a_geojson(tmp_path: Path) -> None:
    import geopandas as gpd

    points = gpd.GeoDataFrame(
        {"name_en": ["Alpha", "Beta"]}, geometry=gpd.points_from_xy([114.07, 114.09], [22.49, 22.49]), crs="EPSG:4326"
    )
    points.to_file(tmp_path / "stations.geojson")
    read = read_mtr(["stations"], [line_file(tmp_path, "Alpha", "Beta")], coordinates=tmp_path / "stations.geojson")
    assert read["stations"].frame.geometry.to_crs("EPSG:4326").x.tolist() == pytest.approx([114.07, 114.09], abs=1e-6)


def test_planned_lines_of_the_reference_can_be_kept(tmp_path: Path) -> None:
    file = write_lines_and_stations(tmp_path)
    read = read_mtr(LAYERS, [file], keep=["nol", "sz7"])
    tables = {name: layer.frame for name, layer in read.items()}
    assert check_together(tables) == []
    assert {"nol", "sz7"} < set(tables["transit_lines"]["line_id"])
    assert tables["rail_links"].loc[tables["rail_links"]["line_id"].eq("nol"), "opens"].eq(2034).all()
    assert tables["transfers"]["from_station"].eq("tml-kam-sheung-road").any()
    told = faults_of(file, keep=["eal", "zzz"])
    assert "zzz" in told
    assert "holds this line already" in told


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"Lo Wu",1.00', '"Lo Wu",first', "Sequence holds 'first'"),
        ('"Lo Wu",1.00', '"Lo Wu",2.00', "EAL DT: two stations have the same place in the sequence"),
        ('"Lo Wu",1.00', '"",1.00', "line 2: a cell is empty"),
        ('"Station Code"', '"Code"', "neither Station Code nor Stop Code is a column"),
        ('"Sequence"', '"Order"', "the columns Sequence are missing"),
    ],
)
def test_lists_of_another_shape_get_a_message(tmp_path: Path, old: str, new: str, words: str) -> None:
    file = write_lines_and_stations(tmp_path)
    file.write_text(file.read_text("utf-8-sig").replace(old, new, 1), "utf-8-sig")
    told = faults_of(file)
    assert words in told
    assert file.name in told


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    told = faults_of(write_exits(tmp_path), tmp_path / "gone.csv")
    assert "station_exits.csv" in told
    assert "gone.csv" in told
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds no list" in faults_of(empty)
    with pytest.raises(LayerError, match="has no layer roads"):
        read_mtr(["roads"], [empty])
    assert "Nowhere" in faults_of(write_lines_and_stations(tmp_path), bridge=["Nowhere"])


def test_a_table_of_coordinates_without_the_columns_gets_a_message(tmp_path: Path) -> None:
    table = tmp_path / "places.csv"
    table.write_text("station_en,easting\nLo Wu,1\n")
    told = faults_of(write_lines_and_stations(tmp_path), coordinates=table)
    assert "the columns lon, lat are missing (looked for lon: lon, longitude, lng; lat: lat, latitude)" in told
    table.write_text("station_en,lon,lat\nLo Wu,east,22.5\n")
    assert "lon holds 'east'" in faults_of(write_lines_and_stations(tmp_path), coordinates=table)


def test_a_folder_gives_the_same_as_its_files(read: dict[str, Layer], tmp_path: Path) -> None:
    again = read_mtr(["rail_links"], [tmp_path])["rail_links"].frame
    key = ["from_station", "to_station"]
    assert (
        again.sort_values(key)
        .reset_index(drop=True)
        .equals(read["rail_links"].frame.sort_values(key).reset_index(drop=True))
    )


def test_the_fixture_knows_each_station_it_names() -> None:
    assert {code for sequence in LINES.values() for code in sequence.split()} == set(STATIONS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lo Wu", "LO WU STATION"),
        ("AsiaWorld-Expo", "asiaworld expo"),
        ("茘景", "荔景站"),
        ("Shan King (South)", "Shan King South"),
        ("Ho Man Tin", "Ho  Man Tin "),
    ],
)
def test_names_match_across_spellings(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_different_names_stay_different() -> None:
    names = {name for _, _, name in STATIONS.values()} | {"Tsuen Wan", "Tsuen Wan West", "Airport", "Airport North"}
    assert len({name_key(name) for name in names}) == len(names)


@given(st.text())
def test_a_key_is_its_own_key(name: str) -> None:
    key = name_key(name)
    assert "station" in key or name_key(key) == key or key.endswith("站")


@settings(deadline=None, max_examples=20)
@given(st.lists(st.sampled_from(["Alpha", "Beta", "Gamma", "Delta", "Epsilon"]), min_size=2, max_size=5, unique=True))
def test_a_line_has_one_link_fewer_than_stations(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    folder = tmp_path_factory.mktemp("line")
    table = coordinates(folder, **{name: (i, i % 2) for i, name in enumerate(sorted(names))})
    links = read_mtr(["rail_links"], [line_file(folder, *names)], coordinates=table)["rail_links"].frame
    assert links["from_station"].tolist() == [f"xxl-{name.lower()}" for name in names[:-1]]
    assert np.isfinite(links["minutes"]).all()
