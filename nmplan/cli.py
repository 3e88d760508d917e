"""The nmplan command."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Annotated
from typing import Any

import typer

from nmplan.errors import LayerError
from nmplan.errors import NmplanError
from nmplan.errors import nearest
from nmplan.errors import on_one_line
from nmplan.errors import raise_faults

if TYPE_CHECKING:
    import geopandas as gpd

    from nmplan.measures.journey import Journey
    from nmplan.study import Study

app = typer.Typer(
    help="Open geospatial planning toolkit for Hong Kong's Northern Metropolis.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

StudyFile = Annotated[Path | None, typer.Option("--study", help="Study file; ./study.toml, or else the bundled one.")]
Output = Annotated[Path, typer.Option("--output", help="Folder for data/processed and maps.")]
FETCHED = Path("data/raw/fetched")
Into = Annotated[Path, typer.Option("--into", help="Folder of fetched datasets.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print data instead of a table.")]


def _print_version(asked: bool) -> None:  # noqa: FBT001  (typer calls it so)
    if asked:
        from nmplan import __version__  # noqa: PLC0415

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show where in the code a fault was raised.")] = False,
    version: Annotated[  # noqa: ARG001  (its callback does it)
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Open geospatial planning toolkit for Hong Kong's Northern Metropolis."""
    ctx.obj = debug


@app.command()
def run(
    study: StudyFile = None,
    output: Output = Path(),
    *,
    scenario: Annotated[
        list[str] | None, typer.Option("--scenario", help="Only this scenario (may be repeated).")
    ] = None,
    until: Annotated[str, typer.Option("--until", help="layers, measures, scores, places or maps.")] = "maps",
    force: Annotated[bool, typer.Option("--force", help="Run every step, even if it is fresh.")] = False,
) -> None:
    """Run the five steps: layers, measures, scores, places, maps. Steps whose inputs have not changed are skipped."""
    from nmplan import pipeline  # noqa: PLC0415  (commands load what they run, so that --help is quick)
    from nmplan.console import tell_progress  # noqa: PLC0415
    from nmplan.maps.pages import FILES  # noqa: PLC0415

    loaded = _load(study)
    scenarios = tuple(scenario or ())
    _check_words(scenarios, tuple(loaded.scenarios), "--scenario")
    _check_words((until,), pipeline.STAGES, "--until")
    ran, fresh = 0, 0
    for event in pipeline.run(
        loaded, output.resolve(), scenarios=scenarios, until=until, force=force, tell=tell_progress
    ):
        ran, fresh = ran + event.ran, fresh + (not event.ran)
        if event.ran:
            typer.echo(f"done   {event.step}")
        for said in event.said:
            typer.echo(f"       {on_one_line(said)}")
    typer.echo(f"{ran} steps run, {fresh} still fresh. Study {loaded.study.id} {loaded.hash}.")
    if scenarios and until == "maps":
        typer.echo("Maps show all scenarios: run without --scenario to draw them.")
    if until == "maps" and not scenarios:
        for page in FILES:
            typer.echo(f"map    {(output / 'maps' / page).as_posix()}")


@app.command()
def check(study: StudyFile = None, *, as_json: AsJson = False) -> None:
    """Read the study and all its layers, and report everything that is wrong, was mended, is missing or old."""
    from datetime import date  # noqa: PLC0415

    from nmplan.console import folded  # noqa: PLC0415
    from nmplan.console import report_lines  # noqa: PLC0415
    from nmplan.console import watched_width  # noqa: PLC0415
    from nmplan.layers.report import report_layers  # noqa: PLC0415

    loaded = _load(study)
    report = report_layers(loaded, date.today())  # noqa: DTZ011  (the day where the reader is)
    if as_json:
        typer.echo(json.dumps(asdict(report), indent=1, ensure_ascii=False))
        raise typer.Exit(1 if report.faults else 0)
    width = watched_width()
    for line in report_lines(report):
        typer.echo(folded(line, width) if width else line)
    raise_faults(LayerError, report.faults)
    typer.echo(f"No faults. Study {loaded.study.id} {loaded.hash}.")


