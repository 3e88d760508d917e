from __future__ import annotations

import re
from importlib import resources

import pytest

from nmplan.maps.strings import StringsError
from nmplan.maps.strings import check_keys
from nmplan.maps.strings import load_strings
from nmplan.words import LAYERS

FIELD = re.compile(r"\{(\w+)\}")


def test_both_languages_say_everything_with_the_same_fields() -> None:
    strings = load_strings()
    for key, english in strings["en"].items():
        assert set(FIELD.findall(english)) == set(FIELD.findall(strings["zh"][key])), key


def test_chinese_is_chinese() -> None:
    plain = {"unit_mHKPD"}
    bare = [key for key, text in load_strings()["zh"].items() if not re.search(r"[\u4e00-\u9fff]", text)]
    assert set(bare) <= plain


def test_every_layer_has_a_name() -> None:
    assert {f"layer_name_{layer}" for layer in LAYERS} <= set(load_strings()["en"])


def test_a_missing_key_is_refused() -> None:
    with pytest.raises(StringsError, match="no_such_key"):
        check_keys("page", 'say("print"); say("no_such_key"); <b data-text="nor_this">')


def test_no_key_is_idle() -> None:
    assets = resources.files("nmplan.maps").joinpath("assets")
    pages = [file.read_text() for file in assets.joinpath("explorer").iterdir()]
    pages += [resources.files("nmplan.maps").joinpath(name).read_text() for name in ("index.py", "explorer.py")]
    text = "\n".join(pages)
    families = re.compile(r"layer_|layer_name_|status_|tenure_|outcome_|unit_|rule_")
    idle = [key for key in load_strings()["en"] if not families.match(key) and not re.search(f"[\"']{key}[\"']", text)]
    assert idle == []
