"""Hot spots: where good scores stand together more than chance would have it; a description, no proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.stats import false_discovery_control
from scipy.stats import norm

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

HOT_TYPES = {"parcel_id": "str", "neighbours": int, "z": float, "p": float, "q": float, "spot": "str"}


def hot_spots(
    parcels: gpd.GeoDataFrame, scores: pd.DataFrame, *, distance_m: float = 500.0, false_share: float = 0.05
) -> pd.DataFrame:
    """
    Return where high and low scores of eligible sites gather: Getis-Ord Gi* with false discoveries held down.

    A site and those whose middle lies within the distance of its own weigh 1 each, the others 0; with W of n sites:
    z = (Σ x_neighbours − W·x̄) / (s · √(W·(n − W) / (n − 1))), s the standard deviation over n. Scores share suppliers,
    crossings and stations, so neighbours are alike by construction: read the flags as a map of where, not as a test.

    Parameters
    ----------
    parcels
        Sites with parcel_id, EPSG:2326.
    scores
        One row per site: parcel_id, eligible and score.
    distance_m
        Middles no further apart are neighbours, metres.
    false_share
        Share of flagged sites that may be chance (Benjamini-Hochberg).

    Returns
    -------
    pandas.DataFrame
        Eligible sites by id: parcel_id, neighbours (itself not counted), z, p (two-sided, normal), q (p after
        Benjamini-Hochberg) and spot ("hot", "cold", ""). A site without neighbour, or with all as neighbours, has no
        z; nor has any where all scores are the same.

    References
    ----------
    Ord & Getis 1995, Geographical Analysis 27:286; Benjamini & Hochberg 1995, J. R. Statist. Soc. B 57:289.
    """
    table = parcels[["parcel_id", "geometry"]].merge(scores[["parcel_id", "eligible", "score"]], on="parcel_id")
    sites = table[table["eligible"].astype(bool) & table["score"].notna()].sort_values("parcel_id", ignore_index=True)
    weights = _neighbours(sites.geometry, distance_m)
    z = gi_star(sites["score"].to_numpy(dtype=float), weights)
    neighbours = weights.sum(axis=1) - 1
    z = np.where(neighbours > 0, z, np.nan)
    p = 2 * norm.sf(np.abs(z))
    q = np.full(len(z), np.nan)
    known = np.isfinite(p)
    q[known] = false_discovery_control(p[known]) if known.any() else []
    spot = np.where(q <= false_share, np.where(z > 0, "hot", "cold"), "")
    found = {"parcel_id": sites["parcel_id"], "neighbours": neighbours, "z": z, "p": p, "q": q, "spot": spot}
    return pd.DataFrame(found).astype(HOT_TYPES)


def gi_star(values: NDArray[np.float64], weights: csr_array) -> NDArray[np.float64]:
    """
    Return z of Getis-Ord Gi* for binary weights with the diagonal, NaN where it is not defined.

    It is that of esda's `G_Local(…, transform="B", star=True)`. With transform="R" esda keeps a variance that holds for
    binary weights only; the z of Ord & Getis itself does not change when a row is scaled.

    Parameters
    ----------
    values
        Shape (sites,).
    weights
        0 or 1, 1 on the diagonal, shape (sites, sites).
    """
    n = len(values)
    if n == 0 or np.ptp(values) == 0:
        return np.full(n, np.nan)
    count = weights.sum(axis=1)
    spread = values.std() * np.sqrt(count * (n - count) / (n - 1))
    return np.asarray(
        np.divide(weights @ values - count * values.mean(), spread, out=np.full(n, np.nan), where=spread > 0)
    )


def _neighbours(shapes: gpd.GeoSeries, distance_m: float) -> csr_array:
    """Return binary weights of polygons whose middles lie within the distance, themselves included."""
    middles = shapely.centroid(shapes.to_numpy())
    here, there = shapely.STRtree(middles).query(middles, predicate="dwithin", distance=distance_m)
    return coo_array((np.ones(len(here)), (here, there)), shape=(len(middles), len(middles))).tocsr()
