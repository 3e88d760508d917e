from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from published.plans import PLANS
from published.plans import esri_json
from published.plans import geojson
from published.plans import package_files
from published.plans import plan_tables
from published.plans import write_plans
from published.plans import zipped

from nmplan.errors import LayerError
from nmplan.layers.plans import plan_prefix
from nmplan.layers.plans import plan_version
from nmplan.layers.plans import read_plans

FORMS = ("geojson", "esri", "keyed", "shp", "gml")
STEADY = settings(
    deadline=None, derandomize=True, database=None, max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip


def zoning(*paths: Path, **arguments) -> gpd.GeoDataFrame:
    return read_plans(["zoning"], paths, **arguments)["zoning"].frame


def told(*paths: Path, layer: str = "zoning", **arguments) -> dict[str, tuple[str, ...]]:
    return {note.what: note.features for note in read_plans([layer], paths, **arguments)[layer].notes}


def refused(*paths: Path, layers: tuple[str, ...] = ("zoning",), **arguments) -> str:
    with pytest.raises(LayerError) as caught:
        read_plans(layers, paths, **arguments)
    return str(caught.value)


def zone_table(*rows: tuple[str, str, str, shapely.Geometry], plan_no: str = "S/STT/2") -> gpd.GeoDataFrame:
    """Return a table ZONE of label, description, annotation and outline."""
    table = pd.DataFrame([row[:3] for row in rows], columns=["ZONE_LABEL", "DESC_ENG", "SPUSE_ENG"])
    words = table.assign(PLAN_NO=plan_no, DESC_CHT="", SPUSE_CHT="")
    return gpd.GeoDataFrame(words, geometry=[row[3] for row in rows], crs="EPSG:2326")


def heights_table(*rows: tuple[str, str | None, shapely.Geometry], plan_no: str = "S/STT/2") -> gpd.GeoDataFrame:
    table = pd.DataFrame([row[:2] for row in rows], columns=["BHC_TYPE", "BHC_VALUE"])
    return gpd.GeoDataFrame(table.assign(PLAN_NO=plan_no), geometry=[row[2] for row in rows], crs="EPSG:2326")


def save(folder: Path, form: str = "esri", **tables: gpd.GeoDataFrame) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in package_files(tables, form).items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def drawn() -> gpd.GeoDataFrame:
    """The zones as the writer drew them, before any file."""
    return pd.concat([plan_tables(plan_no)["ZONE"] for plan_no in PLANS], ignore_index=True)


@pytest.mark.parametrize("packed", ["packed", "unpacked"])
@pytest.mark.parametrize("form", FORMS)
def test_each_form_gives_the_zones_that_were_drawn(
    form: str, packed: str, drawn: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    found = read_plans(["zoning", "areas"], [write_plans(tmp_path / form, form, packed=packed == "packed")])
    zones, areas = found["zoning"].frame, found["areas"].frame
    assert zones.crs == "EPSG:2326"
    counts = zones.groupby(["plan_no", "zone_label"]).size()
    assert counts.to_dict() == drawn.groupby(["PLAN_NO", "ZONE_LABEL"]).size().to_dict()
    # San Tin from the writer's grid: 6 x 5 blocks of 400 m and a street of 24 m round each
    santin = areas.set_index("area_id").loc["s-stt"]
    assert santin.geometry.area == pytest.approx((6 * 424 + 24) * (5 * 424 + 24), rel=1e-6)
    assert (santin["name_en"], santin["name_zh"], santin["role"]) == ("San Tin Technopole", "新田科技城", "scored")
    assert zones.loc[zones["plan_no"].eq("S/STT/2")].area.sum() == pytest.approx(santin.geometry.area, rel=1e-6)
    assert areas["area_id"].tolist() == ["s-hsk", "s-ne-lmcl", "s-stt"]


def test_all_forms_give_the_same_table(tmp_path: Path) -> None:
    first, *others = [zoning(write_plans(tmp_path / form, form)) for form in FORMS]
    for other in others:
        assert first.drop(columns="geometry").equals(other.drop(columns="geometry"))
        assert first.geometry.hausdorff_distance(other.geometry).max() < 0.01


def test_reading_writes_nothing_beside_the_files(tmp_path: Path) -> None:
    folder = write_plans(tmp_path / "gml", "gml", packed=False)
    before = sorted(folder.rglob("*"))
    zoning(folder)
    assert sorted(folder.rglob("*")) == before


def test_words_of_the_plan_are_kept(tmp_path: Path) -> None:
    zones = zoning(write_plans(tmp_path, "shp")).set_index("zone_id")
    one = zones.loc["s-stt-2-ou-01"]
    assert one[["plan_no", "zone_label", "desc_en", "desc_zh"]].tolist() == [
        "S/STT/2", "OU", "Other Specified Uses", "其他指定用途",
    ]  # fmt: skip
    assert (one["special_use_en"], one["special_use_zh"]) == ("Innovation and Technology", "創新及科技")
    assert one["zone"] == "innovation-technology"
    assert one["source"] == "Town Planning Board, statutory plan S/STT/2, published 2024-09-20"
    assert zones.loc["s-stt-2-mrdj-01", "zone"] == "road"
    # half a millimetre at 1:7,500 and 1:2,500
    assert one["accuracy_m"] == 3.75
    assert zones.loc["s-ne-lmcl-4-ou-01", "accuracy_m"] == 1.25


def test_areas_stay_blank_so_that_any_areas_layer_can_fill_them(tmp_path: Path) -> None:
    assert set(zoning(write_plans(tmp_path))["area_id"]) == {""}


# --- where the files lie: trap 9


def test_trap_9_nested_archives_case_and_shadows_of_a_mac(tmp_path: Path) -> None:
    files = package_files(plan_tables("S/STT/2"), "esri")
    inner = zipped({f"S_STT_2/plan gis data geojson/{name.lower()}": content for name, content in files.items()})
    shadow = {"__MACOSX/._ZONE.json": b"\x00\x05\x16\x07", "a/._ZONE.json": b"\x00\x05\x16\x07"}
    outer = zipped({"all/GeoJSON/S_STT_2.ZIP": inner, "readme.txt": b"", **shadow})
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "2024.Zip").write_bytes(outer)
    assert len(zoning(tmp_path / "plans")) == len(zoning(tmp_path / "plans" / "2024.Zip")) == 31


def test_trap_9_esri_json_under_the_name_of_geojson_and_the_other_way_round(tmp_path: Path) -> None:
    zones = plan_tables("S/STT/2")["ZONE"]
    (tmp_path / "ZONE.geojson").write_text(json.dumps(esri_json(zones)), encoding="utf-8-sig")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "zone.JSON").write_text(json.dumps(geojson(zones.to_crs(4326))), encoding="utf-8-sig")
    one, other = zoning(tmp_path / "ZONE.geojson"), zoning(tmp_path / "b")
    assert len(one) == len(other) == 31
    assert one.geometry.hausdorff_distance(other.geometry).max() < 0.01


