"""What changed between two scorings: which sites entered or left the top, and which edits did it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping

    import pandas as pd

UNRANKED = ("robustness", "points_of_view")
"""Sections that no rank depends on."""

SHOWN = 6
"""Edits named before the rest is counted."""


def tell_top_changes(
    before: pd.DataFrame, after: pd.DataFrame, top_k: int, edits: Mapping[str, list[str]] | None = None
) -> list[str]:
    """
    Say, for each tenant of both scorings, which sites entered or left the top, and what was edited since.

    Parameters
    ----------
    before, after
        tenant, parcel_id and rank.
    top_k
        How many ranks count as the top.
    edits
        By tenant, from `edits_by_tenant`; None where nobody kept what the former scores were made from.

    Returns
    -------
    list of str
        A line per tenant whose top changed.
    """
    old, new = _top_sites(before, top_k), _top_sites(after, top_k)
    lines = []
    for tenant in sorted(set(old) & set(new)):
        came, went = sorted(new[tenant] - old[tenant]), sorted(old[tenant] - new[tenant])
        if came or went:
            line = f"{tenant}, top {top_k}: in {', '.join(came) or '–'}; out {', '.join(went) or '–'}"
            lines.append(line + _because(edits, tenant))
    return lines


def edits_by_tenant(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[str]]:
    """
    Return what was edited between two scorings that can move a tenant's ranks.

    Parameters
    ----------
    before, after
        What scores were made from, as plain data: sections of the study under their names, `layers` and `code` by name
        with their hashes.

    Returns
    -------
    dict
        For each tenant the edits of its own section, then those that concern all, such as
        "tenants.vehicles.criteria[3].weight 15 → 25", "layer suppliers changed" or "code of measures changed".
    """
    common = [
        *_hash_changes(before, after, "layers", "layer {} changed"),
        *_hash_changes(before, after, "code", "code of {} changed"),
    ]
    apart = {"tenants", "layers", "code", *UNRANKED}
    for section in sorted((set(before) | set(after)) - apart):
        common += value_changes(before.get(section), after.get(section), section)
    return {
        tenant: [*value_changes(before.get("tenants", {}).get(tenant), own, f"tenants.{tenant}"), *common]
        for tenant, own in after.get("tenants", {}).items()
    }


def value_changes(before: Any, after: Any, key: str) -> Iterator[str]:
    """
    Yield how plain data differs, key by key, as "key old → new".

    Items of lists that name a measure are compared with the item of the same measure, others by their place, counted
    from 1 as in the messages on a study.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            yield from value_changes(before.get(name), after.get(name), f"{key}.{name}")
    elif isinstance(before, list) and isinstance(after, list):
        old, new = _by_measure(before), _by_measure(after)
        for name in dict.fromkeys([*old, *new]):
            place, item = new.get(name, old.get(name, (0, None)))
            if name in old and name in new:
                yield from value_changes(old[name][1], item, f"{key}[{place}]")
            else:
                yield f"{key}[{place}] {_said(item)} {'added' if name in new else 'removed'}"
    elif before != after:
        yield f"{key} {_said(before)} → {_said(after)}"


def undecided_counts(exclusions: pd.DataFrame, scores: pd.DataFrame) -> list[tuple[str, str, int]]:
    """
    Count, per tenant and rule, the eligible sites for which a rule is undecided: too coarse, or not known at all.

    Parameters
    ----------
    exclusions
        parcel_id, tenant, rule and outcome.
    scores
        parcel_id, tenant and eligible.

    Returns
    -------
    list
        (tenant, rule, sites), the most first within each tenant.
    """
    eligible = scores.loc[scores["eligible"], ["tenant", "parcel_id"]]
    open_ones = exclusions[exclusions["outcome"].eq("undecided")].merge(eligible, on=["tenant", "parcel_id"])
    counts = open_ones.groupby(["tenant", "rule"], sort=True).size().sort_values(ascending=False, kind="stable")
    return sorted(((str(a), str(b), int(n)) for (a, b), n in counts.items()), key=lambda row: row[0])


def tell_undecided(exclusions: pd.DataFrame, scores: pd.DataFrame) -> list[str]:
    """Say for each tenant which rules are undecided at how many eligible sites; a line per tenant that has any."""
    found: dict[str, list[str]] = {}
    for tenant, rule, sites in undecided_counts(exclusions, scores):
        found.setdefault(tenant, []).append(f"{rule} at {sites}")
    eligible = scores.groupby("tenant")["eligible"].sum()
    return [
        f"{tenant}: undecided, unknown or too coarse: {', '.join(rules)} of {int(eligible[tenant])} eligible sites"
        for tenant, rules in found.items()
    ]


def tell_empty(exclusions: pd.DataFrame, scores: pd.DataFrame) -> list[str]:
    """Say for each tenant without an eligible site what excluded most of them."""
    lines = []
    for tenant, rows in scores.groupby("tenant", sort=False):
        if not rows["eligible"].any():
            own = exclusions[exclusions["tenant"].eq(tenant)].groupby("rule")["parcel_id"].nunique()
            most = own.sort_values(ascending=False, kind="stable").head(3)
            told = ", ".join(f"{rule} at {sites}" for rule, sites in most.items())
            lines.append(f"{tenant}: none of {len(rows)} sites is eligible; not passed: {told}")
    return lines


def _because(edits: Mapping[str, list[str]] | None, tenant: str) -> str:
    if edits is None:
        return "; of the former scores only the result is known"
    found = edits.get(tenant, [])
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"; edited: {', '.join(found[:SHOWN])}{more}" if found else "; nothing that ranks depend on was edited"


def _top_sites(scores: pd.DataFrame, top_k: int) -> dict[str, set[str]]:
    best = scores[scores["rank"].le(top_k)]
    found = {str(tenant): set(rows["parcel_id"]) for tenant, rows in best.groupby("tenant")}
    return {str(tenant): found.get(str(tenant), set()) for tenant in scores["tenant"].unique()}


def _hash_changes(before: Mapping[str, Any], after: Mapping[str, Any], part: str, words: str) -> list[str]:
    old, new = before.get(part, {}), after.get(part, {})
    return [words.format(name) for name in sorted(set(old) | set(new)) if old.get(name) != new.get(name)]


def _by_measure(items: list[Any]) -> dict[Any, tuple[int, Any]]:
    """Return the items of a list with their places, by measure (the n-th that names it) or else by place."""
    found: dict[Any, tuple[int, Any]] = {}
    for place, item in enumerate(items, start=1):
        name = item.get("measure") if isinstance(item, dict) else None
        key = (name, sum(known[0] == name for known in found if isinstance(known, tuple))) if name else place
        found[key] = (place, item)
    return found


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("measure") or ", ".join(f"{key} {_said(each)}" for key, each in value.items()))
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
