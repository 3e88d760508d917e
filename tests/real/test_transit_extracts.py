"""Rail, buses and control points of the real extracts, as a planner would name them in a study."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from published.immigration import write_passenger_traffic
from published.mtr import write_lines_and_stations

from nmplan.errors import LayerError
from nmplan.layers.crossing_points import read_crossing_points
from nmplan.layers.file import read_file
from nmplan.layers.mtr import read_mtr
from nmplan.layers.reference import read_reference

DATA = os.environ.get("NMPLAN_REAL_DATA", "")
if not DATA and os.environ.get("NMPLAN_REQUIRE_REAL"):
    pytest.fail("NMPLAN_REQUIRE_REAL is set, but NMPLAN_REAL_DATA names no folder", pytrace=False)
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA, reason="NMPLAN_REAL_DATA names no folder of real extracts"),
]

CONTROL_POINTS = "control_points/immd_control_points_wgs84.geojson"


def real(name: str) -> Path:
    return Path(DATA) / name


def test_mtr_lines_are_read_as_transit_lines() -> None:
    lines = read_file(
        "transit_lines",
        real("rail/mtr_lines_wgs84.geojson"),
        columns={"line_id": "line_code", "name_en": "line_name", "colour": "color"},
        constants={"mode": "heavy-rail", "source": "Transport Department, MTR lines"},
    ).frame.set_index("line_id")
    assert len(lines) == 10
    assert lines.loc["EAL", ["name_en", "colour"]].tolist() == ["East Rail Line", "#5DB6E7"]
    # the Tuen Ma Line is published as 56 km long (MTR Corporation, 2021)
    assert 50_000 < lines.geometry["TML"].length < 62_000


def test_light_rail_routes_are_read_as_transit_lines_once_a_direction_is_chosen() -> None:
    path = real("rail/light_rail_routes_wgs84.geojson")
    columns = {"line_id": "route", "name_en": "route"}
    with pytest.raises(LayerError, match="line_id is not unique"):
        read_file("transit_lines", path, columns=columns)
    lines = read_file(
        "transit_lines", path, columns=columns, constants={"mode": "light-rail"}, where="direction IN ('O', 'C')"
    ).frame
    assert len(lines) == 11
    assert {"505", "705", "751"} < set(lines["line_id"])
    assert lines.geometry.length.between(2_000, 20_000).all()


def test_bus_routes_are_read_as_transit_lines() -> None:
    lines = read_file(
        "transit_lines",
        real("bus/sample_santin_hsk_routes_wgs84.geojson"),
        columns={"line_id": "file_id", "name_en": "ROUTE_NAMEE"},
        constants={"mode": "bus", "source": "Transport Department, bus routes"},
    ).frame.set_index("line_id")
    assert len(lines) == 23
    assert lines.geometry["1138-I"].length == pytest.approx(24_101, rel=0.005)  # the file's own length_m


def test_bus_stops_are_read_as_stations() -> None:
    stops = read_file(
        "stations",
        real("bus/nnt_bus_stops_wgs84.geojson"),
        columns={"station_id": "stop_id"},
        constants={"mode": "bus", "accuracy_m": 30},
    ).frame
    assert len(stops) == 3427
    assert stops["station_id"].is_unique
    assert stops["name_zh"].str.contains("粉嶺樓").any()


@pytest.mark.parametrize("table", ["mtr_station_exits.csv", "mtr_stations_from_exits.csv"])
def test_mtr_stations_take_their_places_from_the_exits(tmp_path: Path, table: str) -> None:
    """The lists of the published shape against real exits: within 80 m of the reference, whichever table is joined."""
    file = write_lines_and_stations(tmp_path)
    path = real(f"rail/{table}")
    read = read_mtr(["stations"], [file], coordinates=path)["stations"]
    stations = read.frame.set_index("station_id")
    known = read_reference("stations").frame.set_index("station_id")
    both = stations.index.intersection(known.index)
    assert len(both) == 35
    assert stations.geometry[both].distance(known.geometry[both], align=False).max() < 80
    (lent,) = [note for note in read.notes if "placed by the reference" in note.what]
    assert set(lent.features) == {"eal-lo-wu", "eal-lok-ma-chau", "tcl-lai-king"}
    assert "drl-disneyland-resort" in stations.index


def test_a_table_of_the_new_territories_only_is_filled_up_from_the_reference_and_says_so(tmp_path: Path) -> None:
    file, path = write_lines_and_stations(tmp_path), real("rail/nnt_mtr_stations.csv")
    read = read_mtr(["stations"], [file], coordinates=path)["stations"]
    (lent,) = [note for note in read.notes if "nnt_mtr_stations.csv does not have" in note.what]
    assert {"tml-tai-wai", "tml-hin-keng", "tml-diamond-hill", "eal-hung-hom"} < set(lent.features)
    assert "eal-lo-wu" not in lent.features


def test_control_points_keep_their_geometry_and_get_passengers(tmp_path: Path) -> None:
    paths = [real(CONTROL_POINTS), write_passenger_traffic(tmp_path)]
    layer = read_crossing_points(["crossings"], paths)["crossings"]
    frame = layer.frame.set_index("crossing_id")
    assert len(frame) == 10  # eight to Shenzhen by land, the planned port and the planned bridge of Hetao
    notes = {note.what: note for note in layer.notes}
    (left,) = [note for what, note in notes.items() if "no crossing to Shenzhen" in what]
    assert left.count == 8
    (moved,) = [note for what, note in notes.items() if "geometry used" in what]
    assert set(moved.features) == {"heung-yuen-wai", "lo-wu", "lok-ma-chau-spur-line"}
    (far,) = [note for what, note in notes.items() if "from the hall" in what]
    assert far.features == ("shenzhen-bay 796 m",)
    assert not any("does not know" in what or "passengers unknown" in what for what in notes)
    known = read_reference("crossings").frame.set_index("crossing_id")
    apart = frame.geometry.distance(known.geometry.loc[frame.index], align=False)
    assert apart.drop("shenzhen-bay").max() < 150
    assert frame.loc["lo-wu", "name_zh"] == "羅湖"
