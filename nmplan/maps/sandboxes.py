"""The sandboxes page: zones of each kind, how ready they are, which land is refused by which rule, what is there."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pandas as pd

from nmplan.crs import WORK_CRS
from nmplan.maps.captions import describe_function
from nmplan.maps.picture import draw_shapes
from nmplan.maps.quantise import pack_geometries
from nmplan.maps.quantise import unpack_geometries
from nmplan.maps.shell import both
from nmplan.maps.shell import render_page
from nmplan.maps.shell import said
from nmplan.places.infrastructure import CROSSINGS_WITHIN_M
from nmplan.places.infrastructure import ROADS_WITHIN_M
from nmplan.places.infrastructure import WALK_M
from nmplan.places.refusals import TOO_SMALL
from nmplan.scores.tenants import tenant_measures
from nmplan.study import WordRule
from nmplan.words import MEASURES
from nmplan.words import SITE_WORDS
from nmplan.words import ZONES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

    from nmplan.maps.captions import ScenarioResult
    from nmplan.maps.material import Material
    from nmplan.study import AnyRule
    from nmplan.study import Criterion
    from nmplan.study import Sandbox

    Names = dict[str, str]

SCRIPTS = ("explorer/ranking", *(f"sandboxes/{name}" for name in ("state", "zones", "key", "panel")))
SCRIPTS_OF_A_ZONE = tuple(f"sandboxes/{name}" for name in ("rules", "infrastructure", "dossier", "print", "start"))
"""In the order in which they build on each other; of the explorer only how parts are rounded to a printed sum."""

LAYERS = ("land", "boundary", "areas", "constraints", "lines", "stations", "crossings", "suppliers", "places")
LOOKED_FOR = ("road_edges", "stations", "crossings", "suppliers")
"""Layers of the infrastructure ledger: where one is missing, nothing is known."""

OUTCOMES = ("accepted", "undecided", "refused")
LOOKS = {
    "accepted": 'fill="#D55E00" fill-opacity="0.16" stroke="#D55E00" stroke-width="26" stroke-dasharray="70 40"',
    "undecided": 'fill="none" stroke="#D55E00" stroke-width="14" stroke-dasharray="16 30"',
}
"""Of the still picture, in tenths of a pixel."""

_ASSUMED = re.compile(r"\bassum", re.IGNORECASE)


@dataclass
class _Shapes:
    """Outlines of zones, each once however many scenarios have it."""

    known: dict[bytes, int] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)

    def add(self, shape: Any) -> int:
        """Keep an outline and return its number."""
        number = self.known.setdefault(shape.wkb, len(self.kept))
        if number == len(self.kept):
            self.kept.append(shape)
        return number


def render(material: Material) -> str:
    """Return sandboxes.html."""
    payload = build_sandboxes(material)
    return render_page("sandboxes", payload, [*SCRIPTS, *SCRIPTS_OF_A_ZONE], _fallback(material, payload))


def card(material: Material) -> str:
    """Return the picture on the index's card: the zones of all kinds in the first scenario."""
    return _picture(material, build_sandboxes(material), width=480)


def build_sandboxes(material: Material) -> dict[str, Any]:
    """
    Put everything the page shows into one dictionary that JSON can hold.

    Parameters
    ----------
    material
        With the study, whose kinds are shown, and where they are there the tables `sandbox_sites`,
        `sandbox_readiness`, `sandbox_refusals`, `infrastructure` and `measures` of each scenario.

    Returns
    -------
    dict
        What every map page has, and `kinds` (what each asks for), `scenarios` (zones in the order accepted, undecided,
        refused, the readiest first; refusals per area and rule), `shapes` (outlines, each once), `neighbours` (areas
        that take part but are not scored), `reach` (metres within which infrastructure counts) and `looked_for` (which
        layers of it the study has). `land` is the same of one zone in all scenarios.
    """
    kinds = dict(material.study.sandboxes) if material.study else {}
    shapes = _Shapes()
    scenarios = [_scenario(material, result, kinds, shapes) for result in material.scenarios]
    return {
        **material.common(LAYERS),
        "kinds": [_kind(material, key, sandbox) for key, sandbox in kinds.items()],
        "scenarios": scenarios,
        "shapes": pack_geometries(gpd.GeoSeries(shapes.kept, crs=WORK_CRS)) if shapes.kept else "",
        "neighbours": _neighbours(material, kinds),
        "reach": {"roads": ROADS_WITHIN_M, "walk": WALK_M, "crossings": CROSSINGS_WITHIN_M},
        "looked_for": {name: name in material.layers for name in LOOKED_FOR},
    }


