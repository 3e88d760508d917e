"""Datasets into their folders: which files, what is said, what is written, and what happens when hosts misbehave."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import pytest
from loopback import File
from loopback import page
from loopback import portal
from loopback import unused_address
from published import portals

from nmplan.errors import Fault
from nmplan.errors import FetchError
from nmplan.errors import LayerError
from nmplan.files import held
from nmplan.files import manifest_path
from nmplan.layers.catalogue import COLUMNS
from nmplan.layers.catalogue import Dataset
from nmplan.layers.catalogue import read_datasets
from nmplan.layers.download import Patience
from nmplan.layers.fetch import Event
from nmplan.layers.fetch import fetch
from nmplan.layers.fetch import present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loopback import Portal

HEADER = "Line Code,Direction,Station Code,Station ID,Chinese Name,English Name,Sequence"
STATIONS = f"\ufeff{HEADER}\nEAL,DT,LMC,78,落馬洲,Lok Ma Chau,1.00\n"
MODIFIED = "Mon, 02 Mar 2026 04:05:06 GMT"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[Portal]:
    with portal() as opened:
        yield opened


def dataset(**cells: str) -> Dataset:
    empty = dict.fromkeys(COLUMNS, "")
    known = {"dataset": "mtr", "publisher": "MTR Corporation", "licence": "terms", "title": "Stations", "fetch": "file"}
    return Dataset(**{**empty, **known, **cells})


def bundled(name: str, server: Portal) -> Dataset:
    """Return a row of the real catalogue whose addresses lead to the server instead."""
    row = {row.dataset: row for row in read_datasets()}[name]

    def moved(address: str) -> str:
        return server.address + "/" + address.split("/", 3)[3] if address else ""

    return replace(row, address=moved(row.address), download=moved(row.download))


def run(rows: list[Dataset], folder: Path, **settings: Any) -> list[Event]:
    patience = settings.pop("patience", Patience(sleep=lambda _: None, attempts=3))
    return list(fetch(rows, folder, patience=patience, **settings))


def faults_of(rows: list[Dataset], folder: Path, **settings: Any) -> list[Fault]:
    with pytest.raises(FetchError) as caught:
        run(rows, folder, **settings)
    return caught.value.faults


def states(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.dataset, event.state) for event in events if event.state not in {"progress", "waiting"}]


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {".lock"}


# --- one file ---


def test_a_file_lands_in_its_folder_with_a_manifest(server: Portal, tmp_path: Path) -> None:
    server.routes["/data/mtr_lines_and_stations.csv"] = File(STATIONS.encode(), modified=MODIFIED)
    row = bundled("mtr-lines-stations", server)
    events = run([row], tmp_path)
    path = tmp_path / "mtr-lines-stations" / "mtr_lines_and_stations.csv"
    assert events[-1].state == "fetched"
    assert events[-1].path == path
    assert events[0].total == len(STATIONS.encode())
    manifest = json.loads(manifest_path(path).read_text(encoding="utf-8"))
    assert manifest["dataset"] == "mtr-lines-stations"
    assert manifest["publisher"] == "MTR Corporation"
    assert manifest["licence"] == row.licence
    assert manifest["address"] == row.address
    assert manifest["vintage"] == "2026-03-02"
    assert manifest["sha256"] == hashlib.sha256(STATIONS.encode()).hexdigest()
    assert manifest["bytes"] == len(STATIONS.encode())
    assert manifest["fetched_at"].endswith("+00:00")
    assert str(tmp_path) not in manifest_path(path).read_text(encoding="utf-8")
    assert len(files(tmp_path)) == 2


def test_an_unchanged_file_is_not_fetched_again_a_changed_or_damaged_one_is(server: Portal, tmp_path: Path) -> None:
    row = dataset(address=f"{server.address}/a", file="a.csv", expects="csv: Line Code")
    server.routes["/a"] = File(STATIONS.encode())
    assert states(run([row], tmp_path)) == [("mtr", "fetched")]
    assert states(run([row], tmp_path)) == [("mtr", "unchanged")]
    server.routes["/a"] = File(STATIONS.encode() + b"EAL,UT\n", etag='"two"')
    assert states(run([row], tmp_path)) == [("mtr", "fetched")]
    (tmp_path / "mtr" / "a.csv").write_text("someone's edit", encoding="utf-8")
    assert states(run([row], tmp_path)) == [("mtr", "fetched")]
    assert (tmp_path / "mtr" / "a.csv").read_bytes().endswith(b"EAL,UT\n")


def test_a_copy_from_another_address_is_fetched_again(server: Portal, tmp_path: Path) -> None:
    server.routes["/a"] = server.routes["/b"] = File(STATIONS.encode())
    run([dataset(address=f"{server.address}/a", file="a.csv")], tmp_path)
    assert states(run([dataset(address=f"{server.address}/b", file="a.csv")], tmp_path)) == [("mtr", "fetched")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Route,Stop\n1,2\n", "changed schema"),
        (b"", "empty file"),
        (b"<html>maintenance</html>", "web page"),
    ],
)
def test_what_is_not_expected_keeps_the_old_copy(server: Portal, tmp_path: Path, content: bytes, said: str) -> None:
    row = dataset(address=f"{server.address}/a", file="a.csv", expects="csv: Line Code")
    server.routes["/a"] = File(STATIONS.encode())
    run([row], tmp_path)
    before = files(tmp_path)
    server.routes["/a"] = File(content, etag='"two"')
    (fault,) = faults_of([row], tmp_path)
    assert said in fault.what
    assert fault.source == "mtr"
    assert fault.where == f"{server.address}/a"
    assert fault.mend
    assert files(tmp_path) == before
    assert present(tmp_path, row).damaged == ()


def test_all_datasets_are_tried_and_all_faults_told_at_the_end(server: Portal, tmp_path: Path) -> None:
    rows = [dataset(dataset=name, address=f"{server.address}/{name}", file="f") for name in ("a", "b", "c", "d")]
    server.routes["/a"] = page()
    server.routes["/b"] = File(b"fine")
    server.routes["/c"] = File(b"x", statuses=[(500, {})] * 9)
    events: list[Event] = []
    with pytest.raises(FetchError) as caught:
        events.extend(fetch(rows, tmp_path, patience=Patience(sleep=lambda _: None, attempts=3)))
    assert states(events) == [("a", "fault"), ("b", "fetched"), ("c", "fault"), ("d", "fault")]
    assert [fault.source for fault in caught.value.faults] == ["a", "c", "d"]
    assert files(tmp_path) == {"b/f", "b/f.manifest.json"}


def test_a_wrong_checksum_is_refused(server: Portal, tmp_path: Path) -> None:
    server.routes["/a"] = File(b"abc")
    (fault,) = faults_of([dataset(address=f"{server.address}/a", file="f", sha256="0" * 64)], tmp_path)
    assert "checksum" in fault.what
    assert files(tmp_path) == set()


def test_secrets_stay_out_of_manifests(server: Portal, tmp_path: Path) -> None:
    server.routes["/a"] = File(b"abc")
    address = f"{server.address}/a?token=hush".replace("http://", "http://me:hush@")
    run([dataset(address=address, file="f")], tmp_path)
    assert all(b"hush" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


# --- archives ---


def test_an_archive_is_unpacked_beside_itself(server: Portal, tmp_path: Path) -> None:
    row = bundled("td-road-network-v2", server)
    packed = portals.zipped({"RdNet_IRNP.gdb/a0001.gdbtable": "one", "RdNet_IRNP.gdb/gdb": "two"})
    server.routes["/td/road-network-v2/RdNet_IRNP.gdb.zip"] = File(packed)
    folder = tmp_path / "td-road-network-v2" / "RdNet_IRNP"
    assert run([row], tmp_path)[-1].path == folder
    assert (folder / "RdNet_IRNP.gdb" / "a0001.gdbtable").read_text(encoding="utf-8") == "one"
    assert states(run([row], tmp_path)) == [(row.dataset, "unchanged")]
    (folder / "RdNet_IRNP.gdb" / "gdb").unlink()
    (folder / "RdNet_IRNP.gdb" / "a0001.gdbtable").unlink()
    (folder / "RdNet_IRNP.gdb").rmdir()
    folder.rmdir()
    assert states(run([row], tmp_path)) == [(row.dataset, "fetched")]
    assert (folder / "RdNet_IRNP.gdb" / "gdb").exists()


def test_a_hostile_archive_keeps_the_old_one(server: Portal, tmp_path: Path) -> None:
    row = dataset(fetch="archive", address=f"{server.address}/a", file="a.zip", expects="zip: b")
    server.routes["/a"] = File(portals.zipped({"b": "good"}))
    run([row], tmp_path)
    before = files(tmp_path)
    server.routes["/a"] = File(portals.zipped({"b": "new", "../../evil": ""}), etag='"two"')
    (fault,) = faults_of([row], tmp_path)
    assert "leads out" in fault.what
    assert files(tmp_path) == before
    assert (tmp_path / "mtr" / "a" / "b").read_text(encoding="utf-8") == "good"
    assert not (tmp_path.parent / "evil").exists()


# --- CSDI ---


def lots(server: Portal, packed: bytes) -> Dataset:
    row = bundled("lands-lots", server)
    item = row.address.rsplit("/", 1)[1]
    server.routes[f"/geoportal/rest/metadata/item/{item}"] = File(portals.csdi_item(item), etag="")
    server.routes[f"/csdi-webpage/download/{portals.FILEID.replace('-', '')}/fgdb"] = File(packed)
    return row


def test_csdi_metadata_lead_to_the_file(server: Portal, tmp_path: Path) -> None:
    row = lots(server, portals.zipped({"Lot.gdb/gdb": "x"}))
    run([row], tmp_path)
    assert files(tmp_path / "lands-lots") == {"lots.gdb.zip", "lots.gdb.zip.manifest.json", "lots/Lot.gdb/gdb"}
    assert states(run([row], tmp_path)) == [("lands-lots", "unchanged")]


@pytest.mark.parametrize(
    "answer", [b"{}", b"[]", b'{"_source": {"fileid": null}}', b'{"_source": 3}', b'{"_source": {"fileid": "../../x"}}']
)
def test_changed_csdi_metadata_are_told(server: Portal, tmp_path: Path, answer: bytes) -> None:
    row = lots(server, b"")
    server.routes = dict.fromkeys(server.routes, File(answer, etag=""))
    (fault,) = faults_of([row], tmp_path)
    assert "changed schema" in fault.what
    assert "_source.fileid" in fault.what


# --- statutory plans ---


def plans(server: Portal, numbers: tuple[str, ...] = portals.PLANS) -> Dataset:
    row = bundled("statutory-plans", server)
    server.routes["/pland_en/info_serv/digital_planning_data/Metadata/OZP_PLAN_GEOJSON.json"] = File(
        portals.plan_index(server.address, numbers), etag=""
    )
    for number in numbers:
        name = number.replace("/", "_")
        server.routes[f"/GEOJSON/{name}.zip"] = File(portals.plan_archive(number), etag=f'"{name}"')
    return row


def test_trap_9_an_index_with_a_byte_order_mark_is_read(server: Portal, tmp_path: Path) -> None:
    assert portals.plan_index("x").startswith(b"\xef\xbb\xbf")
    run([plans(server)], tmp_path)
    assert (tmp_path / "statutory-plans" / "S_STT_2.zip").exists()


def test_plans_are_chosen_by_the_beginning_of_their_number(server: Portal, tmp_path: Path) -> None:
    row = plans(server)
    run([row], tmp_path)
    wanted = {"S_STT_2", "S_NE-LMCL_4", "S_HSK_2", "S_KTN_4", "S_FLN_4"}  # not S/YL-ST/8
    assert {path.stem for path in (tmp_path / "statutory-plans").glob("*.zip")} == wanted
    manifest = json.loads((tmp_path / "statutory-plans" / "S_HSK_2.zip.manifest.json").read_text(encoding="utf-8"))
    assert manifest["plan"] == "S/HSK/2"
    assert manifest["vintage"] == "2025-09-19"
    assert set(states(run([row], tmp_path))) == {("statutory-plans", "unchanged")}


def test_plans_can_be_named_and_others_stay(server: Portal, tmp_path: Path) -> None:
    row = plans(server)
    run([row], tmp_path, plans=["S/YL-ST/"])
    run([row], tmp_path, plans=["S/HSK/"])
    assert {path.stem for path in (tmp_path / "statutory-plans").glob("*.zip")} == {"S_YL-ST_8", "S_HSK_2"}


def test_a_plan_that_is_superseded_goes_so_that_zones_are_not_there_twice(server: Portal, tmp_path: Path) -> None:
    run([plans(server, ("S/STT/1",))], tmp_path, plans=["S/STT/"])
    events = run([plans(server, ("S/STT/2",))], tmp_path, plans=["S/STT/"])
    assert states(events) == [("statutory-plans", "fetched"), ("statutory-plans", "removed")]
    assert files(tmp_path / "statutory-plans") == {"S_STT_2.zip", "S_STT_2.zip.manifest.json"}


def test_other_formats_take_their_own_links(server: Portal, tmp_path: Path) -> None:
    row = replace(plans(server), format="SHP")
    rows = [{"OZP_PLAN_NO": "S/STT/2", "NAME_ENG": "", "GAZ_DATE": "", "SHP_LINK": "../shp/stt.zip"}]
    folder = "/pland_en/info_serv/digital_planning_data"
    server.routes[f"{folder}/Metadata/OZP_PLAN_SHP.json"] = File(json.dumps(rows).encode(), etag="")
    server.routes[f"{folder}/shp/stt.zip"] = File(portals.zipped({"ZONE.shp": ""}))
    run([row], tmp_path, plans=["S/STT/"])
    assert (tmp_path / "statutory-plans" / "S_STT_2.zip").exists()


def test_what_is_wrong_with_plans_is_told_together_and_the_good_ones_come(server: Portal, tmp_path: Path) -> None:
    row = plans(server)
    server.routes["/GEOJSON/S_HSK_2.zip"] = page()
    del server.routes["/GEOJSON/S_KTN_4.zip"]
    faults = faults_of([row], tmp_path, plans=["S/STT/", "S/HSK/", "S/KTN/", "S/XYZ/"])
    assert [fault.what.split(".")[0] for fault in faults] == [
        "no plan of the index begins so",
        "answered with a web page instead of the file",
        "answered 404 Not Found",
    ]
    assert {path.stem for path in (tmp_path / "statutory-plans").glob("*.zip")} == {"S_STT_2"}


@pytest.mark.parametrize(
    ("index", "said"),
    [
        (b"[]", "lists none"),
        (b'{"plans": []}', "lists none"),
        (b'[{"PLAN": "S/STT/2", "GEOJSON_LINK": "x"}]', "lacks OZP_PLAN_NO; it has PLAN, GEOJSON_LINK"),
        (b'[{"OZP_PLAN_NO": "S/STT/2"}]', "lacks GEOJSON_LINK"),
        (b"<html>", "web page"),
        (b"\xff\xfe", "no JSON"),
    ],
)
def test_a_changed_index_is_told(server: Portal, tmp_path: Path, index: bytes, said: str) -> None:
    row = plans(server)
    server.routes = dict.fromkeys(server.routes, File(index, etag=""))
    (fault,) = faults_of([row], tmp_path)
    assert said in fault.what
    assert files(tmp_path) == set()


@pytest.mark.parametrize("link", ["file:///etc/hostname", "javascript:1", None])
def test_a_link_that_leads_elsewhere_than_the_web_is_refused(server: Portal, tmp_path: Path, link: str | None) -> None:
    row = plans(server)
    rows = [{"OZP_PLAN_NO": "S/STT/2", "GEOJSON_LINK": link}]
    for path in server.routes:
        server.routes[path] = File(json.dumps(rows).encode(), etag="")
    (fault,) = faults_of([row], tmp_path, plans=["S/STT/"])
    assert "web address" in fault.what or "no zip file" in fault.what
    assert files(tmp_path) == set()


# --- feature services ---


def service(server: Portal, total: int, most: int = 2000, **about: Any) -> Dataset:
    row = bundled("statutory-plans-mirror", server)
    path = "/" + row.address.split("/", 3)[3]
    server.routes[path] = lambda asked: asked.answer(200, portals.service_about(most, **about))
    server.routes[f"{path}/query"] = lambda asked: asked.answer(200, portals.service_page(total, asked.query, most))
    return row


@pytest.mark.parametrize(("total", "most", "pages"), [(4100, 2000, 3), (4000, 2000, 2), (5, 2000, 1), (250, 100, 3)])
def test_a_feature_service_is_read_page_by_page(
    server: Portal, tmp_path: Path, total: int, most: int, pages: int
) -> None:
    row = service(server, total, most)
    events = run([row], tmp_path)
    assert events[-1].state == "fetched"
    found = json.loads((tmp_path / row.dataset / "zone.geojson").read_text(encoding="utf-8"))
    assert [feature["properties"]["OBJECTID"] for feature in found["features"]] == list(range(1, total + 1))
    assert len(server.asked) == 2 + pages
    manifest = json.loads((tmp_path / row.dataset / "zone.geojson.manifest.json").read_text(encoding="utf-8"))
    assert manifest["vintage"] == "2026-01-01"
    assert run([row], tmp_path)[-1].state == "unchanged"


def test_a_service_that_stops_early_is_not_taken_for_all(server: Portal, tmp_path: Path) -> None:
    row = service(server, 4100)
    path = "/" + row.address.split("/", 3)[3] + "/query"
    whole = server.routes[path]
    empty = b'{"type": "FeatureCollection", "features": []}'
    server.routes[path] = lambda asked: (
        asked.answer(200, empty) if asked.query.get("resultOffset") == "2000" else whole(asked)
    )
    (fault,) = faults_of([row], tmp_path)
    assert "gave 2,000 of 4,100 features" in fault.what
    assert files(tmp_path) == set()


def test_a_service_without_the_fields_is_told_before_any_page(server: Portal, tmp_path: Path) -> None:
    row = service(server, 5, fields=("OBJECTID", "PLAN_NO", "LABEL"))
    (fault,) = faults_of([row], tmp_path)
    assert "changed schema: lacks ZONE_LABEL; it has OBJECTID, PLAN_NO, LABEL" in fault.what
    assert len(server.asked) == 1


def test_an_error_inside_a_good_answer_is_told(server: Portal, tmp_path: Path) -> None:
    row = service(server, 5)
    for path in server.routes:
        error = {"error": {"code": 400, "message": "Invalid query parameters", "details": []}}
        server.routes[path] = File(json.dumps(error).encode(), etag="")
    (fault,) = faults_of([row], tmp_path)
    assert "Invalid query parameters" in fault.what


# --- makers ---


def test_a_kind_that_another_module_knows_is_made_by_it(server: Portal, tmp_path: Path) -> None:
    row = bundled("openstreetmap-streets", server)

    def maker(given: Dataset, path: Path) -> None:
        assert given is row
        assert path.suffix == ".graphml"
        path.write_text("<?xml version='1.0'?><graphml/>", encoding="utf-8")

    assert run([row], tmp_path, makers={"overpass": maker})[-1].state == "fetched"
    assert run([row], tmp_path, makers={"overpass": maker})[-1].state == "unchanged"
    assert files(tmp_path) == {
        "openstreetmap-streets/streets.graphml",
        "openstreetmap-streets/streets.graphml.manifest.json",
    }


def test_without_its_module_it_is_told(server: Portal, tmp_path: Path) -> None:
    (fault,) = faults_of([bundled("openstreetmap-streets", server)], tmp_path)
    assert "'overpass'" in fault.what


def test_faults_of_a_maker_are_told_and_leave_nothing(server: Portal, tmp_path: Path) -> None:
    row = bundled("openstreetmap-streets", server)

    def broken(_: Dataset, path: Path) -> None:
        path.write_text("half", encoding="utf-8")
        raise LayerError([Fault("openstreetmap-streets", "", "no street there.", "Widen the area.")])

    def page_(_: Dataset, path: Path) -> None:
        path.write_text("<html>", encoding="utf-8")

    assert "no street" in faults_of([row], tmp_path, makers={"overpass": broken})[0].what
    assert "web page" in faults_of([row], tmp_path, makers={"overpass": page_})[0].what
    server.routes["/other"] = File(b"x")
    run([dataset(address=f"{server.address}/other", file="f")], tmp_path)
    assert not (tmp_path / "openstreetmap-streets" / "streets.graphml").exists()


# --- offline ---


def test_offline_is_one_event_and_no_fault(tmp_path: Path) -> None:
    waits: list[float] = []
    rows = [dataset(dataset=name, address=f"{unused_address()}/{name}", file="f") for name in "abcdef"]
    events = run(rows, tmp_path, patience=Patience(sleep=waits.append, attempts=3))
    assert states(events) == [("", "offline")]
    assert "no host can be reached" in events[-1].said
    assert len(waits) == 2  # only one host is asked three times
    assert files(tmp_path) == set()


def test_offline_with_what_was_fetched_before_keeps_it(server: Portal, tmp_path: Path) -> None:
    server.routes["/a"] = File(b"abc")
    row = dataset(address=f"{server.address}/a", file="f")
    run([row], tmp_path)
    run([replace(row, address=f"{unused_address()}/a")], tmp_path)
    assert present(tmp_path, row).sha256 == hashlib.sha256(b"abc").hexdigest()


def test_one_host_that_is_down_is_a_fault_when_others_answer(server: Portal, tmp_path: Path) -> None:
    server.routes["/b"] = File(b"abc")
    down = dataset(dataset="down", address=f"{unused_address()}/a", file="f")
    up = dataset(dataset="up", address=f"{server.address}/b", file="f")
    (fault,) = faults_of([down, up], tmp_path)
    assert fault.source == "down"
    assert "cannot be reached" in fault.what
    assert files(tmp_path) == {"up/f", "up/f.manifest.json"}


# --- dry runs, locks, kills ---


def test_a_dry_run_asks_nobody_and_writes_nothing(server: Portal, tmp_path: Path) -> None:
    rows = [plans(server), dataset(address=f"{server.address}/a?key=hush", file="f")]
    events = run(rows, tmp_path / "into", dry_run=True)
    assert states(events) == [("statutory-plans", "planned"), ("mtr", "planned")]
    assert "S/STT/" in events[0].said
    assert "OZP_PLAN_GEOJSON.json" in events[0].said
    assert "not there" in events[1].said
    assert "hush" not in events[1].said
    assert server.asked == []
    assert not (tmp_path / "into").exists()


def test_two_fetches_do_not_write_at_once(server: Portal, tmp_path: Path) -> None:
    server.routes["/a"] = File(b"abc")
    row = dataset(address=f"{server.address}/a", file="f")
    with held(tmp_path):
        (fault,) = faults_of([row], tmp_path)
    assert "another fetch" in fault.what
    assert states(run([row], tmp_path)) == [("mtr", "fetched")]


def test_a_folder_that_cannot_be_written_is_told(server: Portal, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    row = dataset(address=f"{server.address}/a", file="f")
    (fault,) = faults_of([row], tmp_path / "file" / "into")
    assert "--into" in fault.mend
    (tmp_path / "mtr").touch()  # a file where the dataset's folder should be
    (fault,) = faults_of([row], tmp_path)
    assert fault.source == "mtr"


_SCRIPT = """
import sys
from pathlib import Path
from nmplan.layers.catalogue import COLUMNS, Dataset
from nmplan.layers.fetch import fetch
cells = {**dict.fromkeys(COLUMNS, ""), "dataset": "roads", "fetch": "archive", "file": "r.zip", "expects": "zip: r"}
for _ in fetch([Dataset(**{**cells, "address": sys.argv[1]})], Path(sys.argv[2])):
    pass
