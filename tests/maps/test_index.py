from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

from nmplan.maps.index import render
from nmplan.maps.pages import PAGES
from nmplan.maps.ranking import rank_sites
from nmplan.maps.strings import load_strings

if TYPE_CHECKING:
    from nmplan.maps.material import Material


def test_the_best_sites_of_every_tenant_and_scenario(material: Material, payload: dict[str, Any]) -> None:
    page = render(material)
    for tenant in range(len(payload["tenants"])):
        for scenario in range(len(payload["scenarios"])):
            for one in rank_sites(payload, scenario, tenant)[:3]:
                told = (
                    f'<small>{payload["sites"]["id"][one.site]}</small> <span><span lang="en-HK">{one.score:.1f} points'
                )
                assert told in page


def test_it_needs_no_other_file(material: Material) -> None:
    page = render(material)
    assert set(re.findall(r'(?:src|href)="([^"]*)"', page)) == {"data:,", *(entry.file for entry in PAGES)}


def test_each_page_has_a_card_with_a_picture_and_what_it_answers(material: Material) -> None:
    cards = re.findall(r'<section class="card">(.*?)</section>', render(material), re.DOTALL)
    assert len(cards) == len(PAGES) - 1
    for card, entry in zip(cards, PAGES[1:], strict=True):
        assert "<svg" in card
        assert f'href="{entry.file}"' in card
        assert all(html.escape(load_strings()[language][entry.about]) in card for language in ("en", "zh"))


def test_it_says_what_it_is_in_both_languages(material: Material, payload: dict[str, Any]) -> None:
    page = render(material)
    stamp = payload["stamp"]
    for text in (*(stamp[key] for key in ("name_en", "name_zh", "caveat_en", "caveat_zh", "study_hash", "data_date")),):
        assert text in page


def test_a_tenant_without_sites_is_said(material: Material) -> None:
    scenarios = [
        replace(one, scores=one.scores.assign(eligible=False, score=float("nan"))) for one in material.scenarios
    ]
    assert render(replace(material, scenarios=scenarios)).count("No site passes every rule") == 6
