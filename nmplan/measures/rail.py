"""Rail with its transfers, walks and the crossings, as people use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from nmplan.measures.access import crosses
from nmplan.measures.halls import hall_nodes
from nmplan.measures.halls import with_clearances
from nmplan.measures.network import NO_LINKS
from nmplan.measures.network import Link
from nmplan.measures.network import Network
from nmplan.measures.network import add_links
from nmplan.measures.network import both_ways
from nmplan.measures.network import join_networks
from nmplan.measures.network import nodes_only

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely
    from numpy.typing import NDArray

    from nmplan.measures.speeds import Speeds

STATION_WALK_M = 400.0
"""Stations nearer than this (straight line) are joined by a walk, beside the transfers whose minutes are known."""

HALL_WALK_M = 1_000.0
"""A rail crossing's hall and its station are no further apart."""


def transit_network(
    stations: gpd.GeoDataFrame,
    links: pd.DataFrame,
    transfers: pd.DataFrame,
    crossings: gpd.GeoDataFrame,
    services: pd.DataFrame,
    boundary: shapely.Geometry | None,
    speeds: Speeds,
    *,
    year: int,
) -> Network:
    """
    Return rail, transfers and crossings as a network for people.

    Each station has a street node "<id>" and, for each line and each headway of it, a platform node. Boarding costs
    half the headway, riding on to a branch of the line with a longer headway half the difference, alighting nothing;
    another line is boarded anew. A link that is `oneway` is ridden from its first station to its second only. Streets
    are joined by transfers, and where none is known by a walk if they are near. Halls of crossings are joined to the
    streets near them, their two sides by the clearance. No walk crosses the boundary; a train that does costs the
    clearance of the rail crossing at one of its ends, and without an open one it carries nobody across. A crossing of
    mode "train", as at West Kowloon, clears for the train alone: it has no halls to walk through.

    Parameters
    ----------
    stations, links, transfers
        The layers; what is not open in `year` is left out.
    crossings, services
        Crossings and the services open to people.
    boundary
        Line that no walk crosses, or None.
    speeds
        For walks.
    year
        The scenario's year.

    Returns
    -------
    Network
        Nodes of stations as above, and two nodes per crossing: "<id>/hong-kong" and "<id>/shenzhen".
    """
    rides = _rides(open_links(links, year), stations, crossings, services, boundary)
    served = {*rides["from_station"], *rides["to_station"]}
    stations = stations[stations["station_id"].isin(served)].reset_index(drop=True)
    streets = nodes_only(stations.rename(columns={"station_id": "node_id"}))
    platforms = _platforms(rides)
    walked = services[services["mode"].ne("train")]
    halls = hall_nodes(crossings[crossings["crossing_id"].isin(walked["crossing_id"])])
    at = streets.position(platforms["station_id"])
    network = join_networks(streets, Network(list(platforms["platform"]), streets.xy[at], *NO_LINKS), halls)
    network = _with_boarding(network, platforms)
    start, end = (network.position(_platform_names(rides[name], rides)) for name in ("from_station", "to_station"))
    network = add_links(network, start, end, rides["minutes"].to_numpy(), list(rides["link"]))
    known = transfers[transfers["from_station"].isin(served) & transfers["to_station"].isin(served)]
    start, end = (network.position(known[name]) for name in ("from_station", "to_station"))
    network = both_ways(network, start, end, known["minutes"].to_numpy(), Link("change"))
    told = _pair_keys(start, end, len(network.names))
    street = np.arange(len(stations))
    hall = np.arange(len(halls.names)) + len(stations) + len(platforms)
    network = _with_walks(network, street, street, STATION_WALK_M, boundary, speeds, told)
    network = _with_walks(network, hall, street, HALL_WALK_M, boundary, speeds, told[:0])
    return with_clearances(network, walked)


