"""A run killed at random moments leaves no half-written file, and the rerun equals an undisturbed one."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import rasterio
from quick import quick_study

COMMAND = [sys.executable, "-m", "nmplan", "run"]


def run_whole(root: Path) -> None:
    subprocess.run(COMMAND, cwd=root, check=True, capture_output=True)


def contents(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.endswith((".manifest.json", ".lock"))
    }


def assert_whole(root: Path) -> None:
    """Read every file that has its final name."""
    for path in root.rglob("*"):
        if path.name.startswith(".partial-"):
            continue
        if path.suffix == ".parquet":
            pd.read_parquet(path)
        elif path.suffix == ".tif":
            with rasterio.open(path) as raster:
                raster.read(1)
        elif path.suffix == ".html":
            assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_run_loses_nothing(tmp_path: Path, seed: int) -> None:
    undisturbed, disturbed = tmp_path / "a", tmp_path / "b"
    for root in (undisturbed, disturbed):
        root.mkdir()
        (root / "study.toml").write_text(quick_study(), encoding="utf-8")
    started = time.monotonic()
    run_whole(undisturbed)
    length = time.monotonic() - started
    chance = random.Random(seed)  # noqa: S311
    for _ in range(5):
        running = subprocess.Popen(COMMAND, cwd=disturbed, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.2, 0.9) * length / 3)
        running.send_signal(signal.SIGKILL)
        running.wait()
        assert_whole(disturbed)
    run_whole(disturbed)
    assert contents(disturbed) == contents(undisturbed)
