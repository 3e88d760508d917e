from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.layers.zones import classify_zone
from nmplan.layers.zones import drop_strips
from nmplan.layers.zones import settle_overlaps
from nmplan.layers.zones import zone_code
from nmplan.words import ZONES

if TYPE_CHECKING:
    from collections.abc import Callable

STEADY = settings(deadline=None, derandomize=True, database=None, max_examples=60)

OFFICIAL = [
    # label, special use, description, zone: labels and purposes as the statutory plans print them
    ("OU", "Innovation and Technology", "Other Specified Uses", "innovation-technology"),
    ("OU(1)", "Innovation and Technology", "Other Specified Uses", "innovation-technology"),
    ("OU(2)1", "INNOVATION AND TECHNOLOGY", "", "innovation-technology"),
    ("OU", "Innovation  and  Technology", "", "innovation-technology"),
    ("OU(1)", "", "Other Specified Uses (Innovation and Technology)1", "innovation-technology"),
    ("OU", "Enterprise and Technology Park", "", "enterprise-technology"),
    ("OU", "Business", "Other Specified Uses", "business"),
    ("OU(B)", "Business", "", "business"),
    ("OU(B)1", "Business 1", "", "business"),
    ("OU", "Mixed Use", "", "mixed-use"),
    ("OU(Mixed Use)", "", "", "mixed-use"),
    ("OU", "Logistics Facility", "", "logistics"),
    ("OU", "Port Back-up, Storage and Workshop Uses", "", "storage-workshop"),
    ("OU", "Industry Park (draft plan S/HSK/2A)", "", "industrial"),
    ("OU", "Industrial Estate", "Other Specified Uses", "industrial"),
    ("OU", "Special Industries Area", "", "industrial"),
    ("OU", "River Trade Terminal", "", "logistics"),
    ("OU", "Storage and Workshop Uses", "", "storage-workshop"),
    ("OU", "Comprehensive Development to include Wetland Restoration Area", "", "conservation"),
    ("OU", "Sewage Treatment Works", "", "other"),
    ("OU", "Petrol Filling Station", "", "other"),
    ("OU", "", "", "other"),
    ("R(A)", "", "Residential (Group A)", "residential"),
    ("R(A)3", "", "Residential (Group A)3", "residential"),
    ("R(B)1", "", "", "residential"),
    ("R(C)", "", "", "residential"),
    ("R(D)", "", "", "residential"),
    ("R(E)2", "", "", "residential"),
    ("r(a) 3", "", "", "residential"),
    ("O", "", "Open Space", "open-space"),
    ("O(1)", "", "Open Space (1)", "open-space"),
    ("OS", "", "Open Storage", "open-storage"),
    ("OS(1)", "", "Open Storage (1)", "open-storage"),
    (" os ", "", "", "open-storage"),
    ("C", "", "Commercial", "commercial"),
    ("C(2)", "", "Commercial (2)", "commercial"),
    ("C/R", "", "Commercial/Residential", "mixed-use"),
    ("C/R(1)", "", "", "mixed-use"),
    ("CA", "", "Conservation Area", "conservation"),
    ("CA(1)", "", "Conservation Area (1)", "conservation"),
    ("CP", "", "Country Park", "conservation"),
    ("CPA", "", "Coastal Protection Area", "conservation"),
    ("CDA", "", "Comprehensive Development Area", "comprehensive-development"),
    ("CDA(1)", "", "", "comprehensive-development"),
    ("CDA(2)1", "", "", "comprehensive-development"),
    ("SSSI", "", "Site of Special Scientific Interest", "conservation"),
    ("I", "", "Industrial", "industrial"),
    ("I(D)", "", "Industrial (Group D)", "industrial"),
    ("I(D)1", "", "", "industrial"),
    ("OU", "Industry Park", "Other Specified Uses", "industrial"),
    ("G/IC", "", "Government, Institution or Community", "institution"),
    ("G/IC(3)", "", "", "institution"),
    ("g / ic 3", "", "", "institution"),
    ("GB", "", "Green Belt", "green-belt"),
    ("GB(1)", "", "", "green-belt"),
    ("AGR", "", "Agriculture", "agriculture"),
    ("REC", "", "Recreation", "recreation"),
    ("V", "", "Village Type Development", "village"),
    ("MRDJ", "", "Major Road and Junction", "road"),
    ("DRCH", "", "Drainage Channel", "channel"),
    ("", "", "Drainage Channel", "channel"),
    ("RC", "", "River Channel", "channel"),
    ("", "", "Nullah", "channel"),
    ("RLY", "", "Railway", "road"),
    ("", "", "Major Road and Junction", "road"),
    ("", "", "Commercial/Residential", "mixed-use"),
    ("", "Logistics Facility", "Other Specified Uses", "logistics"),
    ("OU（1）", "Innovation and Technology", "", "innovation-technology"),
    ("Ｒ（Ａ）", "", "", "residential"),
    ("URA", "", "Urban Renewal Authority Development Scheme Area", "comprehensive-development"),
    ("LDC", "", "Land Development Corporation Development Scheme Area", "comprehensive-development"),
    ("WKCDA", "Arts, Cultural, Entertainment and Commercial Uses", "", "other"),
    ("U", "", "Undetermined", "undetermined"),
    ("", "", "", "undetermined"),
    ("XYZ", "", "", "undetermined"),
]


