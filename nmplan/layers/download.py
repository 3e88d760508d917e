"""One address to one file: retried, resumed, checked, and never half-written under its own name."""

from __future__ import annotations

import email.utils
import errno
import random
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from datetime import UTC
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING
from typing import Any
from urllib.parse import parse_qsl
from urllib.parse import urlencode
from urllib.parse import urlsplit
from urllib.parse import urlunsplit

from nmplan.errors import Fault
from nmplan.errors import FetchError
from nmplan.files import PARTIAL
from nmplan.files import file_hash
from nmplan.files import flush
from nmplan.files import partial_path
from nmplan.files import read_json
from nmplan.files import write_json
from nmplan.layers.expects import HEAD
from nmplan.layers.expects import is_web_page
from nmplan.layers.expects import web_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Generator
    from collections.abc import Iterator
    from pathlib import Path

    import requests

SECRET = re.compile(r"key|token|secret|sig|pass|auth|cred|session", re.IGNORECASE)
"""Names of query parameters whose values are kept out of messages and manifests."""

PIECE = 2**14  # what a broken transfer loses at most
RETRIED = {408, 429, 500, 502, 503, 504}
MOVED = "The publisher may have moved it: look for its new address and correct the catalogue."
LATER = "Run it again later; what has arrived is kept and resumed where the server allows it."


class Unreachable(FetchError):  # noqa: N818  (a state of the network)
    """No connection to the host: no network, no such name, a proxy that refuses."""


@dataclass(frozen=True)
class Patience:
    """
    How long to try.

    Parameters
    ----------
    attempts
        Tries in a row that bring nothing new.
    first_wait_s, longest_wait_s
        Wait after the first failure, doubled with each further one (half of it by chance, so that many clients do not
        come back at once), and its bound; a server that asks for more is left alone.
    connect_s, silence_s
        Seconds to wait for a connection, and between two pieces of an answer.
    redirects
        Forwards followed.
    most_bytes
        Largest file accepted.
    sleep, chance
        Wait so many seconds; give a number between 0 and 1. Tests put their own here.
    """

    attempts: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    connect_s: float = 10.0
    silence_s: float = 60.0
    redirects: int = 5
    most_bytes: int = 16 * 2**30
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


@dataclass(frozen=True)
class Source:
    """What a file is fetched from: dataset and address, and what is known of it (checksum, validators of the copy)."""

    dataset: str
    address: str
    sha256: str = ""
    etag: str = ""
    last_modified: str = ""

    @property
    def shown(self) -> str:
        """The address without secrets."""
        return shown_address(self.address)


@dataclass(frozen=True)
class Download:
    """What was fetched: whether it is new, its size and checksum, and the server's validators and date."""

    changed: bool
    bytes: int = 0
    sha256: str = ""
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Progress:
    """Bytes so far, of how many where the server says; or what is being waited for."""

    done: int
    total: int | None = None
    said: str = ""


@dataclass
class Client:
    """A session and its patience; `reached` once any host has answered, `hurried` while it need not wait for one."""

    session: requests.Session
    patience: Patience = field(default_factory=Patience)
    reached: bool = False
    hurried: bool = False


def open_client(patience: Patience | None = None) -> Client:
    """Return a client; proxies come from the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY)."""
    import requests  # noqa: PLC0415  (only those who fetch wait for it)

    patience = patience or Patience()
    session = requests.Session()
    session.max_redirects = patience.redirects
    # bytes as they are stored: a packed body could be neither resumed nor measured
    session.headers.update({"User-Agent": "nmplan", "Accept-Encoding": "identity"})
    return Client(session, patience)


def shown_address(address: str) -> str:
    """Return an address without user, password and the values of parameters that look like secrets."""
    try:
        parts = urlsplit(address)
        place = parts.netloc.rpartition("@")[2]
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return "(an address that makes no sense)"
    if any(SECRET.search(name) for name, _ in query):
        kept = urlencode([(name, "***" if SECRET.search(name) else value) for name, value in query], safe="*")
        return urlunsplit(parts._replace(netloc=place, query=kept))
    return urlunsplit(parts._replace(netloc=place))


def check_address(source: Source) -> None:
    """
    Refuse an address that is not one of the web.

    Raises
    ------
    FetchError
        Another scheme than http and https, or no host.
    """
    try:
        parts = urlsplit(source.address)
        usable = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise FetchError([Fault(source.dataset, source.shown, "is no web address.", "Correct the catalogue.")])


