"""The five steps in order: layers, measures, scores, places, maps; whatever is still fresh is skipped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nmplan.errors import Fault
from nmplan.errors import NmplanError
from nmplan.errors import StoreError
from nmplan.errors import StudyError
from nmplan.errors import raise_faults
from nmplan.measures.blocks import tell_nobody
from nmplan.steps.layers import layer_steps
from nmplan.steps.maps import maps_step
from nmplan.steps.measures import ensemble_step
from nmplan.steps.measures import isochrones_step
from nmplan.steps.measures import lacking_for_bands
from nmplan.steps.measures import measures_step
from nmplan.steps.places import lasting_places_steps
from nmplan.steps.places import places_steps
from nmplan.steps.scores import differences_step
from nmplan.steps.scores import scores_step
from nmplan.store import Step
from nmplan.store import Workspace
from nmplan.store import one_run_at_a_time
from nmplan.store import read_manifest
from nmplan.store import run_step
from nmplan.store import sweep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nmplan.measures.blocks import Tell
    from nmplan.study import Study

STAGES = ("layers", "measures", "scores", "places", "maps")
MEASURES, SCORES, PLACES, MAPS = range(1, len(STAGES))


@dataclass(frozen=True)
class Event:
    """What a run tells while it goes: a step, whether it ran, and what there is to say about it."""

    step: str
    ran: bool
    said: tuple[str, ...] = ()


def run(
    study: Study,
    root: Path,
    *,
    scenarios: tuple[str, ...] = (),
    until: str = "maps",
    force: bool = False,
    tell: Tell = tell_nobody,
) -> Iterator[Event]:
    """
    Run the pipeline as far as asked, skipping every step that is still fresh.

    Parameters
    ----------
    study
        What to run.
    root
        Folder below which data/processed and maps are written.
    scenarios
        Keys of the study's scenarios; all of them unless some are named. Maps always show all.
    until
        Last stage, one of `STAGES`.
    force
        Run every step even if it is fresh.
    tell
        Told what is being measured, how many are done and how many there are, while a long step goes on.

    Yields
    ------
    Event
        One per step, as it is done.

    Raises
    ------
    NmplanError
        With every fault found in layers, study or store.
    """
    space = Workspace(root)
    last = STAGES.index(until)
    if until == "maps" and not scenarios:
        _refuse_unmappable(study)
    with one_run_at_a_time(space.processed):
        sweep([space.maps, *(path for path in space.processed.glob("*") if path.is_dir())])
        yield from _run_layers(study, space, force=force)
        steps = steps_of(study, space, scenarios, last, tell)
        if last and study.isochrones and (lacking := lacking_for_bands(study)):
            yield Event("isochrones", ran=False, said=(f"left out for want of a layer: {', '.join(lacking)}",))
        for step in steps:
            ran = run_step(step, root, force=force)
            yield Event(step.name, ran, tuple(_notes(step, ran=ran)))


def steps_of(
    study: Study, space: Workspace, scenarios: tuple[str, ...] = (), last: int = MAPS, tell: Tell = tell_nobody
) -> Iterator[Step]:
    """Yield the steps after the layers, up to a stage, each after those whose files it reads."""
    for scenario in scenarios or tuple(study.scenarios):
        if last >= MEASURES:
            if study.robustness.ensemble:
                yield ensemble_step(study, space, scenario, tell)
            yield measures_step(study, space, scenario, tell=tell)
            if study.isochrones and not lacking_for_bands(study):
                yield isochrones_step(study, space, scenario, study.isochrones)
        if last >= SCORES:
            yield scores_step(study, space, scenario)
        if last >= PLACES:
            yield from places_steps(study, space, scenario)
    if scenarios:
        return
    if last >= SCORES:
        yield from (differences_step(study, space, scenario) for scenario in study.scenarios if study.since(scenario))
    if last >= PLACES:
        yield from lasting_places_steps(study, space)
    if last >= MAPS:
        yield maps_step(study, space)


def _refuse_unmappable(study: Study) -> None:
    """Refuse, before any work, what pages cannot show: they add up points again when a reader moves a weight."""
    mend = "Stop before them (--until places), or take a weighted sum with weights that are stated or judged."
    raise_faults(
        StudyError,
        [
            Fault("study", f"tenants.{name}", f'pages add up points, so they cannot show "{method}".', mend)
            for name, tenant in study.tenants.items()
            for method in ((tenant.aggregation or study.aggregation).method, tenant.weights.method)
            if method not in {"sum", "direct", "ahp"}
        ],
    )


def _run_layers(study: Study, space: Workspace, *, force: bool) -> Iterator[Event]:
    """Load every layer before stopping at any fault, so that all of them are told at once."""
    faults: list[Fault] = []
    for name, build in layer_steps(study, space).items():
        if faults and name == "check":
            continue
        try:
            step = build()
            ran = run_step(step, space.root, force=force)
        except NmplanError as error:
            # sites are cut and placed with other layers: that one of those could not be made has been told
            follows = faults and name == "parcels" and isinstance(error, StoreError)
            faults += [] if follows else error.faults
            continue
        yield Event(step.name, ran, tuple(_notes(step, ran=ran)))
    raise_faults(NmplanError, faults)


def _notes(step: Step, *, ran: bool) -> Iterator[str]:
    """Say what a step noted; of a fresh one only what is left out of the scores."""
    for path in step.outputs:
        for note in read_manifest(path).get("notes", []):
            if ran or "omitted" in note:
                yield f"{note['layer']}: {note['count']} {note['what']}" if "layer" in note else note["what"]
