"""Journeys over the boundary: from places to each crossing, of people by public transport or car, and of goods."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import NamedTuple

import numpy as np
import pandas as pd

from nmplan.measures.access import straight_legs
from nmplan.measures.arrivals import arrive
from nmplan.measures.network import Legs
from nmplan.measures.network import shortest_minutes
from nmplan.measures.speeds import WALK_LIMIT_M

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from nmplan.measures.arrivals import Arrivals
    from nmplan.measures.arrivals import Trees
    from nmplan.measures.matrix import Matrix
    from nmplan.measures.network import Network
    from nmplan.measures.travel import Travel

COLUMNS = ["mode", "crossing_id", "permit", "status", "hall_min", "clearance_min", "total_min", "lines"]
"""What the table of journeys says of each place and crossing."""


class ToHalls(NamedTuple):
    """
    How places reach the halls that are open, before anybody clears.

    `ways` has one row for each way over the boundary: crossing_id, permit, clearance_min; `minutes` of shape (places,
    ways) are from door to hall, parking included, NaN where there is none; `lines` of the same shape are the lines
    taken, by id, with a comma between.
    """

    ways: pd.DataFrame
    minutes: NDArray[np.float64]
    lines: NDArray[np.object_]

    @property
    def total_min(self) -> NDArray[np.float64]:
        """Minutes from door to far side, shape (places, ways)."""
        return self.minutes + self.ways["clearance_min"].to_numpy(dtype=float)


def minutes_to_halls(travel: Travel, places: gpd.GeoSeries, mode: str) -> ToHalls:
    """
    Return how long people, or goods, take from places to the halls of the crossings that are open.

    Where the study's matrix has a place and a crossing its minutes stand, without lines; parking of a car is added.

    Parameters
    ----------
    travel
        The scenario's travel model.
    places
        Points on the Hong Kong side, EPSG:2326.
    mode
        "transit", "car" or "goods". By car a crossing stands once for each permit that lets one through.
    """
    ways = _ways(travel, mode)
    if mode not in travel.networks or ways.empty:
        shape = (len(places), len(ways))
        found = ToHalls(ways, np.full(shape, np.nan), np.full(shape, "", dtype=object))
    else:
        found = _by_transit(travel, places, ways) if mode == "transit" else _by_road(travel, places, ways, mode)
    return found if travel.matrix is None else _by_matrix(travel.matrix, places, mode, found)


def _ways(travel: Travel, mode: str) -> pd.DataFrame:
    """Return the ways over the boundary northbound that have a hall, the quicker of two alike."""
    columns = ["crossing_id", "permit", "parking_min", "clearance_min"]
    services = travel.services.get(mode, pd.DataFrame(columns=[*columns, "direction", "mode"]))
    ways = services[services["direction"].eq("northbound") & services["mode"].ne("train")]
    order = ways.assign(spent=ways["parking_min"] + ways["clearance_min"]).sort_values("spent", kind="stable").index
    ways = ways.loc[order, columns].drop_duplicates(["crossing_id", "permit"]).sort_index().reset_index(drop=True)
    return ways if mode == "car" else ways.assign(permit="")


def open_crossings(travel: Travel, mode: str) -> pd.Index[str]:
    """Return the ids of the crossings whose halls people, or goods, may go through northbound at the hour."""
    ways = _ways(travel, mode)
    return pd.Index(ways["crossing_id"].unique(), dtype=object)


def _by_transit(travel: Travel, places: gpd.GeoSeries, ways: pd.DataFrame) -> ToHalls:
    crossings, _ = travel.halls("transit")
    column = [crossings.index(name) for name in ways["crossing_id"]]
    legs = travel.legs("transit", places, outwards=True)
    arrivals = arrive([trees for _, trees in travel.hall_trees], legs, travel.now_min)
    return ToHalls(ways, arrivals.minutes[:, column], _lines_taken(travel.hall_trees, legs, arrivals)[:, column])


def _by_road(travel: Travel, places: gpd.GeoSeries, ways: pd.DataFrame, mode: str) -> ToHalls:
    crossings, nodes = travel.halls(mode)
    column = [crossings.index(name) for name in ways["crossing_id"]]
    ends = Legs(np.arange(len(nodes)), nodes, np.zeros(len(nodes)), len(nodes))
    driven = shortest_minutes(travel.on_this_side(mode), travel.legs(mode, places, outwards=True), ends)
    minutes = driven[:, column] + ways["parking_min"].to_numpy(dtype=float)
    return ToHalls(ways, minutes, np.full(minutes.shape, "", dtype=object))


def _by_matrix(matrix: Matrix, places: gpd.GeoSeries, mode: str, found: ToHalls) -> ToHalls:
    """Return the ways with the matrix's minutes where it has them; it does not say by which lines."""
    minutes, known = matrix.look_up(mode, places.index, pd.Index(found.ways["crossing_id"], dtype=object))
    if mode == "car":
        minutes += found.ways["parking_min"].to_numpy(dtype=float)
    return found._replace(
        minutes=np.where(known, minutes, found.minutes), lines=np.where(known, "", found.lines).astype(object)
    )


