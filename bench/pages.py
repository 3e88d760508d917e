"""The explorer beside the plain Folium way, on the same made-up sites: size, load, switch; and 100,000 sites alone."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from importlib import resources
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from playwright.sync_api import Page
from playwright.sync_api import Route
from playwright.sync_api import sync_playwright

from nmplan.maps.captions import Context
from nmplan.maps.captions import CriterionCaption
from nmplan.maps.captions import RuleCaption
from nmplan.maps.captions import ScenarioResult
from nmplan.maps.captions import Stamp
from nmplan.maps.captions import TenantCaption
from nmplan.maps.explorer import render_explorer
from nmplan.maps.payload import build_payload
from nmplan.maps.picture import BAND_COLOURS
from nmplan.maps.ranking import band_of
from nmplan.shapes import Linear
from nmplan.words import MEASURES

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
MEASURED = {
    "supply_access": (0.0, 1.0),
    "talent_access": (0.0, 4.0),
    "crossing_min": (90.0, 20.0),
    "station_min": (40.0, 5.0),
    "boundary_m": (10_000.0, 0.0),
    "area_ha": (0.1, 3.0),
}
RUNS = 5
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"


def make_sites(count: int) -> gpd.GeoDataFrame:
    """Return lots along streets: four to eight crooked corners, one in a hundred some twenty times as large."""
    chance = np.random.default_rng(1)
    across = int(np.ceil(np.sqrt(count)))
    step = 150 if count < 10_000 else 60
    shapes = []
    for number in range(count):
        east, north = 815_000 + number % across * step, 830_000 + number // across * step
        size = step * (4 if chance.random() < 0.01 else chance.uniform(0.5, 0.95))
        corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], dtype=float)
        middles = (corners + np.roll(corners, -1, axis=0)) / 2
        kept = chance.random(4) < 0.4
        outline = [point for pair in zip(corners, middles, kept, strict=True) for point in pair[: 1 + int(pair[2])]]
        outline = np.array(outline) + chance.normal(0, 0.04, (len(outline), 2))
        shapes.append(shapely.Polygon(outline * size + (east, north)))
    area = np.arange(count) // across * 8 // across
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"DD{90 + place} LOT {number:06d}" for number, place in enumerate(area)],
            "area_id": [f"area-{place}" for place in area],
            "name_en": [f"Lot {number + 1}, area {place}" for number, place in enumerate(area)],
            "name_zh": [f"第{place}區{number + 1}號地段" for number, place in enumerate(area)],
            "zone": chance.choice(["innovation-technology", "logistics", "residential"], count),
            "tenure": "unknown",
            "status": chance.choice(["planned", "formed", "occupied"], count),
            "plot_ratio": chance.choice([1.0, 3.5, 5.0, np.nan], count),
            "accuracy_m": 20.0,
        },
        geometry=shapes,
        crs="EPSG:2326",
    )


def measure(sites: gpd.GeoDataFrame, scenario: int) -> pd.DataFrame:
    """Return measures that change over the land with some noise; journeys and access differ by scenario."""
    chance = np.random.default_rng(2)
    x, y = sites.geometry.centroid.x, sites.geometry.centroid.y
    x, y = (x - x.min()) / np.ptp(x), (y - y.min()) / np.ptp(y)
    moved = 0.04 * scenario * np.sin(5 * x + 3 * y)

    def noise(scale: float) -> np.ndarray:
        return chance.normal(0, scale, len(sites))

    return pd.DataFrame(
        {
            "supply_access": (0.4 + 0.3 * x + moved + noise(0.03)).clip(0, 1),
            "talent_access": (1.2 + 1.5 * y + 2 * moved + noise(0.1)).clip(0),
            "crossing_min": (80 - 40 * y - 30 * moved + noise(3)).clip(5),
            "station_min": (32 - 18 * x - 30 * moved + noise(3)).clip(1),
            "boundary_m": (9_000 * (1 - y) + noise(60)).clip(0),
            "area_ha": sites.geometry.area / 1e4,
        }
    )


def captions(count: int) -> list[TenantCaption]:
    """Return tenants who weigh the same criteria differently, each with its own value functions."""
    chance = np.random.default_rng(3)
    rules = (
        RuleCaption("permitted_share ≥ 0.9", "The zone does not permit the use", "該地帶不准許此用途"),
        RuleCaption("area_ha ≥ 0.1", "Too small", "面積不足"),
    )
    tenants = []
    for number in range(count):
        weights = chance.dirichlet(np.ones(len(MEASURED)))
        criteria = tuple(
            CriterionCaption(
                name,
                words.label_en,
                words.label_zh,
                words.unit,
                words.decimals,
                weight,
                "",
                "",
                Linear(shape="linear", worst=0, best=1),
            )
            for (name, words), weight in zip(((name, MEASURES[name]) for name in MEASURED), weights, strict=True)
        )
        tenants.append(TenantCaption(f"tenant-{number}", f"Tenant {number}", f"類別{number}", criteria, rules))
    return tenants


def value(measured: pd.Series, name: str, tenant: int) -> pd.Series:
    """Return values of 0 to 1; each tenant has ends of its own."""
    worst, best = MEASURED[name]
    best = worst + (best - worst) * (1 - 0.06 * tenant)
    return ((measured - worst) / (best - worst)).clip(0, 1).round(4)


def score(sites: gpd.GeoDataFrame, tenants: list[TenantCaption], scenario: int) -> ScenarioResult:
    """Return one scenario's tables, without clusters."""
    chance = np.random.default_rng(10 + scenario)
    measured = measure(sites, scenario)
    ids, scores, ledger, exclusions = sites["parcel_id"], [], [], []
    for number, tenant in enumerate(tenants):
        values = {one.criterion: value(measured[one.criterion], one.criterion, number) for one in tenant.criteria}
        total = sum(100 * one.weight * values[one.criterion] for one in tenant.criteria)
        barred, small = sites["zone"].eq("residential"), measured["area_ha"].lt(0.1)
        eligible = ~(barred | small)
        rank = total.where(eligible).rank(ascending=False, method="min")
        top = (1 / (1 + np.exp(((rank - 50) / 12).clip(upper=50)))).where(eligible)
        spread = (rank * chance.uniform(0.05, 0.2, len(rank))).round()
        scores.append(
            pd.DataFrame(
                {"parcel_id": ids, "tenant": tenant.tenant, "eligible": eligible, "score": total.where(eligible)}
            )
            .assign(rank=rank, p_top=top.where(top > 0.002, 0.0).where(eligible))
            .assign(rank_low=(rank - spread).clip(lower=1), rank_high=rank + spread)
            .assign(p_threshold=(total / 100).round(2).where(eligible), holds=rank.le(30).where(eligible))
        )
        ledger += [
            pd.DataFrame(
                {"parcel_id": ids, "tenant": tenant.tenant, "criterion": name, "measured": measured[name], "value": one}
            )
            for name, one in values.items()
        ]
        for rule, out, found in (("permitted_share ≥ 0.9", barred, 0.0), ("area_ha ≥ 0.1", small, measured["area_ha"])):
            rows = pd.DataFrame({"parcel_id": ids, "tenant": tenant.tenant, "rule": rule, "measured": found})
            exclusions.append(rows[out].assign(outcome="fail"))
    empty = gpd.GeoDataFrame({"geometry": []}, crs="EPSG:2326")
    tables = (pd.concat(one, ignore_index=True) for one in (scores, ledger, exclusions))
    name = f"Scenario {scenario}"
    return ScenarioResult(f"s{scenario}", name, f"情景{scenario}", 2026 + scenario, *tables, empty, empty)


