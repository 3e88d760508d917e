from __future__ import annotations

import copy
import pickle
import tomllib
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from published.mtr import write_lines_and_stations
from published.rasters import land_use_raster
from published.rasters import terrain_tiles

from nmplan.errors import LayerError
from nmplan.layers.adapters import read_origin
from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.load import load_each
from nmplan.layers.load import load_layers
from nmplan.layers.sources import bundled_folder
from nmplan.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nmplan.errors import Fault

    Build = Callable[..., Any]

# rasterio multiplies transforms with `*`, which affine deprecates
pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul instead of:PendingDeprecationWarning")


@pytest.fixture
def study(tmp_path: Path) -> Callable[..., Study]:
    """The bundled study with other layers, its file in the test's own folder."""

    def build(*, sites: bool = True, **layers: dict[str, Any]) -> Study:
        raw = tomllib.loads((bundled_folder() / "study.toml").read_text(encoding="utf-8"))
        raw["layers"] = layers
        if not sites:
            del raw["sites"]
        made = Study.from_dict(raw)
        made._path = tmp_path / "study.toml"
        return made

    return build


def from_file(path: str, **more: Any) -> dict[str, Any]:
    return {"adapter": "file", "path": path, **more}


def faults_of(made: Study) -> list[Fault]:
    with pytest.raises(LayerError) as caught:
        load_layers(made)
    assert all(fault.what and fault.mend for fault in caught.value.faults)
    return caught.value.faults


@pytest.fixture
def parcels(frame: Build, tmp_path: Path) -> dict[str, Any]:
    frame("parcels", 3, parcel_id=list("abc")).to_file(tmp_path / "lots.gpkg")
    return from_file("lots.gpkg")


def test_layers_are_a_mapping_and_attributes(study: Build, parcels: dict[str, Any]) -> None:
    layers = load_layers(study(sites=False, parcels=parcels, areas={"adapter": "reference"}))
    assert set(layers) == {"parcels", "areas"}
    assert len(layers) == 2
    assert "parcels" in layers
    assert "zoning" not in layers
    assert layers.parcels is layers["parcels"]
    assert layers.parcels["parcel_id"].tolist() == ["a", "b", "c"]
    assert layers.terrain is None
    assert dict(layers.items())["areas"] is layers.areas


def test_a_layer_that_is_not_there_is_no_attribute_and_no_key(study: Build, parcels: dict[str, Any]) -> None:
    layers = load_layers(study(sites=False, parcels=parcels))
    with pytest.raises(AttributeError, match="no layer zoning"):
        _ = layers.zoning
    with pytest.raises(KeyError, match="zoning"):
        _ = layers["zoning"]
    assert layers.get("zoning") is None
    assert not hasattr(layers, "__deepcopy__")


def test_layers_can_be_copied_and_sent_to_another_process(study: Build, parcels: dict[str, Any]) -> None:
    layers = load_layers(study(sites=False, parcels=parcels))
    for other in (copy.copy(layers), copy.deepcopy(layers), pickle.loads(pickle.dumps(layers))):  # noqa: S301
        assert other.parcels.equals(layers.parcels)


def test_the_bundled_study_loads_whole() -> None:
    made = Study.load(bundled_folder() / "study.toml")
    layers = load_layers(made)
    assert set(layers) == {*made.layers, "parcels"} - {"terrain"}
    assert layers.terrain is not None
    assert not layers.terrain.measured
    assert layers.parcels["parcel_id"].is_unique
    assert made.sites is not None
    development = layers.zoning[layers.zoning["zone"].isin(made.sites.zones)].explode()
    large = development[development.area >= made.sites.minimum_ha * 10_000]
    assert layers.parcels.area.sum() == pytest.approx(large.area.sum(), rel=1e-6)
    assert layers.parcels.area.min() >= made.sites.minimum_ha * 10_000 - 1
    # both directions and a speed on every edge
    pairs = set(zip(layers.road_edges["u"], layers.road_edges["v"], strict=True))
    two_way = layers.road_edges[~layers.road_edges["oneway"]]
    assert {(v, u) for u, v in zip(two_way["u"], two_way["v"], strict=True)} <= pairs
    assert (layers.road_edges["speed_kph"] > 0).all()
    for name, table in layers.items():
        assert list(CONTRACTS[name].columns) == list(table.columns)[: len(CONTRACTS[name].columns)]


def test_loading_twice_gives_the_same_sites() -> None:
    made = Study.load(bundled_folder() / "study.toml")
    one, other = load_layers(made), load_layers(made)
    assert one.parcels["parcel_id"].tolist() == other.parcels["parcel_id"].tolist()
    assert one.parcels.geometry.to_wkb().tolist() == other.parcels.geometry.to_wkb().tolist()


