from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from published.candidates import write_lots
from published.mtr import write_exits
from published.mtr import write_lines_and_stations
from published.plans import write_plans
from published.postgis import running_postgis

from nmplan import pipeline
from nmplan.errors import NmplanError
from nmplan.errors import StudyError
from nmplan.files import manifest_path
from nmplan.files import write_json
from nmplan.layers.load import load_layers
from nmplan.layers.sources import reference_files
from nmplan.steps.measures import measure
from nmplan.store import Workspace
from nmplan.store import file_hash
from nmplan.store import read_manifest
from nmplan.store import read_table
from nmplan.study import Aggregation
from nmplan.study import Study
from nmplan.study import Weighting

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator

    Build = Callable[..., Study]

OMITTED = "left out, for no layer holds what it measures: talent_access"

CHANGED = ("scores", "clusters", "supply chains", "portfolio")
"""Steps of a scenario that a weight changes; sandbox zones do not depend on scores."""

RAIL = ("stations", "transit_lines", "rail_links", "transfers")

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
    "sandbox_sites": "sandbox_id parcel_id",
    "sandbox_readiness": "sandbox_id criterion measured unit value weight points",
    "sandbox_refusals": "kind area_id rule measured_low measured_high limit outcome area_ha reason_en reason_zh",
    "infrastructure": "sandbox_id item amount unit label_en label_zh",
    "supply_links": "cluster_id chain tier jurisdiction firms_30 firms_60 mass missing",
}
"""Files of a scenario and the columns others build on."""


def ran(study: Study, root: Path, **how) -> list[str]:
    return [event.step for event in pipeline.run(study, root, **how) if event.ran]


def said(study: Study, root: Path) -> list[str]:
    return [line for event in pipeline.run(study, root) for line in event.said]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


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
        *(f"{stage}: {scenario}" for scenario in study.scenarios for stage in CHANGED),
        *(f"differences: {scenario} since {study.since(scenario)}" for scenario in list(study.scenarios)[1:]),
        "maps",
    ]
    assert [line for event in events for line in event.said if line.startswith("microelectronics, top 20: in ")]


def test_a_changed_speed_leaves_layers_but_roads_alone(edited, workspace: Path) -> None:
    steps = ran(edited("walk_kph = 4.5", "walk_kph = 5"), workspace)
    assert not [step for step in steps if step.startswith("layers")]
    assert "measures: today" in steps


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("aggregation", Aggregation(method="product"), "product"),
        ("weights", Weighting(method="entropy"), "entropy"),
    ],
)
def test_pages_refuse_at_once_what_they_cannot_add_up(
    study: Study, tmp_path: Path, key: str, value: Aggregation | Weighting, told: str
) -> None:
    tenants = {**study.tenants, "logistics": study.tenants["logistics"].model_copy(update={key: value})}
    other = study.model_copy(update={"tenants": tenants})
    with pytest.raises(StudyError, match=f"tenants.logistics: .*{told}.*--until places"):
        next(pipeline.run(other, tmp_path))
    # without pages there is nothing to refuse
    assert next(pipeline.run(other, tmp_path, until="places")).step


def test_until_and_scenario_stop_early(study: Study, tmp_path: Path) -> None:
    steps = ran(study, tmp_path, until="scores", scenarios=("2035",))
    assert "scores: 2035" in steps
    assert not [step for step in steps if "today" in step or step.startswith(("clusters", "sandboxes", "maps"))]
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
    assert any(OMITTED in line for line in said(without, workspace))
    assert any(OMITTED in line for line in said(without, workspace))
    ledger = table(workspace, "today", "ledger")
    assert "talent_access" not in set(ledger["criterion"])
    weights = ledger[ledger["tenant"].eq("vehicles")].drop_duplicates("criterion")["weight"]
    assert weights.sum() == pytest.approx(1)


def test_memory_and_disk_give_the_same_measures(study: Study, finished: Path) -> None:
    measures = measure(load_layers(study), study, "today").table
    stored = table(finished, "today", "measures")
    np.testing.assert_allclose(measures["crossing_min"], stored["crossing_min"])
    assert measures["parcel_id"].tolist() == stored["parcel_id"].tolist()


def test_the_check_lists_every_layer(finished: Path) -> None:
    rows = json.loads((finished / "data" / "processed" / "layers" / "check.json").read_text(encoding="utf-8"))
    assert rows["parcels"] >= 300


# --- where layers come from


def provenance(root: Path, name: str) -> dict[str, str]:
    return read_manifest(Workspace(root).layer(name))["provenance"]


def refused(study: Study, root: Path) -> list[str]:
    with pytest.raises(NmplanError) as caught:
        ran(study, root, until="layers")
    return [fault.where for fault in caught.value.faults]


