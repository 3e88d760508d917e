from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from nmplan.measures.land import area_hectares
from nmplan.measures.land import compactness
from nmplan.measures.land import conservation
from nmplan.measures.land import permitted_share
from nmplan.measures.land import sensitive_distances
from nmplan.measures.land import use_and_tenure
from nmplan.measures.land import water_distance
from nmplan.measures.land import water_things
from nmplan.measures.land import zone_shares

CRS = "EPSG:2326"


def series(*shapes: shapely.Geometry) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(shapes), index=[f"p{i}" for i in range(len(shapes))], crs=CRS)


def test_area_and_shape_by_hand() -> None:
    square, strip = shapely.box(0, 0, 100, 100), shapely.box(0, 0, 400, 25)
    assert area_hectares(series(square, strip)).tolist() == pytest.approx([1, 1])
    # 4π·a²/(4a)² = π/4 for a square; 4π·10,000/850² for the strip
    assert compactness(series(square, strip)).tolist() == pytest.approx([np.pi / 4, 4 * np.pi * 10_000 / 850**2])


def test_zone_shares_by_hand() -> None:
    zoning = gpd.GeoDataFrame(
        {"zone": ["industrial", "industrial", "green-belt"]},
        geometry=[shapely.box(0, 0, 50, 100), shapely.box(50, 0, 75, 100), shapely.box(75, 0, 300, 100)],
        crs=CRS,
    )
    shares = zone_shares(series(shapely.box(0, 0, 100, 100), shapely.box(500, 0, 600, 100)), zoning)
    assert shares["zone_share_industrial"].tolist() == pytest.approx([0.75, 0])
    assert shares["zone_share_green-belt"].tolist() == pytest.approx([0.25, 0])
    assert list(shares.index) == ["p0", "p1"]
    permitted = permitted_share(shares, ["industrial", "logistics"])
    assert permitted.tolist() == pytest.approx([0.75, 0])


def test_conservation_by_hand_and_a_shared_edge_is_no_overlap() -> None:
    ground = gpd.GeoDataFrame(
        {"kind": ["conservation", "water", "country-park"]},
        geometry=[shapely.box(100, 0, 200, 100), shapely.box(0, 0, 50, 50), shapely.box(900, 0, 1000, 100)],
        crs=CRS,
    )
    found = conservation(
        series(shapely.box(0, 0, 100, 100), shapely.box(190, 0, 290, 100), shapely.box(400, 0, 500, 100)), ground
    )
    assert found["conservation_share"].tolist() == pytest.approx([0, 0.1, 0])
    assert found["conservation_m"].tolist() == pytest.approx([0, 0, 200])


def test_people_live_in_villages_as_in_estates_and_a_kind_that_is_not_there_is_left_out() -> None:
    uses = gpd.GeoDataFrame(
        {"kind": ["housing", "village", "school"]},
        geometry=[shapely.Point(400, 50), shapely.box(150, 0, 200, 100), shapely.Point(100, 160)],
        crs=CRS,
    )
    found = sensitive_distances(series(shapely.box(0, 0, 100, 100), shapely.box(300, 0, 390, 100)), uses)
    assert found["housing_m"].tolist() == pytest.approx([50, 10])
    assert found["school_m"].tolist() == pytest.approx([60, np.hypot(200, 60)])
    assert list(found) == ["housing_m", "school_m"]


def test_water_is_what_is_water_among_the_constraints_and_the_shore() -> None:
    constraints = gpd.GeoDataFrame(
        {"kind": ["conservation", "water"], "accuracy_m": [10.0, 50.0]},
        geometry=[shapely.box(110, 0, 120, 100), shapely.box(140, 0, 200, 100)],
        crs=CRS,
    )
    coast = gpd.GeoDataFrame(
        {"accuracy_m": [300.0]}, geometry=[shapely.LineString([(-30, -500), (-30, 500)])], crs=CRS
    ).rename_geometry("line")
    sites = series(shapely.box(0, 0, 100, 100), shapely.box(150, 0, 160, 10))
    assert water_distance(sites, water_things(constraints, None)).tolist() == pytest.approx([40, 0])
    assert water_distance(sites, water_things(constraints, coast)).tolist() == pytest.approx([30, 0])
    assert water_things(constraints, coast)["accuracy_m"].tolist() == [50, 300]
    # a layer of constraints that holds no water does not say that there is none
    assert water_things(constraints.iloc[:1], coast).empty


def test_idle_and_public_are_yes_no_or_unknown() -> None:
    parcels = pd.DataFrame(
        {
            "status": ["idle", "occupied", "formed", "unknown"],
            "tenure": ["public", "private", "unknown", ""],
        },
        index=["a", "b", "c", "d"],
    )
    found = use_and_tenure(parcels)
    assert found["idle"].tolist() == pytest.approx([1, 0, 0, np.nan], nan_ok=True)
    assert found["public_land"].tolist() == pytest.approx([1, 0, np.nan, np.nan], nan_ok=True)
    assert list(found.index) == ["a", "b", "c", "d"]
