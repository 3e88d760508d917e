from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import pytest

from nmplan.maps.material import Material
from nmplan.maps.pages import render_pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser

NAMES = ("index", "methods")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("phone", [False, True])
def test_a_page_alone_fits_the_screen(
    visit: Visit, folder: Path, tmp_path: Path, take_picture: Callable[..., None], name: str, *, phone: bool
) -> None:
    alone = tmp_path / f"{name}.html"
    alone.write_bytes((folder / f"{name}.html").read_bytes())
    page = visit(alone, phone=phone)
    assert page.locator("main svg").first.is_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    take_picture(page, f"{name}-{'phone' if phone else 'laptop'}", whole=True)


@pytest.mark.parametrize("name", NAMES)
def test_one_language_at_a_time(visit: Visit, folder: Path, material: Material, name: str) -> None:
    page = visit(folder / f"{name}.html")
    assert page.get_attribute("html", "lang") == "en-HK"
    assert page.title().startswith(f"{material.stamp.name_en} · ")
    assert material.stamp.caveat_zh not in page.inner_text("body")
    page.click("#language")
    assert page.get_attribute("html", "lang") == "zh-Hant-HK"
    assert page.title().startswith(f"{material.stamp.name_zh} · ")
    text = page.inner_text("body")
    assert material.stamp.caveat_zh in text
    assert material.stamp.caveat_en not in text
    bare = page.evaluate(
        """() => [...document.querySelectorAll('h1, h2, h3, th, summary, a')]
            .map(node => node.innerText.trim()).filter(text => text && !/[\\u4e00-\\u9fff]/.test(text))"""
    )
    assert bare == []


@pytest.mark.parametrize("name", NAMES)
def test_without_scripts_both_languages_are_there_and_pages_are_linked(
    visit: Visit, folder: Path, material: Material, name: str
) -> None:
    for phone in (False, True):
        page = visit(folder / f"{name}.html", phone=phone, scripts=False)
        text = page.inner_text("body")
        assert material.stamp.caveat_en in text
        assert material.stamp.caveat_zh in text
        assert page.is_visible("#pages a")
        assert page.is_hidden("#language")
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_the_language_goes_along_to_other_pages(visit: Visit, folder: Path) -> None:
    page = visit(folder / "methods.html", "#lang=zh")
    links = page.locator("#pages a").evaluate_all("nodes => nodes.map(node => node.getAttribute('href'))")
    assert "explorer.html#lang=zh" in links
    explorer = visit(folder / "explorer.html", "#lang=zh")
    assert explorer.get_attribute("html", "lang") == "zh-Hant-HK"
    links = explorer.locator("#pages a").evaluate_all("nodes => nodes.map(node => node.getAttribute('href'))")
    assert "methods.html#lang=zh" in links


@pytest.mark.parametrize("name", [*NAMES, "explorer"])
def test_the_list_of_pages_opens_on_a_phone_and_closes_with_escape(visit: Visit, folder: Path, name: str) -> None:
    page = visit(folder / f"{name}.html", phone=True)
    assert page.is_hidden("#page-list")
    page.click("#pages-toggle")
    assert page.is_visible("#page-list")
    assert page.get_attribute("#pages-toggle", "aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert page.is_hidden("#page-list")


def test_on_a_phone_a_folded_part_opens_when_it_is_asked_for(visit: Visit, folder: Path, material: Material) -> None:
    page = visit(folder / "methods.html", phone=True)
    last = f"#tenant-{material.tenants[-1].tenant}"
    assert page.is_hidden(f"{last} table >> nth=0")
    page.click(f".contents a[href='{last}']")
    page.wait_for_timeout(100)
    assert page.is_visible(f"{last} table >> nth=0")
    assert page.get_attribute(f"#tenant-{material.tenants[0].tenant} details", "open") is not None


@pytest.mark.parametrize("name", NAMES)
def test_everything_has_a_name(visit: Visit, folder: Path, name: str) -> None:
    page = visit(folder / f"{name}.html")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, a, [role=img]')]
            .filter(node => !(node.getAttribute('aria-label') || node.innerText?.trim()))
            .map(node => node.outerHTML.slice(0, 80))"""
    )
    assert nameless == []
    ids = page.locator("[id]").evaluate_all("nodes => nodes.map(node => node.id)")
    assert len(ids) == len(set(ids))
    levels = page.locator("h1, h2, h3").evaluate_all("nodes => nodes.map(node => Number(node.tagName[1]))")
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_hostile_text_is_shown_and_never_runs(
    visit: Visit, evil: dict[str, Any], material: Material, tmp_path: Path
) -> None:
    poisoned = Material(**evil, study=material.study, layers=material.layers, tables=material.tables)
    pages = render_pages(poisoned)
    for name in NAMES:
        (tmp_path / f"{name}.html").write_text(pages[f"{name}.html"], encoding="utf-8")
        page = visit(tmp_path / f"{name}.html")
        assert page.locator("img").count() == 0
        assert page.locator("script").count() == 1
        assert "{{7*7}}" in page.inner_text("h1")


@pytest.mark.parametrize("name", NAMES)
def test_it_prints_as_text(visit: Visit, folder: Path, name: str) -> None:
    page = visit(folder / f"{name}.html")
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF")
    assert len(pdf) < 2_000_000
    page.emulate_media(media="print")
    assert page.is_hidden("#pages")
    assert page.is_visible("h1")
