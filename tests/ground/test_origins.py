from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from nmplan.errors import StudyError
from nmplan.layers.adapters import READERS
from nmplan.layers.sources import bundled_folder
from nmplan.origins import MAKES
from nmplan.origins import File
from nmplan.origins import arguments
from nmplan.study import Study
from nmplan.words import LAYERS

if TYPE_CHECKING:
    from typing import Any


def study_with(**layers: Any) -> Study:
    raw = tomllib.loads((bundled_folder() / "study.toml").read_text(encoding="utf-8"))
    raw["layers"] |= layers
    return Study.from_dict(raw)


def fault_of(**layers: Any) -> tuple[str, str]:
    with pytest.raises(StudyError) as caught:
        study_with(**layers)
    (fault,) = caught.value.faults
    return fault.where, fault.what


def test_every_publishers_adapter_has_a_reader_and_makes_known_layers() -> None:
    assert set(MAKES) == set(READERS)
    assert {layer for layers in MAKES.values() for layer in layers} <= set(LAYERS)


def test_an_adapter_is_refused_for_layers_it_does_not_make() -> None:
    where, what = fault_of(stations={"adapter": "lands", "path": "lots.gdb"}, zoning={"adapter": "mtr", "path": "a"})
    assert where == "layers"
    assert "stations: adapter 'lands' makes parcels" in what
    assert "zoning: adapter 'mtr' makes stations" in what


@pytest.mark.parametrize(
    ("section", "key", "said"),
    [
        ({"adapter": "statutory-plans"}, "layers.zoning.path", "required"),
        ({"adapter": "statutory-plans", "path": []}, "layers.zoning.path", "names no file"),
        ({"adapter": "statutory-plans", "path": "p", "plan": ["S/STT/"]}, "layers.zoning.plan", "not permitted"),
        ({"adapter": "ozp", "path": "p"}, "layers.zoning.adapter", "unknown adapter 'ozp'"),
        ({"path": "p"}, "layers.zoning", "adapter"),
        ({"adapter": "file", "path": "p", "datum": "gcj-02"}, "layers.zoning.datum", "gcj02"),
        ({"adapter": "file", "path": "p", "url": "u", "table": "t"}, "layers.zoning", "a path, or the url"),
        ({"adapter": "file", "url": "postgresql://localhost"}, "layers.zoning", "needs a table"),
        ({"adapter": "reference", "path": "p"}, "layers.zoning.path", "not permitted"),
    ],
)
def test_a_wrong_argument_is_told_with_its_key(section: dict[str, Any], key: str, said: str) -> None:
    where, what = fault_of(zoning=section)
    assert where == key
    assert said in what


def test_what_is_known_of_the_data_is_no_argument_of_the_adapter() -> None:
    told = arguments(File(adapter="file", path="a.csv", publisher="Us", vintage="2026", crs="EPSG:4326"))
    assert told["crs"] == "EPSG:4326"
    assert not {"adapter", "path", "publisher", "vintage", "licence", "dataset"} & set(told)
