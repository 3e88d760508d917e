"""Findings: what a study says first, each sentence computed from its tables, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nmplan.maps.cross_boundary import captive_of_first
from nmplan.maps.scenarios import first_pair
from nmplan.maps.scenarios import mean_changes
from nmplan.maps.scenarios import signed
from nmplan.maps.strings import load_strings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nmplan.maps.material import Material

    Sentence = tuple[str, str]

LANGUAGES = ("en", "zh")


def tell_findings(material: Material) -> list[Sentence]:
    """
    Return up to three sentences in English and Chinese: the best cluster, whose supply is near, what a scenario moves.

    Parameters
    ----------
    material
        Clusters, captive shares and scores; a sentence whose table is missing is left out.
    """
    told = (_best_cluster(material), _captive(material), _change(material))
    return [sentence for sentence in told if sentence]


def _say(key: str, fields: Mapping[str, tuple[str, str] | str]) -> Sentence:
    """Return a string of the table with fields that may differ by language."""
    english, chinese = (
        load_strings()[language][key].format(
            **{name: words if isinstance(words, str) else words[place] for name, words in fields.items()}
        )
        for place, language in enumerate(LANGUAGES)
    )
    return english, chinese


def _area(material: Material, area: object) -> tuple[str, str]:
    """Return the name of an area in both languages."""
    names = material.payload["areas"].get(area, {"en": str(area), "zh": str(area)})
    return names["en"], names["zh"]


def _best_cluster(material: Material) -> Sentence | None:
    """Return the best cluster of all tenants in the areas the study compares, else anywhere, in the last year."""
    scenario = material.scenarios[first_pair(material)[1]]
    table = pd.DataFrame(scenario.clusters)
    if not {"tenant", "area_id", "mean_score", "area_ha"} <= set(table):
        return None
    own = table[table["tenant"].eq("") & table["mean_score"].notna()]
    compared = own[own["area_id"].isin(material.focus)]
    best = (own if compared.empty else compared).sort_values(["mean_score", "cluster_id"], ascending=[False, True])
    if best.empty:
        return None
    first = best.iloc[0]
    areas = [_area(material, area) for area in material.focus]
    fields: dict[str, tuple[str, str] | str] = {
        "areas": ("; ".join(names[0] for names in areas), "、".join(names[1] for names in areas)),
        "scenario": (scenario.name_en, scenario.name_zh),
        "cluster": (str(first["name_en"]), str(first["name_zh"])),
        "area": _area(material, first["area_id"]),
        "hectares": f"{first['area_ha']:.1f}",
        "score": f"{first['mean_score']:.1f}",
    }
    return _say("finding_cluster_anywhere" if compared.empty else "finding_cluster", fields)


def _captive(material: Material) -> Sentence | None:
    """Return the captive share that the cross-boundary page opens with."""
    first = captive_of_first(material)
    if first is None:
        return None
    tenant, scenario = material.tenants[0], material.scenarios[0]
    return _say(
        "finding_captive",
        {
            "tenant": (tenant.name_en, tenant.name_zh),
            "scenario": (scenario.name_en, scenario.name_zh),
            "area": _area(material, first["area_id"]),
            "share": first["share"],
        },
    )


def _change(material: Material) -> Sentence | None:
    """Return the area whose mean score changes most between the scenarios the comparison opens with."""
    before, after = (material.scenarios[place] for place in first_pair(material))
    means = mean_changes(material)
    if before is after or means.empty:
        return None
    most = means.loc[means["change"].abs().idxmax()]
    tenant = material.tenants[0]
    return _say(
        "finding_change",
        {
            "before": (before.name_en, before.name_zh),
            "after": (after.name_en, after.name_zh),
            "tenant": (tenant.name_en, tenant.name_zh),
            "area": _area(material, most["area_id"]),
            "change": signed(float(most["change"])),
            "score": f"{most['after']:.1f}",
        },
    )
