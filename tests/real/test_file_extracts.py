"""Real extracts, broken, mislabelled or shifted as published: each gets the right mend or the right message."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nmplan.errors import LayerError
from nmplan.layers.conform import read_number
from nmplan.layers.contracts import Layer
from nmplan.layers.datum import gcj02_to_wgs84
from nmplan.layers.datum import wgs84_to_gcj02
from nmplan.layers.file import read_file

DATA = os.environ.get("NMPLAN_REAL_DATA", "")
if not DATA and os.environ.get("NMPLAN_REQUIRE_REAL"):
    pytest.fail("NMPLAN_REQUIRE_REAL is set, but NMPLAN_REAL_DATA names no folder", pytrace=False)
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA, reason="NMPLAN_REAL_DATA names no folder of real extracts"),
]

METRES = (102_900.0, 110_740.0)  # of a degree around Shenzhen
CHARGERS = "shenzhen/urbanev_charging_stations_gcj02_and_wgs84.csv"
METRO = "shenzhen/shenzhen_metro_stations.csv"
FACTORY = {"chain": "apparel", "tier": "garments", "jurisdiction": "shenzhen", "mass": 1}
UNDECLARED = "features outside Hong Kong without a declared datum, taken as WGS84"


def read(layer: str, file: str, **arguments: Any) -> Layer:
    return read_file(layer, Path(DATA) / file, **arguments)


def told(layer: str, file: str, **arguments: Any) -> str:
    with pytest.raises(LayerError) as caught:
        read(layer, file, **arguments)
    assert all(Path(file).name in fault.source and fault.mend for fault in caught.value.faults)
    return str(caught.value)


def notes(layer: Layer) -> dict[str, int]:
    return {note.what: note.count for note in layer.notes}


def table(file: str) -> pd.DataFrame:
    return pd.read_csv(Path(DATA) / file)


def apart_m(one: Any, other: Any) -> np.ndarray:
    return np.hypot((one[0] - other[0]) * METRES[0], (one[1] - other[1]) * METRES[1])


def test_the_malformed_districts_are_told_where_they_stop_being_json() -> None:
    words = told("areas", "boundaries/DCD2326_ORIGINAL_malformed.geojson")
    assert "cannot be read" in words
    assert "It is no JSON from line 1, column 11 on; repair it there, or export it again." in words


def test_the_unclosed_rings_of_dongguan_are_closed_and_counted() -> None:
    layer = read("areas", "shenzhen/dongguan_441900.geojson", columns={"area_id": "id", "name_zh": "name"})
    assert notes(layer) == {
        "outlines with open rings, closed": 25,
        UNDECLARED: 32,
        "invalid polygons mended": 1,
    }
    assert len(layer.frame) == 32
    assert layer.frame.is_valid.all()
    # Dongguan has 2,460 km²
    assert layer.frame.area.sum() / 1e6 == pytest.approx(2460, rel=0.05)


def test_the_shapefile_without_prj_needs_its_crs_declared() -> None:
    file, columns = "shenzhen/shenzhen_440300_districts_poi86.shp", {"area_id": "id", "name_zh": "name"}
    assert 'names no coordinate system. Declare it in the study, e.g. crs = "EPSG:4326".' in told("areas", file)
    layer = read("areas", file, columns=columns, crs="EPSG:4326")
    assert len(layer.frame) == 9
    assert "南山区" in set(layer.frame["name_zh"])
    assert "far outside" in told("areas", file, columns=columns, crs="EPSG:2326")


def test_trap_6_the_chargers_published_pair_is_a_one_step_inverse_2_4_m_from_the_exact_one() -> None:
    chargers = table(CHARGERS)
    lon, lat = chargers["longitude"].to_numpy(), chargers["latitude"].to_numpy()
    pair = chargers[["lon_wgs84_corrected", "lat_wgs84_corrected"]].to_numpy().T
    one_step = 2 * np.array([lon, lat]) - wgs84_to_gcj02(lon, lat)
    assert apart_m(one_step, pair).max() < 0.1  # their six decimals
    exact = apart_m(gcj02_to_wgs84(lon, lat), pair)
    assert exact.max() < 2.5
    assert exact.mean() == pytest.approx(1.16, abs=0.02)
    assert apart_m((lon, lat), pair).mean() == pytest.approx(602, abs=1)


def test_trap_6_the_chargers_on_gcj02_are_warned_of_and_mended_when_declared() -> None:
    columns = {"lon": "longitude", "lat": "latitude"}
    silent = read("stations", CHARGERS, columns=columns, crs="EPSG:4326")
    warning = silent.notes[-1].what
    assert (
        "nothing converted: 24 of Shenzhen lie south of the boundary; read as GCJ-02, 24 of them come back" in warning
    )
    mended = read("stations", CHARGERS, columns=columns, datum="gcj02")
    assert notes(mended)["positions brought from GCJ-02 to WGS84, which adds 3 m to their accuracy"] == 1362
    assert mended.frame["accuracy_m"].eq(3).all()
    columns = {"lon": "lon_wgs84_corrected", "lat": "lat_wgs84_corrected"}
    right = read("stations", CHARGERS, columns=columns, crs="EPSG:4326")
    assert notes(right) == {UNDECLARED: 1362}
    assert mended.frame.distance(right.frame.geometry).max() < 2.5


def test_trap_6_the_metro_as_published_is_right_and_the_corrected_columns_are_on_gcj02() -> None:
    metro = table(METRO)
    forward = wgs84_to_gcj02(metro["lon_as_published"], metro["lat_as_published"])
    # whoever "corrected" them applied the shift instead of undoing it
    assert apart_m(forward, (metro["lon_corrected"], metro["lat_corrected"])).max() < 0.1
    columns = {"name_zh": "station_zh", "lon": "lon_as_published", "lat": "lat_as_published"}
    published = read("suppliers", METRO, columns=columns, constants=FACTORY, crs="EPSG:4326")
    assert notes(published) == {UNDECLARED: 385}
    columns = {"name_zh": "station_zh", "lon": "lon_corrected", "lat": "lat_corrected"}
    corrected = read("suppliers", METRO, columns=columns, constants=FACTORY, crs="EPSG:4326")
    assert "4 of 385 stand at a railway station; read as GCJ-02, 101 do" in corrected.notes[-1].what
    mended = read("suppliers", METRO, columns=columns, constants=FACTORY, datum="gcj02")
    assert mended.frame.distance(published.frame.geometry).max() < 0.1


@pytest.mark.parametrize("jurisdiction", ["shenzhen", "greater-bay-area"])
def test_the_factories_are_not_suspected(jurisdiction: str) -> None:
    constants = {**FACTORY, "jurisdiction": jurisdiction}
    columns = {"name_en": "name", "lon": "lng"}
    file = "suppliers/osh_facilities_pearl_river_delta.csv"
    layer = read("suppliers", file, columns=columns, constants=constants, crs="EPSG:4326")
    assert notes(layer) == {UNDECLARED: 86}


def test_numbers_as_text_are_read_and_words_among_them_told_with_two_ways_out() -> None:
    file = "land_events/Executed_Private_Treaty_Grant_Cases.geojson"
    constants = {"chain": "land", "tier": "grant", "jurisdiction": "hong-kong"}
    words = told("suppliers", file, columns={"mass": "premiumEN"}, constants=constants)
    assert "row 27, row 37, row 47, row 91, row 95 and 15 more" in words
    assert "'5,568,000,000<br/>(For Site KL only)', which is not a number" in words
    assert "translate it with values.mass" in words
    where = "premiumEN NOT LIKE '%<br/>%' AND premiumEN NOT LIKE '%(%'"
    nil = {"mass": {"Nil": 0.0, "Not Applicable": 0.0, "N/A": 0.0}}
    layer = read("suppliers", file, columns={"mass": "premiumEN"}, constants=constants, values=nil, where=where)
    assert layer.frame["mass"].iloc[0] == 1_035_000_000
    assert read_number("1,035,000,000") == 1_035_000_000


def test_a_condition_over_numbers_as_text_is_told_how_to_compare() -> None:
    file = "land_events/Land_Sale_Records.geojson"
    constants = {"chain": "land", "tier": "sale", "jurisdiction": "hong-kong"}
    columns = {"mass": "areaInSquareMetres"}
    assert "CAST(column AS float)" in told(
        "suppliers", file, columns=columns, constants=constants, where="areaInSquareMetres > 5000"
    )
    where = "CAST(areaInSquareMetres AS float) > 5000"
    layer = read("suppliers", file, columns=columns, constants=constants, where=where)
    assert len(layer.frame) == 13
    assert layer.frame["mass"].min() > 5000


def test_html_inside_fields_stays_text() -> None:
    file = "land_events/Land_Sale_Records.geojson"
    constants = {"chain": "land", "tier": "sale", "jurisdiction": "hong-kong", "mass": 1}
    layer = read("suppliers", file, columns={"name_en": "unsuccessfulTendererEN"}, constants=constants)
    assert layer.frame["name_en"].str.contains("<br/>", regex=False).any()


def test_the_census_districts_are_all_mended_and_keep_their_place() -> None:
    layer = read("areas", "boundaries/census2001_dc_land.lowres.geo.json", columns={"area_id": "DC_CODE"})
    assert notes(layer) == {"invalid polygons mended": 18}
    assert layer.frame.is_valid.all()
    # land of Hong Kong: 1,100 km², coarsely drawn
    assert layer.frame.area.sum() / 1e6 == pytest.approx(1100, rel=0.1)


@pytest.mark.parametrize(
    ("file", "count", "mended"),
    [
        ("shenzhen_440300_counties_2015", 6, 0),
        ("huizhou_441300_counties_2015", 5, 1),
        ("dongguan_441900_counties_2015", 1, 0),
    ],
)
def test_the_counties_of_2015_are_read_and_their_datum_is_asked_for(file: str, count: int, mended: int) -> None:
    found = notes(read("areas", f"boundaries/{file}.geojson", columns={"area_id": "id", "name_zh": "name"}))
    assert found.pop(UNDECLARED) == count
    assert found == ({"invalid polygons mended": mended} if mended else {})


def test_the_province_of_2015_reaches_beyond_the_greater_bay_area_and_says_where() -> None:
    words = told("areas", "boundaries/province_44_2015.geojson", columns={"area_id": "id"})
    assert "12 of 21 features lie far outside the Greater Bay Area" in words
    near = "id IN ('4403', '4419', '4413')"  # Shenzhen, Dongguan, Huizhou
    assert len(read("areas", "boundaries/province_44_2015.geojson", columns={"area_id": "id"}, where=near).frame) == 3
    assert len(read("areas", "boundaries/province_81_2015.geojson", columns={"area_id": "id"}).frame) == 18


def test_a_crs_that_disagrees_with_the_districts_own_is_refused() -> None:
    file = "boundaries/hk_district_boundary_DCD_epsg2326.geojson"
    assert "the file says EPSG:2326, the study declares EPSG:4326" in told("areas", file, crs="EPSG:4326")
    layer = read("areas", file, columns={"area_id": "AREA_CODE"}, crs="EPSG:2326")
    assert notes(layer) == {"heights or measures along the geometry left out": 18}
