"""Tables of a PostGIS database, read like a file: read-only, one table, its geometry and its coordinate system."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from typing import Any
from typing import NamedTuple
from urllib.parse import quote

import geopandas as gpd
import pandas as pd
import shapely

from nmplan.errors import Fault
from nmplan.errors import LayerError

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy import Engine
    from sqlalchemy.engine import URL

WAIT_S = 10
"""Longest wait for a connection."""

LONGEST_S = 120
"""Longest run of one statement."""

_COLUMNS = """
select a.attname, t.typname
from pg_attribute a join pg_type t on t.oid = a.atttypid
where a.attrelid = to_regclass(:name) and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""

_SPATIAL = ("geometry", "geography")


class _Table(NamedTuple):
    """A table as the database knows it: quoted name, columns, those of them that hold geometries."""

    quoted: str
    columns: list[str]
    spatial: list[str]


def read_database(
    url: str, table: str, where: str | None = None, *, geometry: str | None = None, spatial: bool = True
) -> pd.DataFrame:
    """
    Read a table or view of a PostGIS database.

    Parameters
    ----------
    url
        As SQLAlchemy writes it, e.g. "postgresql+psycopg://user:${PGPASSWORD}@host:5432/database"; ${NAME} stands for
        an environment variable, so that no password needs to stand in a study. Without a password PostgreSQL's own
        ways (~/.pgpass, PGPASSWORD) hold.
    table
        "schema.table", or a table on the search path; taken as a name, never as SQL.
    where
        SQL condition over the table's columns. The transaction is read-only and takes a single statement.
    geometry
        Column of geometries, needed where there are several.
    spatial
        Whether geometries are wanted; if not, their columns are left out.

    Returns
    -------
    geopandas.GeoDataFrame or pandas.DataFrame
        Arcs as straight segments, coordinate system from the rows' SRID; without geometries where none are wanted.

    Raises
    ------
    LayerError
        No driver, no connection, wrong password, no such table, no geometry, several coordinate systems, a condition
        that makes no sense. The password stands in no message.
    """
    source = f"{database_name(url)} {table}"
    engine = _engine(url, source)
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415  (only with the extra postgis)

    try:
        with engine.connect() as connection:
            found = _described(connection, table, source)
            place = _geometry_column(found, geometry, source) if spatial else None
            rows = _selected(connection, found, place, where)
            if place is None:
                return rows
            return _with_geometry(connection, rows, place, source)
    except SQLAlchemyError as error:
        raise LayerError([_told(error, source, where)]) from None
    finally:
        engine.dispose()


def database_name(url: str) -> str:
    """Return what a message may say of a database: its name and host, without user and password."""
    found = re.fullmatch(r"[\w+]+://(?:.*@)?([^@/?#]*)(?:/([^?#]*))?.*", url)
    return f"{found[2] or 'database'} at {found[1] or 'localhost'}" if found else "database"


def _engine(url: str, source: str) -> Engine:
    """Return an engine for a read-only reader with a time limit."""
    try:
        import psycopg  # noqa: F401, PLC0415
        from sqlalchemy import create_engine  # noqa: PLC0415
        from sqlalchemy.pool import NullPool  # noqa: PLC0415
    except ImportError:
        what = "reading a database needs SQLAlchemy and psycopg, which are not installed."
        raise LayerError([Fault(source, "", what, 'Install them: pip install "nmplan[postgis]".')]) from None
    limits = f"-c default_transaction_read_only=on -c statement_timeout={LONGEST_S * 1000}"
    arguments = {"connect_timeout": WAIT_S, "options": limits, "application_name": "nmplan"}
    return create_engine(_address(url, source), poolclass=NullPool, connect_args=arguments, hide_parameters=True)


def _address(url: str, source: str) -> URL:
    """Return the address with environment variables filled in, for psycopg 3."""
    from sqlalchemy import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    unset = [name for name in re.findall(r"\$\{(\w+)\}", url) if name not in os.environ]
    if unset:
        what = f"the environment variable {unset[0]} is not set."
        raise LayerError([Fault(source, "url", what, "Set it, or leave the password to ~/.pgpass.")])
    try:
        # a password may hold the signs of an address
        address = make_url(re.sub(r"\$\{(\w+)\}", lambda name: quote(os.environ[name[1]], safe=""), url))
    except (ArgumentError, ValueError):
        address = None
    if address is None or address.get_backend_name() not in {"postgresql", "postgres"}:
        what = "this is no address of a PostgreSQL database."
        mend = 'Write url = "postgresql+psycopg://user:${PGPASSWORD}@host:5432/database".'
        raise LayerError([Fault(source, "url", what, mend)])
    return address.set(drivername="postgresql+psycopg")


def _described(connection: Connection, table: str, source: str) -> _Table:
    """Find a table and its columns; its name is quoted part by part, so that it can be nothing but a name."""
    from sqlalchemy import text  # noqa: PLC0415

    quote_name = connection.dialect.identifier_preparer.quote_identifier
    for name in dict.fromkeys((_parts(table), (table,))):  # a name may hold a dot itself
        quoted = ".".join(quote_name(part) for part in name)
        columns = connection.execute(text(_COLUMNS), {"name": quoted}).all()
        if columns:
            names = [str(column) for column, _ in columns]
            return _Table(quoted, names, [str(column) for column, kind in columns if kind in _SPATIAL])
    what = "there is no such table, or this user may not see its schema."
    raise LayerError([Fault(source, "table", what, 'Write table = "schema.table", in the spelling of the database.')])


