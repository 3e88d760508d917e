"""What every page keeps, whatever it shows: nothing leaves it, text stays text, axe is content, print and no script."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import pytest

from nmplan.maps.material import Material
from nmplan.maps.pages import FILES
from nmplan.maps.pages import render_pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    Visit = Callable[..., Page]

pytestmark = pytest.mark.browser

LOADED = re.compile(r"""\b(?:src|srcset|data|action)\s*=\s*["']?(?!data:)[^"'\s>]|@import|url\((?!["']?(?:data:|#))""")
LINKED = re.compile(r"""\bhref\s*=\s*["']([^"']*)""")


def without_scripts_and_data(page: str) -> str:
    """Return markup and styles; what scripts and inert data hold is text, not markup."""
    return re.sub(r"<script[^>]*>.*?</script>", "", page, flags=re.DOTALL)


@pytest.mark.parametrize("name", FILES)
def test_the_markup_names_nothing_outside(folder: Path, name: str) -> None:
    markup = without_scripts_and_data((folder / name).read_text(encoding="utf-8"))
    assert LOADED.search(markup) is None
    for target in LINKED.findall(markup):
        assert target in {"data:,", *FILES} or target.startswith("#"), target


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("phone", [False, True])
def test_axe_finds_nothing_and_nothing_stands_beyond_the_edge(
    visit: Visit, folder: Path, take_picture: Callable[..., None], name: str, language: str, *, phone: bool
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = visit(folder / name, f"#lang={language}", phone=phone)
    open_first(page)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    told = [(each["id"], [node["target"] for node in each["nodes"]][:4]) for each in found]
    assert told == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    take_picture(page, f"{Path(name).stem}-{'phone' if phone else 'laptop'}-{language}")


def open_first(page: Page) -> None:
    """Open the dossier of whatever the page lists first, if it has one."""
    row = page.locator("#panel .rows button:visible").first
    if page.locator("#dossier").count() and row.count():
        row.evaluate("row => row.click()")


@pytest.mark.parametrize("name", FILES)
def test_hostile_text_is_text_on_every_page(visit: Visit, evil_folder: Path, name: str) -> None:
    page = visit(evil_folder / name)
    page.wait_for_timeout(100)
    assert page.evaluate("() => window.pwned ?? null") is None
    assert page.locator("img").count() == 0
    assert "</script><img" in page.evaluate("() => document.body.textContent")


@pytest.fixture(scope="module")
def evil_folder(evil: dict[str, Any], made_up: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evil")
    for name, text in render_pages(made_up.make_material(evil)).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", FILES)
def test_print_is_small_and_says_what_it_is(
    visit: Visit, folder: Path, material: Material, name: str, tmp_path: Path
) -> None:
    pdf = visit(folder / name).pdf(prefer_css_page_size=True)
    assert len(pdf) < 2_000_000
    if not shutil.which("pdftotext"):
        pytest.skip("there is no pdftotext")
    (tmp_path / "page.pdf").write_bytes(pdf)
    told = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True
    )
    text = " ".join(told.stdout.split())
    for wanted in (material.stamp.name_en, material.stamp.study_hash, material.stamp.data_date):
        assert wanted in text
    assert " ".join(material.stamp.caveat_en.split()[:6]) in text
    images = subprocess.run(["pdfimages", "-list", tmp_path / "page.pdf"], capture_output=True, text=True, check=True)
    assert len(images.stdout.splitlines()) <= 2, "a map is printed as vectors"


@pytest.mark.parametrize("name", FILES)
def test_without_scripts_a_page_still_says_what_it_is(
    visit: Visit, folder: Path, material: Material, name: str
) -> None:
    page = visit(folder / name, scripts=False)
    text = page.inner_text("body")
    for wanted in (
        material.stamp.name_en,
        material.stamp.caveat_en,
        material.stamp.caveat_zh,
        material.stamp.study_hash,
    ):
        assert wanted in text
    assert page.locator("svg:visible").count() > 0


@pytest.mark.parametrize("name", FILES)
def test_every_page_carries_what_tells_two_copies_apart(
    visit: Visit, folder: Path, material: Material, name: str
) -> None:
    text = visit(folder / name).evaluate("() => document.body.textContent")
    for wanted in (material.stamp.study_hash, material.stamp.data_date, material.stamp.version):
        assert wanted in text
