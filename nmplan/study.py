"""The study: everything a planner decides, read from one TOML file and checked in one go."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from datetime import date  # noqa: TC003  (pydantic reads it at run time)
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Annotated
from typing import Any
from typing import Literal

from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import BeforeValidator
from pydantic import Discriminator
from pydantic import Field
from pydantic import PrivateAttr
from pydantic import Tag
from pydantic import ValidationError
from pydantic import model_validator

from nmplan.errors import Fault
from nmplan.errors import StudyError
from nmplan.errors import nearest
from nmplan.origins import MAKES
from nmplan.origins import Origin
from nmplan.origins import refuse_other_layers
from nmplan.shapes import NotNegative
from nmplan.shapes import Number
from nmplan.shapes import Positive
from nmplan.shapes import Section
from nmplan.shapes import Share
from nmplan.shapes import TimeOfDay
from nmplan.shapes import ValueFunction
from nmplan.words import LAYERS
from nmplan.words import MEASURES
from nmplan.words import OF_THE_LAND
from nmplan.words import SITE_WORDS
from nmplan.words import STATUSES
from nmplan.words import UNKNOWN
from nmplan.words import ZONES
from nmplan.words import column_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails


def _meant(word: str, known: Iterable[str]) -> str:
    near = nearest(word, known)
    return f" (did you mean {near}?)" if near else ""


def _known(kind: str, words: Iterable[str]) -> AfterValidator:
    allowed = sorted(words)

    def check(word: str) -> str:
        if word not in allowed:
            raise ValueError(f"unknown {kind} {word!r}{_meant(word, allowed)}; known are {', '.join(allowed)}")
        return word

    return AfterValidator(check)


def _rising(numbers: list[float]) -> list[float]:
    if numbers != sorted(set(numbers)):
        raise ValueError("must rise")
    return numbers


Measure = Annotated[str, _known("measure", MEASURES)]
Count = Annotated[int, Field(ge=0, strict=True)]
Zone = Annotated[str, _known("zone", ZONES)]


class Named(Section):
    """A table with a name in both languages."""

    name_en: str
    name_zh: str


class About(Named):
    """What the study is, for the reader of a map."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    data_date: date
    caveat_en: str
    caveat_zh: str


class Sites(Section):
    """How development zones are cut into sites: along roads known this well, then by target size."""

    from_layer: Annotated[Literal["zoning"], Field(alias="from")] = "zoning"
    zones: list[Zone]
    target_ha: Positive
    targets_ha: dict[Zone, Positive] = {}
    minimum_ha: Positive
    roads_accuracy_m: NotNegative = 25.0

    @model_validator(mode="after")
    def _target_is_no_less(self) -> Sites:
        if min([self.target_ha, *self.targets_ha.values()]) < self.minimum_ha:
            raise ValueError("a target is below minimum_ha")
        return self


class Travel(Section):
    """
    Speeds and waits of the travel model; kilometres an hour, minutes; shares of the speed that peak hours leave.

    With `minutes_from` "matrix" the minutes of the layer travel_times stand wherever it has a pair, those of the
    network elsewhere; where it has several percentiles of a pair, `percentile` is taken.
    """

    speeds_kph: dict[str, Positive]
    peak_shares: dict[str, Annotated[float, Field(gt=0, le=1, strict=True)]] = {}
    goods_cap_kph: Positive
    access_kph: Positive
    detour: Annotated[float, Field(ge=1, allow_inf_nan=False)]
    walk_kph: Positive
    bus_kph: Positive
    bus_wait_min: NotNegative
    minutes_from: Literal["network", "matrix"] = "network"
    percentile: Annotated[Number, Field(ge=0, le=100)] = 50.0


class Decay(Section):
    """A distance decay: weight 1 up to the plateau, then halved every half-life (minutes)."""

    plateau_min: NotNegative = 0.0
    half_life_min: Positive


class Supply(Decay):
    """
    Decay of supply links, by chain where it differs; how minutes are taken; the mass half enough for a tier.

    With competition "two-step" `scarce_supply` is measured too: what is left when all sites ask for the same suppliers.
    `undercount` is how many times the suppliers listed on one side of the boundary there may be: the captive band.
    """

    chains: dict[str, Decay] = {}
    competition: Literal["none", "two-step"] = "none"
    minutes_from: Literal["roads", "straight-line"] = "roads"
    straight_line_kph: Positive = 30.0
    half_enough: Positive
    undercount: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 2.0


