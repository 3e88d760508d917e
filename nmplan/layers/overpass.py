"""Streets and features of OpenStreetMap from an Overpass server, through OSMnx, into a file."""

from __future__ import annotations

import math
import re
import socket
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd

from nmplan.crs import GREATER_BAY_AREA
from nmplan.crs import WORK_CRS
from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.osm_settings import osmnx_settings
from nmplan.layers.osm_streets import simplified
from nmplan.layers.osm_tags import FEATURE_TAGS
from nmplan.layers.osm_tags import RULES
from nmplan.layers.osm_tags import STREET_TAGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    import networkx as nx
    import requests
    from shapely import MultiPolygon
    from shapely import Polygon

    from nmplan.layers.catalogue import Dataset

Tags = dict[str, bool | str | list[str]]

LARGEST_KM2 = 10_000.0
"""Hong Kong and Shenzhen together are 3,100 km²; more than this is no question for a shared server."""

AROUND_M = 3_000.0
"""How far beyond the study areas OpenStreetMap is asked for: what lies there still counts for their edges."""

BUSY = (429, 502, 503, 504)
"""Answers after which asking again later makes sense."""

LONGEST_PAUSE_S = 120.0
"""However long the server asks to wait, no single pause is longer."""


@dataclass(frozen=True)
class _Server:
    """An Overpass server, and how patiently it is asked."""

    url: str
    timeout_s: float
    tries: int
    pause_s: float


def fetch_streets(
    polygon: Polygon | MultiPolygon,
    path: Path,
    *,
    overpass_url: str,
    timeout_s: float = 180.0,
    tries: int = 4,
    pause_s: float = 15.0,
) -> Path:
    """
    Save the streets within a polygon as GraphML that `read_osm` and `osmnx.load_graphml` read.

    Parameters
    ----------
    polygon
        Longitude and latitude, WGS84.
    path
        The .graphml to write; what stands there is replaced only when all is well.
    overpass_url
        Address of the server up to and without "/interpreter".
    timeout_s
        Seconds for one answer, for the server and for the connection.
    tries
        How often a busy server is asked before giving up.
    pause_s
        Seconds before the second try, doubled before each further one, unless the server says how long.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    LayerError
        A polygon that cannot be asked for, a server that is away, busy or answers something else, or no streets.
    """
    import osmnx  # noqa: PLC0415

    def ask() -> nx.MultiDiGraph:
        # simplified afterwards: OSMnx would join streets of different classes and list them in any order
        graph = osmnx.graph_from_polygon(
            polygon, network_type="drive_service", simplify=False, retain_all=True, truncate_by_edge=True
        )
        return _measured(simplified(_motorways_one_way(graph)))

    dataset, server = "OpenStreetMap streets", _Server(overpass_url, timeout_s, tries, pause_s)
    _check(polygon, dataset, server)
    graph = _answer(ask, dataset, server)
    return _replace(path, lambda temporary: osmnx.save_graphml(graph, temporary))


def fetch_features(
    polygon: Polygon | MultiPolygon,
    path: Path,
    *,
    overpass_url: str,
    tags: Mapping[str, Any] | None = None,
    timeout_s: float = 180.0,
    tries: int = 4,
    pause_s: float = 15.0,
) -> Path:
    """
    Save the features within a polygon as a GeoPackage with a column per tag.

    Parameters
    ----------
    polygon
        Longitude and latitude, WGS84.
    path
        The .gpkg to write; what stands there is replaced only when all is well.
    tags
        Tags as OSMnx takes them; those of all layers unless said otherwise.
    overpass_url, timeout_s, tries, pause_s
        As in `fetch_streets`.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    LayerError
        A polygon that cannot be asked for, a server that is away, busy or answers something else, or no features.
    """
    import osmnx  # noqa: PLC0415

    asked: Tags = dict(tags) if tags is not None else tags_of_layers()
    dataset, server = "OpenStreetMap features", _Server(overpass_url, timeout_s, tries, pause_s)
    _check(polygon, dataset, server)
    features = _answer(lambda: osmnx.features_from_polygon(polygon, asked), dataset, server)
    # of hundreds of columns only these are read; a GeoPackage takes Name for name, and so refuses some pairs
    columns = dict.fromkeys(["element", "id", *FEATURE_TAGS, *asked])
    table = features.reset_index()
    # tags are text, whatever a tag named id makes of the numbers
    texts = {name: table[name].map(str, na_action="ignore") for name in columns if name in table}
    kept = gpd.GeoDataFrame(texts, geometry=table.geometry, crs=table.crs)
    return _replace(path, lambda temporary: kept.to_file(temporary, driver="GPKG", engine="pyogrio"))


