"""Numbers, words and geometries as short text: quantised, whole, deflated, base64."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import ArrayLike
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

STEPS_PER_DEGREE = 1_000_000
"""One step is 0.11 m of latitude and 0.10 m of longitude, finer than any layer is accurate."""

MISSING = -(2**20)
"""Stands for "no value" in a column: below anything measured."""

Ring = list[tuple[float, float]]
"""Longitude and latitude in degrees; a polygon's ring is given without its closing point."""

Shape = list[list[Ring]]
"""Parts of rings: a polygon's outer ring and holes, a line or a point as a part of one ring."""

Form = list[str]
"""What stands round the numbers of a word, and how many digits each has: "lot-", "3", "-r" for lot-007-r."""

_EFFORT = 7
"""Level of deflate: the highest takes thirty times as long on long columns and saves a hundredth."""

_DIGITS = re.compile(r"(\d{1,9})", re.ASCII)
_WIDEST_ORDER = 2**32
"""The page sorts by 32 bits: a column that spans more cannot give others an order."""


def pack_bytes(content: bytes) -> str:
    """Return bytes as text: their number in four bytes, then raw deflate, all in base64."""
    squeeze = zlib.compressobj(_EFFORT, zlib.DEFLATED, -zlib.MAX_WBITS, 9)
    small = squeeze.compress(content) + squeeze.flush()
    return base64.b64encode(len(content).to_bytes(4, "little") + small).decode("ascii")


def unpack_bytes(text: str) -> bytes:
    """Return what `pack_bytes` packed."""
    return zlib.decompress(base64.b64decode(text)[4:], -zlib.MAX_WBITS)


def pack_integers(numbers: ArrayLike) -> str:
    """
    Return whole numbers of either sign as text; small ones are short.

    The sign goes into the lowest bit (0, −1, 1, −2 … become 0, 1, 2, 3 …). Then come all lowest bytes, all second
    bytes and so on, their number first: deflate finds more in bytes that mean the same than in whole numbers.
    """
    signed = np.asarray(numbers, dtype=np.int64)
    return pack_bytes(_planes(signed)) if signed.size else ""


