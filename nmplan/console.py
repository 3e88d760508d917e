"""What the terminal shows of reports and catalogues: plain lines, columns aligned, nothing cut."""

from __future__ import annotations

import shutil
import sys
from textwrap import wrap
from typing import TYPE_CHECKING
from typing import Any
from unicodedata import east_asian_width

from nmplan.errors import on_one_line
from nmplan.measures.hours import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from nmplan.layers.catalogue import Dataset
    from nmplan.layers.fetch import Event
    from nmplan.layers.fetch import Present
    from nmplan.layers.report import LayerReport
    from nmplan.layers.report import Report
    from nmplan.measures.journey import Journey
    from nmplan.measures.journey import Leg
    from nmplan.measures.last_journey import LastJourney
    from nmplan.measures.travel import Travel
    from nmplan.scores.explain import Explanation

DAYS_PER_YEAR = 365.25
FULL = 0.995
"""A share of land that is all of it, as printed."""

SHOWN = 4
"""Columns with empty cells that are named before the rest is counted."""


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Return rows of text as lines whose columns stand under each other; the last column runs free."""
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = [text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)]
        yield on_one_line("  ".join([*cells[:-1], row[-1]]).rstrip())


def report_lines(report: Report) -> Iterator[str]:
    """Return a report on layers as lines: a table, what was noted, coverage, licences; a blank line after each."""
    head = ("", "layer", "rows", "lon", "lat", "as of, age", "came as", "adapter")
    unread = [("no", name, *("–",) * (len(head) - 2)) for name in report.unread]
    table = columns([head, *unread, *(_row(each) for each in report.layers)])
    told = [f"note   study: {note}" for note in report.notes]
    for block in (table, _remarks(report.layers), told, _coverage(report.coverage), _licences(report.layers)):
        lines = list(block)
        yield from [*lines, ""] if lines else []


def _remarks(layers: Sequence[LayerReport]) -> Iterator[str]:
    for each in layers:
        yield from (on_one_line(f"note   {each.layer}: {note}") for note in each.notes)
        if each.missing:
            yield f"empty  {each.layer}: {_counted(each.missing)}"
        if each.duplicates:
            yield f"twice  {each.layer}: {each.duplicates} rows repeat an earlier one but for the id"


def folded(line: str, width: int) -> str:
    """Return a line as a terminal of a width shows it: cut between words, what follows set in under the text."""
    return (
        "\n".join(wrap(line, width, subsequent_indent=" " * 7, break_on_hyphens=False)) if line[:1].isalpha() else line
    )


def watched_width() -> int | None:
    """Return the width of the terminal; None where the output goes into a file or another program."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def comparison_lines(table: pd.DataFrame, before: str, after: str) -> Iterator[str]:
    """Return the means of two scenarios as lines: a block for each area, what changes most first in each."""
    for area, rows in table.groupby("area_id", sort=False):
        yield f"{area}: {before} → {after}, means over the sites that have both"
        cells = [
            ("", row.quantity, f"{row.before:.1f} → {row.after:.1f}", f"{row.change:+.1f}", f"{row.sites} sites")
            for row in rows.itertuples()
        ]
        yield from columns(cells)


def places_lines(found: Mapping[str, pd.DataFrame], scenario: str, tenant: str) -> Iterator[str]:
    """Return the places of a scenario as lines: clusters, sandbox zones, portfolio, capacity beside targets."""
    blocks = {
        f"clusters for {tenant or 'all tenants'}, {scenario}": _cluster_rows(found["clusters"]),
        "sandbox zones that are not refused": _zone_rows(found["sandboxes"]),
        "portfolio: who goes where, by demand that is judgement": _portfolio_rows(found["portfolio"]),
        "capacity of employment land beside published targets": _capacity_rows(found["capacity"]),
    }
    for title, (head, *rows) in blocks.items():
        yield title if rows else f"{title}: none"
        yield from [*columns([head, *rows]), ""] if rows else [""]


