from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING
from typing import Any

import pytest
from published.mtr import write_exits
from published.mtr import write_lines_and_stations
from published.plans import write_plans
from published.rasters import land_use_raster
from published.rasters import terrain_in_metres
from published.rasters import terrain_tiles
from pydantic import TypeAdapter

from nmplan.errors import LayerError
from nmplan.layers import adapters
from nmplan.layers.adapters import READERS
from nmplan.layers.adapters import read_origin
from nmplan.layers.reference import read_reference
from nmplan.origins import MAKES
from nmplan.origins import Origin
from nmplan.origins import arguments

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nmplan.errors import Fault


def origin(adapter: str, **section: Any) -> Any:
    """Return a section of a study, as a study would check it."""
    return TypeAdapter(Origin).validate_python({"adapter": adapter, **section})


def faults_of(names: list[str], section: Any, folder: Path) -> list[Fault]:
    with pytest.raises(LayerError) as caught:
        read_origin(names, section, folder)
    assert all(fault.what and fault.mend for fault in caught.value.faults)
    return caught.value.faults


class Recorder:
    """A reader that notes what it was given."""

    def __init__(self) -> None:
        self.calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def __call__(self, *given: Any, **named: Any) -> Any:
        self.calls.append((given, named))
        return {name: f"layer {name}" for name in given[0]}


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Recorder]:
    """Put a recorder in a reader's place."""

    def put(adapter: str) -> Recorder:
        made = Recorder()
        monkeypatch.setattr(READERS[adapter], made)
        return made

    return put


# --- reference


def test_reference_layers_are_the_bundled_ones(tmp_path: Path) -> None:
    found = read_origin(["areas", "chains"], origin("reference"), tmp_path)
    assert list(found) == ["areas", "chains"]
    assert found["areas"].frame.equals(read_reference("areas").frame)
    terrain = read_origin(["terrain"], origin("reference"), tmp_path)["terrain"]
    assert not terrain.measured


@pytest.mark.parametrize("name", ["parcels", "land_use"])
def test_a_layer_the_reference_geography_lacks_is_told_with_its_key(name: str, tmp_path: Path) -> None:
    (fault,) = faults_of([name], origin("reference"), tmp_path)
    assert (fault.source, fault.where) == ("study", f"layers.{name}")
    assert f"has no layer {name}" in fault.what


# --- files and databases


def test_a_file_is_read_as_the_study_says(write: Callable[..., Path], tmp_path: Path) -> None:
    write("data.csv", "id;x;y;kind\na;114.07;22.48;1\nb;114.08;22.49;2\n")
    section = origin(
        "file",
        path="data.csv",
        crs="EPSG:4326",
        columns={"station_id": "id", "lon": "x", "lat": "y"},
        constants={"mode": "heavy-rail"},
        where="kind == '2'",
        publisher="a friend",
    )
    found = read_origin(["stations"], section, tmp_path)
    assert list(found) == ["stations"]
    assert found["stations"].frame[["station_id", "mode"]].to_numpy().tolist() == [["b", "heavy-rail"]]


def test_every_layer_of_a_file_is_read_for_itself(write: Callable[..., Path], tmp_path: Path) -> None:
    write("rail.csv", "line_id,from_station,to_station,minutes,headway_min\neal,LOW,SHS,4,6\n")
    found = read_origin(["rail_links", "transfers"], origin("file", path="rail.csv"), tmp_path)
    assert found["rail_links"].frame["headway_min"].tolist() == [6]
    assert list(found["transfers"].frame.columns) == ["from_station", "to_station", "minutes", "source"]


def test_a_database_is_asked_with_the_address_as_it_stands_in_the_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Recorder()
    monkeypatch.setattr(adapters, "read_postgis", calls)
    monkeypatch.setenv("PGPASSWORD", "secret")
    url = "postgresql+psycopg://planner:${PGPASSWORD}@db:5432/land"
    told = {"crs": "EPSG:2326", "columns": {"parcel_id": "id"}, "where": "kind = 1"}
    section = origin("file", url=url, table="public.lots", **told)
    read_origin(["parcels"], section, tmp_path)
    ((given, named),) = calls.calls
    assert given == ("parcels", url, "public.lots")  # what stands for the password is filled in at the last moment
    assert named == {"datum": None, "constants": {}, "values": {}, **told}


def test_a_raster_of_ones_own_is_read_by_the_reader_of_its_layer(tmp_path: Path) -> None:
    height = read_origin(["terrain"], origin("file", path=terrain_in_metres(tmp_path).name), tmp_path)["terrain"]
    assert height.heights.shape == (200, 200)
    assert height.heights[0, 0] == pytest.approx(20 + 0.02 * 2.5 + 0.04 * 2.5)
    section = origin("file", path=land_use_raster(tmp_path).name, crs="EPSG:2326")
    use = read_origin(["land_use"], section, tmp_path)["land_use"]
    assert use.codes.shape == (2400, 3000)


@pytest.mark.parametrize("name", ["terrain", "land_use"])
def test_a_raster_is_no_table_of_a_database(name: str, tmp_path: Path) -> None:
    (fault,) = faults_of([name], origin("file", url="postgresql://db/land", table="public.dtm"), tmp_path)
    assert fault.where == f"layers.{name}.url"
    assert "is a raster" in fault.what


# --- publishers


