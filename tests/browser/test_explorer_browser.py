from __future__ import annotations

import base64
import csv
import json
import random
import re
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from nmplan.maps.captions import Context
from nmplan.maps.captions import CriterionCaption
from nmplan.maps.captions import RuleCaption
from nmplan.maps.captions import ScenarioResult
from nmplan.maps.captions import TenantCaption
from nmplan.maps.explorer import render
from nmplan.maps.explorer import render_explorer
from nmplan.maps.explorer import with_effects
from nmplan.maps.payload import build_payload
from nmplan.maps.picture import BAND_COLOURS
from nmplan.maps.quantise import MISSING
from nmplan.maps.quantise import pack_integers
from nmplan.maps.quantise import unpack_column
from nmplan.maps.ranking import rank_sites
from nmplan.shapes import Linear

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from nmplan.maps.material import Material

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser


@pytest.fixture
def explorer(visit: Visit, folder: Path) -> Callable[..., Page]:
    return lambda fragment="", **options: visit(folder / "explorer.html", fragment, **options)


def select(page: Page, parcel: str) -> None:
    page.fill("#search", parcel)
    page.press("#search", "Enter")
    page.wait_for_timeout(300)


def test_it_opens_and_says_something_without_a_click(
    explorer: Visit, payload: dict[str, Any], take_picture: Callable[..., None]
) -> None:
    page = explorer()
    assert page.title() == f"{payload['stamp']['name_en']} · Site explorer"
    assert page.inner_text("#headline-name") == "San Tin core 1"
    assert "Microelectronics" in page.inner_text("#headline-what")
    assert payload["stamp"]["study_hash"] in page.inner_text("#panel footer")
    assert page.locator("#site-list > li").count() == 50
    take_picture(page, "explorer-laptop")


