"""A small made-up study: sites on two grids, three tenants, two scenarios, a few layers round them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from nmplan.layers.sources import bundled_folder
from nmplan.maps.captions import Context
from nmplan.maps.captions import CriterionCaption
from nmplan.maps.captions import Omitted
from nmplan.maps.captions import RuleCaption
from nmplan.maps.captions import ScenarioResult
from nmplan.maps.captions import SourceNote
from nmplan.maps.captions import Stamp
from nmplan.maps.captions import TenantCaption
from nmplan.maps.material import Material
from nmplan.places.similarity import sector_similarity
from nmplan.shapes import Linear
from nmplan.study import Study
from nmplan.words import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence

GRID = "EPSG:2326"
WEIGHTS = {
    "microelectronics": {"supply_access": 40, "crossing_min": 30, "station_min": 20, "area_ha": 10},
    "life-health": {"talent_access": 35, "crossing_min": 25, "station_min": 25, "boundary_m": 10, "compactness": 5},
    "vehicles": {"supply_access": 1, "area_ha": 1, "boundary_m": 1},
}
NAMES = {
    "microelectronics": ("Microelectronics", "微電子"),
    "life-health": ("Life and health, genomics", "生命健康及基因"),
    "vehicles": ("Autonomous and new-energy vehicles", "自動駕駛及新能源汽車"),
}
WORST_BEST = {
    "supply_access": (0, 1),
    "talent_access": (0, 4),
    "crossing_min": (90, 20),
    "station_min": (40, 5),
    "boundary_m": (10000, 0),
    "area_ha": (0.5, 3.5),
    "compactness": (0.3, 0.85),
}
TOP_K = 20


def polygon(*lon_lat: tuple[float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries([shapely.Polygon(lon_lat)], crs="EPSG:4326").to_crs(GRID)


def layer(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326").to_crs(GRID)


def make_sites() -> gpd.GeoDataFrame:
    """Return 14 × 10 sites near San Tin and 10 × 8 near Hung Shui Kiu, of 1–3 hectares."""
    rng = np.random.default_rng(7)
    rows = []
    for area, name_en, name_zh, lon, lat, across, up in (
        ("san-tin", "San Tin", "新田", 114.07, 22.50, 14, 10),
        ("hung-shui-kiu", "Hung Shui Kiu", "洪水橋", 113.985, 22.44, 10, 8),
    ):
        corner = gpd.GeoSeries.from_xy([lon], [lat], crs="EPSG:4326").to_crs(GRID).iloc[0]
        for number in range(across * up):
            east, north = corner.x + number % across * 160, corner.y + number // across * 150
            width, height = rng.uniform(90, 150, 2)
            rows.append(
                {
                    "parcel_id": f"{area}-{number + 1:03d}",
                    "area_id": area,
                    "name_en": f"{name_en} {number + 1}",
                    "name_zh": f"{name_zh}{number + 1}號",
                    "zone": ["innovation-technology", "logistics", "residential"][number % 3],
                    "tenure": "unknown",
                    "status": "planned",
                    "plot_ratio": 5.0 if number % 4 else np.nan,
                    "accuracy_m": 40.0,
                    "geometry": shapely.box(east, north, east + width, north + height),
                }
            )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=GRID)


def make_context() -> Context:
    names = {"name_en": "San Tin", "name_zh": "新田"}
    north = [(113.9, 22.52), (114.2, 22.53), (114.2, 22.7), (113.9, 22.7)]
    south = [
        (113.9, 22.3),
        (114.2, 22.3),
        (114.2, 22.527),
        (114.06, 22.51),
        (113.98, 22.46),
        (113.9, 22.41),
        (113.9, 22.3),
    ]
    return Context(
        areas=layer(
            [
                {
                    "area_id": "san-tin",
                    **names,
                    "role": "scored",
                    "geometry": shapely.box(114.068, 22.498, 114.094, 22.516),
                }
            ]
        ),
        boundary=layer(
            [{"kind": "land", "geometry": shapely.LineString([(113.9, 22.5), (114.05, 22.515), (114.2, 22.529)])}]
        ),
        coast=layer(
            [
                {"side": "mainland", "geometry": shapely.Polygon(north)},
                {"side": "hong-kong", "geometry": shapely.LineString(south)},
            ]
        ),
        crossings=layer(
            [
                {
                    "crossing_id": "lmc",
                    "name_en": "Lok Ma Chau",
                    "name_zh": "落馬洲",
                    "status": "open",
                    "geometry": shapely.Point(114.0656, 22.515),
                }
            ]
        ),
        stations=layer(
            [
                {
                    "station_id": "a",
                    "name_en": "Long Ping",
                    "name_zh": "朗屏",
                    "line_id": "tml",
                    "mode": "heavy-rail",
                    "opens": np.nan,
                    "geometry": shapely.Point(114.025, 22.448),
                },
                {
                    "station_id": "b",
                    "name_en": "San Tin",
                    "name_zh": "新田",
                    "line_id": "nol",
                    "mode": "heavy-rail",
                    "opens": 2034,
                    "geometry": shapely.Point(114.078, 22.505),
                },
            ]
        ),
        transit_lines=layer(
            [
                {
                    "line_id": "tml",
                    "name_en": "Tuen Ma Line",
                    "name_zh": "屯馬綫",
                    "mode": "heavy-rail",
                    "opens": np.nan,
                    "colour": "#923011",
                    "geometry": shapely.LineString([(113.97, 22.43), (114.025, 22.448)]),
                },
                {
                    "line_id": "nol",
                    "name_en": "Northern Link",
                    "name_zh": "北環綫",
                    "mode": "heavy-rail",
                    "opens": 2034,
                    "colour": "red;}",
                    "geometry": shapely.LineString([(114.025, 22.448), (114.078, 22.505)]),
                },
            ]
        ),
        place_names=layer(
            [
                {
                    "place_id": "yl",
                    "name_en": "Yuen Long",
                    "name_zh": "元朗",
                    "kind": "town",
                    "min_zoom": 11,
                    "geometry": shapely.Point(114.031, 22.445),
                }
            ]
        ),
        suppliers=layer(
            [
                {
                    "name_en": "A works",
                    "name_zh": "某廠",
                    "chain": "vehicles",
                    "tier": "cells",
                    "jurisdiction": "shenzhen",
                    "mass": 3.0,
                    "geometry": shapely.Point(114.06, 22.6),
                }
            ]
        ),
        constraints=layer(
            [
                {
                    "kind": "conservation",
                    "name_en": "Ponds",
                    "name_zh": "魚塘",
                    "geometry": shapely.box(114.03, 22.48, 114.06, 22.5),
                }
            ]
        ),
    )


def captions(tenant: str) -> TenantCaption:
    total = sum(WEIGHTS[tenant].values())
    criteria = tuple(
        CriterionCaption(
            measure,
            MEASURES[measure].label_en,
            MEASURES[measure].label_zh,
            MEASURES[measure].unit,
            MEASURES[measure].decimals,
            weight / total,
            f"0 at {WORST_BEST[measure][0]}, 1 at {WORST_BEST[measure][1]} {MEASURES[measure].unit}".strip(),
            f"{WORST_BEST[measure][0]} 得 0，{WORST_BEST[measure][1]} 得 1",
            Linear(shape="linear", worst=WORST_BEST[measure][0], best=WORST_BEST[measure][1]),
        )
        for measure, weight in WEIGHTS[tenant].items()
    )
    rules = (
        RuleCaption("permitted_share ≥ 0.9", "The zone does not permit the use", "該地帶不准許此用途"),
        RuleCaption("area_ha ≥ 1", "Too small for a pilot line", "面積不足"),
    )
    omitted = (Omitted("slope_deg", "Mean slope", "平均坡度", "No terrain model is loaded.", "沒有地形模型。"),)
    return TenantCaption(tenant, *NAMES[tenant], criteria, rules, omitted if tenant == "vehicles" else ())


def measure(sites: gpd.GeoDataFrame, year: int) -> pd.DataFrame:
    """Return made-up measures that fall off smoothly with distance, so that neighbours resemble each other."""
    rng = np.random.default_rng(year)
    centre = sites.geometry.centroid
    x, y = (centre.x - centre.x.min()) / 1000, (centre.y - centre.y.min()) / 1000
    noise = lambda scale: rng.normal(0, scale, len(sites))  # noqa: E731
    return pd.DataFrame(
        {
            "supply_access": (0.35 + 0.02 * x + 0.03 * y + noise(0.01)).clip(0, 1),
            "talent_access": (1.2 + 0.1 * x + (0.4 if year > 2030 else 0) + noise(0.05)).clip(0),
            "crossing_min": (75 - 3 * y - 2 * x - (8 if year > 2030 else 0) + noise(1)).clip(10),
            "station_min": (30 - 0.8 * x - (9 if year > 2030 else 0) + noise(2)).clip(2),
            "boundary_m": (9000 - 900 * y + noise(50)).clip(0),
            "area_ha": sites.geometry.area / 1e4,
            "compactness": 4 * np.pi * sites.geometry.area / sites.geometry.length**2,
        }
    )


def score(sites: gpd.GeoDataFrame, year: int) -> ScenarioResult:
    measured = measure(sites, year)
    measured.loc[measured.index[4], "crossing_min"] = np.nan
    ledger, scores, exclusions = [], [], []
    for tenant in WEIGHTS:
        parts, total, missing = _ledger(sites, measured, tenant)
        ledger.append(parts)
        fails = _exclusions(sites, measured, tenant, missing)
        exclusions.append(fails)
        out = fails["outcome"].eq("fail") | fails["rule"].str.startswith("measured")
        eligible = ~sites["parcel_id"].isin(fails.loc[out, "parcel_id"])
        scores.append(_scores(sites, tenant, eligible, total))
    return ScenarioResult(
        "today" if year < 2030 else "2035",
        "Today" if year < 2030 else "2035, Northern Link open",
        "現況" if year < 2030 else "2035年（北環綫通車）",
        year,
        pd.concat(scores, ignore_index=True),
        pd.concat(ledger, ignore_index=True),
        pd.concat(exclusions, ignore_index=True),
        make_clusters(sites, pd.concat(scores, ignore_index=True)),
        make_sandboxes(sites),
    )


def _ledger(sites: gpd.GeoDataFrame, measured: pd.DataFrame, tenant: str) -> tuple[pd.DataFrame, np.ndarray, list[str]]:
    total_weight = sum(WEIGHTS[tenant].values())
    total = np.zeros(len(sites))
    parts, missing = [], []
    for name, weight in WEIGHTS[tenant].items():
        worst, best = WORST_BEST[name]
        value = ((measured[name] - worst) / (best - worst)).clip(0, 1).round(4)
        points = 100 * weight / total_weight * value
        total += points.fillna(0).to_numpy()
        parts.append(
            pd.DataFrame(
                {
                    "parcel_id": sites["parcel_id"],
                    "tenant": tenant,
                    "criterion": name,
                    "measured": measured[name],
                    "unit": MEASURES[name].unit,
                    "value": value,
                    "weight": weight / total_weight,
                    "points": points,
                }
            )
        )
        if value.isna().any():
            missing.append(name)
    return pd.concat(parts, ignore_index=True), total, missing


def _exclusions(sites: gpd.GeoDataFrame, measured: pd.DataFrame, tenant: str, missing: list[str]) -> pd.DataFrame:
    rows = [
        (parcel, tenant, "permitted_share ≥ 0.9", 0.0, 0.9, "fail")
        for parcel in sites.loc[sites["zone"].eq("residential"), "parcel_id"]
    ]
    small = measured["area_ha"].lt(1)
    rows += [
        (parcel, tenant, "area_ha ≥ 1", 1.02, 1.0, "undecided")
        for parcel in sites.loc[measured["area_ha"].between(1, 1.05), "parcel_id"]
    ]
    rows += [
        (p, tenant, "area_ha ≥ 1", a, 1.0, "fail")
        for p, a in zip(sites["parcel_id"][small], measured["area_ha"][small], strict=True)
    ]
    rows += [
        (parcel, tenant, f"measured: {name}", np.nan, np.nan, "undecided")
        for name in missing
        for parcel in sites.loc[measured[name].isna(), "parcel_id"]
    ]
    return pd.DataFrame(rows, columns=["parcel_id", "tenant", "rule", "measured", "limit", "outcome"])


def _scores(sites: gpd.GeoDataFrame, tenant: str, eligible: pd.Series, total: np.ndarray) -> pd.DataFrame:
    score = pd.Series(total, index=sites.index).where(eligible)
    rank = score.rank(ascending=False, method="min").astype("Int64")
    in_top = (rank <= TOP_K).astype("Float64").fillna(0.0)
    return pd.DataFrame(
        {
            "parcel_id": sites["parcel_id"],
            "tenant": tenant,
            "eligible": eligible,
            "score": score,
            "rank": rank,
            "p_top": in_top.where(eligible),
            "rank_low": (rank - 2).clip(lower=1),
            "rank_high": rank + 3,
            "p_threshold": score.ge(50).astype(float).where(eligible),
            "holds": rank.le(TOP_K // 2).where(eligible),
        }
    )


def make_clusters(sites: gpd.GeoDataFrame, scores: pd.DataFrame) -> gpd.GeoDataFrame:
    rows = []
    for tenant in list(WEIGHTS)[:2]:
        best = scores[scores["tenant"].eq(tenant)].nlargest(14, "score")["parcel_id"]
        chosen = sites[sites["parcel_id"].isin(best)]
        shape = chosen.geometry.buffer(45).union_all().buffer(-45)
        parts = sorted(shapely.get_parts(shape), key=lambda part: -part.area)[:3]
        rows += [
            {
                "cluster_id": f"{tenant}-{number}",
                "tenant": tenant,
                "name_en": f"San Tin core {number}",
                "name_zh": f"新田核心{number}",
                "area_ha": part.area / 1e4,
                "sites": 3,
                "gfa_m2": part.area * 3,
                "jobs": part.area * 3 / 35,
                "mean_score": 70.0 - number,
                "captive_share": 0.18,
                "geometry": part,
            }
            for number, part in enumerate(parts, start=1)
        ]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=GRID)


def make_sandboxes(sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    west, south, *_ = sites.total_bounds
    middle = sites.loc[sites["area_id"].eq("san-tin")].geometry.iloc[40].centroid
    names = {"name_en": "Dual-data governance zone", "name_zh": "雙數據管治區"}
    rows = [
        {
            "sandbox_id": "dual-1",
            "kind": "dual-data",
            **names,
            "area_ha": 42.0,
            "readiness": 66.0,
            "outcome": "accepted",
            "reasons": "",
            "reasons_zh": "",
            "geometry": middle.buffer(380),
        },
        {
            "sandbox_id": "dual-2",
            "kind": "dual-data",
            **names,
            "area_ha": 4.0,
            "readiness": np.nan,
            "outcome": "refused",
            "reasons": "Too far from the Shenzhen park",
            "reasons_zh": "與深圳園區距離過遠",
            "geometry": shapely.box(west, south, west + 400, south + 300),
        },
    ]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=GRID)


def make_stamp() -> Stamp:
    return Stamp(
        "northern-metropolis",
        "Northern Metropolis: sites for anchor tenants",
        "北部都會區：龍頭企業選址",
        "0123456789ab",
        "2026-11-22",
        "0.1.0",
        "Generalised reference data: a screening aid, not a statutory plan, not advice on any lot.",
        "採用概括化參考數據及示意規劃用地，只供初步篩選，並非法定圖則，亦不構成任何地段的意見。",
    )


def make_inputs() -> dict[str, Any]:
    sites = make_sites()
    return {
        "sites": sites,
        "tenants": [captions(tenant) for tenant in WEIGHTS],
        "scenarios": [score(sites, 2026), score(sites, 2035)],
        "context": make_context(),
        "sources": [
            SourceNote(
                "stations", "MTR Corporation", "港鐵公司", "± 60 m", "CC BY 4.0", "CC BY 4.0", "2024", "ab" * 32
            ),
            SourceNote("zoning", "Planning Department", "規劃署", "± 100 m"),
        ],
        "stamp": make_stamp(),
    }


def make_agreement(tenants: Sequence[TenantCaption]) -> pd.DataFrame:
    """Return what the pipeline says of methods and criteria: every second criterion decides twice its weight."""
    rows = []
    for tenant in tenants:
        names = [criterion.criterion for criterion in tenant.criteria]
        rows += [("kendall_tau", tenant.tenant, "sum", other, 0.75) for other in ("product", "owa", "topsis")]
        rows += [("correlation", tenant.tenant, names[0], names[1], 0.83)]
        rows += [("correlation", tenant.tenant, names[0], names[2], 0.41)]
        rows += [
            ("effective_weight", tenant.tenant, one.criterion, "", one.weight * (2 if place % 2 else -0.5))
            for place, one in enumerate(tenant.criteria)
        ]
    return pd.DataFrame(rows, columns=["quantity", "tenant", "a", "b", "number"])


def make_material(inputs: dict[str, Any]) -> Material:
    """Return the study with the settings nmplan brings along, and further tables."""
    study = Study.load(bundled_folder() / "study.toml")
    tables = {inputs["scenarios"][0].scenario: {"agreement": make_agreement(inputs["tenants"])}}
    return Material(**inputs, study=study, layers={"stations": inputs["context"].stations}, tables=tables)


JURISDICTIONS = ("hong-kong", "shenzhen")
TIERS = {"wafer": "Wafer fabrication", "gases": "Materials and gases", "tests": "Packaging and test"}


def with_places(material: Material) -> Material:
    """Return the study with all tables of places: clusters of all tenants too, a chain of three tiers, a portfolio."""
    tenants = [replace(one, chain="chips" if one.tenant == "microelectronics" else "") for one in material.tenants]
    scenarios, tables = [], {}
    for result in material.scenarios:
        members = _cluster_members(result)
        clusters = _full_clusters(material.sites, result, members)
        captive = pd.DataFrame({"parcel_id": material.sites["parcel_id"], "chain": "chips", "captive_share": 0.4})
        captive = captive.assign(captive_low=0.25, captive_high=np.linspace(0.5, 0.7, len(captive)))
        scenarios.append(replace(result, clusters=clusters, captive=captive))
        tables[result.scenario] = {
            **material.tables.get(result.scenario, {}),
            "cluster_sites": members,
            "hot_spots": _hot_spots(result),
            **_chain_tables(clusters),
            **_portfolio_tables(result),
        }
    return replace(material, tenants=tenants, scenarios=scenarios, tables=tables, lasting={"capacity": _capacity()})


def _cluster_members(result: ScenarioResult) -> pd.DataFrame:
    """Return two clusters of the best sites for all tenants and for the first: of five sites and of three."""
    rows = []
    for tenant in ("", "microelectronics"):
        own = result.scores[result.scores["tenant"].eq(tenant or "life-health")]
        best = own.nlargest(8, "score")["parcel_id"].tolist()
        for number, group in enumerate((best[:5], best[5:]), start=1):
            rows += [(f"{tenant or 'all'}:{number}", tenant, parcel) for parcel in group]
    return pd.DataFrame(rows, columns=["cluster_id", "tenant", "parcel_id"])


def _full_clusters(sites: gpd.GeoDataFrame, result: ScenarioResult, members: pd.DataFrame) -> gpd.GeoDataFrame:
    shapes = sites.set_index("parcel_id").geometry
    rows = []
    for place, (key, own) in enumerate(members.groupby("cluster_id", sort=False)):
        shape = shapely.MultiPolygon(list(shapes.loc[own["parcel_id"]]))
        rows.append(
            {
                "cluster_id": key,
                "tenant": own["tenant"].iloc[0],
                "name_en": f"Mai Po {place}",
                "name_zh": f"米埔{place}",
                "area_id": "san-tin",
                "best_tenants": "life-health,microelectronics" if own["tenant"].iloc[0] == "" else "",
                "station_min": 12.34 + place,
                "crossing_min": 23.45 + place,
                "crossing_goods_min": np.nan if place == 1 else 34.56,
                "station_id": "b" if place % 2 == 0 else "",
                "phase_year": [2034.0, np.nan, 0.0, np.nan][place],
                "idle_share": 0.125,
                "captive_share": 0.4,
                "hot_share": 0.5,
                "firms_walk": np.nan if place < 2 else 3.0,
                "firms_15": np.nan if place < 2 else 7.0,
                "area_ha": shape.area / 1e4,
                "sites": len(own),
                "gfa_m2": np.nan if place == 1 else 123456.0,
                "gfa_known_share": 0.0 if place == 1 else 0.75,
                "jobs": np.nan if place == 1 else 4567.0,
                "jobs_known_share": 0.0 if place == 1 else 0.75,
                "mean_score": 80.06 - 4 * place - (result.year > 2030),
                "score_low": 70.2 - place,
                "score_high": 88.8,
                "p_top": 0.62,
                "geometry": shape,
            }
        )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=GRID)


def _hot_spots(result: ScenarioResult) -> pd.DataFrame:
    scores = result.scores[result.scores["eligible"]]
    order = scores.groupby("tenant")["score"].rank(ascending=False)
    spots = scores[["parcel_id", "tenant"]].assign(spot=np.select([order.le(9), order.gt(70)], ["hot", "cold"], ""))
    every = spots[spots["tenant"].eq("life-health")].assign(tenant="")
    return pd.concat([spots, every], ignore_index=True)


def _chain_tables(clusters: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return links, fits and firms: gases come from Shenzhen alone, nobody tests within an hour."""
    own = clusters.loc[clusters["tenant"].eq("microelectronics"), "cluster_id"]
    gaps = {"wafer": "", "gases": "none-in-hong-kong", "tests": "none-within-60"}
    shares = dict(zip(TIERS, (0.5, 0.3, 0.2), strict=True))
    stages = dict(zip(TIERS, (2, 1, 3), strict=True))
    links, fit, firms = [], [], []
    for place, cluster in enumerate(own):
        head = {"cluster_id": cluster, "tenant": "microelectronics", "chain": "chips"}
        for tier, name in TIERS.items():
            told = {**head, "tier": tier, "tier_en": name, "tier_zh": f"{name}環節"}
            value = 0.25 + 0.1 * place
            fit.append({**told, "purchase_share": shares[tier], "value": value, "fit": 0.0, "gap": 0.0})
            for number, where in enumerate(JURISDICTIONS):
                here = tier == "wafer" or (tier == "gases" and where == "shenzhen")
                counts = {"firms_30": 2 * here + number * here, "firms_60": 5 * here + number * here}
                links.append({**told, "jurisdiction": where, **counts, "gap": gaps[tier]})
            for newcomer in ("anchor", *TIERS):
                buys = newcomer == "anchor" or stages[tier] < stages[newcomer]
                if newcomer != tier and (newcomer == "anchor" or stages[tier] != stages[newcomer]):
                    firms += [
                        {
                            **head,
                            "newcomer": newcomer,
                            "relation": "buys_from" if buys else "sells_to",
                            "tier": tier,
                            "supplier_id": f"{tier}-{number}",
                            "name_en": f"{name} works {number}",
                            "name_zh": f"{name}廠{number}",
                            "jurisdiction": JURISDICTIONS[number % 2],
                            "minutes": 70.0 - 10 * number + place + (0 if buys else 3),
                            "mass": 1.0,
                        }
                        for number in range(7)
                    ]
    return {"supply_links": pd.DataFrame(links), "tier_fit": pd.DataFrame(fit), "chain_fit": pd.DataFrame(firms)}


