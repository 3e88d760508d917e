"""Clusters: where good land lies together, with what is close to it, what its chain lacks, and who would get it."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd

from nmplan.maps.assignment import tell_capacity
from nmplan.maps.assignment import tell_portfolio
from nmplan.maps.columns import Columns
from nmplan.maps.picture import draw_picture
from nmplan.maps.quantise import MISSING
from nmplan.maps.quantise import pack_column
from nmplan.maps.quantise import unpack_column
from nmplan.maps.shell import both
from nmplan.maps.shell import render_page
from nmplan.maps.shell import said
from nmplan.maps.strings import load_strings
from nmplan.places.chain_fit import ANCHOR
from nmplan.places.clusters import best_scores
from nmplan.places.supply_chain import GAPS
from nmplan.words import JURISDICTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    from nmplan.maps.captions import ScenarioResult
    from nmplan.maps.captions import TenantCaption
    from nmplan.maps.material import Material

SCRIPTS = (
    "clusters/state",
    "clusters/classes",
    "explorer/painter",
    "clusters/places",
    "clusters/key",
    "clusters/cards",
    "clusters/chain",
    "clusters/dossier",
    "clusters/portfolio",
    "clusters/capacity",
    "clusters/print",
    "clusters/start",
)
"""In the order in which they build on each other; the painter of sites is the explorer's."""

ALL = "all"
"""How the link calls all tenants together, whose clusters have no tenant in the table."""

FIGURES = {
    "area_ha": 10,
    "mean_score": 10,
    "score_low": 10,
    "score_high": 10,
    "p_top": 1000,
    "gfa_m2": 1,
    "gfa_known_share": 1000,
    "jobs": 1,
    "jobs_known_share": 1000,
    "station_min": 1,
    "crossing_min": 1,
    "crossing_goods_min": 1,
    "phase_year": 1,
    "captive_share": 1000,
    "captive_low": 1000,
    "captive_high": 1000,
    "idle_share": 1000,
    "hot_share": 1000,
    "firms_walk": 1,
    "firms_15": 1,
}
"""What a card tells, in whole steps of a unit; what a table lacks travels as unknown."""

RELATIONS = ("buys_from", "sells_to")
NEAREST = 5
"""Firms of a tier that are told, the nearest first."""

SCORE_STEPS = 10
LISTED = 20


def render(material: Material) -> str:
    """
    Return clusters.html.

    Raises
    ------
    StringsError
        The page asks for a string the table does not have.
    AssetError
        Leaflet is not the one that was recorded.
    """
    return render_page("clusters", build_clusters(material), SCRIPTS, _fallback(material))


def card(material: Material) -> str:
    """Return the picture on the index's card: the clusters of all tenants in the first scenario."""
    return _picture(material, width=480)


def build_clusters(material: Material) -> dict[str, Any]:
    """
    Return what the page shows.

    Parameters
    ----------
    material
        Of its tables: cluster_sites, hot_spots, captive, supply_links, tier_fit, chain_fit, portfolio and its
        companions, and the lasting capacity; the page does without any of them.

    Returns
    -------
    dict
        "tenants" (all together first, then each), "tiers" and "trades" of their chains, per scenario "clusters" with
        their figures, members and links, "scores" and "spots" of the sites by tenant, and "portfolio"; "capacity".
        Numbers of sites and clusters stand in "columns"; "threshold" (points) and "focus" (areas compared) are the
        study's.
    """
    whole, columns = material.payload, Columns()
    tiers = _tiers(material)
    area = unpack_column(whole["columns"], whole["sites"]["area_m2"])
    sites = {name: whole["sites"][name] for name in ("id", "en", "zh", "area_id", "zone", "tenure", "status")}
    return {
        **material.common(),
        "sites": {**sites, "geometry": whole["sites"]["geometry"], "area_m2": columns.add(area)},
        "tenants": [{"id": ALL, **_said("all_tenants")}, *(_tenant(one, tiers) for one in material.tenants)],
        "tiers": tiers.drop(columns=["chain", "tier"]).to_dict("records"),
        "trades": _trades(material, tiers),
        "gaps": [{"en": english, "zh": chinese} for english, chinese in GAPS.values()],
        "jurisdictions": [{"en": english, "zh": chinese} for english, chinese in JURISDICTIONS.values()],
        "firms": _firms(material),
        "stops": _stops(material),
        "steps": FIGURES,
        "scenarios": [_scenario(material, place, tiers, columns) for place in range(len(material.scenarios))],
        "threshold": material.study.clusters.threshold if material.study else None,
        "focus": material.focus,
        "capacity": tell_capacity(material.lasting.get("capacity")),
        "columns": columns.packed,
    }


