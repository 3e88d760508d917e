from __future__ import annotations

import re
from typing import Any

from nmplan.maps.index import render_index
from nmplan.maps.quantise import pack_column
from nmplan.maps.ranking import rank_sites


def test_the_best_sites_of_every_tenant_and_scenario(payload: dict[str, Any]) -> None:
    page = render_index(payload)
    for tenant in range(len(payload["tenants"])):
        for scenario in range(len(payload["scenarios"])):
            for one in rank_sites(payload, scenario, tenant)[:3]:
                assert f"<small>{payload['sites']['id'][one.site]}</small> {one.score:.1f}" in page


def test_it_needs_neither_scripts_nor_other_files(payload: dict[str, Any]) -> None:
    page = render_index(payload)
    assert "<script>alert" not in page
    assert re.findall(r'(?:src|href)="([^"]*)"', page) == ["data:,", "explorer.html"]
    assert page.count("<svg") == 1


def test_it_says_what_it_is_in_both_languages(payload: dict[str, Any]) -> None:
    page = render_index(payload)
    stamp = payload["stamp"]
    for text in (*(stamp[key] for key in ("name_en", "name_zh", "caveat_en", "caveat_zh", "study_hash", "data_date")),):
        assert text in page


def test_a_tenant_without_sites_is_said(payload: dict[str, Any]) -> None:
    none = len(payload["columns"])
    bare = {**payload, "columns": [*payload["columns"], pack_column([0] * len(payload["sites"]["id"]))]}
    bare["scenarios"] = [
        {**scenario, "results": [{**result, "eligible": none} for result in scenario["results"]]}
        for scenario in payload["scenarios"]
    ]
    assert render_index(bare).count("No site passes every rule") == 6
