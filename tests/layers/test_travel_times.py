"""Own travel times as routing engines write them, and what other layers show to be wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from published.r5py import travel_time_matrix
from published.r5py import write_matrix

from nmplan.errors import LayerError
from nmplan.layers.conform import conform
from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.file import read_file
from nmplan.layers.sources import bundled_folder
from nmplan.layers.travel_times import KEYS
from nmplan.layers.travel_times import review_travel_times
from nmplan.study import Study

if TYPE_CHECKING:
    from pathlib import Path

R5PY = {"origin": "from_id", "destination": "to_id", "minutes": "travel_time"}
PAIRS = {("site-1", "hall"): 24.0, ("site-2", "hall"): 31.0, ("site-1", "station"): 6.0, ("site-2", "far"): np.nan}


# what engines write


@pytest.mark.parametrize("name", ["times.csv", "times.parquet"])
def test_a_matrix_of_r5py_is_read_with_its_gaps(tmp_path: Path, name: str) -> None:
    path = write_matrix(tmp_path / name, travel_time_matrix(PAIRS))
    found = read_file("travel_times", path, columns=R5PY).frame
    assert list(found.columns) == ["origin", "destination", "mode", "minutes", "percentile"]
    assert found["origin"].tolist() == ["site-1", "site-2", "site-1", "site-2"]
    np.testing.assert_array_equal(found["minutes"], [24.0, 31.0, 6.0, np.nan])
    assert set(found["mode"]) == {"transit"}
    assert found["percentile"].isna().all()


def test_one_percentile_of_r5pys_columns_is_chosen(tmp_path: Path) -> None:
    path = write_matrix(tmp_path / "times.csv", travel_time_matrix(PAIRS, (25, 50, 75), spread=4.0))
    columns = R5PY | {"minutes": "travel_time_p75"}
    found = read_file("travel_times", path, columns=columns, constants={"percentile": 75.0, "mode": "car"}).frame
    assert found["minutes"].iloc[0] == 26.0
    assert set(found["mode"]) == {"car"}


def test_words_and_marks_of_other_engines_are_translated(tmp_path: Path) -> None:
    path = tmp_path / "times.csv"
    path.write_text("origin,destination,mode,minutes\n1,hall,TRUCK,12.5\n2,hall,TRUCK,-1\n", encoding="utf-8")
    found = read_file("travel_times", path, values={"mode": {"TRUCK": "goods"}, "minutes": {"-1": ""}}).frame
    assert set(found["mode"]) == {"goods"}
    np.testing.assert_array_equal(found["minutes"], [12.5, np.nan])


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"minutes": -3.0}, "below 0"),
        ({"minutes": "soon"}, "not a number"),
        ({"mode": "drive"}, "column mode holds 'drive'"),
        ({"percentile": 150.0}, "above 100"),
        ({"origin": ""}, "column origin is empty"),
        ({}, "origin + destination + mode + percentile is not unique"),
    ],
)
def test_what_is_no_travel_time_is_refused(row: dict[str, Any], told: str) -> None:
    good = {"origin": "a", "destination": "hall", "mode": "transit", "minutes": 20.0, "percentile": 50.0}
    with pytest.raises(LayerError) as caught:
        conform(pd.DataFrame([good, good | row]), "travel_times", "times.csv")
    assert told in str(caught.value)


def test_minutes_must_be_there_though_cells_may_be_empty() -> None:
    with pytest.raises(LayerError, match="lacks the columns minutes"):
        conform(pd.DataFrame({"origin": ["a"], "destination": ["hall"]}), "travel_times", "times.csv")


def test_keys_stand_in_the_contracts() -> None:
    assert all(key in CONTRACTS[layer].columns for layer, key in KEYS.items())


# beside the other layers


@pytest.fixture(scope="module")
def own() -> Study:
    study = Study.load(bundled_folder() / "study.toml")
    return study.model_copy(update={"travel": study.travel.model_copy(update={"minutes_from": "matrix"})})


def points(key: str, **places: tuple[float, float]) -> gpd.GeoDataFrame:
    xy = np.array(list(places.values()))
    return gpd.GeoDataFrame({key: list(places)}, geometry=gpd.points_from_xy(*xy.T), crs="EPSG:2326")


@pytest.fixture
def layers() -> dict[str, Any]:
    """A site at the origin, another 10 km east, a hall 5 km north of the first, a works 20 km north."""
    return {
        "parcels": points("parcel_id", near=(0, 0), east=(10_000, 0)),
        "crossings": points("crossing_id", hall=(0, 5_000)),
        "stations": points("station_id", halt=(600, 0)),
        "suppliers": points("supplier_id", works=(0, 20_000)),
        "talent": points("talent_id", college=(0, -8_000)),
    }


def rows(*given: tuple[str, str, float], mode: str = "transit", percentile: float = np.nan) -> pd.DataFrame:
    frame = pd.DataFrame(given, columns=["origin", "destination", "minutes"])
    return frame.assign(mode=mode, percentile=percentile)


def reviewed(layers: dict[str, Any], table: pd.DataFrame, study: Study) -> tuple[str, str]:
    found = review_travel_times({**layers, "travel_times": table}, study)
    return "\n".join(map(str, found.faults)), "\n".join(
        f"{each.count} {each.what} {each.features}" for each in found.notes
    )


def test_a_matrix_in_order_has_nothing_to_tell(own: Study, layers: dict[str, Any]) -> None:
    people = rows(("near", "hall", 25.0), ("near", "halt", 8.0), ("east", "college", 60.0), ("east", "hall", np.nan))
    goods = rows(("works", "near", 50.0), ("near", "works", 55.0), ("near", "hall", 9.0), mode="goods")
    table = pd.concat([people, rows(("near", "hall", 9.0), mode="car"), goods])
    assert reviewed(layers, table, own) == ("", "")


def test_ids_that_nobody_has_are_named(own: Study, layers: dict[str, Any]) -> None:
    faults, notes = reviewed(layers, rows(("near", "hall", 25.0), ("NEAR", "hall", 25.0), ("near", "gate", 9.0)), own)
    assert faults == ""
    assert "1 rows that nothing uses, for their origin is no id of the study's ('NEAR',)" in notes
    assert "1 rows that nothing uses, for their destination is no id of the study's ('gate',)" in notes


def test_a_matrix_of_another_study_is_refused(own: Study, layers: dict[str, Any]) -> None:
    faults, _ = reviewed(layers, rows(("7", "hall", 25.0), ("8", "hall", 25.0)), own)
    assert "layer travel_times: 7, 8: none of the 2 ids in column origin is one of the study's." in faults
    assert "parcel_id" in faults


@pytest.mark.parametrize(("mode", "minutes"), [("transit", 40.0), ("transit", 12.0), ("car", 5.0), ("goods", 60.0)])
@pytest.mark.parametrize(("times", "unit"), [(60.0, "seconds"), (1 / 60, "hours"), (1.0, "")])
def test_seconds_and_hours_are_told_by_their_speed(
    own: Study, layers: dict[str, Any], mode: str, minutes: float, times: float, unit: str
) -> None:
    # 5 km in 5 to 60 minutes: 5 to 60 km/h
    faults, _ = reviewed(layers, rows(("near", "hall", minutes * times), ("near", "halt", 0.0), mode=mode), own)
    assert (f"minutes of {mode} look like {unit}" in faults) if unit else faults == ""
    assert ("divide by 60" in faults) == (unit == "seconds")
    assert ("multiply by 60" in faults) == (unit == "hours")


def test_pairs_close_by_say_nothing_of_the_unit(own: Study, layers: dict[str, Any]) -> None:
    assert reviewed(layers, rows(("near", "halt", 45.0)), own)[0] == ""


def test_a_percentile_that_is_not_there_is_refused(own: Study, layers: dict[str, Any]) -> None:
    table = pd.concat([rows(("near", "hall", each), percentile=name) for name, each in ((25, 20.0), (75, 30.0))])
    assert "transit has the percentiles 25, 75, not 50" in reviewed(layers, table, own)[0]
    other = own.model_copy(update={"travel": own.travel.model_copy(update={"percentile": 75.0})})
    assert reviewed(layers, table, other)[0] == ""


def test_what_nothing_uses_is_told(own: Study, layers: dict[str, Any]) -> None:
    table = rows(("near", "hall", 25.0), ("near", "east", 30.0), ("hall", "near", 25.0))
    assert (
        "2 rows that nothing uses, for no measure joins such features by that mode" in reviewed(layers, table, own)[1]
    )
    network = own.model_copy(update={"travel": own.travel.model_copy(update={"minutes_from": "network"})})
    assert "3 travel times that nothing uses; write minutes_from" in reviewed(layers, table, network)[1]
    straight = own.model_copy(update={"supply": own.supply.model_copy(update={"minutes_from": "straight-line"})})
    goods = rows(("works", "near", 50.0), mode="goods")
    assert "1 goods rows of suppliers that nothing uses" in reviewed(layers, goods, straight)[1]


def test_one_id_of_two_features_is_told(own: Study, layers: dict[str, Any]) -> None:
    layers["stations"] = points("station_id", hall=(0, 5_100))
    assert (
        "1 ids that name several features, taken for each of them ('hall',)"
        in reviewed(layers, rows(("near", "hall", 25.0)), own)[1]
    )


def test_without_the_layer_or_sites_there_is_nothing_to_review(own: Study, layers: dict[str, Any]) -> None:
    assert review_travel_times(layers, own) == ([], [])
    assert review_travel_times({"travel_times": rows(("near", "hall", 25.0))}, own) == ([], [])
