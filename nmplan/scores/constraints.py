"""Constraints: rules that exclude a site, on numbers or on words, each with what was found and the limit."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd

from nmplan.scores.aggregate import TIE
from nmplan.study import WordRule
from nmplan.words import MEASURES
from nmplan.words import UNKNOWN
from nmplan.words import accuracy_column

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

    from nmplan.study import AnyRule

EXCLUSION_COLUMNS = ["parcel_id", "rule", "measured", "limit", "outcome", "word"]


def check_rules(measured: Mapping[str, pd.Series[Any]], rules: Sequence[AnyRule], sites: pd.DataFrame) -> pd.DataFrame:
    """
    Hold every site against every rule; all rules that a site does not pass are kept.

    A rule fails where the measure is on the wrong side of its limit, or the word is not one of those that may stand
    there. Where a distance lies closer to the limit than it is accurate, and where nothing could be measured or the
    word is unknown, the rule is undecided: neither passed nor failed.

    Parameters
    ----------
    measured
        For each rule's measure or word, a Series on the sites; rules on what is not there are not checked.
    rules
        Limits with their reasons.
    sites
        `accuracy_m`, metres (NaN counts as exact), and where known the accuracy of a distance as measured, as
        `words.accuracy_column` names it.

    Returns
    -------
    pandas.DataFrame
        parcel_id, rule, measured, limit (both NaN for a rule on words), outcome ("fail" or "undecided"), word (empty
        for a rule on numbers); passed rules are not listed.
    """
    tables = []
    for rule in rules:
        if rule.measure not in measured:
            continue
        outcome = rule_outcome(measured[rule.measure], rule, accuracy_of(sites, rule.measure))
        told = outcome[outcome.ne("pass")]
        found = measured[rule.measure][told.index]
        number, limit, word = (np.nan, np.nan, found) if isinstance(rule, WordRule) else (found, rule.limit, "")
        columns = {"rule": rule.name, "measured": number, "limit": limit, "outcome": told, "word": word}
        tables.append(pd.DataFrame(columns, index=told.index).rename_axis("parcel_id").reset_index())
    kept = [table for table in tables if len(table)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=EXCLUSION_COLUMNS)


def accuracy_of(sites: pd.DataFrame, measure: str) -> pd.Series[float]:
    """Return how sure a number is: as measured, if that is known, else a distance is as sure as the site's position."""
    column = accuracy_column(measure)
    if column in sites:
        return sites[column]
    # metres of position say nothing about a count or a length
    return sites["accuracy_m"] if not _is_blurred(measure) or _unit(measure) == "m" else sites["accuracy_m"] * 0.0


def _unit(measure: str) -> str:
    return MEASURES[measure].unit if measure in MEASURES else ""


def _is_blurred(measure: str) -> bool:
    return _unit(measure) == "m" or (measure in MEASURES and MEASURES[measure].blurred)


def rule_outcome(measured: pd.Series[Any], rule: AnyRule, accuracy_m: pd.Series[float]) -> pd.Series[str]:
    """
    Return "pass", "fail" or "undecided" for each site under one rule.

    Parameters
    ----------
    measured
        Numbers or words, on the sites.
    rule
        The limit, or the words.
    accuracy_m
        Accuracy of the distance on each site, metres (of other numbers that are blurred, in their unit); NaN counts as
        exact.
    """
    if isinstance(rule, WordRule):
        unknown = measured.isna() | measured.isin(UNKNOWN)
        passes = measured.isin(rule.one_of) if rule.one_of else ~measured.isin(rule.none_of)
        return pd.Series(np.where(unknown, "undecided", np.where(passes, "pass", "fail")), index=measured.index)
    margin = measured - rule.limit if rule.at_least is not None else rule.limit - measured
    # accuracy is one of position: it blurs distances and what roads are counted, not areas, shares or minutes
    blur = accuracy_m.reindex(measured.index).fillna(0.0) if _is_blurred(rule.measure) else 0.0
    outcome = np.where(margin.abs().lt(blur) | margin.isna(), "undecided", np.where(margin.ge(-TIE), "pass", "fail"))
    return pd.Series(outcome, index=measured.index)
