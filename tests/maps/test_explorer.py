from __future__ import annotations

import json
import re
from typing import Any

import pytest

from nmplan.errors import NmplanError
from nmplan.maps import strings
from nmplan.maps.explorer import render_explorer
from nmplan.maps.payload import compact
from nmplan.maps.ranking import rank_sites


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="nmplan-data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_data_stand_in_the_page_once(payload: dict[str, Any]) -> None:
    page = render_explorer(payload)
    data = data_of(page)
    said = data.pop("strings")
    assert all(texts.items() <= strings.load_strings()[language].items() for language, texts in said.items())
    assert data == json.loads(json.dumps(compact(payload)))
    assert page.count(payload["sites"]["geometry"]) == 1
    assert page.count("drawPage(map_explorer") == 1


def test_same_bytes_twice(payload: dict[str, Any]) -> None:
    assert render_explorer(payload) == render_explorer(payload)


def test_without_scripts_there_are_title_picture_best_sites_and_caveat(payload: dict[str, Any]) -> None:
    found = re.search(r"<noscript>(.*?)</noscript>", render_explorer(payload), re.DOTALL)
    assert found
    shown = found[1]
    assert payload["stamp"]["name_zh"] in shown
    assert payload["stamp"]["caveat_en"] in shown
    assert "<svg" in shown
    best = rank_sites(payload)[:20]
    assert shown.count("<tr>") == 21
    assert all(f"{payload['sites']['id'][one.site]}</td><td>{one.score:.1f}" in shown for one in best)


def test_a_missing_string_fails_the_build(payload: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    table = {language: dict(texts) for language, texts in strings.load_strings().items()}
    del table["en"]["tab_weights"]
    monkeypatch.setattr(strings, "load_strings", lambda: table)
    with pytest.raises(NmplanError, match="tab_weights"):
        render_explorer(payload)
