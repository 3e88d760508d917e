"""One run of the bundled study with fewer draws, shared by the tests that only read it; and a copy of it to spoil."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import pytest
from quick import quick_study

from nmplan import pipeline
from nmplan.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    path = tmp_path_factory.mktemp("study") / "study.toml"
    path.write_text(quick_study(), encoding="utf-8")
    return Study.load(path)


@pytest.fixture(scope="session")
def finished(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("finished")
    for _ in pipeline.run(study, root):
        pass
    return root


@pytest.fixture
def workspace(study: Study, finished: Path, tmp_path: Path) -> Path:
    root = tmp_path / "copy"
    shutil.copytree(finished, root)
    shutil.copy(study.path, root)
    return root


@pytest.fixture
def small_study(tmp_path: Path) -> Callable[..., Study]:
    """The bundled study for one tenant today, with other layers; None leaves one out. Its folder is the test's own."""

    def build(layers: dict[str, Any], *, only: tuple[str, ...] | None = None) -> Study:
        raw = tomllib.loads(quick_study())
        kept = {name: section for name, section in raw["layers"].items() if only is None or name in only}
        raw["layers"] = {name: section for name, section in (kept | layers).items() if section}
        raw["scenarios"] = {"today": raw["scenarios"]["today"]}
        raw["tenants"] = {"microelectronics": raw["tenants"]["microelectronics"]}
        raw["sandboxes"] = {}
        del raw["isochrones"], raw["portfolio"]
        made = Study.from_dict(raw)
        made._path = tmp_path / "study.toml"
        return made

    return build


@pytest.fixture
def edited(tmp_path: Path):
    """Return the bundled study with some text replaced."""

    def edit(old: str, new: str) -> Study:
        text = quick_study()
        assert text.count(old) >= 1
        path = tmp_path / "study.toml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return Study.load(path)

    return edit
