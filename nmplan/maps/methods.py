"""The methods page: how a score comes about, with the study's own curves, weights, rules, assumptions and sources."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from typing import Any

import numpy as np

from nmplan.maps.captions import REFERENCE
from nmplan.maps.captions import in_unit
from nmplan.maps.curve import draw_curve
from nmplan.maps.document import render_document
from nmplan.maps.picture import draw_picture
from nmplan.maps.settings import list_settings
from nmplan.maps.shell import both
from nmplan.maps.shell import said
from nmplan.maps.strings import load_strings
from nmplan.maps.travel import describe_travel
from nmplan.words import ZONES

if TYPE_CHECKING:
    import pandas as pd

    from nmplan.maps.captions import CriterionCaption
    from nmplan.maps.captions import ScenarioResult
    from nmplan.maps.captions import SourceNote
    from nmplan.maps.captions import TenantCaption
    from nmplan.maps.material import Material

CLOSE = 0.7
"""Criteria whose values correlate more than this are named: together they count more than their weights say."""

METHODS = {"product": "method_product", "owa": "method_owa", "topsis": "method_topsis"}
"""Other ways to add up, whose order is compared with that of the weighted sum."""

LISTED = 6
"""Sources named for a layer; the others are counted."""

STEPS = ("step_rules", "step_measures", "step_values", "step_weights", "step_stability")
CURVE_KEY = {"line": "curve_line", "bars": "curve_bars", "rug": "curve_rug"}
PERIODS = {"quiet": "period_quiet", "peak": "period_peak"}
LEVERS = {
    "people": ("lever_people", "lever_people_at"),
    "car": ("lever_car", "lever_car_at"),
    "goods": ("lever_goods", "lever_goods_at"),
}
"""What a policy is called when it holds everywhere, and at named crossings only."""

LIMITS = (
    "limit_reference",
    "limit_judgement",
    "limit_rules",
    "limit_unmeasured",
    "limit_overlap",
    "limit_stability",
    "limit_clock",
)


def render(material: Material) -> str:
    """
    Return methods.html.

    Parameters
    ----------
    material
        With the study; `agreement` among the tables of the first scenario is shown where it is there.
    """
    sections = [
        _intro(material),
        _steps(),
        *(_tenant(material, place) for place in range(len(material.tenants))),
        _agreement(material),
        _scenarios(material),
        _travel(material),
        _settings(material),
        _limits(material),
        _sources(material),
        _copy(material),
    ]
    return render_document("methods", material.payload["stamp"], "".join(sections))


def card(material: Material) -> str:
    """Return the picture on the index's card: the two criteria that move the first tenant's points most."""
    tenant, scenario = material.tenants[0], material.scenarios[0]
    ledger = scenario.ledger[scenario.ledger["tenant"].eq(tenant.tenant)]
    spread = ledger.groupby("criterion")["value"].std()
    chosen = sorted(tenant.criteria, key=lambda one: (-one.weight * spread.get(one.criterion, 0), one.criterion))[:2]
    curves = "".join(
        f"<div>{both('small', one.label_en, one.label_zh)}{_curve(scenario, tenant, one)}</div>" for one in chosen
    )
    return f'<div class="curves">{curves}</div>'


def _section(key: str, *parts: str) -> str:
    """Return a section under its title, which links lead to."""
    return f'<section id="{key}">{said("h2", key)}{"".join(parts)}</section>'


def _paragraphs(*keys: str) -> str:
    """Return strings of the table as paragraphs."""
    return "".join(said("p", key) for key in keys)


def _intro(material: Material) -> str:
    """Return what this is, said plainly, where the areas are, and what the page holds."""
    stamp = material.stamp
    tenants = "".join(
        f"<li>{both('a', one.name_en, one.name_zh, _target(f'tenant-{one.tenant}'))}</li>" for one in material.tenants
    )
    travel = ("travel_methods",) if "crossing_services" in material.layers else ()
    rest = ("agreement", "scenarios_settings", *travel, "assumptions", "limits", "sources", "this_copy")
    links = "".join(f"<li>{said('a', key, _target(key))}</li>" for key in rest)
    picture = draw_picture(material.payload, stamp.name_en, width=480)
    lead = both("p", stamp.caveat_en, stamp.caveat_zh, ' class="lead"')
    bundled = sum(note.origin_en == REFERENCE[0] for note in material.sources)
    reference = said("p", "methods_reference", bundled=bundled, count=len(material.sources)) if bundled else ""
    sites = said("p", "methods_sites") if _cuts_sites(material) else ""
    text = f"{lead}{reference}{sites}{said('p', 'methods_judgement')}"
    contents = f'<ul class="contents">{tenants}{links}</ul>'
    shown = _scenario_named("areas_shown", material.scenarios[0], "figcaption")
    return _section("methods", f'<div class="intro"><div>{text}{contents}</div><figure>{picture}{shown}</figure></div>')


def _cuts_sites(material: Material) -> bool:
    """Say whether the sites were cut from zones, and not brought by the study."""
    return material.study is not None and "parcels" not in material.study.layers


def _target(key: str) -> str:
    """Return the attribute of a link to a section."""
    return f' href="#{html.escape(key)}"'


def _scenario_named(key: str, scenario: ScenarioResult, tag: str = "p") -> str:
    """Return a string of the table with the scenario's name in it."""
    strings = load_strings()
    return both(
        tag,
        strings["en"][key].format(scenario=scenario.name_en),
        strings["zh"][key].format(scenario=scenario.name_zh),
    )


