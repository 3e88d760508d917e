"""What the terminal shows of reports and catalogues: plain lines, columns aligned, nothing cut."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import east_asian_width

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    import pandas as pd

    from nmplan.layers.report import LayerReport
    from nmplan.layers.report import Report
    from nmplan.measures.journey import Journey
    from nmplan.measures.journey import Leg

DAYS_PER_YEAR = 365.25
SHOWN = 4
"""Columns with empty cells that are named before the rest is counted."""


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Return rows of text as lines whose columns stand under each other; the last column runs free."""
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = [text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)]
        yield "  ".join([*cells[:-1], row[-1]]).rstrip()


def report_lines(report: Report) -> Iterator[str]:
    """Return a report on layers as lines: a table, what was noted, coverage, licences."""
    head = ("", "layer", "rows", "lon, lat from", "to", "as of", "came as", "by adapter")
    yield from columns([head, *(_row(each) for each in report.layers)])
    for each in report.layers:
        yield from (f"note   {each.layer}: {note}" for note in each.notes)
        if each.missing:
            yield f"empty  {each.layer}: {_counted(each.missing)}"
        if each.duplicates:
            yield f"twice  {each.layer}: {each.duplicates} rows repeat an earlier one but for the id"
    yield from _coverage(report.coverage)
    yield from _licences(report.layers)


def comparison_lines(table: pd.DataFrame, before: str, after: str) -> Iterator[str]:
    """Return the means of two scenarios as lines: a block for each area, what changes most first in each."""
    for area, rows in table.groupby("area_id", sort=False):
        yield f"{area}: {before} → {after}, means over the sites that have both"
        cells = [
            ("", row.quantity, f"{row.before:.1f} → {row.after:.1f}", f"{row.change:+.1f}", f"{row.sites} sites")
            for row in rows.itertuples()
        ]
        yield from columns(cells)


def journey_lines(mode: str, journey: Journey | None) -> Iterator[str]:
    """Return a journey as lines: its minutes, then leg by leg."""
    if journey is None:
        yield f"{mode}: no way"
        return
    yield (
        f"{mode}: {journey.minutes:.0f} min, of which {journey.in_vehicle_min:.0f} in the vehicle"
        f" and {journey.clearance_min:.0f} clearing the boundary"
    )
    yield from columns([_leg(leg) for leg in journey.legs])


def _leg(leg: Leg) -> tuple[str, ...]:
    ends = " → ".join(end for end in dict.fromkeys((leg.start, leg.end)) if end)
    length = f"{leg.metres / 1000:.1f} km" if leg.metres > 0 else ""
    return ("", f"{leg.minutes:5.1f} min", leg.kind, leg.name, length, ends)


def _row(each: LayerReport) -> tuple[str, ...]:
    west, south, east, north = each.extent or (None,) * 4
    corners = ("–", "–") if west is None else (f"{west:.3f}, {south:.3f}", f"{east:.3f}, {north:.3f}")
    age = f" ({_age(each.age_days)})" if each.age_days is not None else ""
    vintage = f"{each.provenance.get('vintage') or 'unknown'}{age}"
    return ("ok", each.layer, f"{each.rows:,}", *corners, vintage, each.declared_crs or "–", each.adapter)


def _age(days: int) -> str:
    if days == 0:
        return "current"
    return f"{days / DAYS_PER_YEAR:.1f} years old" if days > DAYS_PER_YEAR else f"{days} days old"


def _counted(missing: dict[str, int]) -> str:
    shown = [f"{column} in {count:,}" for column, count in list(missing.items())[:SHOWN]]
    more = len(missing) - len(shown)
    return ", ".join(shown) + (f" and {more} more columns" if more > 0 else "")


def _coverage(coverage: dict[str, dict[str, float]]) -> Iterator[str]:
    """Return how much of each area the polygons and cells cover, and which features are nowhere near it."""
    shares = [name for name, number in next(iter(coverage.values()), {}).items() if isinstance(number, float)]
    rows = [("covered", *shares, "nothing within 3 km")]
    for area, found in coverage.items():
        lacking = [name for name, number in found.items() if name not in shares and not number]
        rows.append((area, *(f"{found[name]:.0%}" for name in shares), ", ".join(lacking) or "–"))
    yield from columns(rows if coverage else [])


def _licences(layers: Sequence[LayerReport]) -> Iterator[str]:
    """Return who publishes what under which licence, each once."""
    notices: dict[tuple[str, str], list[str]] = {}
    for each in layers:
        if each.provenance:
            publisher = each.provenance["publisher"] or "publisher not stated"
            notices.setdefault((publisher, each.provenance["licence"] or "licence not stated"), []).append(each.layer)
    for (publisher, licence), names in notices.items():
        yield f"terms  {publisher}: {licence} ({', '.join(names)})"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
