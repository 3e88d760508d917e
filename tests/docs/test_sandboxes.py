"""The example in docs/sandboxes.md is a kind of sandbox as the study takes it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import nmplan
from nmplan.study import Sandbox
from nmplan.words import MEASURES
from nmplan.words import OF_THE_LAND

TEXT = (Path(nmplan.__file__).parents[1] / "docs" / "sandboxes.md").read_text(encoding="utf-8")


def test_the_example_is_a_valid_kind() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    (section,) = tomllib.loads(example)["sandboxes"].values()
    assert Sandbox.model_validate(section).minimum_ha == 10


def test_every_key_of_a_kind_is_told() -> None:
    assert {key for key in Sandbox.model_fields if f"`{key}`" not in TEXT and f"{key} =" not in TEXT} == set()


def test_every_measure_that_needs_a_journey_is_told() -> None:
    row = next(line for line in TEXT.splitlines() if line.startswith("| `land`"))
    assert set(re.findall(r"`([a-z_]+)`", row)) - {"land"} == set(MEASURES) - set(OF_THE_LAND)
