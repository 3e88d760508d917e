from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from published.postgis import free_port
from published.postgis import running_postgis

from nmplan.errors import LayerError
from nmplan.layers.database import database_name
from nmplan.layers.database import read_database
from nmplan.layers.file import read_postgis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nmplan.errors import Fault

PASSWORD = "p@ss/w:rd?#%"  # noqa: S105  (of a database that lives for a few seconds)
TABLES = """
create extension postgis;
create schema planning;
create table planning.lots (lot_id text primary key, kind int, pr numeric, note text, shape geometry(Polygon, 2326));
insert into planning.lots
select 'lot-' || n, n % 3, n + 0.5, 'at 10:30, 5 % off',
  ST_MakeEnvelope(824000 + 200*n, 839000, 824100 + 200*n, 839100, 2326)
from generate_series(1, 20) n;
create view planning.big as select lot_id, shape as outline from planning.lots where kind = 0;
create table planning."Odd.Name; drop table planning.lots; --" (parcel_id text, "a:b" text, g geometry(Polygon, 4326));
insert into planning."Odd.Name; drop table planning.lots; --"
values ('a', 'x', ST_MakeEnvelope(114.07, 22.48, 114.071, 22.481, 4326));
create table planning.two (parcel_id text, a geometry(Polygon, 2326), b geometry(Point, 2326));
create table planning.plain (from_station text, to_station text, minutes numeric);
insert into planning.plain values ('a', 'b', 3.5);
create table planning.mixed (parcel_id text, g geometry);
insert into planning.mixed values ('a', 'SRID=2326;POINT(824000 839000)'), ('b', 'SRID=4326;POINT(114 22.4)');
create table planning.nowhere (station_id text, g geometry);
insert into planning.nowhere values ('a', 'POINT(114.1134 22.5290)'), ('b', null);
create table planning.round (station_id text, g geography(Point));
insert into planning.round values ('a', 'POINT(114.1134 22.5290)');
create table planning.curved (parcel_id text, g geometry(CurvePolygon, 2326));
insert into planning.curved
values ('a', 'SRID=2326;CURVEPOLYGON(CIRCULARSTRING(824000 839000, 824200 839000, 824000 839000))');
create schema hidden;
create table hidden.lots (parcel_id text, g geometry(Point, 2326));
create function planning.emptied() returns int language plpgsql as
$$ begin delete from planning.lots; return 1; end $$;
create role reader login password 'p@ss/w:rd?#%';
grant usage on schema planning to reader;
grant select on all tables in schema planning to reader;
grant insert, delete on planning.lots to reader;
"""


@pytest.fixture(scope="session")
def postgis() -> Iterator[str]:
    with running_postgis(TABLES) as address:
        yield address.replace("postgres@", "reader:${NMPLAN_TEST_PASSWORD}@")


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NMPLAN_TEST_PASSWORD", PASSWORD)


def fault_of(*arguments: Any, **more: Any) -> Fault:
    with pytest.raises(LayerError) as caught:
        read_database(*arguments, **more)
    (fault,) = caught.value.faults
    assert fault.what
    assert fault.mend
    assert PASSWORD not in str(fault)
    assert "reader" not in fault.source
    return fault


def test_a_table_becomes_a_layer_like_a_file(postgis: str) -> None:
    columns = {"parcel_id": "lot_id", "plot_ratio": "pr", "zone": "kind"}
    values = {"zone": {"0": "industrial", "1": "business", "2": "logistics"}}
    from sqlalchemy import make_url

    layer = read_postgis("parcels", postgis, "planning.lots", columns=columns, values=values, where="kind <> 2")
    assert len(layer.frame) == 13  # 1 to 20 without 2, 5, 8, 11, 14, 17, 20
    first = layer.frame.set_index("parcel_id").loc["lot-1"]
    assert first["zone"] == "business"
    assert first["plot_ratio"] == 1.5
    assert first["geometry"].equals(shapely.box(824200, 839000, 824300, 839100))
    assert first["source"] == f"postgres at {make_url(postgis).host}:{make_url(postgis).port} planning.lots"
    assert PASSWORD not in str(layer.frame["source"].tolist() + layer.notes)


def test_a_view_and_its_crs_are_read(postgis: str) -> None:
    frame = read_database(postgis, "planning.big")
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.crs == "EPSG:2326"
    assert len(frame) == 6
    assert list(frame.columns) == ["lot_id", "geometry"]


def test_hostile_names_are_nothing_but_names(postgis: str) -> None:
    odd = read_database(postgis, "planning.Odd.Name; drop table planning.lots; --")
    assert odd["a:b"].tolist() == ["x"]
    assert odd.crs == "EPSG:4326"
    for name in (
        'lots"; drop table planning.lots; --',
        "planning.lots; drop table planning.lots",
        "",
        ".",
        "'",
        "pg_user",
    ):
        fault_of(postgis, name)
    assert len(read_database(postgis, "planning.lots")) == 20


