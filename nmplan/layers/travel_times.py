"""Own travel times beside the other layers: ids that nobody has, minutes that are seconds or hours, rows unused."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import NamedTuple

import numpy as np
import pandas as pd

from nmplan.errors import Fault
from nmplan.layers.conform import listed
from nmplan.layers.contracts import Note

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping

    from nmplan.study import Study

LAYER = "travel_times"

KEYS = {
    "parcels": "parcel_id",
    "crossings": "crossing_id",
    "stations": "station_id",
    "suppliers": "supplier_id",
    "talent": "talent_id",
}
"""Layers whose features may be named, and the column that names them."""

JOINED = (
    ("transit", "parcels", "crossings"),
    ("transit", "parcels", "stations"),
    ("transit", "parcels", "talent"),
    ("car", "parcels", "crossings"),
    ("goods", "parcels", "crossings"),
    ("goods", "crossings", "parcels"),
    ("goods", "suppliers", "parcels"),
    ("goods", "parcels", "suppliers"),
)
"""Mode, origin and destination of the pairs that measures ask for; goods the other way round, too."""

FAR_M = 1_000.0
"""Pairs nearer than this (straight line) say nothing of the unit: waits and ways to the road outweigh the ride."""

SLOWEST_KPH, FASTEST_KPH = 1.25, 150.0
"""Straight-line speeds door to door between which the median of a mode lies; a walk makes 3.5, a lorry over the
boundary 10 to 30. Seconds taken for minutes make 60 km/h into 1, hours taken for minutes 5 km/h into 300."""


class Review(NamedTuple):
    """What is wrong with own travel times, and what is only to be told."""

    faults: list[Fault]
    notes: list[Note]


def review_travel_times(layers: Mapping[str, pd.DataFrame], study: Study) -> Review:
    """
    Return what is wrong with the layer travel_times as other layers show it.

    Parameters
    ----------
    layers
        Layers by name; without travel_times, or without sites, nothing is reviewed.
    study
        Whether it takes minutes from the matrix, and which percentile.

    Returns
    -------
    Review
        Faults: no id is known on one end; the percentile is not there; minutes are none. The unit is judged by mode, by
        the median straight-line speed of the pairs more than 1 km apart: below 1.25 km/h the column holds seconds,
        above 150 km/h hours. Notes: ids that are unknown or stand for several features, rows that no measure asks for,
        a layer that the study does not use.
    """
    if LAYER not in layers or "parcels" not in layers:
        return Review([], [])
    table = layers[LAYER]
    if study.travel.minutes_from != "matrix":
        what = 'travel times that nothing uses; write minutes_from = "matrix" in [travel]'
        return Review([], [Note(LAYER, what, len(table))])
    features = _features(layers)
    unknown, told = _unknown_ids(table, features)
    faults = [*unknown, *_percentile_faults(table, study.travel.percentile), *_unit_faults(table, features)]
    straight = study.supply.minutes_from == "straight-line"
    return Review(faults, [*told, *_shared_ids(table, features), *_unused(table, features, straight=straight)])


def _features(layers: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return everything that may be named: kind, x and y under its id; the first of several of one kind and id."""
    parts = []
    for kind, key in KEYS.items():
        if kind in layers and key in layers[kind]:
            spots = layers[kind].geometry.representative_point()
            columns = {"kind": kind, "x": spots.x.to_numpy(), "y": spots.y.to_numpy()}
            found = pd.DataFrame(columns, index=layers[kind][key].astype(str))
            parts.append(found[~found.index.duplicated() & (found.index != "")])
    return pd.concat(parts)


def _unknown_ids(table: pd.DataFrame, features: pd.DataFrame) -> tuple[list[Fault], list[Note]]:
    """Tell ids that are none of the study's: a fault where an end has no other."""
    faults, notes = [], []
    for column in ("origin", "destination"):
        lost = table[~table[column].isin(features.index)]
        names = tuple(sorted(lost[column].unique()))
        if len(lost) == len(table):
            what = f"none of the {len(names)} ids in column {column} is one of the study's."
            mend = f"Write them as its layers do ({', '.join(KEYS.values())})."
            faults.append(Fault(f"layer {LAYER}", listed(names), what, mend))
        elif names:
            what = f"rows that nothing uses, for their {column} is no id of the study's"
            notes.append(Note(LAYER, what, len(lost), names))
    return faults, notes


def _shared_ids(table: pd.DataFrame, features: pd.DataFrame) -> Iterator[Note]:
    """Tell ids that stand for several features, such as a site and a supplier: a row counts for each of them."""
    asked = np.union1d(table["origin"].unique(), table["destination"].unique())
    shared = tuple(sorted(set(features.index[features.index.duplicated()]) & set(asked)))
    if shared:
        yield Note(LAYER, "ids that name several features, taken for each of them", len(shared), shared)


def _percentile_faults(table: pd.DataFrame, percentile: float) -> Iterator[Fault]:
    """Tell modes of several percentiles that do not have the one that is asked for."""
    for mode, rows in table.groupby("mode"):
        given = rows["percentile"].dropna().unique()
        if len(given) > 1 and percentile not in given:
            told = ", ".join(f"{each:g}" for each in sorted(given))
            what = f"{mode} has the percentiles {told}, not {percentile:g}."
            yield Fault(
                f"layer {LAYER}", "percentile", what, "Name one of those as percentile in [travel] of the study."
            )


def _unit_faults(table: pd.DataFrame, features: pd.DataFrame) -> Iterator[Fault]:
    """Tell modes whose minutes are seconds or hours, by the median of their straight-line speeds."""
    spots = features.loc[~features.index.duplicated(), ["x", "y"]]
    start, end = (spots.reindex(table[column]).to_numpy(dtype=float) for column in ("origin", "destination"))
    metres, minutes = np.hypot(*(start - end).T), table["minutes"].to_numpy(dtype=float)
    told = (metres > FAR_M) & (minutes > 0)
    speeds = pd.Series(metres[told] / minutes[told] * 0.06).groupby(table["mode"].to_numpy()[told]).median()
    for mode, speed in speeds.items():
        if not SLOWEST_KPH <= speed <= FASTEST_KPH:
            unit, mend = ("seconds", "divide by 60") if speed < SLOWEST_KPH else ("hours", "multiply by 60")
            what = f"minutes of {mode} look like {unit}: their median makes {speed:.2g} km/h in a straight line."
            yield Fault(f"layer {LAYER}", "minutes", what, f"Write minutes: {mend} before the file is read.")


def _unused(table: pd.DataFrame, features: pd.DataFrame, *, straight: bool) -> Iterator[Note]:
    """Tell rows between features that no measure joins by their mode; goods of suppliers where lines are straight."""
    ids = {kind: set(rows.index) for kind, rows in features.groupby("kind")}
    used, bought = np.zeros(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    for mode, start, end in JOINED:
        pairs = (
            table["mode"].eq(mode)
            & table["origin"].isin(ids.get(start, ()))
            & table["destination"].isin(ids.get(end, ()))
        )
        used |= pairs.to_numpy()
        bought |= pairs.to_numpy() & ("suppliers" in {start, end})
    known = table["origin"].isin(features.index) & table["destination"].isin(features.index)
    idle = table[known & ~used]
    if len(idle):
        names = tuple(idle["mode"] + " " + idle["origin"] + " – " + idle["destination"])
        yield Note(LAYER, "rows that nothing uses, for no measure joins such features by that mode", len(idle), names)
    if straight and bought.any():
        what = 'goods rows of suppliers that nothing uses, for [supply] has minutes_from = "straight-line"'
        yield Note(LAYER, what, int(bought.sum()))
