"""What `nmplan fetch` does: each dataset of the catalogue into its folder, with a manifest of where it is from."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import ExitStack
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from datetime import UTC
from datetime import datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from typing import Any
from urllib.parse import urlencode
from urllib.parse import urljoin
from urllib.parse import urlsplit
from urllib.parse import urlunsplit

from nmplan.errors import Fault
from nmplan.errors import FetchError
from nmplan.errors import NmplanError
from nmplan.errors import raise_faults
from nmplan.files import PARTIAL
from nmplan.files import file_hash
from nmplan.files import flush
from nmplan.files import held
from nmplan.files import manifest_path
from nmplan.files import partial_path
from nmplan.files import read_manifest
from nmplan.files import write_json
from nmplan.layers.archives import swap
from nmplan.layers.archives import unpack
from nmplan.layers.download import Client
from nmplan.layers.download import Download
from nmplan.layers.download import Patience
from nmplan.layers.download import Source
from nmplan.layers.download import Unreachable
from nmplan.layers.download import download
from nmplan.layers.download import open_client
from nmplan.layers.download import read_whole
from nmplan.layers.download import shown_address
from nmplan.layers.expects import CHANGED
from nmplan.layers.expects import check_expected
from nmplan.layers.expects import parse_json
from nmplan.layers.expects import split_expects
from nmplan.layers.sources import bundled_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Generator
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence
    from pathlib import Path

    from nmplan.layers.catalogue import Dataset
    from nmplan.layers.download import Progress

    Maker = Callable[[Dataset, Path], None]

PAGE = 2000
"""Most features a feature service is asked for at once."""


@dataclass(frozen=True)
class Event:
    """
    Something that happened while datasets are fetched, for whoever shows it.

    Parameters
    ----------
    dataset
        Which; empty for "offline".
    state
        "planned" (a dry run), "progress", "waiting" (for the next try), "fetched", "unchanged", "removed" (a plan that
        was superseded), "fault" (raised again at the end, with all others), or "offline": no host could be reached.
    file
        Name of the file.
    done, total
        Bytes so far, of how many where that is known.
    said
        The same in words.
    path
        What an adapter reads: the file, or the folder into which it was unpacked.
    """

    dataset: str
    state: str
    file: str = ""
    done: int = 0
    total: int | None = None
    said: str = ""
    path: Path | None = None


@dataclass(frozen=True)
class Present:
    """What is there of a dataset: whole files, their date, one checksum over them, and names that are damaged."""

    files: tuple[Path, ...]
    vintage: str
    fetched_at: str
    sha256: str
    bytes: int
    damaged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """One file of a dataset: where it is from, where it goes, and what its index said of it."""

    row: Dataset
    source: Source
    path: Path
    vintage: str = ""
    plan: str = ""

    @property
    def unpacked(self) -> Path | None:
        """Folder of its content, for archives that are unpacked; others stay as their publisher packed them."""
        unpacks = self.row.fetch in {"archive", "csdi"}
        return self.path.with_name(self.path.name.split(".")[0]) if unpacks else None


@dataclass(frozen=True)
class Work:
    """What all datasets of one fetch share."""

    folder: Path
    client: Client
    plans: tuple[str, ...] = ()
    makers: Mapping[str, Maker] = field(default_factory=dict)


def fetch(
    rows: Sequence[Dataset],
    folder: Path,
    *,
    plans: Sequence[str] = (),
    makers: Mapping[str, Maker] | None = None,
    patience: Patience | None = None,
    dry_run: bool = False,
) -> Iterator[Event]:
    """
    Fetch datasets into `<folder>/<dataset>/<file>`, each with `<file>.manifest.json` beside it, written last.

    All datasets are tried; what is wrong with any is raised at the end, at once. A copy that is whole is fetched again
    only if the publisher has changed it. Where no host at all can be reached, one "offline" event says so.

    Parameters
    ----------
    rows
        Of the catalogue, see `choose_datasets`.
    folder
        Where to; held by a lock meanwhile.
    plans
        Beginnings of plan numbers, such as S/STT/; those of the catalogue unless given.
    makers
        For kinds of fetching that other modules know ("overpass"): a function of the row and of the path it writes.
    patience
        Waits, tries and limits.
    dry_run
        Only say what would be fetched and what is there; asks no server.

    Yields
    ------
    Event
        In order; "fault" events are raised again at the end.

    Raises
    ------
    FetchError
        Every dataset that could not be fetched, with its address and what to do.
    """
    if dry_run:
        yield from (_planned(row, folder, plans) for row in rows)
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(held(folder))
        except BlockingIOError:
            mend = "Wait for it, or choose another folder with --into."
            raise FetchError([Fault(str(folder), "", "another fetch is writing here.", mend)]) from None
        except OSError as error:
            what = f"cannot be written: {error.strerror}."
            raise FetchError([Fault(str(folder), "", what, "Choose another folder with --into.")]) from None
        client = open_client(patience)
        stack.enter_context(client.session)
        yield from _fetch_all(rows, Work(folder, client, tuple(plans), makers or {}))


def present(folder: Path, row: Dataset) -> Present | None:
    """
    Return what is there of a dataset, each file held against the checksum of its manifest; None if there is nothing.

    Parameters
    ----------
    folder
        Into which datasets are fetched.
    row
        Of the catalogue; tables of the embedded default are always there.
    """
    if row.dataset.startswith("reference/"):
        path = bundled_folder() / "data" / "raw" / row.dataset
        if not path.is_file():
            return None
        return Present((path,), row.vintage, "", file_hash(path), path.stat().st_size)
    manifests = _manifests(folder / row.dataset)
    whole = {path: manifest for path, manifest in manifests.items() if _is_whole(path, manifest)}
    if not manifests:
        return None
    sums = [str(manifest["sha256"]) for manifest in whole.values()]
    return Present(
        tuple(whole),
        max((str(manifest.get("vintage") or "") for manifest in whole.values()), default=""),
        max((str(manifest.get("fetched_at") or "") for manifest in whole.values()), default=""),
        sums[0] if len(sums) == 1 else sha256("\n".join(sums).encode()).hexdigest() if sums else "",
        sum(path.stat().st_size for path in whole),
        tuple(path.name for path in manifests if path not in whole),
    )


def _planned(row: Dataset, folder: Path, plans: Sequence[str]) -> Event:
    there = present(folder, row)
    file = row.file or f"one archive for each plan {', '.join(_beginnings(row, plans))}…"
    have = f"there since {there.fetched_at[:10]}, fetched again if changed" if there and there.files else "not there"
    said = f"{file} from {shown_address(row.address.replace('{format}', row.format))}; {have}."
    return Event(row.dataset, "planned", file, said=said, path=folder / row.dataset)


def _fetch_all(rows: Sequence[Dataset], work: Work) -> Iterator[Event]:
    """Fetch one by one; hosts that cannot be reached wait until another one has answered, and then get their tries."""
    faults: list[Fault] = []
    unreached: list[Dataset] = []
    silent: set[str] = set()
    for hurried, todo in ((True, list(rows)), (False, unreached)):
        work.client.hurried = hurried
        for row in todo:
            host = urlsplit(row.address).netloc
            if hurried and host in silent:
                unreached.append(row)
                continue
            try:
                yield from _fetch_one(row, work)
            except Unreachable as error:
                if hurried:
                    unreached.append(row)
                    silent.add(host)
                    continue
                if not work.client.reached:
                    yield Event("", "offline", said=f"no host can be reached ({error.faults[0].what.rstrip('.')}).")
                    break
                found = error.faults
            except NmplanError as error:
                found = error.faults
            except OSError as error:
                what = f"cannot be written: {error.strerror or error}."
                found = [Fault(row.dataset, "", what, "Make room, or choose another folder with --into.")]
            else:
                continue
            faults += found
            yield from (Event(row.dataset, "fault", said=str(fault)) for fault in found)
    raise_faults(FetchError, faults)


def _fetch_one(row: Dataset, work: Work) -> Iterator[Event]:
    place = work.folder / row.dataset
    place.mkdir(parents=True, exist_ok=True)
    _sweep(place)
    kinds = {
        "file": _fetch_file,
        "archive": _fetch_file,
        "csdi": _fetch_csdi,
        "plan-index": _fetch_plans,
        "arcgis": _fetch_pages,
    }
    return kinds.get(row.fetch, _make)(row, place, work)


def _fetch_file(row: Dataset, place: Path, work: Work) -> Iterator[Event]:
    source = Source(row.dataset, row.address.replace("{format}", row.format), row.sha256)
    yield from _fetch_part(Part(row, source, place / row.file), work)


def _fetch_csdi(row: Dataset, place: Path, work: Work) -> Iterator[Event]:
    """Read the item's metadata, which names the file."""
    found = _ask(row, row.address, place, work)
    inside = found.get("_source") if isinstance(found, dict) else None
    fileid = str(inside.get("fileid") or "").replace("-", "") if isinstance(inside, dict) else ""
    if not re.fullmatch(r"[0-9A-Za-z]{8,64}", fileid):
        what = "changed schema: its metadata name no file (_source.fileid)."
        mend = "Look for the file's address on the portal and correct the catalogue."
        raise FetchError([Fault(row.dataset, shown_address(row.address), what, mend)])
    address = row.download.replace("{fileid}", fileid).replace("{format}", row.format)
    yield from _fetch_part(Part(row, Source(row.dataset, address, row.sha256), place / row.file), work)


