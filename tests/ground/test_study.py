from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

import nmplan
from nmplan.errors import StudyError
from nmplan.layers.sources import bundled_folder
from nmplan.shapes import Linear
from nmplan.study import Rule
from nmplan.study import Study
from nmplan.study import WordRule
from nmplan.study import section_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    from nmplan.errors import Fault

ROOT = Path(nmplan.__file__).parents[1]
HEAVY = {"geopandas", "osmnx", "pandas", "pandera", "folium", "rasterio", "scipy"}
STEADY = settings(deadline=None, derandomize=True, database=None, max_examples=50)

LINEAR = '{ shape = "linear", worst = 0, best = 1 }'
CRITERIA = "tenants.chips.criteria"


def faults_of(text: str) -> list[Fault]:
    with pytest.raises(StudyError) as caught:
        Study.from_dict(tomllib.loads(text), "trial.toml")
    return caught.value.faults


def keys_of(faults: list[Fault]) -> list[str]:
    return [fault.where for fault in faults]


def test_a_matrix_needs_its_layer(study_text: str, spoiled: Callable[..., str]) -> None:
    assert Study.from_dict(tomllib.loads(study_text)).travel.minutes_from == "network"
    (fault,) = faults_of(spoiled(("[travel]\n", '[travel]\nminutes_from = "matrix"\n')))
    assert "travel.minutes_from" in str(fault)
    assert "[layers.travel_times]" in str(fault)
    layer = '[layers]\ntravel_times = { adapter = "file", path = "times.csv" }\n'
    text = spoiled(("[travel]\n", '[travel]\nminutes_from = "matrix"\n'), ("[layers]\n", layer))
    assert Study.from_dict(tomllib.loads(text)).travel.percentile == 50


def test_the_bundled_study_loads() -> None:
    study = Study.load(bundled_folder() / "study.toml")
    assert study.study.id == "northern-metropolis"
    assert {"microelectronics", "life-health", "vehicles"} <= set(study.tenants)
    assert {"today", "2035"} <= set(study.scenarios)
    assert study.path == (bundled_folder() / "study.toml").resolve()


def test_a_study_remembers_its_file_and_gives_what_stands_in_it(
    study_text: str, write_study: Callable[[str], Path]
) -> None:
    path = write_study(study_text)
    study = Study.load(path)
    assert study.path == path.resolve()
    assert study.tenants["chips"].criteria[1].weight == 1
    assert study.layers["zoning"].path == "zones.gpkg"
    assert study.study.name_zh == "試驗"
    assert study.sites is not None
    assert study.sites.from_layer == "zoning"


def test_a_dictionary_is_checked_as_a_file_is(study_text: str, write_study: Callable[[str], Path]) -> None:
    assert Study.from_dict(tomllib.loads(study_text)).hash == Study.load(write_study(study_text)).hash


def test_a_study_does_not_change_once_read(study_text: str) -> None:
    study = Study.from_dict(tomllib.loads(study_text))
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        study.clusters.threshold = 1  # type: ignore[misc]


def test_different_faults_are_reported_at_once_with_their_keys(spoiled: Callable[..., str]) -> None:
    faults = faults_of(
        spoiled(
            ("weight = 3", "weight = -3"),
            ('measure = "boundary_m"', 'measure = "border_m"'),
            ("walk_kph = 4.5", "walk_kmh = 4.5"),
            ('"10:00"', '"25:00"'),
        )
    )
    assert sorted(keys_of(faults)) == [
        "scenarios.today.time_of_day",
        f"{CRITERIA}[1].weight",
        f"{CRITERIA}[2].measure",
        "travel.walk_kmh",
        "travel.walk_kph",
    ]
    assert {fault.source for fault in faults} == {"trial.toml"}
    assert all(fault.what and fault.mend for fault in faults)


