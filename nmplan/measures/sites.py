"""All measures of all sites for one scenario, as far as the layers allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from nmplan.measures.boundary import boundary_distance
from nmplan.measures.boundary import crossing_goods_minutes
from nmplan.measures.boundary import crossing_minutes
from nmplan.measures.distance import distance_accuracy
from nmplan.measures.land import PROTECTED
from nmplan.measures.land import SENSITIVE
from nmplan.measures.land import area_hectares
from nmplan.measures.land import compactness
from nmplan.measures.land import conservation
from nmplan.measures.land import sensitive_distances
from nmplan.measures.land import zone_shares
from nmplan.measures.land_use import grouped_uses
from nmplan.measures.land_use import land_use_shares
from nmplan.measures.model import build_travel
from nmplan.measures.speeds import Speeds
from nmplan.measures.supply import SUPPLY_COLUMNS
from nmplan.measures.supply import mass_in_reach
from nmplan.measures.supply import straight_line_minutes
from nmplan.measures.supply import supply_access
from nmplan.measures.talent import talent_access
from nmplan.measures.terrain import mean_height
from nmplan.measures.terrain import mean_slope
from nmplan.measures.transit import open_stations
from nmplan.measures.transit import station_distance
from nmplan.measures.transit import station_minutes
from nmplan.words import MEASURES
from nmplan.words import accuracy_column
from nmplan.words import column_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Mapping

    import geopandas as gpd
    import numpy as np
    import shapely
    from numpy.typing import NDArray

    from nmplan.layers.land_use import LandUse
    from nmplan.layers.terrain import Terrain
    from nmplan.measures.travel import Travel
    from nmplan.study import Decay
    from nmplan.study import Scenario
    from nmplan.study import Supply
    from nmplan.study import Travel as TravelSection

    Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Measures:
    """`table` one row per site, `supply` the long table of supply within reach, `unreached` NaN counted by column."""

    table: pd.DataFrame
    supply: pd.DataFrame
    unreached: dict[str, int]


def measure_sites(
    layers: Tables,
    terrain: Terrain | None,
    scenario: Scenario,
    *,
    travel: TravelSection,
    supply: Supply,
    talent: Decay,
    chains: Collection[str],
    land_use: LandUse | None = None,
) -> Measures:
    """
    Measure all sites for one scenario.

    Parameters
    ----------
    layers
        Tables by name; a measure whose layer is missing is left out.
    terrain
        Ground levels, or None.
    scenario
        Year and hour.
    travel, supply, talent
        Speeds and decays of the study.
    chains
        Chains for which supply and talent are measured.
    land_use
        Land use today, or None.

    Returns
    -------
    Measures
        Sites in the order of `layers["parcels"]`.
    """
    parcels = layers["parcels"].set_index("parcel_id")
    shapes, places = parcels.geometry, parcels.geometry.representative_point()
    boundary = layers["boundary"].geometry if "boundary" in layers else None
    parts = [parcels[["accuracy_m"]], area_hectares(shapes), compactness(shapes)]
    if boundary is not None:
        parts.append(boundary_distance(shapes, boundary))
    if "zoning" in layers:
        parts.append(zone_shares(shapes, layers["zoning"]))
    if "constraints" in layers and layers["constraints"]["kind"].isin(PROTECTED).any():
        parts.append(conservation(shapes, layers["constraints"]))
    if "sensitive_uses" in layers:
        parts.append(sensitive_distances(shapes, layers["sensitive_uses"]))
    parts += _accuracies(layers, shapes, parcels["accuracy_m"])
    parts += _ground_measures(shapes, terrain, land_use)
    speeds = Speeds(**travel.model_dump(exclude={"speeds_kph"}))
    barrier = boundary.union_all() if boundary is not None else None
    parts += _station_measures(layers, shapes, places, barrier, speeds, scenario.year)
    model = build_travel(layers, scenario, speeds)
    if model is not None and set(MEASURES["crossing_min"].layers) <= set(layers):
        parts += [crossing_minutes(places, model), crossing_goods_minutes(places, model)]
    reach = _supply_reach(layers, places, model, supply, chains)
    parts += _access_measures(layers, places, model, reach, supply, talent, chains)
    table = pd.concat(parts, axis=1).rename_axis("parcel_id")
    measured = [name for name in table if name in MEASURES or str(name).startswith(("supply_access", "talent_access"))]
    unreached = {str(name): int(count) for name, count in table[measured].isna().sum().items() if count}
    return Measures(table.reset_index(), reach, unreached)


def _ground_measures(
    shapes: gpd.GeoSeries, terrain: Terrain | None, land_use: LandUse | None
) -> list[pd.Series[float] | pd.DataFrame]:
    """Return what the rasters tell, as far as there are any; slope only where heights are measured."""
    parts: list[pd.Series[float] | pd.DataFrame] = []
    if terrain is not None:
        parts.append(mean_height(shapes, terrain.heights, terrain.transform))
        if terrain.measured:
            parts.append(mean_slope(shapes, terrain.heights, terrain.transform))
    if land_use is not None:
        shares = land_use_shares(shapes, land_use.codes, land_use.transform, land_use.classes)
        parts += [shares, grouped_uses(shares)]
    return parts


def _accuracies(layers: Tables, shapes: gpd.GeoSeries, accuracy_m: pd.Series[float]) -> list[pd.Series[float]]:
    """Return how sure each distance is: site and thing are both placed only so well."""
    things = {}
    if "boundary" in layers:
        things["boundary_m"] = layers["boundary"]
    if "constraints" in layers:
        things["conservation_m"] = layers["constraints"][layers["constraints"]["kind"].isin(PROTECTED)]
    if "sensitive_uses" in layers:
        uses = layers["sensitive_uses"]
        things |= {name: uses[uses["kind"].isin(kinds)] for name, kinds in SENSITIVE.items()}
    return [
        distance_accuracy(shapes, accuracy_m, found).rename(accuracy_column(name))
        for name, found in things.items()
        if len(found)
    ]


def _station_measures(
    layers: Tables,
    shapes: gpd.GeoSeries,
    places: gpd.GeoSeries,
    barrier: shapely.Geometry | None,
    speeds: Speeds,
    year: int,
) -> list[pd.Series[float]]:
    if "stations" not in layers:
        return []
    stations = open_stations(layers["stations"], layers.get("rail_links"), year).geometry
    return [station_distance(shapes, stations), station_minutes(places, stations, barrier, speeds)]


def _supply_reach(
    layers: Tables, places: gpd.GeoSeries, model: Travel | None, supply: Supply, chains: Collection[str]
) -> pd.DataFrame:
    """Return the supply within reach, chain by chain with the chain's decay."""
    if not {"suppliers", "chains"} <= set(layers):
        return pd.DataFrame(columns=SUPPLY_COLUMNS)
    suppliers = layers["suppliers"]
    suppliers = suppliers[suppliers["chain"].isin(set(chains))].reset_index(drop=True)
    minutes = _supplier_minutes(suppliers.geometry, places, model, supply)
    if minutes is None or suppliers.empty:
        return pd.DataFrame(columns=SUPPLY_COLUMNS)
    tables = []
    for chain, rows in suppliers.groupby("chain").indices.items():
        decay = supply.chains.get(str(chain), supply)
        how = {"half_life_min": decay.half_life_min, "plateau_min": decay.plateau_min}
        tables.append(mass_in_reach(minutes[rows], suppliers.iloc[rows], places.index, **how))
    return pd.concat(tables, ignore_index=True)


