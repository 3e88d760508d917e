"""A web server on loopback that misbehaves as real ones do: breaks off, lies about lengths, asks for patience."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator


@dataclass
class Asked:
    """One request, and the means to answer it."""

    handler: BaseHTTPRequestHandler

    @property
    def path(self) -> str:
        return urlsplit(self.handler.path).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.handler.path).query))

    def header(self, name: str) -> str:
        return self.handler.headers.get(name, "")

    def answer(self, status: int, body: bytes = b"", length: int | None = None, **headers: str) -> None:
        """Answer; a length other than the body's is a lie, and -1 says none at all."""
        self.handler.send_response(status)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        length = len(body) if length is None else length
        if length >= 0:
            self.handler.send_header("Content-Length", str(length))
        self.handler.send_header("Connection", "close")
        self.handler.end_headers()
        self.handler.wfile.write(body)
        self.handler.close_connection = True


@dataclass
class File:
    """A file as a good server offers it: validators, parts, 304; and the ways in which it may not be good."""

    body: bytes
    etag: str = '"one"'
    modified: str = ""
    ranges: bool = True
    breaks: list[int] = field(default_factory=list)  # bytes after which each of the next answers breaks off
    statuses: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # answers before the first good one

    def __call__(self, asked: Asked) -> None:
        if self.statuses:
            status, headers = self.statuses.pop(0)
            asked.answer(status, b"not now", **headers)
            return
        validators = {"ETag": self.etag} if self.etag else {}
        if self.modified:
            validators["Last_Modified"] = self.modified
        if self.etag and asked.header("If-None-Match") == self.etag:
            asked.answer(304, **validators)
            return
        if self.modified and asked.header("If-Modified-Since") == self.modified:
            asked.answer(304, **validators)
            return
        start = 0
        wanted = asked.header("Range")
        if self.ranges and wanted and asked.header("If-Range") in {self.etag, self.modified} - {""}:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(self.body):
                asked.answer(416, Content_Range=f"bytes */{len(self.body)}", **validators)
                return
            validators["Content_Range"] = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        rest = self.body[start:]
        sent = rest[: self.breaks.pop(0)] if self.breaks else rest
        asked.answer(206 if start else 200, sent, len(rest), **validators)


@dataclass
class Portal:
    """The server: routes by path, and what was asked."""

    address: str
    routes: dict[str, Callable[[Asked], None]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def ranges(self) -> list[str]:
        """Range header of each request, empty where there was none."""
        return [headers.get("Range", "") for _, headers in self.asked]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that go away are part of these tests."""


@contextmanager
def portal() -> Iterator[Portal]:
    """Serve on a free port of loopback for as long as the context is open."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            # a proxy is asked with the whole address
            place.asked.append((self.path, dict(self.headers.items())))
            asked = Asked(self)
            route = place.routes.get(asked.path)
            if route:
                route(asked)
            else:
                asked.answer(404, b"no such page")

        def log_message(self, *_: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    place = Portal(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield place
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def page(status: int = 200) -> Callable[[Asked], None]:
    """Answer with a web page, as portals do under repair."""
    body = b"\n<!DOCTYPE html>\n<html><title>System maintenance</title></html>"
    return lambda asked: asked.answer(status, body, Content_Type="text/html")


def unused_address() -> str:
    """Return an address of loopback where nobody listens."""
    server = _Server(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.server_close()
    return f"http://127.0.0.1:{server.server_port}"