def _parts(table: str) -> tuple[str, ...]:
    schema, dot, name = table.partition(".")
    return (schema, name) if dot else (schema,)


def _geometry_column(found: _Table, wanted: str | None, source: str) -> str:
    if wanted is not None and wanted in found.spatial:
        return wanted
    listed = ", ".join(found.spatial) or "none"
    if wanted is None and len(found.spatial) == 1:
        return found.spatial[0]
    what = f"the table has {len(found.spatial)} columns of geometries ({listed}), one is needed."
    if wanted is not None:
        what = f"{wanted} is no column of geometries; those are: {listed}."
    mend = 'Choose one with columns = { geometry = "…" }.' if found.spatial else "Give a table that has geometries."
    raise LayerError([Fault(source, "", what, mend)])


def _selected(connection: Connection, found: _Table, place: str | None, where: str | None) -> pd.DataFrame:
    """Read the rows; geometries as well-known binary with their SRID beside them."""
    from sqlalchemy import text  # noqa: PLC0415

    quote_name = connection.dialect.identifier_preparer.quote_identifier
    names = [name for name in found.columns if name not in found.spatial]
    parts = [f"kept.{quote_name(name)} as c{number}" for number, name in enumerate(names)]
    if place is not None:
        shape = f"kept.{quote_name(place)}::geometry"
        parts += [f"ST_AsBinary(ST_CurveToLine({shape})) as shape", f"ST_SRID({shape}) as srid"]
    # a colon in the analyst's condition is no parameter of ours; having one makes the server take a single statement
    condition = f"({where})".replace("\\", "\\\\").replace(":", "\\:") if where else "true"
    inner = f"select * from {_literal(found.quoted)} where {condition}"  # noqa: S608  (quoted above; where is the analyst's own)
    statement = f"select {', '.join(_literal(part) for part in parts) or '1'} from ({inner}) as kept where :one = 1"  # noqa: S608
    result = connection.execute(text(statement), {"one": 1})
    labels = [*names, *(["shape", "srid"] if place is not None else [])]
    return pd.DataFrame(result.all(), columns=pd.RangeIndex(len(labels)), dtype=object).set_axis(labels, axis=1)


def _literal(sql: str) -> str:
    """Return SQL in which a colon of a name starts no parameter; casts stay casts."""
    return re.sub(r"(?<!:):(?!:)", r"\\:", sql)


def _with_geometry(connection: Connection, rows: pd.DataFrame, place: str, source: str) -> gpd.GeoDataFrame:
    shapes = shapely.from_wkb(rows.iloc[:, -2].map(lambda cell: cell and bytes(cell)).to_numpy(dtype=object))
    ids = sorted({int(srid) for srid in rows.iloc[:, -1].dropna()})
    if len(ids) > 1:
        what = f"column {place} mixes the coordinate systems {', '.join(map(str, ids))}."
        raise LayerError([Fault(source, "", what, "Choose the rows of one with where, or transform them in a view.")])
    return gpd.GeoDataFrame(rows.iloc[:, :-2], geometry=list(shapes), crs=_crs(connection, ids, source))


def _crs(connection: Connection, ids: list[int], source: str) -> Any:
    """Return the coordinate system of an SRID: by its authority, else as the database spells it out; None for 0."""
    from pyproj import CRS  # noqa: PLC0415
    from pyproj.exceptions import CRSError  # noqa: PLC0415
    from sqlalchemy import text  # noqa: PLC0415

    if not ids or ids[0] == 0:
        return None
    found = connection.execute(
        text("select auth_name, auth_srid, srtext from spatial_ref_sys where srid = :srid"), {"srid": ids[0]}
    ).first()
    spellings = [f"{found[0]}:{found[1]}", found[2]] if found else [f"EPSG:{ids[0]}"]
    for spelling in spellings:
        try:
            return CRS.from_user_input(spelling)
        except CRSError:
            continue
    what = f"SRID {ids[0]} is no coordinate system that PROJ knows."
    raise LayerError([Fault(source, "", what, "Transform the table to SRID 2326 or 4326.")])


_ANSWERS = (
    ("28", "url", "the database refuses this user or password.", "Correct them; a password may stand in PGPASSWORD."),
    ("3D000", "url", "the server has no such database.", "Correct its name in the url."),
    ("42501", "table", "this user may not read it.", "Ask for the right to (grant select, grant usage on its schema)."),
    ("57014", "", f"the answer took longer than {LONGEST_S} s.", "Choose fewer rows with where."),
    ("25", "where", "the condition would write.", "A condition may only read."),
)
"""Where, what and mend by the beginning of PostgreSQL's error code."""

_UNCODED = (("authentication failed", "28"), ("no password supplied", "28"), ('" does not exist', "3D000"))
"""Words by which a refused connection, which has no code, tells its kind."""


def _told(error: Exception, source: str, where: str | None) -> Fault:
    """Say what the database answered, by its code, never with the address."""
    cause = getattr(error, "orig", None)
    state = getattr(cause, "sqlstate", None) or next((code for words, code in _UNCODED if words in str(cause)), "")
    for code, place, what, mend in _ANSWERS:
        if state.startswith(code):
            return Fault(source, place, what, mend)
    if not state:
        return Fault(source, "url", "the database cannot be reached.", "Check host and port, and that the server runs.")
    answer = getattr(getattr(cause, "diag", None), "message_primary", None) or "it is refused"
    place, words = ("where", f"the condition {where!r} makes no sense: ") if where else ("table", "")
    return Fault(source, place, f"{words}{answer}.", "Correct where and table in the study.")
