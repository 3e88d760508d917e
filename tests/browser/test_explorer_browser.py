from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pytest

from nmplan.maps.explorer import render_explorer
from nmplan.maps.payload import build_payload
from nmplan.maps.ranking import rank_sites

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

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


def test_an_excluded_site_says_why(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer()
    site, rule, undecided, _ = payload["scenarios"][0]["results"][0]["exclusions"][0]
    select(page, payload["sites"]["id"][site])
    text = page.inner_text("#dossier")
    assert ("Undecided" if undecided else "Excluded by a rule") in text
    assert payload["tenants"][0]["rules"][rule]["reason"]["en"] in text
    assert page.locator(".account tfoot").count() == 0


def test_a_ranked_site_may_have_a_rule_left_open(explorer: Visit, payload: dict[str, Any]) -> None:
    ranked = {one.site for one in rank_sites(payload)}
    rows = payload["scenarios"][0]["results"][0]["exclusions"]
    site = next(site for site, _, undecided, _ in rows if undecided and site in ranked)
    page = explorer()
    select(page, payload["sites"]["id"][site])
    assert (
        page.inner_text(".rules .undecided")
        == "?\nSite area ≥ 1 ha\nUndecided · Too small for a pilot line · measured 1.02 ha"
    )


def test_the_key_counts_every_site(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer()
    for bands in ("rank", "score"):
        page.click(f"#bands-{bands}")
        counts = page.evaluate("() => window.nmplan.counts()")
        shown = [int(text) for text in page.locator("#key-classes .count").all_inner_texts()]
        assert sum(shown) == len(payload["sites"]["id"])
        assert shown == [*counts["bands"], counts["failed"], counts["undecided"]]
        assert f"{counts['open']} ranked with an undecided rule" in page.inner_text("#key-total")
        assert counts["undecided"] == 1
    assert "Microelectronics" in page.inner_text("#key-title")


def test_a_site_has_the_colour_of_the_key(explorer: Visit, payload: dict[str, Any]) -> None:
    page = explorer()
    page.wait_for_timeout(300)  # the canvas is drawn with the next frame
    best = payload["sites"]["id"][rank_sites(payload)[0].site]
    colour = page.evaluate(
        """id => {
            const at = window.nmplan.pixel(id);
            const canvas = document.querySelector('.leaflet-overlay-pane canvas');
            const box = canvas.getBoundingClientRect();
            const scale = canvas.width / box.width;
            const pen = canvas.getContext('2d');
            return [...pen.getImageData((at.x - box.left) * scale, (at.y - box.top) * scale, 1, 1).data];
        }""",
        best,
    )
    assert colour == [0x1F, 0x2A, 0x63, 255]


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
    page.keyboard.press("Tab")
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