def _steps() -> str:
    """Return how a score comes about, in five steps."""
    steps = "".join(said("li", key) for key in STEPS)
    key = "".join(f'<li><span class="mark {kind}"></span>{said("span", text)}</li>' for kind, text in CURVE_KEY.items())
    return _section(
        "how_scored",
        f'<ol class="plain">{steps}</ol>',
        said("h3", "curve_key"),
        f'<ul class="curve-key">{key}</ul>',
    )


def _tenant(material: Material, place: int) -> str:
    """Return one tenant: zones it may use, criteria with their curves, rules, what is left out, what overlaps."""
    tenant, scenario = material.tenants[place], material.scenarios[0]
    own = material.study.tenants.get(tenant.tenant) if material.study else None
    zones = [ZONES[zone] for zone in own.permitted_zones] if own else []
    permitted = _named("zones_permitted", zones) if zones else ""
    eligible = scenario.scores[scenario.scores["tenant"].eq(tenant.tenant)]["eligible"].eq(True)  # noqa: FBT003
    strings = load_strings()
    numbers = {"ranked": eligible.sum(), "count": len(eligible), "open": _count_open(scenario, tenant)}
    told = {name: f"{number:,}" for name, number in numbers.items()}
    count = both(
        "p",
        strings["en"]["ranked_of"].format(**told, scenario=scenario.name_en),
        strings["zh"]["ranked_of"].format(**told, scenario=scenario.name_zh),
    )
    return (
        f'<section id="tenant-{html.escape(tenant.tenant)}"><details class="fold" open>'
        f"<summary>{both('h2', tenant.name_en, tenant.name_zh)}</summary>{count}{permitted}"
        f"{_criteria(material, tenant)}{_overlaps(material, tenant)}"
        f"{_rules(material.payload['tenants'][place], tenant, scenario)}{_omitted(tenant)}</details></section>"
    )


def _count_open(scenario: ScenarioResult, tenant: TenantCaption) -> int:
    """Return how many ranked sites have a rule that is not decided."""
    scores = scenario.scores[scenario.scores["tenant"].eq(tenant.tenant)]
    ranked = set(scores.loc[scores["eligible"].eq(True), "parcel_id"])  # noqa: FBT003  (a missing row is not eligible)
    met = scenario.exclusions[scenario.exclusions["tenant"].eq(tenant.tenant)]
    return len(ranked & set(met.loc[met["outcome"].eq("undecided"), "parcel_id"]))


def _named(key: str, names: list[tuple[str, str]]) -> str:
    """Return a string of the table followed by names."""
    strings = load_strings()
    english, chinese = (", ".join(name[0] for name in names), "、".join(name[1] for name in names))
    return both("p", f"{strings['en'][key]} {english}.", f"{strings['zh'][key]}{chinese}。")


