"""Names for places that have none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry


def nearest_names(
    shapes: Iterable[BaseGeometry], ids: Iterable[str], place_names: gpd.GeoDataFrame | None
) -> list[tuple[str, str]]:
    """
    Return the English and Chinese name of the place nearest to each shape.

    Where several shapes have the same nearest place, the id of their first site tells them apart, the same in every
    list and scenario.

    Parameters
    ----------
    shapes
        Polygons.
    ids
        First site of each.
    place_names
        Points with name_en, name_zh; without them the ids are the names.
    """
    shapes, ids = list(shapes), list(ids)
    if place_names is None or not len(place_names):
        return [(name, name) for name in ids]
    nearest = [_nearest(shape, place_names) for shape in shapes]
    return [
        name if nearest.count(name) == 1 else (f"{name[0]} ({site})", f"{name[1]}（{site}）")
        for name, site in zip(nearest, ids, strict=True)
    ]


def _nearest(shape: BaseGeometry, place_names: gpd.GeoDataFrame) -> tuple[str, str]:
    """Return the name of a place inside the shape, or else the nearest; of several, the one nearest to its middle."""
    away = pd.DataFrame({"edge": place_names.distance(shape), "middle": place_names.distance(shape.centroid)})
    best = place_names.loc[away.sort_values(["edge", "middle"], kind="stable").index[0]]
    return str(best["name_en"]), str(best["name_zh"])
