"""What every layer must hold: columns, key and kind of geometry."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING

from nmplan.words import JURISDICTIONS
from nmplan.words import RATIO_BASES
from nmplan.words import READY_BASES
from nmplan.words import STATUSES
from nmplan.words import ZONES

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

POLYGON = ("Polygon", "MultiPolygon")
LINE = ("LineString", "MultiLineString", "LinearRing")
POINT = ("Point",)


@dataclass(frozen=True)
class Note:
    """Something that was mended, assumed or left open while a layer was read; counted and shown, never silent."""

    layer: str
    what: str
    count: int
    features: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of a contract: its kind, whether it must be there and its cells be filled, and what it may hold."""

    kind: str = "text"
    required: bool = True
    may_be_empty: bool = False
    allowed: tuple[str, ...] = ()
    default: str | float | bool | None = None
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True)
class Contract:
    """The columns of a layer, its key and its kind of geometry (empty for a plain table)."""

    columns: dict[str, Column]
    key: tuple[str, ...] = ()
    geometry: tuple[str, ...] = ()
    extra_geometry: tuple[str, ...] = ()


@dataclass
class Layer:
    """A layer that keeps its contract, what was noted on the way, and the coordinate system its file names."""

    frame: gpd.GeoDataFrame | pd.DataFrame
    notes: list[Note] = field(default_factory=list)
    came_as: str = ""


_ID = Column()
_NAMES = {"name_en": Column(required=False), "name_zh": Column(required=False)}
_TEXT = Column(required=False)
_NUMBER = Column("number", required=False)
_LENGTH = Column("number", at_least=0)
_YEARS = {"opens": _NUMBER, "closes": _NUMBER}
_TIME = Column("time", required=False)
_HEADWAY = Column("number", required=False, at_least=0)
_MINUTES = Column("number", at_least=0)
_TRACE = {"accuracy_m": Column("number", required=False, at_least=0), "source": _TEXT}
_JURISDICTION = Column(allowed=tuple(JURISDICTIONS))
_TENURE = Column(required=False, default="unknown")
_STATUS = Column(required=False, allowed=(*STATUSES, "unknown"), default="unknown")
_WHEN = {
    "ready_year": _NUMBER,  # first year in which the land can be built on: not before
    "ready_basis": Column(required=False, allowed=READY_BASES, default="unknown"),
    "ready_source": _TEXT,
}
_RATIO = {
    "plot_ratio": _NUMBER,
    "plot_ratio_basis": Column(required=False, allowed=RATIO_BASES, default="unknown"),
    "plot_ratio_source": _TEXT,
}

