"""Where layers come from, as a study writes it: one model per adapter, each with the arguments that adapter takes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Annotated
from typing import Any
from typing import ClassVar
from typing import Literal

from pydantic import AfterValidator
from pydantic import Field
from pydantic import model_validator

from nmplan.errors import Fault
from nmplan.shapes import NotNegative
from nmplan.shapes import Number
from nmplan.shapes import Positive
from nmplan.shapes import Section
from nmplan.shapes import TimeOfDay

if TYPE_CHECKING:
    from collections.abc import Iterable

MAKES: dict[str, tuple[str, ...]] = {
    "statutory-plans": ("zoning", "areas"),
    "lands": ("parcels",),
    "transport-roads": ("road_nodes", "road_edges"),
    "mtr": ("stations", "transit_lines", "rail_links", "transfers"),
    "gtfs": ("stations", "transit_lines", "rail_links", "bus_lines"),
    "immigration": ("crossings",),
    "terrain": ("terrain",),
    "land-utilisation": ("land_use",),
    "osm": (
        "road_nodes",
        "road_edges",
        "stations",
        "talent",
        "zoning",
        "sensitive_uses",
        "constraints",
        "place_names",
    ),
}
"""The layers that each publisher's adapter makes; `reference` and `file` make any."""


def _at_least_one(paths: str | list[str]) -> str | list[str]:
    if not paths or not all(paths if isinstance(paths, list) else [paths]):
        raise ValueError("names no file")
    return paths


Paths = Annotated[str | list[str], AfterValidator(_at_least_one)]
"""Files or folders, relative to the study; ${NAME} stands for an environment variable."""


class Reference(Section):
    """The bundled reference geography."""

    adapter: Literal["reference"]


class Provenance(Section):
    """What is known of data beyond its files: a row of the catalogue, or what the study says in its stead."""

    dataset: str | None = None
    publisher: str | None = None
    licence: str | None = None
    vintage: str | None = None


class File(Provenance):
    """Any file, or a table of a PostGIS database."""

    adapter: Literal["file"]
    path: str | None = None
    url: str | None = None
    table: str | None = None
    crs: str | None = None
    datum: Literal["wgs84", "gcj02", "bd09"] | None = None
    columns: dict[str, str] = {}
    constants: dict[str, str | float | bool] = {}
    values: dict[str, dict[str, str | float]] = {}
    where: str | None = None
    encoding: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> File:
        if (self.path is None) == (self.url is None):
            raise ValueError("adapter 'file' needs a path, or the url of a database")
        if self.url and not self.table:
            raise ValueError("a database needs a table, e.g. table = 'public.lots'")
        if self.url and self.encoding:
            raise ValueError("a database knows its own encoding")
        return self


class FromFiles(Provenance):
    """A publisher's files, in the shape the publisher gives them."""

    files_beside: ClassVar[tuple[str, ...]] = ()
    """Arguments that name further files."""
    reference_beside: ClassVar[tuple[str, ...]] = ()
    """Layers of the reference geography that fill in what the publisher leaves out."""

    adapter: str
    path: Paths


class StatutoryPlans(FromFiles):
    """Statutory plans of the Town Planning Board; `plans` are the prefixes of plan numbers to keep, all if empty."""

    adapter: Literal["statutory-plans"]
    plans: list[str] = []
    crs: str | None = None


class Lands(FromFiles):
    """Lots and government land allocations of the Lands Department."""

    adapter: Literal["lands"]
    minimum_ha: NotNegative = 0.0
    crs: str | None = None


class TransportRoads(FromFiles):
    """The Transport Department's road network, second generation."""

    adapter: Literal["transport-roads"]
    default_speed_kph: Positive = 50.0
    crs: str | None = None


class Mtr(FromFiles):
    """
    The MTR's lists of lines, stations and light rail stops, joined to coordinates that stand elsewhere.

    `bridge` names stations whose gap in a line is passed over, `keep` lines of the reference geography that stay beside
    these (planned ones, Shenzhen's); run speeds by mode and headways by line replace those of the reference geography.
    """

    files_beside: ClassVar[tuple[str, ...]] = ("coordinates",)
    reference_beside: ClassVar[tuple[str, ...]] = ("stations", "rail_links", "transit_lines", "transfers")

    adapter: Literal["mtr"]
    coordinates: str | None = None
    bridge: list[str] = []
    keep: list[str] = []
    speeds_kph: dict[str, Positive] = {}
    headways_min: dict[str, Positive] = {}


class Gtfs(FromFiles):
    """A timetable in GTFS: stops, routes, headways at an hour of a weekday (of bus_lines, of the whole day)."""

    adapter: Literal["gtfs"]
    routes: list[str] = []
    agencies: list[str] = []
    modes: list[str] = []
    at: TimeOfDay = "10:00"
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "wednesday"


class Immigration(FromFiles):
    """Control points of the Immigration Department, with the passengers of the last `days` in its daily table."""

    files_beside: ClassVar[tuple[str, ...]] = ("halls",)
    reference_beside: ClassVar[tuple[str, ...]] = ("crossings",)

    adapter: Literal["immigration"]
    days: Annotated[int, Field(ge=1)] = 28
    halls: str | None = None


class TerrainModel(FromFiles):
    """A terrain model: GeoTIFF or ESRI ASCII grid, one file or tiles."""

    adapter: Literal["terrain"]
    crs: str | None = None
    nodata: Number | None = None
    cell_m: Positive | None = None


class LandUtilisation(FromFiles):
    """The Planning Department's land utilisation raster; `classes` replaces the names of its codes."""

    adapter: Literal["land-utilisation"]
    crs: str | None = None
    nodata: Number | None = None
    cell_m: Positive | None = None
    classes: dict[str, str] | None = None


class OpenStreetMap(FromFiles):
    """
    OpenStreetMap: .osm XML, a GraphML of OSMnx, or saved features.

    Institutes have this `strength` by chain; outside Hong Kong they are where their address says, else in `mainland`,
    single ones where `jurisdictions` says.
    """

    adapter: Literal["osm"]
    crs: str | None = None
    strength: dict[str, NotNegative] = {}
    mainland: Literal["", "shenzhen", "greater-bay-area", "beyond"] = ""
    jurisdictions: dict[str, str] = {}


Origin = Annotated[
    Reference
    | File
    | StatutoryPlans
    | Lands
    | TransportRoads
    | Mtr
    | Gtfs
    | Immigration
    | TerrainModel
    | LandUtilisation
    | OpenStreetMap,
    Field(discriminator="adapter"),
]


def arguments(origin: Origin) -> dict[str, Any]:
    """Return what an adapter is told beside its files."""
    return origin.model_dump(exclude={"adapter", "path", *Provenance.model_fields})


def other_layers(adapter: str, names: Iterable[str]) -> list[Fault]:
    """Return a fault for each layer that an adapter does not make: an analyst calls readers without a study."""
    mend = f"It reads {', '.join(MAKES[adapter])}; choose another adapter."
    return [
        Fault("study", f"layers.{name}", f"the adapter {adapter} has no layer {name}.", mend)
        for name in names
        if name not in MAKES[adapter]
    ]


def refuse_other_layers(layers: dict[str, Origin]) -> dict[str, Origin]:
    """Refuse layers from an adapter that does not make them."""
    wrong = [
        f"{name}: adapter {origin.adapter!r} makes {', '.join(MAKES[origin.adapter])}"
        for name, origin in layers.items()
        if name not in MAKES.get(origin.adapter, (name,))
    ]
    if wrong:
        raise ValueError("; ".join(wrong))
    return layers
