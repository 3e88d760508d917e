from __future__ import annotations

import json
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from published.lots import PLACES
from published.lots import allocations
from published.lots import frame
from published.lots import lot
from published.lots import lots
from published.lots import write_allocations
from published.lots import write_lots
from published.lots import write_tenancies

from nmplan.errors import LayerError
from nmplan.layers.lots import read_lots

if TYPE_CHECKING:
    from pathlib import Path

    from nmplan.layers.contracts import Layer

CORNER = PLACES["DD 96"]


def read(*paths: Path, **more: Any) -> Layer:
    return read_lots(["parcels"], paths, **more)["parcels"]


def told(layer: Layer) -> dict[str, int]:
    return {note.what: note.count for note in layer.notes}


def faults_of(*paths: Path, **more: Any) -> str:
    with pytest.raises(LayerError) as caught:
        read_lots(["parcels"], paths, **more)
    return str(caught.value)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return read(write_lots(tmp_path_factory.mktemp("lots"))).frame.set_index("parcel_id")


@pytest.mark.parametrize(("form", "crs"), [("geojson", None), ("json", "EPSG:2326"), ("gml", None)])
def test_every_form_gives_the_same_lots(form: str, crs: str | None, published: pd.DataFrame, tmp_path: Path) -> None:
    found = read(write_lots(tmp_path, form), crs=crs).frame.set_index("parcel_id")
    assert found.index.tolist() == published.index.tolist()
    for column in ("name_en", "name_zh", "tenure", "accuracy_m", "source"):
        assert found[column].tolist() == published[column].tolist()
    assert found.symmetric_difference(published).area.max() < 0.5


def test_a_zipped_shapefile_in_a_folder_is_read_in_place(published: pd.DataFrame, tmp_path: Path) -> None:
    found = read(write_lots(tmp_path, "shp.zip")).frame.set_index("parcel_id")
    assert found.index.tolist() == published.index.tolist()
    assert found["name_en"].tolist() == published["name_en"].tolist()  # from columns cut to CISLOTDISP, LOTCODEDIS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Lot_SHP.zip", "raw"]


def test_ids_names_and_tenures_are_the_departments(published: pd.DataFrame) -> None:
    assert published.loc["4200 101", ["name_en", "name_zh", "tenure", "accuracy_m"]].tolist() == [
        "DD 96 Lot 101", "DD 96 Lot 101", "private lot (old schedule)", 10.0,
    ]  # fmt: skip
    assert published.loc["4200 120", ["tenure", "accuracy_m"]].tolist() == ["private lot", 5.0]
    assert published.loc["4200 501 A", "name_en"] == "DD 96 Lot 501 S.A"
    assert published["source"].unique().tolist() == ["Lands Department, lots: boundaries are indicative, not survey"]
    assert published["zone"].unique().tolist() == ["undetermined"]
    assert published["status"].unique().tolist() == ["unknown"]


def test_a_lot_whose_display_name_carries_its_code_keeps_it(tmp_path: Path) -> None:
    inland = {**lot(5490, "IL", 8392, CORNER), "CISLOTDISPLAYNAME": "IL 8392"}
    nameless = {**lot(90, "HL-YL", 0, (CORNER[0] + 500, CORNER[1])), "CISLOTDISPLAYNAME": "HL-YL HLB"}
    assert read(write_lots(tmp_path, parcels=frame([inland, nameless]))).frame["name_en"].tolist() == [
        "IL 8392", "HL-YL HLB",
    ]  # fmt: skip


def test_a_lot_in_several_polygons_is_one_parcel(published: pd.DataFrame, tmp_path: Path) -> None:
    assert published.loc["4200 500"].geometry.area == pytest.approx(2 * 60**2, abs=0.1)
    assert published.loc["4200 500"].geometry.geom_type == "MultiPolygon"
    notes = read(write_lots(tmp_path, "gdb")).notes
    note = next(note for note in notes if "several polygons" in note.what)
    assert note.what == "parcels drawn in several polygons, joined into one each (2 polygons)"
    assert (note.count, note.features) == (1, ("4200 500",))


