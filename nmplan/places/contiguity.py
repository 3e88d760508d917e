"""Which polygons belong together: neighbours across a gap, such as a road."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order
from scipy.sparse.csgraph import connected_components
from scipy.sparse.csgraph import minimum_spanning_tree

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray


def contiguous_groups(shapes: gpd.GeoSeries, gap_m: float) -> pd.Series[int]:
    """
    Return a group number for each polygon; polygons no further apart than the gap share it, link by link.

    Parameters
    ----------
    shapes
        Polygons, EPSG:2326.
    gap_m
        Widest gap that still joins, metres (0: they must touch).

    Returns
    -------
    pandas.Series
        Numbers from 0, on the index given.
    """
    here, there = _neighbours(shapes, gap_m)
    links = coo_array((np.ones(len(here)), (here, there)), shape=(len(shapes), len(shapes)))
    _, group = connected_components(links.tocsr(), directed=False)
    return pd.Series(group, index=shapes.index)


def split_contiguous(shapes: gpd.GeoSeries, gap_m: float, minimum_m2: float, maximum_m2: float) -> pd.Series[int]:
    """
    Return a part number for each polygon of a contiguous group, so that no part is larger than the maximum.

    The shortest tree between the middles of neighbours is cut where its two sides come closest to half the area each,
    and each side again, while it is too large (after SKATER, Assunção et al. 2006, Int. J. Geogr. Inf. Sci. 20:797,
    with area in place of likeness). Every part is contiguous. A part that no cut leaves two of at least the minimum
    stays as it is, larger than the maximum.

    Parameters
    ----------
    shapes
        Polygons of one group, EPSG:2326; where two cuts are as good, their order decides.
    gap_m
        Widest gap that still joins, metres.
    minimum_m2, maximum_m2
        Area of a part.

    Returns
    -------
    pandas.Series
        Numbers from 0, on the index given.
    """
    area, near = shapes.area.to_numpy(), _shortest_tree(shapes, gap_m)
    part, number, last = np.zeros(len(shapes), dtype=int), 0, 0
    while number <= last:
        inside = np.flatnonzero(part == number)
        cut = None
        if area[inside].sum() > maximum_m2:
            cut = _half(near[inside][:, inside], area[inside], minimum_m2)
        if cut is None:
            number += 1
        else:
            last += 1
            part[inside[cut]] = last
    return pd.Series(part, index=shapes.index)


def _half(tree: csr_array, area: NDArray[np.float64], minimum_m2: float) -> NDArray[np.int64] | None:
    """Return the side of the tree's most even cut that leaves both sides the minimum, None where there is none."""
    order, before = breadth_first_order(tree, 0, directed=False)
    below = area.copy()
    for node in order[:0:-1]:
        below[before[node]] += below[node]
    total = below[0]
    side = np.minimum(below, total - below)
    side[0] = -np.inf  # the root hangs on nothing
    top = int(np.argmax(side))
    if side[top] < minimum_m2:
        return None
    under = np.zeros(len(area), dtype=bool)
    under[top] = True
    for node in order[1:]:
        under[node] |= under[before[node]]
    return np.flatnonzero(under)


def _shortest_tree(shapes: gpd.GeoSeries, gap_m: float) -> csr_array:
    """Return the shortest tree that joins the middles of neighbours."""
    here, there = _neighbours(shapes, gap_m)
    middles = shapely.centroid(shapes.to_numpy())
    # a metre more each: a length of 0 would be no link
    metres = shapely.distance(middles[here], middles[there]) + 1.0
    other = here != there
    links = coo_array((metres[other], (here[other], there[other])), shape=(len(shapes), len(shapes)))
    return csr_array(minimum_spanning_tree(links.tocsr()))


def _neighbours(shapes: gpd.GeoSeries, gap_m: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of positions of polygons no further apart than the gap, each with itself too."""
    tree = shapely.STRtree(shapes.to_numpy())
    here, there = tree.query(shapes.to_numpy(), predicate="dwithin", distance=gap_m)
    return here, there


def join_across(shapes: gpd.GeoSeries, gap_m: float) -> shapely.Geometry:
    """
    Return the polygons as one shape for drawing: gaps between them filled by closing with half the gap.

    Notches and bays narrower than the gap are filled as well, so take areas from the polygons, not from this shape.
    """
    closed = shapely.buffer(shapes.union_all().buffer(gap_m / 2, join_style="mitre"), -gap_m / 2, join_style="mitre")
    return shapely.union_all([closed, *shapes])
