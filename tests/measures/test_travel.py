from __future__ import annotations

import numpy as np
import pytest

from nmplan.measures.drive import Roads
from nmplan.measures.drive import road_network
from nmplan.measures.speeds import Speeds
from nmplan.measures.travel import Travel


@pytest.fixture
def travel(roads: Roads, crossings, services, speeds: Speeds) -> Travel:
    people = road_network(roads, crossings, services, speeds)
    goods = road_network(
        roads, crossings, services.assign(clearance_min=[60.0, 90.0]), speeds, cap_kph=speeds.goods_cap_kph
    )
    return Travel(roads, speeds, {"car": people, "goods": goods})


def test_a_drive_has_access_road_crossing_and_egress(travel: Travel, points) -> None:
    # 200 m to the road (2 min), 4 km + 1.9 km, 20 min, 3.9 km, 100 m from the road (1 min)
    assert travel.minutes("car", points((4000, -2200)), points((100, 4000)))[0, 0] == pytest.approx(
        2 + 5.9 + 20 + 3.9 + 1
    )


def test_goods_are_capped_and_clear_longer(travel: Travel, points) -> None:
    # 30 km/h halves the speed on the road: 5.9 km take 11.8 min, 3.9 km take 7.8
    assert travel.minutes("goods", points((4000, -2200)), points((100, 4000)))[0, 0] == pytest.approx(
        2 + 11.8 + 60 + 7.8 + 1
    )


def test_the_way_back_is_another_journey(travel: Travel, points) -> None:
    there, back = points((4000, -2200)), points((100, 4000))
    assert travel.minutes("car", back, there)[0, 0] - travel.minutes("car", there, back)[0, 0] == pytest.approx(10)


def test_what_cannot_be_reached_is_nan_never_zero(travel: Travel, points) -> None:
    # from the end of the one-way road nothing leads back, except on foot to the road: 20 km and more
    far = travel.minutes("car", points((400_000, -2000)), points((0, 4000)))
    assert np.isnan(far).all() or far[0, 0] > 1000
    assert np.isnan(travel.minutes("transit", points((0, -200)), points((0, 4000)))).all()


@pytest.mark.parametrize(("size", "parts"), [(1, 3), (30, 2), (1_000, 1)])
def test_minutes_by_block_equal_those_at_once(
    travel: Travel, points, monkeypatch: pytest.MonkeyPatch, size: int, parts: int
) -> None:
    monkeypatch.setattr("nmplan.measures.blocks.BLOCK_NUMBERS", size)
    works, sites = points((100, 4000), (0, 3000), (50, 4500)), points((4000, -2200), (0, -300), (9000, -1000))
    blocks = list(travel.minutes_by_block("goods", works, sites))
    assert np.vstack(blocks) == pytest.approx(travel.minutes("goods", works, sites), nan_ok=True)
    assert len(blocks) == parts
