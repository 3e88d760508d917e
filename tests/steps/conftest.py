"""The bundled study, and what makes a step stale, without running anything."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import pytest

from nmplan.layers.sources import bundled_folder
from nmplan.store import Workspace
from nmplan.study import Study
from nmplan.study import section_hash

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nmplan.store import Step


@pytest.fixture(scope="session")
def study() -> Study:
    return Study.load(bundled_folder() / "study.toml")


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def moves(study: Study) -> Callable[..., bool]:
    """Tell whether a step would be made again after an edit: `moves(build, "travel.walk_kph", 5)`."""

    def changed(build: Callable[[Study], Step], key: str, value: Any) -> bool:
        raw = study.model_dump(mode="json", by_alias=True)
        section, *rest = key.split(".")
        place, last = raw, section
        for part in rest:
            place, last = place[last], part
        assert place[last] != value
        place[last] = value
        return section_hash(*build(Study.from_dict(raw)).settings) != section_hash(*build(study).settings)

    return changed