@app.command()
def explain(
    parcel_id: Annotated[str, typer.Argument(help="Site to explain.")],
    tenant: Annotated[str, typer.Option("--tenant", help="For which tenant.")],
    scenario: Annotated[str | None, typer.Option("--scenario", help="In which scenario; the study's first.")] = None,
    against: Annotated[str | None, typer.Option("--against", help="Another site, or another scenario.")] = None,
    study: StudyFile = None,
    output: Output = Path(),
    *,
    as_json: AsJson = False,
) -> None:
    """Say why a site scores what it scores, which rules it passes, how its rank holds, and how it differs."""
    from nmplan.console import difference_lines  # noqa: PLC0415
    from nmplan.console import explanation_lines  # noqa: PLC0415
    from nmplan.questions import explain as explain_in  # noqa: PLC0415
    from nmplan.scores.explain import difference  # noqa: PLC0415

    loaded, root = _load(study), output.resolve()
    when = scenario or next(iter(loaded.scenarios))
    asked = _asked_of(loaded, root, (parcel_id, tenant, when), against)
    mine, *others = (explain_in(loaded, root, *each) for each in asked)
    other = others[0] if others else None
    _warn_of_stale(loaded, root, {each[2] for each in asked})
    rows = difference(mine, other) if other else []
    if as_json:
        plain = {**asdict(mine), "against": asdict(other) if other else None, "difference": rows}
        typer.echo(json.dumps(_without_nan(plain), indent=1, ensure_ascii=False))
        return
    for line in [*explanation_lines(mine), *(difference_lines(mine, other, rows) if other else ())]:
        typer.echo(line)


@app.command()
def compare(
    scenario: Annotated[str, typer.Argument(help="What a scenario changes,")],
    before: Annotated[str | None, typer.Option("--since", help="against another one than the study says;")] = None,
    area: Annotated[list[str] | None, typer.Option("--area", help="only in this area (repeat).")] = None,
    study: StudyFile = None,
    output: Output = Path(),
    *,
    as_json: AsJson = False,
) -> None:
    """Say what a scenario changes: mean minutes and mean scores of each area, before and after."""
    from nmplan.console import comparison_lines  # noqa: PLC0415
    from nmplan.questions import compare_scenarios  # noqa: PLC0415

    loaded = _load(study)
    known = tuple(loaded.scenarios)
    since = before or loaded.since(scenario) if scenario in known else None
    _check_words((scenario, *((since,) if since else ())), known, "SCENARIO")
    if since is None:
        what = f"{scenario!r} is compared with nothing; name another with --since"
        raise typer.BadParameter(what, param_hint="SCENARIO")
    table = compare_scenarios(output.resolve(), since, scenario)
    _check_words(tuple(area or ()), tuple(table["area_id"].unique()), "--area")
    table = table[table["area_id"].isin(area)] if area else table
    if as_json:
        typer.echo(table.to_json(orient="records", indent=1))
        return
    for line in comparison_lines(table, since, scenario):
        typer.echo(line)


@app.command()
def places(
    scenario: Annotated[str | None, typer.Option("--scenario", help="The study's last unless named.")] = None,
    tenant: Annotated[str | None, typer.Option("--tenant", help="Clusters of this tenant, not of all.")] = None,
    ready_before: Annotated[
        int | None,
        typer.Option("--ready-before", metavar="YEAR", help="Sites that can start before it, only."),
    ] = None,
    study: StudyFile = None,
    output: Output = Path(),
    *,
    as_json: AsJson = False,
) -> None:
    """Show the clusters, sandbox zones and portfolio of a scenario, and capacity beside what is published."""
    from nmplan.console import places_lines  # noqa: PLC0415
    from nmplan.console import start_lines  # noqa: PLC0415
    from nmplan.questions import places as places_of  # noqa: PLC0415
    from nmplan.questions import starts  # noqa: PLC0415

    loaded = _load(study)
    scenario = scenario or list(loaded.scenarios)[-1]
    _check_words((scenario,), tuple(loaded.scenarios), "--scenario")
    _check_words((tenant,) if tenant else (), tuple(loaded.tenants), "--tenant")
    if ready_before is not None:
        found = starts(output.resolve(), scenario, ready_before)
        lines = start_lines(found, scenario, ready_before)
    else:
        found = places_of(loaded, output.resolve(), scenario, tenant or "")
        lines = places_lines(found, scenario, tenant or "")
    if as_json:
        typer.echo(json.dumps({name: json.loads(table.to_json(orient="records")) for name, table in found.items()}))
        return
    for line in lines:
        typer.echo(line)


