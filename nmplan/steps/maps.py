"""The last step: pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.maps.pages import FILES
from nmplan.steps.layers import GROUND
from nmplan.steps.layers import layer_names
from nmplan.steps.layers import stored_layers
from nmplan.steps.measures import lacking_for_bands
from nmplan.steps.places import lasting_places_steps
from nmplan.steps.portfolio import TABLES as PORTFOLIO
from nmplan.store import Product
from nmplan.store import Step
from nmplan.store import Workspace
from nmplan.store import read_manifest
from nmplan.store import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from nmplan.study import Study

DRAWN = (
    "measures",
    "scores",
    "ledger",
    "exclusions",
    "agreement",
    "clusters",
    "cluster_sites",
    "hot_spots",
    "captive",
    "crossing_journeys",
    "area_frontier",
    "supply_links",
    "tier_fit",
    "chain_fit",
    "sandboxes",
    "sandbox_sites",
    "sandbox_readiness",
    "sandbox_refusals",
    "infrastructure",
)
"""Tables of every scenario that pages show."""


def maps_step(study: Study, space: Workspace) -> Step:
    """Return the step that draws all pages."""
    outputs = tuple(space.maps / page for page in FILES)
    tables = [space.table(scenario, name) for scenario in study.scenarios for name in _drawn(study, scenario)]
    lasting = [step.outputs[0] for step in lasting_places_steps(study, space)]
    inputs = (*tables, *lasting, *(space.layer(name) for name in layer_names(study)))

    def make() -> dict[Path, Product]:
        return {space.maps / name: Product(page) for name, page in _draw_pages(study, space).items()}

    code = (*GROUND, "steps/maps.py", "measures", "scores", "places", "maps")
    return Step("maps", outputs, inputs, (study, _provenances(study, space)), code, make)


def _drawn(study: Study, scenario: str) -> tuple[str, ...]:
    """Return the tables of a scenario that pages show, as far as the study has them made."""
    portfolio = PORTFOLIO if study.has_portfolio(scenario) else ()
    bands = ("isochrones",) if study.isochrones and not lacking_for_bands(study) else ()
    return (*DRAWN, *portfolio, *bands)


def _draw_pages(study: Study, space: Workspace) -> dict[str, str]:
    from nmplan import __version__  # noqa: PLC0415
    from nmplan.maps import captions  # noqa: PLC0415
    from nmplan.maps.captions import Context  # noqa: PLC0415
    from nmplan.maps.lines import line_names  # noqa: PLC0415
    from nmplan.maps.material import Material  # noqa: PLC0415
    from nmplan.maps.pages import render_pages  # noqa: PLC0415

    layers = stored_layers(study, space)
    omitted = {
        note["tenant"]: note["omitted"]
        for scenario in study.scenarios
        for note in read_manifest(space.table(scenario, "scores")).get("notes", [])
        if "omitted" in note
    }
    tables = {key: {name: read_table(space.table(key, name)) for name in _drawn(study, key)} for key in study.scenarios}
    lasting = [step.outputs[0] for step in lasting_places_steps(study, space)]
    lines = line_names(layers)
    results = []
    for key, scenario in study.scenarios.items():
        ways = captions.crossing_ways(tables[key]["measures"], layers.get("crossings"), lines)
        results.append(captions.scenario_result(key, scenario, tables[key], ways))
    return render_pages(
        Material(
            layers["parcels"],
            [captions.tenant_caption(key, tenant, omitted.get(key, [])) for key, tenant in study.tenants.items()],
            results,
            Context(**{name: layers.get(name) for name in Context.__dataclass_fields__}),
            captions.source_notes(layers, _provenances(study, space)),
            captions.stamp(study.study, study.hash, __version__),
            study,
            layers,
            tables,
            {path.stem: read_table(path) for path in lasting},
        )
    )


def _provenances(study: Study, space: Workspace) -> dict[str, dict[str, str]]:
    """Return what the manifest of each layer says of where it comes from; empty for what nmplan made itself."""
    return {name: read_manifest(space.layer(name)).get("provenance", {}) for name in layer_names(study)}
