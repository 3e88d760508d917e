from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import pytest
import shapely

from nmplan.layers.blocks import DOUBLE_M
from nmplan.layers.blocks import REACH_M
from nmplan.layers.blocks import cut_part
from nmplan.layers.blocks import split_by_roads

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET_M2, MINIMUM_M2 = 18_000, 5_000


def sides(box: Callable[..., Any], *roads: Any) -> list[float]:
    """Areas of the sides of a 400 m by 200 m part, hectares, largest first."""
    return sorted((round(side.area / 1e4, 2) for side in split_by_roads(box(0, 0, 400, 200), roads)), reverse=True)


def test_no_road_leaves_the_part_as_it_is(box: Callable[..., Any]) -> None:
    part = box(0, 0, 400, 200)
    assert split_by_roads(part, []) == [part]


def test_a_road_right_through_splits(box: Callable[..., Any], line: Callable[..., Any]) -> None:
    # at 100 m of 400 m: 2 ha and 6 ha
    assert sides(box, line((100, -50), (100, 250))) == [6, 2]


def test_a_dead_end_does_not_split(box: Callable[..., Any], line: Callable[..., Any]) -> None:
    assert sides(box, line((100, -50), (100, 200 - REACH_M - 2))) == [8]


def test_a_road_that_nearly_reaches_the_outline_goes_on_to_it(
    box: Callable[..., Any], line: Callable[..., Any]
) -> None:
    assert sides(box, line((100, -50), (100, 200 - REACH_M + 2))) == [6, 2]


def test_a_road_that_nearly_reaches_another_goes_on_to_it(box: Callable[..., Any], line: Callable[..., Any]) -> None:
    # the side street ends 10 m short of the main road at x = 100: 200 m by 100 m twice over, and 2 ha beyond
    main, side = line((100, -50), (100, 250)), line((450, 100), (110, 100))
    assert sides(box, main, side) == [3, 3, 2]


def test_a_street_with_bends_in_pieces_splits_once(box: Callable[..., Any], line: Callable[..., Any]) -> None:
    assert sides(box, line((100, -50), (100, 60)), line((100, 60), (100, 130)), line((100, 130), (100, 250))) == [6, 2]


def test_a_ring_road_splits_what_it_encloses(box: Callable[..., Any], line: Callable[..., Any]) -> None:
    ring = line((100, 50), (200, 50), (200, 150), (100, 150), (100, 50))
    assert sides(box, ring) == [7, 1]


def test_a_road_elsewhere_or_along_the_outside_does_nothing(box: Callable[..., Any], line: Callable[..., Any]) -> None:
    assert sides(box, line((500, 0), (500, 300)), line((-20, 202), (420, 202))) == [8]


@pytest.mark.parametrize("gap", [0.0, 0.3, 4.0, 15.0, DOUBLE_M - 1])
@pytest.mark.parametrize("back", [False, True])
def test_both_carriageways_count_once(
    box: Callable[..., Any],
    line: Callable[..., Any],
    gap: float,
    back: bool,  # noqa: FBT001
) -> None:
    one, other = line((200, -50), (200, 250)), line((200 + gap, -50), (200 + gap, 250))
    blocks = cut_part(box(0, 0, 400, 200), [one, other.reverse() if back else other], TARGET_M2, MINIMUM_M2)
    # two sides of 4 ha, each of two blocks; no strip between the carriageways
    assert len(blocks) == 4
    assert min(block.area for block in blocks) > 15_000


def test_a_strip_that_widens_at_a_junction_is_no_side_of_its_own(
    box: Callable[..., Any], line: Callable[..., Any]
) -> None:
    # carriageways 20 m apart part for the last 60 m as slip roads do: 1.2 ha in all, enough for a site, but no site
    slip = line((0, 0), (400, 0), (480, 50), (480, 300))
    part = box(0, -200, 480, 400)
    blocks = cut_part(part, [line((-5, -20), (485, -20)), slip], TARGET_M2, MINIMUM_M2)
    assert all(block.buffer(-15).buffer(15).area > block.area / 2 for block in blocks)


def test_a_road_along_the_outline_leaves_no_sliver(box: Callable[..., Any], line: Callable[..., Any]) -> None:
    wavering = line(*((x, 6 + (x % 80) / 10) for x in range(-20, 440, 20)))
    alone = cut_part(box(0, 0, 400, 200), [], TARGET_M2, MINIMUM_M2)
    beside = cut_part(box(0, 0, 400, 200), [wavering], TARGET_M2, MINIMUM_M2)
    assert len(beside) == len(alone) == 4
    assert min(block.area for block in beside) >= MINIMUM_M2


def test_what_is_too_small_joins_its_own_side_of_the_road(box: Callable[..., Any], line: Callable[..., Any]) -> None:
    # the slanting road leaves wedges in the grids of both sides
    part, road = box(0, 0, 400, 200), line((60, -50), (260, 250))
    west, east = sorted(split_by_roads(part, [road]), key=lambda side: side.centroid.x)
    blocks = cut_part(part, [road], TARGET_M2, MINIMUM_M2)
    assert len(blocks) >= 4
    for block in blocks:
        assert min(block.intersection(west).area, block.intersection(east).area) < 0.01


def test_a_side_below_the_minimum_joins_across_the_road(box: Callable[..., Any], line: Callable[..., Any]) -> None:
    # 20 m by 200 m beyond the road are 0.4 ha, too little for a site
    blocks = cut_part(box(0, 0, 400, 200), [line((380, -50), (380, 250))], TARGET_M2, MINIMUM_M2)
    assert sum(block.area for block in blocks) == pytest.approx(80_000, rel=1e-9)
    assert min(block.area for block in blocks) > MINIMUM_M2
    assert len(blocks) == 4


def test_copies_that_differ_by_centimetres_leave_nothing_between_them(
    box: Callable[..., Any], line: Callable[..., Any]
) -> None:
    copies = [line((100 + 0.01 * n, -50), (100 - 0.01 * n, 250)) for n in range(8)]
    assert sides(box, *copies) == [6, 2]


def test_empty_and_many_part_roads_are_taken_as_they_come(box: Callable[..., Any], line: Callable[..., Any]) -> None:
    both = shapely.MultiLineString([line((100, -50), (100, 250)), line((300, -50), (300, 250))])
    assert sides(box, shapely.LineString(), both) == [4, 2, 2]
