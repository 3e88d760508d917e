"""Large tables in parts that fit into memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    import pandas as pd

    Tell = Callable[[str, int, int], None]
    """Told what is being measured, how many are done, and how many there are."""

BLOCK_NUMBERS = 4_000_000
"""Numbers in one block of a matrix: 32 MB, and a handful of such blocks are held at a time."""

SITES_AT_ONCE = 20_000
"""Sites measured at a time against all stations, institutes or crossings."""


def rows_at_once(columns: int) -> int:
    """Return how many rows of a matrix make a block; one at least."""
    return max(1, BLOCK_NUMBERS // max(1, columns))


def tell_nobody(_what: str, _done: int, _of: int) -> None:
    """Keep quiet about progress."""


def site_by_site(
    measure: Callable[[gpd.GeoSeries], pd.DataFrame | pd.Series[float]],
    places: gpd.GeoSeries,
    what: str,
    tell: Tell,
) -> pd.DataFrame:
    """
    Return a measure of all places, taken of `SITES_AT_ONCE` at a time.

    Parameters
    ----------
    measure
        What a place gets must not depend on the others.
    places
        All of them.
    what
        Name of the work, for those told of it.
    tell
        Told how many are done.

    Returns
    -------
    pandas.DataFrame
        On the index of the places; a Series becomes a column.
    """
    import pandas as pd  # noqa: PLC0415  (whoever only tells nobody needs none)

    parts = []
    for first in range(0, max(1, len(places)), SITES_AT_ONCE):
        some = places.iloc[first : first + SITES_AT_ONCE]
        parts.append(pd.DataFrame(measure(some)))
        tell(what, first + len(some), len(places))
    return pd.concat(parts)
