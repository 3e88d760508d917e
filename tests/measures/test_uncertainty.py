"""Draws of what is not sure: each moves everything of its kind for all sites at once."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from nmplan.layers.load import Layers
from nmplan.layers.load import load_layers
from nmplan.layers.sources import bundled_folder
from nmplan.measures import blocks
from nmplan.measures.sites import measure_sites
from nmplan.measures.uncertainty import measure_ensemble
from nmplan.measures.uncertainty import move
from nmplan.study import Study


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.load(bundled_folder() / "study.toml")


@pytest.fixture(scope="module")
def layers(study: Study) -> Layers:
    loaded = load_layers(study)
    some = loaded["parcels"].iloc[::60].reset_index(drop=True)
    return Layers({**loaded, "parcels": some}, {})


def drawn(study: Study, layers, scenario: str = "today", *, draws: int = 2, share: float = 0.25, **changed):
    how = study.robustness.model_copy(update={"ensemble": draws, "clearance_share": share})
    sections = {"travel": study.travel, "supply": study.supply, "talent": study.talent, "chains": study.chains}
    return measure_ensemble(layers, study.scenarios[scenario], robustness=how, **(sections | changed))


def unmoved(layers) -> dict[str, pd.DataFrame]:
    return {**layers, **{name: layers[name].assign(accuracy_m=0.0) for name in ("suppliers", "talent")}}


@pytest.mark.parametrize("supply", [{}, {"minutes_from": "straight-line"}])
def test_a_draw_that_moves_nothing_gives_the_measures(study: Study, layers: Layers, supply: dict[str, str]) -> None:
    sections = {
        "travel": study.travel,
        "supply": study.supply.model_copy(update=supply),
        "talent": study.talent,
        "chains": study.chains,
    }
    sure = measure_sites(unmoved(layers), {}, study.scenarios["2035"], **sections).table.set_index("parcel_id")
    found = drawn(study, unmoved(layers), "2035", draws=1, share=0.0, **sections).set_index("parcel_id")
    assert {"crossing_min", "crossing_goods_min", "supply_access_semiconductors", "talent_access_semiconductors"} < set(
        found.columns
    )
    for name in found.columns.drop("draw"):
        np.testing.assert_allclose(found[name], sure[name], rtol=1e-6, err_msg=str(name))


def test_clearances_stay_within_their_share(study: Study, layers: Layers) -> None:
    found = drawn(study, unmoved(layers), draws=6, share=0.25).set_index("parcel_id")
    sure = drawn(study, unmoved(layers), draws=1, share=0.0).set_index("parcel_id")
    change = found["crossing_goods_min"] - sure["crossing_goods_min"].reindex(found.index)
    # no goods clearance of the reference layer is longer than 30 minutes when it is quiet
    assert change.abs().max() <= 0.25 * 30 + 1e-3
    assert found.groupby("draw")["crossing_goods_min"].mean().nunique() == 6


def test_the_same_seed_gives_the_same_draws_whatever_the_sites_or_blocks(
    study: Study, layers: Layers, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = drawn(study, layers)
    pd.testing.assert_frame_equal(drawn(study, layers), whole)
    monkeypatch.setattr(blocks, "SITES_AT_ONCE", 7)
    pd.testing.assert_frame_equal(drawn(study, layers), whole)
    fewer = drawn(study, {**layers, "parcels": layers["parcels"].iloc[:5]})
    same = whole[whole["parcel_id"].isin(fewer["parcel_id"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(fewer, same)
    # the first draws of a longer ensemble are those of a shorter one
    longer = drawn(study, layers, draws=3)
    pd.testing.assert_frame_equal(longer[longer["draw"] < 2], whole)


def test_without_roads_or_suppliers_there_is_less_to_draw(study: Study, layers: Layers) -> None:
    roadless = {name: table for name, table in layers.items() if name not in {"road_nodes", "road_edges"}}
    assert drawn(study, roadless).columns.tolist() == ["draw", "parcel_id"]
    alone = {name: table for name, table in layers.items() if name not in {"suppliers", "talent"}}
    assert drawn(study, alone).columns.tolist() == [
        "draw",
        "parcel_id",
        "crossing_min",
        "crossing_car_min",
        "crossing_goods_min",
    ]


def places(*xy: tuple[float, float], accuracy_m: list[float]) -> gpd.GeoDataFrame:
    points = gpd.points_from_xy(*np.array(xy, dtype=float).T)
    return gpd.GeoDataFrame({"accuracy_m": accuracy_m}, geometry=points, crs="EPSG:2326")


def test_points_move_evenly_over_the_circle_of_their_accuracy() -> None:
    one = places((0.0, 0.0), accuracy_m=[100.0])
    away = np.array(
        [move(one, None, np.random.default_rng(seed))[0].distance(one.geometry[0]) for seed in range(2_000)]
    )
    assert away.max() <= 100
    # half the circle's area lies within 100/√2 m
    assert (away < 100 / np.sqrt(2)).mean() == pytest.approx(0.5, abs=0.045)


def test_points_at_one_place_move_together_and_exact_ones_stay() -> None:
    firms = places((5.0, 5.0), (5.0, 5.0), (9.0, 9.0), (7.0, 7.0), accuracy_m=[100.0, 50.0, 0.0, np.nan])
    moved = move(firms, None, np.random.default_rng(1))
    step = [np.array([there.x - here.x, there.y - here.y]) for here, there in zip(firms.geometry, moved, strict=True)]
    np.testing.assert_allclose(step[0], 2 * step[1])
    assert np.abs(step[0]).max() > 1
    assert moved[2].equals(firms.geometry[2])
    assert moved[3].equals(firms.geometry[3])


def test_nothing_moves_over_the_boundary() -> None:
    river = shapely.LineString([(-1e4, 0), (1e4, 0)])
    banks = places(*((x, 10.0) for x in range(0, 4000, 20)), accuracy_m=[500.0] * 200)
    moved = move(banks, river, np.random.default_rng(1))
    assert (moved.y > 0).all()
    assert 0 < (moved.y == 10).sum() < 150
