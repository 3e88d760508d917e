"""Export of a run: what stands in data/processed, gathered for one GeoPackage, with what it is and where it is from."""

from __future__ import annotations

from dataclasses import asdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nmplan.errors import Fault
from nmplan.errors import NmplanError
from nmplan.errors import StoreError
from nmplan.errors import raise_faults
from nmplan.pipeline import PLACES
from nmplan.pipeline import steps_of
from nmplan.steps.layers import layer_steps
from nmplan.steps.measures import isochrones_step
from nmplan.steps.measures import lacking_for_bands
from nmplan.steps.measures import measures_step
from nmplan.steps.places import lasting_places_steps
from nmplan.steps.places import places_steps
from nmplan.steps.scores import scores_step
from nmplan.store import Workspace
from nmplan.store import file_hash
from nmplan.store import is_fresh
from nmplan.store import read_manifest
from nmplan.store import read_table
from nmplan.words import RASTERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from nmplan.store import Step
    from nmplan.study import Study

JOINED = ("parcels", "measures")
"""Tables that stand in the layer of sites."""

INTERNAL = ("ensemble", "rank_shares", "supply_access")
"""Tables of a scenario that are steps on the way, and large; they stay in data/processed as Parquet."""

NEEDED = ("measures", "scores")
"""Tables of a scenario without which there are no sites to show."""


@dataclass(frozen=True)
class Export:
    """
    What was exported.

    Parameters
    ----------
    path
        The file.
    layers
        How many layers and tables it holds.
    left_out
        Tables and rasters of the run that stay where they are.
    stale
        Steps that `nmplan run` would run again: the study, the data or the code have changed since.
    """

    path: Path
    layers: int
    left_out: tuple[str, ...]
    stale: tuple[str, ...]


def export_run(study: Study, root: Path, path: Path, *, scenarios: tuple[str, ...] = (), force: bool = False) -> Export:
    """
    Write what a run has made into one GeoPackage, replacing only what an earlier export has written.

    Parameters
    ----------
    study
        Whose run it is.
    root
        Folder below which data/processed stands.
    path
        The file.
    scenarios
        Keys of scenarios; all of the study unless some are named.
    force
        Replace a file that nmplan did not write.

    Returns
    -------
    Export
        What it holds, what it leaves out, and what has changed since the run.

    Raises
    ------
    StoreError
        Tables that are missing or broken, a file that is another's or open elsewhere, a disk that cannot be written.
    """
    from nmplan import __version__  # noqa: PLC0415
    from nmplan.maps.captions import stamp  # noqa: PLC0415
    from nmplan.maps.export import refuse_foreign  # noqa: PLC0415
    from nmplan.maps.export import site_words  # noqa: PLC0415
    from nmplan.maps.export import write_geopackage  # noqa: PLC0415

    space = Workspace(root)
    keys = scenarios or tuple(study.scenarios)
    refuse_foreign(path, force=force)
    _refuse_unrun(study, space, keys)
    layers = _layers(study, space, keys)
    stale = stale_steps(study, space, keys)
    left_out = _left_out(study, space, keys)
    about = asdict(stamp(study.study, study.hash, __version__))
    told = {"scenarios": keys, "crs": ("EPSG:2326",), "changed_since_run": stale, "left_out": left_out}
    names = {key: (tenant.name_en, tenant.name_zh) for key, tenant in study.tenants.items()}
    tables = {
        **layers,
        "nmplan_about": _pairs({**about, **{key: ", ".join(words) for key, words in told.items()}}),
        "nmplan_scenarios": _scenarios(study, keys),
        "nmplan_sources": _sources(study, space),
    }
    count = write_geopackage(tables, site_words(names, study.chains), path, about, study.study.data_date)
    return Export(path, count, left_out, stale)


def stale_steps(study: Study, space: Workspace, scenarios: tuple[str, ...]) -> tuple[str, ...]:
    """
    Return what has changed since the run: steps that are no longer fresh, and tables made from others than are there.

    Layers read from a database are never fresh, and not counted. Steps that have not run are not counted either.
    """
    layers = layer_steps(study, space).items()
    stale = [f"layers: {name}" for name, build in layers if _is_stale(build, space.root)]
    for scenario in scenarios:
        steps = [measures_step(study, space, scenario), scores_step(study, space, scenario)]
        if study.isochrones and not lacking_for_bands(study):
            steps.append(isochrones_step(study, space, scenario, study.isochrones))
        steps += places_steps(study, space, scenario)
        changed = [step.name for step in steps if not _is_up_to_date(step, space.root)]
        files = _tables(study, space, scenario)
        # of a scenario whose steps are told, the tables need not be told one by one
        stale += changed or [f"{name}: {scenario}" for name in files if _is_outdated(files[name], space.root)]
    lasting = (step for step in lasting_places_steps(study, space) if step.outputs[0].is_file())
    return (*stale, *(step.name for step in lasting if not _is_up_to_date(step, space.root)))


def _is_stale(build: Callable[[], Step], root: Path) -> bool:
    try:
        return not _is_up_to_date(build(), root)
    except NmplanError:  # a file it reads is gone
        return True


def _is_up_to_date(step: Step, root: Path) -> bool:
    try:
        return not step.watched or is_fresh(step, root)
    except NmplanError:
        return False


