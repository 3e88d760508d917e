from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from published.immigration import CONTROL_POINTS
from published.immigration import PASSENGERS
from published.immigration import write_control_points
from published.immigration import write_passenger_traffic

from nmplan.errors import LayerError
from nmplan.layers.check import check_together
from nmplan.layers.contracts import Layer
from nmplan.layers.crossing_points import passengers_per_day
from nmplan.layers.crossing_points import read_crossing_points
from nmplan.layers.reference import read_reference

LAND = {
    "lo-wu", "lok-ma-chau-spur-line", "lok-ma-chau", "man-kam-to", "heung-yuen-wai", "shenzhen-bay", "sha-tau-kok",
    "west-kowloon",
}  # fmt: skip


@pytest.fixture
def crossings(tmp_path: Path) -> Layer:
    paths = [write_control_points(tmp_path), write_passenger_traffic(tmp_path)]
    return read_crossing_points(["crossings"], paths)["crossings"]


def noted(layer: Layer, words: str) -> tuple[str, ...]:
    (note,) = [note for note in layer.notes if words in note.what]
    assert note.count == len(note.features)
    return note.features


def edited(path: Path, old: str, new: str, times: int = -1) -> Path:
    text = path.read_text(encoding="utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new, times), encoding="utf-8-sig")
    return path


def faults_of(paths: list[Path], **arguments: Any) -> str:
    with pytest.raises(LayerError) as caught:
        read_crossing_points(["crossings"], paths, **arguments)
    assert all(fault.source and fault.what and fault.mend for fault in caught.value.faults)
    return str(caught.value)


def test_control_points_to_shenzhen_by_land_become_crossings_under_the_ids_of_the_reference(crossings: Layer) -> None:
    frame = crossings.frame.set_index("crossing_id")
    assert set(frame.index) == LAND | {"huanggang-new", "hetao-bridge"}
    assert frame.crs == "EPSG:2326"
    assert frame.loc["heung-yuen-wai", ["name_en", "name_zh"]].tolist() == ["Heung Yuen Wai", "香園圍"]
    assert frame.loc["lok-ma-chau-spur-line", "counterpart_zh"] == "福田口岸"
    degrees = frame.geometry.to_crs("EPSG:4326")
    assert degrees["lo-wu"].x == pytest.approx(114.1136, abs=1e-6)
    assert degrees["lo-wu"].y == pytest.approx(22.5294, abs=1e-6)
    services = read_reference("crossing_services").frame
    assert check_together({"crossings": crossings.frame, "crossing_services": services}) == []


def test_what_leads_elsewhere_is_named_and_what_is_only_planned_comes_from_the_table(crossings: Layer) -> None:
    left = noted(crossings, "no crossing to Shenzhen by land")
    assert left == ("Airport", "Harbour Control", "Hong Kong-Zhuhai-Macao Bridge")
    assert noted(crossings, "planned crossings") == ("huanggang-new", "hetao-bridge")
    frame = crossings.frame.set_index("crossing_id")
    assert frame.loc["huanggang-new", "status"] == "planned"
    assert frame["passengers_in_per_day"].notna().sum() == 8


def test_the_geometry_counts_not_easting_and_northing(tmp_path: Path) -> None:
    path = write_control_points(tmp_path, shift_m=64)
    layer = read_crossing_points(["crossings"], [path])["crossings"]
    assert noted(layer, "by up to 64 m") == ("lo-wu",)
    frame = layer.frame.set_index("crossing_id")
    assert frame.geometry.to_crs("EPSG:4326")["lo-wu"].x == pytest.approx(114.1136, abs=1e-6)
    assert frame.loc["lo-wu", "accuracy_m"] == 100


def test_the_shenzhen_side_is_joined_and_a_distant_hall_is_said(crossings: Layer) -> None:
    frame = crossings.frame.set_index("crossing_id")
    there = gpd.GeoSeries(frame["shenzhen_side"], crs="EPSG:2326").to_crs("EPSG:4326")
    assert (there["lo-wu"].x, there["lo-wu"].y) == pytest.approx((114.1137, 22.5322), abs=1e-6)
    (far,) = noted(crossings, "from the hall of crossings.csv")
    # 22.5010 - 22.4940 is 0.0070° of latitude, about 775 m
    assert far.startswith("shenzhen-bay 7")


def test_a_crossing_the_table_of_halls_does_not_know_stays_where_its_point_is(tmp_path: Path) -> None:
    halls = tmp_path / "halls.csv"
    halls.write_text(
        "crossing_id,hk_lon,hk_lat,shenzhen_lon,shenzhen_lat,status\nlo-wu,114.1134,22.5294,114.1137,22.5322,open\n"
    )
    layer = read_crossing_points(["crossings"], [write_control_points(tmp_path)], halls=halls)["crossings"]
    assert set(noted(layer, "Shenzhen side is not in halls.csv")) == LAND - {"lo-wu"}
    frame = layer.frame.set_index("crossing_id")
    assert frame.loc["man-kam-to", "shenzhen_side"] == frame.geometry["man-kam-to"]
    assert frame.loc["man-kam-to", "status"] == "open"


def test_passengers_are_the_mean_of_the_last_whole_days(crossings: Layer) -> None:
    """28 whole days hold 8 weekend days with half as many again: 90,000 · (20 + 8 · 1.5) / 28 = 102,857.14."""
    frame = crossings.frame.set_index("crossing_id")
    assert frame.loc["lo-wu", "passengers_in_per_day"] == pytest.approx(90_000 * 32 / 28)
    assert frame.loc["lo-wu", "passengers_out_per_day"] == pytest.approx(89_000 + 45_000 * 8 / 28)
    # 11 July lacks its departures, so the period ends the day before
    assert noted(crossings, "days without all control points") == ("11-07-2026",)
    assert "mean of 13 June 2026 to 10 July 2026, 28 days" in frame.loc["lo-wu", "source"]
    assert "mean of" not in frame.loc["huanggang-new", "source"]


def test_lok_ma_chau_and_its_spur_line_are_two(crossings: Layer) -> None:
    frame = crossings.frame.set_index("crossing_id")
    ratio = frame["passengers_in_per_day"] / frame.loc["lo-wu", "passengers_in_per_day"]
    assert ratio["lok-ma-chau"] == pytest.approx(17 / 90)
    assert ratio["lok-ma-chau-spur-line"] == pytest.approx(74 / 90)


def test_a_crossing_nobody_passed_is_closed_and_said(crossings: Layer) -> None:
    frame = crossings.frame.set_index("crossing_id")
    assert noted(crossings, "nobody passed") == ("sha-tau-kok",)
    assert frame.loc["sha-tau-kok", ["status", "passengers_in_per_day"]].tolist() == ["closed", 0]
    assert set(frame.loc[frame["status"].eq("open")].index) == LAND - {"sha-tau-kok"}


def test_without_passengers_the_columns_are_empty(tmp_path: Path) -> None:
    frame = read_crossing_points(["crossings"], [write_control_points(tmp_path)])["crossings"].frame
    assert frame[["passengers_in_per_day", "passengers_out_per_day"]].isna().all(axis=None)
    assert "traffic" not in frame["source"].iloc[0]


def test_rows_one_comma_longer_than_the_heading_do_not_move_the_columns(tmp_path: Path) -> None:
    wide, period, _ = passengers_per_day(write_passenger_traffic(tmp_path), 28)
    narrow, same, _ = passengers_per_day(write_passenger_traffic(tmp_path, heading_ends_in_comma=False), 28)
    assert wide.equals(narrow)
    assert period == same
    assert set(wide.index) == set(PASSENGERS)


def test_fewer_days_than_asked_for_are_said(tmp_path: Path) -> None:
    path = write_passenger_traffic(tmp_path, days=8)
    means, period, notes = passengers_per_day(path, 28)
    # 4 to 10 July 2026: a Saturday, a Sunday and five weekdays
    assert means.loc["Man Kam To", "passengers_in_per_day"] == pytest.approx((5 * 3_000 + 2 * 4_500) / 7)
    assert period.endswith("7 days")
    assert [note.count for note in notes if "asked for" in note.what] == [7]


def test_names_without_a_partner_are_noted_on_both_sides(tmp_path: Path) -> None:
    traffic = edited(write_passenger_traffic(tmp_path), ",Man Kam To,", ",Liantang,")
    points = edited(write_control_points(tmp_path), "Shenzhen Bay Control Point", "Shekou Control Point")
    layer = read_crossing_points(["crossings"], [points, traffic])["crossings"]
    assert noted(layer, "passengers unknown") == ("man-kam-to",)
    assert noted(layer, "names of statistics_on_daily") == ("Liantang",)
    assert noted(layer, "under names the adapter does not know") == ("Shekou",)
    assert noted(layer, "without a control point on the map") == ("shenzhen-bay",)
    assert noted(layer, "of crossings.csv without a control point") == ("shenzhen-bay",)


def test_a_folder_of_both_files_is_read(tmp_path: Path, crossings: Layer) -> None:
    assert read_crossing_points(["crossings"], [tmp_path])["crossings"].frame.equals(crossings.frame)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("10-07-2026,Lo Wu,Arr", "2026-07-10,Lo Wu,Arr", "Date holds '2026-07-10', which is no date dd-mm-yyyy"),
        ("10-07-2026,Lo Wu,Arr", "07-31-2026,Lo Wu,Arr", "which is no date dd-mm-yyyy"),
        ("10-07-2026,Lo Wu,Arrival", "10-07-2026,Lo Wu,Both", "'Both', not Arrival or Departure"),
        (",90000,\n", ",many,\n", "Total holds 'many', which is no number of people"),
        (",90000,\n", ",-1,\n", "Total holds '-1'"),
        (",90000,\n", ",,\n", "Total holds ''"),
        ("10-07-2026,Lo Wu,Arrival", "10-07-2026,Lo Wu,Departure", "a second time"),
        ("Control Point,Arr", "Point,Arr", "the columns Control Point are missing"),
    ],
)
def test_a_traffic_file_that_is_none_gets_a_message(tmp_path: Path, old: str, new: str, words: str) -> None:
    traffic = edited(write_passenger_traffic(tmp_path), old, new, 1)
    told = faults_of([write_control_points(tmp_path), traffic])
    assert words in told
    assert traffic.name in told


