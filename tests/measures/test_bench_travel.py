"""Our times equal every peer's, as bench/travel.py compares them, in a small town."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


@pytest.fixture(scope="module")
def bench() -> Iterator[ModuleType]:
    path = Path(__file__).parents[2] / "bench" / "travel.py"
    spec = importlib.util.spec_from_file_location("bench_travel", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_travel"] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    yield module
    del sys.modules["bench_travel"]


def test_the_town_has_one_way_streets_and_streets_laid_twice(bench: ModuleType) -> None:
    network = bench.build_town(side=12).network
    pairs = list(zip(network.start.tolist(), network.end.tolist(), strict=True))
    assert len(set(pairs)) < len(pairs)
    assert any((end, start) not in set(pairs) for start, end in pairs)


def test_many_to_few_and_sites_to_suppliers_equal_every_peer(bench: ModuleType) -> None:
    town = bench.build_town(side=12)
    every = np.arange(144)
    for origins, ends in ((every, town.crossings), (town.junctions(60), town.junctions(20))):
        rows = bench.matrix_job(town, origins, ends, (7, 3))
        assert [row.label.split(",")[0] for row in rows[:5]] == ["nmplan", "nmplan", "SciPy", "SciPy", "NetworkX"]
        assert max(bench.differences(rows)) < 1e-6


def test_nearest_only_and_links_of_a_graph_equal_their_peers(bench: ModuleType) -> None:
    town = bench.build_town(side=12)
    assert max(bench.differences(bench.nearest_job(town))) < 1e-6
    assert max(bench.differences(bench.graph_job(town))) == 0


def test_a_difference_or_another_reach_is_told(bench: ModuleType) -> None:
    ours = bench.Timed("ours", 1.0, np.array([1.0, np.nan, 3.0]))
    off = bench.Timed("off", 1.0, np.array([1.0, np.inf, 3.5]))
    lost = bench.Timed("lost", 1.0, np.array([np.inf, np.inf, 3.0]))
    assert bench.differences([ours, off, lost]) == [0, 0.5, np.inf]


def test_gravity_does_not_depend_on_how_many_suppliers_are_held(bench: ModuleType) -> None:
    whole, parts = (bench.gravity(bench.build_town(side=12), 50, 30, at_once) for at_once in (30, 7))
    np.testing.assert_allclose(parts, whole, rtol=1e-12)
    assert whole.max() > 1