def draw(sites: gpd.GeoDataFrame, tenants: int, scenarios: int) -> str:
    """Return the explorer of a made-up study."""
    who = captions(tenants)
    stamp = Stamp("bench", "Made-up sites", "虛構用地", "0" * 12, "2026-01-01", "0", "Made up.", "虛構。")
    results = [score(sites, who, scenario) for scenario in range(scenarios)]
    return render_explorer(build_payload(sites, who, results, Context(), [], stamp))


def draw_plainly(sites: gpd.GeoDataFrame, tenants: int) -> str:
    """Return the same sites the plain way: one GeoJSON layer per tenant, coloured by class, behind a layer control."""
    who = captions(tenants)
    scores = score(sites, who, 0).scores
    page = folium.Map(location=(22.5, 114.1), zoom_start=12, tiles=None)
    shown = sites[["parcel_id", "name_en", "geometry"]].to_crs("EPSG:4326")
    for number, tenant in enumerate(who):
        own = scores[scores["tenant"].eq(tenant.tenant)].set_index("parcel_id").reindex(shown["parcel_id"])
        count = int(own["eligible"].sum())
        colours = [
            BAND_COLOURS[band_of(int(rank), count)] if rank == rank else "#E4E4E4"  # noqa: PLR0124
            for rank in own["rank"]
        ]
        frame = shown.assign(score=own["score"].round(2).to_numpy(), colour=colours)
        group = folium.FeatureGroup(name=tenant.name_en, overlay=False, show=number == 0)
        folium.GeoJson(
            frame,
            style_function=lambda row: {"fillColor": row["properties"]["colour"], "fillOpacity": 1, "weight": 1},
            tooltip=folium.GeoJsonTooltip(["parcel_id", "name_en", "score"]),
        ).add_to(group)
        group.add_to(page)
    folium.LayerControl(collapsed=False).add_to(page)
    return page.get_root().render()


