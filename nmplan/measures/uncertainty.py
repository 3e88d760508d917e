"""What the measures might be: where suppliers stand and what clearance takes is not sure, and shared by all sites."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from nmplan.measures.access import crosses
from nmplan.measures.blocks import site_by_site
from nmplan.measures.blocks import tell_nobody
from nmplan.measures.clearances import crossings_of
from nmplan.measures.clearances import part
from nmplan.measures.decay import decay
from nmplan.measures.journeys import minutes_to_halls
from nmplan.measures.matrix import moved_along
from nmplan.measures.model import travel_of
from nmplan.measures.supply import GROUP
from nmplan.measures.supply import chain_access
from nmplan.measures.supply import straight_line_minutes
from nmplan.measures.supply import supplier_places
from nmplan.measures.talent import institute_places
from nmplan.measures.talent import talent_access
from nmplan.measures.travel import USERS
from nmplan.words import column_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Mapping

    import shapely
    from numpy.typing import NDArray

    from nmplan.measures.blocks import Tell
    from nmplan.measures.clearances import Parted
    from nmplan.measures.journeys import ToHalls
    from nmplan.measures.travel import Travel
    from nmplan.study import Decay
    from nmplan.study import Robustness
    from nmplan.study import Scenario
    from nmplan.study import Supply
    from nmplan.study import Travel as TravelSection

ACROSS = {"transit": "crossing_min", "car": "crossing_car_min", "goods": "crossing_goods_min"}
"""Modes, and the measure of the way across."""

NOTHING_BOUGHT = (np.zeros(0, dtype=object), np.zeros(0))
"""Tiers and shares of purchases of a chain that no row tells."""


class World(NamedTuple):
    """
    One state of what is not sure.

    By which share each crossing's clearance is longer for each user (a car's as people's), and where suppliers and
    institutes are.
    """

    more: Mapping[str, Mapping[str, float]]
    suppliers: gpd.GeoSeries
    institutes: gpd.GeoSeries


class Known(NamedTuple):
    """
    What is the same in every draw: the model as stated, the layers, and how supply and talent are measured.

    `bought` are the tiers of each chain and their shares of purchases, by chain; empty without a layer of chains.
    """

    model: Travel | None
    suppliers: gpd.GeoDataFrame
    institutes: gpd.GeoDataFrame
    bought: Mapping[str, tuple[NDArray[np.object_], NDArray[np.float64]]]
    supply: Supply
    talent: Decay
    chains: tuple[str, ...]


def measure_ensemble(
    layers: Mapping[str, pd.DataFrame],
    scenario: Scenario,
    *,
    travel: TravelSection,
    supply: Supply,
    talent: Decay,
    chains: Collection[str],
    robustness: Robustness,
    tell: Tell = tell_nobody,
) -> pd.DataFrame:
    """
    Measure all sites several times, each time in another state of what is not sure.

    One draw moves every supplier and institute for all sites, evenly over the circle of its accuracy and never over the
    boundary (those at one place move together), and multiplies the clearance of every crossing, for people (cars
    included) and for goods, by 1 + u · `clearance_share`, u even between −1 and 1. What a site gets depends on no other
    site; draws are the same in every scenario, so that scenarios differ by what they change and not by chance.
    Where minutes come from a matrix suppliers and institutes stay where they are, and the clearances change its minutes
    as much as they change the network's.

    Parameters
    ----------
    layers, scenario, travel, supply, talent, chains
        As `measure_sites` takes them.
    robustness
        Its `ensemble` draws, `clearance_share` and `seed`.
    tell
        Told how many sites are done.

    Returns
    -------
    pandas.DataFrame
        Long: draw, parcel_id, and as float32 the measures that differ between draws: crossing_min, crossing_car_min,
        crossing_goods_min, supply_access and talent_access of each chain, as far as their layers are there.
    """
    places = layers["parcels"].set_index("parcel_id").geometry.representative_point()
    model = travel_of(layers, scenario, travel)
    suppliers, institutes = _layer(layers, "suppliers"), _layer(layers, "talent")
    suppliers = suppliers[suppliers["chain"].isin(set(chains))].sort_values(GROUP, kind="stable", ignore_index=True)
    bought = _bought(layers["chains"]) if "chains" in layers else {}
    known = Known(model, suppliers, institutes, bought, supply, talent, tuple(sorted(set(chains))))
    barrier = layers["boundary"].geometry.union_all() if "boundary" in layers else None
    worlds = [_draw_world(known, barrier, robustness, number) for number in range(robustness.ensemble)]
    take = partial(_measure_worlds, worlds=worlds, known=known)
    found = site_by_site(take, places, f"ensemble of {len(worlds)} draws", tell)
    return found.sort_values("draw", kind="stable", ignore_index=True)


def _draw_world(known: Known, barrier: shapely.Geometry | None, how: Robustness, number: int) -> World:
    """Return one state of the world; clearances, suppliers and institutes have random numbers of their own."""
    clearance, firms, people = (np.random.default_rng([how.seed, number, kind]) for kind in range(3))
    more = _draw_clearances(known.model, how.clearance_share, clearance) if known.model else {}
    return World(more, move(known.suppliers, barrier, firms), move(known.institutes, barrier, people))


def _bought(tiers: pd.DataFrame) -> dict[str, tuple[NDArray[np.object_], NDArray[np.float64]]]:
    """Return the tiers of each chain and their shares of purchases."""
    return {
        str(chain): (own["tier"].to_numpy(dtype=object), own["purchase_share"].to_numpy(dtype=float))
        for chain, own in tiers.groupby("chain", sort=True)
    }


def _layer(layers: Mapping[str, pd.DataFrame], name: str) -> gpd.GeoDataFrame:
    """Return a layer of points, or one without rows."""
    columns = [*GROUP, "mass", "accuracy_m", "geometry"]
    return layers[name] if name in layers else gpd.GeoDataFrame(columns=columns, geometry="geometry")


def move(points: gpd.GeoDataFrame, barrier: shapely.Geometry | None, random: np.random.Generator) -> gpd.GeoSeries:
    """
    Return where points might be instead: evenly over the circle of each one's `accuracy_m` (NaN stays).

    Points at one place move by the same share of their accuracies; what would move over the barrier stays.
    """
    here = np.column_stack([points.geometry.x, points.geometry.y])
    places, place = np.unique(here, axis=0, return_inverse=True)
    angle, away = 2 * np.pi * random.random(len(places)), np.sqrt(random.random(len(places)))
    step = (away[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))[place.ravel()]
    there = here + step * points["accuracy_m"].fillna(0.0).to_numpy(dtype=float)[:, None]
    there = np.where(crosses(barrier, here, there)[:, None], here, there)
    return gpd.GeoSeries(gpd.points_from_xy(*there.T), index=points.index, crs=points.crs)


def _draw_clearances(model: Travel, share: float, random: np.random.Generator) -> dict[str, dict[str, float]]:
    """Return by which share each crossing's clearance is longer, for people (in a car, too) and for goods."""
    told = {name for services in model.services.values() for name in services["crossing_id"]}
    names = sorted(told.union(*(crossings_of(network) for network in model.networks.values())))
    people, goods = (dict(zip(names, share * random.uniform(-1, 1, len(names)), strict=True)) for _ in range(2))
    return {"people": people, "car": people, "goods": goods}


