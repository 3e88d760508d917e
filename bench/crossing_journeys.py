"""
People's journeys from the towns to every crossing, by public transport: the table of docs/method.md.

    python bench/crossing_journeys.py                  # print it
    python bench/crossing_journeys.py docs/method.md   # write it between its marks
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd

import nmplan
from nmplan.layers.sources import bundled_folder

BEGIN, END = "<!-- journeys: begin -->", "<!-- journeys: end -->"

TOWNS = {
    "Tuen Mun": (113.9733, 22.3953),
    "Tin Shui Wai": (114.0046, 22.4479),
    "Yuen Long": (114.0352, 22.4460),
    "Hung Shui Kiu": (113.9974, 22.4337),
    "San Tin": (114.0769, 22.4977),
    "Kwu Tung": (114.0994, 22.5052),
    "Sheung Shui": (114.1280, 22.5011),
    "Fanling": (114.1387, 22.4920),
    "Tai Po": (114.1702, 22.4443),
    "Sha Tin": (114.1876, 22.3826),
}
"""The station, or where there is none yet the middle of the village or town."""

HOURS = ("08:15", "22:45")


def markdown() -> str:
    """Return one table for each hour: minutes to the hall + clearance = total, and the lines taken."""
    study = nmplan.Study.load(bundled_folder() / "study.toml")
    places = gpd.GeoSeries.from_xy(*zip(*TOWNS.values(), strict=True), index=list(TOWNS), crs="EPSG:4326")
    return "\n\n".join(_table(study, places, at) for at in HOURS)


def _table(study: nmplan.Study, places: gpd.GeoSeries, at: str) -> str:
    found = nmplan.crossing_journeys(places, study, scenario="today", at=at)
    names = nmplan.travel_model(study, "today", at=at).names
    crossings = list(dict.fromkeys(found["crossing_id"]))
    rows = [f"| {at} | {' | '.join(names[each] for each in crossings)} |", "|-" * (len(crossings) + 1) + "|"]
    for place, journeys in found.groupby(level=0, sort=False):
        cells = [_cell(row, names) for row in journeys.set_index("crossing_id").loc[crossings].itertuples()]
        rows.append(f"| {place} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _cell(row: object, names: dict[str, str]) -> str:
    if row.status != "open":
        return row.status
    lines = ", ".join(names.get(line, line).removesuffix(" Line") for line in row.lines.split(",") if line) or "on foot"
    return f"{row.hall_min:.0f} + {row.clearance_min:.0f} = {row.total_min:.0f}: {lines}"


def main() -> int:
    """Print the tables, or write them between their marks in the file that is named."""
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
