"""Suppliers within reach: how much of a chain's needs lies close, and on which side of the boundary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from nmplan.measures.blocks import rows_at_once
from nmplan.measures.decay import decay

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

SUPPLY_COLUMNS = [
    "parcel_id",
    "chain",
    "tier",
    "jurisdiction",
    "mass_in_reach",
    "minutes_nearest",
    "firms_15",
    "firms_30",
    "firms_60",
]

NEAR_MIN = (15, 30, 60)
"""Minutes within which firms are counted."""

GROUP = ["chain", "tier", "jurisdiction"]


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
        Long: parcel_id, chain, tier, jurisdiction (these three as categories), mass_in_reach, minutes_nearest (NaN
        where none can be reached), firms_15, firms_30 and firms_60 (firms within so many minutes).
    """
    reach = Reach(suppliers, len(index))
    reach.add(minutes, decay(minutes, half_life_min, plateau_min))
    return reach.table(index)


class Reach:
    """
    Adds up the supply within reach of sites, block of suppliers by block, so that no matrix is held whole.

    Parameters
    ----------
    suppliers
        chain, tier, jurisdiction and mass of all of them.
    sites
        How many sites there are.
    """

    def __init__(self, suppliers: pd.DataFrame, sites: int) -> None:
        grouped = suppliers.groupby(GROUP, sort=True)
        self._group = grouped.ngroup().to_numpy()
        self._names = list(grouped.indices)
        self._mass = suppliers["mass"].to_numpy(dtype=float)
        self._done = 0
        shape = (len(self._names), sites)
        self._reached, self._nearest = np.zeros(shape), np.full(shape, np.nan)
        self._firms = {limit: np.zeros(shape, dtype=np.int32) for limit in NEAR_MIN}

    def add(self, minutes: NDArray[np.float64], weights: NDArray[np.float64]) -> None:
        """
        Add the next suppliers.

        Parameters
        ----------
        minutes
            From the next suppliers in order (rows) to all sites (columns), NaN where there is no way.
        weights
            f(minutes), of the same shape.
        """
        rows = slice(self._done, self._done + len(minutes))
        group, mass = self._group[rows], self._mass[rows]
        for one in np.unique(group):
            own = group == one
            self._reached[one] += mass[own] @ weights[own]
            self._nearest[one] = np.fmin(self._nearest[one], np.fmin.reduce(minutes[own], axis=0))
            for limit, firms in self._firms.items():
                firms[one] += (minutes[own] <= limit).sum(axis=0, dtype=np.int32)
        self._done = rows.stop

    def table(self, index: pd.Index[str]) -> pd.DataFrame:
        """Return the long table of `mass_in_reach`; ids of the sites in their order."""
        if not self._names:
            return pd.DataFrame(columns=SUPPLY_COLUMNS)
        groups = pd.DataFrame(self._names, columns=GROUP)
        # millions of rows say one of a few words: held as categories
        words = {name: pd.Categorical(groups[name]).repeat(len(index)) for name in GROUP}
        return pd.DataFrame(
            {
                "parcel_id": np.tile(index.to_numpy(), len(groups)),
                **words,
                "mass_in_reach": self._reached.ravel(),
                "minutes_nearest": self._nearest.ravel(),
                **{f"firms_{limit}": firms.ravel() for limit, firms in self._firms.items()},
            }
        )


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
    tiers = mass.reindex(columns=shares.index).fillna(0.0).to_numpy()
    access = pd.Series(chain_access(tiers, shares.to_numpy(), half_enough), index=index)
    cut_off = own.groupby("parcel_id")["minutes_nearest"].min().reindex(index).isna()
    return access.where(~cut_off)


def chain_access(mass: NDArray[np.float64], shares: NDArray[np.float64], half_enough: float) -> NDArray[np.float64]:
    """Return Σ share · (1 − 2^(−A/R)) / Σ share for the mass A of each tier, shape (sites, tiers)."""
    return np.asarray((1 - np.exp2(-mass / half_enough)) @ shares / shares.sum())


def supplier_places(suppliers: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return where suppliers stand under their ids, by which a matrix of travel times knows them, if they have any."""
    ids = suppliers["supplier_id"] if "supplier_id" in suppliers else [""] * len(suppliers)
    return suppliers.geometry.set_axis(pd.Index(ids, dtype=object))


def straight_line_minutes(suppliers: gpd.GeoSeries, sites: gpd.GeoSeries, speed_kph: float) -> NDArray[np.float64]:
    """
    Return minutes at a straight-line speed, shape (suppliers, sites), for studies without roads on both sides.

    minutes = distance / speed. No boundary, crossing or clearance is in it but through the speed.

    Parameters
    ----------
    suppliers, sites
        Points, EPSG:2326.
    speed_kph
        Straight-line kilometres an hour, detours and the boundary included.
    """
    here, there = (np.column_stack([points.x, points.y]) for points in (suppliers, sites))
    return np.asarray(cdist(here, there) / (speed_kph / 0.06))


def straight_line_blocks(
    suppliers: gpd.GeoSeries, sites: gpd.GeoSeries, speed_kph: float
) -> Iterator[NDArray[np.float64]]:
    """Yield `straight_line_minutes` for the suppliers in order, block by block, each small enough to hold."""
    rows = rows_at_once(len(sites))
    for first in range(0, len(suppliers), rows):
        yield straight_line_minutes(suppliers.iloc[first : first + rows], sites, speed_kph)
