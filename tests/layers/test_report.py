from __future__ import annotations

import tomllib
from datetime import date
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from nmplan.layers.report import age_of
from nmplan.layers.report import report_layers
from nmplan.layers.sources import bundled_folder
from nmplan.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nmplan.layers.report import Report

TODAY = date(2026, 11, 25)
EAST, NORTH = 824_000.0, 840_000.0


def box(x: float, y: float, width: float, height: float) -> shapely.Polygon:
    return shapely.box(EAST + x, NORTH + y, EAST + x + width, NORTH + y + height)


@pytest.fixture
def report(tmp_path: Path) -> Callable[..., Report]:
    """The report on the bundled study with these layers, each a file of the test's own folder."""

    def build(**layers: dict[str, Any]) -> Report:
        raw = tomllib.loads((bundled_folder() / "study.toml").read_text(encoding="utf-8"))
        raw["layers"], raw["tenants"] = layers, dict(list(raw["tenants"].items())[:1])
        del raw["portfolio"]
        raw["sandboxes"] = {}
        del raw["isochrones"]
        made = Study.from_dict(raw)
        made._path = tmp_path / "study.toml"
        return report_layers(made, TODAY)

    return build


@pytest.fixture
def files(tmp_path: Path) -> dict[str, dict[str, Any]]:
    """One area of 1 km², a zone on its western half that stands there twice, a lot that crosses itself, a station."""
    area = gpd.GeoDataFrame({"area_id": ["a"]}, geometry=[box(0, 0, 1000, 1000)], crs="EPSG:2326")
    area.to_file(tmp_path / "areas.gpkg")
    zones = {"zone_id": ["z1", "z2"], "zone_label": "I", "plan_no": ["S/A/1", ""]}
    half = box(0, 0, 500, 1000)
    gpd.GeoDataFrame(zones, geometry=[half, box(5000, 0, 10, 10)], crs="EPSG:2326").to_file(tmp_path / "zones.gpkg")
    bow = shapely.Polygon([(EAST, NORTH), (EAST + 100, NORTH + 100), (EAST + 100, NORTH), (EAST, NORTH + 100)])
    lots = gpd.GeoDataFrame({"parcel_id": ["l1", "l2", "l3"]}, geometry=[bow, half, half], crs="EPSG:2326")
    lots.to_file(tmp_path / "lots.gpkg")
    far = gpd.GeoDataFrame({"station_id": ["s"]}, geometry=[shapely.Point(EAST, NORTH + 9000)], crs="EPSG:2326")
    far.to_crs("EPSG:4326").to_file(tmp_path / "stations.geojson")
    return {
        "areas": {"adapter": "file", "path": "areas.gpkg"},
        "zoning": {"adapter": "file", "path": "zones.gpkg", "publisher": "Us", "licence": "MIT", "vintage": "2024-10"},
        "parcels": {"adapter": "file", "path": "lots.gpkg"},
        "stations": {"adapter": "file", "path": "stations.geojson", "crs": "EPSG:4326"},
    }


def test_rows_mends_missing_values_and_copies_are_counted(report: Any, files: Any) -> None:
    found = {each.layer: each for each in report(**files).layers}
    assert [each.rows for each in found.values()] == [1, 2, 3, 1]
    assert any("1 invalid polygons mended (l1)" in note for note in found["parcels"].notes)
    assert found["zoning"].missing["plan_no"] == 1
    assert "zone_label" not in found["zoning"].missing
    assert found["parcels"].duplicates == 1  # l3 repeats l2 but for its id
    assert found["zoning"].duplicates == 0


def test_extent_is_in_degrees_and_the_crs_is_as_declared(report: Any, files: Any) -> None:
    found = {each.layer: each for each in report(**files).layers}
    west, south, east, north = found["areas"].extent
    # a kilometre is 0.00972 degrees of longitude and 0.00903 of latitude there
    assert (east - west, north - south) == pytest.approx((0.0097, 0.0090), abs=2e-4)
    assert found["stations"].declared_crs == "EPSG:4326"
    assert found["areas"].declared_crs == "EPSG:2326"  # as the file says


def test_age_and_licence_come_from_the_study(report: Any, files: Any) -> None:
    zoning = next(each for each in report(**files).layers if each.layer == "zoning")
    assert zoning.age_days == (TODAY - date(2024, 10, 31)).days
    assert (zoning.provenance["publisher"], zoning.provenance["licence"]) == ("Us", "MIT")


def test_coverage_is_a_share_for_polygons_and_cells_and_a_count_for_points(
    report: Any, files: Any, tmp_path: Path
) -> None:
    transform = rasterio.transform.from_origin(EAST, NORTH + 1000, 100, 100)
    heights = np.full((10, 10), 5, dtype="float32")
    heights[:, :3] = -9999
    profile = {"driver": "GTiff", "width": 10, "height": 10, "count": 1, "dtype": "float32", "nodata": -9999}
    with rasterio.open(tmp_path / "dem.tif", "w", crs="EPSG:2326", transform=transform, **profile) as raster:
        raster.write(heights, 1)
    found = report(**files, terrain={"adapter": "file", "path": "dem.tif"})
    assert not found.faults
    assert found.coverage == {"a": {"zoning": 0.5, "parcels": 0.5, "stations": 0, "terrain": 0.7}}
    terrain = next(each for each in found.layers if each.layer == "terrain")
    assert (terrain.rows, terrain.missing) == (70, {"cells": 30})


def test_layers_that_can_be_read_are_reported_beside_the_faults_of_others(report: Any, files: Any) -> None:
    files["parcels"]["path"] = "lost.gpkg"
    files["stations"]["crs"] = "EPSG:2326"
    files["zoning"]["dataset"] = "no-such"
    found = report(**files)
    assert [each.layer for each in found.layers] == ["areas"]
    told = "\n".join(str(fault) for fault in found.faults)
    for words in ("no file lost.gpkg", "EPSG:2326", "no dataset 'no-such'"):
        assert words in told


@pytest.mark.parametrize(
    ("vintage", "days"),
    [
        ("2026-11-20", 5),
        ("2026-10", 25),
        ("2025", 329),
        ("2026", 0),
        ("2026-02-30", None),
        ("2026-13", None),
        ("monthly", None),
        ("", None),
    ],
)
def test_a_vintage_is_reckoned_from_its_last_day(vintage: str, days: int | None) -> None:
    assert age_of(vintage, TODAY) == days
