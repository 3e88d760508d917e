from __future__ import annotations

import osmnx
import pytest

from nmplan.layers.osm_settings import osmnx_settings


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings as an analyst may have them, put back after the test."""
    monkeypatch.setattr(osmnx.settings, "all_oneway", True)
    monkeypatch.setattr(osmnx.settings, "useful_tags_way", ["highway", "lanes"])


def test_settings_hold_inside_and_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osmnx.settings, "requests_timeout", 77)
    with osmnx_settings(all_oneway=False, useful_tags_way=["name"]):
        assert osmnx.settings.all_oneway is False
        assert osmnx.settings.useful_tags_way == ["name"]
        assert osmnx.settings.requests_timeout == 77
    assert osmnx.settings.all_oneway is True
    assert osmnx.settings.useful_tags_way == ["highway", "lanes"]


def test_they_are_put_back_when_something_fails_inside() -> None:
    with pytest.raises(KeyError), osmnx_settings(all_oneway=False):
        raise KeyError("inside")
    assert osmnx.settings.all_oneway is True


def test_one_inside_another_puts_back_what_it_found() -> None:
    with osmnx_settings(all_oneway=False):
        with osmnx_settings(all_oneway=True, useful_tags_way=[]):
            assert osmnx.settings.all_oneway is True
        assert osmnx.settings.all_oneway is False
        assert osmnx.settings.useful_tags_way == ["highway", "lanes"]


def test_a_setting_that_osmnx_does_not_have_changes_nothing() -> None:
    with pytest.raises(AttributeError, match="al_oneway"), osmnx_settings(all_oneway=False, al_oneway=False):
        pass
    assert osmnx.settings.all_oneway is True
    assert not hasattr(osmnx.settings, "al_oneway")