def _measure_worlds(places: gpd.GeoSeries, *, worlds: list[World], known: Known) -> pd.DataFrame:
    """Return the measures of some sites in all draws; how sites reach the network and the halls is found once."""
    model = known.model
    halls = {mode: minutes_to_halls(model, places, mode) for mode in ACROSS} if model else {}
    asked = {
        "transit": _asked(model, "transit", places, institute_places(known.institutes)),
        "goods": _asked(model, "goods", places, supplier_places(known.suppliers)),
    }
    parts = []
    for number, world in enumerate(worlds):
        found: dict[str, NDArray[np.float64]] = {
            ACROSS[mode]: _across(ways, world.more[USERS[mode]]) for mode, ways in halls.items() if len(ways.ways)
        }
        if (people := asked["transit"]) is not None and len(world.institutes):
            found |= _talents(people.minutes(world.institutes, world.more["people"]), known, places.index)
        found |= _supplies(_goods_minutes(world, asked["goods"], places, known), known)
        columns = {name: np.asarray(numbers, dtype=np.float32) for name, numbers in found.items()}
        parts.append(pd.DataFrame({"draw": np.int32(number), "parcel_id": places.index, **columns}))
    return pd.concat(parts, ignore_index=True)


class _Asked(NamedTuple):
    """
    Minutes between sites and others that are drawn again and again.

    `parted` is None without a network of the mode; `stay` are the others where they are known to be, by id, `own` the
    matrix's minutes of shape (sites, others) and `there` where it has them.
    """

    model: Travel
    mode: str
    parted: Parted | None
    stay: gpd.GeoSeries
    own: NDArray[np.float64]
    there: NDArray[np.bool_]

    def minutes(self, moved: gpd.GeoSeries, more: Mapping[str, float]) -> NDArray[np.float64]:
        """Return the network's minutes of what moved, and where the matrix has a pair its own of what stays."""
        found = self._by_network(moved, more)
        if not self.there.any():
            return found
        before, after = (self._by_network(self.stay, share) for share in (dict.fromkeys(more, 0.0), more))
        return np.where(self.there, moved_along(self.own, before, after), found)

    def _by_network(self, others: gpd.GeoSeries, more: Mapping[str, float]) -> NDArray[np.float64]:
        if self.parted is None:
            return np.full(self.own.shape, np.nan)
        return self.parted.minutes(self.model.legs(self.mode, others, outwards=not self.parted.outwards), more)


