"""Clusters: which sites, how large, what they carry."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.places.clusters import CLUSTER_TYPES
from nmplan.places.clusters import DESCRIBED_TYPES
from nmplan.places.clusters import Beside
from nmplan.places.clusters import best_scores
from nmplan.places.clusters import describe_clusters
from nmplan.places.clusters import find_clusters
from nmplan.places.clusters import phase_years
from nmplan.scores.tenants import Scores

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

    Build = Callable[..., Any]

PROPERTY = settings(deadline=None, derandomize=True, max_examples=40)

# Two sites of 4 ha with a road of 30 m between them
ROADSIDE = {"a": (0, 0, 200, 200), "b": (230, 0, 200, 200)}

drawn_boxes = st.lists(
    st.tuples(*[st.integers(0, 120).map(lambda tens: tens * 10)] * 2, *[st.integers(5, 25).map(lambda n: n * 10)] * 2),
    min_size=1,
    max_size=14,
)
drawn_score = st.none() | st.integers(40, 80).map(float)


def members(clusters: gpd.GeoDataFrame) -> dict[str, list[str]]:
    return dict(zip(clusters["cluster_id"], clusters["parcel_ids"], strict=True))


def test_sites_across_a_road_make_one_cluster(make_parcels: Build, make_scores: Build) -> None:
    clusters = find_clusters(make_parcels(ROADSIDE), make_scores(a=80, b=70), gap_m=30, minimum_ha=6)
    assert members(clusters) == {"a": ["a", "b"]}
    assert clusters["sites"].tolist() == [2]
    # 2 · 200 m · 200 m = 8 ha; the road is in the shape, not in the area
    assert clusters["area_ha"].tolist() == pytest.approx([8.0])
    assert clusters.geometry.area.tolist() == pytest.approx([430 * 200.0])
    assert clusters.crs == "EPSG:2326"


def test_sites_across_a_wider_road_do_not(make_parcels: Build, make_scores: Build) -> None:
    parcels, scores = make_parcels(ROADSIDE), make_scores(a=80, b=70)
    assert members(find_clusters(parcels, scores, gap_m=29, minimum_ha=4)) == {"a": ["a"], "b": ["b"]}
    assert find_clusters(parcels, scores, gap_m=29, minimum_ha=6).empty


def test_a_group_of_exactly_the_minimum_area_is_a_cluster(make_parcels: Build, make_scores: Build) -> None:
    parcels, scores = make_parcels(ROADSIDE), make_scores(a=80, b=70)
    assert len(find_clusters(parcels, scores, gap_m=30, minimum_ha=8.0)) == 1
    assert find_clusters(parcels, scores, gap_m=30, minimum_ha=8.01).empty


def test_a_site_at_the_threshold_is_in_and_one_below_is_out(make_parcels: Build, make_scores: Build) -> None:
    scores = make_scores(a=60, b=59.99)
    clusters = find_clusters(make_parcels(ROADSIDE), scores, threshold=60, gap_m=30, minimum_ha=1)
    assert members(clusters) == {"a": ["a"]}


def test_a_site_that_is_excluded_or_too_poor_breaks_the_chain(make_parcels: Build, make_scores: Build) -> None:
    row = {"a": (0, 0, 200, 200), "b": (200, 0, 200, 200), "c": (400, 0, 200, 200)}
    for middle in (None, 30):
        clusters = find_clusters(make_parcels(row), make_scores(a=80, b=middle, c=70), gap_m=40, minimum_ha=1)
        assert members(clusters) == {"a": ["a"], "c": ["c"]}
    assert members(find_clusters(make_parcels(row), make_scores(a=80, b=65, c=70))) == {"a": ["a", "b", "c"]}


def test_floor_space_and_jobs_by_hand(make_parcels: Build, make_scores: Build) -> None:
    parcels = make_parcels(ROADSIDE, plot_ratio=[5.0, 2.5])
    cluster = find_clusters(parcels, make_scores(a=80, b=70), gfa_per_worker_m2=30).iloc[0]
    # 40,000 m² · 5 + 40,000 m² · 2.5
    assert cluster["gfa_m2"] == pytest.approx(300_000)
    assert cluster["jobs"] == pytest.approx(10_000)


def test_floor_space_of_a_part_of_the_sites_is_told_with_its_share(make_parcels: Build, make_scores: Build) -> None:
    boxes = {"a": (0, 0, 200, 200), "b": (200, 0, 100, 200)}
    known = find_clusters(
        make_parcels(boxes, plot_ratio=[np.nan, 2.5]), make_scores(a=80, b=70), gfa_per_worker_m2=25
    ).iloc[0]
    # 2 of 6 ha are known: at least 20,000 m² · 2.5
    assert known["gfa_m2"] == pytest.approx(50_000)
    assert known["jobs"] == pytest.approx(2_000)
    assert known["gfa_known_share"] == known["jobs_known_share"] == pytest.approx(1 / 3)
    unknown = find_clusters(make_parcels(boxes, plot_ratio=np.nan), make_scores(a=80, b=70), gfa_per_worker_m2=25).iloc[
        0
    ]
    assert unknown[["gfa_m2", "jobs"]].isna().all()
    assert unknown["gfa_known_share"] == unknown["jobs_known_share"] == 0


def test_jobs_are_unknown_without_floor_space_per_worker(make_parcels: Build, make_scores: Build) -> None:
    cluster = find_clusters(make_parcels(ROADSIDE), make_scores(a=80, b=70)).iloc[0]
    assert cluster["gfa_m2"] == pytest.approx(400_000)
    assert np.isnan(cluster["jobs"])
    assert (cluster["gfa_known_share"], cluster["jobs_known_share"]) == (1, 0)


def test_the_mean_score_is_weighted_by_area(make_parcels: Build, make_scores: Build) -> None:
    parcels = make_parcels({"a": (0, 0, 200, 300), "b": (200, 0, 100, 200)})
    # (6 ha · 80 + 2 ha · 64) / 8 ha
    assert find_clusters(parcels, make_scores(a=80, b=64))["mean_score"].tolist() == pytest.approx([76.0])


def test_the_spread_of_scores_by_hand(make_parcels: Build, make_scores: Build) -> None:
    parcels = make_parcels({"a": (0, 0, 200, 300), "b": (200, 0, 100, 200)})
    row = find_clusters(parcels, make_scores(a=80, b=64)).iloc[0]
    # mean 76: √((6 · 4² + 2 · 12²) / 8) = √48
    assert row["score_sd"] == pytest.approx(np.sqrt(48))
    assert (row["score_low"], row["score_high"]) == (64, 80)


def test_p_top_is_the_mean_by_area_where_it_is_told(make_parcels: Build, make_scores: Build) -> None:
    parcels = make_parcels({"a": (0, 0, 200, 300), "b": (200, 0, 100, 200)})
    scores = make_scores(a=80, b=64)
    assert find_clusters(parcels, scores)["p_top"].isna().all()
    # (6 · 0.9 + 2 · 0.1) / 8
    assert find_clusters(parcels, scores.assign(p_top=[0.9, 0.1]))["p_top"].tolist() == pytest.approx([0.7])


def test_compactness_is_that_of_the_closed_shape_and_may_have_a_minimum(
    make_parcels: Build, make_scores: Build
) -> None:
    parcels, scores = make_parcels(ROADSIDE), make_scores(a=80, b=70)
    clusters = find_clusters(parcels, scores)
    # 430 m × 200 m with the road: 4π · 86,000 / 1,260²
    exact = 4 * np.pi * 86_000 / 1260**2
    assert clusters["compactness"].tolist() == pytest.approx([exact])
    assert len(find_clusters(parcels, scores, minimum_compactness=exact - 0.001)) == 1
    assert find_clusters(parcels, scores, minimum_compactness=exact + 0.001).empty


def test_a_group_above_the_maximum_is_cut_into_contiguous_parts(make_parcels: Build, make_scores: Build) -> None:
    # six sites of 4 ha in a row
    row = {f"p{number}": (number * 200, 0, 200, 200) for number in range(6)}
    scores = make_scores(**dict.fromkeys(row, 70.0))
    assert find_clusters(make_parcels(row), scores, maximum_ha=24)["sites"].tolist() == [6]
    clusters = find_clusters(make_parcels(row), scores, maximum_ha=23)
    assert members(clusters) == {"p0": ["p0", "p1", "p2"], "p3": ["p3", "p4", "p5"]}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Return scores of three tenants: a is best for y, b equally for x and y, c for nobody."""
    return pd.DataFrame(
        [
            ("a", "x", True, 70.0, 0.1),
            ("a", "y", True, 80.0, 0.2),
            ("b", "y", True, 75.0, 0.3),
            ("b", "x", True, 75.0, 0.4),
            ("c", "x", False, np.nan, np.nan),
            ("c", "y", False, np.nan, np.nan),
            ("b", "z", False, np.nan, np.nan),
        ],
        columns=["parcel_id", "tenant", "eligible", "score", "p_top"],
    )