def _portfolio_tables(result: ScenarioResult) -> dict[str, pd.DataFrame]:
    own = result.scores[result.scores["tenant"].eq("vehicles")].nlargest(4, "score")
    taken = own[["parcel_id", "score"]].assign(round=1, tenant=["microelectronics", "life-health"] * 2)
    taken = taken.assign(area_ha=2.0, captive_share=0.3, cluster_id=None, area_id="san-tin", idle=0.0)
    summary = {
        "status": "optimal",
        "sites": 4,
        "land_ha": 8.0,
        "mean_score": float(own["score"].mean()),
        "captive_share": 0.3,
        "captive_known_ha": 8.0,
        "gap": 0.004,
        "eligible_sites": 99,
    }
    limits = [
        ("portfolio.tenants.life-health.land_ha", "at least", 2.0, 4.0, "ha", "kept", ""),
        ("portfolio.tenants.life-health.land_ha", "at most", 6.0, 4.0, "ha", "kept", ""),
        ("portfolio.maximum_ha", "at most", 10.0, 8.0, "ha", "kept", ""),
    ]
    frontier = [(0.30, 600.0, 0.30, 8.0, 0.004, "optimal"), (0.35, 500.0, 0.36, 7.0, 0.004, "optimal")]
    money = [(1, 900.0, 0.0, 880.0, 400.0, 4, 8.0)]
    return {
        "portfolio": taken,
        "portfolio_summary": pd.DataFrame([summary]),
        "portfolio_limits": pd.DataFrame(limits, columns=["key", "side", "limit", "used", "unit", "outcome", "what"]),
        "portfolio_frontier": pd.DataFrame(
            frontier, columns=["captive_floor", "total_score", "captive_share", "land_ha", "gap", "status"]
        ),
        "portfolio_rounds": pd.DataFrame(
            money,
            columns=[
                "round",
                "budget_hkd_m",
                "reinvested_hkd_m",
                "spent_hkd_m",
                "private_hkd_m",
                "sites",
                "land_ha",
            ],
        ),
    }