def serve(route: Route) -> None:
    """Give a page the Leaflet that lies in the package for the one it asks the network for, and nothing else."""
    name = route.request.url.rsplit("/", 1)[-1]
    if name in {"leaflet.js", "leaflet.css"}:
        route.fulfill(body=resources.files("nmplan.maps").joinpath("assets", "leaflet", name).read_bytes())
    elif route.request.url.startswith("file:"):
        route.continue_()
    else:
        route.fulfill(body="")


def load_ms(page: Page, path: Path) -> float:
    """Return how long it takes until the page's first picture is drawn."""
    page.goto("about:blank")
    page.goto(path.as_uri(), wait_until="load", timeout=300_000)
    return page.evaluate(DRAWN)


def act_ms(page: Page, action: str, runs: int = RUNS) -> float:
    """Return the median time from an action to the picture after it."""
    timed = f"""async turn => {{
        const from = performance.now();
        await ({action})(turn);
        return await ({DRAWN})() - from; }}"""
    return statistics.median(page.evaluate(timed, turn) for turn in range(runs))


ZOOM = """turn => new Promise(done => {
  const map = window.nmplan.map;
  map.once("moveend", done);
  map.setZoom(map.getZoom() + (turn % 2 ? -1 : 1), { animate: false }); })"""
SWITCH = """turn => { const list = document.querySelector("#tenant"); list.value = String(1 - turn % 2);
  list.dispatchEvent(new Event("change")); }"""
SLIDE = """turn => { const slider = document.querySelector("#weight-0"); slider.value = String(10 + 70 * (turn % 2));
  slider.dispatchEvent(new Event("input")); }"""
SWITCH_PLAINLY = """turn => document.querySelectorAll(".leaflet-control-layers-selector")[1 - turn % 2].click()"""


def main() -> None:
    """Print tables in Markdown."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", type=Path, help="a folder to keep the pages in")
    kept = options.parse_args().keep
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = kept or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.route("**/*", serve)
        compare(page, folder)
        many(page, folder)
        browser.close()


def written(folder: Path, name: str, text: str) -> tuple[Path, float]:
    """Write a page; return it and its size in MB."""
    path = (folder / name).resolve()
    path.write_text(text, encoding="utf-8")
    return path, path.stat().st_size / 1e6


def compare(page: Page, folder: Path) -> None:
    """Print both ways side by side."""
    sites = make_sites(3_000)
    ours, size = written(folder, "explorer.html", draw(sites, 8, 1))
    plain, plain_size = written(folder, "folium.html", draw_plainly(sites, 8))
    _, more = written(folder, "explorer-3.html", draw(sites, 8, 3))
    load = statistics.median(load_ms(page, ours) for _ in range(RUNS))
    switch, slide = act_ms(page, SWITCH), act_ms(page, SLIDE)
    plain_load = statistics.median(load_ms(page, plain) for _ in range(RUNS))
    plain_switch = act_ms(page, SWITCH_PLAINLY)
    print("| 3,000 sites × 8 tenants | explorer | plain Folium | ratio |\n|-|-|-|-|")
    for label, mine, theirs, unit in (
        ("file", size, plain_size, "MB"),
        ("first picture", load, plain_load, "ms"),
        ("other tenant", switch, plain_switch, "ms"),
    ):
        print(f"| {label} | {mine:.2f} {unit} | {theirs:.2f} {unit} | {theirs / mine:.1f} × |")
    print(f"| weight moved | {slide:.0f} ms | – | |\n| each further scenario | {(more - size) / 2:.2f} MB | – | |\n")


def many(page: Page, folder: Path) -> None:
    """Print what 100,000 sites take: one tenant, one scenario."""
    started = time.perf_counter()
    path, size = written(folder, "explorer-100k.html", draw(make_sites(100_000), 1, 1))
    made = time.perf_counter() - started
    load = statistics.median(load_ms(page, path) for _ in range(3))
    print(f"| 100,000 sites × 1 tenant, 1 scenario | |\n|-|-|\n| file | {size:.2f} MB |\n| made in | {made:.0f} s |")
    print(f"| first picture | {load:.0f} ms |")
    for label, zoom in (("far out", 11), ("all in view", 13), ("near", 15)):
        page.evaluate("zoom => window.nmplan.map.setZoom(zoom, { animate: false })", zoom)
        print(f"| zoom step, {label} | {act_ms(page, ZOOM):.0f} ms |")
    print(f"| weight moved, near | {act_ms(page, SLIDE):.0f} ms |")


if __name__ == "__main__":
    main()
