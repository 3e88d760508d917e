"""What a scenario changes: each site's measures and scores against another scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection

COLUMNS = ["parcel_id", "tenant", "quantity", "before", "after", "change"]


def scenario_differences(
    measures: tuple[pd.DataFrame, pd.DataFrame], scores: tuple[pd.DataFrame, pd.DataFrame], names: Collection[str]
) -> pd.DataFrame:
    """
    Return what changes at each site from one scenario to another.

    Parameters
    ----------
    measures
        Tables of measures before and after, one row per parcel_id.
    scores
        Tables of scores before and after, one row per parcel_id and tenant.
    names
        Columns of measures to compare; those that either table lacks are left out.

    Returns
    -------
    pandas.DataFrame
        Long: parcel_id, tenant (empty for measures), quantity (a measure, or "score"), before, after, change (after −
        before, in the unit of the quantity; NaN where either is unknown). Only sites of both, and only what changes
        or becomes known or unknown.
    """
    before, after = (table.set_index("parcel_id") for table in measures)
    common = [name for name in names if name in before and name in after]
    parts = [_long(before[name], after[name], name, "") for name in common]
    for tenant in scores[1]["tenant"].unique():
        old, new = (table[table["tenant"].eq(tenant)].set_index("parcel_id")["score"] for table in scores)
        parts.append(_long(old, new, "score", tenant))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)
    known = table["before"].notna() != table["after"].notna()
    return table[known | ~np.isclose(table["change"].fillna(0.0), 0.0)].reset_index(drop=True)


def _long(before: pd.Series[float], after: pd.Series[float], quantity: str, tenant: str) -> pd.DataFrame:
    """Return one quantity of the sites of both scenarios."""
    sites = after.index.intersection(before.index)
    old, new = before.reindex(sites).to_numpy(dtype=float), after.reindex(sites).to_numpy(dtype=float)
    columns = {"parcel_id": sites, "tenant": tenant, "quantity": quantity, "before": old, "after": new}
    return pd.DataFrame({**columns, "change": new - old})[COLUMNS]


def mean_by_area(
    before: pd.DataFrame, after: pd.DataFrame, areas: pd.Series[str], names: Collection[str]
) -> pd.DataFrame:
    """
    Return the mean of quantities by study area in two scenarios, over the sites where both are known.

    Parameters
    ----------
    before, after
        Quantities by column, one row per site, both on the index of `areas`.
    areas
        area_id by site.
    names
        Columns to compare.

    Returns
    -------
    pandas.DataFrame
        area_id, quantity, sites (how many have it in both), before, after, change.
    """
    parts = []
    for name in names:
        pair = pd.DataFrame({"area_id": areas, "before": before[name], "after": after[name]}).dropna()
        grouped = pair.groupby("area_id")[["before", "after"]]
        means = grouped.mean().assign(sites=grouped.size(), quantity=name)
        parts.append(means.assign(change=means["after"] - means["before"]).reset_index())
    return pd.concat(parts, ignore_index=True)[["area_id", "quantity", "sites", "before", "after", "change"]]