def test_layers_of_one_publisher_are_read_in_one_call(recorder: Callable[[str], Recorder], tmp_path: Path) -> None:
    calls = recorder("statutory-plans")
    write_plans(tmp_path / "ozp", "shp", ("S/STT/2",))
    told = {"plans": ["S/STT/"], "crs": "EPSG:2326"}
    section = origin("statutory-plans", path=["ozp"], dataset="statutory-plans", licence="x", **told)
    assert read_origin(["zoning", "areas"], section, tmp_path) == {"zoning": "layer zoning", "areas": "layer areas"}
    # neither the paths nor where the data comes from are arguments of the reader
    assert calls.calls == [((["zoning", "areas"], [tmp_path / "ozp"]), told)]


def test_further_files_are_found_beside_the_study_and_none_where_none_is_named(
    recorder: Callable[[str], Recorder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = recorder("mtr")
    (tmp_path / "rail").mkdir()
    lines, exits = write_lines_and_stations(tmp_path), write_exits(tmp_path / "rail")
    monkeypatch.setenv("NMPLAN_TRIAL_DATA", "rail")
    section = origin("mtr", path=lines.name, coordinates="${NMPLAN_TRIAL_DATA}/station_exits.csv", bridge=["ADM"])
    read_origin(["stations"], section, tmp_path)
    read_origin(["stations"], origin("mtr", path=lines.name), tmp_path)
    (first, told), (_, bare) = calls.calls
    assert first == (["stations"], [lines])
    assert told == {"coordinates": exits, "bridge": ["ADM"], "keep": [], "speeds_kph": {}, "headways_min": {}}
    assert bare["coordinates"] is None


def test_mtr_stations_stand_where_the_further_file_puts_them(tmp_path: Path) -> None:
    lines, exits = write_lines_and_stations(tmp_path), write_exits(tmp_path)
    section = origin("mtr", path=lines.name, coordinates=exits.name)
    found = read_origin(["stations"], section, tmp_path)["stations"].frame.set_index("name_en")
    place = found.loc[["Lo Wu"]].geometry.to_crs("EPSG:4326").iloc[0]
    assert (place.x, place.y) == pytest.approx((114.1134, 22.5282), abs=1e-5)  # between its two exits


def test_a_publishers_raster_is_named_by_its_files(tmp_path: Path) -> None:
    terrain_tiles(tmp_path)
    section = origin("terrain", path=["dtm/11-NW-1A.asc", "dtm/11-NW-1B.asc"], crs="EPSG:2326", cell_m=10.0)
    found = read_origin(["terrain"], section, tmp_path)
    assert list(found) == ["terrain"]
    assert found["terrain"].heights.shape == (50, 100)
    bare = origin("terrain", path=["dtm/11-NW-1A.asc", "dtm/11-NW-1B.asc"])
    faults = faults_of(["terrain"], bare, tmp_path)
    assert {fault.source for fault in faults} == {"11-NW-1A.asc, 11-NW-1B.asc"}
    assert [fault.where for fault in faults] == ["11-NW-1A.asc", "11-NW-1B.asc"]


# --- missing files


@pytest.mark.parametrize("name", ["zoning", "terrain", "land_use"])
def test_a_missing_file_is_told_with_its_key(name: str, tmp_path: Path) -> None:
    (fault,) = faults_of([name], origin("file", path="lost/data.tif"), tmp_path)
    assert (fault.source, fault.where) == ("study", f"layers.{name}.path")
    assert "lost/data.tif" in fault.what


def test_all_missing_files_of_a_publisher_are_told_at_once_under_its_first_layer(tmp_path: Path) -> None:
    section = origin("mtr", path=["lines.csv", "${NMPLAN_NOT_SET}/stops.csv"], coordinates="exits.csv")
    faults = faults_of(["stations", "transit_lines"], section, tmp_path)
    assert [(fault.where, fault.what) for fault in faults] == [
        ("layers.stations.path", "there is no file lines.csv."),
        ("layers.stations.path", "the environment variable NMPLAN_NOT_SET is not set."),
        ("layers.stations.coordinates", "there is no file exits.csv."),
    ]


def test_a_missing_file_is_told_before_the_reader_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(READERS, "gtfs", "nmplan.layers.nowhere.read_gtfs")
    (fault,) = faults_of(["stations"], origin("gtfs", path="feed.zip"), tmp_path)
    assert fault.where == "layers.stations.path"


# --- readers


def test_every_publishers_adapter_has_a_reader_and_no_other_has() -> None:
    assert set(READERS) == set(MAKES)


@pytest.mark.parametrize("adapter", READERS)
def test_each_reader_takes_what_its_section_tells(adapter: str) -> None:
    module, _, function = READERS[adapter].rpartition(".")
    takes = inspect.signature(getattr(import_module(module), function)).parameters
    section = origin(adapter, path="a")
    told = {*arguments(section), *section.files_beside}
    assert told == {name for name, parameter in takes.items() if parameter.kind is parameter.KEYWORD_ONLY}


def test_readers_are_imported_when_they_are_used() -> None:
    """Loading the other publishers' readers, and rasterio and osmnx with them, would cost seconds in every run."""
    code = """
import sys
from pathlib import Path
from nmplan.layers.adapters import READERS, read_origin
from nmplan.origins import Reference
read_origin(["areas"], Reference(adapter="reference"), Path())
readers = {name.rpartition(".")[0] for name in READERS.values()} - {"nmplan.layers.terrain"}
print(sorted(readers & set(sys.modules)), sorted({"rasterio", "osmnx"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[] []\n"
