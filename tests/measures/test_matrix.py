"""A matrix of own minutes: by id, whatever the order, and nothing but the pairs it has."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.layers.load import Layers
from nmplan.layers.load import load_layers
from nmplan.layers.sources import bundled_folder
from nmplan.measures.journeys import journeys_table
from nmplan.measures.journeys import minutes_to_halls
from nmplan.measures.matrix import Asked
from nmplan.measures.matrix import Matrix
from nmplan.measures.matrix import coverage_notes
from nmplan.measures.matrix import moved_along
from nmplan.measures.model import travel_of
from nmplan.measures.network import Legs
from nmplan.measures.network import shortest_minutes
from nmplan.measures.sites import measure_sites
from nmplan.measures.stations import station_minutes
from nmplan.measures.supply import supplier_places
from nmplan.measures.talent import institute_places
from nmplan.measures.uncertainty import measure_ensemble
from nmplan.places.frontier import measure_frontier
from nmplan.study import Study

SITES, ENDS = ["a", "b", "c", "d"], ["hall", "park", "works"]


def ids(*names: str) -> pd.Index:
    return pd.Index(names, dtype=object)


def table(*rows: tuple[str, str, float], mode: str = "transit", percentile: float = np.nan) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["origin", "destination", "minutes"])
    return frame.assign(mode=mode, percentile=percentile)


# the class


def test_pairs_are_found_by_id_and_the_rest_is_filled() -> None:
    matrix = Matrix(table(("a", "hall", 20.0), ("b", "park", 7.0)))
    filled = matrix.fill("transit", ids("b", "nobody", "a"), ids("park", "hall"), np.full((3, 2), 99.0))
    assert filled.tolist() == [[7.0, 99.0], [99.0, 99.0], [99.0, 20.0]]


def test_a_pair_without_minutes_has_no_way_and_is_not_filled() -> None:
    matrix = Matrix(table(("a", "hall", np.nan)))
    assert np.isnan(matrix.fill("transit", ids("a"), ids("hall"), np.array([[30.0]]))).all()
    assert matrix.look_up("transit", ids("a"), ids("hall"))[1].all()


def test_a_mode_knows_nothing_of_another() -> None:
    matrix = Matrix(table(("a", "hall", 20.0), mode="car"))
    assert matrix.has("car")
    assert not matrix.has("transit")
    assert matrix.fill("transit", ids("a"), ids("hall"), np.array([[30.0]])).tolist() == [[30.0]]


def test_points_with_numbers_for_an_index_have_no_ids() -> None:
    matrix = Matrix(table(("0", "1", 20.0)))
    assert not matrix.look_up("transit", pd.RangeIndex(2), pd.RangeIndex(2))[1].any()


def test_goods_stand_for_the_way_back_where_that_is_not_given() -> None:
    matrix = Matrix(table(("works", "a", 40.0), ("a", "works", 50.0), ("b", "works", 60.0), mode="goods"))
    given, known = matrix.look_up("goods", ids("works"), ids("a", "b", "c"))
    np.testing.assert_array_equal(given, [[40.0, 60.0, np.nan]])
    assert known.tolist() == [[True, True, False]]
    assert matrix.look_up("goods", ids("a"), ids("works"))[0].tolist() == [[50.0]]
    assert matrix.count("goods", ids("works"), ids("a", "b", "c")) == (2, 1)


def test_people_need_the_way_they_go() -> None:
    assert not Matrix(table(("hall", "a", 40.0))).look_up("transit", ids("a"), ids("hall"))[1].any()


@pytest.mark.parametrize(("asked", "minutes"), [(50.0, 20.0), (85.0, 31.0)])
def test_of_several_percentiles_one_is_taken(asked: float, minutes: float) -> None:
    rows = [table(("a", "hall", each), percentile=name) for name, each in ((85, 31.0), (50, 20.0), (15, 12.0))]
    matrix = Matrix(pd.concat(rows), asked)
    assert matrix.look_up("transit", ids("a"), ids("hall"))[0].tolist() == [[minutes]]


def test_the_only_percentile_is_what_there_is_and_a_row_without_one_fills_a_gap() -> None:
    assert Matrix(table(("a", "hall", 31.0), percentile=85)).has("transit")
    rows = [
        table(("a", "hall", 20.0), percentile=50),
        table(("b", "hall", 9.0), percentile=15),
        table(("a", "hall", 1.0), ("b", "hall", 2.0)),
    ]
    assert Matrix(pd.concat(rows)).look_up("transit", ids("a", "b"), ids("hall"))[0].tolist() == [[20.0], [2.0]]


def test_what_the_matrix_lacks_is_counted() -> None:
    matrix = Matrix(table(("a", "hall", 20.0), ("b", "hall", np.nan), ("z", "hall", 3.0)))
    asked = [Asked("transit", "sites and crossings", ids(*SITES), ids("hall", "gate"))]
    assert list(coverage_notes(matrix, asked, {"transit"})) == [
        "travel_times: 6 of 8 pairs of sites and crossings were not in the matrix; the network's minutes stand for them"
    ]
    assert "unknown, without a network" in next(coverage_notes(matrix, asked, ()))
    assert list(coverage_notes(matrix, [Asked("transit", "", ids("a", "b"), ids("hall"))], ())) == []


def test_minutes_move_along_with_the_network() -> None:
    moved = moved_along(np.array([50.0, 5.0, 30.0]), np.array([40.0, 40.0, np.nan]), np.array([30.0, 20.0, 10.0]))
    assert moved.tolist() == [40.0, 0.0, 30.0]


pairs = st.dictionaries(
    st.tuples(st.sampled_from(SITES), st.sampled_from(ENDS)), st.one_of(st.just(np.nan), st.floats(0, 300))
)


@settings(deadline=None, derandomize=True, database=None)
@given(pairs=pairs, seed=st.integers(0, 99), mode=st.sampled_from(["transit", "goods"]))
def test_every_pair_gets_its_own_minutes_in_whatever_order(pairs: dict, seed: int, mode: str) -> None:
    rows = table(*((*pair, minutes) for pair, minutes in pairs.items()), mode=mode).astype({"minutes": float})
    matrix = Matrix(rows.sample(frac=1, random_state=seed))
    there, known = matrix.look_up(mode, ids(*SITES), ids(*ENDS))
    for i, site in enumerate(SITES):
        for k, end in enumerate(ENDS):
            assert known[i, k] == ((site, end) in pairs)
            np.testing.assert_array_equal(there[i, k], pairs.get((site, end), np.nan))
    assert matrix.count(mode, ids(*SITES), ids(*ENDS)) == (len(pairs), 0)


@settings(deadline=None, derandomize=True, database=None)
@given(pairs=pairs, site=st.sampled_from(SITES), end=st.sampled_from(ENDS), minutes=st.floats(0, 300))
def test_filling_a_pair_changes_no_other(pairs: dict, site: str, end: str, minutes: float) -> None:
    network = np.arange(12.0).reshape(4, 3)
    before, after = (
        Matrix(table(*((*pair, each) for pair, each in rows.items())).astype({"minutes": float})).fill(
            "transit", ids(*SITES), ids(*ENDS), network
        )
        for rows in (pairs, pairs | {(site, end): minutes})
    )
    changed = np.zeros(network.shape, dtype=bool)
    changed[SITES.index(site), ENDS.index(end)] = True
    np.testing.assert_array_equal(after[~changed], before[~changed])
    assert after[changed] == minutes


# in the measures


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.load(bundled_folder() / "study.toml")


@pytest.fixture(scope="module")
def own(study: Study) -> Study:
    return study.model_copy(update={"travel": study.travel.model_copy(update={"minutes_from": "matrix"})})


@pytest.fixture(scope="module")
def layers(study: Study) -> Layers:
    loaded = load_layers(study)
    return Layers({**loaded, "parcels": loaded["parcels"].iloc[::90].reset_index(drop=True)}, {})


def places_of(layers):
    return layers["parcels"].set_index("parcel_id").geometry.representative_point()


def long(mode: str, minutes: np.ndarray, origins, destinations) -> pd.DataFrame:
    rows = {"origin": np.repeat(np.asarray(origins), len(destinations))}
    rows |= {"destination": np.tile(np.asarray(destinations), len(origins)), "minutes": minutes.ravel()}
    frame = pd.DataFrame(rows).assign(mode=mode, percentile=np.nan)
    return frame.drop_duplicates(["origin", "destination"])


@pytest.fixture(scope="module")
def times(study: Study, layers: Layers) -> pd.DataFrame:
    """The model's own minutes of 2035 as the layer travel_times, in no order."""
    model, places = travel_of(layers, study.scenarios["2035"], study.travel), places_of(layers)
    people, cars = (minutes_to_halls(model, places, mode) for mode in ("transit", "car"))
    driven = cars.minutes - cars.ways["parking_min"].to_numpy(dtype=float)
    stations = model.transit.stations_here
    ends = Legs(np.arange(len(stations)), stations, np.zeros(len(stations)), len(stations))
    walked = shortest_minutes(model.on_this_side("transit"), model.legs("transit", places, outwards=True), ends)
    institutes, suppliers = institute_places(layers["talent"]), supplier_places(layers["suppliers"])
    parts = [
        long("transit", people.minutes, places.index, people.ways["crossing_id"]),
        long("car", driven, places.index, cars.ways["crossing_id"]),
        long("transit", walked, places.index, model.stations),
        long("transit", model.minutes("transit", places, institutes), places.index, institutes.index),
        long("goods", model.minutes("goods", suppliers, places), suppliers.index, places.index),
    ]
    return pd.concat(parts, ignore_index=True).sample(frac=1, random_state=1)