class Lever(Section):
    """A policy that changes what clearing a crossing costs: a share of today's minutes, for whom, where, which way."""

    user: Literal["people", "car", "goods"]
    clearance_share: Share
    crossings: list[str] = []
    direction: Literal["northbound", "southbound"] | None = None


PEAK_HOURS = (("07:30", "09:30"), ("17:00", "19:30"))
"""When asked for a time of day, these are peak; judgement, round the hours of the Annual Traffic Census's peaks."""


class Scenario(Named):
    """
    A year, the hour for which travel is modelled, quiet or peak on roads and at crossings, and policies there.

    `since` names the scenario it is compared with. With `planned_feeders` every place has a feeder bus to the stations
    near it, as is assumed of towns that are not built yet; without, people have the lines of the layers and their feet.
    """

    year: Annotated[int, Field(ge=2000, le=2100)]
    time_of_day: TimeOfDay = "10:00"
    period: Literal["quiet", "peak"] = "quiet"
    levers: list[Lever] = []
    planned_feeders: bool = False
    since: str | None = None

    def at(self, time_of_day: str) -> Scenario:
        """Return the scenario at another time of day, peak in `PEAK_HOURS`, else quiet; StudyError where it is none."""
        peak = any(first <= time_of_day < last for first, last in PEAK_HOURS)
        changed = {"time_of_day": time_of_day, "period": "peak" if peak else "quiet"}
        try:
            return type(self).model_validate({**self.model_dump(), **changed})
        except ValidationError as error:
            raise StudyError(_fault(detail, "scenario") for detail in error.errors(include_url=False)) from None


def _mode(word: object) -> object:
    renamed = {"drive": "car (with a permit) or transit", "quota-car": "car"}
    if isinstance(word, str) and word in renamed:
        raise ValueError(f"{word!r} is no mode any more; write {renamed[word]}")
    return word


class Isochrones(Section):
    """Travel bands for the maps: from the middle of which areas, by which modes, up to how many minutes."""

    areas: Annotated[list[str], Field(min_length=1)]
    modes: list[Annotated[Literal["transit", "car", "goods"], BeforeValidator(_mode)]] = ["transit", "car"]
    limits_min: Annotated[list[Positive], Field(min_length=1), AfterValidator(_rising)] = [15.0, 30.0, 45.0, 60.0]


class Criterion(Section):
    """What counts, how much (unless weights come from elsewhere), and how good a measured quantity is."""

    measure: Measure
    weight: NotNegative = 1.0
    value: ValueFunction


class Rule(Section):
    """A limit on a measure; what fails it is excluded, with this reason."""

    measure: Measure
    at_least: Number | None = None
    at_most: Number | None = None
    reason_en: str
    reason_zh: str

    @model_validator(mode="after")
    def _one_limit(self) -> Rule:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("give one of at_least and at_most")
        return self

    @property
    def limit(self) -> float:
        """The limit, whichever side it is on."""
        return self.at_least if self.at_least is not None else float(self.at_most or 0.0)

    @property
    def name(self) -> str:
        """A stable name: measure and side."""
        return f"{self.measure} {'≥' if self.at_least is not None else '≤'} {self.limit:g}"


class WordRule(Section):
    """What may or may not be said of a site in one word; what fails it is excluded, with this reason."""

    column: Annotated[str, _known("column", SITE_WORDS)]
    one_of: list[str] = []
    none_of: list[str] = []
    reason_en: str
    reason_zh: str

    @model_validator(mode="after")
    def _one_list(self) -> WordRule:
        if bool(self.one_of) == bool(self.none_of):
            raise ValueError("give one of one_of and none_of")
        words = [*self.one_of, *self.none_of]
        if set(words) & set(UNKNOWN):
            raise ValueError("what is unknown is undecided; name words that say something")
        if self.column == "status" and (strange := sorted(set(words) - set(STATUSES))):
            raise ValueError(f"unknown status {strange[0]!r}; known are {', '.join(STATUSES)}")
        return self

    @property
    def measure(self) -> str:
        """What is looked at, as of a rule on a number."""
        return self.column

    @property
    def name(self) -> str:
        """A stable name: column, side and words."""
        return f"{self.column} {'=' if self.one_of else '≠'} {', '.join(self.one_of or self.none_of)}"


