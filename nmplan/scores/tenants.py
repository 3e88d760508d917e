"""All sites scored for one tenant: constraints first, then values, points, ranks and how they hold up."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING
from typing import Any

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
from nmplan.scores.aggregate import aggregate
from nmplan.scores.aggregate import rank_scores
from nmplan.scores.agreement import COMPARED_ORNESS
from nmplan.scores.agreement import agreement_table
from nmplan.scores.agreement import tell_overlaps
from nmplan.scores.ahp import TOLERABLE
from nmplan.scores.ahp import judge_pairs
from nmplan.scores.ahp import pairwise_table
from nmplan.scores.constraints import check_rules
from nmplan.scores.ensemble import value_members
from nmplan.scores.ledger import keep_ledger
from nmplan.scores.value_functions import direction_of
from nmplan.scores.value_functions import value_of
from nmplan.scores.weights import critic_weights
from nmplan.scores.weights import emphasise
from nmplan.scores.weights import entropy_weights
from nmplan.scores.weights import normalise_weights
from nmplan.study import Aggregation
from nmplan.words import MEASURES
from nmplan.words import SITE_WORDS
from nmplan.words import column_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Iterable
    from collections.abc import Mapping
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nmplan.measures.sites import Measures
    from nmplan.scores.acceptability import Acceptability
    from nmplan.scores.ahp import Judgements
    from nmplan.study import AnyRule
    from nmplan.study import Criterion
    from nmplan.study import PointOfView
    from nmplan.study import Robustness
    from nmplan.study import Sandbox
    from nmplan.study import Tenant

WEIGHTED_SUM = Aggregation()

DATA_WEIGHTS = {"entropy": entropy_weights, "critic": critic_weights}
"""Ways to weigh criteria by how the eligible sites differ."""


@dataclass(frozen=True)
class Scores:
    """
    Scores of all sites for one tenant.

    `table` one row per site, `ledger` one per site and criterion, `exclusions` one per rule a site does not pass,
    `omitted` the criteria and rules left out because a layer is missing; `rank_shares` one row per site and rank it
    takes in some draw, up to the top k; `central_weights` one per criterion and site that is ever in the top k;
    `agreement` how far methods agree and criteria overlap (`agreement.agreement_table`); `notes` what a reader of the
    scores should know.
    """

    table: pd.DataFrame
    ledger: pd.DataFrame
    exclusions: pd.DataFrame
    omitted: list[str]
    rank_shares: pd.DataFrame
    central_weights: pd.DataFrame
    agreement: pd.DataFrame
    notes: list[str]


def score(
    measures: Measures | pd.DataFrame,
    tenant: Tenant,
    *,
    robustness: Robustness,
    points_of_view: Mapping[str, PointOfView] = MappingProxyType({}),
    aggregation: Aggregation = WEIGHTED_SUM,
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
    aggregation
        How values become a score where the tenant does not say.
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
    weights = stated_weights(tenant, known)
    values = pd.DataFrame(
        {criterion.measure: value_of(known[criterion.measure], criterion.value) for criterion in criteria},
        index=sites.index,
    )
    exclusions, eligible = _exclude(known, values, list(weights.index[weights > 0]), tenant.constraints, sites)
    weights, notes = _weigh(tenant, weights, values[eligible])
    how = tenant.aggregation or aggregation
    points = aggregate(values, weights, how.method, **how.options).where(eligible)
    table = pd.DataFrame({"eligible": eligible, "score": points, "rank": rank_scores(points)}, index=sites.index)
    sure = values[eligible]
    members = [sure] if ensemble is None else value_members(ensemble, tenant, sure)
    stable, found = _stability(members, weights, robustness, points_of_view)
    ranks, central = long_ranks(found), long_weights(found)
    if how.method != "sum":
        notes.append("rank acceptability draws weights of a weighted sum, so it is left out: p_top, ranks, holds")
        stable, ranks, central = stable.iloc[:0], ranks.iloc[:0], central.iloc[:0]
    table = table.join(stable)
    table["holds"] = table["holds"].fillna(value=False).astype(bool)
    table["rank"] = table["rank"].astype("Int64")
    units = {name: MEASURES[name].unit for name in values}
    ledger = keep_ledger(known[list(values.columns)], values, weights, units, how.method, **how.options)
    agreement = agreement_table(values[eligible], weights, orness=how.options.get("orness", COMPARED_ORNESS))
    notes += [*_unusual(criteria), *tell_overlaps(agreement)]
    omitted = [name for name in dict.fromkeys(named) if name not in known]
    return Scores(table.reset_index(), ledger, exclusions, omitted, ranks, central, agreement, notes)


def _exclude(
    known: pd.DataFrame, values: pd.DataFrame, weighted: list[str], rules: Sequence[AnyRule], sites: pd.DataFrame
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Return every rule that a site does not pass or that cannot be measured there, and which sites can be compared."""
    broken = check_rules(known, rules, sites)
    unmeasured = _unmeasured(known[weighted], values[weighted])
    exclusions = pd.concat([table for table in (broken, unmeasured) if len(table)] or [broken], ignore_index=True)
    out = set(broken.loc[broken["outcome"].eq("fail"), "parcel_id"]) | set(unmeasured["parcel_id"])
    return exclusions, ~sites.index.isin(out)


