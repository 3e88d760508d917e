"""Which side of the boundary a place lies on, by the course of the reference geography."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import shapely
from pyproj import Transformer
from shapely.ops import linemerge

from nmplan.crs import WORK_CRS
from nmplan.layers.reference import read_reference

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely import Polygon

SEA = (
    (114.5025, 22.3651),
    (114.5025, 22.1485),
    (114.2552, 22.1386),
    (113.9224, 22.1367),
    (113.8965, 22.1425),
    (113.8323, 22.1839),
    (113.8172, 22.2173),
)
"""Corners of Hong Kong's waters from Mirs Bay round to Deep Bay, WGS84; Home Affairs Department district boundary, read
off; generalised."""

ACCURACY_M = 400.0
"""The worst accuracy of the boundary's course: nearer to it, the side is a judgement."""


@cache
def hong_kong() -> Polygon:
    """
    Return the ground and waters of Hong Kong, generalised, in EPSG:2326.

    Its northern edge is the bundled reference boundary, so that it agrees with the maps; accuracy `ACCURACY_M`.
    """
    north = linemerge(list(read_reference("boundary").frame.geometry))
    course = list(north.coords)
    if course[0][0] > course[-1][0]:
        course.reverse()  # from Deep Bay in the west to Mirs Bay in the east
    transform = Transformer.from_crs("EPSG:4326", WORK_CRS, always_xy=True).transform
    return shapely.Polygon([*course, *(transform(lon, lat) for lon, lat in SEA)])


def in_hong_kong(places: gpd.GeoSeries) -> tuple[list[bool], list[bool]]:
    """
    Tell which places lie in Hong Kong.

    Parameters
    ----------
    places
        Any geometries, EPSG:2326; each counts where its representative point lies.

    Returns
    -------
    tuple of list
        Whether each lies in Hong Kong, and whether it is too near the boundary to be sure.
    """
    points = places.representative_point()
    ground = hong_kong()
    return list(points.within(ground)), list(points.distance(ground.exterior) < ACCURACY_M)
