from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import pytest

from nmplan.maps.sandboxes import build_sandboxes
from nmplan.maps.sandboxes import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from nmplan.maps.material import Material

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser

LOOP = "dual-data:san-tin-031"
FULL = "dual-data:san-tin-001"
TRUCKS = "green-logistics:hung-shui-kiu-001"


@pytest.fixture(scope="session")
def told(sandbox_material: Material) -> dict[str, Any]:
    return build_sandboxes(sandbox_material)


@pytest.fixture(scope="session")
def path(sandbox_material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sandboxes") / "sandboxes.html"
    path.write_text(render(sandbox_material), encoding="utf-8")
    return path


@pytest.fixture
def sandboxes(visit: Visit, path: Path) -> Visit:
    return lambda fragment="", **options: visit(path, fragment, **options)


def state(page: Page) -> dict[str, Any]:
    return page.evaluate("() => window.nmplan.state()")


def select(page: Page, kind: str) -> None:
    value = page.locator("#kind option", has_text=kind).get_attribute("value")
    assert value
    page.select_option("#kind", value)


def test_it_opens_with_how_many_zones_each_kind_has(
    sandboxes: Visit, told: dict[str, Any], take_picture: Callable[..., None]
) -> None:
    page = sandboxes()
    accepted = [zone["kind"] for zone in told["scenarios"][0]["zones"] if zone["outcome"] == "accepted"]
    counts = [f"{kind['en']} {accepted.count(place)}" for place, kind in enumerate(told["kinds"]) if place in accepted]
    without = [kind["en"] for place, kind in enumerate(told["kinds"]) if place not in accepted]
    assert page.inner_text("#headline-name") == ", ".join(counts)
    assert page.inner_text("#headline-how") == (
        f"78.0 ha in all, kinds may overlap · 2 undecided · none accepted: {', '.join(without)}"
    )
    assert "Today" in page.inner_text("#headline-what")
    # kinds are not compared, and nothing is marked before it is chosen
    assert page.is_hidden("#headline-show")
    assert page.locator(".pin").count() == 0
    take_picture(page, "sandboxes-laptop")


def test_a_kind_names_its_readiest_accepted_zone(sandboxes: Visit) -> None:
    page = sandboxes("#kind=dual-data")
    assert page.inner_text("#headline-name") == "Place san-tin-031"
    assert page.inner_text("#headline-how") == "89.9 of 100 · 21.0 ha"
    page.click("#headline-show")
    assert page.locator(".pin").count() == 1


def test_cards_have_the_numbers_of_the_tables_accepted_first(sandboxes: Visit, told: dict[str, Any]) -> None:
    page = sandboxes()
    for outcome, head in (("accepted", "Accepted (3) · 78.0 ha"), ("undecided", "Undecided (2) · 20.5 ha")):
        zones = [zone for zone in told["scenarios"][0]["zones"] if zone["outcome"] == outcome]
        assert page.inner_text(f"#{outcome}-head") == head
        cards = page.locator(f"#{outcome}-list button")
        assert cards.count() == len(zones)
        for card, zone in zip(cards.all_inner_texts(), zones, strict=True):
            assert zone["short"]["en"] in card
            assert f"{zone['area_ha']:.1f} ha" in card
            assert ("not known" if zone["readiness"] is None else f"{zone['readiness']:.1f}") in card
            assert (zone["reasons"]["en"] or "Passes every rule") in card


def test_printed_points_add_up_to_the_printed_readiness(sandboxes: Visit) -> None:
    page = sandboxes()
    cards = page.locator(".cards button").all()
    sums = 0
    for card in cards:
        parts = [float(text) for text in card.locator(".ready-parts b").all_inner_texts()]
        if parts:
            assert sum(parts) == pytest.approx(float(card.locator(".score").inner_text()), abs=1e-6)
            sums += 1
    assert sums == 4
    page.click(f"#accepted-list button:has-text('{FULL.split(':')[1]}')")
    # 33.3333, 22.2222 and 11.1111 are 66.7 in all, but rounded one by one 66.6
    parts = page.locator(".account .part").all_inner_texts()
    assert sorted(parts, key=float) == ["11.1", "22.2", "33.4"]
    assert page.inner_text(".account .total") == "66.7"


def test_the_key_counts_zones_and_refused_land_by_rule(sandboxes: Visit) -> None:
    def rows(page: Page) -> list[tuple[str, str]]:
        texts = page.locator("#key-classes li").all_inner_texts()
        return [tuple(part for part in text.split("\n") if part) for text in texts]

    page = sandboxes()
    assert rows(page) == [("Accepted", "3 · 78 ha"), ("Undecided", "2 · 21 ha"), ("Refused", "2 · 12 ha")]
    select(page, "Dual-data")
    assert rows(page) == [
        ("Accepted", "2 · 63 ha"),
        ("Undecided", "1 · 13 ha"),
        ("Not zoned for research or institutions", "1 · 9 ha"),
        ("Too small to make a zone", "1 · 3 ha"),
    ]
    drawn = page.locator("path[fill^='url(#hatch-']").evaluate_all("nodes => nodes.map(n => n.getAttribute('fill'))")
    assert sorted(drawn) == ["url(#hatch-rule-0)", "url(#hatch-small)"]


def test_refused_land_is_a_layer_that_can_be_shown(sandboxes: Visit) -> None:
    page = sandboxes()
    hatched = page.locator("path[fill^='url(#hatch-']")
    assert hatched.count() == 0
    page.check("#layer-refused")
    assert hatched.count() == 2
    page.uncheck("#layer-sandboxes")
    assert page.locator("path[stroke='#D55E00']").count() == 0


def test_refused_land_stands_by_area_and_rule(sandboxes: Visit) -> None:
    page = sandboxes("#kind=dual-data")
    page.click("#tab-refused")
    text = page.inner_text("#refused-list")
    assert "Dual-data governance zone (genomics) · 12.0 ha" in text
    assert "Not zoned for research or institutions · 6.0 ha" in text
    assert "Land zoned for the use ≥ 0.9 · measured 0.00–0.25" in text
    assert page.locator("#refused-list li.failed").count() == 3
    assert page.locator("#refused-list li.undecided").count() == 1
    assert page.locator("#refused-list h2").all_inner_texts() == ["San Tin", "Outside the planning areas"]


def test_a_card_opens_the_account_of_its_zone(sandboxes: Visit, take_picture: Callable[..., None]) -> None:
    page = sandboxes()
    page.click(f"#accepted-list button:has-text('{FULL.split(':')[1]}')")
    assert state(page)["zone"] == FULL
    assert page.inner_text("#dossier-title").endswith("Place san-tin-001")
    text = page.inner_text("#dossier-body")
    for said in (
        "Passes every rule",
        "At least 10 ha in San Tin; hetao, zoned Innovation and technology",
        "limit assumed",
        "source in the study file",
        "0.0 ha\nstatus known on 20.5 of 42.0 ha",
        "Floor space\nnot known\nplot ratio known on 0.0 of 42.0 ha",
        "Trunk road\n1.2 km",
        "Lok Ma Chau\n457 m",
        "San Tin\ninside",
    ):
        assert said in text
    assert page.locator("path[stroke='#111111']").count() == 1
    take_picture(page, "sandboxes-dossier")


def test_an_undecided_rule_says_on_how_much_land(sandboxes: Visit) -> None:
    page = sandboxes("#zone=dual-data:san-tin-071")
    text = page.inner_text("#dossier .rules li.undecided")
    assert "Share on conservation land ≤ 0" in text
    assert "Undecided · 4.5 ha" in text
    assert page.locator("#dossier .rules li.passed").count() == 3
    assert page.locator("#dossier .rules li.failed").count() == 0


def test_the_park_across_the_boundary_is_named_and_measured(sandboxes: Visit) -> None:
    page = sandboxes("#kind=cross-boundary-research&zone=cross-boundary-research:san-tin-031")
    text = page.inner_text("#dossier-body")
    assert "Neighbours across the boundary\nShenzhen park\n225 m" in text
    assert "Taking part but not scored: Shenzhen park." in text
    assert page.locator("path[stroke='#0072B2']").count() == 1
    select(page, "Green logistics")
    assert page.locator("path[stroke='#0072B2']").count() == 0


def test_a_layer_the_study_lacks_is_unknown_and_not_none(sandboxes: Visit) -> None:
    page = sandboxes("#zone=cross-boundary-research:san-tin-031")
    text = page.inner_text("#dossier-body")
    assert re.search(r"Roads, in the zone and 200 m round it\s+not known: the study has no such layer", text)
    assert re.search(r"Stations open then, within 800 m\s+none", text)


def test_scenarios_are_compared_for_the_same_land(sandboxes: Visit) -> None:
    page = sandboxes(f"#zone={LOOP}")
    assert page.locator(".sparks .score").all_inner_texts() == ["89.9", "98.9"]
    page = sandboxes(f"#zone={TRUCKS}")
    assert page.locator(".sparks .score").all_inner_texts() == ["not known", "not known"]
    assert "Accepted" in page.locator(".sparks li").nth(1).inner_text()
    page.select_option("#scenario", "1")
    assert state(page)["zone"] == TRUCKS
    assert page.inner_text("#dossier .rank-line b") == "Accepted"


def click(page: Page, land: str) -> None:
    place = page.evaluate("land => window.nmplan.pixel(land)", land)
    page.mouse.click(place["x"], place["y"])
    # the map moves where the dossier would hide what was clicked
    page.wait_for_timeout(500)


def test_a_click_on_the_map_selects_the_zone_there_and_escape_lets_go(sandboxes: Visit) -> None:
    page = sandboxes("#kind=dual-data")
    for land in (FULL, LOOP, "dual-data:san-tin-101"):
        click(page, land)
        assert state(page)["zone"] == land
        page.keyboard.press("Escape")
        assert state(page)["zone"] is None


def test_where_zones_lie_on_each_other_a_further_click_takes_the_next(sandboxes: Visit) -> None:
    page = sandboxes()
    below = "cross-boundary-research:san-tin-031"
    for land in (below, LOOP, below):
        click(page, LOOP)
        assert state(page)["zone"] == land


def test_the_link_brings_the_view_back(sandboxes: Visit) -> None:
    page = sandboxes("#kind=dual-data&scenario=2035&lang=zh")
    page.click("#accepted-list button >> nth=0")
    page.wait_for_timeout(600)
    again = sandboxes(page.url[page.url.index("#") :])
    assert state(again) == state(page)
    assert state(again)["kind"] == "dual-data"
    assert state(again)["language"] == "zh"
    assert again.evaluate("() => window.nmplan.map.getZoom()") == page.evaluate("() => window.nmplan.map.getZoom()")


@pytest.mark.parametrize(
    "fragment",
    [
        "#kind=nothing&scenario=never&zone=nowhere&lang=xx&view=9_9",
        "#kind=__proto__&zone=<img src=x onerror=alert(1)>&view=1e9_0_0",
        "#%E0%A4%A&kind=-1&scenario=999",
        f"#kind=green-logistics&zone={FULL}",
    ],
)
def test_a_hostile_link_falls_back(sandboxes: Visit, fragment: str) -> None:
    page = sandboxes(fragment)
    now = state(page)
    assert now["scenario"] == "today"
    assert now["zone"] is None
    assert now["language"] == "en"
    assert now["kind"] in (None, "green-logistics")


def test_a_kind_with_nothing_accepted_names_what_is_undecided_or_nothing(sandboxes: Visit) -> None:
    page = sandboxes("#kind=green-logistics")
    assert page.inner_text("#accepted-list") == "No zone."
    # its readiness is not known: no zone can be called the readiest
    assert page.inner_text("#headline-name") == "–"
    assert page.is_hidden("#headline-show")
    select(page, "Low-altitude")
    assert page.inner_text("#undecided-list") == "No zone."
    assert "Low-altitude test ground" in page.inner_text("#headline-what")
    page.click("#tab-refused")
    assert page.inner_text("#refused-note") == "No land is refused."


def test_a_study_without_kinds_still_opens(visit: Visit, sandbox_material: Material, tmp_path: Path) -> None:
    assert sandbox_material.study is not None
    study = sandbox_material.study.model_copy(update={"sandboxes": {}})
    scenarios = [replace(one, sandboxes=one.sandboxes.iloc[:0]) for one in sandbox_material.scenarios]
    (tmp_path / "none.html").write_text(
        render(replace(sandbox_material, study=study, scenarios=scenarios, tables={})), encoding="utf-8"
    )
    page = visit(tmp_path / "none.html")
    assert page.inner_text("#headline-what") == "This study has no kinds of sandbox."
    assert page.locator(".cards button").count() == 0


def test_both_languages_say_everything(sandboxes: Visit, take_picture: Callable[..., None]) -> None:
    page = sandboxes(f"#kind=dual-data&zone={FULL}")
    page.click("#language")
    assert page.get_attribute("html", "lang") == "zh-Hant-HK"
    assert page.inner_text("#headline-name") == "地方san-tin-031"
    bare = page.evaluate(
        """() => [...document.querySelectorAll('h2, h3, h4, th, dt, summary, option, label, .rules li')]
            .map(node => node.textContent.trim()).filter(text => text && !/[\\u4e00-\\u9fff]/.test(text))"""
    )
    assert bare == []
    take_picture(page, "sandboxes-chinese")


def test_the_keyboard_does_all(sandboxes: Visit) -> None:
    page = sandboxes()
    page.focus("#accepted-list button >> nth=1")
    page.keyboard.press("Enter")
    assert state(page)["zone"] == "cross-boundary-research:san-tin-031"
    assert page.evaluate("() => document.activeElement.id") == "dossier-title"
    page.keyboard.press("Escape")
    assert state(page)["zone"] is None
    page.focus("#tab-zones")
    page.keyboard.press("ArrowRight")
    assert page.is_visible("#pane-refused")
    page.focus("#refused-list summary >> nth=0")
    page.keyboard.press("Enter")
    assert page.is_visible("#refused-list li >> nth=0")


def test_everything_has_a_name_and_ids_stand_once(sandboxes: Visit) -> None:
    page = sandboxes(f"#zone={FULL}")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, a, [role=img], select')]
            .filter(node => !(node.getAttribute('aria-label') || node.innerText?.trim()))
            .map(node => node.outerHTML.slice(0, 80))"""
    )
    assert nameless == []
    ids = page.locator("[id]").evaluate_all("nodes => nodes.map(node => node.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_phone_has_a_sheet_and_no_sideways_scroll(
    sandboxes: Visit, language: str, take_picture: Callable[..., None]
) -> None:
    page = sandboxes(f"#kind=dual-data&lang={language}", phone=True)
    assert page.is_visible("#headline-name")
    page.tap("#tab-zones")
    page.wait_for_timeout(300)
    assert page.evaluate("() => document.body.dataset.sheet") == "half"
    page.tap("#headline-show")
    page.wait_for_timeout(300)
    assert page.is_visible("#dossier-title")
    for part in ("document.documentElement", "document.getElementById('dossier-body')"):
        assert page.evaluate(f"() => {part}.scrollWidth <= {part}.clientWidth"), part
    take_picture(page, f"sandboxes-phone-{language}")


def test_without_scripts_there_is_a_table_and_a_picture(sandboxes: Visit) -> None:
    page = sandboxes(scripts=False, phone=True)
    text = page.inner_text(".fallback")
    assert "Dual-data governance zone (genomics): Place san-tin-031" in text
    assert "89.9" in text
    assert page.locator(".fallback svg").count() == 1
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_it_prints_map_zones_and_the_chosen_one(sandboxes: Visit) -> None:
    page = sandboxes(f"#kind=dual-data&zone={FULL}")
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert len(pdf) < 2_000_000
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    text = page.inner_text("#sheet")
    assert "Place san-tin-031" in text
    assert "How readiness adds up" in text
    assert page.locator("#sheet path[fill='url(#sheet-rule-0)']").count() == 1
    assert page.evaluate("() => document.querySelector('#sheet .hatch').getBoundingClientRect().width") == 20


def test_hostile_text_is_shown_and_never_runs(
    visit: Visit,
    evil: dict[str, Any],
    poison: Callable[[Any], Any],
    hostile: str,
    sandbox_material: Material,
    tmp_path: Path,
) -> None:
    assert sandbox_material.study is not None
    kinds = {
        key: kind.model_copy(update={"name_en": kind.name_en + hostile, "name_zh": kind.name_zh + hostile})
        for key, kind in sandbox_material.study.sandboxes.items()
    }
    tables = {key: {name: poison(table) for name, table in own.items()} for key, own in sandbox_material.tables.items()}
    scenarios = [replace(one, sandboxes=tables[one.scenario]["sandboxes"]) for one in sandbox_material.scenarios]
    material = replace(
        sandbox_material,
        study=sandbox_material.study.model_copy(update={"sandboxes": kinds}),
        tables=tables,
        scenarios=scenarios,
        stamp=evil["stamp"],
        sources=evil["sources"],
    )
    (tmp_path / "evil.html").write_text(render(material), encoding="utf-8")
    page = visit(tmp_path / "evil.html", "#kind=dual-data")
    page.click("#accepted-list button >> nth=0")
    page.click("#tab-refused")
    assert page.locator("img").count() == 0
    for part in ("#title", "#dossier-title", "#kind option >> nth=1", "#refused-list", "#headline-name"):
        assert hostile in (page.locator(part).first.text_content() or ""), part
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("tab", ["zones", "refused"])
def test_axe_finds_nothing_with_the_dossier_open(sandboxes: Visit, tab: str, *, phone: bool) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = sandboxes("#kind=dual-data&lang=zh", phone=phone)
    page.evaluate("() => document.querySelector('#undecided-list button').click()")
    page.evaluate(f"() => document.getElementById('tab-{tab}').click()")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]][:4]) for each in found] == []
