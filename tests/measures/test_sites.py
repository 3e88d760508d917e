from __future__ import annotations

import pytest
from published.rasters import land_use_raster

from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.land_use import read_land_use
from nmplan.layers.load import Layers
from nmplan.layers.load import load_layers
from nmplan.layers.sources import bundled_folder
from nmplan.measures.sites import measure_sites
from nmplan.study import Study
from nmplan.words import MEASURES
from nmplan.words import column_of


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.load(bundled_folder() / "study.toml")


@pytest.fixture(scope="module")
def layers(study: Study) -> Layers:
    return load_layers(study)


def measured(study: Study, layers: Layers, scenario: str, **without):
    tables = {name: table for name, table in layers.items() if name not in without.get("leave_out", ())}
    return measure_sites(
        tables, layers.terrain, study.scenarios[scenario],
        travel=study.travel, supply=study.supply, talent=study.talent, chains=study.chains,
        land_use=without.get("land_use"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def today(study: Study, layers: Layers):
    return measured(study, layers, "today")


@pytest.fixture(scope="module")
def later(study: Study, layers: Layers):
    return measured(study, layers, "2035")


def test_every_measure_of_the_vocabulary_is_there_but_slope_and_land_use(study: Study, today) -> None:
    # spot heights cannot give slope, no land use is bundled; the permitted share is formed per tenant from zone shares
    missing = {"slope_deg", "permitted_share", *(name for name in MEASURES if "land_use" in MEASURES[name].layers)}
    for name, quantity in MEASURES.items():
        columns = [column_of(name, chain) for chain in study.chains] if quantity.per == "chain" else [name]
        for column in columns:
            assert (column in today.table) is (name not in missing), column


def test_one_row_per_site_in_their_order(layers: Layers, today) -> None:
    assert today.table["parcel_id"].tolist() == layers.parcels["parcel_id"].tolist()


def test_every_site_reaches_a_crossing_suppliers_and_talent(today) -> None:
    reached = [
        name for name in today.table if name == "crossing_min" or name.startswith(("supply_access", "talent_access"))
    ]
    assert today.table[reached].notna().all().all()


def test_the_northern_link_brings_stations_nearer_and_nothing_further(today, later) -> None:
    assert (later.table["station_min"] <= today.table["station_min"] + 1e-9).all()
    san_tin = today.table["parcel_id"].str.startswith("st-")
    gained = today.table.loc[san_tin, "station_min"] - later.table.loc[san_tin, "station_min"]
    assert gained.mean() > 3


def test_the_loop_lies_at_the_boundary_and_hung_shui_kiu_does_not(layers: Layers, today) -> None:
    area = layers.parcels.set_index("parcel_id")["area_id"].reindex(today.table["parcel_id"]).to_numpy()
    distance = today.table.groupby(area)["boundary_m"].mean()
    assert distance["hetao"] < distance["san-tin"] < distance["hung-shui-kiu"]


def test_without_a_layer_its_measures_are_left_out(study: Study, layers: Layers) -> None:
    found = measured(study, layers, "today", leave_out=("talent", "constraints", "zoning", "crossings"))
    columns = set(found.table)
    assert not [name for name in columns if name.startswith(("talent", "conservation", "zone_share", "crossing"))]
    assert {"boundary_m", "station_min", "area_ha"} <= columns


def test_without_roads_only_straight_measures_remain(study: Study, layers: Layers) -> None:
    found = measured(study, layers, "today", leave_out=("road_nodes", "road_edges"))
    assert "crossing_min" not in found.table
    assert "station_min" in found.table
    assert found.supply.empty


def test_without_crossings_the_mainland_is_out_of_reach(study: Study, layers: Layers) -> None:
    found = measured(study, layers, "today", leave_out=("crossings", "crossing_services"))
    across = found.supply[found.supply["jurisdiction"].eq("shenzhen")]
    assert across["minutes_nearest"].isna().all()
    assert across["mass_in_reach"].eq(0).all()


def test_contracts_and_layers_agree(layers: Layers) -> None:
    assert set(layers) <= set(CONTRACTS)


def test_land_use_is_measured_where_it_is_loaded(study: Study, layers: Layers, today, tmp_path) -> None:
    land_use = read_land_use([land_use_raster(tmp_path)], "land use")
    table = measured(study, layers, "today", land_use=land_use).table
    uses = table.filter(like="use_share_")
    assert uses.sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)
    assert table["vacant_share"].notna().sum() > 1_000
    assert table["built_share"].dropna().between(0, 1).all()
    assert table[today.table.columns].equals(today.table)