def download(
    source: Source, path: Path, client: Client, accept: Callable[[Path], None] = lambda _: None
) -> Generator[Progress, None, Download]:
    """
    Fetch an address into a file; a generator of its progress that returns the `Download`.

    What arrives is written under a temporary name. Where the server gave an ETag or a date, a broken or killed transfer
    goes on from there (Range with If-Range), also in a later run; a server that ignores Range, or whose file has
    changed, is read from the start. Connection errors, 408, 429 and 5xx are tried again.

    Parameters
    ----------
    source
        Dataset and address; with the validators of a copy that is already there, it is fetched only if it has changed.
    path
        The file.
    client
        See `open_client`.
    accept
        Called with the finished file before it takes its name; raises FetchError to refuse it.

    Raises
    ------
    FetchError
        What is wrong and what to do; nothing stands under the file's name that was not there before.
    """
    check_address(source)
    partial, failures, furthest = partial_path(path), 0, -1
    while True:
        try:
            answer = yield from _attempt(source, partial, client)
            break
        except _Again as again:
            arrived = partial.stat().st_size if partial.exists() else 0
            failures = 1 if arrived > furthest >= 0 else failures + 1
            furthest = max(furthest, arrived)
            hopeless = client.hurried and not client.reached and again.kind is Unreachable
            if failures >= client.patience.attempts or hopeless:
                raise again.kind([again.fault]) from None
            wait = _wait(client.patience, failures, again.asked_s)
            yield Progress(arrived, said=f"{again.fault.what} Trying again in {wait:.0f} s.")
            client.patience.sleep(wait)
    if answer.changed:
        answer = _finish(source, partial, path, answer, accept)
    return answer


class _Again(Exception):  # noqa: N818  (no error yet: a reason to try again)
    """A try that failed in a way that may pass."""

    def __init__(self, fault: Fault, asked_s: float | None = None, kind: type[FetchError] = FetchError) -> None:
        super().__init__(str(fault))
        self.fault = fault
        self.asked_s = asked_s
        self.kind = kind


def _wait(patience: Patience, failures: int, asked_s: float | None) -> float:
    if asked_s is not None:
        return asked_s
    whole: float = min(patience.first_wait_s * 2 ** (failures - 1), patience.longest_wait_s)
    return whole * (0.5 + 0.5 * patience.chance())


def _attempt(source: Source, partial: Path, client: Client) -> Generator[Progress, None, Download]:
    """Ask once and write what comes to the end of what is there, or from the start."""
    state = read_json(_state_path(partial))
    kept = partial.stat().st_size if partial.exists() and state.get("address") == source.shown else 0
    if not _validator(state):
        kept = 0  # without a validator nobody knows whether the rest belongs to it
    with _asked(source, client, _conditions(source, state, kept)) as response:
        if response.status_code == 304:  # noqa: PLR2004
            return Download(changed=False)
        _check_status(response, source, client.patience)
        if response.status_code == 416:  # noqa: PLR2004
            return _complete_or_again(response, source, partial, kept)
        start = kept if response.status_code == 206 and _fits(response, kept, state) else 0  # noqa: PLR2004
        if response.status_code == 206 and not start:  # noqa: PLR2004
            _forget(partial)
            raise _Again(Fault(source.dataset, source.shown, "sent another part than was asked for.", LATER))
        total = _total(response, start)
        if total is not None and total > client.patience.most_bytes:
            what = f"has {total:,} bytes; no more than {client.patience.most_bytes:,} are accepted."
            raise FetchError([Fault(source.dataset, source.shown, what, "Fetch it by hand if it is genuine.")])
        validators = {name: response.headers.get(name, "") for name in ("ETag", "Last-Modified")}
        if start == 0:
            validators |= {"address": source.shown}
        done = yield from _write(
            _pieces(response, source, client), source, partial, client.patience, (start, total, {**state, **validators})
        )
    if total is not None and done != total:
        if done > total:
            _forget(partial)
        raise _Again(Fault(source.dataset, source.shown, f"ended after {done:,} of {total:,} bytes.", LATER))
    return Download(True, done, "", validators["ETag"], validators["Last-Modified"])  # noqa: FBT003


