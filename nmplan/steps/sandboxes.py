"""Part of the fourth step: zones in which a regulatory sandbox could run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.steps.layers import GROUND
from nmplan.steps.layers import layer_names
from nmplan.steps.layers import stored_layers
from nmplan.store import Product
from nmplan.store import Step
from nmplan.store import Workspace
from nmplan.store import read_table
from nmplan.words import RASTERS

if TYPE_CHECKING:
    from pathlib import Path

    from nmplan.study import Study

TABLES = ("sandboxes", "sandbox_sites", "sandbox_readiness", "sandbox_refusals", "infrastructure")


def sandboxes_step(study: Study, space: Workspace, scenario: str) -> Step:
    """Return the step that finds the zones of every kind of sandbox, how ready they are and what they have."""
    outputs = tuple(space.table(scenario, name) for name in TABLES)
    measures = space.table(scenario, "measures")
    inputs = (measures, *(space.layer(name) for name in layer_names(study)))
    year = study.scenarios[scenario].year

    def make() -> dict[Path, Product]:
        from nmplan.places.sandbox_tables import sandbox_tables  # noqa: PLC0415

        layers = stored_layers(study, space)
        rasters = {name: getattr(layers, name) for name in RASTERS if getattr(layers, name) is not None}
        found = sandbox_tables(layers, rasters, read_table(measures), study.sandboxes, year)
        return {space.table(scenario, name): Product(found[name]) for name in TABLES}

    code = (*GROUND, "steps/sandboxes.py", "layers", "measures", "scores", "places")
    return Step(f"sandboxes: {scenario}", outputs, inputs, (study.sandboxes, year), code, make)
