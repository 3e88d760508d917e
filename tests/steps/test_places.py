from __future__ import annotations

from nmplan.steps.places import lasting_places_steps
from nmplan.steps.places import places_steps


def names(steps) -> list[str]:
    return [step.name.partition(":")[0] for step in steps]


def test_each_step_stands_after_those_whose_tables_it_reads(study, space) -> None:
    steps = places_steps(study, space, "2035")
    assert names(steps) == ["clusters", "supply chains", "sandboxes", "portfolio"]
    made = {space.table("2035", name) for name in ("measures", "supply_access", "scores")}
    for step in steps:
        assert {path for path in step.inputs if path.parent.name == "2035"} <= made, step.name
        made |= set(step.outputs)


def test_a_portfolio_is_found_only_where_the_study_asks_for_one(study, space) -> None:
    only = study.portfolio.model_copy(update={"scenarios": ["today"]})
    asked = study.model_copy(update={"portfolio": only})
    assert "portfolio" in names(places_steps(asked, space, "today"))
    assert "portfolio" not in names(places_steps(asked, space, "2035"))
    assert "portfolio" not in names(places_steps(study.model_copy(update={"portfolio": None}), space, "today"))


def test_what_lasts_needs_its_layers(study, space) -> None:
    assert names(lasting_places_steps(study, space)) == ["similarity", "capacity"]
    layers = {name: origin for name, origin in study.layers.items() if name not in {"areas", "corridors"}}
    assert lasting_places_steps(study.model_copy(update={"layers": layers}), space) == []
