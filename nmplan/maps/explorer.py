"""The explorer: all sites, all tenants, all scenarios, weights the reader can move."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from typing import Any

from nmplan.maps.journeys import with_journeys
from nmplan.maps.picture import draw_picture
from nmplan.maps.ranking import rank_sites
from nmplan.maps.ranking import sites_undecided
from nmplan.maps.shell import render_page
from nmplan.maps.shell import said

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from nmplan.maps.material import Material
    from nmplan.maps.ranking import Ranked

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
    "journeys",
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
    return render_explorer(with_journeys(with_effects(material.payload, material.tables), material))


def card(material: Material) -> str:
    """Return the picture on the index's card: the first tenant in the first scenario."""
    tenant, scenario = material.tenants[0], material.scenarios[0]
    return draw_picture(material.payload, f"{tenant.name_en}, {scenario.name_en}", width=480)


def with_effects(payload: dict[str, Any], tables: Mapping[str, Mapping[str, pd.DataFrame]]) -> dict[str, Any]:
    """
    Return the payload with what each criterion decides in effect, where that was computed.

    Parameters
    ----------
    payload
        From `build_payload`.
    tables
        By scenario, then name; "agreement" with its quantity "effective_weight" counts.

    Returns
    -------
    dict
        "effective" in each result: shares of the spread of scores in the order of the criteria, None where unknown.
    """
    scenarios = []
    for scenario in payload["scenarios"]:
        agreement = tables.get(scenario["id"], {}).get("agreement")
        if agreement is None:
            scenarios.append(scenario)
            continue
        rows = agreement[agreement["quantity"].eq("effective_weight") & agreement["number"].notna()]
        shares = {(row.tenant, row.a): round(float(row.number), 3) for row in rows.itertuples()}
        results = [
            {**result, "effective": [shares.get((tenant["id"], one["id"])) for one in tenant["criteria"]]}
            for tenant, result in zip(payload["tenants"], scenario["results"], strict=True)
        ]
        scenarios.append({**scenario, "results": results})
    return {**payload, "scenarios": scenarios}


def render_explorer(payload: dict[str, Any]) -> str:
    """
    Return explorer.html.

    Parameters
    ----------
    payload
        From `build_payload`, with what `with_effects` and `with_journeys` add where there is any.

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
    unsure = sites_undecided(payload)
    rows = "".join(_row(payload, ranked, ranked.site in unsure) for ranked in rank_sites(payload)[:LISTED])
    shown = f"{tenant['en']} {tenant['zh']} · {scenario['en']} {scenario['zh']}"
    return (
        f"{said('p', 'no_script')}<h2>{html.escape(shown)}</h2>{draw_picture(payload, shown, width=640)}"
        "<table><thead><tr><th>Rank 排名</th><th>Site 用地</th><th>Points 得分</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>{said('p', 'open_mark')}"
    )


def _row(payload: dict[str, Any], ranked: Ranked, unsure: bool) -> str:  # noqa: FBT001  (a trait of the row)
    """Return a row of the table of best sites, with a mark where a rule is not decided."""
    sites, (site, score, rank) = payload["sites"], ranked
    mark = " ?" if unsure else ""
    name = " ".join(dict.fromkeys([sites["en"][site], sites["zh"][site], sites["id"][site]]))
    return f"<tr><td>{rank}</td><td>{html.escape(name)}{mark}</td><td>{score:.1f}</td></tr>"