def _supplier_minutes(
    suppliers: gpd.GeoSeries, places: gpd.GeoSeries, model: Travel | None, supply: Supply
) -> NDArray[np.float64] | None:
    if supply.minutes_from == "straight-line":
        return straight_line_minutes(suppliers, places, supply.straight_line_kph)
    return model.minutes("goods", suppliers, places) if model is not None else None


def _access_measures(
    layers: Tables,
    places: gpd.GeoSeries,
    model: Travel | None,
    reach: pd.DataFrame,
    supply: Supply,
    talent: Decay,
    chains: Collection[str],
) -> list[pd.Series[float]]:
    """Return supply and talent access, one Series per chain."""
    parts = []
    for chain in sorted(set(reach["chain"])):
        tiers = layers["chains"][layers["chains"]["chain"].eq(chain)]
        access = supply_access(reach, tiers, places.index, half_enough=supply.half_enough)
        parts.append(access.rename(column_of("supply_access", chain)))
    if "talent" in layers and model is not None:
        institutes = layers["talent"]
        minutes = model.people_min(places, institutes.geometry)
        decay = {"half_life_min": talent.half_life_min, "plateau_min": talent.plateau_min}
        for chain in sorted(set(chains)):
            strength = f"strength_{chain.replace('-', '_')}"
            if strength in institutes:
                reached = talent_access(minutes, institutes[strength].to_numpy(), places.index, **decay)
                parts.append(reached.rename(column_of("talent_access", chain)))
    return parts
