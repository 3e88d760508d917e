"""A site explained: what adds up to its score, which rules it passes, how its rank holds, and against another."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd

from nmplan.scores.breakeven import break_even_weights
from nmplan.scores.drawings import sparkline
from nmplan.scores.tenants import tenant_measures
from nmplan.words import MEASURES
from nmplan.words import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

    from nmplan.study import Robustness
    from nmplan.study import Tenant

    Rows = list[dict[str, Any]]


LAND = (
    "status",
    "tenure",
    "ready_year",
    "ready_basis",
    "ready_source",
    "plot_ratio",
    "plot_ratio_basis",
    "plot_ratio_source",
)
"""Columns of the layer parcels on the land itself: who holds it, from when on, how dense, and how that is known."""


@dataclass(frozen=True)
class Explanation:
    """
    Why a site scores what it scores, as plain data (None where a number is unknown).

    Parameters
    ----------
    parcel_id, tenant, scenario
        Which site, for whom, when.
    score, rank, eligible_sites
        None where the site is excluded or undecided; among how many sites it ranks.
    outcome
        "eligible", "excluded" or "undecided".
    ledger
        By criterion: measured, unit, value, weight, points, `shown`, the points to two decimals so that they add up,
        and `curve`, the value function as a row of blocks from the least of the measure to the most.
    rules
        By rule: measured, limit, unit, reason and outcome (pass, fail, undecided or not checked).
    robustness
        top_k, p_top, rank_low, rank_high, p_first, confidence, threshold, p_threshold, holds, `views` (p_top by point
        of view) and `not_for`, those for whom it does not hold; empty for sites without a rank.
    central_weights
        By criterion: mean weight of the draws in which it is first, and in the top k.
    break_even
        By criterion: weight, in_top, lower and upper.
    land
        What is known of the land itself, of `LAND`; None where it is unknown.
    commitments
        Public pledges, tenders and grants that may lie on it, as plain data; nearest first.
    """

    parcel_id: str
    tenant: str
    scenario: str
    score: float | None
    rank: int | None
    eligible_sites: int
    outcome: str
    ledger: Rows
    rules: Rows
    robustness: dict[str, Any]
    central_weights: Rows
    break_even: Rows
    land: dict[str, Any] = field(default_factory=dict)
    commitments: Rows = field(default_factory=list)


def explain_site(
    tables: Mapping[str, pd.DataFrame],
    tenant: Tenant,
    robustness: Robustness,
    *,
    parcel_id: str,
    name: str,
    scenario: str,
) -> Explanation:
    """
    Explain a site for a tenant.

    Parameters
    ----------
    tables
        `measures`, `scores`, `ledger`, `exclusions` and `central_weights` of a scenario; `parcels` for what is known of
        the land.
    tenant
        The tenant.
    robustness
        What counts as the top and as holding.
    parcel_id, name, scenario
        The site, the tenant's key and the scenario's, as they stand in the tables.
    """
    own = {
        key: table[table["tenant"].eq(name)].drop(columns="tenant")
        for key, table in tables.items()
        if key not in {"measures", "parcels"}
    }
    mine = {key: table[table["parcel_id"].eq(parcel_id)] for key, table in own.items()}
    row = mine["scores"].iloc[0]
    shown = rounded_parts(mine["ledger"]["points"])
    curves = {criterion.measure: sparkline(criterion.value) for criterion in tenant.criteria}
    curve = mine["ledger"]["criterion"].map(curves)
    ledger = _records(mine["ledger"].drop(columns="parcel_id").assign(shown=shown, curve=curve))
    # acceptability and break-even weights are those of a weighted sum: other aggregations have no points
    ranked = bool(row["eligible"]) and mine["ledger"]["points"].notna().any()
    out = mine["exclusions"]
    outcome = "eligible" if row["eligible"] else "excluded" if out["outcome"].eq("fail").any() else "undecided"
    measured = tenant_measures(
        tables["measures"].set_index("parcel_id").loc[[parcel_id]],
        tenant,
        [rule.measure for rule in tenant.constraints],
    )
    return Explanation(
        parcel_id=parcel_id,
        tenant=name,
        scenario=scenario,
        score=_plain(row["score"]),
        rank=_plain(row["rank"]),
        eligible_sites=int(own["scores"]["eligible"].sum()),
        outcome=outcome,
        ledger=ledger,
        rules=_rules(tenant, out, measured.iloc[0]),
        robustness=_robustness(row, robustness) if ranked else {},
        central_weights=_records(mine["central_weights"].drop(columns="parcel_id")),
        break_even=_break_even(own, parcel_id, robustness.top_k) if ranked else [],
        land=_land(tables["parcels"], parcel_id) if "parcels" in tables else {},
    )


def _land(parcels: pd.DataFrame, parcel_id: str) -> dict[str, Any]:
    row = parcels[parcels["parcel_id"].eq(parcel_id)].iloc[0]
    known = {name: _plain(row[name]) for name in LAND if name in row}
    return {name: None if value in UNKNOWN else value for name, value in known.items()}


def difference(mine: Explanation, other: Explanation) -> Rows:
    """
    Return how two explained sites, or one in two scenarios, differ criterion by criterion.

    Returns
    -------
    list of dict
        criterion, unit, measured and other_measured, points and other_points as they are shown, and `difference` =
        other points − points, from this site to the other; they add up to that of the scores where both have one.
    """
    theirs = {row["criterion"]: row for row in other.ledger}
    rows = [
        {
            "criterion": row["criterion"],
            "unit": row["unit"],
            "measured": row["measured"],
            "other_measured": found["measured"],
            "points": row["shown"],
            "other_points": found["shown"],
            "difference": None if None in (row["shown"], found["shown"]) else round(found["shown"] - row["shown"], 2),
        }
        for row in mine.ledger
        if (found := theirs.get(row["criterion"])) is not None
    ]
    return sorted(rows, key=lambda row: -abs(row["difference"] or 0.0))


def rounded_parts(parts: Sequence[float] | pd.Series[float], decimals: int = 2) -> list[float]:
    """
    Return numbers rounded so that they add up to their rounded sum: the largest remainders are rounded up.

    Examples
    --------
    >>> rounded_parts([33.333, 33.333, 33.334], decimals=1)
    [33.3, 33.3, 33.4]
    """
    numbers = np.asarray(parts, dtype=float) * 10**decimals
    whole = np.floor(np.nan_to_num(numbers) + 1e-9)
    missing = int(np.rint(np.nansum(numbers)) - whole.sum())
    order = np.argsort(whole - np.nan_to_num(numbers), kind="stable")
    whole[order[: max(0, missing)]] += 1
    return [float(n) for n in np.where(np.isnan(numbers), np.nan, whole / 10**decimals)]


def _rules(tenant: Tenant, exclusions: pd.DataFrame, measured: pd.Series[float]) -> Rows:
    """Return every rule of a tenant with what came out, then the criteria that could not be measured."""
    found = exclusions.set_index("rule")
    rows = []
    for rule in tenant.constraints:
        known = rule.measure in measured
        outcome = found["outcome"].get(rule.name, "pass" if known else "not checked")
        rows.append(
            {
                "rule": rule.name,
                "measured": _plain(measured[rule.measure]) if known else None,
                "limit": getattr(rule, "limit", None),
                "unit": MEASURES[rule.measure].unit if rule.measure in MEASURES else "",
                "outcome": outcome,
                "reason_en": rule.reason_en,
                "reason_zh": rule.reason_zh,
            }
        )
    named = {rule.name for rule in tenant.constraints}
    unmeasured = exclusions[~exclusions["rule"].isin(named)]
    nothing = {
        "measured": None,
        "limit": None,
        "unit": "",
        "reason_en": "Could not be measured",
        "reason_zh": "無法量度",
    }
    return rows + [{"rule": row.rule, "outcome": row.outcome, **nothing} for row in unmeasured.itertuples()]


def _robustness(row: pd.Series[Any], how: Robustness) -> dict[str, Any]:
    names = ("p_top", "p_first", "confidence", "p_threshold", "holds")
    views = {
        str(column).removeprefix("p_top_"): float(row[column])
        for column in row.index
        if str(column).startswith("p_top_")
    }
    return {
        "top_k": how.top_k,
        "threshold": how.threshold,
        "risk_tolerance": how.risk_tolerance,
        **{name: _plain(row[name]) for name in names},
        "rank_low": int(row["rank_low"]),
        "rank_high": int(row["rank_high"]),
        "views": views,
        "not_for": [name for name, share in views.items() if share < 1 - how.risk_tolerance],
    }


def _break_even(own: Mapping[str, pd.DataFrame], parcel_id: str, top_k: int) -> Rows:
    """Return the break-even weights of a site among the eligible ones, from the ledger."""
    eligible = own["scores"].loc[own["scores"]["eligible"], "parcel_id"]
    ledger = own["ledger"]
    weights = ledger.drop_duplicates("criterion").set_index("criterion")["weight"].astype(float)
    values = ledger.pivot(index="parcel_id", columns="criterion", values="value").loc[eligible, list(weights.index)]
    values = values[list(weights.index[weights > 0])]
    found = break_even_weights(values, weights[weights > 0], top_k, [parcel_id])
    return _records(found.drop(columns="parcel_id"))


def _records(table: pd.DataFrame) -> Rows:
    return [{str(key): _plain(value) for key, value in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:
    """Return a number as Python has it, None where there is none."""
    if value is None or value is pd.NA or (isinstance(value, float | np.floating) and not np.isfinite(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