def _cluster_rows(clusters: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    yield ("", "area", "ha", "sites", "score", "jobs", "captive", "rail", "best tenants", "name")
    for row in clusters.itertuples():
        share = row.jobs_known_share
        jobs = "–" if share == 0 or row.jobs != row.jobs else f"{'' if share > FULL else '≥ '}{row.jobs:,.0f}"
        rail = "–" if row.phase_year != row.phase_year else f"{row.phase_year:.0f}" if row.phase_year else "open"
        yield (
            "",
            row.area_id or "–",
            f"{row.area_ha:.1f}",
            str(row.sites),
            f"{row.mean_score:.1f}",
            jobs,
            _share(row.captive_share),
            rail,
            row.best_tenants.replace(",", ", "),
            row.name_en,
        )


def _zone_rows(zones: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    yield ("", "kind", "ha", "readiness", "outcome", "name")
    for row in zones.itertuples():
        yield ("", row.kind, f"{row.area_ha:.1f}", _number(row.readiness, 0), row.outcome, row.name_en)


def _portfolio_rows(chosen: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    yield ("", "tenant", "sites", "ha", "score", "areas")
    for row in chosen.itertuples():
        yield ("", row.tenant, str(row.sites), f"{row.area_ha:.1f}", f"{row.mean_score:.1f}", row.areas)


def _capacity_rows(capacity: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    yield ("", "area", "ha", "known", "floor space, m²", "target", "jobs, wide to close", "target")
    for row in capacity.itertuples():
        yield (
            "",
            row.area_id,
            f"{row.land_ha:.0f}",
            _share(row.gfa_known_share),
            _count(row.gfa_m2),
            _count(row.gfa_target_m2),
            " to ".join(dict.fromkeys([_count(row.jobs_low), _count(row.jobs_high)])),
            _count(row.jobs_target),
        )


def _share(value: float) -> str:
    return "–" if value is None or value != value else f"{value:.0%}"  # noqa: PLR0124  (NaN)


def _count(value: float) -> str:
    return "–" if value is None or value != value else f"{value:,.0f}"  # noqa: PLR0124  (NaN)


def explanation_lines(site: Explanation) -> Iterator[str]:
    """Return an explanation as lines: verdict, ledger, rules, how the rank holds, break-even weights."""
    yield f"{site.parcel_id}, {site.tenant}, {site.scenario}: {_verdict(site)}"
    ledger = [
        (
            "",
            row["criterion"],
            f"{_number(row['measured']):>10}",
            row["unit"],
            row["curve"],
            _number(row["value"], 4),
            f"× {row['weight']:.3f}",
            f"= {_number(row['shown']):>6}",
        )
        for row in site.ledger
    ]
    parts = [row["shown"] for row in site.ledger if row["shown"] is not None]
    total = _number(sum(parts)) if parts and site.score is not None else "–"
    head = ("", "criterion", f"{'measured':>10}", "", "least to most", "value", "weight", "points")
    yield from columns([head, *ledger, ("", "", "", "", "", "", "", f"= {total:>6}")])
    if site.ledger and not parts:
        yield "  no weighted sum, so no points that add up; the table ledger has log_points or ordered_points"
    yield from columns([_rule(row) for row in site.rules])
    if site.robustness:
        yield from _robustness_lines(site)
        yield from _break_even_lines(site)


def difference_lines(mine: Explanation, other: Explanation, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Return how two explained sites differ as lines, what makes most difference first."""
    names = ("parcel_id", "scenario")
    here, there = (", ".join(getattr(site, name) for name in names) for site in (mine, other))
    yield f"against {there}: {_verdict(other)}"
    cells = [
        (
            "",
            row["criterion"],
            f"{_number(row['measured'])} → {_number(row['other_measured'])} {row['unit']}".rstrip(),
            f"{_number(row['points'])} → {_number(row['other_points'])}",
            _signed(row["difference"]),
        )
        for row in rows
    ]
    # of the scores as they are shown, so that the reader's own subtraction agrees
    shown = [None if site.score is None else round(site.score, 2) for site in (mine, other)]
    total = None if None in shown else (shown[1] or 0.0) - (shown[0] or 0.0)
    yield from columns([("", "criterion", f"{here} → {there}", "points", "difference"), *cells])
    yield f"  in all {_signed(total)} points"


def _verdict(site: Explanation) -> str:
    if site.score is None:
        return "excluded" if site.outcome == "excluded" else "undecided, not every criterion could be measured"
    return f"{site.score:.2f} points, rank {site.rank} of {site.eligible_sites} eligible sites"


def _rule(row: Mapping[str, Any]) -> tuple[str, ...]:
    measured = "" if row["measured"] is None else f"measured {_number(row['measured'])} {row['unit']}".rstrip()
    return ("", row["outcome"], row["rule"], measured, row["reason_en"] if row["outcome"] != "pass" else "")


def _robustness_lines(site: Explanation) -> Iterator[str]:
    how = site.robustness
    yield f"  rank {site.rank} of {site.eligible_sites}, {how['rank_low']} to {how['rank_high']} in 90 % of the draws"
    yield f"  in the top {how['top_k']} in {how['p_top']:.1%} of the draws; this depends on the other candidates"
    yield f"  {how['threshold']:g} points or more in {how['p_threshold']:.1%} of the draws; this does not"
    views = ", ".join(f"{name} {share:.1%}" for name, share in how["views"].items())
    need = f"at least {1 - how['risk_tolerance']:.0%}"
    if how["holds"]:
        yield f"  holds from every point of view ({need}): {views}".removesuffix(": ")
    else:
        not_for = f" for {', '.join(how['not_for'])}" if how["not_for"] else ""
        yield f"  does not hold{not_for} ({need}): {views}".removesuffix(": ")


def _break_even_lines(site: Explanation) -> Iterator[str]:
    """Return what each weight would have to be, and the typical weights of those for whom the site is on top."""
    top_k = site.robustness["top_k"]
    central = {row["criterion"]: row["top"] for row in site.central_weights}
    leaves = "leaves" if site.break_even and site.break_even[0]["in_top"] else "enters"
    rows = [
        (
            "",
            row["criterion"],
            f"{row['weight']:.3f}",
            "–" if row["lower"] is None else f"{row['lower']:.3f}",
            "–" if row["upper"] is None else f"{row['upper']:.3f}",
            "–" if central.get(row["criterion"]) is None else f"{central[row['criterion']]:.3f}",
        )
        for row in site.break_even
    ]
    head = ("", f"it {leaves} the top {top_k} at", "weight", "below", "above", "mean weight when in it")
    yield from columns([head, *rows])


def _number(value: float | str | None, decimals: int = 2) -> str:
    if isinstance(value, str):  # of a rule on words
        return value
    return "–" if value is None or value != value else f"{value:,.{decimals}f}"  # noqa: PLR0124  (NaN is not itself)


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"


WAITS = {"board": "wait", "alight": "walk", "access": "to it", "egress": "from it"}
"""How kinds of leg are called on a terminal, where the word of the code would puzzle."""


def journey_lines(mode: str, journey: Journey | None) -> Iterator[str]:
    """Return a journey as lines: its minutes and lines taken, then leg by leg."""
    if journey is None:
        yield f"{mode}: no way"
        return
    by = f", by {', '.join(journey.lines)}" if journey.lines else ""
    yield (
        f"{mode}: {journey.minutes:.0f} min{by}, of which {journey.in_vehicle_min:.0f} in the vehicle"
        f" and {journey.clearance_min:.0f} clearing the boundary"
    )
    yield from columns([_leg(leg, mode) for leg in journey.legs])


def _leg(leg: Leg, mode: str) -> tuple[str, ...]:
    ends = " → ".join(end for end in dict.fromkeys((leg.start, leg.end)) if end)
    length = f"{leg.metres / 1000:.1f} km" if leg.metres > 0 else ""
    kind = WAITS.get(leg.kind, leg.kind) if mode == "transit" else leg.kind
    fare = f"HK${leg.fare_hkd:.1f}" if leg.fare_hkd > 0 else ""
    return ("", f"{leg.minutes:5.1f} min", kind, leg.name, fare or length, ends)


def last_journey_lines(last: LastJourney | None, *, found: bool) -> Iterator[str]:
    """Return when the last journey back leaves, and by which lines."""
    if last is not None:
        by = f" by {', '.join(last.journey.lines)}" if last.journey.lines else ""
        yield f"last journey back leaves at {clock(last.leaves_min)}{by}, {last.journey.minutes:.0f} min"
    elif found:
        yield "last journey back: one can go all night, or nothing leads back"


def travel_notes(model: Travel, origin: gpd.GeoSeries) -> Iterator[str]:
    """Return what keeps people off a nearer way: halls that nobody may walk to, crossings that are shut at the hour."""
    from nmplan.measures.journeys import forbidden_walks  # noqa: PLC0415

    for crossing, minutes, lines in forbidden_walks(model, origin):
        by = ", ".join(model.names.get(line, line) for line in lines) or "nothing that runs now"
        name = model.names.get(crossing, crossing)
        yield f"note: {name} is {minutes:.0f} min away on foot, but may be entered by {by} only"
    shut = [model.names.get(crossing, crossing) for crossing in model.shut.get("transit", ())]
    if shut:
        yield f"note: closed at {clock(model.now_min)}: {', '.join(shut)}"
    if model.planned_feeders:
        yield "note: this scenario assumes feeder buses to the stations (planned_feeders)"


def source_lines(there: Mapping[Dataset, Present | None]) -> Iterator[str]:
    """Return the catalogue as lines: what is there, its date and checksum, whose it is and under which licence."""
    rows = [("dataset", "here", "as of", "sha256", "publisher", "title; licence")]
    for row, found in there.items():
        sha = found.sha256[:12] if found else ""
        state = ("damaged" if found.damaged else "yes") if found else ("no" if row.fetch else "by hand")
        vintage = (found.vintage if found else "") or row.vintage or "–"
        rows.append((row.dataset, state, vintage, sha or "–", row.publisher, f"{row.title}; {row.licence}"))
    yield from columns(rows)


def tell_fetching(events: Iterator[Event]) -> None:
    """Print what happens while datasets are fetched; bytes only where somebody watches."""
    watched = sys.stderr.isatty()
    for event in events:
        if event.state in {"progress", "waiting"}:
            if watched:
                print(f"\r\x1b[K{event.dataset} {_progress(event)}", end="", file=sys.stderr, flush=True)
            continue
        if watched:
            print("\r\x1b[K", end="", file=sys.stderr)
        if event.state == "offline":
            print(f"Offline: nothing fetched, {event.said} The bundled reference geography stays in use.")
        elif event.state != "fault":  # told together at the end
            size = f" ({_bytes(event.total)})" if event.total else ""
            print(f"{event.state:<9} {event.dataset}: {event.said}{size}{f' {event.path}' if event.path else ''}")


def tell_progress(what: str, done: int, of: int) -> None:
    """Show how far a long step is, where somebody watches; the line is gone when it is done."""
    if sys.stderr.isatty():
        shown = f"{what}: {done:,} of {of:,}" if done < of else ""
        print(f"\r\x1b[K{shown}", end="", file=sys.stderr, flush=True)


def _progress(event: Event) -> str:
    if event.state == "waiting":
        return event.said
    of = f" of {_bytes(event.total)}" if event.total else ""
    return f"{event.file} {_bytes(event.done)}{of}"


def _bytes(count: int | None) -> str:
    return f"{(count or 0) / 1e6:,.1f} MB"


def _row(each: LayerReport) -> tuple[str, ...]:
    west, south, east, north = each.extent or (None,) * 4
    corners = ("–", "–") if west is None else (f"{west:.2f}–{east:.2f}", f"{south:.2f}–{north:.2f}")
    age = f", {_age(each.age_days)}" if each.age_days is not None else ""
    vintage = f"{each.provenance.get('vintage') or 'unknown'}{age}"
    return ("ok", each.layer, f"{each.rows:,}", *corners, vintage, each.declared_crs or "–", each.adapter)


def _age(days: int) -> str:
    if days == 0:
        return "current"
    return f"{days / DAYS_PER_YEAR:.1f} y" if days > DAYS_PER_YEAR else f"{days} d"


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
        yield on_one_line(f"terms  {publisher}: {licence} ({', '.join(names)})")


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
