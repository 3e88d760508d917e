"""Statutory zones: the official codes sorted into one vocabulary, and overlaps settled."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from nmplan.crs import M2_PER_HA
from nmplan.layers.contracts import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

_BY_CODE = {
    "I": "industrial",
    "I(D)": "industrial",
    "C": "commercial",
    "C/R": "mixed-use",
    "CDA": "comprehensive-development",
    "V": "village",
    "G/IC": "institution",
    "O": "open-space",
    "OS": "open-storage",
    "REC": "recreation",
    "AGR": "agriculture",
    "GB": "green-belt",
    "CA": "conservation",
    "CPA": "conservation",
    "CP": "conservation",
    "SSSI": "conservation",
    "MRDJ": "road",
    "DRCH": "channel",
    "URA": "comprehensive-development",
    "LDC": "comprehensive-development",
    "U": "undetermined",
}
"""Codes of the statutory plans. O is Open Space, OS Open Storage; CA, CP, CPA and CDA are not Commercial. URA and LDC
are the renewal schemes of the Urban Renewal Authority and its forerunner, developed as a whole."""

_BY_PURPOSE_ONLY = ("OU", "WKCDA")
"""Codes that say nothing by themselves, the purpose stands in the annotation; the last is West Kowloon's cultural
district."""

_BY_PURPOSE: Sequence[tuple[str, str]] = (
    ("data facility", "data-centre"),
    ("data centre", "data-centre"),
    ("innovation and technology", "innovation-technology"),
    ("research and development", "innovation-technology"),
    ("enterprise and technology", "enterprise-technology"),
    ("port back-up", "storage-workshop"),
    ("storage", "storage-workshop"),
    ("logistics", "logistics"),
    ("river trade", "logistics"),
    ("industrial estate", "industrial"),
    ("industry park", "industrial"),
    ("special industries", "industrial"),
    ("business", "business"),
    ("mixed use", "mixed-use"),
    ("nature park", "conservation"),
    ("wetland", "conservation"),
    ("ecological", "conservation"),
)
"""Purposes of "Other Specified Uses" zones, first match wins."""


_BY_NAME: Sequence[tuple[str, str]] = (
    ("commercial/residential", "mixed-use"),
    ("commercial / residential", "mixed-use"),
    ("residential", "residential"),
    ("comprehensive development", "comprehensive-development"),
    ("village type", "village"),
    ("government, institution", "institution"),
    ("open storage", "open-storage"),
    ("open space", "open-space"),
    ("green belt", "green-belt"),
    ("conservation area", "conservation"),
    ("coastal protection", "conservation"),
    ("country park", "conservation"),
    ("special scientific interest", "conservation"),
    ("agriculture", "agriculture"),
    ("recreation", "recreation"),
    ("industrial", "industrial"),
    ("commercial", "commercial"),
    ("drainage channel", "channel"),
    ("river channel", "channel"),
    ("nullah", "channel"),
    ("major road", "road"),
    ("elevated road", "road"),
    ("pedestrian", "road"),
    ("railway", "road"),
)
"""Zones written out, for plans that print names instead of codes; first match wins."""


def classify_zone(label: str, special_use: str = "", description: str = "") -> str:
    """
    Sort an official zone into one word of `words.ZONES`.

    The label alone does not say what an "Other Specified Uses" zone is for: its purpose stands in the special use or
    the description. Case, spaces and full-width letters do not matter; trailing digits and "(1)" do not either, the
    group letters (A) to (E) of residential zones are kept apart from them.

    Parameters
    ----------
    label
        Zone label, e.g. "OU(1)", "R(A)3", "G/IC".
    special_use, description
        Purpose and long name as the plan prints them.

    Returns
    -------
    str
        A key of `words.ZONES`; "other" for an "Other Specified Uses" zone of any other purpose.
    """
    label = unicodedata.normalize("NFKC", label)
    code = zone_code(label)
    named = " ".join(f"{label} {description}".casefold().split())
    if code.startswith(_BY_PURPOSE_ONLY) or "other specified use" in named:
        # purposes are also written into the brackets of the label, e.g. OU(Mixed Use)
        purpose = " ".join(f"{special_use} {description} {label}".casefold().split())
        return next((zone for word, zone in _BY_PURPOSE if word in purpose), "other")
    if re.fullmatch(r"R(\([A-E]\))?", code):
        return "residential"
    return _BY_CODE.get(code) or next((zone for words, zone in _BY_NAME if words in named), "undetermined")


def zone_code(label: str) -> str:
    """Return the official code of a label: capitals without spaces and trailing numbers, e.g. "R(A)" of "r(a) 3"."""
    code = re.sub(r"\s+", "", unicodedata.normalize("NFKC", label)).upper()
    return re.sub(r"(\(?\d+\)?)+$", "", code)


GRID_M = 0.001
"""Outlines are cut to the millimetre: finer, rounding leaves hairs along the edges."""


STRIP_M = 25.0
"""Strips thinner than this are no zone, except of the kinds that are narrow by nature."""

NARROW = ("road", "channel")


def settle_overlaps(zones: gpd.GeoDataFrame, precedence: str | None = None) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """
    Cut overlapping zones so that each point belongs to one: the lower precedence keeps the ground.

    Parameters
    ----------
    zones
        Polygons with a `zone_id`, metres.
    precedence
        Column of numbers that decides; ties go to the earlier row, as all do where no column is named.

    Returns
    -------
    tuple
        The zones in their order with overlaps cut, and a note that counts the cut ones. A zone that is covered
        altogether is left out and named in a note.
    """
    rank = zones[precedence].astype(float).to_numpy() if precedence else np.zeros(len(zones))
    order = np.argsort(rank, kind="stable")
    shapes = zones.geometry.to_numpy()
    before = _neighbours_before(shapes, order)
    cut: dict[int, BaseGeometry] = {}
    trimmed = []
    for position in order:
        near = [cut[other] for other in before[position]]
        earlier = shapely.union_all([shape for shape in near if shape.intersects(shapes[position])])
        rest = shapely.difference(shapes[position], earlier, grid_size=GRID_M)
        if rest.area < shapes[position].area - 1:
            trimmed.append(str(zones["zone_id"].iloc[position]))
        cut[position] = shapely.union_all([part for part in shapely.get_parts(rest) if part.geom_type == "Polygon"])
    settled = zones.set_geometry(gpd.GeoSeries([cut[i] for i in range(len(shapes))], index=zones.index, crs=zones.crs))
    buried = settled.geometry.is_empty
    notes = [Note("zoning", "outlines cut back where they overlap", len(trimmed), tuple(trimmed))] if trimmed else []
    if buried.any():
        names = tuple(settled.loc[buried, "zone_id"].astype(str))
        notes.append(Note("zoning", "zones covered altogether by others, left out", len(names), names))
    return settled[~buried], notes


def _neighbours_before(shapes: NDArray[np.object_], order: NDArray[np.intp]) -> dict[int, list[int]]:
    """Return for each shape those it meets whose turn comes before its own, in the order of their turns."""
    turn = np.empty_like(order)
    turn[order] = np.arange(len(order))
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    before: dict[int, list[int]] = {int(position): [] for position in order}
    earlier = turn[other] < turn[one]
    for position, neighbour in sorted(
        zip(one[earlier], other[earlier], strict=True), key=lambda pair: (pair[0], turn[pair[1]])
    ):
        before[position].append(neighbour)
    return before


def drop_strips(zones: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """
    Drop the strips that settling overlaps leaves beside roads; they belong to nobody then.

    Parameters
    ----------
    zones
        Polygons with `zone_id` and `zone`, metres.

    Returns
    -------
    tuple
        The zones without their parts thinner than `STRIP_M` (corners stay as they are), and a note that counts the
        zones that lost some ground, and how much.
    """
    core = zones.geometry.buffer(-STRIP_M / 2, join_style="mitre")
    wide = core.buffer(STRIP_M / 2, join_style="mitre")
    kept = [
        shapely.union_all([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])
        for shape in shapely.intersection(zones.geometry.to_numpy(), wide.to_numpy())
    ]
    thinned = gpd.GeoSeries(kept, index=zones.index, crs=zones.crs)
    trimmed = zones.set_geometry(zones.geometry.where(zones["zone"].isin(NARROW), thinned))
    lost = zones.area - trimmed.area
    names = tuple(zones.loc[lost > 1, "zone_id"].astype(str))
    what = f"outlines that lost strips thinner than {STRIP_M:g} m beside others, {lost.sum() / M2_PER_HA:.1f} ha in all"
    return trimmed[~trimmed.is_empty], [Note("zoning", what, len(names), names)] if names else []
