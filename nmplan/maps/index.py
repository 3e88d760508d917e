"""The index: one card per page, readable without the pages beside it and without scripts."""

from __future__ import annotations

import html
from itertools import pairwise
from typing import TYPE_CHECKING
from typing import Any

from branca.element import Figure

from nmplan.maps.offline import Verbatim
from nmplan.maps.offline import finish
from nmplan.maps.offline import head
from nmplan.maps.offline import read_asset
from nmplan.maps.offline import style
from nmplan.maps.picture import draw_picture
from nmplan.maps.ranking import RANK_BANDS
from nmplan.maps.ranking import rank_sites
from nmplan.maps.shell import both
from nmplan.maps.shell import said
from nmplan.maps.shell import stamp_line

if TYPE_CHECKING:
    from nmplan.maps.material import Material

LISTED = 3


def render(material: Material) -> str:
    """Return index.html."""
    return render_index(material.payload)


def render_index(payload: dict[str, Any]) -> str:
    """
    Return index.html.

    Parameters
    ----------
    payload
        From `nmplan.maps.payload.build_payload`.
    """
    figure = Figure()
    figure.header.add_child(head(payload["stamp"]["name_en"]), name="head")
    figure.header.add_child(Verbatim(style(read_asset("index.css"))), name="index_css")
    body = f"{_title(payload)}<main>{_card(payload)}{_best(payload)}</main>{_foot(payload)}"
    figure.html.add_child(Verbatim(body), name="index")
    return finish(figure, "en-HK")


def _title(payload: dict[str, Any]) -> str:
    """Return the head of the page."""
    stamp = payload["stamp"]
    title = both("h1", stamp["name_en"], stamp["name_zh"])
    return f"<header>{title}{both('p', stamp['caveat_en'], stamp['caveat_zh'])}</header>"


def _card(payload: dict[str, Any]) -> str:
    """Return the card of the explorer: picture, what it is, who is shown, link."""
    tenant, scenario = payload["tenants"][0], payload["scenarios"][0]
    classes = "".join(f'<li class="band-{band}">{label}</li>' for band, label in enumerate(_band_labels()))
    shown = both("figcaption", f"{tenant['en']}, {scenario['en']}", f"{tenant['zh']}，{scenario['zh']}")
    picture = draw_picture(payload, f"{tenant['en']}, {scenario['en']}", width=640)
    link = said("a", "open_page", ' class="open" href="explorer.html"')
    hint = said("p", "explorer_missing", ' class="small"')
    text = f"{said('h2', 'explorer')}{said('p', 'explorer_about')}{link}{hint}"
    key = f'<ul class="key">{classes}</ul>'
    return f'<section class="card"><figure>{picture}{shown}</figure><div>{text}{key}</div></section>'


def _band_labels() -> list[str]:
    """Return what the colours of the picture mean, the excluded last."""
    tops = [said("span", "top_percent", percent=RANK_BANDS[0])]
    tops += [said("span", "percent_between", low=low, high=high) for low, high in pairwise(RANK_BANDS)]
    return [*tops, said("span", "the_rest"), said("span", "excluded")]


def _best(payload: dict[str, Any]) -> str:
    """Return a table of the best sites: a row per tenant, a column per scenario."""
    scenarios = payload["scenarios"]
    corner = said("th", "tenant", ' scope="col"')
    heads = "".join(both("th", one["en"], one["zh"], ' scope="col"') for one in scenarios)
    rows = "".join(_tenant_row(payload, place, tenant) for place, tenant in enumerate(payload["tenants"]))
    table = f"<table><thead><tr>{corner}{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<section>{said('h2', 'best_by_tenant')}{table}</section>"


def _tenant_row(payload: dict[str, Any], place: int, tenant: dict[str, Any]) -> str:
    """Return a tenant's row: its name, then its best sites in each scenario."""
    name = both("th", tenant["en"], tenant["zh"], ' scope="row"')
    # on a phone the cells stand below each other, and each says its scenario itself
    cells = (
        f"<td>{both('i', scenario['en'], scenario['zh'])}{_first_sites(payload, number, place)}</td>"
        for number, scenario in enumerate(payload["scenarios"])
    )
    return f"<tr>{name}{''.join(cells)}</tr>"


def _first_sites(payload: dict[str, Any], scenario: int, tenant: int) -> str:
    """Return the best sites of one tenant in one scenario as a list."""
    ranked = rank_sites(payload, scenario, tenant)[:LISTED]
    if not ranked:
        return said("p", "no_site")
    sites = payload["sites"]
    items = "".join(
        f'<li value="{one.rank}">{both("b", sites["en"][one.site], sites["zh"][one.site])} '
        f"{_id_unless_named(sites['id'][one.site], sites['en'][one.site])}{one.score:.1f}</li>"
        for one in ranked
    )
    return f"<ol>{items}</ol>"


def _id_unless_named(parcel_id: str, name: str) -> str:
    """Return a site's id, unless its name holds it."""
    return "" if parcel_id.casefold() in name.casefold() else f"<small>{html.escape(parcel_id)}</small> "


def _foot(payload: dict[str, Any]) -> str:
    """Return what tells two copies apart."""
    return f"<footer>{stamp_line(payload['stamp'])}</footer>"