ONE_FAULT = {
    "negative weight": ("weight = 3", "weight = -3", f"{CRITERIA}[1].weight", "-3"),
    "NaN weight": ("weight = 3", "weight = nan", f"{CRITERIA}[1].weight", "nan"),
    "infinite weight": ("weight = 3", "weight = inf", f"{CRITERIA}[1].weight", "finite"),
    "weight in words": ("weight = 3", 'weight = "three"', f"{CRITERIA}[1].weight", "three"),
    "unknown measure": ('"boundary_m"', '"border_m"', f"{CRITERIA}[2].measure", "boundary_m"),
    "criterion twice": ('"boundary_m"', '"supply_access"', CRITERIA, "supply_access stands twice"),
    "ends that are equal": (LINEAR, LINEAR.replace("best = 1", "best = 0"), f"{CRITERIA}[1].value", "the same"),
    "ends that are no numbers": (
        LINEAR,
        LINEAR.replace("best = 1", "best = nan"),
        f"{CRITERIA}[1].value.best",
        "finite",
    ),
    "points that descend": (
        LINEAR,
        '{ shape = "piecewise", points = [[5, 0], [1, 1]] }',
        f"{CRITERIA}[1].value",
        "ascend",
    ),
    "points on top of each other": (
        LINEAR,
        '{ shape = "piecewise", points = [[5, 0], [5, 1]] }',
        f"{CRITERIA}[1].value",
        "ascend",
    ),
    "one point": (LINEAR, '{ shape = "piecewise", points = [[5, 0]] }', f"{CRITERIA}[1].value.points", "2 items"),
    "value above one": (
        LINEAR,
        '{ shape = "piecewise", points = [[1, 0], [5, 2]] }',
        f"{CRITERIA}[1].value.points[2][2]",
        "1",
    ),
    "half-life of nothing": (LINEAR, '{ shape = "exponential", half_life = 0 }', f"{CRITERIA}[1].value.half_life", "0"),
    "band upside-down": (
        LINEAR,
        '{ shape = "band", low = 7, high = 2, margin = 1 }',
        f"{CRITERIA}[1].value",
        "low",
    ),
    "S-curve without slope": (
        LINEAR,
        '{ shape = "logistic", midpoint = 7, slope = 0 }',
        f"{CRITERIA}[1].value",
        "slope",
    ),
    "unknown shape": (LINEAR, '{ shape = "liner", worst = 0, best = 1 }', f"{CRITERIA}[1].value.shape", "liner"),
    "no shape": (LINEAR, "{ worst = 0, best = 1 }", f"{CRITERIA}[1].value", "shape"),
    "key of another shape": (LINEAR, LINEAR.replace(" }", ", low = 1 }"), f"{CRITERIA}[1].value.low", "1"),
    "both limits": ("at_least = 1.5", "at_least = 1.5, at_most = 9", "tenants.chips.constraints[1]", "one of at_least"),
    "no limit": ("at_least = 1.5, ", "", "tenants.chips.constraints[1]", "one of at_least and at_most"),
    "limit that is no number": ("at_least = 1.5", "at_least = nan", "tenants.chips.constraints[1].at_least", "finite"),
    "unknown zone": (
        'permitted_zones = ["industrial"]',
        'permitted_zones = ["industry"]',
        "tenants.chips.permitted_zones[1]",
        "industrial",
    ),
    "no zone": (
        'permitted_zones = ["industrial"]',
        "permitted_zones = []",
        "tenants.chips.permitted_zones",
        "at least 1",
    ),
    "unknown layer": ("areas = {", "aeras = {", "layers.aeras", "areas"),
    "unknown adapter": ('adapter = "reference"', 'adapter = "refrence"', "layers.areas.adapter", "refrence"),
    "file without path": ('path = "zones.gpkg", ', "", "layers.zoning", "needs a path"),
    "detour below a straight line": ("detour = 1.3", "detour = 0.9", "travel.detour", "0.9"),
    "speed of nothing": ("primary = 48", "primary = 0", "travel.speeds_kph.primary", "0"),
    "year out of range": ("year = 2026", "year = 206", "scenarios.today.year", "206"),
    "id with spaces": ('id = "trial"', 'id = "a trial"', "study.id", "a trial"),
    "no such date": ("data_date = 2026-01-31", 'data_date = "soon"', "study.data_date", "soon"),
    "clusters that could not be cut": ("minimum_ha = 6", "minimum_ha = 6\nmaximum_ha = 11", "clusters", "twice"),
    "threshold above 100 points": ("threshold = 60", "threshold = 160", "clusters.threshold", "160"),
    "values that are all the same": (
        LINEAR,
        '{ shape = "piecewise", points = [[1, 0.5], [5, 0.5]] }',
        f"{CRITERIA}[1].value",
        "no site is better",
    ),
    "a criterion without weight": ('"boundary_m", weight = 1,', '"boundary_m",', CRITERIA, "boundary_m has no weight"),
    "weights stated and judged": (
        "[clusters]",
        '[tenants.chips.weights]\nmethod = "ahp"\npairwise = [["supply_access", "boundary_m", 3]]\n\n[clusters]',
        "tenants.chips",
        "leave the weight out",
    ),
    "judgements for no method": (
        "[clusters]",
        '[tenants.chips.weights]\npairwise = [["supply_access", "boundary_m", 3]]\n\n[clusters]',
        "tenants.chips.weights",
        "other methods take none",
    ),
    "no judgements for AHP": (
        "[clusters]",
        '[tenants.chips.weights]\nmethod = "ahp"\n\n[clusters]',
        "tenants.chips.weights",
        "takes its judgements from pairwise",
    ),
    "unknown way of weighing": (
        "[clusters]",
        '[tenants.chips.weights]\nmethod = "delphi"\n\n[clusters]',
        "tenants.chips.weights.method",
        "delphi",
    ),
    "judgement of nothing": (
        "[clusters]",
        '[tenants.chips.weights]\nmethod = "ahp"\npairwise = [["supply_access", "boundary_m", 0]]\n\n[clusters]',
        "tenants.chips.weights.pairwise[1][3]",
        "greater than 0",
    ),
    "OWA without orness": (
        "[clusters]",
        '[aggregation]\nmethod = "owa"\n\n[clusters]',
        "aggregation",
        "takes an orness",
    ),
    "orness of a sum": ("[clusters]", "[aggregation]\norness = 0.3\n\n[clusters]", "aggregation", "others none"),
    "orness beyond one": (
        "[clusters]",
        '[aggregation]\nmethod = "owa"\norness = 1.3\n\n[clusters]',
        "aggregation.orness",
        "1.3",
    ),
    "unknown status": (
        'measure = "area_ha", at_least = 1.5',
        'column = "status", none_of = ["ocupied"]',
        "tenants.chips.constraints[1]",
        "unknown status 'ocupied'; known are planned, formed, occupied, idle",
    ),
    "unknown is no word": (
        'measure = "area_ha", at_least = 1.5',
        'column = "status", none_of = ["unknown"]',
        "tenants.chips.constraints[1]",
        "undecided",
    ),
    "both lists of words": (
        'measure = "area_ha", at_least = 1.5',
        'column = "tenure", one_of = ["public"], none_of = ["private"]',
        "tenants.chips.constraints[1]",
        "one of one_of and none_of",
    ),
    "no words": (
        'measure = "area_ha", at_least = 1.5',
        'column = "tenure"',
        "tenants.chips.constraints[1]",
        "one of one_of and none_of",
    ),
    "unknown column of words": (
        'measure = "area_ha", at_least = 1.5',
        'column = "zone", one_of = ["industrial"]',
        "tenants.chips.constraints[1].column",
        "status, tenure",
    ),
    "a number for a word": (
        'measure = "area_ha", at_least = 1.5',
        'column = "status", one_of = ["idle"], at_least = 1.5',
        "tenants.chips.constraints[1].at_least",
        "1.5",
    ),
    "a section that is missing": ("[talent]\nhalf_life_min = 35", "", "talent", "required"),
}


