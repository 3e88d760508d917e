"""Universities and institutes within reach of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.measures.decay import decay

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray


def institute_places(institutes: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return where institutes stand under their ids, by which a matrix of travel times knows them, if they have any."""
    ids = institutes["talent_id"] if "talent_id" in institutes else [""] * len(institutes)
    return institutes.geometry.set_axis(pd.Index(ids, dtype=object))


def talent_access(
    minutes: NDArray[np.float64],
    strength: NDArray[np.float64],
    index: pd.Index[str],
    *,
    half_life_min: float,
    plateau_min: float = 0.0,
) -> pd.Series[float]:
    """
    Return the Hansen accessibility of institutes, weighted by their strength in a chain.

    A = Σ strength · f(minutes).

    Parameters
    ----------
    minutes
        People's minutes from sites (rows) to institutes (columns), NaN where there is no way.
    strength
        Strength of each institute in the chain (0 none, 1 some, 2 leading).
    index
        Ids of the sites.
    half_life_min, plateau_min
        Decay, minutes.

    Returns
    -------
    pandas.Series
        In units of strength, on the index; NaN for a site that reaches no institute at all.

    References
    ----------
    Hansen 1959; Geurs & van Wee 2004, J. Transport Geography 12:127.
    """
    reached = decay(minutes, half_life_min, plateau_min) @ np.asarray(strength, dtype=float)
    return pd.Series(np.where(np.isnan(minutes).all(axis=1), np.nan, reached), index=index)