def _said(key: str) -> dict[str, str]:
    """Return a string of the table in both languages."""
    return {language: texts[key] for language, texts in load_strings().items()}


def _table(material: Material, place: int, name: str, *columns: str) -> pd.DataFrame:
    """Return a scenario's table; an empty one with some columns where the study does not make it."""
    found = material.tables.get(material.scenarios[place].scenario, {}).get(name)
    return pd.DataFrame(columns=list(columns)) if found is None else found


def _tiers(material: Material) -> pd.DataFrame:
    """Return the tiers of the tenants' chains in their order: chain, tier, names and share of purchases."""
    columns = ("chain", "tier", "tier_en", "tier_zh", "purchase_share")
    tables = [_table(material, place, "tier_fit", *columns) for place in range(len(material.scenarios))]
    tiers = pd.concat([table[list(columns)] for table in tables]).drop_duplicates(["chain", "tier"], ignore_index=True)
    english = tiers["tier_en"].where(tiers["tier_en"].ne(""), tiers["tier"])
    chinese = tiers["tier_zh"].where(tiers["tier_zh"].ne(""), english)
    share = tiers["purchase_share"].astype(float).round(3)
    return pd.DataFrame({"chain": tiers["chain"], "tier": tiers["tier"], "en": english, "zh": chinese, "share": share})


def _tenant(tenant: TenantCaption, tiers: pd.DataFrame) -> dict[str, Any]:
    """Return a tenant with the tiers of its chain."""
    own = tiers.index[tiers["chain"].eq(tenant.chain)].tolist()
    return {"id": tenant.tenant, "en": tenant.name_en, "zh": tenant.name_zh, "tiers": own}


def _trades(material: Material, tiers: pd.DataFrame) -> list[dict[str, list[int]]]:
    """Return for each tier from which tiers a newcomer there buys and to which it sells: the same in every cluster."""
    columns = ("chain", "newcomer", "relation", "tier")
    tables = [_table(material, place, "chain_fit", *columns) for place in range(len(material.scenarios))]
    pairs = pd.concat([table[list(columns)] for table in tables]).drop_duplicates()
    pairs = pairs[pairs["newcomer"].ne(ANCHOR)].astype(str)
    number = {(row.chain, row.tier): place for place, row in enumerate(tiers.itertuples())}
    trades: list[dict[str, list[int]]] = [{relation: [] for relation in RELATIONS} for _ in number]
    for row in pairs.itertuples():
        newcomer, other = number.get((row.chain, row.newcomer)), number.get((row.chain, row.tier))
        if newcomer is not None and other is not None:
            trades[newcomer][row.relation].append(other)
    return [{relation: sorted(others) for relation, others in one.items()} for one in trades]


def _nearest(fit: pd.DataFrame) -> pd.DataFrame:
    """Return the nearest few firms of each tier that buy from or sell to a cluster, whoever the newcomer is."""
    each = fit.drop_duplicates(["cluster_id", "relation", "tier", "supplier_id", "name_en"])
    each = each.sort_values(["cluster_id", "relation", "tier", "minutes", "supplier_id"], kind="stable")
    return each.groupby(["cluster_id", "relation", "tier"], sort=False).head(NEAREST)


def _firms(material: Material) -> list[dict[str, Any]]:
    """Return every firm that some cluster is told of, each once: names and the place of its jurisdiction."""
    return [
        {"en": english, "zh": chinese, "in": list(JURISDICTIONS).index(where) if where in JURISDICTIONS else -1}
        for _, english, chinese, where in _firm_places(material)
    ]


_FIRM = ["supplier_id", "name_en", "name_zh", "jurisdiction"]
_FIT = ("cluster_id", "chain", "newcomer", "relation", "tier", "minutes", *_FIRM)


def _firm_places(material: Material) -> dict[tuple[str, ...], int]:
    """Return the number of each firm, by what is said of it."""
    tables = [_nearest(_table(material, place, "chain_fit", *_FIT)) for place in range(len(material.scenarios))]
    rows = pd.concat([table[_FIRM] for table in tables]).astype(str).drop_duplicates().sort_values(_FIRM)
    return {tuple(row): place for place, row in enumerate(rows.itertuples(index=False))}


