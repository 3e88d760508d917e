"""OpenStreetMap as layers: streets and features, from its XML, saved OSMnx graphs, and files of features."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from nmplan.crs import to_work_crs
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.errors import NmplanError
from nmplan.errors import without_folder
from nmplan.layers.conform import conform
from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.contracts import POINT
from nmplan.layers.contracts import POLYGON
from nmplan.layers.contracts import Layer
from nmplan.layers.contracts import Note
from nmplan.layers.osm_document import Document
from nmplan.layers.osm_document import read_documents
from nmplan.layers.osm_document import write_document
from nmplan.layers.osm_streets import SOURCE
from nmplan.layers.osm_streets import read_graphml
from nmplan.layers.osm_streets import road_layers
from nmplan.layers.osm_streets import streets_of_document
from nmplan.layers.osm_tags import CITY
from nmplan.layers.osm_tags import COUNTRY_PARK
from nmplan.layers.osm_tags import FEATURE_TAGS
from nmplan.layers.osm_tags import MIN_ZOOM
from nmplan.layers.osm_tags import RULES
from nmplan.layers.osm_tags import SIMPLIFIED
from nmplan.layers.osm_tags import names_of
from nmplan.layers.osm_tags import word_of
from nmplan.layers.sides import in_hong_kong
from nmplan.layers.zones import settle_overlaps
from nmplan.words import JURISDICTIONS
from nmplan.words import ZONES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping
    from collections.abc import Sequence

    import networkx as nx

STREETS = ("road_nodes", "road_edges")
FEATURES = tuple(dict.fromkeys(rule.layer for rule in RULES))

XML = (".osm", ".xml", ".osm.gz", ".osm.bz2", ".xml.gz", ".xml.bz2")
GRAPHS = (".graphml",)
VECTORS = (".gpkg", ".geojson", ".json")

ACCURACY_M = {
    "stations": 50.0,  # a point in the middle of platforms up to 200 m long
    "talent": 150.0,  # a point on a campus some hundred metres wide
    "zoning": 20.0,  # outlines drawn over imagery
    "sensitive_uses": 20.0,
    "constraints": 20.0,
    "place_names": 500.0,  # where mappers put the name of a place that has no edge
}
"""Judgement: OpenStreetMap states no accuracy."""

POINT_ACCURACY_M = 100.0
"""Of a school or hospital mapped as one point: it may be the gate or the far end of the grounds."""

TOLD = {"zoning": "landuse", "place_names": "place"}
"""Tags whose other values are counted, as they say something the layer has no word for."""

CITIES = {
    "hong-kong": ("香港", "hong kong"),
    "shenzhen": ("深圳", "shenzhen"),
    "greater-bay-area": (
        *("東莞", "东莞", "dongguan", "廣州", "广州", "guangzhou", "惠州", "huizhou", "佛山", "foshan"),
        *("中山市", "zhongshan", "珠海", "zhuhai", "江門", "江门", "jiangmen", "肇慶", "肇庆", "zhaoqing"),
        *("澳門", "澳门", "macau", "macao"),
    ),
}
"""Words in address tags that tell the jurisdiction."""


def read_osm(
    layers: Sequence[str],
    paths: Sequence[Path],
    *,
    crs: str | None = None,
    strength: Mapping[str, float] = MappingProxyType({}),
    mainland: str = "",
    jurisdictions: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Layer]:
    """
    Read layers from OpenStreetMap.

    Parameters
    ----------
    layers
        Of road_nodes, road_edges, stations, talent, zoning, sensitive_uses, constraints, place_names. Which tags make
        them is listed in `osm_tags.RULES`.
    paths
        Files, or folders of them: OpenStreetMap XML (.osm, .osm.gz, .osm.bz2), streets saved by `osmnx.save_graphml`,
        features as GeoPackage or GeoJSON with a column per tag.
    crs
        Coordinate system of graphs and GeoPackages that name none.
    strength
        For the layer talent: strength of each of its institutions by chain; OpenStreetMap cannot tell.
    mainland
        For the layer talent: jurisdiction of what lies outside Hong Kong and has no city in its address.
    jurisdictions
        For the layer talent: jurisdiction by feature ("way/123") where the boundary's course or the tags do not do.

    Returns
    -------
    dict of Layer
        The layers asked for, in EPSG:2326; notes count what was left out or assumed.

    Raises
    ------
    LayerError
        Files that cannot be read, layers that are not in them, and everything the contracts refuse.
    """
    files = _sorted_files(layers, paths)
    documents, graphs, vectors = (_ending(files, ends) for ends in (XML, GRAPHS, VECTORS))
    faults: list[Fault] = []
    found: dict[str, Layer] = {}
    document = read_documents(documents)
    source = ", ".join(path.name for path in files)
    if set(layers) & set(STREETS):
        try:
            found |= dict(zip(STREETS, _streets(document, documents, graphs, crs), strict=True))
        except NmplanError as error:
            faults += error.faults
    asked = [name for name in FEATURES if name in layers]
    if asked:
        features = _features(document, vectors, asked, crs)
        makers = {"talent": {"strength": strength, "mainland": mainland, "jurisdictions": jurisdictions}}
        for name in asked:
            try:
                found[name] = _feature_layer(name, features, source, makers.get(name, {}))
            except NmplanError as error:
                faults += error.faults
    if faults:
        raise LayerError(faults)
    return {name: found[name] for name in layers}


def _sorted_files(layers: Sequence[str], paths: Sequence[Path]) -> list[Path]:
    """Return the files, those in folders too; refuse layers and kinds of files that this adapter does not know."""
    known = (*STREETS, *FEATURES)
    faults = [
        Fault("study", f"layers.{name}", f"OpenStreetMap has no layer {name}.", f"It has {', '.join(known)}.")
        for name in layers
        if name not in known
    ]
    files = []
    for path in paths:
        inside = [part for part in sorted(path.rglob("*")) if part.is_file()] if path.is_dir() else []
        here = _ending(inside, (*XML, *GRAPHS, *VECTORS)) if path.is_dir() else [path]
        if not here or not _ending(here, (*XML, *GRAPHS, *VECTORS)):
            what = "this is no file that OpenStreetMap's layers are read from."
            mend = f"Give {', '.join((*XML[:4], *GRAPHS, *VECTORS))}; convert .pbf with osmium cat -o region.osm."
            faults.append(Fault(path.name, "", what, mend))
        files += here
    if faults:
        raise LayerError(faults)
    return files


def _ending(files: Iterable[Path], ends: tuple[str, ...]) -> list[Path]:
    return [path for path in files if path.name.lower().endswith(ends)]


def _streets(
    document: Document, documents: Sequence[Path], graphs: Sequence[Path], crs: str | None
) -> tuple[Layer, Layer]:
    """Read the streets of XML, or else of one saved graph."""
    if documents and not graphs:
        source = ", ".join(path.name for path in documents)
        graph, notes = streets_of_document(document, source)
        nodes, edges = road_layers(graph, source)
        return nodes, Layer(edges.frame, [*notes, *edges.notes])
    if len(graphs) != 1 or documents:
        named = ", ".join(path.name for path in (*graphs, *documents)) or "study"
        what = f"streets come from OpenStreetMap XML or from one graph; here are {len(graphs)} graphs"
        what += f" and {len(documents)} XML files."
        raise LayerError([Fault(named, "layers.road_edges", what, "Name one .osm or one .graphml for the roads.")])
    loaded: nx.MultiDiGraph = read_graphml(graphs[0])
    return road_layers(loaded, graphs[0].name, crs=crs, own_lengths=True)


def _features(
    document: Document, vectors: Sequence[Path], layers: Sequence[str], crs: str | None
) -> tuple[gpd.GeoDataFrame, dict[str, list[Note]]]:
    """Return all features with a tag of the layers, and notes of those that cannot be used."""
    notes: dict[str, list[Note]] = {name: [] for name in layers}
    frames = [_document_features(document, layers, notes)] if document.tags else []
    frames += [_vector_features(path, crs) for path in vectors]
    whole = [frame for frame in frames if not frame.empty]
    if not whole:
        return gpd.GeoDataFrame(columns=["feature_id", *FEATURE_TAGS], geometry=[], crs="EPSG:2326"), notes
    return pd.concat(whole, ignore_index=True).drop_duplicates("feature_id", ignore_index=True), notes


def _document_features(document: Document, layers: Sequence[str], notes: dict[str, list[Note]]) -> gpd.GeoDataFrame:
    """Let OSMnx build the geometries of the features of OpenStreetMap XML."""
    import osmnx  # noqa: PLC0415

    keys = {rule.key for rule in RULES if rule.layer in layers}
    keep = {
        (kind, number): {key: tags[key] for key in FEATURE_TAGS if key in tags}
        for (kind, number), tags in document.tags.items()
        if keys & tags.keys()
    }
    if not keep:
        return gpd.GeoDataFrame()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "features.osm"
        write_document(document, [(*element, tags) for element, tags in keep.items()], path)
        try:
            built = osmnx.features_from_xml(path)
        except ValueError:  # how OSMnx says that no geometry could be built; each is told below
            built = gpd.GeoDataFrame({"element": [], "id": []}, geometry=[], crs="EPSG:4326").set_index(
                ["element", "id"]
            )
    lost = [element for element in keep if element not in set(built.index)]
    for name in layers:
        names = [f"{kind}/{number}" for kind, number in lost if word_of(keep[kind, number], name)]
        if names:
            what = "features left out whose geometry cannot be built from the extract"
            notes[name].append(Note(name, what, len(names), tuple(names)))
    built = built[[element in keep for element in built.index]].reset_index()
    ids = built["element"].astype(str) + "/" + built["id"].astype(str)
    return to_work_crs(_tag_columns(built, ids), "OpenStreetMap XML")


def _tag_columns(frame: gpd.GeoDataFrame, ids: pd.Series[str]) -> gpd.GeoDataFrame:
    """Return the id, the tags that are read, as text, and the geometry."""
    tags = pd.DataFrame(frame.drop(columns=frame.geometry.name)).reindex(columns=list(FEATURE_TAGS)).astype(object)
    tags = tags.where(tags.notna(), None)
    return gpd.GeoDataFrame(tags.assign(feature_id=ids.astype(str)), geometry=frame.geometry.force_2d(), crs=frame.crs)


def _vector_features(path: Path, crs: str | None) -> gpd.GeoDataFrame:
    """Read features saved as a GeoPackage or GeoJSON: by OSMnx, overpass turbo, or GDAL's OSM driver."""
    try:
        tables = [name for name, kind in pyogrio.list_layers(path) if kind is not None]
        frames = [gpd.read_file(path, layer=name, engine="pyogrio") for name in tables]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError, ValueError) as error:
        what = f"this cannot be read: {without_folder(error, path)}."
        raise LayerError([Fault(path.name, "", what, "Repair the file, or export it again.")]) from None
    read = []
    for number, frame in enumerate(frames):
        if frame.empty:
            continue
        spread = _spread(frame)
        read.append(to_work_crs(_tag_columns(spread, _ids(spread, f"{path.stem}-{number}")), path.name, crs))
    return pd.concat(read, ignore_index=True) if read else gpd.GeoDataFrame()


