"""Somebody else's minutes: a file in r5py's shape and three lines in the study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from published.candidates import write_lots
from published.r5py import travel_time_matrix
from published.r5py import write_matrix
from quick import quickest_study

from nmplan import pipeline
from nmplan.errors import NmplanError
from nmplan.layers.report import report_layers
from nmplan.store import Workspace
from nmplan.store import read_table
from nmplan.study import Study

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

LOTS = """\
parcels.adapter = "file"
parcels.path = "lots.gpkg"
parcels.columns = { parcel_id = "LOTCSUID" }
"""

MATRIX = """\
travel_times.adapter = "file"
travel_times.path = "times.csv"
travel_times.columns = { origin = "from_id", destination = "to_id", minutes = "travel_time" }
"""


def study_in(folder: Path, *, matrix: bool) -> Study:
    text = quickest_study().replace("ensemble = 3 ", "ensemble = 0 ")
    # feeders, lest the lots depend on which buses the reference tables have
    text = text.replace("[scenarios.today]\n", "[scenarios.today]\nplanned_feeders = true\n", 1)
    text = text.replace("[layers]\n", f"[layers]\n{LOTS}{MATRIX if matrix else ''}", 1)
    if matrix:
        text = text.replace("[travel]\n", '[travel]\nminutes_from = "matrix"\n', 1)
    path = folder / f"study-{matrix}.toml"
    path.write_text(text, encoding="utf-8")
    return Study.load(path)


def told(study: Study, root: Path, until: str) -> str:
    return "\n".join(line for event in pipeline.run(study, root, until=until) for line in event.said)


def tables(root: Path, *names: str) -> list[pd.DataFrame]:
    return [read_table(Workspace(root).table("today", name)) for name in names]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("network")
    write_lots(root)
    told(study_in(root, matrix=False), root, "scores")
    return root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_lots(tmp_path)
    return tmp_path


def minutes_of(network: Path) -> dict[tuple[str, str], float]:
    """Return the model's own minutes to the halls by public transport."""
    (journeys,) = tables(network, "crossing_journeys")
    people = journeys[journeys["mode"].eq("transit") & journeys["status"].ne("closed")]
    return dict(zip(zip(people["parcel_id"], people["crossing_id"], strict=True), people["hall_min"], strict=True))


def test_the_models_own_minutes_give_the_same_scores(network: Path, folder: Path) -> None:
    write_matrix(folder / "times.csv", travel_time_matrix(minutes_of(network)))
    said = told(study_in(folder, matrix=True), folder, "scores")
    assert "crossings by public transport were not in the matrix" not in said
    assert "sites and institutes were not in the matrix; the network's minutes stand for them" in said
    (before, scores), (after, again) = (tables(root, "measures", "scores") for root in (network, folder))
    assert before["crossing_min"].notna().any()
    np.testing.assert_allclose(after["crossing_min"], before["crossing_min"], rtol=1e-9)
    np.testing.assert_allclose(again["score"], scores["score"], rtol=1e-9)
    assert set(after["crossing_lines"]) == {""}


def test_other_minutes_count_where_they_are_given_and_gaps_are_told(network: Path, folder: Path) -> None:
    minutes = dict.fromkeys(minutes_of(network), 45.0)
    write_matrix(folder / "times.csv", travel_time_matrix(minutes))
    study = study_in(folder, matrix=True)
    told(study, folder, "measures")
    (before,) = tables(folder, "measures")
    slower = {pair: 55.0 for pair in minutes if pair[0] != "00000001"}
    write_matrix(folder / "times.csv", travel_time_matrix(slower))
    said = told(study, folder, "measures")
    crossings = len(minutes) // 24
    pairs = f"travel_times: {crossings} of {24 * crossings} pairs of sites and crossings by public transport"
    assert f"{pairs} were not in the matrix; the network's minutes stand for them" in said
    (by_network,), (after,) = tables(network, "measures"), tables(folder, "measures")
    assert after["crossing_min"].tolist()[1:] == [each + 10.0 for each in before["crossing_min"].iloc[1:]]
    np.testing.assert_array_equal(after["crossing_min"].iloc[0], by_network["crossing_min"].iloc[0])


def test_seconds_and_strange_ids_stop_the_run_and_the_check(network: Path, folder: Path) -> None:
    seconds = {pair: each * 60 for pair, each in minutes_of(network).items()}
    write_matrix(folder / "times.csv", travel_time_matrix(seconds))
    study = study_in(folder, matrix=True)
    with pytest.raises(NmplanError, match="minutes of transit look like seconds"):
        told(study, folder, "measures")
    strange = {(f"lot {origin}", end): each / 60 for (origin, end), each in seconds.items()}
    write_matrix(folder / "times.csv", travel_time_matrix(strange))
    report = report_layers(study, study.study.data_date)
    assert any("none of the 24 ids in column origin" in str(fault) for fault in report.faults)
    with pytest.raises(NmplanError, match="none of the 24 ids in column origin"):
        told(study, folder, "measures")
