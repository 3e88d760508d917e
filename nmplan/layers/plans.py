"""Statutory plans as the Town Planning Board publishes them: zones with their heights, and planning scheme areas."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from nmplan.crs import WORK_CRS
from nmplan.crs import to_work_crs
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.conform import conform
from nmplan.layers.contracts import Layer
from nmplan.layers.contracts import Note
from nmplan.layers.package_tables import MAIN_SUFFIXES
from nmplan.layers.package_tables import PART_SUFFIXES
from nmplan.layers.package_tables import read_tables
from nmplan.layers.packages import list_members
from nmplan.layers.zones import classify_zone
from nmplan.layers.zones import settle_overlaps
from nmplan.layers.zones import zone_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterable
    from collections.abc import Sequence
    from pathlib import Path

    from nmplan.layers.packages import Member

FIELDS: dict[str, tuple[str, ...]] = {
    "PLAN_SCHEME_AREA": (
        *("FID", "Shape", "PLAN_NO", "NAME_ENG", "NAME_CHT", "PUB_DATE", "APRV_DATE", "SECT_NO", "PLAN_SCALE"),
        *("SHAPE_Leng", "SHAPE_Area"),
    ),
    "ZONE": (
        *("FID", "Shape", "PLAN_NO", "ZONE_LABEL", "DESC_ENG", "DESC_CHT", "SPUSE_ENG", "SPUSE_CHT"),
        *("SHAPE_Leng", "SHAPE_Area"),
    ),
    "BHC": ("FID", "Shape", "PLAN_NO", "BHC_TYPE", "BHC_VALUE", "SHAPE_Leng", "SHAPE_Area"),
    "AMENDMENT_ITEM": ("FID", "Shape", "PLAN_NO", "AMEND_ITEM", "SHAPE_Leng", "SHAPE_Area"),
}
"""Fields of the four published tables, after the Data Dictionary for Digital Planning Data of Statutory Plan."""

HEIGHT_UNITS = {"BHCB": "mPD", "BHCS": "storeys", "BHCN": "as the Notes say", "NBA": "non-building area"}
"""Kinds of building height control (BHC_TYPE) and the words that go with the value."""

LICENCE = (
    "Source: Town Planning Board, Hong Kong, which owns the intellectual property rights in the data. "
    "For reference only; the gazetted plans with their Notes and Explanatory Statements prevail."
)
"""What a map made from the data must say, after sections 5 and 7 of the Terms and Conditions of Use."""

_ALWAYS = {"PLAN_SCHEME_AREA": ("PLAN_NO",), "ZONE": ("PLAN_NO", "ZONE_LABEL"), "BHC": ("PLAN_NO", "BHC_TYPE")}
"""Fields that every table has; GML leaves out others where no feature has a value."""

_TABLES_OF = {"zoning": ("ZONE", "BHC", "PLAN_SCHEME_AREA"), "areas": ("PLAN_SCHEME_AREA",)}
"""Tables that a layer is made from, its own features first."""

LINE_MM = 0.5
"""A line on the printed plan is drawn and read to half a millimetre, the usual figure for plotted maps."""

UNKNOWN_SCALE = 10_000
"""Taken where a plan gives no scale: the smallest that outline zoning plans of the New Territories are usually drawn
at, so that the accuracy is rather called too poor than too good. A judgement."""

COPY_SHARE = 0.5
"""Two files of one plan that have more of the smaller one's ground in common than this are copies; with less, parts."""

SLIVER_SHARE = 0.01
"""Heights on less of a zone than this come from outlines that do not quite meet, and are no disagreement."""