def test_thousands_separators_are_read(tmp_path: Path) -> None:
    traffic = edited(write_passenger_traffic(tmp_path), ",90000,\n", ',"90,000",\n')
    means, _, _ = passengers_per_day(traffic, 28)
    assert means.loc["Lo Wu", "passengers_in_per_day"] == pytest.approx(90_000 * 32 / 28)


def test_an_empty_traffic_file_gets_a_message(tmp_path: Path) -> None:
    traffic = tmp_path / "traffic.csv"
    traffic.write_text("Date,Control Point,Arrival / Departure,Total,\n")
    assert "no day is in the file" in faults_of([write_control_points(tmp_path), traffic])


def test_points_that_are_none_get_a_message(tmp_path: Path) -> None:
    assert "there is no file of control points" in faults_of([write_passenger_traffic(tmp_path)])
    path = write_control_points(tmp_path)
    assert "columns Facility Name are missing" in faults_of([edited(path, "Facility Name", "Name")])
    features = json.loads(write_control_points(tmp_path).read_text("utf-8-sig"))["features"]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [*features, features[5]]}))
    assert "lo-wu: the control point stands more than once" in faults_of([path])
    path.write_text('{"type": "FeatureCollection", "features": []}')
    assert "no features" in faults_of([path])
    path.write_text("Not a vector file")
    assert "cannot be read" in faults_of([path])
    assert "is missing" in faults_of([tmp_path / "gone.geojson"])


def test_other_layers_and_no_days_are_refused_together(tmp_path: Path) -> None:
    with pytest.raises(LayerError) as caught:
        read_crossing_points(["stations"], [write_control_points(tmp_path)], days=0)
    assert len(caught.value.faults) == 2


def test_every_official_name_is_sorted() -> None:
    from nmplan.layers.crossing_points import CONTROL_POINTS as KNOWN
    from nmplan.layers.crossing_points import ELSEWHERE

    assert len(CONTROL_POINTS) == 11
    assert set(PASSENGERS) <= {*KNOWN, *ELSEWHERE}
    assert not set(KNOWN) & set(ELSEWHERE)
