"""Which land a kind of sandbox does not get, or may not get, and by which rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.scores.constraints import accuracy_of
from nmplan.scores.constraints import rule_outcome
from nmplan.study import WordRule

if TYPE_CHECKING:
    from nmplan.study import Sandbox

REFUSAL_COLUMNS = [
    "kind",
    "area_id",
    "rule",
    "measured_low",
    "measured_high",
    "limit",
    "outcome",
    "area_ha",
    "reason_en",
    "reason_zh",
]
TOO_SMALL = "minimum_ha"
"""What stands for a rule where land passed all of them but is not enough to make a zone."""


def hold_rules(known: pd.DataFrame, measured: pd.DataFrame, sandbox: Sandbox) -> pd.DataFrame:
    """
    Hold pieces of land against every rule of a kind.

    Parameters
    ----------
    known
        Measures the kind names, as far as they are there.
    measured
        All measures, with `accuracy_m`.
    sandbox
        Its rules; one whose layer is missing is undecided.

    Returns
    -------
    pandas.DataFrame
        "pass", "fail" or "undecided", one column per rule by its number, on the index given.
    """
    unknown = pd.Series(np.nan, index=known.index)
    outcomes = {
        number: rule_outcome(known.get(rule.measure, unknown), rule, accuracy_of(measured, rule.measure))
        for number, rule in enumerate(sandbox.rules)
    }
    return pd.DataFrame(outcomes, index=known.index)


def list_refusals(land: pd.DataFrame, known: pd.DataFrame, outcomes: pd.DataFrame, sandbox: Sandbox) -> pd.DataFrame:
    """
    List, per area and rule, the land that fails it and the land for which it is undecided.

    Parameters
    ----------
    land
        `area_id` and `area_ha` of each piece.
    known, outcomes
        On the same index, as for and from `hold_rules`.
    sandbox
        The kind.

    Returns
    -------
    pandas.DataFrame
        area_id, rule, measured_low, measured_high (lowest and highest on that land; NaN for rules on words and where
        nothing could be measured), limit, outcome ("fail" or "undecided"), area_ha and the reason in both languages.
        Land that does not pass several rules is listed with each.
    """
    rows = []
    for number, rule in enumerate(sandbox.rules):
        told = outcomes.index[outcomes[number].ne("pass")]
        if told.empty:
            continue
        on_words = isinstance(rule, WordRule)
        found = pd.Series(np.nan, index=told) if on_words else known.get(rule.measure, pd.Series(dtype=float))
        table = land.loc[told, ["area_id", "area_ha"]].assign(outcome=outcomes.loc[told, number], found=found)
        rows.append(
            table.groupby(["area_id", "outcome"], as_index=False, dropna=False)
            .agg(measured_low=("found", "min"), measured_high=("found", "max"), area_ha=("area_ha", "sum"))
            .assign(
                rule=rule.name,
                limit=np.nan if isinstance(rule, WordRule) else rule.limit,
                reason_en=rule.reason_en,
                reason_zh=rule.reason_zh,
            )
        )
    return _in_columns(rows)


def list_too_small(land: pd.DataFrame, groups: pd.Series[int], sandbox: Sandbox) -> pd.DataFrame:
    """
    List, per area, the land of groups that pass the rules but are below the minimum; measured is a group's hectares.

    Parameters
    ----------
    land
        `area_id` and `area_ha` of each piece that failed no rule.
    groups
        Number of the group of each.
    sandbox
        The kind.
    """
    found = land["area_ha"].groupby(groups).transform("sum")
    small = land[["area_id", "area_ha"]].assign(found=found)[found.lt(sandbox.minimum_ha)]
    reason_en, reason_zh = too_small(sandbox)
    table = (
        small.groupby("area_id", as_index=False, dropna=False)
        .agg(measured_low=("found", "min"), measured_high=("found", "max"), area_ha=("area_ha", "sum"))
        .assign(outcome="fail", rule=TOO_SMALL, limit=sandbox.minimum_ha, reason_en=reason_en, reason_zh=reason_zh)
    )
    return _in_columns([table])


def too_small(sandbox: Sandbox) -> tuple[str, str]:
    """Return the reason of land that is not enough, in both languages."""
    return f"Smaller than {sandbox.minimum_ha:g} ha", f"面積小於{sandbox.minimum_ha:g}公頃"


def _in_columns(tables: list[pd.DataFrame]) -> pd.DataFrame:
    joined = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=REFUSAL_COLUMNS[1:])
    return joined[REFUSAL_COLUMNS[1:]]