def _criteria(material: Material, tenant: TenantCaption) -> str:
    """Return the criteria as a table: what, its curve over the sites, weight, and what it decides in effect."""
    agreement = _agreement_of(material, tenant)
    effective = agreement[agreement["quantity"].eq("effective_weight")].set_index("a")["number"].to_dict()
    widest = max([criterion.weight for criterion in tenant.criteria] + [abs(share) for share in effective.values()])
    heads = "".join(said("th", key, ' scope="col"') for key in ("criterion", "value_function"))
    heads += "".join(said("th", key, ' scope="col" class="figure"') for key in ("weight", "effective"))
    rows = "".join(
        _criterion(material.scenarios[0], tenant, criterion, effective, widest) for criterion in tenant.criteria
    )
    table = f'<table class="stack criteria"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    return said("h3", "criteria") + table


def _criterion(
    scenario: ScenarioResult,
    tenant: TenantCaption,
    criterion: CriterionCaption,
    effective: dict[str, float],
    widest: float,
) -> str:
    """Return the row of one criterion."""
    name = both("b", criterion.label_en, criterion.label_zh) + both(
        "small", criterion.function_en, criterion.function_zh
    )
    stated = _share(criterion.weight, widest, "stated", "weight")
    decides = _share(effective.get(criterion.criterion, float("nan")), widest, "decides", "effective")
    return f'<tr><th scope="row">{name}</th><td>{_curve(scenario, tenant, criterion)}</td>{stated}{decides}</tr>'


