"""Freshness: a step names the code of everything that its results come from."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import nmplan
from nmplan.steps.maps import maps_step
from nmplan.steps.places import lasting_places_steps
from nmplan.steps.places import places_steps
from nmplan.store import Workspace
from nmplan.study import Study

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(nmplan.__file__).parent
FOLDERS = ("layers", "measures", "scores", "places", "maps")
STARTS = {
    "clusters": ("places/captive.py", "places/clusters.py", "places/hot_spots.py"),
    "supply chains": ("places/chain_fit.py", "places/frontier.py", "places/supply_chain.py"),
    "sandboxes": ("places/sandbox_tables.py",),
    "portfolio": ("places/portfolio.py",),
    "capacity": ("places/capacity.py",),
    "similarity": ("places/similarity.py",),
    "maps": ("maps/pages.py",),
}
"""Modules that each step calls."""


def imported(file: str) -> Iterator[str]:
    """Yield the files below the five folders that a file imports when it runs."""
    tree = ast.parse((PACKAGE / file).read_text(encoding="utf-8"))
    body = [node for node in tree.body if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")]
    for node in ast.walk(ast.Module(body, [])):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("nmplan."):
            place = "/".join(str(node.module).split(".")[1:])
            files = (f"{place}.py", *(f"{place}/{each.name}.py" for each in node.names))
            yield from (each for each in files if each.startswith(FOLDERS) and (PACKAGE / each).is_file())


def all_imported(files: tuple[str, ...]) -> set[str]:
    seen: set[str] = set()
    waiting = list(files)
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            waiting += imported(file)
    return seen


@pytest.mark.parametrize("kind", STARTS)
def test_a_change_in_any_module_a_step_runs_makes_it_stale(kind: str, tmp_path: Path) -> None:
    study, space = Study.load(PACKAGE.parent / "study.toml"), Workspace(tmp_path)
    steps = [*places_steps(study, space, "today"), *lasting_places_steps(study, space), maps_step(study, space)]
    (step,) = [each for each in steps if each.name.split(":")[0] == kind]
    lost = {
        file for file in all_imported(STARTS[kind]) if file not in step.code and file.split("/")[0] not in step.code
    }
    assert not lost
