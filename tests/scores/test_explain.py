"""A site explained: everything adds up, and against another the differences do."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.console import explanation_lines
from nmplan.scores.explain import difference
from nmplan.scores.explain import explain_site
from nmplan.scores.explain import rounded_parts
from nmplan.scores.tenants import score
from nmplan.study import Aggregation
from nmplan.study import PointOfView
from nmplan.study import Robustness
from nmplan.study import Scenario
from nmplan.study import WordRule

if TYPE_CHECKING:
    from collections.abc import Callable

    from nmplan.scores.explain import Explanation
    from nmplan.study import Tenant

HOW = Robustness(draws=200, seed=1, top_k=1, threshold=60, risk_tolerance=0.25)


@pytest.fixture
def explained(two_criteria: Tenant, make_measures: Callable[..., pd.DataFrame]) -> Callable[[str], Explanation]:
    # area 1 of 4, boundary 3 of 4: a 12.5 + 75 · 0.8 = 72.5; b 25 + 45 = 70; c is too small; d cannot be measured
    measures = make_measures(area_ha=[2.0, 4.0, 0.5, 2.0], boundary_m=[200.0, 400.0, 0.0, np.nan], accuracy_m=[0.0] * 4)
    views = {
        "farmer": PointOfView(name_en="Farmer", name_zh="農夫", emphasis={"area_ha": 9}),
        "guard": PointOfView(name_en="Guard", name_zh="守衛", emphasis={"area_ha": 0}),
    }
    found = score(measures, two_criteria, robustness=HOW, points_of_view=views)
    parts = {"scores": found.table, "ledger": found.ledger, "exclusions": found.exclusions}
    parts["central_weights"] = found.central_weights
    tables = {name: table.assign(tenant="t") for name, table in parts.items()} | {"measures": measures}

    def explain(parcel_id: str) -> Explanation:
        return explain_site(tables, two_criteria, HOW, parcel_id=parcel_id, name="t", scenario="today")

    return explain


def test_the_ledger_adds_up_and_the_rank_is_told(explained: Callable[[str], Explanation]) -> None:
    site = explained("a")
    assert (site.score, site.rank, site.eligible_sites, site.outcome) == (pytest.approx(72.5), 1, 2, "eligible")
    assert [row["shown"] for row in site.ledger] == [12.5, 60.0]
    assert [(row["rule"], row["measured"], row["limit"], row["outcome"]) for row in site.rules] == [
        ("area_ha ≥ 1", 2.0, 1.0, "pass")
    ]
    assert site.robustness["not_for"] == ["farmer"]
    assert not site.robustness["holds"]
    assert site.robustness["views"]["guard"] == 1.0


def test_the_land_is_told_as_far_as_it_is_known(
    two_criteria: Tenant, make_measures: Callable[..., pd.DataFrame]
) -> None:
    measures = make_measures(area_ha=[2.0, 4.0], boundary_m=[200.0, 400.0], accuracy_m=0.0, ready_year=[2031.0, np.nan])
    later = Scenario(name_en="later", name_zh="日後", year=2030, land="ready")
    tenant = two_criteria.within(later)
    found = score(measures, tenant, robustness=HOW)
    parts = {"scores": found.table, "ledger": found.ledger, "exclusions": found.exclusions}
    parts["central_weights"] = found.central_weights
    parcels = pd.DataFrame(
        {
            "parcel_id": ["a", "b"],
            "status": ["planned", "unknown"],
            "ready_year": [2031.0, np.nan],
            "ready_basis": ["press", "unknown"],
        }
    )
    tables = {name: table.assign(tenant="t") for name, table in parts.items()}
    tables |= {"measures": measures, "parcels": parcels}
    late, open_one = (
        explain_site(tables, tenant, HOW, parcel_id=site, name="t", scenario="later") for site in ("a", "b")
    )
    assert late.outcome == "excluded"
    rule = late.rules[-1]
    assert (rule["rule"], rule["measured"], rule["outcome"]) == ("ready_year ≤ 2030", 2031.0, "fail")
    assert late.land == {"status": "planned", "ready_year": 2031.0, "ready_basis": "press"}
    # an unknown year excludes nobody
    assert open_one.outcome == "eligible"
    assert open_one.rules[-1]["outcome"] == "undecided"
    assert open_one.land == {"status": None, "ready_year": None, "ready_basis": None}
    printed = "\n".join(explanation_lines(late))
    assert "Land not ready by 2030" in printed
    assert "from 2031" in printed


def test_break_even_weights_are_those_at_which_the_best_two_meet(explained: Callable[[str], Explanation]) -> None:
    # a: 0.5 x + 0.8 (1 − x), b: x + 0.6 (1 − x): level at x = 2/7 of area
    for name, in_top in (("a", True), ("b", False)):
        area, boundary = explained(name).break_even
        assert (area["in_top"], area["lower"], area["upper"]) == (in_top, None, pytest.approx(2 / 7))
        assert (boundary["lower"], boundary["upper"]) == (pytest.approx(5 / 7), None)


def test_a_site_that_is_out_says_why(explained: Callable[[str], Explanation]) -> None:
    small, unknown = explained("c"), explained("d")
    assert (small.outcome, small.score, small.rank, small.robustness, small.break_even) == (
        "excluded",
        None,
        None,
        {},
        [],
    )
    assert [row["outcome"] for row in small.rules] == ["fail"]
    assert unknown.outcome == "undecided"
    assert [(row["rule"], row["outcome"]) for row in unknown.rules] == [
        ("area_ha ≥ 1", "pass"),
        ("measured: boundary_m", "undecided"),
    ]
    assert json.loads(json.dumps(asdict(unknown), allow_nan=False))["ledger"][1]["points"] is None


def test_differences_add_up_and_come_largest_first(explained: Callable[[str], Explanation]) -> None:
    rows = difference(explained("a"), explained("b"))
    assert [(row["criterion"], row["difference"]) for row in rows] == [
        ("boundary_m", pytest.approx(-15.0)),
        ("area_ha", pytest.approx(12.5)),
    ]
    assert rows[0]["other_measured"] == 400.0
    assert difference(explained("a"), explained("d"))[-1]["difference"] is None


@given(st.lists(st.floats(0, 40), min_size=1, max_size=9), st.integers(0, 3))
@settings(deadline=None, derandomize=True)
def test_rounded_parts_add_up_to_the_rounded_sum(parts: list[float], decimals: int) -> None:
    found = rounded_parts(parts, decimals)
    scale = 10**decimals
    assert round(sum(found) * scale) == round(sum(parts) * scale) or abs(sum(parts) * scale % 1 - 0.5) < 1e-6
    assert all(abs(own - part) * scale < 1 + 1e-6 for own, part in zip(found, parts, strict=True))


def test_an_unknown_part_stays_unknown() -> None:
    found: list[Any] = rounded_parts([1.005, float("nan"), 1.005])
    assert np.isnan(found[1])
    assert found[0] + found[2] == pytest.approx(2.01)


def test_a_rule_on_words_and_a_product_are_explained_without_points(
    two_criteria: Tenant, make_measures: Callable[..., pd.DataFrame]
) -> None:
    rule = WordRule(column="status", none_of=["occupied"], reason_en="Occupied", reason_zh="已佔用")
    tenant = two_criteria.model_copy(update={"constraints": [rule], "aggregation": Aggregation(method="product")})
    measures = make_measures(area_ha=[2.0, 4.0], boundary_m=[200.0, 400.0], status=["idle", "occupied"])
    found = score(measures, tenant, robustness=HOW)
    parts = {"scores": found.table, "ledger": found.ledger, "exclusions": found.exclusions}
    parts["central_weights"] = found.central_weights
    tables = {name: table.assign(tenant="t") for name, table in parts.items()} | {"measures": measures}
    free, taken = (explain_site(tables, tenant, HOW, parcel_id=site, name="t", scenario="today") for site in ("a", "b"))
    # ½ to the ¼ times 0.8 to the ¾
    assert free.score == pytest.approx(100 * 0.5**0.25 * 0.8**0.75, abs=0.01)
    assert free.break_even == []
    assert free.robustness == {}
    told = "\n".join(explanation_lines(free))
    assert "measured idle" in told
    assert "no points that add up" in told
    assert "▁▁▁▂▃▃▄▄▅▅▆▆▇███" in told
    assert (taken.outcome, taken.rules[0]["outcome"]) == ("excluded", "fail")
    assert "measured occupied" in "\n".join(explanation_lines(taken))
