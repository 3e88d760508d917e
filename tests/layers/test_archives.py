"""Archives: what is refused, what is unpacked, and that nothing is left of what is refused."""

from __future__ import annotations

import io
import stat
import struct
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.errors import FetchError
from nmplan.layers.archives import Limits
from nmplan.layers.archives import unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def zip_file(path: Path, members: list[tuple[zipfile.ZipInfo | str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def tar_file(path: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def refused(archive: Path, folder: Path, **limits: float) -> str:
    """Return what is said; nothing may be left, and what stood there before stays."""
    folder.mkdir(exist_ok=True)
    (folder / "before").write_text("stays", encoding="utf-8")
    beside = sorted(folder.parent.rglob("*"))
    with pytest.raises(FetchError) as caught:
        unpack(archive, folder, limits=Limits(**limits))
    assert sorted(folder.parent.rglob("*")) == beside
    assert (folder / "before").read_text(encoding="utf-8") == "stays"
    assert all(fault.mend for fault in caught.value.faults)
    return str(caught.value)


def test_a_zip_is_unpacked_with_its_folders_and_takes_the_old_ones_place(tmp_path: Path) -> None:
    archive = zip_file(
        tmp_path / "a.zip", [("Roads.gdb/a.gdbtable", b"abc"), ("Roads.gdb/empty/", b""), ("b.txt", b"")]
    )
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").touch()
    written = unpack(archive, tmp_path / "out")
    assert written == [tmp_path / "out" / "Roads.gdb" / "a.gdbtable", tmp_path / "out" / "b.txt"]
    assert written[0].read_bytes() == b"abc"
    assert (tmp_path / "out" / "Roads.gdb" / "empty").is_dir()
    assert not (tmp_path / "out" / "old").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "out"]


def test_a_tar_gz_is_unpacked_in_order(tmp_path: Path) -> None:
    folder = tarfile.TarInfo("d")
    folder.type = tarfile.DIRTYPE
    archive = tar_file(
        tmp_path / "a.tar.gz", [(folder, b""), (tarfile.TarInfo("./d/x"), b"1"), (tarfile.TarInfo("y"), b"2")]
    )
    assert [path.read_bytes() for path in unpack(archive, tmp_path / "out")] == [b"1", b"2"]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("../evil", "leads out"),
        ("a/../../evil", "leads out"),
        ("/etc/evil", "absolute"),
        ("C:/evil", "drive"),
        ("C:evil", "drive"),
        ("..\\evil", "leads out"),
        ("a\\..\\..\\evil", "leads out"),
        ("\\\\host\\share\\evil", "absolute"),
        ("a.txt:stream", "stream"),
        ("a\nb", "control"),
        ("a\x1b[31m", "control"),
    ],
)
@pytest.mark.parametrize("make", ["zip", "tar"])
def test_names_that_lead_astray_are_refused(tmp_path: Path, name: str, word: str, make: str) -> None:
    if make == "zip":
        archive = zip_file(tmp_path / "a.zip", [("good", b"1"), (zipfile.ZipInfo(name), b"2")])
    else:
        archive = tar_file(tmp_path / "a.tar.gz", [(tarfile.TarInfo("good"), b"1"), (tarfile.TarInfo(name), b"2")])
    assert word in refused(archive, tmp_path / "out")


def test_a_name_cut_short_by_a_zero_byte_is_refused(tmp_path: Path) -> None:
    archive = zip_file(tmp_path / "a.zip", [("good.txtXevil", b"1")])
    archive.write_bytes(archive.read_bytes().replace(b"good.txtXevil", b"good.txt\x00evil"))
    refused(archive, tmp_path / "out")


def test_backslashes_of_old_windows_packers_become_folders(tmp_path: Path) -> None:
    archive = zip_file(tmp_path / "a.zip", [("Roads.gdb\\", b""), ("Roads.gdb\\a.gdbtable", b"abc")])
    assert unpack(archive, tmp_path / "out") == [tmp_path / "out" / "Roads.gdb" / "a.gdbtable"]


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_links_and_devices_in_a_zip_are_refused(tmp_path: Path, mode: int) -> None:
    info = zipfile.ZipInfo("odd")
    info.external_attr = (mode | 0o777) << 16
    said = refused(zip_file(tmp_path / "a.zip", [(info, b"/etc/passwd")]), tmp_path / "out")
    assert ("link" if mode == stat.S_IFLNK else "neither") in said


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    info = tarfile.TarInfo("odd")
    info.type, info.linkname = kind, "/etc/passwd"
    said = refused(tar_file(tmp_path / "a.tar.gz", [(info, b"")]), tmp_path / "out")
    assert ("link" if kind in {tarfile.SYMTYPE, tarfile.LNKTYPE} else "neither") in said


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "names", [("a/b", "a/b"), ("a/B", "A/b"), ("caf\u00e9", "cafe\u0301"), ("a", "a/b"), ("A", "a/")]
)
def test_one_name_twice_is_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    said = refused(zip_file(tmp_path / "a.zip", [(name, b"") for name in names]), tmp_path / "out")
    assert "twice" in said or "which is a file" in said


