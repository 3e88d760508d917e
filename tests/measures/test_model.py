from __future__ import annotations

import numpy as np
import pytest

from nmplan.layers.load import load_group
from nmplan.layers.sources import bundled_folder
from nmplan.layers.sources import layer_groups
from nmplan.measures.model import build_travel
from nmplan.measures.speeds import Speeds
from nmplan.measures.travel import MODES
from nmplan.study import Study
from nmplan.words import TRAVELLED


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.load(bundled_folder() / "study.toml")


@pytest.fixture(scope="module")
def layers(study: Study):
    groups = layer_groups({name: origin for name, origin in study.layers.items() if name in TRAVELLED})
    return {name: layer.frame for names in groups for name, layer in load_group(names, study).items()}


@pytest.fixture(scope="module")
def fast(study: Study) -> Speeds:
    return Speeds.of(study.travel)


def test_every_mode_has_its_network(study: Study, layers, fast: Speeds) -> None:
    travel = build_travel(layers, study.scenarios["today"], fast)
    assert travel is not None
    assert set(travel.networks) == set(MODES)
    assert travel.names["lo-wu"] == "Lo Wu"
    assert travel.names["eal-sheung-shui"] == "Sheung Shui"


def test_without_roads_there_is_no_model_without_rail_no_transit(study: Study, layers, fast: Speeds) -> None:
    assert build_travel({"boundary": layers["boundary"]}, study.scenarios["today"], fast) is None
    roads = {name: layers[name] for name in ("road_nodes", "road_edges", "boundary")}
    travel = build_travel(roads, study.scenarios["today"], fast)
    assert travel is not None
    assert "transit" not in travel.networks
    # no crossings: nobody gets over
    hong_kong, shenzhen = (layers["crossings"][name].reset_index(drop=True) for name in ("geometry", "shenzhen_side"))
    assert np.isnan(travel.minutes("car", hong_kong.iloc[:2], shenzhen.iloc[:2])).all()


def test_peak_roads_are_slower_by_the_share_of_their_class(study: Study, layers, fast: Speeds) -> None:
    quiet, peak = (
        build_travel(layers, study.scenarios["today"].model_copy(update={"period": period}), fast)
        for period in ("quiet", "peak")
    )
    assert quiet is not None
    assert peak is not None
    shares = quiet.roads.edges["highway"].map(study.travel.peak_shares).to_numpy()
    assert peak.roads.minutes() * shares == pytest.approx(quiet.roads.minutes())


def test_a_crossing_shut_at_the_hour_is_not_there(study: Study, layers, fast: Speeds) -> None:
    day, night = (build_travel(layers, study.scenarios["today"].at(hour), fast) for hour in ("22:29", "22:31"))
    assert day is not None
    assert night is not None
    assert "lok-ma-chau-spur-line/shenzhen" in day.networks["transit"].names
    assert "lok-ma-chau-spur-line/shenzhen" not in night.networks["transit"].names
    assert "lok-ma-chau/shenzhen" in night.networks["car"].names


def test_a_car_with_a_quota_clears_as_its_own_service_says(study: Study, layers, fast: Speeds) -> None:
    travel = build_travel(layers, study.scenarios["today"], fast)
    assert travel is not None
    here = layers["crossings"].loc[layers["crossings"]["crossing_id"].eq("lok-ma-chau")].reset_index(drop=True)
    lorry, car = (travel.minutes(mode, here.geometry, here["shenzhen_side"])[0, 0] for mode in ("goods", "car"))
    # the services say 30 minutes for lorries, 10 for cars with a quota; both drive as fast here
    assert lorry - car == pytest.approx(20, abs=0.5)


def test_a_planned_interchange_lets_nobody_on_before_its_year(study: Study, layers, fast: Speeds) -> None:
    nodes = layers["road_nodes"].set_index("node_id").geometry
    village = nodes.loc[["sww-v"]].reset_index(drop=True)
    fairview = nodes.loc[["fairview"]].reset_index(drop=True)
    today, later = (build_travel(layers, study.scenarios[key], fast) for key in ("today", "2035"))
    assert today is not None
    assert later is not None
    assert "sww" not in set(today.roads.edges["u"])
    # from 2031: 0.1 km of slip road at 50 km/h and 3.56 km of motorway at 85 km/h; until then by Castle Peak Road
    (soon,), (now,) = (
        later.minutes("car", village, fairview)[0:1, 0],
        today.minutes("car", village, fairview)[0:1, 0],
    )
    assert soon == pytest.approx(0.1 / 50 * 60 + 3.56 / 85 * 60, abs=0.2)
    assert now > soon + 1
