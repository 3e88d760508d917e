"""Export: the tables of a run as layers of one GeoPackage, wide enough to style and joined enough to read."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from contextlib import contextmanager
from contextlib import suppress
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pandas.api.types import infer_dtype

from nmplan.errors import Fault
from nmplan.errors import StoreError
from nmplan.errors import raise_faults
from nmplan.errors import without_folder
from nmplan.files import flush
from nmplan.files import partial_path
from nmplan.maps.lines import say_lines
from nmplan.words import MEASURES
from nmplan.words import ZONES
from nmplan.words import accuracy_column
from nmplan.words import column_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

PER_TENANT: dict[str, tuple[str, str, str]] = {
    "score": ("points 0–100", "Score", "得分"),
    "rank": ("", "Rank among eligible sites", "合資格用地中的名次"),
    "p_top": ("share of draws", "Chance of being in the top group", "位列前茅的機率"),
    "eligible": ("", "Passes every rule", "符合所有規則"),
    "holds": ("", "Stays on top from every point of view", "各觀點下仍位列前茅"),
}
"""Columns of `scores` that sites carry once per tenant: unit, English, Chinese."""

GENERAL: dict[str, tuple[str, str, str]] = {
    "name_en": ("", "Name in English", "英文名稱"),
    "name_zh": ("", "Name in Chinese", "中文名稱"),
    "accuracy_m": ("m", "How far off the feature may lie", "位置誤差"),
    "source": ("", "Where the feature comes from", "來源"),
    "zone": ("", "Zone of the land use plan", "用途地帶"),
    "status": ("", "Planned, formed, committed, granted, open, occupied or idle", "狀況"),
    "ready_year": ("year", "First year the land can be built on", "土地最早可供建設年份"),
    "ready_basis": ("", "How that year is known", "該年份的依據"),
    "ready_source": ("", "Where that year is from", "該年份的來源"),
    "plot_ratio_basis": ("", "How the plot ratio is known", "地積比率的依據"),
    "plot_ratio_source": ("", "Where the plot ratio is from", "地積比率的來源"),
    "tenure": ("", "Who holds the land", "業權"),
    "plot_ratio": ("", "Plot ratio", "地積比率"),
    "tenant": ("", "Anchor tenant, a key of the study", "主要租戶"),
    "outcome": ("", "What a rule came to", "規則結果"),
    "criterion": ("", "Measure that counts", "準則"),
    "measured": ("unit of the measure", "What was measured", "量度值"),
    "value": ("0–1", "How good that is", "評分值"),
    "weight": ("share", "Weight of the criterion", "比重"),
    "points": ("points", "What the criterion adds to the score", "所得分數"),
    "mean_score": ("points 0–100", "Mean score of the sites", "用地平均得分"),
    "captive_share": ("share", "Share of supply from Hong Kong", "本地供應比例"),
    "gfa_m2": ("m²", "Gross floor area", "總樓面面積"),
    "jobs": ("", "Jobs by floor space per worker", "職位"),
    "readiness": ("points 0–100", "Readiness", "準備程度"),
    "limit_min": ("min", "Within so many minutes", "行程時間上限"),
    "crossing_id": ("", "Crossing", "口岸"),
    "permit": ("", "Permit that a car needs: none, quota or closed-road", "車輛所需許可"),
    "parking_min": ("min", "To park, or to be picked up", "泊車或上車"),
    "clearance_min": ("min", "Clearance", "過關"),
    "hall_min": ("min", "From door to hall", "由用地至口岸"),
    "total_min": ("min", "From door to far side", "由用地至對岸"),
    "lines": ("", "Lines taken, by id", "所乘路綫編號"),
    "lines_en": ("", "Lines taken", "所乘路綫（英文）"),
    "lines_zh": ("", "Lines taken, in Chinese", "所乘路綫"),
    "route": ("", "What stands on the bus", "路綫號碼"),
    "label_en": ("", "What the pages call the line", "頁面所用名稱（英文）"),
    "label_zh": ("", "What the pages call the line, in Chinese", "頁面所用名稱"),
    "headway_peak_min": ("min", "Headway in the peak", "繁忙時段班次"),
    "headway_quiet_min": ("min", "Headway in quiet hours", "非繁忙時段班次"),
    "headway_late_min": ("min", "Headway late in the evening", "深夜班次"),
    "basis": ("", "What the row rests on", "依據"),
    "closed_area": ("", "The stop lies in the closed area", "位於邊境禁區"),
    "walk_min": ("min", "From the stop into the hall", "由車站步行至口岸"),
    **{key: PER_TENANT[key] for key in PER_TENANT},
}
"""What columns of other tables mean, wherever they stand: unit, English, Chinese."""

UNITS = {
    "_m": "m",
    "_min": "min",
    "_ha": "ha",
    "_m2": "m²",
    "_km": "km",
    "_kph": "km/h",
    "_deg": "°",
    "_share": "share",
}
"""Units that names of columns end in."""

OF_SITES: dict[str, tuple[str, str, str]] = {
    "crossing_id": ("", "Crossing of the fastest journey by public transport", "乘公共交通最快口岸"),
    "crossing_lines": ("", "Lines taken on that journey, by id", "所乘路綫編號"),
    "crossing_lines_en": ("", "Lines taken on that journey", "所乘路綫（英文）"),
    "crossing_lines_zh": ("", "Lines taken on that journey, in Chinese", "所乘路綫"),
    "crossing_car_id": ("", "Crossing of the fastest journey by car", "駕車最快口岸"),
    "crossing_permit": ("", "Permit that this crossing asks of a car", "該口岸要求的車輛許可"),
}
"""What columns mean in a scenario's layer of sites."""