def open_links(links: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the links, of rail or road, in use in a year; where no years are told, they always are."""
    never = pd.Series(np.nan, index=links.index)
    return links[~(links.get("opens", never) > year) & ~(links.get("closes", never) <= year)]


def _rides(
    links: pd.DataFrame,
    stations: gpd.GeoDataFrame,
    crossings: gpd.GeoDataFrame,
    services: pd.DataFrame,
    boundary: shapely.Geometry | None,
) -> pd.DataFrame:
    """Return every ride in its direction, with the clearance on those that cross the boundary, and its `link`."""
    columns = ["line_id", "from_station", "to_station", "minutes", "headway_min"]
    back = links[~links["oneway"]].rename(columns={"from_station": "to_station", "to_station": "from_station"})
    rides = pd.concat([links[columns], back[columns]], ignore_index=True)
    xy = stations.set_index("station_id").geometry.get_coordinates()
    start, end = (xy.loc[rides[name]].to_numpy() for name in ("from_station", "to_station"))
    over = np.flatnonzero(crosses(boundary, start, end))
    cleared = _train_clearances(start[over], end[over], crossings, services).set_index(over).reindex(rides.index)
    inland = ~rides.index.isin(over)
    rides["minutes"] += cleared["clearance_min"].mask(inland, 0.0)
    rides["link"] = [
        Link("ride", line) if not crossing else Link("ride", line, crossing_id=crossing, clearance_min=clearance)
        for line, crossing, clearance in zip(
            rides["line_id"], cleared["crossing_id"].fillna(""), cleared["clearance_min"], strict=True
        )
    ]
    return rides[rides["minutes"].notna()].reset_index(drop=True)


def _train_clearances(
    start: NDArray[np.float64], end: NDArray[np.float64], crossings: gpd.GeoDataFrame, services: pd.DataFrame
) -> pd.DataFrame:
    """
    Return crossing_id and clearance_min of trains over the boundary, NaN where no rail crossing stands at either end.

    Of the two ends, the one that lies more to the Shenzhen side of the crossings is the mainland's.
    """
    found = pd.DataFrame({"crossing_id": "", "clearance_min": np.full(len(start), np.nan)})
    if not len(start):
        return found
    by_rail = services[services["mode"].isin(("rail", "train"))].merge(
        crossings[["crossing_id", "geometry", "shenzhen_side"]]
    )
    here, there = (np.column_stack([side.x, side.y]) for side in (crossings.geometry, crossings["shenzhen_side"]))
    lean = [(cdist(ends, there) - cdist(ends, here)).sum(axis=1) for ends in (start, end)]
    direction = np.where(lean[0] > lean[1], "northbound", "southbound")
    nearest = np.full(len(start), HALL_WALK_M)
    for row in by_rail.itertuples(index=False):
        halls = np.array([[row.geometry.x, row.geometry.y], [row.shenzhen_side.x, row.shenzhen_side.y]])
        away = np.minimum(cdist(start, halls), cdist(end, halls)).min(axis=1)
        better = (away <= nearest) & (direction == row.direction)
        found.loc[better, ["crossing_id", "clearance_min"]] = [row.crossing_id, row.clearance_min]
        nearest[better] = away[better]
    return found


def _platform_names(stations: pd.Series[str], rides: pd.DataFrame) -> list[str]:
    """Return the names of the platforms at stations for the line and headway of the rides."""
    return [
        f"{station}/platform/{line}/{headway:g}"
        for station, line, headway in zip(stations, rides["line_id"], rides["headway_min"], strict=True)
    ]


def _platforms(rides: pd.DataFrame) -> pd.DataFrame:
    """Return station_id, line_id, headway_min and `platform` of each platform that trains leave from or arrive at."""
    columns = ["line_id", "headway_min"]
    calls = [rides[[end, *columns]].rename(columns={end: "station_id"}) for end in ("from_station", "to_station")]
    platforms = pd.concat(calls, ignore_index=True).drop_duplicates(ignore_index=True)
    return platforms.assign(platform=_platform_names(platforms["station_id"], platforms))


def _with_boarding(network: Network, platforms: pd.DataFrame) -> Network:
    """Join streets and platforms, and a line's platforms at a station: half the headway to board, or its difference."""
    street, platform = (network.position(platforms[name]) for name in ("station_id", "platform"))
    network = add_links(network, street, platform, platforms["headway_min"].to_numpy() / 2, Link("board"))
    network = add_links(network, platform, street, np.zeros(len(platform)), Link("alight"))
    changes = platforms.merge(platforms, on=["station_id", "line_id"], suffixes=("", "_next"))
    changes = changes[changes["headway_min"].ne(changes["headway_min_next"])]
    start, end = (network.position(changes[name]) for name in ("platform", "platform_next"))
    longer = (changes["headway_min_next"] - changes["headway_min"]).clip(lower=0) / 2
    return add_links(network, start, end, longer.to_numpy(), Link("board"))


def _pair_keys(here: NDArray[np.int64], there: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return one number for each pair of nodes, the same in both directions."""
    return np.minimum(here, there) * size + np.maximum(here, there)


def _with_walks(
    network: Network,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    limit_m: float,
    boundary: shapely.Geometry | None,
    speeds: Speeds,
    known: NDArray[np.int64],
) -> Network:
    """Join nodes that lie within a walk of each other, on the same side of the boundary, unless the way is known."""
    trees = (cKDTree(network.xy[nodes]) for nodes in (starts, ends))
    near = next(trees).sparse_distance_matrix(next(trees), limit_m, output_type="ndarray")
    here, there = starts[near["i"]], ends[near["j"]]
    size = len(network.names)
    pairs = np.unique(_pair_keys(here, there, size)[here != there])
    here, there = np.divmod(np.setdiff1d(pairs, known), size)
    keep = ~crosses(boundary, network.xy[here], network.xy[there])
    here, there = here[keep], there[keep]
    away = np.hypot(*(network.xy[here] - network.xy[there]).T)
    return both_ways(network, here, there, away * speeds.detour / (speeds.walk_kph / 0.06), Link("walk"))
