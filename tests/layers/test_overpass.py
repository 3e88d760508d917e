from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import osmnx
import pytest
import shapely
from published.osm import EAST
from published.osm import NORTH
from published.overpass import Overpass
from published.overpass import loopback_overpass

from nmplan.errors import LayerError
from nmplan.layers import overpass
from nmplan.layers.osm import FEATURES
from nmplan.layers.osm import STREETS
from nmplan.layers.osm import read_osm
from nmplan.layers.overpass import fetch_features
from nmplan.layers.overpass import fetch_streets
from nmplan.layers.overpass import tags_of_layers

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from pathlib import Path

    from nmplan.errors import Fault

AREA = (
    gpd.GeoSeries([shapely.box(EAST - 3000, NORTH - 3000, EAST + 4000, NORTH + 6000)], crs="EPSG:2326")
    .to_crs("EPSG:4326")
    .iloc[0]
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Overpass]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with loopback_overpass() as running:
        yield running


def settings() -> dict[str, Any]:
    return {name: value for name, value in vars(osmnx.settings).items() if not name.startswith("_")}


def fault_of(fetch: Callable[..., Path], path: Path, url: str, **options: Any) -> Fault:
    """Fetch in vain: one fault that names dataset, address and mend, and no file or half of one."""
    with pytest.raises(LayerError) as caught:
        fetch(AREA, path, overpass_url=url, **{"pause_s": 0.001, "tries": 3, **options})
    (fault,) = caught.value.faults
    assert fault.source.startswith("OpenStreetMap ")
    assert fault.where == url
    assert fault.mend
    assert list(path.parent.iterdir()) == []
    return fault


def test_streets_come_as_graphml_that_both_readers_take(server: Overpass, tmp_path: Path) -> None:
    path = fetch_streets(AREA, tmp_path / "new" / "streets.graphml", overpass_url=server.url)
    assert [part.name for part in path.parent.iterdir()] == ["streets.graphml"]
    graph = osmnx.load_graphml(path)
    assert {type(data["highway"]) for _, _, data in graph.edges(data=True)} == {str}
    edges = read_osm(STREETS, [path])["road_edges"].frame
    assert set(edges["name_zh"]) >= {"青山公路 - 新田段", "新田公路"}
    # by hand: a block is 200 m, the motorway 1,200 m; seven decimals of a degree are a centimetre
    assert edges.loc[edges["name_en"].eq("East Road"), "length"].tolist() == pytest.approx([200] * 4, abs=0.03)
    motorway = edges[edges["highway"].eq("motorway")]
    assert motorway["length"].tolist() == pytest.approx([1200, 1200], abs=0.03)
    assert motorway["oneway"].all()


def test_features_come_as_a_geopackage(server: Overpass, tmp_path: Path) -> None:
    path = fetch_features(AREA, tmp_path / "features.gpkg", overpass_url=server.url)
    assert [part.name for part in tmp_path.iterdir()] == ["features.gpkg"]
    found = read_osm(FEATURES, [path], strength={"semiconductors": 1})
    assert found["stations"].frame["name_zh"].tolist() == ["新田", "古洞"]  # Hung Shui Kiu lies outside the area
    assert found["zoning"].frame["zone"].value_counts()["commercial"] == 2


def test_other_tags_may_be_asked_for(server: Overpass, tmp_path: Path) -> None:
    path = fetch_features(AREA, tmp_path / "food.gpkg", overpass_url=server.url, tags={"amenity": "restaurant"})
    (query,) = [query for _, query in server.asked]
    assert "['amenity'='restaurant']" in query
    assert gpd.read_file(path, engine="pyogrio")["name"].tolist() == ["茶餐廳"]


def test_the_tags_of_a_layer_are_those_of_its_rules() -> None:
    assert tags_of_layers(["talent"]) == {"amenity": ["college", "research_institute", "university"]}
    assert tags_of_layers()["railway"] == ["halt", "station", "tram_stop"]


