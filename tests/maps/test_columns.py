from __future__ import annotations

import numpy as np

from nmplan.maps.columns import Columns
from nmplan.maps.quantise import MISSING
from nmplan.maps.quantise import unpack_column


def test_a_column_stands_once_in_whole_steps() -> None:
    columns = Columns()
    first = columns.add([0.25, 0.5, np.nan], steps=100)
    assert columns.add(np.array([25.0, 50.0, np.inf])) == first
    assert columns.add([1, 2, 3]) == first + 1
    assert len(columns.packed) == 2
    assert unpack_column(columns.packed, first).tolist() == [25, 50, MISSING]


def test_a_column_that_leans_on_another_comes_back_whole() -> None:
    columns = Columns()
    first = columns.add(np.arange(500) % 7)
    second = columns.add(np.arange(500) % 7 + (np.arange(500) == 9), like=(first, None))
    assert unpack_column(columns.packed, second).tolist() == [n % 7 + (n == 9) for n in range(500)]
