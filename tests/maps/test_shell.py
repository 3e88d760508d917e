from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from nmplan.maps.pages import PAGES
from nmplan.maps.shell import SHARED
from nmplan.maps.shell import both
from nmplan.maps.shell import render_page
from nmplan.maps.shell import said
from nmplan.maps.strings import load_strings

if TYPE_CHECKING:
    from nmplan.maps.material import Material


@pytest.fixture(scope="session")
def page(material: Material) -> str:
    return render_page("explorer", material.common(["land"]), [], "<p id=own>{{ 7 * 7 }}</p>")


def test_the_bar_links_every_page_and_marks_this_one(page: str) -> None:
    links = re.findall(r'<a href="([^"]+)" data-text="([a-z_]+)"( aria-current="page")?>', page)
    assert [link[:2] for link in links] == [(entry.file, entry.title) for entry in PAGES]
    assert [link[0] for link in links if link[2]] == ["explorer.html"]


def test_without_scripts_there_are_title_links_caveat_and_stamp(page: str, material: Material) -> None:
    found = re.search(r"<noscript>(.*)</noscript>", page, re.DOTALL)
    assert found
    for text in (material.stamp.name_zh, material.stamp.caveat_en, material.stamp.study_hash, "<p id=own>{{ 7 * 7 }}"):
        assert text in found[1]
    assert set(re.findall(r'href="([^"]+)"', found[1])) == {entry.file for entry in PAGES} - {"explorer.html"}


def test_the_scripts_are_one_function(page: str) -> None:
    assert page.count("function drawPage(map, data)") == 1
    assert page.count("drawPage(map_explorer, ") == 1
    assert "basemap" in SHARED


def test_data_is_escaped_in_both_languages() -> None:
    assert both("p", "<b>", "&", ' class="x"') == (
        '<p class="x"><span lang="en-HK">&lt;b&gt;</span> <span lang="zh-Hant-HK">&amp;</span></p>'
    )
    text = said("p", "stamp", date="2026", hash="<i>", version="1")
    assert "&lt;i&gt;" in text
    assert load_strings()["zh"]["stamp"].split("{")[0] in text
