"""The README's example runs as printed, and its links and commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(example, names)  # noqa: S102
    shown = capsys.readouterr().out
    assert "parcel_id" in shown
    assert "mean_score" in shown
    assert len(names["clusters"]) >= 1  # type: ignore[arg-type]


def test_links_and_pictures_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_make_targets_named_in_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_module_has_a_test_of_its_name() -> None:
    for module in (ROOT / "nmplan").glob("*/*.py"):
        if module.stem != "__init__" and not module.stem.startswith("_"):
            assert list((ROOT / "tests" / module.parent.name).glob(f"test_{module.stem}*.py")), module


def test_doctests() -> None:
    import doctest

    from nmplan.measures import decay
    from nmplan.scores import aggregate
    from nmplan.scores import value_functions
    from nmplan.scores import weights

    for module in (decay, aggregate, value_functions, weights):
        result = doctest.testmod(module)
        assert result.attempted
        assert not result.failed, module


def test_the_page_on_data_counts_every_reference_table_rightly() -> None:
    page = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| (\w+) \| (\d+) \|", page, flags=re.MULTILINE))
    tables = {path.stem: path for path in (ROOT / "data" / "raw" / "reference").glob("*.csv")}
    rows = {name: str(len(pd.read_csv(path, dtype=str, encoding="utf-8-sig"))) for name, path in tables.items()}
    assert told == rows