def _capacity() -> pd.DataFrame:
    nothing = {"gfa_m2": np.nan, "jobs_low": np.nan, "jobs_high": np.nan, "gfa_known_share": 0.0}
    known = {"gfa_m2": 1.5e6, "jobs_low": 40_000.0, "jobs_high": 90_000.0, "gfa_known_share": 0.8}
    rows = [
        {"area_id": "san-tin", "name_en": "San Tin", "name_zh": "新田", "land_ha": 30.0, **known},
        {"area_id": "hung-shui-kiu", "name_en": "Hung Shui Kiu", "name_zh": "洪水橋", "land_ha": 9.0, **nothing},
        {"area_id": "all", "name_en": "All areas", "name_zh": "所有地區", "land_ha": 39.0, **known},
    ]
    table = pd.DataFrame(rows).assign(jobs_known_share=0.8, gfa_target_m2=np.nan, jobs_target=np.nan)
    table.loc[0, ["gfa_target_m2", "jobs_target"]] = [2e6, 60_000.0]
    return table


@pytest.fixture(scope="session")
def place_material(material: Material) -> Material:
    return with_places(material)


SANDBOXES = (
    # kind, outcome, first site, hectares, points, reasons; the logistics zone is accepted in the second scenario only
    ("dual-data", "accepted", "san-tin-001", 42.0, (33.3333, 22.2222, 11.1111), ("", "")),
    ("dual-data", "accepted", "san-tin-031", 21.0, (39.96, 29.94, 19.98), ("", "")),
    (
        "dual-data",
        "undecided",
        "san-tin-071",
        12.5,
        (30.0, 20.0, 10.04),
        ("Not enough data to decide: Conservation land (4.5 ha)", "數據不足以判定：屬保育用地（4.5公頃）"),
    ),
    (
        "dual-data",
        "refused",
        "san-tin-101",
        9.0,
        (),
        (
            "Not zoned for research or institutions (6.0 ha); Conservation land (4.0 ha)",
            "並非規劃作科研或機構用途（6.0公頃）；屬保育用地（4.0公頃）",
        ),
    ),
    ("dual-data", "refused", "san-tin-131", 3.0, (), ("Smaller than 10 ha", "面積小於10公頃")),
    (
        "green-logistics",
        "undecided",
        "hung-shui-kiu-001",
        8.0,
        (),
        (
            "Not enough data to decide: More than an hour for goods to cross (assumed) (8.0 ha)",
            "數據不足以判定：貨物過境需時超過一小時（假設）（8.0公頃）",
        ),
    ),
    ("cross-boundary-research", "accepted", "san-tin-031", 15.0, (45.0, 25.5, 9.25), ("", "")),
)
"""Zones in the first scenario. Ledgers stand in the order of the criteria in the study nmplan brings along."""


