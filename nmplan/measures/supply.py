"""Suppliers within reach: how much of a chain's needs lies close, and on which side of the boundary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.measures.decay import decay

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

MASS_COLUMNS = ["chain", "tier", "jurisdiction", "mass"]


def mass_in_reach(
    minutes: NDArray[np.float64],
    suppliers: pd.DataFrame,
    index: pd.Index[str],
    *,
    half_life_min: float,
    plateau_min: float = 0.0,
) -> pd.DataFrame:
    """
    Return, for each site, tier and jurisdiction, the mass of suppliers within reach.

    A = Σ mass · f(minutes), f = 1 up to the plateau, then halving per half-life (`decay`).

    Parameters
    ----------
    minutes
        Goods minutes from suppliers (rows) to sites (columns), NaN where there is no way.
    suppliers
        chain, tier, jurisdiction and mass, in the order of the rows.
    index
        Ids of the sites, in the order of the columns.
    half_life_min, plateau_min
        Decay, minutes.

    Returns
    -------
    pandas.DataFrame
        Long: parcel_id, chain, tier, jurisdiction, mass_in_reach, minutes_nearest (NaN where none can be reached),
        firms_30 and firms_60 (firms within 30 and 60 minutes).
    """
    weighted = decay(minutes, half_life_min, plateau_min) * suppliers["mass"].to_numpy(dtype=float)[:, None]
    groups = suppliers.groupby(["chain", "tier", "jurisdiction"], sort=True).indices
    parts = []
    for (chain, tier, jurisdiction), rows in groups.items():
        times = minutes[rows]
        columns = {
            "parcel_id": index,
            "chain": chain,
            "tier": tier,
            "jurisdiction": jurisdiction,
            "mass_in_reach": weighted[rows].sum(axis=0),
            "minutes_nearest": np.fmin.reduce(times, axis=0),
            "firms_30": (times <= 30).sum(axis=0),  # noqa: PLR2004  (the column says it)
            "firms_60": (times <= 60).sum(axis=0),  # noqa: PLR2004
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=SUPPLY_COLUMNS)


SUPPLY_COLUMNS = [
    "parcel_id",
    "chain",
    "tier",
    "jurisdiction",
    "mass_in_reach",
    "minutes_nearest",
    "firms_30",
    "firms_60",
]


def supply_access(
    reach: pd.DataFrame, chain: pd.DataFrame, index: pd.Index[str], *, half_enough: float
) -> pd.Series[float]:
    """
    Return how well each site reaches what a chain buys, 0 to 1.

    Value of a tier 1 − 2^(−A/R) with A its mass within reach over all jurisdictions and R the mass that is half
    enough; chain access = Σ purchase share · tier value / Σ purchase share. A tier without any supplier counts 0. A
    further supplier never lowers it.

    Parameters
    ----------
    reach
        From `mass_in_reach`.
    chain
        Tiers of one chain with their purchase_share.
    index
        Ids of the sites.
    half_enough
        R, in the unit of mass.

    Returns
    -------
    pandas.Series
        On the index; NaN for a site that can reach no supplier of the chain at all.
    """
    own = reach[reach["chain"].isin(chain["chain"].unique())]
    mass = own.groupby(["parcel_id", "tier"])["mass_in_reach"].sum().unstack("tier").reindex(index)
    shares = chain.set_index("tier")["purchase_share"].astype(float)
    value = 1 - np.exp2(-mass.reindex(columns=shares.index).fillna(0.0) / half_enough)
    access = (value * shares).sum(axis=1) / shares.sum()
    cut_off = own.groupby("parcel_id")["minutes_nearest"].min().reindex(index).isna()
    return access.where(~cut_off)


def straight_line_minutes(suppliers: gpd.GeoSeries, sites: gpd.GeoSeries, speed_kph: float) -> NDArray[np.float64]:
    """
    Return minutes at a straight-line speed, shape (suppliers, sites), for studies without roads on both sides.

    Parameters
    ----------
    suppliers, sites
        Points, EPSG:2326.
    speed_kph
        Straight-line kilometres an hour, detours and the boundary included.
    """
    here, there = (np.column_stack([points.x, points.y]) for points in (suppliers, sites))
    away = np.hypot(here[:, None, 0] - there[:, 0], here[:, None, 1] - there[:, 1])
    return np.asarray(away / (speed_kph / 0.06))
