"""One run of the bundled study, shared by the tests that only read it; and a copy of it to spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nmplan import pipeline
from nmplan.layers.sources import bundled_folder
from nmplan.study import Study


@pytest.fixture(scope="session")
def study() -> Study:
    return Study.load(bundled_folder() / "study.toml")


@pytest.fixture(scope="session")
def finished(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("finished")
    for _ in pipeline.run(study, root):
        pass
    return root


@pytest.fixture
def workspace(finished: Path, tmp_path: Path) -> Path:
    root = tmp_path / "copy"
    shutil.copytree(finished, root)
    return root


@pytest.fixture
def edited(tmp_path: Path):
    """Return the bundled study with some text replaced."""

    def edit(old: str, new: str) -> Study:
        text = (bundled_folder() / "study.toml").read_text(encoding="utf-8")
        assert text.count(old) >= 1
        path = tmp_path / "study.toml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return Study.load(path)

    return edit