@pytest.mark.parametrize("reference", [{"wkid": 102140}, {"wkid": 2326}, {"wkid": 102140, "latestWkid": 2326}])
def test_trap_9_esri_json_has_two_numbers_for_one_grid(reference: dict[str, int], tmp_path: Path) -> None:
    zones = plan_tables("S/STT/2")["ZONE"]
    content = {"features": esri_json(zones)["features"], "spatialReference": reference}
    (tmp_path / "ZONE.json").write_text(json.dumps(content))
    found = zoning(tmp_path / "ZONE.json", crs="EPSG:2326")
    content["features"][0]["geometry"]["spatialReference"] = content.pop("spatialReference")
    (tmp_path / "ZONE.json").write_text(json.dumps(content))
    assert zoning(tmp_path / "ZONE.json", crs="EPSG:2326").equals(found)
    assert found.union_all().symmetric_difference(zones.union_all()).area < 1


def test_trap_9_an_index_with_a_byte_order_mark_is_left_out_and_named(tmp_path: Path) -> None:
    folder = write_plans(tmp_path / "in", "esri")
    index = [
        {"OZP_PLAN_NO": "S/STT/2", "NAME_ENG": "San Tin", "GAZ_DATE": "20240920", "GEOJSON_LINK": "https://x/y.zip"}
    ]
    (folder / "OZP_PLAN_GEOJSON.json").write_text(json.dumps(index), encoding="utf-8-sig")
    assert told(folder)["files without a table of statutory plans, left out"] == ("in/OZP_PLAN_GEOJSON.json",)