def _fetch_plans(row: Dataset, place: Path, work: Work) -> Iterator[Event]:
    """Read the index, fetch the archive of every plan asked for, and drop those of plans they supersede."""
    beginnings = _beginnings(row, work.plans)
    parts, faults = _plan_parts(row, place, work, beginnings)
    for part in parts:
        try:
            yield from _fetch_part(part, work)
        except FetchError as error:
            faults += error.faults
    raise_faults(FetchError, faults)
    current = {part.path for part in parts}
    for path, manifest in _manifests(place).items():
        if path not in current and str(manifest.get("plan") or "").startswith(tuple(beginnings)):
            _remove(path)
            yield Event(row.dataset, "removed", path.name, said=f"plan {manifest['plan']} is no longer in the index.")


def _plan_parts(row: Dataset, place: Path, work: Work, beginnings: list[str]) -> tuple[list[Part], list[Fault]]:
    """Return the files of the plans asked for, and what is wrong with the index."""
    address = row.address.replace("{format}", row.format)
    found = _ask(row, address, place, work)
    key = f"{row.format}_LINK"
    wanted = {"OZP_PLAN_NO", key}
    plans = [plan for plan in found if isinstance(plan, dict)] if isinstance(found, list) else []
    if not plans or any(wanted - set(plan) for plan in plans):
        lost = next((plan for plan in plans if wanted - set(plan)), {})
        what = f"changed schema: the index lacks {', '.join(sorted(wanted - set(lost)))}; it has {', '.join(lost)}."
        raise FetchError(
            [Fault(row.dataset, shown_address(address), what.replace("it has .", "it lists none."), CHANGED)]
        )
    parts: dict[Path, Part] = {}
    faults = []
    for begin in beginnings:
        chosen = [plan for plan in plans if str(plan["OZP_PLAN_NO"]).strip().startswith(begin)]
        if not chosen:
            mend = "Correct the beginning of the plan number, or leave it out."
            faults.append(Fault(row.dataset, begin, "no plan of the index begins so.", mend))
        for plan in chosen:
            number = str(plan["OZP_PLAN_NO"]).strip()
            path = place / (re.sub(r"[^A-Za-z0-9-]+", "_", number) + ".zip")
            source = Source(row.dataset, urljoin(address, str(plan[key] or "").strip()))
            if path in parts and parts[path].plan != number:
                faults.append(
                    Fault(row.dataset, number, "has the same file name as another plan.", "Tell the publisher.")
                )
            parts[path] = Part(row, source, path, _date(str(plan.get("GAZ_DATE") or "")), number)
    return list(parts.values()), faults


