"""The catalogue: every dataset with its publisher, licence, address, vintage and datum, and how it is fetched."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from urllib.parse import urlsplit

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.errors import raise_faults
from nmplan.layers.expects import KINDS
from nmplan.layers.expects import split_expects
from nmplan.layers.sources import bundled_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

FETCHES = ("file", "archive", "plan-index", "csdi", "arcgis", "overpass")
"""How a dataset is fetched; see `Dataset.fetch`."""


@dataclass(frozen=True)
class Dataset:
    """
    One row of the catalogue, all text.

    Parameters
    ----------
    dataset
        Its name: a folder below the one it is fetched into, and the argument of `nmplan fetch`.
    layer, publisher, title, licence, vintage, crs, datum, accuracy, notes
        What it is, for people; crs and datum as its publisher declares them.
    address
        Where it is offered; {format} in it stands for the cell of that name.
    sha256
        Checksum it must have; empty for data that is renewed.
    fetch
        "file" as it is, "archive" also unpacked, "plan-index" a JSON index of one archive per plan, "csdi" a metadata
        item that names the file behind `download` (unpacked too), "arcgis" a paged feature service, "overpass" by a
        function that is handed in; empty where it cannot be fetched.
    default
        "yes" where it is fetched without being named.
    file
        Name of the file; empty where the publisher's index gives names.
    format
        As the publisher's addresses write it.
    download
        Address of the file where `address` only describes it; {fileid} and {format} are filled in.
    select
        What of it: beginnings of plan numbers for "plan-index", a condition for "arcgis".
    expects
        What the file must look like, see `nmplan.layers.expects.split_expects`.
    adapter, used_for
        What reads it, and what for.
    """

    dataset: str
    layer: str
    publisher: str
    title: str
    licence: str
    address: str
    vintage: str
    sha256: str
    crs: str
    datum: str
    accuracy: str
    notes: str
    fetch: str
    default: str
    file: str
    format: str
    download: str
    select: str
    expects: str
    adapter: str
    used_for: str


COLUMNS = tuple(column.name for column in fields(Dataset))


def read_catalogue(path: Path | None = None) -> pd.DataFrame:
    """
    Return the catalogue as a table, one row per dataset, all columns text.

    Parameters
    ----------
    path
        Its file, the bundled one unless said otherwise.

    Raises
    ------
    LayerError
        The file is missing, no CSV, or lacks columns.
    """
    from nmplan.layers.tables import read_csv  # noqa: PLC0415  (pandas, only where the table is asked for)

    table = read_csv(path or bundled_folder() / "data" / "raw" / "catalogue.csv", COLUMNS)
    return table[list(COLUMNS)]


def catalogue_rows() -> list[dict[str, str]]:
    """Return the bundled catalogue row by row, without loading pandas: what every run reads."""
    path = bundled_folder() / "data" / "raw" / "catalogue.csv"
    with path.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def read_datasets(path: Path | None = None) -> list[Dataset]:
    """
    Return the catalogue row by row, each checked for what fetching needs.

    Parameters
    ----------
    path
        Its file, the bundled one unless said otherwise.

    Raises
    ------
    LayerError
        See `read_catalogue`; or a name twice, an address or file name that cannot be used, an unknown word.
    """
    rows = [Dataset(*cells) for cells in read_catalogue(path).itertuples(index=False, name=None)]
    names = [row.dataset for row in rows]
    source = path.name if path else "catalogue.csv"
    faults = [
        Fault(source, name, "is there twice.", "Rename one.") for name in sorted({*names}) if names.count(name) > 1
    ]
    faults += [Fault(source, row.dataset, what, "Correct the catalogue.") for row in rows for what in _wrong(row)]
    raise_faults(LayerError, faults)
    return rows


def choose_datasets(rows: Sequence[Dataset], names: Sequence[str]) -> list[Dataset]:
    """
    Return the datasets of these names; without names those that are fetched by default.

    Raises
    ------
    LayerError
        No such dataset, or one that cannot be fetched.
    """
    known = {row.dataset: row for row in rows}
    faults = []
    for name in names:
        near = get_close_matches(name, known, n=1)
        if name not in known:
            mend = f"Did you mean {near[0]}?" if near else "`nmplan sources` lists them."
            faults.append(Fault("catalogue", name, "there is no such dataset.", mend))
        elif not known[name].fetch:
            mend = "It is part of nmplan." if name.startswith("reference/") else "Get it from its publisher by hand."
            faults.append(Fault("catalogue", name, "cannot be fetched.", mend))
    raise_faults(LayerError, faults)
    if names:
        return [known[name] for name in dict.fromkeys(names)]
    return [row for row in rows if row.fetch and row.default == "yes"]


def wfs_address(
    template: str,
    item: str,
    typename: str,
    box: tuple[float, float, float, float],
    *,
    count: int = 1000,
) -> str:
    """
    Return the address of the features of a CSDI item inside a box, as GeoJSON in WGS84.

    WFS 2.0 with EPSG:4326 takes its bbox as minLat,minLon,maxLat,maxLon, the axis order of that system; the GeoJSON
    that comes back has longitude first all the same, and says no coordinate system.

    Parameters
    ----------
    template
        Address of the service with {item}, as the catalogue's row csdi-wfs has it.
    item
        Id of the CSDI item.
    typename
        Table of the item, such as DCD.
    box
        West, south, east and north in WGS84 degrees.
    count
        Most features to give.

    Raises
    ------
    ValueError
        West is not west of east, or south not south of north, or they are no degrees.
    """
    west, south, east, north = box
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004
        raise ValueError(f"west, south, east, north make no box: {box}")
    wanted = {
        "service": "WFS",
        "version": "2.0.0",
        "request": "GetFeature",
        "typenames": typename,
        "outputFormat": "geojson",
        "srsName": "EPSG:4326",
        "count": count,
        "bbox": f"{south},{west},{north},{east},EPSG:4326",
    }
    return f"{template.replace('{item}', item)}?{urlencode(wanted, safe=',:')}"


def _wrong(row: Dataset) -> list[str]:
    """Return what of a row fetching cannot use."""
    wrong = []
    if not re.fullmatch(r"(reference/)?[A-Za-z0-9][\w.-]*", row.dataset, re.ASCII):
        wrong.append("names a dataset with more than letters, digits, dots and dashes.")
    if row.fetch not in {"", *FETCHES}:
        wrong.append(f"fetch is {row.fetch!r}, which is none of {', '.join(FETCHES)}.")
    for column, address in (("address", row.address), ("download", row.download)):
        needed = row.fetch and (column == "address" or row.fetch == "csdi")
        if (address and not _is_web(address)) or (needed and not address):
            wrong.append(f"{column} is no web address.")
    if row.file and not re.fullmatch(r"[A-Za-z0-9][\w.-]*", row.file, re.ASCII):
        wrong.append("file is no plain name.")
    if row.fetch and not row.file and row.fetch != "plan-index":
        wrong.append("file is empty, so that nobody knows what to call what is fetched.")
    if row.sha256 and not re.fullmatch(r"[0-9a-fA-F]{64}", row.sha256):
        wrong.append("sha256 is none.")
    if row.expects and split_expects(row.expects)[0] not in KINDS:
        wrong.append(f"expects names a kind of file that is none of {', '.join(sorted(KINDS))}.")
    return wrong


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
