"""Names for places that have none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry


def nearest_names(shapes: Iterable[BaseGeometry], place_names: gpd.GeoDataFrame | None) -> list[tuple[str, str]]:
    """
    Return the English and Chinese name of the place nearest to each shape; numbers follow where a name comes twice.

    Parameters
    ----------
    shapes
        In order of importance: the first to claim a name has it without a number.
    place_names
        Points with name_en, name_zh; without them the shapes are numbered.
    """
    taken: dict[tuple[str, str], int] = {}
    names = []
    for number, shape in enumerate(shapes, start=1):
        name = (f"Place {number}", f"地點 {number}")
        if place_names is not None and len(place_names):
            # a place inside the shape comes first, then the one nearest to its middle
            away = pd.DataFrame({"edge": place_names.distance(shape), "middle": place_names.distance(shape.centroid)})
            nearest = away.sort_values(["edge", "middle"], kind="stable").index[0]
            name = (place_names.loc[nearest, "name_en"], place_names.loc[nearest, "name_zh"])
        taken[name] = taken.get(name, 0) + 1
        suffix = f" {taken[name]}" if taken[name] > 1 else ""
        names.append((name[0] + suffix, name[1] + suffix))
    return names