def _names(english: object, chinese: object) -> Names:
    """Return a name in both languages; each stands in for the other where one is missing."""
    return {"en": str(english or chinese or ""), "zh": str(chinese or english or "")}


def _number(value: Any) -> float | None:
    """Return a number, or None where there is none."""
    return None if pd.isna(value) else round(float(value), 6)


def _kind(material: Material, key: str, sandbox: Sandbox) -> dict[str, Any]:
    """Return what a kind of sandbox asks for, in words."""
    areas = _areas(material)
    return {
        "id": key,
        **_names(sandbox.name_en, sandbox.name_zh),
        "areas": [areas.get(area, _names(area, area)) for area in sandbox.areas],
        "neighbours": [areas.get(area, _names(area, area)) for area in sandbox.neighbours],
        "zones": [_names(*ZONES[zone]) for zone in sandbox.permitted_zones],
        "chain": _chain(material, sandbox.chain),
        "minimum_ha": sandbox.minimum_ha,
        "gap_m": sandbox.gap_m,
        "rules": [_rule(rule) for rule in sandbox.rules],
        "criteria": [_criterion(each) for each in sandbox.readiness],
    }


def _areas(material: Material) -> dict[str, Names]:
    """Return the names of all planning areas by id."""
    table = material.context.areas
    return {} if table is None else {row.area_id: _names(row.name_en, row.name_zh) for row in table.itertuples()}


def _chain(material: Material, chain: str) -> Names:
    """Return what a chain is called."""
    table = material.layers.get("chains")
    own = table[table["chain"].eq(chain)] if table is not None else pd.DataFrame()
    return _names(own["chain_en"].iloc[0], own["chain_zh"].iloc[0]) if len(own) else _names(chain, chain)


def _rule(rule: AnyRule) -> dict[str, Any]:
    """Return a rule with what is measured, its limit, its reason, and whether the reason calls the limit assumed."""
    told = {
        "reason": _names(rule.reason_en, rule.reason_zh),
        "assumed": bool(_ASSUMED.search(rule.reason_en)),
    }
    if isinstance(rule, WordRule):
        limit = rule.name.removeprefix(rule.column).strip()
        return {**_names(*SITE_WORDS[rule.column]), "limit": limit, "unit": "", "decimals": 0, "layers": [], **told}
    measure = MEASURES[rule.measure]
    return {
        **_names(measure.label_en, measure.label_zh),
        "limit": f"{'≥' if rule.at_least is not None else '≤'} {rule.limit:,g}",
        "unit": measure.unit,
        "decimals": measure.decimals,
        "layers": list(measure.layers),
        **told,
    }


def _criterion(criterion: Criterion) -> dict[str, Any]:
    """Return a criterion of readiness as people read it."""
    measure = MEASURES[criterion.measure]
    return {
        "id": criterion.measure,
        **_names(measure.label_en, measure.label_zh),
        "unit": measure.unit,
        "decimals": measure.decimals,
        "layers": list(measure.layers),
        "function": _names(*describe_function(criterion.value, measure.unit)),
    }


def _neighbours(material: Material, kinds: Mapping[str, Sandbox]) -> dict[str, Any]:
    """Return the areas that take part in a kind but are not scored, with their outlines."""
    table = material.context.areas
    if table is None:
        return {"items": [], "geometry": ""}
    numbers = {key: number for number, key in enumerate(kinds)}
    named = {area for sandbox in kinds.values() for area in sandbox.neighbours}
    own = table[table["area_id"].isin(named)]
    items = [
        {
            **_names(row.name_en, row.name_zh),
            "kinds": [numbers[key] for key, sandbox in kinds.items() if row.area_id in sandbox.neighbours],
        }
        for row in own.itertuples()
    ]
    return {"items": items, "geometry": pack_geometries(own.geometry) if items else ""}


