from __future__ import annotations

import math
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pytest
import shapely
from hypothesis import assume
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from shapely import affinity

from nmplan.crs import M2_PER_HA
from nmplan.layers.blocks import GRID_M
from nmplan.layers.conform import conform
from nmplan.layers.sites import cut_sites
from nmplan.layers.sites import cutting_roads
from nmplan.layers.sites import place_parcels

if TYPE_CHECKING:
    from collections.abc import Callable

STEADY = settings(deadline=None, derandomize=True, database=None, max_examples=40)
TARGET, MINIMUM = 1.8, 0.5


def zones_of(*shapes: shapely.Geometry, **columns: Any) -> gpd.GeoDataFrame:
    rows = len(shapes)
    table = {
        "zone_id": [f"z{row}" for row in range(rows)],
        "area_id": "san-tin",
        "zone": "industrial",
        "zone_label": "I",
        "special_use_en": "",
        "special_use_zh": "",
        "desc_en": "Industrial",
        "desc_zh": "工業",
        "tenure": "public",
        "status": "formed",
        "plot_ratio": 3.5,
        "accuracy_m": 120.0,
        "source": "trial",
        **columns,
    }
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs="EPSG:2326", index=range(rows))


def cut(
    *shapes: shapely.Geometry, target: float = TARGET, minimum: float = MINIMUM, **columns: Any
) -> gpd.GeoDataFrame:
    return cut_sites(zones_of(*shapes, **columns), ["industrial"], target_ha=target, minimum_ha=minimum)[0]


def assert_sound(sites: gpd.GeoDataFrame, zone: shapely.Geometry, minimum: float = MINIMUM) -> None:
    """The promises of cut_sites for one zone; a millimetre along the outline is the grid cuts are made on."""
    hair = GRID_M * (zone.length + sites.length.sum())
    assert sites.is_valid.all()
    assert not sites.is_empty.any()
    assert set(sites.geom_type) <= {"Polygon", "MultiPolygon"}
    assert sites["parcel_id"].is_unique
    assert sites.area.sum() == pytest.approx(zone.area, abs=GRID_M * zone.length)
    assert sites.union_all().symmetric_difference(zone).area <= hair
    assert sites.area.sum() - sites.union_all().area <= hair
    assert sites.area.min() >= min(minimum * M2_PER_HA, zone.area) - GRID_M * zone.length


@st.composite
def stars(draw: st.DrawFn, *, shortest: float = 0.1) -> shapely.Polygon:
    """A polygon round a centre: convex, jagged or a sliver, 0.1 to 100 ha, any direction."""
    corners = draw(st.integers(3, 16))
    size = draw(st.floats(40, 500))
    flat = draw(st.floats(0.1, 1))
    turn = draw(st.floats(0, math.pi))
    reach = [draw(st.floats(shortest, 1)) for _ in range(corners)]
    places = [
        (size * r * math.cos(2 * math.pi * i / corners), flat * size * r * math.sin(2 * math.pi * i / corners))
        for i, r in enumerate(reach)
    ]
    star = affinity.rotate(shapely.Polygon(places), turn, origin=(0, 0), use_radians=True)
    return affinity.translate(star, 820_000, 838_000)


@STEADY
@given(stars())
def test_sites_of_any_star_add_up_to_it_without_overlap_or_sliver(star: shapely.Polygon) -> None:
    assume(star.is_valid and star.area >= MINIMUM * M2_PER_HA)
    assert_sound(cut(star), star)


@STEADY
@given(stars())
def test_no_land_is_lost_to_a_millionth(star: shapely.Polygon) -> None:
    assume(star.is_valid and star.area >= MINIMUM * M2_PER_HA)
    assert cut(star).area.sum() == pytest.approx(star.area, rel=1e-6)


@STEADY
@given(stars(shortest=0.6), st.floats(0.8, 3))
def test_sites_of_a_convex_zone_have_about_the_target_size(star: shapely.Polygon, target: float) -> None:
    zone = star.convex_hull
    assume(zone.area >= 0.5 * target * M2_PER_HA)
    sites = cut(zone, target=target, minimum=target / 4)
    # blocks of about the target; what is left at the edge has at least four tenths of it or has joined one
    assert sites.area.between(0.399 * target * M2_PER_HA, 2 * target * M2_PER_HA).all()


