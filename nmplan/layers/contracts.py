"""What every layer must hold, and the check that it does."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.words import JURISDICTIONS
from nmplan.words import ZONES

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandera.pandas as pa

POLYGON = ("Polygon", "MultiPolygon")
LINE = ("LineString", "MultiLineString", "LinearRing")
POINT = ("Point",)

SHOWN = 5
"""How many features a message names before it says "and n more"."""


@dataclass(frozen=True)
class Note:
    """Something that was mended, assumed or left open while a layer was read; counted and shown, never silent."""

    layer: str
    what: str
    count: int
    features: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of a contract: its kind, whether it must be there, and what it may hold."""

    kind: str = "text"
    required: bool = True
    allowed: tuple[str, ...] = ()
    default: str | float | bool | None = None
    at_least: float | None = None


@dataclass(frozen=True)
class Contract:
    """The columns of a layer, its key and its kind of geometry (empty for a plain table)."""

    columns: dict[str, Column]
    key: tuple[str, ...] = ()
    geometry: tuple[str, ...] = ()
    extra_geometry: tuple[str, ...] = ()


@dataclass
class Layer:
    """A layer that keeps its contract, and what was noted on the way."""

    frame: gpd.GeoDataFrame | pd.DataFrame
    notes: list[Note] = field(default_factory=list)