def overpass_maker(areas: gpd.GeoDataFrame) -> Callable[[Dataset, Path], None]:
    """
    Return what makes a dataset of kind "overpass": streets (format graphml) or features round the study areas.

    Parameters
    ----------
    areas
        The layer, EPSG:2326.
    """
    polygon = areas.geometry.buffer(AROUND_M).to_crs("EPSG:4326").union_all()

    def make(row: Dataset, path: Path) -> None:
        makes = fetch_streets if row.format == "graphml" else fetch_features
        makes(polygon, path, overpass_url=row.address)

    return make


def tags_of_layers(layers: Sequence[str] = ()) -> Tags:
    """Return the tags of some layers, or of all, as OSMnx takes them."""
    chosen = [rule for rule in RULES if not layers or rule.layer in layers]
    keys = dict.fromkeys(rule.key for rule in chosen)
    return {key: sorted({rule.value for rule in chosen if rule.key == key}) for key in keys}


def _check(polygon: Polygon | MultiPolygon, dataset: str, server: _Server) -> None:
    """Refuse addresses and polygons before a server is bothered with them."""
    if not re.match(r"https?:/{2}[^/]", server.url):
        mend = "Write it whole, with http or https in front, up to /api."
        raise LayerError([Fault(dataset, "address", f"{server.url!r} is no address of a server.", mend)])
    what = ""
    if polygon.geom_type not in {"Polygon", "MultiPolygon"} or polygon.is_empty or not polygon.is_valid:
        what = "the area is no valid polygon."
    else:
        west, south, east, north = GREATER_BAY_AREA
        left, bottom, right, top = polygon.bounds
        if not (west <= left and right <= east and south <= bottom and top <= north):
            what = f"the area ({left:g}, {bottom:g} to {right:g}, {top:g}) lies outside the Greater Bay Area."
    if what:
        mend = "Give longitude and latitude in WGS84 degrees, longitude first."
        raise LayerError([Fault(dataset, "polygon", what, mend)])
    km2 = float(gpd.GeoSeries([polygon], crs="EPSG:4326").to_crs(WORK_CRS).convex_hull.area.iloc[0]) / 1e6
    if km2 > LARGEST_KM2:
        what = f"the area is {km2:,.0f} km² with the ground between its parts, more than {LARGEST_KM2:,.0f}."
        mend = "Ask for less, or download an extract as .osm and read that."
        raise LayerError([Fault(dataset, "polygon", what, mend)])


class _BusyError(Exception):
    """The server asks to come back later; after so many seconds, if it says."""

    def __init__(self, status: int, after: str) -> None:
        super().__init__(f"HTTP {status}")
        self.pause_s = float(after) if after.isdigit() else math.nan


class _AnswerError(Exception):
    """The answer is not what was asked for."""


def _look_at(response: requests.Response, *_args: Any, **_kwargs: Any) -> None:
    """
    Look at an answer before OSMnx does.

    After 429 and 504 OSMnx waits 55 seconds and asks again, without end; an answer that Overpass broke off (a remark
    with status 200) it takes as whole.
    """
    _ = response.content  # read to its end, so that the connection can be closed
    if response.is_redirect:
        return
    if response.status_code in BUSY:
        raise _BusyError(response.status_code, response.headers.get("Retry-After", ""))
    if not response.ok:
        raise _AnswerError(f"HTTP {response.status_code} {response.reason}")
    try:
        answer = response.json()
    except ValueError:
        kind = response.headers.get("Content-Type", "an unnamed type")
        raise _AnswerError(f"no JSON, but {kind}: {' '.join(response.text.split())[:80]!r}") from None
    if not isinstance(answer, dict) or not isinstance(answer.get("elements"), list):
        raise _AnswerError("JSON without elements")
    if "remark" in answer:
        raise _AnswerError(f"broken off, as it says itself: {str(answer['remark'])[:200]}")


