"""Who would get which land, within which limits, and what areas could carry: as a page tells it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from typing import Any

import pandas as pd

from nmplan.maps.strings import load_strings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

    from nmplan.study import Study

    Names = Mapping[str, tuple[str, str]]

Both = dict[str, str]
"""A text in both languages."""

CAPACITY = {
    "land_ha": 1,
    "gfa_m2": 0,
    "gfa_known_share": 3,
    "jobs_low": 0,
    "jobs_high": 0,
    "jobs_known_share": 3,
    "gfa_target_m2": 0,
    "jobs_target": 0,
}
"""What is told of an area, and to how many decimals."""

SUMMARY = {
    "sites": 0,
    "land_ha": 1,
    "mean_score": 1,
    "captive_share": 4,
    "captive_known_ha": 1,
    "gap": 4,
    "eligible_sites": 0,
}
FRONTIER = {"total_score": 0, "captive_share": 4, "land_ha": 1, "gap": 4}
ROUNDS = {
    "round": 0,
    "budget_hkd_m": 1,
    "reinvested_hkd_m": 1,
    "spent_hkd_m": 1,
    "private_hkd_m": 1,
    "sites": 0,
    "land_ha": 1,
}

_TENANT_LAND = re.compile(r"portfolio\.tenants\.(.+)\.(land_ha|sites)")
_SEPARATION = re.compile(r"portfolio\.separations\[(\d+)\]")


def tell_capacity(table: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Return what each area could carry beside its target, the row of all areas last; nothing without a table."""
    if table is None:
        return []
    return [
        {"id": str(row["area_id"]), "en": str(row["name_en"]), "zh": str(row["name_zh"]), **_rounded(row, CAPACITY)}
        for row in table.to_dict("records")
    ]


def tell_portfolio(
    tables: Mapping[str, pd.DataFrame],
    tenants: Sequence[str],
    rows: Mapping[str, int],
    study: Study | None,
    names: Names,
) -> dict[str, Any] | None:
    """
    Return a scenario's portfolio, None where the study has none.

    Parameters
    ----------
    tables
        portfolio, portfolio_summary, portfolio_limits, portfolio_frontier, portfolio_rounds.
    tenants
        All tenants in their order; they are told by position.
    rows
        Position of each site.
    study
        Its section portfolio says what limits mean that are no single number.
    names
        Of the tenants, in English and Chinese.

    Returns
    -------
    dict or None
        "summary" (with status), "tenants" (sites, land, mean score and captive share by land, clusters), "sites"
        (position of site and tenant, and round), "limits" in words with what is used, "frontier", "rounds".
    """
    if "portfolio" not in tables:
        return None
    taken = tables["portfolio"]
    taken = taken[taken["parcel_id"].isin(list(rows)) & taken["tenant"].isin(list(tenants))]
    summary = tables["portfolio_summary"].iloc[0].to_dict()
    frontier = tables["portfolio_frontier"].to_dict("records")
    return {
        "summary": {"status": str(summary["status"]), **_rounded(summary, SUMMARY)},
        "tenants": [_share(taken[taken["tenant"].eq(name)], place) for place, name in enumerate(tenants)],
        "sites": [[rows[row.parcel_id], list(tenants).index(row.tenant), int(row.round)] for row in taken.itertuples()],
        "limits": tell_limits(tables["portfolio_limits"], study, names),
        "frontier": [_rounded(row, FRONTIER) for row in frontier],
        "rounds": [_rounded(row, ROUNDS) for row in tables["portfolio_rounds"].to_dict("records")],
    }


def tell_limits(table: pd.DataFrame, study: Study | None, names: Names) -> list[dict[str, Any]]:
    """
    Return the limits of a portfolio in words, those of one tenant's demand in one line.

    Parameters
    ----------
    table
        portfolio_limits: key, side, limit, used, unit, outcome, what.
    study, names
        As for `tell_portfolio`.

    Returns
    -------
    list of dict
        "what" in both languages, "outcome" (kept, contradicts, not solved), "used" with its "unit", None where it is no
        single number.
    """
    told = []
    for key, rows in table.groupby("key", sort=False):
        outcomes = rows["outcome"].tolist()
        outcome = next((one for one in outcomes if one != "kept"), "kept")
        used, unit = rows["used"].iloc[0], str(rows["unit"].iloc[0])
        single = not pd.isna(used) and unit in {"ha", "sites"}
        told.append(
            {
                "what": _limit(str(key), rows, study, names),
                "outcome": str(outcome),
                "used": round(float(used), 1) if single else None,
                "unit": unit if single else "",
            }
        )
    return told


def _limit(key: str, rows: pd.DataFrame, study: Study | None, names: Names) -> Both:
    """Return a limit in words; one we have none for as the study writes it."""
    sides = {side: f"{value:,.10g}" for side, value in zip(rows["side"], rows["limit"], strict=True)}
    settings = study.portfolio if study else None
    if found := _TENANT_LAND.fullmatch(key):
        unit = {"land_ha": "demand_ha", "sites": "demand_sites"}[found[2]]
        tenant = names.get(found[1], (found[1], found[1]))
        least, most = sides.get("at least"), sides.get("at most")
        amount = f"{least}–{most}" if least and most else f"≥ {least}" if least else f"≤ {most}"
        return _both(unit, tenant=tenant, amount=(amount, amount))
    if key == "portfolio.maximum_ha":
        return _both("limit_maximum", amount=(sides["at most"],) * 2)
    if key == "portfolio.risk_tolerance" and settings and settings.risk_tolerance is not None:
        return _both("limit_risk", share=(f"{100 * (1 - settings.risk_tolerance):.10g}%",) * 2)
    if (found := _SEPARATION.fullmatch(key)) and settings and int(found[1]) <= len(settings.separations):
        apart = settings.separations[int(found[1]) - 1]
        one, other = (names.get(name, (name, name)) for name in apart.tenants)
        return _both("limit_apart", one=one, other=other, metres=(f"{apart.at_least_m:,.10g}",) * 2)
    text = "; ".join(f"{key} {side} {value}" for side, value in sides.items())
    return {"en": text, "zh": text}


def _both(key: str, **fields: Sequence[str]) -> Both:
    """Return a string of the table in both languages, each field in its own."""
    return {
        language: load_strings()[language][key].format(**{name: texts[place] for name, texts in fields.items()})
        for place, language in enumerate(("en", "zh"))
    }


def _share(own: pd.DataFrame, place: int) -> dict[str, Any]:
    """Return what one tenant gets; means are by land, of captive shares where they are known."""
    return {
        "tenant": place,
        "sites": len(own),
        "land_ha": round(float(own["area_ha"].sum()), 1),
        "score": _mean(own["score"], own["area_ha"], 1),
        "captive": _mean(own["captive_share"], own["area_ha"], 4),
        "clusters": sorted(own["cluster_id"].dropna().astype(str).unique()),
    }


def _mean(values: pd.Series[float], land: pd.Series[float], decimals: int) -> float | None:
    """Return a mean by land of what is known, None of nothing."""
    known = values.notna()
    total = float(land[known].sum())
    return round(float((values[known] * land[known]).sum()) / total, decimals) if total else None


def _rounded(row: Mapping[Any, Any], decimals: Mapping[str, int]) -> dict[str, float | None]:
    """Return some numbers of a row, rounded; None where there is none."""
    return {
        name: None if pd.isna(row.get(name)) else round(float(row[name]), places) for name, places in decimals.items()
    }
