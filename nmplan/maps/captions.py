"""Captions: what the study calls things, put into the words and numbers of a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from nmplan.maps.lines import say_lines
from nmplan.scores.tenants import stated_weights
from nmplan.words import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping
    from collections.abc import Sequence

    import geopandas as gpd

    from nmplan.shapes import ValueFunction
    from nmplan.study import About
    from nmplan.study import Scenario
    from nmplan.study import Tenant


@dataclass(frozen=True)
class Stamp:
    """What tells two copies of a page apart, and what every page must say."""

    study_id: str
    name_en: str
    name_zh: str
    study_hash: str
    data_date: str
    version: str
    caveat_en: str
    caveat_zh: str


@dataclass(frozen=True)
class CriterionCaption:
    """A criterion as people read it: `weight` a share of 1, `value` how a measured quantity becomes one, told too."""

    criterion: str
    label_en: str
    label_zh: str
    unit: str
    decimals: int
    weight: float
    function_en: str
    function_zh: str
    value: ValueFunction


@dataclass(frozen=True)
class RuleCaption:
    """
    A hard rule by the id it has in the table of exclusions, such as "area_ha ≥ 1", and why it is one.

    `scenarios` names those it belongs to; empty for a rule of the tenant, which holds in all.
    """

    rule: str
    reason_en: str
    reason_zh: str
    scenarios: tuple[str, ...] = ()


@dataclass(frozen=True)
class Omitted:
    """A criterion that could not be computed, and why."""

    criterion: str
    label_en: str
    label_zh: str
    why_en: str
    why_zh: str


@dataclass(frozen=True)
class TenantCaption:
    """A tenant with its criteria in the order they are shown."""

    tenant: str
    name_en: str
    name_zh: str
    criteria: tuple[CriterionCaption, ...]
    rules: tuple[RuleCaption, ...] = ()
    omitted: tuple[Omitted, ...] = ()
    chain: str = ""
    """Its industry chain, by which shares of captive supply are told."""


@dataclass(frozen=True)
class ScenarioResult:
    """The tables of one scenario, as the pipeline writes them."""

    scenario: str
    name_en: str
    name_zh: str
    year: int
    scores: pd.DataFrame
    ledger: pd.DataFrame
    exclusions: pd.DataFrame
    clusters: gpd.GeoDataFrame
    sandboxes: gpd.GeoDataFrame
    ways: pd.DataFrame | None = None
    """How each site's fastest journey across goes: parcel_id, way_en, way_zh; None where it was not measured."""

    captive: pd.DataFrame | None = None
    """How much of each chain's supply sites find in Hong Kong: parcel_id, chain, captive_share and, where known, its
    band captive_low, captive_high and the shares hong_kong, shenzhen, greater_bay_area (0 to 1); None if unknown."""

    measures: pd.DataFrame | None = None
    """What was measured of each site and how sure that is, by parcel_id; None if only scores are known."""

    rules: tuple[RuleCaption, ...] = ()
    """What the scenario itself asks of a site, whoever the tenant is."""

    time_of_day: str = ""
    """Hour at which journeys start; empty if unknown."""

    planned_feeders: bool = False
    """Whether feeder buses to stations are assumed that do not run today."""


@dataclass(frozen=True)
class Context:
    """What lies round the sites; a layer the study does not have is None."""

    areas: gpd.GeoDataFrame | None = None
    boundary: gpd.GeoDataFrame | None = None
    coast: gpd.GeoDataFrame | None = None
    crossings: gpd.GeoDataFrame | None = None
    stations: gpd.GeoDataFrame | None = None
    transit_lines: gpd.GeoDataFrame | None = None
    place_names: gpd.GeoDataFrame | None = None
    suppliers: gpd.GeoDataFrame | None = None
    constraints: gpd.GeoDataFrame | None = None
    commitments: gpd.GeoDataFrame | None = None


@dataclass(frozen=True)
class SourceNote:
    """Where a layer comes from, under which licence, how old and how accurate it is; empty where nobody says."""

    layer: str
    origin_en: str
    origin_zh: str
    accuracy: str
    licence_en: str = ""
    licence_zh: str = ""
    vintage: str = ""
    checksum: str = ""

    @property
    def source_en(self) -> str:
        """All but the accuracy in one line of English."""
        return self._told(self.origin_en, "; ", licence=f"licence {self.licence_en}", vintage=f"as of {self.vintage}")

    @property
    def source_zh(self) -> str:
        """All but the accuracy in one line of Chinese."""
        return self._told(self.origin_zh, "；", licence=f"授權：{self.licence_zh}", vintage=f"版本：{self.vintage}")

    def _told(self, origin: str, between: str, *, licence: str, vintage: str) -> str:
        """Join what is known."""
        checksum = f"sha256 {self.checksum[:12]}"
        more = ((self.licence_en, licence), (self.vintage, vintage), (self.checksum, checksum))
        return between.join([origin, *(text for known, text in more if known)])