ON_NUMBER, ON_WORD = "rule on a number", "rule on a word"


def _kind_of_rule(raw: Any) -> str:
    return ON_WORD if isinstance(raw, WordRule) or (isinstance(raw, dict) and "column" in raw) else ON_NUMBER


AnyRule = Annotated[
    Annotated[Rule, Tag(ON_NUMBER)] | Annotated[WordRule, Tag(ON_WORD)],
    Discriminator(_kind_of_rule),
]


class Weighting(Section):
    """
    Where weights come from: stated with the criteria, judged pair by pair (AHP), or from how the sites differ.

    `pairwise` has for each pair of criteria how many times more the first matters than the second, 1/9 to 9.
    """

    method: Literal["direct", "ahp", "entropy", "critic"] = "direct"
    pairwise: list[tuple[Measure, Measure, Positive]] = []

    @model_validator(mode="after")
    def _pairs_belong_to_ahp(self) -> Weighting:
        if bool(self.pairwise) != (self.method == "ahp"):
            raise ValueError('method = "ahp" takes its judgements from pairwise, other methods take none')
        return self


class Aggregation(Section):
    """How values become one score: weighted sum or product, ordered average of a stated orness, TOPSIS."""

    method: Literal["sum", "product", "owa", "topsis"] = "sum"
    orness: Share | None = None

    @model_validator(mode="after")
    def _orness_belongs_to_owa(self) -> Aggregation:
        if (self.orness is not None) != (self.method == "owa"):
            raise ValueError(
                'method = "owa" takes an orness from 0 (all must be good) to 1 (one is enough), others none'
            )
        return self

    @property
    def options(self) -> dict[str, float]:
        """What the method takes besides values and weights."""
        return {} if self.orness is None else {"orness": self.orness}


def _weights_add_up(criteria: list[Criterion]) -> list[Criterion]:
    names = [criterion.measure for criterion in criteria]
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise ValueError(f"{', '.join(doubles)} stands twice")
    bare = [criterion.measure for criterion in criteria if "weight" not in criterion.model_fields_set]
    if bare and len(bare) < len(criteria):
        raise ValueError(f"{', '.join(bare)} has no weight")
    if not sum(criterion.weight for criterion in criteria) > 0:
        raise ValueError("all weights are zero")
    return criteria


def _stated(criteria: list[Criterion]) -> bool:
    return "weight" in criteria[0].model_fields_set


Criteria = Annotated[list[Criterion], Field(min_length=1), AfterValidator(_weights_add_up)]


class Tenant(Named):
    """An anchor tenant: its chain, the zones it may use, what excludes a site and what makes one good."""

    chain: str
    permitted_zones: Annotated[list[Zone], Field(min_length=1)]
    gfa_per_worker_m2: Positive | None = None
    criteria: Criteria
    weights: Weighting = Weighting()
    aggregation: Aggregation | None = None
    constraints: list[AnyRule] = []

    @model_validator(mode="after")
    def _weights_come_from_one_place(self) -> Tenant:
        if _stated(self.criteria) != (self.weights.method == "direct"):
            raise ValueError(
                "criteria have no weights: give each a weight, or say where weights come from"
                if self.weights.method == "direct"
                else f'weights come from "{self.weights.method}": leave the weight out of the criteria'
            )
        return self

    @model_validator(mode="after")
    def _every_pair_is_judged_once(self) -> Tenant:
        names = [criterion.measure for criterion in self.criteria]
        judged = [tuple(sorted(pair[:2])) for pair in self.weights.pairwise]
        wanted = {tuple(sorted(pair)) for pair in combinations(names, 2)} if judged else set()
        wrong = {
            "is no pair of this tenant's criteria": sorted(set(judged) - wanted),
            "is not judged": sorted(wanted - set(judged)),
            "is judged twice": sorted({pair for pair in judged if judged.count(pair) > 1}),
        }
        told = [f"{', '.join(pair)} {what}" for what, pairs in wrong.items() for pair in pairs]
        if told:
            raise ValueError(f"pairwise: {'; '.join(told)}")
        return self

    def column(self, measure: str) -> str:
        """Return the column of `measures` that holds a measure for this tenant."""
        return column_of(measure, self.chain)


