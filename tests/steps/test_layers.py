from __future__ import annotations

from nmplan.steps.layers import layer_names
from nmplan.steps.layers import layer_steps
from nmplan.steps.layers import stored_tables


def test_parcels_are_a_layer_also_where_they_are_cut(study) -> None:
    assert "parcels" not in study.layers
    assert layer_names(study)[-1] == "parcels"
    assert stored_tables(study, ("chains", "parcels", "no such layer")) == ["chains", "parcels"]


def test_sites_follow_the_layers_and_the_check_comes_last(study, space) -> None:
    steps = list(layer_steps(study, space))
    assert steps[-2:] == ["parcels", "check"]
    assert "road_nodes + road_edges" in steps
