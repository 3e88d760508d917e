"""
Hold modelled times against published ones: the table of docs/method.md.

Rows that fed a table of the reference geography (`input`) check the plumbing only; promises are told apart. What a row
times (in the vehicle, crossing only, door to door) is taken from the legs of the modelled journey.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from nmplan.layers.load import load_group
from nmplan.layers.sources import bundled_folder
from nmplan.layers.sources import layer_groups
from nmplan.measures.journey import IN_VEHICLE
from nmplan.measures.model import build_travel
from nmplan.measures.speeds import Speeds
from nmplan.study import Study
from nmplan.words import TRAVELLED

if TYPE_CHECKING:
    from nmplan.measures.journey import Journey
    from nmplan.measures.travel import Travel

TABLE = Path(__file__).with_suffix(".csv")
NEAR_SHARE, NEAR_MIN = 0.30, 6.0
"""A modelled time is near a published one within 30 % or 6 minutes of its range."""

BEGIN, END = "<!-- published times: begin -->", "<!-- published times: end -->"

COUNTED = {
    "in vehicle": IN_VEHICLE,
    "without waiting": (*IN_VEHICLE, "change", "walk"),
    "stop to hall": (*IN_VEHICLE, "board", "change", "walk"),
    "crossing only": ("clearance",),
    "door to door": ("access", "road", "ride", "board", "change", "walk", "hall", "clearance", "egress"),
}


@cache
def _layers() -> dict[str, pd.DataFrame]:
    study = _study()
    groups = layer_groups({name: origin for name, origin in study.layers.items() if name in TRAVELLED})
    return {name: layer.frame for names in groups for name, layer in load_group(names, study).items()}


@cache
def _study() -> Study:
    return Study.load(bundled_folder() / "study.toml")


def modelled(row: pd.Series) -> float:
    """Return the modelled minutes of a row: the legs it times, NaN where there is no way."""
    travel = _travel(row["period"], row["at"], row["without"], row["line"])
    journey: Journey | None = travel.journey(row["mode"], _place(row["from"]), _place(row["to"]))
    return journey.minutes_of(*COUNTED[row["quantity"]]) if journey else float("nan")


@cache
def _travel(when: str, at: str, without: str, line: str) -> Travel:
    """Return the travel model of a period and hour, without a road, or with one bus line alone."""
    layers = dict(_layers())
    if without:
        edges = layers["road_edges"]
        layers["road_edges"] = edges[~edges["name_en"].str.contains(without, regex=False)]
    if line:  # what is timed is this line, not the fastest way
        buses = layers["bus_lines"]
        layers |= {"bus_lines": buses[buses["route"].eq(line)], "rail_links": layers["rail_links"].iloc[:0]}
    scenario = _study().scenarios["2035" if when == "2035" else "today"]
    period = "peak" if when == "peak" else "quiet"
    changed = {"period": period, "planned_feeders": False, **({"time_of_day": at} if at else {})}
    travel = build_travel(layers, scenario.model_copy(update=changed), Speeds.of(_study().travel))
    assert travel is not None  # noqa: S101  (the bundled study has roads)
    return travel


def _place(name: str) -> gpd.GeoSeries:
    """Return a station, stop or junction of the reference geography by its id, or a position written as lon,lat."""
    if "," in name:
        lon, lat = (float(part) for part in name.split(","))
        return gpd.GeoSeries.from_xy([lon], [lat], crs="EPSG:4326").to_crs("EPSG:2326")
    for layer, key in (("stations", "station_id"), ("bus_lines", "stop_id"), ("road_nodes", "node_id")):
        found = _layers()[layer].drop_duplicates(key)
        if found[key].eq(name).any():
            return found.loc[found[key].eq(name)].geometry.reset_index(drop=True)
    raise KeyError(name)


def compare() -> pd.DataFrame:
    """Return the published rows with `modelled` minutes and whether those are `near`."""
    table = pd.read_csv(TABLE, keep_default_na=False)
    table = table[table["answered"].eq("yes")].reset_index(drop=True)
    table["modelled"] = [modelled(row) for _, row in table.iterrows()]
    off = (table["low"] - table["modelled"]).clip(lower=0) + (table["modelled"] - table["high"]).clip(lower=0)
    return table.assign(near=off.le(NEAR_MIN) | off.le(NEAR_SHARE * table["minutes"]))


def markdown() -> str:
    """Return the comparison as it stands in docs/method.md."""
    table = compare()
    promised = table["kind"].str.startswith("promise")
    fed = table["input"].eq("yes") & ~promised
    own = table[~promised & ~fed]
    unanswered = pd.read_csv(TABLE, keep_default_na=False).query("answered == 'no'")
    parts = [
        f"**Independent of every input: {int(own['near'].sum())} of {len(own)} within 30 % or {NEAR_MIN:g} minutes.**",
        _rows(own),
        f"**Fed a table, so these check the plumbing only: {int(table[fed]['near'].sum())} of {int(fed.sum())}.**",
        _rows(table[fed]),
        "**Promises, told apart:**",
        _rows(table[promised]),
        "**Beyond the model:** "
        + "; ".join(
            f"{row['what']} ({row['minutes']} min, {row['source']}): {row['remark']}"
            for _, row in unanswered.iterrows()
        )
        + ".",
    ]
    return "\n\n".join(parts)


def _rows(table: pd.DataFrame) -> str:
    head = "| from – to | mode, what is timed | published | modelled | near | source, remark |\n|-|-|-|-|-|-|"
    lines = [
        f"| {row['what']} | {row['mode']}, {row['quantity']}{', peak' if row['period'] == 'peak' else ''}"
        f" | {_span(row)} | {row['modelled']:.0f} | {'yes' if row['near'] else 'no'}"
        f" | {row['kind']}; {row['source']}{'; ' if row['remark'] else ''}{row['remark']} |"
        for _, row in table.iterrows()
    ]
    return "\n".join([head, *lines])


def _span(row: pd.Series) -> str:
    return f"{row['minutes']}" if row["low"] == row["high"] else f"{row['minutes']} ({row['low']}–{row['high']})"


def main() -> int:
    """Print the comparison, or write it between its marks in the file that is named."""
    text = markdown()
    if len(sys.argv) == 1:
        print(text)
        return 0
    page = Path(sys.argv[1])
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
