"""Ground level and slope of each site, from a raster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nmplan.measures.cells import under_polygons

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from rasterio import Affine

STEEP_DEG = 15.0
"""Ground steeper than this is steep: platforms there need cutting, filling and retaining walls; judgement."""


def mean_height(parcels: gpd.GeoSeries, heights: NDArray[np.float32], transform: Affine) -> pd.Series[float]:
    """
    Return the mean ground level of each parcel.

    Parameters
    ----------
    parcels
        Polygons in the raster's coordinate system.
    heights
        Metres above the Hong Kong Principal Datum, NaN where unknown, north up.
    transform
        Where the raster lies.

    Returns
    -------
    pandas.Series
        `height_m`, mean over the covered parts of cells, NaN outside the raster.
    """
    return _mean_over(parcels, heights, transform).rename("height_m")


def mean_slope(parcels: gpd.GeoSeries, heights: NDArray[np.float32], transform: Affine) -> pd.Series[float]:
    """
    Return the mean slope of each parcel; for terrain models only, a surface through spot heights has no true slope.

    slope = atan √(∂z/∂x² + ∂z/∂y²), central differences.

    Parameters
    ----------
    parcels, heights, transform
        As for `mean_height`.

    Returns
    -------
    pandas.Series
        `slope_deg`, degrees.
    """
    return _mean_over(parcels, _slope(heights, transform).astype(np.float32), transform).rename("slope_deg")


def steep_share(parcels: gpd.GeoSeries, heights: NDArray[np.float32], transform: Affine) -> pd.Series[float]:
    """
    Return the share of each parcel that is steeper than `STEEP_DEG`; for terrain models only, as `mean_slope`.

    share = area of the covered parts of cells with slope > `STEEP_DEG` / area of all covered parts of cells.

    Parameters
    ----------
    parcels, heights, transform
        As for `mean_height`.

    Returns
    -------
    pandas.Series
        `steep_share`, 0 to 1, NaN outside the raster.
    """
    slope = _slope(heights, transform)
    steep = np.where(np.isnan(slope), np.nan, slope > STEEP_DEG).astype(np.float32)
    return _mean_over(parcels, steep, transform).rename("steep_share")


def _slope(heights: NDArray[np.float32], transform: Affine) -> NDArray[np.float64]:
    """Return degrees of slope by cell."""
    down, right = np.gradient(heights.astype(float), -transform.e, transform.a)
    return np.asarray(np.degrees(np.arctan(np.hypot(down, right))))


def _mean_over(parcels: gpd.GeoSeries, cells: NDArray[np.float32], transform: Affine) -> pd.Series[float]:
    found = under_polygons(parcels, cells, transform, ["mean"], nodata=np.nan)
    return found["mean"].astype(float)
