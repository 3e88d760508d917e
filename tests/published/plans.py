"""
Packages of statutory plans in the published shape: real plans, places, fields, codes; invented zones on a street grid.

Folder and file names, and the three kinds of JSON, are those that third-party readers of the packages work around
(SOURCES, trap 9): `S_STT_2/Plan GIS Data GeoJSON/ZONE.json` or `s_stt_2/…/ZONE.geojson`, GeoJSON in degrees, Esri
JSON, or GeoJSON under the name of the table.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import Transformer

OU = ("Other Specified Uses", "其他指定用途")
CODES: dict[str, tuple[str, str]] = {
    "AGR": ("Agriculture", "農業"),
    "C": ("Commercial", "商業"),
    "CA": ("Conservation Area", "自然保育區"),
    "CDA": ("Comprehensive Development Area", "綜合發展區"),
    "G/IC": ("Government, Institution or Community", "政府、機構或社區"),
    "GB": ("Green Belt", "綠化地帶"),
    "I": ("Industrial", "工業"),
    "MRDJ": ("Major Road and Junction", "主要道路及路口"),
    "O": ("Open Space", "休憩用地"),
    "OS": ("Open Storage", "露天貯物"),
    "R(A)2": ("Residential (Group A)2", "住宅(甲類)2"),
    "R(B)1": ("Residential (Group B)1", "住宅(乙類)1"),
    "REC": ("Recreation", "康樂"),
    "V": ("Village Type Development", "鄉村式發展"),
}
PURPOSES = {
    "IT": ("Innovation and Technology", "創新及科技"),
    "ETP": ("Enterprise and Technology Park", "企業和科技園"),
    "LF": ("Logistics Facility", "物流設施"),
    "PBU": ("Port Back-up, Storage and Workshop Uses", "港口後勤、貯物及工場用途"),
    "STW": ("Sewage Treatment Works", "污水處理廠"),
    "WCP": ("Wetland Conservation Park", "濕地保育公園"),
}
# A plan: name, centre (lon, lat), columns and rows of blocks, metres of a block, scale, publication, and what stands on
# the blocks from north-west, row by row. "OU(1)/IT" is the label OU(1) with the annotation IT.
PLANS: dict[str, dict[str, Any]] = {
    "S/STT/2": {
        "name": ("San Tin Technopole", "新田科技城"), "centre": (114.072, 22.487), "grid": (6, 5), "block_m": 400,
        "scale": 7500, "published": "2024-09-20",
        "zones": "OU/IT OU/IT OU(1)/IT GB CA OU/WCP OU/IT OU/IT OU(1)/IT O GB AGR OU/IT OU/IT O G/IC R(A)2 GB "
                 "V OU/IT G/IC R(A)2 R(B)1 V V O OU/STW r(a)2 C V",
    },
    "S/HSK/2": {
        "name": ("Hung Shui Kiu and Ha Tsuen", "洪水橋及厦村"), "centre": (113.987, 22.428), "grid": (6, 5),
        "block_m": 380, "scale": 7500, "published": "2018-10-26",
        "zones": "OU/LF OU/LF OU/PBU OU/PBU GB GB OU/LF OU/ETP OU/ETP I O AGR OU/ETP OU/ETP C R(A)2 G/IC V "
                 "OS OS CDA R(A)2 R(B)1 V REC O G/IC R(A)2 V GB",
    },
    "S/NE-LMCL/4": {
        "name": ("Lok Ma Chau Loop", "落馬洲河套地區"), "centre": (114.080, 22.515), "grid": (4, 2), "block_m": 270,
        "scale": 2500, "published": "2024-11-08", "zones": "OU/IT OU/IT OU/IT O OU(2)/IT OU(2)/IT G/IC GB",
    },
}  # fmt: skip
ROAD_M = 24.0


def plan_tables(plan_no: str, like: str | None = None) -> dict[str, gpd.GeoDataFrame]:
    """Return the four tables of a plan in EPSG:2326, under another number if `like` names the plan to draw."""
    plan = PLANS[like or plan_no]
    x, y = Transformer.from_crs(4326, 2326, always_xy=True).transform(*plan["centre"])
    columns, rows = plan["grid"]
    step = plan["block_m"] + ROAD_M
    west, north = round(x - columns * step / 2), round(y + rows * step / 2)
    corners = [(west + ROAD_M + step * (n % columns), north - step * (n // columns + 1)) for n in range(columns * rows)]
    blocks = [shapely.box(x, y, x + plan["block_m"], y + plan["block_m"]) for x, y in corners]
    scheme = shapely.box(west, north - rows * step - ROAD_M, west + columns * step + ROAD_M, north)
    roads = scheme.difference(shapely.union_all(blocks))
    labels = [*plan["zones"].split(), "MRDJ"]
    return {
        "PLAN_SCHEME_AREA": _table([_scheme_row(plan_no, plan)], [scheme]),
        "ZONE": _table([_zone_row(plan_no, label) for label in labels], [*blocks, roads]),
        "BHC": _table(*_heights(plan_no, labels, blocks)),
        "AMENDMENT_ITEM": _table([{"PLAN_NO": plan_no, "AMEND_ITEM": "A"}], [blocks[0]]),
    }


def _scheme_row(plan_no: str, plan: dict[str, Any]) -> dict[str, Any]:
    names = {"NAME_ENG": plan["name"][0], "NAME_CHT": plan["name"][1]}
    dates = {"PUB_DATE": plan["published"], "APRV_DATE": None, "SECT_NO": "9"}
    return {"PLAN_NO": plan_no, **names, **dates, "PLAN_SCALE": plan["scale"]}


def _zone_row(plan_no: str, told: str) -> dict[str, Any]:
    label, _, purpose = told.partition("/") if told.startswith("OU") else (told, "", "")
    words = OU if label.startswith("OU") else CODES[label.upper()]
    special = PURPOSES[purpose] if purpose else (None, None)
    described = {"DESC_ENG": words[0], "DESC_CHT": words[1], "SPUSE_ENG": special[0], "SPUSE_CHT": special[1]}
    return {"PLAN_NO": plan_no, "ZONE_LABEL": label, **described}


def _heights(plan_no: str, labels: list[str], blocks: list[Any]) -> tuple[list[dict[str, Any]], list[Any]]:
    """Give technology land heights in metres, housing storeys; a few by the Notes, and one strip free of buildings."""
    rows, shapes = [], []
    kinds = {"OU": ("BHCB", "105"), "r": ("BHCS", "12"), "R": ("BHCS", "40"), "C": ("BHCN", None)}
    for label, block in zip(labels, blocks, strict=False):
        kind = next((given for start, given in kinds.items() if label.startswith(start)), None)
        if kind and label not in {"CA", "CDA"}:
            rows.append({"PLAN_NO": plan_no, "BHC_TYPE": kind[0], "BHC_VALUE": kind[1]})
            shapes.append(block)
    west, south, east, _ = blocks[0].bounds
    rows.append({"PLAN_NO": plan_no, "BHC_TYPE": "NBA", "BHC_VALUE": None})
    shapes.append(shapely.box(west, south, east, south + 20))
    return rows, shapes


def _table(rows: list[dict[str, Any]], shapes: list[Any]) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes, crs="EPSG:2326")
    return frame.assign(SHAPE_Leng=frame.length, SHAPE_Area=frame.area)


def write_plans(
    folder: Path, form: str = "geojson", plans: tuple[str, ...] = tuple(PLANS), *, packed: bool = True
) -> Path:
    """
    Write packages of plans into a folder and return it.

    `form` is geojson (degrees, no crs), esri (Esri JSON with a byte-order mark), keyed (GeoJSON under the name of the
    table, grid metres), shp or gml. A plan number that is not one of `PLANS` is drawn like the plan of the same prefix.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for plan_no in plans:
        like = next(known for known in PLANS if known.rpartition("/")[0] == plan_no.rpartition("/")[0])
        files = package_files(plan_tables(plan_no, like), form)
        inner = plan_no.replace("/", "_").lower() if form == "geojson" else plan_no.replace("/", "_")
        title = {"shp": "SHP", "gml": "GML"}.get(form, "GeoJSON")
        named = {f"{inner}/Plan GIS Data {title}/{name}": content for name, content in files.items()}
        named[f"{inner}/Notes_Explanatory Statement/{inner}_e.pdf"] = b"%PDF-1.4\n"
        if packed:
            (folder / f"{title}_{inner}.zip").write_bytes(zipped(named))
            continue
        for name, content in named.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    return folder


