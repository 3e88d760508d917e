"""Start-up and idle runs: what a planner waits for when nothing has changed. Whole processes, medians."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 7

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import nmplan": ["-c", "import nmplan"],
    "import geopandas (for comparison)": ["-c", "import geopandas"],
    "nmplan --help": ["-m", "nmplan", "--help"],
    "nmplan run, nothing stale": ["-m", "nmplan", "run"],
    "nmplan run --force": ["-m", "nmplan", "run", "--force"],
}


def seconds(arguments: list[str], folder: Path) -> float:
    """Return the wall seconds of one process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    """Print a table in Markdown, each command as a ratio to an empty Python process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds(["-m", "nmplan", "run"], folder)
        medians = {
            label: statistics.median(seconds(arguments, folder) for _ in range(3 if "--force" in arguments else RUNS))
            for label, arguments in COMMANDS.items()
        }
    base = medians["python -c pass"]
    print("| command | median s | × empty Python |\n|-|-|-|")
    for label, median in medians.items():
        print(f"| {label} | {median:.2f} | {median / base:.1f} |")


if __name__ == "__main__":
    main()
