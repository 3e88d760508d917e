from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nmplan import pipeline
from nmplan.layers.load import load_layers
from nmplan.store import Workspace
from nmplan.store import file_hash
from nmplan.store import read_manifest
from nmplan.store import read_table
from nmplan.study import Study

COLUMNS = {
    "supply_access": "parcel_id chain tier jurisdiction mass_in_reach minutes_nearest",
    "scores": "parcel_id tenant eligible score rank p_top rank_low rank_high p_threshold holds",
    "ledger": "parcel_id tenant criterion measured unit value weight points",
    "rank_shares": "parcel_id tenant rank share",
    "central_weights": "parcel_id tenant criterion first top",
    "ensemble": "draw parcel_id crossing_min crossing_goods_min supply_access_vehicles talent_access_vehicles",
    "exclusions": "parcel_id tenant rule measured limit outcome",
    "clusters": "cluster_id tenant name_en name_zh area_ha sites gfa_m2 jobs mean_score captive_share geometry",
    "cluster_sites": "cluster_id tenant parcel_id",
    "sandboxes": "sandbox_id kind name_en name_zh area_ha readiness outcome reasons geometry",
    "supply_links": "cluster_id chain tier jurisdiction firms_30 firms_60 mass missing",
}
"""Files of a scenario and the columns others build on."""


def ran(study: Study, root: Path, **how) -> list[str]:
    return [event.step for event in pipeline.run(study, root, **how) if event.ran]


def said(study: Study, root: Path) -> list[str]:
    return [line for event in pipeline.run(study, root) for line in event.said]


def table(root: Path, scenario: str, name: str):
    return read_table(Workspace(root).table(scenario, name))


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("scenario", ["today", "2035"])
def test_every_file_has_its_columns_and_manifest(finished: Path, scenario: str, name: str) -> None:
    found = table(finished, scenario, name)
    assert set(COLUMNS[name].split()) <= set(found.columns)
    assert len(found)
    assert read_manifest(Workspace(finished).table(scenario, name))["rows"] == len(found)


def test_the_ledger_adds_up_for_every_site_and_tenant(finished: Path) -> None:
    for scenario in ("today", "2035"):
        scores = table(finished, scenario, "scores").set_index(["parcel_id", "tenant"])
        points = table(finished, scenario, "ledger").groupby(["parcel_id", "tenant"])["points"].sum()
        scored = scores[scores["eligible"]]
        assert len(scored) > 300
        np.testing.assert_allclose(points.loc[scored.index], scored["score"], rtol=0, atol=1e-9)


def test_excluded_sites_have_a_reason_and_no_score(finished: Path) -> None:
    scores, exclusions = table(finished, "today", "scores"), table(finished, "today", "exclusions")
    out = scores[~scores["eligible"]]
    assert out["score"].isna().all()
    assert out["rank"].isna().all()
    told = set(zip(exclusions["parcel_id"], exclusions["tenant"], strict=True))
    assert set(zip(out["parcel_id"], out["tenant"], strict=True)) <= told


def test_terrain_is_a_raster_of_the_grid(finished: Path) -> None:
    import rasterio

    with rasterio.open(Workspace(finished).layer("terrain")) as raster:
        assert raster.crs.to_epsg() == 2326
        assert np.nanmax(raster.read(1)) > 100


def test_a_second_run_does_nothing(study: Study, workspace: Path) -> None:
    before = file_hash(workspace / "maps" / "explorer.html")
    assert ran(study, workspace) == []
    assert file_hash(workspace / "maps" / "explorer.html") == before


def test_a_changed_weight_reruns_scores_places_and_maps_only(edited, workspace: Path) -> None:
    study = edited('measure = "station_min", weight = 15', 'measure = "station_min", weight = 150')
    events = list(pipeline.run(study, workspace))
    assert [event.step for event in events if event.ran] == [
        *(f"{stage}: {scenario}" for scenario in study.scenarios for stage in ("scores", "places")),
        *(f"differences: {scenario} since {study.since(scenario)}" for scenario in list(study.scenarios)[1:]),
        "maps",
    ]
    assert [line for event in events for line in event.said if line.startswith("microelectronics, top 20: in ")]


def test_a_changed_speed_leaves_layers_but_roads_alone(edited, workspace: Path) -> None:
    steps = ran(edited("walk_kph = 4.5", "walk_kph = 5"), workspace)
    assert not [step for step in steps if step.startswith("layers")]
    assert "measures: today" in steps


def test_until_and_scenario_stop_early(study: Study, tmp_path: Path) -> None:
    steps = ran(study, tmp_path, until="scores", scenarios=("2035",))
    assert "scores: 2035" in steps
    assert not [step for step in steps if "today" in step or step.startswith(("places", "maps"))]
    assert not (tmp_path / "maps").exists()


def test_two_runs_from_nothing_give_the_same_bytes(study: Study, finished: Path, tmp_path: Path) -> None:
    ran(study, tmp_path)
    for path in sorted(finished.rglob("*")):
        if path.is_file() and not path.name.endswith(".manifest.json"):
            assert file_hash(path) == file_hash(tmp_path / path.relative_to(finished)), path.name


def test_no_file_names_a_folder_of_this_machine(finished: Path) -> None:
    for path in finished.rglob("*"):
        if path.suffix in {".json", ".html"}:
            assert str(finished) not in path.read_text(encoding="utf-8"), path.name


def test_what_was_mended_is_said_once_and_what_is_left_out_always(study: Study, workspace: Path, edited) -> None:
    assert said(study, workspace) == []
    without = edited('talent = { adapter = "reference" }\n', "")
    assert any("left out for want of a layer: talent_access" in line for line in said(without, workspace))
    assert any("left out for want of a layer: talent_access" in line for line in said(without, workspace))
    ledger = table(workspace, "today", "ledger")
    assert "talent_access" not in set(ledger["criterion"])
    weights = ledger[ledger["tenant"].eq("vehicles")].drop_duplicates("criterion")["weight"]
    assert weights.sum() == pytest.approx(1)


def test_memory_and_disk_give_the_same_measures(study: Study, finished: Path) -> None:
    measures = pipeline.measure(load_layers(study), study, "today").table
    stored = table(finished, "today", "measures")
    np.testing.assert_allclose(measures["crossing_min"], stored["crossing_min"])
    assert measures["parcel_id"].tolist() == stored["parcel_id"].tolist()


def test_the_check_lists_every_layer(finished: Path) -> None:
    rows = json.loads((finished / "data" / "processed" / "layers" / "check.json").read_text(encoding="utf-8"))
    assert rows["parcels"] >= 300


def test_a_run_tells_which_edit_moved_the_top_and_for_whom(workspace: Path, edited) -> None:
    study = edited('measure = "station_min", weight = 15', 'measure = "station_min", weight = 90')
    events = pipeline.run(study, workspace, scenarios=("today",), until="scores")
    told = [line for event in events for line in event.said if ", top 20: " in line]
    assert len(told) == 1
    assert told[0].startswith("microelectronics, top 20: in ")
    assert told[0].endswith("; edited: tenants.microelectronics.criteria[4].weight 15 → 90")


def test_without_an_ensemble_measures_are_taken_as_sure(workspace: Path, edited) -> None:
    study = edited("ensemble = 50", "ensemble = 0")
    assert ran(study, workspace, scenarios=("today",), until="scores") == ["scores: today"]
    confidence = table(workspace, "today", "scores")["confidence"].dropna()
    assert set(confidence) <= {0.0, 0.5, 1.0}
