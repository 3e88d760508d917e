"""A private PostgreSQL with PostGIS on loopback, for as long as a test needs it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCESS = """
local all all trust
host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""
SETTINGS = "-c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=16MB -c max_connections=20"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _binaries() -> Path:
    """Find PostgreSQL's programs; skip the test where there are none, unless NMPLAN_REQUIRE_POSTGIS is set."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    found = debian[0] if debian else shutil.which("initdb")
    missing = [name for name in ("sqlalchemy", "psycopg") if _lacks(name)] + ([] if found else ["PostgreSQL"])
    if missing and os.environ.get("NMPLAN_REQUIRE_POSTGIS"):
        pytest.fail(f"NMPLAN_REQUIRE_POSTGIS is set, and {', '.join(missing)} is not installed")
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    return Path(str(found)).parent


def _lacks(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is None


@contextmanager
def running_postgis(sql: str) -> Iterator[str]:
    """
    Run a server with the tables that `sql` makes; yield its address as the superuser postgres, who needs no password.

    PostgreSQL refuses to run as root, so root runs it as the user postgres of Debian's package.
    """
    binaries, port = _binaries(), free_port()
    folder = Path(tempfile.mkdtemp(prefix="postgis-"))
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []

    def run(program: str, *arguments: str, **more: Any) -> None:
        subprocess.run([*as_postgres, binaries / program, *arguments], check=True, capture_output=True, cwd="/", **more)

    if as_postgres:
        shutil.chown(folder, "postgres")
    data = str(folder / "data")
    try:
        run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        (folder / "data" / "pg_hba.conf").write_text(ACCESS)
        # the log goes to a file: a server that kept our pipe would keep us waiting
        run("pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", f"-p {port} -k {folder} {SETTINGS}", "start")
        run(
            "psql",
            "-h",
            str(folder),
            "-p",
            str(port),
            "-U",
            "postgres",
            "-v",
            "ON_ERROR_STOP=1",
            "-q",
            input=sql.encode(),
        )
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)
