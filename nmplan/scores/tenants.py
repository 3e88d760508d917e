"""All sites scored for one tenant: constraints first, then values, points, ranks and how they hold up."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.errors import Fault
from nmplan.errors import NmplanError
from nmplan.measures.land import permitted_share
from nmplan.scores.acceptability import holds_for_all
from nmplan.scores.acceptability import long_ranks
from nmplan.scores.acceptability import long_weights
from nmplan.scores.acceptability import rank_acceptability
from nmplan.scores.acceptability import top_share
from nmplan.scores.aggregate import rank_scores
from nmplan.scores.aggregate import weighted_sum
from nmplan.scores.constraints import check_rules
from nmplan.scores.ensemble import value_members
from nmplan.scores.ledger import keep_ledger
from nmplan.scores.value_functions import value_of
from nmplan.scores.weights import emphasise
from nmplan.scores.weights import normalise_weights
from nmplan.words import MEASURES
from nmplan.words import column_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping
    from collections.abc import Sequence

    from nmplan.measures.sites import Measures
    from nmplan.scores.acceptability import Acceptability
    from nmplan.study import PointOfView
    from nmplan.study import Robustness
    from nmplan.study import Sandbox
    from nmplan.study import Tenant


@dataclass(frozen=True)
class Scores:
    """
    Scores of all sites for one tenant.

    `table` one row per site, `ledger` one per site and criterion, `exclusions` one per rule a site does not pass,
    `omitted` the criteria and rules left out because a layer is missing; `rank_shares` one row per site and rank it
    takes in some draw, up to the top k; `central_weights` one per criterion and site that is ever in the top k.
    """

    table: pd.DataFrame
    ledger: pd.DataFrame
    exclusions: pd.DataFrame
    omitted: list[str]
    rank_shares: pd.DataFrame
    central_weights: pd.DataFrame


def score(
    measures: Measures | pd.DataFrame,
    tenant: Tenant,
    *,
    robustness: Robustness,
    points_of_view: Mapping[str, PointOfView] = MappingProxyType({}),
    ensemble: pd.DataFrame | None = None,
) -> Scores:
    """
    Score all sites for a tenant.

    Sites that fail a constraint are excluded: no score, no rank. A criterion whose layer is missing is omitted and the
    weights of the others renormalised; a site at which a criterion could not be measured is undecided, never zero.

    Parameters
    ----------
    measures
        What `measure` returned, or its table: one row per site with `parcel_id`, `accuracy_m` and the measures.
    tenant
        Its criteria, constraints, chain and permitted zones.
    robustness
        How weights are drawn.
    points_of_view
        Readers for whom a site must stay in the top k to hold; without any, the tenant's own weights decide.
    ensemble
        From `measure_ensemble`, what the measures might be; without it they are taken as sure.

    Returns
    -------
    Scores
        Sites in the order given.
    """
    table = measures if isinstance(measures, pd.DataFrame) else measures.table
    sites = table.set_index("parcel_id")
    named = [criterion.measure for criterion in tenant.criteria] + [rule.measure for rule in tenant.constraints]
    known = tenant_measures(sites, tenant, named)
    criteria = [criterion for criterion in tenant.criteria if criterion.measure in known]
    if not any(criterion.weight > 0 for criterion in criteria):
        lost = ", ".join(sorted(set(named) - set(known)))
        what = f"no criterion with a weight can be measured; left out for want of a layer: {lost}."
        raise NmplanError([Fault(f"tenant {tenant.name_en}", "criteria", what, "Give the study those layers.")])
    weights = normalise_weights({criterion.measure: criterion.weight for criterion in criteria})
    values = pd.DataFrame(
        {criterion.measure: value_of(known[criterion.measure], criterion.value) for criterion in criteria},
        index=sites.index,
    )
    broken = check_rules(known, tenant.constraints, sites)
    weighted = list(weights.index[weights > 0])
    unmeasured = _unmeasured(known[weighted], values[weighted])
    exclusions = pd.concat([table for table in (broken, unmeasured) if len(table)] or [broken], ignore_index=True)
    out = set(broken.loc[broken["outcome"].eq("fail"), "parcel_id"]) | set(unmeasured["parcel_id"])
    eligible = ~sites.index.isin(out)
    points = weighted_sum(values, weights).where(eligible)
    table = pd.DataFrame({"eligible": eligible, "score": points, "rank": rank_scores(points)}, index=sites.index)
    sure = values[eligible]
    members = [sure] if ensemble is None else value_members(ensemble, tenant, sure)
    stable, found = _stability(members, weights, robustness, points_of_view)
    table = table.join(stable)
    table["holds"] = table["holds"].fillna(value=False).astype(bool)
    table["rank"] = table["rank"].astype("Int64")
    units = {name: MEASURES[name].unit for name in values}
    ledger = keep_ledger(known[list(values.columns)], values, weights, units)
    omitted = [name for name in dict.fromkeys(named) if name not in known]
    return Scores(table.reset_index(), ledger, exclusions, omitted, long_ranks(found), long_weights(found))


def tenant_measures(sites: pd.DataFrame, tenant: Tenant | Sandbox, names: Iterable[str]) -> pd.DataFrame:
    """
    Return the measures a tenant (or kind of sandbox) names, as far as they are there.

    Those of a chain are the tenant's chain's; the permitted share is that of the tenant's zones.
    """
    found = {}
    for name in dict.fromkeys(names):
        column = column_of(name, tenant.chain)
        if name == "permitted_share" and any(str(column).startswith("zone_share_") for column in sites):
            found[name] = permitted_share(sites, tenant.permitted_zones)
        elif column in sites:
            found[name] = sites[column].astype(float)
    return pd.DataFrame(found, index=sites.index)


def _unmeasured(measured: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """List the criteria that could not be measured at a site: it cannot be compared, which is not to say it is bad."""
    gone = measured.where(values.isna()).stack(future_stack=True)[values.isna().stack(future_stack=True)]
    rows = gone.rename("measured").rename_axis(["parcel_id", "criterion"]).reset_index()
    rule = "measured: " + rows["criterion"].astype("str")
    return pd.DataFrame(
        {"parcel_id": rows["parcel_id"], "rule": rule, "measured": np.nan, "limit": np.nan, "outcome": "undecided"}
    )


def _stability(
    members: Sequence[pd.DataFrame],
    weights: pd.Series[float],
    robustness: Robustness,
    points_of_view: Mapping[str, PointOfView],
) -> tuple[pd.DataFrame, Acceptability]:
    """Return rank acceptability under the tenant's own weights, and whether a site holds from all points of view."""
    how = robustness.model_dump(include={"draws", "concentration", "top_k", "seed"})
    own = rank_acceptability(members, weights, **how, threshold=robustness.threshold)
    seen = {
        f"p_top_{name}": top_share(members, emphasise(weights, view.emphasis), **how)
        for name, view in points_of_view.items()
    }
    views = pd.DataFrame(seen, index=own.table.index)
    holds = holds_for_all(views if seen else own.table[["p_top"]], robustness.risk_tolerance)
    return own.table.assign(holds=holds).join(views), own