def test_osmnx_is_left_as_it_was_and_nothing_lies_about(
    server: Overpass, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(osmnx.settings, "requests_timeout", 7)
    before, resolver = settings(), socket.getaddrinfo
    fetch_streets(AREA, tmp_path / "streets.graphml", overpass_url=server.url)
    server.script = ["html"]
    with pytest.raises(LayerError):
        fetch_features(AREA, tmp_path / "features.gpkg", overpass_url=server.url)
    assert settings() == before
    assert socket.getaddrinfo is resolver  # OSMnx redirects it for the whole process
    assert [part.name for part in tmp_path.iterdir()] == ["streets.graphml"]
    assert {path for path, _ in server.asked} == {"/api/interpreter"}


@pytest.mark.parametrize("script", [[429], [504, 429], [("wait", 0), 503]])
def test_a_busy_server_is_asked_again(server: Overpass, tmp_path: Path, script: list[Any]) -> None:
    server.script = list(script)
    fetch_streets(AREA, tmp_path / "streets.graphml", overpass_url=server.url, pause_s=0.001, tries=3)
    assert len(server.asked) == len(script) + 1


@pytest.mark.parametrize("status", [429, 504])
def test_trap_osmnx_asks_a_busy_server_for_ever(server: Overpass, tmp_path: Path, status: int) -> None:
    server.script = [status] * 50
    fault = fault_of(fetch_streets, tmp_path / "streets.graphml", server.url)
    assert f"HTTP {status}" in fault.what
    assert "3 tries" in fault.what
    assert len(server.asked) == 3


def test_pauses_double_and_follow_the_server(server: Overpass, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(overpass.time, "sleep", pauses.append)
    server.script = [429, 429, ("wait", 7), ("wait", 9000)]
    fetch_streets(AREA, tmp_path / "streets.graphml", overpass_url=server.url, pause_s=15, tries=5)
    assert [pause for pause in pauses if pause] == [15, 30, 7, 120]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("html", "no JSON, but text/html: '<!DOCTYPE html> <title>Log in to the hotel"),
        ("list", "JSON without elements"),
        ("nonsense", "none of OpenStreetMap's"),
        ("remark", "broken off, as it says itself: runtime error: Query timed out"),
        ("empty", "nothing was found"),
        ("drop", "cannot be reached"),
        ("cut", "cannot be reached"),
        (400, "HTTP 400"),
        (403, "HTTP 403"),
    ],
)
@pytest.mark.parametrize("fetch", [fetch_streets, fetch_features])
def test_other_answers_are_refused_at_once(
    server: Overpass, tmp_path: Path, fetch: Callable[..., Path], script: Any, words: str
) -> None:
    server.script = [script] * 9
    assert words in fault_of(fetch, tmp_path / "file.gpkg", server.url).what
    assert len(server.asked) == 1


def test_a_slow_server_is_given_up(server: Overpass, tmp_path: Path) -> None:
    server.script = ["slow"]
    fault = fault_of(fetch_streets, tmp_path / "streets.graphml", server.url, timeout_s=0.3)
    assert "no answer within 0.3 s" in fault.what


def test_nobody_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/api"
        fault = fault_of(fetch_streets, tmp_path / "streets.graphml", url)
    assert "Connection refused" in fault.what
    assert "proxy" in fault.mend


def test_a_failed_fetch_leaves_the_old_file(server: Overpass, tmp_path: Path) -> None:
    path = tmp_path / "streets.graphml"
    path.write_text("old")
    server.script = ["html"]
    with pytest.raises(LayerError):
        fetch_streets(AREA, path, overpass_url=server.url)
    assert path.read_text() == "old"


def test_a_proxy_is_used(server: Overpass, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.server_port}")
    fetch_streets(AREA, tmp_path / "streets.graphml", overpass_url="http://overpass.invalid/api")
    # to a proxy the whole address is sent; the name itself nobody here can resolve
    assert [path for path, _ in server.asked] == ["http://overpass.invalid/api/interpreter"]


@pytest.mark.parametrize(
    ("area", "words"),
    [
        (shapely.box(EAST, NORTH, EAST + 1000, NORTH + 1000), "outside the Greater Bay Area"),
        (shapely.box(22.4, 114.0, 22.5, 114.1), "outside the Greater Bay Area"),
        (shapely.Polygon([(114, 22.4), (114.1, 22.5), (114.1, 22.4), (114, 22.5)]), "no valid polygon"),
        (shapely.Polygon(), "no valid polygon"),
        (shapely.Point(114, 22.4), "no valid polygon"),
        (shapely.box(112, 22, 115, 24), "km²"),
        (
            shapely.MultiPolygon([shapely.box(x, y, x + 0.1, y + 0.1) for x, y in ((112, 22), (115, 22), (113, 24))]),
            "km²",
        ),
    ],
)
def test_areas_that_cannot_be_asked_for_are_refused_before_asking(
    server: Overpass, tmp_path: Path, area: Any, words: str
) -> None:
    with pytest.raises(LayerError) as caught:
        fetch_features(area, tmp_path / "features.gpkg", overpass_url=server.url)
    (fault,) = caught.value.faults
    assert fault.where == "polygon"
    assert words in fault.what
    assert server.asked == []


@pytest.mark.parametrize("url", ["", "overpass", "ftp://127.0.0.1/api", "http:///api"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(LayerError, match="is no address"):
        fetch_streets(AREA, tmp_path / "streets.graphml", overpass_url=url)


def test_a_large_area_in_parts_does_not_start_anew_after_429(
    server: Overpass, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(osmnx.settings, "max_query_area_size", 2.5e7)  # so that AREA needs several questions
    server.script = ["answer", 429]
    fetch_streets(AREA, tmp_path / "streets.graphml", overpass_url=server.url, pause_s=0.001)
    queries = [query for _, query in server.asked]
    assert len(set(queries)) > 1
    assert len(queries) == len(set(queries)) + 1  # only the part that was refused is asked twice
