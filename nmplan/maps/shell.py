"""The frame all map pages share: bar, panel, key, dossier, what is shown without scripts, and the data once."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from typing import Any

from branca.element import Figure
from branca.element import MacroElement
from folium.template import Template

from nmplan.maps.offline import OfflineMap
from nmplan.maps.offline import Verbatim
from nmplan.maps.offline import finish
from nmplan.maps.offline import head
from nmplan.maps.offline import inert_json
from nmplan.maps.offline import read_asset
from nmplan.maps.offline import script
from nmplan.maps.offline import style
from nmplan.maps.pages import PAGES
from nmplan.maps.payload import compact
from nmplan.maps.strings import check_keys
from nmplan.maps.strings import load_strings
from nmplan.maps.strings import strings_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

SHARED = ("data", "words", "link", "basemap", "labels", "layers", "sheet", "shell")
"""Scripts of every map page, before its own; together they are one function, so that nothing leaks."""

DATA = "nmplan-data"
LANGUAGES = {"en": "en-HK", "zh": "zh-Hant-HK"}


class Page(MacroElement):
    """
    A page on a map: its markup, the data once, and one call.

    Parameters
    ----------
    name
        Of the page and of its folder below assets: `name/panel.html`, `name/key.html`, `name/name.css`.
    payload
        What the scripts know as `data`; strings are added.
    scripts
        Files below assets without ".js", in the order in which they build on each other.
    fallback
        Markup shown where scripts do not run, below title and caveat.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        drawPage({{ this._parent.get_name() }}, JSON.parse(document.getElementById("nmplan-data").textContent));
        {% endmacro %}
        """
    )

    def __init__(self, name: str, payload: Mapping[str, Any], scripts: Sequence[str], fallback: str) -> None:
        super().__init__()
        self._name = "Page"
        self._page = name
        self._payload = payload
        self._scripts = scripts
        self._fallback = fallback

    def render(self, **kwargs: object) -> None:
        """Put markup, data and script into the page; none of them passes through Jinja."""
        figure = self.get_root()
        code = _code(self._scripts)
        markup = _markup(self._page)
        check_keys(f"{self._page}.html", markup + code)
        css = "".join(
            read_asset(path) for path in ("shared/bar.css", "shared/shell.css", f"{self._page}/{self._page}.css")
        )
        content = {**compact(self._payload), "strings": strings_in(markup + code)}
        figure.header.add_child(Verbatim(style(css)), name="page_css")
        figure.html.add_child(Verbatim(markup), name="page_markup")
        figure.html.add_child(Verbatim(f"<noscript>{self._fallback}</noscript>"), name="page_fallback")
        figure.html.add_child(Verbatim(inert_json(DATA, content)), name="page_data")
        figure.html.add_child(Verbatim(script(code)), name="page_js")
        super().render(**kwargs)


def render_page(name: str, payload: Mapping[str, Any], scripts: Sequence[str], fallback: str) -> str:
    """
    Return a map page as text.

    Parameters
    ----------
    name
        Of the page and of its folder below assets: `name/panel.html`, `name/key.html`, `name/name.css`.
    payload
        With the keys of `common_payload`, and what the page adds.
    scripts
        Files below assets without ".js", such as "explorer/state", in the order in which they build on each other;
        they follow `SHARED`.
    fallback
        Markup of the page where scripts do not run; title, caveat, links and stamp are added. Escape what is data.

    Raises
    ------
    StringsError
        The page asks for a string the table does not have.
    AssetError
        Leaflet is not the one that was recorded.
    """
    figure = Figure()
    figure.header.add_child(head(payload["stamp"]["name_en"]), name="head")
    page = OfflineMap(name, zoom_snap=0.25, min_zoom=10, max_zoom=19, prefer_canvas=False)
    page.add_child(Page(name, payload, scripts, _fallback(name, payload["stamp"], fallback)))
    figure.add_child(page)
    return finish(figure, LANGUAGES["en"])


def both(tag: str, english: str, chinese: str, attributes: str = "") -> str:
    """Return a text in both languages, each marked as what it is."""
    texts = f'<span lang="en-HK">{html.escape(english)}</span> <span lang="zh-Hant-HK">{html.escape(chinese)}</span>'
    return f"<{tag}{attributes}>{texts}</{tag}>"


def said(tag: str, key: str, attributes: str = "", **fields: object) -> str:
    """Return a string of the table in both languages, its fields filled in."""
    strings = load_strings()
    return both(tag, strings["en"][key].format(**fields), strings["zh"][key].format(**fields), attributes)


def stamp_line(stamp: Mapping[str, str]) -> str:
    """Return what tells two copies of a page apart."""
    return said("p", "stamp", date=stamp["data_date"], hash=stamp["study_hash"], version=stamp["version"])


def _code(scripts: Sequence[str]) -> str:
    """Return the scripts as one function of the map and the data."""
    parts = "\n".join(read_asset(f"{name}.js") for name in (*(f"shared/{name}" for name in SHARED), *scripts))
    return f'function drawPage(map, data) {{\n"use strict";\n{parts}}}\n'


def _markup(page: str) -> str:
    """Return the frame with the page's panel and key in it, and links to the pages beside it."""
    links = "".join(
        f'<li><a href="{entry.file}" data-text="{entry.title}"{_current(entry.module, page)}></a></li>'
        for entry in PAGES
    )
    frame = read_asset("shared/frame.html").replace("<!--pages-->", links)
    # every page's last tab ends with the same sources and stamp
    panel = read_asset(f"{page}/panel.html").replace("<!--sources-->", read_asset("shared/sources.html"))
    return frame.replace("<!--panel-->", panel).replace("<!--key-->", read_asset(f"{page}/key.html"))


def _current(module: str, page: str) -> str:
    """Return the mark of the page the reader is on."""
    return ' aria-current="page"' if module == page else ""


def _fallback(page: str, stamp: Mapping[str, str], body: str) -> str:
    """Return what is shown where scripts do not run: title, links, caveat, the page's own, stamp; both languages."""
    others = [said("a", entry.title, f' href="{entry.file}"') for entry in PAGES if entry.module != page]
    links = "".join(f"<li>{link}</li>" for link in others)
    title = f"<h1>{html.escape(stamp['name_en'])} {html.escape(stamp['name_zh'])}</h1>"
    caveat = both("p", stamp["caveat_en"], stamp["caveat_zh"])
    return f"<div class='fallback'>{title}<ul>{links}</ul>{caveat}{body}{stamp_line(stamp)}</div>"
