"""Two scenarios side by side, and what changes from one to the other, where and why."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd

from nmplan.maps.lines import line_names
from nmplan.maps.payload import common_payload
from nmplan.maps.picture import CHANGE_COLOURS
from nmplan.maps.picture import draw_classes
from nmplan.maps.quantise import MISSING
from nmplan.maps.quantise import pack_column
from nmplan.maps.quantise import unpack_column
from nmplan.maps.shell import both
from nmplan.maps.shell import render_page
from nmplan.maps.shell import said
from nmplan.scores.differences import mean_by_area
from nmplan.words import MEASURES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nmplan.maps.captions import Context
    from nmplan.maps.material import Material
    from nmplan.study import Scenario

SCRIPTS = (
    "explorer/ranking",
    "explorer/bands",
    "explorer/save",
    "scenarios/state",
    "scenarios/classes",
    "explorer/painter",
    "scenarios/maps",
    "scenarios/key",
    "scenarios/works",
    "scenarios/panel",
    "scenarios/dossier",
    "scenarios/export",
    "scenarios/print",
    "scenarios/start",
)
"""In the order in which they build on each other; ranking, painter and classes are the explorer's."""

MINUTES = ("crossing_min", "crossing_car_min", "crossing_goods_min", "station_min")
"""Measures that may be shown instead of a tenant's score: whatever a scenario moves, it moves through these."""

METRO = "metro"
LAYERS = ("land", "boundary", "areas", "lines", "stations", "crossings", "places")
CUTS = (7.5, 2.5, -2.5, -7.5)
"""Points between the classes of the still picture."""

_TENANT = ("id", "en", "zh", "criteria", "rules")
_RESULT = ("eligible", "values", "measured", "rules")


def render(material: Material) -> str:
    """
    Return scenarios.html.

    Raises
    ------
    StringsError
        The page asks for a string the table does not have.
    AssetError
        Leaflet is not the one that was recorded.
    """
    return render_page("scenarios", build_comparison(material), SCRIPTS, _fallback(material))


def card(material: Material) -> str:
    """Return the picture on the index's card: what changes for the first tenant in the scenario shown first."""
    return _picture(material, width=480)


def build_comparison(material: Material) -> dict[str, Any]:
    """
    Return what the page shows: of the material's payload only values, rules and minutes, and what opens and closes.

    Parameters
    ----------
    material
        Its tables "measures" give the minutes, its layers what opens and closes; the page does without either.

    Returns
    -------
    dict
        As `build_payload`, without clusters, sandboxes and stability; "measures" that can be shown, per scenario the
        numbers of their columns, "since" (the scenario compared with, by position), "period", "levers"; "works".
        Columns nothing refers to are empty, so that numbers stay as they are.
    """
    whole = material.payload
    columns = list(whole["columns"])
    told = [name for name in MINUTES if all(name in table for table in _measures(material))]
    scenarios: list[dict[str, Any]] = []
    for scenario, table in zip(whole["scenarios"], _measures(material), strict=True):
        before = scenarios[0]["measures"] if scenarios else [None] * len(told)
        minutes = table.set_index("parcel_id").reindex(whole["sites"]["id"])
        numbers = [_add(columns, minutes[name], name, other) for name, other in zip(told, before, strict=True)]
        scenarios.append({**_scenario(material, scenario), "measures": numbers})
    return {
        **common_payload(material.sites, _context(material.context), material.sources, material.stamp, LAYERS),
        "sites": whole["sites"],
        "tenants": [{name: tenant[name] for name in _TENANT} for tenant in whole["tenants"]],
        "scenarios": scenarios,
        "shown": first_pair(material)[1],
        "measures": [_measure(name) for name in told],
        "works": list(_works(material)),
        "columns": _referred(columns, [whole["sites"], scenarios]),
    }


def _context(context: Context) -> Context:
    """Return what lies round the sites without Shenzhen's metro, which no scenario changes and which hides the rest."""
    lines, stations = context.transit_lines, context.stations
    return replace(
        context,
        transit_lines=None if lines is None else lines[lines["mode"].ne(METRO)],
        stations=None if stations is None else stations[stations["mode"].ne(METRO)],
    )


def first_pair(material: Material) -> tuple[int, int]:
    """Return which scenario is compared with which before a reader chooses: the first of the last year with its own."""
    years = [scenario.year for scenario in material.scenarios]
    after = years.index(max(years)) if len(set(years)) > 1 else len(years) - 1
    return _since(material, after), after


def mean_changes(material: Material) -> pd.DataFrame:
    """Return area_id, sites, before, after and change of the first tenant's mean score, the largest gain first."""
    before, after = (_scores(material, place) for place in first_pair(material))
    areas = pd.Series(material.payload["sites"]["area_id"], index=before.index)
    means = mean_by_area(before.to_frame("score"), after.to_frame("score"), areas, ["score"])
    return means[means["area_id"].ne("")].sort_values(["change", "area_id"], ascending=[False, True])


