"""Weights: normalised, refused by name where they make no sense, and stressed by a reader."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.errors import NmplanError
from nmplan.scores.weights import emphasise
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