def test_the_best_tenant_of_each_site(table: pd.DataFrame) -> None:
    best = best_scores(table.sample(frac=1, random_state=3))
    assert best["parcel_id"].tolist() == ["a", "b", "c"]
    assert best["tenant"].tolist() == ["y", "x", ""]
    assert best["p_top"].tolist()[:2] == [0.2, 0.4]
    assert best["score"].tolist()[:2] == [80, 75]
    assert best["score"].isna().tolist() == [False, False, True]
    assert best_scores(table.iloc[:0]).columns.tolist() == table.columns.tolist()


def test_an_excluded_site_with_a_score_is_best_for_nobody(table: pd.DataFrame) -> None:
    best = best_scores(table.assign(eligible=False))
    assert best["tenant"].eq("").all()
    assert best["score"].isna().all()


def test_clusters_for_all_tenants_take_the_worker_of_each_sites_best(make_parcels: Build, table: pd.DataFrame) -> None:
    workers = {"x": 20.0, "y": 40.0, "z": None}
    clusters = find_clusters(make_parcels(ROADSIDE), best_scores(table), gfa_per_worker_m2=workers)
    # 40,000 m² · 5 for y and as much for x
    assert clusters["jobs"].tolist() == pytest.approx([200_000 / 40 + 200_000 / 20])
    some = find_clusters(make_parcels(ROADSIDE), best_scores(table), gfa_per_worker_m2={"x": 20.0, "y": None})
    assert some["jobs"].tolist() == pytest.approx([10_000])
    assert some["jobs_known_share"].tolist() == pytest.approx([0.5])
    assert some["gfa_known_share"].tolist() == [1]


