from __future__ import annotations

import re
from importlib import resources

import pytest

from nmplan.maps.strings import FAMILIES
from nmplan.maps.strings import StringsError
from nmplan.maps.strings import check_keys
from nmplan.maps.strings import load_strings
from nmplan.maps.strings import strings_in
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
    folders = [folder for folder in assets.iterdir() if folder.is_dir() and folder.name != "leaflet"]
    files = [file for folder in folders for file in folder.iterdir() if file.name.endswith((".js", ".html"))]
    files += [file for file in resources.files("nmplan.maps").iterdir() if file.name.endswith(".py")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    idle = [
        key for key in load_strings()["en"] if not FAMILIES.match(key) and not re.search(f"[\"'`]{key}[\"'`]", text)
    ]
    assert idle == []


def test_a_page_carries_the_strings_it_may_say() -> None:
    said = strings_in('say("print"); <b data-text="close">; say(open ? "reset" : "total")')
    for language in ("en", "zh"):
        assert {"print", "close", "reset", "total", "status_idle", "unit_ha"} <= set(said[language])
        assert "no_script" not in said[language]
