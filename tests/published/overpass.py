"""An Overpass server on loopback: answers with the small town, or as it is told to."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING
from typing import Any
from urllib.parse import parse_qs

from published.osm import Extract
from published.osm import add_crossing
from published.osm import add_features
from published.osm import add_streets

if TYPE_CHECKING:
    from collections.abc import Iterator


def elements_of(extract: Extract) -> list[dict[str, Any]]:
    """Return the elements of an extract as Overpass writes them in JSON."""
    elements: list[dict[str, Any]] = []
    for found in extract.root:
        element: dict[str, Any] = {"type": found.tag, "id": int(found.attrib["id"])}
        if found.tag == "node":
            element |= {"lat": float(found.attrib["lat"]), "lon": float(found.attrib["lon"])}
        elif found.tag == "way":
            element["nodes"] = [int(node.attrib["ref"]) for node in found.iterfind("nd")]
        else:
            element["members"] = [
                {**member.attrib, "ref": int(member.attrib["ref"])} for member in found.iter("member")
            ]
        tags = {tag.attrib["k"]: tag.attrib["v"] for tag in found.iterfind("tag")}
        elements.append({**element, "tags": tags} if tags else element)
    return elements


def town_streets() -> list[dict[str, Any]]:
    """Return the streets, as the server finds them with OSMnx's filter for cars."""
    extract = Extract()
    add_streets(extract, closed=False)
    add_crossing(extract)
    return elements_of(extract)


def town_features() -> list[dict[str, Any]]:
    """Return the features."""
    extract = Extract()
    add_features(extract)
    return elements_of(extract)


class Overpass(ThreadingHTTPServer):
    """
    The server. `script` holds what it does to the next requests; after that it answers.

    429, 504, … answer with that status; "html", "drop" (closes the connection), "cut" (half an answer), "slow",
    "remark" (Overpass ran out of time), "empty", "list" and "nonsense" (JSON of another kind) do as they say;
    ("wait", 7) is 429 with Retry-After.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.script: list[Any] = []
        self.asked: list[tuple[str, str]] = []
        self.streets, self.features = town_streets(), town_features()

    @property
    def url(self) -> str:
        """Address to give to OSMnx."""
        return f"http://127.0.0.1:{self.server_port}/api"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Be quiet about connections that break: the tests break them."""


class _Answer(BaseHTTPRequestHandler):
    server: Overpass

    def log_message(self, *_: Any) -> None:
        """Be quiet."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, ""))
        self._send(404, "text/plain", b"no status page")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        query = parse_qs(body)["data"][0]
        self.server.asked.append((self.path, query))
        what = self.server.script.pop(0) if self.server.script else "answer"
        elements = self.server.streets if 'way["highway"]' in query else self.server.features
        answer = {"version": 0.6, "generator": "Overpass API", "elements": elements}
        if isinstance(what, int):
            self._send(what, "text/html", b"<html>rate_limited</html>")
        elif isinstance(what, tuple):
            self._send(429, "text/html", b"", {"Retry-After": str(what[1])})
        elif what == "html":
            self._send(200, "text/html", b"<!DOCTYPE html>\n<title>Log in to the hotel</title>")
        elif what == "drop":
            self.close_connection = True
        elif what == "cut":
            self._send(200, "application/json", b'{"elements": [', {"Content-Length": "5000"})
        elif what == "slow":
            time.sleep(1.5)
        elif what == "list":
            self._json([])
        elif what == "nonsense":
            self._json({"elements": [{"type": "node", "id": 1}]})
        elif what == "empty":
            self._json({**answer, "elements": []})
        elif what == "remark":
            self._json({**answer, "remark": 'runtime error: Query timed out in "query" at line 1 after 2 seconds.'})
        else:
            self._json(answer)

    def _json(self, answer: object) -> None:
        self._send(200, "application/json", json.dumps(answer).encode())

    def _send(self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        fields = {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def loopback_overpass() -> Iterator[Overpass]:
    """Run the server in a thread."""
    with Overpass() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
