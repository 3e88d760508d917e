"""Tables as analysts export them: coordinates in columns, numbers as text, conditions over both."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from nmplan.crs import feature_names
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.conform import read_number
from nmplan.layers.contracts import Note

if TYPE_CHECKING:
    from collections.abc import Mapping

POSITION_COLUMNS = ("lon", "lat")
"""Names the coordinates of a table are mapped to: columns = { lon = "…", lat = "…" }; x and y of any system."""

GEOMETRY_COLUMN = "geometry"
"""Name a column of well-known text is mapped to: columns = { geometry = "wkt" }."""

_CROSSED = (
    ("lon", re.compile(r"(?i)^(gps_?|wgs84_?)?(lat(itude)?|north(ing)?s?|緯度|纬度|北距)(_?\w{0,6})$")),
    ("lat", re.compile(r"(?i)^(gps_?|wgs84_?)?(lon(g|gitude)?|lng|east(ing)?s?|經度|经度|東距)(_?\w{0,6})$")),
)
"""Names of a file's column that say it is the other axis; the official order of EPSG:2326 is Northing, Easting."""

SHOWN = 5

_METHODS = frozenset(
    [
        "str",
        "contains",
        "startswith",
        "endswith",
        "lower",
        "upper",
        "strip",
        "len",
        "isin",
        "isna",
        "notna",
        "isnull",
        "notnull",
        "between",
        "abs",
        "round",
    ]
)
"""What a condition may ask of a column. pandas would run any method, also those that write files."""


def chosen_rows(table: pd.DataFrame, where: str | None, layer: str, source: str) -> tuple[pd.DataFrame, list[Note]]:
    """
    Return the rows a condition chooses.

    Parameters
    ----------
    table
        Cells as text (CSV) or typed (Parquet).
    where
        A pandas query, e.g. "area_m2 > 5000 and zone == 'I'". A text column that is compared with a number is read as
        numbers, thousands separators and all; one that is compared with text stays text.
    layer, source
        Named in notes and messages.

    Returns
    -------
    tuple
        The rows as they were, and a note of rows that a blank cell leaves out.

    Raises
    ------
    LayerError
        A condition that makes no sense for the table, or compares words with numbers.
    """
    if not where:
        return table, []
    try:
        condition, names = _plain(where, table)
        tree = ast.parse(condition, mode="eval")
        _refuse_other_methods(tree)
        texts = _compared_with_text(tree)
        read: dict[str, pd.Series[Any]] = {}
        blanks = pd.Series(data=False, index=table.index)
        for name in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & set(names):
            cells = table[names[name]]
            read[name] = cells if name in texts or not _is_text(cells) else _numbers(table, names[name], source)
            blanks |= read[name].isna() if read[name] is not cells else False
        chosen = _yes_or_no(
            table.rename(columns={theirs: ours for ours, theirs in names.items()}).assign(**read).eval(condition)
        )
    except _SENSELESS as error:
        what = f"the condition {where!r:.200} makes no sense for this file: {error}."
        mend = "Correct where in the study: compare with == and != and join with and, or; put words in quotes."
        raise LayerError([Fault(source, "", what, mend)]) from None
    lost = int((blanks & ~chosen).sum())
    notes = [Note(layer, "rows with a blank cell in a column that `where` compares, left out", lost)] if lost else []
    return table[chosen], notes


_SENSELESS = (
    SyntaxError,
    NameError,
    TypeError,
    KeyError,
    ValueError,
    AttributeError,
    NotImplementedError,
    RecursionError,
    MemoryError,
)
"""What Python and pandas raise for conditions that are none; the last two for such that are nested too deep."""


