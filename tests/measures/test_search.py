from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from nmplan.measures import search
from nmplan.measures.network import Legs
from nmplan.measures.network import Link
from nmplan.measures.network import Network
from nmplan.measures.network import shortest_minutes


def ring(nodes: int = 40) -> Network:
    """A one-way ring, a minute a link, and an island of two nodes."""
    start = np.array([*range(nodes), nodes])
    end = np.array([*((np.arange(nodes) + 1) % nodes), nodes + 1])
    links = np.empty(len(start), dtype=object)
    links[:] = [Link("road")] * len(start)
    names = [str(i) for i in range(nodes + 2)]
    return Network(names, np.zeros((nodes + 2, 2)), start, end, np.ones(len(start)), links)


def every(network: Network) -> Legs:
    count = len(network.names)
    return Legs(np.arange(count), np.arange(count), np.zeros(count), count)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Let the smallest work be shared by three processes, and keep what was started."""
    monkeypatch.setattr(search, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr(search, "_processors", lambda: 3)
    commands: list[list[str]] = []
    start = subprocess.Popen

    def spy(command: list[str], **how: object) -> subprocess.Popen[bytes]:
        commands.append(command)
        return start(command, **how)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(search.subprocess, "Popen", spy)
    return commands


def by_hand(network: Network) -> np.ndarray:
    nodes = len(network.names) - 2
    away = np.full((nodes + 2, nodes + 2), np.nan)
    away[:nodes, :nodes] = (np.arange(nodes)[None, :] - np.arange(nodes)[:, None]) % nodes
    away[nodes, nodes], away[nodes + 1, nodes + 1], away[nodes, nodes + 1] = 0, 0, 1
    return away


def test_several_processes_find_what_one_finds(started: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    network = ring()
    shared = shortest_minutes(network, every(network), every(network))
    assert len(started) == 2  # and a share of its own
    monkeypatch.setattr(search, "WORTH_A_PROCESS", 10**9)
    alone = shortest_minutes(network, every(network), every(network))
    assert len(started) == 2
    np.testing.assert_array_equal(shared, alone)
    np.testing.assert_allclose(shared, by_hand(network), atol=1e-6)


@pytest.mark.parametrize("executable", [sys.executable, "/no/such/python", ""])
def test_where_no_process_can_be_started_or_one_fails_the_work_is_done_all_the_same(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch, executable: str
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    monkeypatch.setattr(search, "__file__", "/no/such/file.py")
    network = ring()
    np.testing.assert_allclose(shortest_minutes(network, every(network), every(network)), by_hand(network), atol=1e-6)
    assert len(started) == (2 if executable else 0)


def test_dijkstras_table_is_held_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "BLOCK_NUMBERS", 100)  # one source of 42 + 42 nodes at a time
    sizes: list[int] = []
    run = search.dijkstra

    def spy(graph: object, *, indices: np.ndarray) -> np.ndarray:
        sizes.append(len(indices))
        return run(graph, indices=indices)

    monkeypatch.setattr(search, "dijkstra", spy)
    network = ring()
    np.testing.assert_allclose(shortest_minutes(network, every(network), every(network)), by_hand(network), atol=1e-6)
    assert sizes == [1] * 42


def test_one_point_with_legs_to_all_ends_gives_the_nearest() -> None:
    network = ring()
    ends = Legs(np.zeros(2, dtype=int), np.array([5, 20]), np.array([3.0, 0.0]), 1)
    found = shortest_minutes(network, every(network), ends)[:, 0]
    # from node 6 it is 14 on to node 20; from node 4 one to node 5 and its leg of 3; from 38, 2 + 5 + 3
    assert found[[6, 4, 38]].tolist() == pytest.approx([14, 4, 10])
