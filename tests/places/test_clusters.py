"""Clusters: which sites, how large, what they carry."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.places.clusters import CLUSTER_COLUMNS
from nmplan.places.clusters import find_clusters
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


def test_floor_space_is_unknown_unless_every_plot_ratio_is_known(make_parcels: Build, make_scores: Build) -> None:
    scores = make_scores(a=80, b=70)
    for ratios in ([np.nan, 2.5], [np.nan, np.nan]):
        cluster = find_clusters(make_parcels(ROADSIDE, plot_ratio=ratios), scores, gfa_per_worker_m2=25).iloc[0]
        assert cluster[["gfa_m2", "jobs"]].isna().all()


def test_jobs_are_unknown_without_floor_space_per_worker(make_parcels: Build, make_scores: Build) -> None:
    cluster = find_clusters(make_parcels(ROADSIDE), make_scores(a=80, b=70)).iloc[0]
    assert cluster["gfa_m2"] == pytest.approx(400_000)
    assert np.isnan(cluster["jobs"])


def test_the_mean_score_is_weighted_by_area(make_parcels: Build, make_scores: Build) -> None:
    parcels = make_parcels({"a": (0, 0, 200, 300), "b": (200, 0, 100, 200)})
    # (6 ha · 80 + 2 ha · 64) / 8 ha
    assert find_clusters(parcels, make_scores(a=80, b=64))["mean_score"].tolist() == pytest.approx([76.0])


def test_captive_share_is_weighted_by_area_over_the_sites_where_it_is_known(
    make_parcels: Build, make_scores: Build
) -> None:
    parcels = make_parcels({"a": (0, 0, 200, 300), "b": (200, 0, 100, 200), "c": (300, 0, 100, 100)})
    scores = make_scores(a=80, b=64, c=70)
    known = find_clusters(parcels, scores, captive=pd.Series({"b": 0.6, "a": 0.2}))
    # (6 ha · 0.2 + 2 ha · 0.6) / 8 ha
    assert known["captive_share"].tolist() == pytest.approx([0.3])
    assert find_clusters(parcels, scores, captive=pd.Series({"z": 0.6}))["captive_share"].isna().all()
    assert find_clusters(parcels, scores)["captive_share"].isna().all()


def test_clusters_come_best_first_and_one_name_is_told_apart_by_the_first_site(
    make_parcels: Build, make_scores: Build, make_places: Build
) -> None:
    far = {"a": (0, 0, 300, 300), "b": (1000, 0, 300, 300), "c": (2000, 0, 300, 300), "d": (3000, 0, 300, 300)}
    places = make_places(San_Tin=("新田", 150, 150), Kwu_Tung=("古洞", 5000, 150))
    clusters = find_clusters(make_parcels(far), make_scores(a=70, b=90, c=80, d=80), place_names=places)
    assert clusters["cluster_id"].tolist() == ["b", "c", "d", "a"]
    # the middle of d, 3,150, is nearer to 5,000 than to 150
    assert clusters["name_en"].tolist() == ["San Tin (b)", "San Tin (c)", "Kwu Tung", "San Tin (a)"]
    assert clusters["name_zh"].tolist() == ["新田（b）", "新田（c）", "古洞", "新田（a）"]


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
def test_without_a_good_site_the_frame_is_empty_with_its_columns(
    scores: dict[str, float | None], make_parcels: Build, make_scores: Build, make_places: Build
) -> None:
    places = make_places(San_Tin=("新田", 0, 0))
    clusters = find_clusters(make_parcels(ROADSIDE), make_scores(**scores), place_names=places)
    assert clusters.empty
    assert clusters.columns.tolist() == CLUSTER_COLUMNS
    assert clusters.crs == "EPSG:2326"
    assert clusters.geometry.name == "geometry"


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
    one = find_clusters(parcels, scores, gap_m=20, minimum_ha=1)
    other = find_clusters(parcels.iloc[orders[0]], scores.iloc[orders[1]], gap_m=20, minimum_ha=1)
    columns = ["cluster_id", "name_en", "parcel_ids", "sites"]
    assert one[columns].to_dict("records") == other[columns].to_dict("records")
    figures = ["area_ha", "mean_score"]
    np.testing.assert_allclose(one[figures].astype(float), other[figures].astype(float))


def test_a_site_at_the_threshold_belongs_whatever_the_rounding(make_parcels, make_scores) -> None:
    parcels = make_parcels({"a": (0, 0, 300, 300)})
    assert len(find_clusters(parcels, make_scores(a=59.99999999999999), threshold=60, gap_m=0, minimum_ha=1)) == 1
    assert find_clusters(parcels, make_scores(a=59.99), threshold=60, gap_m=0, minimum_ha=1).empty


def test_an_empty_result_keeps_the_kinds_of_its_columns(make_parcels, make_scores) -> None:
    parcels = make_parcels({"a": (0, 0, 300, 300)})
    some, none = (find_clusters(parcels, make_scores(a=90.0), threshold=limit, minimum_ha=1) for limit in (50, 95))
    numbers = ["area_ha", "sites", "gfa_m2", "jobs", "mean_score", "captive_share"]
    assert none[numbers].dtypes.tolist() == some[numbers].dtypes.tolist()