def _is_outdated(path: Path, root: Path) -> bool:
    """Return whether a table was made from other tables than there are, or is not the one its manifest describes."""
    manifest = read_manifest(path)
    inputs = {
        root / name: sha for name, sha in manifest.get("inputs", {}).items() if name.startswith("data/processed/")
    }
    there = {path: manifest.get("sha256"), **inputs}
    return any(not each.is_file() or file_hash(each) != sha for each, sha in there.items())


def _refuse_unrun(study: Study, space: Workspace, scenarios: tuple[str, ...]) -> None:
    """Refuse to export what has not been run, naming every table that is missing."""
    layers = [space.layer(name) for name in dict.fromkeys([*study.layers, "parcels"]) if name not in RASTERS]
    tables = [space.table(scenario, name) for scenario in scenarios for name in NEEDED]
    mend = "Run `nmplan run` first, or name with --run the folder where it ran"
    more = ", or with --scenario those that ran" if len(study.scenarios) > 1 else ""
    raise_faults(
        StoreError,
        [
            Fault(path.relative_to(space.root).as_posix(), "", "there is no such file yet.", f"{mend}{more}.")
            for path in (*layers, *tables)
            if not path.is_file()
        ],
    )


def _tables(study: Study, space: Workspace, scenario: str) -> dict[str, Path]:
    """Return the files of a scenario's tables by name, but for what the study no longer makes."""
    return {name: path for name, path in _files(space, scenario).items() if name not in _left(study, space, scenario)}


def _files(space: Workspace, scenario: str) -> dict[str, Path]:
    return {path.stem: path for path in sorted((space.processed / scenario).glob("[!.]*.parquet"))}


def _left(study: Study, space: Workspace, scenario: str) -> list[str]:
    """Return the tables of steps that the study does not have any more, such as a portfolio it no longer asks for."""
    made = {step.name for step in steps_of(study, space, last=PLACES)}
    steps = {name: read_manifest(path).get("step") for name, path in _files(space, scenario).items()}
    return [name for name, step in steps.items() if step is not None and step not in made]


def _layers(study: Study, space: Workspace, scenarios: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Return all layers by name: those of each scenario, then what lies round the sites."""
    from nmplan.maps.export import bus_courses  # noqa: PLC0415
    from nmplan.maps.export import site_table  # noqa: PLC0415
    from nmplan.maps.export import split_geometries  # noqa: PLC0415
    from nmplan.maps.export import with_line_names  # noqa: PLC0415
    from nmplan.maps.lines import line_names  # noqa: PLC0415

    called = ("transit_lines", "bus_lines")
    lines = {name: read_table(space.layer(name)) for name in called if name in study.layers}
    names = line_names(lines)
    parcels = read_table(space.layer("parcels"))
    found: dict[str, pd.DataFrame] = {}
    for scenario in scenarios:
        files = _tables(study, space, scenario)
        shown = {name: read_table(path) for name, path in files.items() if name not in INTERNAL}
        measures = with_line_names(shown["measures"], "crossing_lines", names)
        found[f"{scenario}_sites"] = site_table(parcels, measures, shown["scores"])
        for name, table in shown.items():
            if name not in JOINED:
                found |= split_geometries(f"{scenario}_{name}", with_line_names(table, "lines", names))
    for name in study.layers:
        if name not in (*RASTERS, *JOINED):
            found |= split_geometries(name, read_table(space.layer(name)))
    if "bus_lines" in lines:
        found["bus_courses"] = bus_courses(lines["bus_lines"], names)
    lasting = [step.outputs[0] for step in lasting_places_steps(study, space)]
    return found | {path.stem: read_table(path) for path in lasting if path.is_file()}


def _left_out(study: Study, space: Workspace, scenarios: tuple[str, ...]) -> tuple[str, ...]:
    there = {name for scenario in scenarios for name in _tables(study, space, scenario)}
    rasters = (space.layer(name).name for name in RASTERS if name in study.layers)
    old = {name for scenario in scenarios for name in _left(study, space, scenario)}
    return (
        *(f"{name}.parquet" for name in INTERNAL if name in there),
        *(f"{name}.parquet (no longer made by the study)" for name in sorted(old)),
        *rasters,
    )


def _pairs(about: dict[str, str]) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415

    return pd.DataFrame(list(about.items()), columns=["key", "value"])


def _scenarios(study: Study, scenarios: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415

    return pd.DataFrame(
        [
            {
                "scenario": key,
                **study.scenarios[key].model_dump(mode="json", exclude={"levers", "since"}),
                "since": study.since(key),
                "levers": "; ".join(
                    lever.model_dump_json(exclude_defaults=True) for lever in study.scenarios[key].levers
                ),
            }
            for key in scenarios
        ]
    )


def _sources(study: Study, space: Workspace) -> pd.DataFrame:
    """Return whose data each layer is, under which licence, how old, and the checksum of what was read."""
    import pandas as pd  # noqa: PLC0415

    keys = ("dataset", "title", "publisher", "licence", "vintage", "checksum")
    rows = []
    for name in dict.fromkeys([*study.layers, "parcels"]):
        manifest = read_manifest(space.layer(name))
        known = manifest.get("provenance") or {"title": "cut from the zoning layer"}
        file = space.layer(name).relative_to(space.root).as_posix()
        rows.append({"layer": name, **{key: known.get(key, "") for key in keys}, "file": file})
    return pd.DataFrame(rows)