@pytest.mark.parametrize(("old", "new", "key", "said"), ONE_FAULT.values(), ids=ONE_FAULT)
def test_one_fault_is_told_once_with_its_key(
    spoiled: Callable[..., str], old: str, new: str, key: str, said: str
) -> None:
    (fault,) = faults_of(spoiled((old, new)))
    assert fault.where == key
    assert said in fault.what
    assert fault.mend


def test_weights_that_are_all_zero_are_a_fault(spoiled: Callable[..., str]) -> None:
    (fault,) = faults_of(spoiled(("weight = 3", "weight = 0"), ("weight = 1", "weight = 0")))
    assert fault.where == CRITERIA
    assert "all weights are zero" in fault.what


def test_one_weight_of_zero_is_accepted(spoiled: Callable[..., str]) -> None:
    study = Study.from_dict(tomllib.loads(spoiled(("weight = 3", "weight = 0"))))
    assert [criterion.weight for criterion in study.tenants["chips"].criteria] == [0, 1]


def test_a_misspelt_key_names_both_the_key_and_the_one_that_lacks(spoiled: Callable[..., str]) -> None:
    faults = faults_of(spoiled(("bus_wait_min", "bus_waits_min")))
    assert sorted(keys_of(faults)) == ["travel.bus_wait_min", "travel.bus_waits_min"]
    mends = {fault.where: fault.mend for fault in faults}
    assert "Did you mean bus_wait_min?" in mends["travel.bus_waits_min"]


