"""The five steps in order: layers, measures, scores, places, maps. It reads, calls and writes, no more."""

from __future__ import annotations

import json
from dataclasses import asdict
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from typing import Any
from typing import cast

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.errors import NmplanError
from nmplan.errors import StoreError
from nmplan.errors import StudyError
from nmplan.errors import gather
from nmplan.errors import raise_faults
from nmplan.layers.provenance import provenance_of
from nmplan.layers.sources import by_origin
from nmplan.layers.sources import layer_groups
from nmplan.layers.sources import raw_files
from nmplan.maps.pages import FILES
from nmplan.measures.blocks import tell_nobody
from nmplan.origins import File
from nmplan.origins import Reference
from nmplan.store import Product
from nmplan.store import Step
from nmplan.store import Workspace
from nmplan.store import code_hash
from nmplan.store import one_run_at_a_time
from nmplan.store import read_manifest
from nmplan.store import read_table
from nmplan.store import run_step
from nmplan.store import sweep
from nmplan.words import RASTERS
from nmplan.words import ROADS
from nmplan.words import TRAVELLED

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from nmplan.layers.load import Layers
    from nmplan.measures.blocks import Tell
    from nmplan.measures.sites import Measures
    from nmplan.measures.travel import Travel
    from nmplan.study import Isochrones
    from nmplan.study import Study

STAGES = ("layers", "measures", "scores", "places", "maps")
SCORED = ("scores", "ledger", "exclusions", "rank_shares", "central_weights", "agreement")
"""Tables of the scores step."""

GROUND = ("words.py", "crs.py", "origins.py", "pipeline.py")
UNCHANGING = ("accuracy_m",)
"""Numbers among the measures that are none."""

PAGES = FILES
DRAWN = ("measures", "scores", "ledger", "exclusions", "clusters", "sandboxes", "agreement")
"""Tables of a scenario that pages show."""

DRAWN_ONLY = ("coast", "place_names", "transit_lines")
"""Layers that maps show and no measure reads."""


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
        steps = []
        for scenario in scenarios or tuple(study.scenarios):
            stages = (partial(measures_step, tell=tell), scores_step, places_step)
            if last and study.robustness.ensemble:
                steps.append(ensemble_step(study, space, scenario, tell))
            steps += [stage(study, space, scenario) for stage in stages[:last]]
            if last and study.isochrones and not _lacking_for_bands(study):
                steps.append(isochrones_step(study, space, scenario, study.isochrones))
        if last > 1 and not scenarios:
            steps += [differences_step(study, space, scenario) for scenario in study.scenarios if study.since(scenario)]
        if until == "maps" and not scenarios:
            steps.append(maps_step(study, space))
        if last and study.isochrones and (lacking := _lacking_for_bands(study)):
            yield Event("isochrones", ran=False, said=(f"left out for want of a layer: {', '.join(lacking)}",))
        for step in steps:
            ran = run_step(step, root, force=force)
            yield Event(step.name, ran, tuple(_notes(step, ran=ran)))


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


def layer_steps(study: Study, space: Workspace) -> dict[str, Callable[[], Step]]:
    """Return, by name, how to build one step per group of layers, then one for the sites, then the check across all."""
    others = {name: origin for name, origin in study.layers.items() if name != "parcels"}
    steps: dict[str, Callable[[], Step]] = {
        " + ".join(names): partial(_layer_step, study, space, names) for names in layer_groups(others)
    }
    steps["parcels"] = partial(_parcels_step, study, space)
    steps["check"] = partial(_check_step, study, space, [name for name in _layer_names(study) if name not in RASTERS])
    return steps


def _check_step(study: Study, space: Workspace, names: list[str]) -> Step:
    path = space.processed / "layers" / "check.json"

    def make() -> dict[Path, Product]:
        from nmplan.layers.check import check_names  # noqa: PLC0415
        from nmplan.layers.check import check_together  # noqa: PLC0415  (each stage imports only what it runs)

        tables = {name: read_table(space.layer(name)) for name in names}
        named = check_names(tables, study.named)
        raise_faults(LayerError, [*check_together(tables), *named])
        return {path: Product({name: len(table) for name, table in tables.items()})}

    inputs = tuple(space.layer(name) for name in names)
    settings = (study.named,)
    return Step("layers: check", (path,), inputs, settings, (*GROUND, "layers"), make)