def test_every_layer_says_where_it_comes_from_with_the_checksum_of_its_own_files(study: Study, finished: Path) -> None:
    for name in study.layers:
        tables = reference_files(name)
        found = provenance(finished, name)
        assert found["dataset"] == f"reference/{tables[0].name}", name
        assert found["licence"], name
        assert len(found["checksum"]) == 64, name
        if len(tables) == 1:
            assert found["checksum"] == file_hash(tables[0]), name
    assert "provenance" not in read_manifest(Workspace(finished).layer("parcels"))  # cut here


def test_own_sites_have_the_checksum_of_their_file_and_not_of_what_they_are_placed_in(
    small_study: Build, tmp_path: Path
) -> None:
    lots = {"adapter": "file", "path": write_lots(tmp_path).name, "columns": {"parcel_id": "LOTCSUID"}}
    study = small_study({"parcels": {**lots, "licence": "our own"}}, only=("areas", "zoning"))
    ran(study, tmp_path / "out", until="layers")
    found = provenance(tmp_path / "out", "parcels")
    assert found["checksum"] == file_hash(tmp_path / "lots.gpkg")
    assert found["licence"] == "our own"


def test_a_fault_of_a_group_is_told_once_and_beside_those_of_others(small_study: Build, tmp_path: Path) -> None:
    rail = {"adapter": "mtr", "path": "lines.csv", "coordinates": "exits.csv"}
    layers = {**dict.fromkeys(RAIL, rail), "coast": {"adapter": "file", "path": "coast.gpkg"}}
    roads = {name: {"adapter": "file", "path": f"{name}.gpkg"} for name in ("road_nodes", "road_edges")}
    assert sorted(refused(small_study({**layers, **roads}), tmp_path)) == [
        "layers.coast.path",
        "layers.road_edges.path",
        "layers.road_nodes.path",
        "layers.stations.coordinates",
        "layers.stations.path",
    ]


def test_layers_of_a_group_are_one_step_and_stale_with_the_files_beside(
    small_study: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = tmp_path / "bundle" / "data" / "raw" / "reference"
    shutil.copytree(reference_files("areas")[0].parent, tables)
    monkeypatch.setattr("nmplan.layers.sources.bundled_folder", lambda: tmp_path / "bundle")
    rail = {"adapter": "mtr", "path": write_lines_and_stations(tmp_path).name}
    rail["coordinates"] = write_exits(tmp_path).name
    study = small_study(dict.fromkeys(RAIL, rail), only=("areas", "zoning"))
    root, step = tmp_path / "out", f"layers: {' + '.join(RAIL)}"

    def steps() -> list[str]:
        return ran(study, root, until="layers")

    assert step in steps()
    assert steps() == []
    before = {name: provenance(root, name)["checksum"] for name in RAIL}
    assert len(set(before.values())) == 1  # all of them were read from the same files
    edit(tmp_path / "station_exits.csv", "22.5280,114.1130", "22.5270,114.1130")
    assert steps() == [step, "layers: check"]
    assert provenance(root, "stations")["checksum"] != before["stations"]
    # the tables of the reference geography that fill in what MTR leaves out
    for name in ("stations", "rail_links", "transit_lines", "transfers"):
        table = tables / f"{name}.csv"
        table.write_bytes(table.read_bytes() + b"\n")
        assert steps() == [step], name
    assert steps() == []


def test_files_of_one_name_in_several_folders_each_make_their_layer_stale(small_study: Build, tmp_path: Path) -> None:
    write_plans(tmp_path / "ozp", "esri", packed=False)
    zones = sorted((tmp_path / "ozp").rglob("ZONE.json"))
    plans = {"adapter": "statutory-plans", "path": "ozp"}
    study = small_study({"zoning": plans, "areas": plans}, only=())
    ran(study, tmp_path / "out", until="layers")
    assert len(zones) == 3
    for path in zones:
        path.write_bytes(path.read_bytes() + b"\n")
        assert ran(study, tmp_path / "out", until="layers") == ["layers: zoning + areas"]


def test_maps_are_drawn_anew_when_only_the_provenance_changes(small_study: Build, tmp_path: Path) -> None:
    place = tmp_path / "openstreetmap-features" / "places.csv"
    place.parent.mkdir()
    place.write_text("place_id,lon,lat,name_en,name_zh\nsan-tin,114.072,22.487,San Tin,新田\n", encoding="utf-8")
    fetched = {"dataset": "openstreetmap-features", "vintage": "2026-10-01"}
    write_json(fetched, manifest_path(place))
    names = {"adapter": "file", "path": "openstreetmap-features/places.csv", "crs": "EPSG:4326"}
    study, root = small_study({"place_names": names}), tmp_path / "out"
    ran(study, root)
    page = root / "maps" / "explorer.html"
    assert "2026-10-01" in page.read_text(encoding="utf-8")
    assert ran(study, root) == []
    write_json({**fetched, "vintage": "2026-11-02"}, manifest_path(place))
    # the table is the same bytes, so that nothing else is done again
    assert ran(study, root) == ["layers: place_names", "maps"]
    assert "2026-11-02" in page.read_text(encoding="utf-8")
    assert provenance(root, "place_names")["vintage"] == "2026-11-02"


# --- a database


LOTS = """
create extension postgis;
create table lots (parcel_id text primary key, shape geometry(Polygon, 2326));
insert into lots
select 'lot-' || n, ST_MakeEnvelope(824900 + 200*n, 840350, 825060 + 200*n, 840510, 2326) from generate_series(1, 12) n;
"""


@pytest.fixture(scope="module")
def postgis() -> Iterator[str]:
    with running_postgis(LOTS) as address:
        yield address


def execute(address: str, sql: str) -> None:
    import sqlalchemy

    engine = sqlalchemy.create_engine(address)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(sql))
    engine.dispose()