_ID = Column()
_NAMES = {"name_en": Column(required=False), "name_zh": Column(required=False)}
_TEXT = Column(required=False)
_NUMBER = Column("number", required=False)
_LENGTH = Column("number", at_least=0)
_MINUTES = Column("number", at_least=0)
_TRACE = {"accuracy_m": _NUMBER, "source": _TEXT}
_JURISDICTION = Column(allowed=tuple(JURISDICTIONS))
_STATUS = Column(required=False, allowed=("planned", "formed", "occupied", "idle", "unknown"), default="unknown")

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
            "plot_ratio": _NUMBER,
            "height_limit": _TEXT,
            "status": _STATUS,
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
            "tenure": Column(required=False, default="unknown"),
            "status": _STATUS,
            "plot_ratio": _NUMBER,
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
            **_TRACE,
        },
        ("crossing_id",),
        POINT,
        ("shenzhen_side",),
    ),
    "crossing_services": Contract(
        {
            "crossing_id": _ID,
            "user": Column(allowed=("people", "goods", "quota-car")),
            "direction": Column(allowed=("northbound", "southbound")),
            "mode": Column(allowed=("rail", "road", "foot")),
            "clearance_quiet_min": _MINUTES,
            "clearance_peak_min": _MINUTES,
            "opens_at": Column(required=False, default="00:00"),
            "closes_at": Column(required=False, default="24:00"),
            "co_located": Column("truth", required=False, default=False),
            "valid_from": _NUMBER,
            "valid_to": _NUMBER,
            "source": _TEXT,
        },
        ("crossing_id", "user", "direction", "mode", "valid_from"),
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
            **_TRACE,
        },
        ("line_id",),
        LINE,
    ),
    "rail_links": Contract(
        {
            "line_id": _ID,
            "from_station": _ID,
            "to_station": _ID,
            "minutes": _MINUTES,
            "headway_min": Column("number", at_least=0),
            "opens": _NUMBER,
            "closes": _NUMBER,
            "source": _TEXT,
        },
        ("line_id", "from_station", "to_station"),
    ),
    "transfers": Contract(
        {"from_station": _ID, "to_station": _ID, "minutes": _MINUTES, "source": _TEXT},
        ("from_station", "to_station"),
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
            "speed_kph": _NUMBER,
            **_NAMES,
            **_TRACE,
        },
        (),
        LINE,
    ),
    "suppliers": Contract(
        {
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
    "talent": Contract({**_NAMES, "jurisdiction": _JURISDICTION, **_TRACE}, (), POINT),
    "chains": Contract(
        {
            "chain": _ID,
            "chain_en": _TEXT,
            "chain_zh": _TEXT,
            "tier": _ID,
            "tier_en": _TEXT,
            "tier_zh": _TEXT,
            "purchase_share": Column("number", at_least=0),
            "basis": _TEXT,
            "source": _TEXT,
        },
        ("chain", "tier"),
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


def conform(frame: pd.DataFrame, layer: str, source: str) -> Layer:
    """
    Bring a frame into the shape of its layer's contract, or say everything that is wrong with it.

    Parameters
    ----------
    frame
        Table with the contract's column names; geometries in EPSG:2326.
    layer
        Name of the layer.
    source
        File named in messages.

    Returns
    -------
    Layer
        A new frame with the contract's columns in order, invalid polygons mended, and notes of what was mended.

    Raises
    ------
    LayerError
        Missing columns, text where numbers belong, unknown words, duplicate keys, missing, empty or wrong geometries:
        all at once, each naming its features.
    """
    contract = CONTRACTS[layer]
    missing = [name for name, column in contract.columns.items() if column.required and name not in frame.columns]
    if missing:
        have = ", ".join(str(name) for name in frame.columns)
        what = f"layer {layer} lacks the columns {', '.join(missing)}; the file has {have}."
        raise LayerError([Fault(source, "", what, "Map them with columns = { … } or constants = { … } in the study.")])
    if frame.empty:
        raise LayerError([Fault(source, "", f"layer {layer} has no features.", "Check the file and any `where`.")])
    ids = _feature_ids(frame, contract)
    shaped = _with_defaults(frame, layer, contract)
    faults = [*_column_faults(shaped, layer, contract, source, ids), *_key_faults(shaped, contract, source)]
    notes: list[Note] = []
    if contract.geometry:
        shaped, geometry_faults, notes = _check_geometry(shaped, layer, contract, source, ids)
        faults += geometry_faults
    if faults:
        raise LayerError(faults)
    return Layer(_typed(shaped, contract), notes)


def _feature_ids(frame: pd.DataFrame, contract: Contract) -> pd.Series[str]:
    """Return a name for each feature: its key where it has one, else its row number."""
    rows = pd.Series([f"row {number}" for number in range(1, len(frame) + 1)], index=frame.index, dtype=object)
    if not contract.key:
        return rows
    key = frame[contract.key[0]]
    return rows.where(key.isna(), key.astype(str))


def _with_defaults(frame: pd.DataFrame, layer: str, contract: Contract) -> pd.DataFrame:
    """Order the columns, add optional ones, and turn text numbers such as "1,234.5" into numbers."""
    prefix = OPEN_ENDED.get(layer)
    more = [name for name in frame.columns if prefix and str(name).startswith(prefix)]
    columns: dict[str, Any] = {}
    for name, column in {**contract.columns, **dict.fromkeys(more, _NUMBER)}.items():
        values = frame[name] if name in frame.columns else pd.Series(None, index=frame.index, dtype=object)
        values = values.replace(r"^\s*$", None, regex=True) if pd.api.types.is_string_dtype(values) else values
        if column.kind == "number" and not pd.api.types.is_numeric_dtype(values):
            values = values.map(_number)
        if column.kind == "truth" and not pd.api.types.is_bool_dtype(values):
            values = values.map(_truth)
        if column.default is not None:
            values = values.astype(object).where(values.notna(), column.default)
        elif column.kind == "text" and not column.required:
            values = values.astype(object).where(values.notna(), "")
        columns[name] = values
    if not contract.geometry:
        return pd.DataFrame(columns, index=frame.index)
    for name in contract.extra_geometry:
        columns[name] = frame[name] if name in frame.columns else frame.geometry
    shaped = gpd.GeoDataFrame(columns, geometry=frame.geometry, crs=frame.crs)
    for name in contract.extra_geometry:
        shaped[name] = gpd.GeoSeries(shaped[name], crs=frame.crs)
    return shaped


def _number(value: object) -> object:
    """Read a number that was written as text, thousands separators included; leave anything else to the check."""
    if isinstance(value, str):
        try:
            return float(value.replace(",", "").replace(" ", "").strip())
        except ValueError:
            return value
    return value


def _truth(value: object) -> object:
    words = {"yes": True, "true": True, "1": True, "y": True, "no": False, "false": False, "0": False, "n": False}
    return words.get(value.strip().lower(), value) if isinstance(value, str) else value


def _schema(layer: str, contract: Contract) -> pa.DataFrameSchema:
    import pandera.pandas as pa  # noqa: PLC0415  (a quarter of a second, only where layers are read)

    kinds = {"text": str, "number": float, "truth": bool}
    columns = {}
    for name, column in contract.columns.items():
        checks = []
        if column.allowed:
            checks.append(pa.Check.isin(column.allowed))
        if column.at_least is not None:
            checks.append(pa.Check.ge(column.at_least))
        columns[name] = pa.Column(kinds[column.kind], checks, nullable=not column.required, coerce=True)
    return pa.DataFrameSchema(columns, name=layer, strict=False)


def _column_faults(
    frame: pd.DataFrame, layer: str, contract: Contract, source: str, ids: pd.Series[str]
) -> list[Fault]:
    import pandera.pandas as pa  # noqa: PLC0415

    table = pd.DataFrame(frame[list(contract.columns)]).reset_index(drop=True)
    try:
        _schema(layer, contract).validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        cases = cases[~cases["check"].str.startswith("dtype(")]  # says again what coerce_dtype said
        return [
            _column_fault(group, contract, source, ids) for _, group in cases.groupby(["column", "check"], sort=False)
        ]
    return []


def _column_fault(cases: pd.DataFrame, contract: Contract, source: str, ids: pd.Series[str]) -> Fault:
    name, check = str(cases["column"].iloc[0]), str(cases["check"].iloc[0])
    column = contract.columns[name]
    rows = [int(row) for row in cases["index"] if pd.notna(row)]
    given = cases["failure_case"].iloc[0]
    where = _listed([ids.iloc[row] for row in rows])
    if check == "not_nullable":
        return Fault(source, where, f"column {name} is empty.", "Fill it in, or leave these features out with `where`.")
    if check.startswith("coerce_dtype"):
        kind = {"number": "a number", "truth": "yes or no"}.get(column.kind, "text")
        return Fault(source, where, f"column {name} holds {given!r}, which is not {kind}.", "Correct the cell.")
    if check.startswith("isin"):
        words = ", ".join(column.allowed)
        mend = f"Use one of {words}, or translate with values.{name} = {{ … }} in the study."
        return Fault(source, where, f"column {name} holds {given!r}.", mend)
    return Fault(source, where, f"column {name} holds {given!r}, below {column.at_least}.", "Correct the cell.")


def _key_faults(frame: pd.DataFrame, contract: Contract, source: str) -> list[Fault]:
    if not contract.key:
        return []
    key = frame[list(contract.key)]
    doubles = key[key.duplicated(keep=False)].drop_duplicates()
    if doubles.empty:
        return []
    names = [" / ".join(str(part) for part in row if pd.notna(part)) for row in doubles.itertuples(index=False)]
    what = f"{' + '.join(contract.key)} is not unique: {len(doubles)} stand more than once."
    return [Fault(source, _listed(names), what, "Give each feature its own id, or remove the copies.")]


def _check_geometry(
    frame: gpd.GeoDataFrame, layer: str, contract: Contract, source: str, ids: pd.Series[str]
) -> tuple[gpd.GeoDataFrame, list[Fault], list[Note]]:
    """Find missing and wrong geometries; mend invalid polygons; take the outline where a line is wanted."""
    geometry = frame.geometry
    faults, notes = [], []
    gone = geometry.isna() | geometry.is_empty
    if gone.any():
        where = _listed(ids[gone])
        faults.append(
            Fault(source, where, f"{int(gone.sum())} geometries are missing or empty.", "Draw or remove them.")
        )
    if contract.geometry is LINE and (outlines := geometry.geom_type.isin(POLYGON) & ~gone).any():
        geometry = geometry.where(~outlines, geometry.boundary)
        notes.append(Note(layer, "outlines of polygons taken as lines", int(outlines.sum())))
    flat = pd.Series(data=False, index=frame.index)
    if contract.geometry is POLYGON:
        geometry, flat, mends = _mend_polygons(geometry, layer, ids)
        notes += mends
    wrong = ~geometry.geom_type.isin(contract.geometry) & ~gone & ~flat
    if wrong.any():
        found = ", ".join(sorted(set(geometry.geom_type[wrong])))
        what = f"{int(wrong.sum())} geometries are {found}; the layer takes {' or '.join(contract.geometry)}."
        faults.append(Fault(source, _listed(ids[wrong]), what, "Convert them, or choose another layer."))
    return frame.set_geometry(geometry)[~flat], faults, notes


def _mend_polygons(
    geometry: gpd.GeoSeries, layer: str, ids: pd.Series[str]
) -> tuple[gpd.GeoSeries, pd.Series[bool], list[Note]]:
    """Mend invalid polygons; tell which are flat, folded into a line, so that no area is left to mend."""
    invalid = ~geometry.is_valid & geometry.geom_type.isin(POLYGON)
    mended = geometry.copy()
    mended.loc[invalid] = geometry[invalid].make_valid().map(_only_polygons)
    flat = invalid & ~mended.geom_type.isin(POLYGON)
    notes = []
    for which, what in ((invalid & ~flat, "invalid polygons mended"), (flat, "polygons without any area, left out")):
        if which.any():
            notes.append(Note(layer, what, int(which.sum()), tuple(ids[which])))
    return mended, flat, notes


def _only_polygons(shape: shapely.Geometry) -> shapely.Geometry:
    """Keep the polygons of a mended shape; mending may leave stray lines and points."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in POLYGON]
    return shapely.union_all(parts) if parts else shape


def _typed(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    frame = frame.reset_index(drop=True)
    for name in frame.columns:
        column = contract.columns.get(str(name))
        if column is None and name != "geometry" and name not in contract.extra_geometry:
            frame[name] = frame[name].astype(float)
        elif column is not None:
            frame[name] = frame[name].astype({"text": "str", "number": float, "truth": bool}[column.kind])
    return frame


def _listed(names: Iterable[str]) -> str:
    """Name the first few features and count the rest."""
    found = list(dict.fromkeys(names))
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more