def _layer_step(study: Study, space: Workspace, names: tuple[str, ...]) -> Step:
    """Return the step that reads the layers of one group."""
    provenance = {name: provenance_of(name, study.layers[name], study.path.parent) for name in names}
    settings = (*(study.layers[name] for name in names), provenance, study.travel.speeds_kph if len(names) > 1 else {})

    def make() -> dict[Path, Product]:
        from nmplan.layers.load import load_group  # noqa: PLC0415

        found = load_group(names, study)
        return {
            space.layer(name): _layer_product(name, layer, provenance[name], study) for name, layer in found.items()
        }

    inputs, watched = _layer_files(study, names)
    outputs = tuple(space.layer(name) for name in names)
    title = f"layers: {' + '.join(names)}"
    return Step(title, outputs, inputs, settings, (*GROUND, "layers"), make, watched)


def _layer_files(study: Study, names: Sequence[str]) -> tuple[tuple[Path, ...], bool]:
    """Return the files that layers are read from, and whether those show every change; a database has none."""
    origins = {name: study.layers[name] for name in names if name in study.layers}
    # layers of one section have the same files, so that one that is missing is told once; not so reference tables
    firsts = {part[0] for part in by_origin(list(origins), study.layers)}
    asked = {n: origin for n, origin in origins.items() if n in firsts or isinstance(origin, Reference)}
    readings = [partial(raw_files, name, origin, study.path.parent) for name, origin in asked.items()]
    files = [path for found in gather(LayerError, readings) for path in found]
    return tuple(dict.fromkeys(files)), not any(isinstance(each, File) and each.url for each in origins.values())


def _parcels_step(study: Study, space: Workspace) -> Step:
    """Return the step that reads parcels, or cuts them from zones, and places them."""
    own = study.layers.get("parcels")
    path = space.layer("parcels")
    needed = ("areas", "zoning") if own else ("areas", "zoning", "road_edges")
    around = {name: space.layer(name) for name in needed if name in study.layers}
    provenance = provenance_of("parcels", own, study.path.parent) if own else {}

    def make() -> dict[Path, Product]:
        from nmplan.layers.load import derive_sites  # noqa: PLC0415
        from nmplan.layers.load import load_group  # noqa: PLC0415
        from nmplan.layers.load import placed_parcels  # noqa: PLC0415

        tables = {str(name): read_table(stored) for name, stored in around.items()}
        if own:
            layer = load_group(("parcels",), study)["parcels"]
        elif study.sites:
            layer = derive_sites(tables, study.sites)
        return {path: _layer_product("parcels", placed_parcels(layer, tables), provenance, study)}

    settings = (own, None if own else study.sites, provenance)
    files, watched = _layer_files(study, ("parcels",))
    inputs = (*files, *around.values())
    return Step("layers: parcels", (path,), inputs, settings, (*GROUND, "layers"), make, watched)


def measures_step(study: Study, space: Workspace, scenario: str, tell: Tell = tell_nobody) -> Step:
    """Return the step that measures all sites for a scenario."""
    outputs = tuple(space.table(scenario, name) for name in ("measures", "supply_access"))
    inputs = tuple(space.layer(name) for name in _layer_names(study) if name not in DRAWN_ONLY)
    hour = study.scenarios[scenario].model_dump(exclude={"name_en", "name_zh", "since"})
    settings = (hour, study.travel, study.supply, study.talent, study.chains)

    def make() -> dict[Path, Product]:
        found = measure(stored_layers(study, space), study, scenario, tell=tell)
        notes = [{"what": f"{name} could not be measured at {count} sites"} for name, count in found.unreached.items()]
        return dict(zip(outputs, (Product(found.table, notes), Product(found.supply)), strict=True))

    return Step(f"measures: {scenario}", outputs, inputs, settings, (*GROUND, "measures"), make)


def ensemble_step(study: Study, space: Workspace, scenario: str, tell: Tell = tell_nobody) -> Step:
    """Return the step that measures all sites in several states of what is not sure."""
    path = space.table(scenario, "ensemble")
    names = [name for name in _layer_names(study) if name in {*TRAVELLED, "parcels", "suppliers", "talent", "chains"}]
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
    return Step(f"ensemble: {scenario}", (path,), inputs, (*settings, *drawn), (*GROUND, "measures"), make)


