"""Whose suppliers lie within reach: what is captured by Hong Kong, what leaks, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.words import JURISDICTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PLACES = tuple(name.replace("-", "_") for name in JURISDICTIONS)
"""Columns of the shares by jurisdiction; Hong Kong first, beyond last."""

SHARES = (
    *PLACES,
    "captive_share",
    "captive_low",
    "captive_high",
    "leaked_share",
    "leaked_beyond_bay_area",
    "imports_share",
    "empty_share",
)


def captive_shares(reach: pd.DataFrame, chain: pd.DataFrame, *, undercount: float) -> pd.DataFrame:
    """
    Return, for each site, which jurisdictions supply what a chain buys, as far as access can tell.

    Share of place j = Σ purchase share · ((1 − m) · A_j / A_all + [j is beyond] · m) / Σ purchase share, over the tiers
    with supply in reach; A is the mass within reach and m the declared import share of the tier (0 where none is
    stated). Captive is Hong Kong's share, leaked the rest: seen from Hong Kong. Seen from the Greater Bay Area only
    what comes from beyond leaks. It is no regional purchase coefficient: it says what lies close, not what is bought
    (Stevens et al. 1983; Miller & Blair 2009).

    The list of suppliers is no census, on either side. The band takes it that one side alone is listed too thinly:
    high multiplies Hong Kong's mass of each tier by the undercount, low the mass of everywhere else. A tier in which a
    side has no listed firm is given, for that side, (undercount − 1) times what the side has within reach in the mean
    of the chain's tiers that list some. Both are assumptions. Tiers without any listed supply stay empty.

    Parameters
    ----------
    reach
        Long table of `measures.supply.mass_in_reach`.
    chain
        Tiers of one chain: chain, tier, purchase_share and, if anybody states it, import_share.
    undercount
        How many times the listed supply there may be, 1 or more; assumed.

    Returns
    -------
    pandas.DataFrame
        One row per parcel_id of reach: hong_kong, shenzhen, greater_bay_area, beyond (together 1), captive_share,
        captive_low, captive_high, leaked_share, leaked_beyond_bay_area (NaN where no import is declared and none
        listed: unknown, not none); all NaN where nothing supplies. Of all purchases: imports_share (declared; NaN where
        no source states any) and empty_share (tiers without supply in reach).
    """
    parcels = pd.Index(reach["parcel_id"].astype(str).unique())
    mass = _mass(reach, chain, parcels)
    bought = chain["purchase_share"].to_numpy(dtype=float)
    stated = chain["import_share"] if "import_share" in chain else pd.Series(np.nan, index=chain.index)
    imports = stated.fillna(0.0).to_numpy(dtype=float)
    supplied = mass.sum(axis=2) > 0
    every = np.broadcast_to(bought, supplied.shape)
    weight = every * supplied
    near = weight * (1 - imports)
    parts = np.einsum("st,stp->sp", near, _ratio(mass, mass.sum(axis=2, keepdims=True)))
    parts[:, -1] += (weight * imports).sum(axis=1)
    known = weight.sum(axis=1)
    table = pd.DataFrame(_unless_none(parts, known[:, None]), columns=list(PLACES))
    home, away = mass[:, :, 0], mass[:, :, 1:].sum(axis=2)
    low = _captive(near, home, _more(home=away, undercount=undercount))
    high = _captive(near, _more(home=home, undercount=undercount), away)
    no_import = stated.isna().all() and not mass[:, :, -1].any()
    table = table.assign(
        captive_share=table["hong_kong"],
        captive_low=_unless_none(low, known),
        captive_high=_unless_none(high, known),
        leaked_share=1 - table["hong_kong"],
        leaked_beyond_bay_area=np.nan if no_import else table["beyond"],
        imports_share=np.nan if stated.isna().all() else _unless_none((every * imports).sum(axis=1), every.sum(axis=1)),
        empty_share=_unless_none((every * ~supplied * (1 - imports)).sum(axis=1), every.sum(axis=1)),
    )
    table.insert(0, "parcel_id", parcels)
    return table.astype({"parcel_id": str} | dict.fromkeys(SHARES, float))


def weighted_means(
    table: pd.DataFrame, by: Sequence[str], columns: Sequence[str], *, weight: str = "area_ha"
) -> pd.DataFrame:
    """
    Return the means of columns over places, weighted; what is unknown is left out and counted.

    Parameters
    ----------
    table
        One row per site (and whatever else `by` names), with its weight.
    by
        Columns that name the places.
    columns
        What is averaged.
    weight
        Column of the weights.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, sites, unknown (sites where the first of the columns is NaN), and the means; NaN where
        no site knows.
    """
    keys = [table[name] for name in by]
    sums = {
        name: (table[name] * table[weight]).groupby(keys, dropna=False, observed=True).sum(min_count=1)
        / table[weight].where(table[name].notna()).groupby(keys, dropna=False, observed=True).sum(min_count=1)
        for name in columns
    }
    first = table[columns[0]].isna().groupby(keys, dropna=False, observed=True)
    counts = {"sites": first.size(), "unknown": first.sum()}
    return pd.DataFrame(counts | sums).astype({"sites": int, "unknown": int}).reset_index()


def _mass(reach: pd.DataFrame, chain: pd.DataFrame, parcels: pd.Index[str]) -> NDArray[np.float64]:
    """Return the mass within reach, shape (sites, tiers, jurisdictions)."""
    own = reach[reach["chain"].isin(chain["chain"].unique())]
    rows = (
        parcels.get_indexer(own["parcel_id"].astype(str)),
        pd.Index(chain["tier"]).get_indexer(own["tier"].astype(str)),
        pd.Index(list(JURISDICTIONS)).get_indexer(own["jurisdiction"].astype(str)),
    )
    # tiers that the chain does not buy are no part of it
    found = np.logical_and.reduce([row >= 0 for row in rows])
    mass = np.zeros((len(parcels), len(chain), len(JURISDICTIONS)))
    np.add.at(mass, tuple(row[found] for row in rows), own["mass_in_reach"].to_numpy(dtype=float)[found])
    return mass


def _more(home: NDArray[np.float64], undercount: float) -> NDArray[np.float64]:
    """Return the mass of one side, shape (sites, tiers), if the list has one in so many of it."""
    listed = home.any(axis=0)
    if not listed.any():
        return home
    usual = home[:, listed].mean(axis=1, keepdims=True)
    return np.where(listed, home * undercount, usual * (undercount - 1))


def _captive(weight: NDArray[np.float64], home: NDArray[np.float64], away: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((weight * _ratio(home, home + away)).sum(axis=1))


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return part / whole, 0 where there is nothing; such a tier has no weight."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _unless_none(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return part / whole, NaN where there is nothing."""
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
