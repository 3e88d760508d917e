from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pytest
import shapely

from nmplan.crs import to_work_crs
from nmplan.layers.check import REFERENCES
from nmplan.layers.check import check_together
from nmplan.layers.conform import conform
from nmplan.layers.contracts import CONTRACTS

if TYPE_CHECKING:
    from collections.abc import Callable

SAN_TIN = shapely.box(823_000, 839_500, 826_000, 842_000)


def conformed(frame: Any, layer: str) -> Any:
    return conform(frame, layer, "a").frame


def swapped(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda places: places[:, ::-1])


def blocks(layer: str, count: int, *, turn: int = 0) -> gpd.GeoDataFrame:
    """Blocks of 200 m inside San Tin, the first `turn` of them with their axes swapped."""
    shapes = [shapely.box(823_200 + 250 * i, 840_000, 823_400 + 250 * i, 840_200) for i in range(count)]
    shapes = [swapped(shape) if i < turn else shape for i, shape in enumerate(shapes)]
    key = {"zoning": "zone_id", "parcels": "parcel_id"}[layer]
    columns = {key: [f"{i}" for i in range(count)], "zone": "industrial", "zone_label": "I"}
    return conformed(to_work_crs(gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:2326"), layer), layer)


@pytest.fixture(scope="module")
def areas() -> gpd.GeoDataFrame:
    return conformed(gpd.GeoDataFrame({"area_id": ["san-tin"]}, geometry=[SAN_TIN], crs="EPSG:2326"), "areas")


@pytest.mark.parametrize(("layer", "column", "other", "key"), REFERENCES)
def test_the_columns_of_a_reference_stand_in_the_contracts(layer: str, column: str, other: str, key: str) -> None:
    assert column in CONTRACTS[layer].columns
    assert key in CONTRACTS[other].columns


@pytest.mark.parametrize(("layer", "column", "other", "key"), REFERENCES)
def test_a_name_that_leads_nowhere_is_found(
    frame: Callable[..., Any], layer: str, column: str, other: str, key: str
) -> None:
    columns = {name: ["known"] * 2 for one, name, of, _ in REFERENCES if one == layer and of == other}
    rows = 2 if other == "chains" else 1  # each of the two suppliers is in a tier of its own
    known = conformed(frame(other, rows, **{key: ["known"] * rows}), other)
    good = frame(layer, 2, **columns)
    if len(CONTRACTS[layer].key) > 1:
        good = good.iloc[:1]
    assert check_together({layer: conformed(good, layer), other: known}) == []
    bad = good.copy()
    bad.loc[0, column] = "nowhere"
    (fault,) = check_together({layer: conformed(bad, layer), other: known})
    assert layer in fault.source
    assert "nowhere" in fault.where
    assert column in fault.what
    assert other in fault.what
    assert fault.mend


def test_lost_names_are_counted_beyond_the_first_five(frame: Callable[..., Any]) -> None:
    services = conformed(frame("crossing_services", 7), "crossing_services")
    crossings = conformed(frame("crossings", crossing_id=["lo-wu"]), "crossings")
    (fault,) = check_together({"crossing_services": services, "crossings": crossings})
    assert "7 names" in fault.what
    assert fault.where.count("crossing_id-") == 5


def test_layers_that_are_not_there_are_not_checked(frame: Callable[..., Any]) -> None:
    assert check_together({}) == []
    assert check_together({"transfers": conformed(frame("transfers", 2), "transfers")}) == []


def test_faults_of_several_layers_are_told_at_once(frame: Callable[..., Any]) -> None:
    layers = {name: conformed(frame(name, 2), name) for name in ("transfers", "stations", "suppliers", "chains")}
    layers["suppliers"] = layers["suppliers"].assign(chain="nowhere")
    assert len(check_together(layers)) == 3


@pytest.mark.parametrize("layer", ["zoning", "parcels"])
def test_san_tin_with_swapped_axes_passes_the_bounds_but_not_the_study_areas(
    areas: gpd.GeoDataFrame, layer: str
) -> None:
    # blocks() itself sends the swapped frame through to_work_crs, which lets it pass: trap 3 of SOURCES
    (fault,) = check_together({layer: blocks(layer, 4, turn=4), "areas": areas})
    assert fault.source == f"layer {layer}"
    assert "Easting and Northing are swapped in 4 of 4" in fault.what
    assert "Easting first" in fault.mend


@pytest.mark.parametrize("layer", ["zoning", "parcels"])
def test_axes_the_right_way_round_are_no_fault(areas: gpd.GeoDataFrame, layer: str) -> None:
    assert check_together({layer: blocks(layer, 4), "areas": areas}) == []


def test_swapped_axes_are_not_seen_without_study_areas() -> None:
    assert check_together({"parcels": blocks("parcels", 4, turn=4)}) == []


def test_most_features_swapped_are_told_with_their_number(areas: gpd.GeoDataFrame) -> None:
    (fault,) = check_together({"parcels": blocks("parcels", 4, turn=3), "areas": areas})
    assert "3 of 4" in fault.what


def test_sites_elsewhere_in_hong_kong_are_not_called_swapped(areas: gpd.GeoDataFrame) -> None:
    elsewhere = blocks("parcels", 4).pipe(lambda sites: sites.set_geometry(sites.translate(-10_000, -12_000)))
    assert check_together({"parcels": elsewhere, "areas": areas}) == []


def test_chains_and_areas_that_no_layer_has_are_told() -> None:
    import pandas as pd

    from nmplan.layers.check import check_names

    layers = {"chains": pd.DataFrame({"chain": ["vehicles"]}), "areas": pd.DataFrame({"area_id": ["san-tin"]})}
    assert check_names(layers, {"chains": ["vehicles"], "areas": ["san-tin"]}) == []
    chain, area = check_names(layers, {"chains": ["vehicels"], "areas": ["santin"]})
    assert (chain.where, area.where) == ("vehicels", "santin")
    assert "vehicles" in chain.what
    assert check_names({}, {"chains": ["anything"], "crossings": ["anywhere"]}) == []


def test_one_swapped_lot_among_good_ones_is_named() -> None:
    import geopandas as gpd

    from nmplan.layers.reference import read_reference

    areas = read_reference("areas").frame
    spot = areas.geometry.iloc[0].representative_point()
    lots = gpd.GeoDataFrame(
        {"parcel_id": ["a", "b", "c"]},
        geometry=gpd.points_from_xy([spot.x, spot.y, spot.x], [spot.y, spot.x, spot.y]).buffer(50),
        crs="EPSG:2326",
    )
    (fault,) = check_together({"parcels": lots, "areas": areas})
    assert fault.where == "b"
    assert "1 of 3" in fault.what


def test_a_tier_that_its_chain_does_not_have_is_told_with_those_it_has(frame: Callable[..., Any]) -> None:
    chains = frame("chains", 2, chain=["chips", "chips"], tier=["wafers", "tools"])
    suppliers = frame("suppliers", 3, chain="chips", tier=["wafers", "wafer", "wafer"])
    (fault,) = check_together({"chains": chains, "suppliers": suppliers})
    assert fault.where == "wafer"
    assert "2 suppliers of chips" in fault.what
    assert "tools, wafers" in fault.mend
    assert check_together({"chains": chains, "suppliers": suppliers.iloc[:1]}) == []