def described(parcels: gpd.GeoDataFrame, scores: pd.DataFrame, **beside: Any) -> pd.Series[Any]:
    return describe_clusters(find_clusters(parcels, scores), parcels, Beside(**beside)).iloc[0]


def test_captive_share_is_weighted_by_area_over_the_sites_where_it_is_known(
    make_parcels: Build, make_scores: Build
) -> None:
    parcels = make_parcels({"a": (0, 0, 200, 300), "b": (200, 0, 100, 200), "c": (300, 0, 100, 100)})
    scores = make_scores(a=80, b=64, c=70)
    # (6 ha · 0.2 + 2 ha · 0.6) / 8 ha
    known = described(parcels, scores, captive=pd.Series({"b": 0.6, "a": 0.2}))
    assert known["captive_share"] == pytest.approx(0.3)
    assert np.isnan(described(parcels, scores, captive=pd.Series({"z": 0.6}))["captive_share"])


def test_minutes_are_means_by_area_over_the_sites_that_can_be_reached(make_parcels: Build, make_scores: Build) -> None:
    parcels = make_parcels({"a": (0, 0, 200, 300), "b": (200, 0, 100, 200)})
    measures = pd.DataFrame({"parcel_id": ["b", "a"], "station_min": [4.0, 8.0], "crossing_min": [np.nan, 12.0]})
    row = described(parcels, make_scores(a=80, b=64), measures=measures)
    assert row["station_min"] == pytest.approx(7.0)  # (6 · 8 + 2 · 4) / 8
    assert row["crossing_min"] == pytest.approx(12.0)
    assert np.isnan(row["crossing_goods_min"])