@pytest.mark.parametrize(("ha", "pieces"), [(1, 1), (2.6, 1), (2.8, 2), (5.4, 3), (18, 9), (36, 20)])
def test_a_rectangle_is_cut_into_equal_blocks_of_about_the_target(
    box: Callable[..., Any], ha: float, pieces: int
) -> None:
    sites = cut(box(0, 0, 100 * math.sqrt(2 * ha), 100 * math.sqrt(ha / 2)))
    assert len(sites) == pieces
    assert sites.area.tolist() == pytest.approx([ha * M2_PER_HA / pieces] * pieces, rel=1e-4)


def test_streets_run_through_a_zone(box: Callable[..., Any]) -> None:
    # 600 m by 300 m: three rows of three blocks, whose corners meet four by four
    sites = cut(box(0, 0, 600, 300))
    west, south = sites.bounds["minx"].min(), sites.bounds["miny"].min()
    assert sorted({round(x - west) for x in sites.bounds["minx"]}) == [0, 200, 400]
    assert sorted({round(y - south) for y in sites.bounds["miny"]}) == [0, 100, 200]


def test_no_piece_at_the_edge_is_thin(ring: Callable[..., Any]) -> None:
    # a wedge that runs out to nothing: its tip joins the block beside it
    sites = cut(ring((0, 0), (900, 0), (0, 150)))
    assert (~sites.buffer(-0.3 * math.sqrt(TARGET * M2_PER_HA) / 2).is_empty).all()


def test_a_kind_of_zone_may_want_larger_sites(box: Callable[..., Any]) -> None:
    zones = zones_of(box(0, 0, 400, 200), box(1_000, 0, 400, 200), zone=["industrial", "logistics"])
    sites, _ = cut_sites(zones, ["industrial", "logistics"], target_ha=2, minimum_ha=0.5, targets_ha={"logistics": 4})
    assert sites["zone"].value_counts().to_dict() == {"industrial": 4, "logistics": 2}


def test_a_long_zone_is_cut_across_its_longer_side(box: Callable[..., Any]) -> None:
    sites = cut(box(0, 0, 800, 90))
    # 7.2 ha by 1.8 are four pieces of 200 m by 90 m, from west to east
    widths = sites.bounds["maxx"] - sites.bounds["minx"]
    assert widths.tolist() == pytest.approx([200] * 4, abs=0.01)
    assert sites.bounds["minx"].is_monotonic_increasing


@pytest.mark.parametrize("degrees", [0, 17, 45, 90, 133])
def test_a_zone_is_cut_along_its_own_axes(box: Callable[..., Any], degrees: float) -> None:
    zone = affinity.rotate(box(0, 0, 800, 90), degrees)
    sites = cut(zone)
    assert len(sites) == 4
    # rectangles of 200 m by 90 m fill their own smallest rectangle
    for site in sites.geometry:
        assert site.area / site.minimum_rotated_rectangle.area == pytest.approx(1, abs=1e-3)