def _answer(ask: Callable[[], Any], dataset: str, server: _Server) -> Any:
    """Ask until the server is not busy, as often as agreed; turn everything else into a fault."""
    from requests import RequestException  # noqa: PLC0415
    from requests import Timeout  # noqa: PLC0415

    what, mend = "", ""
    with _set_for(server):
        try:
            return _with_patience(ask, server)
        except _BusyError as error:
            what = f"the server is busy, {error}, also after {server.tries} tries."
            mend = "Try again later, or ask another Overpass server."
        except _AnswerError as error:
            what = f"the server answered {error}."
            mend = "Check the address (it ends in /api), or ask for a smaller area."
        except Timeout:
            what = f"no answer within {server.timeout_s:g} s."
            mend = "Ask for a smaller area, or allow more time."
        except RequestException as error:
            what = f"the server cannot be reached: {_root_cause(error)}."
            mend = "Check the address, the network and the proxy (HTTPS_PROXY), or download an .osm extract."
        except ValueError as error:  # how OSMnx says that nothing was found
            what = f"nothing was found: {error}"
            mend = "Check the area, and the tags."
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            what = f"the server answered with elements that are none of OpenStreetMap's: {error!r}."
            mend = "Check the address, or ask another Overpass server."
    raise LayerError([Fault(dataset, server.url, what, mend)])


def _with_patience(ask: Callable[[], Any], server: _Server) -> Any:
    for again in range(1, server.tries):
        try:
            return ask()
        except _BusyError as error:
            agreed = server.pause_s * 2 ** (again - 1)
            time.sleep(min(LONGEST_PAUSE_S, agreed if math.isnan(error.pause_s) else error.pause_s))
    return ask()


@contextmanager
def _set_for(server: _Server) -> Iterator[None]:
    """
    Set OSMnx for one question, and leave no trace of it.

    Its answers are kept between tries, so that a large area cut into parts need not start anew. OSMnx redirects
    `socket.getaddrinfo` to the address it once found, for the whole process and for good; that is undone. Its own rate
    limit asks the server's status page, as long as it says "Currently", without end; the pauses here do instead.
    """
    resolver = socket.getaddrinfo
    with (
        tempfile.TemporaryDirectory() as folder,
        osmnx_settings(
            overpass_url=server.url,
            requests_timeout=server.timeout_s,
            overpass_settings=f"[out:json][timeout:{max(1, int(server.timeout_s))}]{{maxsize}}",
            requests_kwargs={"hooks": {"response": _look_at}},
            overpass_rate_limit=False,
            doh_url_template=None,  # it would ask a third party for the address
            use_cache=True,
            cache_only_mode=False,
            cache_folder=folder,
            log_file=False,
            all_oneway=False,
            useful_tags_way=list(STREET_TAGS),
        ),
    ):
        try:
            yield
        finally:
            socket.getaddrinfo = resolver


def _root_cause(error: BaseException) -> str:
    """Return the words of the error behind urllib3's and requests' wrappings."""
    reason = getattr(error.args[0], "reason", error.args[0]) if error.args else error
    return " ".join(str(reason).split(": ")[-1].split())[:160].rstrip(".")


def _motorways_one_way(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """Drop the way back of motorways: OpenStreetMap implies that they are one-way, OSMnx does not."""
    back = [
        (u, v, key)
        for u, v, key, data in graph.edges(keys=True, data=True)
        if data["highway"] == "motorway" and not data["oneway"] and data["reversed"]
    ]
    one_way = graph.copy()
    one_way.remove_edges_from(back)
    for _, _, data in one_way.edges(data=True):
        data["oneway"] = data["oneway"] or data["highway"] == "motorway"
    return one_way


def _measured(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """Measure the streets in EPSG:2326: OSMnx measures them on a sphere, up to 0.4 % off."""
    import networkx as nx  # noqa: PLC0415
    import osmnx  # noqa: PLC0415

    lengths = osmnx.graph_to_gdfs(graph, nodes=False).to_crs(WORK_CRS).length
    measured = graph.copy()
    nx.set_edge_attributes(measured, lengths.to_dict(), "length")
    return measured


def _replace(path: Path, write: Callable[[Path], Any]) -> Path:
    """Write beside the file and put it in its place at the end, so that it is never half there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}-") as folder:
        temporary = Path(folder) / path.name
        write(temporary)
        temporary.replace(path)
    return path