def test_field_names_may_be_small(tmp_path: Path) -> None:
    zones = plan_tables("S/STT/2")["ZONE"]
    renamed = zones.rename(columns={name: name.lower() for name in zones})
    assert zoning(save(tmp_path / "a", zone=renamed)).equals(zoning(save(tmp_path / "b", ZONE=zones)))


def test_a_table_under_another_name_is_known_by_its_fields(tmp_path: Path) -> None:
    tables = plan_tables("S/STT/2")
    zones = zoning(save(tmp_path, page_0=tables["ZONE"], heights=tables["BHC"], bounds=tables["PLAN_SCHEME_AREA"]))
    assert zones["height_limit"].ne("").any()
    assert set(zones["accuracy_m"]) == {3.75}


def test_a_shapefile_named_itself_brings_its_parts(tmp_path: Path) -> None:
    folder = write_plans(tmp_path, "shp", ("S/HSK/2",), packed=False) / "S_HSK_2" / "Plan GIS Data SHP"
    assert len(zoning(folder / "ZONE.SHP")) == 31
    (folder / "ZONE.dbf").unlink()
    assert "ZONE.SHP: the parts .dbf of the shapefile are missing." in refused(folder / "ZONE.SHP")


@pytest.mark.parametrize("encoding", ["utf-8", "big5"])
def test_chinese_of_a_shapefile_that_names_no_code_page(encoding: str, tmp_path: Path) -> None:
    plan_tables("S/HSK/2")["ZONE"].to_file(tmp_path / "ZONE.shp", encoding=encoding, engine="pyogrio")
    (tmp_path / "ZONE.cpg").unlink()
    dbf = bytearray((tmp_path / "ZONE.dbf").read_bytes())
    dbf[29] = 0
    (tmp_path / "ZONE.dbf").write_bytes(dbf)
    zones = zoning(tmp_path / "ZONE.shp")
    assert zones.loc[zones["zone_label"].eq("G/IC"), "desc_zh"].unique().tolist() == ["政府、機構或社區"]


# --- coordinate systems


def test_a_shapefile_without_prj_needs_its_system_declared(tmp_path: Path) -> None:
    folder = write_plans(tmp_path, "shp", ("S/HSK/2",), packed=False)
    with_prj = zoning(folder)
    for prj in folder.rglob("*.PRJ"):
        prj.unlink()
    assert "ZONE.SHP: the file names no coordinate system." in refused(folder)
    assert zoning(folder, crs="EPSG:2326").equals(with_prj)


def test_geojson_in_grid_metres_without_crs_is_never_read_as_degrees(tmp_path: Path) -> None:
    zones = plan_tables("S/STT/2")["ZONE"]
    path = tmp_path / "ZONE.geojson"
    path.write_text(json.dumps(geojson(zones)))
    assert "ZONE.geojson: the file names no coordinate system." in refused(path)
    found = zoning(path, crs="EPSG:2326")
    assert found.union_all().symmetric_difference(zones.union_all()).area < 1


def test_esri_json_without_a_reference_is_refused(tmp_path: Path) -> None:
    content = esri_json(plan_tables("S/STT/2")["ZONE"])
    del content["spatialReference"]
    (tmp_path / "ZONE.json").write_text(json.dumps(content))
    assert "names no coordinate system" in refused(tmp_path)


def test_another_system_than_declared_is_refused(tmp_path: Path) -> None:
    assert "the study declares EPSG:32650" in refused(write_plans(tmp_path, "esri"), crs="EPSG:32650")


def test_trap_3_gml_with_northing_first_comes_out_easting_first(tmp_path: Path) -> None:
    folder = write_plans(tmp_path, "gml", ("S/STT/2",), packed=False)
    (path,) = folder.rglob("ZONE.gml")
    # the file really says northing, easting: San Tin lies at 825,6xx E 838,3xx N
    text = path.read_text(encoding="utf-8")
    first = text[text.index("<gml:posList>") + 13 :].split()[:2]
    assert float(first[0]) > float(first[1])
    west, south, east, north = zoning(folder).total_bounds
    assert 820_000 < west < east < 830_000
    assert 836_000 < south < north < 842_000


