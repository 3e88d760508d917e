"""One address to one file, from a server on loopback that misbehaves as real ones do."""

from __future__ import annotations

import hashlib
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from loopback import File
from loopback import page
from loopback import portal
from loopback import unused_address

from nmplan.errors import FetchError
from nmplan.layers.download import Patience
from nmplan.layers.download import Source
from nmplan.layers.download import Unreachable
from nmplan.layers.download import download
from nmplan.layers.download import open_client
from nmplan.layers.download import shown_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loopback import Asked
    from loopback import Portal

BODY = random.Random(7).randbytes(300_000)  # noqa: S311


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[Portal]:
    with portal() as opened:
        yield opened


@pytest.fixture
def waits() -> list[float]:
    return []


def run(source: Source, path: Path, waits: list[float], **patience: float):
    """Download with waits written down instead of waited; chance 1 makes a wait the whole of it."""
    settled = Patience(sleep=waits.append, chance=lambda: 1.0, **patience)
    client = open_client(settled)
    with client.session:
        steps = download(source, path, client)
        said = []
        while True:
            try:
                said.append(next(steps))
            except StopIteration as end:
                return end.value, said


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fault_of(source: Source, path: Path, waits: list[float], **patience: float):
    with pytest.raises(FetchError) as caught:
        run(source, path, waits, **patience)
    (fault,) = caught.value.faults
    assert fault.source == "lots"
    assert fault.what
    assert fault.mend
    return fault


def test_a_file_arrives_whole_with_its_checksum_and_progress(
    server: Portal, tmp_path: Path, waits: list[float]
) -> None:
    server.routes["/f"] = File(BODY, modified="Mon, 02 Mar 2026 04:05:06 GMT")
    answer, said = run(Source("lots", f"{server.address}/f"), tmp_path / "f.zip", waits)
    assert (tmp_path / "f.zip").read_bytes() == BODY
    assert answer.sha256 == hashlib.sha256(BODY).hexdigest()
    assert answer.bytes == 300_000
    assert answer.last_modified.startswith("Mon, 02 Mar")
    assert [step.done for step in said][-1] == 300_000
    assert {step.total for step in said} == {300_000}
    assert left(tmp_path) == ["f.zip"]
    assert waits == []