SHAPES: dict[str, tuple[list[tuple[float, float]], list[list[tuple[float, float]]]]] = {
    "L": ([(0, 0), (400, 0), (400, 80), (80, 80), (80, 400), (0, 400)], []),
    "U": ([(0, 0), (400, 0), (400, 300), (340, 300), (340, 60), (60, 60), (60, 300), (0, 300)], []),
    "hole": ([(0, 0), (400, 0), (400, 300), (0, 300)], [[(150, 100), (250, 100), (250, 200), (150, 200)]]),
    "ring": ([(0, 0), (300, 0), (300, 300), (0, 300)], [[(30, 30), (270, 30), (270, 270), (30, 270)]]),
    "comb": ([(0, 0), (500, 0), (500, 200), (480, 60), (260, 60), (250, 200), (240, 60), (20, 60), (0, 200)], []),
    "needle": ([(0, 0), (2_000, 5), (2_000, 15), (0, 12)], []),
    "dumb-bell": (
        [
            (0, 0),
            (150, 0),
            (150, 70),
            (400, 70),
            (400, 0),
            (550, 0),
            (550, 150),
            (400, 150),
            (400, 74),
            (150, 74),
            (150, 150),
            (0, 150),
        ],
        [],
    ),
    "two holes": (
        [(0, 0), (500, 0), (500, 200), (0, 200)],
        [[(50, 50), (200, 50), (200, 150), (50, 150)], [(300, 50), (450, 50), (450, 150), (300, 150)]],
    ),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("degrees", [0, 31])
def test_awkward_shapes_are_cut_soundly(ring: Callable[..., Any], name: str, degrees: float) -> None:
    outline, holes = SHAPES[name]
    zone = affinity.rotate(ring(*outline, holes=holes), degrees)
    sites = cut(zone)
    assert_sound(sites, zone)
    assert set(sites.geom_type) == {"Polygon"}


def test_a_zone_of_two_parts_stays_inside_it(box: Callable[..., Any]) -> None:
    zone = shapely.MultiPolygon([box(0, 0, 200, 200), box(300, 0, 200, 200)])
    sites = cut(zone)
    assert_sound(sites, zone)
    assert set(sites.geom_type) == {"Polygon"}


def test_islands_too_small_for_a_site_are_not_made_one_across_a_kilometre(box: Callable[..., Any]) -> None:
    sites = cut(shapely.MultiPolygon([box(0, 0, 60, 60), box(1_000, 0, 60, 60)]))
    assert set(sites.geom_type) <= {"Polygon"}


def test_the_same_zone_gives_the_same_sites_whatever_stands_beside_it(
    ring: Callable[..., Any], box: Callable[..., Any]
) -> None:
    zone = affinity.rotate(ring(*SHAPES["L"][0]), 12)
    alone = cut(zone)
    again = cut(zone)
    beside = cut(zone, box(900, 900, 300, 300))
    assert alone["parcel_id"].tolist() == again["parcel_id"].tolist()
    assert alone.geometry.to_wkb().tolist() == again.geometry.to_wkb().tolist()
    assert beside.geometry.iloc[: len(alone)].to_wkb().tolist() == alone.geometry.to_wkb().tolist()


def test_ids_name_the_zone_and_count_on_past_ninety_nine(box: Callable[..., Any]) -> None:
    sites = cut(box(0, 0, 2_000, 950), box(0, 2_000))
    assert sites["parcel_id"].tolist() == [f"z0-{number:02d}" for number in range(1, len(sites))] + ["z1-01"]
    assert "z0-100" in set(sites["parcel_id"])
    assert sites["parcel_id"].is_unique


def test_sites_carry_what_is_known_of_their_zone(box: Callable[..., Any]) -> None:
    sites = cut(box(0, 0), special_use_en="Logistics Facility", special_use_zh="物流設施")
    site = sites.iloc[0]
    assert site["area_id"] == "san-tin"
    assert site["zone"] == "industrial"
    assert site["status"] == "formed"
    assert site["tenure"] == "public"
    assert site["plot_ratio"] == 3.5
    assert site["accuracy_m"] == 120
    assert site["source"] == "trial"
    assert (site["name_en"], site["name_zh"]) == ("Logistics Facility Z0-01", "物流設施 Z0-01")
    assert cut(box(0, 0))["name_en"].tolist() == ["Industrial Z0-01"]


def test_sites_keep_the_contract_of_parcels(box: Callable[..., Any]) -> None:
    done = conform(cut(box(0, 0, 300, 300)), "parcels", "sites")
    assert done.notes == []
    assert set(done.frame["zone"]) == {"industrial"}


def test_zones_below_the_minimum_are_noted_by_name_and_cut_into_nothing(box: Callable[..., Any]) -> None:
    zones = zones_of(box(0, 0, 60, 60), box(200, 0, 100, 100), box(400, 0, 70, 70))
    sites, (note,) = cut_sites(zones, ["industrial"], target_ha=TARGET, minimum_ha=MINIMUM)
    assert sites["parcel_id"].tolist() == ["z1-01"]
    assert (note.layer, note.count, note.features) == ("parcels", 2, ("z0", "z2"))
    assert "0.5 ha" in note.what


def test_only_zones_of_the_kinds_named_are_cut_or_noted(box: Callable[..., Any]) -> None:
    zones = zones_of(box(0, 0), box(200, 0), box(400, 0, 10, 10), zone=["industrial", "village", "village"])
    sites, notes = cut_sites(zones, ["industrial"], target_ha=TARGET, minimum_ha=MINIMUM)
    assert sites["parcel_id"].tolist() == ["z0-01"]
    assert notes == []


def test_a_minimum_above_the_target_is_kept(box: Callable[..., Any]) -> None:
    zone = box(0, 0, 300, 200)
    assert_sound(cut(zone, target=0.3, minimum=1), zone, minimum=1)


def test_the_zoning_given_is_left_as_it_was(box: Callable[..., Any]) -> None:
    zones = zones_of(box(0, 0, 300, 300), box(500, 0, 10, 10))
    before = zones.copy(deep=True)
    cut_sites(zones, ["industrial"], target_ha=TARGET, minimum_ha=MINIMUM)
    assert zones.equals(before)


@st.composite
def streets(draw: st.DrawFn) -> gpd.GeoDataFrame:
    """One to eight roads across or into a place of a kilometre, some of them doubled a few metres aside."""
    lines = []
    for _ in range(draw(st.integers(1, 8))):
        turn, side = draw(st.floats(0, math.pi)), draw(st.floats(-300, 300))
        start, end = draw(st.floats(-700, 0)), draw(st.floats(0, 700))
        bend = draw(st.floats(-80, 80))
        road = affinity.rotate(
            shapely.LineString([(start, side), ((start + end) / 2, side + bend), (end, side)]),
            turn,
            (0, 0),
            use_radians=True,
        )
        lines.append(affinity.translate(road, 820_000, 838_000))
        if draw(st.booleans()):
            lines.append(shapely.offset_curve(lines[-1], draw(st.floats(0.001, 24))).reverse())
    roads = [road for road in lines if not road.is_empty]
    return gpd.GeoDataFrame({"accuracy_m": 5.0}, geometry=roads, index=range(len(roads)), crs="EPSG:2326")


def cut_along(roads: gpd.GeoDataFrame | None, *shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    return cut_sites(zones_of(*shapes), ["industrial"], target_ha=TARGET, minimum_ha=MINIMUM, roads=roads)[0]


@STEADY
@given(stars(shortest=0.3), streets())
def test_along_any_roads_sites_add_up_without_overlap_or_sliver(star: shapely.Polygon, roads: gpd.GeoDataFrame) -> None:
    assume(star.is_valid and star.area >= MINIMUM * M2_PER_HA)
    sites = cut_along(roads, star)
    assert_sound(sites, star)
    assert sites.area.sum() == pytest.approx(star.area, rel=1e-6)
    # in hectares too: a millionth is a hundredth of a square metre
    assert sites.area.sum() / M2_PER_HA == pytest.approx(star.area / M2_PER_HA, abs=1e-6)


@STEADY
@given(stars(shortest=0.3), streets(), st.randoms(use_true_random=False))
def test_the_order_and_direction_of_roads_and_zones_change_nothing(
    star: shapely.Polygon, roads: gpd.GeoDataFrame, chance: Any
) -> None:
    assume(star.is_valid and star.area >= MINIMUM * M2_PER_HA)
    zones = zones_of(star, affinity.translate(star, 1_200, 0))
    how = {"zones": ["industrial"], "target_ha": TARGET, "minimum_ha": MINIMUM}
    order = list(range(len(roads)))
    chance.shuffle(order)
    shuffled = roads.iloc[order]
    shuffled = shuffled.set_geometry([road.reverse() if chance.random() < 0.5 else road for road in shuffled.geometry])
    first, _ = cut_sites(zones, **how, roads=roads)
    again, _ = cut_sites(zones.iloc[::-1], **how, roads=shuffled)
    first, again = first.set_index("parcel_id").sort_index(), again.set_index("parcel_id").sort_index()
    assert first.index.equals(again.index)
    assert first.geometry.to_wkb().tolist() == again.geometry.to_wkb().tolist()


def test_roads_elsewhere_leave_a_zone_as_it_was(box: Callable[..., Any], line: Callable[..., Any]) -> None:
    roads = gpd.GeoDataFrame(geometry=[line((2_000, 0), (2_000, 900))], crs="EPSG:2326")
    zone = box(0, 0, 600, 300)
    assert cut_along(roads, zone).geometry.to_wkb().tolist() == cut_along(None, zone).geometry.to_wkb().tolist()


def test_sites_end_at_the_road(box: Callable[..., Any], line: Callable[..., Any]) -> None:
    # 600 m by 300 m with a road at 250 m, where the street grid alone would cut at 200 and 400
    sites = cut_along(gpd.GeoDataFrame(geometry=[line((250, -9), (250, 309))], crs="EPSG:2326"), box(0, 0, 600, 300))
    west = sites.bounds["minx"].min()
    assert sites["parcel_id"].tolist() == [f"z0-{number:02d}" for number in range(1, len(sites) + 1)]
    assert not ((sites.bounds["minx"] < west + 249) & (sites.bounds["maxx"] > west + 251)).any()
    assert sites.area.sum() == pytest.approx(180_000, rel=1e-9)


def test_only_roads_placed_well_enough_may_cut(frame: Callable[..., Any]) -> None:
    edges = frame("road_edges", 4, accuracy_m=[5.0, 25.0, 100.0, None])
    roads, (note,) = cutting_roads(edges)
    assert roads is not None
    assert roads["accuracy_m"].tolist() == [5, 25]
    assert (note.layer, note.count) == ("parcels", 2)
    assert "25 m" in note.what
    assert cutting_roads(edges.iloc[:2])[1] == []


def test_generalised_roads_cut_nothing(frame: Callable[..., Any]) -> None:
    roads, (note,) = cutting_roads(frame("road_edges", 2, accuracy_m=[100.0, 1_500.0]))
    assert roads is None
    assert note.count == 2


def test_sites_and_parcels_take_over_when_their_zone_can_be_built_on(box: Callable[..., Any]) -> None:
    when = {
        "ready_year": [2031.0, math.nan],
        "ready_basis": ["press", "unknown"],
        "ready_source": ["a paper of 2026", ""],
        "plot_ratio_basis": ["derived", "unknown"],
        "plot_ratio_source": ["", ""],
    }
    zoning = zones_of(box(0, 0), box(100, 0), **when)
    sites = cut_sites(zoning, ["industrial"], target_ha=1, minimum_ha=0.5)[0].set_index("parcel_id")
    early = sites.loc["z0-01", ["ready_year", "ready_basis", "ready_source", "plot_ratio_basis"]].tolist()
    assert early == [2031.0, "press", "a paper of 2026", "derived"]
    assert math.isnan(sites.loc["z1-01", "ready_year"])
    own = {
        "parcel_id": ["a", "b", "c"],
        "area_id": "x",
        "zone": "industrial",
        "ready_year": [math.nan, 2027.0, math.nan],
        "ready_basis": ["unknown", "official", "unknown"],
        "ready_source": ["", "the owner", ""],
        "accuracy_m": 1.0,
    }
    # a lies mostly in the first zone, b says its own year, c lies mostly in the zone without one
    shapes = [box(10, 0), box(10, 0), box(90, 0)]
    parcels = gpd.GeoDataFrame(own, geometry=shapes, crs="EPSG:2326")
    placed, (note,) = place_parcels(parcels, None, zoning)
    assert placed["ready_year"].tolist()[:2] == [2031.0, 2027.0]
    assert math.isnan(placed["ready_year"].tolist()[2])
    assert placed["ready_source"].tolist() == ["a paper of 2026", "the owner", ""]
    assert note.count == 1
    assert math.isnan(parcels["ready_year"].tolist()[0])


def test_parcels_get_the_area_and_zone_most_of_them_lies_in(box: Callable[..., Any]) -> None:
    parcels = gpd.GeoDataFrame(
        {
            "parcel_id": ["a", "b", "c"],
            "area_id": ["", "own", ""],
            "zone": "undetermined",
            "accuracy_m": [1.0, 1.0, None],
        },
        geometry=[box(0, 0), box(0, 0), box(5_000, 0)],
        crs="EPSG:2326",
    )
    areas = gpd.GeoDataFrame({"area_id": ["west", "east"]}, geometry=[box(0, 0, 40, 100), box(40, 0)], crs="EPSG:2326")
    # 30 + 25 of industrial against 45 of business
    shapes = [box(0, 0, 30, 100), box(30, 0, 45, 100), box(75, 0, 25, 100)]
    zoning = gpd.GeoDataFrame({"zone": ["industrial", "business", "industrial"]}, geometry=shapes, crs="EPSG:2326")
    placed, notes = place_parcels(parcels, areas, zoning)
    assert placed["area_id"].tolist() == ["east", "own", ""]
    assert placed["zone"].tolist() == ["industrial", "industrial", "undetermined"]
    assert parcels["area_id"].tolist() == ["", "own", ""]
    assert [note.count for note in notes] == [1, 2, 1]
    assert place_parcels(parcels, None, None)[0]["area_id"].tolist() == ["", "own", ""]