def test_trap_3_gml_with_the_short_name_has_easting_first(tmp_path: Path) -> None:
    folder = write_plans(tmp_path, "gml", ("S/STT/2",), packed=False)
    expected = zoning(folder)
    for path in folder.rglob("*.gml"):
        text = path.read_text(encoding="utf-8").replace("urn:ogc:def:crs:EPSG::2326", "EPSG:2326")
        head, *lists = text.split("<gml:posList>")
        turned = []
        for part in lists:
            numbers, rest = part.split("</gml:posList>")
            pairs = numbers.split()
            swapped = [number for pair in zip(pairs[1::2], pairs[::2], strict=True) for number in pair]
            turned.append(f"{' '.join(swapped)}</gml:posList>{rest}")
        path.write_text("<gml:posList>".join([head, *turned]), encoding="utf-8")
    assert zoning(folder).equals(expected)


# --- plans, versions, copies


def test_plans_are_chosen_by_the_beginning_of_their_number(tmp_path: Path) -> None:
    folder = write_plans(tmp_path)
    assert set(zoning(folder, plans=["S/STT/", "s/hsk"])["plan_no"]) == {"S/STT/2", "S/HSK/2"}
    assert set(zoning(folder, plans=["S/NE-LMCL/4"])["plan_no"]) == {"S/NE-LMCL/4"}
    message = refused(folder, plans=["S/ST", "S/KTN/", "S/STT/"])
    assert "S/ST: no plan number begins so; there are S/HSK/, S/NE-LMCL/, S/STT/." in message
    assert "S/KTN/: no plan" in message
    assert len(message.splitlines()) == 2


def test_the_newest_version_is_kept_and_the_others_are_named(tmp_path: Path) -> None:
    folder = write_plans(tmp_path, "esri", ("S/STT/1", "S/STT/10", "S/STT/2", "S/HSK/2"))
    assert set(zoning(folder)["plan_no"]) == {"S/STT/10", "S/HSK/2"}
    assert told(folder)["older versions of plans, left out for the newest"] == ("S/STT/1", "S/STT/2")
    assert set(zoning(folder, plans=["S/STT/1"])["plan_no"]) == {"S/STT/1"}
    areas = read_plans(["areas"], [folder])["areas"].frame
    assert areas["area_id"].tolist() == ["s-hsk", "s-stt"]


@pytest.mark.parametrize(
    ("plan_no", "prefix", "version"),
    [("S/STT/2", "S/STT/", (2, "")), ("S/H5/31A", "S/H5/", (31, "A")), ("S/K3/URA1/2", "S/K3/URA1/", (2, "")),
     ("LMCL", "LMCL", (-1, "LMCL")), ("S/X/", "S/X/", (-1, ""))],
)  # fmt: skip
def test_plan_numbers_are_taken_apart(plan_no: str, prefix: str, version: tuple[int, str]) -> None:
    assert (plan_prefix(plan_no), plan_version(plan_no)) == (prefix, version)


def test_the_same_plan_in_two_forms_is_read_once(tmp_path: Path) -> None:
    shp = write_plans(tmp_path / "a", "shp", ("S/STT/2",))
    degrees = write_plans(tmp_path / "b", "geojson", ("S/STT/2",))
    both = zoning(shp, degrees)
    assert both.equals(zoning(shp))
    assert (
        "S/STT/2 in b/GeoJSON_s_stt_2.zip/s_stt_2/Plan GIS Data GeoJSON/ZONE.geojson"
        in told(degrees, shp)["plans given in several files, read once"]
    )


def test_a_plan_cut_up_over_pages_is_put_together(tmp_path: Path) -> None:
    zones = plan_tables("S/STT/2")["ZONE"]
    pages = save(tmp_path / "pages", page_1=zones.iloc[:14], page_2=zones.iloc[14:])
    assert zoning(pages).equals(zoning(save(tmp_path / "whole", ZONE=zones)))
    assert "plans given in several files, read once" not in told(pages)


def test_two_files_of_the_same_name_are_two_files(tmp_path: Path) -> None:
    one = save(tmp_path / "a", ZONE=plan_tables("S/STT/2")["ZONE"]) / "ZONE.json"
    other = save(tmp_path / "b", ZONE=plan_tables("S/HSK/2")["ZONE"]) / "ZONE.json"
    assert set(zoning(one, other, one)["plan_no"]) == {"S/STT/2", "S/HSK/2"}