def read_plans(
    layers: Sequence[str], paths: Sequence[Path], *, plans: Sequence[str] = (), crs: str | None = None
) -> dict[str, Layer]:
    """
    Read zones and planning scheme areas from the published packages of statutory plans.

    Parameters
    ----------
    layers
        "zoning" (table ZONE, heights of table BHC), "areas" (table PLAN_SCHEME_AREA), or both.
    paths
        Shapefiles, GML, GeoJSON, Esri JSON, alone, in folders or in zip archives, nested and mixed as they come; one
        plan or many.
    plans
        Beginnings of the plan numbers to keep, up to a slash: "S/STT" or "S/STT/" is San Tin Technopole in its newest
        version, "S/STT/1" that version. Empty: all plans.
    crs
        Coordinate system of files that name none; must agree with those that do.

    Returns
    -------
    dict of Layer
        By name, EPSG:2326, keeping their contracts. Of several versions of a plan the newest is kept. Zones do not
        overlap: where two plans do, the one published later keeps the ground. `area_id` of zones stays blank.

    Raises
    ------
    LayerError
        Files that cannot be read or placed, tables without their fields, plans that are not there: all of them.
    """
    _known_layers(layers)
    source = ", ".join(path.name for path in paths)
    wanted = tuple(dict.fromkeys(table for layer in layers for table in _TABLES_OF[layer]))
    tables, left = _read_files(list_members(paths, (*MAIN_SUFFIXES, *PART_SUFFIXES)), wanted, crs)
    found: dict[str, Layer] = {}
    for layer in dict.fromkeys(layers):
        own = tables[_TABLES_OF[layer][0]]
        if own.empty:
            what = f"no table {_TABLES_OF[layer][0]} with features is there."
            raise LayerError([Fault(source, "", what, "Give the packages of statutory plans, or correct the path.")])
        kept, versions = _newest(own["PLAN_NO"].unique(), plans, layer, source)
        chosen = {table: _once(tables[table][tables[table]["PLAN_NO"].isin(kept)]) for table in _TABLES_OF[layer]}
        copies = dict.fromkeys(name for _, names in chosen.values() for name in names)
        read = _BUILDERS[layer]({table: frame for table, (frame, _) in chosen.items()}, source)
        notes = [*versions, *_noted(layer, "plans given in several files, read once", copies)]
        notes += _noted(layer, "files without a table of statutory plans, left out", left)
        found[layer] = Layer(read.frame, [*notes, *read.notes])
    return found


def plan_prefix(plan_no: str) -> str:
    """Return the part of a plan number that its versions share: "S/STT/" of "S/STT/2"."""
    before, slash, _ = plan_no.rpartition("/")
    return before + slash if slash else plan_no


def plan_version(plan_no: str) -> tuple[int, str]:
    """Return the version of a plan number, to be compared: (31, "A") of "S/H5/31A"; without a number it comes first."""
    number, letters = re.fullmatch(r"(\d*)(.*)", plan_no.rpartition("/")[2]).groups()  # type: ignore[union-attr]
    return (int(number) if number else -1, letters)


def _known_layers(layers: Sequence[str]) -> None:
    unknown = [layer for layer in layers if layer not in _TABLES_OF]
    if unknown:
        what = f"statutory plans have no layer {', '.join(unknown)}; they have {', '.join(_TABLES_OF)}."
        raise LayerError([Fault("study", "", what, "Give another adapter for it.")])


def _noted(layer: str, what: str, features: Iterable[str]) -> list[Note]:
    names = tuple(features)
    return [Note(layer, what, len(names), names)] if names else []


def _read_files(
    members: Sequence[Member], wanted: Sequence[str], crs: str | None
) -> tuple[dict[str, gpd.GeoDataFrame], list[str]]:
    """Read the wanted tables of all files; return them by name, and the files that hold no table at all."""
    parts: dict[str, dict[str, Member]] = {}
    for member in members:
        if member.suffix in PART_SUFFIXES:
            parts.setdefault(member.place, {})[member.suffix] = member
    frames: dict[str, list[gpd.GeoDataFrame]] = {table: [] for table in wanted}
    faults, left = [], []
    for member in members:
        if member.suffix not in MAIN_SUFFIXES:
            continue
        try:
            named = [(_table_of(name, f), f) for name, f in read_tables(member, parts.get(member.place, {}))]
            if not any(table for table, _ in named):
                left.append(member.name)
            for table, frame in named:
                if table in frames and len(frame):
                    frames[table].append(_in_shape(frame, table, member, crs))
        except LayerError as error:
            faults += error.faults
    if faults:
        raise LayerError(faults)
    return {table: _together(found, table) for table, found in frames.items()}, left


