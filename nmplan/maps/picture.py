"""The map as a still picture: SVG drawn from the payload, for index cards and for readers without JavaScript."""

from __future__ import annotations

import html
import math
import re
from itertools import groupby
from itertools import pairwise
from typing import TYPE_CHECKING
from typing import Any
from typing import NamedTuple

import numpy as np
import shapely

from nmplan.maps.quantise import unpack_geometries
from nmplan.maps.ranking import band_of
from nmplan.maps.ranking import rank_sites

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nmplan.maps.quantise import Shape

BAND_COLOURS = ("#1F2A63", "#2B6CA3", "#45A3B5", "#9CCFA6", "#FBE9A0")
CHANGE_COLOURS = ("#542788", "#998EC3", "#E9E4EA", "#F1A340", "#B35806")
EXCLUDED = "#E4E4E4"
SEA = "#D6E2EA"
HONG_KONG = "#F7F5F0"
MAINLAND = "#ECE8E1"

_MARGIN = 0.03
_HEIGHT = 0.8
"""Share of the width."""

_CJK = "\u2e80"
"""Letters from here on are Chinese, and as wide as high."""

_WIDE, _NARROW = 1.0, 0.6
"""Width of a letter in its height."""

_TYPE = 13
"""Size of names, in pixels."""

_HIDDEN = 0.3
"""A name that would lie on areas with more of its box than this is left out."""
_CROWD = 5_000
"""More sites than this are too small to be told apart in a still picture."""

_SQUARE = 3
"""Side of the squares that stand for them, in pixels."""

_NATURE = {"water": "#C3D6E2", "conservation": "#DCE8D2"}
_COUNTRY_PARK = "#E2EBDA"

_UNDRAWN = ("metro", "high-speed", "light-rail")
"""Lines that would only clutter so small a picture."""


class _Frame(NamedTuple):
    """The part of the world in the picture: west and north in degrees, pixels per degree, size in pixels."""

    west: float
    north: float
    across: float
    up: float
    width: int
    height: int

    def pixel(self, point: tuple[float, float]) -> tuple[float, float]:
        """Return the pixel of a longitude and latitude."""
        return (point[0] - self.west) * self.across, (self.north - point[1]) * self.up

    def path(self, shape: Shape, *, closed: bool = True) -> str:
        """Return the shape as SVG path data in tenths of a pixel; empty when it lies outside."""
        rings = [[self.pixel(point) for point in ring] for part in shape for ring in part]
        if not any(self._touches(ring) for ring in rings):
            return ""
        return "".join(_ring(ring) + ("z" if closed else "") for ring in rings)

    def _touches(self, ring: list[tuple[float, float]]) -> bool:
        xs, ys = [x for x, _ in ring], [y for _, y in ring]
        return max(xs) > 0 and min(xs) < self.width and max(ys) > 0 and min(ys) < self.height


def draw_picture(payload: dict[str, Any], label: str, *, scenario: int = 0, tenant: int = 0, width: int = 800) -> str:
    """
    Return the map of one tenant in one scenario as an SVG element.

    Parameters
    ----------
    payload
        From `build_payload`.
    label
        What a screen reader says of the picture.
    scenario, tenant
        Position in the payload.
    width
        Pixels; the height follows from the sites.
    """
    bands = _bands(payload, scenario, tenant)
    return draw_classes(payload, label, bands, BAND_COLOURS, scenario=scenario, tenant=tenant, width=width)


def draw_classes(
    payload: dict[str, Any],
    label: str,
    classes: Sequence[int],
    colours: Sequence[str],
    *,
    scenario: int = 0,
    tenant: int | None = None,
    width: int = 800,
) -> str:
    """
    Return a map of classes of sites as an SVG element.

    Parameters
    ----------
    payload
        From `build_payload`.
    label
        What a screen reader says of the picture.
    classes
        One per site: a position in `colours`, or -1 for a site that has none.
    colours
        As "#RRGGBB".
    scenario
        Position in the payload; its year tells which lines are dashed.
    tenant
        Whose clusters are outlined; none by default.
    width
        Pixels; the height follows from the sites.
    """
    frame = _frame(unpack_geometries(payload["sites"]["geometry"]), width)
    year = payload["scenarios"][scenario]["year"]
    paths = [
        *_sites(payload, frame, classes, colours),
        *_outlines(payload["context"], frame),
        *([] if tenant is None else _clusters(payload, frame, scenario, tenant)),
    ]
    return _svg(frame, payload["context"], year, paths, label)


def draw_shapes(
    context: dict[str, Any],
    drawn: Sequence[tuple[Shape, str]],
    label: str,
    *,
    home: Sequence[Shape],
    year: int,
    width: int = 800,
) -> str:
    """
    Return a map with shapes of any kind on it as an SVG element.

    Parameters
    ----------
    context
        Layers round the sites, as in the payload.
    drawn
        Polygons in the order they are painted, each with the attributes it is drawn with, in tenths of a pixel.
    label
        What a screen reader says of the picture.
    home
        What lies inside the picture.
    year
        Rail that opens later is dashed.
    width
        Pixels; the height follows.
    """
    frame = _frame(list(home), width)
    paths = [*_outlines(context, frame), *(_path(frame.path(shape), look) for shape, look in drawn)]
    return _svg(frame, context, year, paths, label)


