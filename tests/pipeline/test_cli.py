from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nmplan.layers.sources import bundled_folder


def nmplan(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nmplan", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, encoding="utf-8")


def test_help_lists_the_commands(tmp_path: Path) -> None:
    shown = nmplan("--help", cwd=tmp_path)
    assert shown.returncode == 0
    for command in ("run", "check", "explain", "sources", "export"):
        assert command in shown.stdout


def test_version(tmp_path: Path) -> None:
    assert nmplan("--version", cwd=tmp_path).stdout.strip() == "0.1.0"


def test_a_run_says_where_the_maps_are(workspace: Path) -> None:
    told = nmplan("run", cwd=workspace)
    assert told.returncode == 0
    assert "0 steps run" in told.stdout
    assert "maps/index.html" in told.stdout
    assert "maps/explorer.html" in told.stdout


def test_three_faults_are_told_at_once_with_their_keys(tmp_path: Path) -> None:
    text = (bundled_folder() / "study.toml").read_text(encoding="utf-8")
    text = text.replace('measure = "supply_access", weight = 30', 'measure = "suply_access", weight = 30', 1)
    text = text.replace("walk_kph = 4.5", "walk_kph = -1").replace("half_enough = 20", "half_enuf = 20")
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    told = nmplan("run", cwd=tmp_path)
    assert told.returncode == 1
    for key in (
        "tenants.microelectronics.criteria[1].measure",
        "travel.walk_kph",
        "supply.half_enuf",
        "supply.half_enough",
    ):
        assert key in told.stderr
    assert "Traceback" not in told.stderr
    assert not (tmp_path / "data").exists()


def test_wrong_words_are_a_matter_of_usage(workspace: Path) -> None:
    for words in (
        ("run", "--until", "lunch"),
        ("run", "--scenario", "1999"),
        ("explain", "nowhere", "--tenant", "vehicles"),
    ):
        told = nmplan(*words, cwd=workspace)
        assert told.returncode == 2
        assert "is none of" in " ".join(told.stderr.split())


def test_explain_adds_up(workspace: Path) -> None:
    words = ("explain", "st-it-c1-01", "--tenant", "microelectronics")
    told = nmplan(*words, cwd=workspace)
    assert told.returncode == 0
    assert "points, rank" in told.stdout
    data = json.loads(nmplan(*words, "--json", cwd=workspace).stdout)
    assert sum(row["points"] for row in data["ledger"]) == pytest.approx(data["score"])
    assert sum(row["shown"] for row in data["ledger"]) == pytest.approx(round(data["score"], 2))
    for said in ("eligible sites", "in 90 % of the draws", "does not hold for scientist", "the top 20 at"):
        assert said in told.stdout


def test_explain_against_another_site_and_another_scenario(workspace: Path) -> None:
    words = ("explain", "st-it-c1-01", "--tenant", "microelectronics", "--against")
    for other in ("st-it-c3-09", "2035"):
        assert f"against {other}, today" in nmplan(*words, other, cwd=workspace).stdout or other == "2035"
        data = json.loads(nmplan(*words, other, "--json", cwd=workspace).stdout)
        # from this site to the other, as the scores are shown
        change = round(data["against"]["score"], 2) - round(data["score"], 2)
        assert sum(row["difference"] for row in data["difference"]) == pytest.approx(change)
    told = nmplan(*words, "st-it-c3-9", cwd=workspace)
    assert told.returncode == 2
    assert "did you mean" in " ".join(told.stderr.split())


def test_explain_before_any_run_says_what_to_do(tmp_path: Path) -> None:
    told = nmplan("explain", "st-it-c1-01", "--tenant", "vehicles", cwd=tmp_path)
    assert told.returncode == 1
    assert "Run `nmplan run`" in told.stderr


def test_check_reads_all_layers(tmp_path: Path) -> None:
    told = nmplan("check", cwd=tmp_path)
    assert told.returncode == 0
    assert "parcels" in told.stdout


def test_sources_lists_publishers_and_licences(tmp_path: Path) -> None:
    told = nmplan("sources", cwd=tmp_path)
    assert told.returncode == 0
    assert "Town Planning Board" in told.stdout or "Planning Department" in told.stdout


def test_a_disk_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    told = nmplan("run", cwd=tmp_path)
    assert told.returncode == 1
    assert "cannot be written" in told.stderr
    assert "Traceback" not in told.stderr


def test_explain_says_when_the_study_has_changed_since(workspace: Path) -> None:
    words = ("explain", "st-it-c1-01", "--tenant", "microelectronics")
    assert "changed since" not in nmplan(*words, cwd=workspace).stderr
    text = (workspace / "study.toml").read_text(encoding="utf-8")
    (workspace / "study.toml").write_text(text.replace("weight = 30", "weight = 31", 1), encoding="utf-8")
    assert "changed since" in nmplan(*words, cwd=workspace).stderr


def test_an_unknown_scenario_is_answered_with_those_there_are(workspace: Path) -> None:
    told = nmplan("explain", "st-it-c1-01", "--tenant", "vehicles", "--scenario", "2036", cwd=workspace)
    assert told.returncode == 2
    assert "today, 2030, 2035, 2035-white-list" in " ".join(told.stderr.split())
