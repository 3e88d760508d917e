"""
Minutes to all halls by public transport for many sites: processor seconds, and the ratio to one search per site.

    python bench/journeys.py             # 300,000 sites round the stops of the reference lines
    python bench/journeys.py --sites 20000
"""

from __future__ import annotations

import argparse
import time

import geopandas as gpd
import numpy as np

import nmplan
from nmplan.layers.sources import bundled_folder
from nmplan.measures.blocks import SITES_AT_ONCE
from nmplan.measures.journeys import crossing_minutes

PLAIN = 40
"""Journeys that are searched one by one, to compare with."""

SPREAD_M = 600.0
"""How far sites lie round the stops."""


def main() -> None:
    """Print what both ways take."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sites", type=int, default=300_000)
    sites = parser.parse_args().sites
    study = nmplan.Study.load(bundled_folder() / "study.toml")
    model = nmplan.travel_model(study, "today", at="08:15")
    assert model.transit is not None  # noqa: S101  (the bundled study has lines)
    rng = np.random.default_rng(1)
    stops = model.networks["transit"].xy[model.transit.entered]
    xy = stops[rng.integers(0, len(stops), sites)] + rng.normal(0, SPREAD_M, (sites, 2))
    places = gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs="EPSG:2326")
    halls, nodes = model.halls("transit")
    begun = time.process_time()
    for first in range(0, sites, SITES_AT_ONCE):
        crossing_minutes(places.iloc[first : first + SITES_AT_ONCE], model)
    ours = time.process_time() - begun
    far = gpd.GeoSeries(gpd.points_from_xy(*model.networks["transit"].xy[nodes].T), crs="EPSG:2326")
    begun = time.process_time()
    for i in range(PLAIN):
        model.journey(
            "transit", places.iloc[[i]].reset_index(drop=True), far.iloc[[i % len(far)]].reset_index(drop=True)
        )
    plain = (time.process_time() - begun) / PLAIN * sites * len(halls)
    print(f"{sites:,} sites x {len(halls)} halls by public transport: {ours:.1f} s of processor time")
    print(
        f"one search per site and hall (measured on {PLAIN}, scaled): {plain:,.0f} s, {plain / ours:,.0f} times as long"
    )


if __name__ == "__main__":
    main()
