"""
Least minutes from a few sources to many places, over processes where that is worth their start.

Threads do not help: SciPy's Dijkstra holds the interpreter's lock. The processes are fresh interpreters that run this
file, so that nothing is forked and no script that calls us is run again; this file imports nothing of the package.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORTH_A_PROCESS = 8_000_000
"""Sources times nodes that one process works on for about a second, longer than another one takes to start."""

BLOCK_NUMBERS = 4_000_000
"""Numbers of Dijkstra's table held at once: 32 MB."""


class Ends(NamedTuple):
    """Legs sorted by place: the node each starts from, its minutes, and where the legs of each place begin."""

    node: NDArray[np.int64]
    minutes: NDArray[np.float64]
    first: NDArray[np.int64]


def least_minutes(graph: csr_array[np.float64], sources: NDArray[np.int64], ends: Ends) -> NDArray[np.float64]:
    """
    Return the least minutes from each source to each place; the same numbers however many processes there are.

    Parameters
    ----------
    graph
        Minutes of the links, shape (nodes, nodes).
    sources
        Nodes to start from.
    ends
        How places hang on the nodes.

    Returns
    -------
    numpy.ndarray
        Shape (sources, places), infinite where there is no way.
    """
    shares = min(_processors(), len(sources) * graph.shape[0] // WORTH_A_PROCESS)
    if shares < 2 or not sys.executable:  # noqa: PLR2004  (two processes are the fewest that share)
        return _rows(graph, sources, ends)
    own, *others = np.array_split(sources, shares)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables = {"data": graph.data, "indices": graph.indices, "indptr": graph.indptr, **ends._asdict()}
        for table, numbers in tables.items():
            np.save(folder / f"{table}.npy", numbers)
        running = [_start(folder, number, share) for number, share in enumerate(others)]
        found = [_rows(graph, own, ends)]
        for number, (process, share) in enumerate(zip(running, others, strict=True)):
            done = process is not None and process.wait() == 0
            found.append(np.load(_result(folder, number)) if done else _rows(graph, share, ends))
    return np.concatenate(found)


def _processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _result(folder: Path, number: int) -> Path:
    return folder / f"found-{number}.npy"


def _start(folder: Path, number: int, sources: NDArray[np.int64]) -> subprocess.Popen[bytes] | None:
    """Start a process on a share of the sources; None where none can be started."""
    np.save(folder / f"sources-{number}.npy", sources)
    # -P: the folder of this file is no place to import from
    command = [sys.executable, "-P", __file__, str(folder), str(number)]
    try:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    except OSError:
        return None


def _rows(graph: csr_array[np.float64], sources: NDArray[np.int64], ends: Ends) -> NDArray[np.float64]:
    """Run from a block of sources at a time; of each row only the least to each place is kept."""
    found = np.empty((len(sources), len(ends.first)))
    block = max(1, BLOCK_NUMBERS // graph.shape[0])
    for begin in range(0, len(sources), block):
        for row, reached in enumerate(dijkstra(graph, indices=sources[begin : begin + block]), begin):
            found[row] = np.minimum.reduceat(reached[ends.node] + ends.minutes, ends.first)
    return found


def _work(folder: Path, number: int) -> None:
    """Do a share in a process of its own."""
    names = ("data", "indices", "indptr", "node", "minutes", "first")
    data, indices, indptr, *ends = (np.load(folder / f"{name}.npy") for name in names)
    graph = csr_array((data, indices, indptr), shape=(len(indptr) - 1,) * 2)
    np.save(_result(folder, number), _rows(graph, np.load(folder / f"sources-{number}.npy"), Ends(*ends)))


if __name__ == "__main__":
    _work(Path(sys.argv[1]), int(sys.argv[2]))
