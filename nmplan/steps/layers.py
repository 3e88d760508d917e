"""The first step: layers read from where the study says, conformed, checked and stored."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING
from typing import Any

from nmplan.errors import LayerError
from nmplan.errors import gather
from nmplan.errors import raise_faults
from nmplan.layers.provenance import provenance_of
from nmplan.layers.sources import by_origin
from nmplan.layers.sources import layer_groups
from nmplan.layers.sources import raw_files
from nmplan.origins import File
from nmplan.origins import Reference
from nmplan.store import Product
from nmplan.store import Step
from nmplan.store import Workspace
from nmplan.store import read_table
from nmplan.words import RASTERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Collection
    from collections.abc import Sequence
    from pathlib import Path

    from nmplan.layers.load import Layers
    from nmplan.study import Study

GROUND = ("words.py", "crs.py", "origins.py")
"""Code that every step runs."""

CODE = (*GROUND, "steps/layers.py", "layers")


def layer_steps(study: Study, space: Workspace) -> dict[str, Callable[[], Step]]:
    """Return, by name, how to build one step per group of layers, then one for the sites, then the check across all."""
    others = {name: origin for name, origin in study.layers.items() if name != "parcels"}
    steps: dict[str, Callable[[], Step]] = {
        " + ".join(names): partial(_layer_step, study, space, names) for names in layer_groups(others)
    }
    steps["parcels"] = partial(_parcels_step, study, space)
    steps["check"] = partial(_check_step, study, space, [name for name in layer_names(study) if name not in RASTERS])
    return steps


def _check_step(study: Study, space: Workspace, names: list[str]) -> Step:
    path = space.processed / "layers" / "check.json"

    def make() -> dict[Path, Product]:
        from nmplan.layers.check import check_names  # noqa: PLC0415
        from nmplan.layers.check import check_together  # noqa: PLC0415  (each stage imports only what it runs)
        from nmplan.layers.travel_times import review_travel_times  # noqa: PLC0415

        tables = {name: read_table(space.layer(name)) for name in names}
        named, own_times = check_names(tables, study.named), review_travel_times(tables, study)
        raise_faults(LayerError, [*check_together(tables), *named, *own_times.faults])
        notes = [asdict(note) for note in own_times.notes]
        return {path: Product({name: len(table) for name, table in tables.items()}, notes)}

    inputs = tuple(space.layer(name) for name in names)
    used = study.travel.minutes_from, study.travel.percentile, study.supply.minutes_from
    settings = (study.named, used if "travel_times" in names else ())
    return Step("layers: check", (path,), inputs, settings, CODE, make)


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
    return Step(title, outputs, inputs, settings, CODE, make, watched)


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
    return Step("layers: parcels", (path,), inputs, settings, CODE, make, watched)


def stored_layers(study: Study, space: Workspace) -> Layers:
    """Return the layers as the pipeline stored them."""
    from nmplan.layers.land_use import load_land_use  # noqa: PLC0415
    from nmplan.layers.load import Layers  # noqa: PLC0415
    from nmplan.layers.terrain import load_terrain  # noqa: PLC0415

    names = layer_names(study)
    tables = {name: read_table(space.layer(name)) for name in names if name not in RASTERS}
    readers = {"terrain": load_terrain, "land_use": load_land_use}
    rasters = {name: read(space.layer(name)) for name, read in readers.items() if name in names}
    return Layers(tables, rasters)


def stored_tables(study: Study, names: Collection[str]) -> list[str]:
    """Return which of these layers the study has, in its order."""
    return [name for name in layer_names(study) if name in names]


def layer_names(study: Study) -> list[str]:
    """Return the layers of a study, parcels included where they are cut from zones."""
    return list(dict.fromkeys([*study.layers, "parcels"]))


def _layer_product(name: str, layer: Any, provenance: dict[str, str], study: Study) -> Product:
    """Return a layer, or a raster, which has no notes, as a step gives it to the store."""
    frame = getattr(layer, "frame", layer)
    files, _ = _layer_files(study, (name,))
    return Product(frame, [asdict(note) for note in getattr(layer, "notes", [])], provenance, files)