def test_a_locked_zip_is_told(tmp_path: Path) -> None:
    archive = zip_file(tmp_path / "a.zip", [("a", b"1")])
    content = bytearray(archive.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    archive.write_bytes(content)
    assert "password" in refused(archive, tmp_path / "out")


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    archive = zip_file(tmp_path / "a.zip", [("../a", b""), ("/b", b""), ("good", b"")])
    assert refused(archive, tmp_path / "out").count("\n") == 1


@pytest.mark.parametrize("make", ["zip", "tar"])
def test_bombs_are_refused_by_size_ratio_and_count(tmp_path: Path, make: str) -> None:
    zeros = b"\0" * 3_000_000
    if make == "zip":
        archive = zip_file(tmp_path / "a.zip", [("a", zeros), ("b", b"1")])
    else:
        archive = tar_file(tmp_path / "a.tar.gz", [(tarfile.TarInfo("a"), zeros), (tarfile.TarInfo("b"), b"1")])
    assert "2,000,000 bytes" in refused(archive, tmp_path / "out", content_bytes=2_000_000)
    assert "200 times" in refused(archive, tmp_path / "out", ratio_from_bytes=1_000_000)
    assert "more than 1 files" in refused(archive, tmp_path / "out", entries=1)
    assert len(unpack(archive, tmp_path / "out")) == 2  # small enough for its ratio not to count


def test_a_bomb_whose_headers_lie_is_caught_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = zip_file(tmp_path / "a.zip", [("a", b"\0" * 3_000_000)])
    real = zipfile.ZipFile.open
    # the list of contents says three bytes; the stream goes on for three million
    infolist = zipfile.ZipFile.infolist

    def lying(self: zipfile.ZipFile):
        import copy

        infos = [copy.copy(info) for info in infolist(self)]
        for info in infos:
            info.file_size = 3
        return infos

    monkeypatch.setattr(zipfile.ZipFile, "infolist", lying)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda self, info: real(self, info.filename))
    assert "2,000,000 bytes" in refused(archive, tmp_path / "out", content_bytes=2_000_000)


def test_headers_that_promise_less_than_there_is_do_not_pass(tmp_path: Path) -> None:
    archive = zip_file(tmp_path / "a.zip", [("a", b"x" * 1000)])
    content = bytearray(archive.read_bytes())
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 3)
    archive.write_bytes(content)
    assert "broken" in refused(archive, tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"not an archive", b"\x1f\x8b\x08 broken gzip"])
def test_what_is_no_archive_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    assert "broken or no archive" in refused(tmp_path / "a.zip", tmp_path / "out")


@pytest.mark.parametrize("make", ["zip", "tar"])
def test_a_damaged_archive_is_told(tmp_path: Path, make: str) -> None:
    import random

    noise = random.Random(3).randbytes(50_000)  # noqa: S311
    if make == "zip":
        archive = zip_file(tmp_path / "a.zip", [("a", noise)])
    else:
        archive = tar_file(tmp_path / "a.tar.gz", [(tarfile.TarInfo("a"), noise)])
    content = bytearray(archive.read_bytes())
    content[25_000] ^= 0xFF
    archive.write_bytes(content)
    assert "broken" in refused(archive, tmp_path / "out")
    archive.write_bytes(content[:30_000])
    assert "broken" in refused(archive, tmp_path / "out")


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp950", "功能/規劃圖.shp"),  # 功 ends in a byte that is a backslash in ASCII
        ("big5hkscs", "深水埗.shp"),
        ("utf-8", "新田科技城.shp"),
    ],
)
def test_chinese_names_without_the_utf_8_flag_are_read(tmp_path: Path, encoding: str, name: str) -> None:
    raw = name.encode(encoding)
    archive = zip_file(tmp_path / "a.zip", [("x" * len(raw), b"1")])
    archive.write_bytes(archive.read_bytes().replace(b"x" * len(raw), raw))
    assert unpack(archive, tmp_path / "out") == [tmp_path / "out" / name]


def test_chinese_names_with_the_flag_are_read(tmp_path: Path) -> None:
    archive = zip_file(tmp_path / "a.zip", [("新田/規劃圖.shp", b"1")])
    assert unpack(archive, tmp_path / "out") == [tmp_path / "out" / "新田" / "規劃圖.shp"]


def test_a_packing_python_cannot_read_is_told(tmp_path: Path) -> None:
    archive = zip_file(tmp_path / "a.zip", [("a", b"x" * 1000)])
    content = bytearray(archive.read_bytes())
    struct.pack_into("<H", content, content.index(b"PK\x03\x04") + 8, 9)  # Deflate64
    struct.pack_into("<H", content, content.index(b"PK\x01\x02") + 10, 9)
    archive.write_bytes(content)
    assert "Deflate64" in refused(archive, tmp_path / "out")


def test_a_disk_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nmplan.layers.archives.flush", full)
    archive = zip_file(tmp_path / "a.zip", [("a", b"1")])
    with pytest.raises(OSError, match="No space"):
        unpack(archive, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip"]


_NAMES = st.lists(
    st.text(st.sampled_from("ab./\\:\x00\n ~功"), min_size=1, max_size=10), min_size=1, max_size=4, unique=True
)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=_NAMES)
def test_nothing_ever_lands_outside(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    place: Callable[[str], Path] = tmp_path_factory.mktemp
    folder = place("unpack") / "deep" / "out"
    folder.parent.mkdir()
    archive = zip_file(folder.parents[1] / "a.zip", [(zipfile.ZipInfo(name), b"1") for name in names])
    try:
        written = unpack(archive, folder)
    except FetchError:
        written = []
    there = {path for path in folder.parents[1].rglob("*") if path.is_file()} - {archive}
    assert there == set(written)
    assert all(path.resolve().is_relative_to(folder.resolve()) for path in written)