OF_JOURNEYS: dict[str, tuple[str, str, str]] = {
    "mode": ("", "By public transport (transit) or by car", "交通方式"),
    "status": ("", "Open, closed at the hour, or no way there", "開放、關閉或未能前往"),
}
"""What columns mean in a scenario's table of journeys."""

RESERVED = ("fid", "geom")
"""Columns that a GeoPackage has of its own."""

NO_NUL = "\ufffd"
"""Stands for the character at which SQLite and GDAL would end a text."""

DESCRIBED = "nmplan_columns"
LISTED = "nmplan_layers"
"""Tables of columns and of contents; by the second a file is known to be nmplan's own, and what in it is not."""

BESIDE = ("-journal", "-wal", "-shm")
"""What SQLite keeps beside a file it writes."""

_MEND = "Make room, allow writing there, or name another file with --output."


def site_table(parcels: gpd.GeoDataFrame, measures: pd.DataFrame, scores: pd.DataFrame) -> gpd.GeoDataFrame:
    """
    Return one row per site with its measures and what each tenant's scores say of it.

    Parameters
    ----------
    parcels
        parcel_id, geometry and whatever is known of a site.
    measures
        parcel_id and one column per measure.
    scores
        parcel_id, tenant, and of `PER_TENANT` what there is; one row per site and tenant.

    Returns
    -------
    geopandas.GeoDataFrame
        Ordered by parcel_id; columns such as score_life_health; missing where a site was not scored or not measured.
    """
    sites = parcels.sort_values("parcel_id", kind="stable").reset_index(drop=True)
    truths = {name: "boolean" for name in PER_TENANT if name in scores and scores[name].dtype.kind == "b"}
    wide = [
        rows.set_index("parcel_id")[[name for name in PER_TENANT if name in rows]]
        .astype(truths)
        .add_suffix(f"_{_slug(tenant)}")
        for tenant, rows in scores.groupby("tenant", sort=False)
    ]
    more = measures.set_index("parcel_id")
    parts = [*wide, more[[name for name in more if name not in sites]]]
    joined = pd.concat([part.reindex(sites["parcel_id"]).reset_index(drop=True) for part in parts], axis=1)
    known = sites.drop(columns=sites.geometry.name)
    return gpd.GeoDataFrame(pd.concat([known, joined], axis=1), geometry=sites.geometry, crs=sites.crs)


