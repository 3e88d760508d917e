"""What a page needs to know: everything once, quantised, ready for JSON."""

from __future__ import annotations

import re
from dataclasses import asdict
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd
import shapely

from nmplan.errors import Fault
from nmplan.errors import NmplanError
from nmplan.errors import raise_faults
from nmplan.maps.captions import RuleCaption
from nmplan.maps.captions import TenantCaption
from nmplan.maps.columns import Columns
from nmplan.maps.quantise import pack_geometries
from nmplan.maps.quantise import pack_words
from nmplan.places.commitments import commitments_on
from nmplan.words import MEASURES
from nmplan.words import SITE_WORDS
from nmplan.words import ZONES
from nmplan.words import accuracy_column

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Mapping
    from collections.abc import Sequence

    import geopandas as gpd

    from nmplan.maps.captions import Context
    from nmplan.maps.captions import ScenarioResult
    from nmplan.maps.captions import SourceNote
    from nmplan.maps.captions import Stamp

VALUE_STEPS = 10_000
"""Values of 0–1 travel as whole numbers; the ledger rounds them to four decimals for that."""

SHARE_STEPS = 1_000
"""Shares of draws travel in tenths of a percent."""

SCORE_TOLERANCE = 1e-3
"""Points by which the sum of the ledger may differ from the score it explains."""

PASSED, FAILED, UNDECIDED = 0, 1, 2
"""How a site fares under a rule, in a column of outcomes."""

_SITE_WORDS = ("id", "en", "zh", "area_id", "zone", "tenure", "status")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_MUTED = "#55626F"


class PayloadError(NmplanError):
    """The tables of a scenario do not fit together."""


def build_payload(
    sites: gpd.GeoDataFrame,
    tenants: Sequence[TenantCaption],
    scenarios: Sequence[ScenarioResult],
    context: Context,
    sources: Sequence[SourceNote],
    stamp: Stamp,
) -> dict[str, Any]:
    """
    Put everything the pages show into one dictionary that JSON can hold.

    Parameters
    ----------
    sites
        One row per site in EPSG:2326: parcel_id, area_id, names, zone, tenure, status, plot_ratio, accuracy_m.
    tenants
        Who looks for a site; the first one is shown first.
    scenarios
        The same sites in different years; the first one is shown first.
    context
        Layers drawn round the sites.
    sources
        Shown under "About" and in each site's dossier.
    stamp
        Shown on every page.

    Returns
    -------
    dict
        The same input gives the same dictionary, whatever the order of the rows.

    Raises
    ------
    PayloadError
        A score is not the weighted sum of its ledger: the page, which sums again when a weight is moved, would
        contradict the tables.
    """
    sites = sites.sort_values("parcel_id", kind="stable").reset_index(drop=True)
    columns = Columns()
    captions = [_with_extra_rules(tenant, scenarios) for tenant in tenants]
    told: list[dict[str, Any]] = []
    for result in scenarios:
        told.append(_scenario(captions, result, sites, columns, told[:1]))
    return {
        **common_payload(sites, context, sources, stamp),
        "sites": _sites(sites, columns),
        "tenants": [_tenant(tenant) for tenant in captions],
        "scenarios": told,
        "commitments": _commitments(context.commitments, sites),
        "columns": columns.packed,
    }


