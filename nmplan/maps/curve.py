"""A value function over the sites it judges: the curve, how many sites measure what, and where the ranked ones lie."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from typing import Any

import numpy as np

from nmplan.scores.drawings import corners_of
from nmplan.scores.value_functions import range_of
from nmplan.scores.value_functions import value_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nmplan.shapes import ValueFunction

WIDTH, HEIGHT = 260, 104
LEFT, RIGHT, TOP, FLOOR = 14, 252, 8, 72
"""Edges of the plot, in pixels; ticks of sites and numbers lie below."""

BINS = 34
SAMPLES = 120
BULK = (1, 99)
"""Percentiles of the sites that are shown at least; what lies beyond the edges is drawn at them."""

_APART = 0.17
"""Numbers on the axis stand this share of its length apart, or the later one is left out."""


def draw_curve(
    function: ValueFunction,
    unit: tuple[str, str],
    measured: NDArray[np.float64],
    ranked: NDArray[np.bool_],
    label: str,
) -> str:
    """
    Return the picture of a value function as an SVG element.

    Parameters
    ----------
    function
        Of the criterion.
    unit
        Of the measure, in English and Chinese.
    measured
        The sites' measured quantities, in that unit; NaN where there is none.
    ranked
        For each, whether the site passes every rule.
    label
        What a screen reader says of the picture.
    """
    known = measured[np.isfinite(measured)]
    low, high = _span(function, known)

    def across(quantities: Any) -> Any:
        return LEFT + (np.clip(quantities, low, high) - low) / (high - low) * (RIGHT - LEFT)

    parts = [
        _bars(across(known)),
        f'<path d="M{LEFT} {FLOOR}H{RIGHT}" stroke="#8A949D" stroke-width="1"/>',
        _curve(function, low, high, across),
        _rug(across(measured[ranked & np.isfinite(measured)])),
        _numbers(function, unit, low, high, across),
    ]
    return (
        f'<svg class="curve" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{html.escape(label)}" font-size="11" fill="none">{"".join(parts)}</svg>'
    )


def _span(function: ValueFunction, known: NDArray[np.float64]) -> tuple[float, float]:
    """Return the least and the most that is drawn: what the function names and where the bulk of the sites lies."""
    low, high = range_of(function)
    if known.size:
        least, most = np.percentile(known, BULK)
        low, high = min(low, float(least)), max(high, float(most))
    return low, high


def _bars(xs: NDArray[np.float64]) -> str:
    """Return how many sites lie where, as grey bars, the highest as high as the plot."""
    counts, edges = np.histogram(xs, bins=BINS, range=(LEFT, RIGHT))
    if not counts.any():
        return ""
    tops = FLOOR - counts / counts.max() * (FLOOR - TOP)
    bars = [
        f"M{left:.1f} {FLOOR}V{top:.1f}H{right - 0.8:.1f}V{FLOOR}z"
        for left, right, top, count in zip(edges[:-1], edges[1:], tops, counts, strict=True)
        if count
    ]
    return f'<path d="{"".join(bars)}" fill="#DDE3E8"/>'


def _curve(function: ValueFunction, low: float, high: float, across: Any) -> str:
    """Return the value function, 0 to 1 upwards; a step is drawn upright."""
    edges = [np.nextafter(mark, side) for mark in corners_of(function) for side in (-np.inf, np.inf)]
    drawn = np.unique(np.clip(np.concatenate([np.linspace(low, high, SAMPLES), edges]), low, high))
    down = FLOOR - value_of(drawn, function) * (FLOOR - TOP)
    # straight pieces need no points between their ends
    points = list(dict.fromkeys(f"{x:.1f},{y:.1f}" for x, y in zip(across(drawn), down, strict=True)))
    look = 'stroke="#0B5C8A" stroke-width="2.2" stroke-linejoin="round"'
    scale = f'<text x="5" y="{TOP + 4}">1</text><text x="5" y="{FLOOR + 1}">0</text>'
    return f'<polyline points="{" ".join(points)}" {look}/><g fill="#55626F" text-anchor="middle">{scale}</g>'


def _rug(xs: NDArray[np.float64]) -> str:
    """Return a tick below the axis for each pixel where ranked sites lie."""
    ticks = "".join(f"M{x} {FLOOR + 3}v8" for x in sorted({int(x) for x in np.rint(xs)}))
    return f'<path d="{ticks}" stroke="#1F2A63" stroke-width="0.9"/>' if ticks else ""


def _numbers(function: ValueFunction, unit: tuple[str, str], low: float, high: float, across: Any) -> str:
    """Return the numbers the function names, in the measure's unit, with a thin line up to the curve."""
    marks: list[float] = []
    for mark in corners_of(function):
        far = all(abs(mark - other) > _APART * (high - low) for other in marks)
        if low <= mark <= high and far:
            marks.append(mark)
    texts = []
    for mark in marks:
        x = float(across(mark))
        anchor = "start" if x < LEFT + 20 else "end" if x > RIGHT - 24 else "middle"
        at = {"start": LEFT - 2, "end": min(x + 8, WIDTH)}.get(anchor, x)
        number = f"{mark:,.10g}"
        units = "".join(
            f'<tspan lang="{tag}"> {html.escape(word)}</tspan>'
            for tag, word in zip(("en-HK", "zh-Hant-HK"), unit, strict=True)
            if word
        )
        texts.append(
            f'<path d="M{x:.1f} {TOP}V{FLOOR}" stroke="#8A949D" stroke-width="0.8" stroke-dasharray="2 3"/>'
            f'<text x="{at:.1f}" y="{HEIGHT - 6}" text-anchor="{anchor}" fill="#1B2733">{number}{units}</text>'
        )
    return "".join(texts)
