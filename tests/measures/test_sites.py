from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from published.rasters import land_use_raster

from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.land_use import read_land_use
from nmplan.layers.load import Layers
from nmplan.layers.load import load_layers
from nmplan.layers.sources import bundled_folder
from nmplan.measures.blocks import tell_nobody
from nmplan.measures.sites import measure_land
from nmplan.measures.sites import measure_sites
from nmplan.study import Study
from nmplan.words import MEASURES
from nmplan.words import OF_THE_LAND
from nmplan.words import column_of


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.load(bundled_folder() / "study.toml")


@pytest.fixture(scope="module")
def layers(study: Study) -> Layers:
    return load_layers(study)


def measured(study: Study, layers: Layers, scenario: str, **changes):
    tables = {name: table for name, table in layers.items() if name not in changes.get("leave_out", ())}
    tables |= changes.get("replace", {})
    supply = study.supply.model_copy(update=changes.get("supply", {}))
    tell = changes.get("tell", tell_nobody)
    return measure_sites(
        tables, {"terrain": layers.terrain, **changes.get("rasters", {})}, study.scenarios[scenario],
        travel=study.travel, supply=supply, talent=study.talent, chains=study.chains, tell=tell,
    )  # fmt: skip


@pytest.fixture(scope="module")
def today(study: Study, layers: Layers):
    return measured(study, layers, "today")


@pytest.fixture(scope="module")
def later(study: Study, layers: Layers):
    return measured(study, layers, "2035")


NOT_HERE = {"slope_deg", "steep_share", "permitted_share", "road_frontage_m", "scarce_supply"} | {
    name for name in MEASURES if "land_use" in MEASURES[name].layers
}


def test_every_measure_of_the_vocabulary_is_there_but_slope_and_land_use(study: Study, today) -> None:
    # spot heights cannot give slope, roads 100 m off no frontage; the permitted share is formed per tenant from the
    # zone shares; no land use is bundled; sites compete for supply only where
    # the study says so
    for name, quantity in MEASURES.items():
        columns = [column_of(name, chain) for chain in study.chains] if quantity.per == "chain" else [name]
        for column in columns:
            assert (column in today.table) is (name not in NOT_HERE), column


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
    assert found.journeys.empty
    columns = set(found.table)
    assert not [name for name in columns if name.startswith(("talent", "conservation", "zone_share", "crossing"))]
    assert {"boundary_m", "station_min", "area_ha"} <= columns


def test_without_roads_only_straight_measures_remain(study: Study, layers: Layers) -> None:
    found = measured(study, layers, "today", leave_out=("road_nodes", "road_edges"))
    assert {"crossing_min", "station_min"}.isdisjoint(found.table)
    assert "station_m" in found.table
    assert found.supply.empty
    assert found.journeys.empty


def test_without_crossings_the_mainland_is_out_of_reach(study: Study, layers: Layers) -> None:
    found = measured(study, layers, "today", leave_out=("crossings", "crossing_services"))
    across = found.supply[found.supply["jurisdiction"].eq("shenzhen")]
    assert across["minutes_nearest"].isna().all()
    assert across["mass_in_reach"].eq(0).all()


def test_contracts_and_layers_agree(layers: Layers) -> None:
    assert set(layers) <= set(CONTRACTS)


def test_land_use_is_measured_where_it_is_loaded(study: Study, layers: Layers, today, tmp_path) -> None:
    land_use = read_land_use([land_use_raster(tmp_path)], "land use")
    table = measured(study, layers, "today", rasters={"land_use": land_use}).table
    uses = table.filter(like="use_share_")
    assert uses.sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)
    assert table["vacant_share"].notna().sum() > 1_000
    assert table["built_share"].dropna().between(0, 1).all()
    assert table[today.table.columns].equals(today.table)


def test_water_has_its_accuracy_like_every_distance(today) -> None:
    assert today.table["water_accuracy_m"].ge(today.table["accuracy_m"]).all()
    assert today.table["water_m"].between(0, 5_000).all()


def test_idle_land_and_public_land_are_unknown_where_the_layer_does_not_know(layers: Layers, today) -> None:
    unknown = layers.parcels[["status", "tenure"]].eq("unknown").sum()
    assert today.unreached["idle"] == unknown["status"]
    assert today.unreached["public_land"] == unknown["tenure"]