def _lacking_for_bands(study: Study) -> list[str]:
    """Return the layers without which no travel bands can be drawn."""
    return [name for name in ("areas", *ROADS) if name not in study.layers]


def isochrones_step(study: Study, space: Workspace, scenario: str, bands: Isochrones) -> Step:
    """Return the step that draws how far one gets from the study areas that are named."""
    path = space.table(scenario, "isochrones")
    names = [name for name in _layer_names(study) if name in {*TRAVELLED, "areas", "coast"}]

    def make() -> dict[Path, Product]:
        from nmplan.measures.isochrones import isochrones  # noqa: PLC0415
        from nmplan.measures.isochrones import land_within  # noqa: PLC0415
        from nmplan.measures.model import build_travel  # noqa: PLC0415
        from nmplan.measures.speeds import Speeds  # noqa: PLC0415

        tables = {name: read_table(space.layer(name)) for name in names}
        speeds = Speeds(**study.travel.model_dump(exclude={"speeds_kph"}))
        model = cast("Travel", build_travel(tables, study.scenarios[scenario], speeds))  # there are roads
        middles = tables["areas"].set_index("area_id").geometry.representative_point().loc[bands.areas]
        land = land_within(tables["coast"].geometry) if "coast" in tables else None
        return {path: Product(isochrones(model, middles, bands.modes, bands.limits_min, land))}

    hour = study.scenarios[scenario].model_dump(exclude={"name_en", "name_zh", "since"})
    inputs = tuple(space.layer(name) for name in names)
    settings = (hour, study.travel, bands)
    return Step(f"isochrones: {scenario}", (path,), inputs, settings, (*GROUND, "measures"), make)


def scores_step(study: Study, space: Workspace, scenario: str) -> Step:
    """Return the step that scores all sites for all tenants in a scenario, and keeps what it scored them by."""
    outputs = tuple(space.table(scenario, name) for name in SCORED)
    record = outputs[0].with_suffix(".study.json")
    names = ("measures", "ensemble") if study.robustness.ensemble else ("measures",)
    sources = {name: space.table(scenario, name) for name in names}

    def make() -> dict[Path, Product]:
        from nmplan.scores.changes import edits_by_tenant  # noqa: PLC0415

        made_from = _made_from(study, space, scenario)
        before = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else None
        tables = {name: read_table(path) for name, path in sources.items()}
        products = _score_all(study, tables, outputs[0], before and edits_by_tenant(before, made_from))
        return {**dict(zip(outputs, products, strict=True)), record: Product(made_from)}

    settings = (study.tenants, study.aggregation, study.robustness, study.points_of_view)
    code = (*GROUND, "measures", "scores")
    return Step(f"scores: {scenario}", (*outputs, record), tuple(sources.values()), settings, code, make)


def _made_from(study: Study, space: Workspace, scenario: str) -> dict[str, Any]:
    """Return what the scores of a scenario are made from: settings as plain data, hashes of layers and code."""
    inputs = read_manifest(space.table(scenario, "measures")).get("inputs", {})
    sections = {"tenants", "aggregation", "travel", "supply", "talent", "robustness", "points_of_view"}
    return {
        **study.model_dump(mode="json", include=sections),
        "scenario": study.scenarios[scenario].model_dump(mode="json", exclude={"name_en", "name_zh", "since"}),
        "layers": {PurePosixPath(path).stem: sha for path, sha in inputs.items()},
        "code": {part: code_hash((part,)) for part in ("layers", "measures", "scores")},
    }


def differences_step(study: Study, space: Workspace, scenario: str) -> Step:
    """Return the step that says what a scenario changes at each site against the one it is compared with."""
    before = str(study.since(scenario))
    path = space.table(scenario, "differences")
    pairs = {name: tuple(space.table(key, name) for key in (before, scenario)) for name in ("measures", "scores")}

    def make() -> dict[Path, Product]:
        from nmplan.scores.differences import scenario_differences  # noqa: PLC0415

        measures, scores = (tuple(read_table(table) for table in pairs[name]) for name in ("measures", "scores"))
        numbers = [name for name in measures[0] if name not in UNCHANGING and measures[0][name].dtype.kind == "f"]
        notes = [{"what": f"against {before}", "before": before}]
        return {path: Product(scenario_differences(measures, scores, numbers), notes)}

    inputs = (*pairs["measures"], *pairs["scores"])
    return Step(f"differences: {scenario} since {before}", (path,), inputs, (before,), (*GROUND, "scores"), make)


