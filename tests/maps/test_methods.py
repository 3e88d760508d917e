from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from nmplan.maps.captions import REFERENCE
from nmplan.maps.captions import SourceNote
from nmplan.maps.methods import LIMITS
from nmplan.maps.methods import card
from nmplan.maps.methods import render
from nmplan.maps.strings import load_strings

if TYPE_CHECKING:
    from nmplan.maps.material import Material


@pytest.fixture(scope="session")
def page(material: Material) -> str:
    return render(material)


def section(page: str, key: str) -> str:
    found = re.search(rf'<section id="{key}">(.*?)</section>', page, re.DOTALL)
    assert found, key
    return found[1]


def test_every_criterion_has_its_curve_weight_and_what_it_decides(page: str, material: Material) -> None:
    for tenant in material.tenants:
        part = section(page, f"tenant-{tenant.tenant}")
        assert part.count('<svg class="curve"') == len(tenant.criteria)
        shares = re.findall(r"</i>(−?\d+)%", part)
        stated = [f"{criterion.weight * 100:.0f}" for criterion in tenant.criteria]
        decides = [
            f"{c.weight * (200 if place % 2 else -50):.0f}".replace("-", "−") for place, c in enumerate(tenant.criteria)
        ]
        assert shares[::2] == stated
        assert shares[1::2] == decides


def test_only_criteria_that_go_together_are_named(page: str) -> None:
    part = section(page, "tenant-microelectronics")
    assert "Suppliers within reach – Public transport across the fastest crossing: r = 0.83" in part
    assert "0.41" not in part


def test_rules_say_limit_reason_and_how_many_sites_they_exclude(page: str, material: Material) -> None:
    part = section(page, "tenant-microelectronics")
    met = material.scenarios[0].exclusions
    met = met[met["tenant"].eq("microelectronics") & met["rule"].eq("area_ha ≥ 1")]["outcome"].value_counts()
    row = re.search(r"<tr><th[^>]*><span[^>]*>Site area ≥ 1 ha.*?</tr>", part, re.DOTALL)
    assert row
    assert "用地面積 ≥ 1 公頃" in row[0]
    assert "Too small for a pilot line" in row[0]
    assert re.findall(r"</i>(\d+)", row[0]) == [str(met["fail"]), str(met["undecided"])]
    assert "No measured value: Public transport across the fastest crossing" in part


def test_ranked_sites_are_counted(page: str, material: Material) -> None:
    scores = material.scenarios[0].scores
    scores = scores[scores["tenant"].eq("microelectronics")].set_index("parcel_id")["eligible"]
    met = material.scenarios[0].exclusions
    open_rules = met[met["tenant"].eq("microelectronics") & met["outcome"].eq("undecided")]["parcel_id"].unique()
    count = sum(bool(scores[site]) for site in open_rules)
    assert 0 < count < scores.sum()
    said = f"{scores.sum()} of {len(scores)} sites fail no rule (Today); {count} of these have a rule not yet decided."
    assert said in section(page, "tenant-microelectronics")


def test_what_is_left_out_is_told(page: str) -> None:
    assert "Mean slope: No terrain model is loaded." in section(page, "tenant-vehicles")


def test_scenarios_have_their_hour_and_methods_their_agreement(page: str, material: Material) -> None:
    assert section(page, "agreement").count("0.75") == 3 * len(material.tenants)
    scenarios = section(page, "scenarios_settings")
    assert "2035, Northern Link open" in scenarios
    assert "10:00, quiet hours" in scenarios


def test_sources_stand_once_in_each_language_with_licence_date_and_rows(material: Material) -> None:
    stations = material.context.stations.assign(source=["judgement: a guess", "MTR <b>Corporation</b>"])
    bundled = SourceNote("coast", *REFERENCE, accuracy="")
    page = render(replace(material, layers={"stations": stations}, sources=[*material.sources, bundled]))
    part = section(page, "sources")
    assert "1 of 2 rows rest on judgement or general knowledge" in part
    assert "MTR &lt;b&gt;Corporation&lt;/b&gt; (1)" in part
    assert '<span lang="en-HK">MTR Corporation</span> <span lang="zh-Hant-HK">港鐵公司</span>' in part
    assert "CC BY 4.0" in part
    assert "1 of 3 layers are the generalised reference data" in page
    assert "are the generalised reference data" not in render(material)


def test_limits_and_copy_are_told(page: str, material: Material) -> None:
    strings = load_strings()
    for key in LIMITS:
        assert html.escape(strings["zh"][key]) in section(page, "limits")
    for text in (material.stamp.study_hash, material.stamp.data_date, f"nmplan {material.stamp.version}"):
        assert text in section(page, "this_copy")


def test_every_link_inside_the_page_leads_somewhere(page: str) -> None:
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets
    assert targets <= set(re.findall(r'id="([^"]+)"', page))


def test_a_study_that_was_not_kept_leaves_its_settings_out(material: Material) -> None:
    bare = render(replace(material, study=None, tables={}, layers={}))
    assert 'id="assumptions"' not in bare
    assert "Site area" in bare


def test_the_card_shows_two_curves(material: Material) -> None:
    assert card(material).count("<svg") == 2
