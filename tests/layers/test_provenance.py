from __future__ import annotations

import pytest

from nmplan.errors import LayerError
from nmplan.layers.provenance import provenance_of
from nmplan.origins import File
from nmplan.origins import Reference
from nmplan.origins import TransportRoads


def test_reference_layers_name_their_table() -> None:
    found = provenance_of("zoning", Reference(adapter="reference"))
    assert found["dataset"] == "reference/zones.csv"
    assert found["publisher"] == "nmplan"
    assert "CC BY 4.0" in found["licence"]


def test_a_publishers_adapter_names_its_dataset_and_the_study_says_more() -> None:
    roads = TransportRoads(adapter="transport-roads", path="RdNet_IRNP.gdb", vintage="2026-10-15")
    found = provenance_of("road_edges", roads)
    assert found["dataset"] == "td-road-network-v2"
    assert found["publisher"] == "Transport Department"
    assert found["vintage"] == "2026-10-15"


def test_own_data_has_the_provenance_the_study_gives_and_no_other() -> None:
    own = File(adapter="file", path="lots.gpkg", publisher="Us", licence="MIT")
    expected = {"dataset": "", "title": "", "publisher": "Us", "licence": "MIT", "vintage": ""}
    assert provenance_of("parcels", own) == expected


def test_a_file_may_be_a_dataset_of_the_catalogue() -> None:
    own = File(adapter="file", path="points.geojson", dataset="immd-control-points")
    assert provenance_of("crossings", own)["publisher"] == "Immigration Department"


def test_a_dataset_the_catalogue_does_not_have_is_told() -> None:
    with pytest.raises(LayerError, match="no dataset 'td-roads'") as caught:
        provenance_of("road_edges", File(adapter="file", path="a.gpkg", dataset="td-roads"))
    assert caught.value.faults[0].where == "layers.road_edges.dataset"
