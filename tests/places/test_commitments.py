"""Commitments stand with the land they may lie on: by hand, and those of the reference table."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nmplan.layers.reference import read_reference
from nmplan.places.commitments import commitments_on

CRS = "EPSG:2326"


@pytest.fixture
def land() -> gpd.GeoSeries:
    return gpd.GeoSeries([shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)], index=["west", "east"], crs=CRS)


def points(**places: tuple[float, float, float]) -> gpd.GeoDataFrame:
    shapes = [shapely.Point(x, y) for x, y, _ in places.values()]
    table = {"commitment_id": list(places), "accuracy_m": [accuracy for *_, accuracy in places.values()]}
    return gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)


def test_a_commitment_reaches_as_far_as_its_place_is_known(land: gpd.GeoSeries) -> None:
    found = commitments_on(land, points(inside=(50, 50, 10), vague=(250, 50, 100), far=(250, 50, 40)))
    pairs = list(found.itertuples(index=False, name=None))
    # vague is 50 m from the eastern piece, 150 m from the western one
    assert pairs == [("west", "inside", 0.0), ("east", "vague", 50.0)]


def test_the_nearest_come_first_and_of_equal_ones_the_best_placed(land: gpd.GeoSeries) -> None:
    found = commitments_on(land, points(town=(50, 50, 1_000), lot=(50, 60, 20), edge=(50, 110, 20)))
    assert found[found["parcel_id"].eq("west")]["commitment_id"].tolist() == ["lot", "town", "edge"]
    assert found[found["parcel_id"].eq("east")]["commitment_id"].tolist() == ["town"]


def test_a_place_of_unknown_accuracy_counts_as_exact(land: gpd.GeoSeries) -> None:
    assert commitments_on(land, points(in_it=(50, 50, np.nan)))["parcel_id"].tolist() == ["west"]
    assert commitments_on(land, points(beside=(50, 101, np.nan))).empty


def test_the_grant_of_sandy_ridge_lies_on_its_zone_and_every_row_says_who_published_it_when() -> None:
    commitments = read_reference("commitments").frame
    zoning = read_reference("zoning").frame.set_index("zone_id")
    found = commitments_on(zoning.geometry.loc[["sr-it"]], commitments)
    assert {"sr-grant", "sr-pledge"} <= set(found["commitment_id"])
    grant = commitments.set_index("commitment_id").loc["sr-grant"]
    assert (grant["money_hkd_m"], grant["gfa_m2"], grant["bond_hkd_m"]) == (581, 250_000, 470)
    for name in ("publisher", "published", "source", "date"):
        assert commitments.loc[commitments[name].str.strip().eq(""), "commitment_id"].tolist() == []
    assert commitments["published"].str.fullmatch(r"20\d\d-\d\d-\d\d").all()