def stamp(about: About, study_hash: str, version: str) -> Stamp:
    """Return what identifies a page."""
    words = about.model_dump(include={"name_en", "name_zh", "caveat_en", "caveat_zh"})
    date = about.data_date.isoformat()
    return Stamp(study_id=about.id, study_hash=study_hash, data_date=date, version=version, **words)


def scenario_result(
    key: str, scenario: Scenario, tables: Mapping[str, pd.DataFrame], ways: pd.DataFrame | None
) -> ScenarioResult:
    """Return those of a scenario's tables that each page shows, and how sites get across in it, under its names."""
    shown = {name: tables[name] for name in ("scores", "ledger", "exclusions", "clusters", "sandboxes")}
    names = (scenario.name_en, scenario.name_zh)
    captive, measures = tables.get("captive"), tables.get("measures")
    rules = tuple(RuleCaption(rule.name, rule.reason_en, rule.reason_zh, (key,)) for rule in scenario.rules)
    return ScenarioResult(
        key,
        *names,
        scenario.year,
        **shown,
        ways=ways,
        captive=captive,
        measures=measures,
        time_of_day=scenario.time_of_day,
        planned_feeders=scenario.planned_feeders,
        rules=rules,
    )


def crossing_ways(
    measures: pd.DataFrame, crossings: pd.DataFrame | None, lines: Mapping[str, tuple[str, str]]
) -> pd.DataFrame | None:
    """
    Say for each site over which crossing its fastest journey by public transport goes, and by which lines.

    Parameters
    ----------
    measures
        parcel_id, and where journeys were measured crossing_id and crossing_lines.
    crossings
        The layer, for names; without it ids are shown.
    lines
        Names of lines in both languages, by id (`lines.line_names`).

    Returns
    -------
    pandas.DataFrame or None
        parcel_id, way_en, way_zh (empty where no crossing can be reached); None where nothing was measured.
    """
    if "crossing_id" not in measures:
        return None
    named = {} if crossings is None else crossings.set_index("crossing_id")[["name_en", "name_zh"]].T.to_dict("list")
    pairs = []
    for crossing, taken in zip(measures["crossing_id"], measures["crossing_lines"], strict=True):
        english, chinese = named.get(crossing, (crossing, crossing))
        by, by_zh = say_lines(taken, lines)
        how = (f"by {by}", f"乘{by_zh}") if by else ("on foot", "步行")
        pairs.append((f"{english}, {how[0]}", f"{chinese}，{how[1]}") if crossing else ("", ""))
    return pd.DataFrame(pairs, columns=["way_en", "way_zh"]).assign(parcel_id=measures["parcel_id"].to_numpy())


def tenant_caption(key: str, tenant: Tenant, omitted: Sequence[str]) -> TenantCaption:
    """
    Return a tenant's criteria, rules and what had to be left out.

    Parameters
    ----------
    key
        Of the tenant.
    tenant
        Its section of the study.
    omitted
        Measures no layer was there for; their criteria are told apart, the weights of the others add up to 1.
    """
    used = [criterion for criterion in tenant.criteria if criterion.measure not in omitted]
    weights = stated_weights(tenant, {criterion.measure for criterion in used})
    criteria = []
    for criterion in used:
        words = MEASURES[criterion.measure]
        english, chinese = describe_function(criterion.value, words.unit)
        labels = (words.label_en, words.label_zh, words.unit, words.decimals)
        weight = weights[criterion.measure]
        criteria.append(CriterionCaption(criterion.measure, *labels, weight, english, chinese, criterion.value))
    rules = tuple(
        RuleCaption(rule.name, rule.reason_en, rule.reason_zh)
        for rule in tenant.constraints
        if rule.measure not in omitted
    )
    left_out = tuple(
        Omitted(name, MEASURES[name].label_en, MEASURES[name].label_zh, *_want(MEASURES[name].layers))
        for name in omitted
        if name in MEASURES
    )
    return TenantCaption(key, tenant.name_en, tenant.name_zh, tuple(criteria), rules, left_out, tenant.chain)


