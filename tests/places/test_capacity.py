"""Capacity: floor space and jobs by hand, the unknown told, targets beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nmplan.places.capacity import BY_BASIS
from nmplan.places.capacity import CAPACITY_COLUMNS
from nmplan.places.capacity import GFA_PER_WORKER_M2
from nmplan.places.capacity import capacity
from nmplan.words import ZONES

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[..., Any]

AREAS = pd.DataFrame(
    {
        "area_id": ["a", "b", "c", "d"],
        "name_en": list("ABCD"),
        "name_zh": list("甲乙丙丁"),
        "gfa_target_m2": [100_000.0, np.nan, 5_000.0, np.nan],
        "jobs_target": [1_000.0, np.nan, np.nan, np.nan],
        "source": "made up",
    }
)
BOXES = {"one": (0, 0, 100, 100), "two": (200, 0, 100, 300), "three": (400, 0, 100, 100), "four": (600, 0, 100, 100)}


@pytest.fixture
def table(make_parcels: Build) -> pd.DataFrame:
    parcels = make_parcels(
        BOXES,
        area_id=["a", "a", "b", "b"],
        zone=["business", "industrial", "residential", "data-centre"],
        plot_ratio=[4.0, np.nan, 6.0, 2.0],
    )
    return capacity(parcels, AREAS).set_index("area_id")


def test_floor_space_and_jobs_of_what_is_known(table: pd.DataFrame) -> None:
    row = table.loc["a"]
    # 1 ha at 4.0 = 40,000 m², 25 to 20 m² a worker; 3 ha of unknown plot ratio are land only
    assert (row["sites"], row["land_ha"], row["gfa_m2"]) == (2, pytest.approx(4), pytest.approx(40_000))
    assert (row["jobs_low"], row["jobs_high"]) == (pytest.approx(1_600), pytest.approx(2_000))
    assert (row["gfa_known_share"], row["jobs_known_share"]) == (pytest.approx(0.25), pytest.approx(0.25))
    assert (row["gfa_share"], row["jobs_share_low"]) == (pytest.approx(0.4), pytest.approx(1.6))


def test_land_is_shared_out_by_how_its_plot_ratio_is_known(make_parcels: Build, table: pd.DataFrame) -> None:
    parcels = make_parcels(
        BOXES,
        area_id="a",
        zone="industrial",
        plot_ratio=[4.0, np.nan, 6.0, 2.0],
        plot_ratio_basis=["plan notes", "unknown", "lease or tender", "unknown"],
    )
    row = capacity(parcels, AREAS).set_index("area_id").loc["a"]
    shares = {column: row[column] for column in BY_BASIS.values() if row[column]}
    assert shares == {
        "ratio_plan_notes_ha": pytest.approx(1),
        "ratio_lease_or_tender_ha": pytest.approx(1),
        "ratio_unstated_ha": pytest.approx(1),
        "ratio_unknown_ha": pytest.approx(3),
    }
    # where no table says how, the ratios that are known are still counted apart from the unknown
    assert table[list(BY_BASIS.values())].sum(axis=1).to_numpy() == pytest.approx(table["land_ha"].to_numpy())
    assert table.loc["a", "ratio_unstated_ha"] == pytest.approx(1)


def test_jobs_without_a_figure_are_unknown_not_none(table: pd.DataFrame) -> None:
    row = table.loc["b"]  # homes are no employment; a data centre has floor space, its workers vary with function
    assert (row["sites"], row["gfa_m2"], row["gfa_known_share"]) == (1, pytest.approx(20_000), 1)
    assert np.isnan(row["jobs_low"])
    assert row["jobs_known_share"] == 0


def test_a_target_without_land_stands_and_an_area_with_neither_does_not(table: pd.DataFrame) -> None:
    assert (table.loc["c", "sites"], table.loc["c", "land_ha"]) == (0, 0)
    assert np.isnan(table.loc["c", "gfa_m2"])
    assert "d" not in table.index


def test_all_compares_only_areas_with_a_target(table: pd.DataFrame) -> None:
    row = table.loc["all"]
    assert (row["gfa_m2"], row["gfa_target_m2"]) == (pytest.approx(60_000), 105_000)
    assert row["gfa_share"] == pytest.approx(40_000 / 105_000)
    assert row["jobs_share_high"] == pytest.approx(2.0)
    assert [*table.reset_index().columns] == CAPACITY_COLUMNS


def test_floor_space_per_worker_is_of_known_zones_from_close_to_wide() -> None:
    assert set(GFA_PER_WORKER_M2) <= set(ZONES)
    assert all(ends is None or ends[0] <= ends[1] for ends in GFA_PER_WORKER_M2.values())


def test_no_sites_at_all(make_parcels: Build) -> None:
    none = make_parcels({"one": (0, 0, 10, 10)}, zone="business").iloc[:0]
    assert capacity(none, AREAS)["sites"].tolist() == [0, 0, 0]


def test_sites_in_no_area_stand_in_a_row_of_their_own_and_in_the_sum(make_parcels: Build) -> None:
    parcels = make_parcels(BOXES, area_id=["a", "", "unheard-of", "b"], zone="business", plot_ratio=1.0)
    found = capacity(parcels, AREAS).set_index("area_id")
    assert found.loc["elsewhere", ["sites", "land_ha", "gfa_m2"]].tolist() == pytest.approx([2, 4, 40_000])
    assert found.loc["all", ["sites", "land_ha"]].tolist() == pytest.approx([4, 6])
    assert found.loc["elsewhere", ["gfa_target_m2", "gfa_share"]].isna().all()


def test_without_any_area_all_is_none_and_not_unknown(make_parcels: Build) -> None:
    none = make_parcels({"one": (0, 0, 10, 10)}, zone="business").iloc[:0]
    (row,) = capacity(none, AREAS.iloc[:0]).to_dict("records")
    assert (row["area_id"], row["sites"], row["land_ha"]) == ("all", 0, 0)
    assert row["gfa_m2"] != row["gfa_m2"]  # no floor space is known