class PointOfView(Named):
    """A reader who stresses some criteria: factors on the tenant's weights."""

    emphasis: dict[Measure, NotNegative]


class Robustness(Section):
    """
    Rank acceptability: draws round the weights, and what counts as staying good.

    `ensemble` is how many times the measures are taken with suppliers moved and clearances drawn, 0 for never;
    `clearance_share` how much of its clearance a crossing may take more or less.
    """

    draws: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    concentration: Positive = 60.0
    seed: int = 20261122
    top_k: Annotated[int, Field(ge=1)] = 20
    threshold: Annotated[float, Field(ge=0, le=100)] = 60.0
    risk_tolerance: Share = 0.25
    ensemble: Annotated[int, Field(ge=0, le=1_000)] = 0
    clearance_share: Share = 0.25


class Clusters(Section):
    """When good sites make a place."""

    threshold: Annotated[float, Field(ge=0, le=100)]
    gap_m: NotNegative
    minimum_ha: Positive
    maximum_ha: Positive | None = None
    minimum_compactness: Share = 0.0

    @model_validator(mode="after")
    def _maximum_holds_two_minimums(self) -> Clusters:
        if self.maximum_ha is not None and self.maximum_ha < 2 * self.minimum_ha:
            raise ValueError("maximum_ha is less than twice minimum_ha, so that a larger group could not be cut")
        return self


class Surroundings(Section):
    """How far a cluster's surroundings go."""

    station_m: Positive = 1000.0
    walk_m: Positive = 800.0
    hot_spot_m: Positive = 500.0
    false_share: Share = 0.05


class Sandbox(Named):
    """
    A kind of regulatory sandbox: where, which rules, how ready.

    `land` says what zones are put together from: the sites, or all zones of the permitted kinds, cut alike.
    `neighbours` names areas that take part but are not scored, such as a park across the boundary.
    """

    areas: list[str] = []
    neighbours: list[str] = []
    land: Literal["sites", "zones"] = "sites"
    chain: str
    permitted_zones: Annotated[list[Zone], Field(min_length=1)]
    minimum_ha: Positive
    gap_m: NotNegative
    rules: Annotated[list[AnyRule], Field(min_length=1)]
    readiness: Criteria

    @model_validator(mode="after")
    def _readiness_is_weighed(self) -> Sandbox:
        if not _stated(self.readiness):
            raise ValueError("readiness has no weights: give each criterion a weight")
        return self

    @model_validator(mode="after")
    def _zones_are_measured_as_land(self) -> Sandbox:
        asked = {each.measure for each in (*self.rules, *self.readiness)}
        far = sorted(asked & set(MEASURES) - set(OF_THE_LAND))
        if self.land == "zones" and far:
            raise ValueError(f'land = "zones" is measured without journeys, so not {", ".join(far)}')
        return self


class Demand(Section):
    """How much an anchor tenant is to have, at least and at most: land in hectares, sites, or both."""

    land_ha: tuple[NotNegative, NotNegative] | None = None
    sites: tuple[Count, Count] | None = None

    @model_validator(mode="after")
    def _says_how_much(self) -> Demand:
        if self.land_ha is None and self.sites is None:
            raise ValueError("give land_ha, sites or both, each as [at least, at most]")
        for name in ("land_ha", "sites"):
            ends = getattr(self, name)
            if ends and ends[0] > ends[1]:
                raise ValueError(f"{name} is [at least, at most]; {ends[0]:g} is more than {ends[1]:g}")
        return self


class Separation(Section):
    """Two tenants that are no neighbours: metres between their sites; one tenant twice keeps its own sites apart."""

    tenants: tuple[str, str]
    at_least_m: Positive


class Money(Section):
    """
    Public money for a portfolio, HK$ million: one budget per round, and what the private side adds.

    The public side pays for the land and its share of the investment. `co_investment` is private money per public
    dollar, at least; `reinvested_share` how much of what earlier rounds return each round is spent again.
    """

    budget_hkd_m: Annotated[list[NotNegative], Field(min_length=1, max_length=4)]
    public_share: Share
    public_shares: dict[str, Share] = {}
    co_investment: NotNegative | None = None
    reinvested_share: Share = 0.0


