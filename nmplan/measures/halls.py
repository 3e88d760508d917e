"""Halls of the boundary crossings: which are open, and what clearing costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.measures.network import NO_LINKS
from nmplan.measures.network import Link
from nmplan.measures.network import Network
from nmplan.measures.network import add_links

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

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
        "people", "goods" or "quota-car".
    year
        Services count from `valid_from` up to, not including, `valid_to`.
    time_of_day
        HH:MM; a crossing shut at that time is not there.
    period
        "quiet" or "peak": which clearance applies.

    Returns
    -------
    pandas.DataFrame
        crossing_id, direction, mode and `clearance_min`.
    """
    closed = set(crossings.loc[crossings["status"].eq("closed"), "crossing_id"])
    now = _minute_of_day(time_of_day)
    there = (
        services["user"].eq(user)
        & ~services["crossing_id"].isin(closed)
        & ~(services["valid_from"] > year)
        & ~(services["valid_to"] <= year)
        & _open_at(now, services["opens_at"].map(_minute_of_day), services["closes_at"].map(_minute_of_day))
    )
    found = services.loc[there, ["crossing_id", "direction", "mode"]]
    return found.assign(clearance_min=services.loc[there, f"clearance_{period}_min"]).reset_index(drop=True)


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


def _open_at(now: int, opens: pd.Series[int], closes: pd.Series[int]) -> pd.Series[bool]:
    """Tell which services are open at a minute of the day; one that closes before it opens runs past midnight."""
    return (opens.le(now) & closes.gt(now)) | (closes.lt(opens) & (opens.le(now) | closes.gt(now)))


def _minute_of_day(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def hall_nodes(crossings: gpd.GeoDataFrame) -> Network:
    """Return two nodes per crossing, "<id>/hong-kong" and "<id>/shenzhen", without links."""
    names = [f"{name}/{side}" for side in ("hong-kong", "shenzhen") for name in crossings["crossing_id"]]
    sides = pd.concat([crossings.geometry, crossings["shenzhen_side"]])
    return Network(names, np.column_stack([sides.x, sides.y]), *NO_LINKS)


def with_clearances(network: Network, services: pd.DataFrame) -> Network:
    """Join the two sides of each crossing in the directions that are open."""
    for direction, start, end in (("northbound", "hong-kong", "shenzhen"), ("southbound", "shenzhen", "hong-kong")):
        one_way = services[services["direction"].eq(direction)]
        here, there = (network.position(one_way["crossing_id"] + f"/{side}") for side in (start, end))
        clearances = [Link("clearance", name) for name in one_way["crossing_id"]]
        network = add_links(network, here, there, one_way["clearance_min"].to_numpy(), clearances)
    return network