def _scenario(
    material: Material, result: ScenarioResult, kinds: Mapping[str, Sandbox], shapes: _Shapes
) -> dict[str, Any]:
    """Return the zones of all kinds in one scenario, and what is refused."""
    tables = material.tables.get(result.scenario, {})
    order = {outcome: place for place, outcome in enumerate(OUTCOMES)}
    zones = result.sandboxes[result.sandboxes["kind"].isin(kinds)]
    zones = zones.assign(order=zones["outcome"].map(order)).sort_values(
        ["order", "readiness", "sandbox_id"], ascending=[True, False, True], na_position="last", kind="stable"
    )
    ranges = _measured(tables, kinds)
    return {
        "id": result.scenario,
        **_names(result.name_en, result.name_zh),
        "year": int(result.year),
        "feeders": result.planned_feeders,
        "zones": [_zone(row, tables, kinds, ranges, shapes) for row in zones.to_dict("records")],
        "refusals": _refusals(material, tables.get("sandbox_refusals"), kinds),
    }


def _measured(tables: Mapping[str, pd.DataFrame], kinds: Mapping[str, Sandbox]) -> dict[tuple[str, str], pd.DataFrame]:
    """Return lowest and highest measure of each zone by kind and measure; land that is no site has none on record."""
    if "measures" not in tables or "sandbox_sites" not in tables:
        return {}
    measures, members = tables["measures"].set_index("parcel_id"), tables["sandbox_sites"]
    found = {}
    for key, sandbox in kinds.items():
        if sandbox.land != "sites":
            continue
        known = tenant_measures(measures, sandbox, [each.measure for each in sandbox.rules])
        for name in known.columns.difference(list(SITE_WORDS)):
            joined = members.assign(found=members["parcel_id"].map(known[name]))
            found[key, str(name)] = joined.groupby("sandbox_id")["found"].agg(["min", "max"])
    return found


def _zone(
    row: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    kinds: Mapping[str, Sandbox],
    ranges: Mapping[tuple[str, str], pd.DataFrame],
    shapes: _Shapes,
) -> dict[str, Any]:
    """Return a zone, or land that is refused, with its ledgers."""
    sandbox, zone = kinds[row["kind"]], str(row["sandbox_id"])
    rules = []
    for rule in sandbox.rules:
        area = _hectares(str(row["reasons"]), rule.reason_en)
        outcome = "passed" if area is None else "undecided" if row["outcome"] == "undecided" else "failed"
        span = ranges.get((row["kind"], rule.measure))
        low, high = span.loc[zone] if span is not None and zone in span.index else (None, None)
        rules.append({"outcome": outcome, "area_ha": area, "low": _number(low), "high": _number(high)})
    return {
        "land": zone.replace(f":{row['outcome']}:", ":", 1),
        "kind": list(kinds).index(row["kind"]),
        **_names(row["name_en"], row["name_zh"]),
        "short": _names(*(_place(row[f"name_{one}"], getattr(sandbox, f"name_{one}")) for one in ("en", "zh"))),
        "shape": shapes.add(row["geometry"]),
        "area_ha": _number(row["area_ha"]),
        "readiness": _number(row["readiness"]),
        "outcome": str(row["outcome"]),
        "reasons": _names(row["reasons"], row["reasons_zh"]),
        "rules": rules,
        "ledger": _ledger(tables.get("sandbox_readiness"), zone, sandbox),
        "infrastructure": _infrastructure(tables.get("infrastructure"), zone),
    }


def _place(name: object, kind: str) -> str:
    """Return a zone's name without that of its kind."""
    return re.sub(r"^[:：]\s*", "", str(name).removeprefix(kind)) or str(name)


def _hectares(reasons: str, reason: str) -> float | None:
    """Return the hectares on which a rule is not passed, as the reasons of a zone tell them; None where it passes."""
    found = re.search(rf"(?:^|; |: ){re.escape(reason)} \(([\d.]+) ha\)", reasons)
    return float(found[1]) if found else None


def _ledger(table: pd.DataFrame | None, zone: str, sandbox: Sandbox) -> list[dict[str, Any]]:
    """Return how a zone's readiness adds up."""
    if table is None:
        return []
    places = {each.measure: place for place, each in enumerate(sandbox.readiness)}
    own = table[table["sandbox_id"].eq(zone)]
    return [
        {
            "criterion": places[str(row.criterion)],
            **{name: _number(getattr(row, name)) for name in ("measured", "value", "weight", "points")},
        }
        for row in own.itertuples()
    ]


