"""Money over rounds: costs, returns, and budgets that are kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.places.programme import limit
from nmplan.places.programme import maximise
from nmplan.places.rounds import money_limits
from nmplan.places.rounds import over_rounds
from nmplan.places.rounds import round_table
from nmplan.places.rounds import site_costs
from nmplan.study import Costs
from nmplan.study import Money

PROPERTY = settings(deadline=None, derandomize=True, max_examples=25)
OPTIONS = pd.DataFrame(
    {
        "tenant": ["chips", "lorries", "chips"],
        "zone": ["industrial", "industrial", "business"],
        "area_id": ["here", "there", "here"],
        "area_ha": [2.0, 3.0, 1.0],
    }
)
COSTS = Costs(
    land_hkd_m_per_ha={"industrial": 10},
    land_in_area_hkd_m_per_ha={"there": 20},
    investment_hkd_m_per_ha={"chips": 100, "lorries": 50},
    return_share=0.1,
    return_shares={"lorries": 0.2},
)


def test_costs_are_land_and_a_share_of_the_investment() -> None:
    money = Money(budget_hkd_m=[100], public_share=0.5, public_shares={"lorries": 0.2})
    costs = site_costs(OPTIONS, money, COSTS)
    # 2 ha: land 20, investment 200, half of it public; 3 ha: land 60 in its area, 150 of which a fifth
    assert costs["public_hkd_m"].tolist()[:2] == [20 + 100, 60 + 30]
    assert costs["private_hkd_m"].tolist()[:2] == [100, 120]
    assert costs["returned_hkd_m"].tolist()[:2] == pytest.approx([12, 18])
    assert costs.loc[2].isna().all()  # no cost for business land: unknown, not free


def test_what_has_no_cost_is_not_taken_and_named() -> None:
    money = Money(budget_hkd_m=[1000, 0], public_share=0.5)
    named = {each.key: each for each in money_limits(site_costs(OPTIONS, money, COSTS), money)}
    unknown = named["portfolio.costs.land_hkd_m_per_ha"]
    assert unknown.rows.toarray().tolist() == [[0, 0, 1, 0, 0, 1]]
    assert unknown.bound.tolist() == [0]


def test_a_limit_holds_over_all_rounds() -> None:
    assert over_rounds(limit("a", "at most", [1, 2], 3), 2).rows.toarray().tolist() == [[1, 2, 1, 2]]


def test_co_investment_is_private_money_per_public_dollar() -> None:
    money = Money(budget_hkd_m=[1000], public_share=0.5, co_investment=1.0)
    (*_, ratio) = money_limits(site_costs(OPTIONS, money, COSTS), money)
    # private 100 to public 120; private 75 to public 60 + 75
    assert ratio.rows.toarray().tolist() == [[100 - 120, 75 - 135, 0]]
    assert (ratio.key, ratio.side) == ("portfolio.money.co_investment", "at least")


@PROPERTY
@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=6),
    st.lists(st.integers(0, 40), min_size=1, max_size=4),
    st.sampled_from([0.0, 0.5, 1.0]),
)
def test_no_round_spends_more_than_it_has(hectares: list[int], budgets: list[int], reinvested: float) -> None:
    options = pd.DataFrame(
        {"tenant": "chips", "zone": "industrial", "area_id": "here", "area_ha": map(float, hectares)}
    )
    costs = Costs(land_hkd_m_per_ha={"industrial": 2}, investment_hkd_m_per_ha={"chips": 1}, return_share=0.3)
    money = Money(budget_hkd_m=budgets, public_share=1.0, reinvested_share=reinvested)
    table = site_costs(options, money, costs)
    once = [over_rounds(limit("", "at most", row, 1), len(budgets)) for row in np.eye(len(hectares))]
    worth = np.tile(options["area_ha"].to_numpy(), len(budgets))
    found = maximise(worth, [*once, *money_limits(table, money)], time_limit_s=30, relative_gap=0)
    chosen = found.chosen.reshape(len(budgets), -1)
    told = round_table(chosen, options, table, money)
    returned = 0.0
    for turn, budget in enumerate(budgets):
        spent = sum(3.0 * ha for ha, taken in zip(hectares, chosen[turn], strict=True) if taken)
        assert spent <= budget + reinvested * returned + 1e-5
        assert told["spent_hkd_m"][turn] == pytest.approx(spent)
        assert told["reinvested_hkd_m"][turn] == pytest.approx(reinvested * returned)
        returned += 0.3 * spent
    assert chosen.sum(axis=0).max() <= 1
