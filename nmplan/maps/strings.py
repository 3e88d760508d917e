"""The one table of what the pages say, in English and Traditional Chinese."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources

from nmplan.errors import Fault
from nmplan.errors import NmplanError
from nmplan.errors import raise_faults

TABLE = "nmplan/maps/assets/strings.csv"

FAMILIES = re.compile(r"layer_|layer_name_|status_|tenure_|basis_|commitment_|outcome_|unit_|rule_|supply_")
"""Keys the scripts put together from a kind and a word of the data."""

_KEY = re.compile(r"""\b(?:say|data-text|data-label)[(=]"([a-z0-9_]+)["]""")


class StringsError(NmplanError):
    """The table of strings lacks something."""


@cache
def load_strings() -> dict[str, dict[str, str]]:
    """
    Return what the pages say: language ("en", "zh"), then key.

    Raises
    ------
    StringsError
        A key stands twice, or lacks a language.
    """
    text = resources.files("nmplan.maps").joinpath("assets/strings.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    keys = [row["key"] for row in rows]
    doubles = sorted({key for key in keys if keys.count(key) > 1})
    twice = [Fault(TABLE, key, "The key stands twice.", "Keep one.") for key in doubles]
    bare = [
        Fault(TABLE, row["key"], f"No text in {language!r}.", "Write it.")
        for row in rows
        for language in ("en", "zh")
        if not row[language]
    ]
    raise_faults(StringsError, [*twice, *bare])
    return {language: {row["key"]: row[language] for row in rows} for language in ("en", "zh")}


def check_keys(page: str, text: str) -> None:
    """
    Refuse a page that asks for a string the table does not have.

    Parameters
    ----------
    page
        Name for the message.
    text
        Markup and script with `data-text="key"`, `data-label="key"` or `say("key"`.

    Raises
    ------
    StringsError
        With every key that is missing.
    """
    known = load_strings()["en"]
    missing = sorted(set(_KEY.findall(text)) - set(known))
    what = f"{page} asks for it, the table lacks it."
    raise_faults(StringsError, [Fault(TABLE, key, what, "Add it.") for key in missing])


def strings_in(text: str) -> dict[str, dict[str, str]]:
    """
    Return the strings a page may say: language, then key.

    Parameters
    ----------
    text
        Its markup and script; a key stands there in quotes, or is one of the `FAMILIES` put together when it is said.
    """
    quoted = set(re.findall(r"""["'`]([a-z0-9_]+)["'`]""", text))
    return {
        language: {key: said for key, said in texts.items() if key in quoted or FAMILIES.match(key)}
        for language, texts in load_strings().items()
    }