def make_sandbox_tables(sites: gpd.GeoDataFrame, study: Study, later: bool) -> dict[str, Any]:  # noqa: FBT001
    """Return the tables of sandboxes in one scenario; `later` ones are readier by a tenth of their points."""
    shapes = sites.set_index("parcel_id").geometry
    zones, members, ledger = [], [], []
    for kind, outcome, first, area, points, reasons in SANDBOXES:
        told, why = (outcome, reasons) if not later or kind != "green-logistics" else ("accepted", ("", ""))
        zone, sandbox = f"{kind}:{told}:{first}", study.sandboxes[kind]
        own = list(shapes.index[shapes.index.get_loc(first) :][:3])
        members += [(zone, parcel) for parcel in own]
        shown = [point * (1.1 if later else 1.0) for point in points]
        total = sum(each.weight for each in sandbox.readiness)
        ledger += [
            (zone, each.measure, 12.34, MEASURES[each.measure].unit, point / each.weight, each.weight / total, point)
            for each, point in zip(sandbox.readiness, shown, strict=False)
        ]
        names = {"name_en": f"{sandbox.name_en}: Place {first}", "name_zh": f"{sandbox.name_zh}：地方{first}"}
        ready = sum(shown) if shown else np.nan
        texts = dict(zip(("reasons", "reasons_zh"), why, strict=True))
        row = {"sandbox_id": zone, "kind": kind, **names, "area_ha": area, "readiness": ready, "outcome": told, **texts}
        zones.append({**row, "geometry": shapes[own].union_all().convex_hull})
    measured = measure(sites, 2035 if later else 2026).assign(
        parcel_id=sites["parcel_id"], crossing_goods_min=50.0, conservation_share=0.0
    )
    return {
        "sandboxes": gpd.GeoDataFrame(zones, geometry="geometry", crs=GRID),
        "sandbox_sites": pd.DataFrame(members, columns=["sandbox_id", "parcel_id"]),
        "sandbox_readiness": pd.DataFrame(
            ledger, columns=["sandbox_id", "criterion", "measured", "unit", "value", "weight", "points"]
        ),
        "sandbox_refusals": make_refusals(study),
        "infrastructure": make_infrastructure(),
        "measures": measured,
    }


