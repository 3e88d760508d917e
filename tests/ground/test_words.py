from __future__ import annotations

import pytest

from nmplan.words import JURISDICTIONS
from nmplan.words import LAYERS
from nmplan.words import MEASURES
from nmplan.words import ZONES
from nmplan.words import column_of

UNITS = {"km": "km", "m": "m", "min": "min", "ha": "ha", "deg": "°", "year": "year"}
"""Unit by the last part of a measure's name; a height ends in _m too, above a datum."""


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_whose_name_ends_in_a_unit_is_printed_in_that_unit(name: str) -> None:
    unit = UNITS.get(name.rpartition("_")[2], "")
    assert MEASURES[name].unit == ("mHKPD" if name == "height_m" else unit)


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_names_only_layers_that_exist(name: str) -> None:
    assert set(MEASURES[name].layers) <= set(LAYERS)


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_belongs_to_a_site_a_chain_or_a_tenant(name: str) -> None:
    assert MEASURES[name].per in {"site", "chain", "tenant"}


@pytest.mark.parametrize(
    ("english", "chinese"),
    [(q.label_en, q.label_zh) for q in MEASURES.values()] + list(ZONES.values()) + list(JURISDICTIONS.values()),
)
def test_every_word_is_named_in_both_languages(english: str, chinese: str) -> None:
    assert english.isascii()
    assert english == english.strip() != ""
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


def test_no_two_words_read_the_same() -> None:
    for labels in ([q.label_en for q in MEASURES.values()], [q.label_zh for q in MEASURES.values()]):
        assert len(set(labels)) == len(MEASURES)
    assert (
        len({english for english, _ in ZONES.values()}) == len({chinese for _, chinese in ZONES.values()}) == len(ZONES)
    )


def test_layers_are_named_once() -> None:
    assert len(set(LAYERS)) == len(LAYERS)


def test_people_read_boundary_never_border() -> None:
    assert not [q.label_en for q in MEASURES.values() if "border" in q.label_en.lower()]


@pytest.mark.parametrize(
    ("measure", "chain", "column"),
    [
        ("supply_access", "data-centres", "supply_access_data_centres"),
        ("talent_access", "vehicles", "talent_access_vehicles"),
        ("boundary_m", "data-centres", "boundary_m"),
        ("permitted_share", "data-centres", "permitted_share"),
    ],
)
def test_only_measures_of_a_chain_have_a_column_per_chain(measure: str, chain: str, column: str) -> None:
    assert column_of(measure, chain) == column


def test_an_unknown_measure_has_no_column() -> None:
    with pytest.raises(KeyError, match="bordr_m"):
        column_of("bordr_m", "vehicles")