def measured(study: Study, layers, scenario: str = "2035"):
    sections = {"travel": study.travel, "supply": study.supply, "talent": study.talent, "chains": study.chains}
    return measure_sites(layers, {}, study.scenarios[scenario], **sections)


def alike(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    for name in expected.columns.drop("crossing_lines", errors="ignore"):
        if expected[name].dtype == float:
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-9, err_msg=str(name))
        else:
            assert found[name].tolist() == expected[name].tolist(), name


@pytest.fixture(scope="module")
def network(study: Study, layers: Layers):
    return measured(study, layers)


def test_the_models_own_minutes_give_the_same_measures(own: Study, layers: Layers, times, network) -> None:
    found = measured(own, {**layers, "travel_times": times})
    alike(found.table, network.table)
    alike(found.supply, network.supply)
    alike(found.journeys.drop(columns="lines"), network.journeys.drop(columns="lines"))
    assert set(found.table["crossing_lines"]) == {""}
    assert len(found.notes) == 1  # goods at the crossings, which the matrix does not have
    assert "sites and crossings for goods were not in the matrix" in found.notes[0]


def test_a_matrix_with_gaps_takes_the_rest_from_the_network(own: Study, layers: Layers, times, network) -> None:
    found = measured(own, {**layers, "travel_times": times.iloc[::3]})
    alike(found.table, network.table)
    told = "\n".join(found.notes)
    for between in ("crossings by public transport", "crossings by car", "stations", "institutes", "suppliers and"):
        assert between in told


