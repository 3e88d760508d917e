from __future__ import annotations

import re
from itertools import combinations

import pandas as pd
import pytest

from nmplan import __version__
from nmplan.layers.sources import bundled_folder
from nmplan.maps.captions import crossing_ways
from nmplan.maps.captions import describe_function
from nmplan.maps.captions import source_notes
from nmplan.maps.captions import stamp
from nmplan.maps.captions import tenant_caption
from nmplan.shapes import Band
from nmplan.shapes import Exponential
from nmplan.shapes import Linear
from nmplan.shapes import Logistic
from nmplan.shapes import Piecewise
from nmplan.shapes import Step
from nmplan.study import Study
from nmplan.study import Tenant


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.load(bundled_folder() / "study.toml")


@pytest.mark.parametrize(
    ("function", "english", "chinese"),
    [
        (Linear(shape="linear", worst=60, best=10), "0 at 60 min, 1 at 10 min", "60 分鐘為0，10 分鐘為1"),
        (Piecewise(shape="piecewise", points=[(0, 1), (5, 0.5)]), "1 at 0 min, 0.5 at 5 min", "0 分鐘為1，5 分鐘為0.5"),
        (Logistic(shape="logistic", midpoint=30, slope=-1), "S-curve, ½ at 30 min", "S形曲線，30 分鐘為½"),
        (
            Exponential(shape="exponential", half_life=10, plateau=5),
            "1 up to 5 min, halved every 10 min",
            "5 分鐘以內為1，其後每10 分鐘減半",
        ),
        (Step(shape="step", at=3), "1 from 3 min, else 0", "3 分鐘以上為1，否則為0"),
        (Step(shape="step", at=3, rises=False), "1 up to 3 min, else 0", "3 分鐘以下為1，否則為0"),
        (
            Band(shape="band", low=1, high=8, margin=2),
            "1 from 1 min to 8 min, 0 beyond 2 min more",
            "1 分鐘至8 分鐘為1，再越2 分鐘為0",
        ),
    ],
)
def test_every_shape_is_told_in_both_languages(function, english: str, chinese: str) -> None:
    assert describe_function(function, "min") == (english, chinese)


def test_weights_of_what_is_left_add_up_and_what_is_left_out_is_told(study: Study) -> None:
    caption = tenant_caption(
        "microelectronics", study.tenants["microelectronics"], ["talent_access", "permitted_share"]
    )
    assert sum(criterion.weight for criterion in caption.criteria) == pytest.approx(1)
    assert {criterion.criterion for criterion in caption.criteria}.isdisjoint({"talent_access"})
    assert [omitted.criterion for omitted in caption.omitted] == ["talent_access", "permitted_share"]
    assert "talent" in caption.omitted[0].why_en
    assert [rule.rule for rule in caption.rules] == [
        "conservation_share ≤ 0",
        "housing_m ≥ 100",
        "school_m ≥ 100",
        "hospital_m ≥ 500",
        "status ≠ granted",
    ]


def test_weights_judged_pair_by_pair_are_those_of_the_page(study: Study) -> None:
    tenant = study.tenants["logistics"].model_dump()
    names = [criterion["measure"] for criterion in tenant["criteria"]]
    criteria = [{"measure": each["measure"], "value": each["value"]} for each in tenant["criteria"]]
    # the first matters three times as much as any other, those as much as each other: 3/7 and 1/7
    pairs = [(one, other, 3.0 if one == names[0] else 1.0) for one, other in combinations(names, 2)]
    judged = Tenant(**{**tenant, "criteria": criteria, "weights": {"method": "ahp", "pairwise": pairs}})
    caption = tenant_caption("logistics", judged, [])
    assert [criterion.weight for criterion in caption.criteria] == pytest.approx([3 / 7] + [1 / 7] * 4)


def test_the_stamp_tells_two_copies_apart(study: Study) -> None:
    mark = stamp(study.study, study.hash, __version__)
    assert (mark.study_id, mark.study_hash, mark.version) == ("northern-metropolis", study.hash, __version__)
    assert mark.data_date == study.study.data_date.isoformat()


def test_sources_say_the_range_of_accuracy() -> None:
    layers = {
        "areas": pd.DataFrame({"accuracy_m": [40.0, 250.0]}),
        "chains": pd.DataFrame({"tier": ["a"]}),
        "stations": pd.DataFrame({"accuracy_m": [80.0, 80.0]}),
        "talent": pd.DataFrame({"accuracy_m": [float("nan")]}),
    }
    notes = source_notes(layers, {name: {} for name in layers})
    assert [note.accuracy for note in notes] == ["±40–250 m", "", "±80 m", ""]


def test_sources_print_publisher_licence_vintage_and_checksum() -> None:
    official = {
        "dataset": "td-road-network-v2",
        "title": "Road Network",
        "publisher": "Transport Department",
        "licence": "data.gov.hk terms",
        "vintage": "2026-10",
        "checksum": "0123456789abcdef",
    }
    own = dict.fromkeys(official, "")
    bundled = {**own, "dataset": "reference/zones.csv", "licence": "CC BY 4.0"}
    made = source_notes({}, {"road_edges": official, "parcels": own, "zoning": bundled, "sites": {}})
    english = {note.layer: note.source_en for note in made}
    chinese = {note.layer: note.source_zh for note in made}
    assert english["road_edges"] == (
        "Transport Department: Road Network; licence data.gov.hk terms; as of 2026-10; sha256 0123456789ab"
    )
    assert chinese["road_edges"] == (
        "Transport Department：Road Network；授權：data.gov.hk terms；版本：2026-10；sha256 0123456789ab"
    )
    assert english["parcels"] == "own data, publisher not stated"
    assert english["zoning"].startswith("nmplan reference data, generalised")
    assert "CC BY 4.0" in english["zoning"]
    assert (english["sites"], chinese["sites"]) == ("cut from the zoning layer", "按用途地帶劃分")


def test_sources_are_told_in_one_language_at_a_time() -> None:
    bundled = {"dataset": "reference/zones.csv", "title": "Zones", "publisher": "nmplan", "vintage": "2026"}
    licence = "CC BY 4.0 (this table); facts from the sources named in each row"
    (note,) = source_notes({}, {"zoning": {**bundled, "licence": licence, "checksum": "ab" * 32}})
    assert not re.search("[\u4e00-\u9fff]", note.source_en)
    assert note.source_zh == (
        "nmplan 概括化參考數據，逐列註明來源；授權：CC BY 4.0（本表）；事實取自各列註明的來源；版本：2026；"
        "sha256 abababababab"
    )


def test_the_way_across_is_named_in_both_languages() -> None:
    measures = pd.DataFrame(
        {
            "parcel_id": ["a", "b", "c", "d"],
            "crossing_id": ["lo-wu", "x", "lo-wu", ""],
            "crossing_lines": ["eal", "lr,b2p", "", ""],
        }
    )
    crossings = pd.DataFrame({"crossing_id": ["lo-wu"], "name_en": ["Lo Wu"], "name_zh": ["羅湖"]})
    lines = {"eal": ("East Rail Line", "東鐵綫"), "lr": ("Light Rail", "輕鐵"), "b2p": ("B2P", "B2P")}
    ways = crossing_ways(measures, crossings, lines)
    assert ways is not None
    assert ways["way_en"].tolist() == ["Lo Wu, by East Rail Line", "x, by Light Rail, B2P", "Lo Wu, on foot", ""]
    assert ways["way_zh"].tolist() == ["羅湖，乘東鐵綫", "x，乘輕鐵、B2P", "羅湖，步行", ""]
    assert crossing_ways(measures[["parcel_id"]], crossings, lines) is None
