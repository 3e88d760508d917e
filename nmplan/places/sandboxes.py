"""Sandbox zones: contiguous land on which a regulatory sandbox could run, with what speaks for and against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Any
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from nmplan.crs import M2_PER_HA
from nmplan.errors import Fault
from nmplan.errors import NmplanError
from nmplan.places.contiguity import contiguous_groups
from nmplan.places.names import nearest_names
from nmplan.places.outline import smooth_outline
from nmplan.places.readiness import READINESS_COLUMNS
from nmplan.places.readiness import Readiness
from nmplan.places.readiness import measure_readiness
from nmplan.places.readiness import readiness_ledger
from nmplan.places.readiness import readiness_of
from nmplan.places.refusals import REFUSAL_COLUMNS
from nmplan.places.refusals import hold_rules
from nmplan.places.refusals import list_refusals
from nmplan.places.refusals import list_too_small
from nmplan.places.refusals import too_small
from nmplan.scores.tenants import tenant_measures

if TYPE_CHECKING:
    from nmplan.study import AnyRule
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
SITE_COLUMNS = ["sandbox_id", "parcel_id"]

_ORDER = {"accepted": 0, "undecided": 1, "refused": 2}


@dataclass(frozen=True)
class Sandboxes:
    """
    The zones of one kind of sandbox.

    `zones` one row per zone, refused land too, by area; `sites` the land each consists of; `readiness` the ledger of
    each, adding up to its readiness; `refusals` per area and rule the land that does not pass.
    """

    zones: gpd.GeoDataFrame
    sites: pd.DataFrame
    readiness: pd.DataFrame
    refusals: pd.DataFrame


class _Land(NamedTuple):
    """Pieces of land on one index: with area_ha, the outcome of each rule, what readiness is made of."""

    pieces: gpd.GeoDataFrame
    outcomes: pd.DataFrame
    ready: Readiness


class _Place(NamedTuple):
    """Pieces that stand in one row, and what is said of them."""

    members: pd.Index[str]
    outcome: str
    reasons: list[tuple[str, str]]
    shape: Any
    area_id: str | None


def find_sandboxes(
    land: gpd.GeoDataFrame,
    measures: pd.DataFrame,
    kind: str,
    sandbox: Sandbox,
    place_names: gpd.GeoDataFrame | None = None,
    areas: gpd.GeoDataFrame | None = None,
    keep_out: shapely.Geometry | None = None,
) -> Sandboxes:
    """
    Find the zones of one kind of sandbox.

    Land in the kind's areas that fails no rule is grouped across roads; a group large enough is a zone, a smaller one
    is refused with that reason. Where a rule is undecided on part of a zone, so is the zone. Land that fails a rule is
    listed as refused, one row per area, with every rule it fails.

    Parameters
    ----------
    land
        Sites, or pieces of zones from `land_units`, with parcel_id, area_id and accuracy_m, EPSG:2326.
    measures
        One row per piece of land.
    kind
        Key of the kind in the study.
    sandbox
        Areas, rules, minimum area and readiness criteria.
    place_names, areas
        For names: of zones by the nearest place, of refused land by its area.
    keep_out
        Land that no outline may cover, from `land_to_keep_out`; land that failed a rule never is.

    Returns
    -------
    Sandboxes
        `.zones`: sandbox_id, kind, names, area_ha (of the land, not of the outline), readiness (0-100, mean of the
        land by area; NaN where unmeasured), outcome (accepted, undecided, refused), reasons in both languages,
        geometry (the smoothed outline; of refused land the land itself).

    Raises
    ------
    NmplanError
        Some land has no measures.
    """
    inside = land[land["area_id"].isin(sandbox.areas)] if sandbox.areas else land
    pieces = inside.sort_values("parcel_id").set_index("parcel_id")
    if pieces.empty:
        return _nothing(land)
    _in_step(pieces.index, measures)
    pieces = pieces.assign(area_ha=pieces.geometry.area / M2_PER_HA)
    measured = measures.set_index("parcel_id").loc[pieces.index].assign(accuracy_m=pieces["accuracy_m"])
    named = [each.measure for each in (*sandbox.rules, *sandbox.readiness)]
    known = tenant_measures(measured, sandbox, named)
    outcomes = hold_rules(known, measured, sandbox)
    found = _Land(pieces, outcomes, measure_readiness(known, sandbox))
    failed = outcomes.eq("fail").any(axis=1)
    good = pieces[~failed]
    groups = contiguous_groups(good.geometry, sandbox.gap_m) if len(good) else pd.Series(dtype=int)
    out = _kept_out(pieces, failed, keep_out)
    places = [_zone(found, pd.Index(members), sandbox, out) for members in good.groupby(groups).groups.values()]
    places += [_refused(found, pd.Index(rows), sandbox) for rows in _by_area(pieces[failed])]
    refusals = [list_refusals(pieces, known, outcomes, sandbox), list_too_small(good, groups, sandbox)]
    return _tables(found, places, [table for table in refusals if len(table)], (kind, sandbox), (place_names, areas))


def _nothing(land: gpd.GeoDataFrame) -> Sandboxes:
    return Sandboxes(
        gpd.GeoDataFrame(columns=SANDBOX_COLUMNS, geometry="geometry", crs=land.crs),
        *(pd.DataFrame(columns=columns) for columns in (SITE_COLUMNS, READINESS_COLUMNS, REFUSAL_COLUMNS)),
    )


def _in_step(pieces: pd.Index[str], measures: pd.DataFrame) -> None:
    lost = pieces.difference(pd.Index(measures["parcel_id"]))
    if len(lost):
        what = f"{len(lost)} sites have no measures."
        raise NmplanError([Fault("measures", ", ".join(lost[:5]), what, "Measure the same parcels.")])


def _kept_out(pieces: gpd.GeoDataFrame, failed: pd.Series[bool], keep_out: shapely.Geometry | None) -> shapely.Geometry:
    """Return what no outline may cover: land that failed a rule, and what the caller keeps out."""
    bad = pieces.geometry[failed].union_all()
    return bad if keep_out is None else shapely.union(bad, keep_out)


def _by_area(pieces: gpd.GeoDataFrame) -> list[Any]:
    return list(pieces.groupby("area_id", dropna=False).groups.values())


def _zone(land: _Land, members: pd.Index[str], sandbox: Sandbox, keep_out: shapely.Geometry) -> _Place:
    """Describe a group of pieces that fail no rule."""
    pieces, outcomes = land.pieces.loc[members], land.outcomes.loc[members]
    shape = smooth_outline(pieces.geometry, sandbox.gap_m, keep_out)
    if pieces["area_ha"].sum() < sandbox.minimum_ha:
        return _Place(members, "refused", [too_small(sandbox)], shape, None)
    reasons = [
        (f"Not enough data to decide: {english}", f"數據不足以判定：{chinese}")
        for english, chinese in _hectares_by_rule(pieces, outcomes.eq("undecided"), sandbox.rules)
    ]
    return _Place(members, "undecided" if reasons else "accepted", reasons, shape, None)


def _refused(land: _Land, members: pd.Index[str], sandbox: Sandbox) -> _Place:
    """Describe the land of an area that fails at least one rule, with how much fails each."""
    pieces, fails = land.pieces.loc[members], land.outcomes.loc[members].eq("fail")
    reasons = _hectares_by_rule(pieces, fails, sandbox.rules)
    if fails.sum(axis=1).gt(1).any():
        reasons.append(("some land fails several of these", "部分土地不符合多於一項"))
    return _Place(members, "refused", reasons, pieces.geometry.union_all(), pieces["area_id"].iloc[0])


def _hectares_by_rule(pieces: pd.DataFrame, which: pd.DataFrame, rules: list[AnyRule]) -> list[tuple[str, str]]:
    """Return the reason of each rule that holds of some land, with how many hectares."""
    areas = [pieces.loc[which[number], "area_ha"].sum() for number in range(len(rules))]
    return [
        (f"{rule.reason_en} ({area:.1f} ha)", f"{rule.reason_zh}（{area:.1f}公頃）")
        for rule, area in zip(rules, areas, strict=True)
        if area > 0
    ]


def _tables(
    land: _Land,
    places: list[_Place],
    refusals: list[pd.DataFrame],
    which: tuple[str, Sandbox],
    names: tuple[gpd.GeoDataFrame | None, gpd.GeoDataFrame | None],
) -> Sandboxes:
    """Put the places in order, name them and return the tables."""
    kind, sandbox = which
    hectares = land.pieces["area_ha"]
    places = sorted(places, key=lambda each: (_ORDER[each.outcome], -hectares[each.members].sum(), min(each.members)))
    ids = [f"{kind}:{each.outcome}:{min(each.members)}" for each in places]
    ledgers = [readiness_ledger(land.ready, hectares[each.members]) for each in places]
    called = _names(places, sandbox, *names)
    table = {
        "sandbox_id": ids,
        "kind": kind,
        "name_en": [f"{sandbox.name_en}: {english}" for english, _ in called],
        "name_zh": [f"{sandbox.name_zh}：{chinese}" for _, chinese in called],
        "area_ha": [hectares[each.members].sum() for each in places],
        "readiness": [readiness_of(ledger) for ledger in ledgers],
        "outcome": [each.outcome for each in places],
        "reasons": ["; ".join(english for english, _ in each.reasons) for each in places],
        "reasons_zh": ["；".join(chinese for _, chinese in each.reasons) for each in places],
    }
    members = [
        pd.DataFrame({"sandbox_id": name, "parcel_id": sorted(p.members)}) for name, p in zip(ids, places, strict=True)
    ]
    ready = [ledger.assign(sandbox_id=name) for name, ledger in zip(ids, ledgers, strict=True) if len(ledger)]
    return Sandboxes(
        gpd.GeoDataFrame(table, geometry=[each.shape for each in places], crs=land.pieces.crs)[SANDBOX_COLUMNS],
        pd.concat(members, ignore_index=True),
        pd.concat(ready, ignore_index=True)[READINESS_COLUMNS] if ready else pd.DataFrame(columns=READINESS_COLUMNS),
        pd.concat(refusals, ignore_index=True).assign(kind=kind)[REFUSAL_COLUMNS]
        if refusals
        else pd.DataFrame(columns=REFUSAL_COLUMNS),
    )


def _names(
    places: list[_Place], sandbox: Sandbox, place_names: gpd.GeoDataFrame | None, areas: gpd.GeoDataFrame | None
) -> list[tuple[str, str]]:
    """Name zones after the nearest place and the kind's neighbours, refused land after its area."""
    nearest = nearest_names([each.shape for each in places], [min(each.members) for each in places], place_names)
    by_area = {} if areas is None else {row.area_id: (row.name_en, row.name_zh) for row in areas.itertuples()}
    beside = [by_area[area_id] for area_id in sandbox.neighbours if area_id in by_area]
    named = [by_area.get(each.area_id, name) for each, name in zip(places, nearest, strict=True)]
    return [
        name
        if each.outcome == "refused" or not beside
        else (
            f"{name[0]}, beside {' and '.join(english for english, _ in beside)}",
            f"{name[1]}，毗鄰{'及'.join(chinese for _, chinese in beside)}",
        )
        for each, name in zip(places, named, strict=True)
    ]
