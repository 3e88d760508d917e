from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.errors import LayerError
from nmplan.layers.conform import conform
from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.contracts import Note
from nmplan.words import LAYERS
from nmplan.words import RASTERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from nmplan.errors import Fault

    Build = Callable[..., Any]

STEADY = settings(deadline=None, derandomize=True, database=None, max_examples=25)

HOSTILE = [
    'O\'Brien "Works"',
    "two\nlines\r\nand a tab\t",
    "</script><script>alert(1)</script>",
    "x" * 20_000,
    "洪水橋／廈村",
    "🏭 👩‍🔬",
    "${HOME} {{ name }} %s \\ \\n",
    "'; DROP TABLE parcels; --",
    "\u202egnirts",
    "NULL",
    "nan",
]


def faults_of(frame: pd.DataFrame, layer: str) -> list[Fault]:
    with pytest.raises(LayerError) as caught:
        conform(frame, layer, "lots.gpkg")
    assert {fault.source for fault in caught.value.faults} == {"lots.gpkg"}
    assert all(fault.what and fault.mend for fault in caught.value.faults)
    return caught.value.faults


def test_every_layer_but_the_raster_has_a_contract() -> None:
    assert set(CONTRACTS) == set(LAYERS) - set(RASTERS)


@pytest.mark.parametrize("layer", CONTRACTS)
def test_a_frame_with_the_required_columns_keeps_the_contract(frame: Build, layer: str) -> None:
    done = conform(frame(layer, 3), layer, "a")
    contract = CONTRACTS[layer]
    assert list(done.frame.columns)[: len(contract.columns)] == list(contract.columns)
    assert len(done.frame) == 3
    assert done.notes == []
    kinds = {"text": "str", "time": "str", "number": "float64", "truth": "bool"}
    for name, column in contract.columns.items():
        assert str(done.frame[name].dtype) == kinds[column.kind], name
    if contract.geometry:
        assert done.frame.crs == "EPSG:2326"
        assert set(done.frame.geom_type) <= set(contract.geometry)


@pytest.mark.parametrize("layer", CONTRACTS)
def test_conforming_twice_changes_nothing(frame: Build, layer: str) -> None:
    once = conform(frame(layer, 2), layer, "a").frame
    twice = conform(once, layer, "a").frame
    pd.testing.assert_frame_equal(pd.DataFrame(once), pd.DataFrame(twice))


@pytest.mark.parametrize("layer", CONTRACTS)
def test_an_empty_frame_is_refused_by_the_name_of_its_layer(frame: Build, layer: str) -> None:
    (fault,) = faults_of(frame(layer, 1).iloc[:0], layer)
    assert f"layer {layer} has no features" in fault.what


@pytest.mark.parametrize("layer", CONTRACTS)
def test_missing_columns_are_all_named_beside_those_the_file_has(frame: Build, layer: str) -> None:
    required = [name for name, column in CONTRACTS[layer].columns.items() if column.required]
    given_frame = frame(layer, 1).drop(columns=required).assign(LOTCSUID="1")
    if not required:
        conform(given_frame, layer, "a")
        return
    (fault,) = faults_of(given_frame, layer)
    assert ", ".join(required) in fault.what
    assert "LOTCSUID" in fault.what
    assert "columns =" in fault.mend


def test_optional_columns_take_their_defaults(frame: Build) -> None:
    parcel = conform(frame("parcels"), "parcels", "a").frame.iloc[0]
    assert parcel["zone"] == "undetermined"
    assert parcel["tenure"] == "unknown"
    assert parcel["status"] == "unknown"
    assert parcel["name_en"] == ""
    assert np.isnan(parcel["plot_ratio"])
    edge = conform(frame("road_edges"), "road_edges", "a").frame.iloc[0]
    assert edge["highway"] == "unclassified"
    assert not edge["oneway"]
    assert edge["key"] == 0
    service = conform(frame("crossing_services"), "crossing_services", "a").frame.iloc[0]
    assert (service["opens_at"], service["closes_at"]) == ("00:00", "24:00")


def test_blank_cells_of_an_optional_column_take_the_default(frame: Build) -> None:
    blanks = ["", "   ", None, np.nan, "context"]
    done = conform(frame("areas", 5, role=blanks), "areas", "a").frame
    assert done["role"].tolist() == ["scored"] * 4 + ["context"]


@pytest.mark.parametrize("blank", ["", "  ", None])
def test_a_blank_id_is_a_fault(frame: Build, blank: str | None) -> None:
    (fault,) = faults_of(frame("areas", 2, area_id=["a", blank]), "areas")
    assert "area_id" in fault.what
    assert "empty" in fault.what
    assert "row 2" in fault.where


