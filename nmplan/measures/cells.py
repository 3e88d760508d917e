"""Cells of a raster under each polygon, each with the part of it that is covered."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from rasterio import Affine


def under_polygons(
    parcels: gpd.GeoSeries, cells: NDArray[Any], transform: Affine, what: Sequence[str], nodata: float
) -> pd.DataFrame:
    """
    Summarise the cells under each polygon, weighted by the part of each cell that it covers.

    Parameters
    ----------
    parcels
        Polygons in the raster's coordinate system.
    cells, transform
        A raster, north up, and where it lies.
    what
        Operations of exactextract, e.g. "mean".
    nodata
        Value of cells that do not count.

    Returns
    -------
    pandas.DataFrame
        One column per operation, on the index of the parcels.
    """
    from exactextract import exact_extract  # noqa: PLC0415
    from exactextract.raster import NumPyRasterSource  # noqa: PLC0415

    rows, columns = cells.shape
    west, north = transform.c, transform.f
    east, south = west + columns * transform.a, north + rows * transform.e
    raster = NumPyRasterSource(cells, west, south, east, north, nodata=nodata, srs_wkt=parcels.crs.to_wkt())
    found = exact_extract(raster, parcels.to_frame("geometry"), list(what), output="pandas")
    return found.set_axis(parcels.index)