def _svg(frame: _Frame, context: dict[str, Any], year: int, paths: list[str], label: str) -> str:
    """Return the picture: ground, what is drawn on it, names of areas."""
    sea = SEA if context["land"]["items"] else HONG_KONG
    areas = [pair for pair in _features(context["areas"]) if pair[0]["role"] != "context"]
    return (
        f'<svg viewBox="0 0 {frame.width} {frame.height}" width="{frame.width}" height="{frame.height}" role="img" '
        f'aria-label="{html.escape(label)}"><rect width="{frame.width}" height="{frame.height}" fill="{sea}"/>'
        f'<g transform="scale(0.1)">{"".join([*_ground(context, frame, year), *paths])}</g>'
        f"{''.join(_labels(frame, areas))}</svg>"
    )


def _ground(context: dict[str, Any], frame: _Frame, year: int) -> list[str]:
    """Return land, nature and rail; what opens after the year is dashed."""
    parts = []
    for item, shape in sorted(_features(context["land"]), key=lambda pair: pair[0]["side"] == "hong-kong"):
        fill = MAINLAND if item["side"] == "mainland" else HONG_KONG
        parts.append(_path(frame.path(shape), f'fill="{fill}" stroke="#A9BCC9" stroke-width="10"'))
    for item, shape in _features(context["constraints"]):
        parts.append(_path(frame.path(shape), f'fill="{_NATURE.get(item["kind"], _COUNTRY_PARK)}"'))
    for item, shape in _features(context["lines"]):
        if item["mode"] in _UNDRAWN:
            continue
        dash = ' stroke-dasharray="70 60"' if (item["opens"] or 0) > year else ""
        line = f'fill="none" stroke="{item["colour"]}" stroke-width="16"{dash}'
        parts.append(_path(frame.path(shape, closed=False), line))
    return parts


def _sites(payload: dict[str, Any], frame: _Frame, classes: Sequence[int], colours: Sequence[str]) -> list[str]:
    """Return one path per class, so that its colour stands once."""
    sites = unpack_geometries(payload["sites"]["geometry"])
    looks = [(-1, EXCLUDED, "#8A949D"), *((place, colour, "#FFFFFF") for place, colour in enumerate(colours))]
    if len(sites) > _CROWD:
        shown = _crowd(sites, frame, classes)
        return [_path(shown.get(place, ""), f'fill="{fill}"') for place, fill, _ in looks]
    return [
        _path(
            "".join(frame.path(shape) for shape, own in zip(sites, classes, strict=True) if own == place),
            f'fill="{fill}" stroke="{stroke}" stroke-width="2"',
        )
        for place, fill, stroke in looks
    ]


def _crowd(sites: list[Shape], frame: _Frame, bands: Sequence[int]) -> dict[int, str]:
    """Return squares instead of outlines that would be too small to see, by band: the mean band of sites in each."""
    across, down = frame.width // _SQUARE + 1, frame.height // _SQUARE + 1
    ranked, sums, barred = (np.zeros((down, across)) for _ in range(3))
    for shape, band in zip(sites, bands, strict=True):
        x, y = frame.pixel(shape[0][0][0]) if shape else (-1.0, -1.0)
        if 0 <= x < frame.width and 0 <= y < frame.height:
            place = int(y) // _SQUARE, int(x) // _SQUARE
            ranked[place] += band >= 0
            sums[place] += max(band, 0)
            barred[place] += band < 0
    means = np.where(
        ranked >= np.maximum(barred, 1), np.rint(sums / np.maximum(ranked, 1)), np.where(barred > 0, -1, -2)
    )
    paths: dict[int, list[str]] = {}
    for row, line in enumerate(means.astype(int).tolist()):
        at = 0
        for band, run in groupby(line):
            long = len(list(run))
            paths.setdefault(band, []).append(
                f"M{at * _SQUARE * 10} {row * _SQUARE * 10}h{long * _SQUARE * 10}v{_SQUARE * 10}H{at * _SQUARE * 10}z"
            )
            at += long
    return {band: "".join(path) for band, path in paths.items()}


def _outlines(context: dict[str, Any], frame: _Frame) -> list[str]:
    """Return the areas and the boundary."""
    line = 'fill="none" stroke="#7A0F4F" stroke-width="20" stroke-dasharray="100 40 20 40"'
    edge = 'fill="none" stroke="#55626F" stroke-width="8" stroke-dasharray="20 30"'
    areas = [shape for item, shape in _features(context["areas"]) if item["role"] != "context"]
    return [
        *(_path(frame.path(shape), edge) for shape in areas),
        *(_path(frame.path(shape, closed=False), line) for _, shape in _features(context["boundary"])),
    ]


def _clusters(payload: dict[str, Any], frame: _Frame, scenario: int, tenant: int) -> list[str]:
    """Return the tenant's clusters."""
    own = payload["tenants"][tenant]["id"]
    clusters = [pair for pair in _features(payload["scenarios"][scenario]["clusters"]) if pair[0]["tenant"] == own]
    return [_path(frame.path(shape), 'fill="none" stroke="#111111" stroke-width="14"') for _, shape in clusters]