class Costs(Section):
    """What a site costs and returns: HK$ million a hectare, and the share of public money returned each later round."""

    land_hkd_m_per_ha: dict[Zone, NotNegative] = {}
    land_in_area_hkd_m_per_ha: dict[str, NotNegative] = {}
    investment_hkd_m_per_ha: dict[str, NotNegative] = {}
    return_share: Share | None = None
    return_shares: dict[str, Share] = {}


class Portfolio(Section):
    """
    Which tenant on which site: demand, limits and how long to look for the best.

    Empty `scenarios` means all. A site is taken only where p_threshold is at least 1 − `risk_tolerance`; without one
    every eligible site may be. `frontier` is how many floors on the captive share are tried, 0 for none.
    """

    scenarios: list[str] = []
    tenants: Annotated[dict[str, Demand], Field(min_length=1)]
    separations: list[Separation] = []
    maximum_ha: NotNegative | None = None
    risk_tolerance: Share | None = None
    idle_first: bool = False
    frontier: Annotated[int, Field(ge=0, le=50)] = 6
    time_limit_s: Positive = 30.0
    relative_gap: Share = 0.005
    money: Money | None = None
    costs: Costs = Costs()

    @model_validator(mode="after")
    def _names_its_own_tenants(self) -> Portfolio:
        given = {
            **{f"separations[{n + 1}].tenants": each.tenants for n, each in enumerate(self.separations)},
            "costs.investment_hkd_m_per_ha": tuple(self.costs.investment_hkd_m_per_ha),
            "costs.return_shares": tuple(self.costs.return_shares),
            "money.public_shares": tuple(self.money.public_shares) if self.money else (),
        }
        lost = [f"{key}: {name!r}" for key, named in given.items() for name in named if name not in self.tenants]
        if lost:
            raise ValueError(f"no tenant of portfolio.tenants ({', '.join(lost)}); there are {', '.join(self.tenants)}")
        return self

    @model_validator(mode="after")
    def _money_has_costs(self) -> Portfolio:
        if self.money is None:
            return self
        costs, lost = self.costs, []
        if not costs.land_hkd_m_per_ha and not costs.land_in_area_hkd_m_per_ha:
            lost.append("costs.land_hkd_m_per_ha")
        lost += [f"costs.investment_hkd_m_per_ha.{t}" for t in self.tenants if t not in costs.investment_hkd_m_per_ha]
        if self.money.reinvested_share > 0 and costs.return_share is None:
            lost += [f"costs.return_shares.{t}" for t in self.tenants if t not in costs.return_shares]
        if lost:
            keys = ", ".join(f"portfolio.{key}" for key in lost)
            raise ValueError(
                f"portfolio.money limits what has no cost: give {keys} (none ships, for none has a source)"
            )
        return self


