"""What single questions refuse: sites without a place, and bus lines that cannot run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
import shapely
from quick import quickest_study

import nmplan
from nmplan.errors import LayerError
from nmplan.study import Study

if TYPE_CHECKING:
    from pathlib import Path

LINES = """\
line_id,order,stop_id,route,minutes,headway_peak_min,first_at,last_at,lon,lat
x,1,a,X,0,10,06:00,00:30,113.97,22.39
x,2,b,X,5,10,06:00,00:30,113.99,22.40
y,1,a,Y,0,,06:00,24:30,113.97,22.39
y,2,b,Y,5,,06:00,24:30,113.99,22.40
"""


def test_sites_without_a_place_are_named(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(quickest_study(), encoding="utf-8")
    sites = gpd.GeoSeries([shapely.Point(), None], index=["nowhere", "nothing"], crs="EPSG:2326")
    with pytest.raises(LayerError, match=r"nowhere, nothing: 2 of 2 geometries are missing or empty"):
        nmplan.crossing_journeys(sites, Study.load(path))


def test_lines_that_cannot_run_are_told(tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text(LINES, encoding="utf-8")
    own = 'bus_lines = { adapter = "file", path = "lines.csv", crs = "EPSG:4326" }\n'
    text = "".join(line for line in quickest_study().splitlines(keepends=True) if not line.startswith("bus_lines ="))
    path = tmp_path / "study.toml"
    path.write_text(text.replace("[layers]\n", f"[layers]\n{own}", 1), encoding="utf-8")
    study = Study.load(path)
    with pytest.raises(LayerError) as raised:
        nmplan.travel_model(study, next(iter(study.scenarios)))
    assert "x: 1 lines stop before they start" in str(raised.value)
    assert "y: 1 lines have no headway" in str(raised.value)
