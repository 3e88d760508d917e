"""The numbers of a study that are assumed, with a unit in both languages, for the methods page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.maps.captions import in_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nmplan.study import Study


def list_settings(study: Study) -> Iterator[tuple[str, tuple[str, str]]]:
    """
    Yield the assumptions of a study.

    Parameters
    ----------
    study
        Its sections sites, travel, supply, talent, robustness and clusters.

    Yields
    ------
    tuple
        Key of the label in the table of strings; the number with its unit in English and Chinese.
    """
    travel, robust, clusters = study.travel, study.robustness, study.clusters
    numbers = [
        ("set_goods_cap", travel.goods_cap_kph, "km/h"),
        ("set_access", travel.access_kph, "km/h"),
        ("set_detour", travel.detour, "×"),
        ("set_walk", travel.walk_kph, "km/h"),
        ("set_bus", travel.bus_kph, "km/h"),
        ("set_bus_wait", travel.bus_wait_min, "min"),
        ("set_supply_plateau", study.supply.plateau_min, "min"),
        ("set_supply_half_life", study.supply.half_life_min, "min"),
        ("set_half_enough", study.supply.half_enough, ""),
        ("set_talent_half_life", study.talent.half_life_min, "min"),
        ("set_draws", robust.draws, ""),
        ("set_concentration", robust.concentration, ""),
        ("set_ensemble", robust.ensemble, ""),
        ("set_clearance", 100 * robust.clearance_share, "%"),
        ("set_top_k", robust.top_k, ""),
        ("set_threshold", robust.threshold, "points"),
        ("set_cluster_threshold", clusters.threshold, "points"),
        ("set_cluster_gap", clusters.gap_m, "m"),
        ("set_cluster_least", clusters.minimum_ha, "ha"),
    ]
    if study.sites is not None:
        numbers += [("set_site_target", study.sites.target_ha, "ha"), ("set_site_least", study.sites.minimum_ha, "ha")]
    for key, number, unit in numbers:
        text = f"{number:,.10g}"
        english, chinese = in_unit(unit)
        yield key, (f"{text} {english}".strip(), f"{text} {chinese}".strip())
