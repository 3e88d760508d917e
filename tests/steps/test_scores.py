from __future__ import annotations

from functools import partial

from nmplan.steps.scores import differences_step
from nmplan.steps.scores import scores_step


def test_scores_depend_on_tenants_and_draws_and_not_on_places(study, space, moves) -> None:
    build = partial(scores_step, space=space, scenario="2035")
    assert moves(build, "robustness.draws", 7)
    assert moves(build, "tenants.vehicles.gfa_per_worker_m2", 40.0)
    assert not moves(build, "clusters.threshold", 60.0)
    assert space.table("2035", "ensemble") in build(study).inputs


def test_a_difference_reads_both_scenarios(study, space) -> None:
    step = differences_step(study, space, "2035-white-list")
    assert {path.parent.name for path in step.inputs} == {"2035", "2035-white-list"}