def test_a_broken_transfer_is_resumed_where_it_broke(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    server.routes["/f"] = File(BODY, breaks=[98_304, 49_152])
    run(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert (tmp_path / "f").read_bytes() == BODY
    assert server.ranges() == ["", "bytes=98304-", "bytes=147456-"]
    assert [headers.get("If-Range") for _, headers in server.asked] == [None, '"one"', '"one"']
    assert len(waits) == 2


def test_progress_gives_new_tries(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    server.routes["/f"] = File(BODY, breaks=[32_768] * 9)  # nine breaks, three tries in a row allowed
    run(Source("lots", f"{server.address}/f"), tmp_path / "f", waits, attempts=3)
    assert (tmp_path / "f").read_bytes() == BODY


def test_a_server_that_ignores_range_is_read_from_the_start(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    server.routes["/f"] = File(BODY, ranges=False, breaks=[98_304])
    run(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert (tmp_path / "f").read_bytes() == BODY
    assert server.ranges() == ["", "bytes=98304-"]


def test_a_file_that_changed_meanwhile_is_read_from_the_start(
    server: Portal, tmp_path: Path, waits: list[float]
) -> None:
    old, new = File(BODY, breaks=[98_304]), File(BODY[::-1], etag='"two"')

    def changing(asked: Asked) -> None:
        (old if old.breaks else new)(asked)

    server.routes["/f"] = changing
    answer, _ = run(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert (tmp_path / "f").read_bytes() == BODY[::-1]
    assert answer.etag == '"two"'


@pytest.mark.parametrize(("etag", "modified"), [("", ""), ('W/"weak"', "")])
def test_without_a_strong_validator_nothing_is_resumed(
    server: Portal, tmp_path: Path, waits: list[float], etag: str, modified: str
) -> None:
    server.routes["/f"] = File(BODY, etag=etag, modified=modified, breaks=[98_304])
    run(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert (tmp_path / "f").read_bytes() == BODY
    assert server.ranges() == ["", ""]


def test_a_date_resumes_where_there_is_no_strong_etag(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    day = "Mon, 02 Mar 2026 04:05:06 GMT"
    server.routes["/f"] = File(BODY, etag='W/"weak"', modified=day, breaks=[98_304])
    run(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert (tmp_path / "f").read_bytes() == BODY
    assert server.asked[1][1]["If-Range"] == day


def test_a_part_that_begins_elsewhere_is_not_pasted_in(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    good = File(BODY, breaks=[98_304])

    def shifted(asked: Asked) -> None:
        if asked.header("Range"):
            part = BODY[90_000:291_696]  # as long as what is missing
            asked.answer(206, part, Content_Range=f"bytes 90000-291695/{len(BODY)}", ETag='"one"')
        else:
            good(asked)

    server.routes["/f"] = shifted
    run(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert (tmp_path / "f").read_bytes() == BODY


def test_an_answer_longer_or_shorter_than_it_says_is_tried_again(
    server: Portal, tmp_path: Path, waits: list[float]
) -> None:
    server.routes["/f"] = lambda asked: asked.answer(200, BODY[:1000], length=2000)
    fault = fault_of(Source("lots", f"{server.address}/f"), tmp_path / "f", waits, attempts=3)
    assert "broke" in fault.what or "1,000 of 2,000" in fault.what
    assert not (tmp_path / "f").exists()
    assert len(server.asked) == 3
    assert waits == [1.0, 2.0]


def test_a_part_that_lies_about_the_whole_is_found_out(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    first = File(BODY, breaks=[98_304])

    def lies(asked: Asked) -> None:
        if asked.header("Range") == "bytes=98304-":
            part = BODY[98_304:200_000]  # complete by its own length, not by the whole's
            asked.answer(206, part, Content_Range="bytes 98304-199999/300000", ETag='"one"')
        else:
            first(asked)

    server.routes["/f"] = lies
    run(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert (tmp_path / "f").read_bytes() == BODY


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_a_server_in_trouble_is_asked_again_with_longer_waits(
    server: Portal, tmp_path: Path, waits: list[float], status: int
) -> None:
    server.routes["/f"] = File(BODY, statuses=[(status, {})] * 3)
    run(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert (tmp_path / "f").read_bytes() == BODY
    assert waits == [1.0, 2.0, 4.0]


def test_tries_end_and_waits_are_bounded(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    server.routes["/f"] = File(BODY, statuses=[(500, {})] * 99)
    fault = fault_of(Source("lots", f"{server.address}/f"), tmp_path / "f", waits, attempts=6, longest_wait_s=5)
    assert "500" in fault.what
    assert f"{server.address}/f" in fault.where
    assert waits == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert left(tmp_path) == []


def test_retry_after_is_honoured(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    server.routes["/f"] = File(BODY, statuses=[(429, {"Retry_After": "7"}), (503, {"Retry_After": soon})])
    run(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert waits[0] == 7
    assert 30 < waits[1] <= 40


def test_a_server_that_asks_for_too_much_patience_is_left_alone(
    server: Portal, tmp_path: Path, waits: list[float]
) -> None:
    server.routes["/f"] = File(BODY, statuses=[(429, {"Retry_After": "86400"})])
    fault = fault_of(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert "86400 s" in fault.what
    assert waits == []


@pytest.mark.parametrize(("status", "hint"), [(404, "moved"), (410, "moved"), (403, "browser"), (401, "credentials")])
def test_a_refusal_is_told_at_once_with_what_to_do(
    server: Portal, tmp_path: Path, waits: list[float], status: int, hint: str
) -> None:
    server.routes["/f"] = lambda asked: asked.answer(status, b"no")
    fault = fault_of(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert str(status) in fault.what
    assert hint in fault.mend
    assert len(server.asked) == 1
    assert left(tmp_path) == []


def test_a_wrong_checksum_keeps_nothing(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    server.routes["/f"] = File(BODY)
    (tmp_path / "f").write_bytes(b"the old one")
    fault = fault_of(Source("lots", f"{server.address}/f", sha256="0" * 64), tmp_path / "f", waits)
    assert hashlib.sha256(BODY).hexdigest() in fault.what
    assert (tmp_path / "f").read_bytes() == b"the old one"
    assert left(tmp_path) == ["f"]


def test_the_right_checksum_passes_in_either_case(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    server.routes["/f"] = File(BODY)
    run(Source("lots", f"{server.address}/f", sha256=hashlib.sha256(BODY).hexdigest().upper()), tmp_path / "f", waits)
    assert (tmp_path / "f").exists()


def test_a_web_page_is_told_and_does_not_cost_what_has_arrived(
    server: Portal, tmp_path: Path, waits: list[float]
) -> None:
    broken = File(BODY, breaks=[98_304])
    server.routes["/f"] = lambda asked: page()(asked) if asked.header("Range") else broken(asked)
    fault = fault_of(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert "web page" in fault.what
    assert "browser" in fault.mend
    assert (tmp_path / ".partial-f").stat().st_size == 98_304
    server.routes["/f"] = File(BODY)
    server.asked.clear()
    run(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert server.ranges() == ["bytes=98304-"]
    assert (tmp_path / "f").read_bytes() == BODY


@pytest.mark.parametrize("part", ["etag", "modified"])
def test_an_unchanged_file_is_not_sent_again(server: Portal, tmp_path: Path, waits: list[float], part: str) -> None:
    day = "Mon, 02 Mar 2026 04:05:06 GMT"
    server.routes["/f"] = File(BODY, etag='"one"' if part == "etag" else "", modified=day if part == "modified" else "")
    known = {"etag": '"one"'} if part == "etag" else {"last_modified": day}
    answer, _ = run(Source("lots", f"{server.address}/f", **known), tmp_path / "f", waits)
    assert not answer.changed
    assert left(tmp_path) == []


def test_all_had_arrived_before_the_process_was_killed(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    server.routes["/f"] = File(BODY, breaks=[299_999])
    fault_of(Source("lots", f"{server.address}/f"), tmp_path / "f", waits, attempts=1)
    partial = tmp_path / ".partial-f"
    with partial.open("ab") as opened:
        opened.write(BODY[partial.stat().st_size :])
    answer, _ = run(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert (tmp_path / "f").read_bytes() == BODY
    assert answer.etag == '"one"'


def test_what_arrived_of_another_address_is_not_resumed(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    server.routes["/old"] = File(BODY, breaks=[98_304])
    server.routes["/new"] = File(BODY[::-1])
    fault_of(Source("lots", f"{server.address}/old"), tmp_path / "f", waits, attempts=1)
    run(Source("lots", f"{server.address}/new"), tmp_path / "f", waits)
    assert (tmp_path / "f").read_bytes() == BODY[::-1]


def test_forwards_are_followed_but_not_for_ever(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    server.routes["/f"] = lambda asked: asked.answer(302, Location="/g")
    server.routes["/g"] = File(BODY)
    run(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert (tmp_path / "f").read_bytes() == BODY
    server.routes["/g"] = lambda asked: asked.answer(302, Location="/f")
    fault = fault_of(Source("lots", f"{server.address}/f"), tmp_path / "g", waits)
    assert "forwards more than 5 times" in fault.what


@pytest.mark.parametrize("place", ["file:///etc/hostname", "ftp://127.0.0.1/x", "javascript:alert(1)"])
def test_only_web_addresses_are_asked(server: Portal, tmp_path: Path, waits: list[float], place: str) -> None:
    server.routes["/f"] = lambda asked: asked.answer(302, Location=place)
    assert "no web address" in fault_of(Source("lots", f"{server.address}/f"), tmp_path / "f", waits).what
    assert "no web address" in fault_of(Source("lots", place), tmp_path / "f", waits).what
    assert left(tmp_path) == []


@pytest.mark.parametrize("address", ["", "lots.zip", "http://", "http://[::1", "//host/x"])
def test_what_is_no_address_is_told(tmp_path: Path, waits: list[float], address: str) -> None:
    assert "no web address" in fault_of(Source("lots", address), tmp_path / "f", waits).what


def test_a_server_that_falls_silent_is_given_up(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    def silent(asked: Asked) -> None:
        asked.handler.send_response(200)
        asked.handler.send_header("Content-Length", "100")
        asked.handler.end_headers()
        asked.handler.wfile.write(b"a")
        time.sleep(1)

    server.routes["/f"] = silent
    fault = fault_of(Source("lots", f"{server.address}/f"), tmp_path / "f", waits, attempts=2, silence_s=0.05)
    assert "broke" in fault.what or "silent" in fault.what
    assert len(server.asked) == 2


def test_nobody_listening_is_unreachable(tmp_path: Path, waits: list[float]) -> None:
    with pytest.raises(Unreachable) as caught:
        run(Source("lots", f"{unused_address()}/f"), tmp_path / "f", waits, attempts=2)
    assert "cannot be reached" in caught.value.faults[0].what
    assert waits == [1.0]


def test_a_proxy_is_asked_instead_of_the_host(
    server: Portal, tmp_path: Path, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.address)
    server.routes["/lots.zip"] = File(BODY)
    run(Source("lots", "http://data.example.invalid/lots.zip"), tmp_path / "f", waits)
    assert (tmp_path / "f").read_bytes() == BODY
    assert server.asked[0][0] == "http://data.example.invalid/lots.zip"


def test_a_proxy_that_does_not_answer_is_told_without_its_password(
    tmp_path: Path, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", unused_address().replace("http://", "http://me:hush@"))
    with pytest.raises(Unreachable) as caught:
        run(Source("lots", "http://data.example.invalid/f"), tmp_path / "f", waits, attempts=1)
    assert "the proxy" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_an_unencrypted_server_behind_an_encrypted_address_is_told(
    server: Portal, tmp_path: Path, waits: list[float]
) -> None:
    address = server.address.replace("http://", "https://")
    fault = fault_of(Source("lots", f"{address}/f"), tmp_path / "f", waits)
    assert "certificate or encryption" in fault.what
    assert "REQUESTS_CA_BUNDLE" in fault.mend


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
def test_a_certificate_nobody_vouches_for_is_told(tmp_path: Path, waits: list[float]) -> None:
    import ssl
    import threading
    from http.server import BaseHTTPRequestHandler

    from loopback import _Server

    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = _Server(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        fault = fault_of(Source("lots", f"https://localhost:{server.server_port}/f"), tmp_path / "f", waits)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert "certificate or encryption is not trusted" in fault.what


def test_secrets_of_an_address_are_never_shown(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    secret = f"{server.address.replace('http://', 'http://me:hush@')}/f?api_key=hush&bbox=1,2"
    fault = fault_of(Source("lots", secret), tmp_path / "f", waits)
    assert "hush" not in str(fault)
    assert "bbox" in fault.where
    server.routes["/f"] = File(BODY, breaks=[1000])
    fault_of(Source("lots", secret), tmp_path / "f", waits, attempts=1)
    assert all(b"hush" not in path.read_bytes() for path in tmp_path.iterdir())
    assert server.asked[-1][1]["Authorization"].startswith("Basic ")


@given(user=st.text(min_size=1, max_size=8), value=st.text(min_size=6, max_size=12))
def test_no_secret_survives_being_shown(user: str, value: str) -> None:
    from urllib.parse import quote

    hidden = quote(f"hush{value}", safe="")
    shown = shown_address(
        f"https://{quote(user, safe='')}:{hidden}@host.example/a?token={hidden}&Signature={hidden}&a=1"
    )
    assert "hush" not in shown
    assert shown.startswith("https://host.example/a?")
    assert "a=1" in shown


def test_an_endless_answer_is_cut_off(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    server.routes["/f"] = lambda asked: asked.answer(200, BODY, length=-1)
    fault = fault_of(Source("lots", f"{server.address}/f"), tmp_path / "f", waits, most_bytes=100_000)
    assert "100,000 bytes" in fault.what
    server.routes["/f"] = File(BODY)
    assert "300,000" in fault_of(Source("lots", f"{server.address}/f"), tmp_path / "f", waits, most_bytes=100_000).what


def test_an_answer_of_unknown_length_is_taken_as_it_is(server: Portal, tmp_path: Path, waits: list[float]) -> None:
    server.routes["/f"] = lambda asked: asked.answer(200, BODY, length=-1)
    _, said = run(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert (tmp_path / "f").read_bytes() == BODY
    assert {step.total for step in said} == {None}


def test_a_full_disk_is_told_and_what_arrived_goes(
    server: Portal, tmp_path: Path, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("nmplan.layers.download.flush", full)
    server.routes["/f"] = File(BODY)
    fault = fault_of(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert "disk is full" in fault.what
    assert "Make room" in fault.mend
    assert left(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are set by a POSIX shell")
def test_a_file_that_cannot_grow_is_told_and_removed(server: Portal, tmp_path: Path) -> None:
    server.routes["/f"] = File(BODY)
    command = f"ulimit -f 100; exec '{sys.executable}' -c '{_SCRIPT}' {server.address}/f {tmp_path / 'f'}"
    told = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=Path.cwd())
    assert told.returncode == 1
    assert "the disk is full" in told.stdout
    assert "Traceback" not in told.stderr
    assert left(tmp_path) == []


_SCRIPT = """
import sys
from pathlib import Path
from nmplan.errors import FetchError
from nmplan.layers.download import Source, download, open_client
client = open_client()
try:
    for _ in download(Source("lots", sys.argv[1]), Path(sys.argv[2]), client):
        print(_, flush=True)
except FetchError as error:
    print(error)
    sys.exit(1)
"""


def test_a_killed_download_leaves_nothing_half_written_and_goes_on_afterwards(
    server: Portal, tmp_path: Path, waits: list[float]
) -> None:
    whole = File(BODY)

    def slow(asked: Asked) -> None:
        asked.handler.send_response(200)
        asked.handler.send_header("Content-Length", str(len(BODY)))
        asked.handler.send_header("ETag", '"one"')
        asked.handler.end_headers()
        asked.handler.wfile.write(BODY[:200_000])
        time.sleep(20)

    server.routes["/f"] = slow
    script = [sys.executable, "-c", _SCRIPT, f"{server.address}/f", tmp_path / "f"]
    running = subprocess.Popen(script, stdout=subprocess.PIPE)
    partial = tmp_path / ".partial-f"
    for _ in range(600):
        if partial.exists() and partial.stat().st_size >= 100_000:
            break
        time.sleep(0.05)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert not (tmp_path / "f").exists()
    arrived = partial.stat().st_size
    assert 100_000 <= arrived <= 200_000
    server.routes["/f"] = whole
    server.asked.clear()
    run(Source("lots", f"{server.address}/f"), tmp_path / "f", waits)
    assert server.ranges() == [f"bytes={arrived}-"]
    assert (tmp_path / "f").read_bytes() == BODY
    assert left(tmp_path) == ["f"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    breaks=st.lists(st.integers(0, 4000), max_size=4),
    ranges=st.booleans(),
    etag=st.sampled_from(["", '"one"', 'W/"x"']),
    size=st.integers(1, 9000),
)
def test_however_it_breaks_the_file_is_right(
    server: Portal, tmp_path: Path, breaks: list[int], *, ranges: bool, etag: str, size: int
) -> None:
    server.routes["/f"] = File(BODY[:size], etag=etag, ranges=ranges, breaks=list(breaks))
    run(Source("lots", f"{server.address}/f"), tmp_path / "f", [], attempts=8)
    assert (tmp_path / "f").read_bytes() == BODY[:size]
    assert left(tmp_path) == ["f"]