@app.command()
def travel(
    origin: Annotated[str, typer.Argument(metavar="LON,LAT", help="Where the journey starts, WGS84.")],
    destination: Annotated[str, typer.Argument(metavar="LON,LAT", help="Where it ends.")],
    mode: Annotated[list[str] | None, typer.Option("--mode", help="transit, car or goods; may be repeated.")] = None,
    scenario: Annotated[str | None, typer.Option("--scenario", help="In which scenario; the study's first.")] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="HH:MM", help="At another time of day.")] = None,
    study: StudyFile = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Explain one journey: its minutes and legs, over the boundary where the way leads there."""
    from nmplan.console import journey_lines  # noqa: PLC0415
    from nmplan.console import last_journey_lines  # noqa: PLC0415
    from nmplan.console import travel_notes  # noqa: PLC0415
    from nmplan.measures.hours import clock  # noqa: PLC0415
    from nmplan.measures.travel import MODES  # noqa: PLC0415
    from nmplan.measures.travel import PEOPLE_MODES  # noqa: PLC0415
    from nmplan.questions import last_journey_back  # noqa: PLC0415
    from nmplan.questions import travel_model  # noqa: PLC0415

    modes = tuple(mode or PEOPLE_MODES)
    _check_words(modes, MODES, "--mode")
    loaded = _load(study)
    when = scenario or next(iter(loaded.scenarios))
    _check_words((when,), tuple(loaded.scenarios), "--scenario")
    ends = [_place(text, name) for text, name in ((origin, "origin"), (destination, "destination"))]
    model = travel_model(loaded, when, at=at)
    journeys = {each: model.journey(each, *ends) for each in modes}
    last = last_journey_back(loaded, when, *ends) if journeys.get("transit") else None
    if as_json:
        plain: dict[str, Any] = {each: journey and _as_data(journey) for each, journey in journeys.items()}
        if "transit" in modes:
            plain["last_back"] = last and {"leaves": clock(last.leaves_min), **_as_data(last.journey)}
        typer.echo(json.dumps(_without_nan(plain), indent=1, ensure_ascii=False))
        return
    typer.echo(f"from {_side(ends[0])} to {_side(ends[1])}")
    for each, journey in journeys.items():
        for line in journey_lines(each, journey):
            typer.echo(line)
    if "transit" in modes:
        for line in (*last_journey_lines(last, found=bool(journeys["transit"])), *travel_notes(model, ends[0])):
            typer.echo(line)


@app.command()
def fetch(
    datasets: Annotated[
        list[str] | None, typer.Argument(metavar="[DATASET]...", help="Names from `nmplan sources`; all usual ones.")
    ] = None,
    into: Into = FETCHED,
    study: StudyFile = None,
    *,
    plan: Annotated[
        list[str] | None, typer.Option("--plan", help="Statutory plans that begin so, such as S/STT/ (repeat).")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be fetched.")] = False,
) -> None:
    """Download datasets of the catalogue from their publishers, checked and never half-written."""
    from nmplan.console import tell_fetching  # noqa: PLC0415
    from nmplan.layers.catalogue import choose_datasets  # noqa: PLC0415
    from nmplan.layers.catalogue import read_datasets  # noqa: PLC0415
    from nmplan.layers.fetch import fetch as fetch_datasets  # noqa: PLC0415

    rows = choose_datasets(read_datasets(), datasets or ())
    makers = {}
    if any(row.fetch == "overpass" for row in rows):
        from nmplan.layers.load import load_group  # noqa: PLC0415
        from nmplan.layers.overpass import overpass_maker  # noqa: PLC0415

        makers["overpass"] = overpass_maker(load_group(("areas",), _load(study))["areas"].frame)
    tell_fetching(fetch_datasets(rows, into, plans=tuple(plan or ()), makers=makers, dry_run=dry_run))


@app.command()
def sources(into: Into = FETCHED, *, as_json: AsJson = False) -> None:
    """Print the catalogue of datasets: publisher, licence, and what of it is here, since when, with which checksum."""
    from nmplan.console import source_lines  # noqa: PLC0415
    from nmplan.layers.catalogue import read_datasets  # noqa: PLC0415
    from nmplan.layers.fetch import present  # noqa: PLC0415

    there = {row: present(into, row) for row in read_datasets()}
    if as_json:
        plain = [{**asdict(row), "present": found and asdict(found)} for row, found in there.items()]
        typer.echo(json.dumps(plain, indent=1, ensure_ascii=False, default=str))
        return
    for line in source_lines(there):
        typer.echo(line)


@app.command()
def export(
    study: StudyFile = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="GeoPackage to write; maps/<id of the study>.gpkg.")
    ] = None,
    folder: Annotated[Path, typer.Option("--run", help="Folder where `nmplan run` wrote; here.")] = Path(),
    *,
    scenario: Annotated[
        list[str] | None, typer.Option("--scenario", help="Only this scenario (may be repeated).")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that nmplan did not write.")] = False,
) -> None:
    """Write what has been run into one GeoPackage: sites, places and tables of all scenarios, and their sources."""
    from nmplan.export import export_run  # noqa: PLC0415

    loaded, root = _load(study), folder.resolve()
    scenarios = tuple(dict.fromkeys(scenario or ()))
    _check_words(scenarios, tuple(loaded.scenarios), "--scenario")
    path = output or folder / "maps" / f"{loaded.study.id}.gpkg"
    done = export_run(loaded, root, path, scenarios=scenarios, force=force)
    typer.echo(f"wrote  {path.as_posix()}: {done.layers} layers and tables, {path.stat().st_size / 1e6:.1f} MB")
    if done.left_out:
        typer.echo(f"       not in it, but in data/processed: {', '.join(done.left_out)}")
    if done.stale:
        what = "the study, the data or nmplan have changed since these were made; run `nmplan run`, then export again"
        typer.echo(on_one_line(f"note: {what}: {', '.join(done.stale)}"), err=True)
    typer.echo(f"Study {loaded.study.id} {loaded.hash}.")


def main() -> None:
    """Run the command; faults are told on standard error, one a line, and end it with 1."""
    try:
        app(prog_name="nmplan")
    except NmplanError as error:
        if "--debug" in sys.argv:
            raise
        for fault in error.faults:
            typer.echo(f"fault  {fault}", err=True)
        count = len(error.faults)
        typer.echo(f"{count} fault{'s' if count > 1 else ''}. Nothing was lost; mend and run again.", err=True)
        sys.exit(1)


def _load(path: Path | None) -> Study:
    from nmplan.layers.sources import bundled_folder  # noqa: PLC0415
    from nmplan.study import Study  # noqa: PLC0415

    here = Path("study.toml")
    return Study.load(path or (here if here.is_file() else bundled_folder() / "study.toml"))


def _check_words(given: tuple[str, ...], known: tuple[str, ...], option: str) -> None:
    for word in given:
        if word not in known:
            shown = ", ".join(known[:8]) + (f" and {len(known) - 8} more" if len(known) > 8 else "")  # noqa: PLR2004
            near = nearest(word, known)
            meant = f"; did you mean {near}?" if near else ""
            raise typer.BadParameter(f"{word!r} is none of {shown}{meant}", param_hint=option)


def _asked_of(study: Study, root: Path, site: tuple[str, str, str], against: str | None) -> list[tuple[str, str, str]]:
    """Return the site, tenant and scenario that are asked after, and those to hold against them; all must be there."""
    from nmplan.questions import scored_sites  # noqa: PLC0415

    parcel_id, tenant, scenario = site
    _check_words((scenario,), tuple(study.scenarios), "--scenario")
    _check_words((tenant,), tuple(study.tenants), "--tenant")
    sites = scored_sites(root, scenario, tenant)
    _check_words((parcel_id,), sites, "PARCEL_ID")
    if against is None:
        return [site]
    _check_words((against,), (*study.scenarios, *sites), "--against")
    return [site, (parcel_id, tenant, against) if against in study.scenarios else (against, tenant, scenario)]


def _warn_of_stale(study: Study, root: Path, scenarios: set[str]) -> None:
    from nmplan.steps.scores import scores_step  # noqa: PLC0415
    from nmplan.store import Workspace  # noqa: PLC0415
    from nmplan.store import is_fresh  # noqa: PLC0415

    space = Workspace(root)
    if not all(is_fresh(scores_step(study, space, scenario), root) for scenario in scenarios):
        typer.echo("note: the study or the data have changed since these scores were made; run `nmplan run`.", err=True)


def _place(text: str, name: str) -> gpd.GeoSeries:
    """Return "lon,lat" as a point of the working system."""
    import geopandas as gpd  # noqa: PLC0415

    from nmplan.crs import to_work_crs  # noqa: PLC0415

    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no LON,LAT such as 114.0722,22.4869", param_hint=name) from None
    point = gpd.GeoDataFrame(geometry=gpd.points_from_xy([lon], [lat]), crs="EPSG:4326")
    return to_work_crs(point, name).geometry


def _as_data(journey: Journey) -> dict[str, Any]:
    legs = [leg._asdict() for leg in journey.legs]
    return {"mode": journey.mode, "minutes": journey.minutes, "lines": journey.lines, "legs": legs}


def _side(place: gpd.GeoSeries) -> str:
    """Say on which side of the boundary a place lies; near it, that the course is generalised."""
    from nmplan.layers.sides import in_hong_kong  # noqa: PLC0415

    (here,), (near,) = in_hong_kong(place)
    side = "Hong Kong" if here else "the mainland"
    return f"{side} (close to the boundary, whose course is generalised)" if near else side


def _without_nan(value: Any) -> Any:
    """Return plain data with None for numbers that are none: JSON knows no NaN."""
    if isinstance(value, dict):
        return {key: _without_nan(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
