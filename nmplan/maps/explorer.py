"""The explorer: all sites, all tenants, all scenarios, weights the reader can move."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from typing import Any

from nmplan.maps.picture import draw_picture
from nmplan.maps.ranking import rank_sites
from nmplan.maps.shell import render_page
from nmplan.maps.shell import said

if TYPE_CHECKING:
    from nmplan.maps.material import Material

SCRIPTS = (
    "ranking",
    "bands",
    "state",
    "classes",
    "painter",
    "whatif",
    "map",
    "key",
    "panel",
    "dossier",
    "save",
    "export",
    "print",
    "start",
)
"""In the order in which they build on each other."""

LISTED = 20


def render(material: Material) -> str:
    """Return explorer.html."""
    return render_explorer(material.payload)


def card(material: Material) -> str:
    """Return the picture on the index's card: the first tenant in the first scenario."""
    tenant, scenario = material.tenants[0], material.scenarios[0]
    return draw_picture(material.payload, f"{tenant.name_en}, {scenario.name_en}", width=480)


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
    return render_page("explorer", payload, [f"explorer/{name}" for name in SCRIPTS], _fallback(payload))


def _fallback(payload: dict[str, Any]) -> str:
    """Return what is shown where scripts do not run: picture and best sites, in both languages."""
    tenant, scenario = payload["tenants"][0], payload["scenarios"][0]
    rows = "".join(_row(payload, ranked.site, ranked.rank, ranked.score) for ranked in rank_sites(payload)[:LISTED])
    shown = f"{tenant['en']} {tenant['zh']} · {scenario['en']} {scenario['zh']}"
    return (
        f"{said('p', 'no_script')}<h2>{html.escape(shown)}</h2>{draw_picture(payload, shown, width=640)}"
        "<table><thead><tr><th>Rank 排名</th><th>Site 用地</th><th>Points 得分</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _row(payload: dict[str, Any], site: int, rank: int, score: float) -> str:
    """Return a row of the table of best sites."""
    sites = payload["sites"]
    name = " ".join(dict.fromkeys([sites["en"][site], sites["zh"][site], sites["id"][site]]))
    return f"<tr><td>{rank}</td><td>{html.escape(name)}</td><td>{score:.1f}</td></tr>"
