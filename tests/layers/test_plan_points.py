"""
Zones of Hung Shui Kiu against single points of draft plan S/HSK/2A.

The points in `hsk_2a_points.csv` lie inside employment zones of the draft plan. A third party traced them from the plan
before the Town Planning Board early in 2026 (public program gordonkwanwork-spec/sgmts-drive); 30 m is our estimate of
their accuracy. Source 1: points with the hectares traced round them; source 2: further points of the same tracing,
noted to four decimals of a degree; the letter of area 45 is judgement.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
import pytest

from nmplan.layers.reference import read_reference

POINTS = pd.read_csv(Path(__file__).with_name("hsk_2a_points.csv"), dtype={"area_of_plan": str}, keep_default_na=False)
"""Area and zone of the plan, our kind of zone, Hong Kong grid metres."""

MARGIN_M = 30
"""The points are known to 30 m: one that far inside its zone lies in it whatever the tracing was off by."""

TOLERANCE = 0.10


class Published(NamedTuple):
    """Hectares of zones taken together, and who published them."""

    zones: tuple[str, ...]
    hectares: float
    source: str


LOGISTICS = "HK01, 16 January 2026"
TENDER = "Lands Department tender of Town Lots 19, 23 and 24 (square feet), via HK01, 30 December 2025"
PAMPHLET = "Planning Department, Hung Shui Kiu pamphlet, page 20"
HECTARES = [
    Published(("hsk-pbu-1", "hsk-pbu-2", "hsk-pbu-3"), 24.8, "Sing Tao, 11 February 2026"),
    Published(("hsk-pbu-1",), 7.7737, "Lands Department tender of Town Lot 10, October 2024: 77,737 m²"),
    Published(("hsk-lf-1",), 10.2, LOGISTICS),
    Published(("hsk-lf-2",), 5.0, LOGISTICS),
    Published(("hsk-lf-3",), 4.5, LOGISTICS),
    Published(("hsk-lf-4",), 4.2, LOGISTICS),
    Published(("hsk-lf-5",), 7.4, LOGISTICS),
    Published(tuple(f"hsk-lf-{number}" for number in range(1, 7)), 36, "Planning facts: logistics circle about 36 ha"),
    Published(("hsk-i", "hsk-i-middle", "hsk-i-north"), 13, PAMPHLET),
    Published(("hsk-etp", "hsk-etp-44a", "hsk-etp-45"), 9, PAMPHLET),
    Published(("hsk-etp", "hsk-etp-45"), (109_687 + 250_171 + 232_894) * 0.3048**2 / 10_000, TENDER),
    Published(("hsk-c-station",), 10.6, "Planning Department, press release P2018102600348, October 2018"),
]


@pytest.fixture(scope="module")
def zones() -> gpd.GeoDataFrame:
    frame = read_reference("zoning").frame
    return frame[frame["plan_no"].eq("S/HSK")].set_index("zone_id")


@pytest.mark.parametrize("row", POINTS.index, ids=POINTS["area_of_plan"].replace("", "I"))
def test_a_point_of_the_plan_lies_well_inside_a_zone_of_its_kind(zones: gpd.GeoDataFrame, row: int) -> None:
    place = POINTS.loc[row]
    point = gpd.points_from_xy([place["easting"]], [place["northing"]])[0]
    here = zones[zones.contains(point)]
    assert here["zone"].tolist() == [place["zone"]], f"{place['area_of_plan']} {place['zone_of_plan']}"
    assert here.boundary.distance(point).iloc[0] >= MARGIN_M, here.index.tolist()


@pytest.mark.parametrize("row", HECTARES, ids=lambda row: " ".join(row.zones))
def test_hectares_come_within_a_tenth_of_what_was_published(zones: gpd.GeoDataFrame, row: Published) -> None:
    assert zones.loc[list(row.zones)].area.sum() / 10_000 == pytest.approx(row.hectares, rel=TOLERANCE), row.source


def test_a_zone_round_a_traced_point_says_so_and_is_no_better_known_than_the_point(zones: gpd.GeoDataFrame) -> None:
    points = gpd.GeoSeries(gpd.points_from_xy(POINTS["easting"], POINTS["northing"]), crs=zones.crs)
    traced = zones[zones.intersects(points.union_all())]
    assert traced["basis"].unique().tolist() == ["traced, draft plan"]
    assert traced["source"].str.contains("traced from draft plan S/HSK/2A by a third party").all()
    assert (pd.to_numeric(traced["accuracy_m"]) > POINTS["accuracy_m"].max()).all()


def test_the_outline_of_the_area_holds_its_zones(zones: gpd.GeoDataFrame) -> None:
    """Roads along the edge lie half outside; every zone else lies inside, to a twentieth of a hectare or so."""
    areas = read_reference("areas").frame.set_index("area_id")
    outline = areas.geometry["hung-shui-kiu"]
    outside_m2 = zones[zones["zone"].ne("road")].difference(outline).area
    assert outside_m2[outside_m2 > 600].round().to_dict() == {}
    assert 707 * 0.99 <= outline.area / 10_000 <= 714 * 1.01
