from __future__ import annotations

from nmplan.maps.pages import FILES
from nmplan.steps.maps import DRAWN
from nmplan.steps.maps import maps_step
from nmplan.steps.portfolio import TABLES as PORTFOLIO


def test_pages_are_made_from_the_tables_the_study_has(study, space) -> None:
    step = maps_step(study, space)
    assert step.outputs == tuple(space.maps / name for name in FILES)
    for scenario in study.scenarios:
        for name in (*DRAWN, *PORTFOLIO, "isochrones"):
            assert space.table(scenario, name) in step.inputs
    bare = maps_step(study.model_copy(update={"portfolio": None, "isochrones": None}), space)
    without = {path.stem for path in step.inputs} - {path.stem for path in bare.inputs}
    assert without == {*PORTFOLIO, "isochrones"}
