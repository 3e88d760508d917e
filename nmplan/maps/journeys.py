"""Journeys from each site to each crossing, as a page carries them: whole columns, words once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import numpy as np

from nmplan.maps.lines import line_names
from nmplan.maps.lines import say_lines
from nmplan.maps.quantise import MISSING
from nmplan.maps.quantise import pack_column

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from nmplan.maps.material import Material

    Whole = NDArray[np.int64]

TENTHS = 10
"""Minutes travel in tenths, so that the best crossing is the best when they are rounded, too."""

MODES = ("transit", "car")
"""How people travel, in the order in which it is told."""

_WAY = ["crossing_id", "mode", "permit"]


def with_journeys(payload: dict[str, Any], material: Material) -> dict[str, Any]:
    """
    Return the payload with how people get from each site to each crossing, where that was measured.

    Parameters
    ----------
    payload
        From `build_payload`; it is not changed.
    material
        Its tables "crossing_journeys" by scenario, its layers for names.

    Returns
    -------
    dict
        "halls" (id and names of crossings), "taken" (the lines of journeys in words, each once), and in each scenario
        "journeys", None where there is no table: "ways" (hall, mode, permit, clearance in minutes, columns "total" in
        tenths of a minute to the far side and "lines", both missing where nothing leads there) and "closed" (halls by
        mode that nobody passes at the hour).
    """
    known = {one.scenario: material.tables.get(one.scenario, {}).get("crossing_journeys") for one in material.scenarios}
    tables = {key: table for key, table in known.items() if table is not None and len(table)}
    halls = sorted({str(hall) for table in tables.values() for hall in table["crossing_id"].unique()})
    names = line_names(material.layers)
    words = {
        taken: say_lines(taken, names)
        for taken in sorted({str(taken) for table in tables.values() for taken in table["lines"].unique()})
    }
    said = sorted({pair for pair in words.values() if pair[0]})
    number = {taken: said.index(pair) if pair[0] else MISSING for taken, pair in words.items()}
    columns = _Added(list(payload["columns"]))
    told: list[dict[str, Any]] = []
    for scenario in payload["scenarios"]:
        table = tables.get(scenario["id"])
        told.append(
            {**scenario, "journeys": None if table is None else _journeys(table, payload, halls, number, columns)}
        )
    crossings = _named(material.layers.get("crossings"))
    return {
        **payload,
        "halls": [{"id": hall, **crossings.get(hall, {"en": hall, "zh": hall})} for hall in halls],
        "taken": [{"en": english, "zh": chinese} for english, chinese in said],
        "scenarios": told,
        "columns": columns.packed,
    }


class _Added:
    """Columns put behind those of a page, each once; the second of a way leans on the first where that is shorter."""

    def __init__(self, packed: list[str]) -> None:
        self.packed = packed
        self._known: dict[bytes, int] = {}
        self._first: dict[tuple[str, ...], tuple[int, Whole]] = {}

    def add(self, whole: Whole, way: tuple[str, ...]) -> int:
        """Keep a column of a way and return its number."""
        before = self._first.get(way)
        number = self._known.setdefault(whole.tobytes(), len(self.packed))
        if number == len(self.packed):
            self.packed.append(pack_column(whole, {before[0]: before[1]} if before else {}))
            self._first.setdefault(way, (number, whole))
        return number


def _journeys(
    table: pd.DataFrame, payload: Mapping[str, Any], halls: list[str], number: Mapping[str, int], columns: _Added
) -> dict[str, Any]:
    """Return the ways of a scenario and the crossings that are closed."""
    ids = payload["sites"]["id"]
    ways = []
    for (hall, mode, permit), rows in _by_way(table):
        own = rows.set_index("parcel_id").reindex(ids)
        minutes = own["total_min"].to_numpy(dtype=float)
        total = np.where(np.isfinite(minutes), np.floor(np.nan_to_num(minutes) * TENTHS + 0.5), MISSING).astype(
            np.int64
        )
        lines = own["lines"].map(number).fillna(MISSING).to_numpy(dtype=np.int64)
        way = {"hall": halls.index(hall), "mode": mode, "permit": permit}
        numbers = {"total": columns.add(total, (hall, mode, permit, "total"))}
        if mode == "transit":
            numbers["lines"] = columns.add(lines, (hall, mode, permit, "lines"))
        ways.append({**way, "clearance": round(float(rows["clearance_min"].iloc[0]), 1), **numbers})
    shut = table[table["status"].eq("closed")].drop_duplicates(_WAY)
    return {
        "ways": ways,
        "closed": {
            mode: [halls.index(hall) for hall in shut.loc[shut["mode"].eq(mode), "crossing_id"]] for mode in MODES
        },
    }


def _by_way(table: pd.DataFrame) -> Iterator[tuple[tuple[str, str, str], pd.DataFrame]]:
    """Yield crossing, mode, permit and rows of each way that is open, public transport first."""
    there = table[~table["status"].eq("closed")]
    for mode in MODES:
        for key, rows in there[there["mode"].eq(mode)].groupby(_WAY, sort=True):
            hall, _, permit = (str(part) for part in key)
            yield (hall, mode, permit), rows


def _named(crossings: pd.DataFrame | None) -> dict[str, dict[str, str]]:
    """Return the names of crossings in both languages, by id."""
    if crossings is None:
        return {}
    rows = zip(crossings["crossing_id"], crossings["name_en"], crossings["name_zh"], strict=True)
    return {
        str(key): {"en": english or chinese or key, "zh": chinese or english or key} for key, english, chinese in rows
    }