def test_a_matrix_that_the_study_does_not_ask_for_changes_nothing(study: Study, layers: Layers, times, network) -> None:
    found = measured(study, {**layers, "travel_times": times.assign(minutes=1.0)})
    pd.testing.assert_frame_equal(found.table, network.table)
    assert found.notes == ()


def test_without_roads_the_matrix_is_all_there_is(own: Study, layers: Layers, times, network) -> None:
    roadless = {name: table for name, table in layers.items() if not name.startswith("road_")}
    found = measured(own, {**roadless, "travel_times": times}).table
    names = ["crossing_min", "crossing_id", "crossing_car_min", "station_min", "supply_access_semiconductors"]
    alike(found[names], network.table[names])
    first = found["parcel_id"].iloc[0]
    less = measured(
        own, {**roadless, "travel_times": times[times["origin"].ne(first) & times["destination"].ne(first)]}
    )
    assert less.table.loc[0, ["crossing_min", "crossing_car_min", "station_min"]].isna().all()
    assert np.isnan(less.table["supply_access_semiconductors"].iloc[0])
    alike(less.table[names].iloc[1:], network.table[names].iloc[1:])
    assert any("unknown, without a network" in note for note in less.notes)


def test_one_pair_changes_one_site(own: Study, layers: Layers, times, network) -> None:
    at = times["mode"].eq("transit") & times["destination"].eq("lo-wu")
    site = times.loc[at, "origin"].iloc[0]
    quicker = times.assign(minutes=times["minutes"].mask(at & times["origin"].eq(site), 0.5))
    found = measured(own, {**layers, "travel_times": quicker})
    rows = found.table["parcel_id"].eq(site)
    assert found.table.loc[rows, "crossing_id"].tolist() == ["lo-wu"]
    alike(found.table[~rows], network.table[~rows])
    journey = found.journeys[found.journeys["parcel_id"].eq(site) & found.journeys["crossing_id"].eq("lo-wu")]
    people = journey[journey["mode"].eq("transit")].iloc[0]
    assert (people["hall_min"], people["total_min"], people["status"]) == (0.5, 0.5 + people["clearance_min"], "open")


