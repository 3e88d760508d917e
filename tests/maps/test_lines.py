from __future__ import annotations

import pandas as pd
import pytest

from nmplan.maps.lines import bus_name
from nmplan.maps.lines import line_names
from nmplan.maps.lines import say_lines


@pytest.mark.parametrize(
    ("route", "mode", "wanted"),
    [
        ("B2P", "bus", ("B2P", "B2P")),
        ("75", "minibus", ("minibus 75", "小巴75")),
        ("Yellow Bus", "shuttle", ("Yellow Bus", "穿梭巴士（新田 – 皇崗）")),
        ("planned", "minibus", ("planned minibus (San Tin – Huanggang)", "規劃中的小巴（新田 – 皇崗）")),
        ("", "ferry", ("ferry (San Tin – Huanggang)", "渡輪（新田 – 皇崗）")),
    ],
)
def test_a_bus_is_called_by_what_stands_on_it_or_else_by_its_ends(
    route: str, mode: str, wanted: tuple[str, str]
) -> None:
    assert bus_name(route, mode, "San Tin – Huanggang", "新田 – 皇崗", "x") == wanted


def test_a_railway_is_called_by_its_name_without_its_brackets() -> None:
    lines = pd.DataFrame({"line_id": ["wrl", "x"], "name_en": ["Western Link (Hung Shui Kiu–Qianhai)", ""]})
    names = line_names({"transit_lines": lines.assign(name_zh=["西部鐵路（洪水橋至前海）", ""])})
    assert names == {"wrl": ("Western Link", "西部鐵路"), "x": ("x", "x")}


def test_lines_are_said_in_both_languages_and_unknown_ones_by_id() -> None:
    names = {"lr": ("Light Rail", "輕鐵"), "b2p": ("B2P", "B2P")}
    assert say_lines("lr,b2p,zz", names) == ("Light Rail, B2P, zz", "輕鐵、B2P、zz")
    assert say_lines("", names) == ("", "")
