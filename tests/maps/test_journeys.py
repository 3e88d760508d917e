from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pytest

from nmplan.maps.journeys import with_journeys
from nmplan.maps.quantise import MISSING
from nmplan.maps.quantise import unpack_column

if TYPE_CHECKING:
    from nmplan.maps.material import Material


@pytest.fixture(scope="module")
def told(boundary: Material) -> dict[str, Any]:
    return with_journeys(boundary.payload, boundary)


def test_minutes_are_the_tables_in_tenths(boundary: Material, told: dict[str, Any]) -> None:
    for scenario in told["scenarios"]:
        table = boundary.tables[scenario["id"]]["crossing_journeys"]
        for way in scenario["journeys"]["ways"]:
            hall = told["halls"][way["hall"]]["id"]
            own = table[
                table["crossing_id"].eq(hall) & table["mode"].eq(way["mode"]) & table["permit"].eq(way["permit"])
            ]
            minutes = own.set_index("parcel_id")["total_min"].reindex(told["sites"]["id"]).to_numpy(dtype=float)
            tenths = unpack_column(told["columns"], way["total"]).astype(float)
            np.testing.assert_allclose(np.where(tenths == MISSING, np.nan, tenths / 10), minutes, atol=0.05 + 1e-9)
            assert way["clearance"] == own["clearance_min"].iloc[0]


def test_lines_stand_once_in_words_and_who_walks_has_none(told: dict[str, Any]) -> None:
    transit = told["scenarios"][0]["journeys"]["ways"][0]
    lines = unpack_column(told["columns"], transit["lines"])
    assert lines[:3].tolist() == [MISSING, MISSING, 0]
    assert told["taken"] == [{"en": "Northern Link, minibus 75", "zh": "北環綫、小巴75"}]


def test_what_is_closed_is_told_by_mode_and_year(told: dict[str, Any]) -> None:
    halls = [one["id"] for one in told["halls"]]
    assert [hall["zh"] for hall in told["halls"]] == ["落馬洲", "新口岸"]
    closed = [one["journeys"]["closed"] for one in told["scenarios"]]
    assert closed == [{"transit": [halls.index("new")], "car": []}, {"transit": [], "car": []}]
    ways = [(one["mode"], one["permit"]) for one in told["scenarios"][0]["journeys"]["ways"]]
    assert ways == [("transit", ""), ("car", "closed-road"), ("car", "none")]


def test_the_same_column_travels_once_and_the_payload_is_not_changed(boundary: Material, told: dict[str, Any]) -> None:
    first, second = (one["journeys"]["ways"] for one in told["scenarios"])
    assert [way["total"] for way in first] == [way["total"] for way in second]
    assert len(told["columns"]) == len(boundary.payload["columns"]) + 4
    assert "halls" not in boundary.payload


def test_without_the_table_nothing_is_told(boundary: Material) -> None:
    told = with_journeys(boundary.payload, replace(boundary, tables={}, layers={}))
    assert [one["journeys"] for one in told["scenarios"]] == [None, None]
    assert told["halls"] == told["taken"] == []