def test_what_is_said_of_a_site_in_a_word_goes_along_for_the_rules(layers: Layers, today) -> None:
    parcels = layers["parcels"].set_index("parcel_id")
    measured = today.table.set_index("parcel_id")
    for word in ("status", "tenure"):
        assert measured[word].tolist() == parcels[word].tolist()


def test_roads_that_are_placed_well_give_sites_a_frontage(study: Study, layers: Layers) -> None:
    # a street 10 m off the west side of the first site's bounds, known to a metre
    west, south, _, north = layers.parcels.geometry.iloc[0].bounds
    street = layers["road_edges"].iloc[[0]].assign(highway="residential", accuracy_m=1.0)
    street = street.set_geometry([shapely.LineString([(west - 10, south), (west - 10, north)])], crs=street.crs)
    roads = pd.concat([layers["road_edges"], street], ignore_index=True)
    found = measured(study, layers, "today", replace={"road_edges": roads})
    frontage = found.table["road_frontage_m"]
    assert 0 < frontage.iloc[0] < 2 * (north - south)
    # sites along the coarse roads of the reference geography stay unknown, and are counted
    assert found.unreached["road_frontage_m"] == frontage.isna().sum() > 0
    assert found.table["road_frontage_accuracy_m"].iloc[0] == pytest.approx(
        np.hypot(layers.parcels["accuracy_m"].iloc[0], 1)
    )


def test_straight_lines_need_no_roads_and_count_no_crossing(study: Study, layers: Layers) -> None:
    how = {"minutes_from": "straight-line", "straight_line_kph": 30.0}
    found = measured(study, layers, "today", leave_out=("road_nodes", "road_edges", "crossings"), supply=how)
    # the nearest supplier of the first site by hand: 30 km/h is 500 m a minute
    firms = layers["suppliers"]
    firms = firms[
        firms["chain"].eq("robotics") & firms["tier"].eq(firms.loc[firms["chain"].eq("robotics"), "tier"].iloc[0])
    ]
    place = layers.parcels.geometry.iloc[0].representative_point()
    reach = found.supply[found.supply["parcel_id"].eq(layers.parcels["parcel_id"].iloc[0])]
    reach = reach[reach["chain"].eq("robotics") & reach["tier"].eq(firms["tier"].iloc[0])]
    assert reach["minutes_nearest"].min() == pytest.approx(firms.distance(place).min() / 500)
    assert found.table["supply_access_robotics"].between(0, 1).all()


def test_sites_compete_where_the_study_says_so(study: Study, layers: Layers) -> None:
    found = measured(study, layers, "today", supply={"competition": "two-step"})
    firms = layers["suppliers"]
    mass = firms.loc[firms["chain"].eq("robotics"), "mass"].sum()
    # all firms are reached by some site, so what the sites get is what there is
    assert (found.table["scarce_supply_robotics"] * found.table["area_ha"]).sum() == pytest.approx(mass)


def test_in_parts_or_whole_the_measures_are_the_same(
    study: Study, layers: Layers, today, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nmplan.measures.blocks.BLOCK_NUMBERS", 20_000)
    monkeypatch.setattr("nmplan.measures.blocks.SITES_AT_ONCE", 300)
    told: list[tuple[str, int, int]] = []
    parts = measured(study, layers, "today", tell=lambda *news: told.append(news))
    pd.testing.assert_frame_equal(parts.table, today.table, rtol=1e-9, atol=1e-9)
    pd.testing.assert_frame_equal(parts.supply, today.supply, rtol=1e-9, atol=1e-9)
    done = [done for what, done, _ in told if what == "suppliers"]
    assert done == sorted(set(done))
    assert done[-1] == layers["suppliers"]["chain"].isin(study.chains).sum()
    assert len(done) > 10
    assert ("stations", len(layers.parcels), len(layers.parcels)) in told


def test_land_is_measured_without_journeys_as_the_sites_are(layers: Layers, today) -> None:
    some = layers["parcels"].iloc[5:9]
    land = measure_land({**layers, "parcels": some}, {"terrain": layers.terrain})
    pd.testing.assert_frame_equal(land, today.table.iloc[5:9][list(land)].reset_index(drop=True))
    assert set(OF_THE_LAND) - NOT_HERE <= set(land)
    assert not set(land) & (set(MEASURES) - set(OF_THE_LAND))
    # the zones of which the permitted share is formed
    assert any(name.startswith("zone_share_") for name in land)