def make_refusals(study: Study) -> pd.DataFrame:
    rules = study.sandboxes["dual-data"].rules
    why = [{"rule": rule.name, "reason_en": rule.reason_en, "reason_zh": rule.reason_zh} for rule in rules]
    small = {"rule": "minimum_ha", "reason_en": "Smaller than 10 ha", "reason_zh": "面積小於10公頃"}
    rows = [
        {**why[0], "area_id": "san-tin", "measured_low": 0.0, "measured_high": 0.25, "outcome": "fail", "area_ha": 6.0},
        {**why[2], "area_id": "san-tin", "measured_low": 0.1, "measured_high": 0.9, "outcome": "fail", "area_ha": 4.0},
        {**why[2], "area_id": "san-tin", "measured_low": 0, "measured_high": 0, "outcome": "undecided", "area_ha": 4.5},
        {**small, "area_id": None, "measured_low": 3.0, "measured_high": 3.0, "outcome": "fail", "area_ha": 3.0},
    ]
    return pd.DataFrame(rows).assign(kind="dual-data", limit=0.0)


def make_infrastructure() -> pd.DataFrame:
    around = ("in the zone and 200 m round it", "（區內及周邊200米）")
    rows = [
        ("dual-data:accepted:san-tin-001", "sites", 3.0, "", "Sites", "用地數目"),
        ("dual-data:accepted:san-tin-001", "idle_ha", 0.0, "ha", "Land known to be idle", "已知閒置土地"),
        ("dual-data:accepted:san-tin-001", "status_known_ha", 20.5, "ha", "Land whose status is known", "狀況已知"),
        ("dual-data:accepted:san-tin-001", "gfa_m2", np.nan, "m²", "Floor space", "樓面面積"),
        ("dual-data:accepted:san-tin-001", "plot_ratio_known_ha", 0.0, "ha", "Plot ratio known", "地積比率已知"),
        (
            "dual-data:accepted:san-tin-001",
            "road_km:trunk",
            1.234,
            "km",
            f"Trunk road, {around[0]}",
            f"幹線{around[1]}",
        ),
        ("dual-data:accepted:san-tin-001", "junctions", 2.0, "", f"Junctions, {around[0]}", f"路口{around[1]}"),
        ("dual-data:accepted:san-tin-001", "station:b", 0.0, "m", "Station: San Tin", "車站：新田"),
        ("dual-data:accepted:san-tin-001", "crossing:lmc", 457.3, "m", "Crossing: Lok Ma Chau", "口岸：落馬洲"),
        ("dual-data:accepted:san-tin-001", "suppliers", 0.0, "", "Suppliers of the chain within 800 m", "供應商"),
        (
            "cross-boundary-research:accepted:san-tin-031",
            "neighbour:hetao-shenzhen",
            224.9,
            "m",
            "Neighbour: Shenzhen park",
            "毗鄰：深圳園區",
        ),
    ]
    return pd.DataFrame(rows, columns=["sandbox_id", "item", "amount", "unit", "label_en", "label_zh"])


