"""The check that a table keeps its layer's contract, mending what can be mended and telling the rest."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.contracts import LINE
from nmplan.layers.contracts import OPEN_ENDED
from nmplan.layers.contracts import POLYGON
from nmplan.layers.contracts import Column
from nmplan.layers.contracts import Layer
from nmplan.layers.contracts import Note

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterable

    import pandera.pandas as pa

    from nmplan.layers.contracts import Contract

LONGEST = 60
"""Characters of a cell that a message shows."""

LAST_HOUR = 30
"""A day of service may run on past midnight, not further than this hour."""

SHOWN = 5
"""How many features a message names before it says "and n more"."""


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
    if frame.empty:
        raise LayerError([Fault(source, "", f"layer {layer} has no features.", "Check the file and any `where`.")])
    faults = _shape_faults(frame, layer, contract, source)
    if faults:
        raise LayerError(faults)
    ids = _feature_ids(frame, contract)
    shaped, unread = _with_defaults(frame, layer, contract, source, ids)
    faults = [*unread.values(), *_key_faults(shaped, contract, source)]
    faults += _column_faults(shaped.drop(columns=list(unread)), layer, contract, source, ids)
    notes: list[Note] = []
    if contract.geometry:
        shaped, geometry_faults, notes = _check_geometry(shaped, layer, contract, source, ids)
        faults += geometry_faults
    if faults:
        raise LayerError(faults)
    return Layer(_typed(shaped, contract), notes)


def _shape_faults(frame: pd.DataFrame, layer: str, contract: Contract, source: str) -> list[Fault]:
    """Tell what is wrong with the table as a whole."""
    doubles = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
    if doubles:
        what = f"the columns {', '.join(doubles)} stand twice."
        return [Fault(source, "", what, "Remove or rename one of each.")]
    if contract.geometry and not hasattr(frame, "geom_type"):
        what = f"layer {layer} needs geometries, and the table has none."
        return [Fault(source, "", what, "Give it a geometry, or its coordinates as lon and lat.")]
    missing = [name for name, column in contract.columns.items() if column.required and name not in frame.columns]
    if missing:
        have = ", ".join(str(name) for name in frame.columns)
        what = f"layer {layer} lacks the columns {', '.join(missing)}; the file has {have}."
        return [Fault(source, "", what, "Map them with columns = { … } or constants = { … } in the study.")]
    return []


def _feature_ids(frame: pd.DataFrame, contract: Contract) -> pd.Series[str]:
    """Return a name for each feature: its key where it has one, else its row number."""
    rows = pd.Series([f"row {number}" for number in range(1, len(frame) + 1)], index=frame.index, dtype=object)
    if not contract.key:
        return rows
    key = frame[contract.key[0]].astype(object)
    return rows.where(key.isna() | key.astype(str).str.strip().eq(""), key.map(_text, na_action="ignore"))


def _with_defaults(
    frame: pd.DataFrame, layer: str, contract: Contract, source: str, ids: pd.Series[str]
) -> tuple[pd.DataFrame, dict[str, Fault]]:
    """Order the columns, add optional ones, read each as its kind; tell by column what cannot be read."""
    prefix = OPEN_ENDED.get(layer)
    more = [str(name) for name in frame.columns if prefix and str(name).startswith(prefix)]
    columns: dict[str, pd.Series[Any]] = {}
    faults: dict[str, Fault] = {}
    for name, column in {**contract.columns, **dict.fromkeys(more, Column("number", required=False))}.items():
        given = frame[name] if name in frame.columns else pd.Series(None, index=frame.index)
        given = given.astype(object).where(given.notna(), None)
        given = given.map(lambda value: None if isinstance(value, str) and not value.strip() else value)
        if column.default is not None:
            given = given.where(given.notna(), column.default)
        elif column.kind in {"text", "time"} and not column.required:
            given = given.where(given.notna(), "")
        read = given.map(_READERS[column.kind], na_action="ignore")
        wrong = read.isna() & given.notna()
        if wrong.any():
            what = f"column {name} holds {_shortened(given[wrong].iloc[0])}, which is not {_KINDS[column.kind]}."
            mend = f"Correct the cell, or translate it with values.{name} = {{ … }} in the study."
            faults[name] = Fault(source, listed(ids[wrong]), what, mend)
        columns[name] = read
    if not contract.geometry:
        return pd.DataFrame(columns, index=frame.index), faults
    shaped = gpd.GeoDataFrame(columns, geometry=frame.geometry, crs=frame.crs)
    for name in contract.extra_geometry:
        shaped[name] = gpd.GeoSeries(frame[name] if name in frame.columns else frame.geometry, crs=frame.crs)
    return shaped, faults


def read_number(value: object) -> float | None:
    """Read a number, also one written as text ("1,234.5", full-width digits); None if it is none."""
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", value).strip()
        value = re.sub("[, ]", "", text) if re.fullmatch(r"[+-]?\d{1,3}([, ]\d{3})+(\.\d*)?", text) else text
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _truth(value: object) -> bool | None:
    words = {"yes": True, "true": True, "1": True, "y": True, "no": False, "false": False, "0": False, "n": False}
    return words.get(str(value).strip().removesuffix(".0").lower())


def _text(value: object) -> str:
    """Read text; a whole number that a gap in its column made a fraction (7.0) is the whole number."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _time(value: object) -> str | None:
    """Read a time of day, HH:MM; hours past midnight run on (24:30), as timetables write them."""
    if value == "":
        return ""
    found = re.fullmatch(r"(\d{1,2}):([0-5]\d)(?::00)?", str(value).strip())
    return f"{int(found[1]):02d}:{found[2]}" if found and int(found[1]) <= LAST_HOUR else None