def _beginnings(row: Dataset, plans: Sequence[str]) -> list[str]:
    return [begin.strip() for begin in (plans or row.select.split(";")) if begin.strip()]


def _fetch_pages(row: Dataset, place: Path, work: Work) -> Iterator[Event]:
    """Read a feature service page by page into one GeoJSON file, and count whether all came."""
    about = _ask(row, _with(row.address, "", f="json"), place, work)
    fields, identity, size = _service(row, about)
    where = {"where": row.select or "1=1"}
    counted = _ask(row, _with(row.address, "/query", **where, returnCountOnly="true", f="json"), place, work)
    count = counted.get("count") if isinstance(counted, dict) else None
    if not isinstance(count, int) or count == 0:
        what = (
            "changed schema: it does not say how many features there are." if count is None else "has no such feature."
        )
        raise FetchError([Fault(row.dataset, shown_address(row.address), what, "Check select in the catalogue.")])
    features: dict[object, Any] = {}
    while len(features) < count:
        asked = {**where, "outFields": ",".join(fields), "orderByFields": identity, "outSR": "4326", "f": "geojson"}
        page = {"resultOffset": str(len(features)), "resultRecordCount": str(size)}
        found = _ask(row, _with(row.address, "/query", **asked, **page), place, work)
        listed = found.get("features") if isinstance(found, dict) else None
        new = {_identity(one, identity): one for one in (listed or []) if isinstance(one, dict)}
        if not new.keys() - features.keys():
            break
        features |= new
        yield Event(row.dataset, "progress", row.file, said=f"{len(features):,} of {count:,} features")
    if len(features) != count:
        what = f"gave {len(features):,} of {count:,} features."
        raise FetchError(
            [Fault(row.dataset, shown_address(row.address), what, "Run it again; it may have been edited.")]
        )
    edited = (about.get("editingInfo") or {}).get("lastEditDate")
    vintage = datetime.fromtimestamp(edited / 1000, UTC).date().isoformat() if isinstance(edited, int) else ""
    part = Part(row, Source(row.dataset, row.address, row.sha256), place / row.file, vintage)
    text = json.dumps({"type": "FeatureCollection", "features": list(features.values())}, ensure_ascii=False)
    partial_path(part.path).write_text(text, encoding="utf-8")
    yield _settle(part)


