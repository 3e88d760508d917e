"""Access to scarce supply: what a site gets of it once the others have asked, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray


def two_step_access(
    weights: NDArray[np.float64],
    supply: NDArray[np.float64],
    demand: NDArray[np.float64],
    index: pd.Index[str],
) -> pd.Series[float]:
    """
    Return supply per unit of demand at each site, by the two-step floating catchment area.

    Step 1: each supplier is shared by the demand it reaches, R_j = S_j / Σ_i D_i · f_ij. Step 2: each site adds up what
    it reaches, A_i = Σ_j R_j · f_ij. With f 1 within a limit and 0 beyond this is Luo & Wang's method (`within`), with
    a decay the enhanced one. Σ A_i · D_i is the supply that any demand reaches: nothing is counted twice. More demand
    anywhere never raises the access of a site.

    Parameters
    ----------
    weights
        f between suppliers (rows) and sites (columns), 0 to 1, 0 where there is no way.
    supply
        S, in any unit, one per supplier.
    demand
        D, in any unit, one per site, none negative.
    index
        Ids of the sites.

    Returns
    -------
    pandas.Series
        Units of supply per unit of demand; NaN where no supplier is reached. A supplier that no demand reaches gives
        nothing.

    References
    ----------
    Luo & Wang 2003, Environment and Planning B 30:865; Luo & Qi 2009, Health & Place 15:1100.
    """
    shares = Shares(supply, demand)
    shares.add(weights)
    return shares.access(index)


class Shares:
    """
    Adds up `two_step_access` block of suppliers by block: a supplier's two steps need no other supplier.

    Parameters
    ----------
    supply, demand
        As `two_step_access` takes them.
    """

    def __init__(self, supply: NDArray[np.float64], demand: NDArray[np.float64]) -> None:
        self._supply, self._demand = np.asarray(supply, dtype=float), np.asarray(demand, dtype=float)
        self._access, self._reached = np.zeros(len(self._demand)), np.zeros(len(self._demand), dtype=bool)
        self._done = 0

    def add(self, weights: NDArray[np.float64]) -> None:
        """Add the next suppliers in order (rows), with their weights at all sites (columns)."""
        supply = self._supply[self._done : self._done + len(weights)]
        asked = weights @ self._demand
        each = np.divide(supply, asked, out=np.zeros(len(weights)), where=asked > 0)
        self._access += each @ weights
        self._reached |= (weights > 0).any(axis=0)
        self._done += len(weights)

    def access(self, index: pd.Index[str]) -> pd.Series[float]:
        """Return the access of all sites."""
        return pd.Series(np.where(self._reached, self._access, np.nan), index=index)


def within(minutes: NDArray[np.float64], limit_min: float) -> NDArray[np.float64]:
    """Return 1 up to a limit in minutes and 0 beyond, and where there is no way (NaN): a catchment area."""
    return np.asarray(minutes <= limit_min, dtype=float)
