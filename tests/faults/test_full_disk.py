"""A disk that is full, or a limit on the size of files, is told; nothing half-written stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are set by a POSIX shell")
def test_a_file_that_cannot_be_finished_is_told_and_removed(tmp_path: Path) -> None:
    # 30 blocks of 1,024 bytes: small layers fit, zoning does not
    command = f"ulimit -f 30; exec '{sys.executable}' -m nmplan run --until layers"
    told = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "layers: zoning: cannot be written" in told.stderr
    assert "Make room" in told.stderr
    assert "Traceback" not in told.stderr
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"]
    assert not [path for path in written if path.name.startswith(".partial-")]
    for path in written:
        if path.suffix == ".parquet":
            pd.read_parquet(path)
    room = subprocess.run([sys.executable, "-m", "nmplan", "run", "--until", "layers"], cwd=tmp_path, check=False)
    assert room.returncode == 0