def test_idle_share_is_of_the_land_whose_status_is_known(make_parcels: Build, make_scores: Build) -> None:
    boxes = {"a": (0, 0, 200, 300), "b": (200, 0, 100, 200), "c": (300, 0, 100, 200)}
    scores = make_scores(a=80, b=64, c=70)
    some = described(make_parcels(boxes, status=["planned", "idle", "unknown"]), scores)
    assert some["idle_share"] == pytest.approx(0.25)  # 2 of 8 ha
    assert np.isnan(described(make_parcels(boxes, status="unknown"), scores)["idle_share"])
    assert np.isnan(described(make_parcels(boxes), scores)["idle_share"])


def test_best_tenants_and_area_come_with_most_land_first(make_parcels: Build, make_scores: Build) -> None:
    boxes = {"a": (0, 0, 200, 300), "b": (200, 0, 100, 200), "c": (300, 0, 100, 200), "d": (400, 0, 100, 100)}
    parcels = make_parcels(boxes, area_id=["hetao", "san-tin", "san-tin", None])
    best = pd.DataFrame({"parcel_id": list(boxes), "tenant": ["y", "z", "x", ""]})
    row = described(parcels, make_scores(**dict.fromkeys(boxes, 70.0)), best=best)
    assert row["best_tenants"] == "y,x,z"
    assert row["area_id"] == "hetao"  # 6 ha against 4
    nowhere = make_parcels(boxes, area_id=None)
    assert described(nowhere, make_scores(**dict.fromkeys(boxes, 70.0)))["area_id"] == ""


def test_hot_share_counts_the_land_of_hot_sites_alone(make_parcels: Build, make_scores: Build) -> None:
    parcels = make_parcels({"a": (0, 0, 200, 300), "b": (200, 0, 100, 200)})
    hot = pd.DataFrame({"parcel_id": ["a", "b"], "spot": ["hot", "cold"]})
    assert described(parcels, make_scores(a=80, b=64), hot=hot)["hot_share"] == pytest.approx(0.75)


def test_firms_on_foot_and_of_the_best_placed_site(make_parcels: Build, make_scores: Build, make_places: Build) -> None:
    # 615 m · 1.3 = 799.5 m from the edge at x = 430; the other firm is 616 m away
    firms = make_places(near=("近", 430 + 615, 100), far=("遠", 430 + 616, 100))
    row = described(make_parcels(ROADSIDE), make_scores(a=80, b=70), firms=firms, firms_15=pd.Series({"a": 3, "b": 5}))
    assert (row["firms_walk"], row["firms_15"]) == (1, 5)


def test_the_year_is_that_of_the_nearest_station_on_this_side(make_parcels: Build, make_places: Build) -> None:
    stations = make_places(a=("甲", 900, 100), b=("乙", -300, 100), c=("丙", 215, 1100))
    stations = stations.assign(station_id=["a", "b", "c"], opens=[2034.0, 2027.0, np.nan])
    shapes = make_parcels({"x": (0, 0, 430, 200), "y": (9000, 0, 10, 10)}).set_index("parcel_id").geometry
    # from the edge: a 470 m, b 300 m, c 900 m
    assert phase_years(shapes, stations, 1000)["station_id"].to_dict() == {"x": "b", "y": ""}
    years = phase_years(shapes, stations, 1000)["phase_year"]
    assert years["x"] == 2027
    assert np.isnan(years["y"])
    west, east = stations.geometry.x.min() + 50, stations.geometry.x.max() - 50
    south, north = stations.geometry.y.min() - 500, stations.geometry.y.max()
    walls = [shapely.LineString([(x, south), (x, north)]) for x in (west, east)]
    assert phase_years(shapes, stations, 1000, walls[0]).loc["x"].tolist() == ["a", 2034.0]
    # open without a year
    assert phase_years(shapes, stations, 1000, shapely.union_all(walls)).loc["x"].tolist() == ["c", 0.0]
    assert phase_years(shapes, stations, 299)["phase_year"].isna().all()
    assert phase_years(shapes, None, 1000)["station_id"].eq("").all()