def places_step(study: Study, space: Workspace, scenario: str) -> Step:
    """Return the step that finds clusters, sandboxes and supply links in a scenario."""
    names = ("clusters", "cluster_sites", "sandboxes", "supply_links")
    outputs = tuple(space.table(scenario, name) for name in names)
    tables = tuple(space.table(scenario, name) for name in ("measures", "supply_access", "scores"))
    inputs = (
        *tables,
        *(space.layer(name) for name in ("parcels", "place_names", "areas", "chains") if name in _layer_names(study)),
    )

    def make() -> dict[Path, Product]:
        return dict(zip(outputs, _find_places(study, space, scenario), strict=True))

    settings = (study.clusters, study.sandboxes, study.tenants)
    return Step(f"places: {scenario}", outputs, inputs, settings, (*GROUND, "scores", "places"), make)


def maps_step(study: Study, space: Workspace) -> Step:
    """Return the step that draws all pages."""
    outputs = tuple(space.maps / page for page in PAGES)
    tables = [space.table(scenario, name) for scenario in study.scenarios for name in DRAWN]
    inputs = (*tables, *(space.layer(name) for name in _layer_names(study)))

    def make() -> dict[Path, Product]:
        return {space.maps / name: Product(page) for name, page in _draw_pages(study, space).items()}

    return Step("maps", outputs, inputs, (study, _provenances(study, space)), (*GROUND, "maps"), make)


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
        `.table` one row per site, `.supply` the supply within reach, `.unreached` what could not be measured, counted.
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


def stored_layers(study: Study, space: Workspace) -> Layers:
    """Return the layers as the pipeline stored them."""
    from nmplan.layers.land_use import load_land_use  # noqa: PLC0415
    from nmplan.layers.load import Layers  # noqa: PLC0415
    from nmplan.layers.terrain import load_terrain  # noqa: PLC0415

    names = _layer_names(study)
    tables = {name: read_table(space.layer(name)) for name in names if name not in RASTERS}
    readers = {"terrain": load_terrain, "land_use": load_land_use}
    rasters = {name: read(space.layer(name)) for name, read in readers.items() if name in names}
    return Layers(tables, rasters)


def _layer_names(study: Study) -> list[str]:
    return list(dict.fromkeys([*study.layers, "parcels"]))


def _layer_product(name: str, layer: Any, provenance: dict[str, str], study: Study) -> Product:
    """Return a layer, or a raster, which has no notes, as a step gives it to the store."""
    frame = getattr(layer, "frame", layer)
    files, _ = _layer_files(study, (name,))
    return Product(frame, [asdict(note) for note in getattr(layer, "notes", [])], provenance, files)


def _score_all(
    study: Study, tables: Mapping[str, pd.DataFrame], path: Path, edits: Mapping[str, list[str]] | None
) -> list[Product]:
    import pandas as pd  # noqa: PLC0415

    from nmplan.scores.changes import tell_empty  # noqa: PLC0415
    from nmplan.scores.changes import tell_top_changes  # noqa: PLC0415
    from nmplan.scores.changes import tell_undecided  # noqa: PLC0415
    from nmplan.scores.tenants import score  # noqa: PLC0415

    take = partial(
        score,
        tables["measures"],
        robustness=study.robustness,
        points_of_view=study.points_of_view,
        aggregation=study.aggregation,
        ensemble=tables.get("ensemble"),
    )
    found = {name: take(tenant) for name, tenant in study.tenants.items()}
    parts = ("table", *SCORED[1:])
    scored = [
        pd.concat([_for_tenant(getattr(scores, part), name) for name, scores in found.items()], ignore_index=True)
        for part in parts
    ]
    notes = [
        {
            "what": f"{name}: left out, for no layer holds what it measures: {', '.join(scores.omitted)}",
            "tenant": name,
            "omitted": scores.omitted,
        }
        for name, scores in found.items()
        if scores.omitted
    ]
    before = read_table(path) if path.is_file() else scored[0]
    lines = [
        *(f"{name}: {note}" for name, scores in found.items() for note in scores.notes),
        *tell_empty(scored[2], scored[0]),
        *tell_undecided(scored[2], scored[0]),
        *tell_top_changes(before, scored[0], study.robustness.top_k, edits),
    ]
    return [Product(scored[0], [*notes, *({"what": line} for line in lines)]), *(Product(each) for each in scored[1:])]


