"""The published data dictionary of statutory plans against what the adapter reads."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from nmplan.layers.plans import FIELDS
from nmplan.layers.plans import HEIGHT_UNITS

DATA = os.environ.get("NMPLAN_REAL_DATA", "")
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA, reason="NMPLAN_REAL_DATA names no folder of real extracts"),
]
TABLE = re.compile(r"^\(\d\) ([A-Z_]+)$")
FIELD = re.compile(r"^([A-Za-z_]+)\s+(ObjectID|Geometry|Text|Long|Double)\b")
HEIGHT = re.compile(r"^(BHC[A-Z]|NBA)\s{2,}\S")


@pytest.fixture(scope="module")
def lines() -> list[str]:
    path = Path(DATA) / "ozp_docs" / "DataDictionary.pdf"
    if shutil.which("pdftotext"):
        told = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True)
        return told.stdout.decode().replace("\f", "\n").splitlines()
    pypdf = pytest.importorskip("pypdf", reason="neither pdftotext nor pypdf is there to read the dictionary")
    pages = pypdf.PdfReader(path).pages
    return [line for page in pages for line in page.extract_text(extraction_mode="layout").splitlines()]


def test_the_adapter_knows_the_fields_of_the_dictionary_in_their_order(lines: list[str]) -> None:
    published: dict[str, list[str]] = {}
    for line in map(str.strip, lines):
        if table := TABLE.match(line):
            fields = published.setdefault(table[1], [])
        elif field := FIELD.match(line):
            fields.append(field[1])
    assert {table: tuple(fields) for table, fields in published.items()} == FIELDS


def test_the_adapter_knows_the_kinds_of_height_control(lines: list[str]) -> None:
    assert [found[1] for line in map(str.strip, lines) if (found := HEIGHT.match(line))] == list(HEIGHT_UNITS)