def _write(
    pieces: Iterator[bytes],
    source: Source,
    partial: Path,
    patience: Patience,
    place: tuple[int, int | None, dict[str, Any]],
) -> Generator[Progress, None, int]:
    """Write what comes; a web page is refused before it touches what has arrived."""
    start, total, state = place
    first = next(pieces, b"")
    if start == 0 and is_web_page(first[:HEAD]):
        raise FetchError([web_page(source.dataset, source.shown)])
    done = start
    with _told_if_disk_fails(source, partial):
        if start == 0:
            _forget(partial)
            write_json(state, _state_path(partial))
        with partial.open("ab" if start else "wb") as opened:
            piece: bytes | None = first
            while piece:
                opened.write(piece)
                done += len(piece)
                if done > patience.most_bytes:
                    what = f"sends more than {patience.most_bytes:,} bytes."
                    raise FetchError([Fault(source.dataset, source.shown, what, "Fetch it by hand if it is genuine.")])
                yield Progress(done, total)
                piece = next(pieces, None)
    return done


def _finish(source: Source, partial: Path, path: Path, answer: Download, accept: Callable[[Path], None]) -> Download:
    """Check what has arrived and give it its name."""
    with _told_if_disk_fails(source, partial):
        flush(partial)
        sha256 = file_hash(partial)
        try:
            if source.sha256 and sha256 != source.sha256.lower():
                what = f"has the checksum {sha256}, the catalogue {source.sha256.lower()}."
                mend = "Do not use it: ask the publisher whether the file is new, then correct sha256 in the catalogue."
                raise FetchError([Fault(source.dataset, source.shown, what, mend)])  # noqa: TRY301
            accept(partial)
        except BaseException:
            _forget(partial)
            raise
        size = partial.stat().st_size
        partial.replace(path)
        _state_path(partial).unlink(missing_ok=True)
    return Download(True, size, sha256, answer.etag, answer.last_modified)  # noqa: FBT003


def read_whole(source: Source, client: Client, folder: Path) -> bytes:
    """
    Return the content of a small answer (an index, a page of features), fetched as `download` does.

    Raises
    ------
    FetchError
        See `download`.
    """
    path = folder / f"{PARTIAL}answer"
    _forget(partial_path(path))  # answers to questions are never resumed
    try:
        for _ in download(source, path, client):
            pass
        return path.read_bytes()
    finally:
        path.unlink(missing_ok=True)
        _forget(partial_path(path))


@contextmanager
def _asked(source: Source, client: Client, headers: dict[str, str]) -> Iterator[requests.Response]:
    """Ask; the answer's body is still to be read."""
    timeout = (client.patience.connect_s, client.patience.silence_s)
    with _told_if_line_fails(source, client):
        response = client.session.get(source.address, headers=headers, stream=True, timeout=timeout)
    client.reached = True
    with response:
        _check_forwards(response, source)
        yield response


def _pieces(response: requests.Response, source: Source, client: Client) -> Iterator[bytes]:
    with _told_if_line_fails(source, client):
        yield from response.iter_content(PIECE)


@contextmanager
def _told_if_line_fails(source: Source, client: Client) -> Iterator[None]:
    """Turn what goes wrong on the line into words; the library's own would show secrets of the address."""
    import requests  # noqa: PLC0415

    def again(what: str, kind: type[FetchError] = FetchError) -> _Again:
        client.reached = client.reached or kind is not Unreachable
        return _Again(Fault(source.dataset, source.shown, what, LATER), kind=kind)

    def fault(what: str, mend: str) -> FetchError:
        client.reached = True
        return FetchError([Fault(source.dataset, source.shown, what, mend)])

    try:
        yield
    except requests.exceptions.SSLError:
        mend = "Check the clock and the certificates of this machine (REQUESTS_CA_BUNDLE names those of a proxy)."
        raise fault("its certificate or encryption is not trusted.", mend) from None
    except requests.exceptions.ProxyError:
        raise again("the proxy refuses or does not answer.", Unreachable) from None
    except requests.exceptions.ConnectTimeout:
        raise again("the host does not answer.", Unreachable) from None
    except requests.exceptions.TooManyRedirects:
        raise fault(f"forwards more than {client.patience.redirects} times.", MOVED) from None
    except (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL, requests.exceptions.MissingSchema):
        raise fault("forwards to what is no web address.", MOVED) from None
    except requests.exceptions.Timeout:
        raise again(f"fell silent for {client.patience.silence_s:g} s.") from None
    except requests.exceptions.ConnectionError as error:
        if _never_connected(error):
            raise again("the host cannot be reached.", Unreachable) from None
        raise again("the connection broke.") from None
    except requests.exceptions.RequestException:
        raise again("the transfer broke.") from None