def _stops(material: Material) -> dict[str, dict[str, str]]:
    """Return the names of the stations that some cluster lies near, by id."""
    frame, near = material.context.stations, [one.clusters.get("station_id") for one in material.scenarios]
    used = {stop for column in near if column is not None for stop in column}
    if frame is None:
        return {}
    rows = frame[frame["station_id"].isin(used)]
    names = zip(rows["station_id"], rows["name_en"], rows["name_zh"], strict=True)
    return {stop: {"en": english or chinese, "zh": chinese or english} for stop, english, chinese in names}


def _scenario(material: Material, place: int, tiers: pd.DataFrame, columns: Columns) -> dict[str, Any]:
    """Return one scenario: its clusters, what the sites score, where scores are high, and the portfolio."""
    told, result = material.payload["scenarios"][place], material.scenarios[place]
    clusters = _clusters(material, place, tiers, columns)
    return {
        **{name: told[name] for name in ("id", "en", "zh", "year", "feeders")},
        "top_k": max((one["top_k"] for one in told["results"]), default=0),
        "clusters": clusters,
        **_of_sites(material, place, columns),
        "portfolio": tell_portfolio(
            material.tables.get(result.scenario, {}),
            [one.tenant for one in material.tenants],
            {one: number for number, one in enumerate(material.payload["sites"]["id"])},
            material.study,
            {one.tenant: (one.name_en, one.name_zh) for one in material.tenants},
        ),
    }


def _of_sites(material: Material, place: int, columns: Columns) -> dict[str, list[int]]:
    """Return for all tenants together and for each the scores of the sites and the sign of their hot and cold spots."""
    ids = material.payload["sites"]["id"]
    scores = material.scenarios[place].scores
    spots = _table(material, place, "hot_spots", "parcel_id", "tenant", "spot")
    scored, flagged = [], []
    for tenant in ("", *(one.tenant for one in material.tenants)):
        own = best_scores(scores) if tenant == "" else scores[scores["tenant"].eq(tenant)]
        score = own.set_index("parcel_id")["score"].where(own.set_index("parcel_id")["eligible"].eq(True))  # noqa: FBT003
        scored.append(columns.add(score.astype("Float64").reindex(ids).to_numpy(float, np.nan), SCORE_STEPS))
        spot = (
            spots[spots["tenant"].eq(tenant)].set_index("parcel_id")["spot"].map({"hot": 1, "cold": -1}).astype(float)
        )
        flagged.append(columns.add(spot.reindex(ids).fillna(0).to_numpy(float)))
    return {"scores": scored, "spots": flagged}


def _clusters(material: Material, place: int, tiers: pd.DataFrame, columns: Columns) -> dict[str, Any]:
    """Return the clusters of a scenario in the order of its payload: names, members, figures, links of their chains."""
    told, result = material.payload["scenarios"][place]["clusters"], material.scenarios[place]
    if not told["items"]:
        return {"items": [], "geometry": "", "figures": {}, "members": [], "links": None, "fit": None}
    keys = pd.MultiIndex.from_tuples([(one["tenant"], one["id"]) for one in told["items"]])
    table = pd.DataFrame(result.clusters).set_index(["tenant", "cluster_id"]).reindex(keys)
    members = _members(material, place, told["items"])
    table = table.assign(**_band(material, result, members, len(keys)))
    figures = {
        name: columns.add(table[name].astype("Float64").to_numpy(float, np.nan), steps)
        for name, steps in FIGURES.items()
        if name in table
    }
    owner = {"": 0, **{one.tenant: number for number, one in enumerate(material.tenants, start=1)}}
    items = [
        {
            "id": one["id"],
            "en": one["en"],
            "zh": one["zh"],
            "tenant": owner.get(one["tenant"], 0),
            "area": _word(row.get("area_id")),
            "stop": _word(row.get("station_id")),
            "best": [owner[name] for name in _word(row.get("best_tenants")).split(",") if name in owner],
        }
        for one, row in zip(told["items"], table.to_dict("records"), strict=True)
    ]
    return {
        "items": items,
        "geometry": told["geometry"],
        "figures": figures,
        "members": _membership(
            members, [one["tenant"] for one in items], columns, (len(owner), len(material.payload["sites"]["id"]))
        ),
        "links": _links(material, place, keys, tiers, columns),
        "fit": _fit(material, place, keys, tiers, columns),
    }


def _word(value: object) -> str:
    """Return a word of a table, empty where there is none."""
    return value if isinstance(value, str) else ""


