"""Value functions as small pictures: an SVG for a page, a row of blocks for the terminal."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from nmplan.scores.value_functions import range_of
from nmplan.scores.value_functions import value_of

if TYPE_CHECKING:
    from nmplan.shapes import ValueFunction

BLOCKS = "▁▂▃▄▅▆▇█"

LEFT, TOP, RIGHT, BOTTOM = 14, 6, 6, 16
"""Room round the curve for the numbers, in pixels."""

SAMPLES = 97
"""Points along a curve; corners of straight pieces are added."""


def sparkline(function: ValueFunction, width: int = 16) -> str:
    """
    Return a value function as one line of blocks, from the least of the measure to the most.

    Parameters
    ----------
    function
        Of the study.
    width
        How many blocks, at least 2.

    Examples
    --------
    >>> from nmplan.shapes import Linear
    >>> sparkline(Linear(shape="linear", worst=60, best=10), width=8)
    '██▆▅▄▃▁▁'
    """
    values = value_of(np.linspace(*range_of(function), width), function)
    return "".join(BLOCKS[round(value * (len(BLOCKS) - 1))] for value in values)


def draw_function(function: ValueFunction, unit: str, *, width: int = 160, height: int = 64) -> str:
    """
    Return a value function as a small SVG picture: the measure to the right, its value 0 to 1 upwards.

    It takes its colour from the text round it, holds no script and no address, and is the same for the same function.

    Parameters
    ----------
    function
        Of the study.
    unit
        Of the measure, written after the largest number; any text, escaped.
    width, height
        Pixels.
    """
    low, high = range_of(function)
    marks = [mark for mark in corners_of(function) if low <= mark <= high]
    measured = np.unique(np.concatenate([np.linspace(low, high, SAMPLES), marks, *_edges(function)]))
    across = LEFT + (measured - low) / (high - low) * (width - LEFT - RIGHT)
    down = TOP + (1 - value_of(measured, function)) * (height - TOP - BOTTOM)
    curve = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
    floor = height - BOTTOM
    title = escape(", ".join(f"{float(value_of([mark], function)[0]):g} at {mark:g} {unit}".strip() for mark in marks))
    numbers = [
        f'<text x="{LEFT + (mark - low) / (high - low) * (width - LEFT - RIGHT):.1f}" y="{height - 4}">{text}</text>'
        for mark, text in _labels(marks, escape(unit))
    ]
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" ',
            f'height="{height}" role="img" fill="none" stroke="currentColor" font-size="9"><title>{title}</title>',
            f'<path d="M{LEFT},{TOP}V{floor}H{width - RIGHT}" stroke-opacity="0.4"/>',
            f'<polyline points="{curve}" stroke-width="1.5" stroke-linejoin="round"/>',
            '<g fill="currentColor" stroke="none" text-anchor="middle">',
            f'<text x="6" y="{TOP + 4}">1</text><text x="6" y="{floor + 2}">0</text>{"".join(numbers)}</g></svg>',
        ]
    )


def corners_of(function: ValueFunction) -> list[float]:
    """Return the measures that a value function names, rising; of a decay where it starts and where it is a half."""
    match function.shape:
        case "linear":
            named = [function.worst, function.best]
        case "piecewise":
            named = [x for x, _ in function.points]
        case "logistic":
            named = [function.midpoint]
        case "exponential":
            named = [function.plateau, function.plateau + function.half_life]
        case "step":
            named = [function.at]
        case "band":
            named = [function.low - function.margin, function.low, function.high, function.high + function.margin]
    return sorted(set(named))


def _edges(function: ValueFunction) -> list[list[float]]:
    """Return points either side of a step, so that it is drawn upright."""
    if function.shape != "step":
        return []
    return [[float(np.nextafter(function.at, side)) for side in (-np.inf, np.inf)]]


def _labels(marks: list[float], unit: str) -> list[tuple[float, str]]:
    """Return the first and the last mark as text, the last with the unit."""
    if len(marks) == 1:
        return [(marks[0], f"{marks[0]:g} {unit}".strip())]
    return [(marks[0], f"{marks[0]:g}"), (marks[-1], f"{marks[-1]:g} {unit}".strip())]
