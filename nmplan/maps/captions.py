"""Captions: what the study calls things, put into the words and numbers of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.maps.payload import CriterionCaption
from nmplan.maps.payload import Omitted
from nmplan.maps.payload import RuleCaption
from nmplan.maps.payload import ScenarioResult
from nmplan.maps.payload import SourceNote
from nmplan.maps.payload import Stamp
from nmplan.maps.payload import TenantCaption
from nmplan.words import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

    import pandas as pd

    from nmplan.study import About
    from nmplan.study import Scenario
    from nmplan.study import Tenant
    from nmplan.study import ValueFunction


def stamp(about: About, study_hash: str, version: str) -> Stamp:
    """Return what identifies a page."""
    words = about.model_dump(include={"name_en", "name_zh", "caveat_en", "caveat_zh"})
    date = about.data_date.isoformat()
    return Stamp(study_id=about.id, study_hash=study_hash, data_date=date, version=version, **words)


def scenario_result(key: str, scenario: Scenario, tables: Mapping[str, pd.DataFrame]) -> ScenarioResult:
    """Return a scenario's tables under its names."""
    return ScenarioResult(key, scenario.name_en, scenario.name_zh, scenario.year, **tables)


def tenant_caption(key: str, tenant: Tenant, omitted: Sequence[str]) -> TenantCaption:
    """
    Return a tenant's criteria, rules and what had to be left out.

    Parameters
    ----------
    key
        Of the tenant.
    tenant
        Its section of the study.
    omitted
        Measures no layer was there for; their criteria are told apart, the weights of the others add up to 1.
    """
    used = [criterion for criterion in tenant.criteria if criterion.measure not in omitted]
    total = sum(criterion.weight for criterion in used)
    criteria = []
    for criterion in used:
        words = MEASURES[criterion.measure]
        english, chinese = describe_function(criterion.value, words.unit)
        labels = (words.label_en, words.label_zh, words.unit, words.decimals)
        criteria.append(CriterionCaption(criterion.measure, *labels, criterion.weight / total, english, chinese))
    rules = tuple(
        RuleCaption(rule.name, rule.reason_en, rule.reason_zh)
        for rule in tenant.constraints
        if rule.measure not in omitted
    )
    left_out = tuple(
        Omitted(name, MEASURES[name].label_en, MEASURES[name].label_zh, *_want(MEASURES[name].layers))
        for name in omitted
    )
    return TenantCaption(key, tenant.name_en, tenant.name_zh, tuple(criteria), rules, left_out)


def source_notes(layers: Mapping[str, pd.DataFrame], sources: Mapping[str, str]) -> list[SourceNote]:
    """
    Return where each layer comes from and how accurate its features are.

    Parameters
    ----------
    layers
        Tables; those with `accuracy_m` say how accurate they are.
    sources
        In words, by layer.
    """
    return [SourceNote(name, source, _accuracy(layers.get(name))) for name, source in sources.items()]


def describe_function(function: ValueFunction, unit: str) -> tuple[str, str]:
    """Return a value function in one line, in English and Chinese."""
    given = function.model_dump(exclude={"shape"})
    u = f" {unit}" if unit else ""
    match function.shape:
        case "linear":
            return (
                f"0 at {given['worst']:g}{u}, 1 at {given['best']:g}{u}",
                f"{given['worst']:g}{u}為0，{given['best']:g}{u}為1",
            )
        case "piecewise":
            points = ", ".join(f"{value:g} at {x:g}{u}" for x, value in given["points"])
            return points, "，".join(f"{x:g}{u}為{value:g}" for x, value in given["points"])
        case "logistic":
            return f"S-curve, ½ at {given['midpoint']:g}{u}", f"S形曲線，{given['midpoint']:g}{u}為½"
        case "exponential":
            plateau, half = f"{given['plateau']:g}{u}", f"{given['half_life']:g}{u}"
            return f"1 up to {plateau}, halved every {half}", f"{plateau}以內為1，其後每{half}減半"
        case "step":
            english, chinese = ("from", "以上") if given["rises"] else ("up to", "以下")
            return f"1 {english} {given['at']:g}{u}, else 0", f"{given['at']:g}{u}{chinese}為1，否則為0"
        case "band":
            low, high, margin = (f"{given[name]:g}{u}" for name in ("low", "high", "margin"))
            return f"1 from {low} to {high}, 0 beyond {margin} more", f"{low}至{high}為1，再越{margin}為0"


def _want(layers: Sequence[str]) -> tuple[str, str]:
    names = ", ".join(layers)
    return f"The study has no usable layer: {names}", f"研究未有可用圖層：{names}"


def _accuracy(table: pd.DataFrame | None) -> str:
    """Say the range of accuracies of a layer's features."""
    if table is None or "accuracy_m" not in table or table["accuracy_m"].isna().all():
        return ""
    low, high = table["accuracy_m"].min(), table["accuracy_m"].max()
    return f"±{low:,.0f} m" if low == high else f"±{low:,.0f}–{high:,.0f} m"