def test_of_stations_inside_the_first_to_open_counts(make_parcels: Build, make_places: Build) -> None:
    shapes = make_parcels({"x": (0, 0, 430, 200)}).set_index("parcel_id").geometry
    stations = make_places(a=("甲", 100, 100), b=("乙", 200, 100)).assign(station_id=["a", "b"], opens=[2034.0, 2027.0])
    assert phase_years(shapes, stations, 1000).loc["x"].tolist() == ["b", 2027.0]


def test_clusters_come_best_first_and_one_name_is_told_apart_by_direction(
    make_parcels: Build, make_scores: Build, make_places: Build
) -> None:
    far = {"a": (0, 0, 300, 300), "b": (1000, 0, 300, 300), "c": (2000, 0, 300, 300), "d": (3000, 0, 300, 300)}
    parcels, places = make_parcels(far), make_places(San_Tin=("新田", 1000, 150), Kwu_Tung=("古洞", 5000, 150))
    found = find_clusters(parcels, make_scores(a=70, b=90, c=80, d=80))
    clusters = describe_clusters(found, parcels, Beside(place_names=places))
    assert clusters["cluster_id"].tolist() == ["b", "c", "d", "a"]
    # the middles of b and c lie east of San Tin; that of d, 3,150, is nearer to 5,000 than to 1,000
    assert clusters["name_en"].tolist() == ["San Tin, east A", "San Tin, east B", "Kwu Tung", "San Tin, west"]
    assert clusters["name_zh"].tolist() == ["新田東A", "新田東B", "古洞", "新田西"]


def test_a_cluster_is_called_after_its_first_site_whatever_the_order(make_parcels: Build, make_scores: Build) -> None:
    row = {"s9": (0, 0, 200, 200), "s10": (200, 0, 200, 200), "s2": (400, 0, 200, 200)}
    clusters = find_clusters(make_parcels(row), make_scores(s2=70, s9=70, s10=70))
    assert members(clusters) == {"s10": ["s10", "s2", "s9"]}


