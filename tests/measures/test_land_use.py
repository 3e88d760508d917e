from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from rasterio.transform import from_origin

from nmplan.measures.land_use import grouped_uses
from nmplan.measures.land_use import land_use_shares

PLACE = from_origin(820_000, 838_000, 10, 10)
CLASSES = {11: "commercial", 21: "industrial", 23: "storage", 53: "vacant", 71: "woodland"}
CODES = np.array([[11, 23, 23], [53, 0, 71]], np.uint8)


def site(west: float, south: float, width: float, height: float) -> shapely.Polygon:
    return shapely.box(820_000 + west, 838_000 + south, 820_000 + west + width, 838_000 + south + height)


def shares(*sites: shapely.Polygon):
    found = gpd.GeoSeries(list(sites), index=[f"s{n}" for n in range(len(sites))], crs="EPSG:2326")
    return land_use_shares(found, CODES, PLACE, CLASSES)


def test_shares_weigh_cells_by_their_covered_part() -> None:
    # 25 m by 10 m on the upper row: one cell of commerce, one and a half of storage
    table = shares(site(0, -10, 25, 10))
    assert table.loc["s0", "use_share_commercial"] == pytest.approx(0.4, abs=1e-6)
    assert table.loc["s0", "use_share_storage"] == pytest.approx(0.6, abs=1e-6)
    assert table.loc["s0", "use_share_industrial"] == 0
    assert table.loc["s0", "use_share_unknown"] == pytest.approx(0, abs=1e-6)


def test_a_site_smaller_than_a_cell_has_the_class_of_the_cell() -> None:
    assert shares(site(3, -7, 1, 2)).loc["s0", "use_share_commercial"] == pytest.approx(1, abs=1e-6)


def test_blank_cells_and_what_lies_off_the_raster_are_unknown() -> None:
    # the lower row: vacant, blank, woodland
    table = shares(site(0, -20, 30, 10), site(-10, -10, 20, 10), site(500, 500, 10, 10))
    assert table.loc["s0", ["use_share_vacant", "use_share_woodland", "use_share_unknown"]].tolist() == pytest.approx(
        [1 / 3] * 3, abs=1e-6
    )
    assert table.loc["s1", ["use_share_commercial", "use_share_unknown"]].tolist() == pytest.approx([0.5, 0.5])
    assert table.loc["s2", "use_share_unknown"] == 1


def test_codes_of_one_word_add_up_and_codes_without_a_word_are_unknown() -> None:
    found = gpd.GeoSeries([site(0, -10, 30, 10)], crs="EPSG:2326")
    table = land_use_shares(found, CODES, PLACE, {11: "vacant", 23: "vacant"})
    assert table.loc[0].to_dict() == pytest.approx({"use_share_vacant": 1, "use_share_unknown": 0}, abs=1e-6)
    table = land_use_shares(found, CODES, PLACE, {11: "vacant"})
    assert table.loc[0, "use_share_unknown"] == pytest.approx(2 / 3, abs=1e-6)


@settings(deadline=None, derandomize=True, database=None, max_examples=60)
@given(st.floats(-15, 35), st.floats(-35, 15), st.floats(0.5, 40), st.floats(0.5, 40), st.floats(0, 90))
def test_the_shares_of_any_site_add_up_to_one(west: float, south: float, width: float, height: float, turn: float):
    table = shares(shapely.affinity.rotate(site(west, south, width, height), turn))
    assert table.sum(axis=1).iloc[0] == pytest.approx(1, abs=1e-6)
    assert table.to_numpy().min() >= 0
    assert table.to_numpy().max() <= 1 + 1e-6


def test_groups_are_shares_of_what_is_known() -> None:
    # half a cell of commerce, half a cell of vacant land, half a cell unknown
    groups = grouped_uses(shares(shapely.union_all([site(0, -10, 5, 10), site(5, -20, 10, 10)])))
    assert groups.loc["s0"].to_dict() == pytest.approx(
        {"built_share": 0.5, "vacant_share": 0.5, "storage_share": 0}, abs=1e-6
    )


def test_storage_counts_as_built_and_woodland_does_not() -> None:
    groups = grouped_uses(shares(site(10, -10, 20, 10), site(20, -20, 10, 10)))
    assert groups["built_share"].tolist() == pytest.approx([1, 0], abs=1e-6)
    assert groups["storage_share"].tolist() == pytest.approx([1, 0], abs=1e-6)


def test_nothing_is_said_of_a_site_that_is_mostly_unknown() -> None:
    groups = grouped_uses(shares(site(-30, -10, 40, 10), site(500, 500, 10, 10)))
    assert groups.isna().all(axis=None)