def make_sandbox_material(inputs: dict[str, Any]) -> Material:
    """Return the study with zones of three kinds, their tables, and a park across the boundary."""
    study = Study.load(bundled_folder() / "study.toml")
    park = layer(
        [
            {
                "area_id": "hetao-shenzhen",
                "name_en": "Shenzhen park",
                "name_zh": "深圳園區",
                "role": "context",
                "geometry": shapely.box(114.06, 22.518, 114.075, 22.526),
            }
        ]
    )
    context = replace(inputs["context"], areas=pd.concat([inputs["context"].areas, park], ignore_index=True))
    tables = {
        one.scenario: make_sandbox_tables(inputs["sites"], study, later=place > 0)
        for place, one in enumerate(inputs["scenarios"])
    }
    scenarios = [replace(one, sandboxes=tables[one.scenario]["sandboxes"]) for one in inputs["scenarios"]]
    layers = {name: getattr(context, name) for name in ("stations", "crossings", "suppliers")}
    return Material(**{**inputs, "context": context, "scenarios": scenarios}, study=study, layers=layers, tables=tables)


@pytest.fixture(scope="session")
def sandbox_material(inputs: dict[str, Any]) -> Material:
    return make_sandbox_material(inputs)


CHAIN_OF = {"microelectronics": "chips", "life-health": "cures", "vehicles": "cars"}
SIDES = ("hong_kong", "shenzhen", "greater_bay_area", "beyond")
FIRMS = (
    ("alpha", "Alpha design", "甲設計", "chips", "design", "hong-kong", 30.0, 114.16, 22.32),
    ("beta", "Beta design", "乙設計", "chips", "design", "shenzhen", 10.0, 113.95, 22.54),
    ("gamma", "Gamma wafers", "丙晶圓", "chips", "wafers", "greater-bay-area", 3.0, 113.75, 23.02),
    ("delta", "Delta wafers", "丁晶圓", "chips", "wafers", "beyond", 1.0, 114.41, 23.11),
    ("epsilon", "Epsilon labs", "戊實驗室", "cures", "labs", "hong-kong", 3.0, 114.2, 22.42),
    ("zeta", "Zeta labs", "己實驗室", "cures", "labs", "shenzhen", 3.0, 114.05, 22.55),
    ("eta", "Eta cells", "庚電池", "cars", "cells", "shenzhen", 10.0, 114.35, 22.7),
)
SERVICES = (
    ("lmc", "goods", "road", "none", 0.0, 30.0, 60.0, "07:00", "22:00", np.nan, 2030.0),
    ("lmc", "people", "road", "none", 0.0, 20.0, 30.0, "00:00", "24:00", np.nan, np.nan),
    ("lmc", "car", "road", "closed-road", 0.0, 10.0, 25.0, "00:00", "24:00", np.nan, np.nan),
    ("lmc", "car", "foot", "none", 10.0, 20.0, 30.0, "00:00", "24:00", np.nan, np.nan),
    ("new", "people", "rail", "none", 0.0, 5.0, 10.0, "00:00", "24:00", 2034.0, np.nan),
)
CORRIDORS = (
    ("san-tin", "San Tin", "新田", "hong-kong", "chips", 2.0, "official", 114.08, 22.5),
    ("san-tin", "San Tin", "新田", "hong-kong", "cures", 1.0, "official", 114.08, 22.5),
    ("park", "Science Park", "科學園", "hong-kong", "cures", 2.0, "judgement", 114.21, 22.43),
    ("lake", "The Lake", "湖區", "mainland", "chips", 2.0, "press", 113.88, 22.92),
    ("lake", "The Lake", "湖區", "mainland", "cars", 1.0, "judgement", 113.88, 22.92),
    ("hill", "The Hill", "山區", "mainland", "cars", 2.0, "copy", 114.3, 22.7),
)