def _never_connected(error: Exception) -> bool:
    """Return whether no connection came about at all, as without a network; a broken one is another matter."""
    from urllib3.exceptions import NewConnectionError  # noqa: PLC0415

    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def _check_forwards(response: requests.Response, source: Source) -> None:
    """Refuse a forward from an encrypted address to one that is not."""
    hops = [urlsplit(hop.url).scheme for hop in (*response.history, response)]
    if any(before == "https" and after != "https" for before, after in pairwise(hops)):
        what = "forwards from an encrypted address to one that is not."
        raise FetchError([Fault(source.dataset, source.shown, what, MOVED)])


def _check_status(response: requests.Response, source: Source, patience: Patience) -> None:
    """Raise what a status means; 200, 206 and 416 are for the caller."""
    status = response.status_code
    if status in {200, 206, 416}:
        return
    what = f"answered {status} {response.reason or ''}".rstrip() + "."
    if status in RETRIED:
        asked = _retry_after(response.headers.get("Retry-After", ""))
        if asked is not None and asked > patience.longest_wait_s:
            what = f"{what[:-1]} and asks to be left alone for {asked:.0f} s."
            raise FetchError([Fault(source.dataset, source.shown, what, "Run it again after that time.")])
        raise _Again(Fault(source.dataset, source.shown, what, LATER), asked)
    mends = {
        401: "It wants credentials: put an address that carries them into a catalogue of your own.",
        403: "Open the address in a browser: the publisher may ask for consent first, or block this network.",
        407: "The proxy wants credentials: set HTTPS_PROXY with user and password.",
    }
    raise FetchError([Fault(source.dataset, source.shown, what, mends.get(status, MOVED))])


def _retry_after(text: str) -> float | None:
    """Return the seconds of a Retry-After header, given as a number or as a date."""
    if text.strip().isdigit():
        return float(text)
    try:
        asked = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)
    return max(0.0, (asked - datetime.now(UTC)).total_seconds())


def _conditions(source: Source, state: dict[str, Any], kept: int) -> dict[str, str]:
    """Return the headers that ask for the rest of what has arrived, or for news only."""
    if kept:
        return {"Range": f"bytes={kept}-", "If-Range": _validator(state)}
    headers = {}
    if source.etag:
        headers["If-None-Match"] = source.etag
    if source.last_modified:
        headers["If-Modified-Since"] = source.last_modified
    return headers


def _validator(state: dict[str, Any]) -> str:
    """Return what tells whether the rest belongs to the beginning: a strong ETag, or else the date."""
    etag = str(state.get("ETag") or "")
    return etag if etag and not etag.startswith("W/") else str(state.get("Last-Modified") or "")


def _fits(response: requests.Response, kept: int, state: dict[str, Any]) -> bool:
    """Return whether a part begins where the file ends, and is of the same file."""
    begins = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    same = all(
        response.headers.get(name, state.get(name)) == state.get(name)
        for name in ("ETag", "Last-Modified")
        if state.get(name)
    )
    return begins is not None and int(begins[1]) == kept and same


def _total(response: requests.Response, start: int) -> int | None:
    """Return how long the whole file is, if the server says."""
    whole = re.search(r"/(\d+)$", response.headers.get("Content-Range", "")) if start else None
    if whole:
        return int(whole[1])
    length = response.headers.get("Content-Length", "")
    packed = response.headers.get("Content-Encoding", "identity") != "identity"
    return start + int(length) if length.isdigit() and not packed else None


def _complete_or_again(response: requests.Response, source: Source, partial: Path, kept: int) -> Download:
    """Judge a part beyond the end: all had arrived before the process was killed, or the file is another one."""
    if kept and response.headers.get("Content-Range", "") == f"bytes */{kept}":
        state = read_json(_state_path(partial))
        return Download(True, kept, "", str(state.get("ETag") or ""), str(state.get("Last-Modified") or ""))  # noqa: FBT003
    _forget(partial)
    raise _Again(Fault(source.dataset, source.shown, "sent another part than was asked for.", LATER))


def _state_path(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.state")


def _forget(partial: Path) -> None:
    partial.unlink(missing_ok=True)
    _state_path(partial).unlink(missing_ok=True)


@contextmanager
def _told_if_disk_fails(source: Source, partial: Path) -> Iterator[None]:
    """Say that the disk is full or refuses; what had arrived goes, since its room is needed."""
    try:
        yield
    except OSError as error:
        _forget(partial)
        full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        what = "the disk is full." if full else f"cannot be written: {error.strerror or error}."
        mend = "Make room and run it again." if full else "Allow writing there, or choose another folder with --into."
        raise FetchError([Fault(source.dataset, str(partial.parent.name), what, mend)]) from None
