"""`nmplan export` on a run of three made-up zones."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely import box

from nmplan import pipeline
from nmplan.errors import StoreError
from nmplan.export import export_run
from nmplan.files import manifest_path
from nmplan.files import write_json
from nmplan.study import Study

STUDY = """
[study]
id = "trial"
name_en = "A trial; 'quoted'"
name_zh = "試驗"
data_date = 2026-01-31
caveat_en = "For tests."
caveat_zh = "供測試。"
[layers]
areas = { adapter = "reference" }
zoning = { adapter = "file", path = "zones.gpkg", publisher = "=HYPERLINK(1)", licence = "CC0", vintage = "2026-01" }
[sites]
zones = ["industrial"]
target_ha = 2
minimum_ha = 0.5
[travel]
goods_cap_kph = 70
access_kph = 20
detour = 1.3
walk_kph = 4.5
bus_kph = 15
bus_wait_min = 6
[travel.speeds_kph]
primary = 48
[supply]
half_life_min = 120
half_enough = 20
[talent]
half_life_min = 35
[scenarios.today]
name_en = "Today"
name_zh = "現況"
year = 2026
[scenarios.2035]
name_en = "Later"
name_zh = "日後"
year = 2035
[tenants.life-health]
name_en = "Life and health"
name_zh = "生命健康"
chain = "data-centres"
permitted_zones = ["industrial"]
criteria = [
  { measure = "area_ha", weight = 3, value = { shape = "linear", worst = 0, best = 4 } },
  { measure = "compactness", weight = 1, value = { shape = "linear", worst = 0, best = 1 } },
]
[robustness]
draws = 50
[clusters]
threshold = 10
gap_m = 40
minimum_ha = 1
"""


def nmplan(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nmplan", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, encoding="utf-8")


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("small")
    shapes = [box(822000 + 300 * i, 840000, 822140 + 300 * i, 840120) for i in range(3)]
    zones = {"zone_id": ["a", "b", "c"], "zone_label": "I", "zone": "industrial", "accuracy_m": 10.0}
    gpd.GeoDataFrame(zones, geometry=shapes, crs=2326).to_file(root / "zones.gpkg")
    (root / "study.toml").write_text(STUDY, encoding="utf-8")
    for _ in pipeline.run(Study.load(root / "study.toml"), root, until="places"):
        pass
    return root


@pytest.fixture
def place(small_run: Path, tmp_path: Path) -> Path:
    """Return a copy of the run, to spoil."""
    return Path(shutil.copytree(small_run, tmp_path / "run"))


def layers_of(path: Path) -> set[str]:
    return {str(name) for name, _ in pyogrio.list_layers(path)}


def test_all_scenarios_stand_in_one_file_with_what_lies_round_them(place: Path) -> None:
    told = nmplan("export", cwd=place)
    assert told.returncode == 0, told.stderr
    assert told.stderr == ""
    assert "wrote  maps/trial.gpkg" in told.stdout
    path = place / "maps" / "trial.gpkg"
    for scenario in ("today", "2035"):
        assert {f"{scenario}_{name}" for name in ("sites", "clusters", "scores", "ledger")} <= layers_of(path)
    assert {"areas", "zoning", "nmplan_about", "nmplan_sources", "nmplan_columns"} <= layers_of(path)
    assert not layers_of(path) & {"today_measures", "parcels", "today_rank_shares", "today_supply_access"}
    sites = pyogrio.read_dataframe(path, layer="today_sites").set_index("parcel_id")
    scores = pd.read_parquet(place / "data" / "processed" / "today" / "scores.parquet").set_index("parcel_id")
    assert len(sites) == 3
    pd.testing.assert_series_equal(
        sites["score_life_health"], scores["score"], check_names=False, check_index_type=False, check_like=True
    )
    assert sites.crs.to_epsg() == 2326


def test_the_file_says_what_it_was_made_from(place: Path) -> None:
    path = place / "maps" / "trial.gpkg"
    assert nmplan("export", cwd=place).returncode == 0
    study = Study.load(place / "study.toml")
    about = pyogrio.read_dataframe(path, layer="nmplan_about").set_index("key")["value"]
    assert about["study_hash"] == study.hash
    assert (about["data_date"], about["version"], about["caveat_zh"]) == ("2026-01-31", "0.1.0", "供測試。")
    assert (about["name_en"], about["scenarios"]) == ("A trial; 'quoted'", "today, 2035")
    sources = pyogrio.read_dataframe(path, layer="nmplan_sources").set_index("layer")
    assert sources.loc["zoning", "publisher"] == "=HYPERLINK(1)"
    assert len(sources.loc["zoning", "checksum"]) == 64
    assert sources.loc["parcels", "title"] == "cut from the zoning layer"
    scenarios = pyogrio.read_dataframe(path, layer="nmplan_scenarios").set_index("scenario")
    assert list(scenarios["year"]) == [2026, 2035]
    assert str(place.parent) not in about.to_string() + sources.to_string()


def test_tables_of_later_steps_appear_by_themselves(place: Path) -> None:
    later = pd.DataFrame({"round": [1], "parcel_id": ["x"], "tenants": [["a", "b"]]})
    later.to_parquet(place / "data" / "processed" / "today" / "portfolio.parquet")
    path = place / "x.gpkg"
    told = nmplan("export", "--output", "x.gpkg", "--scenario", "today", cwd=place)
    assert told.returncode == 0
    assert pyogrio.read_dataframe(path, layer="today_portfolio")["tenants"][0] == "a, b"
    assert not {name for name in layers_of(path) if name.startswith("2035")}


def test_what_the_study_no_longer_makes_is_left_out_and_told(place: Path) -> None:
    table = place / "data" / "processed" / "today" / "portfolio.parquet"
    pd.DataFrame({"round": [1]}).to_parquet(table)
    write_json({"step": "portfolio: today"}, manifest_path(table))
    told = nmplan("export", "--output", "x.gpkg", "--scenario", "today", cwd=place)
    assert told.returncode == 0
    assert "portfolio.parquet (no longer made by the study)" in told.stdout
    assert "today_portfolio" not in layers_of(place / "x.gpkg")


def test_the_same_run_makes_the_same_file_and_its_own_is_replaced(place: Path) -> None:
    path = place / "maps" / "trial.gpkg"
    study = Study.load(place / "study.toml")
    first = export_run(study, place, path)
    before = path.read_bytes()
    assert export_run(study, place, path) == first
    assert path.read_bytes() == before
    assert first.stale == ()
    assert first.layers == len(layers_of(path))


def test_what_has_changed_since_the_run_is_told(place: Path) -> None:
    text = (place / "study.toml").read_text(encoding="utf-8")
    (place / "study.toml").write_text(text.replace("weight = 3", "weight = 2"), encoding="utf-8")
    told = nmplan("export", cwd=place)
    assert told.returncode == 0
    assert "have changed since" in told.stderr
    assert "scores: today" in told.stderr
    assert "measures" not in told.stderr
    about = pyogrio.read_dataframe(place / "maps" / "trial.gpkg", layer="nmplan_about").set_index("key")["value"]
    assert "scores: today" in about["changed_since_run"]


def test_a_source_that_is_gone_and_a_table_that_was_touched_are_told(place: Path) -> None:
    pd.DataFrame({"a": [1]}).to_parquet(place / "data" / "processed" / "2035" / "ledger.parquet")
    study = Study.load(place / "study.toml")
    (place / "zones.gpkg").unlink()
    done = export_run(study, place, place / "x.gpkg")
    assert "layers: zoning" in done.stale
    assert "scores: 2035" in done.stale
    assert "scores: today" not in done.stale
    assert "capacity" not in done.stale


def test_what_is_the_same_in_every_scenario_is_looked_at_too(place: Path) -> None:
    pd.DataFrame({"a": [1]}).to_parquet(place / "data" / "processed" / "capacity.parquet")
    assert export_run(Study.load(place / "study.toml"), place, place / "x.gpkg").stale == ("capacity",)


def test_before_any_run_every_missing_table_is_told(tmp_path: Path, small_run: Path) -> None:
    shutil.copy(small_run / "study.toml", tmp_path)
    told = nmplan("export", cwd=tmp_path)
    assert told.returncode == 1
    assert "Run `nmplan run` first" in told.stderr
    for missing in ("layers/parcels", "layers/zoning", "today/scores", "2035/measures"):
        assert f"data/processed/{missing}.parquet: there is no such file yet." in told.stderr
    assert "Traceback" not in told.stderr
    assert not (tmp_path / "maps").exists()
    assert not (tmp_path / "data").exists()


def test_the_folder_of_the_run_may_be_elsewhere(place: Path) -> None:
    elsewhere = place.parent / "elsewhere"
    elsewhere.mkdir()
    told = nmplan("export", "--study", "../run/study.toml", "--run", "../run", "--output", "a/b.gpkg", cwd=elsewhere)
    assert told.returncode == 0, told.stderr
    assert "today_sites" in layers_of(elsewhere / "a" / "b.gpkg")


def test_a_broken_table_is_told(place: Path) -> None:
    (place / "data" / "processed" / "today" / "scores.parquet").write_bytes(b"PAR1 broken")
    with pytest.raises(StoreError, match="cannot be read"):
        export_run(Study.load(place / "study.toml"), place, place / "x.gpkg")
    assert not (place / "x.gpkg").exists()


def test_anothers_file_is_kept_unless_forced(place: Path) -> None:
    (place / "x.gpkg").write_text("mine")
    told = nmplan("export", "--output", "x.gpkg", cwd=place)
    assert told.returncode == 1
    assert "not written by nmplan" in told.stderr
    assert (place / "x.gpkg").read_text() == "mine"
    assert nmplan("export", "--output", "x.gpkg", "--force", cwd=place).returncode == 0


def test_an_unknown_scenario_is_a_matter_of_usage(place: Path) -> None:
    told = nmplan("export", "--scenario", "2053", cwd=place)
    assert told.returncode == 2
    assert "did you mean 2035?" in " ".join(told.stderr.split())
