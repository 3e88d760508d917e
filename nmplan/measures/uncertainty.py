"""What the measures might be: where suppliers stand and what clearance takes is not sure, and shared by all sites."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from nmplan.measures.access import crosses
from nmplan.measures.blocks import site_by_site
from nmplan.measures.blocks import tell_nobody
from nmplan.measures.decay import decay
from nmplan.measures.journeys import minutes_to_halls
from nmplan.measures.matrix import moved_along
from nmplan.measures.model import travel_of
from nmplan.measures.network import shortest_minutes
from nmplan.measures.supply import GROUP
from nmplan.measures.supply import chain_access
from nmplan.measures.supply import straight_line_minutes
from nmplan.measures.supply import supplier_places
from nmplan.measures.talent import institute_places
from nmplan.measures.talent import talent_access
from nmplan.words import column_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Collection
    from collections.abc import Mapping

    import shapely
    from numpy.typing import NDArray

    from nmplan.measures.blocks import Tell
    from nmplan.measures.journeys import ToHalls
    from nmplan.measures.network import Legs
    from nmplan.measures.network import Network
    from nmplan.measures.travel import Travel
    from nmplan.study import Decay
    from nmplan.study import Robustness
    from nmplan.study import Scenario
    from nmplan.study import Supply
    from nmplan.study import Travel as TravelSection

DRAWN = {"transit": "people", "goods": "goods"}
"""Modes whose networks are drawn, and whose clearance of a crossing that is; a car's way to the hall is the same."""


PEOPLE = {"transit": "crossing_min", "car": "crossing_car_min"}
"""How people cross, and the measure of it."""


class World(NamedTuple):
    """
    One state of what is not sure.

    The travel model with its clearances, by how much of it each crossing's clearance of people is longer, and where
    suppliers and institutes are.
    """

    model: Travel | None
    more: Mapping[str, float]
    suppliers: gpd.GeoSeries
    institutes: gpd.GeoSeries


class Known(NamedTuple):
    """What is the same in every draw: the model as stated, the layers, and how supply and talent are measured."""

    model: Travel | None
    suppliers: gpd.GeoDataFrame
    institutes: gpd.GeoDataFrame
    tiers: pd.DataFrame | None
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
    known = Known(model, suppliers, institutes, layers.get("chains"), supply, talent, tuple(sorted(set(chains))))
    barrier = layers["boundary"].geometry.union_all() if "boundary" in layers else None
    worlds = [_draw_world(known, barrier, robustness, number) for number in range(robustness.ensemble)]
    take = partial(_measure_worlds, worlds=worlds, known=known)
    found = site_by_site(take, places, f"ensemble of {len(worlds)} draws", tell)
    return found.sort_values("draw", kind="stable", ignore_index=True)


def _draw_world(known: Known, barrier: shapely.Geometry | None, how: Robustness, number: int) -> World:
    """Return one state of the world; clearances, suppliers and institutes have random numbers of their own."""
    clearance, firms, people = (np.random.default_rng([how.seed, number, kind]) for kind in range(3))
    model, more = _with_clearances(known.model, how.clearance_share, clearance) if known.model else (None, {})
    return World(model, more, move(known.suppliers, barrier, firms), move(known.institutes, barrier, people))


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


def _with_clearances(model: Travel, share: float, random: np.random.Generator) -> tuple[Travel, dict[str, float]]:
    """Return the travel model with each crossing's clearance drawn, for people and for goods, and what people draw."""
    told = {mode: set(services["crossing_id"]) for mode, services in model.services.items()}
    crossed = {name for mode in DRAWN for name in crossings_of(model.networks.get(mode)) or told.get(mode, set())}
    names = sorted(crossed | told.get("car", set()))
    drawn = {
        user: dict(zip(names, share * random.uniform(-1, 1, len(names)), strict=True)) for user in ("people", "goods")
    }
    networks = {mode: slowed(network, drawn[DRAWN[mode]]) for mode, network in model.networks.items() if mode in DRAWN}
    services = dict(model.services)
    if "goods" in services:
        factor = 1 + services["goods"]["crossing_id"].map(drawn["goods"]).astype(float).fillna(0.0)
        services["goods"] = services["goods"].assign(clearance_min=services["goods"]["clearance_min"] * factor)
    return replace(model, networks=networks, services=services), drawn["people"]


def crossings_of(network: Network | None) -> set[str]:
    """Return the crossings that links of a network clear."""
    links = network.links if network is not None else ()
    return {link.name if link.kind == "clearance" else link.crossing_id for link in links} - {""}


def slowed(network: Network, more: Mapping[str, float]) -> Network:
    """Return a network whose crossings take so much more, as a share of their clearance."""
    minutes = network.minutes.copy()
    for at, link in enumerate(network.links):
        if link.kind == "clearance":
            minutes[at] *= 1 + more[link.name]
        elif link.crossing_id:
            minutes[at] += link.clearance_min * more[link.crossing_id]
    return replace(network, minutes=minutes)