def _since(material: Material, place: int) -> int:
    """Return the position of the scenario that one is compared with: what the study says, or the first."""
    keys = [scenario.scenario for scenario in material.scenarios]
    before = material.study.since(keys[place]) if material.study else None
    return keys.index(before) if before in keys else 0


def _measures(material: Material) -> list[pd.DataFrame]:
    """Return each scenario's table of measures; without one, a table of no measure."""
    nothing = pd.DataFrame({"parcel_id": []})
    return [material.tables.get(one.scenario, {}).get("measures", nothing) for one in material.scenarios]


def _measure(name: str) -> dict[str, Any]:
    """Return a measure as it is said."""
    words = MEASURES[name]
    return {"id": name, "en": words.label_en, "zh": words.label_zh, "unit": words.unit, "decimals": words.decimals}


def _add(columns: list[str], figures: pd.Series[float], name: str, other: int | None) -> int:
    """Append a column in whole steps and return its number; `other` is the first scenario's, which it may resemble."""
    steps = figures.to_numpy(dtype=float) * 10 ** MEASURES[name].decimals
    whole = np.where(np.isfinite(steps), np.floor(np.nan_to_num(steps) + 0.5), MISSING).astype(np.int64)
    columns.append(pack_column(whole, {} if other is None else {other: unpack_column(columns, other)}))
    return len(columns) - 1