def _table_of(name: str, frame: gpd.GeoDataFrame) -> str:
    """Tell which published table this is, by its name or, where it is called otherwise, by its own fields."""
    if name.upper() in FIELDS:
        return name.upper()
    theirs = _spelling(frame)
    marks = {"ZONE": "ZONE_LABEL", "BHC": "BHC_TYPE", "PLAN_SCHEME_AREA": "PLAN_SCALE", "AMENDMENT_ITEM": "AMEND_ITEM"}
    return next((table for table, mark in marks.items() if mark in theirs), "")


def _spelling(frame: gpd.GeoDataFrame) -> dict[str, str]:
    """Return the file's name of each field: case varies, and shapefiles cut names to 10 letters."""
    return {str(name).upper()[:10]: str(name) for name in frame.columns}


def _in_shape(frame: gpd.GeoDataFrame, table: str, member: Member, crs: str | None) -> gpd.GeoDataFrame:
    """Return the fields of the table under their published names, as text, in EPSG:2326, with the file's name."""
    theirs = _spelling(frame)
    lost = [field for field in _ALWAYS[table] if field not in theirs]
    if lost:
        what = f"the table {table} lacks {', '.join(lost)}; it has {', '.join(map(str, frame.columns))}."
        raise LayerError([Fault(member.name, "", what, "Restore the published field names, or download it again.")])
    if not isinstance(frame, gpd.GeoDataFrame):
        raise LayerError([Fault(member.name, "", f"the table {table} has no geometries.", "Download it again.")])
    fields = [field for field in FIELDS[table] if field not in {"FID", "Shape", "SHAPE_Leng", "SHAPE_Area"}]
    blank = pd.Series("", index=frame.index)
    columns = {field: frame[theirs[field]].map(_text) if field in theirs else blank for field in fields}
    columns["PLAN_NO"] = columns["PLAN_NO"].str.replace(r"\s+", "", regex=True).str.upper()
    nameless = np.flatnonzero(columns["PLAN_NO"].eq(""))
    if len(nameless):
        rows = ", ".join(f"row {row + 1}" for row in nameless[:5])
        what = f"{len(nameless)} features of the table {table} have no PLAN_NO."
        raise LayerError([Fault(member.name, rows, what, "Fill in the number of their plan, or remove them.")])
    shaped = gpd.GeoDataFrame({**columns, "file": member.name}, geometry=frame.geometry, crs=frame.crs)
    return to_work_crs(shaped, member.name, crs)


def _text(value: object) -> str:
    """Return a cell as text; GDAL takes a height for a number and a day for a moment, which were text in the file."""
    if value is None or value != value or value is pd.NA:  # noqa: PLR0124  (NaN)
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    text = " ".join(str(value).split())
    return "" if text.casefold() == "<null>" else text


def _together(frames: Sequence[gpd.GeoDataFrame], table: str) -> gpd.GeoDataFrame:
    if frames:
        return pd.concat(frames, ignore_index=True)
    return gpd.GeoDataFrame(
        {field: pd.Series(dtype=str) for field in (*FIELDS[table], "file")}, geometry=[], crs=WORK_CRS
    )