@pytest.mark.parametrize(
    "where",
    [
        "true); delete from planning.lots; --",
        "true)) as kept; commit; begin read write; delete from planning.lots; commit; --",
        "true)) as kept; set transaction read write; delete from planning.lots; --",
        "planning.emptied() > 0",
    ],
)
def test_a_condition_cannot_write(postgis: str, where: str) -> None:
    assert fault_of(postgis, "planning.lots", where).where == "where"
    assert len(read_database(postgis, "planning.lots")) == 20


def test_colons_and_percent_signs_in_a_condition_are_its_own(postgis: str) -> None:
    assert len(read_database(postgis, "planning.lots", "note like 'at 10:%' and note = 'at 10:30, 5 % off'")) == 20
    assert len(read_database(postgis, "planning.lots", "pr::int = 2 and kind = '1'::int or note = ' :one'")) == 1


def test_a_condition_that_makes_no_sense_is_told_with_the_servers_words(postgis: str) -> None:
    fault = fault_of(postgis, "planning.lots", "nope > 5")
    assert fault.where == "where"
    assert "nope" in fault.what


def test_no_table_and_none_that_one_may_read_are_told(postgis: str) -> None:
    assert "no such table" in fault_of(postgis, "planning.lost").what
    assert "no such table" in fault_of(postgis, "lots").what
    assert "may not" in str(fault_of(postgis, "hidden.lots"))


def test_geometry_columns_are_counted_and_chosen(postgis: str) -> None:
    assert "2 columns of geometries (a, b)" in fault_of(postgis, "planning.two").what
    assert 'columns = { geometry = "…" }' in fault_of(postgis, "planning.two").mend
    assert len(read_database(postgis, "planning.two", geometry="b")) == 0
    assert "c is no column of geometries" in fault_of(postgis, "planning.two", geometry="c").what
    assert "0 columns of geometries (none)" in fault_of(postgis, "planning.plain").what


def test_a_table_without_geometry_serves_a_layer_without_geometry(postgis: str) -> None:
    assert isinstance(read_database(postgis, "planning.plain", spatial=False), pd.DataFrame)
    assert read_postgis("transfers", postgis, "planning.plain").frame["minutes"].tolist() == [3.5]


def test_mixed_and_missing_coordinate_systems(postgis: str) -> None:
    assert "2326, 4326" in fault_of(postgis, "planning.mixed").what
    assert read_database(postgis, "planning.nowhere").crs is None
    with pytest.raises(LayerError, match="names no coordinate system"):
        read_postgis("stations", postgis, "planning.nowhere", where="g is not null")
    point = read_postgis(
        "stations", postgis, "planning.nowhere", crs="EPSG:4326", where="g is not null"
    ).frame.geometry[0]
    assert point.x == pytest.approx(830_000, abs=500)
    with pytest.raises(LayerError, match="missing or empty"):
        read_postgis("stations", postgis, "planning.nowhere", crs="EPSG:4326")


def test_geography_and_curves_are_read(postgis: str) -> None:
    assert read_database(postgis, "planning.round").crs == "EPSG:4326"
    circle = read_database(postgis, "planning.curved").geometry[0]
    assert circle.geom_type == "Polygon"
    assert circle.area == pytest.approx(3.14159 * 100**2, rel=0.01)


def test_nothing_chosen_is_told(postgis: str) -> None:
    with pytest.raises(LayerError, match="no features"):
        read_postgis("parcels", postgis, "planning.lots", columns={"parcel_id": "lot_id"}, where="kind = 9")


def test_a_wrong_password_user_database_and_port_are_told_without_them(
    postgis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no such database" in fault_of(f"{postgis}x", "planning.lots").what
    assert "refuses this user or password" in fault_of(postgis.replace("reader:", "stranger:"), "planning.lots").what
    monkeypatch.setenv("NMPLAN_TEST_PASSWORD", "wr@ng")
    fault = fault_of(postgis, "planning.lots")
    assert "refuses this user or password" in fault.what
    assert "wr@ng" not in str(fault)


def test_a_server_that_is_not_there_is_told() -> None:
    fault = fault_of(f"postgresql+psycopg://reader:secret@127.0.0.1:{free_port()}/planning", "lots")
    assert "cannot be reached" in fault.what
    assert "secret" not in str(fault)


@pytest.mark.parametrize("url", ["", "lots.gpkg", "mysql://u:secret@h/d", "postgresql+psycopg://u:secret@h:port/d"])
def test_what_is_no_address_is_told_without_showing_it(url: str) -> None:
    fault = fault_of(url, "lots")
    assert "no address of a PostgreSQL database" in fault.what
    assert "secret" not in str(fault)


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NMPLAN_TEST_PASSWORD")
    assert "NMPLAN_TEST_PASSWORD" in fault_of("postgresql://u:${NMPLAN_TEST_PASSWORD}@h/d", "lots").what


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql+psycopg://user:se:c@ret@db.example:5432/plans?sslmode=require", "plans at db.example:5432"),
        ("postgresql://db/plans", "plans at db"),
        ("postgresql:///plans", "plans at localhost"),
        ("nonsense with secret@", "database"),
    ],
)
def test_messages_name_a_database_without_user_and_password(url: str, name: str) -> None:
    assert database_name(url) == name


def test_a_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    fault = fault_of("postgresql://u@h/d", "lots")
    assert "not installed" in fault.what
    assert "nmplan[postgis]" in fault.mend
