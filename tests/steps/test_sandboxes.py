from __future__ import annotations

from functools import partial

from nmplan.steps.sandboxes import sandboxes_step


def test_zones_depend_on_their_rules_and_the_year_and_on_no_score(study, space, moves) -> None:
    build = partial(sandboxes_step, space=space, scenario="2035")
    assert space.table("2035", "scores") not in build(study).inputs
    assert moves(build, "sandboxes.dual-data.minimum_ha", 5.0)
    assert moves(build, "scenarios.2035.year", 2036)
    assert not moves(build, "clusters.threshold", 60.0)
