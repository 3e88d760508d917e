"""Weights: normalised, refused by name where they make no sense, and stressed by a reader."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.errors import NmplanError
from nmplan.scores.weights import critic_weights
from nmplan.scores.weights import emphasise
from nmplan.scores.weights import entropy_weights
from nmplan.scores.weights import normalise_weights

PROPERTY = settings(deadline=None, derandomize=True)

some_weights = st.dictionaries(
    st.sampled_from("abcdef"), st.integers(0, 1000).map(lambda tenths: tenths / 10), min_size=1
).filter(lambda weights: sum(weights.values()) > 0)


def test_weights_are_divided_by_their_sum_in_the_order_given() -> None:
    weights = normalise_weights({"supply": 30, "area": 10, "slope": 0})
    assert weights.index.tolist() == ["supply", "area", "slope"]
    assert weights.tolist() == [30 / 40, 10 / 40, 0.0]


@pytest.mark.parametrize("wrong", [-1.0, -1e-9, math.nan, math.inf])
def test_a_weight_that_makes_no_sense_is_refused_with_the_criterion_named(wrong: float) -> None:
    with pytest.raises(NmplanError, match="crossing_min") as refusal:
        normalise_weights({"area_ha": 1.0, "crossing_min": wrong})
    assert "area_ha" not in str(refusal.value)
    assert [fault.where for fault in refusal.value.faults] == ["crossing_min"]


def test_weights_that_are_all_zero_are_refused() -> None:
    with pytest.raises(NmplanError, match="all weights are zero"):
        normalise_weights({"a": 0.0, "b": 0.0})


@given(some_weights)
@PROPERTY
def test_weights_add_up_to_one_and_keep_their_proportions(given_weights: dict[str, float]) -> None:
    weights = normalise_weights(given_weights)
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    total = sum(given_weights.values())
    assert (weights * total).to_dict() == pytest.approx(given_weights, abs=1e-9)


@given(some_weights, st.floats(1e-3, 1e6))
@PROPERTY
def test_the_scale_of_weights_is_irrelevant(given_weights: dict[str, float], factor: float) -> None:
    scaled = normalise_weights({name: weight * factor for name, weight in given_weights.items()})
    assert scaled.to_dict() == pytest.approx(normalise_weights(given_weights).to_dict(), abs=1e-12)


def test_a_reader_multiplies_the_weights_and_they_add_up_again() -> None:
    weights = normalise_weights({"a": 50, "b": 30, "c": 20})
    # 0.5 · 2 = 1.0, 0.3, 0.2: together 1.5
    assert emphasise(weights, {"a": 2}).to_dict() == pytest.approx({"a": 1.0 / 1.5, "b": 0.3 / 1.5, "c": 0.2 / 1.5})
    # 0.5 · 0 = 0, 0.3, 0.2: together 0.5
    assert emphasise(weights, {"a": 0}).to_dict() == pytest.approx({"a": 0.0, "b": 0.6, "c": 0.4})


def test_a_reader_who_stresses_what_a_tenant_does_not_ask_for_changes_nothing() -> None:
    weights = normalise_weights({"a": 3, "b": 1})
    assert emphasise(weights, {"other": 5}).to_dict() == pytest.approx({"a": 0.75, "b": 0.25})


def test_a_reader_who_leaves_nothing_leaves_the_weights_as_they_are() -> None:
    weights = normalise_weights({"a": 3, "b": 1, "c": 0})
    assert emphasise(weights, {"a": 0, "b": 0}).to_dict() == {"a": 0.75, "b": 0.25, "c": 0.0}


def test_emphasis_leaves_the_weights_it_was_given_untouched() -> None:
    weights = normalise_weights({"a": 3, "b": 1})
    emphasise(weights, {"a": 2})
    assert weights.to_dict() == {"a": 0.75, "b": 0.25}


# --- weights from the sites -----------------------------------------------------------------------------------------


def scaled(table: list[list[float]]) -> pd.DataFrame:
    frame = pd.DataFrame(table)
    return (frame - frame.min()) / (frame.max() - frame.min())


def test_critic_of_diakoulaki_from_the_data_of_the_paper() -> None:
    # Diakoulaki, Mavrotas & Papayannakis 1995, Computers & Operations Research 22:763: eight firms by profitability,
    # market share, productivity, scaled to their range; weights as scikit-criteria's own test of that table has them
    table = [
        [61, 1.08, 4.33],
        [20.7, 0.26, 4.34],
        [16.3, 1.98, 2.53],
        [9, 3.29, 1.65],
        [5.4, 2.77, 2.33],
        [4, 4.12, 1.21],
        [-6.1, 3.52, 2.10],
        [-34.6, 3.31, 0.98],
    ]
    found = critic_weights(scaled(table))
    assert found.round(8).tolist() == [0.20222554, 0.48090173, 0.31687273]


def test_critic_of_a_software_choice_to_the_printed_digits() -> None:
    # Tuş & Aytaç Adalı 2019, Opsearch 56:528: six criteria, scaled to their range
    table = [
        [5000, 3, 3, 4, 3, 2],
        [680, 5, 3, 2, 2, 1],
        [2000, 3, 2, 3, 4, 3],
        [600, 4, 3, 1, 2, 2],
        [800, 2, 4, 3, 3, 4],
    ]
    assert critic_weights(scaled(table)).round(3).tolist() == [0.157, 0.249, 0.168, 0.121, 0.154, 0.151]


def test_entropy_by_hand() -> None:
    # a: shares ½ and ½, E = 1, divergence 0. b: ¼ and ¾. c: 0 and 1, E = 0, divergence 1
    found = entropy_weights(pd.DataFrame({"a": [0.4, 0.4], "b": [0.2, 0.6], "c": [0.0, 0.7]}))
    divergence = 1 + (0.25 * math.log(0.25) + 0.75 * math.log(0.75)) / math.log(2)
    assert found.to_dict() == pytest.approx({"a": 0.0, "b": divergence / (1 + divergence), "c": 1 / (1 + divergence)})


def test_critic_by_hand() -> None:
    # a and b run alike, c against both: conflict 0 + 0 + 2, 0 + 0 + 2, 2 + 2 + 0; deviations as 1 : 0.2 : 1
    table = pd.DataFrame({"a": [0.0, 1.0, 0.5], "b": [0.0, 0.2, 0.1], "c": [1.0, 0.0, 0.5]})
    assert critic_weights(table).to_dict() == pytest.approx({"a": 2 / 6.4, "b": 0.4 / 6.4, "c": 4 / 6.4})


@pytest.mark.parametrize("weigh", [entropy_weights, critic_weights])
def test_a_criterion_that_is_the_same_everywhere_has_no_weight_and_moves_no_other(weigh) -> None:
    table = pd.DataFrame({"a": [0.1, 0.9, 0.4], "b": [0.5, 0.2, 0.3]})
    found = weigh(table.assign(same=0.7, nothing=0.0))
    assert found[["same", "nothing"]].tolist() == [0.0, 0.0]
    np.testing.assert_allclose(found[["a", "b"]], weigh(table))
    assert weigh(table[["a"]].assign(same=0.7)).to_dict() == {"a": 1.0, "same": 0.0}


@pytest.mark.parametrize("weigh", [entropy_weights, critic_weights])
@given(rows=st.lists(st.lists(st.integers(0, 20), min_size=3, max_size=3), min_size=2, max_size=9))
@PROPERTY
def test_weights_from_data_are_never_negative_and_add_up(weigh, rows: list[list[int]]) -> None:
    table = pd.DataFrame(rows, columns=list("abc")) / 20
    try:
        found = weigh(table)
    except NmplanError as refusal:
        assert "sites do not differ" in str(refusal)  # noqa: PT017  (some drawn tables are refused, most are not)
        return
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(1.0)
    # whichever order the sites stand in
    np.testing.assert_allclose(weigh(table.iloc[::-1]), found, atol=1e-9)


def test_sites_with_gaps_are_left_out() -> None:
    table = pd.DataFrame({"a": [0.1, 0.9, 0.4, math.nan], "b": [0.5, 0.2, 0.3, 0.9]})
    for weigh in (entropy_weights, critic_weights):
        pd.testing.assert_series_equal(weigh(table), weigh(table.iloc[:3]))


@pytest.mark.parametrize(
    ("weigh", "table", "what"),
    [
        (entropy_weights, {"a": [0.5]}, "there are 1 sites"),
        (critic_weights, {"a": []}, "there are 0 sites"),
        (entropy_weights, {"a": [0.5, -0.5]}, "negative"),
        (entropy_weights, {"a": [0.5, 0.5], "b": [0.0, 0.0]}, "do not differ"),
        (critic_weights, {"a": [0.5, 0.5]}, "do not differ"),
        (critic_weights, {"a": [0.0, 1.0], "b": [0.2, 0.4]}, "rank them alike"),
    ],
)
def test_data_that_give_no_weights_are_refused(weigh, table, what) -> None:
    with pytest.raises(NmplanError, match=what):
        weigh(pd.DataFrame(table, dtype=float))