class Study(Section):
    """A whole study; `Study.load` reads it from a file."""

    study: About
    layers: Annotated[dict[Annotated[str, _known("layer", LAYERS)], Origin], AfterValidator(refuse_other_layers)]
    sites: Sites | None = None
    travel: Travel
    supply: Supply
    talent: Decay
    isochrones: Isochrones | None = None
    scenarios: Annotated[dict[str, Scenario], Field(min_length=1)]
    tenants: Annotated[dict[str, Tenant], Field(min_length=1)]
    aggregation: Aggregation = Aggregation()
    robustness: Robustness = Robustness()
    points_of_view: dict[str, PointOfView] = {}
    clusters: Clusters
    surroundings: Surroundings = Surroundings()
    sandboxes: dict[str, Sandbox] = {}
    portfolio: Portfolio | None = None

    _path: Path = PrivateAttr(default=Path("study.toml"))

    @model_validator(mode="after")
    def _sites_come_from_somewhere(self) -> Study:
        if "parcels" not in self.layers and self.sites is None:
            raise ValueError("no sites: give [layers.parcels], or [sites] to cut them from the zoning layer")
        if "parcels" not in self.layers and "zoning" not in self.layers:
            raise ValueError("[sites] cuts zones, so it needs [layers.zoning]")
        return self

    @model_validator(mode="after")
    def _matrix_is_there(self) -> Study:
        if self.travel.minutes_from == "matrix" and "travel_times" not in self.layers:
            raise ValueError(
                'travel.minutes_from = "matrix" takes minutes from the layer travel_times: give [layers.travel_times]'
            )
        return self

    @model_validator(mode="after")
    def _nobody_is_all(self) -> Study:
        if "all" in self.tenants:
            raise ValueError('tenants.all: "all" stands for all tenants together in clusters; take another key')
        return self

    @model_validator(mode="after")
    def _since_is_a_scenario(self) -> Study:
        lost = [
            f"{key}: {each.since!r}"
            for key, each in self.scenarios.items()
            if each.since not in {None, *self.scenarios}
        ]
        if lost:
            raise ValueError(f"since names no scenario ({', '.join(lost)}); there are {', '.join(self.scenarios)}")
        return self

    @model_validator(mode="after")
    def _portfolio_names_what_there_is(self) -> Study:
        if self.portfolio is None:
            return self
        faults = [
            f"{key} names {name!r}; there are {', '.join(known)}"
            for key, names, known in (
                ("portfolio.scenarios", self.portfolio.scenarios, self.scenarios),
                ("portfolio.tenants", self.portfolio.tenants, self.tenants),
            )
            for name in names
            if name not in known
        ]
        costs = self.portfolio.costs
        if self.portfolio.money and not faults and not costs.land_in_area_hkd_m_per_ha:
            zones = {zone for name in self.portfolio.tenants for zone in self.tenants[name].permitted_zones}
            faults += [
                f"portfolio.money needs portfolio.costs.land_hkd_m_per_ha.{zone}, where its tenants may go"
                for zone in sorted(zones - set(costs.land_hkd_m_per_ha))
            ]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def since(self, scenario: str) -> str | None:
        """Return the scenario that one is compared with: the one it names, else the study's first; None for that."""
        first = next(iter(self.scenarios))
        return self.scenarios[scenario].since or (None if scenario == first else first)

    def has_portfolio(self, scenario: str) -> bool:
        """Return whether tenants are assigned to sites in a scenario."""
        return self.portfolio is not None and scenario in (self.portfolio.scenarios or self.scenarios)

    @property
    def path(self) -> Path:
        """The file the study was read from; paths inside it are relative to its folder."""
        return self._path

    @property
    def chains(self) -> tuple[str, ...]:
        """The chains that tenants and sandboxes name, sorted."""
        named = {tenant.chain for tenant in self.tenants.values()} | {kind.chain for kind in self.sandboxes.values()}
        return tuple(sorted(named))

    @property
    def measures_used(self) -> frozenset[str]:
        """The measures that criteria, rules and points of view of the study name."""
        lists = [(*tenant.criteria, *tenant.constraints) for tenant in self.tenants.values()]
        lists += [(*kind.readiness, *kind.rules) for kind in self.sandboxes.values()]
        stressed = {name for view in self.points_of_view.values() for name in view.emphasis}
        return frozenset({each.measure for named in lists for each in named} | stressed)

    @property
    def named(self) -> dict[str, tuple[str, ...]]:
        """The chains, areas and crossings that tenants, sandboxes, policies and costs name, by layer, sorted."""
        areas = {area for kind in self.sandboxes.values() for area in (*kind.areas, *kind.neighbours)}
        areas |= set(self.isochrones.areas) if self.isochrones else set()
        areas |= set(self.portfolio.costs.land_in_area_hkd_m_per_ha) if self.portfolio else set()
        levers = [lever for scenario in self.scenarios.values() for lever in scenario.levers]
        crossings = {crossing for lever in levers for crossing in lever.crossings}
        return {"chains": self.chains, "areas": tuple(sorted(areas)), "crossings": tuple(sorted(crossings))}

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits that change when anything in the study changes."""
        return section_hash(self)[:12]

    @classmethod
    def load(cls, path: str | Path) -> Study:
        """
        Read a study.

        Parameters
        ----------
        path
            A TOML file.

        Returns
        -------
        Study
            The validated study.

        Raises
        ------
        StudyError
            With every fault of the file, each with its key.
        """
        path = Path(path)
        study = cls.from_dict(_read_toml(path), path.name)
        study._path = path.resolve()  # noqa: SLF001  (a frozen model has no other way in)
        return study

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any], source: str = "study") -> Study:
        """Validate a study given as a dictionary, as `load` does for a file."""
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise StudyError(_fault(detail, source) for detail in error.errors(include_url=False)) from None


def section_hash(*sections: object) -> str:
    """Return the sha256 of parts of a study (or of any plain data), independent of the order of keys."""
    plain = [section.model_dump(mode="json") if isinstance(section, BaseModel) else section for section in sections]
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, default=lambda model: model.model_dump(mode="json"))
    return hashlib.sha256(text.encode()).hexdigest()


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise StudyError([Fault(str(path), "", "there is no such file.", "Name the study with --study.")]) from None
    except IsADirectoryError:
        raise StudyError([Fault(str(path), "", "this is a folder.", "Name the study file inside it.")]) from None
    except OSError as error:
        what = f"cannot be read: {error.strerror}."
        raise StudyError([Fault(str(path), "", what, "Check the path and its permissions.")]) from None
    except UnicodeDecodeError as error:
        raise StudyError([Fault(str(path), f"byte {error.start}", "this is not UTF-8.", "Save it as UTF-8.")]) from None
    except tomllib.TOMLDecodeError as error:
        raise StudyError([Fault(path.name, "", f"this is not TOML: {error}.", "Correct that line.")]) from None


ADAPTERS = ("reference", "file", *MAKES)

_MENDS = {
    "missing": "Add it.",
    "extra_forbidden": "Remove it, or correct its spelling.",
    "union_tag_invalid": "Choose one of those.",
    "union_tag_not_found": "Name one.",
}


def _fault(detail: ErrorDetails, source: str) -> Fault:
    """Turn one of pydantic's errors into a fault with the key as it stands in the file."""
    key = ""
    for part in detail["loc"]:
        key += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if key else str(part)
    # pydantic adds the chosen member of a union to the path; the file has no such key
    for shape in ("linear", "piecewise", "logistic", "exponential", "step", "band"):
        key = key.replace(f".value.{shape}", ".value")
    key = re.sub(rf"(constraints|rules)(\[\d+\])\.({ON_NUMBER}|{ON_WORD})", r"\1\2", key)
    key = re.sub(rf"^(layers\.\w+)\.({'|'.join(ADAPTERS)})", r"\1", key)
    message = detail["msg"].removeprefix("Value error, ").rstrip(".")
    if detail["type"] == "union_tag_invalid":
        told = detail["ctx"]
        chosen_by, known = told["discriminator"].strip("'"), told["expected_tags"]
        meant = _meant(str(told["tag"]), re.findall(r"'([^']+)'", known))
        key, message = f"{key}.{chosen_by}", f"unknown {chosen_by} {told['tag']!r}{meant}; known are {known}"
    given = detail.get("input")
    shown = f" (given: {given!r})" if isinstance(given, str | int | float | bool) else ""
    mend = _MENDS.get(detail["type"], "Correct it.")
    if detail["type"] == "extra_forbidden" and (near := nearest(str(detail["loc"][-1]), _keys_beside(detail["loc"]))):
        mend = f"Did you mean {near}? Otherwise remove it."
    return Fault(source, key.replace(".[key]", ""), f"{message}{shown}.", mend)