def _newest(numbers: Iterable[str], prefixes: Sequence[str], layer: str, source: str) -> tuple[set[str], list[Note]]:
    """Choose the plans that begin as wanted, each in its newest version; tell which versions are left out."""
    known = sorted(numbers)
    begun = {
        prefix: [n for n in known if f"{n}/".startswith(f"{prefix.strip().upper().rstrip('/')}/")]
        for prefix in prefixes
    }
    faults = [
        Fault(source, prefix, f"no plan number begins so; there are {', '.join(sorted(set(map(plan_prefix, known))))}.",
              "Correct plans in the study, or add the plan's package.")
        for prefix, found in begun.items() if not found
    ]  # fmt: skip
    if faults:
        raise LayerError(faults)
    chosen = {number for found in begun.values() for number in found} if prefixes else set(known)
    kept: dict[str, str] = {}
    for number in sorted(chosen, key=plan_version):
        kept[plan_prefix(number)] = number
    older = sorted(chosen - set(kept.values()))
    return set(kept.values()), _noted(layer, "older versions of plans, left out for the newest", older)


def _once(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[str]]:
    """
    Leave out the copies of a plan's table in other files; name them.

    A plan may also be cut up over files (pages of a feature service): files that share no ground are parts of it.
    """
    copies: list[tuple[str, str]] = []
    for plan_no, features in frame.groupby("PLAN_NO"):
        if len(set(features["file"])) == 1:
            continue
        grounds = {
            file: shapely.union_all(shapely.make_valid(f.geometry.to_numpy())) for file, f in features.groupby("file")
        }
        kept: list[Any] = []
        for file in sorted(grounds, key=_exactness):
            ground = grounds[file]
            if any(_is_copy(ground, other) for other in kept):
                copies.append((str(plan_no), str(file)))
            else:
                kept.append(ground)
    left = pd.MultiIndex.from_frame(frame[["PLAN_NO", "file"]]).isin(copies)
    return frame[~left].reset_index(drop=True), [f"{plan_no} in {file}" for plan_no, file in copies]


def _exactness(file: str) -> tuple[int, str]:
    """Order files by how exactly their form keeps text and coordinates, then by name."""
    return next(rank for rank, suffix in enumerate(MAIN_SUFFIXES) if file.lower().endswith(suffix)), file


def _is_copy(one: Any, other: Any) -> bool:
    common = shapely.area(shapely.intersection(one, other))
    return bool(common > COPY_SHARE * min(one.area, other.area))


def _areas(tables: dict[str, gpd.GeoDataFrame], source: str) -> Layer:
    """Return the planning scheme areas, one per plan, though the table may hold them in pieces."""
    pieces = tables["PLAN_SCHEME_AREA"].sort_values(["PLAN_NO", "NAME_ENG"], ascending=[True, False])
    mended = pieces.set_geometry(pieces.geometry.make_valid())
    whole = mended.dissolve("PLAN_NO", aggfunc="first").reset_index()
    accuracy, notes = _accuracy(whole["PLAN_NO"], whole, "areas")
    frame = gpd.GeoDataFrame(
        {
            "area_id": whole["PLAN_NO"].map(plan_prefix).map(_slug),
            "name_en": whole["NAME_ENG"],
            "name_zh": whole["NAME_CHT"],
            "role": "scored",
            "accuracy_m": accuracy,
            "source": _sources(whole["PLAN_NO"], whole),
        },
        geometry=whole.geometry,
        crs=whole.crs,
    )
    layer = conform(frame, "areas", source)
    return Layer(layer.frame, [*notes, *layer.notes])


