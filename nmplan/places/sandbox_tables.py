"""The tables of all kinds of sandbox in one scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pandas as pd

from nmplan.measures.roads import with_open_roads
from nmplan.measures.sites import measure_land
from nmplan.places.infrastructure import INFRASTRUCTURE_COLUMNS
from nmplan.places.infrastructure import infrastructure
from nmplan.places.land_units import land_to_keep_out
from nmplan.places.land_units import land_units
from nmplan.places.readiness import READINESS_COLUMNS
from nmplan.places.refusals import REFUSAL_COLUMNS
from nmplan.places.sandboxes import SANDBOX_COLUMNS
from nmplan.places.sandboxes import SITE_COLUMNS
from nmplan.places.sandboxes import find_sandboxes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nmplan.study import Sandbox

COLUMNS = {
    "sandboxes": SANDBOX_COLUMNS,
    "sandbox_sites": SITE_COLUMNS,
    "sandbox_readiness": READINESS_COLUMNS,
    "sandbox_refusals": REFUSAL_COLUMNS,
    "infrastructure": INFRASTRUCTURE_COLUMNS,
}
"""Tables of a scenario and their columns."""


def sandbox_tables(
    layers: Mapping[str, Any],
    rasters: Mapping[str, Any],
    measures: pd.DataFrame,
    kinds: Mapping[str, Sandbox],
    year: int,
) -> dict[str, pd.DataFrame]:
    """
    Find the zones of all kinds, and everything that is told of them.

    Parameters
    ----------
    layers, rasters
        As for `measure_sites`; also areas and place_names, for names, as far as they are there.
    measures
        Of the sites, in the scenario. Kinds with land = "zones" are measured here.
    kinds
        The study's sandboxes.
    year
        The scenario's.

    Returns
    -------
    dict
        The tables of `COLUMNS`; those of all kinds one below the other, empty ones with their columns.
    """
    layers = with_open_roads(layers, year)
    names = layers.get("place_names"), layers.get("areas")
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in COLUMNS}
    for kind, sandbox in kinds.items():
        land = land_units(layers, sandbox)
        table = measures if sandbox.land == "sites" else _measured(layers, rasters, land)
        found = find_sandboxes(land, table, kind, sandbox, *names, land_to_keep_out(layers, sandbox))
        ledger = infrastructure(found.zones, found.sites, land, layers, sandbox, year)
        tables = (found.zones, found.sites, found.readiness, found.refusals, ledger)
        for name, own in zip(COLUMNS, tables, strict=True):
            parts[name] += [own] if len(own) else []
    joined = {
        name: pd.concat(parts[name], ignore_index=True) if parts[name] else pd.DataFrame(columns=columns)
        for name, columns in COLUMNS.items()
    }
    return {
        **joined,
        "sandboxes": gpd.GeoDataFrame(joined["sandboxes"], geometry="geometry", crs=layers["parcels"].crs),
    }


def _measured(layers: Mapping[str, Any], rasters: Mapping[str, Any], land: gpd.GeoDataFrame) -> pd.DataFrame:
    return measure_land({**layers, "parcels": land}, rasters) if len(land) else pd.DataFrame(columns=["parcel_id"])