def _members(material: Material, place: int, items: Sequence[dict[str, Any]]) -> list[list[int]]:
    """Return the sites of each cluster: those its table lists, or those whose middle lies in it."""
    table = _table(material, place, "cluster_sites", "cluster_id", "tenant", "parcel_id")
    if table.empty:
        return [one["sites"] for one in items]
    number = {one: row for row, one in enumerate(material.payload["sites"]["id"])}
    known = table[table["parcel_id"].isin(list(number))]
    lists = known["parcel_id"].map(number).groupby([known["tenant"], known["cluster_id"]]).apply(sorted).to_dict()
    return [lists.get((one["tenant"], one["id"]), []) for one in items]


def _membership(
    members: list[list[int]], tenants: Sequence[int], columns: Columns, shape: tuple[int, int]
) -> list[int]:
    """Return for each tenant the cluster each site is in: none is in two of one tenant."""
    rows = np.full(shape, np.nan)
    for number, (tenant, own) in enumerate(zip(tenants, members, strict=True)):
        rows[tenant, own] = number
    return [columns.add(row) for row in rows]


def _band(material: Material, result: ScenarioResult, members: list[list[int]], count: int) -> dict[str, Any]:
    """Return the ends of each cluster's captive share: means of its sites' by land, where known."""
    empty = np.full(count, np.nan)
    captive = result.captive
    if captive is None or not {"captive_low", "captive_high"} <= set(captive):
        return {"captive_low": empty, "captive_high": empty}
    payload, chains = material.payload, {one.tenant: one.chain for one in material.tenants}
    land = unpack_column(payload["columns"], payload["sites"]["area_m2"])
    best = best_scores(result.scores).set_index("parcel_id")["tenant"]
    rows = pd.DataFrame(
        [
            (number, payload["sites"]["id"][site], land[site], one["tenant"])
            for number, (one, own) in enumerate(
                zip(payload["scenarios"][_place(material, result)]["clusters"]["items"], members, strict=True)
            )
            for site in own
        ],
        columns=["cluster", "parcel_id", "land", "tenant"],
    )
    # clusters of all tenants: each site buys as the tenant it suits best
    whose = rows["tenant"].where(rows["tenant"].ne(""), rows["parcel_id"].map(best))
    joined = rows.assign(chain=whose.map(chains)).merge(captive, on=["parcel_id", "chain"])
    ends = {}
    for name in ("captive_low", "captive_high"):
        known = joined[joined[name].notna()]
        sums = (known[name] * known["land"]).groupby(known["cluster"]).sum()
        ends[name] = (sums / known.groupby("cluster")["land"].sum()).reindex(range(count)).to_numpy(float)
    return ends


def _place(material: Material, result: ScenarioResult) -> int:
    """Return the position of a scenario."""
    return [one.scenario for one in material.scenarios].index(result.scenario)


def _of_tiers(material: Material, keys: pd.MultiIndex, tiers: pd.DataFrame) -> pd.MultiIndex:
    """Return each cluster with each tier of its tenant's chain: the order in which links and firms travel."""
    chains = {one.tenant: one.chain for one in material.tenants}
    own = {chain: rows["tier"].tolist() for chain, rows in tiers.groupby("chain", sort=False)}
    rows = [(cluster, tier) for tenant, cluster in keys for tier in own.get(chains.get(tenant, ""), [])]
    return (
        pd.MultiIndex.from_tuples(rows, names=["cluster_id", "tier"]) if rows else pd.MultiIndex.from_arrays([[], []])
    )


def _links(
    material: Material, place: int, keys: pd.MultiIndex, tiers: pd.DataFrame, columns: Columns
) -> dict[str, Any] | None:
    """Return how well each tier supplies each cluster, what is missing, and the firms within 30 and 60 minutes."""
    order = _of_tiers(material, keys, tiers)
    if not len(order):
        return None
    fit = _table(material, place, "tier_fit").set_index(["cluster_id", "tier"])
    links = _table(material, place, "supply_links", "cluster_id", "tier", "jurisdiction", "gap", "firms_30", "firms_60")
    gaps = links.drop_duplicates(["cluster_id", "tier"]).set_index(["cluster_id", "tier"])["gap"]
    gaps = gaps.map({gap: number for number, gap in enumerate(GAPS)}).astype(float)
    firms = {
        f"{where}_{minutes}": columns.add(
            links[links["jurisdiction"].eq(where)]
            .set_index(["cluster_id", "tier"])[f"firms_{minutes}"]
            .astype(float)
            .reindex(order)
            .fillna(0)
        )
        for where in JURISDICTIONS
        for minutes in (30, 60)
        if links["jurisdiction"].eq(where).any()
    }
    return {
        "value": columns.add(fit["value"].astype(float).reindex(order), 1000),
        "gap": columns.add(gaps.reindex(order)),
        "firms": firms,
    }


