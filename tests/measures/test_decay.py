from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmplan.measures.decay import decay


def test_the_just_in_time_supplier_of_the_literature() -> None:
    # flat to 60 min, then halved every 30: 0.5 at 90, 0.25 at 120 (Klier & Rubenstein 2008, as in docs/method.md)
    assert decay([0, 60, 90, 120], 30, 60).tolist() == pytest.approx([1, 1, 0.5, 0.25])


def test_what_cannot_be_reached_weighs_nothing() -> None:
    assert decay([np.nan], 30).tolist() == [0.0]


@given(st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0.1, 500), st.floats(0, 500))
def test_further_never_weighs_more_and_half_lives_halve(
    near: float, more: float, half_life: float, plateau: float
) -> None:
    first, second = decay([near, near + more], half_life, plateau)
    assert 0 <= second <= first <= 1
    beyond = plateau + near
    assert decay([beyond + half_life], half_life, plateau)[0] == pytest.approx(
        decay([beyond], half_life, plateau)[0] / 2
    )
