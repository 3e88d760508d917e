"""Public transport: rail, buses and walks with the crossings, as people use them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from nmplan.measures.access import crosses
from nmplan.measures.hall_access import HALL_WALK_M
from nmplan.measures.halls import on_the_mainland
from nmplan.measures.halls import with_clearances
from nmplan.measures.journey import AT_HALL
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

STOP_WALK_M = 400.0
"""Stops nearer than this (straight line) are joined by a walk, beside the transfers whose minutes are known."""

HALL_SIDES = ("hong-kong", "leaving", "shenzhen")
"""Nodes of a hall: where one enters it northbound, where one leaves it southbound, and its far side."""


class Transit(NamedTuple):
    """
    Public transport of a scenario.

    Parameters
    ----------
    network
        Stops "<id>", a platform for each line at each stop, and three nodes for each hall ("<id>/hong-kong",
        "<id>/leaving", "<id>/shenzhen").
    entered, left
        Positions of the nodes that can be walked to from anywhere, and walked away from: stops outside closed areas,
        halls that may be entered on foot, and the Shenzhen sides of halls.
    stations
        Positions of the stops of rail among them: feeder buses go there.
    mainland
        Positions of the stations and halls beyond the boundary, where no layer has the buses: feeders go there always.
    """

    network: Network
    entered: NDArray[np.int64]
    left: NDArray[np.int64]
    stations: NDArray[np.int64]
    mainland: NDArray[np.int64]

    @property
    def stations_here(self) -> NDArray[np.int64]:
        """Positions of the stations on this side of the boundary that can be walked to."""
        return np.setdiff1d(self.stations, self.mainland)


def transit_network(
    rides: pd.DataFrame,
    stops: gpd.GeoDataFrame,
    transfers: pd.DataFrame,
    crossings: gpd.GeoDataFrame,
    services: pd.DataFrame,
    access: pd.DataFrame,
    boundary: shapely.Geometry | None,
    speeds: Speeds,
) -> Transit:
    """
    Return rail, buses, transfers and crossings as a network for people.

    Each stop has a street node "<id>" and a platform for each line, direction and headway. Boarding costs half the
    headway, riding on to a branch of the line with a longer headway half the difference, alighting nothing; another
    line is boarded anew. Streets are joined by transfers, and where none is known by a walk if they are near. A hall is
    entered by the ways of `access` alone, and nobody passes through it but over the boundary. A stop in a closed area
    serves its crossing alone: who alights there goes to the hall, and who boards there comes from it. No walk crosses
    the boundary; a train that does costs the clearance of the rail crossing at one of its ends, and without an open one
    it carries nobody across, but it may still bring people to a joint hall beyond. A crossing of mode "train", as at
    West Kowloon, clears for the train alone: it has no halls to walk through.

    Parameters
    ----------
    rides
        Columns `timetable.RIDES`.
    stops
        stop_id, rail (true for stations) and points.
    transfers
        from_station, to_station, minutes.
    crossings, services
        Crossings, and the services open to people.
    access
        From `access_ways`.
    boundary
        Line that no walk crosses, or None.
    speeds
        For walks.
    """
    walked = services[services["mode"].ne("train")]
    used = crossings[crossings["crossing_id"].isin(walked["crossing_id"])]
    rides, access = _with_hall_stops(_with_clearance(rides, stops, crossings, services, boundary), access)
    served = _served(rides, stops, access)
    platforms = _platforms(rides)
    streets = _streets(served)
    network = join_networks(streets, _platform_nodes(platforms, served), _hall_nodes(used))
    network = _with_boarding(network, platforms)
    start, end = (network.position(_platform_names(rides[name], rides)) for name in ("from_stop", "to_stop"))
    network = add_links(network, start, end, rides["minutes"].to_numpy(dtype=float), list(rides["link"]))
    network = _with_changes(network, served, transfers, boundary, speeds)
    # a closed area stays closed while its crossing is shut
    access = access[access["crossing_id"].isin(used["crossing_id"])]
    network = _with_halls(network, access, boundary, speeds)
    opened = served[~served["closed"]]
    on_foot = access.loc[access["stop_id"].eq(""), "crossing_id"]
    far = network.position(used["crossing_id"] + "/shenzhen")
    street = network.position(opened["stop_id"])
    stations = network.position(opened.loc[opened["rail"], "stop_id"])
    inland = network.with_links(np.array([not link.crosses for link in network.links], dtype=bool))
    beyond = np.concatenate([stations[on_the_mainland(inland, crossings)[stations]], far])
    return Transit(
        with_clearances(network, walked, back_to="leaving"),
        np.concatenate([street, network.position(on_foot + "/hong-kong"), far]),
        np.concatenate([street, network.position(on_foot + "/leaving"), far]),
        np.union1d(stations, beyond),
        beyond,
    )


def _with_clearance(
    rides: pd.DataFrame,
    stops: gpd.GeoDataFrame,
    crossings: gpd.GeoDataFrame,
    services: pd.DataFrame,
    boundary: shapely.Geometry | None,
) -> pd.DataFrame:
    """
    Return the rides with `over`, whether they cross the boundary, `northbound`, and how those are cleared that are.

    Of the two ends, the one that lies more to the Shenzhen side of the crossings is the mainland's.
    """
    at = stops.set_index("stop_id")
    xy = at.geometry.get_coordinates()
    start, end = (xy.loc[rides[name]].to_numpy() for name in ("from_stop", "to_stop"))
    over = _changes_side(boundary, start, end)
    northbound = np.zeros(len(rides), dtype=bool)
    northbound[over] = _lean(start[over], crossings) > _lean(end[over], crossings)
    cleared = _train_clearances(start[over], end[over], northbound[over], crossings, services)
    # nobody clears on a bus
    cleared["clearance_min"] = cleared["clearance_min"].where(at["rail"].loc[rides["from_stop"][over]].to_numpy())
    cleared = cleared.set_index(np.flatnonzero(over)).reindex(rides.index)
    crossing = cleared.pop("crossing_id").fillna("")
    return rides.assign(over=over, northbound=northbound, crossing_id=crossing, **cleared)


def _lean(spots: NDArray[np.float64], crossings: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return how much nearer spots are to the Hong Kong sides of the crossings than to the others, metres in all."""
    here, there = (np.column_stack([side.x, side.y]) for side in (crossings.geometry, crossings["shenzhen_side"]))
    away: NDArray[np.float64] = (cdist(spots, there) - cdist(spots, here)).sum(axis=1)
    return away