def _labels(frame: _Frame, named: list[tuple[dict[str, Any], Shape]]) -> list[str]:
    """
    Return the names, one language above the other, each beside its shape and over as few shapes as can be.

    A name that finds no room clear of those before it is left out.
    """
    labels: list[str] = []
    taken: list[_Box] = []
    ground = shapely.union_all([_polygon(frame, shape) for _, shape in named])
    for item, shape in named:
        lines = [(_short(item["en"]), "en-HK"), (_short(item["zh"]), "zh-Hant-HK")]
        width = max(_width(text) for text, _ in lines)
        places = [box for box in _places(frame, shape, width) if not any(box.touches(other) for other in taken)]
        hidden = [shapely.box(*box).intersection(ground).area / shapely.box(*box).area for box in places]
        if min(hidden, default=1) < _HIDDEN:
            box = places[hidden.index(min(hidden))]
            labels += [
                _text((box.left + box.right) / 2, box.top + (line + 0.85) * _TYPE, text, language)
                for line, (text, language) in enumerate(lines)
            ]
            taken.append(box)
    return labels


class _Box(NamedTuple):
    """What a label covers, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: _Box) -> bool:
        """Say whether two boxes overlap."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def _places(frame: _Frame, shape: Shape, width: float) -> list[_Box]:
    """Return where the name of a shape may stand inside the frame: above, below, right, left."""
    left, top, right, bottom = shapely.bounds(_polygon(frame, shape)).tolist()
    middle, height = (left + right) / 2, 2.1 * _TYPE
    at = min(max(middle - width / 2, 2), frame.width - width - 2)
    beside = (top + bottom - height) / 2
    boxes = [
        _Box(at, top - height - 2, at + width, top - 2),
        _Box(at, bottom + 2, at + width, bottom + height + 2),
        _Box(right + 4, beside, right + 4 + width, beside + height),
        _Box(left - 4 - width, beside, left - 4, beside + height),
    ]
    inside = 0 < middle < frame.width and 0 < (top + bottom) / 2 < frame.height
    return [
        box
        for box in boxes
        if inside and box.left >= 0 and box.right <= frame.width and box.top >= 0 and box.bottom <= frame.height
    ]


def _polygon(frame: _Frame, shape: Shape) -> shapely.Geometry:
    """Return the outer rings of a shape in pixels, where they cross themselves mended."""
    rings = [[frame.pixel(point) for point in part[0]] for part in shape]
    return shapely.make_valid(shapely.MultiPolygon([shapely.Polygon(ring) for ring in rings]))


def _short(name: str) -> str:
    """Return a name without what stands in brackets."""
    return re.sub(r"\s*[(（].*?[)）]", "", name)


def _width(text: str) -> float:
    """Return about how wide a text is, in pixels."""
    return sum(_WIDE if letter >= _CJK else _NARROW for letter in text) * _TYPE


def _text(x: float, y: float, text: str, language: str) -> str:
    """Return a line of a label."""
    look = f'font-family="sans-serif" font-size="{_TYPE}" font-weight="600" text-anchor="middle" fill="#1B2733"'
    halo = 'stroke="#FFFFFF" stroke-width="3" paint-order="stroke"'
    return f'<text lang="{language}" x="{x:.0f}" y="{y:.0f}" {look} {halo}>{html.escape(text)}</text>'


def _ring(pixels: list[tuple[float, float]]) -> str:
    """Return a ring as SVG path data: steps in whole tenths of a pixel, which are short."""
    tenths = [(round(x * 10), round(y * 10)) for x, y in pixels]
    steps = [f"{right - x} {down - y}" for (x, y), (right, down) in pairwise(tenths)]
    return f"M{tenths[0][0]} {tenths[0][1]}l{' '.join(steps)}"


def _path(data: str, attributes: str) -> str:
    """Return a path element, or nothing where there is nothing to draw."""
    return f'<path d="{data}" {attributes}/>' if data else ""


def _features(layer: dict[str, Any]) -> list[tuple[dict[str, Any], Shape]]:
    """Return a layer's items with their shapes."""
    return list(zip(layer["items"], unpack_geometries(layer["geometry"]), strict=True))


def _frame(sites: list[Shape], width: int) -> _Frame:
    """Return the frame that shows all sites with a margin."""
    points = [point for shape in sites for part in shape for point in part[0]]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    height = round(width * _HEIGHT)
    room = 1 + 2 * _MARGIN
    up = min(width / (east - west) / squeeze, height / (north - south)) / room
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    across = up * squeeze
    return _Frame(middle_x - width / 2 / across, middle_y + height / 2 / up, across, up, width, height)


def _bands(payload: dict[str, Any], scenario: int, tenant: int) -> list[int]:
    """Return the band of each site, -1 where a rule excludes it."""
    ranked = rank_sites(payload, scenario, tenant)
    bands = [-1] * len(payload["sites"]["id"])
    for one in ranked:
        bands[one.site] = band_of(one.rank, len(ranked))
    return bands