def make_boundary(material: Material) -> Material:
    """Return the study with suppliers, crossings, frontiers, bands and corridors as the pipeline writes them."""
    tenants = [replace(one, chain=CHAIN_OF[one.tenant]) for one in material.tenants]
    scenarios = [replace(one, clusters=one.clusters.assign(area_id="san-tin")) for one in material.scenarios]
    tables = {
        one.scenario: {
            **material.tables.get(one.scenario, {}),
            "captive": make_captive(material.sites, one.year),
            "area_frontier": make_frontier(one.year),
            "supply_links": make_links(one.clusters),
            "isochrones": make_bands(one.year),
            "crossing_journeys": make_journeys(material.sites, one.year),
        }
        for one in scenarios
    }
    columns = ["supplier_id", "name_en", "name_zh", "chain", "tier", "jurisdiction", "mass"]
    firms = [
        {
            **dict(zip(columns, row, strict=False)),
            "confidence": "C",
            "accuracy_m": 800.0,
            "source": "a list",
            "geometry": shapely.Point(row[7:]),
        }
        for row in FIRMS
    ]
    crossings = [
        {
            "crossing_id": key,
            "name_en": en,
            "name_zh": zh,
            "counterpart_en": f"{en}, north",
            "counterpart_zh": f"{zh}北",
            "status": status,
            "accuracy_m": 150.0,
            "source": "a department",
            "geometry": shapely.Point(lon, lat),
        }
        for key, en, zh, status, lon, lat in (
            ("lmc", "Lok Ma Chau", "落馬洲", "open", 114.0656, 22.515),
            ("new", "New Port", "新口岸", "planned", 114.12, 22.53),
        )
    ]
    corridors = make_corridors()
    layers = {
        **material.layers,
        "chains": make_chains(),
        "crossings": layer(crossings),
        "crossing_services": make_services(),
        "crossing_access": make_access(),
        "bus_lines": make_bus_lines(),
        "transit_lines": material.context.transit_lines,
        "corridors": corridors,
    }
    context = replace(material.context, suppliers=layer(firms), crossings=layer(crossings))
    lasting = {"similarity": sector_similarity(corridors)}
    return replace(
        material, tenants=tenants, scenarios=scenarios, context=context, layers=layers, tables=tables, lasting=lasting
    )


def make_chains() -> pd.DataFrame:
    """Return tiers in the order of the chain, which is not that of their ids."""
    rows = [
        ("chips", "Chips", "芯片", "wafers", "Wafers", "晶圓", 0.6),
        ("chips", "Chips", "芯片", "design", "Design", "設計", 0.4),
        ("cures", "Cures", "醫藥", "labs", "Laboratories", "實驗室", 1.0),
        ("cars", "Cars", "汽車", "cells", "Cells", "電池", 0.7),
        ("cars", "Cars", "汽車", "bodies", "Bodies", "車身", 0.3),
    ]
    return pd.DataFrame(rows, columns=["chain", "chain_en", "chain_zh", "tier", "tier_en", "tier_zh", "purchase_share"])


def make_captive(sites: gpd.GeoDataFrame, year: int) -> pd.DataFrame:
    """Return shares that differ from site to site; cars are supplied to nobody at Hung Shui Kiu."""
    parts = []
    for place, chain in enumerate(CHAIN_OF.values()):
        home = 0.3 + 0.05 * place + 0.0007 * np.arange(len(sites)) + (0.02 if year > 2030 else 0)
        rest = 1 - home
        shares = pd.DataFrame(np.column_stack([home, rest * 0.555, rest * 0.345, rest * 0.1]), columns=list(SIDES))
        table = shares.assign(
            parcel_id=sites["parcel_id"].to_numpy(),
            chain=chain,
            captive_share=home,
            captive_low=home - 0.1,
            captive_high=home + 0.12,
            leaked_share=rest,
            leaked_beyond_bay_area=np.nan,
            imports_share=np.nan,
            empty_share=0.3 if chain == "cars" else 0.0,
        )
        unknown = sites["area_id"].eq("hung-shui-kiu").to_numpy() & (chain == "cars")
        names = [name for name in table.columns if name not in {"parcel_id", "chain", "empty_share"}]
        table.loc[unknown, names] = np.nan
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def make_frontier(year: int) -> pd.DataFrame:
    """Return access that rises and supply that leaks as clearance falls; microelectronics in both areas."""
    rows = []
    for tenant, area, least in (
        ("microelectronics", "san-tin", 0.36),
        ("microelectronics", "hung-shui-kiu", 0.34),
        ("life-health", "san-tin", 0.5),
    ):
        low = least + (0.01 if year > 2030 else 0)
        rows.append((area, tenant, CHAIN_OF[tenant], True, np.nan, 1.0, 0.0, 0.15))
        for share in (1.0, 0.75, 0.5, 0.25, 0.0):
            leaked = 0.63 + 0.02 * (1 - share)
            rows.append((area, tenant, CHAIN_OF[tenant], False, share, 1 - leaked, leaked, low + 0.024 * (1 - share)))
    columns = [
        "area_id",
        "tenant",
        "chain",
        "closed",
        "clearance_share",
        "captive_share",
        "leaked_share",
        "supply_access",
    ]
    return pd.DataFrame(rows, columns=columns).assign(sites=12, unknown=0)