def test_own_parcels_are_taken_instead_of_cut_ones(study: Build, parcels: dict[str, Any]) -> None:
    layers = load_layers(study(parcels=parcels, zoning={"adapter": "reference"}))
    assert layers.parcels["parcel_id"].tolist() == ["a", "b", "c"]


def test_an_unset_variable_and_a_missing_file_are_told_with_their_keys(
    study: Build, parcels: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NMPLAN_TRIAL_DATA", raising=False)
    made = study(
        parcels=parcels,
        stations=from_file("${NMPLAN_TRIAL_DATA}/stations.csv", crs="EPSG:4326"),
        coast=from_file("lost/coast.geojson"),
        terrain=from_file("lost/dem.tif"),
    )
    told = {fault.where: fault.what for fault in faults_of(made)}
    assert set(told) == {"layers.stations.path", "layers.coast.path", "layers.terrain.path"}
    assert "NMPLAN_TRIAL_DATA is not set" in told["layers.stations.path"]
    assert "lost/coast.geojson" in told["layers.coast.path"]
    assert "lost/dem.tif" in told["layers.terrain.path"]


def test_all_faults_of_several_layers_are_told_at_once(
    study: Build, parcels: dict[str, Any], write: Build, frame: Build, tmp_path: Path
) -> None:
    write("transfers.csv", "from_station,to_station,minutes\na,b,soon\n")
    write("stations.csv", "station_id,lon,lat\na,114.1,22.5\nb,,22.5\n")
    frame("zoning", 2, zone_id=["a", "a"]).to_file(tmp_path / "zones.gpkg")
    made = study(
        parcels=parcels,
        transfers=from_file("transfers.csv"),
        stations=from_file("stations.csv", crs="EPSG:4326"),
        zoning=from_file("zones.gpkg"),
    )
    faults = faults_of(made)
    assert len(faults) == 3
    told = {fault.source: fault for fault in faults}
    assert set(told) == {"transfers.csv", "stations.csv", "zones.gpkg"}
    assert "soon" in told["transfers.csv"].what
    assert told["stations.csv"].where == "b"
    assert "not unique" in told["zones.gpkg"].what


def test_names_that_lead_nowhere_are_told_between_layers(study: Build, parcels: dict[str, Any], write: Build) -> None:
    write("crossings.csv", "crossing_id,lon,lat\nlo-wu,114.1134,22.5294\n")
    made = study(
        parcels=parcels,
        crossings=from_file("crossings.csv", crs="EPSG:4326"),
        crossing_services={"adapter": "reference"},
    )
    (fault,) = faults_of(made)
    assert fault.source == "layer crossing_services"
    assert "lo-wu" not in fault.where.split(", ")


def test_swapped_axes_of_own_parcels_are_told(study: Build, tmp_path: Path) -> None:
    shapes = [shapely.box(840_500, 824_000 + 300 * i, 840_700, 824_200 + 300 * i) for i in range(3)]
    gpd.GeoDataFrame({"parcel_id": list("abc")}, geometry=shapes, crs="EPSG:2326").to_file(tmp_path / "lots.gpkg")
    (fault,) = faults_of(study(parcels=from_file("lots.gpkg"), areas={"adapter": "reference"}))
    assert "Easting and Northing are swapped" in fault.what


def test_a_zoning_layer_that_yields_no_site_is_told_so(study: Build, frame: Build, box: Build, tmp_path: Path) -> None:
    frame("zoning", 1, [box(0, 0, 10, 10)], zone=["industrial"]).to_file(tmp_path / "zones.gpkg")
    (fault,) = faults_of(study(zoning=from_file("zones.gpkg")))
    assert "lacks the columns" not in fault.what
    assert "site" in fault.what


def test_overlapping_zones_of_a_file_are_not_counted_twice(
    study: Build, frame: Build, box: Build, tmp_path: Path
) -> None:
    zones = frame("zoning", 2, [box(0, 0, 200, 200), box(100, 0, 200, 200)], zone=["industrial"] * 2)
    zones.to_file(tmp_path / "zones.gpkg")
    layers = load_layers(study(zoning=from_file("zones.gpkg")))
    assert layers.parcels.area.sum() == pytest.approx(60_000, rel=1e-6)


def test_notes_of_all_layers_are_kept(study: Build, frame: Build, ring: Build, box: Build, tmp_path: Path) -> None:
    bow_tie = ring((0, 0), (200, 200), (200, 0), (0, 200))
    zones = frame("zoning", 2, [bow_tie, box(900, 0, 20, 20)], zone_id=["tie", "small"], zone=["industrial"] * 2)
    zones.to_file(tmp_path / "zones.gpkg")
    frame("coast", 1, [box(0, 0)]).to_file(tmp_path / "coast.gpkg")
    layers = load_layers(study(zoning=from_file("zones.gpkg"), coast=from_file("coast.gpkg")))
    told = {(note.layer, note.features) for note in layers.notes}
    assert told == {("zoning", ("tie",)), ("coast", ()), ("parcels", ("small",)), ("parcels", ())}  # no accuracy


def test_roads_are_finished_with_the_studys_speeds_and_counted(
    study: Build, parcels: dict[str, Any], frame: Build, point: Build, line: Build, tmp_path: Path
) -> None:
    frame("road_nodes", 2, [point(0, 0), point(100, 0)], node_id=["a", "b"]).to_file(tmp_path / "nodes.gpkg")
    edges = frame("road_edges", 1, [line((0, 0), (100, 0))], u=["a"], v=["b"], highway=["motorway"], speed_kph=[np.nan])
    edges.to_file(tmp_path / "edges.gpkg")
    layers = load_layers(study(parcels=parcels, road_nodes=from_file("nodes.gpkg"), road_edges=from_file("edges.gpkg")))
    assert layers.road_edges["speed_kph"].tolist() == [85, 85]
    assert sorted(layers.road_edges["u"]) == ["a", "b"]
    assert ("road_edges", 1) in [(note.layer, note.count) for note in layers.notes]


def test_a_reference_layer_that_does_not_exist_is_told_with_the_key(study: Build) -> None:
    (fault,) = faults_of(study(parcels={"adapter": "reference"}))
    assert "parcels" in str(fault)
    assert "Restore" not in fault.mend


RAIL = ("stations", "transit_lines", "rail_links", "transfers")


def test_layers_of_one_section_are_read_in_one_call_and_come_with_its_notes(
    study: Build, parcels: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def noted(names: Any, *rest: Any) -> Any:
        asked.append(list(names))
        return read_origin(names, *rest)

    monkeypatch.setattr("nmplan.layers.load.read_origin", noted)
    section = {"adapter": "mtr", "path": write_lines_and_stations(tmp_path).name}
    layers = load_layers(study(sites=False, parcels=parcels, **dict.fromkeys(RAIL, section)))
    assert asked == [["parcels"], list(RAIL)]
    assert set(layers) == {"parcels", *RAIL}
    assert {note.layer for note in layers.notes} & set(RAIL)


def test_a_fault_of_a_group_is_told_once(study: Build, parcels: dict[str, Any]) -> None:
    section = {"adapter": "mtr", "path": "lost.csv"}
    made = study(sites=False, parcels=parcels, **dict.fromkeys(RAIL, section))
    (fault,) = faults_of(made)
    assert fault.where == "layers.stations.path"
    found = load_each(made)
    assert list(found.faults) == ["stations + transit_lines + rail_links + transfers"]
    assert list(found.layers) == ["parcels"]  # what can be read is read


def test_a_table_without_its_columns_is_told_once_for_its_group(
    study: Build, parcels: dict[str, Any], write: Build
) -> None:
    write("lines.csv", "Line,Station\nEAL,LOW\n")
    section = {"adapter": "mtr", "path": "lines.csv"}
    (fault,) = faults_of(study(sites=False, parcels=parcels, **dict.fromkeys(RAIL, section)))
    assert fault.source == "lines.csv"


def test_roads_from_two_files_tell_what_is_wrong_with_both(study: Build, parcels: dict[str, Any]) -> None:
    made = study(sites=False, parcels=parcels, road_nodes=from_file("n.gpkg"), road_edges=from_file("e.gpkg"))
    assert [fault.where for fault in faults_of(made)] == ["layers.road_nodes.path", "layers.road_edges.path"]
    assert list(load_each(made).faults) == ["road_nodes + road_edges"]


def test_rasters_stand_beside_the_tables(study: Build, parcels: dict[str, Any], tmp_path: Path) -> None:
    layers = load_layers(
        study(
            sites=False,
            parcels=parcels,
            terrain={"adapter": "terrain", "path": terrain_tiles(tmp_path).name, "crs": "EPSG:2326"},
            land_use=from_file(land_use_raster(tmp_path).name),
        )
    )
    assert set(layers) == {"parcels"}
    assert layers.terrain.measured
    assert layers.land_use.codes.shape == (2400, 3000)