def test_everything_may_be_one_cluster(make_parcels: Build, make_scores: Build) -> None:
    boxes = {f"p{number:02d}": (number % 5 * 120, number // 5 * 120, 100, 100) for number in range(20)}
    clusters = find_clusters(make_parcels(boxes), make_scores(**dict.fromkeys(boxes, 75.0)), gap_m=20)
    assert clusters["sites"].tolist() == [20]
    # 20 sites of 1 ha; the shape with its roads is 580 m × 460 m
    assert clusters["area_ha"].tolist() == pytest.approx([20.0])
    assert clusters.geometry.area.tolist() == pytest.approx([580 * 460.0])


def test_one_site_may_be_a_cluster(make_parcels: Build, make_scores: Build) -> None:
    clusters = find_clusters(make_parcels({"a": (0, 0, 300, 200)}), make_scores(a=61))
    row = clusters.iloc[0]
    assert (row["cluster_id"], row["sites"], row["mean_score"]) == ("a", 1, 61.0)
    assert row["area_ha"] == pytest.approx(6.0)


@pytest.mark.parametrize("scores", [{"a": None, "b": None}, {"a": 10, "b": 20}, {}])
def test_without_a_good_site_the_frame_is_empty_with_its_columns_and_their_kinds(
    scores: dict[str, float | None], make_parcels: Build, make_scores: Build, make_places: Build
) -> None:
    parcels, hot = make_parcels(ROADSIDE), pd.DataFrame({"parcel_id": ["a"], "spot": ["hot"]})
    stations = make_places(a=("甲", 0, 0)).assign(station_id="a", opens=2034.0)
    best = pd.DataFrame({"parcel_id": ["a"], "tenant": ["x"]})
    beside = Beside(
        best=best,
        hot=hot,
        stations=stations,
        firms=stations,
        firms_15=pd.Series({"a": 1}),
        captive=pd.Series({"a": 0.2}),
        measures=pd.DataFrame({"parcel_id": ["a"], "station_min": 3.0}),
        place_names=make_places(San_Tin=("新田", 0, 0)),
    )
    kinds = []
    for points in (scores, {"a": 80, "b": 70}):
        for own in (beside, Beside()):
            clusters = describe_clusters(find_clusters(parcels, make_scores(**points), maximum_ha=12), parcels, own)
            assert clusters.empty == (points is scores)
            assert set(clusters.columns) == {*CLUSTER_TYPES, *DESCRIBED_TYPES, "parcel_ids", "geometry"}
            assert clusters.crs == "EPSG:2326"
            assert clusters.geometry.name == "geometry"
            kinds.append(clusters.dtypes.astype(str).to_dict())
    assert all(kind == kinds[0] for kind in kinds)


def test_a_tenant_without_suppliers_has_no_firms_on_foot(
    make_parcels: Build, make_scores: Build, make_places: Build
) -> None:
    none = make_places(a=("甲", 0, 0)).iloc[:0]
    row = described(make_parcels(ROADSIDE), make_scores(a=80, b=70), firms=none)
    assert row["firms_walk"] == 0
    assert row[["firms_15", "captive_share"]].isna().all()


def test_scores_may_come_whole_or_as_a_table(make_parcels: Build, make_scores: Build) -> None:
    parcels, table = make_parcels(ROADSIDE), make_scores(a=80, b=70)
    none = pd.DataFrame()
    whole = Scores(table, none, none, [], none, none, none, [])
    assert members(find_clusters(parcels, whole)) == members(find_clusters(parcels, table)) == {"a": ["a", "b"]}


def test_finding_clusters_leaves_parcels_and_scores_untouched(make_parcels: Build, make_scores: Build) -> None:
    parcels, scores = make_parcels(ROADSIDE), make_scores(b=80, a=70)
    before = parcels.copy(), scores.copy()
    find_clusters(parcels, scores)
    pd.testing.assert_frame_equal(pd.DataFrame(parcels), pd.DataFrame(before[0]))
    pd.testing.assert_frame_equal(scores, before[1])


@given(drawn_boxes, st.data())
@PROPERTY
def test_no_site_is_in_two_clusters_and_areas_add_up(
    make_parcels: Build, make_scores: Build, boxes: list[tuple[int, ...]], data: st.DataObject
) -> None:
    parcels = make_parcels({f"p{number}": box for number, box in enumerate(boxes)})
    scores = make_scores(**{name: data.draw(drawn_score) for name in parcels["parcel_id"]})
    minimum = data.draw(st.sampled_from([0.1, 2.0, 6.0]))
    clusters = find_clusters(parcels, scores, threshold=60, gap_m=20, minimum_ha=minimum)
    named = clusters["parcel_ids"].explode().tolist()
    assert len(named) == len(set(named))
    assert set(named) <= set(scores.loc[scores["score"].ge(60), "parcel_id"])
    assert clusters["area_ha"].ge(minimum).all()
    hectares = {f"p{number}": width * height / 10_000 for number, (_, _, width, height) in enumerate(boxes)}
    for row in clusters.itertuples():
        assert row.area_ha == pytest.approx(sum(hectares[name] for name in row.parcel_ids))
        assert row.sites == len(row.parcel_ids)
        inside = parcels[parcels["parcel_id"].isin(row.parcel_ids)].geometry
        np.testing.assert_allclose(inside.difference(row.geometry).area, 0.0, atol=1e-4)


@given(drawn_boxes, st.data(), st.randoms(use_true_random=False))
@PROPERTY
def test_the_order_of_rows_changes_no_cluster(
    make_parcels: Build, make_scores: Build, boxes: list[tuple[int, ...]], data: st.DataObject, random: Any
) -> None:
    parcels = make_parcels({f"p{number}": box for number, box in enumerate(boxes)})
    scores = make_scores(**{name: data.draw(drawn_score) for name in parcels["parcel_id"]})
    orders = [list(parcels.index), list(parcels.index)]
    for order in orders:
        random.shuffle(order)
    one = find_clusters(parcels, scores, gap_m=20, minimum_ha=1, maximum_ha=4)
    other = find_clusters(parcels.iloc[orders[0]], scores.iloc[orders[1]], gap_m=20, minimum_ha=1, maximum_ha=4)
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other))


