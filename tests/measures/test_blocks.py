from __future__ import annotations

import pandas as pd
import pytest

from nmplan.measures.blocks import rows_at_once
from nmplan.measures.blocks import site_by_site
from nmplan.measures.blocks import tell_nobody


def test_a_block_holds_at_least_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nmplan.measures.blocks.BLOCK_NUMBERS", 100)
    assert [rows_at_once(columns) for columns in (0, 1, 30, 100, 101)] == [100, 100, 3, 1, 1]


@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
def test_places_are_measured_in_their_order_and_progress_is_told(
    points, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("nmplan.measures.blocks.SITES_AT_ONCE", at_once)
    places = points((5, 0), (1, 0), (9, 0)).set_axis(["b", "a", "c"])
    told = []
    found = site_by_site(lambda some: some.x.rename("x"), places, "x", lambda *news: told.append(news))
    pd.testing.assert_frame_equal(found, places.x.rename("x").to_frame())
    assert told[-1] == ("x", 3, 3)
    assert len(told) == -(-3 // at_once)


def test_no_places_give_an_empty_table_with_its_columns(points) -> None:
    found = site_by_site(lambda some: some.x.rename("x"), points((0, 0)).iloc[:0], "x", tell_nobody)
    assert list(found) == ["x"]
    assert found.empty