def test_yes_is_no_weight(spoiled: Callable[..., str]) -> None:
    (fault,) = faults_of(spoiled(("weight = 3", "weight = true")))
    assert fault.where == f"{CRITERIA}[1].weight"


@pytest.mark.parametrize(
    "time", ["25:00", "24:01", "10:60", "10", "", ":", "-1:00", "10:00:00", "ten", "1O:00", "²:10"]
)
def test_a_time_that_no_clock_shows_is_refused_with_the_way_to_write_it(spoiled: Callable[..., str], time: str) -> None:
    (fault,) = faults_of(spoiled(('"10:00"', f'"{time}"')))
    assert fault.where == "scenarios.today.time_of_day"
    assert "HH:MM" in fault.what


@pytest.mark.parametrize("time", ["00:00", "23:59", "24:00", "07:05"])
def test_a_time_of_day_is_kept(spoiled: Callable[..., str], time: str) -> None:
    assert Study.from_dict(tomllib.loads(spoiled(('"10:00"', f'"{time}"')))).scenarios["today"].time_of_day == time


def test_a_study_without_sites_or_parcels_is_refused(spoiled: Callable[..., str]) -> None:
    text = spoiled(
        ('[sites]\nfrom = "zoning"\nzones = ["industrial", "business"]\ntarget_ha = 2\nminimum_ha = 0.5\n', "")
    )
    (fault,) = faults_of(text)
    assert "[layers.parcels]" in fault.what
    assert "[sites]" in fault.what


def test_sites_cut_from_zoning_need_a_zoning_layer(spoiled: Callable[..., str]) -> None:
    (fault,) = faults_of(spoiled(('zoning = { adapter = "file", path = "zones.gpkg", crs = "EPSG:2326" }\n', "")))
    assert "zoning" in str(fault)


def test_an_empty_study_lists_the_sections_it_lacks(write_study: Callable[[str], Path]) -> None:
    with pytest.raises(StudyError) as caught:
        Study.load(write_study(""))
    assert {"study", "layers", "travel", "tenants", "clusters"} <= set(keys_of(caught.value.faults))


def test_what_is_not_toml_is_one_fault_with_its_line(study_text: str, write_study: Callable[[str], Path]) -> None:
    path = write_study(study_text + "\nthis is not TOML\n")
    with pytest.raises(StudyError) as caught:
        Study.load(path)
    (fault,) = caught.value.faults
    assert fault.source == "trial.toml"
    assert "not TOML" in fault.what
    assert f"line {study_text.count(chr(10)) + 2}" in fault.what


