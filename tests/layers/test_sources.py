from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nmplan.errors import LayerError
from nmplan.layers.sources import bundled_folder
from nmplan.layers.sources import layer_groups
from nmplan.layers.sources import layer_paths
from nmplan.layers.sources import raw_files
from nmplan.layers.sources import reference_files
from nmplan.origins import File
from nmplan.origins import Mtr
from nmplan.origins import Reference
from nmplan.origins import StatutoryPlans
from nmplan.study import Study
from nmplan.words import LAYERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from nmplan.errors import Fault


def section(path: str) -> File:
    return File(adapter="file", path=path)


def fault_of(path: str, folder: Path) -> Fault:
    with pytest.raises(LayerError) as caught:
        layer_paths("parcels", section(path), folder)
    (fault,) = caught.value.faults
    return fault


def test_the_bundled_folder_holds_the_study_and_its_data() -> None:
    assert (bundled_folder() / "study.toml").is_file()
    assert (bundled_folder() / "data" / "raw" / "catalogue.csv").is_file()


def test_every_layer_of_the_bundled_study_has_its_files() -> None:
    study = Study.load(bundled_folder() / "study.toml")
    for name, layer in study.layers.items():
        files = raw_files(name, layer, study.path.parent)
        assert files, name
        assert all(path.is_file() for path in files), name


@pytest.mark.parametrize("layer", LAYERS)
def test_reference_files_are_tables_of_the_folder_named(layer: str, tmp_path: Path) -> None:
    assert {path.parent for path in reference_files(layer, tmp_path)} == {tmp_path}
    assert {path.suffix for path in reference_files(layer, tmp_path)} == {".csv"}


def test_a_layer_made_from_several_tables_names_them_all() -> None:
    names = [path.name for path in reference_files("transit_lines")]
    assert names == ["transit_lines.csv", "rail_links.csv", "stations.csv"]
    assert [path.name for path in reference_files("terrain")] == ["spot_heights.csv"]
    assert [path.name for path in reference_files("zoning")] == ["zones.csv"]


def test_a_path_is_relative_to_the_study(write: Callable[..., Path], tmp_path: Path) -> None:
    path = write("lots.csv", "a")
    assert layer_paths("parcels", section("lots.csv"), tmp_path) == [path]
    assert layer_paths("parcels", section(str(path)), Path("/elsewhere")) == [path]


def test_an_environment_variable_stands_for_a_folder(
    write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("lots.csv", "a")
    monkeypatch.setenv("NMPLAN_TRIAL_DATA", str(tmp_path))
    assert layer_paths("parcels", section("${NMPLAN_TRIAL_DATA}/lots.csv"), Path("/elsewhere")) == [path]


def test_an_unset_variable_is_told_with_its_name_and_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NMPLAN_TRIAL_DATA", raising=False)
    fault = fault_of("${NMPLAN_TRIAL_DATA}/lots.csv", tmp_path)
    assert fault.where == "layers.parcels.path"
    assert "NMPLAN_TRIAL_DATA is not set" in fault.what


def test_a_missing_file_is_told_with_its_path_and_the_key(tmp_path: Path) -> None:
    fault = fault_of("data/lots.gpkg", tmp_path)
    assert fault.where == "layers.parcels.path"
    assert "data/lots.gpkg" in fault.what


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert fault_of(".", tmp_path).where == "layers.parcels.path"


def test_a_file_geodatabase_is_a_folder_and_still_a_file_of_a_layer(tmp_path: Path) -> None:
    # read_file's `table` speaks of a geodatabase, and the Transport Department publishes its roads as one
    (tmp_path / "RdNet_IRNP.gdb").mkdir()
    assert layer_paths("road_edges", section("RdNet_IRNP.gdb"), tmp_path) == [tmp_path / "RdNet_IRNP.gdb"]


def test_a_dollar_sign_may_stand_in_a_file_name(write: Callable[..., Path], tmp_path: Path) -> None:
    path = write("price_in_US$5.csv", "a")
    assert layer_paths("parcels", section("price_in_US$5.csv"), tmp_path) == [path]


def test_a_shapefile_counts_with_the_files_beside_it(write: Callable[..., Path], tmp_path: Path) -> None:
    for end in ("shp", "shx", "dbf", "prj", "txt"):
        write(f"lots.{end}", end)
    names = [path.name for path in raw_files("parcels", section("lots.shp"), tmp_path)]
    assert names == ["lots.dbf", "lots.prj", "lots.shp", "lots.shx"]


def test_a_file_without_companions_stands_alone(write: Callable[..., Path], tmp_path: Path) -> None:
    write("lots.gpkg", "a")
    assert [path.name for path in raw_files("parcels", section("lots.gpkg"), tmp_path)] == ["lots.gpkg"]


PLANS = {"adapter": "statutory-plans", "path": ["plans.zip"]}


def test_layers_of_one_publisher_with_the_same_arguments_are_read_in_one_go() -> None:
    rail = Mtr(adapter="mtr", path="lines.csv")
    origins = {
        "stations": rail,
        "zoning": StatutoryPlans(**PLANS),
        "transit_lines": rail,
        "areas": StatutoryPlans(**PLANS, plans=["S/STT/"]),
        "rail_links": Mtr(adapter="mtr", path="lines.csv", coordinates="exits.csv"),
    }
    assert layer_groups(origins) == [("stations", "transit_lines"), ("zoning",), ("areas",), ("rail_links",)]


def test_roads_are_read_together_from_wherever_reference_layers_alone() -> None:
    origins = {
        "road_edges": section("edges.gpkg"),
        "coast": Reference(adapter="reference"),
        "areas": Reference(adapter="reference"),
        "road_nodes": section("nodes.gpkg"),
    }
    assert layer_groups(origins) == [("road_edges", "road_nodes"), ("coast",), ("areas",)]


def test_all_files_of_several_paths_and_folders_count_and_coordinates_beside_them(tmp_path: Path) -> None:
    for name in ("plans/S_STT/zone.json", "plans/S_HSK/ZONE.geojson", "lines.csv", "exits.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a")
    plans = StatutoryPlans(adapter="statutory-plans", path=["plans/S_STT", "plans/S_HSK"])
    assert [path.name for path in raw_files("zoning", plans, tmp_path)] == ["ZONE.geojson", "zone.json"]
    rail = Mtr(adapter="mtr", path="lines.csv", coordinates="exits.csv")
    assert {path.name for path in raw_files("stations", rail, tmp_path)} >= {"exits.csv", "lines.csv", "rail_links.csv"}


def test_every_missing_path_is_told_at_once(tmp_path: Path) -> None:
    plans = StatutoryPlans(adapter="statutory-plans", path=["here", "there"])
    with pytest.raises(LayerError) as caught:
        layer_paths("zoning", plans, tmp_path)
    assert [fault.what for fault in caught.value.faults] == ["there is no file here.", "there is no file there."]


def test_a_folder_given_to_the_adapter_of_one_file_is_called_a_folder(tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    with pytest.raises(LayerError, match="plans is a folder, and adapter 'file' reads one file"):
        layer_paths("zoning", File(adapter="file", path="plans"), tmp_path)
