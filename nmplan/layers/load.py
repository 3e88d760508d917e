"""Layers loaded as the study says, by adapter; one collection of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING
from typing import Any

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.errors import NmplanError
from nmplan.errors import gather
from nmplan.errors import raise_faults
from nmplan.layers.adapters import read_origin
from nmplan.layers.check import check_names
from nmplan.layers.check import check_together
from nmplan.layers.conform import conform
from nmplan.layers.contracts import Layer
from nmplan.layers.contracts import Note
from nmplan.layers.roads import complete_roads
from nmplan.layers.sites import cut_sites
from nmplan.layers.sites import cutting_roads
from nmplan.layers.sites import place_parcels
from nmplan.layers.sources import by_origin
from nmplan.layers.sources import layer_groups
from nmplan.layers.travel_times import LAYER as TRAVEL_TIMES
from nmplan.layers.travel_times import review_travel_times
from nmplan.words import RASTERS
from nmplan.words import ROADS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from nmplan.study import Sites
    from nmplan.study import Study


class Layers(Mapping[str, "pd.DataFrame"]):
    """The layers of a study by name, also as attributes (`layers.parcels`); rasters as attributes, None if missing."""

    def __init__(
        self,
        tables: Mapping[str, pd.DataFrame],
        rasters: Mapping[str, Any] = MappingProxyType({}),
        notes: Sequence[Note] = (),
    ) -> None:
        self._tables = dict(tables)
        self._rasters = dict(rasters)
        self.notes = list(notes)

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return a table."""
        return self._tables[name]

    def __getattr__(self, name: str) -> Any:
        """Return a table or a raster as an attribute."""
        if name in RASTERS:
            return self.__dict__.get("_rasters", {}).get(name)
        tables: dict[str, pd.DataFrame] = self.__dict__.get("_tables", {})
        if name not in tables:
            raise AttributeError(f"the study has no layer {name}")
        return tables[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the tables."""
        return iter(self._tables)

    def __len__(self) -> int:
        """Count the tables."""
        return len(self._tables)


@dataclass
class Loading:
    """What could be loaded of a study, and what is wrong with the rest, by layer."""

    layers: dict[str, Layer] = field(default_factory=dict)
    rasters: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name."""
        return {name: layer.frame for name, layer in self.layers.items()}

    @property
    def notes(self) -> list[Note]:
        """Every note of every layer."""
        return [note for layer in (*self.layers.values(), *self.rasters.values()) for note in layer.notes]

    @property
    def all_faults(self) -> list[Fault]:
        """Every fault of every layer."""
        return [fault for faults in self.faults.values() for fault in faults]


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
        Tables that keep their contracts, and rasters.

    Raises
    ------
    LayerError
        Every fault of every layer.
    """
    found = load_each(study)
    raise_faults(LayerError, found.all_faults)
    return Layers(found.tables, found.rasters, found.notes)


def load_each(study: Study) -> Loading:
    """Load as many layers of a study as can be, and tell what is wrong with the others, alone and together."""
    found = Loading()
    for names in layer_groups(study.layers):
        try:
            group = load_group(names, study)
        except NmplanError as error:
            found.faults[" + ".join(names)] = error.faults
            continue
        found.rasters |= {name: raster for name, raster in group.items() if name in RASTERS}
        found.layers |= {name: layer for name, layer in group.items() if name not in RASTERS}
    try:
        _add_parcels(found, study)
    except NmplanError as error:
        found.faults["parcels"] = error.faults
    own_times = review_travel_times(found.tables, study)
    together = [*check_together(found.tables), *check_names(found.tables, study.named), *own_times.faults]
    if together:
        found.faults["together"] = together
    if own_times.notes:
        found.layers[TRAVEL_TIMES].notes.extend(own_times.notes)
    return found


def load_group(names: Sequence[str], study: Study) -> dict[str, Any]:
    """
    Load the layers that are read in one go.

    Parameters
    ----------
    names
        One of `sources.layer_groups`.
    study
        Its layers say where from; its speeds complete the roads.

    Returns
    -------
    dict
        A `Layer` (or a raster) by name.

    Raises
    ------
    LayerError
        What is wrong with any of their files.
    """
    parts = by_origin(names, study.layers)
    readings = [partial(read_origin, part, study.layers[part[0]], study.path.parent) for part in parts]
    group = {name: layer for part in gather(LayerError, readings) for name, layer in part.items()}
    if set(ROADS) <= set(group):
        group |= _finished_roads(group["road_nodes"], group["road_edges"], study.travel.speeds_kph)
    return {name: group[name] for name in names}


def _add_parcels(found: Loading, study: Study) -> None:
    """Add the sites cut from zones, unless the study has its own; place all of them."""
    if "parcels" not in study.layers and study.sites and "zoning" in found.layers:
        found.layers["parcels"] = derive_sites(found.tables, study.sites)
    if "parcels" in found.layers:
        found.layers["parcels"] = placed_parcels(found.layers["parcels"], found.tables)


def _finished_roads(nodes: Layer, edges: Layer, speeds_kph: Mapping[str, float]) -> dict[str, Layer]:
    """Return the road layers ready for travel, with the notes of both readings."""
    done_nodes, done_edges = complete_roads(nodes.frame, edges.frame, speeds_kph, "layer road_edges")
    return {
        "road_nodes": Layer(done_nodes.frame, nodes.notes + done_nodes.notes, nodes.came_as),
        "road_edges": Layer(done_edges.frame, edges.notes + done_edges.notes, edges.came_as),
    }


def placed_parcels(parcels: Layer, tables: Mapping[str, gpd.GeoDataFrame]) -> Layer:
    """Return the parcels with area and zone filled in from the layers areas and zoning, as far as those are there."""
    frame, notes = place_parcels(parcels.frame, tables.get("areas"), tables.get("zoning"))
    return replace(parcels, frame=frame, notes=[*parcels.notes, *notes])


def derive_sites(tables: Mapping[str, gpd.GeoDataFrame], section: Sites) -> Layer:
    """Return the layer parcels cut from the zoning layer."""
    zoning = tables["zoning"]
    if not zoning["zone"].isin(section.zones).any():
        what = f"no zone is one of {', '.join(section.zones)}."
        raise LayerError([Fault("study", "sites.zones", what, "Name zones that the zoning layer has.")])
    roads, told = (
        cutting_roads(tables["road_edges"], section.roads_accuracy_m) if "road_edges" in tables else (None, [])
    )
    sites, notes = cut_sites(zoning, roads=roads, **section.model_dump(exclude={"from_layer", "roads_accuracy_m"}))
    if sites.empty:
        what = f"no zone is large enough for a site of {section.minimum_ha:g} ha."
        raise LayerError([Fault("study", "sites.minimum_ha", what, "Lower it, or name other zones.")])
    layer = conform(sites, "parcels", "sites cut from the zoning layer")
    return Layer(layer.frame, [*told, *notes, *layer.notes])
