"""The infrastructure ledger of a zone, item by item."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from nmplan.places.infrastructure import INFRASTRUCTURE_COLUMNS
from nmplan.places.infrastructure import infrastructure

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[..., Any]

CRS = "EPSG:2326"


def frame(shapes: list[shapely.Geometry], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def points(*xy: tuple[float, float]) -> list[shapely.Geometry]:
    return [shapely.Point(each) for each in xy]


# A zone of two sites, 200 m square each, in the corner of the grid; everything else around it
ZONE = shapely.box(0, 0, 400, 200)
LAND = frame(
    [shapely.box(0, 0, 200, 200), shapely.box(200, 0, 400, 200), shapely.box(900, 0, 999, 99)],
    parcel_id=["a", "b", "c"],
    status=["idle", "unknown", "idle"],
    plot_ratio=[2.0, math.nan, 9.0],
)
ZONES = frame(
    [ZONE, shapely.box(900, 0, 999, 99)], sandbox_id=["k:accepted:a", "k:refused:c"], outcome=["accepted", "refused"]
)
SITES = pd.DataFrame({"sandbox_id": ["k:accepted:a", "k:accepted:a", "k:refused:c"], "parcel_id": ["a", "b", "c"]})


@pytest.fixture
def layers() -> dict[str, Any]:
    west, middle, east, north = (-1000, 100), (100, 100), (1000, 100), (100, 1000)
    roads = [(west, middle), (middle, east), (middle, north), (middle, west)]
    return {
        "road_edges": frame(
            [shapely.LineString(road) for road in roads],
            u=["w", "m", "m", "m"],
            v=["m", "e", "n", "w"],
            highway=["primary", "primary", "tertiary_link", "primary"],
            accuracy_m=5.0,
        ),
        "boundary": frame([shapely.LineString([(-9000, 500), (9000, 500)])]),
        "stations": frame(
            points((500, 100), (1300, 100), (200, 700), (400, 100)),
            station_id=["near", "far", "across", "later"],
            name_en=["Near", "Far", "Across", "Later"],
            name_zh=["近", "遠", "彼岸", "將來"],
            opens=[math.nan, math.nan, math.nan, 2034.0],
        ),
        "crossings": frame(
            points((200, 500), (200, 9000), (300, 500)),
            crossing_id=["bridge", "remote", "shut"],
            name_en=["Bridge", "Remote", "Shut"],
            name_zh=["橋", "遠", "關"],
            status=["open", "open", "closed"],
        ),
        "crossing_services": pd.DataFrame(
            {
                "crossing_id": ["bridge", "bridge", "remote", "shut"],
                "valid_from": [math.nan, 2030, math.nan, math.nan],
                "valid_to": [2020, math.nan, math.nan, math.nan],
            }
        ),
        "suppliers": frame(
            points((200, -700), (200, -900), (200, 700), (200, -100)),
            chain=["life-health", "life-health", "life-health", "vehicles"],
        ),
        "areas": frame(
            [shapely.box(0, 600, 100, 700), ZONE],
            area_id=["hetao-shenzhen", "hetao"],
            name_en=["Shenzhen park", "Loop"],
            name_zh=["深圳園區", "河套"],
        ),
    }


def ledger(layers: dict[str, Any], kind: Any, year: int = 2031) -> pd.DataFrame:
    return infrastructure(ZONES, SITES, LAND, layers, kind, year)


def amounts(table: pd.DataFrame) -> dict[str, float]:
    return dict(zip(table["item"], table["amount"], strict=True))


def test_every_item_is_as_counted_by_hand(layers: dict[str, Any], make_kind: Build) -> None:
    found = ledger(layers, make_kind(neighbours=["hetao-shenzhen"]))
    assert found.columns.tolist() == INFRASTRUCTURE_COLUMNS
    assert set(found["sandbox_id"]) == {"k:accepted:a"}
    assert amounts(found) == pytest.approx(
        {
            "sites": 2,
            "idle_ha": 4,
            "status_known_ha": 4,
            "gfa_m2": 80_000,
            "plot_ratio_known_ha": 4,
            # from 200 m west of the zone to 200 m east of it, each way once; north to 200 m beyond
            "road_km:primary": 0.8,
            "road_km:tertiary_link": 0.3,
            "junctions": 1,
            "station:near": 100,
            "crossing:bridge": 300,
            "suppliers": 1,
            "neighbour:hetao-shenzhen": 400,
        }
    )


def test_items_are_named_in_both_languages_with_their_reach(layers: dict[str, Any], make_kind: Build) -> None:
    labels = ledger(layers, make_kind()).set_index("item")[["label_en", "label_zh"]]
    assert labels.loc["station:near"].tolist() == ["Station: Near", "車站：近"]
    assert labels.loc["road_km:primary"].tolist() == [
        "Primary road, in the zone and 200 m round it",
        "主要幹路（區內及周邊200米）",
    ]
    assert labels.loc["road_km:tertiary_link", "label_en"].startswith("Tertiary road, slip road")
    assert (labels != "").all().all()


def test_stations_and_crossings_are_those_of_the_year(layers: dict[str, Any], make_kind: Build) -> None:
    assert "station:later" in amounts(ledger(layers, make_kind(), 2034))
    assert "crossing:bridge" not in amounts(ledger(layers, make_kind(), 2025))


def test_the_far_side_of_the_boundary_is_no_walk_away(layers: dict[str, Any], make_kind: Build) -> None:
    without = amounts(ledger({name: table for name, table in layers.items() if name != "boundary"}, make_kind()))
    assert "station:across" in without
    assert without["suppliers"] == 2


def test_missing_layers_leave_their_items_out_and_unknown_land_is_nan(make_kind: Build) -> None:
    land = LAND.assign(status="unknown", plot_ratio=math.nan)
    found = amounts(infrastructure(ZONES, SITES, land, {}, make_kind(), 2031))
    assert set(found) == {"sites", "idle_ha", "status_known_ha", "gfa_m2", "plot_ratio_known_ha"}
    assert math.isnan(found["idle_ha"])
    assert math.isnan(found["gfa_m2"])
    assert (found["status_known_ha"], found["plot_ratio_known_ha"]) == (0, 0)


def test_no_zone_is_an_empty_ledger_with_its_columns(layers: dict[str, Any], make_kind: Build) -> None:
    none = infrastructure(ZONES.iloc[1:], SITES, LAND, layers, make_kind(), 2031)
    assert none.empty
    assert none.columns.tolist() == INFRASTRUCTURE_COLUMNS


def test_a_road_that_gives_way_to_another_is_counted_once_and_in_its_year(
    layers: dict[str, Any], make_kind: Build
) -> None:
    old = layers["road_edges"].assign(opens=math.nan, closes=2031.0)
    new = layers["road_edges"].assign(u=["w2", "m2", "m2", "m2"], v=["m2", "e2", "n2", "w2"], opens=2031.0)
    new = new.set_geometry(new.translate(0, 1)).assign(highway="trunk", closes=math.nan)
    roads = gpd.GeoDataFrame(pd.concat([old, new], ignore_index=True), crs=CRS)
    kind = make_kind()
    for year, there, gone in ((2026, "road_km:primary", "road_km:trunk"), (2031, "road_km:trunk", "road_km:primary")):
        found = infrastructure(ZONES, SITES, LAND, {"road_edges": roads}, kind, year).set_index("item")["amount"]
        assert found[there] > 0
        assert gone not in found
        assert found["junctions"] == 1