def test_the_order_is_pythons(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer()
    chance = random.Random(5)  # noqa: S311
    for scenario, result in enumerate(payload["scenarios"]):
        for tenant, caption in enumerate(payload["tenants"]):
            own = [criterion["weight"] for criterion in caption["criteria"]]
            for weights in (own, [1.0] * len(own), [chance.random() for _ in own]):
                expected = rank_sites(payload, scenario, tenant, weights)
                got = page.evaluate("query => window.nmplan.ranking(...query)", [caption["id"], result["id"], weights])
                assert len(got) == len(expected)
                for mine, theirs in zip(got[:50], expected[:50], strict=False):
                    assert mine["id"] == payload["sites"]["id"][theirs.site]
                    assert mine["rank"] == theirs.rank
                    assert mine["score"] == pytest.approx(theirs.score, abs=1e-3)


def test_the_order_is_pythons_when_rules_are_switched_off(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer()
    for without in ([0], [1], [0, 1], [2]):
        expected = rank_sites(payload, 0, 0, without=without)
        query = ["microelectronics", "today", None, without]
        got = page.evaluate("query => window.nmplan.ranking(...query)", query)
        assert [(one["id"], one["rank"]) for one in got] == [
            (payload["sites"]["id"][one.site], one.rank) for one in expected
        ]
    assert len(rank_sites(payload, without=[0, 1])) > len(rank_sites(payload, without=[1])) > len(rank_sites(payload))


def test_a_rule_switched_off_is_said_everywhere_and_kept_in_the_link(
    explorer: Visit, payload: dict[str, Any], take_picture: Callable[..., None]
) -> None:
    page = explorer()
    assert page.is_hidden("#whatif")
    page.click("#tab-weights")
    page.uncheck("#rule-1")
    count = len(rank_sites(payload, without=[1]))
    said = "Rule switched off by you: Site area ≥ 1 ha"
    assert page.inner_text("#whatif") == said
    assert said in page.inner_text("#key-note")
    page.click("#tab-sites")
    assert f"of {count} sites" in page.inner_text("#sites-note")
    assert said in page.inner_text("#sites-note")
    small = next(site for site, rule, open_ in outcomes(payload) if rule == 1 and not open_)
    page.click("#tab-find")
    select(page, payload["sites"]["id"][small])
    assert "Rule switched off by you · Failed" in page.inner_text(".rules")
    take_picture(page, "explorer-what-if")
    page.click("#link")
    again = explorer(page.url[page.url.index("#") :])
    assert again.evaluate("() => window.nmplan.state().off") == [1]
    assert again.inner_text("#whatif") == said
    again.click("#tab-weights")
    again.click("#rules-on")
    assert again.is_hidden("#whatif")
    assert again.is_checked("#rule-1")


def test_a_criterion_without_a_value_is_no_switch(explorer: Visit, payload: dict[str, Any]) -> None:
    assert payload["tenants"][0]["rules"][2]["needs_value"]
    page = explorer("#off=2_9_0")
    assert page.evaluate("() => window.nmplan.state().off") == [0]
    assert page.locator("#rule-2").count() == 0


def test_the_list_is_the_order(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer("#tenant=life-health&scenario=2035")
    page.click("#tab-sites")
    names = page.locator("#site-list .name").evaluate_all("nodes => nodes.map(node => node.firstChild.textContent)")
    assert names == [payload["sites"]["en"][one.site] for one in rank_sites(payload, 1, 1)[:50]]


def test_a_moved_slider_ranks_again_and_reset_brings_back(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer()
    page.click("#tab-weights")
    page.locator("#weight-0").fill("0")
    page.locator("#weight-3").fill("90")
    expected = rank_sites(payload, 0, 0, [0, 0.3, 0.2, 0.9])[0].site
    assert page.inner_text("#headline-name") == payload["sites"]["en"][expected]
    assert page.inner_text("#weight-0-share") == "0%"
    page.click("#reset")
    assert page.inner_text("#headline-name") == "San Tin core 1"
    assert page.is_disabled("#reset")


def test_all_weights_zero_do_not_break_the_page(explorer: Visit) -> None:
    page = explorer()
    page.click("#tab-weights")
    for place in range(4):
        page.locator(f"#weight-{place}").fill("0")
    assert page.inner_text("#weight-0-share") == "40%"
    page.click("#tab-sites")
    assert page.locator("#site-list > li").count() == 50


def test_printed_parts_sum_to_the_printed_total(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer()
    for tenant, caption in enumerate(payload["tenants"]):
        page.select_option("#tenant", str(tenant))
        for one in rank_sites(payload, 0, tenant)[:20]:
            parts = page.evaluate("id => window.nmplan.parts(id)", payload["sites"]["id"][one.site])
            tenths = [round(part * 10) for part in parts["parts"]]
            assert sum(tenths) == round(parts["total"] * 10), caption["id"]
            assert parts["total"] == pytest.approx(one.score, abs=0.05 + 1e-9)


def test_the_dossier_shows_what_it_adds_up(
    explorer: Visit, payload: dict[str, Any], take_picture: Callable[..., None]
) -> None:
    best = rank_sites(payload)[0]
    page = explorer()
    select(page, payload["sites"]["id"][best.site])
    parts = [float(text) for text in page.locator(".account .part").all_inner_texts()]
    assert sum(parts) == pytest.approx(float(page.inner_text(".account .total")))
    text = page.inner_text("#dossier")
    assert f"Rank 1 of {len(rank_sites(payload))}" in text
    assert "In the top 20 in 100% of random weightings" in text
    assert "2035, Northern Link open: " in text
    take_picture(page, "explorer-dossier")


def outcomes(payload: dict[str, Any], tenant: int = 0, scenario: int = 0) -> list[tuple[int, int, bool]]:
    """Return the site, the rule and whether it is undecided, for each rule a site does not pass."""
    rules = payload["scenarios"][scenario]["results"][tenant]["rules"]
    columns = [unpack_column(payload["columns"], rule["outcome"]).tolist() for rule in rules]
    return [
        (site, rule, row[rule] == 2)
        for site, row in enumerate(zip(*columns, strict=True))
        for rule in range(len(row))
        if row[rule]
    ]


def test_an_excluded_site_says_why(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer()
    ranked = {one.site for one in rank_sites(payload)}
    site, rule, undecided = next(row for row in outcomes(payload) if row[0] not in ranked)
    select(page, payload["sites"]["id"][site])
    text = page.inner_text("#dossier")
    assert ("Undecided" if undecided else "Excluded by a rule") in text
    assert payload["tenants"][0]["rules"][rule]["reason"]["en"] in text
    assert page.locator(".account tfoot").count() == 0


def test_a_ranked_site_may_have_a_rule_left_open(explorer: Visit, payload: dict[str, Any]) -> None:
    ranked = {one.site for one in rank_sites(payload)}
    site = next(site for site, _, undecided in outcomes(payload) if undecided and site in ranked)
    page = explorer()
    select(page, payload["sites"]["id"][site])
    assert page.inner_text(".rules .undecided") == "?\nSite area ≥ 1 ha\nUndecided · measured 1.02 ha"
    assert page.inner_text(".rank-line .open-mark") == "?"
    assert page.get_attribute(".rank-line .open-mark", "title") == "Not yet decided: Site area ≥ 1 ha"


def test_a_rule_that_positions_leave_open_says_so(visit: Visit, inputs: dict[str, Any], tmp_path: Path) -> None:
    first, later = inputs["scenarios"]
    place = len(inputs["tenants"][0].rules)
    row = {"tenant": "microelectronics", "rule": "housing_m ≥ 100", "measured": 631.0, "limit": 100.0}
    ids = inputs["sites"]["parcel_id"]
    best = rank_sites(build_payload(**inputs))[0].site
    site, other = sorted(ids)[best], sorted(ids)[rank_sites(build_payload(**inputs))[1].site]
    met = pd.concat([first.exclusions, pd.DataFrame([{**row, "parcel_id": site, "outcome": "undecided"}])])
    measures = pd.DataFrame({"parcel_id": ids, "housing_m": 640.0, "housing_accuracy_m": 583.0})
    captions = [
        replace(
            inputs["tenants"][0],
            rules=(*inputs["tenants"][0].rules, RuleCaption("housing_m ≥ 100", "Multi-storey", "多層")),
        )
    ]
    scenarios = [replace(first, exclusions=met, measures=measures), later]
    payload = build_payload(**{**inputs, "tenants": [*captions, *inputs["tenants"][1:]], "scenarios": scenarios})
    (tmp_path / "explorer.html").write_text(render_explorer(payload), encoding="utf-8")
    page = visit(tmp_path / "explorer.html", f"#site={site}")
    text = page.inner_text(f".rules li:nth-child({place + 1})")
    assert "measured 631 m; positions are known to about ±583 m, so ≥ 100 m cannot be assured" in text
    assert "Multi-storey" not in text
    page = visit(tmp_path / "explorer.html", f"#site={other}")
    assert "Passed · measured 640 m" in page.inner_text(f".rules li:nth-child({place + 1})")


def test_effects_are_told_until_a_weight_is_moved(visit: Visit, payload: dict[str, Any], tmp_path: Path) -> None:
    rows = [("effective_weight", "microelectronics", "supply_access", "", 0.03)]
    table = pd.DataFrame(rows, columns=["quantity", "tenant", "a", "b", "number"])
    told = with_effects(payload, {"today": {"agreement": table}})
    (tmp_path / "explorer.html").write_text(render_explorer(told), encoding="utf-8")
    page = visit(tmp_path / "explorer.html")
    page.click("#tab-weights")
    assert page.inner_text("#weight-0-effect") == "in effect 3% (Today)"
    assert page.locator(".effect:visible").count() == 1
    page.locator("#weight-0").press("ArrowLeft")
    assert page.locator(".effect:visible").count() == 0


def test_clusters_of_the_study_are_called_so_when_weights_are_moved(explorer: Visit) -> None:
    page = explorer()
    label = "label:has(#layer-clusters)"
    assert (page.inner_text(label), page.text_content("#clusters-head")) == ("Clusters", "Clusters of good sites")
    page.click("#tab-weights")
    page.locator("#weight-0").press("ArrowLeft")
    said = "Clusters (study weights)"
    assert (page.inner_text(label), page.text_content("#clusters-head")) == (said, said)
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert "weights changed by the reader" in page.text_content(".sheet-who")
    assert said in page.text_content(".sheet-key")


def test_refused_zones_are_counted_and_jobs_unknown_are_said(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer()
    outcomes = [one["outcome"] for one in payload["scenarios"][0]["sandboxes"]["items"]]
    refused = outcomes.count("refused")
    assert 0 < refused < len(outcomes)
    assert page.locator("#sandbox-list button").count() == len(outcomes) - refused
    assert f"{refused} refused: see Sandboxes" in page.inner_text("#sandbox-list")
    page.click("#sandbox-list button")
    assert page.is_checked("#layer-sandboxes")


def test_another_choice_shows_its_best_place_unless_a_site_is_chosen(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer("#view=15_22.30_113.90")
    page.select_option("#tenant", "1")
    east, west = page.evaluate("() => { const b = window.nmplan.map.getBounds(); return [b.getEast(), b.getWest()]; }")
    assert west > 113.95
    assert east < 114.15
    page = explorer(f"#site={payload['sites']['id'][0]}&view=15_22.30_113.90")
    centre = "() => { const { lat, lng } = window.nmplan.map.getCenter(); return [lat, lng]; }"
    before = page.evaluate(centre)
    page.select_option("#tenant", "1")
    page.wait_for_timeout(300)
    assert page.evaluate(centre) == before


def test_the_key_counts_every_site(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer()
    for bands in ("rank", "score", "stability"):
        page.click(f"#bands-{bands}")
        counts = page.evaluate("() => window.nmplan.counts()")
        shown = [int(text) for text in page.locator("#key-classes .count").all_inner_texts()]
        assert sum(shown) == len(payload["sites"]["id"])
        assert shown == [*counts["bands"], counts["failed"], counts["undecided"]]
        assert page.inner_text("#key-classes .of-these .part") == str(counts["open"])
        assert "with a rule not yet decided" in page.inner_text("#key-classes .of-these")
        assert counts["undecided"] == 1
    assert "Microelectronics" in page.inner_text("#key-title")


def colours_at(page: Page, places: list[dict[str, float]]) -> list[tuple[int, ...]]:
    """Return the colours of the canvas of sites below places of the window; read at once, or the browser complains."""
    page.wait_for_timeout(300)
    found = page.evaluate(
        """places => {
            const canvas = document.querySelector('canvas.sites');
            const box = canvas.getBoundingClientRect();
            const scale = canvas.width / box.width;
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            return places.map(({ x, y }) => {
                const row = Math.floor((y - box.top) * scale);
                const start = 4 * (row * canvas.width + Math.floor((x - box.left) * scale));
                return [...data.slice(start, start + 4)];
            });
        }""",
        places,
    )
    return [tuple(colour) for colour in found]


def key_colour(page: Page, kind: str) -> tuple[int, ...]:
    found = page.evaluate("kind => getComputedStyle(document.querySelector(`#key .${kind}`)).backgroundColor", kind)
    return (*(int(part) for part in re.findall(r"\d+", found)), 255)


@pytest.mark.parametrize("kind", ["rank", "score", "stability", "change", "change&scenario=2035"])
def test_a_site_has_the_colour_of_the_key(explorer: Visit, payload: dict[str, Any], kind: str) -> None:
    page = explorer(f"#against={'today' if '2035' in kind else '2035'}&bands={kind}&view=15.5_22.506_114.078")
    page.click("#key-toggle")
    places = {}
    for one in rank_sites(payload):
        parcel = payload["sites"]["id"][one.site]
        at = page.evaluate("id => window.nmplan.pixel(id)", parcel)
        if 400 < at["x"] < 1400 and 100 < at["y"] < 840:
            places[parcel] = at
    kinds = [page.evaluate("id => window.nmplan.kind(id)", parcel) for parcel in places]
    assert len(set(kinds)) >= 2
    assert colours_at(page, list(places.values())) == [key_colour(page, kind) for kind in kinds]


def test_an_excluded_site_is_hatched(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer("#view=16_22.506_114.078")
    ranked = {one.site for one in rank_sites(payload)}
    for site, parcel in enumerate(payload["sites"]["id"]):
        at = page.evaluate("id => window.nmplan.pixel(id)", parcel)
        if site not in ranked and 700 < at["x"] < 1300 and 150 < at["y"] < 700:
            break
    colours = set(colours_at(page, [{"x": at["x"] + step, "y": at["y"]} for step in range(12)]))
    assert colours >= {(255, 255, 255, 255)}
    assert {red for red, green, blue, _ in colours if red < green < blue} >= {0x8A}


def test_what_was_packed_is_what_the_page_reads(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer()
    for number in range(len(payload["columns"])):
        expected = unpack_column(payload["columns"], number).tolist()
        assert page.evaluate("number => window.nmplan.column(number)", number) == expected
    assert {text[0] for text in payload["columns"]} >= {"n", "s", "o"}
    for name in ("id", "en", "zh", "area_id", "zone", "tenure", "status"):
        assert page.evaluate("name => window.nmplan.words(name)", name) == payload["sites"][name]


@pytest.mark.parametrize(
    "numbers", [[], [0], [-1, 2**31, -(2**31), 2**45, -(2**45)], [2**31 - 1, -(2**31)], [7] * 9_000]
)
def test_numbers_of_any_size_are_read(explorer: Visit, numbers: list[int]) -> None:
    assert explorer().evaluate("text => window.nmplan.unpack(text)", pack_integers(numbers)) == numbers


def test_every_kind_of_deflate_is_read(explorer: Visit) -> None:
    chance = random.Random(8)  # noqa: S311
    alike = [chance.choice([1, 2, 3, 5, 900]) for _ in range(20_000)]
    unlike = [chance.getrandbits(32) - 2**31 for _ in range(20_000)]
    page = explorer()
    kinds = set()
    for numbers in ([4, 4, 4, 4], alike, unlike):
        packed = pack_integers(numbers)
        kinds.add(base64.b64decode(packed)[4] >> 1 & 3)
        assert page.evaluate("text => window.nmplan.unpack(text)", packed) == numbers
    assert kinds == {0, 1, 2}


@pytest.mark.parametrize("zoom", [12, 13.5, 15])
def test_the_site_at_a_place_is_the_one_that_lies_there(explorer: Visit, inputs: dict[str, Any], zoom: float) -> None:
    page = explorer(f"#view={zoom}_22.506_114.078")
    sites = inputs["sites"].set_index("parcel_id").to_crs("EPSG:4326").geometry
    chance = random.Random(3)  # noqa: S311
    right, asked, wide = 0, 0, True
    for parcel in chance.sample(sorted(sites.index), 100):
        west, south, east, north = sites[parcel].bounds
        place = shapely.Point(chance.uniform(west, east), chance.uniform(south, north))
        at = page.evaluate("([lat, lng]) => window.nmplan.map.latLngToContainerPoint([lat, lng])", [place.y, place.x])
        expected = set(sites.index[sites.intersects(place)])
        if not expected:
            continue
        asked += 1
        hit = page.evaluate("({x, y}) => window.nmplan.at(x, y)", at) in expected
        right += hit
        wide &= hit or page.evaluate("id => window.nmplan.width(id)", parcel) < 24
    assert asked > 50
    assert right >= 0.95 * asked
    assert wide


@pytest.mark.parametrize("zoom", [13.5, 15, 16])
def test_a_click_selects_the_site_under_it(explorer: Visit, payload: dict[str, Any], zoom: float) -> None:
    page = explorer(f"#view={zoom}_22.506_114.08")
    page.click("#key-toggle")
    chance = random.Random(int(zoom))  # noqa: S311
    clicked = 0
    for parcel in chance.sample(payload["sites"]["id"], len(payload["sites"]["id"])):
        at = page.evaluate("id => window.nmplan.pixel(id)", parcel)
        if not (400 < at["x"] < 1000 and 150 < at["y"] < 840):
            continue
        page.mouse.click(at["x"], at["y"])
        assert page.evaluate("() => window.nmplan.state().site") == parcel
        page.keyboard.press("Escape")
        page.wait_for_timeout(20)
        clicked += 1
        if clicked == 10:
            break
    assert clicked >= 5


def test_classes_of_stability_are_shares_of_draws(
    explorer: Visit, payload: dict[str, Any], take_picture: Callable[..., None]
) -> None:
    page = explorer("#bands=stability")
    shares = unpack_column(payload["columns"], payload["scenarios"][0]["results"][0]["p_top"])
    shown = shares[shares != MISSING]
    counts = page.evaluate("() => window.nmplan.counts()")
    expected = [(shown >= 900), (shown >= 500), (shown >= 100), (shown >= 0.5), (shown >= 0)]
    assert list(accumulate(counts["bands"])) == [int(one.sum()) for one in expected]
    assert "top 20" in page.inner_text("#key-note")
    assert page.locator("#key-classes li").first.inner_text().startswith("90% or more")
    take_picture(page, "explorer-stability")


def test_change_is_the_difference_of_two_scenarios(
    explorer: Visit, payload: dict[str, Any], take_picture: Callable[..., None]
) -> None:
    page = explorer("#scenario=2035&bands=change&against=today")
    now, then = ({one.site: one.score for one in rank_sites(payload, scenario)} for scenario in (1, 0))
    changes = {site: score - then[site] for site, score in now.items() if site in then}
    high, low, *_ = page.evaluate("() => window.nmplan.cuts()")
    assert 0 < low < high
    for site, change in changes.items():
        kind = 0 if change >= high else 1 if change >= low else 2 if change > -low else 3 if change > -high else 4
        found = page.evaluate("id => window.nmplan.kind(id)", payload["sites"]["id"][site])
        assert found == f"change-{kind}", (site, change)
    assert "Points gained or lost against Today" in page.inner_text("#key-note")
    assert page.is_hidden("#against-part")
    take_picture(page, "explorer-change")


def test_the_ranking_leaves_as_a_table(visit: Visit, inputs: dict[str, Any], tmp_path: Path) -> None:
    names = dict(zip(["san-tin-001", "san-tin-002"], ["=1+1", '+"a", b'], strict=True))
    sites = inputs["sites"].assign(name_en=inputs["sites"]["parcel_id"].map(names).fillna(inputs["sites"]["name_en"]))
    payload = build_payload(**{**inputs, "sites": sites})
    (tmp_path / "explorer.html").write_text(render_explorer(payload), encoding="utf-8")
    page = visit(tmp_path / "explorer.html", "#off=0_1")
    page.click("#tab-sites")
    with page.expect_download() as waited:
        page.click("#save-csv")
    assert waited.value.suggested_filename == "northern-metropolis-microelectronics-today.csv"
    content = Path(waited.value.path()).read_bytes()
    assert content.startswith(b"\xef\xbb\xbfrank,id,")
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    expected = rank_sites(payload, without=[0, 1])
    assert [row["id"] for row in rows] == [payload["sites"]["id"][one.site] for one in expected]
    assert [float(row["score"]) for row in rows] == pytest.approx([one.score for one in expected], abs=1e-3)
    told = {row["id"]: row["name_en"] for row in rows}
    assert (told["san-tin-001"], told["san-tin-002"]) == ("'=1+1", '\'+"a", b')
    assert rows[0]["study_hash"] == payload["stamp"]["study_hash"]
    assert rows[0]["rules_off"] == "permitted_share ≥ 0.9; area_ha ≥ 1"
    assert rows[0]["caveat"] == payload["stamp"]["caveat_en"]
    assert not any(row["rules_undecided"] for row in rows)


def test_sites_leave_as_features(explorer: Visit, inputs: dict[str, Any], payload: dict[str, Any]) -> None:
    page = explorer()
    best = payload["sites"]["id"][rank_sites(payload)[0].site]
    select(page, best)
    page.fill("#search", "hung shui kiu")
    saved = {}
    for button in (".save-site", "#save-found"):
        with page.expect_download() as waited:
            page.click(button)
        saved[button] = json.loads(Path(waited.value.path()).read_text(encoding="utf-8"))["features"]
    (feature,) = saved[".save-site"]
    shape = shapely.geometry.shape(feature["geometry"])
    own = inputs["sites"].set_index("parcel_id").to_crs("EPSG:4326").geometry[best]
    assert shape.geoms[0].exterior.is_ccw
    assert shape.symmetric_difference(own).area < 0.01 * own.area
    wanted = {"id": best, "rank": 1, "tenant": "microelectronics", "scenario": "today", "p_top": 1, "version": "0.1.0"}
    assert feature["properties"].items() >= wanted.items()
    assert feature["properties"]["data_date"] == payload["stamp"]["data_date"]
    assert len(saved["#save-found"]) == 80


def test_the_dossier_tells_what_stays_and_what_leaks(visit: Visit, inputs: dict[str, Any], tmp_path: Path) -> None:
    shares = {"captive_share": 0.31, "captive_low": 0.22, "captive_high": 0.4, "hong_kong": 0.31, "shenzhen": 0.52}
    table = pd.DataFrame({"parcel_id": inputs["sites"]["parcel_id"], "chain": "vehicles", **shares})
    tenants = [replace(inputs["tenants"][0], chain="vehicles"), *inputs["tenants"][1:]]
    scenarios = [replace(inputs["scenarios"][0], captive=table), inputs["scenarios"][1]]
    payload = build_payload(**{**inputs, "tenants": tenants, "scenarios": scenarios})
    (tmp_path / "explorer.html").write_text(render_explorer(payload), encoding="utf-8")
    page = visit(tmp_path / "explorer.html", "#site=san-tin-001")
    text = page.inner_text("#dossier")
    told = "31% of supply within reach is in Hong Kong (assumed band 22–40%), 69% leaks out"
    assert f"{told}; purchase shares and mass are assumed." in text
    assert "Hong Kong 31% · Shenzhen 52%" in text
    wide, band = (
        page.evaluate(f"() => document.querySelector('.captive .{kind}').style.width") for kind in ("home", "band")
    )
    assert (wide, band) == ("31%", "18%")
    page.select_option("#scenario", "1")
    assert "leaks out" not in page.inner_text("#dossier")


def test_the_dossier_tells_when_the_land_is_ready_and_what_is_pledged_on_it(
    visit: Visit, inputs: dict[str, Any], tmp_path: Path
) -> None:
    known = {"ready_year": 2036.0, "ready_basis": "press", "plot_ratio": 5.0, "plot_ratio_basis": "plan notes"}
    sites = inputs["sites"].assign(**known)
    where = sites.set_index("parcel_id").geometry["san-tin-001"].representative_point()
    commitment = {
        "commitment_id": "grant",
        "name_en": "Data park",
        "name_zh": "數據園",
        "status": "granted",
        "date": "2026-03-02",
        "money_hkd_m": 1_581.0,
        "money_what": "",
        "who": "A company",
        "source": "a paper of 2026",
        "accuracy_m": 20.0,
        **dict.fromkeys(("bond_hkd_m", "gfa_m2", "jobs", "mw"), np.nan),
    }
    frame = gpd.GeoDataFrame([commitment], geometry=[where], crs="EPSG:2326")
    today, later = inputs["scenarios"]
    rule = RuleCaption("ready_year ≤ 2035", "Land not ready by 2035", "土地於2035年仍未可供建設", (later.scenario,))
    met = pd.DataFrame(
        {
            "parcel_id": sites["parcel_id"],
            "tenant": inputs["tenants"][0].tenant,
            "rule": rule.rule,
            "measured": 2036.0,
            "limit": 2035.0,
            "outcome": "fail",
            "word": "",
        }
    )
    scores = later.scores.assign(eligible=later.scores["eligible"] & later.scores["tenant"].ne(met["tenant"].iloc[0]))
    later = replace(
        later, rules=(rule,), scores=scores, exclusions=pd.concat([later.exclusions, met], ignore_index=True)
    )
    context = replace(inputs["context"], commitments=frame)
    payload = build_payload(**{**inputs, "sites": sites, "scenarios": [today, later], "context": context})
    (tmp_path / "explorer.html").write_text(render_explorer(payload), encoding="utf-8")
    page = visit(tmp_path / "explorer.html", "#site=san-tin-001")
    text = page.inner_text("#dossier")
    assert "from 2036 (press)" in text
    assert "5.0 (plan notes)" in text
    assert "Data park" in text
    assert "granted · 2026-03-02 · A company · HK$1,581 million · place known to 20 m · a paper of 2026" in text
    # the rule is the later year's: today it is neither passed nor failed
    assert "First year the land can be built on" not in text
    page.select_option("#scenario", "1")
    text = page.inner_text("#dossier")
    assert "First year the land can be built on ≤ 2035" in text
    assert "Land not ready by 2035" in text
    assert "2,036" not in text


def journeys_told(page: Page) -> list[list[str]]:
    rows = page.locator(".journeys tbody tr").all_inner_texts()
    return [[part.strip() for part in re.split(r"[\t\n]+", row) if part.strip()] for row in rows]


def test_the_dossier_tells_the_journeys_to_each_crossing(
    visit: Visit, boundary: Material, tmp_path: Path, take_picture: Callable[..., None]
) -> None:
    ways = pd.DataFrame(
        {"parcel_id": sorted(boundary.sites["parcel_id"]), "way_en": "Lok Ma Chau, by 75", "way_zh": "甲"}
    )
    first, later = (replace(one, ways=ways, time_of_day="10:00") for one in boundary.scenarios)
    study = replace(boundary, scenarios=[first, replace(later, planned_feeders=True)])
    (tmp_path / "explorer.html").write_text(render(study), encoding="utf-8")
    ids = sorted(study.sites["parcel_id"])
    page = visit(tmp_path / "explorer.html", f"#site={ids[2]}")
    table = study.tables["today"]["crossing_journeys"]
    own = table[table["parcel_id"].eq(ids[2]) & table["status"].eq("open")].set_index(["mode", "permit"])["total_min"]
    totals = {key: int(np.floor(minutes + 0.5)) for key, minutes in own.items()}
    by_bus, by_car, parked = (totals[key] for key in (("transit", ""), ("car", "closed-road"), ("car", "none")))
    assert journeys_told(page) == [
        ["By public transport"],
        ["Lok Ma Chau", "Northern Link, minibus 75", str(by_bus - 20), "20", str(by_bus)],
        ["Closed: New Port"],
        ["By car, with the permit it needs"],
        ["Lok Ma Chau", "quota and closed road permit", str(by_car - 10), "10", str(by_car)],
        ["Lok Ma Chau", "no permit: parked there, then on foot", str(parked - 20), "20", str(parked)],
    ]
    assert f"Lok Ma Chau, by 75 · {by_bus - 20} min to the hall + 20 min to clear" in page.inner_text(
        "#dossier .account"
    )
    assert "starting at 10:00." in page.inner_text(".journeys + p")
    assert page.is_hidden("#feeders")
    take_picture(page, "explorer-journeys")
    page.select_option("#scenario", "1")
    assert page.is_visible("#feeders")
    assert "Feeder buses to the stations are assumed here" in page.inner_text(".journeys + p")
    page.click("#language")
    assert journeys_told(page)[1][1] == "北環綫、小巴75"
    # one who walks, one whom nothing takes there
    for site, wanted in ((ids[0], ["落馬洲", "步行"]), (ids[1], ["此時段未能前往：落馬洲"])):
        page.goto("about:blank")
        page.goto(f"{(tmp_path / 'explorer.html').as_uri()}#site={site}&lang=zh&scenario=2035")
        page.wait_for_selector("body.ready")
        assert journeys_told(page)[1][: len(wanted)] == wanted


def test_hostile_names_of_crossings_and_lines_are_shown_and_never_run(
    visit: Visit, boundary: Material, poison: Callable[[Any], Any], tmp_path: Path
) -> None:
    layers = {name: poison(boundary.layers[name]) for name in ("crossings", "bus_lines", "transit_lines")}
    (tmp_path / "explorer.html").write_text(render(replace(boundary, layers=layers)), encoding="utf-8")
    page = visit(tmp_path / "explorer.html", f"#site={sorted(boundary.sites['parcel_id'])[2]}")
    assert "onerror=alert(1)" in page.inner_text(".journeys")
    assert "{{7*7}}" in page.inner_text(".journeys")
    assert page.locator("#dossier img").count() == 0


def test_the_dossier_says_what_changes_elsewhere(explorer: Visit, payload: dict[str, Any]) -> None:
    best = rank_sites(payload)[0].site
    page = explorer(f"#site={payload['sites']['id'][best]}")
    text = page.inner_text("#dossier")
    here, there = (
        unpack_column(payload["columns"], scenario["results"][0]["measured"][1])[best]
        for scenario in payload["scenarios"]
    )
    decimals = payload["tenants"][0]["criteria"][1]["decimals"]
    assert f"{here / 10**decimals:.{decimals}f} → {there / 10**decimals:.{decimals}f} min" in text


@pytest.fixture(scope="module")
def crowd(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return 70 × 70 adjoining sites of 12 m, one criterion, every rank next to every other."""
    count = 70 * 70
    east, north = 821_000 + 12 * (np.arange(count) % 70), 839_000 + 12 * (np.arange(count) // 70)
    ids = pd.Series([f"c-{number:05d}" for number in range(count)])
    value = (np.arange(count) * 1_277 % count / count).round(4)
    words = {"area_id": "a", "name_en": ids, "name_zh": ids, "zone": "logistics", "tenure": "unknown"}
    sites = gpd.GeoDataFrame(
        {"parcel_id": ids, **words, "status": "planned", "plot_ratio": 5.0, "accuracy_m": 1.0},
        geometry=shapely.box(east, north, east + 12, north + 12),
        crs="EPSG:2326",
    )
    one = {"parcel_id": ids, "tenant": "t"}
    ledger = pd.DataFrame({**one, "criterion": "compactness", "measured": value, "value": value})
    scores = pd.DataFrame({**one, "eligible": True, "score": 100 * value, "p_top": np.nan, "rank_low": np.nan})
    scores = scores.assign(rank_high=np.nan, p_threshold=np.nan, holds=None)
    exclusions = pd.DataFrame(columns=["parcel_id", "tenant", "rule", "measured", "outcome"])
    empty = gpd.GeoDataFrame({"geometry": []}, crs="EPSG:2326")
    tenant = TenantCaption(
        "t",
        "T",
        "類",
        (CriterionCaption("compactness", "C", "緊", "", 2, 1.0, "", "", Linear(shape="linear", worst=0, best=1)),),
    )
    result = ScenarioResult("s", "S", "景", 2026, scores, ledger, exclusions, empty, empty)
    return build_payload(sites, [tenant], [result], Context(), [], inputs["stamp"])


def test_below_a_pixel_dark_classes_do_not_win(visit: Visit, crowd: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "explorer.html").write_text(render_explorer(crowd), encoding="utf-8")
    page = visit(tmp_path / "explorer.html")
    page.wait_for_timeout(500)  # until the first view has come to rest
    page.evaluate("() => window.nmplan.map.setZoom(10, { animate: false })")
    at = page.evaluate("id => window.nmplan.pixel(id)", "c-02450")
    middle = page.evaluate("id => window.nmplan.pixel(id)", "c-02485")
    assert 1 < middle["x"] - at["x"] < 4
    shares = np.array([0.01, 0.04, 0.15, 0.30, 0.50])
    colours = np.array([[int(one[at : at + 2], 16) for at in (1, 3, 5)] for one in BAND_COLOURS])
    ((*found, alpha),) = colours_at(page, [middle])
    assert alpha == 255
    assert np.abs(np.array(found) - shares @ colours).max() < 8


def test_many_sites_print_as_a_picture(visit: Visit, crowd: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "explorer.html").write_text(render_explorer(crowd), encoding="utf-8")
    page = visit(tmp_path / "explorer.html")
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(pdf) < 2_000_000
    assert page.locator("#sheet svg image").get_attribute("href").startswith("data:image/png")
    assert page.locator("#sheet svg path").count() < 50
    assert page.is_hidden("#bands-change")
    assert page.is_hidden("#bands-stability")
    page.click("#tab-sites")
    assert page.inner_text("#sites-more") == "4,850 more, all of them in the CSV."


def test_search_by_id_by_chinese_name_and_in_vain(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer()
    site = 17
    for words in (payload["sites"]["id"][site], payload["sites"]["zh"][site]):
        page.fill("#search", words)
        assert payload["sites"]["en"][site] in page.locator("#found .name").all_inner_texts()[0]
    page.fill("#search", "no such place")
    assert page.locator("#found li").count() == 0
    assert page.inner_text("#found-none") == "No site has these words in its id or name."


def test_a_link_restores_everything(explorer: Visit) -> None:
    page = explorer()
    page.select_option("#tenant", "1")
    page.select_option("#scenario", "1")
    page.click("#tab-weights")
    page.locator("#weight-2").fill("70")
    page.click("#bands-score")
    page.click("#language")
    page.click("#tab-find")
    select(page, "san-tin-004")
    before = page.evaluate("() => window.nmplan.state()")
    page.click("#link")
    fragment = page.url[page.url.index("#") :]
    after = explorer(fragment).evaluate("() => window.nmplan.state()")
    assert after == {**before, "weights": pytest.approx(before["weights"])}
    assert (after["tenant"], after["scenario"], after["language"]) == ("life-health", "2035", "zh")
    assert (after["bands"], after["site"]) == ("score", "san-tin-004")


@pytest.mark.parametrize(
    "fragment",
    [
        "#tenant=__proto__&scenario=constructor&site=toString",
        "#weights=1_2&view=99_99_999&lang=xx&bands=none",
        "#weights=-1_1_1_1&view=NaN_Infinity_1e9",
        "#weights=0_0_0_0",
        "#tenant=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&site=%E0%A4%A",
        "#" + "x" * 5000,
    ],
)
def test_a_hostile_link_falls_back(explorer: Visit, fragment: str) -> None:
    page = explorer(fragment)
    state = page.evaluate("() => window.nmplan.state()")
    assert (state["tenant"], state["scenario"], state["site"]) == ("microelectronics", "today", None)
    assert state["weights"] == pytest.approx([0.4, 0.3, 0.2, 0.1])
    assert (state["language"], state["bands"]) == ("en", "rank")


def test_hostile_text_is_shown_and_never_runs(visit: Visit, evil: dict[str, Any], hostile: str, tmp_path: Path) -> None:
    assert isinstance(evil["sites"], gpd.GeoDataFrame)
    assert evil["sites"]["name_en"].str.endswith(hostile).all()
    (tmp_path / "explorer.html").write_text(render_explorer(build_payload(**evil)), encoding="utf-8")
    page = visit(tmp_path / "explorer.html")
    for tab in ("find", "sites", "weights", "about"):
        page.click(f"#tab-{tab}")
    for name in ("sandboxes", "suppliers"):
        page.check(f"#layer-{name}")
    page.click("#tab-find")
    select(page, "san-tin-001")
    page.click("#language")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("img, #sheet script").count() == 0
    assert hostile.replace("\u2028", "") in page.evaluate("() => document.querySelector('#title').textContent").replace(
        "\u2028", ""
    )
    assert "{{7*7}}" in page.evaluate("() => document.querySelector('#dossier-body').textContent")


def test_the_language_changes_everything(
    explorer: Visit, payload: dict[str, Any], take_picture: Callable[..., None]
) -> None:
    page = explorer()
    page.click("#language")
    assert page.get_attribute("html", "lang") == "zh-Hant-HK"
    assert payload["stamp"]["name_zh"] in page.title()
    assert page.inner_text("#tab-weights") == "權重"
    assert page.inner_text("#language") == "English"
    assert "新田核心1" in page.inner_text("#headline-name")
    select(page, "san-tin-001")
    left = page.evaluate(
        """() => [...document.querySelectorAll('#panel, #key, #dossier')].flatMap(root =>
            [...root.querySelectorAll('[data-text], th, dt, h2, h3')].map(node => node.textContent))
            .filter(text => text && !/[\\u4e00-\\u9fff]/.test(text))"""
    )
    assert left == []
    take_picture(page, "explorer-chinese")


def test_keyboard_alone_is_enough(explorer: Visit) -> None:
    page = explorer()
    page.focus("#tab-find")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute("#tab-sites", "aria-selected") == "true"
    for _ in ("the pane", "the table", "the features", "the first site"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.is_visible("#dossier")
    assert page.evaluate("() => document.activeElement.id") == "dossier-title"
    page.keyboard.press("Escape")
    assert page.is_hidden("#dossier")
    page.focus("#print")
    outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_everything_has_a_name(explorer: Visit) -> None:
    page = explorer()
    select(page, "san-tin-001")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, a, select, input, main, aside, [role=tabpanel], [role=group]')]
            .filter(node => !(node.ariaLabel || node.getAttribute('aria-labelledby') || node.textContent.trim()
                || node.labels?.length || node.title))
            .map(node => node.outerHTML.slice(0, 80))"""
    )
    assert nameless == []
    ids = page.locator("[id]").evaluate_all("nodes => nodes.map(node => node.id)")
    assert len(ids) == len(set(ids))


def test_a_phone_shows_the_map_and_a_sheet(
    explorer: Visit, payload: dict[str, Any], take_picture: Callable[..., None]
) -> None:
    page = explorer(phone=True)
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    assert page.evaluate("() => document.querySelector('#panel').offsetHeight") == 96
    take_picture(page, "explorer-phone")
    heights = []
    for _ in range(3):
        page.click("#panel .handle")
        page.wait_for_timeout(300)
        heights.append(page.evaluate("() => document.querySelector('#panel').offsetHeight"))
    assert heights == [422, round(844 * 0.92), 96]
    page.click("#panel .handle")
    select(page, payload["sites"]["id"][0])
    assert page.is_visible("#dossier")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    take_picture(page, "explorer-phone-dossier")


def test_the_first_tap_on_a_narrow_site_comes_nearer(explorer: Visit) -> None:
    page = explorer("#view=12.5_22.506_114.08", phone=True)
    parcel = "san-tin-050"
    assert page.evaluate("id => window.nmplan.width(id)", parcel) < 24
    at = page.evaluate("id => window.nmplan.pixel(id)", parcel)
    page.touchscreen.tap(at["x"], at["y"])
    page.wait_for_timeout(600)
    assert page.is_hidden("#dossier")
    assert page.evaluate("id => window.nmplan.width(id)", parcel) >= 24
    at = page.evaluate("id => window.nmplan.pixel(id)", parcel)
    page.touchscreen.tap(at["x"], at["y"])
    page.wait_for_timeout(300)
    assert page.evaluate("() => window.nmplan.state().site") == parcel


def test_the_printed_sheet_is_drawn_as_vectors(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer()
    select(page, "san-tin-001")
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert len(pdf) < 2_000_000
    assert page.locator("#sheet svg path").count() > 20
    text = page.evaluate("() => document.querySelector('#sheet').textContent")
    for wanted in (payload["stamp"]["caveat_en"], payload["stamp"]["study_hash"], "Top 1%", "40%", "Microelectronics"):
        assert wanted in text
    page.emulate_media(media="print")
    assert page.is_hidden("#map")
    assert page.is_visible("#sheet svg")


def test_without_scripts_the_best_sites_are_there(
    explorer: Visit, payload: dict[str, Any], take_picture: Callable[..., None]
) -> None:
    page = explorer(scripts=False)
    assert payload["stamp"]["caveat_zh"] in page.inner_text("noscript")
    assert page.locator("noscript tr").count() == 21
    assert page.locator("noscript svg").is_visible()
    take_picture(page, "explorer-no-script")