def _zoning(tables: dict[str, gpd.GeoDataFrame], source: str) -> Layer:
    """Return the zones, sorted by their ids, without overlaps, with the height that holds on most of each."""
    zones, schemes = tables["ZONE"], tables["PLAN_SCHEME_AREA"]
    label = zones["ZONE_LABEL"].where(zones["ZONE_LABEL"].ne(""), zones["DESC_ENG"])
    accuracy, notes = _accuracy(zones["PLAN_NO"], schemes, "zoning")
    frame = gpd.GeoDataFrame(
        {
            "zone_id": _zone_ids(zones, label),
            "plan_no": zones["PLAN_NO"],
            "zone_label": label,
            "desc_en": zones["DESC_ENG"],
            "desc_zh": zones["DESC_CHT"],
            "special_use_en": zones["SPUSE_ENG"],
            "special_use_zh": zones["SPUSE_CHT"],
            "zone": list(map(classify_zone, label, zones["SPUSE_ENG"], zones["DESC_ENG"])),
            "accuracy_m": accuracy,
            "source": _sources(zones["PLAN_NO"], schemes),
        },
        geometry=zones.geometry,
        crs=zones.crs,
    ).sort_values("zone_id")
    unlabelled = frame["zone_id"][zones["ZONE_LABEL"].eq("").reindex(frame.index)]
    notes += _noted("zoning", "zones without a label, called by their description", unlabelled)
    layer = conform(frame, "zoning", source)
    notes += [*layer.notes, *_unsorted(layer.frame)]
    published = pd.to_numeric(
        _of_plan(layer.frame["plan_no"], schemes, "PUB_DATE").str.replace("-", ""), errors="coerce"
    )
    settled, cuts = settle_overlaps(layer.frame.assign(precedence=-published.fillna(0)), "precedence")
    limited, heights = _with_heights(settled.drop(columns="precedence").reset_index(drop=True), tables["BHC"])
    return Layer(limited, [*notes, *cuts, *heights])


_BUILDERS: dict[str, Callable[[dict[str, gpd.GeoDataFrame], str], Layer]] = {"zoning": _zoning, "areas": _areas}


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _zone_ids(zones: gpd.GeoDataFrame, label: pd.Series[str]) -> pd.Series[str]:
    """Return ids: plan, label, and a number from west to east, then north to south, whatever the file's order."""
    stem = zones["PLAN_NO"].map(_slug) + "-" + label.map(_slug).where(label.map(_slug).ne(""), "zone")
    middle = zones.geometry.centroid
    keys = pd.DataFrame(
        {
            "stem": stem,
            # to the metre: the same plan in another form differs by millimetres
            "x": middle.x.round(),
            "y": -middle.y.round(),
            "area": -zones.area.round(),
            "words": zones[["DESC_ENG", "SPUSE_ENG"]].agg("|".join, axis="columns"),
            "outline": zones.geometry.normalize().to_wkb(hex=True),
        }
    ).sort_values(["stem", "x", "y", "area", "words", "outline"])
    number = keys.groupby("stem").cumcount() + 1
    return (keys["stem"] + "-" + number.astype(str).str.zfill(2)).reindex(zones.index)


def _of_plan(numbers: pd.Series[str], schemes: gpd.GeoDataFrame, field: str) -> pd.Series[str]:
    """Return what the planning scheme areas say of each plan; blank where they say nothing."""
    said = schemes[schemes[field].ne("")].sort_values(field).drop_duplicates("PLAN_NO", keep="last")
    known = dict(zip(said["PLAN_NO"], said[field], strict=True))
    return numbers.map(lambda number: known.get(number, "")).astype(str)


def _sources(numbers: pd.Series[str], schemes: gpd.GeoDataFrame) -> pd.Series[str]:
    published = _of_plan(numbers, schemes, "PUB_DATE")
    return (
        "Town Planning Board, statutory plan " + numbers + published.where(published.eq(""), ", published " + published)
    )


def _accuracy(numbers: pd.Series[str], schemes: gpd.GeoDataFrame, layer: str) -> tuple[pd.Series[float], list[Note]]:
    """Return what half a millimetre on each plan is on the ground, metres: 2.5 m at 1:5,000."""
    told = _of_plan(numbers, schemes, "PLAN_SCALE").str.replace(r"^1\s*:|[,\s]", "", regex=True)
    scale = pd.to_numeric(told, errors="coerce")
    scale = scale.where(scale > 0)
    without = sorted(set(numbers[scale.isna()]))
    what = f"plans without a scale, their accuracy taken as {UNKNOWN_SCALE * LINE_MM / 1000:g} m"
    return scale.fillna(UNKNOWN_SCALE) * LINE_MM / 1000, _noted(layer, what, without)


