"""Gi* against esda and by hand, and what is flagged."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.places.hot_spots import HOT_TYPES
from nmplan.places.hot_spots import hot_spots

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[..., Any]

PROPERTY = settings(deadline=None, derandomize=True, max_examples=40)

# Middles at 0, 100, 200, 300 and 1,000 m
ROW = {"a": (0, 0, 10, 10), "b": (100, 0, 10, 10), "c": (200, 0, 10, 10), "d": (300, 0, 10, 10), "e": (1000, 0, 10, 10)}
SCORES = {"a": 80.0, "b": 70.0, "c": 60.0, "d": 50.0, "e": 40.0}


def grid(columns: int, rows: int) -> dict[str, tuple[float, float, float, float]]:
    return {f"p{x:02d}{y:02d}": (x * 100, y * 100, 90, 90) for x in range(columns) for y in range(rows)}


def esda_z(parcels: gpd.GeoDataFrame, scores: pd.DataFrame, distance_m: float) -> np.ndarray:
    esda, weights = pytest.importorskip("esda"), pytest.importorskip("libpysal.weights")
    middles = np.column_stack([parcels.geometry.centroid.x, parcels.geometry.centroid.y])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sites without neighbours
        near = weights.DistanceBand(middles, threshold=distance_m, binary=True, silence_warnings=True)
        return np.asarray(esda.G_Local(scores["score"].to_numpy(), near, transform="B", permutations=0, star=True).Zs)


def test_z_by_hand(make_parcels: Build, make_scores: Build) -> None:
    found = hot_spots(make_parcels(ROW), make_scores(**SCORES), distance_m=100).set_index("parcel_id")
    # mean 60, s² = (400 + 100 + 0 + 100 + 400) / 5 = 200; a: W = 2, (150 − 120) / √(200 · 2 · 3 / 4)
    assert found.loc["a", "z"] == pytest.approx(30 / np.sqrt(300))
    # b: W = 3, (210 − 180) / √(200 · 3 · 2 / 4)
    assert found.loc["b", "z"] == pytest.approx(30 / np.sqrt(300))
    assert found["neighbours"].tolist() == [1, 2, 2, 1, 0]
    # two-sided: 2 · (1 − Φ(1.7321)) = 0.0833
    assert found.loc["a", "p"] == pytest.approx(0.0833, abs=5e-5)
    assert np.isnan(found.loc["e", "z"])
    assert found.loc["e", "spot"] == ""


@given(st.integers(0, 10_000), st.sampled_from([150.0, 250.0, 1500.0]))
@PROPERTY
def test_z_is_that_of_esda(make_parcels: Build, make_scores: Build, seed: int, distance_m: float) -> None:
    random = np.random.default_rng(seed)
    boxes = {f"p{number:02d}": (*random.uniform(0, 2000, 2), *random.uniform(20, 200, 2)) for number in range(30)}
    parcels, scores = make_parcels(boxes), make_scores(**{name: random.uniform(20, 90) for name in boxes})
    found = hot_spots(parcels, scores, distance_m=distance_m)
    known = found["z"].notna()
    # no z without a neighbour, nor with all of them
    assert known.tolist() == found["neighbours"].between(1, len(boxes) - 2).tolist()
    np.testing.assert_allclose(found["z"][known], esda_z(parcels, scores, distance_m)[known], rtol=0, atol=1e-10)


def test_a_block_of_high_scores_is_hot_and_one_of_low_scores_cold(make_parcels: Build, make_scores: Build) -> None:
    boxes = grid(20, 10)
    points = {name: 50.0 + (int(name[3:]) % 2) for name in boxes}
    points |= {name: 90.0 for name in boxes if int(name[1:3]) < 3 and int(name[3:]) < 3}
    points |= {name: 10.0 for name in boxes if int(name[1:3]) > 16 and int(name[3:]) > 6}
    found = hot_spots(make_parcels(boxes), make_scores(**points), distance_m=150).set_index("parcel_id")["spot"]
    assert found["p0101"] == "hot"
    assert found["p1808"] == "cold"
    assert (found[[name for name in boxes if 6 < int(name[1:3]) < 13]] == "").all()


def test_q_is_that_of_benjamini_and_hochberg(make_parcels: Build, make_scores: Build) -> None:
    random = np.random.default_rng(7)
    boxes = grid(6, 5)
    points = {name: random.uniform(20, 90) for name in boxes}
    found = hot_spots(make_parcels(boxes), make_scores(**points), distance_m=150)
    ordered = np.sort(found["p"])
    for p, q in zip(found["p"], found["q"], strict=True):
        # the least p_(j)·n/j over all j from its own rank on
        ranks = np.arange(1, len(ordered) + 1)
        assert q == pytest.approx(min(1, (ordered * len(ordered) / ranks)[ordered >= p].min()))


def test_excluded_sites_are_left_out(make_parcels: Build, make_scores: Build) -> None:
    parcels = make_parcels(ROW)
    without = hot_spots(parcels, make_scores(**{**SCORES, "c": None}), distance_m=100)
    pd.testing.assert_frame_equal(
        without,
        hot_spots(parcels[parcels["parcel_id"].ne("c")], make_scores(a=80, b=70, d=50, e=40), distance_m=100),
    )


@pytest.mark.parametrize(
    "scores", [{}, {"a": None}, {"a": 70.0}, dict.fromkeys(ROW, 66.0), {"a": 70.0, "b": 60.0}], ids=str
)
def test_where_nothing_can_be_said_nothing_is(
    scores: dict[str, float | None], make_parcels: Build, make_scores: Build
) -> None:
    # none, one, all the same, all neighbours of each other
    found = hot_spots(make_parcels(ROW), make_scores(**scores), distance_m=100)
    assert found.columns.tolist() == list(HOT_TYPES)
    assert found[["z", "p", "q"]].isna().all(axis=None)
    assert found["spot"].eq("").all()
    some = hot_spots(make_parcels(ROW), make_scores(**SCORES), distance_m=100)
    assert found.dtypes.tolist() == some.dtypes.tolist()


@given(st.randoms(use_true_random=False), st.integers(0, 1000))
@PROPERTY
def test_the_order_of_rows_changes_nothing(make_parcels: Build, make_scores: Build, random: Any, seed: int) -> None:
    numbers = np.random.default_rng(seed)
    parcels, scores = make_parcels(grid(4, 3)), make_scores(**{n: numbers.uniform(0, 100) for n in grid(4, 3)})
    order = list(parcels.index)
    random.shuffle(order)
    shuffled = hot_spots(parcels.iloc[order], scores.iloc[order[::-1]], distance_m=150)
    pd.testing.assert_frame_equal(hot_spots(parcels, scores, distance_m=150), shuffled)


def test_it_leaves_its_tables_untouched(make_parcels: Build, make_scores: Build) -> None:
    parcels, scores = make_parcels(ROW), make_scores(**SCORES)
    before = parcels.copy(), scores.copy()
    hot_spots(parcels, scores)
    pd.testing.assert_frame_equal(pd.DataFrame(parcels), pd.DataFrame(before[0]))
    pd.testing.assert_frame_equal(scores, before[1])
    assert shapely.equals(parcels.geometry, before[0].geometry).all()
