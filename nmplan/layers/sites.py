"""Sites cut from development zones: indicative blocks of a target size, no slivers, no land lost."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmplan.crs import M2_PER_HA
from nmplan.layers.blocks import cut_part
from nmplan.layers.blocks import polygons
from nmplan.layers.contracts import Note

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry


WHEN = ("ready_year", "ready_basis", "ready_source")
"""What is known of when land can be built on; goes from a zone to its sites as a whole."""

RATIO = ("plot_ratio", "plot_ratio_basis", "plot_ratio_source")
"""What is known of the plot ratio."""

ROAD_ACCURACY_M = 25.0
"""Roads placed less well than this do not cut: the cut would be drawn where no one knows the road to be."""


def cut_sites(
    zoning: gpd.GeoDataFrame,
    zones: Collection[str],
    *,
    target_ha: float,
    minimum_ha: float,
    targets_ha: Mapping[str, float] = MappingProxyType({}),
    roads: gpd.GeoDataFrame | None = None,
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """
    Cut development zones into sites: along roads, then along a street grid.

    Each part of a zone is split along the roads that run through it. Each side gets a grid of its own, laid along its
    main direction, with blocks of the target size. Pieces at its edge that are too small or too thin join the neighbour
    that makes the better shape. No land is lost or counted twice: the sites of a part add up to it.

    Parameters
    ----------
    zoning
        Zones with `zone_id`, `area_id`, `zone`, EPSG:2326.
    zones
        Kinds of zone that are cut, keys of `words.ZONES`.
    target_ha, minimum_ha
        Hectares.
    targets_ha
        Targets of the kinds of zone that want another size.
    roads
        Lines that may cut, in EPSG:2326, from `cutting_roads`; None where there are none. Their order does not matter.

    Returns
    -------
    tuple
        Sites with the columns of the layer parcels; a note on zones and parts of zones too small for a site.
    """
    lines = np.array([], dtype=object) if roads is None else roads.geometry.to_numpy()
    tree = shapely.STRtree(lines)
    rows: list[dict[str, object]] = []
    shapes: list[BaseGeometry] = []
    small: list[str] = []
    for zone in zoning[zoning["zone"].isin(set(zones))].itertuples(index=False):
        parts = polygons(zone.geometry)
        large = [part for part in parts if part.area >= minimum_ha * M2_PER_HA]
        small += [str(zone.zone_id)] * (len(parts) - len(large))
        target_m2 = targets_ha.get(zone.zone, target_ha) * M2_PER_HA
        through = [list(lines[tree.query(part, predicate="intersects")]) for part in large]
        cut = partial(cut_part, target_m2=target_m2, minimum_m2=minimum_ha * M2_PER_HA)
        pieces = [piece for part, roads_in in zip(large, through, strict=True) for piece in cut(part, roads_in)]
        shapes += sorted(pieces, key=_reading_order)
        rows += [_site(zone, number) for number in range(1, len(pieces) + 1)]
    what = f"zones, or parts of zones, below {minimum_ha:g} ha, too small for a site"
    notes = [Note("parcels", what, len(small), tuple(small))] if small else []
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes, crs=zoning.crs), notes


def cutting_roads(
    edges: gpd.GeoDataFrame, limit_m: float = ROAD_ACCURACY_M
) -> tuple[gpd.GeoDataFrame | None, list[Note]]:
    """
    Return the roads whose position is known well enough to cut zones along them.

    Parameters
    ----------
    edges
        The layer road_edges, with `accuracy_m`.
    limit_m
        Metres; roads that are placed less well, or whose accuracy nobody states, do not cut.

    Returns
    -------
    tuple
        The roads, or None where none is placed well enough; a note that counts the others.
    """
    sure = edges["accuracy_m"].le(limit_m)
    what = f"roads placed less well than {limit_m:g} m, or without accuracy_m: zones are not cut along them"
    notes = [Note("parcels", what, int((~sure).sum()))] if not sure.all() else []
    return (edges[sure] if sure.any() else None), notes


def _reading_order(piece: BaseGeometry) -> tuple[float, float]:
    """Order pieces from west to east, then north to south, so that their numbers read like a map."""
    return round(piece.centroid.x, 3), -round(piece.centroid.y, 3)


def _site(zone: Any, number: int) -> dict[str, object]:
    """Name a site after its zone and carry over what is known of the zone."""
    name_en, name_zh = zone.special_use_en or zone.desc_en, zone.special_use_zh or zone.desc_zh
    code = f"{zone.zone_id}-{number:02d}"
    return {
        "parcel_id": code,
        "area_id": zone.area_id,
        "name_en": f"{name_en} {code.upper()}",
        "name_zh": f"{name_zh} {code.upper()}",
        **{name: getattr(zone, name) for name in ("zone", "tenure", "status", "accuracy_m", "source")},
        # zones that somebody else made up may lack them
        **{name: getattr(zone, name) for name in (*WHEN, *RATIO) if hasattr(zone, name)},
    }


def place_parcels(
    parcels: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None, zoning: gpd.GeoDataFrame | None
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """
    Fill in the area and the zone of parcels that do not say theirs, and from which year on their zone can be built on.

    Parameters
    ----------
    parcels
        The layer; blank `area_id`, `zone` "undetermined" and an empty `ready_year` are filled.
    areas, zoning
        The layers, or None: a parcel gets the area, the kind of zone, and the ready year of the zone, that most of it
        lies in, if any.

    Returns
    -------
    tuple
        A new layer, and notes that count what was filled in and what has no accuracy.
    """
    filled, notes = parcels.copy(), []
    for column, blank, layer, name in (("area_id", "", areas, "area_id"), ("zone", "undetermined", zoning, "zone")):
        open_ones = filled[column].eq(blank)
        if layer is None or not open_ones.any():
            continue
        found = _mostly_in(filled.geometry[open_ones], layer, name)
        filled.loc[found.index, column] = found
        if len(found):
            notes.append(Note("parcels", f"{column} taken from where most of the parcel lies", len(found)))
    filled, told = _with_ready_year(filled, zoning)
    notes += told
    unknown = int(filled["accuracy_m"].isna().sum())
    if unknown:
        notes.append(Note("parcels", "parcels without accuracy_m, taken as exact", unknown))
    return filled, notes


def _with_ready_year(parcels: gpd.GeoDataFrame, zoning: gpd.GeoDataFrame | None) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Give parcels without a ready year that of the zone that covers most of them, with its basis and source."""
    if zoning is None or "ready_year" not in zoning or "ready_year" not in parcels:
        return parcels, []
    # zones without a year take part: a parcel mostly in one of them stays unknown
    found = _mostly_in(parcels.geometry[parcels["ready_year"].isna()], zoning, "zone_id")
    years = zoning.set_index("zone_id")[list(WHEN)].loc[found].set_axis(found.index)
    years = years[years["ready_year"].notna()]
    if years.empty:
        return parcels, []
    filled = parcels.copy()
    filled.loc[years.index, list(WHEN)] = years
    return filled, [Note("parcels", "ready_year taken from the zone where most of the parcel lies", len(years))]


def _mostly_in(shapes: gpd.GeoSeries, layer: gpd.GeoDataFrame, column: str) -> pd.Series[str]:
    """Return, for each shape that lies in the layer, the value that covers most of it."""
    shape, cover = shapely.STRtree(layer.geometry.to_numpy()).query(shapes.to_numpy(), predicate="intersects")
    common = shapely.area(shapely.intersection(shapes.to_numpy()[shape], layer.geometry.to_numpy()[cover]))
    pairs = pd.DataFrame({"shape": shapes.index[shape], "value": layer[column].to_numpy()[cover], "area": common})
    sums = pairs[pairs["area"] > 0].groupby(["shape", "value"], as_index=False)["area"].sum()
    best = sums.sort_values(["area", "value"], ascending=[False, True], kind="stable").drop_duplicates("shape")
    return best.set_index("shape")["value"]