def test_where_two_plans_overlap_the_later_one_keeps_the_ground(tmp_path: Path) -> None:
    old, new = plan_tables("S/YL-ST/8", "S/STT/2"), plan_tables("S/STT/2")
    old["PLAN_SCHEME_AREA"]["PUB_DATE"] = "2006-01-01"
    new["PLAN_SCHEME_AREA"]["PUB_DATE"] = "2024-09-20"
    for form in ("esri", "gml"):  # GML's days are read as moments
        paths = save(tmp_path / form / "1", form, **old), save(tmp_path / form / "2", form, **new)
        assert set(zoning(*paths)["plan_no"]) == {"S/STT/2"}
        assert len(told(*paths)["zones covered altogether by others, left out"]) == 31


# --- ids


def test_ids_run_from_west_to_east_and_are_unique(box, tmp_path: Path) -> None:
    places = [("OU(1)", 600, 0), ("OU", 300, 0), ("OU", 0, 0), ("OU", 0, 300), ("OU 1", 900, 0)]
    rows = [(label, "", "Business", box(x, y)) for label, x, y in places]
    zones = zoning(save(tmp_path, ZONE=zone_table(*rows))).set_index("zone_id")
    north = zones.geometry.centroid.y.round() - 838_000
    assert north.to_dict() == {
        "s-stt-2-ou-01": 350, "s-stt-2-ou-02": 50, "s-stt-2-ou-03": 50, "s-stt-2-ou-1-01": 50, "s-stt-2-ou-1-02": 50,
    }  # fmt: skip


@STEADY
@given(order=st.permutations(range(31)))
def test_ids_do_not_depend_on_the_order_of_the_file(order: list[int], tmp_path: Path) -> None:
    zones = plan_tables("S/STT/2")["ZONE"]
    shuffled = zoning(save(tmp_path / "b", ZONE=zones.iloc[order]))
    assert shuffled.equals(zoning(save(tmp_path / "a", ZONE=zones)))


@STEADY
@given(labels=st.lists(st.text(max_size=10), min_size=1, max_size=8))
def test_any_labels_give_unique_ids_or_a_message(labels: list[str], box, tmp_path: Path) -> None:
    rows = [(label, "", "", box(150 * n, 0)) for n, label in enumerate(labels)]
    try:
        zones = zoning(save(tmp_path, ZONE=zone_table(*rows)))
    except LayerError as error:
        assert "zone_label is empty" in str(error)  # noqa: PT017  (hostile labels may also be read)
    else:
        assert zones["zone_id"].is_unique
        assert len(zones) == len(labels)


# --- heights


def test_heights_are_written_out_with_their_unit(box, tmp_path: Path) -> None:
    given_heights = [("BHCB", "105"), ("BHCS", "12"), ("BHCS", "1"), ("BHCN", None), ("BHCB", "110/130"),
                     ("BHCS", "3 (9m)"), ("bhcb", "35")]  # fmt: skip
    zones = zone_table(*[("C", "Commercial", "", box(150 * n, 0)) for n in range(8)])
    heights = heights_table(*[(*height, box(150 * n, 0)) for n, height in enumerate(given_heights)])
    for form in FORMS:
        assert zoning(save(tmp_path / form, form, ZONE=zones, BHC=heights))["height_limit"].tolist() == [
            "105 mPD", "12 storeys", "1 storey", "as the Notes say", "110/130 mPD", "3 (9m)", "35 mPD", "",
        ]  # fmt: skip


def test_numbers_alone_stay_text(box, tmp_path: Path) -> None:
    # GDAL takes a GML column of numbers and blanks for real numbers: 12 must not become "12.0 storeys"
    zones = zone_table(("C", "", "", box(0, 0)), ("C", "", "", box(150, 0)))
    heights = heights_table(("BHCS", "12", box(0, 0)), ("BHCN", None, box(150, 0)))
    folder = save(tmp_path, "gml", ZONE=zones, BHC=heights)
    assert zoning(folder)["height_limit"].tolist() == ["12 storeys", "as the Notes say"]


