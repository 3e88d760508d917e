from __future__ import annotations

import base64
import hashlib
import re

from nmplan.maps.document import render_document
from nmplan.maps.pages import PAGES

STAMP = {
    "name_en": "Sites & <tenants>",
    "name_zh": "用地",
    "caveat_en": "Not advice.",
    "caveat_zh": "並非意見。",
    "data_date": "2026-11-22",
    "study_hash": "abc",
    "version": "1",
}


def test_the_bar_links_every_page_in_both_languages_and_marks_this_one() -> None:
    page = render_document("methods", STAMP, "")
    bar = re.search(r"<nav.*?</nav>", page, re.DOTALL)
    assert bar
    links = re.findall(r'<a href="([^"]+)" data-page( aria-current="page")?><span lang="en-HK">', bar[0])
    assert [link[0] for link in links] == [entry.file for entry in PAGES]
    assert [link[0] for link in links if link[1]] == ["methods.html"]


def test_text_is_there_without_scripts_and_the_policy_knows_the_only_script() -> None:
    page = render_document("index", STAMP, "<section>{{ 7 * 7 }}</section>")
    assert "<section>{{ 7 * 7 }}</section>" in page
    assert "Sites &amp; &lt;tenants&gt;" in page
    assert "並非意見。" in page
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in page


def test_same_text_twice() -> None:
    assert render_document("index", STAMP, "x") == render_document("index", STAMP, "x")