@pytest.mark.parametrize(("label", "special_use", "description", "zone"), OFFICIAL)
def test_official_labels_are_sorted_as_the_plans_mean_them(
    label: str, special_use: str, description: str, zone: str
) -> None:
    assert classify_zone(label, special_use, description) == zone


# every code seen in published plans (SOURCES), as the Board's Master Schedule of Notes means it; OU by its annotation
CODES_SEEN = {
    "AGR": "agriculture", "C": "commercial", "CA": "conservation", "CDA": "comprehensive-development",
    "CP": "conservation", "CPA": "conservation", "C/R": "mixed-use", "DRCH": "channel", "G/IC": "institution",
    "GB": "green-belt", "I": "industrial", "I(D)": "industrial", "MRDJ": "road", "O": "open-space",
    "OS": "open-storage", "OU": "innovation-technology", "R(A)": "residential", "R(B)": "residential",
    "R(C)": "residential", "R(D)": "residential", "R(E)": "residential", "REC": "recreation", "SSSI": "conservation",
    "V": "village", "U": "undetermined",
}  # fmt: skip
WRITTEN = ("{}", "{}(1)", "{}1", "{}(2)3", " {} ", "{} (1)", "{}（1）")


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("code", CODES_SEEN)
def test_trap_1_codes_are_known_however_they_are_written(code: str, written: str) -> None:
    purpose = "Innovation and Technology" if code == "OU" else ""
    for label in (written.format(code), written.format(code.lower()), written.format(" ".join(code))):
        assert classify_zone(label, purpose) == CODES_SEEN[code]


@pytest.mark.parametrize("suffix", ["", "1", " 1", "(1)"])
def test_trap_1_the_purpose_of_ou_stands_beside_the_label_not_in_it(suffix: str) -> None:
    # ZONE_LABEL has room for 10 characters: OU or OU(1), never OU(Innovation and Technology)
    for special, described in ((f"Innovation and Technology{suffix}", "Other Specified Uses"),
                               ("", f"Other Specified Uses (Innovation and Technology){suffix}")):  # fmt: skip
        for label in ("OU", "OU(1)", "ou 1", "O U (2)", ""):
            assert classify_zone(label, special, described) == "innovation-technology"