def test_the_height_on_most_of_a_zone_is_taken_and_disagreement_counted(box, tmp_path: Path) -> None:
    # 60 % at 35 mPD; 40 % at 20 mPD · 30 % at 35, the rest free · a sliver of 0.5 % at 20, the rest at 35
    zones = zone_table(*[("C", "", "", box(200 * n, 0)) for n in range(3)])
    heights = heights_table(
        ("BHCB", "35", box(0, 0, 60, 100)), ("BHCB", "20", box(60, 0, 40, 100)),
        ("BHCB", "35", box(200, 0, 30, 100)),
        ("BHCB", "20", box(400, 0, 0.5, 100)), ("BHCB", "35", box(400.5, 0, 99.5, 100)),
    )  # fmt: skip
    folder = save(tmp_path, ZONE=zones, BHC=heights)
    assert zoning(folder)["height_limit"].tolist() == ["35 mPD", "", "35 mPD"]
    what = "zones with several height limits, the one on most of the zone taken"
    assert told(folder)[what] == ("s-stt-2-c-01", "s-stt-2-c-02")


def test_heights_of_another_plan_do_not_count(box, tmp_path: Path) -> None:
    heights = heights_table(("BHCB", "35", box(0, 0)), plan_no="S/STT/1")
    folder = save(tmp_path, ZONE=zone_table(("C", "", "", box(0, 0))), BHC=heights)
    assert zoning(folder)["height_limit"].tolist() == [""]


def test_non_building_areas_are_no_height_but_told(box, tmp_path: Path) -> None:
    heights = heights_table(("NBA", None, box(0, 0, 100, 20)), ("BHCB", "35", box(0, 0)))
    folder = save(tmp_path, ZONE=zone_table(("C", "", "", box(0, 0))), BHC=heights)
    assert zoning(folder)["height_limit"].tolist() == ["35 mPD"]
    assert told(folder)["zones with a non-building area on a part of them"] == ("s-stt-2-c-01",)


# --- what is not understood, mended or assumed is told


def test_trap_1_labels_that_are_not_known_are_counted_and_named(box, tmp_path: Path) -> None:
    rows = [("XYZ", "", "", box(0, 0)), ("U", "Undetermined", "", box(200, 0)), ("U(1)", "", "", box(400, 0)),
            ("OU", "Other Specified Uses", "", box(600, 0)),
            ("OU(1)", "", "Innovation and Technology", box(800, 0))]  # fmt: skip
    folder = save(tmp_path, ZONE=zone_table(*rows))
    zones = zoning(folder).set_index("zone_id")["zone"]
    assert zones["s-stt-2-xyz-01"] == zones["s-stt-2-u-01"] == zones["s-stt-2-u-1-01"] == "undetermined"
    assert zones["s-stt-2-ou-1-01"] == "innovation-technology"
    notes = told(folder)
    assert notes["zones whose label is not known, taken as undetermined: XYZ (1)"] == ("s-stt-2-xyz-01",)
    assert notes["zones for other specified uses that do not say which"] == ("s-stt-2-ou-01",)


def test_a_zone_without_a_label_is_called_by_its_description(box, tmp_path: Path) -> None:
    folder = save(tmp_path, ZONE=zone_table(("<Null>", "Residential (Group A)1", "", box(0, 0))))
    (zone,) = zoning(folder).itertuples()
    assert (zone.zone_label, zone.zone) == ("Residential (Group A)1", "residential")
    assert told(folder)["zones without a label, called by their description"] == ("s-stt-2-residential-group-a-1-01",)


def test_a_plan_without_scale_gets_the_stated_accuracy(box, tmp_path: Path) -> None:
    folder = save(tmp_path, ZONE=zone_table(("C", "", "", box(0, 0))))
    assert zoning(folder)["accuracy_m"].tolist() == [5]
    assert told(folder)["plans without a scale, their accuracy taken as 5 m"] == ("S/STT/2",)


@pytest.mark.parametrize(
    ("scale", "metres"), [("1:5 000", 2.5), ("1 : 7,500", 3.75), ("0", 5), ("varies", 5), (None, 5)]
)
def test_scales_are_read_as_plans_print_them(scale: str | None, metres: float, tmp_path: Path) -> None:
    tables = plan_tables("S/STT/2")
    scheme = tables["PLAN_SCHEME_AREA"].assign(PLAN_SCALE=pd.Series([scale], dtype=object))
    assert set(zoning(save(tmp_path, ZONE=tables["ZONE"], PLAN_SCHEME_AREA=scheme))["accuracy_m"]) == {metres}


