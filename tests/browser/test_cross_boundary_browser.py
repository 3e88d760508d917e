from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import pytest

from nmplan.maps.captions import Context
from nmplan.maps.cross_boundary import build_crossing
from nmplan.maps.cross_boundary import render
from nmplan.maps.shares import printed_shares
from nmplan.study import Lever
from nmplan.words import JURISDICTIONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from nmplan.maps.material import Material

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser

PLACES = ("hong_kong", "shenzhen", "greater_bay_area", "beyond")
TABS = ("supply", "clearance", "travel", "copying", "about")


@pytest.fixture(scope="session")
def crossing_file(boundary: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("boundary") / "cross-boundary.html"
    path.write_text(render(boundary), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def told(boundary: Material) -> dict[str, Any]:
    return build_crossing(boundary)


@pytest.fixture
def crossing(visit: Visit, crossing_file: Path) -> Visit:
    return lambda fragment="", **options: visit(crossing_file, fragment, **options)


def state(page: Page) -> dict[str, Any]:
    return page.evaluate("() => window.nmplan.state()")


def home_of(told: dict[str, Any], scenario: int, chain: str, area: str) -> list[int]:
    own = told["scenarios"][scenario]["captive"][chain][area]
    return printed_shares([own[name] for name in PLACES])


def test_it_opens_with_what_the_boundary_costs(
    crossing: Visit, told: dict[str, Any], take_picture: Callable[..., None]
) -> None:
    page = crossing()
    home, *_ = home_of(told, 0, "chips", "san-tin")
    own = told["scenarios"][0]["captive"]["chips"]["san-tin"]
    assert page.inner_text("#headline-name") == f"{home}% of the supply within reach of San Tin is in Hong Kong"
    assert page.inner_text("#headline-what") == f"{told['tenants'][0]['en']} · Today"
    options = page.locator("#tenant option").all_inner_texts()
    assert options == [tenant["en"] for tenant in told["tenants"]]
    band = f"{own['captive_low'] * 100:.0f}–{own['captive_high'] * 100:.0f}%, assumed band"
    assert page.inner_text("#headline-how").startswith(band)
    # Hong Kong, Shenzhen, Dongguan, Huizhou
    for place in ((22.3, 114.17), (22.54, 114.06), (23.02, 113.75), (23.11, 114.41)):
        assert page.evaluate("([lat, lng]) => window.nmplan.shows(lat, lng)", place)
    take_picture(page, "cross-boundary-laptop")


def test_shares_are_those_of_the_tables_and_add_up(crossing: Visit, told: dict[str, Any]) -> None:
    page = crossing()
    for scenario in range(2):
        page.select_option("#scenario", str(scenario))
        for tenant, chain in enumerate(("chips", "cures")):
            page.select_option("#tenant", str(tenant))
            for number, place in enumerate(told["places"]):
                page.select_option("#area", str(number))
                shown = page.locator("#shares .side-list b").all_inner_texts()
                # no import is declared or listed: what comes from beyond is not known, and so it is said
                own = told["scenarios"][scenario]["captive"][chain][place["id"]]
                assert (shown[-1] == "–") == (own["leaked_beyond_bay_area"] is None and not own["beyond"])
                shares = [0 if text == "–" else int(text.strip("%")) for text in shown]
                assert shares == home_of(told, scenario, chain, place["id"])
                assert sum(shares) == 100
    widths = page.locator("#shares .shares > span:not(.band)").evaluate_all(
        "nodes => nodes.map(node => parseFloat(node.style.width))"
    )
    own = told["scenarios"][1]["captive"]["cures"]["hung-shui-kiu"]
    assert widths == pytest.approx([own[name] * 100 for name in PLACES], abs=0.006)


def test_scripts_and_python_print_the_same_shares(crossing: Visit) -> None:
    page = crossing()
    for shares in ([1 / 3, 1 / 3, 1 / 3, 0.0], [0.005, 0.005, 0.99, 0.0], [0.361, 0.4504, 0.1886, 0.0]):
        assert page.evaluate("shares => window.nmplan.shares(shares)", shares) == printed_shares(shares)


def test_what_is_apart_or_unknown_is_said(crossing: Visit) -> None:
    page = crossing()
    apart = page.inner_text("#shares .apart")
    assert "Empty tiers (no listed supplier): 0% of purchases." in apart
    assert "none declared" in apart
    assert "2 times the suppliers listed" in apart
    page = crossing("#tenant=vehicles&area=hung-shui-kiu")
    assert page.inner_text("#headline-name") == "Nothing is known of the supply of this chain here."
    assert page.locator("#shares .side-list").count() == 0


def test_tiers_tell_firms_mass_and_gaps_and_filter_the_map(crossing: Visit) -> None:
    page = crossing()
    tiers = page.locator("#tier-list > li")
    assert [text.split("\n")[0] for text in tiers.all_inner_texts()] == ["Wafers", "Design"]
    assert "No supplier in Hong Kong" in tiers.nth(0).inner_text()
    assert "60% of purchases" in tiers.nth(0).inner_text()
    assert "firms within 30 / 60 min: 1 / 2 · weighted mass, all distances (assumed): 20.5" in tiers.nth(1).inner_text()
    assert "none listed" in tiers.nth(1).inner_text()
    assert "Chain: Chips." in page.inner_text("#tiers-note")
    assert page.locator("#firm-list li").count() == 4
    tiers.nth(0).locator("button").click()
    names = page.locator("#firm-list .name").evaluate_all("nodes => nodes.map(node => node.firstChild.textContent)")
    assert names == ["Gamma wafers", "Delta wafers"]
    assert state(page)["tier"] == "wafers"
    assert page.inner_text("#key-total") == "2 of 7 suppliers shown"
    page.click("#firms-every")
    assert page.locator("#firm-list li").count() == 7


def counts(page: Page, kind: str) -> dict[str, int]:
    """Return the counts of the rows of the key whose swatch is of a kind."""
    rows = page.locator(f"#key-classes li:has([class*='{kind}-'])").all()
    return {row.inner_text().split("\n")[0]: int(row.locator(".count").inner_text()) for row in rows}


def test_the_key_counts_what_is_drawn(crossing: Visit, boundary: Material) -> None:
    page = crossing("#firms=every")
    firms = boundary.context.suppliers
    assert firms is not None
    expected = firms["jurisdiction"].value_counts()
    assert counts(page, "side") == {JURISDICTIONS[key][0]: expected[key] for key in JURISDICTIONS}
    sizes = counts(page, "mass")
    assert list(sizes.values()) == [1, 2, 3, 1]
    assert sum(sizes.values()) == len(firms)
    assert counts(page, "hall") == {"Open to goods and people": 1, "No service in 2026": 1}
    page.select_option("#scenario", "1")
    # from 2034 the new port; goods at the old one until 2030
    assert counts(page, "hall") == {"Open to people only": 2}
    page.uncheck("#layer-firms")
    assert counts(page, "side") == {}
    assert page.locator("#key-total").inner_text() == ""


def test_chart_points_are_the_frontier(crossing: Visit, boundary: Material, take_picture: Callable[..., None]) -> None:
    page = crossing("#tab=clearance")
    table = boundary.tables["today"]["area_frontier"]
    own = table[table["tenant"].eq("microelectronics")]
    for kind, closed in (("whole", True), ("close", False)):
        points = page.locator(f"#frontier svg.{kind} circle").evaluate_all(
            """nodes => nodes.map(node => [node.parentNode.dataset.area, node.dataset.clearance,
                ...["data-leaked", "data-access", "cx", "cy"].map(name => Number(node.getAttribute(name)))])"""
        )
        expected = own if closed else own[~own["closed"]]
        wanted = {
            (row.area_id, "closed" if row.closed else f"{row.clearance_share:g}"): (row.leaked_share, row.supply_access)
            for row in expected.itertuples()
        }
        assert len(points) == len(wanted)
        for area, clearance, leaked, access, _, _ in points:
            assert (leaked, access) == pytest.approx(wanted[(area, clearance)], abs=1e-6)
        # straight scales: what is half way between two points is drawn half way
        ends = sorted(points, key=lambda point: point[2])
        (x0, y0), (x1, y1) = [(point[2], point[4]) for point in (ends[0], ends[-1])]
        for point in points:
            assert point[4] == pytest.approx(y0 + (point[2] - x0) / (x1 - x0) * (y1 - y0), abs=0.02)
    take_picture(page, "cross-boundary-clearance")


def test_the_sentence_is_computed(crossing: Visit) -> None:
    page = crossing("#tab=clearance&scenario=2035")
    said = page.inner_text("#frontier-said")
    assert (
        "Halving goods clearance lifts supply access at San Tin from 0.370 to 0.382, and leakage from 63.0% to 64.0%."
        in said
    )
    # 1 − 0.15 / 0.37
    assert "access falls to 0.150, 59% less" in said
    rows = page.locator("#frontier-table tbody tr").all_inner_texts()
    assert [row.split("\t")[0] for row in rows] == ["Boundary closed", "100%", "75%", "50%", "25%", "0%"]
    page.select_option("#tenant", "1")
    page.select_option("#area", "1")
    assert "No site of hung-shui-kiu passes this tenant's rules" in page.inner_text("#frontier-said")


def test_bands_follow_the_choice_and_the_key_follows_them(crossing: Visit) -> None:
    page = crossing()
    page.click("#tab-travel")
    rows = page.locator("#key-classes li:has([class*='band-time'])")
    assert rows.all_inner_texts() == ["Up to 15 min", "15 to 30 min", "30 to 60 min"]
    assert page.evaluate("() => window.nmplan.drawn('bands')") == 3
    assert page.inner_text("#key-note") == "From San Tin: by public transport"
    assert "On foot, by rail and by the bus lines of the data" in page.inner_text("#bands-note")
    page.locator("#modes button").nth(1).click()
    assert page.inner_text("#key-note") == "From San Tin: by car with a permit"
    assert "only with the permit it asks for" in page.inner_text("#bands-note")
    page.locator("#modes button").nth(0).click()
    page.select_option("#from", "1")
    assert page.evaluate("() => window.nmplan.drawn('bands')") == 0
    assert rows.count() == 0
    # a lever of the bundled scenario, or the plain hour, is said beside the crossings
    assert "Clearance minutes in quiet hours" in page.inner_text("#crossings-note")
    minutes = ["People 20 min", "Car with a quota and a closed road permit 10 min"]
    minutes += ["Car parked there, then on foot 20 min", "Goods by lorry 30 min"]
    assert page.locator("#crossing-list small").all_inner_texts() == [" · ".join(minutes), "No service in 2026"]


def test_policies_shorten_what_clearing_takes(visit: Visit, boundary: Material, tmp_path: Path) -> None:
    assert boundary.study
    levers = [
        Lever(user="goods", clearance_share=0.5),
        Lever(user="goods", clearance_share=0.4, crossings=["lmc"], direction="southbound"),
        Lever(user="people", clearance_share=0.1, crossings=["new"]),
    ]
    today = boundary.study.scenarios["today"].model_copy(update={"levers": levers, "period": "peak"})
    study = boundary.study.model_copy(update={"scenarios": {**boundary.study.scenarios, "today": today}})
    path = tmp_path / "cross-boundary.html"
    path.write_text(render(replace(boundary, study=study)), encoding="utf-8")
    page = visit(path, "#tab=travel&crossing=lmc")
    # 60 minutes northbound halved, southbound 60 · 0.5 · 0.4: the quicker; nothing for people here
    assert page.locator("#crossing-list small").first.inner_text() == (
        "People 30 min · Car with a quota and a closed road permit 25 min · Car parked there, then on foot 30 min"
        " · Goods by lorry 12 min"
    )
    note = page.inner_text("#crossings-note")
    assert "Clearance minutes in peak hours" in note
    assert "Clearance of people takes 10% of today's minutes at New Port (assumed)." in note
    assert "Listed before the policies of this scenario." in page.inner_text("#dossier")


def test_copying_names_what_is_shared_and_what_it_is_not(
    crossing: Visit, boundary: Material, take_picture: Callable[..., None]
) -> None:
    page = crossing("#tab=copying")
    assert "not jobs and not output: this is not a location quotient" in page.inner_text("#pane-copying")
    table = boundary.lasting["similarity"]
    own = table[table["area"].eq("san-tin")]
    shown = page.locator("#alike-list li").all_inner_texts()
    assert len(shown) == len(own) == 2
    for text, row in zip(shown, own.itertuples(), strict=True):
        assert text.startswith(row.corridor_en)
        assert f"Cosine {row.cosine:.2f} · Krugman {row.krugman:.2f}" in text
        assert f"{row.weak_share * 100:.0f}% of it rests on judgement" in text
    assert "Both name: Chips" in shown[0]
    assert "No chain is named by both." in shown[1]
    page.locator("#nearest-list button").filter(has_text="Science Park").click()
    assert state(page)["place"] == "park"
    # two corridors and the area itself
    assert page.evaluate("() => window.nmplan.drawn('corridors')") == 3
    take_picture(page, "cross-boundary-copying")


@pytest.mark.parametrize(
    ("kind", "key", "wanted"),
    [
        (
            "firm",
            "beta",
            ["Beta design", "乙設計", "Chips", "Design", "Shenzhen", "10 (size class is assumed)", "± 800 m"],
        ),
        (
            "crossing",
            "lmc",
            [
                "Lok Ma Chau, north",
                "bus, minibus, coach: Port; closed area, for travellers across the boundary only",
                "People, by bus, coach or taxi",
                "Car with a quota and a closed road permit",
                "10 min more to park",
                "Goods by lorry",
                "07:00–22:00 · northbound",
                "until 2030",
                "24 hours",
            ],
        ),
    ],
)
def test_a_click_tells_all_of_it(crossing: Visit, kind: str, key: str, wanted: list[str]) -> None:
    page = crossing()
    point = page.evaluate("one => window.nmplan.pixel(...one)", [kind, key])
    page.mouse.click(point["x"], point["y"])
    assert state(page)["chosen"] == {"kind": kind, "id": key}
    text = page.inner_text("#dossier")
    assert [one for one in wanted if one not in text] == []
    page.keyboard.press("Escape")
    assert page.is_hidden("#dossier")


def test_a_click_beside_everything_chooses_nothing(crossing: Visit) -> None:
    page = crossing()
    point = page.evaluate("one => window.nmplan.pixel(...one)", ["firm", "beta"])
    page.mouse.click(point["x"] - 40, point["y"])
    assert state(page)["chosen"] is None


def test_suppliers_far_away_come_into_view(crossing: Visit) -> None:
    page = crossing("#view=14_22.5_114.08")
    assert not page.evaluate("() => window.nmplan.shows(23.02, 113.75)")
    page.click("#view-all")
    for lon, lat in ((113.75, 23.02), (114.41, 23.11), (114.16, 22.32)):
        assert page.evaluate("([lat, lng]) => window.nmplan.shows(lat, lng)", (lat, lon))


def test_a_link_brings_everything_back(crossing: Visit) -> None:
    fragment = (
        "#tenant=microelectronics&scenario=2035&area=hung-shui-kiu&tab=copying&tier=design&from=san-tin&by=transit"
        "&place=park&firm=beta&view=11.50_22.60000_114.00000&lang=zh"
    )
    page = crossing(fragment)
    wanted = {
        "tenant": "microelectronics",
        "scenario": "2035",
        "area": "hung-shui-kiu",
        "tab": "copying",
        "tier": "design",
        "every": False,
        "language": "zh",
        "from": "san-tin",
        "mode": "transit",
        "place": "park",
        "chosen": {"kind": "firm", "id": "beta"},
    }
    assert state(page) == wanted
    assert page.evaluate("() => window.nmplan.zoom()") == 11.5
    page.click("#link")
    again = crossing(page.url[page.url.index("#") :])
    assert state(again) == wanted
    assert again.is_visible("#pane-copying")
    assert again.is_visible("#dossier")


@pytest.mark.parametrize(
    "fragment",
    [
        "#tenant=__proto__&scenario=constructor&area=%3Cimg%3E&tab=toString&tier=x&from=-1&by=fly&place=0&firm=nobody",
        "#view=99_999_999&crossing=&corridor=__proto__&lang=xx",
        "#%E0%A4%A&view=NaN_NaN_NaN",
    ],
)
def test_a_hostile_link_falls_back(crossing: Visit, fragment: str) -> None:
    page = crossing(fragment)
    start = state(page)
    assert (start["tenant"], start["scenario"], start["area"]) == ("microelectronics", "today", "san-tin")
    assert (start["tab"], start["tier"], start["chosen"]) == ("supply", "", None)
    assert page.evaluate("() => window.nmplan.shows(22.5, 114.08)")


def poisoned_study(boundary: Material, text: str) -> Material:
    """Return the study with hostile text in every string that people read."""

    def spoil(frame: Any, *names: str) -> Any:
        return frame.assign(**{name: frame[name] + text for name in names if name in frame})

    names = ("name_en", "name_zh", "source", "counterpart_en", "counterpart_zh", "confidence", "basis")
    context = replace(
        boundary.context,
        suppliers=spoil(boundary.context.suppliers, *names),
        crossings=spoil(boundary.context.crossings, *names),
        areas=spoil(boundary.context.areas, *names),
    )
    layers = {
        **boundary.layers,
        "chains": spoil(boundary.layers["chains"], "chain_en", "chain_zh", "tier_en", "tier_zh"),
        "corridors": spoil(boundary.layers["corridors"], *names),
        "crossing_services": spoil(boundary.layers["crossing_services"], "source", "mode"),
    }
    lasting = {"similarity": spoil(boundary.lasting["similarity"], "area_en", "area_zh", "corridor_en", "corridor_zh")}
    scenarios = [replace(one, clusters=spoil(one.clusters, *names)) for one in boundary.scenarios]
    tenants = [replace(one, name_en=one.name_en + text, name_zh=one.name_zh + text) for one in boundary.tenants]
    return replace(boundary, context=context, layers=layers, lasting=lasting, scenarios=scenarios, tenants=tenants)


def test_hostile_words_are_shown_and_never_run(visit: Visit, boundary: Material, hostile: str, tmp_path: Path) -> None:
    path = tmp_path / "cross-boundary.html"
    path.write_text(render(poisoned_study(boundary, hostile)), encoding="utf-8")
    page = visit(path, "#firm=beta")
    shown = ["#dossier", "#headline", "#tier-list", "#firm-list", "#crossing-list", "#alike-list", "#key-title"]
    for place in shown:
        text = page.evaluate("place => document.querySelector(place).textContent", place)
        assert hostile in text, place
    for fragment in ("crossing=lmc&tab=travel", "corridor=lake&tab=copying"):
        page.evaluate("fragment => { window.location.hash = fragment; }", fragment)
        page.wait_for_timeout(200)
        assert hostile in page.evaluate("() => document.querySelector('#dossier').textContent")
    point = page.evaluate("one => window.nmplan.pixel(...one)", ["crossing", "lmc"])
    page.mouse.move(point["x"], point["y"])
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("img").count() == 0
    bare = visit(path, scripts=False)
    assert "{{7*7}}" in bare.inner_text("noscript")


def test_the_language_changes_everything(crossing: Visit, take_picture: Callable[..., None]) -> None:
    page = crossing("#firm=beta")
    page.click("#language")
    assert page.get_attribute("html", "lang") == "zh-Hant-HK"
    assert "在香港" in page.inner_text("#headline-name")
    for tab in TABS:
        page.click(f"#tab-{tab}")
        left = page.evaluate(
            """() => [...document.querySelectorAll('#panel, #key, #dossier')].flatMap(root =>
                [...root.querySelectorAll('[data-text], th, dt, h2, h3, h3 + p, label, option, .gap')]
                    .map(node => node.textContent))
                .filter(text => text && !/[\\u4e00-\\u9fff]/.test(text) && !/^[\\d%]+$/.test(text))"""
        )
        assert set(left) <= {"English", "hung-shui-kiu"}, tab
    take_picture(page, "cross-boundary-chinese")


def test_keyboard_alone_is_enough(crossing: Visit) -> None:
    page = crossing()
    page.focus("#tab-supply")
    for tab in ("clearance", "travel", "copying"):
        page.keyboard.press("ArrowRight")
        assert page.get_attribute(f"#tab-{tab}", "aria-selected") == "true"
        assert state(page)["tab"] == tab
    page.keyboard.press("ArrowLeft")
    page.locator("#crossing-list button").first.focus()
    page.keyboard.press("Enter")
    assert state(page)["chosen"] == {"kind": "crossing", "id": "lmc"}
    assert page.evaluate("() => document.activeElement.id") == "dossier-title"
    page.keyboard.press("Escape")
    assert page.is_hidden("#dossier")
    page.click("#tab-supply")
    page.locator("#tier-list button").first.focus()
    page.keyboard.press("Enter")
    assert state(page)["tier"] == "wafers"
    assert page.evaluate("() => document.activeElement.getAttribute('aria-pressed')") == "true"


def test_everything_has_a_name_and_no_id_stands_twice(crossing: Visit) -> None:
    page = crossing("#firm=beta")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, a, select, input, aside, [role=tabpanel], [role=img]')]
            .filter(node => !(node.ariaLabel || node.getAttribute('aria-labelledby') || node.textContent.trim()
                || node.labels?.length || node.title))
            .map(node => node.outerHTML.slice(0, 80))"""
    )
    assert nameless == []
    ids = page.locator("[id]").evaluate_all("nodes => nodes.map(node => node.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_phone_scrolls_nowhere_sideways(crossing: Visit, language: str, take_picture: Callable[..., None]) -> None:
    page = crossing(f"#lang={language}", phone=True)
    assert page.evaluate("() => document.querySelector('#panel').offsetHeight") == 96
    take_picture(page, f"cross-boundary-phone-{language}")
    for tab in TABS:
        page.evaluate("tab => document.querySelector(`#tab-${tab}`).click()", tab)
        assert page.evaluate("() => document.documentElement.scrollWidth") == 390
        beyond = page.evaluate(
            """() => [...document.querySelectorAll('#panel *')]
                .filter(node => node.offsetParent && node.getBoundingClientRect().right > 390.5).map(node => node.id)"""
        )
        assert beyond == [], tab
    page.evaluate("() => document.querySelector('#tab-supply').click()")
    page.wait_for_timeout(300)
    page.locator("#firm-list button").first.click()
    assert page.is_visible("#dossier")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390


def test_the_map_moves_above_the_sheet_unless_the_reader_went_elsewhere(crossing: Visit) -> None:
    page = crossing(phone=True)
    low = page.evaluate("one => window.nmplan.pixel(...one)", ["firm", "alpha"])
    page.click("#tab-clearance", force=True)
    page.wait_for_timeout(300)
    assert page.evaluate("() => document.body.dataset.sheet") == "half"
    high = page.evaluate("one => window.nmplan.pixel(...one)", ["firm", "alpha"])
    assert high["y"] < 422 < low["y"]
    page = crossing("#view=12.00_22.50000_114.00000", phone=True)
    page.click("#tab-clearance", force=True)
    assert page.evaluate("() => window.nmplan.zoom()") == 12


def test_a_finger_meets_a_small_bubble(crossing: Visit) -> None:
    page = crossing(phone=True)
    point = page.evaluate("one => window.nmplan.pixel(...one)", ["firm", "delta"])
    page.touchscreen.tap(point["x"] - 10, point["y"] + 6)
    page.wait_for_timeout(400)
    assert state(page)["chosen"] == {"kind": "firm", "id": "delta"}


def test_the_printed_sheet_tells_it_all(crossing: Visit, boundary: Material) -> None:
    page = crossing("#firm=beta")
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert len(pdf) < 2_000_000
    text = page.evaluate("() => document.querySelector('#sheet').textContent")
    for wanted in (
        boundary.stamp.caveat_en,
        boundary.stamp.study_hash,
        "Halving goods",
        "Shenzhen",
        "乙設計",
        "in Hong Kong",
    ):
        assert wanted in text
    # a disc, two hollow ones, a ring with its dot and a grey one, on land
    assert page.locator("#sheet svg circle").count() >= 6
    page.emulate_media(media="print")
    assert page.is_hidden("#map")
    assert page.is_visible("#sheet svg")


def test_without_scripts_the_shares_of_all_areas_are_there(
    crossing: Visit, boundary: Material, told: dict[str, Any], take_picture: Callable[..., None]
) -> None:
    page = crossing(scripts=False)
    assert boundary.stamp.caveat_zh in page.inner_text("noscript")
    cells = page.locator("noscript td").all_inner_texts()
    assert len(cells) == 2 * 3
    assert cells[0].startswith(f"{home_of(told, 0, 'chips', 'san-tin')[0]}% (")
    assert page.locator("noscript svg").is_visible()
    take_picture(page, "cross-boundary-no-script")


def without(boundary: Material, what: str) -> Material:
    """Return the study without suppliers, bands, corridors, or any of it."""
    drop = {
        "suppliers": {"captive", "area_frontier", "supply_links"},
        "bands": {"isochrones"},
        "corridors": set(),
        "all": {"captive", "area_frontier", "supply_links", "isochrones"},
    }[what]
    tables = {
        key: {name: table for name, table in own.items() if name not in drop} for key, own in boundary.tables.items()
    }
    if what == "suppliers":
        layers = {name: one for name, one in boundary.layers.items() if name != "chains"}
        return replace(boundary, tables=tables, layers=layers, context=replace(boundary.context, suppliers=None))
    if what == "corridors":
        layers = {name: one for name, one in boundary.layers.items() if name != "corridors"}
        return replace(boundary, lasting={}, layers=layers)
    if what == "all":
        context = Context(areas=boundary.context.areas)
        return replace(boundary, tables={}, lasting={}, layers={}, context=context, study=None)
    return replace(boundary, tables=tables)


@pytest.mark.parametrize(
    ("what", "tab", "said"),
    [
        ("suppliers", "supply", "No suppliers or chains are loaded"),
        ("suppliers", "clearance", "What clearance buys was not measured"),
        ("bands", "travel", "This study has no travel bands."),
        ("corridors", "copying", "This study has no corridors to compare with."),
        ("all", "supply", "No suppliers or chains are loaded"),
        ("all", "travel", "This study has no crossings."),
    ],
)
def test_what_a_study_lacks_is_said(
    visit: Visit, boundary: Material, tmp_path: Path, what: str, tab: str, said: str
) -> None:
    path = tmp_path / "cross-boundary.html"
    path.write_text(render(without(boundary, what)), encoding="utf-8")
    page = visit(path)
    for other in TABS:
        page.click(f"#tab-{other}")
        page.wait_for_timeout(20)
    page.click(f"#tab-{tab}")
    assert said in page.inner_text(f"#pane-{tab}")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
