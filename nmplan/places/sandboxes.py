"""Sandbox zones: contiguous land on which a regulatory sandbox could run, with what speaks for and against it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from nmplan.crs import M2_PER_HA
from nmplan.errors import Fault
from nmplan.errors import NmplanError
from nmplan.places.contiguity import contiguous_groups
from nmplan.places.contiguity import join_across
from nmplan.places.names import nearest_names
from nmplan.scores.aggregate import weighted_sum
from nmplan.scores.constraints import accuracy_of
from nmplan.scores.constraints import rule_outcome
from nmplan.scores.tenants import tenant_measures
from nmplan.scores.value_functions import value_of
from nmplan.scores.weights import normalise_weights

if TYPE_CHECKING:
    from nmplan.study import Sandbox

SANDBOX_COLUMNS = [
    "sandbox_id",
    "kind",
    "name_en",
    "name_zh",
    "area_ha",
    "readiness",
    "outcome",
    "reasons",
    "reasons_zh",
    "geometry",
]


def find_sandboxes(
    parcels: gpd.GeoDataFrame,
    measures: pd.DataFrame,
    kind: str,
    sandbox: Sandbox,
    place_names: gpd.GeoDataFrame | None = None,
    areas: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """
    Find the zones of one kind of sandbox.

    Sites in the kind's areas that fail no rule are grouped across roads; a group large enough is a zone, a smaller one
    is refused with that reason. Where a rule is undecided on part of a zone, so is the zone. Land that fails a rule is
    listed as refused, one row per area, with every rule it fails.

    Parameters
    ----------
    parcels
        Sites with parcel_id, area_id and accuracy_m, EPSG:2326.
    measures
        One row per site.
    kind
        Key of the kind in the study.
    sandbox
        Areas, rules, minimum area and readiness criteria.
    place_names, areas
        For names: of zones by the nearest place, of refused land by its area.

    Returns
    -------
    geopandas.GeoDataFrame
        sandbox_id, kind, names, area_ha, readiness (0-100, mean of the sites by area; NaN where unmeasured), outcome
        (accepted, refused, undecided), reasons in both languages, geometry.
    """
    inside = parcels[parcels["area_id"].isin(sandbox.areas)] if sandbox.areas else parcels
    sites = inside.sort_values("parcel_id").set_index("parcel_id")
    if sites.empty:
        return gpd.GeoDataFrame(columns=SANDBOX_COLUMNS, geometry="geometry", crs=parcels.crs)
    _in_step(sites.index, measures)
    names = [rule.measure for rule in sandbox.rules] + [criterion.measure for criterion in sandbox.readiness]
    measured = measures.set_index("parcel_id").loc[sites.index].assign(accuracy_m=sites["accuracy_m"])
    known = tenant_measures(measured, sandbox, names)
    unknown = pd.Series(np.nan, index=sites.index)  # a rule whose layer is missing is undecided
    outcomes = pd.DataFrame(
        {
            number: rule_outcome(known.get(rule.measure, unknown), rule, accuracy_of(measured, rule.measure))
            for number, rule in enumerate(sandbox.rules)
        },
        index=sites.index,
    )
    sites = sites.assign(readiness=_readiness(known, sandbox), area_ha=sites.geometry.area / M2_PER_HA)
    failed = outcomes.eq("fail").any(axis=1)
    passed = sites[~failed]
    groups = passed.groupby(contiguous_groups(passed.geometry, sandbox.gap_m)) if len(passed) else []
    rows = [_zone(group, outcomes.loc[group.index], sandbox) for _, group in groups]
    rows += [
        _refused(group, outcomes.loc[group.index], sandbox)
        for _, group in sites[failed].groupby("area_id", dropna=False)
    ]
    rows.sort(key=lambda row: (_ORDER[row["outcome"]], -row["area_ha"], row["first_site"]))
    zones = gpd.GeoDataFrame(rows, geometry="geometry", crs=parcels.crs)
    named = nearest_names(zones.geometry, zones["first_site"], place_names)
    known_areas = {} if areas is None else areas.set_index("area_id")[["name_en", "name_zh"]].T.to_dict("list")
    named = [known_areas.get(area, name) for area, name in zip(zones["failing_area"], named, strict=True)]
    zones["name_en"] = [f"{sandbox.name_en}: {name}" for name, _ in named]
    zones["name_zh"] = [f"{sandbox.name_zh}：{name}" for _, name in named]
    zones["kind"] = kind
    zones["sandbox_id"] = kind + ":" + zones["outcome"] + ":" + zones["first_site"]
    return zones[SANDBOX_COLUMNS]


_ORDER = {"accepted": 0, "undecided": 1, "refused": 2}


def _in_step(sites: pd.Index[str], measures: pd.DataFrame) -> None:
    lost = sites.difference(pd.Index(measures["parcel_id"]))
    if len(lost):
        what = f"{len(lost)} sites have no measures."
        raise NmplanError([Fault("measures", ", ".join(lost[:5]), what, "Measure the same parcels.")])


def _readiness(known: pd.DataFrame, sandbox: Sandbox) -> pd.Series[float]:
    criteria = [criterion for criterion in sandbox.readiness if criterion.measure in known]
    if not any(criterion.weight > 0 for criterion in criteria):
        return pd.Series(np.nan, index=known.index)
    values = {criterion.measure: value_of(known[criterion.measure], criterion.value) for criterion in criteria}
    weights = normalise_weights({criterion.measure: criterion.weight for criterion in criteria})
    return weighted_sum(pd.DataFrame(values, index=known.index), weights)


def _zone(group: gpd.GeoDataFrame, outcomes: pd.DataFrame, sandbox: Sandbox) -> dict[str, Any]:
    """Describe a group of sites that fail no rule."""
    open_rules = [rule for number, rule in enumerate(sandbox.rules) if outcomes[number].eq("undecided").any()]
    area = group["area_ha"].sum()
    if area < sandbox.minimum_ha:
        outcome = "refused"
        reasons = [(f"Smaller than {sandbox.minimum_ha:g} ha", f"面積小於{sandbox.minimum_ha:g}公頃")]
    else:
        outcome = "undecided" if open_rules else "accepted"
        reasons = [
            (f"Not enough data to decide: {rule.reason_en}", f"數據不足以判定：{rule.reason_zh}") for rule in open_rules
        ]
    return _row(group, outcome, reasons, join_across(group.geometry, sandbox.gap_m))


def _refused(group: gpd.GeoDataFrame, outcomes: pd.DataFrame, sandbox: Sandbox) -> dict[str, Any]:
    """Describe the land of an area that fails at least one rule, with how much fails each."""
    reasons = []
    for number, rule in enumerate(sandbox.rules):
        if (fails := outcomes[number].eq("fail")).any():
            area = group.loc[fails, "area_ha"].sum()
            reasons.append((f"{rule.reason_en} ({area:.1f} ha)", f"{rule.reason_zh}（{area:.1f}公頃）"))
    if outcomes.eq("fail").sum(axis=1).gt(1).any():
        reasons.append(("some land fails several of these", "部分土地不符合多於一項"))
    return {**_row(group, "refused", reasons, group.geometry.union_all()), "failing_area": group["area_id"].iloc[0]}


def _row(group: gpd.GeoDataFrame, outcome: str, reasons: list[tuple[str, str]], shape: object) -> dict[str, Any]:
    known = group["readiness"].notna()
    area = group["area_ha"]
    return {
        "first_site": group.index.min(),
        "failing_area": None,
        "area_ha": area.sum(),
        "readiness": np.average(group.loc[known, "readiness"], weights=area[known]) if known.any() else np.nan,
        "outcome": outcome,
        "reasons": "; ".join(english for english, _ in reasons),
        "reasons_zh": "；".join(chinese for _, chinese in reasons),
        "geometry": shape,
    }
