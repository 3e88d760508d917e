"""Vector files as frames, with a fault instead of a traceback for what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pyogrio

from nmplan.errors import Fault
from nmplan.errors import LayerError

if TYPE_CHECKING:
    from pathlib import Path


def read_vector(path: Path) -> gpd.GeoDataFrame:
    """
    Return the one table of a vector file, as published.

    Raises
    ------
    LayerError
        The file is missing, cannot be read, or holds no geometries.
    """
    if not path.exists():
        raise LayerError([Fault(path.name, "", "the file is missing.", "Restore it, or correct the path.")])
    try:
        frame = gpd.read_file(path, engine="pyogrio")
    except (pyogrio.errors.DataSourceError, OSError, ValueError) as error:
        fault = Fault(path.name, "", f"this cannot be read: {error}.", "Repair the file, or export it again.")
    else:
        if isinstance(frame, gpd.GeoDataFrame) and len(frame):
            return frame
        fault = Fault(path.name, "", "the file holds no features with geometry.", "Export it again, or name another.")
    raise LayerError([fault])