@pytest.mark.parametrize(
    ("text", "number"), [("1,234.5", 1234.5), (" 12 ", 12), ("1 200 000", 1_200_000), ("-3e2", -300), ("0", 0)]
)
def test_numbers_written_as_text_are_read(frame: Build, text: str, number: float) -> None:
    assert conform(frame("areas", jobs_target=[text]), "areas", "a").frame["jobs_target"].tolist() == [number]


@STEADY
@given(st.integers(-(10**9), 10**9))
def test_thousands_separators_do_not_change_a_number(frame: Build, number: int) -> None:
    done = conform(frame("areas", jobs_target=[f"{number:,}"]), "areas", "a").frame
    assert done["jobs_target"].tolist() == [number]


def test_wrong_numbers_are_named_with_their_features(frame: Build) -> None:
    given_frame = frame("areas", 4, area_id=["a", "b", "c", "d"], jobs_target=["1", "many", "", "3 or 4"])
    (fault,) = faults_of(given_frame, "areas")
    assert fault.where == "b, d"
    assert "jobs_target" in fault.what
    assert "'many'" in fault.what
    assert "not a number" in fault.what


@pytest.mark.parametrize("text", ["inf", "-inf"])
def test_infinity_is_no_number(frame: Build, text: str) -> None:
    faults = faults_of(frame("transfers", minutes=[text]), "transfers")
    assert "minutes" in faults[0].what


def test_a_number_below_its_least_is_told_plainly(frame: Build) -> None:
    (fault,) = faults_of(frame("transfers", 2, minutes=["3", "-3"]), "transfers")
    assert fault.where == "from_station-1"
    assert "minutes holds -3" in fault.what
    assert "below 0" in fault.what


@pytest.mark.parametrize(("share", "limit"), [(1.2, "holds 1.2, above 1"), (-0.1, "holds -0.1, below 0")])
def test_a_share_outside_nought_to_one_is_told_plainly(frame: Build, share: float, limit: str) -> None:
    (fault,) = faults_of(frame("chains", 3, import_share=[0.0, share, 1.0]), "chains")
    assert fault.where == "chain-1"
    assert f"import_share {limit}" in fault.what


@pytest.mark.parametrize("blank", ["", None])
def test_a_required_number_that_is_blank_is_one_fault_that_says_empty(frame: Build, blank: str | None) -> None:
    (fault,) = faults_of(frame("transfers", 2, minutes=["3", blank]), "transfers")
    assert fault.where == "from_station-1"
    assert "column minutes is empty" in fault.what


def test_strengths_beyond_the_contract_are_kept_as_numbers(frame: Build) -> None:
    done = conform(frame("talent", 2, strength_vehicles=["1", "2.5"], shoe_size=[1, 2]), "talent", "a").frame
    assert done["strength_vehicles"].tolist() == [1, 2.5]
    assert "shoe_size" not in done


def test_a_strength_that_is_no_number_is_a_fault(frame: Build) -> None:
    (fault,) = faults_of(frame("talent", 2, strength_vehicles=["1", "lots"]), "talent")
    assert "strength_vehicles" in fault.what
    assert "lots" in fault.what
    assert "row 2" in fault.where


def test_a_blank_strength_is_no_traceback(frame: Build) -> None:
    done = conform(frame("talent", 2, strength_vehicles=["1", ""]), "talent", "a").frame
    assert done["strength_vehicles"].iloc[0] == 1
    assert not done["strength_vehicles"].iloc[1] > 0


def test_unknown_words_are_named_with_the_known_ones(frame: Build) -> None:
    (fault,) = faults_of(frame("suppliers", 3, jurisdiction=["shenzhen", "guangdong", "hong-kong"]), "suppliers")
    assert fault.where == "row 2"
    assert "'guangdong'" in fault.what
    assert "greater-bay-area" in fault.mend
    assert "values.jurisdiction" in fault.mend


@pytest.mark.parametrize(
    ("words", "truths"),
    [
        (["yes", "No", " TRUE "], [True, False, True]),
        (["1", "0", ""], [True, False, False]),
        ([1, 0, 1], [True, False, True]),
    ],
)
def test_yes_and_no_are_read_however_they_are_written(frame: Build, words: list[Any], truths: list[bool]) -> None:
    assert conform(frame("road_edges", 3, oneway=words), "road_edges", "a").frame["oneway"].tolist() == truths


@pytest.mark.parametrize("word", ["maybe", "-1", "reversed"])
def test_what_is_neither_yes_nor_no_is_a_fault(frame: Build, word: str) -> None:
    # OSM writes oneway=-1 for a street one-way against its drawing: taken for yes it would point the wrong way
    (fault,) = faults_of(frame("road_edges", 2, oneway=["yes", word]), "road_edges")
    assert "oneway" in fault.what
    assert word in fault.what


