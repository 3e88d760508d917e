from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nmplan.errors import LayerError
from nmplan.files import manifest_path
from nmplan.files import write_json
from nmplan.layers.provenance import provenance_of
from nmplan.layers.sources import bundled_folder
from nmplan.origins import File
from nmplan.origins import Reference
from nmplan.origins import TransportRoads

if TYPE_CHECKING:
    from pathlib import Path

HERE = bundled_folder()


def test_reference_layers_name_their_table() -> None:
    found = provenance_of("zoning", Reference(adapter="reference"), HERE)
    assert found["dataset"] == "reference/zones.csv"
    assert found["publisher"] == "nmplan"
    assert "CC BY 4.0" in found["licence"]


def test_a_publishers_adapter_names_its_dataset_and_the_study_says_more() -> None:
    roads = TransportRoads(adapter="transport-roads", path="RdNet_IRNP.gdb", vintage="2026-10-15")
    found = provenance_of("road_edges", roads, HERE)
    assert found["dataset"] == "td-road-network-v2"
    assert found["publisher"] == "Transport Department"
    assert found["vintage"] == "2026-10-15"


def test_own_data_has_the_provenance_the_study_gives_and_no_other() -> None:
    own = File(adapter="file", path="lots.gpkg", publisher="Us", licence="MIT")
    expected = {"dataset": "", "title": "", "publisher": "Us", "licence": "MIT", "vintage": ""}
    assert provenance_of("parcels", own, HERE) == expected


def test_a_file_may_be_a_dataset_of_the_catalogue() -> None:
    own = File(adapter="file", path="points.geojson", dataset="immd-control-points")
    assert provenance_of("crossings", own, HERE)["publisher"] == "Immigration Department"


def test_a_dataset_the_catalogue_does_not_have_is_told() -> None:
    with pytest.raises(LayerError, match="no dataset 'td-roads'") as caught:
        provenance_of("road_edges", File(adapter="file", path="a.gpkg", dataset="td-roads"), HERE)
    assert caught.value.faults[0].where == "layers.road_edges.dataset"


def test_what_fetch_noted_goes_with_the_layer(tmp_path: Path) -> None:
    """The vintage of a fetched file is known, also inside the folder its archive was unpacked into."""
    place = tmp_path / "td-road-network-v2"
    gdb = place / "RdNet_IRNP" / "RdNet_IRNP.gdb"
    gdb.mkdir(parents=True)
    noted = {"dataset": "td-road-network-v2", "vintage": "2026-10-31", "unpacked": "RdNet_IRNP"}
    write_json(noted, manifest_path(place / "RdNet_IRNP.gdb.zip"))
    roads = File(adapter="file", path="td-road-network-v2/RdNet_IRNP/RdNet_IRNP.gdb")
    found = provenance_of("road_edges", roads, tmp_path)
    assert (found["dataset"], found["vintage"]) == ("td-road-network-v2", "2026-10-31")
    assert found["publisher"] == "Transport Department"

    lines = tmp_path / "mtr-lines-stations" / "lines.csv"
    lines.parent.mkdir()
    lines.write_text("Line Code")
    write_json({"dataset": "mtr-lines-stations", "vintage": "2026-11-01"}, manifest_path(lines))
    rail = File(adapter="file", path="mtr-lines-stations/lines.csv", vintage="2025")
    assert provenance_of("stations", rail, tmp_path)["vintage"] == "2025"


def test_a_note_that_is_not_of_fetching_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "lots.gpkg").write_text("")
    write_json({"dataset": "td-gtfs", "vintage": "2026"}, manifest_path(tmp_path / "lots.gpkg"))
    assert provenance_of("parcels", File(adapter="file", path="lots.gpkg"), tmp_path)["dataset"] == ""