def _scenario(material: Material, scenario: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scenario with what tells it apart from others in words."""
    place = [one.scenario for one in material.scenarios].index(scenario["id"])
    own = material.study.scenarios.get(scenario["id"]) if material.study else None
    return {
        **{name: scenario[name] for name in ("id", "en", "zh", "year", "ways", "time", "feeders")},
        "results": [{name: result[name] for name in _RESULT} for result in scenario["results"]],
        "since": _since(material, place),
        "period": own.period if own else "",
        "levers": _levers(own, material.layers.get("crossings")) if own else [],
    }


def _levers(scenario: Scenario, crossings: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Return a scenario's policies with the names of the crossings where they apply."""
    known = {} if crossings is None else crossings.set_index("crossing_id")[["name_en", "name_zh"]].T.to_dict("list")
    return [
        {
            "user": lever.user,
            "percent": round(100 * lever.clearance_share, 1),
            "crossings": [
                dict(zip(("en", "zh"), known.get(name, (name, name)), strict=True)) for name in lever.crossings
            ],
        }
        for lever in scenario.levers
    ]


def _works(material: Material) -> Iterator[dict[str, Any]]:
    """Yield what opens or closes between the years: railways, stations, buses, services, roads; each once."""
    years = [scenario.year for scenario in material.scenarios]
    seen = set()
    layers = material.layers
    for kind, row in chain(_lines(layers), _buses(layers), _services(layers), _roads(layers)):
        opens, closes = (None if pd.isna(year) else int(year) for year in (row["opens"], row["closes"]))
        dated = [year for year in (opens, closes) if year is not None and min(years) < year <= max(years)]
        work = {"kind": kind, **row, "opens": opens, "closes": closes}
        if dated and row["en"] + row["zh"] and (key := tuple(work.values())) not in seen:
            seen.add(key)
            yield work


def _lines(layers: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield railway lines, and stations that open on lines which run already."""
    lines, stations = layers.get("transit_lines"), layers.get("stations")
    opening = {} if lines is None else dict(zip(lines["line_id"], lines["opens"], strict=True))
    for row in _rows(lines):
        yield "line", _dated(row, row["opens"], None)
    for row in _rows(stations):
        if opening.get(row["line_id"]) != row["opens"]:
            yield "station", _dated(row, row["opens"], None)


def _buses(layers: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield bus lines by what they are called; of the calls of a line one is enough."""
    lines = layers.get("bus_lines")
    names = line_names({} if lines is None else {"bus_lines": lines})
    for row in [] if lines is None else _rows(lines.drop_duplicates("line_id")):
        english, chinese = names[row["line_id"]]
        yield "bus", _dated({"name_en": english, "name_zh": chinese}, row["opens"], row["closes"])


def _services(layers: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield who can cross where and how, and whether the crossing ends with it; the two directions are one."""
    crossings = layers.get("crossings")
    names = {} if crossings is None else {row["crossing_id"]: row for row in _rows(crossings)}
    services = layers.get("crossing_services")
    ends = {} if services is None else services["valid_to"].astype(float).groupby(services["crossing_id"]).apply(_end)
    for row in _rows(services):
        if row["crossing_id"] in names:
            # never where a service has no end: nothing equals a missing year
            told = {name: row[name] for name in ("user", "mode", "permit")}
            more = {**told, "last": bool(row["valid_to"] == ends[row["crossing_id"]])}
            yield "service", {**_dated(names[row["crossing_id"]], row["valid_from"], row["valid_to"]), **more}


def _end(years: pd.Series[float]) -> float:
    """Return the last of the years; NaN where one service has no end."""
    return float(years.max(skipna=False))


def _roads(layers: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield roads; a stretch that closes as another of its name opens is one that changes."""
    for row in _rows(layers.get("road_edges")):
        yield "road", _dated(row, row.get("opens"), row.get("closes"))


def _rows(layer: pd.DataFrame | None) -> Iterable[dict[str, Any]]:
    """Return a layer's rows, none where there is no layer."""
    return [] if layer is None else layer.to_dict("records")


def _dated(row: Mapping[str, Any], opens: object, closes: object) -> dict[str, Any]:
    """Return a name in both languages with the years from and before which it is there."""
    english, chinese = ("" if pd.isna(row[name]) else str(row[name]) for name in ("name_en", "name_zh"))
    return {"en": english or chinese, "zh": chinese or english, "opens": opens, "closes": closes}


def _referred(columns: Sequence[str], told: Sequence[Any]) -> list[str]:
    """Return the columns with those empty that neither what is told nor another kept column refers to."""
    kept: set[int] = set()
    asked = list(chain.from_iterable(_numbers(one) for one in told))
    while asked:
        number = asked.pop()
        if number in kept:
            continue
        kept.add(number)
        way = columns[number].partition(":")[0]
        asked += [int(way[1:])] if way[1:] else []
    return [text if number in kept else "" for number, text in enumerate(columns)]


def _numbers(told: Any) -> Iterator[int]:
    """Yield the numbers of columns in sites or scenarios as `build_payload` puts them."""
    if isinstance(told, list):
        for scenario in told:
            yield from scenario["measures"]
            if scenario["ways"]:
                yield scenario["ways"]["way"]
            for result in scenario["results"]:
                yield from (result["eligible"], *result["values"], *result["measured"])
                yield from chain.from_iterable((rule["outcome"], rule["measured"]) for rule in result["rules"])
    else:
        yield from (told[name] for name in ("area_m2", "plot_ratio", "accuracy_m"))


def _scores(material: Material, place: int) -> pd.Series[float]:
    """Return the first tenant's scores in a scenario by site, in the payload's order; NaN where a rule excludes."""
    scores = material.scenarios[place].scores
    own = scores[scores["tenant"].eq(material.tenants[0].tenant)].set_index("parcel_id")["score"]
    return own.astype("Float64").astype(float).reindex(material.payload["sites"]["id"])


def _classes(before: pd.Series[float], after: pd.Series[float]) -> NDArray[np.int64]:
    """Return each site's class of change, 0 for the largest gain; -1 where a rule excludes it in either."""
    change = (after - before).to_numpy()
    classes = sum((change < cut).astype(np.int64) for cut in CUTS)
    return np.where(np.isfinite(change), classes, -1)


def _caption(material: Material) -> tuple[str, str]:
    """Return who is shown, and from what to what."""
    before, after = (material.scenarios[place] for place in first_pair(material))
    tenant = material.tenants[0]
    return (
        f"{tenant.name_en}: {before.name_en} → {after.name_en}",
        f"{tenant.name_zh}：{before.name_zh} → {after.name_zh}",
    )


def _picture(material: Material, width: int) -> str:
    """Return what changes as a still picture."""
    before, after = first_pair(material)
    classes = _classes(_scores(material, before), _scores(material, after))
    english, _ = _caption(material)
    return draw_classes(material.payload, english, classes.tolist(), CHANGE_COLOURS, scenario=after, width=width)


def _fallback(material: Material) -> str:
    """Return what is shown where scripts do not run: picture with its key, and the mean change by area."""
    means = mean_changes(material)
    heads = "".join(
        said("th", key, ' scope="col"') for key in ("planning_area", "sites_both", "before", "after", "change")
    )
    rows = "".join(
        f"<tr>{_area(material, row.area_id)}<td>{row.sites}</td><td>{row.before:.1f}</td><td>{row.after:.1f}</td>"
        f"<td>{signed(row.change)}</td></tr>"
        for row in means.itertuples()
    )
    return (
        f"{said('p', 'no_script_scenarios')}{both('h2', *_caption(material))}{_picture(material, width=640)}{_key()}"
        f"{said('h2', 'mean_by_area')}<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _area(material: Material, area: str) -> str:
    """Return the name of an area as the head of a row."""
    names = material.payload["areas"][area]
    return both("th", names["en"], names["zh"], ' scope="row"')


def signed(change: float) -> str:
    """Return a change to one decimal with its sign; none for zero."""
    text = f"{change:+.1f}".replace("-", "−")
    return "0.0" if text[1:] == "0.0" else text


def _key() -> str:
    """Return what the colours of the still picture mean."""
    most, some = (f"{cut:g}" for cut in CUTS[:2])
    texts = [
        said("span", "gains_more", points=most),
        said("span", "gains", low=some, high=most),
        said("span", "changes_little", points=some),
        said("span", "loses", low=some, high=most),
        said("span", "loses_more", points=most),
        said("span", "not_in_both"),
    ]
    kinds = [*(f"change-{place}" for place in range(len(CHANGE_COLOURS))), "excluded"]
    items = "".join(
        f'<li><span class="swatch {kind}"></span> {text}</li>' for kind, text in zip(kinds, texts, strict=True)
    )
    return f'<ul class="plain">{items}</ul>'
