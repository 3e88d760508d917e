"""Shares of supply by jurisdiction: as they are printed, and as bars."""

from __future__ import annotations

import html
from itertools import accumulate
from typing import TYPE_CHECKING

from nmplan.words import JURISDICTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

LEFT, TOP, LINE, BAR = 12, 62, 40, 16
"""Margins, height of a row and of its bar, in pixels."""

PATTERN = (
    '<defs><pattern id="supply-ring" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" '
    'fill="#FFFFFF"/><circle cx="3" cy="3" r="1.6" fill="#CC79A7"/></pattern></defs>'
)

LOOKS = (
    'fill="#CC79A7" stroke="#7D3560"',
    'fill="#FFFFFF" stroke="#CC79A7" stroke-width="2"',
    'fill="url(#supply-ring)" stroke="#CC79A7"',
    'fill="#C4CBD1" stroke="#55626F"',
)
"""Of Hong Kong, Shenzhen, the rest of the Greater Bay Area, beyond: form first, then colour."""


def printed_shares(shares: Sequence[float]) -> list[int]:
    """
    Return shares of 1 in whole percent that add up to 100, by largest remainder; of equal remainders the first.

    Parameters
    ----------
    shares
        Together 1.
    """
    floors = [int(share * 100) for share in shares]
    order = sorted(range(len(shares)), key=lambda place: (floors[place] - shares[place] * 100, place))
    more = set(order[: 100 - sum(floors)])
    return [floor + (place in more) for place, floor in enumerate(floors)]


def draw_shares(
    rows: Sequence[tuple[Mapping[str, str], Sequence[float]]], title: Mapping[str, str], *, width: int
) -> str:
    """
    Return a bar per row, as an SVG element: whose supply lies within reach.

    Parameters
    ----------
    rows
        Names in both languages ("en", "zh"), and shares in the order of `JURISDICTIONS`.
    title
        Where and when, in both languages.
    width
        Pixels; the height follows from the rows.
    """
    height = max(TOP + LINE * len(rows) + 6, round(width * 0.8))
    step = (height - TOP - 6) / max(len(rows), 1)
    beyond = any(shares[-1] > 0 for _, shares in rows)
    bars = "".join(_bar(row, TOP + step * place, width - 2 * LEFT) for place, row in enumerate(rows))
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{html.escape(" ".join(title.values()))}" font-family="sans-serif" fill="#1B2733">{PATTERN}'
        f'<rect width="{width}" height="{height}" fill="#FFFFFF"/>{_title(title)}{_key(width, beyond)}{bars}</svg>'
    )


def _title(title: Mapping[str, str]) -> str:
    """Return where and when."""
    return f'<text x="{LEFT}" y="17" font-size="14" font-weight="600">{_both(title)}</text>'


def _both(names: Mapping[str, str]) -> str:
    """Return a text in both languages, each marked as what it is."""
    return (
        f'<tspan lang="en-HK">{html.escape(names["en"])}</tspan> '
        f'<tspan lang="zh-Hant-HK">{html.escape(names["zh"])}</tspan>'
    )


def _key(width: int, beyond: bool) -> str:  # noqa: FBT001  (private, one caller)
    """Return what the forms mean; beyond the Bay Area a dash says that nobody is listed, which is not none."""
    step = (width - 2 * LEFT) / len(LOOKS)
    texts = []
    for place, (look, names) in enumerate(zip(LOOKS, JURISDICTIONS.values(), strict=True)):
        x = LEFT + place * step
        dash = " –" if place == len(LOOKS) - 1 and not beyond else ""
        english = names[0].replace("Rest of the Greater Bay Area", "Rest of Bay Area") + dash
        texts.append(
            f'<rect x="{x:.0f}" y="29" width="14" height="14" {look}/>'
            f'<text x="{x + 19:.0f}" y="37" font-size="11.5" lang="en-HK">{html.escape(english)}</text>'
            f'<text x="{x + 19:.0f}" y="51" font-size="11.5" lang="zh-Hant-HK">{html.escape(names[1] + dash)}</text>'
        )
    return "".join(texts)


def _bar(row: tuple[Mapping[str, str], Sequence[float]], top: float, width: float) -> str:
    """Return the names of a row, its bar, and Hong Kong's share in it."""
    names, shares = row
    ends = list(accumulate(shares, initial=0.0))
    parts = "".join(
        f'<rect x="{LEFT + start * width:.1f}" y="{top + 16:.1f}" width="{share * width:.1f}" height="{BAR}" {look}/>'
        for start, share, look in zip(ends, shares, LOOKS, strict=False)
        if share > 0
    )
    told = f"{printed_shares(shares)[0]}%"
    return (
        f'<text x="{LEFT}" y="{top + 12:.1f}" font-size="13">{_both(names)}</text>{parts}'
        f'<text x="{LEFT + 5}" y="{top + 28:.1f}" font-size="12" font-weight="600">{told}</text>'
    )
