from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

from nmplan.maps.pages import FILES
from nmplan.maps.pages import PAGES
from nmplan.maps.pages import render_pages
from nmplan.maps.strings import load_strings

if TYPE_CHECKING:
    from nmplan.maps.material import Material


def test_every_page_of_the_table_is_drawn_by_its_module(material: Material) -> None:
    pages = render_pages(material)
    assert tuple(pages) == FILES
    for entry in PAGES:
        assert pages[entry.file] == import_module(f"nmplan.maps.{entry.module}").render(material)


def test_pages_are_text_files(material: Material) -> None:
    for page in render_pages(material).values():
        assert page.startswith("<!DOCTYPE html>")
        assert "\r" not in page


def test_only_pages_of_the_table_are_linked(material: Material) -> None:
    for page in render_pages(material).values():
        markup = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
        assert set(re.findall(r'<a[^>]* href="([^"#]+)"', markup)) <= set(FILES)


def test_what_pages_are_called_is_in_the_table_of_strings() -> None:
    keys = {entry.title for entry in PAGES} | {entry.about for entry in PAGES if entry.about}
    assert keys <= set(load_strings()["en"])