_READERS: dict[str, Callable[[Any], object]] = {"text": _text, "number": read_number, "truth": _truth, "time": _time}
_KINDS = {"text": "text", "number": "a number", "truth": "yes or no", "time": "a time of day (HH:MM)"}


def _shortened(value: object) -> str:
    """Show a cell as it stands, but never more of it than fits a line."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def _schema(layer: str, columns: dict[str, Column]) -> pa.DataFrameSchema:
    import pandera.pandas as pa  # noqa: PLC0415  (a quarter of a second, only where layers are read)

    checked = {}
    for name, column in columns.items():
        checks = []
        if column.allowed:
            checks.append(pa.Check.isin(column.allowed))
        if column.at_least is not None:
            checks.append(pa.Check.ge(column.at_least))
        if column.at_most is not None:
            checks.append(pa.Check.le(column.at_most))
        kind = float if column.kind == "number" else None
        checked[name] = pa.Column(
            kind, checks, nullable=column.may_be_empty or not column.required, coerce=kind is not None
        )
    return pa.DataFrameSchema(checked, name=layer, strict=False)


def _column_faults(
    frame: pd.DataFrame, layer: str, contract: Contract, source: str, ids: pd.Series[str]
) -> list[Fault]:
    import pandera.pandas as pa  # noqa: PLC0415

    read = {name: column for name, column in contract.columns.items() if name in frame}
    table = pd.DataFrame(frame[list(read)]).reset_index(drop=True)
    try:
        _schema(layer, read).validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        return [
            _column_fault(group, contract, source, ids) for _, group in cases.groupby(["column", "check"], sort=False)
        ]
    return []


def _column_fault(cases: pd.DataFrame, contract: Contract, source: str, ids: pd.Series[str]) -> Fault:
    name, check = str(cases["column"].iloc[0]), str(cases["check"].iloc[0])
    column = contract.columns[name]
    rows = [int(row) for row in cases["index"] if pd.notna(row)]
    given = _shortened(cases["failure_case"].iloc[0])
    where = listed([ids.iloc[row] for row in rows])
    if check == "not_nullable":
        return Fault(source, where, f"column {name} is empty.", "Fill it in, or leave these features out with `where`.")
    if check.startswith("isin"):
        words = ", ".join(column.allowed)
        mend = f"Use one of {words}, or translate with values.{name} = {{ … }} in the study."
        return Fault(source, where, f"column {name} holds {given}.", mend)
    limit = f"above {column.at_most:g}" if check.startswith("less") else f"below {column.at_least:g}"
    what = f"column {name} holds {cases['failure_case'].iloc[0]:g}, {limit}."
    return Fault(source, where, what, "Correct the cell.")


def _key_faults(frame: pd.DataFrame, contract: Contract, source: str) -> list[Fault]:
    if not contract.key:
        return []
    key = frame[list(contract.key)]
    doubles = key[key.duplicated(keep=False)].drop_duplicates()
    if doubles.empty:
        return []
    names = [" / ".join(str(part) for part in row if pd.notna(part)) for row in doubles.itertuples(index=False)]
    what = f"{' + '.join(contract.key)} is not unique: {len(doubles)} stand more than once."
    return [Fault(source, listed(names), what, "Give each feature its own id, or remove the copies.")]


def _check_geometry(
    frame: gpd.GeoDataFrame, layer: str, contract: Contract, source: str, ids: pd.Series[str]
) -> tuple[gpd.GeoDataFrame, list[Fault], list[Note]]:
    """Find missing and wrong geometries; mend invalid polygons; take the outline where a line is wanted."""
    geometry = frame.geometry
    faults: list[Fault] = []
    notes: list[Note] = []
    shapes = geometry.to_numpy()
    gone = pd.Series(shapely.is_missing(shapes) | shapely.is_empty(shapes), index=frame.index)
    if gone.any():
        where = listed(ids[gone])
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
        faults.append(Fault(source, listed(ids[wrong]), what, "Convert them, or choose another layer."))
    if flat.all():
        faults.append(Fault(source, listed(ids), "no polygon has any area.", "Check how the file was made."))
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
            frame[name] = frame[name].astype(
                {"text": "str", "time": "str", "number": float, "truth": bool}[column.kind]
            )
    return frame


def listed(names: Iterable[str]) -> str:
    """Name the first few features and count the rest."""
    found = list(dict.fromkeys(names))
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more