def test_a_layer_of_a_database_is_read_each_time_and_the_rest_only_when_it_changed(
    small_study: Build, tmp_path: Path, postgis: str
) -> None:
    lots = {"adapter": "file", "url": postgis, "table": "lots", "publisher": "our registry"}
    study = small_study({"parcels": lots}, only=("areas", "boundary"))
    root = tmp_path / "out"

    def steps() -> list[str]:
        return ran(study, root, until="scores")

    everything = ["layers: parcels", "layers: check", "ensemble: today", "measures: today", "scores: today"]
    assert steps() == ["layers: areas", "layers: boundary", *everything]
    assert steps() == ["layers: parcels"]
    execute(postgis, "update lots set parcel_id = 'lot-99' where parcel_id = 'lot-3'")
    assert steps() == everything
    assert "lot-99" in set(table(root, "today", "scores")["parcel_id"])
    assert steps() == ["layers: parcels"]
    # nobody can tell which state of the database this was, and no address stands anywhere
    assert provenance(root, "parcels")["publisher"] == "our registry"
    assert provenance(root, "parcels")["checksum"] == ""
    assert not [path for path in root.rglob("*.json") if "postgresql" in path.read_text(encoding="utf-8")]


def test_roads_half_from_a_database_are_read_each_time(small_study: Build, tmp_path: Path, postgis: str) -> None:
    execute(
        postgis,
        "create table if not exists edges as select 'a' u, 'b' v, 500.0 length,"
        " ST_SetSRID('LINESTRING(824900 840350, 825400 840350)'::geometry, 2326) shape",
    )
    nodes = "node_id,x,y\na,824900,840350\nb,825400,840350\n"
    (tmp_path / "nodes.csv").write_text(nodes, encoding="utf-8")
    lots = {"adapter": "file", "path": write_lots(tmp_path).name, "columns": {"parcel_id": "LOTCSUID"}}
    roads = {
        "road_nodes": {"adapter": "file", "path": "nodes.csv", "crs": "EPSG:2326", "columns": {"lon": "x", "lat": "y"}},
        "road_edges": {"adapter": "file", "url": postgis, "table": "edges"},
    }
    study = small_study({"parcels": lots, **roads}, only=())
    root = tmp_path / "out"
    ran(study, root, until="layers")
    assert ran(study, root, until="layers") == ["layers: road_nodes + road_edges"]
    assert provenance(root, "road_nodes")["checksum"] == file_hash(tmp_path / "nodes.csv")
    assert provenance(root, "road_edges")["checksum"] == ""


def test_a_run_tells_which_edit_moved_the_top_and_for_whom(workspace: Path, edited) -> None:
    study = edited('measure = "station_min", weight = 15', 'measure = "station_min", weight = 90')
    events = pipeline.run(study, workspace, scenarios=("today",), until="scores")
    told = [line for event in events for line in event.said if ", top 20: " in line]
    assert len(told) == 1
    assert told[0].startswith("microelectronics, top 20: in ")
    assert told[0].endswith("; edited: tenants.microelectronics.criteria[4].weight 15 → 90")


def test_without_an_ensemble_measures_are_taken_as_sure(workspace: Path, edited) -> None:
    study = edited("ensemble = 3", "ensemble = 0")
    assert ran(study, workspace, scenarios=("today",), until="scores") == ["scores: today"]
    confidence = table(workspace, "today", "scores")["confidence"].dropna()
    assert set(confidence) <= {0.0, 0.5, 1.0}