def test_sections_of_a_lot_are_parcels_of_their_own(published: pd.DataFrame) -> None:
    assert {"4200 501 A", "4200 501 B"} <= set(published.index)


def test_slivers_stay_unless_the_study_sets_a_smallest_area(published: pd.DataFrame, tmp_path: Path) -> None:
    assert "4200 502" in published.index
    layer = read(write_lots(tmp_path), minimum_ha=1.0)  # squares of 120 m have 1.44 ha, all others less
    assert len(layer.frame) == 60
    assert told(layer)["parcels below 1 ha, left out"] == 4
    assert "none of 64 parcels has 2 ha. Lower minimum_ha" in faults_of(tmp_path, minimum_ha=2.0)


def test_area_is_measured_after_joining(tmp_path: Path) -> None:
    pieces = frame([lot(1, "DD 1", 7, (CORNER[0] + 80 * i, CORNER[1]), side=75.0) for i in range(2)])  # 2 × 0.5625 ha
    assert len(read(write_lots(tmp_path, parcels=pieces), minimum_ha=1.0).frame) == 1


def test_allocations_and_tenancies_join_the_lots(tmp_path: Path) -> None:
    layer = read(write_lots(tmp_path), write_allocations(tmp_path), write_tenancies(tmp_path))
    parcels = layer.frame.set_index("parcel_id")
    assert parcels.loc["gla-1800014700":, "tenure"].tolist() == [
        "government land allocation (permanent)",
        "government land allocation (temporary)",
        "government land allocation",
        "short term tenancy",
        "short term tenancy",
    ]
    assert parcels.loc["gla-1800014700", "name_en"] == "GLA-N 900"
    assert parcels.loc["stt-1810050065", "name_en"] == "STTYL0030"
    notes = told(layer)
    assert notes["government land allocations of GLATYPE X, taken as 'government land allocation'"] == 1
    assert notes["lots of LOTTYPE NNG, taken as 'private lot'"] == 15


def test_a_folder_of_all_of_them_is_read_whole(tmp_path: Path) -> None:
    folder = tmp_path / "csdi"
    folder.mkdir()
    for write in (write_lots, write_allocations, write_tenancies):
        write(folder)
    assert len(read(folder).frame) == 64 + 3 + 2


@pytest.mark.parametrize(
    ("csu", "lot_id", "expected"), [(None, 77, "lot-77"), ("  ", 77.0, "lot-77"), ("1 2", 7, "1 2")]
)
def test_a_lot_without_csu_goes_by_its_lot_id(csu: str | None, lot_id: float, expected: str, tmp_path: Path) -> None:
    row = {**lot(1, "DD 1", 7, CORNER), "LOTCSUID": csu, "LOTID": lot_id}
    other = lot(1, "DD 1", 8, (CORNER[0] + 500, CORNER[1]))
    assert read(write_lots(tmp_path, parcels=frame([row, other]))).frame["parcel_id"].iloc[0] == expected


def test_lots_without_any_id_are_refused_by_row(tmp_path: Path) -> None:
    rows = [lot(1, "DD 1", 7, CORNER), {**lot(1, "DD 1", 8, CORNER), "LOTCSUID": None, "LOTID": None}]
    said = faults_of(write_lots(tmp_path, parcels=frame(rows)))
    assert "row 2: 1 lots have no LOTCSUID or LOTID." in said


def test_lots_without_an_outline_are_left_out_and_named(tmp_path: Path) -> None:
    rows = [lot(1, "DD 1", 7, CORNER), {**lot(1, "DD 1", 8, CORNER), "geometry": None}]
    layer = read(write_lots(tmp_path, parcels=frame(rows)))
    note = next(note for note in layer.notes if "without an outline" in note.what)
    assert (len(layer.frame), note.features) == (1, ("1 8",))


def test_lines_are_no_lots(tmp_path: Path) -> None:
    rows = [{**lot(1, "DD 1", 7, CORNER), "geometry": shapely.LineString([CORNER, (826_000, 839_000)])}]
    path = tmp_path / "lines.gpkg"
    frame(rows).to_file(path, driver="GPKG")
    assert "geometries are LineString; the layer takes Polygon" in faults_of(path)


