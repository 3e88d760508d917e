"""Sandbox zones: accepted, refused or undecided, and why."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from nmplan.places.readiness import READINESS_COLUMNS
from nmplan.places.refusals import REFUSAL_COLUMNS
from nmplan.places.sandboxes import SANDBOX_COLUMNS
from nmplan.places.sandboxes import SITE_COLUMNS
from nmplan.places.sandboxes import find_sandboxes
from nmplan.study import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[..., Any]

FAR = {"measure": "boundary_m", "at_most": 2500, "reason_en": "Too far", "reason_zh": "過遠"}
WET = {"measure": "conservation_m", "at_least": 100, "reason_en": "Too close to wetland", "reason_zh": "太近濕地"}
ZONED = {"measure": "permitted_share", "at_least": 0.9, "reason_en": "Not zoned", "reason_zh": "非准許用途"}
NEAR_STATION = {"measure": "station_min", "weight": 1, "value": {"shape": "linear", "worst": 40, "best": 0}}
NEAR_BOUNDARY = {"measure": "boundary_m", "weight": 3, "value": {"shape": "linear", "worst": 4000, "best": 0}}

# Two sites of 4 ha, a road of 30 m between them
ROADSIDE = {"a": (0, 0, 200, 200), "b": (230, 0, 200, 200)}


def zones_of(*arguments: Any) -> gpd.GeoDataFrame:
    return find_sandboxes(*arguments).zones


def kind(**changed: Any) -> Sandbox:
    plain = {
        "name_en": "Data zone",
        "name_zh": "數據區",
        "chain": "life-health",
        "permitted_zones": ["business"],
        "minimum_ha": 6,
        "gap_m": 40,
        "rules": [FAR],
        "readiness": [NEAR_STATION],
    }
    return Sandbox(**(plain | changed))


def measured(**columns: list[float]) -> pd.DataFrame:
    """Return measures of sites a, b, …; a station 10 minutes away unless told otherwise."""
    size = len(next(iter(columns.values())))
    ids = [chr(ord("a") + number) for number in range(size)]
    return pd.DataFrame({"parcel_id": ids, "station_min": [10.0] * size} | columns)


def test_sites_that_pass_every_rule_make_an_accepted_zone(make_parcels: Build) -> None:
    zones = zones_of(make_parcels(ROADSIDE), measured(boundary_m=[2500.0, 100.0]), "data", kind())
    assert zones.columns.tolist() == SANDBOX_COLUMNS
    zone = zones.iloc[0]
    assert len(zones) == 1
    assert zone[["sandbox_id", "kind", "outcome"]].tolist() == ["data:accepted:a", "data", "accepted"]
    assert (zone["reasons"], zone["reasons_zh"]) == ("", "")
    assert zone["area_ha"] == pytest.approx(8.0)
    assert zone["geometry"].area == pytest.approx(430 * 200, rel=5e-3)  # corners are rounded, the road is filled
    assert zones.crs == "EPSG:2326"


@pytest.mark.parametrize(
    ("rule", "refused", "undecided", "accepted"),
    [(FAR, 2600.0, 2530.0, 2400.0), (WET, 40.0, 70.0, 160.0)],
)
def test_a_rule_accepts_refuses_or_leaves_undecided_on_both_sides(
    rule: dict[str, Any], refused: float, undecided: float, accepted: float, make_parcels: Build
) -> None:
    sandbox = kind(rules=[rule])
    outcomes = {}
    for name, value in (("refused", refused), ("undecided", undecided), ("accepted", accepted)):
        zones = zones_of(
            make_parcels(ROADSIDE, accuracy_m=50.0), measured(**{rule["measure"]: [value, value]}), "data", sandbox
        )
        outcomes[name] = zones[["outcome", "reasons", "reasons_zh"]].to_numpy().tolist()
    english, chinese = rule["reason_en"], rule["reason_zh"]
    assert outcomes == {
        "refused": [["refused", f"{english} (8.0 ha)", f"{chinese}（8.0公頃）"]],
        "undecided": [
            ["undecided", f"Not enough data to decide: {english} (8.0 ha)", f"數據不足以判定：{chinese}（8.0公頃）"],
        ],
        "accepted": [["accepted", "", ""]],
    }


def test_one_undecided_site_leaves_its_whole_zone_undecided(make_parcels: Build) -> None:
    zones = zones_of(make_parcels(ROADSIDE), measured(boundary_m=[100.0, math.nan]), "data", kind())
    assert zones["outcome"].tolist() == ["undecided"]
    assert zones["area_ha"].tolist() == pytest.approx([8.0])


def test_every_undecided_rule_is_told(make_parcels: Build) -> None:
    measures = measured(boundary_m=[math.nan, 100.0], conservation_m=[500.0, math.nan])
    zones = zones_of(make_parcels(ROADSIDE), measures, "data", kind(rules=[FAR, WET]))
    assert zones["reasons"].tolist() == [
        "Not enough data to decide: Too far (4.0 ha); Not enough data to decide: Too close to wetland (4.0 ha)"
    ]
    assert zones["reasons_zh"].tolist() == ["數據不足以判定：過遠（4.0公頃）；數據不足以判定：太近濕地（4.0公頃）"]


def test_a_zone_that_is_too_small_is_refused_with_that_reason_in_both_languages(make_parcels: Build) -> None:
    measures = measured(boundary_m=[100.0, 100.0])
    zones = zones_of(make_parcels(ROADSIDE), measures, "data", kind(gap_m=29))
    assert zones["outcome"].tolist() == ["refused", "refused"]
    assert zones["reasons"].tolist() == ["Smaller than 6 ha"] * 2
    assert zones["reasons_zh"].tolist() == ["面積小於6公頃"] * 2
    assert zones["sandbox_id"].is_unique
    exactly = zones_of(make_parcels(ROADSIDE), measures, "data", kind(minimum_ha=8))
    assert exactly["outcome"].tolist() == ["accepted"]


def test_land_that_fails_is_listed_by_area_with_the_hectares_of_each_rule(make_parcels: Build) -> None:
    boxes = {"a": (0, 0, 200, 200), "b": (200, 0, 100, 200), "c": (300, 0, 100, 300), "d": (5000, 0, 100, 500)}
    parcels = make_parcels(boxes, area_id=["san-tin", "san-tin", "san-tin", "hetao"])
    # a (4.0 ha) too far; b (2.0 ha) too far and too wet; c (3.0 ha) too wet; d (5 ha, another area) too far
    measures = measured(boundary_m=[9000.0, 9000.0, 10.0, 9000.0], conservation_m=[500.0, 0.0, 0.0, 500.0])
    zones = zones_of(parcels, measures, "data", kind(rules=[FAR, WET])).set_index("sandbox_id")
    assert zones.index.tolist() == ["data:refused:a", "data:refused:d"]
    assert zones["area_ha"].tolist() == pytest.approx([9.0, 5.0])
    assert zones["reasons"].tolist() == [
        "Too far (6.0 ha); Too close to wetland (5.0 ha); some land fails several of these",
        "Too far (5.0 ha)",
    ]
    assert zones["reasons_zh"].tolist() == [
        "過遠（6.0公頃）；太近濕地（5.0公頃）；部分土地不符合多於一項",
        "過遠（5.0公頃）",
    ]


def test_land_that_fails_does_not_join_the_land_round_it(make_parcels: Build) -> None:
    row = {"a": (0, 0, 200, 400), "b": (200, 0, 200, 400), "c": (400, 0, 200, 300)}
    zones = zones_of(make_parcels(row), measured(boundary_m=[10.0, 9000.0, 10.0]), "data", kind())
    assert zones["sandbox_id"].tolist() == ["data:accepted:a", "data:accepted:c", "data:refused:b"]
    assert zones["area_ha"].tolist() == pytest.approx([8.0, 6.0, 8.0])


def test_accepted_zones_come_first_then_undecided_then_refused_each_by_size(make_parcels: Build) -> None:
    apart = {name: (1000 * number, 0, 200, 300 + 50 * number) for number, name in enumerate("abcdef")}
    distances = [math.nan, 9000.0, 10.0, math.nan, 10.0, 10.0]
    zones = zones_of(make_parcels(apart), measured(boundary_m=distances), "data", kind(minimum_ha=8))
    # a 6 ha (too small), b 7 ha (too far), c 8 ha, d 9 ha (unknown), e 10 ha, f 11 ha
    assert zones["sandbox_id"].tolist() == [
        "data:accepted:f",
        "data:accepted:e",
        "data:accepted:c",
        "data:undecided:d",
        "data:refused:b",
        "data:refused:a",
    ]


def test_only_the_areas_of_the_kind_are_looked_at(make_parcels: Build) -> None:
    parcels = make_parcels({"a": (0, 0, 300, 300), "b": (5000, 0, 300, 300)}, area_id=["san-tin", "hetao"])
    measures = measured(boundary_m=[10.0, 10.0])
    assert zones_of(parcels, measures, "data", kind(areas=["hetao"]))["sandbox_id"].tolist() == ["data:accepted:b"]
    assert len(zones_of(parcels, measures, "data", kind(areas=[]))) == 2


def test_areas_without_a_site_give_an_empty_frame_with_its_columns(make_parcels: Build) -> None:
    parcels = make_parcels({"a": (0, 0, 300, 300)})
    zones = zones_of(parcels, measured(boundary_m=[10.0]), "data", kind(areas=["sha-ling"]))
    assert zones.empty
    assert zones.columns.tolist() == SANDBOX_COLUMNS
    assert zones.crs == "EPSG:2326"


def test_the_permitted_zones_are_those_of_the_kind(make_parcels: Build) -> None:
    measures = measured(zone_share_business=[0.5, 1.0], zone_share_industrial=[0.5, 0.0])
    parcels = make_parcels({"a": (0, 0, 300, 300), "b": (5000, 0, 300, 300)})
    narrow = zones_of(parcels, measures, "data", kind(rules=[ZONED]))
    assert narrow["sandbox_id"].tolist() == ["data:accepted:b", "data:refused:a"]
    wide = zones_of(parcels, measures, "data", kind(rules=[ZONED], permitted_zones=["business", "industrial"]))
    assert wide["sandbox_id"].tolist() == ["data:accepted:a", "data:accepted:b"]


def test_readiness_is_the_mean_of_the_sites_by_area(make_parcels: Build) -> None:
    parcels = make_parcels({"a": (0, 0, 200, 300), "b": (200, 0, 100, 200)})
    measures = measured(boundary_m=[1000.0, 2000.0], station_min=[10.0, 30.0])
    zones = zones_of(parcels, measures, "data", kind(readiness=[NEAR_STATION, NEAR_BOUNDARY]))
    # a: 25 · 0.75 + 75 · 0.75 = 75; b: 25 · 0.25 + 75 · 0.5 = 43.75; (6 ha · 75 + 2 ha · 43.75) / 8 ha
    assert zones["readiness"].tolist() == pytest.approx([67.1875])


def test_readiness_is_taken_over_the_sites_where_it_is_known(make_parcels: Build) -> None:
    parcels = make_parcels({"a": (0, 0, 200, 300), "b": (200, 0, 100, 200)})
    one = measured(boundary_m=[10.0, 10.0], station_min=[math.nan, 30.0])
    assert zones_of(parcels, one, "data", kind())["readiness"].tolist() == pytest.approx([25.0])
    none = measured(boundary_m=[10.0, 10.0], station_min=[math.nan, math.nan])
    assert zones_of(parcels, none, "data", kind())["readiness"].isna().all()


def test_readiness_without_a_layer_weighs_the_other_criteria(make_parcels: Build) -> None:
    measures = measured(boundary_m=[1000.0]).drop(columns="station_min")
    parcels = make_parcels({"a": (0, 0, 300, 300)})
    both = zones_of(parcels, measures, "data", kind(readiness=[NEAR_STATION, NEAR_BOUNDARY]))
    assert both["readiness"].tolist() == pytest.approx([75.0])
    assert zones_of(parcels, measures, "data", kind())["readiness"].isna().all()


def test_zones_are_named_after_kind_and_place_in_both_languages(make_parcels: Build, make_places: Build) -> None:
    parcels = make_parcels({"a": (0, 0, 300, 300), "b": (1000, 0, 300, 400)})
    places = make_places(San_Tin=("新田", 0, 0))
    zones = zones_of(parcels, measured(boundary_m=[10.0, 10.0]), "data", kind(), places)
    # b is larger and comes first
    assert zones["name_en"].tolist() == ["Data zone: San Tin, east", "Data zone: San Tin, north-east"]
    assert zones["name_zh"].tolist() == ["數據區：新田東", "數據區：新田東北"]


def test_the_order_of_rows_changes_no_zone(make_parcels: Build) -> None:
    row = {"a": (0, 0, 200, 400), "b": (200, 0, 200, 400), "c": (400, 0, 200, 300), "d": (5000, 0, 300, 300)}
    parcels, measures = make_parcels(row), measured(boundary_m=[10.0, 9000.0, 10.0, 10.0])
    one = zones_of(parcels, measures, "data", kind())
    other = zones_of(parcels.iloc[[2, 3, 0, 1]], measures.iloc[[1, 0, 3, 2]], "data", kind())
    columns = ["sandbox_id", "area_ha", "readiness", "reasons"]
    pd.testing.assert_frame_equal(pd.DataFrame(one[columns]), pd.DataFrame(other[columns]))


def test_finding_sandboxes_leaves_parcels_and_measures_untouched(make_parcels: Build) -> None:
    parcels, measures = make_parcels(ROADSIDE), measured(boundary_m=[9000.0, 100.0])
    before = parcels.copy(), measures.copy()
    zones_of(parcels, measures, "data", kind())
    pd.testing.assert_frame_equal(pd.DataFrame(parcels), pd.DataFrame(before[0]))
    pd.testing.assert_frame_equal(measures, before[1])


def test_a_rule_without_its_layer_is_undecided_and_told(make_parcels) -> None:
    from nmplan.study import Sandbox

    sandbox = Sandbox(
        name_en="Kind",
        name_zh="類",
        chain="widgets",
        permitted_zones=["business"],
        minimum_ha=1,
        gap_m=0,
        rules=[{"measure": "boundary_m", "at_most": 100, "reason_en": "Too far", "reason_zh": "過遠"}],
        readiness=[{"measure": "area_ha", "weight": 1, "value": {"shape": "linear", "worst": 0, "best": 10}}],
    )
    parcels = make_parcels({"a": (0, 0, 200, 200)})
    measures = pd.DataFrame({"parcel_id": ["a"], "area_ha": [4.0]})
    zones = zones_of(parcels, measures, "k", sandbox)
    assert zones["outcome"].tolist() == ["undecided"]
    assert zones["reasons"].tolist() == ["Not enough data to decide: Too far (4.0 ha)"]


def test_sites_without_measures_are_named(make_parcels) -> None:
    from nmplan.errors import NmplanError
    from nmplan.layers.sources import bundled_folder
    from nmplan.study import Study

    sandbox = Study.load(bundled_folder() / "study.toml").sandboxes["dual-data"].model_copy(update={"areas": []})
    with pytest.raises(NmplanError, match="b: 1 sites have no measures"):
        zones_of(
            make_parcels({"a": (0, 0, 9, 9), "b": (20, 0, 9, 9)}), pd.DataFrame({"parcel_id": ["a"]}), "k", sandbox
        )


def test_without_land_all_tables_are_empty_with_their_columns(make_parcels: Build) -> None:
    found = find_sandboxes(make_parcels({"a": (0, 0, 9, 9)}), measured(boundary_m=[1.0]), "data", kind(areas=["x"]))
    assert [list(table) for table in (found.sites, found.readiness, found.refusals)] == [
        SITE_COLUMNS,
        READINESS_COLUMNS,
        REFUSAL_COLUMNS,
    ]
    assert found.zones.empty


def test_one_site_and_a_whole_field_of_sites_are_one_zone_each(make_parcels: Build) -> None:
    one = find_sandboxes(make_parcels({"a": (0, 0, 300, 300)}), measured(boundary_m=[1.0]), "data", kind())
    assert one.sites.to_numpy().tolist() == [["data:accepted:a", "a"]]
    assert one.refusals.empty
    field = {chr(ord("a") + n): (230 * (n % 5), 230 * (n // 5), 200, 200) for n in range(25)}
    whole = find_sandboxes(make_parcels(field), measured(boundary_m=[1.0] * 25), "data", kind())
    assert whole.zones["area_ha"].tolist() == pytest.approx([100.0])
    assert whole.zones.geometry.iloc[0].geom_type == "Polygon"
    assert whole.sites["parcel_id"].tolist() == sorted(field)


def test_the_outline_covers_neither_land_that_failed_nor_what_is_kept_out(make_parcels: Build) -> None:
    # c lies in the road between a and b and fails; conservation land cuts into a
    boxes = {"a": (0, 0, 200, 200), "b": (230, 0, 200, 200), "c": (202, 50, 26, 100)}
    parcels = make_parcels(boxes)
    pond = shapely.buffer(shapely.Point(*parcels.geometry.iloc[0].bounds[:2]), 50)
    found = find_sandboxes(parcels, measured(boundary_m=[1.0, 1.0, 9000.0]), "data", kind(), None, None, pond)
    outline = found.zones.geometry.iloc[0]
    assert found.zones["outcome"].tolist() == ["accepted", "refused"]
    assert outline.intersection(parcels.geometry.iloc[2]).area < 1e-6
    assert outline.intersection(pond).area < 1e-6
    assert outline.intersects(shapely.box(*parcels.total_bounds).centroid.buffer(15)) is True


def test_readiness_has_a_ledger_for_every_row_and_adds_up(make_parcels: Build) -> None:
    parcels = make_parcels({"a": (0, 0, 200, 300), "b": (200, 0, 100, 200), "c": (5000, 0, 300, 300)})
    measures = measured(boundary_m=[1000.0, 2000.0, 9000.0], station_min=[10.0, 30.0, 20.0])
    found = find_sandboxes(parcels, measures, "data", kind(readiness=[NEAR_STATION, NEAR_BOUNDARY]))
    sums = found.readiness.groupby("sandbox_id")["points"].sum()
    assert found.zones.set_index("sandbox_id")["readiness"].to_dict() == pytest.approx(sums.to_dict())
    assert sums["data:accepted:a"] == pytest.approx(67.1875)


def test_refusals_are_told_per_area_with_those_that_are_too_small(make_parcels: Build) -> None:
    parcels = make_parcels({"a": (0, 0, 200, 200), "b": (5000, 0, 300, 300)}, area_id=["san-tin", "hetao"])
    found = find_sandboxes(parcels, measured(boundary_m=[1.0, 9000.0]), "data", kind())
    assert found.refusals[["kind", "area_id", "rule", "outcome", "area_ha"]].to_numpy().tolist() == [
        ["data", "hetao", "boundary_m ≤ 2500", "fail", 9.0],
        ["data", "san-tin", "minimum_ha", "fail", 4.0],
    ]


def test_neighbours_are_named_with_zones_but_not_with_refused_land(make_parcels: Build) -> None:
    parcels = make_parcels({"a": (0, 0, 300, 300), "b": (5000, 0, 300, 300)})
    areas = pd.DataFrame({"area_id": ["park", "san-tin"], "name_en": ["Park", "San Tin"], "name_zh": ["園區", "新田"]})
    measures = measured(boundary_m=[1.0, 9000.0])
    zones = zones_of(parcels, measures, "data", kind(neighbours=["park"]), None, areas)
    assert zones["name_en"].tolist() == ["Data zone: a, beside Park", "Data zone: San Tin"]
    assert zones["name_zh"].tolist() == ["數據區：a，毗鄰園區", "數據區：新田"]
