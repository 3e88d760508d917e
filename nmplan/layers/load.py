"""Layers loaded as the study says, by adapter; one collection of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.errors import NmplanError
from nmplan.layers.check import check_names
from nmplan.layers.check import check_together
from nmplan.layers.conform import conform
from nmplan.layers.contracts import Layer
from nmplan.layers.contracts import Note
from nmplan.layers.file import read_file
from nmplan.layers.reference import read_reference
from nmplan.layers.reference import read_reference_terrain
from nmplan.layers.roads import complete_roads
from nmplan.layers.sites import cut_sites
from nmplan.layers.sites import place_parcels
from nmplan.layers.sources import layer_path
from nmplan.layers.sources import reference_files
from nmplan.layers.terrain import Terrain
from nmplan.layers.terrain import read_heights

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from nmplan.study import Layer as LayerSection
    from nmplan.study import Sites
    from nmplan.study import Study


class Layers(Mapping[str, "pd.DataFrame"]):
    """The layers of a study by name, also as attributes (`layers.parcels`); the raster `terrain` is None if missing."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], terrain: Terrain | None, notes: list[Note]) -> None:
        self._tables = dict(tables)
        self.terrain = terrain
        self.notes = notes

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return a layer."""
        return self._tables[name]

    def __getattr__(self, name: str) -> pd.DataFrame:
        """Return a layer as an attribute."""
        tables: dict[str, pd.DataFrame] = self.__dict__.get("_tables", {})
        if name not in tables:
            raise AttributeError(f"the study has no layer {name}")
        return tables[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._tables)

    def __len__(self) -> int:
        """Count the layers."""
        return len(self._tables)


def load_layers(study: Study) -> Layers:
    """
    Load all layers of a study into memory, checked one by one and together.

    Parameters
    ----------
    study
        Its sections layers, sites and travel say what to load.

    Returns
    -------
    Layers
        Tables that keep their contracts.

    Raises
    ------
    LayerError
        Every fault of every layer.
    """
    found: dict[str, Layer] = {}
    faults: list[Fault] = []
    terrain = None
    for name, section in study.layers.items():
        try:
            if name == "terrain":
                terrain = load_terrain_of(section, study.path.parent)
            else:
                found[name] = load_layer(name, section, study.path.parent)
        except NmplanError as error:
            faults += error.faults
    if not faults and {"road_nodes", "road_edges"} <= set(found):
        nodes, edges = found["road_nodes"], found["road_edges"]
        found["road_nodes"], found["road_edges"] = finish_roads(nodes, edges, study.travel.speeds_kph)
    if not faults and "parcels" not in found and study.sites is not None:
        found["parcels"] = derive_sites(found["zoning"].frame, study.sites)
    if not faults:
        found["parcels"] = placed_parcels(found["parcels"], {name: layer.frame for name, layer in found.items()})
    tables = {name: layer.frame for name, layer in found.items()}
    faults += [*check_together(tables), *check_names(tables, study.named)]
    if faults:
        raise LayerError(faults)
    return Layers(tables, terrain, [note for layer in found.values() for note in layer.notes])


def load_layer(name: str, section: LayerSection, folder: Path) -> Layer:
    """Load one table as its section of the study says; paths are relative to the study's folder."""
    if section.adapter == "reference":
        if not all(path.is_file() for path in reference_files(name)):
            what = f"the reference geography has no layer {name}."
            raise LayerError([Fault("study", f"layers.{name}", what, "Give a file of your own, or leave it out.")])
        return read_reference(name)
    arguments = section.model_dump(exclude={"adapter", "path"})
    return read_file(name, layer_path(name, section, folder), **arguments)


def load_terrain_of(section: LayerSection, folder: Path) -> Terrain:
    """Load the raster of ground levels as its section of the study says."""
    if section.adapter == "reference":
        return read_reference_terrain()
    path = layer_path("terrain", section, folder)
    return read_heights([path], path.name, crs=section.crs)


def finish_roads(nodes: Layer, edges: Layer, speeds_kph: Mapping[str, float]) -> tuple[Layer, Layer]:
    """Return the road layers ready for travel, with the notes of both readings."""
    done_nodes, done_edges = complete_roads(nodes.frame, edges.frame, speeds_kph, "layer road_edges")
    return (
        Layer(done_nodes.frame, nodes.notes + done_nodes.notes),
        Layer(done_edges.frame, edges.notes + done_edges.notes),
    )


def placed_parcels(parcels: Layer, tables: Mapping[str, gpd.GeoDataFrame]) -> Layer:
    """Return the parcels with area and zone filled in from the layers areas and zoning, as far as those are there."""
    frame, notes = place_parcels(parcels.frame, tables.get("areas"), tables.get("zoning"))
    return Layer(frame, [*parcels.notes, *notes])


def derive_sites(zoning: gpd.GeoDataFrame, section: Sites) -> Layer:
    """Return the layer parcels cut from the zoning layer."""
    if not zoning["zone"].isin(section.zones).any():
        what = f"no zone is one of {', '.join(section.zones)}."
        raise LayerError([Fault("study", "sites.zones", what, "Name zones that the zoning layer has.")])
    sites, notes = cut_sites(zoning, **section.model_dump(exclude={"from_layer"}))
    if sites.empty:
        what = f"no zone is large enough for a site of {section.minimum_ha:g} ha."
        raise LayerError([Fault("study", "sites.minimum_ha", what, "Lower it, or name other zones.")])
    layer = conform(sites, "parcels", "sites cut from the zoning layer")
    return Layer(layer.frame, [*notes, *layer.notes])