def _planes(signed: Whole) -> bytes:
    folded = np.where(signed >= 0, 2 * signed, -2 * signed - 1)
    planes = max(1, -(-int(folded.max()).bit_length() // 8))
    layered = folded.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :planes].T
    return bytes([planes]) + layered.tobytes()


def unpack_integers(text: str) -> Whole:
    """Return what `pack_integers` packed."""
    if not text:
        return np.empty(0, dtype=np.int64)
    content = unpack_bytes(text)
    layered = np.frombuffer(content, dtype=np.uint8, offset=1).reshape(content[0], -1).astype(np.int64)
    folded = (layered << (8 * np.arange(content[0]))[:, None]).sum(axis=0)
    return np.where(folded % 2, -(folded + 1) // 2, folded // 2)


def pack_column(numbers: ArrayLike, others: Mapping[int, Whole] | None = None) -> str:
    """
    Return a column of whole numbers as text, in whichever way is shortest.

    Parameters
    ----------
    numbers
        One per site.
    others
        Columns it may resemble, by their number in the page, each of which can be read without this one.

    Returns
    -------
    str
        A letter, the number of another column where one is leant on, a colon, then whole numbers:
        "n" the numbers; "s" the steps from row to row; "d3" the differences from column 3; "o3" the steps from row to
        row in the order of column 3 (and of rows where it is equal), short where the one rises or falls with the other.
    """
    column = np.asarray(numbers, dtype=np.int64)
    ways = {"n": column, "s": _steps(column)}
    for number, other in (others or {}).items():
        ways[f"d{number}"] = column - other
        if np.ptp(other) < _WIDEST_ORDER:
            ways[f"o{number}"] = _steps(column[np.argsort(other, kind="stable")])
    # A quick look tells as well which way is shortest; only that one is worth a long one.
    best = min(ways, key=lambda way: len(zlib.compress(_planes(ways[way]), 1))) if column.size else "n"
    return f"{best}:{pack_integers(ways[best])}"


def unpack_column(columns: Sequence[str], number: int) -> Whole:
    """Return one of the columns that `pack_column` packed."""
    way, _, packed = columns[number].partition(":")
    rest = unpack_integers(packed)
    match way[0]:
        case "n":
            return rest
        case "s":
            return np.cumsum(rest)
        case "d":
            return rest + unpack_column(columns, int(way[1:]))
        case _:
            column = np.empty_like(rest)
            column[np.argsort(unpack_column(columns, int(way[1:])), kind="stable")] = np.cumsum(rest)
            return column


def _steps(numbers: Whole) -> Whole:
    return np.diff(numbers, prepend=np.int64(0))


def pack_words(words: Sequence[str]) -> dict[str, Any]:
    """
    Return words as the forms they have and the numbers in them: ids and names that count cost next to nothing.

    Parameters
    ----------
    words
        Any text, one per site.

    Returns
    -------
    dict
        forms (deflated JSON, list of `Form`), form (column: which form each word has) and numbers (a column per place
        for a number in a form, one row per word that has that place).
    """
    split = [_DIGITS.split(word) for word in words]
    forms = [[part if place % 2 == 0 else str(len(part)) for place, part in enumerate(parts)] for parts in split]
    table = {form: number for number, form in enumerate(dict.fromkeys(map(tuple, forms)))}
    places = max((len(parts) // 2 for parts in split), default=0)
    numbers = [[int(parts[2 * at + 1]) for parts in split if len(parts) > 2 * at + 1] for at in range(places)]
    return {
        "forms": pack_bytes(json.dumps(list(table), ensure_ascii=False, separators=(",", ":")).encode()),
        "form": pack_column([table[tuple(form)] for form in forms]),
        "numbers": [pack_column(column) for column in numbers],
    }


def unpack_words(packed: Mapping[str, Any]) -> list[str]:
    """Return what `pack_words` packed."""
    forms: list[Form] = json.loads(unpack_bytes(packed["forms"]))
    numbers = [iter(unpack_column([column], 0).tolist()) for column in packed["numbers"]]
    return [
        "".join(
            part if place % 2 == 0 else f"{next(numbers[place // 2]):0{part}d}"
            for place, part in enumerate(forms[number])
        )
        for number in unpack_column([packed["form"]], 0).tolist()
    ]


def pack_geometries(geometries: gpd.GeoSeries) -> str:
    """
    Return points, lines and polygons as text.

    Parameters
    ----------
    geometries
        Any coordinate system; an empty geometry becomes a shape without parts.

    Returns
    -------
    str
        Three lists of whole numbers with dots between: counts (for each geometry its parts, for each part its rings,
        for each ring its points); steps of longitude; steps of latitude, in millionths of a degree. A ring's first
        point is told from the first of the ring before, every other one from the point before.
    """
    shapes = np.asarray(geometries.to_crs("EPSG:4326").array)
    rings, ring_of, part_of, shape_of = _rings(shapes)
    if not shapes.size:
        return ""
    starts = np.flatnonzero(np.diff(ring_of, prepend=-1))
    steps = np.diff(rings, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    steps[starts] = np.diff(rings[starts], axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    counts = _counts(np.diff(np.append(starts, len(rings))).tolist(), part_of.tolist(), shape_of.tolist(), len(shapes))
    return ".".join([pack_integers(counts), pack_integers(steps[:, 0]), pack_integers(steps[:, 1])])


def _counts(points: list[int], part_of: list[int], shape_of: list[int], shapes: int) -> list[int]:
    """Return for each shape its parts, for each part its rings, for each ring its points."""
    nested: list[dict[int, list[int]]] = [{} for _ in range(shapes)]
    for count, part, shape in zip(points, part_of, shape_of, strict=True):
        nested[shape].setdefault(part, []).append(count)
    return [
        number
        for parts in nested
        for number in [len(parts), *(one for rings in parts.values() for one in (len(rings), *rings))]
    ]


def unpack_geometries(text: str) -> list[Shape]:
    """Return what `pack_geometries` packed, in degrees."""
    if not text:
        return []
    counts, x, y = (unpack_integers(numbers).tolist() for numbers in text.split("."))
    left, steps = iter(counts), iter(zip(x, y, strict=True))
    shapes: list[Shape] = []
    first = (0, 0)
    for parts in left:
        shape: Shape = []
        for _ in range(parts):
            part: list[Ring] = []
            for _ in range(next(left)):
                at = first
                ring: Ring = []
                for place in range(next(left)):
                    step = next(steps)
                    at = (at[0] + step[0], at[1] + step[1])
                    first = at if place == 0 else first
                    ring.append((at[0] / STEPS_PER_DEGREE, at[1] / STEPS_PER_DEGREE))
                part.append(ring)
            shape.append(part)
        shapes.append(shape)
    return shapes


def _rings(shapes: NDArray[Any]) -> tuple[Whole, Whole, Whole, Whole]:
    """
    Return the points of all rings in whole steps, the ring of each, and of each ring its part and its shape.

    Points that fall together are left out, and rings that have no inside then. A line or a point is a part of one ring.
    """
    parts, shape_of = shapely.get_parts(shapes, return_index=True)
    closed = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    outlines, owner = shapely.get_rings(parts[closed], return_index=True)
    lines = np.concatenate([outlines, parts[~closed]])
    part_of = np.concatenate([np.flatnonzero(closed)[owner], np.flatnonzero(~closed)]).astype(np.int64)
    order = np.argsort(part_of, kind="stable")
    lines, part_of = lines[order], part_of[order]
    degrees, ring_of = shapely.get_coordinates(lines, return_index=True)
    points = np.rint(degrees * STEPS_PER_DEGREE).astype(np.int64)
    moved = np.diff(points, axis=0, prepend=points[:1] - 1).any(axis=1) | (np.diff(ring_of, prepend=-1) != 0)
    points, ring_of = points[moved], ring_of[moved]
    closing = (np.diff(ring_of, append=len(lines)) != 0) & closed[part_of[ring_of]]
    points, ring_of = points[~closing], ring_of[~closing]
    # A sliver narrower than a step has no inside left; without its outer ring a part is nothing.
    whole = np.bincount(ring_of, minlength=len(lines)) >= np.where(closed[part_of], 3, 1)
    outer = np.diff(part_of, prepend=-1) != 0
    whole &= np.isin(part_of, part_of[outer & whole])
    kept = whole[ring_of]
    return points[kept], ring_of[kept], part_of[whole], shape_of[part_of[whole]]
