"""Values under each member of an ensemble."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nmplan.scores.ensemble import value_members
from nmplan.scores.tenants import score
from nmplan.study import PointOfView
from nmplan.study import Robustness

if TYPE_CHECKING:
    from collections.abc import Callable

    from nmplan.study import Tenant

FALLING = {"shape": "linear", "worst": 60, "best": 0}
RISING = {"shape": "linear", "worst": 0, "best": 1}


@pytest.fixture
def tenant(make_tenant: Callable[..., Tenant]) -> Tenant:
    return make_tenant(("crossing_min", 1, FALLING), ("supply_access", 1, RISING), ("compactness", 1, RISING))


def worlds(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"draw": [0, 0, 1, 1], "parcel_id": ["a", "b", "a", "b"], **columns})


def test_only_what_the_ensemble_holds_is_replaced(tenant: Tenant) -> None:
    values = pd.DataFrame({"crossing_min": [0.5, 0.4], "supply_access": [0.3, 0.2], "compactness": [0.9, 0.8]})
    values.index = pd.Index(["b", "a"])
    drawn = worlds(crossing_min=[0.0, 15.0, 60.0, np.nan], supply_access_widgets=[0.1, 0.2, 0.3, 0.4])
    first, second = value_members(drawn, tenant, values)
    assert first.loc["b"].tolist() == [0.75, 0.2, 0.9]
    assert first.loc["a"].tolist() == [1.0, 0.1, 0.8]
    # what could not be measured in a draw stays as it was measured
    assert second.loc["b"].tolist() == [0.5, 0.4, 0.9]
    assert second.loc["a"].tolist() == [0.0, 0.3, 0.8]


def measured(make_measures: Callable[..., pd.DataFrame], **changed: Any) -> pd.DataFrame:
    columns = {"crossing_min": [30.0, 24.0], "supply_access_widgets": [0.5, 0.5], "compactness": [0.5, 0.5]}
    return make_measures(**(columns | changed))


def test_draws_share_the_members_and_the_score_stays_what_was_measured(
    tenant: Tenant, make_measures: Callable[..., pd.DataFrame]
) -> None:
    drawn = worlds(crossing_min=[30.0, 24.0, 24.0, 30.0])
    found = score(measured(make_measures), tenant, robustness=Robustness(draws=100, top_k=1), ensemble=drawn)
    assert found.table["score"].tolist() == pytest.approx([50.0, 100 * (0.6 + 0.5 + 0.5) / 3])
    assert found.table["p_top"].tolist() == [0.5, 0.5]
    assert found.table["confidence"].tolist() == [0.5, 0.5]
    sure = score(measured(make_measures), tenant, robustness=Robustness(draws=100, top_k=1))
    assert sure.table["p_top"].tolist() == [0.0, 1.0]


def test_points_of_view_are_kept_with_their_own_share(
    tenant: Tenant, make_measures: Callable[..., pd.DataFrame]
) -> None:
    views = {
        "hurried": PointOfView(name_en="Hurried", name_zh="趕時間", emphasis={"compactness": 0, "supply_access": 0}),
        "neat": PointOfView(name_en="Neat", name_zh="整潔", emphasis={"crossing_min": 0, "supply_access": 0}),
    }
    table = measured(make_measures, compactness=[0.9, 0.5])
    found = score(table, tenant, robustness=Robustness(draws=50, top_k=1), points_of_view=views).table
    assert found["p_top_hurried"].tolist() == [0.0, 1.0]
    assert found["p_top_neat"].tolist() == [1.0, 0.0]
    assert found["holds"].tolist() == [False, False]


def test_a_tenant_whose_rules_exclude_everything_has_an_empty_result(
    make_tenant: Callable[..., Tenant], make_rule: Callable[..., Any], make_measures: Callable[..., pd.DataFrame]
) -> None:
    nobody = make_tenant(("compactness", 1, RISING), rules=[make_rule("compactness", at_least=2.0)])
    found = score(measured(make_measures), nobody, robustness=Robustness(draws=10), ensemble=worlds())
    assert not found.table["eligible"].any()
    assert found.table[["score", "rank", "p_top", "rank_low", "p_first"]].isna().all().all()
    assert not found.table["holds"].any()
    assert found.rank_shares.columns.tolist() == ["parcel_id", "rank", "share"]
    assert found.central_weights.columns.tolist() == ["parcel_id", "criterion", "first", "top"]
    assert found.rank_shares.empty
    assert found.central_weights.empty