def test_ids_that_stand_twice_are_named(frame: Build) -> None:
    (fault,) = faults_of(frame("areas", 5, area_id=["a", "b", "a", "c", "b"]), "areas")
    assert fault.where == "a, b"
    assert "area_id is not unique: 2 stand more than once" in fault.what


def test_ids_that_read_the_same_as_text_are_twice_the_same(frame: Build) -> None:
    (fault,) = faults_of(frame("areas", 2, area_id=[1, "1"]), "areas")
    assert "not unique" in fault.what


def test_a_key_of_several_columns_may_repeat_one_of_them(frame: Build) -> None:
    given_frame = frame("transfers", 2, from_station=["a", "a"], to_station=["b", "c"])
    assert len(conform(given_frame, "transfers", "a").frame) == 2
    (fault,) = faults_of(given_frame.assign(to_station="b"), "transfers")
    assert "from_station + to_station" in fault.what
    assert fault.where == "a / b"


def test_numeric_ids_become_text(frame: Build) -> None:
    assert conform(frame("areas", 2, area_id=[7, 8]), "areas", "a").frame["area_id"].tolist() == ["7", "8"]


def test_more_than_five_features_are_counted(frame: Build) -> None:
    (fault,) = faults_of(frame("areas", 8, area_id=list("abcdefgh"), role="x"), "areas")
    assert fault.where == "a, b, c, d, e and 3 more"


def test_missing_and_empty_geometries_are_named(frame: Build, box: Build) -> None:
    shapes = [box(0, 0), None, shapely.Polygon()]
    (fault,) = faults_of(frame("areas", 3, shapes, area_id=["a", "b", "c"]), "areas")
    assert fault.where == "b, c"
    assert "2 geometries are missing or empty" in fault.what


@pytest.mark.parametrize(
    ("layer", "found"),
    [
        ("areas", "Point"),
        ("areas", "LineString"),
        ("areas", "GeometryCollection"),
        ("stations", "Polygon"),
        ("stations", "MultiPoint"),
        ("boundary", "Point"),
    ],
)
def test_geometries_of_the_wrong_kind_are_named_with_what_they_are(
    frame: Build, box: Build, point: Build, line: Build, layer: str, found: str
) -> None:
    shapes = {
        "Point": point(0, 0),
        "LineString": line((0, 0), (9, 9)),
        "Polygon": box(0, 0),
        "MultiPoint": shapely.MultiPoint([point(0, 0), point(9, 9)]),
        "GeometryCollection": shapely.GeometryCollection([box(0, 0)]),
    }
    good = frame(layer, 2)
    given_frame = good.set_geometry([good.geometry.iloc[0], shapes[found]], crs="EPSG:2326")
    (fault,) = faults_of(given_frame, layer)
    assert f"1 geometries are {found}" in fault.what
    key = CONTRACTS[layer].key
    assert fault.where == (f"{key[0]}-1" if key else "row 2")


def test_a_table_without_geometry_is_a_fault_not_a_traceback() -> None:
    (fault,) = faults_of(pd.DataFrame({"area_id": ["a"]}), "areas")
    assert "geometr" in fault.what


def test_invalid_polygons_are_mended_and_named(frame: Build, ring: Build, box: Build) -> None:
    # by hand: a bow-tie of a 100 m square keeps two triangles of 2,500 m²; the ring that touches itself at (50, 0)
    # encloses 5,000 m² twice a triangle; a hole outside its ring is land of its own, 10,000 + 50 m²
    bow_tie = ring((0, 0), (100, 100), (100, 0), (0, 100))
    touching = ring((0, 0), (100, 0), (100, 100), (50, 0), (0, 100))
    stray_hole = ring((0, 0), (100, 0), (100, 100), (0, 100), holes=[[(200, 200), (210, 200), (210, 210)]])
    shapes = [box(0, 0), bow_tie, touching, stray_hole]
    done = conform(frame("areas", 4, shapes, area_id=["good", "bow-tie", "touching", "stray"]), "areas", "a")
    assert done.notes == [Note("areas", "invalid polygons mended", 3, ("bow-tie", "touching", "stray"))]
    assert done.frame.is_valid.all()
    assert done.frame.area.round(6).tolist() == [10_000, 5_000, 5_000, 10_050]


def test_a_polygon_without_area_is_left_out_and_named(frame: Build, ring: Build, box: Build) -> None:
    flat = ring((0, 0), (50, 0), (100, 0))
    done = conform(frame("areas", 2, [flat, box(0, 0)], area_id=["flat", "good"]), "areas", "a")
    assert done.frame["area_id"].tolist() == ["good"]
    (note,) = done.notes
    assert (note.count, note.features) == (1, ("flat",))


