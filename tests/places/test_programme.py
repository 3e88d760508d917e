"""Integer programmes: the best under limits, and which limits contradict each other."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.places import programme
from nmplan.places.programme import INFEASIBLE
from nmplan.places.programme import OPTIMAL
from nmplan.places.programme import contradictions
from nmplan.places.programme import limit
from nmplan.places.programme import maximise

EXACT = {"time_limit_s": 30.0, "relative_gap": 0.0}
PROPERTY = settings(deadline=None, derandomize=True, max_examples=40)


def keys(groups: list[list[programme.Limit]]) -> list[list[str]]:
    return [[each.key for each in group] for group in groups]


def test_the_best_under_a_limit() -> None:
    # 5 + 4 weigh 7 and fit under 7; 5 + 6 would weigh 9
    found = maximise(np.array([5.0, 4.0, 6.0]), [limit("land", "at most", [3, 4, 6], 7)], **EXACT)
    assert found.status == OPTIMAL
    assert found.chosen.tolist() == [True, True, False]
    assert (found.objective, found.gap) == (9.0, pytest.approx(0))


@PROPERTY
@given(
    st.lists(st.tuples(st.integers(-5, 9), st.integers(0, 9), st.integers(-4, 4)), min_size=1, max_size=7),
    st.integers(0, 20),
    st.integers(-5, 5),
)
def test_no_choice_is_better(items: list[tuple[int, int, int]], most: int, least: int) -> None:
    worth, weight, other = (np.array(column, dtype=float) for column in zip(*items, strict=True))
    held = [limit("a", "at most", weight, most), limit("b", "at least", other, least)]
    found = maximise(worth, held, **EXACT)
    fits = [x for x in product([0, 1], repeat=len(worth)) if weight @ x <= most and other @ x >= least]
    assert (found.status == INFEASIBLE) == (not fits)
    if fits:
        assert found.objective == pytest.approx(max(worth @ x for x in fits))


def test_nothing_to_choose_from() -> None:
    nothing = np.zeros(0)
    assert maximise(nothing, [limit("a", "at least", nothing, 0)], **EXACT).status == OPTIMAL
    assert maximise(nothing, [limit("a", "at least", nothing, 1)], **EXACT).status == INFEASIBLE


def test_time_limit_and_gap_are_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    given_options = {}
    true = programme.milp

    def spy(*args, options, **words):
        given_options.update(options)
        return true(*args, options=options, **words)

    monkeypatch.setattr(programme, "milp", spy)
    maximise(np.ones(2), [], time_limit_s=7.5, relative_gap=0.125)
    assert given_options == {"time_limit": 7.5, "mip_rel_gap": 0.125}


def test_what_the_clock_cut_short_says_so_with_its_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    class Cut:
        status, x, mip_dual_bound = 1, np.array([1.0, 0.0, 1.0]), -12.0

    monkeypatch.setattr(programme, "milp", lambda *_, **__: Cut)
    found = maximise(np.array([10.0, 5.0]), [], **EXACT)
    assert (found.status, found.objective, found.bound) == ("time limit", 10.0, 12.0)
    assert found.gap == pytest.approx(0.2)
    Cut.x = None
    assert maximise(np.ones(2), [], **EXACT).status == "time limit, nothing found"


def test_a_best_of_nothing_has_no_gap() -> None:
    found = maximise(-np.ones(3), [], time_limit_s=30, relative_gap=0.01, beside=100)
    assert (found.objective, found.gap) == (0.0, 0.0)


def test_limits_that_contradict_each_other_are_named_and_no_others() -> None:
    held = [
        limit("", "at most", [1, 1, 0], 1),
        limit("most", "at most", [1, 1, 1], 1),
        limit("harmless", "at most", [0, 0, 1], 5),
        limit("least", "at least", [1, 1, 1], 2),
    ]
    assert keys(contradictions(held, time_limit_s=30)) == [["most", "least"]]
    assert contradictions(held[:3], time_limit_s=30) == []


def test_every_contradiction_is_told() -> None:
    held = [limit("a", "at least", [1, 0], 3), limit("b", "at least", [0, 1], 2), limit("c", "at most", [1, 1], 2)]
    assert sorted(keys(contradictions(held, time_limit_s=30))) == [["a"], ["b"]]
