"""The fourth step: where good sites gather, what supplies them, what could be tried there, and who goes where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.steps.clusters import clusters_step
from nmplan.steps.layers import layer_names
from nmplan.steps.portfolio import capacity_step
from nmplan.steps.portfolio import portfolio_step
from nmplan.steps.sandboxes import sandboxes_step
from nmplan.steps.supply_chains import similarity_step
from nmplan.steps.supply_chains import supply_chains_step

if TYPE_CHECKING:
    from nmplan.store import Step
    from nmplan.store import Workspace
    from nmplan.study import Study


def places_steps(study: Study, space: Workspace, scenario: str) -> list[Step]:
    """Return the steps that find the places of a scenario, each after those whose tables it reads."""
    steps = [stage(study, space, scenario) for stage in (clusters_step, supply_chains_step, sandboxes_step)]
    if study.portfolio and study.has_portfolio(scenario):
        steps.append(portfolio_step(study, space, scenario, study.portfolio))
    return steps


def lasting_places_steps(study: Study, space: Workspace) -> list[Step]:
    """Return the steps that find what is the same in every scenario."""
    names = layer_names(study)
    steps = [similarity_step(space)] if "corridors" in names else []
    return [*steps, capacity_step(space)] if "areas" in names else steps