def test_polygons_that_are_all_without_area_leave_no_layer(frame: Build, ring: Build) -> None:
    flat = ring((0, 0), (50, 0), (100, 0))
    (fault,) = faults_of(frame("areas", 1, [flat], area_id=["flat"]), "areas")
    assert "flat" in fault.where


def test_polygons_are_taken_as_outlines_where_lines_are_wanted(
    frame: Build, box: Build, ring: Build, line: Build
) -> None:
    holed = ring((0, 0), (100, 0), (100, 100), (0, 100), holes=[[(40, 40), (60, 40), (60, 60), (40, 60)]])
    done = conform(frame("coast", 3, [box(0, 0), line((0, 0), (5, 0)), holed]), "coast", "a")
    assert done.frame.length.tolist() == [400, 5, 480]
    (note,) = done.notes
    assert note.count == 2
    assert "outlines" in note.what


def test_several_faults_are_told_at_once(frame: Build, box: Build, point: Build) -> None:
    shapes = [box(0, 0), None, point(0, 0), box(9, 9)]
    given_frame = frame(
        "areas", 4, shapes, area_id=["a", "a", "c", "d"], role=["x", "", "", ""], jobs_target=["no", 1, 2, 3]
    )
    told = "\n".join(fault.what for fault in faults_of(given_frame, "areas"))
    for part in ("jobs_target", "role", "not unique", "missing or empty", "are Point"):
        assert part in told


def test_the_frame_given_is_left_as_it_was(frame: Build, ring: Build) -> None:
    given_frame = frame("areas", 2, [ring((0, 0), (100, 100), (100, 0), (0, 100))] * 2, jobs_target=["1,000", ""])
    before = given_frame.copy(deep=True)
    conform(given_frame, "areas", "a")
    assert list(given_frame.columns) == list(before.columns)
    assert given_frame["jobs_target"].tolist() == before["jobs_target"].tolist()
    assert given_frame.geometry.to_wkb().tolist() == before.geometry.to_wkb().tolist()


def test_rows_keep_their_order_whatever_their_index(frame: Build, ring: Build, box: Build) -> None:
    bow_tie = ring((0, 0), (100, 100), (100, 0), (0, 100))
    shuffled = frame("areas", 3, [box(0, 0), bow_tie, box(5, 5)], area_id=["a", "b", "c"]).set_axis([9, 9, 1])
    done = conform(shuffled, "areas", "a")
    assert done.frame["area_id"].tolist() == ["a", "b", "c"]
    assert done.frame.index.tolist() == [0, 1, 2]
    assert done.notes[0].features == ("b",)
    assert done.frame.area.round(6).tolist() == [10_000, 5_000, 10_000]


def test_a_geometry_column_of_another_name_is_found(frame: Build) -> None:
    done = conform(frame("areas").rename_geometry("SHAPE"), "areas", "a").frame
    assert done.geometry.name == "geometry"
    assert done.area.tolist() == [10_000]


def test_a_crossing_without_a_far_side_stands_on_its_own_point(frame: Build, point: Build) -> None:
    alone = conform(frame("crossings", 1, [point(3, 4)]), "crossings", "a").frame
    assert alone["shenzhen_side"].iloc[0].equals(point(3, 4))
    two_sided = frame("crossings", 1, [point(3, 4)]).assign(shenzhen_side=gpd.GeoSeries([point(5, 6)]))
    done = conform(two_sided, "crossings", "a").frame
    assert done["shenzhen_side"].iloc[0].equals(point(5, 6))
    assert done.geometry.iloc[0].equals(point(3, 4))


def test_hostile_names_survive_unchanged(frame: Build) -> None:
    rows = len(HOSTILE)
    ids = [f"{name}#{number}" for number, name in enumerate(HOSTILE)]
    done = conform(frame("areas", rows, area_id=ids, name_en=HOSTILE, name_zh=HOSTILE[::-1]), "areas", "a").frame
    assert done["area_id"].tolist() == ids
    assert done["name_en"].tolist() == HOSTILE
    assert done["name_zh"].tolist() == HOSTILE[::-1]


@STEADY
@given(st.text().filter(lambda text: text.strip()))
def test_any_name_survives_unchanged(frame: Build, name: str) -> None:
    assert conform(frame("areas", name_en=[name]), "areas", "a").frame["name_en"].tolist() == [name]


def test_a_cell_of_a_hundred_thousand_letters_does_not_fill_the_message(frame: Build) -> None:
    (fault,) = faults_of(frame("areas", role=["x" * 100_000]), "areas")
    assert len(str(fault)) < 1_000


def test_columns_the_contract_does_not_know_are_left_out(frame: Build) -> None:
    assert "secret" not in conform(frame("areas", secret=[1]), "areas", "a").frame
