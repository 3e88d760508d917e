from __future__ import annotations

from typing import Any

from nmplan.maps.explorer import render_explorer
from nmplan.maps.index import render_index
from nmplan.maps.pages import render_pages


def test_both_pages_by_name(payload: dict[str, Any]) -> None:
    pages = render_pages(payload)
    assert pages == {"index.html": render_index(payload), "explorer.html": render_explorer(payload)}


def test_pages_are_text_files(payload: dict[str, Any]) -> None:
    for page in render_pages(payload).values():
        assert page.startswith("<!DOCTYPE html>")
        assert "\r" not in page