def compact(payload: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return a payload as it travels in a page: what is said of each site as forms and numbers instead of words.

    Parameters
    ----------
    payload
        What a page shows; its "sites", where it has them, from `build_payload`.
    """
    if "sites" not in payload:
        return dict(payload)
    sites = payload["sites"]
    return {**payload, "sites": {**sites, **{name: pack_words(sites[name]) for name in _SITE_WORDS}}}


def _scenario(
    tenants: Sequence[TenantCaption],
    result: ScenarioResult,
    sites: gpd.GeoDataFrame,
    columns: Columns,
    first: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """Return one scenario; `first` holds the one it is told apart from, or nothing."""
    before = first[0]["results"] if first else [None] * len(tenants)
    pairs = zip(tenants, before, strict=True)
    return {
        "id": result.scenario,
        **_names(result.name_en, result.name_zh),
        "year": int(result.year),
        "time": result.time_of_day,
        "feeders": result.planned_feeders,
        "results": [_result(tenant, result, sites, columns, other) for tenant, other in pairs],
        "clusters": _clusters(result.clusters, sites),
        "sandboxes": _sandboxes(result.sandboxes, sites),
        "ways": _ways(result.ways, sites, columns),
    }


def common_payload(
    sites: gpd.GeoDataFrame,
    context: Context,
    sources: Sequence[SourceNote],
    stamp: Stamp,
    layers: Collection[str] | None = None,
) -> dict[str, Any]:
    """
    Return what every map page needs: stamp, sources, names of the sites' zones and areas, layers round the sites.

    Parameters
    ----------
    sites, context, sources, stamp
        As for `build_payload`.
    layers
        Layers of the context the page draws; the others travel empty. All by default.
    """
    drawn = _context(context)
    nothing: dict[str, Any] = {"items": [], "geometry": ""}
    return {
        "stamp": asdict(stamp),
        "sources": [
            {"layer": note.layer, "source": _names(note.source_en, note.source_zh), "accuracy": note.accuracy}
            for note in sources
        ],
        "zones": {zone: ZONES.get(zone, (zone, zone)) for zone in sorted(set(sites["zone"]))},
        "areas": _area_names(sites, context.areas),
        "context": {name: layer if layers is None or name in layers else nothing for name, layer in drawn.items()},
    }


def _names(name_en: object, name_zh: object) -> dict[str, str]:
    """Return a name in both languages; each stands in for the other where one is missing."""
    english, chinese = _text(name_en), _text(name_zh)
    return {"en": english or chinese, "zh": chinese or english}


def _text(value: object) -> str:
    """Return text, empty for a missing value."""
    return "" if value is None or value is pd.NA or value != value else str(value)  # noqa: PLR0124  (NaN differs from itself)


def _number(value: Any) -> float | None:
    """Return a number, or None where there is none."""
    return None if pd.isna(value) else round(float(value), 6)


def _area_names(sites: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None) -> dict[str, dict[str, str]]:
    """Return the names of the areas that sites lie in, by id."""
    used = {area: _names(area, area) for area in sorted({_text(area) for area in sites["area_id"]})}
    if areas is None:
        return used
    known = {row.area_id: _names(row.name_en or row.area_id, row.name_zh) for row in areas.itertuples()}
    return {area: known.get(area, names) for area, names in used.items()}


def _sites(sites: gpd.GeoDataFrame, columns: Columns) -> dict[str, Any]:
    """Return what the pages say of a site whoever looks at it."""
    return {
        "id": sites["parcel_id"].map(_text).tolist(),
        "en": [_names(*pair)["en"] for pair in zip(sites["name_en"], sites["name_zh"], strict=True)],
        "zh": [_names(*pair)["zh"] for pair in zip(sites["name_en"], sites["name_zh"], strict=True)],
        **{name: sites[name].map(_text).tolist() for name in ("area_id", "zone", "tenure", "status")},
        "area_m2": columns.add(sites.geometry.area),
        "plot_ratio": columns.add(sites["plot_ratio"], 100),
        **_when(sites, columns),
        "accuracy_m": columns.add(sites["accuracy_m"]),
        "geometry": pack_geometries(sites.geometry),
    }


def _when(sites: gpd.GeoDataFrame, columns: Columns) -> dict[str, Any]:
    """Return from which year on each site can be built on, and how that and its plot ratio are known, if it is told."""
    told: dict[str, Any] = {}
    if "ready_year" in sites:
        told["ready_year"] = columns.add(sites["ready_year"].astype(float))
    for name in ("ready_basis", "plot_ratio_basis"):
        if name in sites:
            kinds = sorted(set(sites[name]))
            told[name] = {"kinds": kinds, "kind": columns.add(sites[name].map(kinds.index).astype(float))}
    return told


def _ways(ways: pd.DataFrame | None, sites: gpd.GeoDataFrame, columns: Columns) -> dict[str, Any] | None:
    """Return how sites get across, each way once, and which way each site takes."""
    if ways is None:
        return None
    taken = ways.set_index("parcel_id").reindex(sites["parcel_id"])[["way_en", "way_zh"]]
    pairs = [(_text(english), _text(chinese)) for english, chinese in taken.itertuples(index=False)]
    kinds = sorted({pair for pair in pairs if pair[0]})
    place = {pair: number for number, pair in enumerate(kinds)}
    return {"kinds": [_names(*pair) for pair in kinds], "way": columns.add([place.get(pair, np.nan) for pair in pairs])}


def _with_extra_rules(tenant: TenantCaption, scenarios: Sequence[ScenarioResult]) -> TenantCaption:
    """Add the rules that sites met without their being the tenant's own: "measured: crossing_min", a scenario's."""
    met = {
        str(rule)
        for result in scenarios
        for rule in result.exclusions.loc[result.exclusions["tenant"].eq(tenant.tenant), "rule"]
    }
    own = {caption.rule for caption in tenant.rules}
    of_scenarios: dict[str, RuleCaption] = {}
    for rule in (rule for result in scenarios for rule in result.rules):
        before = of_scenarios.get(rule.rule, replace(rule, scenarios=()))
        of_scenarios[rule.rule] = replace(rule, scenarios=(*before.scenarios, *rule.scenarios))
    extra = tuple(of_scenarios.get(rule, RuleCaption(rule, "", "")) for rule in sorted(met - own))
    return replace(tenant, rules=(*tenant.rules, *extra))


def _tenant(tenant: TenantCaption) -> dict[str, Any]:
    """Return a tenant with its criteria, rules and omissions."""
    return {
        "id": tenant.tenant,
        **_names(tenant.name_en, tenant.name_zh),
        "criteria": [
            {
                "id": criterion.criterion,
                **_names(criterion.label_en, criterion.label_zh),
                "unit": criterion.unit,
                "decimals": criterion.decimals,
                "weight": float(criterion.weight),
                "function": _names(criterion.function_en, criterion.function_zh),
                "layers": list(MEASURES[criterion.criterion].layers) if criterion.criterion in MEASURES else [],
            }
            for criterion in tenant.criteria
        ],
        "rules": [_rule(caption, tenant) for caption in tenant.rules],
        "omitted": [
            {**_names(omitted.label_en, omitted.label_zh), "why": _names(omitted.why_en, omitted.why_zh)}
            for omitted in tenant.omitted
        ],
    }


def _rule(caption: RuleCaption, tenant: TenantCaption) -> dict[str, Any]:
    """Return a rule with its measure's label, limit and unit, so that a reader sees "Site area ≥ 1 ha"."""
    reason = _names(caption.reason_en, caption.reason_zh)
    measured, _, criterion = caption.rule.partition(": ")
    if measured == "measured" and criterion:
        labels = {one.criterion: _names(one.label_en, one.label_zh) for one in tenant.criteria}
        label = labels.get(criterion, _names(criterion, criterion))
        more = {"limit": "", "unit": "", "decimals": 0, "needs_value": True}
        return {"id": caption.rule, **label, "reason": reason, **more}
    measure, _, limit = caption.rule.partition(" ")
    quantity = MEASURES.get(measure)
    if measure in SITE_WORDS:
        label, unit, decimals = _names(*SITE_WORDS[measure]), "", 0
    elif quantity is None:
        label, limit, unit, decimals = _names(caption.rule, caption.rule), "", "", 2
    else:
        label, unit, decimals = _names(quantity.label_en, quantity.label_zh), quantity.unit, quantity.decimals
    more = {"limit": limit, "unit": unit, "decimals": decimals, "needs_value": False}
    if caption.scenarios:
        more["scenarios"] = list(caption.scenarios)
    return {"id": caption.rule, **label, "reason": reason, **more}


def _result(
    tenant: TenantCaption,
    result: ScenarioResult,
    sites: gpd.GeoDataFrame,
    columns: Columns,
    first: dict[str, Any] | None,
) -> dict[str, Any]:
    """Return what one tenant makes of the sites in one scenario; `first` is what it makes of them in the first."""
    ids = pd.Index(sites["parcel_id"])
    scores = _own(result.scores, tenant).set_index("parcel_id").reindex(ids)
    ledger = _own(result.ledger, tenant)
    eligible = scores["eligible"].eq(True)  # noqa: FBT003  (a missing row is not eligible)
    values, measured = [], []
    total = np.zeros(len(ids))
    for place, criterion in enumerate(tenant.criteria):
        rows = ledger[ledger["criterion"].eq(criterion.criterion)].set_index("parcel_id").reindex(ids)
        was = (first["measured"][place], first["values"][place]) if first else (None, None)
        measured.append(columns.add(_floats(rows["measured"]), 10**criterion.decimals, was))
        # A value rises or falls with what was measured, so it is short in the order of that.
        values.append(columns.add(_floats(rows["value"]), VALUE_STEPS, (measured[-1], was[1])))
        total += 100 * criterion.weight * np.nan_to_num(_floats(rows["value"]))
    total /= sum(criterion.weight for criterion in tenant.criteria) or 1
    _check_scores(result.scenario, tenant.tenant, scores.loc[eligible.to_numpy(), "score"], total[eligible.to_numpy()])
    return {
        "eligible": columns.add(eligible, like=(first["eligible"] if first else None,)),
        "values": values,
        "measured": measured,
        **_stability(scores, columns, first),
        "rules": _outcomes(tenant, result, ids, columns),
        "captive": _captive(tenant, result.captive, ids, columns),
    }


def _own(table: pd.DataFrame, tenant: TenantCaption) -> pd.DataFrame:
    """Return a tenant's rows."""
    return table[table["tenant"].eq(tenant.tenant)]


def _stability(scores: pd.DataFrame, columns: Columns, first: dict[str, Any] | None) -> dict[str, int]:
    """Return how ranks hold when weights are drawn; all of it goes with the lowest rank, and is short in its order."""
    p_top = _floats(scores["p_top"])
    low = columns.add(_floats(scores["rank_low"]), like=(first["rank_low"] if first else None,))
    told = {
        "rank_high": (_floats(scores["rank_high"]), 1),
        "p_top": (p_top, SHARE_STEPS),
        "p_threshold": (_floats(scores["p_threshold"]), SHARE_STEPS),
        "holds": (scores["holds"].map({True: 1.0, False: 0.0}).astype(float), 1),
    }
    packed = {name: columns.add(*one, (low, first[name] if first else None)) for name, one in told.items()}
    # The draws of a scenario share out min(k, eligible) places: their sum is the k of "top k".
    return {"rank_low": low, **packed, "top_k": round(float(np.nansum(p_top)))}


def _captive(
    tenant: TenantCaption, captive: pd.DataFrame | None, ids: pd.Index[Any], columns: Columns
) -> dict[str, int] | None:
    """Return the share of supply a site finds in Hong Kong, its band, and where the rest is; None if unknown."""
    if captive is None or not (own := captive[captive["chain"].eq(tenant.chain)].set_index("parcel_id")).size:
        return None
    rows = own.reindex(ids)
    share = columns.add(_floats(rows["captive_share"]), SHARE_STEPS)
    names = ("captive_low", "captive_high", "hong_kong", "shenzhen", "greater_bay_area")
    return {"captive_share": share} | {
        name: columns.add(_floats(rows[name]), SHARE_STEPS, (share,)) for name in names if name in rows
    }


def _floats(column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return a column as numbers, whatever stands for a missing one."""
    return column.astype("Float64").to_numpy(dtype=float, na_value=np.nan)


def _check_scores(scenario: str, tenant: str, scores: pd.Series[Any], total: np.ndarray[Any, Any]) -> None:
    """Refuse scores that are not the weighted sum of their ledger."""
    off = np.abs(_floats(scores) - total)
    wrong = scores.index[~(off <= SCORE_TOLERANCE)]
    if len(wrong):
        what = f"{len(wrong)} scores of {tenant!r} are not the weighted sum of their ledger (first: {wrong[0]})."
        raise_faults(PayloadError, [Fault(f"{scenario}/scores", str(wrong[0]), what, "Score by weighted sum.")])


def _outcomes(
    tenant: TenantCaption, result: ScenarioResult, ids: pd.Index[Any], columns: Columns
) -> list[dict[str, int | None]]:
    """
    Return for each rule how every site fares (`PASSED` …), what was measured and how sure that is.

    Where the measures are not known, what was measured is told of sites that did not pass only, and accuracy is None.
    """
    rows = _own(result.exclusions, tenant)
    outcomes: list[dict[str, int | None]] = []
    for caption in tenant.rules:
        own = rows[rows["rule"].eq(caption.rule)].drop_duplicates("parcel_id").set_index("parcel_id").reindex(ids)
        outcome = own["outcome"].map({"fail": FAILED, "undecided": UNDECIDED}).fillna(PASSED)
        number = columns.add(outcome)
        steps = 10 ** _rule(caption, tenant)["decimals"]
        measure = caption.rule.partition(" ")[0]
        known, accuracy = (_measures_of(result, name, ids) for name in (measure, accuracy_column(measure)))
        found = _floats(own["measured"])
        found = found if known is None else np.where(np.isfinite(found), found, known)
        told = None if accuracy is None else columns.add(np.where(outcome.eq(UNDECIDED), accuracy, np.nan), steps)
        outcomes.append({"outcome": number, "measured": columns.add(found, steps, (number,)), "accuracy": told})
    return outcomes


def _measures_of(result: ScenarioResult, name: str, ids: pd.Index[Any]) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    """Return a numeric column of the measures in the order of ids; None where there is none."""
    if result.measures is None or name not in result.measures:
        return None
    column = result.measures.set_index("parcel_id")[name].reindex(ids)
    return _floats(column) if pd.api.types.is_numeric_dtype(column) else None


def _members(places: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> list[list[int]]:
    """Return the sites whose inner point lies in each place."""
    tree = shapely.STRtree(sites.geometry.representative_point().to_numpy())
    return [sorted(tree.query(place, predicate="intersects").tolist()) for place in places.geometry]


def _clusters(clusters: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return the clusters of all tenants in one scenario."""
    if clusters.empty:
        return {"items": [], "geometry": ""}
    clusters = clusters.sort_values(["tenant", "cluster_id"], kind="stable")
    items = [
        {
            "id": _text(row.cluster_id),
            "tenant": _text(row.tenant),
            **_names(row.name_en, row.name_zh),
            **{
                name: _number(getattr(row, name))
                for name in ("area_ha", "gfa_m2", "jobs", "mean_score", "captive_share")
            },
            # Tables made before these shares were known do without.
            **{name: _number(getattr(row, name, None)) for name in ("jobs_known_share", "gfa_known_share")},
            "sites": members,
        }
        for row, members in zip(clusters.itertuples(), _members(clusters, sites), strict=True)
    ]
    return {"items": items, "geometry": pack_geometries(clusters.geometry)}


def _sandboxes(sandboxes: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return the sandboxes of one scenario, refused ones too."""
    if sandboxes.empty:
        return {"items": [], "geometry": ""}
    items = [
        {
            "id": _text(row.sandbox_id),
            **_names(row.name_en, row.name_zh),
            "area_ha": _number(row.area_ha),
            "readiness": _number(row.readiness),
            "outcome": _text(row.outcome),
            "reasons": _names(row.reasons, getattr(row, "reasons_zh", row.reasons)),
            "sites": members,
        }
        for row, members in zip(sandboxes.itertuples(), _members(sandboxes, sites), strict=True)
    ]
    return {"items": items, "geometry": pack_geometries(sandboxes.geometry)}


def _commitments(commitments: gpd.GeoDataFrame | None, sites: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return public pledges and grants with the sites they may lie on, best placed first; others are left out."""
    if commitments is None or commitments.empty:
        return []
    pairs = commitments_on(sites.geometry, commitments)
    on = pairs.groupby("commitment_id")["parcel_id"].agg(lambda places: sorted(int(place) for place in places))
    amounts = ("money_hkd_m", "bond_hkd_m", "gfa_m2", "jobs", "mw", "accuracy_m")
    words = ("status", "date", "money_what", "who", "source")
    near = commitments[commitments["commitment_id"].isin(on.index)].sort_values(["accuracy_m", "commitment_id"])
    return [
        {
            **_names(row["name_en"], row["name_zh"]),
            **{name: _number(row[name]) for name in amounts},
            **{name: _text(row[name]) for name in words},
            "sites": on[row["commitment_id"]],
        }
        for row in near.to_dict("records")
    ]


def _context(context: Context) -> dict[str, Any]:
    """Return the layers round the sites, each with the few columns the map draws."""
    return {
        "land": _land(context.coast),
        "boundary": _layer(context.boundary, "kind"),
        "areas": _layer(context.areas, "role"),
        "constraints": _layer(context.constraints, "kind"),
        "lines": _layer(context.transit_lines, "line_id", "mode", "opens", "colour"),
        "stations": _layer(context.stations, "line_id", "mode", "opens"),
        "crossings": _layer(context.crossings, "status"),
        "suppliers": _layer(context.suppliers, "chain", "jurisdiction"),
        "places": _layer(context.place_names, "min_zoom"),
    }


def _layer(frame: gpd.GeoDataFrame | None, *columns: str) -> dict[str, Any]:
    """Return a layer's names, some of its columns and its geometries."""
    if frame is None or frame.empty:
        return {"items": [], "geometry": ""}
    items = []
    for row in frame.to_dict("records"):
        item: dict[str, Any] = _names(row.get("name_en"), row.get("name_zh"))
        for column in columns:
            value = row.get(column)
            item[column] = _number(value) if column in {"opens", "min_zoom"} else _text(value)
        if "colour" in columns and not _COLOUR.fullmatch(item["colour"]):
            item["colour"] = _MUTED
        items.append(item)
    return {"items": items, "geometry": pack_geometries(frame.geometry)}


def _land(coast: gpd.GeoDataFrame | None) -> dict[str, Any]:
    """Return land masses as polygons; a coastline is closed into one."""
    if coast is None or coast.empty:
        return {"items": [], "geometry": ""}
    land = coast.set_geometry(coast.geometry.map(_closed), crs=coast.crs)
    return _layer(land, "side")


def _closed(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the land inside a coastline; polygons as they are."""
    if isinstance(shape, shapely.Polygon | shapely.MultiPolygon):
        return shape
    return shapely.MultiPolygon([shapely.Polygon(line.coords) for line in shapely.get_parts(shape)])
