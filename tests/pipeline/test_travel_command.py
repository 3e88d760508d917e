"""nmplan travel and compare from the shell, travel_minutes and the tables of scenarios from Python."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest

import nmplan as package
from nmplan.errors import NmplanError
from nmplan.store import Workspace
from nmplan.store import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from nmplan.study import Study

SAN_TIN, FUTIAN = "114.0722,22.4869", "114.0630,22.5190"


def nmplan(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nmplan", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, encoding="utf-8")


def test_a_journey_is_told_leg_by_leg_and_as_data(tmp_path: Path) -> None:
    told = nmplan("travel", SAN_TIN, FUTIAN, "--mode", "car", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    first, second = told.stdout.splitlines()[:2]
    assert first.startswith("from Hong Kong to the mainland")
    assert second.startswith("car: ")
    assert "clearance" in told.stdout
    assert "Lok Ma Chau, Shenzhen side" in told.stdout
    data = json.loads(nmplan("travel", SAN_TIN, FUTIAN, "--mode", "car", "--json", cwd=tmp_path).stdout)["car"]
    assert sum(leg["minutes"] for leg in data["legs"]) == pytest.approx(data["minutes"])
    assert data["legs"][0]["metres"] is None  # nobody measured the way to the road


def test_a_crossing_that_is_shut_is_not_used(tmp_path: Path) -> None:
    day, night = (
        nmplan("travel", SAN_TIN, FUTIAN, "--mode", "transit", "--at", hour, cwd=tmp_path).stdout
        for hour in ("12:00", "23:00")
    )
    assert "Spur Line, Hong Kong side" in day
    assert "Spur Line, Hong Kong side" not in night
    assert "closed at 23:00: Lok Ma Chau Spur Line" in night
    # the Yellow Bus between San Tin and Huanggang runs round the clock
    assert "last journey back: one can go all night" in day


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("114.07", FUTIAN), "LON,LAT"),
        ((SAN_TIN, "22.5190,114.0630"), "swapped"),
        ((SAN_TIN, FUTIAN, "--at", "25:00"), "time of day"),
        ((SAN_TIN, FUTIAN, "--mode", "boat"), "transit"),
        ((SAN_TIN, FUTIAN, "--scenario", "2099"), "2035"),
    ],
)
def test_what_makes_no_sense_is_told(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    told = nmplan("travel", *words, cwd=tmp_path)
    assert told.returncode in {1, 2}
    assert said in told.stderr
    assert "Traceback" not in told.stderr


def test_many_points_at_once_keep_their_names(study: Study) -> None:
    here = gpd.GeoSeries.from_xy([114.0722, 113.987], [22.4869, 22.428], index=["st", "hsk"], crs="EPSG:4326")
    there = gpd.GeoSeries.from_xy([114.063, 114.128], [22.519, 22.501], index=["ft", "ss"], crs="EPSG:4326")
    found = package.travel_minutes(here, there, study, mode="car")
    assert found.index.tolist() == ["st", "hsk"]
    assert found.columns.tolist() == ["ft", "ss"]
    # to Futian one has to clear: ten minutes at least; Sheung Shui lies on this side
    assert (found["ft"] > 10).all()
    assert found.loc["st", "ss"] < 20
    with pytest.raises(NmplanError, match="none of transit"):
        package.travel_minutes(here, there, study, mode="boat")
    with pytest.raises(NmplanError, match="coordinate system"):
        package.travel_minutes(here.set_crs(None, allow_override=True), there, study)


def test_compare_says_what_a_scenario_changes(workspace: Path) -> None:
    told = nmplan("compare", "2035", "--area", "san-tin", cwd=workspace)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("san-tin: today → 2035")
    data = json.loads(nmplan("compare", "2035-white-list", "--json", cwd=workspace).stdout)
    changes = {(row["area_id"], row["quantity"]): row["change"] for row in data}
    # the policy is for goods: people's minutes stay, goods' fall
    assert changes["hung-shui-kiu", "crossing_min"] == 0
    assert changes["hung-shui-kiu", "crossing_goods_min"] < -5
    for words, said in ((("compare", "today"), "--since"), (("compare", "2035", "--area", "x"), "san-tin")):
        wrong = nmplan(*words, cwd=workspace)
        assert wrong.returncode == 2
        assert said in wrong.stderr


def test_differences_are_the_tables_subtracted(finished: Path) -> None:
    space = Workspace(finished)
    found = read_table(space.table("2035", "differences"))
    before, after = (
        read_table(space.table(key, "measures")).set_index("parcel_id")["station_min"] for key in ("today", "2035")
    )
    own = found[found["quantity"].eq("station_min")].set_index("parcel_id")["change"]
    assert own.to_numpy() == pytest.approx((after - before)[own.index].to_numpy())
    same = before.index.difference(own.index)
    assert np.isclose(before[same], after[same]).all()


def test_bands_nest_and_the_northern_link_widens_them(finished: Path) -> None:
    space = Workspace(finished)
    today, later = (read_table(space.table(key, "isochrones")) for key in ("today", "2035"))
    assert set(today["place_id"]) == {"san-tin", "hung-shui-kiu", "hetao"}
    for _, bands in today.groupby(["place_id", "mode"]):
        areas = bands.sort_values("limit_min").area
        assert areas.is_monotonic_increasing
        shapes = bands.sort_values("limit_min").geometry.to_list()
        assert all(small.difference(large).area < 1 for small, large in pairwise(shapes))
    chosen = ("san-tin", "transit", 45.0)
    size = [
        table.set_index(["place_id", "mode", "limit_min"]).geometry.loc[[chosen]].area.iloc[0]
        for table in (today, later)
    ]
    assert size[1] > 1.2 * size[0]
