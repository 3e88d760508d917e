from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import pandas as pd
import pytest

from nmplan.maps.clusters import render
from nmplan.maps.strings import load_strings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from nmplan.maps.material import Material

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser

OVER = "id => document.querySelector(id).scrollWidth - document.querySelector(id).clientWidth"
WORDS = {"name_en", "name_zh", "tier_en", "tier_zh"}


@pytest.fixture(scope="module")
def place_page(place_material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("places") / "clusters.html"
    path.write_text(render(place_material), encoding="utf-8")
    return path


@pytest.fixture
def clusters(visit: Visit, place_page: Path) -> Callable[..., Page]:
    return lambda fragment="", **options: visit(place_page, fragment, **options)


def own(material: Material, tenant: str = "", place: int = 0) -> pd.DataFrame:
    """Return the clusters of a tenant as the table has them, the best first."""
    table = pd.DataFrame(material.scenarios[place].clusters)
    return table[table["tenant"].eq(tenant)].sort_values("mean_score", ascending=False)


def state(page: Page) -> dict[str, Any]:
    return page.evaluate("() => window.nmplan.state()")


def first_number(text: str, around: str) -> float:
    found = re.search(around.replace("#", r"([\d.,]+)"), text)
    assert found, f"{around} in {text}"
    return float(found[1].replace(",", ""))


def test_it_says_which_cluster_is_best_without_a_click(
    clusters: Visit, place_material: Material, take_picture: Callable[..., None]
) -> None:
    page = clusters()
    best = own(place_material).iloc[0]
    assert page.inner_text("#headline-name") == best["name_en"]
    assert page.inner_text("#headline-what") == f"Best cluster of all tenants · {place_material.scenarios[0].name_en}"
    how = page.inner_text("#headline-how")
    assert "mean 80.1 points" in how
    assert place_material.study
    limit = place_material.study.clusters.threshold
    assert f"Only sites of at least {limit:g} points" in page.inner_text("#cards-note")
    compared = own(place_material)
    first = compared[compared["area_id"].isin(place_material.focus)].iloc[0]
    assert (f"{first['name_en']}, {first['mean_score']:.1f}" in how) == (first["name_en"] != best["name_en"])
    assert "Life and health, genomics, Microelectronics" in how
    assert page.locator("#dossier").is_hidden()
    take_picture(page, "clusters-laptop")


def test_cards_show_the_numbers_of_the_table(clusters: Visit, place_material: Material) -> None:
    for tenant, choice in (("", "all"), ("microelectronics", "microelectronics")):
        page = clusters(f"#tenant={choice}")
        table = own(place_material, tenant)
        cards = page.locator("#cards .card").all_inner_texts()
        assert len(cards) == len(table)
        for text, row in zip(cards, table.to_dict("records"), strict=True):
            assert row["name_en"] in text
            assert row["name_zh"] in text
            assert f"\n{row['mean_score']:.1f}\n" in text
            assert f"{row['score_low']:.1f}–{row['score_high']:.1f}" in text
            assert f"{row['area_ha']:.1f} ha · {row['sites']} sites" in text
            assert first_number(text, r"Crossing by public transport # min") == pytest.approx(
                row["crossing_min"], abs=0.5
            )
            assert first_number(text, r"station # min") == pytest.approx(row["station_min"], abs=0.5)
            assert "13% idle" in text
            assert "50% of it a hot spot" in text
            assert "40% of supply within reach is in Hong Kong" in text


def test_what_is_not_known_is_said_and_never_zero(clusters: Visit) -> None:
    first, second = clusters().locator("#cards .card").all_inner_texts()
    assert "At least 4,500 jobs (floor space known on 75% of the land; floor space per worker assumed)" in first
    assert "Nearest station San Tin: opens 2034" in first
    assert "Jobs not known" in second
    assert "goods – min" in second
    assert "No station close by" in second
    third, _ = clusters("#tenant=microelectronics").locator("#cards .card").all_inner_texts()
    assert "Nearest station San Tin: open already" in third
    assert "Firms of the chain: 3 on foot, 7 within 15 min" in third
    assert "(assumed band 25%" in third


def test_the_key_counts_every_cluster(clusters: Visit, place_material: Material) -> None:
    for tenant, choice in (("", "all"), ("microelectronics", "microelectronics"), ("vehicles", "vehicles")):
        page = clusters(f"#tenant={choice}")
        counts = [int(text) for text in page.locator("#key-classes .count").all_inner_texts()]
        assert sum(counts) == len(own(place_material, tenant))
        assert page.locator("#cards .card").count() == sum(counts)
    assert page.inner_text("#cards-note").startswith("No cluster")
    assert page.inner_text("#headline-what").startswith("No cluster for Autonomous")


def test_a_card_and_a_click_on_the_map_choose_the_same(
    clusters: Visit, place_material: Material, take_picture: Callable[..., None]
) -> None:
    page = clusters()
    keys = own(place_material)["cluster_id"].tolist()
    for place, key in enumerate(keys):
        page.locator("#cards .card").nth(place).click()
        page.wait_for_timeout(400)
        assert state(page)["cluster"] == key
        assert page.locator("#cards [aria-current]").get_attribute("data-cluster") == key
        at = page.evaluate("id => window.nmplan.pixel(id)", key)
        page.keyboard.press("Escape")
        assert state(page)["cluster"] == ""
        assert page.locator("#cards [aria-current]").count() == 0
        page.mouse.click(at["x"], at["y"])
        assert state(page)["cluster"] == key
        assert page.inner_text("#dossier-title") == own(place_material).iloc[place]["name_en"]
    take_picture(page, "clusters-dossier")


def test_all_tenants_have_no_chain_and_one_has_its_links(
    clusters: Visit, place_material: Material, take_picture: Callable[..., None]
) -> None:
    page = clusters("#cluster=all:1")
    assert "have no chain of their own" in page.inner_text("#dossier-body")
    assert page.locator("table.chain").count() == 0
    page = clusters("#tenant=microelectronics&cluster=microelectronics:1")
    assert "2 of 3 links have a gap." in page.inner_text("#dossier-body")
    rows = page.locator("table.chain tbody tr").all_inner_texts()
    assert [row.split("\n")[0] for row in rows] == ["Wafer fabrication", "Materials and gases", "Packaging and test"]
    assert "Hong Kong 2 / 5 · Shenzhen 3 / 6" in rows[0]
    assert "50%" in rows[0]
    assert "No gap" in rows[0]
    assert "No supplier in Hong Kong" in rows[1]
    assert "Hong Kong 0 / 0 · Shenzhen 3 / 6" in rows[1]
    assert "No supplier within 60 minutes" in rows[2]
    # a quarter of a fifth
    assert "5% (25% of its share)" in rows[2]
    sites = page.locator(".own-sites li").count()
    table = place_material.tables["today"]["cluster_sites"]
    assert sites == table["cluster_id"].eq("microelectronics:1").sum()
    take_picture(page, "clusters-chain")


def test_a_newcomer_buys_upstream_and_sells_downstream(clusters: Visit) -> None:
    page = clusters("#tenant=microelectronics&cluster=microelectronics:1")
    assert page.locator("#trades h5").all_inner_texts() == [
        "Wafer fabrication",
        "Materials and gases",
        "Packaging and test",
    ]
    page.select_option("#newcomer", label="Wafer fabrication")
    assert page.locator("#trades h5").all_inner_texts() == ["Materials and gases", "Packaging and test"]
    firms = page.locator("#trades li").all_inner_texts()
    assert len(firms) == 10
    assert firms[0] == "Materials and gases works 6\nHong Kong · 10 min"
    assert firms[5] == "Packaging and test works 6\nHong Kong · 13 min"
    assert "The anchor itself: Microelectronics" in page.inner_text("#trades")


def test_hot_spots_are_a_layer_that_can_be_shown(clusters: Visit, place_material: Material) -> None:
    page = clusters("#tenant=vehicles")
    lines = "() => document.querySelectorAll('.leaflet-chosen-pane path').length"
    before = page.evaluate(lines)
    page.check("#layer-hot_spots")
    spots = place_material.tables["today"]["hot_spots"]
    flagged = spots[spots["tenant"].eq("vehicles") & spots["spot"].ne("")]
    assert page.evaluate(lines) - before == len(flagged) > 0


def test_the_portfolio_shows_shares_limits_and_its_price(
    clusters: Visit, place_material: Material, take_picture: Callable[..., None]
) -> None:
    page = clusters()
    page.click("#tab-portfolio")
    text = page.inner_text("#pane-portfolio")
    assert "4 sites, 8.0 ha" in text
    assert "No portfolio within the limits has over 0.4% more points." in text
    assert "Judgement" in text
    rows = page.locator("#portfolio-body .account").first.locator("tbody tr").all_inner_texts()
    assert len(rows) == len(place_material.tenants)
    taken = place_material.tables["today"]["portfolio"]
    assert rows[1].split("\t")[1:3] == ["2", "4.0"]
    mean = taken.loc[taken["tenant"].eq("life-health"), "score"].mean()
    assert float(rows[1].split("\t")[3]) == pytest.approx(mean, abs=0.051)
    assert "gets no land" in rows[2]
    assert "Life and health, genomics: 2–6 ha\n4.0 ha used · kept" in text
    assert page.locator("#portfolio-body svg circle.step").count() == 2
    assert page.locator("#portfolio-body .account").last.locator("tbody td").all_inner_texts() == [
        "1",
        "900",
        "0",
        "880",
        "400",
        "4",
    ]
    assert page.locator("#key-classes .count").all_inner_texts() == ["2", "2"]
    assert set(page.locator(".letter").all_inner_texts()) <= {"A", "B"}
    assert page.locator(".letter").count() > 0
    take_picture(page, "clusters-portfolio")
    page.click("#tab-clusters")
    assert page.locator(".letter").count() == 0


def test_capacity_stands_beside_what_is_published(clusters: Visit, take_picture: Callable[..., None]) -> None:
    page = clusters("#tab=capacity")
    whole, san_tin, other = page.locator("#capacity-list li").all_inner_texts()
    assert whole.startswith("All areas")
    assert "1.50 million m² (known on 80% of the land) · published 2.00 million m²" in san_tin
    assert "40,000 to 90,000 jobs (known on 80% of the land) · published 60,000 jobs" in san_tin
    assert "Floor space not known\n" in other
    assert "Jobs not known" in other
    box = page.locator("#capacity-list li").nth(1).locator(".capacity-bar").first.bounding_box()
    mark = page.locator("#capacity-list li").nth(1).locator(".target").first.bounding_box()
    sure = page.locator("#capacity-list li").nth(1).locator(".sure").first.bounding_box()
    assert box
    assert mark
    assert sure
    # the target is the largest on the scale, what is known three quarters of it
    assert mark["x"] + mark["width"] / 2 == pytest.approx(box["x"] + box["width"], abs=1)
    assert sure["width"] == pytest.approx(0.75 * box["width"], abs=1)
    assert "derived from the published totals" in page.inner_text("#capacity-note")
    take_picture(page, "clusters-capacity")


def test_a_link_restores_everything(clusters: Visit) -> None:
    page = clusters("#tenant=microelectronics&scenario=2035&cluster=microelectronics:2&tab=capacity&lang=zh")
    found = {
        "tenant": "microelectronics",
        "scenario": "2035",
        "cluster": "microelectronics:2",
        "tab": "capacity",
        "language": "zh",
    }
    assert state(page) == found
    page.evaluate("() => window.nmplan.map.setView([22.5, 114.07], 13.5)")
    page.click("#link")
    again = clusters(page.url[page.url.index("#") :])
    assert state(again) == found
    assert again.evaluate("() => window.nmplan.map.getZoom()") == 13.5
    assert again.is_visible("#dossier")
    assert again.locator("#pane-capacity").is_visible()


@pytest.mark.parametrize(
    "fragment",
    [
        "#tenant=__proto__&scenario=constructor&cluster=toString&tab=about%00&lang=xx",
        "#cluster=microelectronics:1",
        "#view=99_1e9_-3&tenant=%3Cimg%20src=x%3E",
        "#%E0%A4%A",
        f"#cluster={'x' * 5000}",
    ],
)
def test_a_hostile_link_falls_back(clusters: Visit, fragment: str) -> None:
    page = clusters(fragment)
    found = state(page)
    assert (found["tenant"], found["scenario"], found["cluster"], found["tab"]) == ("all", "today", "", "clusters")
    assert page.locator("#dossier").is_hidden()


@pytest.fixture(scope="module")
def evil_material(place_material: Material, evil: dict[str, Any], hostile: str) -> Material:
    """Return the study with hostile text in every name that this page shows."""

    def poison(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(**{name: table[name] + hostile for name in WORDS & set(table)})

    scenarios = [
        replace(one, name_en=one.name_en + hostile, name_zh=one.name_zh + hostile, clusters=poison(one.clusters))
        for one in place_material.scenarios
    ]
    tables = {key: {name: poison(one) for name, one in own.items()} for key, own in place_material.tables.items()}
    tenants = [
        replace(one, name_en=one.name_en + hostile, name_zh=one.name_zh + hostile) for one in place_material.tenants
    ]
    lasting = {name: poison(one) for name, one in place_material.lasting.items()}
    sites = place_material.sites.assign(name_en=place_material.sites["name_en"] + hostile)
    more = {"sites": sites, "context": evil["context"], "sources": evil["sources"], "stamp": evil["stamp"]}
    return replace(place_material, scenarios=scenarios, tables=tables, tenants=tenants, lasting=lasting, **more)


def test_hostile_text_is_shown_and_never_runs(
    visit: Visit, evil_material: Material, hostile: str, tmp_path: Path
) -> None:
    (tmp_path / "clusters.html").write_text(render(evil_material), encoding="utf-8")
    page = visit(tmp_path / "clusters.html", "#tenant=microelectronics")
    for tab in ("portfolio", "capacity", "about", "clusters"):
        page.click(f"#tab-{tab}")
    page.locator("#cards .card").first.click()
    page.select_option("#newcomer", "0")
    page.click("#language")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("img, #sheet script").count() == 0
    for place in ("#title", "#headline-name", "#cards", "#trades", "#portfolio-body", "#capacity-list", "#key-title"):
        assert hostile in page.evaluate("id => document.querySelector(id).textContent", place), place


def test_the_language_changes_everything(clusters: Visit) -> None:
    page = clusters("#tenant=microelectronics&cluster=microelectronics:1")
    page.click("#language")
    assert page.evaluate("() => document.documentElement.lang") == "zh-Hant-HK"
    assert page.inner_text("#dossier-title") == "米埔2"
    english = set(load_strings()["en"].values())
    for tab in ("clusters", "portfolio", "capacity", "about"):
        page.click(f"#tab-{tab}")
        told = page.inner_text(f"#pane-{tab}")
        assert re.search(r"[\u4e00-\u9fff]", told)
        assert {line for line in told.splitlines() if len(line) > 3} & english == set()
    assert "香港沒有供應商" in page.inner_text("#dossier-body")


def test_keyboard_alone_is_enough(clusters: Visit) -> None:
    page = clusters()
    page.focus("#tab-clusters")
    page.keyboard.press("ArrowRight")
    assert state(page)["tab"] == "portfolio"
    assert page.is_visible("#pane-portfolio")
    page.keyboard.press("ArrowLeft")
    assert state(page)["tab"] == "clusters"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.dataset.cluster") == "all:1"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "dossier-title"
    page.keyboard.press("Escape")
    assert page.locator("#dossier").is_hidden()
    assert page.evaluate("() => document.activeElement.dataset.cluster") == "all:1"


def test_a_phone_shows_the_map_and_a_sheet(clusters: Visit, take_picture: Callable[..., None]) -> None:
    page = clusters(phone=True)
    width = "() => document.documentElement.scrollWidth"
    assert page.evaluate(width) == 390
    assert page.evaluate("() => document.querySelector('#panel').offsetHeight") == 96
    take_picture(page, "clusters-phone")
    page.click("#panel .handle")
    for tab in ("portfolio", "capacity", "about", "clusters"):
        page.click(f"#tab-{tab}")
        assert page.evaluate(width) == 390
        pane = page.evaluate(OVER, ".panes")
        assert pane == 0, tab
    page.select_option("#tenant", "1")
    page.locator("#cards .card").first.click()
    assert page.is_visible("#dossier")
    assert page.evaluate(width) == 390
    assert page.evaluate(OVER, "#dossier-body") == 0
    take_picture(page, "clusters-phone-dossier")


def test_the_printed_sheet_has_map_key_table_and_caveat(clusters: Visit, place_material: Material) -> None:
    page = clusters("#tenant=microelectronics&cluster=microelectronics:1")
    page.emulate_media(media="print")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    text = page.inner_text("#sheet")
    for wanted in (
        place_material.stamp.caveat_en,
        place_material.stamp.study_hash,
        "Best clusters",
        "Mai Po 2",
        "Mai Po 3",
    ):
        assert wanted in text
    assert page.locator("#sheet > svg path").count() > 10
    assert page.locator("#sheet .sheet-key li").count() >= 5
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert len(pdf) < 2_000_000


def test_without_scripts_the_best_clusters_are_there(clusters: Visit, place_material: Material) -> None:
    page = clusters(scripts=False)
    assert page.is_visible("noscript svg, .fallback svg")
    text = page.inner_text(".fallback")
    for name in own(place_material)["name_zh"]:
        assert name in text
    assert place_material.stamp.caveat_zh in text


def test_a_study_without_clusters_portfolio_or_capacity(visit: Visit, material: Material, tmp_path: Path) -> None:
    empty = [replace(one, clusters=one.clusters.iloc[:0]) for one in material.scenarios]
    (tmp_path / "clusters.html").write_text(render(replace(material, scenarios=empty)), encoding="utf-8")
    page = visit(tmp_path / "clusters.html", "#tab=portfolio")
    assert "sets no portfolio" in page.inner_text("#pane-portfolio")
    page.click("#tab-capacity")
    assert "no planning areas" in page.inner_text("#capacity-list")
    page.click("#tab-clusters")
    for tenant in range(len(material.tenants) + 1):
        page.select_option("#tenant", str(tenant))
        assert page.locator("#cards .card").count() == 0
        assert page.inner_text("#cards-note").startswith("No cluster")
        assert page.inner_text("#key-total") == "0 clusters in all"
    assert page.is_hidden("#headline-show")
    assert page.locator("#layer-portfolio").count() == 0