def test_an_invalid_outline_is_mended_and_an_overlap_settled(box, ring, tmp_path: Path) -> None:
    bow_tie = ring((0, 0), (100, 100), (100, 0), (0, 100))
    rows = [("C", "", "", bow_tie), ("GB", "", "", box(200, 0)), ("V", "", "", box(298, 0))]
    folder = save(tmp_path, ZONE=zone_table(*rows))
    assert zoning(folder).area.round().tolist() == [5_000, 10_000, 9_800]
    notes = told(folder)
    assert notes["invalid polygons mended"] == ("s-stt-2-c-01",)
    assert notes["outlines cut back where they overlap"] == ("s-stt-2-v-01",)


def test_a_scheme_area_in_pieces_is_one_area(box, tmp_path: Path) -> None:
    scheme = plan_tables("S/STT/2")["PLAN_SCHEME_AREA"]
    pieces = pd.concat([scheme.set_geometry([box(0, 0)]), scheme.set_geometry([box(500, 0)])], ignore_index=True)
    (area,) = read_plans(["areas"], [save(tmp_path, PLAN_SCHEME_AREA=pieces)])["areas"].frame.itertuples()
    assert area.geometry.area == pytest.approx(20_000)


# --- bad input


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    zones = plan_tables("S/STT/2")["ZONE"]
    save(tmp_path / "a", zone=zones.drop(columns="ZONE_LABEL"))
    save(tmp_path / "b", ZONE=zones.assign(PLAN_NO=["", *zones["PLAN_NO"][1:]]))
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "ZONE.json").write_text("<html>Service unavailable</html>")
    (tmp_path / "c" / "ZONE.gml").write_bytes(b"<gml")
    (tmp_path / "c" / "BHC.json").write_bytes("高度".encode("big5"))
    message = refused(tmp_path)
    assert len(message.splitlines()) == 5
    for words in (
        "a/zone.json: the table ZONE lacks ZONE_LABEL; it has FID, PLAN_NO",
        "b/ZONE.json: row 1: 1 features of the table ZONE have no PLAN_NO.",
        "c/ZONE.json: this cannot be read",
        "c/ZONE.gml: this cannot be read",
        "c/BHC.json: this cannot be read",
    ):
        assert words in message


@pytest.mark.parametrize(
    "content",
    ['{"type": "FeatureCollection", "features": []}', "[]", "3", '{"features": 3}', '{"ZONE": {"features": []}}', "{}"],
)
def test_a_file_without_zones_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "ZONE.json").write_text(content)
    assert "no table ZONE with features is there" in refused(tmp_path)


PLAIN = '{"type": "Feature", "properties": {"PLAN_NO": "S/X/1", "ZONE_LABEL": "C"}, "geometry": '
UNCLOSED = '{"type": "Polygon", "coordinates": [[[114, 22.4], [114.01, 22.4], [114.01, 22.41], [114, 22.41]]]}}'


@pytest.mark.parametrize(
    ("features", "words"),
    [
        ("[null]", "ZONE"),
        ("[3]", "ZONE"),
        ('[{"attributes": 3}]', "ZONE"),
        ('[{"attributes": {"PLAN_NO": "S/X/1", "ZONE_LABEL": "C"}, "geometry": null}]', "names no coordinate system"),
        (f"[{PLAIN}null}}]", "s-x-1-c-01: 1 geometries are missing or empty"),
        (f'[{PLAIN}{{"type": "Point", "coordinates": [114.1, 22.4]}}}}]', "s-x-1-c-01: 1 geometries are Point"),
        (f"[{PLAIN}{UNCLOSED}]", "ZONE.json: this cannot be read: broken outlines in row 1"),
    ],
)
def test_hostile_features_get_a_message_never_a_traceback(features: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "ZONE.json").write_text(f'{{"features": {features}}}')
    assert words in refused(tmp_path)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    assert "nowhere: there is no such file or folder." in refused(tmp_path / "nowhere")
    assert "no table ZONE" in refused(tmp_path)
    assert "statutory plans have no layer parcels" in refused(tmp_path, layers=("parcels",))


def test_a_member_that_points_outside_writes_nothing(tmp_path: Path) -> None:
    files = package_files({"ZONE": plan_tables("S/STT/2")["ZONE"]}, "esri")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "plan.zip").write_bytes(zipped({f"../../{name}": content for name, content in files.items()}))
    assert len(zoning(tmp_path / "in")) == 31
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "plan.zip"]
