"""Names for places that have none yet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from typing import Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry


DIRECTIONS = (
    ("east", "東"),
    ("north-east", "東北"),
    ("north", "北"),
    ("north-west", "西北"),
    ("west", "西"),
    ("south-west", "西南"),
    ("south", "南"),
    ("south-east", "東南"),
)


def nearest_names(
    shapes: Iterable[BaseGeometry], ids: Iterable[str], place_names: gpd.GeoDataFrame | None
) -> list[tuple[str, str]]:
    """
    Return the English and Chinese name of the place nearest to each shape.

    Where several shapes have the same nearest place, the direction from there to their middle tells them apart, and
    where that is the same too, a letter: A for the first in the order of ids, however the rows are ordered.

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
    places = [_nearest(shape, place_names) for shape in shapes]
    names = [(str(place["name_en"]), str(place["name_zh"])) for place in places]
    way = [_direction(place.geometry, shape) for place, shape in zip(places, shapes, strict=True)]
    towards = [(f"{en}, {word_en}", f"{zh}{word_zh}") for (en, zh), (word_en, word_zh) in zip(names, way, strict=True)]
    ranks = pd.DataFrame({"towards": towards, "id": ids}).sort_values("id", kind="stable").groupby("towards").cumcount()
    letters = ranks.sort_index().map(_letter)
    lettered = [(f"{en} {letter}", f"{zh}{letter}") for (en, zh), letter in zip(towards, letters, strict=True)]
    return [
        name if names.count(name) == 1 else closer if towards.count(closer) == 1 else closest
        for name, closer, closest in zip(names, towards, lettered, strict=True)
    ]


def _letter(rank: int) -> str:
    """Return A for 0, Z for 25, AA for 26, as columns of a sheet are called."""
    more, last = divmod(rank, 26)
    return (_letter(more - 1) if more else "") + chr(ord("A") + last)


def _direction(place: BaseGeometry, shape: BaseGeometry) -> tuple[str, str]:
    """Return the one of eight directions in which the middle of the shape lies from the place."""
    east, north = shape.centroid.x - place.centroid.x, shape.centroid.y - place.centroid.y
    return DIRECTIONS[round(math.atan2(north, east) / (math.pi / 4)) % len(DIRECTIONS)]


def _nearest(shape: BaseGeometry, place_names: gpd.GeoDataFrame) -> pd.Series[Any]:
    """Return the place inside the shape, or else the nearest; of several, the one nearest to its middle."""
    away = pd.DataFrame({"edge": place_names.distance(shape), "middle": place_names.distance(shape.centroid)})
    return place_names.loc[away.sort_values(["edge", "middle"], kind="stable").index[0]]
