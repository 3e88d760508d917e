"""Money over rounds: what sites cost and return, what each round may spend, what it spent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse import hstack

from nmplan.places.programme import Limit
from nmplan.places.programme import limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nmplan.study import Costs
    from nmplan.study import Money

MONEY = "portfolio.money"


def site_costs(options: pd.DataFrame, money: Money, costs: Costs) -> pd.DataFrame:
    """
    Return what each option costs and returns, HK$ million.

    Parameters
    ----------
    options
        tenant, zone, area_id and area_ha of each.
    money
        The public share of the investment.
    costs
        Land by area, else by zone; investment and returns by tenant.

    Returns
    -------
    pandas.DataFrame
        On the index given: public_hkd_m (land, and the public share of the investment), private_hkd_m (the rest of the
        investment), returned_hkd_m (in each later round); NaN where the study gives no cost for the land.
    """
    land = options["area_id"].map(costs.land_in_area_hkd_m_per_ha).astype(float)
    land = land.fillna(options["zone"].map(costs.land_hkd_m_per_ha).astype(float)) * options["area_ha"]
    investment = options["tenant"].map(costs.investment_hkd_m_per_ha).astype(float) * options["area_ha"]
    share = options["tenant"].map(money.public_shares).astype(float).fillna(money.public_share)
    returned = options["tenant"].map(costs.return_shares).astype(float).fillna(costs.return_share or 0.0)
    public = land + share * investment
    table = {"public_hkd_m": public, "private_hkd_m": (1 - share) * investment, "returned_hkd_m": returned * public}
    return pd.DataFrame(table, index=options.index).where(public.notna())


def over_rounds(each: Limit, rounds: int) -> Limit:
    """Return a limit on all rounds together: choices stand round by round, those of the first round first."""
    return replace(each, rows=csr_array(hstack([each.rows] * rounds)))


def money_limits(costs: pd.DataFrame, money: Money) -> list[Limit]:
    """
    Return the limits on money, over choices that stand round by round.

    Round r: Σ public · x_r − reinvested share · Σ_{q<r} Σ returned · x_q ≤ budget_r. What a round leaves is not carried
    over. Over all rounds: Σ private · x ≥ co-investment · Σ public · x. What has no cost is not taken.

    Parameters
    ----------
    costs
        From `site_costs`, a row per option.
    money
        Budgets, one per round, and the ratios.
    """
    rounds, unknown = len(money.budget_hkd_m), costs["public_hkd_m"].isna()
    public, private, returned = (costs[name].fillna(0.0).to_numpy() for name in costs)
    spending = np.zeros((rounds, rounds, len(costs)))
    for turn in range(rounds):
        spending[turn, :turn] = -money.reinvested_share * returned
        spending[turn, turn] = public
    flat = csr_array(spending.reshape(rounds, -1))
    found = [Limit(f"{MONEY}.budget_hkd_m", "at most", flat, np.array(money.budget_hkd_m), "HK$ million")]
    if unknown.any():
        row = np.tile(unknown.to_numpy(float), rounds)
        found.append(limit("portfolio.costs.land_hkd_m_per_ha", "at most", row, 0, "sites without a cost"))
    if money.co_investment is not None:
        row = np.tile(private - money.co_investment * public, rounds)
        found.append(limit(f"{MONEY}.co_investment", "at least", row, 0, "HK$ million"))
    return found


def round_table(chosen: NDArray[np.bool_], options: pd.DataFrame, costs: pd.DataFrame, money: Money) -> pd.DataFrame:
    """
    Return what each round had, spent and took.

    Parameters
    ----------
    chosen
        Yes or no, a row per round, a column per option.
    options, costs
        A row per option; costs from `site_costs`.
    money
        Budgets and the reinvested share.

    Returns
    -------
    pandas.DataFrame
        round, budget_hkd_m, reinvested_hkd_m, spent_hkd_m (public), private_hkd_m, sites, land_ha.
    """
    taken = [(options[turn], costs[turn]) for turn in chosen]
    returned = np.cumsum([0.0, *(cost["returned_hkd_m"].sum() for _, cost in taken)])[:-1]
    return pd.DataFrame(
        {
            "round": range(1, len(taken) + 1),
            "budget_hkd_m": money.budget_hkd_m,
            "reinvested_hkd_m": money.reinvested_share * returned,
            "spent_hkd_m": [float(cost["public_hkd_m"].sum()) for _, cost in taken],
            "private_hkd_m": [float(cost["private_hkd_m"].sum()) for _, cost in taken],
            "sites": [len(sites) for sites, _ in taken],
            "land_ha": [float(sites["area_ha"].sum()) for sites, _ in taken],
        }
    )