def test_parking_is_added_to_a_cars_minutes_and_no_way_is_none(own: Study, layers: Layers) -> None:
    places = places_of(layers).iloc[:2]
    rows = table((places.index[0], "shenzhen-bay", 12.0), (places.index[1], "shenzhen-bay", np.nan), mode="car")
    model = travel_of({**layers, "travel_times": rows}, own.scenarios["2035"], own.travel)
    found = minutes_to_halls(model, places, "car")
    at = found.ways["crossing_id"].eq("shenzhen-bay").to_numpy()
    assert found.minutes[0, at].tolist() == (12.0 + found.ways.loc[at, "parking_min"]).tolist()
    assert np.isnan(found.minutes[1, at]).all()
    journeys = journeys_table(places, model, "car").loc[places.index[1]]
    assert set(journeys.loc[journeys["crossing_id"].eq("shenzhen-bay"), "status"]) == {"no way"}


def test_a_station_may_be_nearer_by_the_matrix(own: Study, layers: Layers, network) -> None:
    places, before = places_of(layers), network.table.set_index("parcel_id")["station_min"]
    rows = table((places.index[3], "eal-lo-wu", 0.25), (places.index[3], "eal-sheung-shui", 2.0))
    model = travel_of({**layers, "travel_times": rows}, own.scenarios["2035"], own.travel)
    found = station_minutes(places, model)
    # nobody may go to Lo Wu station to travel on from there: it stands in the closed area
    assert found.iloc[3] == min(2.0, before.iloc[3])
    np.testing.assert_allclose(found.drop(places.index[3]), before.drop(places.index[3]), rtol=1e-9)


def test_goods_take_the_matrix_to_the_hall_and_clear(own: Study, layers: Layers, network) -> None:
    place = places_of(layers).index[0]
    rows = table((place, "heung-yuen-wai", 1.0), mode="goods")
    found = measured(own, {**layers, "travel_times": rows}).table["crossing_goods_min"]
    assert found.iloc[0] == 1.0 + 20.0  # its clearance in quiet hours
    np.testing.assert_array_equal(found.iloc[1:], network.table["crossing_goods_min"].iloc[1:])


def drawn(study: Study, layers, *, draws: int = 2, share: float = 0.25) -> pd.DataFrame:
    how = study.robustness.model_copy(update={"ensemble": draws, "clearance_share": share})
    sections = {"travel": study.travel, "supply": study.supply, "talent": study.talent, "chains": study.chains}
    return measure_ensemble(layers, study.scenarios["2035"], robustness=how, **sections)


def test_in_the_ensemble_suppliers_of_the_matrix_stay_and_clearances_are_drawn(
    study: Study, own: Study, layers: Layers, times, network
) -> None:
    still = drawn(own, {**layers, "travel_times": times}, share=0.0)
    for _, draw in still.groupby("draw"):
        for name in ("crossing_min", "supply_access_semiconductors", "talent_access_semiconductors"):
            np.testing.assert_allclose(draw[name], network.table[name], rtol=1e-5, err_msg=name)
    # with everybody in place, the model and its own minutes as a matrix are drawn alike
    exact = {**layers, **{name: layers[name].assign(accuracy_m=0.0) for name in ("suppliers", "talent")}}
    one, other = drawn(study, exact), drawn(own, {**exact, "travel_times": times})
    np.testing.assert_allclose(one.drop(columns="parcel_id"), other.drop(columns="parcel_id"), rtol=1e-5)
    assert one["supply_access_semiconductors"].iloc[0] != network.table["supply_access_semiconductors"].iloc[0]


def test_the_frontier_moves_the_matrix_along(study: Study, own: Study, layers: Layers, times) -> None:
    how = {"supply": study.supply, "chains": ["semiconductors"], "sites": layers["parcels"]["parcel_id"].tolist()[:5]}
    scenario = study.scenarios["2035"]
    found = measure_frontier({**layers, "travel_times": times}, scenario, travel=own.travel, **how)
    pd.testing.assert_frame_equal(found, measure_frontier(layers, scenario, travel=study.travel, **how), rtol=1e-9)