@pytest.mark.parametrize("written", WRITTEN)
def test_trap_2_open_space_is_not_open_storage(written: str) -> None:
    assert classify_zone(written.format("O")) == "open-space"
    assert classify_zone(written.format("OS")) == "open-storage"


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("code", ["CA", "CP", "CPA", "C/R", "CDA"])
def test_trap_2_what_begins_with_c_is_not_commercial(code: str, written: str) -> None:
    assert classify_zone(written.format(code)) not in {"commercial", "undetermined"}


@pytest.mark.parametrize("group", "ABCDE")
def test_trap_2_group_letters_are_no_numbers_to_strip(group: str) -> None:
    assert zone_code(f"R({group})3") == f"R({group})"
    assert zone_code(f"r( {group.lower()} ) (12)") == f"R({group})"
    assert zone_code("I(D)1") == "I(D)"


@pytest.mark.parametrize("group", "ABCDE")
def test_a_residential_zone_written_out_is_residential(group: str) -> None:
    # SOURCES, trap 1: descriptions carry suffixes too, and ZONE_LABEL may be blank
    assert classify_zone(f"Residential (Group {group})1") == "residential"
    assert classify_zone("", "", f"Residential (Group {group})1") == "residential"


@STEADY
@given(st.sampled_from(OFFICIAL), st.data())
def test_case_and_spaces_do_not_matter(row: tuple[str, str, str, str], data: st.DataObject) -> None:
    label, special_use, description, _ = row

    def disturbed(text: str) -> str:
        letters = [data.draw(st.sampled_from([letter.lower(), letter.upper()])) for letter in text]
        doubled = "".join(
            letter * data.draw(st.sampled_from([1, 2])) if letter == " " else letter for letter in letters
        )
        return f" {doubled} "

    plain = classify_zone(label, special_use, description)
    assert classify_zone(disturbed(label), disturbed(special_use), disturbed(description)) == plain


@STEADY
@given(st.sampled_from(OFFICIAL), st.integers(1, 99), st.booleans())
def test_a_number_behind_the_label_does_not_matter(row: tuple[str, str, str, str], number: int, brackets: bool) -> None:  # noqa: FBT001
    label, special_use, description, _ = row
    numbered = f"{label}({number})" if brackets else f"{label}{number}"
    assert classify_zone(numbered, special_use, description) == classify_zone(label, special_use, description)


@STEADY
@given(st.text(), st.text(), st.text())
def test_any_text_finds_a_word_of_the_vocabulary(label: str, special_use: str, description: str) -> None:
    assert classify_zone(label, special_use, description) in ZONES


def zones_of(*rows: tuple[str, float, shapely.Geometry]) -> gpd.GeoDataFrame:
    names, precedence, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame({"zone_id": names, "precedence": precedence}, geometry=list(shapes), crs="EPSG:2326")


def test_the_lower_precedence_keeps_the_ground(box: Callable[..., Any]) -> None:
    zones = zones_of(("wide", 2, box(0, 0, 100, 100)), ("road", 1, box(80, 0, 20, 200)), ("apart", 3, box(500, 0)))
    settled, notes = settle_overlaps(zones, "precedence")
    assert settled["zone_id"].tolist() == ["wide", "road", "apart"]
    assert settled.area.tolist() == [8_000, 4_000, 10_000]
    (note,) = notes
    assert (note.layer, note.count, note.features) == ("zoning", 1, ("wide",))


def test_ties_go_to_the_earlier_row(box: Callable[..., Any]) -> None:
    settled, _ = settle_overlaps(zones_of(("first", 1, box(0, 0)), ("second", 1, box(50, 0))), "precedence")
    assert settled.area.tolist() == [10_000, 5_000]


def test_precedence_is_a_number_even_if_written_as_text(box: Callable[..., Any]) -> None:
    zones = zones_of(("ten", 10, box(0, 0)), ("nine", 9, box(50, 0))).astype({"precedence": str})
    settled, _ = settle_overlaps(zones, "precedence")
    assert settled.area.tolist() == [5_000, 10_000]


