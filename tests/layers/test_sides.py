from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from nmplan.layers.reference import read_reference
from nmplan.layers.sides import hong_kong
from nmplan.layers.sides import in_hong_kong


@pytest.mark.parametrize("layer", ["talent", "suppliers"])
def test_every_place_of_the_reference_geography_lies_on_its_side(layer: str) -> None:
    places = read_reference(layer).frame
    inside, _ = in_hong_kong(places.geometry)
    assert inside == places["jurisdiction"].eq("hong-kong").tolist()


def test_the_ground_is_as_large_as_hong_kong_with_its_waters() -> None:
    # by law 2,754.97 km² with the sea (Survey and Mapping Office); the outline is generalised
    assert hong_kong().area / 1e6 == pytest.approx(2755, rel=0.04)


@pytest.mark.parametrize(
    ("lon", "lat", "inside", "unsure"),
    [
        (114.072, 22.487, True, False),  # San Tin
        (114.055, 22.535, False, False),  # Futian
        (113.936, 22.309, True, False),  # the airport
        (113.549, 22.199, False, False),  # Macau
        (114.075, 22.518, True, True),  # the Loop, beside the river
    ],
)
def test_places_everyone_knows(lon: float, lat: float, *, inside: bool, unsure: bool) -> None:
    places = gpd.GeoSeries([shapely.Point(lon, lat)], crs="EPSG:4326").to_crs("EPSG:2326")
    assert in_hong_kong(places) == ([inside], [unsure])
