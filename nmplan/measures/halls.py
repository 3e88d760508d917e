"""Halls of the boundary crossings: which are open, and what clearing costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from nmplan.measures.hours import DAY_BEGINS_MIN
from nmplan.measures.hours import DAY_MIN
from nmplan.measures.hours import minute_of_day
from nmplan.measures.network import NO_LINKS
from nmplan.measures.network import Link
from nmplan.measures.network import Network
from nmplan.measures.network import add_links

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from nmplan.study import Lever


def open_services(
    services: pd.DataFrame, crossings: gpd.GeoDataFrame, *, user: str, year: int, time_of_day: str, period: str
) -> pd.DataFrame:
    """
    Return the crossing services a user finds open.

    Parameters
    ----------
    services, crossings
        The layers.
    user
        "people", "car" or "goods".
    year
        Services count from `valid_from` up to, not including, `valid_to`.
    time_of_day
        HH:MM; a crossing shut at that time is not there.
    period
        "quiet" or "peak": which clearance applies.

    Returns
    -------
    pandas.DataFrame
        crossing_id, direction, mode, permit, parking_min, `clearance_min`, and `closes_min`: the minute of the day of
        service at which the hall closes, infinite where it never does.
    """
    now = minute_of_day(time_of_day) % DAY_MIN
    found = services_in(services, crossings, user=user, year=year)
    opens, closes = (found[name].map(minute_of_day).astype(float) for name in ("opens_at", "closes_at"))
    there = _open_at(now, opens, closes)
    found = found[there].assign(
        clearance_min=found.loc[there, f"clearance_{period}_min"], closes_min=_closing(now, opens, closes)[there]
    )
    columns = ["crossing_id", "direction", "mode", "permit", "parking_min", "clearance_min", "closes_min"]
    return found[columns].reset_index(drop=True)


def services_in(services: pd.DataFrame, crossings: gpd.GeoDataFrame, *, user: str, year: int) -> pd.DataFrame:
    """Return the services of a user in a year, at whatever hour; those of closed crossings are left out."""
    closed = set(crossings.loc[crossings["status"].eq("closed"), "crossing_id"])
    there = (
        services["user"].eq(user)
        & ~services["crossing_id"].isin(closed)
        & ~(services["valid_from"] > year)
        & ~(services["valid_to"] <= year)
    )
    return services[there]


def pull_levers(services: pd.DataFrame, levers: Sequence[Lever], user: str) -> pd.DataFrame:
    """
    Return the open services of a user with the clearance that policies leave.

    Parameters
    ----------
    services
        As `open_services` returns them.
    levers
        Policies of the scenario; several on one service multiply.
    user
        Whose services these are; levers for others do nothing.
    """
    minutes = services["clearance_min"].astype(float)
    for lever in levers:
        if lever.user == user:
            here = services["crossing_id"].isin(lever.crossings) | (not lever.crossings)
            way = services["direction"].eq(lever.direction) | (lever.direction is None)
            minutes = minutes.mask(here & way, minutes * lever.clearance_share)
    return services.assign(clearance_min=minutes)


def _open_at(now: int, opens: pd.Series[float], closes: pd.Series[float]) -> pd.Series[bool]:
    """Tell which services are open at a minute of the day; one that closes before it opens runs past midnight."""
    return (opens.le(now) & closes.gt(now)) | (closes.lt(opens) & (opens.le(now) | closes.gt(now)))


def _closing(now: int, opens: pd.Series[float], closes: pd.Series[float]) -> pd.Series[float]:
    """Return the minute of the day of service at which what is open now closes, infinite if round the clock."""
    whole_day = (opens.eq(0) & closes.ge(DAY_MIN)) | opens.eq(closes)
    past_midnight = closes.lt(opens) & opens.le(now)
    small_hours = DAY_MIN * (now < DAY_BEGINS_MIN)
    return (closes + DAY_MIN * past_midnight + small_hours).mask(whole_day, np.inf)


def hall_nodes(crossings: gpd.GeoDataFrame) -> Network:
    """Return two nodes per crossing, "<id>/hong-kong" and "<id>/shenzhen", without links."""
    names = [f"{name}/{side}" for side in ("hong-kong", "shenzhen") for name in crossings["crossing_id"]]
    sides = pd.concat([crossings.geometry, crossings["shenzhen_side"]])
    return Network(names, np.column_stack([sides.x, sides.y]), *NO_LINKS)


def with_clearances(network: Network, services: pd.DataFrame, *, back_to: str = "hong-kong") -> Network:
    """Join the two sides of each crossing in the directions that are open; southbound leads to the node `back_to`."""
    for direction, start, end in (("northbound", "hong-kong", "shenzhen"), ("southbound", "shenzhen", back_to)):
        one_way = services[services["direction"].eq(direction)]
        here, there = (network.position(one_way["crossing_id"] + f"/{side}") for side in (start, end))
        clearances = [
            Link("clearance", name, last_min=closes)
            for name, closes in zip(one_way["crossing_id"], one_way["closes_min"], strict=True)
        ]
        network = add_links(network, here, there, one_way["clearance_min"].to_numpy(), clearances)
    return network


def on_the_mainland(network: Network, crossings: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """
    Tell which nodes of a network without crossings belong to the mainland.

    Without crossings a network falls into pieces. Each node of a piece votes, for each crossing, for the side whose
    hall is nearer; single nodes may lie across, as the Hong Kong port area at Shenzhen Bay on the Shenzhen bank does.
    """
    links = csr_array((np.ones(len(network.start)), (network.start, network.end)), shape=(len(network.names),) * 2)
    pieces, piece = connected_components(links, directed=False)
    here, there = (np.column_stack([side.x, side.y]) for side in (crossings.geometry, crossings["shenzhen_side"]))
    votes = np.sign(cdist(network.xy, there) - cdist(network.xy, here)).sum(axis=1)
    mainland = np.bincount(piece, votes, minlength=pieces) < 0
    return np.asarray(mainland[piece])