def _lines_taken(grown: Sequence[tuple[Network, Trees]], legs: Legs, arrivals: Arrivals) -> NDArray[np.object_]:
    """Return the lines of each journey; worked out once for each node at which journeys enter the network."""
    lines = np.full(arrivals.minutes.shape, "", dtype=object)
    ends = len(grown[0][1].minutes)
    for number, (network, trees) in enumerate(grown):
        for end in range(ends):
            rows = np.flatnonzero(arrivals.tree[:, end] == number)
            entered, at = np.unique(legs.node[arrivals.leg[rows, end]], return_inverse=True)
            told = np.array([",".join(lines_from(network, trees.link[end], node)) for node in entered], dtype=object)
            if len(rows):
                lines[rows, end] = told[at]
    return lines


def lines_from(network: Network, taken: NDArray[np.int64], node: int) -> list[str]:
    """Return the lines boarded on the way from a node along the links that are taken from each node."""
    lines: list[str] = []
    while (link := int(taken[node])) >= 0:
        name = network.links[link].name
        if network.links[link].kind == "board" and lines[-1:] != [name]:
            lines.append(name)
        node = int(network.end[link])
    return lines


def crossing_minutes(places: gpd.GeoSeries, travel: Travel) -> pd.DataFrame:
    """
    Return how long people take by public transport from each place to the other side of the best open crossing.

    Parameters
    ----------
    places
        Points on the Hong Kong side, EPSG:2326.
    travel
        The scenario's travel model.

    Returns
    -------
    pandas.DataFrame
        On the index of the places: `crossing_min` (minutes from door to far side: walk, wait, ride and clearance; NaN
        where no crossing can be reached), `crossing_id`, and `crossing_lines` (ids of the lines taken, with a comma
        between), empty text where there is none.
    """
    least, best, found = _quickest(travel, places, "transit")
    names = _told(best, found.ways["crossing_id"].to_numpy(dtype=object)[None, :])
    columns = {"crossing_min": least, "crossing_id": names, "crossing_lines": _told(best, found.lines)}
    return pd.DataFrame(columns, index=places.index)


def crossing_car_minutes(places: gpd.GeoSeries, travel: Travel) -> pd.DataFrame:
    """
    Return how long people take by car from each place to the other side of the best open crossing.

    Parameters
    ----------
    places
        Points on the Hong Kong side, EPSG:2326.
    travel
        The scenario's travel model.

    Returns
    -------
    pandas.DataFrame
        On the index of the places: `crossing_car_min` (minutes from door to far side, parking and clearance included;
        NaN where no crossing can be reached), `crossing_car_id`, and `crossing_permit`, what that crossing asks of a
        car: "none" (it is parked, and people clear on foot), "quota" or "closed-road"; empty text where there is none.
    """
    least, best, found = _quickest(travel, places, "car")
    names, permits = (
        _told(best, found.ways[name].to_numpy(dtype=object)[None, :]) for name in ("crossing_id", "permit")
    )
    columns = {"crossing_car_min": least, "crossing_car_id": names, "crossing_permit": permits}
    return pd.DataFrame(columns, index=places.index)


def crossing_goods_minutes(places: gpd.GeoSeries, travel: Travel) -> pd.Series[float]:
    """
    Return how long goods vehicles take from each place to the other side of the best open crossing.

    Parameters
    ----------
    places
        Points on the Hong Kong side, EPSG:2326.
    travel
        The scenario's travel model.

    Returns
    -------
    pandas.Series
        `crossing_goods_min`, minutes with clearance, on the index of the places; NaN where no crossing takes goods.
    """
    least, _, _ = _quickest(travel, places, "goods")
    return pd.Series(least, index=places.index, name="crossing_goods_min")


