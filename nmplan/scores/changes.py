"""What changed between two scorings: which sites entered or left the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def tell_top_changes(before: pd.DataFrame, after: pd.DataFrame, top_k: int) -> list[str]:
    """
    Say, for each tenant of both scorings, which sites entered or left the top.

    Parameters
    ----------
    before, after
        tenant, parcel_id and rank.
    top_k
        How many ranks count as the top.

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
            lines.append(f"{tenant}, top {top_k}: in {', '.join(came) or '–'}; out {', '.join(went) or '–'}")
    return lines


def _top_sites(scores: pd.DataFrame, top_k: int) -> dict[str, set[str]]:
    best = scores[scores["rank"].le(top_k)]
    return {str(tenant): set(rows["parcel_id"]) for tenant, rows in best.groupby("tenant")}