def stated_weights(tenant: Tenant, known: Collection[str]) -> pd.Series[float]:
    """
    Return the weights a tenant gives those of its criteria that are known, adding up to 1.

    Parameters
    ----------
    tenant
        Its criteria, and its judgements where weights come from pairs (AHP): all pairs are weighed before criteria that
        are not known are left out. Where weights come from the sites, all are equal until those are known.
    known
        Measures that are there.
    """
    if tenant.weights.method == "ahp":
        given = dict(_judged(tenant).weights)
    else:
        given = {criterion.measure: criterion.weight for criterion in tenant.criteria}
    return normalise_weights({name: weight for name, weight in given.items() if name in known})


def _judged(tenant: Tenant) -> Judgements:
    return judge_pairs(pairwise_table(tenant.weights.pairwise, [criterion.measure for criterion in tenant.criteria]))


def _weigh(tenant: Tenant, weights: pd.Series[float], values: pd.DataFrame) -> tuple[pd.Series[float], list[str]]:
    """Return the weights that count, from the eligible sites' values where the tenant says so, and what to tell."""
    method = tenant.weights.method
    if method in DATA_WEIGHTS:
        try:
            found = DATA_WEIGHTS[method](values[weights.index])
        except NmplanError as error:
            return weights, [f"no {method} weights, equal ones instead: {error.faults[0].what}"]
        return found, [f"{method} weights depend on the candidates: a site that comes or goes moves all scores"]
    if method == "ahp" and not (judged := _judged(tenant)).consistent:
        worst = judged.clashes.iloc[0]
        ratio = f"the pairwise judgements contradict each other: consistency ratio {judged.consistency_ratio:.2f}"
        clash = (
            f"{worst['a']} over {worst['b']} is judged {worst['judged']:.3g}, the others imply {worst['implied']:.3g}"
        )
        return weights, [f"{ratio}, at most {TOLERABLE:.2f} is sound; {clash}"]
    return weights, []


def _unusual(criteria: Iterable[Criterion]) -> list[str]:
    """Tell value functions that run the other way than nearly everyone would have them: ends may be swapped."""
    return [
        f"{criterion.measure}: {direction_of(criterion.value)} counts as better, against custom; are its ends swapped?"
        for criterion in criteria
        if {direction_of(criterion.value), MEASURES[criterion.measure].better} == {"more", "less"}
    ]


def tenant_measures(sites: pd.DataFrame, tenant: Tenant | Sandbox, names: Iterable[str]) -> pd.DataFrame:
    """
    Return the measures a tenant (or kind of sandbox) names, as far as they are there.

    Those of a chain are the tenant's chain's; the permitted share is that of the tenant's zones; words stay words.
    """
    found: dict[str, pd.Series[Any]] = {}
    for name in dict.fromkeys(names):
        column = name if name in SITE_WORDS else column_of(name, tenant.chain)
        if name in SITE_WORDS and name in sites:
            found[name] = sites[name]
        elif name == "permitted_share" and any(str(column).startswith("zone_share_") for column in sites):
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
    ).assign(word="")


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
