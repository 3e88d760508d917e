"""The real terrain model (Lands Department, resampled to 70 m, whole metres): read, averaged, turned into slope."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nmplan.layers.terrain import Terrain
from nmplan.layers.terrain import read_heights
from nmplan.measures.terrain import mean_height
from nmplan.measures.terrain import mean_slope

DATA = os.environ.get("NMPLAN_REAL_DATA", "")
if not DATA and os.environ.get("NMPLAN_REQUIRE_REAL"):
    pytest.fail("NMPLAN_REQUIRE_REAL is set, but NMPLAN_REAL_DATA names no folder", pytrace=False)
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA, reason="NMPLAN_REAL_DATA names no folder of real extracts"),
]

MODEL = Path(DATA) / "dem" / "hk_landsd_dtm_resampled_70m_epsg2326.tif"

PLACES = {"tai-mo-shan": (114.1245, 22.4104), "san-tin": (114.0720, 22.4870), "kai-kung-leng": (114.0930, 22.4650)}


@pytest.fixture(scope="module")
def terrain() -> Terrain:
    return read_heights([MODEL], MODEL.name)


@pytest.fixture(scope="module")
def circles() -> gpd.GeoSeries:
    """Circles of 300 m round named places."""
    lon, lat = zip(*PLACES.values(), strict=True)
    points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), index=list(PLACES), crs="EPSG:4326")
    return points.to_crs("EPSG:2326").buffer(300)


def test_it_is_taken_cell_by_cell(terrain: Terrain) -> None:
    assert terrain.heights.shape == (685, 910)
    assert terrain.transform.a == 70
    assert terrain.heights.max() == 952


def test_its_sea_of_zeros_and_its_whole_metres_are_said(terrain: Terrain) -> None:
    zeros, whole = (note.what for note in terrain.notes)
    assert "63%" in zeros
    assert "nodata = 0" in zeros
    # atan(1 m / 140 m)
    assert "0.41°" in whole


def test_hills_are_high_and_steep_and_san_tin_is_low_and_flat(terrain: Terrain, circles: gpd.GeoSeries) -> None:
    height = mean_height(circles, terrain.heights, terrain.transform)
    slope = mean_slope(circles, terrain.heights, terrain.transform)
    assert height["tai-mo-shan"] > 850
    assert height["san-tin"] < 15
    assert slope["san-tin"] < 3
    assert 10 < slope["tai-mo-shan"] < 40
    assert slope["kai-kung-leng"] > 15


def test_slope_agrees_with_horns_formula_over_the_land(terrain: Terrain) -> None:
    z = terrain.heights.astype(float)
    east = (z[:-2, 2:] + 2 * z[1:-1, 2:] + z[2:, 2:] - z[:-2, :-2] - 2 * z[1:-1, :-2] - z[2:, :-2]) / (8 * 70)
    south = (z[2:, :-2] + 2 * z[2:, 1:-1] + z[2:, 2:] - z[:-2, :-2] - 2 * z[:-2, 1:-1] - z[:-2, 2:]) / (8 * 70)
    horn = np.degrees(np.arctan(np.hypot(east, south)))
    # a grid of squares of three by three cells over land
    rows, columns = np.meshgrid(np.arange(60, 600, 15), np.arange(150, 700, 15), indexing="ij")
    places = [(row, column) for row, column in zip(rows.ravel(), columns.ravel(), strict=True) if z[row, column] > 5]
    west, north = terrain.transform.c, terrain.transform.f
    squares = gpd.GeoSeries(
        [shapely.box(west + c * 70, north - (r + 3) * 70, west + (c + 3) * 70, north - r * 70) for r, c in places],
        crs="EPSG:2326",
    )
    ours = mean_slope(squares, terrain.heights, terrain.transform).to_numpy()
    theirs = np.array([horn[r - 1 : r + 2, c - 1 : c + 2].mean() for r, c in places])
    assert len(places) > 300
    # Horn smooths across three rows: its slopes are a little gentler, by less than a degree in the middle
    assert np.median(ours - theirs) == pytest.approx(0.35, abs=0.35)
    assert np.corrcoef(ours, theirs)[0, 1] > 0.99


def test_stated_sea_is_blank_and_coarser_cells_keep_the_mean(terrain: Terrain, circles: gpd.GeoSeries) -> None:
    coarse = read_heights([MODEL], MODEL.name, nodata=0, cell_m=140.0)
    assert np.isnan(coarse.heights).mean() == pytest.approx(0.6, abs=0.05)
    fine, rough = (mean_height(circles, each.heights, each.transform) for each in (terrain, coarse))
    assert (fine - rough).abs().max() < 15