def _changes_side(
    boundary: shapely.Geometry | None, starts: NDArray[np.float64], ends: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell which ways end on the other side of the boundary: those that cross it an odd number of times."""
    import shapely  # noqa: PLC0415

    found = crosses(boundary, starts, ends)
    if boundary is not None and found.any():
        ways = shapely.linestrings(np.stack([starts[found], ends[found]], axis=1))
        met = shapely.intersection(boundary, ways)
        found[found] = shapely.get_num_coordinates(met) % 2 == 1
    return found


def _with_hall_stops(rides: pd.DataFrame, access: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return rides and access with the stops beyond the boundary as they are for those who have not cleared.

    A bus, or a train, that runs over the boundary to a joint hall brings people there uncleared. A train that goes on,
    and has been cleared, also stops at the station proper. A bus from a hall on this side to elsewhere beyond carries
    nobody.
    """
    halls = set(access.loc[access["closed_area"], "stop_id"])
    parts = [rides[~rides["over"] | rides["clearance_min"].notna()]]
    moved: set[str] = set()
    for end, beyond in (("from_stop", ~rides["northbound"]), ("to_stop", rides["northbound"])):
        uncleared = rides[rides["over"] & beyond & rides[end].isin(halls)]
        moved |= set(uncleared[end])
        parts.append(
            uncleared.assign(**{end: uncleared[end] + AT_HALL}, clearance_min=0.0, closes_min=np.inf, crossing_id="")
        )
    found = pd.concat(parts, ignore_index=True)
    cleared, closes = found["clearance_min"].fillna(0.0), found["closes_min"].fillna(np.inf)
    found["minutes"] = found["minutes"].astype(float) + cleared
    found["link"] = [
        Link("ride", line, crossing_id=crossing, clearance_min=minutes, last_min=last)
        for line, crossing, minutes, last in zip(found["line_id"], found["crossing_id"], cleared, closes, strict=True)
    ]
    there = access["stop_id"].where(~access["stop_id"].isin(moved), access["stop_id"] + AT_HALL)
    return found, access.assign(stop_id=there)


def _train_clearances(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    northbound: NDArray[np.bool_],
    crossings: gpd.GeoDataFrame,
    services: pd.DataFrame,
) -> pd.DataFrame:
    """
    Return crossing_id, clearance_min and closes_min of trains over the boundary.

    NaN where no rail crossing stands at either end.
    """
    nothing = np.full(len(start), np.nan)
    found = pd.DataFrame({"crossing_id": "", "clearance_min": nothing, "closes_min": nothing})
    if not len(start):
        return found
    by_rail = services[services["mode"].isin(("rail", "train"))].merge(
        crossings[["crossing_id", "geometry", "shenzhen_side"]]
    )
    direction = np.where(northbound, "northbound", "southbound")
    nearest = np.full(len(start), HALL_WALK_M)
    for row in by_rail.itertuples(index=False):
        halls = np.array([[row.geometry.x, row.geometry.y], [row.shenzhen_side.x, row.shenzhen_side.y]])
        away = np.minimum(cdist(start, halls), cdist(end, halls)).min(axis=1)
        better = (away <= nearest) & (direction == row.direction)
        columns = ["crossing_id", "clearance_min", "closes_min"]
        found.loc[better, columns] = [row.crossing_id, row.clearance_min, row.closes_min]
        nearest[better] = away[better]
    return found


def _served(rides: pd.DataFrame, stops: gpd.GeoDataFrame, access: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the stops that rides call at, and whether each is closed to all but the travellers of a crossing."""
    names = pd.unique(pd.concat([rides["from_stop"], rides["to_stop"]]))
    served = stops.set_index("stop_id").loc[[str(name).removesuffix(AT_HALL) for name in names]]
    closed = set(access.loc[access["closed_area"], "stop_id"])
    return served.reset_index(drop=True).assign(stop_id=names, closed=pd.Index(names).isin(closed))


def _streets(served: gpd.GeoDataFrame) -> Network:
    """Return a street node for each stop; in a closed area one to arrive at and one to leave from."""
    opened, closed = served[~served["closed"]], served[served["closed"]]
    parts = [opened, *(closed.assign(stop_id=closed["stop_id"] + f"/{way}") for way in ("in", "out"))]
    return nodes_only(pd.concat(parts, ignore_index=True).rename(columns={"stop_id": "node_id"}))


def _platform_names(stops: pd.Series[str], rides: pd.DataFrame) -> list[str]:
    """Return the names of the platforms at stops for the line, direction and headway of the rides."""
    return [
        f"{stop}/platform/{line}/{headway:g}{way and f'/{way}'}"
        for stop, line, headway, way in zip(stops, rides["line_id"], rides["headway_min"], rides["way"], strict=True)
    ]


def _platforms(rides: pd.DataFrame) -> pd.DataFrame:
    """Return the platforms that lines call at: key, fare_hkd and last_min (−∞: nothing leaves)."""
    key = ["stop_id", "line_id", "way", "headway_min"]
    leaving = rides.rename(columns={"from_stop": "stop_id"})[[*key, "fare_hkd", "last_min"]]
    arriving = rides.rename(columns={"to_stop": "stop_id"})[[*key, "fare_hkd"]].assign(last_min=-np.inf)
    calls = pd.concat([leaving, arriving], ignore_index=True)
    platforms = calls.groupby(key, sort=False, as_index=False).agg({"fare_hkd": "first", "last_min": "max"})
    return platforms.assign(platform=_platform_names(platforms["stop_id"], platforms))


def _platform_nodes(platforms: pd.DataFrame, served: gpd.GeoDataFrame) -> Network:
    at = served.set_index("stop_id").geometry.get_coordinates().loc[platforms["stop_id"]].to_numpy()
    return Network(list(platforms["platform"]), at.reshape(-1, 2), *NO_LINKS)


def _hall_nodes(crossings: gpd.GeoDataFrame) -> Network:
    """Return three nodes for each hall, without links."""
    places = (crossings.geometry, crossings.geometry, crossings["shenzhen_side"])
    names = [f"{name}/{side}" for side in HALL_SIDES for name in crossings["crossing_id"]]
    return Network(names, np.vstack([np.column_stack([side.x, side.y]) for side in places]), *NO_LINKS)


def _with_boarding(network: Network, platforms: pd.DataFrame) -> Network:
    """Join streets and platforms, and a line's platforms at a stop: half the headway to board, or its difference."""
    known = set(network.names)
    streets = {
        way: network.position([name if name in known else f"{name}/{way}" for name in platforms["stop_id"]])
        for way in ("in", "out")
    }
    platform = network.position(platforms["platform"])
    leaves = np.isfinite(platforms["last_min"]) | platforms["last_min"].eq(np.inf)
    boards = [
        Link("board", line, last_min=last, fare_hkd=fare)
        for line, last, fare in platforms[["line_id", "last_min", "fare_hkd"]].itertuples(index=False)
    ]
    at = np.flatnonzero(leaves)
    waits = platforms["headway_min"].to_numpy(dtype=float) / 2
    network = add_links(network, streets["out"][at], platform[at], waits[at], [boards[i] for i in at])
    network = add_links(network, platform, streets["in"], np.zeros(len(platform)), Link("alight"))
    changes = platforms.merge(platforms[leaves], on=["stop_id", "line_id", "way"], suffixes=("", "_next"))
    changes = changes[changes["headway_min"].ne(changes["headway_min_next"])]
    start, end = (network.position(changes[name]) for name in ("platform", "platform_next"))
    longer = (changes["headway_min_next"] - changes["headway_min"]).clip(lower=0) / 2
    links = [
        Link("board", line, last_min=last)
        for line, last in zip(changes["line_id"], changes["last_min_next"], strict=True)
    ]
    return add_links(network, start, end, longer.to_numpy(dtype=float), links)


def _with_changes(
    network: Network,
    served: gpd.GeoDataFrame,
    transfers: pd.DataFrame,
    boundary: shapely.Geometry | None,
    speeds: Speeds,
) -> Network:
    """Join stops by the transfers that are known, and else by a walk where they are near."""
    opened = served.loc[~served["closed"], "stop_id"]
    known = transfers[transfers["from_station"].isin(opened) & transfers["to_station"].isin(opened)]
    start, end = (network.position(known[name]) for name in ("from_station", "to_station"))
    network = both_ways(network, start, end, known["minutes"].to_numpy(dtype=float), Link("change"))
    street = network.position(opened)
    told = _pair_keys(start, end, len(network.names))
    here, there, minutes = _walks(network, street, street, STOP_WALK_M, boundary, speeds)
    pairs, first = np.unique(_pair_keys(here, there, len(network.names)), return_index=True)
    first = first[~np.isin(pairs, told) & (here[first] != there[first])]
    return both_ways(network, here[first], there[first], minutes[first], Link("walk"))


def _pair_keys(here: NDArray[np.int64], there: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return one number for each pair of nodes, the same in both directions."""
    return np.minimum(here, there) * size + np.maximum(here, there)


def _with_halls(network: Network, access: pd.DataFrame, boundary: shapely.Geometry | None, speeds: Speeds) -> Network:
    """Join halls to the stops that serve them and, where walking is allowed, to all near; their far sides likewise."""
    known = set(network.names)
    by_stop = access[access["stop_id"].ne("")]
    served = np.array([name in known or f"{name}/in" in known for name in by_stop["stop_id"]], dtype=bool)
    by_stop = by_stop[served]
    minutes = by_stop["walk_min"].to_numpy(dtype=float)
    stops = {
        way: network.position([name if name in known else f"{name}/{way}" for name in by_stop["stop_id"]])
        for way in ("in", "out")
    }
    entry, leaving = (network.position(by_stop["crossing_id"] + f"/{side}") for side in HALL_SIDES[:2])
    street = np.array([i for i, name in enumerate(network.names) if "/" not in name], dtype=np.int64)
    on_foot = access.loc[access["stop_id"].eq(""), "crossing_id"]
    network = add_links(network, stops["in"], entry, minutes, Link("walk"))
    network = add_links(network, leaving, stops["out"], minutes, Link("walk"))
    entry, leaving = (network.position(on_foot + f"/{side}") for side in HALL_SIDES[:2])
    there, hall, minutes = _walks(network, street, entry, HALL_WALK_M, boundary, speeds)
    network = add_links(network, there, hall, minutes, Link("walk"))
    hall, there, minutes = _walks(network, leaving, street, HALL_WALK_M, boundary, speeds)
    network = add_links(network, hall, there, minutes, Link("walk"))
    far = np.array([i for i, name in enumerate(network.names) if name.endswith("/shenzhen")], dtype=np.int64)
    hall, there, minutes = _walks(network, far, street, HALL_WALK_M, boundary, speeds)
    return both_ways(network, hall, there, minutes, Link("walk"))


def _walks(
    network: Network,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    limit_m: float,
    boundary: shapely.Geometry | None,
    speeds: Speeds,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return start, end and minutes of the walks between nodes near each other on the same side of the boundary."""
    trees = (cKDTree(network.xy[nodes]) for nodes in (starts, ends))
    near = next(trees).sparse_distance_matrix(next(trees), limit_m, output_type="ndarray")
    here, there = starts[near["i"]], ends[near["j"]]
    keep = ~crosses(boundary, network.xy[here], network.xy[there])
    here, there = here[keep], there[keep]
    return here, there, speeds.walk_min(np.hypot(*(network.xy[here] - network.xy[there]).T))
