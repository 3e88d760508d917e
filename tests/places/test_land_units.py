"""Pieces of land: sites, or zones cut alike; and what outlines keep out of."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pytest
import shapely

from nmplan.crs import M2_PER_HA
from nmplan.places.land_units import PIECE_HA
from nmplan.places.land_units import land_to_keep_out
from nmplan.places.land_units import land_units

if TYPE_CHECKING:
    from collections.abc import Callable

    from nmplan.study import Sandbox

    Build = Callable[..., Any]


@pytest.fixture
def layers(make_parcels: Build, make_zoning: Build) -> dict[str, gpd.GeoDataFrame]:
    return {
        "parcels": make_parcels({"b": (0, 0, 200, 200), "a": (200, 0, 200, 200)}, area_id=["san-tin", "hetao"]),
        "zoning": make_zoning(
            park=("open-space", (0, 1000, 800, 400)),
            shops=("commercial", (0, 2000, 300, 300)),
            street=("road", (0, 980, 800, 20)),
        ),
        "constraints": gpd.GeoDataFrame(
            {"kind": ["conservation", "water"]},
            geometry=[shapely.box(0, 0, 50, 50), shapely.box(50, 0, 90, 50)],
            crs="EPSG:2326",
        ),
    }


def test_sites_are_the_parcels_of_the_areas_in_order(layers: dict[str, Any], make_kind: Build) -> None:
    assert land_units(layers, make_kind())["parcel_id"].tolist() == ["a", "b"]
    assert land_units(layers, make_kind(areas=["san-tin"]))["parcel_id"].tolist() == ["b"]


def test_zones_are_cut_into_pieces_that_add_up(layers: dict[str, Any], make_kind: Build) -> None:
    kind = make_kind(land="zones", permitted_zones=["open-space"])
    pieces = land_units(layers, kind)
    assert pieces.area.sum() == pytest.approx(800 * 400)
    assert len(pieces) == round(800 * 400 / M2_PER_HA / PIECE_HA)
    assert pieces["parcel_id"].is_unique
    assert set(pieces["parcel_id"].str[:5]) == {"park-"}
    assert not pieces.union_all().intersects(layers["zoning"].geometry.iloc[1])


@pytest.mark.parametrize("changed", [{"permitted_zones": ["channel"]}, {"areas": ["sha-ling"]}])
def test_no_such_zone_is_no_land(changed: dict[str, Any], layers: dict[str, Any], make_kind: Build) -> None:
    pieces = land_units(layers, make_kind(**({"land": "zones", "permitted_zones": ["open-space"]} | changed)))
    assert pieces.empty
    assert {"parcel_id", "area_id", "accuracy_m", "geometry"} <= set(pieces)
    assert land_units({"parcels": layers["parcels"]}, make_kind(land="zones")).empty


def test_outlines_keep_out_of_conservation_and_other_zones_but_not_of_roads_and_water(
    layers: dict[str, Any], make_kind: Build
) -> None:
    kind: Sandbox = make_kind(permitted_zones=["open-space"])
    out = land_to_keep_out(layers, kind)
    assert out.area == pytest.approx(50 * 50 + 300 * 300)
    assert land_to_keep_out({"parcels": layers["parcels"]}, kind).is_empty
