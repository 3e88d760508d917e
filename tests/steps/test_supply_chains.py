from __future__ import annotations

from functools import partial

from nmplan.steps.supply_chains import supply_chains_step


def test_it_follows_clusters_and_travel(study, space, moves) -> None:
    build = partial(supply_chains_step, space=space, scenario="2035")
    assert space.table("2035", "cluster_sites") in build(study).inputs
    assert moves(build, "supply.half_enough", 5.0)
    assert moves(build, "scenarios.2035.period", "peak")
    assert not moves(build, "scenarios.2035.name_en", "Another name")
    assert not moves(build, "scenarios.today.period", "peak")
