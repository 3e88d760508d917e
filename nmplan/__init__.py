"""
nmplan: the geospatial planning toolkit for Hong Kong's Northern Metropolis.

The names an analyst imports; each is loaded when it is first used, so that importing nmplan costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Study": "nmplan.study",
    "NmplanError": "nmplan.errors",
    "load_layers": "nmplan.layers.load",
    "read_file": "nmplan.layers.file",
    "read_reference": "nmplan.layers.reference",
    "cut_sites": "nmplan.layers.sites",
    "measure": "nmplan.steps.measures",
    "travel_minutes": "nmplan.questions",
    "travel_model": "nmplan.questions",
    "boundary_distance": "nmplan.measures.boundary",
    "crossing_minutes": "nmplan.measures.journeys",
    "crossing_car_minutes": "nmplan.measures.journeys",
    "crossing_journeys": "nmplan.questions",
    "station_distance": "nmplan.measures.stations",
    "station_minutes": "nmplan.measures.stations",
    "mass_in_reach": "nmplan.measures.supply",
    "supply_access": "nmplan.measures.supply",
    "talent_access": "nmplan.measures.talent",
    "two_step_access": "nmplan.measures.catchment",
    "isochrone_bands": "nmplan.measures.isochrones",
    "road_frontage": "nmplan.measures.frontage",
    "zone_shares": "nmplan.measures.land",
    "compactness": "nmplan.measures.land",
    "score": "nmplan.scores.tenants",
    "weighted_sum": "nmplan.scores.aggregate",
    "rank_scores": "nmplan.scores.aggregate",
    "normalise_weights": "nmplan.scores.weights",
    "aggregate": "nmplan.scores.aggregate",
    "weighted_product": "nmplan.scores.aggregate",
    "ordered_average": "nmplan.scores.aggregate",
    "topsis": "nmplan.scores.aggregate",
    "order_weights": "nmplan.scores.aggregate",
    "judge_pairs": "nmplan.scores.ahp",
    "pairwise_table": "nmplan.scores.ahp",
    "entropy_weights": "nmplan.scores.weights",
    "critic_weights": "nmplan.scores.weights",
    "kendall_tau": "nmplan.scores.agreement",
    "criteria_correlation": "nmplan.scores.agreement",
    "effective_weights": "nmplan.scores.agreement",
    "agreement_table": "nmplan.scores.agreement",
    "linear": "nmplan.scores.value_functions",
    "piecewise": "nmplan.scores.value_functions",
    "logistic": "nmplan.scores.value_functions",
    "exponential": "nmplan.scores.value_functions",
    "step": "nmplan.scores.value_functions",
    "band": "nmplan.scores.value_functions",
    "draw_function": "nmplan.scores.drawings",
    "sparkline": "nmplan.scores.drawings",
    "rank_acceptability": "nmplan.scores.acceptability",
    "break_even_weights": "nmplan.scores.breakeven",
    "measure_ensemble": "nmplan.measures.uncertainty",
    "find_clusters": "nmplan.places.clusters",
    "find_sandboxes": "nmplan.places.sandboxes",
    "captive_share": "nmplan.places.supply_chain",
    "captive_shares": "nmplan.places.captive",
    "capacity": "nmplan.places.capacity",
    "find_portfolio": "nmplan.places.portfolio",
    "hot_spots": "nmplan.places.hot_spots",
    "measure_frontier": "nmplan.places.frontier",
    "sector_similarity": "nmplan.places.similarity",
}

__all__ = [*_HOMES, "__version__"]  # noqa: PLE0604  (all strings)

if TYPE_CHECKING:
    from nmplan.errors import NmplanError
    from nmplan.layers.file import read_file
    from nmplan.layers.load import load_layers
    from nmplan.layers.reference import read_reference
    from nmplan.layers.sites import cut_sites
    from nmplan.measures.boundary import boundary_distance
    from nmplan.measures.catchment import two_step_access
    from nmplan.measures.frontage import road_frontage
    from nmplan.measures.isochrones import isochrone_bands
    from nmplan.measures.journeys import crossing_car_minutes
    from nmplan.measures.journeys import crossing_minutes
    from nmplan.measures.land import compactness
    from nmplan.measures.land import zone_shares
    from nmplan.measures.stations import station_distance
    from nmplan.measures.stations import station_minutes
    from nmplan.measures.supply import mass_in_reach
    from nmplan.measures.supply import supply_access
    from nmplan.measures.talent import talent_access
    from nmplan.measures.uncertainty import measure_ensemble
    from nmplan.places.capacity import capacity
    from nmplan.places.captive import captive_shares
    from nmplan.places.clusters import find_clusters
    from nmplan.places.frontier import measure_frontier
    from nmplan.places.hot_spots import hot_spots
    from nmplan.places.portfolio import find_portfolio
    from nmplan.places.sandboxes import find_sandboxes
    from nmplan.places.similarity import sector_similarity
    from nmplan.places.supply_chain import captive_share
    from nmplan.questions import crossing_journeys
    from nmplan.questions import travel_minutes
    from nmplan.questions import travel_model
    from nmplan.scores.acceptability import rank_acceptability
    from nmplan.scores.aggregate import aggregate
    from nmplan.scores.aggregate import order_weights
    from nmplan.scores.aggregate import ordered_average
    from nmplan.scores.aggregate import rank_scores
    from nmplan.scores.aggregate import topsis
    from nmplan.scores.aggregate import weighted_product
    from nmplan.scores.aggregate import weighted_sum
    from nmplan.scores.agreement import agreement_table
    from nmplan.scores.agreement import criteria_correlation
    from nmplan.scores.agreement import effective_weights
    from nmplan.scores.agreement import kendall_tau
    from nmplan.scores.ahp import judge_pairs
    from nmplan.scores.ahp import pairwise_table
    from nmplan.scores.breakeven import break_even_weights
    from nmplan.scores.drawings import draw_function
    from nmplan.scores.drawings import sparkline
    from nmplan.scores.tenants import score
    from nmplan.scores.value_functions import band
    from nmplan.scores.value_functions import exponential
    from nmplan.scores.value_functions import linear
    from nmplan.scores.value_functions import logistic
    from nmplan.scores.value_functions import piecewise
    from nmplan.scores.value_functions import step
    from nmplan.scores.weights import critic_weights
    from nmplan.scores.weights import entropy_weights
    from nmplan.scores.weights import normalise_weights
    from nmplan.steps.measures import measure
    from nmplan.study import Study


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'nmplan' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