def source_notes(layers: Mapping[str, pd.DataFrame], provenances: Mapping[str, Mapping[str, str]]) -> list[SourceNote]:
    """
    Return where each layer comes from and how accurate its features are.

    Parameters
    ----------
    layers
        Tables; those with `accuracy_m` say how accurate they are.
    provenances
        By layer: dataset, title, publisher, licence, vintage and checksum, as its manifest has them.
    """
    return [
        SourceNote(
            name,
            *_origin_in_words(provenance),
            accuracy=_accuracy(layers.get(name)),
            licence_en=provenance.get("licence", ""),
            licence_zh=LICENCES_ZH.get(provenance.get("licence", ""), provenance.get("licence", "")),
            vintage=provenance.get("vintage", ""),
            checksum=provenance.get("checksum", ""),
        )
        for name, provenance in provenances.items()
    ]


REFERENCE = ("nmplan reference data, generalised; each row names its source", "nmplan 概括化參考數據，逐列註明來源")
"""What is said of the layers nmplan brings along."""

LICENCES_ZH = {
    "CC BY 4.0 (this table); facts from the sources named in each row": "CC BY 4.0（本表）；事實取自各列註明的來源",
}
"""Licences that are told in words; the others stand as their publisher writes them."""


def _origin_in_words(provenance: Mapping[str, str]) -> tuple[str, str]:
    """Say in English and Chinese whose data a layer is."""
    if not provenance:
        return "cut from the zoning layer", "按用途地帶劃分"
    if provenance["dataset"].startswith("reference/"):
        return REFERENCE
    named = [provenance[key] for key in ("publisher", "title") if provenance[key]]
    if not named:
        return "own data, publisher not stated", "自備數據，未列明發布者"
    return ": ".join(named), "：".join(named)


def describe_function(function: ValueFunction, unit: str) -> tuple[str, str]:
    """Return a value function in one line, in English and Chinese."""
    given = function.model_dump(exclude={"shape"})
    number = _in_unit(unit)
    match function.shape:
        case "linear":
            (worst, low), (best, high) = number(given["worst"]), number(given["best"])
            return f"0 at {worst}, 1 at {best}", f"{low}為0，{high}為1"
        case "piecewise":
            points = [(*number(x), value) for x, value in given["points"]]
            english = ", ".join(f"{value:g} at {x}" for x, _, value in points)
            return english, "，".join(f"{x}為{value:g}" for _, x, value in points)
        case "logistic":
            english, chinese = number(given["midpoint"])
            return f"S-curve, ½ at {english}", f"S形曲線，{chinese}為½"
        case "exponential":
            (plateau, level), (half, halved) = number(given["plateau"]), number(given["half_life"])
            return f"1 up to {plateau}, halved every {half}", f"{level}以內為1，其後每{halved}減半"
        case "step":
            english, chinese = number(given["at"])
            before, after = ("from", "以上") if given["rises"] else ("up to", "以下")
            return f"1 {before} {english}, else 0", f"{chinese}{after}為1，否則為0"
        case "band":
            (low, least), (high, most), (margin, edge) = (number(given[name]) for name in ("low", "high", "margin"))
            return f"1 from {low} to {high}, 0 beyond {margin} more", f"{least}至{most}為1，再越{edge}為0"


_UNITS_ZH = {
    "m": "米",
    "min": "分鐘",
    "ha": "公頃",
    "mHKPD": "米（主水平基準）",
    "°": "度",
    "km/h": "公里／小時",
    "×": "倍",
    "points": "分",
}


def in_unit(unit: str) -> tuple[str, str]:
    """Return a unit in English and Chinese; as it stands where we know no other word."""
    return unit, _UNITS_ZH.get(unit, unit)


def _in_unit(unit: str) -> Callable[[float], tuple[str, str]]:
    """Return how to write a number with its unit in English and Chinese."""

    def write(number: float) -> tuple[str, str]:
        text = f"{number:,.10g}"
        english, chinese = in_unit(unit)
        return f"{text} {english}".strip(), f"{text} {chinese}".strip()

    return write


def _want(layers: Sequence[str]) -> tuple[str, str]:
    names = ", ".join(layers)
    return f"The study has no usable layer: {names}", f"研究未有可用圖層：{names}"


def _accuracy(table: pd.DataFrame | None) -> str:
    """Say the range of accuracies of a layer's features."""
    if table is None or "accuracy_m" not in table or table["accuracy_m"].isna().all():
        return ""
    low, high = table["accuracy_m"].min(), table["accuracy_m"].max()
    return f"±{low:,.0f} m" if low == high else f"±{low:,.0f}–{high:,.0f} m"
