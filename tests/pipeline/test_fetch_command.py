"""nmplan fetch and sources from the shell; no test asks a host but loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from nmplan.layers.catalogue import read_datasets

if TYPE_CHECKING:
    from pathlib import Path


def nmplan(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nmplan", *words]
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, encoding="utf-8", env=env)


@pytest.fixture
def offline() -> dict[str, str]:
    """A proxy that is not there stands for a network that is not there."""
    return dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9") | {"no_proxy": ""}


def test_offline_is_told_in_one_line_that_names_the_default(tmp_path: Path, offline: dict[str, str]) -> None:
    told = nmplan("fetch", "td-gtfs", "mtr-light-rail", cwd=tmp_path, **offline)
    assert told.returncode == 0, told.stderr
    (line,) = told.stdout.splitlines()
    assert line.startswith("Offline: nothing fetched")
    assert "bundled reference geography" in line
    assert told.stderr == ""


def test_a_dry_run_names_what_would_be_fetched_and_asks_nobody(tmp_path: Path, offline: dict[str, str]) -> None:
    told = nmplan("fetch", "--dry-run", "--plan", "S/STT/", cwd=tmp_path, **offline)
    assert told.returncode == 0
    usual = [row.dataset for row in read_datasets() if row.default == "yes"]
    assert [line.split()[1].rstrip(":") for line in told.stdout.splitlines()] == usual
    assert "S/STT/" in told.stdout
    assert not (tmp_path / "data").exists()


def test_streets_of_the_study_areas_are_asked_for_only_when_named(tmp_path: Path, offline: dict[str, str]) -> None:
    told = nmplan("fetch", "openstreetmap-streets", "--dry-run", cwd=tmp_path, **offline)
    assert "streets.graphml" in told.stdout


def test_a_dataset_that_is_none_is_told_with_the_nearest(tmp_path: Path) -> None:
    told = nmplan("fetch", "td-road-network", cwd=tmp_path)
    assert told.returncode == 1
    assert "Did you mean td-road-network-v2?" in told.stderr


def test_sources_say_what_is_here_with_date_and_checksum(tmp_path: Path) -> None:
    lines = nmplan("sources", cwd=tmp_path).stdout.splitlines()
    zones = next(line for line in lines if line.startswith("reference/zones.csv"))
    assert zones.split()[1:3] == ["yes", "2026"]
    roads = next(line for line in lines if line.startswith("td-road-network-v2"))
    assert roads.split()[1] == "no"
    assert "Transport Department" in roads
    data = json.loads(nmplan("sources", "--json", cwd=tmp_path).stdout)
    assert {each["dataset"] for each in data} == {row.dataset for row in read_datasets()}
    assert next(each for each in data if each["dataset"] == "reference/zones.csv")["present"]["sha256"]