def package_files(tables: dict[str, gpd.GeoDataFrame], form: str) -> dict[str, bytes]:
    """Return the files of tables in a form, by name."""
    files: dict[str, bytes] = {}
    for name, frame in tables.items():
        if form == "shp":
            files |= _shapefile(name, frame)
        elif form == "gml":
            files[f"{name}.gml"] = _gml(name, frame)
        elif form == "esri":
            files[f"{name}.json"] = b"\xef\xbb\xbf" + json.dumps(esri_json(frame), ensure_ascii=False).encode()
        elif form == "keyed":
            files[f"{name}.json"] = json.dumps({name: {**geojson(frame), "crs": _NAMED}}, ensure_ascii=False).encode()
        else:
            files[f"{name}.geojson"] = json.dumps(geojson(frame.to_crs(4326)), ensure_ascii=False).encode()
    return files


_NAMED = {"type": "name", "properties": {"name": "EPSG:2326"}}


def geojson(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return GeoJSON without a word on the coordinate system."""
    features = [
        {"type": "Feature", "id": n, "properties": {"FID": n, **row}, "geometry": shapely.geometry.mapping(shape)}
        for n, (row, shape) in enumerate(zip(_rows(frame), frame.geometry, strict=True))
    ]
    return {"type": "FeatureCollection", "features": features}


def esri_json(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return Esri JSON: outer rings clockwise, holes the other way round, all in one list."""
    features = [
        {"attributes": {"FID": n, **row}, "geometry": {"rings": _rings(shape)}}
        for n, (row, shape) in enumerate(zip(_rows(frame), frame.geometry, strict=True))
    ]
    head = {"displayFieldName": "", "geometryType": "esriGeometryPolygon"}
    return {**head, "spatialReference": {"wkid": 102140, "latestWkid": 2326}, "features": features}


def _rows(frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    table = pd.DataFrame(frame.drop(columns="geometry")).astype(object)
    return table.where(table.notna(), None).to_dict("records")


def _rings(shape: Any) -> list[list[list[float]]]:
    parts = [shapely.geometry.polygon.orient(part, -1) for part in shapely.get_parts(shape)]
    return [[list(xy) for xy in ring.coords] for part in parts for ring in (part.exterior, *part.interiors)]


def _shapefile(name: str, frame: gpd.GeoDataFrame) -> dict[str, bytes]:
    """Return the parts of a shapefile, endings in capitals except one, as some packages have them."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        frame.to_file(Path(folder) / f"{name}.shp", encoding="utf-8", engine="pyogrio")
        parts = sorted(Path(folder).iterdir())
        return {f"{p.stem}{p.suffix if p.suffix == '.dbf' else p.suffix.upper()}": p.read_bytes() for p in parts}


def _gml(name: str, frame: gpd.GeoDataFrame) -> bytes:
    """Return GML 3 whose axes are northing, easting, as the urn form of EPSG:2326 demands."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.gml"
        frame.to_file(path, driver="GML", engine="pyogrio")
        return path.read_bytes()


def zipped(files: dict[str, bytes]) -> bytes:
    """Return an archive of files, the same bytes each time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