def _asked(model: Travel | None, mode: str, places: gpd.GeoSeries, stay: gpd.GeoSeries) -> _Asked | None:
    """Return what is the same in every draw of the minutes between sites and others; None where nothing tells them."""
    if model is None or not model.answers(mode):
        return None
    outwards, parted = mode == "transit", None
    if mode in model.networks:
        parted = part(model, mode, model.legs(mode, places, outwards=outwards), outwards=outwards)
    own, there = np.full((len(places), len(stay)), np.nan), np.zeros((len(places), len(stay)), dtype=bool)
    if model.matrix is not None:
        ends = (places.index, stay.index) if outwards else (stay.index, places.index)
        own, there = model.matrix.look_up(mode, *ends)
        own, there = (own, there) if outwards else (own.T, there.T)
    return _Asked(model, mode, parted, stay, own, there)


def _across(ways: ToHalls, more: Mapping[str, float]) -> NDArray[np.float64]:
    """Return the minutes across the best crossing, with the clearances that are drawn."""
    drawn = np.array([1 + more[name] for name in ways.ways["crossing_id"]])
    return np.fmin.reduce(ways.minutes + ways.ways["clearance_min"].to_numpy(dtype=float) * drawn, axis=1)


def _talents(minutes: NDArray[np.float64], known: Known, index: pd.Index[str]) -> dict[str, NDArray[np.float64]]:
    """Return talent access by chain, from minutes of shape (sites, institutes)."""
    decays = {"half_life_min": known.talent.half_life_min, "plateau_min": known.talent.plateau_min}
    strengths = {
        chain: known.institutes[column].to_numpy(dtype=float)
        for chain in known.chains
        if (column := f"strength_{chain.replace('-', '_')}") in known.institutes
    }
    return {
        column_of("talent_access", chain): talent_access(minutes, strength, index, **decays).to_numpy()
        for chain, strength in strengths.items()
    }


def _goods_minutes(
    world: World, goods: _Asked | None, places: gpd.GeoSeries, known: Known
) -> NDArray[np.float64] | None:
    """Return minutes from suppliers (rows) to sites (columns), as the study takes them; None where it cannot."""
    if known.supply.minutes_from == "straight-line":
        return straight_line_minutes(world.suppliers, places, known.supply.straight_line_kph)
    return goods.minutes(world.suppliers, world.more["goods"]).T if goods is not None else None


def _supplies(minutes: NDArray[np.float64] | None, known: Known) -> dict[str, NDArray[np.float64]]:
    """Return supply access by chain, as `supply_access` does."""
    found: dict[str, NDArray[np.float64]] = {}
    if minutes is None or not known.bought:
        return found
    mass, tier = known.suppliers["mass"].to_numpy(dtype=float), known.suppliers["tier"].to_numpy()
    for chain, own in known.suppliers.groupby("chain", sort=True).indices.items():
        how = known.supply.chains.get(str(chain), known.supply)
        near = mass[own][:, None] * decay(minutes[own], how.half_life_min, how.plateau_min)
        tiers, shares = known.bought.get(str(chain), NOTHING_BOUGHT)
        reached = np.array([near[tier[own] == each].sum(axis=0) for each in tiers]).reshape(len(tiers), -1).T
        access = chain_access(reached, shares, known.supply.half_enough)
        found[column_of("supply_access", str(chain))] = np.where(np.isnan(minutes[own]).all(axis=0), np.nan, access)
    return found