def _keys_beside(place: tuple[int | str, ...]) -> list[str]:
    """Return the keys that may stand where an unknown one was found: the schema of the study knows them."""
    schema = Study.model_json_schema()
    shapes = [schema]
    for part in place[:-1]:
        inner = [found for shape in shapes for found in _inside(shape, part)]
        shapes = [each for found in inner for each in _members(found, schema["$defs"])]
    return sorted({key for shape in shapes for key in shape.get("properties", {})})


def _inside(shape: dict[str, Any], part: int | str) -> list[dict[str, Any]]:
    """Return what a part of a path leads to in a schema; a union's tag, which is no key, to the members it may mean."""
    keys = shape.get("properties", {})
    extra = shape.get("additionalProperties")
    if isinstance(part, int):
        return [shape["items"]] if "items" in shape else []
    if part in keys:
        return [keys[part]]
    if isinstance(extra, dict):
        return [extra]
    tags = {tag for key in keys.values() for tag in (key.get("const"), *key.get("enum", ()))}
    return [shape] if part in {*tags, ON_NUMBER, ON_WORD} else []


def _members(shape: dict[str, Any], named: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the schemas that a reference or a union stands for."""
    if "$ref" in shape:
        return _members(named[shape["$ref"].rpartition("/")[2]], named)
    union = shape.get("anyOf") or shape.get("oneOf")
    return [each for member in union for each in _members(member, named)] if union else [shape]
