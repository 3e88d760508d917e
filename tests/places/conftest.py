"""Builders of parcels on a plain grid, in metres."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from nmplan.study import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

GRID = "EPSG:2326"
EAST, NORTH = 820_000.0, 838_000.0


@pytest.fixture(scope="session")
def make_parcels() -> Callable[..., gpd.GeoDataFrame]:
    """Return a builder of rectangular parcels: id=(west, south, width, height) in metres; further columns by name."""

    def make(boxes: dict[str, tuple[float, float, float, float]], **columns: Any) -> gpd.GeoDataFrame:
        shapes = [
            shapely.box(EAST + west, NORTH + south, EAST + west + width, NORTH + south + height)
            for west, south, width, height in boxes.values()
        ]
        table = {"parcel_id": list(boxes), "area_id": "san-tin", "accuracy_m": 0.0, "plot_ratio": 5.0, **columns}
        return gpd.GeoDataFrame(table, geometry=shapes, crs=GRID)

    return make


@pytest.fixture(scope="session")
def make_places() -> Callable[..., gpd.GeoDataFrame]:
    """Return a builder of place names: English name=(Chinese name, x, y), metres from the same corner."""

    def make(**places: tuple[str, float, float]) -> gpd.GeoDataFrame:
        names = {
            "name_en": [name.replace("_", " ") for name in places],
            "name_zh": [zh for zh, _, _ in places.values()],
        }
        points = [shapely.Point(EAST + x, NORTH + y) for _, x, y in places.values()]
        return gpd.GeoDataFrame(names, geometry=points, crs=GRID)

    return make


@pytest.fixture(scope="session")
def make_scores() -> Callable[..., pd.DataFrame]:
    """Return a builder of score tables: id=score; None is an excluded site."""

    def make(**scores: float | None) -> pd.DataFrame:
        points = pd.Series(list(scores.values()), dtype=float)
        return pd.DataFrame({"parcel_id": list(scores), "eligible": points.notna(), "score": points})

    return make


@pytest.fixture(scope="session")
def make_kind() -> Callable[..., Sandbox]:
    """Return a builder of kinds of sandbox: within 2,500 m of the boundary, at least 6 ha, by minutes to a station."""
    far = {"measure": "boundary_m", "at_most": 2500, "reason_en": "Too far", "reason_zh": "過遠"}
    near = {"measure": "station_min", "weight": 1, "value": {"shape": "linear", "worst": 40, "best": 0}}

    def make(**changed: Any) -> Sandbox:
        # land that is no site is measured without journeys
        ready = near | {"measure": "boundary_m"} if changed.get("land") == "zones" else near
        plain = {
            "name_en": "Data zone",
            "name_zh": "數據區",
            "chain": "life-health",
            "permitted_zones": ["business"],
            "minimum_ha": 6,
            "gap_m": 40,
            "rules": [far],
            "readiness": [ready],
        }
        return Sandbox(**(plain | changed))

    return make


@pytest.fixture(scope="session")
def make_zoning() -> Callable[..., gpd.GeoDataFrame]:
    """Return a builder of the layer zoning: id=(zone, (west, south, width, height)), metres from the same corner."""

    def make(**zones: tuple[str, tuple[float, float, float, float]]) -> gpd.GeoDataFrame:
        texts = ("desc_en", "desc_zh", "special_use_en", "special_use_zh", "source")
        table = {
            "zone_id": list(zones),
            "zone": [zone for zone, _ in zones.values()],
            "area_id": "san-tin",
            "tenure": "unknown",
            "status": "planned",
            "plot_ratio": float("nan"),
            "accuracy_m": 0.0,
            **dict.fromkeys(texts, ""),
        }
        shapes = [
            shapely.box(EAST + west, NORTH + south, EAST + west + width, NORTH + south + height)
            for _, (west, south, width, height) in zones.values()
        ]
        return gpd.GeoDataFrame(table, geometry=shapes, crs=GRID)

    return make