def split_geometries(name: str, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return a table as layers of one geometry each: `crossings`, and `crossings_shenzhen_side` for the other ends."""
    if not isinstance(table, gpd.GeoDataFrame):
        return {name: table}
    main = table.geometry.name
    others = [str(column) for column in table if column != main and table[column].dtype == "geometry"]
    plain = table.drop(columns=[*others, main])
    further = {f"{name}_{column}": gpd.GeoDataFrame(plain, geometry=table[column]) for column in others}
    return {name: table.drop(columns=others), **further}


def storable(table: pd.DataFrame) -> pd.DataFrame:
    """
    Return a table in cells and under names that a GeoPackage can hold, its geometry as it was.

    Lists become text with commas, dictionaries JSON, categories text; names that differ only in case are numbered.
    """
    shape = table.geometry.name if isinstance(table, gpd.GeoDataFrame) else None
    inner = [name for name in table if name != shape]
    names = distinct([str(name) for name in inner], RESERVED)
    cells = {name: _cells(table[column]) for name, column in zip(names, inner, strict=True)}
    made = pd.DataFrame(cells, index=table.index).reset_index(drop=True)
    if shape is None:
        return made
    return gpd.GeoDataFrame(made, geometry=table.geometry.reset_index(drop=True).rename(None), crs=table.crs)


def distinct(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Return names of which no two are the same to SQLite, which reads a and A as one; those in the way get numbers."""
    used = {name.casefold() for name in taken}
    made = []
    for name in names:
        clean = name.replace("\0", NO_NUL)
        free, number = clean, 1
        while free.casefold() in used:
            number += 1
            free = f"{clean}_{number}"
        used.add(free.casefold())
        made.append(free)
    return made


def site_words(tenants: Mapping[str, tuple[str, str]], chains: Iterable[str]) -> dict[str, tuple[str, str, str]]:
    """
    Return unit and meaning, in English and Chinese, of the columns that sites have.

    Parameters
    ----------
    tenants
        Names in English and Chinese, by key.
    chains
        Whose measures there are.
    """
    words = dict(GENERAL)
    for measure, told in MEASURES.items():
        if told.per == "chain":
            for chain in chains:
                words[column_of(measure, chain)] = (told.unit, f"{told.label_en}: {chain}", f"{told.label_zh}：{chain}")
        else:
            words[measure] = (told.unit, told.label_en, told.label_zh)
        if measure.endswith("_m"):
            words[accuracy_column(measure)] = ("m", f"{told.label_en}, how far off", f"{told.label_zh}（誤差）")
    for zone, (english, chinese) in ZONES.items():
        words[f"zone_share_{zone}"] = ("share", f"Share zoned: {english}", f"用途地帶比例：{chinese}")
    for key, (english, chinese) in tenants.items():
        for name, (unit, what, what_zh) in PER_TENANT.items():
            words[f"{name}_{_slug(key)}"] = (unit, f"{what}: {english}", f"{what_zh}：{chinese}")
    return words


def column_table(layers: Mapping[str, pd.DataFrame], words: Mapping[str, tuple[str, str, str]]) -> pd.DataFrame:
    """Return layer, column, unit, what_en and what_zh of every column; empty where only its name says what it is."""
    rows = [
        (layer, name, *_own_words(layer).get(name, words.get(name, (_unit(name), "", ""))))
        for layer, table in layers.items()
        for name in storable(table.head(0))
        if name != "geometry"
    ]
    return pd.DataFrame(rows, columns=["layer", "column", "unit", "what_en", "what_zh"])


def _own_words(layer: str) -> Mapping[str, tuple[str, str, str]]:
    """Return what columns mean in this layer, where that differs from what they mean elsewhere."""
    if layer.endswith("_sites") and not layer.endswith(("_cluster_sites", "_sandbox_sites")):
        return OF_SITES
    return OF_JOURNEYS if layer.endswith("_crossing_journeys") else {}


def with_line_names(table: pd.DataFrame, column: str, names: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """
    Return a table with the lines of journeys in words beside their ids.

    Parameters
    ----------
    table
        It is not changed.
    column
        Ids of lines with a comma between; `column_en` and `column_zh` follow it. Without it the table stays as it is.
    names
        From `lines.line_names`.
    """
    if column not in table:
        return table
    each = {taken: say_lines(taken, names) for taken in table[column].unique()}
    told = table.copy()
    for place, language in enumerate(("en", "zh"), start=1):
        words = [each[taken][place - 1] for taken in table[column]]
        told.insert(int(table.columns.get_loc(column)) + place, f"{column}_{language}", words)
    return told


def bus_courses(calls: gpd.GeoDataFrame, names: Mapping[str, tuple[str, str]]) -> gpd.GeoDataFrame:
    """
    Return one row per bus line: what its calls say of it, called as on the pages, drawn straight from stop to stop.

    Parameters
    ----------
    calls
        The layer `bus_lines`.
    names
        From `lines.line_names`.
    """
    ordered = calls.sort_values(["line_id", "order"], kind="stable")
    each = ordered.groupby("line_id", sort=False)
    dropped = [name for name in ("order", "stop_id", "stop_en", "stop_zh", "minutes", "accuracy_m") if name in ordered]
    whole = each.head(1).drop(columns=[*dropped, ordered.geometry.name]).reset_index(drop=True)
    courses = [_course(rows.geometry) for _, rows in each]
    told = whole.assign(
        label_en=[names[line][0] for line in whole["line_id"]],
        label_zh=[names[line][1] for line in whole["line_id"]],
        stops=each.size().to_numpy(),
        minutes=each["minutes"].sum().to_numpy(),
    )
    return gpd.GeoDataFrame(told, geometry=courses, crs=calls.crs)


def _course(stops: gpd.GeoSeries) -> shapely.LineString | None:
    """Return the straight course through the stops; None through fewer than two."""
    return shapely.LineString(list(stops)) if len(stops) > 1 else None


def write_geopackage(
    layers: Mapping[str, pd.DataFrame],
    words: Mapping[str, tuple[str, str, str]],
    path: Path,
    about: Mapping[str, str],
    dated: date,
) -> int:
    """
    Write layers and tables into one GeoPackage, whole or not at all; the same tables make the same file.

    Parameters
    ----------
    layers
        Tables by name, those with a geometry in one coordinate system.
    words
        Unit and meaning, in English and Chinese, of columns; from `site_words`.
    path
        File; one that is there is replaced.
    about
        Said of each layer, as metadata and in its description.
    dated
        Stands for the time of every change, so that a clock does not make two files of one.

    Returns
    -------
    int
        How many layers and tables it holds; nmplan_columns says what the columns are, nmplan_layers what there is.

    Raises
    ------
    StoreError
        It cannot be written: a full disk, a folder without permission.
    """
    named = dict(zip(distinct(layers), layers.values(), strict=True))
    columns = column_table(named, words)
    listed = pd.DataFrame({"layer": list(named), "rows": [len(table) for table in named.values()]})
    tables = {**named, DESCRIBED: columns, LISTED: listed}
    temporary = partial_path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(temporary)  # of an export that was killed
        with _gdal_told(OGR_CURRENT_DATE=f"{dated.isoformat()}T00:00:00.000Z", OGR_SQLITE_SYNCHRONOUS="OFF"):
            for name, table in tables.items():
                _write_layer(storable(table), temporary, name, about)
        with closing(sqlite3.connect(temporary)) as file:
            _refuse_short(file, tables)
            _entitle(file, columns)
        flush(temporary)
        temporary.replace(path)
    except (OSError, sqlite3.Error, RuntimeError) as error:  # pyogrio's are of the last kind
        what = f"cannot be written: {_said(error, temporary)}."
        raise StoreError([Fault(str(path), "", what, _MEND)]) from None
    finally:
        _sweep(temporary)
    return len(tables)


def refuse_foreign(path: Path, *, force: bool) -> None:
    """
    Refuse to replace a file that holds what nmplan did not write, or that another program has open.

    Parameters
    ----------
    path
        Where an export shall go.
    force
        Replace what is not nmplan's all the same.

    Raises
    ------
    StoreError
        A folder, an open file, another ending than .gpkg, or a file that is not all nmplan's.
    """
    try:
        fault = _reason_against(path, force=force)
    except OSError as error:  # a name too long, a folder that may not be entered
        fault = Fault(str(path), "", f"cannot be written: {error.strerror}.", _MEND)
    raise_faults(StoreError, [fault] if fault else [])


def _reason_against(path: Path, *, force: bool) -> Fault | None:
    keep = "Name another file with --output, or replace it with --force."
    if path.is_dir():
        return Fault(str(path), "", "is a folder.", "Name a file in it, such as northern-metropolis.gpkg.")
    if path.suffix.lower() != ".gpkg":
        return Fault(str(path), "", "is no GeoPackage by its name.", "Give it the ending .gpkg.")
    # SQLite would play the changes that wait there into the new file
    waiting = [path.with_name(path.name + end) for end in BESIDE if end != "-shm"]
    if any(each.is_file() and each.stat().st_size for each in waiting):
        what = "another program has it open, and changes wait to be written."
        return Fault(str(path), "", what, "Close it there (QGIS?), or name another file with --output.")
    strange = [] if force or not path.exists() else _strange_layers(path)
    if strange is None:
        return Fault(str(path), "", "is there, and not written by nmplan.", keep)
    if strange:
        return Fault(str(path), "", f"holds what nmplan did not write: {', '.join(strange)}.", keep)
    return None


def _strange_layers(path: Path) -> list[str] | None:
    """Return the layers of a file that nmplan did not write; None where all of it is another's."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)) as file:
            own = {row[0] for row in file.execute(f"SELECT layer FROM {LISTED}")}  # noqa: S608  (a constant)
            there = [row[0] for row in file.execute("SELECT table_name FROM gpkg_contents ORDER BY table_name")]
    except sqlite3.Error:
        return None
    return [name for name in there if name not in {*own, DESCRIBED, LISTED}]


def _write_layer(table: pd.DataFrame, path: Path, name: str, about: Mapping[str, str]) -> None:
    kinds = set(table.geom_type.dropna()) if isinstance(table, gpd.GeoDataFrame) else set()
    pyogrio.write_dataframe(
        table,
        path,
        layer=name,
        driver="GPKG",
        use_arrow=True,
        # one kind of geometry in a layer, so that QGIS shows it as one
        promote_to_multi=len({kind.removeprefix("Multi") for kind in kinds}) == 1 < len(kinds),
        # not of the file: readers would leave an .aux.xml beside it, which a later export contradicts
        layer_metadata=dict(about),
        layer_options={"FID": "fid", "DESCRIPTION": "; ".join(f"{key} {text}" for key, text in about.items())},
    )


def _refuse_short(file: sqlite3.Connection, tables: Mapping[str, pd.DataFrame]) -> None:
    """Refuse a file that lacks rows: a disk that fills up is not always told."""
    for name, table in tables.items():
        quoted = name.replace('"', '""')
        (rows,) = file.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608  (quoted)
        if rows != len(table):
            raise OSError(f"{name} has {rows} of {len(table)} rows")


def _entitle(file: sqlite3.Connection, columns: pd.DataFrame) -> None:
    """Give columns the titles that QGIS shows instead of their names (the schema extension of GeoPackage)."""
    told = columns[columns["what_en"].ne("")]
    titles = [
        # GDAL hands on the name, which must be the only one in its table; others read the title
        (layer, column, title, title, unit)
        for layer, rows in told.groupby("layer", sort=False)
        for column, title, unit in zip(
            rows["column"], distinct(rows["what_en"] + " " + rows["what_zh"]), rows["unit"], strict=True
        )
    ]
    with file:
        file.execute("PRAGMA synchronous = OFF")
        file.execute(
            "CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT,"
            " title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT,"
            " CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),"
            " CONSTRAINT gdc_tn UNIQUE (table_name, name))"
        )
        file.execute(
            "CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT"
            " NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,"
            " CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))"
        )
        file.execute(
            "INSERT INTO gpkg_extensions VALUES"
            " ('gpkg_data_columns', NULL, 'gpkg_schema', 'GeoPackage 1.2.1, annex F.9', 'read-write')"
        )
        file.executemany(
            "INSERT INTO gpkg_data_columns (table_name, column_name, name, title, description) VALUES (?, ?, ?, ?, ?)",
            titles,
        )


@contextmanager
def _gdal_told(**options: str) -> Iterator[None]:
    """Set GDAL's clock, and let it leave the disk alone until the file is whole and flushed."""
    before = {name: pyogrio.get_gdal_config_option(name) for name in options}
    pyogrio.set_gdal_config_options(options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def _sweep(path: Path) -> None:
    """Remove a file and what SQLite keeps beside it."""
    for end in ("", *BESIDE):
        with suppress(OSError):
            path.with_name(path.name + end).unlink()


def _said(error: Exception, path: Path) -> str:
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return without_folder(told, path).replace(partial_path(path).name, path.name)


def _cells(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as booleans, numbers, dates or text."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _cells(column.astype(object))
    if column.dtype.kind in "biufM" and not isinstance(column.dtype, pd.PeriodDtype):
        return column
    if isinstance(column.dtype, pd.StringDtype):
        return column.str.replace("\0", NO_NUL, regex=False)
    kind = infer_dtype(column, skipna=True)
    if kind in {"boolean", "integer", "floating", "mixed-integer-float"}:
        return column.astype({"boolean": "boolean", "integer": "Int64"}.get(kind, "Float64"))
    return pd.Series([_text(cell) for cell in column], index=column.index, dtype="str")


def _text(cell: object) -> str | None:
    if isinstance(cell, list | tuple | set | frozenset | np.ndarray):
        shown = ", ".join(str(each) for each in (sorted(cell, key=str) if isinstance(cell, set | frozenset) else cell))
    elif isinstance(cell, dict):
        shown = json.dumps(cell, ensure_ascii=False, sort_keys=True, default=str)
    elif pd.isna(cell):
        return None
    else:
        shown = str(cell)
    return shown.replace("\0", NO_NUL)


def _unit(column: str) -> str:
    return UNITS.get(f"_{column.rpartition('_')[2]}", "") if "_" in column else ""


def _slug(key: str) -> str:
    return key.replace("-", "_")