def _curve(scenario: ScenarioResult, tenant: TenantCaption, criterion: CriterionCaption) -> str:
    """Return the criterion's value function over the sites of a scenario."""
    rows = scenario.ledger[
        scenario.ledger["tenant"].eq(tenant.tenant) & scenario.ledger["criterion"].eq(criterion.criterion)
    ]
    scores = scenario.scores[scenario.scores["tenant"].eq(tenant.tenant)].set_index("parcel_id")
    ranked = scores["eligible"].reindex(rows["parcel_id"]).eq(True).to_numpy()  # noqa: FBT003  (a missing row is not)
    measured = rows["measured"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    label = f"{criterion.label_en}: {criterion.function_en}. {criterion.label_zh}：{criterion.function_zh}"
    return draw_curve(criterion.value, in_unit(criterion.unit), measured, ranked, label)


def _share(share: float, widest: float, kind: str, key: str) -> str:
    """Return a cell with a share of the whole and a bar as long as that."""
    if not np.isfinite(share):
        return "<td>–</td>"
    look = 'class="share" viewBox="0 0 100 8" width="100" height="8" aria-hidden="true"'
    bar = f"<svg {look}>{_bar(share, widest, kind)}</svg>"
    text = f"{round(share * 100)}%".replace("-", "−")
    return f'<td class="figure">{said("i", key)}{text}{bar}</td>'


def _bar(share: float, widest: float, kind: str) -> str:
    """Return the bar of a share; a negative one is hollow."""
    fill = {"stated": "#2B6CA3", "decides": "#CC79A7"}[kind]
    width = abs(share) / widest * 99
    if share < 0:
        return f'<rect x="0.5" y="0.5" width="{width:.1f}" height="7" fill="none" stroke="{fill}"/>'
    return f'<rect width="{width:.1f}" height="8" fill="{fill}"/>'


def _agreement_of(material: Material, tenant: TenantCaption) -> pd.DataFrame:
    """Return the rows of `agreement` of a tenant in the first scenario."""
    tables = material.tables.get(material.scenarios[0].scenario, {})
    if "agreement" not in tables:
        return material.scenarios[0].exclusions.iloc[:0].reindex(columns=["quantity", "a", "b", "number"])
    return tables["agreement"][tables["agreement"]["tenant"].eq(tenant.tenant)]


def _overlaps(material: Material, tenant: TenantCaption) -> str:
    """Say which criteria lie close together over the ranked sites, the closest first."""
    agreement = _agreement_of(material, tenant)
    pairs = agreement[agreement["quantity"].eq("correlation") & agreement["number"].gt(CLOSE)]
    if pairs.empty:
        return ""
    labels = {one.criterion: (one.label_en, one.label_zh) for one in tenant.criteria}
    items = "".join(
        both(
            "li",
            f"{labels[row.a][0]} – {labels[row.b][0]}: r = {row.number:.2f}",
            f"{labels[row.a][1]} – {labels[row.b][1]}：r = {row.number:.2f}",
        )
        for row in pairs.sort_values("number", ascending=False, kind="stable").itertuples()
        if row.a in labels and row.b in labels
    )
    return f'{said("p", "overlaps")}<ul class="plain">{items}</ul>'


def _rules(told: dict[str, Any], tenant: TenantCaption, scenario: ScenarioResult) -> str:
    """Return the rules with their limits, their reasons, and how many sites each excludes or leaves undecided."""
    met = scenario.exclusions[scenario.exclusions["tenant"].eq(tenant.tenant)]
    rows = []
    for rule in told["rules"]:
        outcomes = met[met["rule"].eq(rule["id"])]["outcome"].value_counts()
        unit = load_strings()
        unit_en = "" if rule["unit"] == "year" else rule["unit"]
        limit = " ".join(part for part in (rule["limit"], unit_en) if part)
        limit_zh = " ".join(part for part in (rule["limit"], unit["zh"].get(f"unit_{rule['unit']}", unit_en)) if part)
        what = (
            said("th", "no_value", ' scope="row"', label=rule["en"])
            if rule["needs_value"]
            else both("th", f"{rule['en']} {limit}", f"{rule['zh']} {limit_zh}", ' scope="row"')
        )
        counts = "".join(
            f'<td class="figure">{said("i", key)}{outcomes.get(outcome, 0):,}</td>'
            for outcome, key in (("fail", "excluded_sites"), ("undecided", "undecided"))
        )
        rows.append(f"<tr>{what}{both('td', rule['reason']['en'], rule['reason']['zh'])}{counts}</tr>")
    if not rows:
        return ""
    heads = "".join(
        said("th", key, attributes)
        for key, attributes in (
            ("rule", ' scope="col"'),
            ("reason", ' scope="col"'),
            ("excluded_sites", ' scope="col" class="figure"'),
            ("undecided", ' scope="col" class="figure"'),
        )
    )
    table = f'<table class="stack"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return said("h3", "hard_rules") + table


def _omitted(tenant: TenantCaption) -> str:
    """Return the criteria that could not be computed, and why."""
    if not tenant.omitted:
        return ""
    items = "".join(
        both("li", f"{one.label_en}: {one.why_en}", f"{one.label_zh}：{one.why_zh}") for one in tenant.omitted
    )
    return f'{said("h3", "omitted")}<ul class="plain">{items}</ul>'


def _agreement(material: Material) -> str:
    """Return how far other ways to add up would order the sites alike."""
    rows = []
    for tenant in material.tenants:
        taus = _agreement_of(material, tenant)
        taus = taus[taus["quantity"].eq("kendall_tau") & taus["a"].eq("sum")].set_index("b")["number"]
        cells = "".join(
            f'<td class="figure">{said("i", key)}{f"{taus[name]:.2f}" if name in taus.index else "–"}</td>'
            for name, key in METHODS.items()
        )
        name = both("th", tenant.name_en, tenant.name_zh, ' scope="row"')
        rows.append(f"<tr>{name}{cells}</tr>")
    heads = said("th", "tenant", ' scope="col"') + "".join(
        said("th", key, ' scope="col" class="figure"') for key in METHODS.values()
    )
    table = f'<table class="stack"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return _section("agreement", _paragraphs("agreement_about", "effective_about"), table)


def _scenarios(material: Material) -> str:
    """Return the scenarios with the hour they are measured for and what is different in them."""
    rows = []
    for result in material.scenarios:
        own = material.study.scenarios.get(result.scenario) if material.study else None
        levers = (
            "".join(_lever(lever.user, lever.clearance_share, lever.crossings) for lever in own.levers) if own else ""
        )
        when = said("span", PERIODS[own.period], time=own.time_of_day) if own else "–"
        feeders = said("p", "feeders_too") if result.planned_feeders else ""
        name = both("th", result.name_en, result.name_zh, ' scope="row"')
        rows.append(
            f'<tr>{name}<td class="figure">{result.year}</td><td>{when}</td>'
            f"<td>{feeders}{levers or ('' if feeders else said('span', 'no_lever'))}</td></tr>"
        )
    heads = "".join(said("th", key, ' scope="col"') for key in ("scenario", "year", "hour", "levers"))
    table = f'<table class="stack"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return _section("scenarios_settings", _paragraphs("scenarios_about"), table)


def _lever(user: str, share: float, crossings: list[str]) -> str:
    """Return a policy in words."""
    key = LEVERS[user][bool(crossings)]
    return said("p", key, share=f"{share * 100:.0f}", crossings=", ".join(crossings))


def _travel(material: Material) -> str:
    """Return what public transport means here, who may enter which hall how, and which permit a car needs."""
    told = describe_travel(material)
    return _section("travel_methods", told) if told else ""


def _settings(material: Material) -> str:
    """Return the numbers of the study that are assumed, each with its unit."""
    if material.study is None:
        return ""
    rows = "".join(_setting(key, value) for key, value in list_settings(material.study))
    return _section(
        "assumptions", _paragraphs("assumptions_about"), f'<table class="settings"><tbody>{rows}</tbody></table>'
    )


def _setting(key: str, value: tuple[str, str]) -> str:
    """Return the row of one assumption."""
    name = said("th", key, ' scope="row"')
    return f"<tr>{name}{both('td', *value, ' class=figure')}</tr>"


def _limits(material: Material) -> str:
    """Return what the result cannot tell."""
    keys = [*LIMITS, "limit_sites"] if _cuts_sites(material) else LIMITS
    items = "".join(said("li", key) for key in keys)
    return _section("limits", f'<ul class="plain">{items}</ul>')


def _sources(material: Material) -> str:
    """Return where each layer comes from, under which licence, how old, how accurate, and on how much judgement."""
    heads = "".join(
        said("th", key, ' scope="col"') for key in ("layer", "origin", "licence", "vintage", "accuracy", "rests_on")
    )
    rows = "".join(_source(note, material.layers.get(note.layer)) for note in material.sources)
    table = f'<table class="stack sources"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    return _section("sources", _paragraphs("sources_about"), table)


def _source(note: SourceNote, layer: Any) -> str:
    """Return the row of a layer."""
    strings = load_strings()
    key = f"layer_name_{note.layer}"
    english, chinese = (strings[language].get(key, note.layer) for language in ("en", "zh"))
    name = both("th", english, chinese, ' scope="row"')
    origin = both("td", note.origin_en, note.origin_zh)
    licence = both("td", note.licence_en, note.licence_zh) if note.licence_en else "<td>–</td>"
    rest = "".join(
        f"<td>{said('i', label)}{html.escape(text) or '–'}</td>"
        for label, text in (("vintage", note.vintage), ("accuracy", note.accuracy))
    )
    return f"<tr>{name}{origin}{licence}{rest}<td>{_rows_rest_on(layer)}</td></tr>"


def _rows_rest_on(layer: Any) -> str:
    """Say how many rows of a layer name judgement or general knowledge, and which sources its rows name."""
    if layer is None or "source" not in getattr(layer, "columns", ()):
        return "–"
    named = layer["source"].fillna("").astype(str)
    judged = int(named.str.contains("judgement|general knowledge|assumed", case=False, regex=True).sum())
    told = said("p", "judged_rows", judged=f"{judged:,}", count=f"{len(named):,}")
    counts = named[named.ne("")].value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    items = "".join(f"<li>{html.escape(text)} ({number:,})</li>" for text, number in counts.iloc[:LISTED].items())
    more = said("li", "more_sources", count=len(counts) - LISTED) if len(counts) > LISTED else ""
    if not items:
        return told
    listed = f'<ul class="named" lang="en">{items}{more}</ul>'
    return f"{told}<details>{said('summary', 'sources_named')}{listed}</details>"


def _copy(material: Material) -> str:
    """Return what tells this copy from another."""
    stamp = material.stamp
    pairs = (
        ("study", stamp.study_id),
        ("study_hash", stamp.study_hash),
        ("data_date", stamp.data_date),
        ("version", f"nmplan {stamp.version}"),
    )
    rows = "".join(f"<tr>{said('th', key, ' scope=row')}<td>{html.escape(text)}</td></tr>" for key, text in pairs)
    return _section(
        "this_copy",
        f'<table class="settings"><tbody>{rows}</tbody></table>',
        _paragraphs("same_bytes", "built_with_page"),
    )
