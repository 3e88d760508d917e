from __future__ import annotations

from nmplan.layers.sources import bundled_folder
from nmplan.maps.settings import list_settings
from nmplan.maps.strings import load_strings
from nmplan.study import Study


def test_assumptions_are_the_numbers_of_the_study_with_units() -> None:
    study = Study.load(bundled_folder() / "study.toml")
    listed = dict(list_settings(study))
    assert listed["set_goods_cap"] == (
        f"{study.travel.goods_cap_kph:g} km/h",
        f"{study.travel.goods_cap_kph:g} 公里／小時",
    )
    assert listed["set_talent_half_life"] == (
        f"{study.talent.half_life_min:g} min",
        f"{study.talent.half_life_min:g} 分鐘",
    )
    assert listed["set_draws"][0] == f"{study.robustness.draws:,}"
    assert listed["set_clearance"][0] == f"{100 * study.robustness.clearance_share:g} %"
    assert set(listed) <= set(load_strings()["en"])


def test_sizes_of_sites_are_told_where_sites_are_cut() -> None:
    study = Study.load(bundled_folder() / "study.toml")
    assert "set_site_least" in dict(list_settings(study))
    assert "set_site_least" not in dict(list_settings(study.model_copy(update={"sites": None})))
