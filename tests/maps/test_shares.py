from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmplan.maps.shares import LOOKS
from nmplan.maps.shares import draw_shares
from nmplan.maps.shares import printed_shares
from nmplan.words import JURISDICTIONS


@pytest.mark.parametrize(
    ("shares", "printed"),
    [
        ([0.361, 0.4504, 0.1886, 0.0], [36, 45, 19, 0]),
        ([1 / 3, 1 / 3, 1 / 3, 0.0], [34, 33, 33, 0]),
        ([0.005, 0.005, 0.99, 0.0], [1, 0, 99, 0]),
        ([1.0, 0.0, 0.0, 0.0], [100, 0, 0, 0]),
    ],
)
def test_the_largest_remainders_are_rounded_up(shares: list[float], printed: list[int]) -> None:
    assert printed_shares(shares) == printed


@given(st.lists(st.integers(0, 10_000), min_size=4, max_size=4).filter(sum))
def test_printed_shares_add_up_and_are_off_by_less_than_one(parts: list[int]) -> None:
    shares = [part / sum(parts) for part in parts]
    printed = printed_shares(shares)
    assert sum(printed) == 100
    assert all(abs(one - share * 100) < 1 + 1e-9 for one, share in zip(printed, shares, strict=True))


@pytest.mark.parametrize(("beyond", "told"), [(0.0, "Beyond –<"), (0.25, "Beyond<")])
def test_where_nobody_beyond_is_listed_the_key_has_a_dash(beyond: float, told: str) -> None:
    rows = [({"en": "Chips", "zh": "芯片"}, [0.75 - beyond, 0.25, 0.0, beyond])]
    assert told in draw_shares(rows, {"en": "Here", "zh": "此處"}, width=424)


def test_bars_are_as_long_as_shares_and_forms_differ() -> None:
    picture = draw_shares(
        [({"en": "<Chips>", "zh": "芯片"}, [0.5, 0.25, 0.25, 0.0])], {"en": "Here", "zh": "此處"}, width=424
    )
    widths = [float(width) for width in re.findall(r'width="([\d.]+)" height="16"', picture)]
    assert widths == [200, 100, 100]
    assert "&lt;Chips&gt;" in picture
    assert 'aria-label="Here 此處"' in picture
    assert "50%" in picture
    assert len({look.split(" stroke")[0] for look in LOOKS}) == len(LOOKS) == len(JURISDICTIONS)
