"""The explorer: all sites, all tenants, all scenarios, weights the reader can move."""

from __future__ import annotations

import html
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
from nmplan.maps.payload import compact
from nmplan.maps.picture import draw_picture
from nmplan.maps.ranking import rank_sites
from nmplan.maps.strings import check_keys
from nmplan.maps.strings import load_strings

SCRIPTS = ("data", "ranking", "words", "state", "map", "labels", "key", "panel", "dossier", "print", "start")
"""In the order in which they build on each other; together they are one function, so that nothing leaks."""

DATA = "nmplan-data"
LISTED = 20


class Explorer(MacroElement):
    """
    The explorer on a map: its markup, the data once, and one call.

    Parameters
    ----------
    payload
        From `build_payload`.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        exploreSites({{ this._parent.get_name() }}, JSON.parse(document.getElementById("nmplan-data").textContent));
        {% endmacro %}
        """
    )

    def __init__(self, payload: dict[str, Any]) -> None:
        super().__init__()
        self._name = "Explorer"
        self._payload = payload

    def render(self, **kwargs: object) -> None:
        """Put markup, data and script into the page; none of them passes through Jinja."""
        figure = self.get_root()
        code = _code()
        markup = read_asset("explorer/explorer.html")
        check_keys("explorer.html", markup + code)
        figure.header.add_child(Verbatim(style(read_asset("explorer/explorer.css"))), name="explorer_css")
        figure.html.add_child(Verbatim(markup), name="explorer_markup")
        figure.html.add_child(Verbatim(f"<noscript>{_fallback(self._payload)}</noscript>"), name="explorer_fallback")
        content = {**compact(self._payload), "strings": load_strings()}
        figure.html.add_child(Verbatim(inert_json(DATA, content)), name="explorer_data")
        figure.html.add_child(Verbatim(script(code)), name="explorer_js")
        super().render(**kwargs)


def render_explorer(payload: dict[str, Any]) -> str:
    """
    Return explorer.html.

    Parameters
    ----------
    payload
        From `build_payload`.

    Raises
    ------
    StringsError
        The page asks for a string the table does not have.
    AssetError
        Leaflet is not the one that was recorded.
    """
    figure = Figure()
    figure.header.add_child(head(payload["stamp"]["name_en"]), name="head")
    page = OfflineMap("explorer", zoom_snap=0.25, min_zoom=10, max_zoom=19, prefer_canvas=False)
    page.add_child(Explorer(payload))
    figure.add_child(page)
    return finish(figure, "en-HK")


def _code() -> str:
    """Return the scripts as one function of the map and the data."""
    parts = "\n".join(read_asset(f"explorer/{name}.js") for name in SCRIPTS)
    return f'function exploreSites(map, data) {{\n"use strict";\n{parts}}}\n'


def _fallback(payload: dict[str, Any]) -> str:
    """Return what is shown where scripts do not run: title, picture, best sites, caveat, in both languages."""
    stamp, strings = payload["stamp"], load_strings()
    tenant, scenario = payload["tenants"][0], payload["scenarios"][0]
    rows = "".join(_row(payload, ranked.site, ranked.rank, ranked.score) for ranked in rank_sites(payload)[:LISTED])
    both = [
        f'<p lang="{tag}">{html.escape(strings[language]["no_script"])}</p>'
        f'<p lang="{tag}">{html.escape(stamp[f"caveat_{language}"])}</p>'
        for language, tag in (("en", "en-HK"), ("zh", "zh-Hant-HK"))
    ]
    shown = f"{tenant['en']} {tenant['zh']} · {scenario['en']} {scenario['zh']}"
    fields = {"date": stamp["data_date"], "hash": stamp["study_hash"], "version": stamp["version"]}
    return (
        f"<div class='fallback'><h1>{html.escape(stamp['name_en'])} {html.escape(stamp['name_zh'])}</h1>{''.join(both)}"
        f"<h2>{html.escape(shown)}</h2>{draw_picture(payload, shown, width=640)}"
        "<table><thead><tr><th>Rank 排名</th><th>Site 用地</th><th>Points 得分</th></tr></thead>"
        f"<tbody>{rows}</tbody></table><p>{html.escape(strings['en']['stamp'].format(**fields))}</p></div>"
    )


def _row(payload: dict[str, Any], site: int, rank: int, score: float) -> str:
    """Return a row of the table of best sites."""
    sites = payload["sites"]
    name = " ".join(dict.fromkeys([sites["en"][site], sites["zh"][site], sites["id"][site]]))
    return f"<tr><td>{rank}</td><td>{html.escape(name)}</td><td>{score:.1f}</td></tr>"