def test_a_zone_buried_under_others_is_left_out_and_named(box: Callable[..., Any]) -> None:
    zones = zones_of(("buried", 3, box(10, 10, 50, 50)), ("above", 1, box(0, 0)))
    settled, notes = settle_overlaps(zones, "precedence")
    assert settled["zone_id"].tolist() == ["above"]
    assert any(note.features == ("buried",) and "left out" in note.what for note in notes)


def test_zones_that_only_touch_are_left_alone_without_a_note(box: Callable[..., Any]) -> None:
    zones = zones_of(("west", 1, box(0, 0)), ("east", 2, box(100, 0)))
    settled, notes = settle_overlaps(zones, "precedence")
    assert notes == []
    assert settled.area.tolist() == [10_000, 10_000]


def test_the_zones_given_are_left_as_they_were(box: Callable[..., Any]) -> None:
    zones = zones_of(("a", 2, box(0, 0)), ("b", 1, box(50, 0)))
    before = zones.copy(deep=True)
    settle_overlaps(zones, "precedence")
    assert zones.equals(before)


RECTANGLES = st.tuples(
    st.integers(0, 30), st.integers(0, 30), st.integers(1, 20), st.integers(1, 20), st.integers(1, 3)
)


@STEADY
@given(st.lists(RECTANGLES, min_size=1, max_size=12))
def test_settled_areas_add_up_to_the_union_and_no_two_overlap(
    box: Callable[..., Any], rectangles: list[tuple[int, int, int, int, int]]
) -> None:
    rows = [(str(n), p, box(10 * x, 10 * y, 10 * w, 10 * h)) for n, (x, y, w, h, p) in enumerate(rectangles)]
    zones = zones_of(*rows)
    settled, notes = settle_overlaps(zones, "precedence")
    # exact on a 10 m lattice, up to rounding
    assert settled.area.sum() == pytest.approx(zones.union_all().area, abs=1e-3)
    assert settled.union_all().area == pytest.approx(settled.area.sum(), abs=1e-3)
    buried = {name for note in notes if "left out" in note.what for name in note.features}
    assert buried == set(zones["zone_id"]) - set(settled["zone_id"])


@STEADY
@given(st.lists(RECTANGLES, min_size=1, max_size=12))
def test_settled_ground_is_what_is_left_after_all_zones_before(
    box: Callable[..., Any], rectangles: list[tuple[int, int, int, int, int]]
) -> None:
    """Whatever the search for neighbours leaves out: each zone keeps its ground less that of all before it."""
    rows = [(str(n), p, box(10 * x, 10 * y, 10 * w, 10 * h)) for n, (x, y, w, h, p) in enumerate(rectangles)]
    zones = zones_of(*rows)
    settled = settle_overlaps(zones, "precedence")[0].set_index("zone_id")
    taken = shapely.Polygon()
    for zone in zones.sort_values("precedence", kind="stable").itertuples():
        expected = zone.geometry.difference(taken)
        kept = settled.geometry.get(zone.zone_id, shapely.Polygon())
        assert kept.symmetric_difference(expected).area < 1e-3
        taken = taken.union(zone.geometry)


def test_strips_beside_a_road_are_dropped_and_counted_but_roads_may_be_narrow() -> None:
    # a block of 100 m by 100 m with a strip 20 m wide and 300 m long at its side
    block = shapely.union(shapely.box(0, 0, 100, 100), shapely.box(100, 0, 400, 20))
    zones = gpd.GeoDataFrame(
        {"zone_id": ["block", "lane"], "zone": ["industrial", "road"]},
        geometry=[block, shapely.box(0, 200, 400, 212)],
        crs="EPSG:2326",
    )
    wide, (note,) = drop_strips(zones)
    assert wide.area.tolist() == pytest.approx([100 * 100, 400 * 12])
    assert note.features == ("block",)
    assert "0.6 ha" in note.what