def _refuse_other_methods(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr not in _METHODS:
            raise NameError(f"{node.attr} is none of {', '.join(sorted(_METHODS))}")


def _plain(where: str, table: pd.DataFrame) -> tuple[str, dict[str, str]]:
    """Put plain names in the place of `names in backticks`; return the condition and the table's name for each name."""
    names = {str(name): str(name) for name in table.columns}

    def renamed(found: re.Match[str]) -> str:
        if found[1] not in table.columns:
            raise KeyError(found[1])
        plain = f"column_{len(names)}_"
        names.pop(found[1], None)
        names[plain] = found[1]
        return plain

    condition = re.sub(r"`([^`]+)`", renamed, where)
    return condition, names


def _compared_with_text(tree: ast.AST) -> set[str]:
    """Return the names that a condition compares with words, or asks for parts of words."""
    texts = set()
    for node in ast.walk(tree):
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        words = [leaf for side in sides for leaf in ast.walk(side) if isinstance(leaf, ast.Constant)]
        if any(isinstance(word.value, str) for word in words):
            texts |= {leaf.id for side in sides for leaf in ast.walk(side) if isinstance(leaf, ast.Name)}
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            texts.add(node.value.id)
    return texts


def _is_text(cells: pd.Series[Any]) -> bool:
    return pd.api.types.is_string_dtype(cells) or cells.dtype == object


def _numbers(table: pd.DataFrame, name: str, source: str) -> pd.Series[float]:
    """Read a column of text as numbers, blank as unknown; cells that are no number are named."""
    cells = table[name]
    blank = cells.isna() | cells.astype(str).str.strip().eq("")
    numbers = cells.where(~blank, None).map(read_number, na_action="ignore").astype(float)
    wrong = numbers.isna() & ~blank
    if wrong.any():
        what = f"`where` compares column {name} with a number, and it holds {str(cells[wrong].iloc[0])!r:.60}."
        mend = "Correct the cells, or compare with text in quotes."
        raise LayerError([Fault(source, _rows(table, wrong), what, mend)])
    return numbers


def _rows(table: pd.DataFrame, which: pd.Series[bool]) -> str:
    """Name the first features that are meant, by id or row, and count the rest."""
    names = feature_names(table.reset_index(drop=True))[which.to_numpy()]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _yes_or_no(chosen: object) -> pd.Series[bool]:
    if not isinstance(chosen, pd.Series) or not pd.api.types.is_bool_dtype(chosen):
        raise TypeError("it does not say yes or no for each row")
    return chosen


def with_places(table: pd.DataFrame, mapped: Mapping[str, str], source: str) -> gpd.GeoDataFrame:
    """
    Give a table its geometries, from a column of well-known text or from two of coordinates.

    Parameters
    ----------
    table
        With `geometry` (well-known text), or `lon` and `lat` (x and y of any coordinate system).
    mapped
        The file's name for each of these columns, where it has another.
    source
        File named in messages.

    Returns
    -------
    geopandas.GeoDataFrame
        Without coordinate system.

    Raises
    ------
    LayerError
        No coordinates, cells that are none (each row named), or columns whose names say that they are swapped.
    """
    if GEOMETRY_COLUMN in table:
        return _from_text(table, mapped.get(GEOMETRY_COLUMN, GEOMETRY_COLUMN), source)
    x, y = POSITION_COLUMNS
    if x not in table or y not in table:
        what = "a table without geometry needs its coordinates named."
        mend = (
            'Write columns = { lon = "…", lat = "…" } (x and y of any crs), or { geometry = "…" } for WKT, and a crs.'
        )
        raise LayerError([Fault(source, "", what, mend)])
    faults = [fault for name, words in _CROSSED if (fault := _crossed(name, mapped.get(name, name), words, source))]
    numbers = {}
    for name in POSITION_COLUMNS:
        numbers[name], wrong = _coordinates(table, name, mapped.get(name, name), source)
        faults += wrong
    if faults:
        raise LayerError(faults)
    known = numbers[x].notna() & numbers[y].notna()
    points = pd.Series(shapely.points(numbers[x].fillna(0.0), numbers[y].fillna(0.0)), index=table.index).where(
        known, None
    )
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(points, index=table.index))


def _crossed(name: str, theirs: str, words: re.Pattern[str], source: str) -> Fault | None:
    if not words.match(theirs.strip()):
        return None
    what = f"{name} is read from column {theirs}, which is the other axis by its name."
    mend = "Name the columns the right way round: lon is x (longitude, Easting), lat is y (latitude, Northing)."
    return Fault(source, f"columns.{name}", what, mend)


def _coordinates(table: pd.DataFrame, ours: str, name: str, source: str) -> tuple[pd.Series[float], list[Fault]]:
    """Read a column of coordinates; blank cells stay unknown for the contract to name."""
    cells = table[ours]
    blank = cells.isna() | cells.astype(str).str.strip().eq("")
    numbers = cells.where(~blank, None).map(read_number, na_action="ignore").astype(float)
    wrong = numbers.isna() & ~blank
    if not wrong.any():
        return numbers, []
    first = str(cells[wrong].iloc[0])
    what = f"column {name} holds {first[:60]!r}, which is no coordinate."
    return numbers, [Fault(source, _rows(table, wrong), what, _how_to_write(first))]


def _how_to_write(cell: str) -> str:
    if re.search(r"[°º˚'′″\"度分秒]|\d\s*[NSEW]\b", cell):
        return "Degrees, minutes and seconds are not guessed at: write decimal degrees, e.g. 114.0719."
    if re.fullmatch(r"\s*[+-]?\d+,\d+\s*", cell):
        return "Write a point before the decimals."
    return "Correct the cell, or leave the row out with `where`."


def _from_text(table: pd.DataFrame, name: str, source: str) -> gpd.GeoDataFrame:
    """Read well-known text; rows that are none are named, blank ones left for the contract to name."""
    cells = table[GEOMETRY_COLUMN]
    blank = cells.isna() | cells.astype(str).str.strip().eq("")
    shapes = shapely.from_wkt(cells.astype(object).where(~blank, None).to_numpy(), on_invalid="ignore")
    wrong = pd.Series(shapely.is_missing(shapes), index=table.index) & ~blank
    if wrong.any():
        what = f"column {name} holds {str(cells[wrong].iloc[0])[:60]!r}, which is no well-known text."
        mend = "Write e.g. POINT (114.07 22.49), without SRID, rings closed; or give coordinates as lon and lat."
        raise LayerError([Fault(source, _rows(table, wrong), what, mend)])
    return gpd.GeoDataFrame(table.drop(columns=GEOMETRY_COLUMN), geometry=gpd.GeoSeries(shapes, index=table.index))
