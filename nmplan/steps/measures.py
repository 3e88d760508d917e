"""The second step: what each site has in a scenario, how sure that is, and how far one gets."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import cast

from nmplan.errors import Fault
from nmplan.errors import StudyError
from nmplan.measures.blocks import tell_nobody
from nmplan.steps.layers import GROUND
from nmplan.steps.layers import layer_names
from nmplan.steps.layers import stored_layers
from nmplan.store import Product
from nmplan.store import Step
from nmplan.store import Workspace
from nmplan.store import read_table
from nmplan.words import RASTERS
from nmplan.words import ROADS
from nmplan.words import TRAVELLED

if TYPE_CHECKING:
    from pathlib import Path

    from nmplan.layers.load import Layers
    from nmplan.measures.blocks import Tell
    from nmplan.measures.sites import Measures
    from nmplan.measures.travel import Travel
    from nmplan.study import Isochrones
    from nmplan.study import Study

CODE = (*GROUND, "steps/measures.py", "measures")

UNMEASURED = ("coast", "place_names", "corridors")
"""Layers that no measure reads."""


def measure(layers: Layers, study: Study, scenario: str, *, tell: Tell = tell_nobody) -> Measures:
    """
    Measure all sites of a study for one scenario.

    Parameters
    ----------
    layers
        From `load_layers`.
    study
        Its travel, supply and talent sections.
    scenario
        Key of a scenario.
    tell
        Told what is being measured, how many are done and how many there are.

    Returns
    -------
    Measures
        `.table` one row per site, `.supply` the supply within reach, `.journeys` people's journeys to each
        crossing, `.unreached` what could not be measured, counted.
    """
    from nmplan.measures.sites import measure_sites  # noqa: PLC0415

    if scenario not in study.scenarios:
        what = f"the study has no scenario {scenario!r}; it has {', '.join(study.scenarios)}."
        raise StudyError([Fault("study", "scenarios", what, "Name one of those.")])
    return measure_sites(
        layers,
        {name: getattr(layers, name) for name in RASTERS if getattr(layers, name) is not None},
        study.scenarios[scenario],
        travel=study.travel,
        supply=study.supply,
        talent=study.talent,
        chains=study.chains,
        tell=tell,
    )


def measures_step(study: Study, space: Workspace, scenario: str, tell: Tell = tell_nobody) -> Step:
    """Return the step that measures all sites for a scenario."""
    outputs = tuple(space.table(scenario, name) for name in ("measures", "supply_access", "crossing_journeys"))
    inputs = tuple(space.layer(name) for name in layer_names(study) if name not in UNMEASURED)
    hour = study.scenarios[scenario].model_dump(exclude={"name_en", "name_zh", "since"})
    settings = (hour, study.travel, study.supply, study.talent, study.chains)

    def make() -> dict[Path, Product]:
        found = measure(stored_layers(study, space), study, scenario, tell=tell)
        notes = [{"what": f"{name} could not be measured at {count} sites"} for name, count in found.unreached.items()]
        notes += [{"what": note} for note in found.notes]
        products = (Product(found.table, notes), Product(found.supply), Product(found.journeys))
        return dict(zip(outputs, products, strict=True))

    return Step(f"measures: {scenario}", outputs, inputs, settings, CODE, make)


def ensemble_step(study: Study, space: Workspace, scenario: str, tell: Tell = tell_nobody) -> Step:
    """Return the step that measures all sites in several states of what is not sure."""
    path = space.table(scenario, "ensemble")
    names = [name for name in layer_names(study) if name in {*TRAVELLED, "parcels", "suppliers", "talent", "chains"}]
    how = study.robustness

    def make() -> dict[Path, Product]:
        from nmplan.measures.uncertainty import measure_ensemble  # noqa: PLC0415

        table = measure_ensemble(
            {name: read_table(space.layer(name)) for name in names},
            study.scenarios[scenario],
            travel=study.travel,
            supply=study.supply,
            talent=study.talent,
            chains=study.chains,
            robustness=how,
            tell=tell,
        )
        return {path: Product(table)}

    hour = study.scenarios[scenario].model_dump(exclude={"name_en", "name_zh", "since"})
    settings = (hour, study.travel, study.supply, study.talent, study.chains)
    drawn = (how.ensemble, how.clearance_share, how.seed)
    inputs = tuple(space.layer(name) for name in names)
    return Step(f"ensemble: {scenario}", (path,), inputs, (*settings, *drawn), CODE, make)


def isochrones_step(study: Study, space: Workspace, scenario: str, bands: Isochrones) -> Step:
    """Return the step that draws how far one gets from the study areas that are named."""
    path = space.table(scenario, "isochrones")
    names = [name for name in layer_names(study) if name in {*TRAVELLED, "areas", "coast"}]

    def make() -> dict[Path, Product]:
        from nmplan.measures.isochrones import isochrones  # noqa: PLC0415
        from nmplan.measures.isochrones import land_within  # noqa: PLC0415
        from nmplan.measures.model import travel_of  # noqa: PLC0415

        tables = {name: read_table(space.layer(name)) for name in names}
        model = cast("Travel", travel_of(tables, study.scenarios[scenario], study.travel))  # there are roads
        middles = tables["areas"].set_index("area_id").geometry.representative_point().loc[bands.areas]
        land = land_within(tables["coast"].geometry) if "coast" in tables else None
        return {path: Product(isochrones(model, middles, bands.modes, bands.limits_min, land))}

    hour = study.scenarios[scenario].model_dump(exclude={"name_en", "name_zh", "since"})
    inputs = tuple(space.layer(name) for name in names)
    settings = (hour, study.travel, bands)
    return Step(f"isochrones: {scenario}", (path,), inputs, settings, CODE, make)


def lacking_for_bands(study: Study) -> list[str]:
    """Return the layers without which no travel bands can be drawn."""
    return [name for name in ("areas", *ROADS) if name not in study.layers]
