"""Supply access against leakage: what easier goods clearance buys, and what it lets go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nmplan.measures.clearances import crossings_of
from nmplan.measures.clearances import slowed
from nmplan.measures.matrix import moved_along
from nmplan.measures.model import travel_of
from nmplan.measures.network import shortest_minutes
from nmplan.measures.supply import GROUP
from nmplan.measures.supply import mass_in_reach
from nmplan.measures.supply import supplier_places
from nmplan.measures.supply import supply_access
from nmplan.places.captive import captive_shares
from nmplan.places.captive import weighted_means

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from nmplan.study import Scenario
    from nmplan.study import Supply
    from nmplan.study import Travel as TravelSection

CLEARANCES = (1.0, 0.75, 0.5, 0.25, 0.0)
"""Shares of today's goods clearance, at all crossings and both ways."""

SITE_COLUMNS = {
    "parcel_id": str,
    "chain": str,
    "closed": bool,
    "clearance_share": float,
    "supply_access": float,
    "captive_share": float,
    "leaked_share": float,
}

MEANS = ("captive_share", "leaked_share", "supply_access")


def measure_frontier(
    layers: Mapping[str, pd.DataFrame],
    scenario: Scenario,
    *,
    travel: TravelSection,
    supply: Supply,
    chains: Collection[str],
    sites: Collection[str],
    shares: Sequence[float] = CLEARANCES,
) -> pd.DataFrame:
    """
    Return supply access and captive share of sites as goods clear the crossings faster, and with the boundary closed.

    Clearance of every crossing is multiplied by each share, both ways; the scenario's own levers for goods are left
    out, for the frontier goes through all of them. A shorter clearance never lengthens a journey, so access never
    falls; what leaks usually grows. Closed, the boundary lets nothing through: the limit of ever longer clearance.
    Minutes of the study's matrix change as much as the network's do.

    Parameters
    ----------
    layers
        Tables by name: parcels, suppliers, chains and those of `words.TRAVELLED`.
    scenario, travel, supply
        Of the study.
    chains
        Chains to measure.
    sites
        Ids of the sites.
    shares
        Shares of the clearance, 0 or more.

    Returns
    -------
    pandas.DataFrame
        `SITE_COLUMNS`, one row per site, chain and share; closed rows have no share (NaN). Empty where clearance does
        not count: without roads, crossings, suppliers or chains, or with straight-line minutes.
    """
    nothing = pd.DataFrame(columns=list(SITE_COLUMNS)).astype(SITE_COLUMNS)
    if not {"suppliers", "chains", "crossings"} <= set(layers) or supply.minutes_from == "straight-line" or not sites:
        return nothing
    suppliers = layers["suppliers"]
    suppliers = suppliers[suppliers["chain"].isin(set(chains))].sort_values(GROUP, kind="stable", ignore_index=True)
    places = layers["parcels"].set_index("parcel_id").geometry.loc[sorted(set(sites))].representative_point()
    parts = []
    for share, minutes in _minutes_by_share(layers, scenario, travel, suppliers, places, shares):
        for chain, own in suppliers.groupby("chain"):
            tiers = layers["chains"][layers["chains"]["chain"].eq(chain)]
            how = supply.chains.get(str(chain), supply)
            decays = {"half_life_min": how.half_life_min, "plateau_min": how.plateau_min}
            reach = mass_in_reach(minutes[own.index], own, places.index, **decays)
            measured = _measured(reach, tiers, places.index, supply.half_enough)
            parts.append(measured.assign(chain=chain, closed=np.isnan(share), clearance_share=share))
    return pd.concat(parts, ignore_index=True)[list(SITE_COLUMNS)].astype(SITE_COLUMNS) if parts else nothing


def mean_frontier(found: pd.DataFrame, places: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """
    Return the frontier of clusters, of study areas or of any other places: means of their sites, weighted by area.

    Parameters
    ----------
    found
        From `measure_frontier`.
    places
        parcel_id, area_ha and the columns of `by`; with a chain, only that chain of it counts.
    by
        Columns that name the places, such as cluster_id and tenant, or area_id.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, chain, closed, clearance_share, sites, unknown (sites that nothing supplies),
        captive_share, leaked_share, supply_access. The closed boundary stands first, then the longest clearance.
    """
    on = ["parcel_id", "chain"] if "chain" in places else ["parcel_id"]
    names = [name for name in by if name != "chain"]
    joined = places[[*names, *on, "area_ha"]].drop_duplicates().merge(found, on=on)
    keys = [*names, "chain", "closed", "clearance_share"]
    table = weighted_means(joined, keys, MEANS)
    order = table.sort_values(
        [*names, "chain", "closed", "clearance_share"], ascending=[True] * (len(names) + 1) + [False, False]
    )
    return order.reset_index(drop=True)


def _minutes_by_share(
    layers: Mapping[str, pd.DataFrame],
    scenario: Scenario,
    travel: TravelSection,
    suppliers: gpd.GeoDataFrame,
    places: gpd.GeoSeries,
    shares: Sequence[float],
) -> Iterator[tuple[float, NDArray[np.float64]]]:
    """Yield the goods minutes from suppliers (rows) to places: first with the boundary closed, then at each share."""
    levers = [lever for lever in scenario.levers if lever.user != "goods"]
    model = travel_of(layers, scenario.model_copy(update={"levers": levers}), travel)
    if model is None or suppliers.empty or "goods" not in model.networks:
        return
    network = model.networks["goods"]
    # how suppliers and sites reach the roads is found once
    starts = model.legs("goods", suppliers.geometry, outwards=True)
    ends = model.legs("goods", places, outwards=False)
    at_home = suppliers["jurisdiction"].eq("hong-kong").to_numpy()[:, None]
    before = shortest_minutes(network, starts, ends)
    own, known = np.full(before.shape, np.nan), np.zeros(before.shape, dtype=bool)
    if model.matrix is not None:
        own, known = model.matrix.look_up("goods", supplier_places(suppliers).index, places.index)
    yield np.nan, np.where(at_home, np.where(known, own, before), np.nan)
    for share in shares:
        faster = slowed(network, dict.fromkeys(crossings_of(network), share - 1))
        after = shortest_minutes(faster, starts, ends)
        yield share, np.where(known, moved_along(own, before, after), after)


def _measured(reach: pd.DataFrame, tiers: pd.DataFrame, index: pd.Index[str], half_enough: float) -> pd.DataFrame:
    """Return access and captive share of every site of the index, NaN where nothing supplies."""
    access = supply_access(reach, tiers, index, half_enough=half_enough)
    shares = captive_shares(reach, tiers, undercount=1.0).set_index("parcel_id").reindex(index)
    table = shares[["captive_share", "leaked_share"]].assign(supply_access=access)
    return table.rename_axis("parcel_id").reset_index()
