"""Findings on the index: each is computed, and one that cannot be is left out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nmplan.maps.findings import tell_findings
from nmplan.maps.index import render
from nmplan.maps.scenarios import first_pair
from nmplan.maps.scenarios import mean_changes

if TYPE_CHECKING:
    from nmplan.maps.material import Material


def test_the_best_cluster_is_that_of_the_areas_compared_in_the_last_year(place_material: Material) -> None:
    scenario = place_material.scenarios[first_pair(place_material)[1]]
    table = scenario.clusters
    own = table[table["tenant"].eq("") & table["area_id"].isin(place_material.focus)]
    best = own.loc[own["mean_score"].idxmax()]
    told = next((english, chinese) for english, chinese in tell_findings(place_material) if "best cluster" in english)
    assert f"is {best['name_en']} in " in told[0]
    assert f"mean {best['mean_score']:.1f} points" in told[0]
    assert best["name_zh"] in told[1]


def test_the_captive_share_is_the_one_the_page_opens_with(boundary: Material) -> None:
    told = [english for english, _ in tell_findings(boundary) if "of the supply within reach" in english]
    assert len(told) == 1
    assert "San Tin" in told[0]
    assert boundary.tenants[0].name_en in told[0]


def test_the_change_is_the_largest_of_the_areas(material: Material) -> None:
    means = mean_changes(material)
    most = means.loc[means["change"].abs().idxmax()]
    told = [english for english, _ in tell_findings(material) if "changes most" in english]
    assert len(told) == 1
    assert f"to {most['after']:.1f}." in told[0]
    page = render(material)
    assert page.index('class="findings"') < page.index('class="cards"')
    assert all(sentence[0].split(":")[0] in page for sentence in tell_findings(material))


def test_what_is_not_known_is_not_said(material: Material) -> None:
    only = [replace(material.scenarios[0], clusters=material.scenarios[0].clusters.iloc[:0])]
    bare = replace(material, scenarios=only, study=None, tables={})
    assert tell_findings(bare) == []
    assert 'class="findings"' not in render(bare)