def test_a_site_at_the_threshold_belongs_whatever_the_rounding(make_parcels, make_scores) -> None:
    parcels = make_parcels({"a": (0, 0, 300, 300)})
    assert len(find_clusters(parcels, make_scores(a=59.99999999999999), threshold=60, gap_m=0, minimum_ha=1)) == 1
    assert find_clusters(parcels, make_scores(a=59.99), threshold=60, gap_m=0, minimum_ha=1).empty


@given(drawn_boxes, st.data())
@PROPERTY
def test_a_site_far_away_changes_no_cluster(
    make_parcels: Build, make_scores: Build, boxes: list[tuple[int, ...]], data: st.DataObject
) -> None:
    near = {f"p{number}": box for number, box in enumerate(boxes)}
    points = {name: data.draw(drawn_score) for name in near}
    maximum = data.draw(st.sampled_from([None, 4.0]))
    far = data.draw(st.sampled_from(["a", "p00", "z"]))
    one, other = (
        find_clusters(make_parcels(table), make_scores(**scores), gap_m=20, minimum_ha=1, maximum_ha=maximum)
        for table, scores in ((near, points), ({far: (90_000, 0, 300, 300), **near}, {far: 75.0, **points}))
    )
    rest = other[other["cluster_id"].ne(far)].reset_index(drop=True)
    assert len(rest) == len(other) - 1
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(rest))


@given(drawn_boxes, st.data())
@PROPERTY
def test_a_higher_threshold_enlarges_no_cluster(
    make_parcels: Build, make_scores: Build, boxes: list[tuple[int, ...]], data: st.DataObject
) -> None:
    parcels = make_parcels({f"p{number}": box for number, box in enumerate(boxes)})
    scores = make_scores(**{name: data.draw(drawn_score) for name in parcels["parcel_id"]})
    low, high = sorted(data.draw(st.tuples(st.integers(40, 80), st.integers(40, 80))))
    wide, narrow = (
        find_clusters(parcels, scores, threshold=at, gap_m=20, minimum_ha=0.5)["parcel_ids"] for at in (low, high)
    )
    assert all(any(set(own) <= set(larger) for larger in wide) for own in narrow)


@given(drawn_boxes, st.data())
@PROPERTY
def test_parts_share_no_site_and_lose_none(
    make_parcels: Build, make_scores: Build, boxes: list[tuple[int, ...]], data: st.DataObject
) -> None:
    parcels = make_parcels({f"p{number}": box for number, box in enumerate(boxes)})
    scores = make_scores(**{name: data.draw(drawn_score) for name in parcels["parcel_id"]})
    maximum = data.draw(st.sampled_from([2.0, 5.0, 20.0]))
    whole, cut = (
        find_clusters(parcels, scores, gap_m=20, minimum_ha=1, maximum_ha=limit)["parcel_ids"].explode().tolist()
        for limit in (None, maximum)
    )
    assert sorted(cut) == sorted(whole)