def _fit(
    material: Material, place: int, keys: pd.MultiIndex, tiers: pd.DataFrame, columns: Columns
) -> dict[str, Any] | None:
    """Return the nearest firms of each tier that buy from a cluster or sell to it: how many, which, how far."""
    order = _of_tiers(material, keys, tiers)
    near = _nearest(_table(material, place, "chain_fit", *_FIT))
    if near.empty or not len(order):
        return None
    firm = _firm_places(material)
    row = {one: number for number, one in enumerate(order)}
    near = near.assign(
        row=[row.get(one, -1) for one in zip(near["cluster_id"], near["tier"], strict=True)],
        firm=[firm[tuple(one)] for one in near[_FIRM].astype(str).itertuples(index=False)],
    )
    near = near[near["row"].ge(0)].sort_values(["relation", "row", "minutes"], kind="stable")
    told = {}
    for relation in RELATIONS:
        own = near[near["relation"].eq(relation)]
        told[relation] = {
            "count": columns.add(own["row"].value_counts().reindex(range(len(order))).fillna(0)),
            "firm": columns.add(own["firm"]),
            "minutes": columns.add(own["minutes"]),
        }
    return told


def _as_tenant(material: Material) -> dict[str, Any]:
    """Return a payload whose one tenant is all of them together: each site scores what it scores for its best."""
    whole, ids = material.payload, material.payload["sites"]["id"]
    columns, scenarios = list(whole["columns"]), []
    for told, result in zip(whole["scenarios"], material.scenarios, strict=True):
        best = best_scores(result.scores).set_index("parcel_id")["score"].reindex(ids)
        score = best.astype("Float64").to_numpy(float, np.nan)
        columns += [
            pack_column(np.isfinite(score).astype(np.int64)),
            pack_column(np.where(np.isfinite(score), np.rint(np.nan_to_num(score) * 100), MISSING).astype(np.int64)),
        ]
        last = len(columns) - 1
        scenarios.append({**told, "results": [{"eligible": last - 1, "values": [last], "rules": []}]})
    tenant = {"id": "", **_said("all_tenants"), "criteria": [{"weight": 1.0}], "rules": []}
    return {**whole, "tenants": [tenant], "scenarios": scenarios, "columns": columns}


def _picture(material: Material, width: int) -> str:
    """Return the clusters of all tenants in the first scenario as a still picture."""
    label = f"{load_strings()['en']['all_tenants']}, {material.scenarios[0].name_en}"
    return draw_picture(_as_tenant(material), label, width=width)


def _ranked(material: Material) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the clusters of all tenants in the first scenario, the best mean score first, with their area's name."""
    scenario = material.payload["scenarios"][0]
    own = [one for one in scenario["clusters"]["items"] if one["tenant"] == ""]
    table = material.scenarios[0].clusters
    areas = dict(zip(table["cluster_id"], table["area_id"], strict=True)) if "area_id" in table else {}
    for one in sorted(own, key=lambda item: (-(item["mean_score"] or 0), -(item["area_ha"] or 0))):
        names = material.payload["areas"].get(_word(areas.get(one["id"])), {"en": "", "zh": ""})
        yield one, f"{names['en']} {names['zh']}".strip()


def _fallback(material: Material) -> str:
    """Return what is shown where scripts do not run: picture and best clusters, in both languages."""
    scenario = material.scenarios[0]
    rows = "".join(
        f"<tr><td>{place}</td>{both('th', one['en'], one['zh'], ' scope=row')}<td>{html.escape(area)}</td>"
        f"<td>{one['area_ha'] or 0:.1f}</td><td>{one['mean_score'] or 0:.1f}</td></tr>"
        for place, (one, area) in zip(range(1, LISTED + 1), _ranked(material), strict=False)
    )
    heads = "".join(
        said("th", key, " scope=col") for key in ("rank", "cluster", "planning_area", "land_ha", "points_head")
    )
    shown = both(
        "h2", f"{_said('all_tenants')['en']}, {scenario.name_en}", f"{_said('all_tenants')['zh']}，{scenario.name_zh}"
    )
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>" if rows else said("p", "no_clusters")
    return f"{said('p', 'no_script_clusters')}{shown}{_picture(material, width=640)}{table}"
