"""Commitments on a piece of land: public pledges, tenders, grants and works whose place may be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import shapely

if TYPE_CHECKING:
    import geopandas as gpd


def commitments_on(land: gpd.GeoSeries, commitments: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Pair pieces of land with the commitments that may lie on them: no further away than their place is known.

    Parameters
    ----------
    land
        Polygons under their ids, EPSG:2326.
    commitments
        commitment_id, accuracy_m (NaN counts as exact) and points, EPSG:2326.

    Returns
    -------
    pandas.DataFrame
        parcel_id, commitment_id, distance_m (0 inside); by land in the order given, then the nearest first, and of
        equal ones the best placed. A commitment stands with every piece it may lie on.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import shapely
    >>> land = gpd.GeoSeries([shapely.box(0, 0, 100, 100)], index=["lot"])
    >>> points = gpd.GeoDataFrame(
    ...     {"commitment_id": ["grant", "far"], "accuracy_m": [50.0, 50.0]},
    ...     geometry=[shapely.Point(130, 50), shapely.Point(400, 50)],
    ... )
    >>> commitments_on(land, points)
      parcel_id commitment_id  distance_m
    0       lot         grant        30.0
    """
    reach = commitments["accuracy_m"].fillna(0.0).to_numpy(float)
    points, shapes = commitments.geometry.to_numpy(), land.to_numpy()
    # each commitment reaches as far as its own place is uncertain
    point, piece = shapely.STRtree(shapes).query(points, predicate="dwithin", distance=reach)
    table = pd.DataFrame(
        {
            "place": piece,
            "parcel_id": land.index.to_numpy()[piece],
            "commitment_id": commitments["commitment_id"].to_numpy()[point],
            "distance_m": shapely.distance(points[point], shapes[piece]),
            "reach": reach[point],
        }
    )
    table = table.sort_values(["place", "distance_m", "reach", "commitment_id"], ignore_index=True)
    return table[["parcel_id", "commitment_id", "distance_m"]]
