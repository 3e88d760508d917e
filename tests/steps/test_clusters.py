from __future__ import annotations

from functools import partial

from nmplan.steps.clusters import TABLES
from nmplan.steps.clusters import clusters_step


def step(study, space):
    return clusters_step(study, space, "2035")


def test_it_reads_what_sites_have_and_score_and_writes_its_tables(study, space) -> None:
    made = step(study, space)
    assert made.outputs == tuple(space.table("2035", name) for name in TABLES)
    for name in ("measures", "supply_access", "scores"):
        assert space.table("2035", name) in made.inputs
    assert space.layer("stations") in made.inputs


def test_what_makes_it_stale(space, moves) -> None:
    build = partial(step, space=space)
    for key, value in {
        "clusters.threshold": 60.0,
        "surroundings.walk_m": 500.0,
        "supply.undercount": 3.0,
        "travel.detour": 1.5,
    }.items():
        assert moves(build, key, value), key
    assert not moves(build, "robustness.draws", 7)
