"""The boundary as the study measures it: who supplies, what leaks, what faster clearance buys, who is alike."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pandas as pd

from nmplan.crs import M2_PER_HA
from nmplan.maps.picture import draw_picture
from nmplan.maps.quantise import pack_geometries
from nmplan.maps.shares import draw_shares
from nmplan.maps.shares import printed_shares
from nmplan.maps.shell import both
from nmplan.maps.shell import render_page
from nmplan.maps.shell import said
from nmplan.maps.travel import stop_names
from nmplan.places.captive import PLACES
from nmplan.places.captive import weighted_means
from nmplan.places.supply_chain import GAPS
from nmplan.words import JURISDICTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

    from nmplan.maps.captions import ScenarioResult
    from nmplan.maps.material import Material

SCRIPTS = ("state", "supply", "clearance", "travel", "copying", "map", "key", "dossier", "print", "start")
"""In the order in which they build on each other."""

LAYERS = ("land", "boundary", "areas", "constraints", "lines", "stations", "places")
"""Layers of the ground; suppliers and crossings travel with all that their dossiers say."""

DRAWN_M = 40.0
"""Outlines of travel bands are drawn to this."""

SHARES = (
    *PLACES,
    "captive_low",
    "captive_high",
    "leaked_beyond_bay_area",
    "imports_share",
    "empty_share",
)
"""Means over an area's sites that the page tells; the first is the captive share."""

_POINT = ("clearance_share", "leaked_share", "supply_access", "captive_share")
_REACH = ("firms_30", "firms_60", "mass")
_CLEARS = ("parking_min", "clearance_quiet_min", "clearance_peak_min")
_SERVICE = ("user", "mode", "permit", *_CLEARS, "opens_at", "closes_at", "co_located")
_VALID = ("valid_from", "valid_to", "source")


def render(material: Material) -> str:
    """
    Return cross-boundary.html.

    Raises
    ------
    StringsError
        The page asks for a string the table does not have.
    AssetError
        Leaflet is not the one that was recorded.
    """
    scripts = [f"cross_boundary/{name}" for name in SCRIPTS]
    return render_page("cross_boundary", build_crossing(material), scripts, _fallback(material))


def card(material: Material) -> str:
    """Return the picture on the index's card: whose supply the first area has within reach, by chain."""
    rows = _bars(material)
    if not rows:
        return draw_picture(material.payload, material.scenarios[0].name_en, width=480)
    return draw_shares(rows, _bars_title(material), width=480)


def build_crossing(material: Material) -> dict[str, Any]:
    """
    Return what the page shows.

    Parameters
    ----------
    material
        Its tables "captive", "area_frontier", "supply_links" and "isochrones" by scenario, its lasting table
        "similarity", and its layers "chains", "crossing_services" and "corridors"; the page does without any of them.

    Returns
    -------
    dict
        As `Material.common`, and tenants, chains, jurisdictions, gaps, undercount, places (areas, those compared
        first), scenarios (captive by chain and area, frontier and tiers by tenant and area, bands), bands (each
        outline once), suppliers, crossings, similarity and corridors. What is unknown is None.
    """
    scenarios, shapes = _scenarios(material)
    supply = material.study.supply if material.study else None
    return {
        **material.common(LAYERS),
        "tenants": [
            {"id": one.tenant, **_named(one.name_en, one.name_zh), "chain": one.chain} for one in material.tenants
        ],
        "chains": _chains(material),
        "jurisdictions": [{"id": key, **_named(*names)} for key, names in JURISDICTIONS.items()],
        "gaps": {key: _named(*names) for key, names in GAPS.items()},
        "undercount": supply.undercount if supply else None,
        "places": _places(material),
        "scenarios": scenarios,
        "bands": shapes,
        "suppliers": _suppliers(material.context.suppliers),
        "crossings": _crossings(material.context.crossings, material.layers),
        "similarity": _similarity(material),
        "corridors": _corridors(material.layers.get("corridors")),
    }


def mean_shares(material: Material, scenario: ScenarioResult) -> pd.DataFrame:
    """
    Return whose supply the areas have within reach, by chain: means over all sites of an area, by hectares.

    Returns
    -------
    pandas.DataFrame
        area_id, chain, sites, unknown (sites that nothing supplies) and `SHARES`; no rows where nothing was measured.
    """
    table = material.tables.get(scenario.scenario, {}).get("captive")
    if table is None:
        return pd.DataFrame(columns=["area_id", "chain", "sites", "unknown", *SHARES])
    land = material.sites[["parcel_id", "area_id"]].assign(area_ha=material.sites.geometry.area / M2_PER_HA)
    return weighted_means(land.merge(table, on="parcel_id"), ["area_id", "chain"], SHARES)


