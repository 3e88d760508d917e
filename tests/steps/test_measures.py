from __future__ import annotations

from functools import partial

from nmplan.steps.measures import lacking_for_bands
from nmplan.steps.measures import measures_step


def test_measures_depend_on_travel_and_supply_and_not_on_weights(study, space, moves) -> None:
    build = partial(measures_step, space=space, scenario="2035")
    assert moves(build, "travel.walk_kph", 5.0)
    assert moves(build, "supply.half_life_min", 60.0)
    assert not moves(build, "robustness.draws", 7)
    assert space.layer("coast") not in build(study).inputs


def test_bands_need_areas_and_roads(study) -> None:
    assert lacking_for_bands(study) == []
    layers = {name: origin for name, origin in study.layers.items() if name not in {"areas", "road_edges"}}
    assert lacking_for_bands(study.model_copy(update={"layers": layers})) == ["areas", "road_edges"]
