from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from measures.test_arrivals import network_of

from nmplan.measures.last_journey import END_OF_SERVICE_MIN
from nmplan.measures.last_journey import latest_minutes
from nmplan.measures.network import Legs

END = Legs(np.array([0]), np.array([2]), np.array([4.0]), 1)


def test_the_last_bus_decides_and_else_the_end_of_service() -> None:
    network = network_of(4, (0, 1, 5.0, 1380.0), (1, 2, 6.0, np.inf), (3, 2, 1.0, np.inf))
    latest, taken = latest_minutes(network, END)
    assert latest.tolist() == [1380.0, END_OF_SERVICE_MIN - 10, END_OF_SERVICE_MIN - 4, END_OF_SERVICE_MIN - 5]
    assert taken.tolist() == [0, 1, -1, 2]


links = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0, 20), st.floats(1000, 1500)), min_size=1, max_size=25
)


@settings(max_examples=60, deadline=None)
@given(links)
def test_the_latest_minutes_are_those_of_trying_every_link(drawn: list) -> None:
    network = network_of(6, *drawn)
    latest, _ = latest_minutes(network, END)
    best = np.full(6, -np.inf)
    best[2] = END_OF_SERVICE_MIN - 4
    for _ in range(8):
        for start, end, minutes, last in drawn:
            best[start] = max(best[start], min(best[end] - minutes, last))
    np.testing.assert_allclose(latest, best)
