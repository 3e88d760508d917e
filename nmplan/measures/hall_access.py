"""Access to crossings: which station, stop or walk may bring people to which hall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.measures.access import crosses
from nmplan.measures.timetable import open_links

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely

    from nmplan.measures.speeds import Speeds

HALL_WALK_M = 1_000.0
"""Where no rules are known, or walking is allowed, a hall and a stop are no further apart."""

HALL_STOP_M = 600.0
"""Where a feed calls its stops otherwise than the rules do, the stops so near a hall stand for them."""


def access_ways(
    access: pd.DataFrame | None,
    stops: gpd.GeoDataFrame,
    crossings: gpd.GeoDataFrame,
    boundary: shapely.Geometry | None,
    speeds: Speeds,
    *,
    year: int,
) -> pd.DataFrame:
    """
    Return the ways into halls that count in a year.

    A way from a stop or station that no line of this name calls at is taken from those beside the hall (`HALL_STOP_M`):
    a feed names its stops itself.

    Parameters
    ----------
    access
        The layer crossing_access; without it nothing is known to be closed, and every hall can be walked to.
    stops
        Stations and bus stops in use: stop_id and points.
    crossings
        With their two sides.
    boundary
        Line that no walk crosses, or None.
    speeds
        For walks.
    year
        The scenario's year.

    Returns
    -------
    pandas.DataFrame
        crossing_id, stop_id (empty: on foot from anywhere near), walk_min and closed_area.
    """
    columns = ["crossing_id", "stop_id", "walk_min", "closed_area"]
    if access is None:
        return _near_ways(stops, crossings, boundary, speeds)[columns]
    ways = open_links(access, year)
    ways = ways[ways["crossing_id"].isin(crossings["crossing_id"])]
    named = ways["way"].eq("foot") | ways["stop_id"].isin(stops["stop_id"])
    ways = pd.concat([ways[named], _stops_of_feed(ways[~named], stops, crossings, speeds)]).sort_values(
        "walk_min", kind="stable"
    )
    return ways.drop_duplicates(["crossing_id", "stop_id"])[columns].reset_index(drop=True)


def _stops_of_feed(
    ways: pd.DataFrame, stops: gpd.GeoDataFrame, crossings: gpd.GeoDataFrame, speeds: Speeds
) -> pd.DataFrame:
    """Return ways from the stops beside their halls, whatever those are called; on whichever bank they stand."""
    halls = crossings.set_index("crossing_id").geometry
    parts = [ways.iloc[:0]]
    for way in ways.itertuples(index=False):
        kind = stops[stops["rail"].eq(way.way == "rail")]
        away = kind.geometry.distance(halls[way.crossing_id])
        near = away.index[away <= HALL_STOP_M]
        found = pd.DataFrame([way._asdict()] * len(near), columns=ways.columns)
        parts.append(found.assign(stop_id=kind.loc[near, "stop_id"].to_numpy(), walk_min=speeds.walk_min(away[near])))
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def _near_ways(
    stops: gpd.GeoDataFrame, crossings: gpd.GeoDataFrame, boundary: shapely.Geometry | None, speeds: Speeds
) -> pd.DataFrame:
    """Return walks to every hall from the stops near it on its side, and on foot from anywhere."""
    here = np.column_stack([crossings.geometry.x, crossings.geometry.y])
    spots = np.column_stack([stops.geometry.x, stops.geometry.y])
    away = np.hypot(*(here[:, None] - spots[None]).transpose(2, 0, 1))
    hall, stop = np.nonzero(away <= HALL_WALK_M)
    keep = ~crosses(boundary, here[hall], spots[stop])
    hall, stop = hall[keep], stop[keep]
    ways = pd.DataFrame(
        {
            "crossing_id": crossings["crossing_id"].to_numpy()[hall],
            "stop_id": stops["stop_id"].to_numpy()[stop],
            "walk_min": speeds.walk_min(away[hall, stop]),
        }
    )
    on_foot = pd.DataFrame({"crossing_id": crossings["crossing_id"].to_numpy(), "stop_id": "", "walk_min": 0.0})
    return pd.concat([ways, on_foot], ignore_index=True).assign(closed_area=False)