def _service(row: Dataset, about: Any) -> tuple[list[str], str, int]:
    """Return the fields of a feature service, the one that numbers its features, and the size of a page."""
    listed = about.get("fields") if isinstance(about, dict) else None
    fields = [str(one.get("name")) for one in listed or [] if isinstance(one, dict)]
    kinds = {str(one.get("name")): one.get("type") for one in listed or [] if isinstance(one, dict)}
    wanted = split_expects(row.expects)[1]
    lost = [name for name in wanted if name.lower() not in {field.lower() for field in fields}]
    identity = about.get("objectIdField") if isinstance(about, dict) else None
    identity = identity or next((name for name, kind in kinds.items() if kind == "esriFieldTypeOID"), "")
    if lost or not identity:
        what = f"changed schema: lacks {', '.join(lost) or 'an object id'}; it has {', '.join(fields) or 'no fields'}."
        raise FetchError([Fault(row.dataset, shown_address(row.address), what, CHANGED)])
    most = about.get("maxRecordCount")
    return fields, str(identity), min(PAGE, most) if isinstance(most, int) and most > 0 else PAGE


def _identity(feature: dict[str, Any], name: str) -> object:
    properties = feature.get("properties")
    inside = properties.get(name) if isinstance(properties, dict) else None
    return feature.get("id") if inside is None else inside


def _make(row: Dataset, place: Path, work: Work) -> Iterator[Event]:
    """Let the function that was handed in write the file."""
    maker = work.makers.get(row.fetch)
    if maker is None:
        what = f"cannot be fetched here: nothing was handed in for {row.fetch!r}."
        raise FetchError(
            [
                Fault(
                    row.dataset,
                    shown_address(row.address),
                    what,
                    "Use a saved file, or correct fetch in the catalogue.",
                )
            ]
        )
    import requests  # noqa: PLC0415

    part = Part(row, Source(row.dataset, row.address, row.sha256), place / row.file)
    yield Event(row.dataset, "progress", row.file, said=f"asking {urlsplit(row.address).hostname}")
    try:
        maker(row, partial_path(part.path))
    except (requests.exceptions.ConnectionError, requests.exceptions.Timeout):
        what, mend = "the host cannot be reached, or fell silent.", "Run it again later."
        raise Unreachable([Fault(row.dataset, part.source.shown, what, mend)]) from None
    except requests.exceptions.RequestException as error:
        what = f"cannot be fetched: {type(error).__name__}."
        raise FetchError([Fault(row.dataset, part.source.shown, what, "Run it again later.")]) from None
    work.client.reached = True
    yield _settle(part)


def _ask(row: Dataset, address: str, place: Path, work: Work) -> Any:
    """Return the JSON an address answers; services say what is wrong in JSON, too."""
    source = Source(row.dataset, address)
    found = parse_json(read_whole(source, work.client, place), row.dataset, source.shown)
    if isinstance(found, dict) and "error" in found:
        said = found["error"].get("message") if isinstance(found["error"], dict) else found["error"]
        what = f"answered with an error: {str(said)[:200]}."
        raise FetchError([Fault(row.dataset, source.shown, what, "Check address and select in the catalogue.")])
    return found


def _with(address: str, path: str, **asked: str) -> str:
    """Return an address with something added to its path and its query."""
    parts = urlsplit(address)
    query = "&".join(piece for piece in (parts.query, urlencode(asked)) if piece)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + path, query=query))