def make_links(clusters: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return what the clusters of microelectronics reach; wafers have no firm in Hong Kong."""
    own = clusters.loc[clusters["tenant"].eq("microelectronics"), "cluster_id"]
    rows = [
        (cluster, tier, side, place + near, place + far, mass, gap)
        for place, cluster in enumerate(own)
        for tier, side, near, far, mass, gap in (
            ("design", "hong-kong", 1, 2, 20.5, ""),
            ("design", "shenzhen", 0, 1, 7.25, ""),
            ("wafers", "greater-bay-area", 0, 1, 1.5, "none-in-hong-kong"),
        )
    ]
    columns = ["cluster_id", "tier", "jurisdiction", "firms_30", "firms_60", "mass", "gap"]
    return pd.DataFrame(rows, columns=columns).assign(tenant="microelectronics", chain="chips", missing=False)


def make_bands(year: int) -> gpd.GeoDataFrame:
    """Return nested bands: by car further than by public transport, the same in every year but for the longest."""
    rows = []
    for place, lon, lat, modes in (
        ("san-tin", 114.08, 22.5, ("car", "transit")),
        ("hung-shui-kiu", 113.99, 22.44, ("car",)),
    ):
        for mode in modes:
            for step, limit in enumerate((15.0, 30.0, 60.0), start=1):
                wide = 0.02 * step * (2 if mode == "car" else 1) + (0.01 if year > 2030 and step == 3 else 0)
                rows.append(
                    {
                        "place_id": place,
                        "mode": mode,
                        "limit_min": limit,
                        "geometry": shapely.Point(lon, lat).buffer(wide),
                    }
                )
    return layer(rows)


def make_services() -> pd.DataFrame:
    """Return services, each in both directions; at one crossing the hours going south differ."""
    columns = [
        "crossing_id",
        "user",
        "mode",
        "permit",
        "parking_min",
        "clearance_quiet_min",
        "clearance_peak_min",
        "opens_at",
        "closes_at",
        "valid_from",
        "valid_to",
    ]
    table = pd.concat(
        [pd.DataFrame(SERVICES, columns=columns).assign(direction=way) for way in ("northbound", "southbound")],
        ignore_index=True,
    )
    later = table["direction"].eq("southbound") & table["user"].eq("goods")
    return table.assign(
        co_located=table["crossing_id"].eq("new"),
        source="a timetable",
        closes_at=table["closes_at"].mask(later, "23:00"),
    )


def make_access() -> pd.DataFrame:
    """Return the ways into the halls: a bus to Lok Ma Chau in the closed area, a station of 2034 at the new port."""
    rows = [
        ("lmc", "bus", "port", 2.0, True, np.nan, np.nan, "closed road", "a notice"),
        ("new", "rail", "a", 4.0, False, 2034.0, np.nan, "assumed", "judgement"),
        ("new", "foot", "", 0.0, False, 2034.0, np.nan, "", ""),
    ]
    columns = ["crossing_id", "way", "stop_id", "walk_min", "closed_area", "opens", "closes", "basis", "source"]
    return pd.DataFrame(rows, columns=columns)


def make_bus_lines() -> gpd.GeoDataFrame:
    """Return three lines of two calls: hours published, assumed, and without a word on what they rest."""
    lines = [
        (
            "gmb-75",
            "75",
            "minibus",
            "Town – Port",
            "市鎮 – 口岸",
            "hours, headway published; minutes judgement",
            np.nan,
        ),
        ("feeder", "planned", "bus", "Village – Town", "鄉村 – 市鎮", "assumed: hours and headway assumed", 2034.0),
        ("x1", "X1", "bus", "Town – Village", "市鎮 – 鄉村", "", np.nan),
    ]
    stops = {"town": ("Town", "市鎮", 114.03, 22.45), "port": ("Port", "口岸總站", 114.066, 22.515)}
    columns = ("line_id", "route", "mode", "name_en", "name_zh", "basis", "opens")
    return layer(
        [
            {
                **dict(zip(columns, line, strict=True)),
                "order": float(order),
                "stop_id": stop,
                "stop_en": stops[stop][0],
                "stop_zh": stops[stop][1],
                "minutes": 12.0 * (order - 1),
                "headway_quiet_min": 20.0,
                "first_at": "06:00",
                "last_at": "23:00",
                "closes": np.nan,
                "accuracy_m": 60.0,
                "source": "a list",
                "geometry": shapely.Point(*stops[stop][2:]),
            }
            for line in lines
            for order, stop in enumerate(stops, start=1)
        ]
    )


def make_journeys(sites: gpd.GeoDataFrame, year: int) -> pd.DataFrame:
    """Return journeys: to Lok Ma Chau by minibus (one site walks, one has no way) and by car; the new port is shut."""
    ids = sorted(sites["parcel_id"])
    minutes = np.linspace(20.4, 50.2, len(ids))
    transit = pd.DataFrame(
        {"parcel_id": ids, "mode": "transit", "crossing_id": "lmc", "permit": "", "hall_min": minutes}
    )
    transit = transit.assign(status="open", clearance_min=20.0, lines="nol,gmb-75")
    transit.loc[0, "lines"] = ""
    transit.loc[1, ["hall_min", "lines", "status"]] = [np.nan, "", "no way"]
    cars = [
        transit.assign(mode="car", permit=permit, hall_min=hall, clearance_min=clearance, status="open", lines="")
        for permit, hall, clearance in (("closed-road", minutes / 2, 10.0), ("none", minutes / 2 + 10, 20.0))
    ]
    shut = transit.assign(crossing_id="new", hall_min=np.nan, clearance_min=np.nan, status="closed", lines="")
    table = pd.concat([transit, *cars] if year > 2030 else [transit, *cars, shut], ignore_index=True)
    return table.assign(total_min=table["hall_min"] + table["clearance_min"]).sort_values("parcel_id", kind="stable")


def make_corridors() -> gpd.GeoDataFrame:
    columns = ["corridor_id", "name_en", "name_zh", "side", "chain", "level", "basis"]
    return layer(
        [
            {**dict(zip(columns, row, strict=False)), "source": "a paper", "geometry": shapely.Point(row[7:])}
            for row in CORRIDORS
        ]
    )


@pytest.fixture(scope="session")
def inputs() -> dict[str, Any]:
    return make_inputs()


@pytest.fixture(scope="session")
def material(inputs: dict[str, Any]) -> Material:
    return make_material(inputs)


@pytest.fixture(scope="session")
def payload(material: Material) -> dict[str, Any]:
    return material.payload


@pytest.fixture(scope="session")
def boundary(material: Material) -> Material:
    return make_boundary(material)