def _unsorted(zones: gpd.GeoDataFrame) -> list[Note]:
    """Tell which labels are not understood: undetermined though they are not U, or an OU without a purpose."""
    lost = zones[zones["zone"].eq("undetermined") & zones["zone_label"].map(zone_code).ne("U")]
    labels = ", ".join(f"{label} ({count})" for label, count in lost["zone_label"].value_counts(sort=False).items())
    notes = _noted("zoning", f"zones whose label is not known, taken as undetermined: {labels}", lost["zone_id"])
    blank = zones[
        zones["zone"].eq("other") & zones["zone_label"].map(zone_code).eq("OU") & zones["special_use_en"].eq("")
    ]
    return [*notes, *_noted("zoning", "zones for other specified uses that do not say which", blank["zone_id"])]


def _with_heights(zones: gpd.GeoDataFrame, controls: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Fill in `height_limit`: what holds on most of the zone, blank where that is none; tell of the others."""
    mended = controls.set_geometry(controls.geometry.make_valid())
    open_ground = mended["BHC_TYPE"].str.upper().eq("NBA")
    shares = _shares(zones, mended[~open_ground])
    best = shares.sort_values(["share", "limit"], ascending=[False, True]).drop_duplicates("zone").set_index("zone")
    several = shares[shares["share"] > SLIVER_SHARE].groupby("zone")["limit"].nunique()
    limited = zones.assign(height_limit=best["limit"].reindex(zones.index).fillna(""))
    mixed = zones["zone_id"].reindex(several.index[several > 1])
    notes = _noted("zoning", "zones with several height limits, the one on most of the zone taken", mixed)
    empty = _shares(zones, mended[open_ground])
    partly = zones["zone_id"].reindex(
        sorted(set(empty.loc[empty["limit"].ne("") & (empty["share"] > SLIVER_SHARE), "zone"]))
    )
    return limited, [*notes, *_noted("zoning", "zones with a non-building area on a part of them", partly)]


def _shares(zones: gpd.GeoDataFrame, controls: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return for each zone the share of its area that each limit of its own plan covers, "" standing for none."""
    limits = list(map(_limit, controls["BHC_TYPE"], controls["BHC_VALUE"]))
    tree = shapely.STRtree(controls.geometry.to_numpy())
    zone, control = tree.query(zones.geometry.to_numpy(), predicate="intersects")
    own = controls["PLAN_NO"].to_numpy()[control] == zones["plan_no"].to_numpy()[zone]
    control, zone = control[own], zone[own]
    common = shapely.intersection(controls.geometry.to_numpy()[control], zones.geometry.to_numpy()[zone])
    pairs = pd.DataFrame({"zone": zone, "limit": [limits[i] for i in control], "share": shapely.area(common)})
    shares = pairs.groupby(["zone", "limit"], as_index=False)["share"].sum()
    shares["share"] /= zones.area.to_numpy()[shares["zone"]]
    rest = 1 - shares.groupby("zone")["share"].sum()
    none = pd.DataFrame({"zone": rest.index, "limit": "", "share": rest.to_numpy()})
    return pd.concat([shares, none], ignore_index=True)


def _limit(kind: str, value: str) -> str:
    """Write a limit out, e.g. "12 storeys", "35 mPD"; a value that already carries words keeps them."""
    unit = HEIGHT_UNITS.get(kind.upper(), kind)
    if re.search(r"[^\W\d_]", value) and kind.upper() != "BHCN":
        return value
    return f"{value} {unit}".strip() if (kind.upper(), value) != ("BHCS", "1") else "1 storey"
