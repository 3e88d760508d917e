"""The travel model against published times, as bench/published_times.py compares them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

    import pandas as pd

TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("published_times", TOP / "bench" / "published_times.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def table(bench: ModuleType) -> pd.DataFrame:
    return bench.compare()


def test_seven_in_ten_independent_times_are_near(table: pd.DataFrame) -> None:
    own = table[table["input"].eq("no")]
    assert len(own) >= 10
    assert own["near"].mean() >= 0.7
    assert own["modelled"].notna().all()


def test_what_fed_a_table_and_what_was_promised_comes_out_again(table: pd.DataFrame) -> None:
    fed = table[table["input"].eq("yes")]
    assert fed["near"].all(), fed.loc[~fed["near"], ["what", "minutes", "modelled"]]


def test_every_miss_has_its_explanation_and_every_row_its_source(table: pd.DataFrame) -> None:
    assert table.loc[~table["near"], "remark"].ne("").all()
    assert table["source"].ne("").all()


def test_the_page_shows_what_the_model_says_today(bench: ModuleType) -> None:
    page = (TOP / "docs" / "method.md").read_text(encoding="utf-8")
    shown = page.split(bench.BEGIN)[1].split(bench.END)[0].strip()
    assert shown == bench.markdown(), "run: python bench/published_times.py docs/method.md"
