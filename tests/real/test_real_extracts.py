"""The pipeline on real extracts, from the folder named by NMPLAN_REAL_DATA."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest

from nmplan import pipeline
from nmplan.errors import LayerError
from nmplan.layers.file import read_file
from nmplan.maps.pages import FILES
from nmplan.measures.model import build_travel
from nmplan.measures.network import Legs
from nmplan.measures.network import shortest_minutes
from nmplan.measures.speeds import Speeds
from nmplan.steps.layers import stored_layers
from nmplan.store import Workspace
from nmplan.store import read_table
from nmplan.study import Study

DATA = os.environ.get("NMPLAN_REAL_DATA", "")
if not DATA and os.environ.get("NMPLAN_REQUIRE_REAL"):
    pytest.fail("NMPLAN_REQUIRE_REAL is set, but NMPLAN_REAL_DATA names no folder", pytrace=False)
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA, reason="NMPLAN_REAL_DATA names no folder of real extracts"),
]


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.load(Path(__file__).with_name("study.toml"))


@pytest.fixture(scope="module")
def told(study: Study, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("real")
    lines = [line for event in pipeline.run(study, root) for line in event.said]
    return root, "\n".join(lines)


def table(told: tuple[Path, str], name: str):
    return read_table(Workspace(told[0]).table("today", name))


def test_it_runs_to_the_maps_over_thousands_of_polygons(told: tuple[Path, str]) -> None:
    scores = table(told, "scores")
    assert len(scores) >= 3000
    assert scores["eligible"].sum() >= 1000
    for page in FILES:
        assert (told[0] / "maps" / page).stat().st_size > 100_000


def test_what_was_mended_left_out_and_assumed_is_said(told: tuple[Path, str]) -> None:
    for words in (
        "parcels: 83 invalid polygons mended",
        "1 polygons without any area, left out",
        "8088 speeds taken from the road class",
        "outlines of polygons taken as lines",
        "workshop: left out, for no layer holds what it measures: station_min, talent_access, permitted_share",
    ):
        assert words in told[1]


def test_unreachable_sites_are_counted_and_undecided_never_zero(told: tuple[Path, str]) -> None:
    measures, exclusions = table(told, "measures"), table(told, "exclusions")
    cut_off = set(measures.loc[measures["crossing_car_min"].isna(), "parcel_id"])
    assert f"crossing_car_min could not be measured at {len(cut_off)} sites" in told[1]
    undecided = exclusions[exclusions["rule"].eq("measured: crossing_car_min")]
    assert set(undecided["parcel_id"]) == cut_off
    assert undecided["outcome"].eq("undecided").all()


def test_slope_comes_from_the_real_terrain(told: tuple[Path, str]) -> None:
    measures = table(told, "measures")
    assert measures["slope_deg"].notna().mean() > 0.95
    assert 5 < measures["slope_deg"].mean() < 30
    assert "slope_deg ≤ 15" in set(table(told, "exclusions")["rule"])


def test_the_crossing_is_the_near_one(told: tuple[Path, str]) -> None:
    measures = table(told, "measures").set_index("parcel_id")
    parcels = read_table(Workspace(told[0]).layer("parcels")).set_index("parcel_id")
    west = parcels.geometry.centroid.x < 815_000
    assert measures.loc[west[west].index, "crossing_car_id"].mode()[0] == "shenzhen-bay"


def test_san_tin_to_hung_shui_kiu_equals_networkx_on_the_published_file(study: Study, told: tuple[Path, str]) -> None:
    """Between the nearest nodes, minutes at 40 km/h are the length NetworkX finds on the file as published."""
    path = Path(DATA) / "roads" / "nnt_bus_road_network_clean_undirected_epsg2326.gpkg"
    nodes, edges = gpd.read_file(path, layer="nodes"), gpd.read_file(path, layer="edges")
    graph = nx.MultiGraph()
    graph.add_weighted_edges_from(zip(edges["u"], edges["v"], edges["length_m"], strict=True))
    ends = gpd.GeoSeries.from_xy([114.0812, 113.9866], [22.5015, 22.4281], crs="EPSG:4326").to_crs("EPSG:2326")
    names = [str(nodes["node_id"].iloc[nodes.distance(end).argmin()]) for end in ends]
    published_m = nx.dijkstra_path_length(graph, *names)

    layers = stored_layers(study, Workspace(told[0]))
    speeds = Speeds.of(study.travel)
    travel = build_travel(layers, study.scenarios["today"], speeds)
    assert travel is not None
    drive = travel.networks["car"]
    at = [Legs(np.array([0]), drive.position([name]), np.zeros(1), 1) for name in names]
    assert shortest_minutes(drive, *at)[0, 0] * 40_000 / 60 == pytest.approx(published_m, rel=1e-6)
    assert 12_400 < published_m < 16_300  # the README of the extracts: 12.5 to 16.2 km by end point


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("boundaries/DCD2326_ORIGINAL_malformed.geojson", "cannot be read"),
        ("shenzhen/shenzhen_440300_districts_poi86.shp", "names no coordinate system"),
    ],
)
def test_files_broken_as_published_get_a_message(file: str, words: str) -> None:
    path = Path(DATA) / file
    with pytest.raises(LayerError, match=words) as caught:
        read_file(
            "areas", path, columns={"area_id": "fid"} if path.suffix == ".none" else None, constants={"area_id": "x"}
        )
    assert path.name in str(caught.value)


def test_numbers_written_as_text_are_read() -> None:
    path = Path(DATA) / "land_events" / "Land_Sale_Records.geojson"
    frame = gpd.read_file(path)
    assert frame.crs is not None
    text = [name for name in frame if frame[name].astype(str).str.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?").any()]
    assert text, "the extract no longer holds numbers written as text"
    layer = read_file(
        "suppliers", path,
        columns={"mass": text[0]},
        constants={"chain": "land", "tier": "sale", "jurisdiction": "hong-kong"},
        where=f'"{text[0]}" LIKE \'%,%\' AND "{text[0]}" NOT LIKE \'%(%\'',
    )  # fmt: skip
    assert layer.frame["mass"].min() >= 1000