def _fetch_part(part: Part, work: Work) -> Iterator[Event]:
    """Download a file unless the copy is still the publisher's; unpack it; write its manifest last."""
    kept = read_manifest(part.path)
    is_ours = _is_whole(part.path, kept) and kept.get("address") == part.source.shown
    source = part.source
    if is_ours and source.sha256.lower() in {"", kept["sha256"]}:
        source = replace(source, etag=str(kept.get("etag") or ""), last_modified=str(kept.get("last_modified") or ""))
    answer = yield from _shown(part, download(source, part.path, work.client, lambda path: _accept(path, part)))
    if answer.changed:
        yield _settle_manifest(part, answer)
    else:
        yield _done(part, "unchanged")


def _shown(part: Part, progress: Generator[Progress, None, Download]) -> Generator[Event, None, Download]:
    """Turn the progress of a download into events."""
    while True:
        try:
            step = next(progress)
        except StopIteration as end:
            answer: Download = end.value
            return answer
        state = "waiting" if step.said else "progress"
        yield Event(part.row.dataset, state, part.path.name, step.done, step.total, step.said)


def _accept(partial: Path, part: Part) -> None:
    """Refuse what is not expected; unpack what is to be unpacked, beside its place."""
    check_expected(partial, part.row.expects, part.row.dataset, part.source.shown)
    if part.unpacked:
        try:
            unpack(partial, _staged(part.unpacked))
        except FetchError as error:
            source, address = part.row.dataset, part.source.shown
            raise FetchError(Fault(source, f.where or address, f.what, f.mend) for f in error.faults) from None


def _staged(folder: Path) -> Path:
    return folder.with_name(f"{PARTIAL}new-{folder.name}")


def _settle(part: Part) -> Event:
    """Accept a file that was made here, and give it its name."""
    partial = partial_path(part.path)
    try:
        _accept(partial, part)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    flush(partial)
    digest, size = file_hash(partial), partial.stat().st_size
    same = read_manifest(part.path).get("sha256") == digest
    partial.replace(part.path)
    event = _settle_manifest(part, Download(changed=True, bytes=size, sha256=digest))
    return replace(event, state="unchanged", said="unchanged.") if same else event


def _settle_manifest(part: Part, answer: Download) -> Event:
    """Give the unpacked folder its name and write the manifest: only now the file counts as there."""
    if part.unpacked:
        swap(_staged(part.unpacked), part.unpacked)
    row = part.row
    manifest = {
        "dataset": row.dataset,
        "title": row.title,
        "publisher": row.publisher,
        "licence": row.licence,
        "address": part.source.shown,
        "offered_at": shown_address(row.address),
        "vintage": part.vintage or _date(answer.last_modified) or datetime.now(UTC).date().isoformat(),
        "fetched_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "file": part.path.name,
        "bytes": answer.bytes,
        "sha256": answer.sha256,
        "etag": answer.etag,
        "last_modified": answer.last_modified,
        "crs": row.crs,
        "datum": row.datum,
        "plan": part.plan,
        "unpacked": part.unpacked.name if part.unpacked else "",
    }
    write_json(manifest, manifest_path(part.path))
    return _done(part, "fetched")


def _done(part: Part, state: str) -> Event:
    size = part.path.stat().st_size
    return Event(part.row.dataset, state, part.path.name, size, size, f"{state}.", part.unpacked or part.path)


def _date(text: str) -> str:
    """Return the day of a date as servers and indexes write it, ISO; empty if it is none."""
    with suppress(ValueError):
        return parsedate_to_datetime(text).date().isoformat()
    for pattern in ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y"):
        with suppress(ValueError):
            return datetime.strptime(text[:10], pattern).replace(tzinfo=UTC).date().isoformat()
    return ""


def _manifests(place: Path) -> dict[Path, dict[str, Any]]:
    """Return every file of a dataset's folder that has a manifest, with it."""
    suffix = manifest_path(place).name.removeprefix(place.name)
    found = sorted(place.glob(f"*{suffix}")) if place.is_dir() else []
    paths = [path.with_name(path.name.removesuffix(suffix)) for path in found if not path.name.startswith(PARTIAL)]
    return {path: read_manifest(path) for path in paths}


def _is_whole(path: Path, manifest: Mapping[str, Any]) -> bool:
    """Return whether a file is what its manifest says, and its folder there."""
    unpacked = str(manifest.get("unpacked") or "")
    if not path.is_file() or (unpacked and not path.with_name(unpacked).is_dir()):
        return False
    return manifest.get("sha256") == file_hash(path)


def _remove(path: Path) -> None:
    manifest_path(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _sweep(place: Path) -> None:
    """Remove what a killed fetch left, except what can be resumed."""
    for left in place.glob(f"{PARTIAL}*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        elif left.suffix != ".state" and not left.with_name(f"{left.name}.state").exists():
            left.unlink(missing_ok=True)
