"""The recipes of docs/own-data.md run as printed."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pandas as pd
from published.r5py import travel_time_matrix

from nmplan.layers.file import read_file
from nmplan.layers.sources import bundled_folder
from nmplan.layers.travel_times import review_travel_times
from nmplan.study import Study

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]
SECTION = (ROOT / "docs" / "own-data.md").read_text(encoding="utf-8").partition("## Your own travel times")[2]


def r5py_that_walks() -> ModuleType:
    """Stand in for r5py, which needs Java and an extract: the same call and columns, everybody at 20 km/h straight."""

    def matrix(_network: object, origins, destinations, *, max_time, **_how: object) -> pd.DataFrame:
        here, there = (points.to_crs("EPSG:2326").set_index("id").geometry for points in (origins, destinations))
        metres = {(a, b): p.distance(q) for a, p in here.items() for b, q in there.items()}
        limit = max_time.total_seconds() / 60
        minutes = {pair: round(each / 333) for pair, each in metres.items()}
        return travel_time_matrix({pair: each if each <= limit else float("nan") for pair, each in minutes.items()})

    module = ModuleType("r5py")
    module.TransportNetwork = lambda *_: None
    module.TransportMode = type("TransportMode", (), {"TRANSIT": 1, "WALK": 2, "CAR": 3})
    module.TravelTimeMatrix = matrix
    return module


def test_the_recipe_from_r5py_makes_a_layer_without_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (bundled_folder() / "study.toml").read_text(encoding="utf-8")
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "r5py", r5py_that_walks())
    ends, route = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)[:2]
    names: dict[str, object] = {}
    exec(ends, names)  # noqa: S102
    names["sites"] = names["sites"].iloc[:5]
    exec(route, names)  # noqa: S102
    told = tomllib.loads(re.findall(r"```toml\n(.*?)```", SECTION, re.DOTALL)[0])
    raw = tomllib.loads(text)
    study = Study.from_dict({**raw, "layers": raw["layers"] | told["layers"], "travel": raw["travel"] | told["travel"]})
    how = told["layers"]["travel_times"]
    table = read_file("travel_times", tmp_path / how["path"], columns=how["columns"]).frame
    assert set(table["mode"]) == {"transit", "car", "goods"}
    assert review_travel_times({**names["layers"], "travel_times": table}, study) == ([], [])