def _measure_worlds(places: gpd.GeoSeries, *, worlds: list[World], known: Known) -> pd.DataFrame:
    """Return the measures of some sites in all draws; how sites reach the network and the halls is found once."""
    model = known.model
    modes = [mode for mode in DRAWN if model is not None and mode in model.networks]
    outwards = {mode: model.legs(mode, places, outwards=True) for mode in modes} if model else {}
    inwards = model.legs("goods", places, outwards=False) if model and "goods" in modes else None
    halls = {mode: minutes_to_halls(model, places, mode) for mode in PEOPLE} if model else {}
    parts = []
    for number, world in enumerate(worlds):
        found: dict[str, NDArray[np.float64]] = {
            PEOPLE[mode]: _across(ways, world.more) for mode, ways in halls.items() if len(ways.ways)
        }
        if world.model is not None:
            found |= _goods_across(world.model, places, outwards.get("goods"))
            found |= _talents(world, places, outwards.get("transit"), known)
        found |= _supplies(_goods_minutes(world, places, inwards, known), known)
        columns = {name: np.asarray(numbers, dtype=np.float32) for name, numbers in found.items()}
        parts.append(pd.DataFrame({"draw": np.int32(number), "parcel_id": places.index, **columns}))
    return pd.concat(parts, ignore_index=True)


def _across(ways: ToHalls, more: Mapping[str, float]) -> NDArray[np.float64]:
    """Return people's minutes across the best crossing, with the clearances that are drawn."""
    drawn = np.array([1 + more[name] for name in ways.ways["crossing_id"]])
    return np.fmin.reduce(ways.minutes + ways.ways["clearance_min"].to_numpy(dtype=float) * drawn, axis=1)


def _goods_across(model: Travel, places: gpd.GeoSeries, legs: Legs | None) -> dict[str, NDArray[np.float64]]:
    """Return goods vehicles' minutes across the best crossing, if any takes them."""
    arrivals = model.goods_arrivals(places, legs)
    return {"crossing_goods_min": np.fmin.reduce(arrivals, axis=1)} if arrivals.shape[1] else {}


def _talents(world: World, places: gpd.GeoSeries, starts: Legs | None, known: Known) -> dict[str, NDArray[np.float64]]:
    """Return talent access by chain."""
    if world.model is None or world.institutes.empty or not world.model.answers("transit"):
        return {}

    def ask(model: Travel, institutes: gpd.GeoSeries) -> NDArray[np.float64]:
        if starts is None:
            return np.full((len(places), len(institutes)), np.nan)
        return shortest_minutes(model.networks["transit"], starts, model.legs("transit", institutes, outwards=False))

    stay = institute_places(known.institutes)
    minutes = _with_own_minutes(world, known, "transit", (places.index, stay.index), (world.institutes, stay), ask)
    decays = {"half_life_min": known.talent.half_life_min, "plateau_min": known.talent.plateau_min}
    strengths = {
        chain: known.institutes[column].to_numpy(dtype=float)
        for chain in known.chains
        if (column := f"strength_{chain.replace('-', '_')}") in known.institutes
    }
    return {
        column_of("talent_access", chain): talent_access(minutes, strength, places.index, **decays).to_numpy()
        for chain, strength in strengths.items()
    }


def _goods_minutes(world: World, places: gpd.GeoSeries, ends: Legs | None, known: Known) -> NDArray[np.float64] | None:
    """Return minutes from suppliers (rows) to sites (columns), as the study takes them; None where it cannot."""
    if known.supply.minutes_from == "straight-line":
        return straight_line_minutes(world.suppliers, places, known.supply.straight_line_kph)
    if world.model is None or not world.model.answers("goods"):
        return None

    def ask(model: Travel, suppliers: gpd.GeoSeries) -> NDArray[np.float64]:
        if ends is None:
            return np.full((len(suppliers), len(places)), np.nan)
        return shortest_minutes(model.networks["goods"], model.legs("goods", suppliers, outwards=True), ends)

    stay = supplier_places(known.suppliers)
    return _with_own_minutes(world, known, "goods", (stay.index, places.index), (world.suppliers, stay), ask)


def _with_own_minutes(
    world: World,
    known: Known,
    mode: str,
    ids: tuple[pd.Index[str], pd.Index[str]],
    points: tuple[gpd.GeoSeries, gpd.GeoSeries],
    ask: Callable[[Travel, gpd.GeoSeries], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return the network's minutes of points that moved, and where the matrix has a pair its own of those that stay."""
    assert world.model is not None and known.model is not None  # noqa: S101, PT018  (who calls has looked)
    moved, stay = points
    minutes = ask(world.model, moved)
    if world.model.matrix is None:
        return minutes
    own, there = world.model.matrix.look_up(mode, *ids)
    return np.where(there, moved_along(own, ask(known.model, stay), ask(world.model, stay)), minutes)


def _supplies(minutes: NDArray[np.float64] | None, known: Known) -> dict[str, NDArray[np.float64]]:
    """Return supply access by chain, as `supply_access` does."""
    found: dict[str, NDArray[np.float64]] = {}
    if minutes is None or known.tiers is None:
        return found
    mass, tier = known.suppliers["mass"].to_numpy(dtype=float), known.suppliers["tier"].to_numpy()
    for chain, own in known.suppliers.groupby("chain", sort=True).indices.items():
        how = known.supply.chains.get(str(chain), known.supply)
        near = mass[own][:, None] * decay(minutes[own], how.half_life_min, how.plateau_min)
        bought = known.tiers[known.tiers["chain"].eq(chain)]
        reached = np.array([near[tier[own] == each].sum(axis=0) for each in bought["tier"]]).reshape(len(bought), -1).T
        access = chain_access(reached, bought["purchase_share"].to_numpy(dtype=float), known.supply.half_enough)
        found[column_of("supply_access", str(chain))] = np.where(np.isnan(minutes[own]).all(axis=0), np.nan, access)
    return found
