"""Pages that are text and pictures, readable without scripts: both languages stand in them, a script hides one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from branca.element import Figure

from nmplan.maps.offline import Verbatim
from nmplan.maps.offline import finish
from nmplan.maps.offline import head
from nmplan.maps.offline import read_asset
from nmplan.maps.offline import script
from nmplan.maps.offline import style
from nmplan.maps.pages import PAGES
from nmplan.maps.shell import LANGUAGES
from nmplan.maps.shell import both
from nmplan.maps.shell import said
from nmplan.maps.shell import stamp_line

if TYPE_CHECKING:
    from collections.abc import Mapping


def render_document(name: str, stamp: Mapping[str, str], body: str) -> str:
    """
    Return a page of text.

    Parameters
    ----------
    name
        Of the page's module; its style is assets/name/name.css.
    stamp
        Of the study, as in the payload.
    body
        Sections; bar, caveat and stamp are added. Text of data must be escaped in it, as `both` does.
    """
    figure = Figure()
    figure.header.add_child(head(stamp["name_en"]), name="head")
    css = "".join(read_asset(path) for path in ("shared/bar.css", "document/document.css", f"{name}/{name}.css"))
    figure.header.add_child(Verbatim(style(css)), name="page_css")
    foot = f"<footer>{both('p', stamp['caveat_en'], stamp['caveat_zh'])}{stamp_line(stamp)}</footer>"
    figure.html.add_child(Verbatim(f"{_bar(name, stamp)}<main>{body}</main>{foot}"), name="page_body")
    code = f'(function () {{\n"use strict";\n{read_asset("document/document.js")}}})();\n'
    figure.html.add_child(Verbatim(script(code)), name="page_js")
    return finish(figure, LANGUAGES["en"])


def _bar(name: str, stamp: Mapping[str, str]) -> str:
    """Return the bar: the study's name, the pages, and what only a script can do."""
    links = []
    for entry in PAGES:
        current = ' aria-current="page"' if entry.module == name else ""
        link = said("a", entry.title, f' href="{entry.file}" data-page{current}')
        links.append(f"<li>{link}</li>")
    toggle = said("button", "pages", ' type="button" id="pages-toggle" aria-controls="page-list"')
    tools = '<button type="button" id="language"></button>' + said("button", "print", ' type="button" id="print"')
    title = both("h1", stamp["name_en"], stamp["name_zh"], ' id="title"')
    return (
        f'<header id="bar">{title}'
        f'<nav id="pages">{toggle}<ul id="page-list">{"".join(links)}</ul></nav>'
        f'<div class="tools scripted-only">{tools}</div></header>'
    )
