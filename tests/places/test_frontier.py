"""Access against leakage on a small world: a river along y = 0, Hong Kong south of it, one bridge."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.layers.sources import bundled_folder
from nmplan.places.frontier import SITE_COLUMNS
from nmplan.places.frontier import mean_frontier
from nmplan.places.frontier import measure_frontier
from nmplan.study import Lever
from nmplan.study import Study

PROPERTY = settings(deadline=None, derandomize=True, max_examples=10)

STUDY = Study.load(bundled_folder() / "study.toml")
TODAY = STUDY.scenarios["today"]
TRAVEL = STUDY.travel.model_copy(update={"goods_cap_kph": 60.0, "access_kph": 60.0, "detour": 1.0})
SUPPLY = STUDY.supply.model_copy(update={"half_life_min": 30.0, "plateau_min": 0.0, "chains": {}})
GRID = "EPSG:2326"
EAST, NORTH = 830_000.0, 843_000.0

TIERS = pd.DataFrame({"chain": "chips", "tier": ["gases", "tools"], "purchase_share": [0.5, 0.5]})


def points(*xy: tuple[float, float]) -> list[shapely.Point]:
    return [shapely.Point(EAST + x, NORTH + y) for x, y in xy]


def place(table: dict[str, Any], *xy: tuple[float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(table, geometry=points(*xy), crs=GRID)


def suppliers(*rows: tuple[str, str, float, float]) -> gpd.GeoDataFrame:
    """Return firms from (tier, jurisdiction, mass, metres north of the river)."""
    columns = dict(zip(("tier", "jurisdiction", "mass"), zip(*(row[:3] for row in rows), strict=True), strict=True))
    return place({"chain": "chips", **columns}, *((0.0, row[3]) for row in rows))


HOME = ("gases", "hong-kong", 20.0, -3_000.0)
AWAY = ("tools", "shenzhen", 20.0, 3_000.0)
BOTH = ("gases", "shenzhen", 20.0, 3_000.0)


def world(*firms: tuple[str, str, float, float]) -> dict[str, Any]:
    """One road at 60 km/h from the site, 3 km south of the river, to a works 3 km north; 30 minutes at the bridge."""
    nodes = {"site": -3_000.0, "hall": -100.0, "far": 100.0, "works": 3_000.0}
    pairs = [("site", "hall"), ("hall", "site"), ("far", "works"), ("works", "far")]
    lines = [shapely.LineString(points((0, nodes[u]), (0, nodes[v]))) for u, v in pairs]
    edges = {
        "u": [u for u, _ in pairs], "v": [v for _, v in pairs], "highway": "secondary", "speed_kph": 60.0,
        "length": [line.length for line in lines], "name_en": "", "accuracy_m": 1.0,
    }  # fmt: skip
    crossings = place({"crossing_id": ["bridge"], "status": ["open"], "name_en": ["Bridge"]}, (0.0, -100.0))
    crossings["shenzhen_side"] = gpd.GeoSeries(points((0.0, 100.0)), crs=GRID)
    services = {
        "crossing_id": "bridge", "user": "goods", "direction": ["northbound", "southbound"], "mode": "road",
        "permit": "none", "parking_min": 0.0, "clearance_quiet_min": 30.0, "clearance_peak_min": 40.0,
        "opens_at": "00:00", "closes_at": "24:00",
        "co_located": False, "valid_from": np.nan, "valid_to": np.nan,
    }  # fmt: skip
    x, y = EAST, NORTH - 3_000
    boxes = [shapely.box(x - 50, y - 50, x + 50, y + 50), shapely.box(x - 50, y - 250, x + 50, y - 150)]
    return {
        "parcels": gpd.GeoDataFrame({"parcel_id": ["a", "b"], "area_id": "p"}, geometry=boxes, crs=GRID),
        "boundary": gpd.GeoDataFrame(geometry=[shapely.LineString(points((-9e4, 0), (9e4, 0)))], crs=GRID),
        "road_nodes": place({"node_id": list(nodes), "name_en": ""}, *((0.0, y) for y in nodes.values())),
        "road_edges": gpd.GeoDataFrame(edges, geometry=lines, crs=GRID),
        "crossings": crossings,
        "crossing_services": pd.DataFrame(services),
        "suppliers": suppliers(*(firms or (HOME, AWAY))),
        "chains": TIERS,
    }


def frontier(layers: dict[str, Any], scenario: Any = TODAY, **changed: Any) -> pd.DataFrame:
    sections = {"travel": TRAVEL, "supply": SUPPLY, "chains": ["chips"], "sites": ["a"], **changed}
    return measure_frontier(layers, scenario, **sections)


def test_clearance_is_scaled_and_access_follows_by_hand() -> None:
    table = frontier(world(HOME, BOTH), shares=[1.0, 0.0]).set_index("clearance_share")
    # both firms sell gases; the one over the river lies 30 + 5.8 minutes away (and the bridge itself), or 6
    rows = table[~table["closed"]]
    for share, minutes in ((1.0, 35.8), (0.0, 5.8)):
        away = 20 * 0.5 ** (minutes / 30)
        assert rows.loc[share, "captive_share"] == pytest.approx(20 / (20 + away), abs=0.005)
        assert rows.loc[share, "leaked_share"] == pytest.approx(1 - rows.loc[share, "captive_share"])
        assert rows.loc[share, "supply_access"] == pytest.approx(0.5 * (1 - 2 ** (-(20 + away) / 20)), abs=0.005)


def test_a_closed_boundary_captures_all_that_hong_kong_supplies() -> None:
    table = frontier(world(HOME, AWAY))
    (closed,) = table[table["closed"]].itertuples()
    assert (closed.captive_share, closed.leaked_share) == (1.0, 0.0)
    # gases at the door are half enough, tools are gone
    assert closed.supply_access == pytest.approx(0.25, abs=0.005)
    assert np.isnan(closed.clearance_share)
    assert list(table) == list(SITE_COLUMNS)


def test_where_hong_kong_supplies_nothing_a_closed_boundary_is_unknown() -> None:
    table = frontier(world(AWAY))
    closed = table[table["closed"]]
    assert closed[["supply_access", "captive_share", "leaked_share"]].isna().all(axis=None)
    assert table.loc[~table["closed"], "captive_share"].eq(0).all()


def test_levers_for_goods_are_left_out_for_the_frontier_goes_through_all() -> None:
    levers = [Lever(user="goods", clearance_share=0.1), Lever(user="people", clearance_share=0.5)]
    eased = TODAY.model_copy(update={"levers": levers})
    pd.testing.assert_frame_equal(frontier(world(), eased), frontier(world()))


FIRMS = st.tuples(
    st.sampled_from(["gases", "tools"]),
    st.booleans(),
    st.floats(0.1, 50),
    st.floats(100, 6_000),
).map(lambda firm: (firm[0], "hong-kong" if firm[1] else "shenzhen", firm[2], -firm[3] if firm[1] else firm[3]))


@given(st.lists(FIRMS, min_size=1, max_size=6))
@PROPERTY
def test_faster_clearance_never_lowers_access(firms: list[tuple[str, str, float, float]]) -> None:
    table = frontier(world(*firms), sites=["a", "b"], shares=[2.0, 1.0, 0.5, 0.0])
    rows = table[~table["closed"]].sort_values("clearance_share", ascending=False)
    for _, site in rows.groupby("parcel_id"):
        assert site["supply_access"].diff().dropna().ge(-1e-12).all()
    assert (rows["captive_share"] + rows["leaked_share"]).tolist() == pytest.approx([1.0] * len(rows))
    closed = table[table["closed"]]
    at_home = any(firm[1] == "hong-kong" for firm in firms)
    assert closed["captive_share"].eq(1).all() if at_home else closed["captive_share"].isna().all()


@pytest.mark.parametrize("lost", ["road_nodes", "crossings", "suppliers", "chains"])
def test_where_clearance_does_not_count_there_is_no_frontier(lost: str) -> None:
    full = frontier(world())
    table = frontier({name: layer for name, layer in world().items() if name != lost})
    assert table.empty
    pd.testing.assert_series_equal(table.dtypes, full.dtypes)


@pytest.mark.parametrize(
    "changed",
    [
        {"sites": []},
        {"chains": ["ships"]},
        {"supply": SUPPLY.model_copy(update={"minutes_from": "straight-line"})},
    ],
)
def test_without_sites_or_suppliers_or_roads_that_count_there_is_no_frontier(changed: dict[str, Any]) -> None:
    table = frontier(world(), **changed)
    assert table.empty
    pd.testing.assert_series_equal(table.dtypes, frontier(world()).dtypes)


def test_places_are_means_of_their_sites_by_area() -> None:
    found = frontier(world(), sites=["a", "b"], shares=[1.0, 0.0])
    places = pd.DataFrame({"parcel_id": ["a", "b"], "area_ha": [1.0, 3.0], "area_id": "p"})
    table = mean_frontier(found, places, ["area_id"])
    assert table[["area_id", "chain", "closed"]].to_numpy().tolist() == [
        ["p", "chips", each] for each in (True, False, False)
    ]
    assert table["clearance_share"].tolist()[1:] == [1.0, 0.0]
    assert table["sites"].tolist() == [2, 2, 2]
    open_now = found[found["clearance_share"].eq(1.0)].set_index("parcel_id")["supply_access"]
    assert table["supply_access"][1] == pytest.approx((open_now["a"] + 3 * open_now["b"]) / 4)


def test_a_cluster_counts_in_the_chain_of_its_tenant_only() -> None:
    found = pd.concat([frontier(world()), frontier(world()).assign(chain="drugs")])
    places = pd.DataFrame(
        {"cluster_id": ["k"], "tenant": ["fab"], "chain": ["chips"], "parcel_id": ["a"], "area_ha": [1.0]}
    )
    table = mean_frontier(found, places, ["cluster_id", "tenant"])
    assert set(table["chain"]) == {"chips"}
    none = mean_frontier(found, places.iloc[:0], ["cluster_id", "tenant"])
    assert none.empty
    pd.testing.assert_series_equal(none.dtypes, table.dtypes)