def _infrastructure(table: pd.DataFrame | None, zone: str) -> list[dict[str, Any]]:
    """Return what a zone has, item by item; labels without what the heading of their part says."""
    if table is None:
        return []
    around = (f", in the zone and {ROADS_WITHIN_M:g} m round it", f"（區內及周邊{ROADS_WITHIN_M:g}米）")
    return [
        {
            "item": str(row.item),
            "amount": _number(row.amount),
            **_names(_bare(row.label_en, around[0]), _bare(row.label_zh, around[1])),
        }
        for row in table[table["sandbox_id"].eq(zone)].itertuples()
    ]


def _bare(label: object, around: str) -> str:
    """Return a label without the kind of thing before it and without where it was looked for."""
    return re.sub(r"^(Station: |Crossing: |Neighbour: |車站：|口岸：|毗鄰：)", "", str(label)).removesuffix(around)


def _refusals(material: Material, table: pd.DataFrame | None, kinds: Mapping[str, Sandbox]) -> list[dict[str, Any]]:
    """Return per kind, area and rule the land that fails the rule, or for which it is undecided."""
    if table is None:
        return []
    areas, numbers = _areas(material), {key: number for number, key in enumerate(kinds)}
    places = {(key, rule.name): place for key, one in kinds.items() for place, rule in enumerate(one.rules)}
    known = table[table["kind"].isin(kinds)]
    return [
        {
            "kind": numbers[row.kind],
            "area": None if pd.isna(row.area_id) else areas.get(row.area_id, _names(row.area_id, row.area_id)),
            "rule": None if row.rule == TOO_SMALL else places.get((row.kind, row.rule)),
            "low": _number(row.measured_low),
            "high": _number(row.measured_high),
            "outcome": "failed" if row.outcome == "fail" else "undecided",
            "area_ha": _number(row.area_ha),
            "reason": _names(row.reason_en, row.reason_zh),
        }
        for row in known.itertuples()
    ]


def _picture(material: Material, payload: dict[str, Any], width: int) -> str:
    """Return the zones of the first scenario as a still picture."""
    scenario, shapes = payload["scenarios"][0], unpack_geometries(payload["shapes"])
    shown = [
        (shapes[zone["shape"]], LOOKS[zone["outcome"]])
        for zone in reversed(scenario["zones"])
        if zone["outcome"] in LOOKS
    ]
    home = unpack_geometries(material.payload["sites"]["geometry"])
    return draw_shapes(payload["context"], shown, scenario["en"], home=home, year=scenario["year"], width=width)


def _fallback(material: Material, payload: dict[str, Any]) -> str:
    """Return what is shown where scripts do not run: picture, zones and refusals of the first scenario."""
    scenario = payload["scenarios"][0]
    zones = [zone for zone in scenario["zones"] if zone["outcome"] != "refused"]
    shown = f"<h2>{html.escape(scenario['en'])} {html.escape(scenario['zh'])}</h2>"
    if not payload["kinds"]:
        return said("p", "no_sandboxes")
    heads = ("zone_name", "outcome", "readiness_head", "hectares_head", "reasons_head")
    rows = [
        both("th", zone["en"], zone["zh"], ' scope="row"')
        + said("td", f"outcome_{zone['outcome']}")
        + (said("td", "unknown") if zone["readiness"] is None else f"<td>{zone['readiness']:.1f}</td>")
        + f"<td>{zone['area_ha']:.1f}</td>"
        + both("td", zone["reasons"]["en"], zone["reasons"]["zh"])
        for zone in zones
    ]
    table = _table(heads, rows) if rows else said("p", "no_zone")
    refused = [_refused_row(payload, row) for row in scenario["refusals"] if row["outcome"] == "failed"]
    told = said("h2", "refused_land") + _table(("kind", "planning_area", "reasons_head", "hectares_head"), refused)
    return (
        f"{said('p', 'sandboxes_no_script')}{shown}{_picture(material, payload, 640)}{table}{told if refused else ''}"
    )


def _refused_row(payload: dict[str, Any], row: dict[str, Any]) -> str:
    """Return the cells of an area and a rule that refuses land there."""
    kind, area = payload["kinds"][row["kind"]], row["area"]
    where = said("td", "no_area") if area is None else both("td", area["en"], area["zh"])
    why = both("td", row["reason"]["en"], row["reason"]["zh"])
    return f"{both('th', kind['en'], kind['zh'])}{where}{why}<td>{row['area_ha']:.1f}</td>"


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    """Return a table with heads from the table of strings."""
    head = "".join(said("th", key, ' scope="col"') for key in heads)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