def test_bow_ties_are_mended_also_where_pieces_are_joined(tmp_path: Path) -> None:
    x, y = CORNER
    tie = shapely.Polygon([(x, y), (x + 100, y + 100), (x + 100, y), (x, y + 100)])  # two triangles of 2,500 m²
    rows = [{**lot(1, "DD 1", 7, CORNER), "geometry": tie}]
    rows += [
        {**lot(1, "DD 1", 8, CORNER), "geometry": shapely.affinity.translate(tie, 200 * i + 200)} for i in range(2)
    ]
    path = tmp_path / "ties.gpkg"
    frame(rows).to_file(path, driver="GPKG")
    layer = read(path)
    assert layer.frame.area.tolist() == [pytest.approx(5000), pytest.approx(10_000)]
    assert told(layer)["invalid polygons mended"] == 1


def test_grid_metres_that_name_no_grid_ask_for_it(tmp_path: Path) -> None:
    path = write_lots(tmp_path, "json")
    content = json.loads(path.read_text(encoding="utf-8"))
    content.pop("crs", None)
    path.write_text(json.dumps(content), encoding="utf-8")
    assert 'names no coordinate system. Declare it in the study, e.g. crs = "EPSG:4326"' in faults_of(path)
    assert read(path, crs="EPSG:2326").frame.area.max() == pytest.approx(120.0**2)


def test_trap_3_gml_of_northings_before_eastings_stands_at_san_tin(tmp_path: Path) -> None:
    path = write_lots(tmp_path, "gml")
    assert "838500 825500" in path.read_text(encoding="utf-8")
    first = read(path).frame.geometry.iloc[0]
    assert first.bounds[:2] == (825_500.0, 838_500.0)


def test_another_coordinate_system_than_declared_is_refused(tmp_path: Path) -> None:
    assert "the study declares EPSG:4326" in faults_of(write_lots(tmp_path), crs="EPSG:4326")


def test_a_file_without_lots_is_told_with_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "buildings.gpkg"
    gpd.GeoDataFrame({"BUILDINGID": [1]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:2326").to_file(path, layer="b")
    said = faults_of(path)
    assert "no table holds lots" in said
    assert "there is b (BUILDINGID)" in said


def test_a_table_of_codes_beside_the_lots_is_no_parcel(tmp_path: Path) -> None:
    path = write_lots(tmp_path, "gdb")
    (tmp_path / "codes.geojson").write_text(
        '{"type": "FeatureCollection", "features": ['
        '{"type": "Feature", "properties": {"CODE": "OSL"}, "geometry": null}]}',
        encoding="utf-8",
    )
    assert len(read(path, tmp_path / "codes.geojson").frame) == 64


@pytest.mark.parametrize(("name", "content"), [("a.zip", b"PK"), ("a.geojson", b"{"), ("a.gpkg", b"")])
def test_broken_files_get_a_message(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert f"{name}: this cannot be read" in faults_of(tmp_path / name)


def test_no_lots_at_all_is_told(tmp_path: Path) -> None:
    path = tmp_path / "none.gpkg"
    lots().iloc[:0].to_file(path, driver="GPKG")
    assert "none.gpkg: layer parcels has no features" in faults_of(path)


def test_the_frame_is_not_touched_by_reading_twice(tmp_path: Path) -> None:
    path = write_allocations(tmp_path)
    first, second = read(path).frame, read(path).frame
    pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(second))
    assert first.area.sum() == pytest.approx(allocations().area.sum())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(numbers=st.lists(st.integers(1, 5), min_size=1, max_size=12))
def test_joining_pieces_keeps_the_ground(numbers: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    rows = [lot(1, "DD 1", n, (CORNER[0] + 130 * i, CORNER[1])) for i, n in enumerate(numbers)]
    path = tmp_path_factory.mktemp("l") / "lots.gpkg"
    frame(rows).to_file(path, driver="GPKG")
    found = read(path).frame
    assert found["parcel_id"].tolist() == [f"1 {n}" for n in dict.fromkeys(numbers)]
    expected = [120.0**2 * numbers.count(n) for n in dict.fromkeys(numbers)]
    np.testing.assert_allclose(found.area, expected)