def captive_of_first(material: Material) -> dict[str, str] | None:
    """Return area_id and printed share, with its band, that the page opens with; None where they are not known."""
    means, area = mean_shares(material, material.scenarios[0]), material.focus[:1]
    own = means[means["area_id"].isin(area) & means["chain"].eq(material.tenants[0].chain)]
    if own.empty or pd.isna(own["hong_kong"].iloc[0]):
        return None
    return {"area_id": area[0], "share": _share(own.iloc[0].to_dict())}


def _named(english: object, chinese: object) -> dict[str, str]:
    """Return a name in both languages; each stands in for the other where one is missing."""
    words = ["" if pd.isna(word) else str(word) for word in (english, chinese)]
    return {"en": words[0] or words[1], "zh": words[1] or words[0]}


def _number(value: Any) -> float | None:
    """Return a number, or None where there is none."""
    return None if pd.isna(value) else round(float(value), 6)


def _text(value: Any) -> str:
    """Return text, empty where there is none."""
    return "" if value is None or pd.isna(value) else str(value)


def _records(table: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Return the rows of a table that may not be there."""
    return [] if table is None else table.to_dict("records")


def _packed(items: list[dict[str, Any]], geometry: gpd.GeoSeries | None) -> dict[str, Any]:
    """Return things with their places, as the scripts unpack layers."""
    return {"items": items, "geometry": pack_geometries(geometry) if items and geometry is not None else ""}


def _chains(material: Material) -> dict[str, Any]:
    """Return the chains with their tiers in order: names, and the share of purchases that is assumed of each."""
    chains: dict[str, Any] = {}
    for row in _records(material.layers.get("chains")):
        key = str(row["chain"])
        chain = chains.setdefault(key, {**_named(row.get("chain_en") or key, row.get("chain_zh")), "tiers": []})
        names = _named(row.get("tier_en") or row["tier"], row.get("tier_zh"))
        chain["tiers"].append({"id": str(row["tier"]), **names, "share": _number(row["purchase_share"])})
    return chains


def _places(material: Material) -> list[dict[str, Any]]:
    """Return the areas that sites lie in, those compared first."""
    names = material.common([])["areas"]
    focus = material.focus
    order = [*focus, *(area for area in names if area not in focus)]
    return [{"id": area, **names[area], "focus": area in focus} for area in order]


def _scenarios(material: Material) -> tuple[list[dict[str, Any]], str]:
    """Return what each scenario shows, and the outlines of all their travel bands, each once."""
    shapes: dict[bytes, Any] = {}
    told = []
    for result in material.scenarios:
        tables = material.tables.get(result.scenario, {})
        settings = material.study.scenarios.get(result.scenario) if material.study else None
        told.append(
            {
                "id": result.scenario,
                **_named(result.name_en, result.name_zh),
                "year": int(result.year),
                "feeders": result.planned_feeders,
                "period": settings.period if settings else "",
                "levers": [
                    {
                        "user": one.user,
                        "share": one.clearance_share,
                        "crossings": list(one.crossings),
                        "direction": one.direction,
                    }
                    for one in (settings.levers if settings else [])
                ],
                "captive": _captive(mean_shares(material, result)),
                "frontier": _frontier(tables.get("area_frontier")),
                "tiers": _tiers(tables.get("supply_links"), result.clusters),
                "bands": _bands(tables.get("isochrones"), shapes),
            }
        )
    outlines = gpd.GeoSeries(list(shapes.values()), crs=material.sites.crs)
    return told, pack_geometries(outlines) if shapes else ""


def _captive(means: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return the mean shares by chain, then area."""
    told: dict[str, dict[str, Any]] = {}
    for row in _records(means):
        numbers = {name: _number(row[name]) for name in SHARES}
        counts = {name: int(row[name]) for name in ("sites", "unknown")}
        told.setdefault(str(row["chain"]), {})[_text(row["area_id"])] = {**numbers, **counts}
    return told


def _frontier(table: pd.DataFrame | None) -> dict[str, dict[str, Any]]:
    """Return access against leakage by tenant, then area: the closed boundary first, then falling clearance."""
    told: dict[str, dict[str, Any]] = {}
    for row in _records(table):
        point = {"closed": bool(row["closed"]), **{name: _number(row[name]) for name in _POINT}}
        told.setdefault(str(row["tenant"]), {}).setdefault(_text(row["area_id"]), []).append(point)
    return told


def _tiers(links: pd.DataFrame | None, clusters: gpd.GeoDataFrame) -> dict[str, dict[str, Any]]:
    """Return by tenant, then area, what the best cluster there reaches of its chain, tier by tier."""
    if links is None or links.empty:
        return {}
    best = clusters.sort_values(["mean_score", "cluster_id"], ascending=[False, True]).drop_duplicates(
        ["tenant", "area_id"]
    )
    told: dict[str, dict[str, Any]] = {}
    for row in best.to_dict("records"):
        own = links[links["cluster_id"].eq(row["cluster_id"]) & links["tenant"].eq(row["tenant"])]
        rows = [
            {
                **{name: _text(link[name]) for name in ("tier", "jurisdiction", "gap")},
                **{name: _number(link[name]) for name in _REACH},
            }
            for link in own.to_dict("records")
        ]
        if rows:
            place = {"cluster": _named(row["name_en"], row["name_zh"]), "rows": rows}
            told.setdefault(_text(row["tenant"]), {})[_text(row["area_id"])] = place
    return told


def _bands(table: pd.DataFrame | None, shapes: dict[bytes, Any]) -> list[dict[str, Any]]:
    """Return the travel bands, each with the number of its outline; new outlines are added to `shapes`."""
    told = []
    for row in _records(table):
        outline = row["geometry"].simplify(DRAWN_M)
        shapes.setdefault(outline.wkb, outline)
        words = {"place": str(row["place_id"]), "mode": str(row["mode"])}
        told.append({**words, "limit": _number(row["limit_min"]), "shape": list(shapes).index(outline.wkb)})
    return told


def _suppliers(table: gpd.GeoDataFrame | None) -> dict[str, Any]:
    """Return suppliers with what is said of each."""
    items = [
        {
            "id": _text(row.get("supplier_id", place)),
            **_named(row["name_en"], row["name_zh"]),
            **{name: _text(row.get(name)) for name in ("chain", "tier", "jurisdiction", "confidence", "source")},
            **{name: _number(row.get(name)) for name in ("mass", "accuracy_m")},
        }
        for place, row in enumerate(_records(table))
    ]
    return _packed(items, None if table is None else table.geometry)


def _crossings(table: gpd.GeoDataFrame | None, layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return crossings with their services, and how one gets into their halls."""
    own, access = _services(layers.get("crossing_services")), _ways_in(layers)
    items = [
        {
            "id": _text(row["crossing_id"]),
            **_named(row["name_en"], row["name_zh"]),
            "across": _named(row.get("counterpart_en"), row.get("counterpart_zh")),
            **{name: _text(row.get(name)) for name in ("status", "source")},
            "accuracy_m": _number(row.get("accuracy_m")),
            "services": own.get(_text(row["crossing_id"]), []),
            "access": access.get(_text(row["crossing_id"]), []),
        }
        for row in _records(table)
    ]
    return _packed(items, None if table is None else table.geometry)


def _ways_in(layers: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return by crossing the ways into its hall on this side, with the names of the stops."""
    stops = stop_names(layers)
    told: dict[str, list[dict[str, Any]]] = {}
    for row in _records(layers.get("crossing_access")):
        stop = _text(row["stop_id"])
        way = {"way": _text(row["way"]), **_named(*stops.get(stop, (stop, stop))), "closed": bool(row["closed_area"])}
        years = {"valid_from": _number(row["opens"]), "valid_to": _number(row["closes"])}
        told.setdefault(_text(row["crossing_id"]), []).append({**way, **years})
    return told


def _services(table: pd.DataFrame | None) -> dict[str, list[dict[str, Any]]]:
    """Return the services by crossing; one that is the same in both directions stands once."""
    told: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
    for row in _records(table):
        key = tuple(_text(row[name]) for name in (*_SERVICE, *_VALID))
        service = told.setdefault(_text(row["crossing_id"]), {}).setdefault(
            key,
            {
                **{name: _text(row[name]) for name in ("user", "mode", "permit", "opens_at", "closes_at", "source")},
                **{name: _number(row[name]) for name in (*_CLEARS, "valid_from", "valid_to")},
                "co_located": bool(row["co_located"]),
                "directions": [],
            },
        )
        service["directions"].append(_text(row["direction"]))
    return {crossing: list(services.values()) for crossing, services in told.items()}


def _similarity(material: Material) -> list[dict[str, Any]]:
    """Return how alike areas and corridors are, by area, the most alike first."""
    return [
        {
            **{name: _text(row[name]) for name in ("area", "corridor")},
            "area_name": _named(row["area_en"], row["area_zh"]),
            "corridor_name": _named(row["corridor_en"], row["corridor_zh"]),
            **{name: _number(row[name]) for name in ("cosine", "krugman", "weak_share")},
            "shared": _text(row["shared_chains"]).split(),
        }
        for row in _records(material.lasting.get("similarity"))
    ]


def _corridors(table: gpd.GeoDataFrame | None) -> dict[str, Any]:
    """Return corridors and areas with the chains they name."""
    if table is None:
        return _packed([], None)
    first = table.drop_duplicates("corridor_id")
    items = [
        {
            "id": _text(row["corridor_id"]),
            **_named(row["name_en"], row["name_zh"]),
            "side": _text(row["side"]),
            "sectors": [
                {
                    **{name: _text(one.get(name)) for name in ("chain", "basis", "source")},
                    "level": _number(one["level"]),
                }
                for one in _records(table[table["corridor_id"].eq(row["corridor_id"])])
            ],
        }
        for row in _records(first)
    ]
    return _packed(items, first.geometry)


def _bars(material: Material) -> list[tuple[dict[str, str], list[float]]]:
    """Return the first area's shares, a bar for each chain that is known there."""
    means, area = mean_shares(material, material.scenarios[0]), material.focus[:1]
    own = means[means["area_id"].isin(area)].set_index("chain")
    known = [
        one.chain for one in material.tenants if one.chain in own.index and pd.notna(own.loc[one.chain, PLACES[0]])
    ]
    return [
        (_of_chain(material, chain), [float(own.loc[chain, name]) for name in PLACES]) for chain in dict.fromkeys(known)
    ]


def _of_chain(material: Material, chain: str) -> dict[str, str]:
    """Return the tenants whose chain it is: a tenant is called the same on every page."""
    own = [one for one in material.tenants if one.chain == chain]
    return _named(", ".join(one.name_en for one in own), "、".join(one.name_zh for one in own))


def _bars_title(material: Material) -> dict[str, str]:
    """Return where and when the bars hold."""
    place, scenario = _places(material)[0], material.scenarios[0]
    return {"en": f"{place['en']}, {scenario.name_en}", "zh": f"{place['zh']}，{scenario.name_zh}"}


def _fallback(material: Material) -> str:
    """Return what is shown where scripts do not run: bars of the first area, and the captive share of all of them."""
    scenario = material.scenarios[0]
    shown = both("p", scenario.name_en, scenario.name_zh)
    means = mean_shares(material, scenario)
    if means.empty:
        picture = draw_picture(material.payload, scenario.name_en, width=640)
        return f"{said('h2', 'cross_boundary')}{shown}{said('p', 'no_supply')}{picture}"
    places = _places(material)
    known = [one.chain for one in material.tenants if one.chain in set(means["chain"])]
    heads = "".join(_head(_of_chain(material, chain)) for chain in dict.fromkeys(known))
    rows = "".join(_row(place, means, list(dict.fromkeys(known))) for place in places)
    return (
        f"{said('h2', 'captive_by_area')}{shown}{said('p', 'captive_note')}"
        f"{draw_shares(_bars(material), _bars_title(material), width=640)}"
        f"<table><thead><tr>{said('th', 'planning_area')}{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _head(names: dict[str, str]) -> str:
    """Return the head of a column."""
    return both("th", names["en"], names["zh"], ' scope="col"')


def _row(place: dict[str, Any], means: pd.DataFrame, chains: Sequence[str]) -> str:
    """Return an area's row of captive shares, with their band."""
    own = means[means["area_id"].eq(place["id"])].set_index("chain").reindex(chains)
    cells = "".join(f"<td>{html.escape(_share(row))}</td>" for row in _records(own))
    return f"<tr>{both('th', place['en'], place['zh'], ' scope=row')}{cells}</tr>"


def _share(row: dict[str, Any]) -> str:
    """Return a captive share as it is printed, with its band."""
    if pd.isna(row["hong_kong"]):
        return "–"
    share = printed_shares([row[name] for name in PLACES])[0]
    return f"{share}% ({row['captive_low'] * 100:.0f}–{row['captive_high'] * 100:.0f}%)"