def _quickest(
    travel: Travel, places: gpd.GeoSeries, mode: str
) -> tuple[NDArray[np.float64], NDArray[np.int64], ToHalls]:
    """Return the least minutes from door to far side (NaN: no way), and which way that is (−1: none)."""
    found = minutes_to_halls(travel, places, mode)
    total = np.column_stack([found.total_min, np.full(len(places), np.inf)])
    total[np.isnan(total)] = np.inf
    best = total.argmin(axis=1)
    least = total[np.arange(len(places)), best]
    reached = np.isfinite(least)
    return np.where(reached, least, np.nan), np.where(reached, best, -1), found


def _told(best: NDArray[np.int64], words: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the words of the ways that are best, empty text where none is."""
    told = np.full(len(best), "", dtype=object)
    reached = np.flatnonzero(best >= 0)
    rows = reached if len(words) == len(best) else np.zeros(len(reached), dtype=np.int64)
    told[reached] = words[rows, best[reached]]
    return told


def journeys_table(places: gpd.GeoSeries, travel: Travel, mode: str) -> pd.DataFrame:
    """
    Return the journeys from each place to the far side of each crossing of the year.

    Parameters
    ----------
    places
        Points on the Hong Kong side, EPSG:2326.
    travel
        The scenario's travel model.
    mode
        "transit" or "car".

    Returns
    -------
    pandas.DataFrame
        One row for each place and crossing (by car for each permit, too), under the index of the places: `COLUMNS`.
        `status` is "open", "closed" (at this hour, or altogether) or "no way" (nothing leads there in time);
        `hall_min` is from door to hall, `total_min` to the far side; both are NaN unless open.
    """
    found = minutes_to_halls(travel, places, mode)
    count = len(found.ways)
    there = pd.DataFrame(
        {
            "place": np.repeat(np.arange(len(places)), count),
            **{
                name: np.tile(found.ways[name].to_numpy(), len(places))
                for name in ("crossing_id", "permit", "clearance_min")
            },
            "hall_min": found.minutes.ravel(),
            "total_min": found.total_min.ravel(),
            "lines": found.lines.ravel(),
        }
    )
    there["status"] = np.where(there["hall_min"].isna(), "no way", "open")
    shut = travel.shut.get(mode, ())
    closed = pd.DataFrame(
        {
            "place": np.repeat(np.arange(len(places)), len(shut)),
            "crossing_id": np.tile(np.array(shut, dtype=object), len(places)),
            **dict.fromkeys(("permit", "lines"), ""),
            **dict.fromkeys(("clearance_min", "hall_min", "total_min"), np.nan),
            "status": "closed",
        }
    )
    table = pd.concat([there, closed] if len(closed) else [there], ignore_index=True)
    table = table.assign(mode=mode).sort_values(["place", "crossing_id", "permit"], kind="stable")
    return table.set_index(places.index[table["place"]])[COLUMNS].rename_axis(places.index.name)


class ForbiddenWalk(NamedTuple):
    """A hall near a place that nobody may walk to: minutes it would take on foot, and the lines that do go there."""

    crossing_id: str
    minutes: float
    lines: tuple[str, ...]


def forbidden_walks(travel: Travel, place: gpd.GeoSeries) -> list[ForbiddenWalk]:
    """
    Return the halls that would be nearer on foot than by the ways that are allowed, nearest first.

    Parameters
    ----------
    travel
        The scenario's travel model.
    place
        One point on the Hong Kong side, EPSG:2326.
    """
    if travel.transit is None:
        return []
    network, found = travel.networks["transit"], minutes_to_halls(travel, place, "transit")
    allowed = dict(zip(found.ways["crossing_id"], found.minutes[0], strict=True))
    crossings, halls = travel.halls("transit")
    spots = np.setdiff1d(halls, travel.transit.entered)
    walks = straight_legs(place, network, spots, travel.roads.boundary, travel.speeds.walk_min, WALK_LIMIT_M)
    return [
        ForbiddenWalk(name, float(minutes), _lines_into(network, node))
        for minutes, node in sorted(zip(walks.minutes, walks.node, strict=True))
        if not allowed.get(name := crossings[int(np.flatnonzero(halls == node)[0])], np.inf) <= minutes
    ]


def _lines_into(network: Network, hall: int) -> tuple[str, ...]:
    """Return the lines that bring people to a hall: those that stop where one walks into it."""
    stops = network.start[(network.end == hall)]
    platforms = network.start[np.isin(network.end, stops)]
    arriving = np.flatnonzero(np.isin(network.end, platforms))
    lines = [network.links[link].name for link in arriving if network.links[link].kind == "ride"]
    return tuple(dict.fromkeys(lines))
