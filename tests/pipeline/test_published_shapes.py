"""Every adapter on files of the shape its publisher uses, through the whole pipeline to the maps."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import pytest
from published.gtfs import write_feed
from published.immigration import write_control_points
from published.immigration import write_passenger_traffic
from published.lots import write_allocations
from published.lots import write_lots
from published.mtr import write_light_rail
from published.mtr import write_lines_and_stations
from published.osm import write_features
from published.osm import write_town
from published.plans import write_plans
from published.rasters import land_use_raster
from published.rasters import terrain_tiles
from published.road_network import write_road_network

from nmplan import pipeline
from nmplan.store import Workspace
from nmplan.store import read_manifest
from nmplan.store import read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nmplan.study import Study

REFERENCE = {"adapter": "reference"}


def plans(folder: Path) -> dict[str, Any]:
    from_plans = {"adapter": "statutory-plans", "path": write_plans(folder / "ozp").name}
    return {"zoning": from_plans, "areas": from_plans}


def lots(folder: Path) -> dict[str, Any]:
    paths = [write_lots(folder).name, write_allocations(folder).name]
    return {"parcels": {"adapter": "lands", "path": paths, "minimum_ha": 0.05}}


def roads(folder: Path) -> dict[str, Any]:
    from_roads = {"adapter": "transport-roads", "path": write_road_network(folder).name}
    return {"road_nodes": from_roads, "road_edges": from_roads}


def rail(folder: Path) -> dict[str, Any]:
    paths = [write_lines_and_stations(folder).name, write_light_rail(folder).name]
    from_mtr = {"adapter": "mtr", "path": paths, "keep": ["nol", "nols", "wrl", "sz4"]}
    return dict.fromkeys(("stations", "transit_lines", "rail_links", "transfers"), from_mtr)


def timetable(folder: Path) -> dict[str, Any]:
    feed = {"adapter": "gtfs", "path": write_feed(folder).name, "at": "08:00"}
    return {**dict.fromkeys(("stations", "transit_lines", "rail_links"), feed), "transfers": None}


def crossings(folder: Path) -> dict[str, Any]:
    paths = [write_control_points(folder).name, write_passenger_traffic(folder).name]
    return {"crossings": {"adapter": "immigration", "path": paths}}


def terrain(folder: Path) -> dict[str, Any]:
    return {"terrain": {"adapter": "terrain", "path": terrain_tiles(folder).name, "crs": "EPSG:2326"}}


def land_use(folder: Path) -> dict[str, Any]:
    return {"land_use": {"adapter": "land-utilisation", "path": land_use_raster(folder).name}}


def streets(folder: Path) -> dict[str, Any]:
    town = {"adapter": "osm", "path": write_town(folder).name}
    return {"road_nodes": town, "road_edges": town}


def features(folder: Path) -> dict[str, Any]:
    found = {"adapter": "osm", "path": write_features(folder).name}
    talent = {**found, "strength": {"semiconductors": 1}, "mainland": "shenzhen"}
    return {**dict.fromkeys(("sensitive_uses", "constraints", "place_names"), found), "talent": talent}


SHAPES: dict[str, tuple[Callable[[Path], dict[str, Any]], str]] = {
    "statutory-plans": (plans, "statutory-plans"),
    "lands": (lots, "lands-lots"),
    "transport-roads": (roads, "td-road-network-v2"),
    "mtr": (rail, "mtr-lines-stations"),
    "gtfs": (timetable, "td-gtfs"),
    "immigration": (crossings, "immd-control-points"),
    "terrain": (terrain, ""),
    "land-utilisation": (land_use, "pland-land-utilisation"),
    "osm streets": (streets, "openstreetmap-streets"),
    "osm features": (features, "openstreetmap-features"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_published_shape_runs_to_the_maps(shape: str, small_study: Callable[..., Study], tmp_path: Path) -> None:
    build, dataset = SHAPES[shape]
    layers = build(tmp_path)
    root = tmp_path / "out"
    for _ in pipeline.run(small_study(layers), root):
        pass
    space = Workspace(root)
    scores = read_table(space.table("today", "scores"))
    assert len(scores) > 0
    made = [name for name, section in layers.items() if section]
    for name in made:
        provenance = read_manifest(space.layer(name))["provenance"]
        assert len(provenance["checksum"]) == 64
        if dataset:
            assert provenance["dataset"], name
    assert dataset in {read_manifest(space.layer(name))["provenance"]["dataset"] for name in made}
    page = (space.maps / "explorer.html").read_text(encoding="utf-8")
    shown = read_manifest(space.layer(made[0]))["provenance"]
    for said in (shown["publisher"], shown["checksum"][:12]):
        assert said in page
