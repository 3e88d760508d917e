"""An analyst scores candidates of their own by adding three lines to the study."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import pytest
from published.candidates import lots
from published.candidates import write_lots
from quick import quick_study

from nmplan import pipeline
from nmplan.errors import NmplanError
from nmplan.maps.pages import FILES
from nmplan.store import Workspace
from nmplan.store import read_table
from nmplan.study import Study

if TYPE_CHECKING:
    from pathlib import Path

THREE_LINES = """\
parcels.adapter = "file"
parcels.path = "lots.gpkg"
parcels.columns = { parcel_id = "LOTCSUID", name_en = "CISLOTDISPLAYNAME" }
"""


def small_study() -> str:
    """Return the bundled study with one tenant, one scenario, no sandboxes and no portfolio, to be quick."""
    text = quick_study()
    parts = re.split(r"(?m)^(?=\[)", text)
    dropped = re.compile(r"\[(scenarios\.(?!today)|tenants\.(?!microelectronics)|sandboxes|portfolio)")
    return "".join(part for part in parts if not dropped.match(part))


def own_study(folder: Path) -> Study:
    text = small_study()
    changed = text.replace("[layers]\n", f"[layers]\n{THREE_LINES}", 1)
    differing = [line for line in difflib.ndiff(text.splitlines(), changed.splitlines()) if line[0] in "+-"]
    assert len(differing) == 3
    (folder / "study.toml").write_text(changed, encoding="utf-8")
    return Study.load(folder / "study.toml")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("own")
    write_lots(root)
    lines = [line for event in pipeline.run(own_study(root), root) for line in event.said]
    return root, "\n".join(lines)


def table(root: Path, name: str):
    return read_table(Workspace(root).table("today", name))


def test_own_lots_are_scored_against_the_reference_layers(told: tuple[Path, str]) -> None:
    scores = table(told[0], "scores").set_index("parcel_id")
    assert sorted(scores.index) == sorted(
        lots()["LOTCSUID"]
    )  # with their leading zeros, and no site of the study's own
    measures = table(told[0], "measures").set_index("parcel_id")
    assert measures["area_ha"].tolist() == pytest.approx([2.56] * 24)
    assert measures["boundary_m"].between(500, 5000).all()
    assert measures["crossing_min"].notna().all()
    assert scores.loc[scores["eligible"], "score"].between(0, 100).all()
    assert scores["eligible"].any()


def test_what_the_lots_do_not_say_is_taken_from_the_reference_and_said(told: tuple[Path, str]) -> None:
    parcels = read_table(Workspace(told[0]).layer("parcels"))
    assert set(parcels["area_id"]) == {"san-tin"}
    assert set(parcels["source"]) == {"lots.gpkg"}
    assert parcels["name_en"].str.startswith("DD 99 LOT").all()
    assert "parcels without accuracy_m, taken as exact" in told[1]


def test_the_pages_show_the_own_lots(told: tuple[Path, str]) -> None:
    for page in FILES:
        assert (told[0] / "maps" / page).is_file()
    assert "DD 99 LOT 100" in (told[0] / "maps" / "explorer.html").read_text(encoding="utf-8")


def test_other_candidates_do_not_move_a_score(told: tuple[Path, str], tmp_path: Path) -> None:
    lots().iloc[::3].to_file(tmp_path / "lots.gpkg")
    for _ in pipeline.run(own_study(tmp_path), tmp_path, until="scores"):
        pass
    few = table(tmp_path, "scores").set_index("parcel_id")["score"]
    assert len(few) == 8
    assert few.equals(table(told[0], "scores").set_index("parcel_id")["score"].reindex(few.index))


def test_a_wrong_column_is_told_with_those_the_file_has(tmp_path: Path) -> None:
    write_lots(tmp_path)
    own_study(tmp_path)
    path = tmp_path / "study.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("LOTCSUID", "LOTID"), encoding="utf-8")
    with pytest.raises(NmplanError, match="no column LOTID; it has LOTCSUID"):
        list(pipeline.run(Study.load(path), tmp_path, until="layers"))