"""


def test_a_killed_fetch_leaves_nothing_half_written_and_goes_on_afterwards(server: Portal, tmp_path: Path) -> None:
    import random

    noise = random.Random(5).randbytes(400_000)  # noqa: S311
    old, new = portals.zipped({"r": b"old"}), portals.zipped({"r": noise})
    row = dataset(dataset="roads", fetch="archive", address=f"{server.address}/r", file="r.zip", expects="zip: r")
    server.routes["/r"] = File(old, etag='"old"')
    run([row], tmp_path)

    def stuck(asked) -> None:
        asked.handler.send_response(200)
        asked.handler.send_header("Content-Length", str(len(new)))
        asked.handler.send_header("ETag", '"new"')
        asked.handler.end_headers()
        asked.handler.wfile.write(new[:300_000])
        time.sleep(20)

    server.routes["/r"] = stuck
    running = subprocess.Popen([sys.executable, "-c", _SCRIPT, row.address, tmp_path])
    partial = tmp_path / "roads" / ".partial-r.zip"
    for _ in range(600):
        if partial.exists() and partial.stat().st_size >= 200_000:
            break
        time.sleep(0.05)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert (tmp_path / "roads" / "r.zip").read_bytes() == old
    assert (tmp_path / "roads" / "r" / "r").read_bytes() == b"old"
    assert present(tmp_path, row).damaged == ()
    arrived = partial.stat().st_size
    server.routes["/r"] = File(new, etag='"new"')
    server.asked.clear()
    assert states(run([row], tmp_path)) == [("roads", "fetched")]
    assert server.ranges() == [f"bytes={arrived}-"]
    assert (tmp_path / "roads" / "r" / "r").read_bytes() == noise
    assert files(tmp_path) == {"roads/r.zip", "roads/r.zip.manifest.json", "roads/r/r"}


@pytest.mark.parametrize("step", ["swap", "write_json"])
def test_killed_between_file_and_manifest_it_is_fetched_again(
    server: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    row = dataset(fetch="archive", address=f"{server.address}/r", file="r.zip")
    server.routes["/r"] = File(portals.zipped({"r": b"old"}), etag='"old"')
    run([row], tmp_path)
    server.routes["/r"] = File(portals.zipped({"r": b"new"}), etag='"new"')
    with monkeypatch.context() as patched:
        patched.setattr(f"nmplan.layers.fetch.{step}", killed)
        with pytest.raises(Killed):
            run([row], tmp_path)
    assert present(tmp_path, row).damaged == ("r.zip",)
    assert present(tmp_path, row).files == ()
    assert states(run([row], tmp_path)) == [("mtr", "fetched")]
    assert (tmp_path / "mtr" / "r" / "r").read_bytes() == b"new"
    assert files(tmp_path) == {"mtr/r.zip", "mtr/r.zip.manifest.json", "mtr/r/r"}


# --- what is present ---


def test_what_is_present_is_held_against_its_checksum(server: Portal, tmp_path: Path) -> None:
    row = dataset(address=f"{server.address}/a", file="f")
    assert present(tmp_path, row) is None
    server.routes["/a"] = File(b"abc", modified=MODIFIED)
    run([row], tmp_path)
    there = present(tmp_path, row)
    assert there.files == (tmp_path / "mtr" / "f",)
    assert there.vintage == "2026-03-02"
    assert there.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert there.bytes == 3
    (tmp_path / "mtr" / "f").write_bytes(b"abd")
    assert present(tmp_path, row).damaged == ("f",)


def test_several_files_have_one_checksum_that_follows_each(server: Portal, tmp_path: Path) -> None:
    row = plans(server)
    run([row], tmp_path)
    before = present(tmp_path, row)
    assert len(before.files) == 5
    assert before.vintage == "2025-09-19"
    server.routes["/GEOJSON/S_HSK_2.zip"] = File(portals.zipped({"ZONE.json": "{}"}), etag='"new"')
    run([row], tmp_path)
    assert present(tmp_path, row).sha256 != before.sha256


def test_the_embedded_default_is_always_present(tmp_path: Path) -> None:
    row = next(row for row in read_datasets() if row.dataset == "reference/areas.csv")
    there = present(tmp_path, row)
    assert there.files[0].name == "areas.csv"
    assert there.sha256 == hashlib.sha256(there.files[0].read_bytes()).hexdigest()
    assert there.vintage == "2026"
