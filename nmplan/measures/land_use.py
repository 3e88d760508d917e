"""What each site is used for today, from a raster of classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.measures.cells import under_polygons

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray
    from rasterio import Affine

USE_PREFIX = "use_share_"

UNKNOWN = "unknown"

BUILT = (
    "private-residential",
    "public-residential",
    "rural-settlement",
    "commercial",
    "industrial",
    "industrial-estate",
    "storage",
    "institution",
    "road",
    "railway",
    "airport",
    "port",
    "cemetery",
    "utility",
    "other-urban",
)
"""Uses that stand in the way of building: not open space, nor land that is vacant or under construction."""

GROUPS = {"built_share": BUILT, "vacant_share": ("vacant",), "storage_share": ("storage",)}
"""Measures that criteria may name, by the uses they add up."""

MOST_UNKNOWN = 0.5
"""Where more than this share of a site is unknown, nothing is said of it."""


def land_use_shares(
    sites: gpd.GeoSeries, codes: NDArray[np.uint8], transform: Affine, classes: Mapping[int, str]
) -> pd.DataFrame:
    """
    Return the share of each site in each use of today.

    Parameters
    ----------
    sites
        Polygons in the raster's coordinate system.
    codes
        Class of each cell, north up; 0, and any code without a word, is unknown.
    transform
        Where the raster lies.
    classes
        The word for each code; several codes may share one.

    Returns
    -------
    pandas.DataFrame
        One column "use_share_<word>" per word, "unknown" last, each by area of the covered parts of cells; a row adds
        up to 1. What lies outside the raster is unknown.
    """
    found = under_polygons(sites, codes, transform, ["unique", "frac", "count"], nodata=0)
    # shares of the cells that are known, then of the whole site
    cell_m2 = abs(transform.a * transform.e)
    covered = (found["count"].to_numpy(dtype=float) * cell_m2 / sites.area.to_numpy()).clip(0, 1)
    words = list(dict.fromkeys(word for word in classes.values() if word != UNKNOWN))
    shares = {word: np.zeros(len(sites)) for word in words}
    for site, (unique, parts) in enumerate(zip(found["unique"], found["frac"], strict=True)):
        for code, part in zip(unique, parts, strict=True):
            word = classes.get(int(code), UNKNOWN)
            if word != UNKNOWN:
                shares[word][site] += part * covered[site]
    table = pd.DataFrame(shares, index=sites.index)
    table[UNKNOWN] = (1 - table.sum(axis=1)).clip(lower=0)
    return table.add_prefix(USE_PREFIX)


def grouped_uses(shares: pd.DataFrame) -> pd.DataFrame:
    """
    Return the measures of `GROUPS`, as shares of what is known of each site.

    Parameters
    ----------
    shares
        From `land_use_shares`.

    Returns
    -------
    pandas.DataFrame
        One column per measure, 0 to 1; NaN where more than half of the site is unknown.
    """
    unknown = shares[USE_PREFIX + UNKNOWN]
    known = (1 - unknown).where(unknown <= MOST_UNKNOWN)
    sums = {
        name: shares[[column for word in words if (column := USE_PREFIX + word) in shares]].sum(axis=1)
        for name, words in GROUPS.items()
    }
    return pd.DataFrame({name: (total / known).clip(0, 1) for name, total in sums.items()}, index=shares.index)
