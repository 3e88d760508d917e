"""What lines of public transport are called, in both languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

Names = dict[str, tuple[str, str]]
"""English and Chinese, by id."""

VEHICLES = {
    "bus": ("bus", "巴士"),
    "minibus": ("minibus", "小巴"),
    "coach": ("coach", "過境巴士"),
    "shuttle": ("shuttle", "穿梭巴士"),
    "ferry": ("ferry", "渡輪"),
}
"""What the modes of the layer `bus_lines` are called."""

PLANNED = "planned"
"""Stands for the route of a line that has no number yet."""

_BRACKETS = re.compile(r"\s*[(（][^()（）]*[)）]$")


def line_names(layers: Mapping[str, pd.DataFrame]) -> Names:
    """
    Return what lines are called: a railway by its name, a bus by what stands on it, one without a number by its ends.

    Parameters
    ----------
    layers
        By name; "transit_lines" and "bus_lines" count, as far as they are there.
    """
    names: Names = {}
    if "transit_lines" in layers:
        lines = layers["transit_lines"]
        called = zip(lines["name_en"], lines["name_zh"], strict=True)
        names |= {line: _either(*pair, line) for line, pair in zip(lines["line_id"], called, strict=True)}
    if "bus_lines" in layers:
        lines = layers["bus_lines"].drop_duplicates("line_id")
        told = lines[["route", "mode", "name_en", "name_zh", "line_id"]].fillna("").astype(str)
        names |= {row[-1]: bus_name(*row) for row in told.itertuples(index=False, name=None)}
    return names


def bus_name(route: str, mode: str, name_en: str, name_zh: str, line: str) -> tuple[str, str]:
    """
    Return what a bus line is called.

    Parameters
    ----------
    route
        What stands on the bus: a number counts for both languages, a word (or nothing) for English only.
    mode
        One of `VEHICLES`.
    name_en, name_zh
        The ends of the line.
    line
        Its id, for want of anything else.

    Examples
    --------
    >>> bus_name("B2P", "bus", "Tin Shui Wai – Shenzhen Bay", "天水圍 – 深圳灣", "b2p")
    ('B2P', 'B2P')
    >>> bus_name("75", "minibus", "Yuen Long – Lok Ma Chau", "元朗 – 落馬洲", "75")
    ('minibus 75', '小巴75')
    >>> bus_name("planned", "bus", "San Tin – Kwu Tung", "新田 – 古洞", "x")
    ('planned bus (San Tin – Kwu Tung)', '規劃中的巴士（新田 – 古洞）')
    """
    vehicle, vehicle_zh = VEHICLES.get(mode, (mode, mode))
    english, chinese = _either(name_en, name_zh, line)
    if any(sign.isdigit() for sign in route):
        return (route, route) if mode == "bus" else (f"{vehicle} {route}", f"{vehicle_zh}{route}")
    if route in {"", PLANNED}:
        planned, planned_zh = ("planned ", "規劃中的") if route else ("", "")
        return f"{planned}{vehicle} ({english})", f"{planned_zh}{vehicle_zh}（{chinese}）"
    return route, f"{vehicle_zh}（{chinese}）" if name_zh else route


def say_lines(taken: str, names: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """
    Return the lines of a journey as they are said, in English and Chinese; empty where one only walks.

    Parameters
    ----------
    taken
        Their ids with a comma between, as in `crossing_journeys`.
    names
        From `line_names`.
    """
    called = [names.get(line, (line, line)) for line in taken.split(",") if line]
    return ", ".join(name for name, _ in called), "、".join(name for _, name in called)


def _either(english: object, chinese: object, line: str) -> tuple[str, str]:
    """Return both names without what stands in brackets at the end; each stands in for the other."""
    said = ["" if pd.isna(name) else _BRACKETS.sub("", str(name)) for name in (english, chinese)]
    return said[0] or said[1] or line, said[1] or said[0] or line