CONTRACTS: dict[str, Contract] = {
    "areas": Contract(
        {
            "area_id": _ID,
            **_NAMES,
            "role": Column(required=False, allowed=("scored", "context"), default="scored"),
            "jobs_target": _NUMBER,
            "gfa_target_m2": _NUMBER,
            **_TRACE,
        },
        ("area_id",),
        POLYGON,
    ),
    "zoning": Contract(
        {
            "zone_id": _ID,
            "area_id": _TEXT,
            "plan_no": _TEXT,
            "zone_label": _ID,
            "desc_en": _TEXT,
            "desc_zh": _TEXT,
            "special_use_en": _TEXT,
            "special_use_zh": _TEXT,
            "zone": Column(allowed=tuple(ZONES)),
            **_RATIO,
            "height_limit": _TEXT,
            "status": _STATUS,
            **_WHEN,
            "tenure": _TENURE,
            "basis": _TEXT,
            **_TRACE,
        },
        ("zone_id",),
        POLYGON,
    ),
    "parcels": Contract(
        {
            "parcel_id": _ID,
            "area_id": _TEXT,
            **_NAMES,
            "zone": Column(required=False, allowed=tuple(ZONES), default="undetermined"),
            "tenure": _TENURE,
            "status": _STATUS,
            **_WHEN,
            **_RATIO,
            **_TRACE,
        },
        ("parcel_id",),
        POLYGON,
    ),
    "boundary": Contract(
        {"kind": Column(required=False, allowed=("land", "sea"), default="land"), **_NAMES, **_TRACE}, (), LINE
    ),
    "coast": Contract(
        {"side": Column(required=False, allowed=("hong-kong", "mainland"), default="hong-kong"), **_NAMES, **_TRACE},
        (),
        LINE,
    ),
    "crossings": Contract(
        {
            "crossing_id": _ID,
            **_NAMES,
            "counterpart_en": _TEXT,
            "counterpart_zh": _TEXT,
            "status": Column(required=False, allowed=("open", "closed", "planned"), default="open"),
            "passengers_in_per_day": Column("number", required=False, at_least=0),  # arrivals in Hong Kong
            "passengers_out_per_day": Column("number", required=False, at_least=0),
            "capacity_people_per_day": Column("number", required=False, at_least=0),  # as designed, both ways
            **_TRACE,
        },
        ("crossing_id",),
        POINT,
        ("shenzhen_side",),
    ),
    "crossing_services": Contract(
        {
            "crossing_id": _ID,
            "user": Column(allowed=("people", "goods", "car")),
            "direction": Column(allowed=("northbound", "southbound")),
            "mode": Column(allowed=("rail", "road", "foot", "train")),  # train: cleared in the station before boarding
            "permit": Column(required=False, allowed=("none", "quota", "closed-road"), default="none"),  # of a car
            "parking_min": Column("number", required=False, at_least=0, default=0.0),  # to park, or to be picked up
            "clearance_quiet_min": _MINUTES,
            "clearance_peak_min": _MINUTES,
            "opens_at": Column("time", required=False, default="00:00"),
            "closes_at": Column("time", required=False, default="24:00"),
            "co_located": Column("truth", required=False, default=False),
            "valid_from": _NUMBER,
            "valid_to": _NUMBER,
            "basis": _TEXT,
            "source": _TEXT,
        },
        ("crossing_id", "user", "direction", "mode", "permit", "valid_from"),
    ),
    "crossing_access": Contract(
        {
            "crossing_id": _ID,
            "way": Column(allowed=("rail", "bus", "foot")),
            "stop_id": _TEXT,  # station or bus stop one alights at; none on foot
            "walk_min": Column("number", required=False, at_least=0, default=0.0),  # from there into the hall
            "closed_area": Column("truth", required=False, default=False),  # the stop serves this crossing alone
            **_YEARS,
            "basis": _TEXT,
            "source": _TEXT,
        },
        ("crossing_id", "way", "stop_id", "opens"),
    ),
    "stations": Contract(
        {
            "station_id": _ID,
            **_NAMES,
            "line_id": _TEXT,
            "mode": Column(required=False, default="heavy-rail"),
            "opens": _NUMBER,
            **_TRACE,
        },
        ("station_id",),
        POINT,
    ),
    "transit_lines": Contract(
        {
            "line_id": _ID,
            **_NAMES,
            "mode": Column(required=False, default="heavy-rail"),
            "opens": _NUMBER,
            "colour": Column(required=False, default="#55626f"),
            "first_at": _TIME,
            "last_at": _TIME,
            **_TRACE,
        },
        ("line_id",),
        LINE,
    ),
    "bus_lines": Contract(  # one row per call of a line, in the order of its stops
        {
            "line_id": _ID,
            "order": Column("number", at_least=0),
            "stop_id": _ID,
            "route": _TEXT,  # what stands on the bus
            **_NAMES,
            "stop_en": _TEXT,
            "stop_zh": _TEXT,
            "mode": Column(required=False, allowed=("bus", "minibus", "coach", "shuttle", "ferry"), default="bus"),
            "minutes": _MINUTES,  # since the call before
            "headway_peak_min": _HEADWAY,  # one of the three is enough
            "headway_quiet_min": _HEADWAY,
            "headway_late_min": _HEADWAY,
            "first_at": _TIME,
            "last_at": _TIME,
            "first_back_at": _TIME,
            "last_back_at": _TIME,
            "days": Column(required=False, allowed=("daily", "weekdays", "weekends"), default="daily"),
            "oneway": Column("truth", required=False, default=False),
            **_YEARS,
            "fare_hkd": Column("number", required=False, at_least=0),
            "basis": _TEXT,  # on what hours and headways rest
            **_TRACE,
        },
        ("line_id", "order"),
        POINT,
    ),
    "rail_links": Contract(
        {
            "line_id": _ID,
            "from_station": _ID,
            "to_station": _ID,
            "minutes": _MINUTES,
            "headway_min": Column("number", at_least=0),
            "oneway": Column("truth", required=False, default=False),
            **_YEARS,
            "source": _TEXT,
        },
        ("line_id", "from_station", "to_station"),
    ),
    "transfers": Contract(
        {"from_station": _ID, "to_station": _ID, "minutes": _MINUTES, "source": _TEXT},
        ("from_station", "to_station"),
    ),
    "travel_times": Contract(
        {
            "origin": _ID,  # a site; of goods also a supplier
            "destination": _ID,  # a crossing's hall on this side, a station, an institute; of goods a supplier or site
            "mode": Column(required=False, allowed=("transit", "car", "goods"), default="transit"),
            "minutes": Column("number", may_be_empty=True, at_least=0),  # empty: there is no way
            "percentile": Column("number", required=False, at_least=0, at_most=100),
        },
        ("origin", "destination", "mode", "percentile"),
    ),
    "road_nodes": Contract({"node_id": _ID, **_NAMES, **_TRACE}, ("node_id",), POINT),
    "road_edges": Contract(
        {
            "u": _ID,
            "v": _ID,
            "key": Column("number", required=False, default=0),
            "highway": Column(required=False, default="unclassified"),
            "oneway": Column("truth", required=False, default=False),
            "length": _LENGTH,
            "speed_kph": Column("number", required=False, at_least=1),
            **_YEARS,
            **_NAMES,
            **_TRACE,
        },
        (),
        LINE,
    ),
    "suppliers": Contract(
        {
            "supplier_id": _TEXT,
            **_NAMES,
            "chain": _ID,
            "tier": _ID,
            "jurisdiction": _JURISDICTION,
            "mass": Column("number", at_least=0),
            "confidence": _TEXT,
            **_TRACE,
        },
        (),
        POINT,
    ),
    "talent": Contract({"talent_id": _TEXT, **_NAMES, "jurisdiction": _JURISDICTION, **_TRACE}, (), POINT),
    "chains": Contract(
        {
            "chain": _ID,
            "chain_en": _TEXT,
            "chain_zh": _TEXT,
            "tier": _ID,
            "tier_en": _TEXT,
            "tier_zh": _TEXT,
            "purchase_share": Column("number", at_least=0),
            "import_share": Column("number", required=False, at_least=0, at_most=1),  # declared by a source
            "stage": _NUMBER,  # who sells to whom: earlier stages to later ones
            "basis": _TEXT,
            "source": _TEXT,
        },
        ("chain", "tier"),
    ),
    "corridors": Contract(
        {
            "corridor_id": _ID,
            **_NAMES,
            "side": Column(allowed=("hong-kong", "mainland")),
            "chain": _ID,
            "level": Column("number", at_least=0),  # 1 named, 2 leading
            "basis": Column(
                required=False, allowed=("official", "press", "copy", "judgement", "unknown"), default="unknown"
            ),
            **_TRACE,
        },
        ("corridor_id", "chain"),
        POINT,
    ),
    "commitments": Contract(  # public awards and pledges
        {
            "commitment_id": _ID,
            **_NAMES,
            "place": _TEXT,
            "area_id": _TEXT,
            "status": Column(allowed=("pledged", "tendered", "granted", "building", "open")),
            "date": _TEXT,  # of the award or pledge: year, month or day
            "money_hkd_m": Column("number", required=False, at_least=0),
            "money_what": _TEXT,
            "jobs": Column("number", required=False, at_least=0),
            "gfa_m2": Column("number", required=False, at_least=0),
            "mw": Column("number", required=False, at_least=0),
            "bond_hkd_m": Column("number", required=False, at_least=0),
            "who": _TEXT,
            "publisher": _TEXT,
            "published": _TEXT,
            "remark": _TEXT,
            **_TRACE,
        },
        ("commitment_id",),
        POINT,
    ),
    "sensitive_uses": Contract(
        {"kind": Column(allowed=("housing", "village", "school", "hospital")), **_NAMES, **_TRACE},
        (),
        (*POINT, *POLYGON),
    ),
    "constraints": Contract(
        {"kind": Column(allowed=("conservation", "water", "country-park", "steep")), **_NAMES, **_TRACE}, (), POLYGON
    ),
    "place_names": Contract(
        {"place_id": _ID, **_NAMES, "kind": _TEXT, "min_zoom": Column("number", required=False, default=11), **_TRACE},
        ("place_id",),
        POINT,
    ),
}

OPEN_ENDED = {"talent": "strength_"}
"""Layers that carry one further number column per chain, by prefix."""
