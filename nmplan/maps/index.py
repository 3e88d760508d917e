"""The index: one card per page, readable without the pages beside it and without scripts."""

from __future__ import annotations

import html
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING
from typing import Any

from nmplan.maps.document import render_document
from nmplan.maps.findings import tell_findings
from nmplan.maps.pages import PAGES
from nmplan.maps.ranking import RANK_BANDS
from nmplan.maps.ranking import rank_sites
from nmplan.maps.ranking import sites_undecided
from nmplan.maps.shell import both
from nmplan.maps.shell import said
from nmplan.maps.shell import stamp_line

if TYPE_CHECKING:
    from nmplan.maps.material import Material
    from nmplan.maps.pages import PageEntry
    from nmplan.maps.ranking import Ranked

LISTED = 3

OPEN_MARK = '<abbr class="open-mark" title="A rule is not yet decided · 有規則未能判斷">?</abbr> '
"""After a ranked site for which a rule is not decided."""


def render(material: Material) -> str:
    """Return index.html."""
    payload = material.payload
    cards = "".join(_card(material, entry) for entry in PAGES if entry.module != "index")
    parts = (
        _intro(payload),
        _findings(material),
        f'<div class="cards">{cards}</div>',
        said("p", "page_missing", " class=muted"),
        _best(payload),
    )
    return render_document("index", payload["stamp"], "".join(parts))


def _intro(payload: dict[str, Any]) -> str:
    """Return what this is, what to keep in mind, and what tells two copies apart."""
    stamp = payload["stamp"]
    caveat = both("p", stamp["caveat_en"], stamp["caveat_zh"], ' class="lead"')
    return f'<div class="intro">{said("p", "index_about", " class=what")}{caveat}{stamp_line(stamp)}</div>'


def _findings(material: Material) -> str:
    """Return what the study says first."""
    items = "".join(both("li", *sentence) for sentence in tell_findings(material))
    return f'<section class="findings">{said("h2", "findings")}<ul>{items}</ul></section>' if items else ""


def _card(material: Material, entry: PageEntry) -> str:
    """Return the card of a page: its picture, what it answers, and the way there."""
    picture = import_module(f"nmplan.maps.{entry.module}").card(material)
    key = _key(material) if entry.module == "explorer" else ""
    link = said("a", "open_page", f' class="open" href="{entry.file}" data-page')
    text = f"{said('h2', entry.title)}{said('p', entry.about)}{key}{link}"
    return f'<section class="card"><figure>{picture}</figure><div>{text}</div></section>'


def _key(material: Material) -> str:
    """Return who is shown in the explorer's picture, and what its colours mean."""
    tenant, scenario = material.tenants[0], material.scenarios[0]
    shown = both("p", f"{tenant.name_en}, {scenario.name_en}", f"{tenant.name_zh}，{scenario.name_zh}", " class=shown")
    classes = "".join(f'<li class="band-{band}">{label}</li>' for band, label in enumerate(_band_labels()))
    return f'{shown}<ul class="key">{classes}</ul>'


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
    table = f'<table class="stack best"><thead><tr>{corner}{heads}</tr></thead><tbody>{rows}</tbody></table>'
    return f"<section>{said('h2', 'best_by_tenant')}{table}{said('p', 'open_mark', ' class=muted')}</section>"


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
    unsure = sites_undecided(payload, scenario, tenant)
    return f"<ol>{''.join(_item(payload, one, OPEN_MARK if one.site in unsure else '') for one in ranked)}</ol>"


def _item(payload: dict[str, Any], one: Ranked, mark: str) -> str:
    """Return a site: its area, its id, whether a rule is open, its points and its zone."""
    sites = payload["sites"]
    zone = both("small", *payload["zones"][sites["zone"][one.site]])
    return (
        f'<li value="{one.rank}">{_where(payload, one.site)} <small>{html.escape(sites["id"][one.site])}</small> '
        f"{mark}{said('span', 'points', points=f'{one.score:.1f}')} {zone}</li>"
    )


def _where(payload: dict[str, Any], site: int) -> str:
    """Return the area a site lies in; its own name where it lies in none."""
    sites = payload["sites"]
    area = sites["area_id"][site]
    names = payload["areas"][area] if area else {"en": sites["en"][site], "zh": sites["zh"][site]}
    return both("b", names["en"], names["zh"])
