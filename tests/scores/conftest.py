"""Builders of small tenants and measure tables."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import pandas as pd
import pytest

from nmplan.study import Robustness
from nmplan.study import Rule
from nmplan.study import Tenant

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def make_rule() -> Callable[..., Rule]:
    def make(measure: str, **limit: float) -> Rule:
        return Rule(measure=measure, reason_en=f"reason {measure}", reason_zh="理由", **limit)

    return make


@pytest.fixture(scope="session")
def make_tenant() -> Callable[..., Tenant]:
    """Return a builder of tenants: criteria as (measure, weight, value function)."""

    def make(
        *criteria: tuple[str, float, dict[str, Any]],
        rules: list[Rule] | None = None,
        chain: str = "widgets",
        zones: tuple[str, ...] = ("business",),
    ) -> Tenant:
        return Tenant(
            name_en="Tenant",
            name_zh="租戶",
            chain=chain,
            permitted_zones=list(zones),
            criteria=[{"measure": name, "weight": weight, "value": value} for name, weight, value in criteria],
            constraints=rules or [],
        )

    return make


@pytest.fixture(scope="session")
def two_criteria(make_tenant: Callable[..., Tenant], make_rule: Callable[..., Rule]) -> Tenant:
    """Return a tenant: area (weight 1, 0 ha to 4 ha), boundary (weight 3, 1,000 m to 0 m); sites of 1 ha at least."""
    return make_tenant(
        ("area_ha", 1, {"shape": "linear", "worst": 0, "best": 4}),
        ("boundary_m", 3, {"shape": "linear", "worst": 1000, "best": 0}),
        rules=[make_rule("area_ha", at_least=1.0)],
    )


@pytest.fixture(scope="session")
def make_measures() -> Callable[..., pd.DataFrame]:
    """Return a builder of measure tables: columns by name; sites are called a, b, c … unless they are given."""

    def make(**columns: Any) -> pd.DataFrame:
        size = len(next(iter(columns.values())))
        ids = columns.pop("parcel_id", [chr(ord("a") + number) for number in range(size)])
        accuracy = columns.pop("accuracy_m", [0.0] * size)
        return pd.DataFrame({"parcel_id": ids, "accuracy_m": accuracy, **columns})

    return make


@pytest.fixture(scope="session")
def few_draws() -> Robustness:
    """Return a robustness section for tests that look at scores, not at draws."""
    return Robustness(draws=5, concentration=60, seed=1, top_k=2, threshold=60, risk_tolerance=0.25)