def _spread(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give a column to each tag that stands inside another: GDAL's other_tags, osmtogeojson's tags."""
    for column, reader in (("other_tags", _hstore), ("tags", _json_tags)):
        if column in frame:
            inside = pd.DataFrame([reader(text) for text in frame[column]], index=frame.index)
            more = [name for name in inside.columns if name in FEATURE_TAGS and name not in frame]
            frame = frame.assign(**inside[more])
    return frame


def _hstore(text: object) -> dict[str, str]:
    return dict(re.findall(r'"([^"\\]+)"=>"((?:[^"\\]|\\.)*)"', text)) if isinstance(text, str) else {}


def _json_tags(text: object) -> dict[str, str]:
    try:
        tags = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return {}
    return tags if isinstance(tags, dict) else {}


def _ids(frame: gpd.GeoDataFrame, stem: str) -> pd.Series[str]:
    """Return OpenStreetMap's own name of each feature ("way/123"), or its row where the file does not say."""
    ids = pd.Series([f"{stem}/{row}" for row in range(1, len(frame) + 1)], index=frame.index, dtype=object)
    for column in ("@id", "id", "osmid", "osm_way_id", "osm_id"):
        if column in frame:
            given = frame[column].map(lambda value: str(value).removesuffix(".0"), na_action="ignore")
            kinds = next((frame[kind].astype(str) for kind in ("element", "element_type") if kind in frame), None)
            named = given if kinds is None else kinds + "/" + given
            return named.where(given.notna(), ids)
    return ids


def _feature_layer(
    layer: str, features: tuple[gpd.GeoDataFrame, dict[str, list[Note]]], source: str, options: dict[str, Any]
) -> Layer:
    """Choose the features of a layer and bring them into its shape."""
    everything, lost = features
    rules = [word_of(tags, layer) for tags in everything.drop(columns="geometry").to_dict("records")]
    chosen = pd.Series([rule is not None for rule in rules], index=everything.index, dtype=bool)
    notes = [*lost[layer], *_untold(everything, layer)]
    if not chosen.any():
        tags = ", ".join(sorted({f"{rule.key}={rule.value}" for rule in RULES if rule.layer == layer}))
        raise LayerError([Fault(source, "", f"no feature belongs to layer {layer}.", f"It needs one of {tags}.")])
    frame = everything[chosen].assign(
        word=[rule.word for rule in rules if rule], tag=[f"{rule.key}={rule.value}" for rule in rules if rule]
    )
    names = [names_of(tags) for tags in frame.drop(columns="geometry").to_dict("records")]
    frame = frame.assign(name_en=[english for english, _ in names], name_zh=[chinese for _, chinese in names])
    frame, mends = _shaped(frame, layer)
    frame = frame.assign(source=SOURCE, accuracy_m=ACCURACY_M[layer])
    frame, more = _MAKERS[layer](frame, source, **options)
    made = conform(frame, layer, source)
    if layer == "zoning":
        settled, cuts = settle_overlaps(made.frame)
        made = Layer(settled.reset_index(drop=True), [*made.notes, *cuts])
    return Layer(made.frame, [*notes, *mends, *more, *_script_notes(made.frame, layer), *made.notes])


def _untold(features: gpd.GeoDataFrame, layer: str) -> list[Note]:
    """Count the values of a layer's main tag for which it has no word."""
    if layer not in TOLD:
        return []
    known = {rule.value for rule in RULES if rule.layer == layer}
    values = Counter(value for value in features[TOLD[layer]] if value is not None and value not in known)
    listed = ", ".join(f"{value} {count}" for value, count in sorted(values.items()))
    return [Note(layer, f"features left out, {TOLD[layer]} of other kinds: {listed}", values.total())] if values else []


def _shaped(frame: gpd.GeoDataFrame, layer: str) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Bring geometries to the kind a layer takes: a point on an area, the polygons of a mixture; leave out the rest."""
    kinds = CONTRACTS[layer].geometry
    if kinds == POINT:
        areas = frame.geom_type.ne("Point")
        notes = [Note(layer, "areas and lines taken as a point on them", int(areas.sum()))] * bool(areas.any())
        return frame.set_geometry(frame.geometry.where(~areas, frame.representative_point())), notes
    shapes = [_polygons(shape) if shape.geom_type not in kinds else shape for shape in frame.geometry]
    shaped = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
    empty = shaped.geometry.is_empty
    names = tuple(frame.loc[empty, "feature_id"])
    notes = [Note(layer, "features left out that are mapped as a point or line", len(names), names)] if names else []
    return shaped[~empty], notes


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.geom_type in POLYGON])


def _script_notes(frame: gpd.GeoDataFrame, layer: str) -> list[Note]:
    names = tuple(name for name in frame.get("name_zh", []) if SIMPLIFIED & set(name))
    return [Note(layer, "names in Simplified Chinese, as mapped", len(names), names)] if names else []


def _stations(frame: gpd.GeoDataFrame, _source: str) -> tuple[gpd.GeoDataFrame, list[Note]]:
    light = frame["station"].isin(("light_rail", "monorail", "tram"))
    return frame.assign(station_id=frame["feature_id"], mode=frame["word"].where(~light, "light-rail")), []


def _talent(
    frame: gpd.GeoDataFrame,
    source: str,
    *,
    strength: Mapping[str, float],
    mainland: str,
    jurisdictions: Mapping[str, str],
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    faults = [] if strength else [Fault(source, "strength", _NO_STRENGTH, _GIVE_STRENGTH)]
    for key, word in {"mainland": mainland, **jurisdictions}.items():
        if word and word not in JURISDICTIONS:
            what = f"there is no jurisdiction {word!r}."
            faults.append(Fault(source, key, what, f"Use one of {', '.join(JURISDICTIONS)}."))
    named = frame["name_en"].ne("") | frame["name_zh"].ne("")
    title = (frame["name_en"].where(frame["name_en"].ne(""), frame["name_zh"])).str.casefold()
    first = ~title.duplicated()
    notes = [
        Note("talent", what, int(which.sum()), tuple(frame.loc[which, "feature_id"]))
        for what, which in (
            ("institutions without a name left out: most are buildings of another", ~named),
            ("institutions left out that are mapped twice under one name", named & ~first),
        )
        if which.any()
    ]
    kept = frame[named & first]
    placed, near, open_ = _jurisdictions(kept, mainland, jurisdictions)
    if open_:
        what = f"{len(open_)} institutions lie outside Hong Kong, and their tags do not say in which city."
        mend = 'Write mainland = "shenzhen", or jurisdictions = { "way/1" = "greater-bay-area" }.'
        faults.append(Fault(source, ", ".join(open_[:5]), what, mend))
    if faults:
        raise LayerError(faults)
    if near:
        what = "institutions near the boundary, whose side is judged by its generalised course"
        notes.append(Note("talent", what, len(near), tuple(near)))
    columns = {f"strength_{chain.replace('-', '_')}": float(number) for chain, number in strength.items()}
    return kept.assign(jurisdiction=placed, **columns), notes


_NO_STRENGTH = "OpenStreetMap does not say how strong an institution is in a chain."
_GIVE_STRENGTH = "Write strength = { semiconductors = 1, … } in the study."


def _jurisdictions(
    frame: gpd.GeoDataFrame, mainland: str, given: Mapping[str, str]
) -> tuple[list[str], list[str], list[str]]:
    """Return the jurisdiction of each place, the places near the boundary, and those that nothing tells."""
    words, near, open_ = [], [], []
    inside, close = in_hong_kong(frame.geometry)
    for row, here, unsure in zip(frame.to_dict("records"), inside, close, strict=True):
        name = str(row["feature_id"])
        told = given.get(name, "") or ("hong-kong" if here and not unsure else _city(row))
        if not told and unsure and (here or mainland):
            near.append(name)
        words.append(told or ("hong-kong" if here else mainland))
        if not words[-1]:
            open_.append(name)
    return words, near, open_


def _city(tags: Mapping[str, Any]) -> str:
    address = " ".join(str(tags[key]) for key in CITY if tags.get(key)).casefold()
    return next((place for place, words in CITIES.items() if any(word in address for word in words)), "")


def _zoning(frame: gpd.GeoDataFrame, _source: str) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Say that these are uses of today, no plan; where they overlap, the smaller keeps the ground."""
    ordered = frame.assign(area=frame.area).sort_values(["area", "feature_id"], kind="stable")
    return ordered.assign(
        zone=ordered["word"],
        zone_id=ordered["feature_id"],
        zone_label=ordered["tag"],
        desc_en=ordered["word"].map(lambda zone: f"{ZONES[zone][0]}: land use as mapped, not a statutory zone"),
        desc_zh=ordered["word"].map(lambda zone: f"{ZONES[zone][1]}（現時土地用途，並非法定地帶）"),
        basis="land use as mapped by volunteers",
    ), []


def _sensitive_uses(frame: gpd.GeoDataFrame, _source: str) -> tuple[gpd.GeoDataFrame, list[Note]]:
    points = frame.geom_type.eq("Point")
    return frame.assign(kind=frame["word"], accuracy_m=frame["accuracy_m"].where(~points, POINT_ACCURACY_M)), []


def _constraints(frame: gpd.GeoDataFrame, _source: str) -> tuple[gpd.GeoDataFrame, list[Note]]:
    titles = (frame["name_en"] + " " + frame["name_zh"]).str.casefold()
    park = frame["word"].eq("conservation") & titles.map(lambda title: any(word in title for word in COUNTRY_PARK))
    return frame.assign(kind=frame["word"].where(~park, "country-park")), []


def _place_names(frame: gpd.GeoDataFrame, _source: str) -> tuple[gpd.GeoDataFrame, list[Note]]:
    named = frame["name_en"].ne("") | frame["name_zh"].ne("")
    lost = tuple(frame.loc[~named, "feature_id"])
    notes = [Note("place_names", "places without a name left out", len(lost), lost)] if lost else []
    zoom = frame["word"].map(MIN_ZOOM)
    return frame.assign(place_id=frame["feature_id"], kind=frame["word"], min_zoom=zoom)[named], notes


_MAKERS: dict[str, Any] = {
    "stations": _stations,
    "talent": _talent,
    "zoning": _zoning,
    "sensitive_uses": _sensitive_uses,
    "constraints": _constraints,
    "place_names": _place_names,
}
