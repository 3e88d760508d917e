"""Values under each member of an ensemble of measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nmplan.scores.value_functions import value_of
from nmplan.words import column_of

if TYPE_CHECKING:
    from nmplan.study import Tenant


def value_members(ensemble: pd.DataFrame, tenant: Tenant, values: pd.DataFrame) -> list[pd.DataFrame]:
    """
    Return the values of sites in every draw of an ensemble.

    Parameters
    ----------
    ensemble
        From `measure_ensemble`: draw, parcel_id and the measures that differ.
    tenant
        Its criteria and chain.
    values
        As measured, 0 to 1, one row per site, one column per criterion; what an ensemble does not hold, or could not
        measure in a draw, stays so.

    Returns
    -------
    list of pandas.DataFrame
        One per draw, each like `values`.
    """
    drawn = {
        criterion: column
        for criterion in tenant.criteria
        if criterion.measure in values and (column := column_of(criterion.measure, tenant.chain)) in ensemble
    }
    members = []
    for _, rows in ensemble.groupby("draw", sort=True):
        own = rows.set_index("parcel_id").reindex(values.index)
        member = values.copy()
        for criterion, column in drawn.items():
            found = pd.Series(value_of(own[column].to_numpy(dtype=float), criterion.value), index=values.index)
            member[criterion.measure] = found.fillna(values[criterion.measure])
        members.append(member)
    return members