@pytest.mark.parametrize("encoding", ["utf-16", "big5"])
def test_what_is_not_utf_8_is_one_fault(study_text: str, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "trial.toml"
    path.write_bytes(study_text.encode(encoding))
    with pytest.raises(StudyError) as caught:
        Study.load(path)
    (fault,) = caught.value.faults
    assert "trial.toml" in fault.source
    assert "UTF-8" in fault.what


def test_a_missing_file_is_one_fault(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        Study.load(tmp_path / "lost.toml")
    (fault,) = caught.value.faults
    assert "lost.toml" in fault.source
    assert "no such file" in fault.what


def test_a_folder_is_one_fault(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        Study.load(tmp_path)
    (fault,) = caught.value.faults
    assert tmp_path.name in fault.source
    assert "folder" in fault.what


def test_a_path_that_goes_through_a_file_is_one_fault(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("", encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        Study.load(tmp_path / "notes" / "study.toml")
    assert len(caught.value.faults) == 1


def test_a_byte_order_mark_does_not_matter(study_text: str, tmp_path: Path) -> None:
    plain, marked = tmp_path / "plain.toml", tmp_path / "marked.toml"
    plain.write_text(study_text, encoding="utf-8")
    marked.write_text(study_text, encoding="utf-8-sig")
    assert marked.read_bytes()[:3] == b"\xef\xbb\xbf"
    assert Study.load(marked).hash == Study.load(plain).hash


def test_the_hash_changes_with_a_weight(spoiled: Callable[..., str], study_text: str) -> None:
    changed = Study.from_dict(tomllib.loads(spoiled(("weight = 3", "weight = 4"))))
    assert changed.hash != Study.from_dict(tomllib.loads(study_text)).hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A trial", "Another"),
        ("試驗", "試行"),
        ("worst = 9000", "worst = 9001"),
        ("zones.gpkg", "zone.gpkg"),
        ("EPSG:2326", "EPSG:4326"),
    ],
)
def test_the_hash_changes_with_anything_written(
    spoiled: Callable[..., str], study_text: str, old: str, new: str
) -> None:
    changed = Study.from_dict(tomllib.loads(spoiled((old, new))))
    assert changed.hash != Study.from_dict(tomllib.loads(study_text)).hash


def test_the_hash_ignores_comments_blank_lines_and_the_order_of_keys(
    spoiled: Callable[..., str], study_text: str
) -> None:
    text = spoiled(
        ("goods_cap_kph = 70\naccess_kph = 20", "# speeds\naccess_kph = 20 # estate roads\n\ngoods_cap_kph = 70"),
        ("[clusters]\nthreshold = 60\ngap_m = 40\nminimum_ha = 6\n", ""),
    )
    moved = "[clusters]\nminimum_ha = 6\ngap_m = 40\nthreshold = 60\n" + text
    assert Study.from_dict(tomllib.loads(moved)).hash == Study.from_dict(tomllib.loads(study_text)).hash


def test_the_hash_is_twelve_hexadecimal_digits(study_text: str) -> None:
    code = Study.from_dict(tomllib.loads(study_text)).hash
    assert len(code) == 12
    assert set(code) <= set("0123456789abcdef")


@STEADY
@given(st.dictionaries(st.text(), st.integers() | st.text()), st.randoms(use_true_random=False))
def test_a_section_hash_does_not_depend_on_the_order_of_keys(plain: dict[str, Any], shuffler: Any) -> None:
    items = list(plain.items())
    shuffler.shuffle(items)
    assert section_hash(dict(items)) == section_hash(plain)


@STEADY
@given(st.floats(0.001, 1e6), st.floats(0.001, 1e6))
def test_two_weights_hash_alike_only_if_they_are_equal(one: float, other: float) -> None:
    def hashed(weight: float) -> str:
        return section_hash(Linear(shape="linear", worst=-1, best=weight))

    assert (hashed(one) == hashed(other)) == (one == other)


@pytest.mark.parametrize(
    ("limits", "limit", "name"),
    [
        ({"at_least": 1.5}, 1.5, "area_ha ≥ 1.5"),
        ({"at_most": 0}, 0, "area_ha ≤ 0"),
        ({"at_least": 0}, 0, "area_ha ≥ 0"),
    ],
)
def test_a_rule_tells_its_limit_and_its_side(limits: dict[str, float], limit: float, name: str) -> None:
    rule = Rule(measure="area_ha", reason_en="Small", reason_zh="太小", **limits)
    assert rule.limit == limit
    assert rule.name == name


def test_a_tenant_knows_the_column_of_its_chain(study_text: str) -> None:
    tenant = Study.from_dict(tomllib.loads(study_text)).tenants["chips"]
    assert tenant.column("supply_access") == "supply_access_data_centres"
    assert tenant.column("area_ha") == "area_ha"


def fresh(code: str) -> str:
    """Run code in a new interpreter that sees this nmplan, and return what it prints last."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize(
    "module",
    ["nmplan", "nmplan.study", "nmplan.words", "nmplan.errors", "nmplan.crs", "nmplan.layers.sources"],
)
def test_the_ground_loads_no_heavy_library(module: str) -> None:
    assert fresh(f"import sys, {module}; print(sorted({HEAVY} & set(sys.modules)))") == "[]"


def test_help_loads_no_heavy_library() -> None:
    code = f"""
import runpy, sys
sys.argv = ["nmplan", "--help"]
try:
    runpy.run_module("nmplan", run_name="__main__", alter_sys=True)
except SystemExit as done:
    assert not done.code, done.code
print(sorted({HEAVY} & set(sys.modules)))
"""
    assert fresh(code) == "[]"


@pytest.mark.parametrize("name", nmplan.__all__)
def test_every_public_name_can_be_imported(name: str) -> None:
    assert getattr(nmplan, name) is not None


def test_the_public_names_are_listed_and_others_refused() -> None:
    assert set(nmplan.__all__) <= set(dir(nmplan))
    with pytest.raises(AttributeError, match="no attribute 'socre'"):
        nmplan.socre  # noqa: B018


def test_a_scenario_is_compared_with_the_first_unless_it_names_another() -> None:
    study = Study.load(bundled_folder() / "study.toml")
    assert study.since("today") is None
    assert study.since("2035") == "today"
    assert study.since("2035-white-list") == "2035"


def test_a_scenario_at_another_hour_keeps_all_else() -> None:
    scenario = Study.load(bundled_folder() / "study.toml").scenarios["2035-white-list"]
    later = scenario.at("23:00")
    assert later.time_of_day == "23:00"
    assert later.levers == scenario.levers
    with pytest.raises(StudyError, match="time of day"):
        scenario.at("7 pm")


JUDGED = """
[tenants.chips.weights]
method = "ahp"
pairwise = {pairs}

[clusters]"""


def judged(spoiled: Callable[..., str], pairs: str) -> str:
    """Return the study with a third criterion, none weighed, and these judgements."""
    third = '{ measure = "area_ha", value = { shape = "linear", worst = 0, best = 4 } },\n]\nconstraints'
    return spoiled(
        ("weight = 3, ", ""),
        ("weight = 1, ", ""),
        ("]\nconstraints", third),
        ("[clusters]", JUDGED.format(pairs=pairs)),
    )


def test_judged_pairs_take_the_place_of_weights(spoiled: Callable[..., str]) -> None:
    pairs = '[["supply_access", "boundary_m", 3], ["area_ha", "supply_access", 0.2], ["area_ha", "boundary_m", 1]]'
    tenant = Study.from_dict(tomllib.loads(judged(spoiled, pairs))).tenants["chips"]
    assert tenant.weights.method == "ahp"
    assert tenant.weights.pairwise[1] == ("area_ha", "supply_access", 0.2)


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ([], "area_ha, boundary_m is not judged"),
        (["area_ha", "boundary_m"], "area_ha, boundary_m is judged twice"),
        (["area_ha", "slope_deg"], "area_ha, slope_deg is no pair of this tenant's criteria"),
        (["area_ha", "area_ha"], "area_ha, area_ha is no pair"),
    ],
)
def test_every_pair_of_criteria_is_judged_once(spoiled: Callable[..., str], last: list[str], said: str) -> None:
    pairs: list[Any] = [["supply_access", "boundary_m", 3], ["area_ha", "supply_access", 2]]
    pairs += [["boundary_m", "area_ha", 2], [*last, 2]] if last else []
    (fault,) = faults_of(judged(spoiled, json.dumps(pairs)))
    assert fault.where == "tenants.chips"
    assert said in fault.what


def test_criteria_without_any_weight_say_where_weights_come_from(spoiled: Callable[..., str]) -> None:
    bare = spoiled(("weight = 3, ", ""), ("weight = 1, ", ""))
    (fault,) = faults_of(bare)
    assert fault.where == "tenants.chips"
    assert "say where weights come from" in fault.what
    entropy = bare.replace("[clusters]", '[tenants.chips.weights]\nmethod = "entropy"\n\n[clusters]')
    assert Study.from_dict(tomllib.loads(entropy)).tenants["chips"].weights.method == "entropy"


def test_an_aggregation_stands_for_the_study_or_for_a_tenant(spoiled: Callable[..., str]) -> None:
    plain = Study.from_dict(tomllib.loads(spoiled()))
    assert plain.aggregation.method == "sum"
    assert plain.tenants["chips"].aggregation is None
    own = spoiled(("[clusters]", '[tenants.chips.aggregation]\nmethod = "owa"\norness = 0.3\n\n[clusters]'))
    tenant = Study.from_dict(tomllib.loads(own)).tenants["chips"]
    assert tenant.aggregation is not None
    assert tenant.aggregation.options == {"orness": 0.3}


def test_a_rule_may_ask_for_words(spoiled: Callable[..., str]) -> None:
    text = spoiled(('measure = "area_ha", at_least = 1.5', 'column = "status", none_of = ["occupied"]'))
    (rule,) = Study.from_dict(tomllib.loads(text)).tenants["chips"].constraints
    assert isinstance(rule, WordRule)
    assert (rule.name, rule.measure) == ("status ≠ occupied", "status")


def test_the_words_of_a_status_are_those_of_the_layer() -> None:
    from nmplan.layers.contracts import CONTRACTS
    from nmplan.words import STATUSES

    assert {*STATUSES, "unknown"} == set(CONTRACTS["parcels"].columns["status"].allowed)


MEANT = {
    "a key of a section": ("walk_kph = 4.5", "walk_kmh = 4.5", "travel.walk_kmh", "walk_kph"),
    "a section": ("[clusters]", "[clustres]", "clustres", "clusters"),
    "a key of a scenario": ("year = 2026", "yaer = 2026", "scenarios.today.yaer", "year"),
    "a key of a criterion": ("weight = 3", "wieght = 3", f"{CRITERIA}[1].wieght", "weight"),
    "a key of a rule": ("at_least = 1.5", "at_lest = 1.5", "tenants.chips.constraints[1].at_lest", "at_least"),
    "a key of a shape": (LINEAR, LINEAR.replace("best", "bets"), f"{CRITERIA}[1].value.bets", "best"),
    "a key of an adapter": (
        'path = "zones.gpkg", ',
        'path = "zones.gpkg", colums = { a = "b" }, ',
        "layers.zoning.colums",
        "columns",
    ),
    "a measure": ('"boundary_m"', '"boundry_m"', f"{CRITERIA}[2].measure", "boundary_m"),
    "a zone": ('["industrial"]', '["industrail"]', "tenants.chips.permitted_zones[1]", "industrial"),
    "a layer": ("areas = {", "aeras = {", "layers.aeras", "areas"),
    "an adapter": ('adapter = "reference"', 'adapter = "refrence"', "layers.areas.adapter", "reference"),
}


@pytest.mark.parametrize("name", MEANT)
def test_a_typo_is_answered_with_what_was_meant(spoiled: Callable[..., str], name: str) -> None:
    old, new, where, meant = MEANT[name]
    (fault,) = (fault for fault in faults_of(spoiled((old, new))) if fault.where == where)
    assert f"id you mean {meant}" in str(fault)


def test_a_key_like_no_other_is_not_guessed_at(spoiled: Callable[..., str]) -> None:
    (fault,) = faults_of(spoiled(("walk_kph = 4.5", "walk_kph = 4.5\nzzzz = 1")))
    assert fault.mend == "Remove it, or correct its spelling."


KINDS = ("dual-data", "autonomous-vehicles", "low-altitude", "cross-boundary-research", "green-logistics")


def with_sandbox(kind: str, **changed: object) -> dict[str, object]:
    raw = tomllib.loads((bundled_folder() / "study.toml").read_text(encoding="utf-8"))
    raw["sandboxes"][kind] |= changed
    return raw


@pytest.mark.parametrize("kind", KINDS)
def test_a_typo_in_a_rule_is_refused_with_its_key(kind: str) -> None:
    assert tuple(Study.load(bundled_folder() / "study.toml").sandboxes) == KINDS
    wrong = {"at_leest": 1, "measure": "boundry_m", "reason_en": "r", "reason_zh": "因"}
    raw = with_sandbox(kind)
    raw["sandboxes"][kind]["rules"].insert(1, wrong)  # type: ignore[index]
    with pytest.raises(StudyError) as caught:
        Study.from_dict(raw)
    assert set(keys_of(caught.value.faults)) >= {
        f"sandboxes.{kind}.rules[2].measure",
        f"sandboxes.{kind}.rules[2].at_leest",
    }


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"permitted_zones": ["logistic"]}, "sandboxes.low-altitude.permitted_zones[1]"),
        ({"land": "zone"}, "sandboxes.low-altitude.land"),
        ({"minimum_hectares": 3}, "sandboxes.low-altitude.minimum_hectares"),
        ({"rules": []}, "sandboxes.low-altitude.rules"),
        ({"readiness": []}, "sandboxes.low-altitude.readiness"),
    ],
)
def test_a_typo_in_a_kind_is_refused_with_its_key(changed: dict[str, object], key: str) -> None:
    with pytest.raises(StudyError) as caught:
        Study.from_dict(with_sandbox("low-altitude", **changed))
    assert key in keys_of(caught.value.faults)


def test_land_that_is_no_site_is_not_asked_for_journeys() -> None:
    far = {"measure": "crossing_min", "weight": 1, "value": {"shape": "linear", "worst": 60, "best": 10}}
    with pytest.raises(StudyError) as caught:
        Study.from_dict(with_sandbox("low-altitude", readiness=[far]))
    (fault,) = caught.value.faults
    assert fault.where == "sandboxes.low-altitude"
    assert "crossing_min" in fault.what


def test_neighbours_are_areas_that_the_layers_must_have() -> None:
    named = Study.from_dict(with_sandbox("low-altitude", neighbours=["shekou"])).named
    assert {"shekou", "hetao-shenzhen"} <= set(named["areas"])


PORTFOLIO = """
[portfolio]
tenants.chips = { land_ha = [5, 10] }
"""
MONEY = PORTFOLIO + "[portfolio.money]\nbudget_hkd_m = [100, 50]\npublic_share = 0.5\n"


def test_a_portfolio_is_read(study_text: str) -> None:
    chosen = Study.from_dict(tomllib.loads(study_text + PORTFOLIO)).portfolio
    assert chosen is not None
    assert chosen.tenants["chips"].land_ha == (5, 10)
    assert chosen.money is None


def test_money_without_costs_is_refused_with_the_keys_it_needs(study_text: str) -> None:
    (fault,) = faults_of(study_text + MONEY + "reinvested_share = 0.5\n")
    assert fault.where == "portfolio"
    for key in ("land_hkd_m_per_ha", "investment_hkd_m_per_ha.chips", "return_shares.chips"):
        assert f"portfolio.costs.{key}" in fault.what


def test_every_zone_a_tenant_may_use_needs_its_cost_of_land(study_text: str) -> None:
    costs = "[portfolio.costs]\nland_hkd_m_per_ha = { road = 1 }\ninvestment_hkd_m_per_ha = { chips = 1 }\n"
    (fault,) = faults_of(study_text + MONEY + costs)
    zones = Study.from_dict(tomllib.loads(study_text)).tenants["chips"].permitted_zones
    assert all(f"portfolio.costs.land_hkd_m_per_ha.{zone}" in fault.what for zone in zones)
    by_area = costs.replace("land_hkd_m_per_ha = { road = 1 }", "land_in_area_hkd_m_per_ha = { san-tin = 1 }")
    study = Study.from_dict(tomllib.loads(study_text + MONEY + by_area))
    assert "san-tin" in study.named["areas"]


@pytest.mark.parametrize(
    ("line", "key", "what"),
    [
        ("tenants.chips = { land_ha = [5, 1] }", "portfolio.tenants.chips", "5 is more than 1"),
        ("tenants.chips = {}", "portfolio.tenants.chips", "give land_ha, sites or both"),
        ("tenants.ships = { sites = [1, 2] }", "", "portfolio.tenants names 'ships'; there are chips"),
        (
            'tenants.chips = { sites = [1, 2] }\nseparations = [{ tenants = ["chips", "x"], at_least_m = 9 }]',
            "portfolio",
            "separations[1].tenants: 'x'",
        ),
        ('tenants.chips = { sites = [1, 2] }\nscenarios = ["2099"]', "", "portfolio.scenarios names '2099'"),
        ("tenants.chips = { sites = [1, 2] }\nidle_frist = true", "portfolio.idle_frist", "Extra inputs"),
        ("tenants.chips = { sites = [1, 2.5] }", "portfolio.tenants.chips.sites[2]", "integer"),
    ],
)
def test_a_portfolio_that_makes_no_sense_is_refused(study_text: str, line: str, key: str, what: str) -> None:
    (fault,) = faults_of(f"{study_text}\n[portfolio]\n{line}\n")
    assert (fault.where, what in fault.what) == (key, True), fault


def test_the_example_of_a_portfolio_loads_and_says_that_its_figures_are_invented() -> None:
    study = Study.load(ROOT / "examples/portfolio/study.toml")
    assert "invented" in study.study.name_en
    assert "虛構" in study.study.name_zh
    assert study.portfolio is not None
    assert study.portfolio.money is not None
    chains = study.layers["chains"]
    assert (study.path.parent / chains.path).resolve() == ROOT / "data/raw/reference/chains.csv"


def test_the_study_that_ships_asks_for_no_money() -> None:
    chosen = Study.load(bundled_folder() / "study.toml").portfolio
    assert chosen is not None
    assert chosen.money is None
    assert chosen.costs.land_hkd_m_per_ha == {}


def test_no_tenant_may_be_called_all(study_text: str) -> None:
    (fault,) = faults_of(study_text.replace("tenants.chips", "tenants.all"))
    assert "tenants.all" in fault.what