def _for_tenant(table: pd.DataFrame, tenant: str) -> pd.DataFrame:
    table = table.copy()
    table.insert(1, "tenant", tenant)
    return table


def _find_places(study: Study, space: Workspace, scenario: str) -> list[Product]:
    import geopandas as gpd  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    from nmplan.places.clusters import find_clusters  # noqa: PLC0415
    from nmplan.places.sandboxes import find_sandboxes  # noqa: PLC0415
    from nmplan.places.supply_chain import captive_share  # noqa: PLC0415
    from nmplan.places.supply_chain import supply_links  # noqa: PLC0415

    names = _layer_names(study)
    parcels = read_table(space.layer("parcels"))
    place_names = read_table(space.layer("place_names")) if "place_names" in names else None
    areas = read_table(space.layer("areas")) if "areas" in names else None
    measures, reach, scores = (
        read_table(space.table(scenario, name)) for name in ("measures", "supply_access", "scores")
    )
    chains = (
        read_table(space.layer("chains"))
        if "chains" in names
        else pd.DataFrame(columns=["chain", "tier", "purchase_share"])
    )
    clusters = []
    for name, tenant in study.tenants.items():
        found = find_clusters(
            parcels,
            scores[scores["tenant"].eq(name)],
            **study.clusters.model_dump(),
            gfa_per_worker_m2=tenant.gfa_per_worker_m2,
            captive=captive_share(reach, chains[chains["chain"].eq(tenant.chain)]),
            place_names=place_names,
        )
        clusters.append(_for_tenant(found, name).assign(cluster_id=f"{name}:" + found["cluster_id"]))
    table = pd.concat(clusters, ignore_index=True)
    sites = (
        table[["cluster_id", "tenant", "parcel_ids"]].explode("parcel_ids").rename(columns={"parcel_ids": "parcel_id"})
    )
    sites = pd.DataFrame(sites).assign(
        chain=sites["tenant"].map({name: tenant.chain for name, tenant in study.tenants.items()})
    )
    zones = [
        find_sandboxes(parcels, measures, kind, sandbox, place_names, areas)
        for kind, sandbox in study.sandboxes.items()
    ]
    sandboxes = pd.concat(zones, ignore_index=True) if zones else gpd.GeoDataFrame({"geometry": []}, crs=parcels.crs)
    return [
        Product(gpd.GeoDataFrame(table.drop(columns="parcel_ids"), crs=parcels.crs)),
        Product(sites[["cluster_id", "tenant", "parcel_id"]]),
        Product(gpd.GeoDataFrame(sandboxes, crs=parcels.crs)),
        Product(supply_links(reach, sites, chains)),
    ]


def _draw_pages(study: Study, space: Workspace) -> dict[str, str]:
    from nmplan import __version__  # noqa: PLC0415
    from nmplan.maps import captions  # noqa: PLC0415
    from nmplan.maps.captions import Context  # noqa: PLC0415
    from nmplan.maps.material import Material  # noqa: PLC0415
    from nmplan.maps.pages import render_pages  # noqa: PLC0415

    layers = stored_layers(study, space)
    omitted = {
        note["tenant"]: note["omitted"]
        for scenario in study.scenarios
        for note in read_manifest(space.table(scenario, "scores")).get("notes", [])
        if "omitted" in note
    }
    tables = {key: {name: read_table(space.table(key, name)) for name in DRAWN} for key in study.scenarios}
    results = []
    for key, scenario in study.scenarios.items():
        ways = captions.crossing_ways(tables[key]["measures"], layers.get("crossings"))
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
        )
    )


def _provenances(study: Study, space: Workspace) -> dict[str, dict[str, str]]:
    """Return what the manifest of each layer says of where it comes from; empty for what nmplan made itself."""
    return {name: read_manifest(space.layer(name)).get("provenance", {}) for name in _layer_names(study)}


def _notes(step: Step, *, ran: bool) -> Iterator[str]:
    """Say what a step noted; of a fresh one only what is left out of the scores."""
    for path in step.outputs:
        for note in read_manifest(path).get("notes", []):
            if ran or "omitted" in note:
                yield f"{note['layer']}: {note['count']} {note['what']}" if "layer" in note else note["what"]
