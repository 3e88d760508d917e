"""A small study as text, and a way to spoil one line of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STUDY = """
[study]
id = "trial"
name_en = "A trial"
name_zh = "試驗"
data_date = 2026-01-31
caveat_en = "For tests."
caveat_zh = "供測試。"

[layers]
areas = { adapter = "reference" }
zoning = { adapter = "file", path = "zones.gpkg", crs = "EPSG:2326" }

[sites]
from = "zoning"
zones = ["industrial", "business"]
target_ha = 2
minimum_ha = 0.5

[travel]
goods_cap_kph = 70
access_kph = 20
detour = 1.3
walk_kph = 4.5
bus_kph = 15
bus_wait_min = 6
[travel.speeds_kph]
primary = 48

[supply]
half_life_min = 120
half_enough = 20

[talent]
half_life_min = 35

[scenarios.today]
name_en = "Today"
name_zh = "現況"
year = 2026
time_of_day = "10:00"

[tenants.chips]
name_en = "Chips"
name_zh = "晶片"
chain = "data-centres"
permitted_zones = ["industrial"]
criteria = [
  { measure = "supply_access", weight = 3, value = { shape = "linear", worst = 0, best = 1 } },
  { measure = "boundary_m", weight = 1, value = { shape = "linear", worst = 9000, best = 0 } },
]
constraints = [
  { measure = "area_ha", at_least = 1.5, reason_en = "Small", reason_zh = "太小" },
]

[clusters]
threshold = 60
gap_m = 40
minimum_ha = 6
"""


@pytest.fixture(scope="session")
def study_text() -> str:
    return STUDY


@pytest.fixture(scope="session")
def spoiled() -> Callable[..., str]:
    """Return the study with one passage replaced; the passage must stand in it exactly once."""

    def spoil(*changes: tuple[str, str]) -> str:
        text = STUDY
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return text

    return spoil


@pytest.fixture
def write_study(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "trial.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write
