from __future__ import annotations

import io
import os
import zipfile
from typing import TYPE_CHECKING

import pytest
from published.plans import zipped

from nmplan.errors import LayerError
from nmplan.layers import packages
from nmplan.layers.packages import Member
from nmplan.layers.packages import is_rubbish
from nmplan.layers.packages import list_members

if TYPE_CHECKING:
    from pathlib import Path

ENDS = (".shp", ".dbf", ".json")


def write(folder: Path, *names: str, content: bytes = b"x") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def names(*paths: Path, suffixes: tuple[str, ...] = ENDS) -> list[str]:
    return [member.name for member in list_members(paths, suffixes)]


def refused(*paths: Path) -> str:
    with pytest.raises(LayerError) as caught:
        list_members(paths, ENDS)
    assert all(fault.mend for fault in caught.value.faults)
    return str(caught.value)


# --- folders and files


def test_folders_are_searched_at_any_depth_for_endings_in_any_case(tmp_path: Path) -> None:
    write(tmp_path / "ozp", "a.json", "b/B.SHP", "b/c/d.Json", "b/readme.pdf", "json")
    assert names(tmp_path / "ozp") == ["ozp/a.json", "ozp/b/B.SHP", "ozp/b/c/d.Json"]
    assert names(tmp_path / "ozp", suffixes=(".pdf",)) == ["ozp/b/readme.pdf"]


def test_members_come_by_name_whatever_the_order_of_the_paths_and_once(tmp_path: Path) -> None:
    write(tmp_path, "b.json", "a.json", "c/z.json")
    paths = [tmp_path / "b.json", tmp_path / "c", tmp_path / "a.json", tmp_path / "c" / ".." / "b.json"]
    assert names(*paths) == names(*paths[::-1]) == ["a.json", "b.json", "c/z.json"]


def test_files_of_one_name_are_two_members_with_a_key_each(tmp_path: Path) -> None:
    write(tmp_path, "one/plan/ZONE.json", content=b"1")
    write(tmp_path, "two/plan/ZONE.json", content=b"2")
    found = list_members([tmp_path / "one" / "plan", tmp_path / "two" / "plan"], ENDS)
    assert [member.name for member in found] == ["plan/ZONE.json"] * 2
    assert len({member.key for member in found}) == 2
    assert [member.read() for member in found] == [b"1", b"2"]


def test_a_shapefile_brings_its_own_parts_and_no_others(tmp_path: Path) -> None:
    write(tmp_path, "ZONE.shp", "zone.DBF", "ZONE.json", "OTHER.dbf", "ZONE2.dbf")
    assert names(tmp_path / "ZONE.shp") == ["ZONE.shp", "zone.DBF"]
    assert names(tmp_path / "ZONE.json") == ["ZONE.json"]  # which brings nothing along


def test_what_a_member_says_of_itself() -> None:
    member = Member("plan.zip/Plan GIS/ZONE.Tar.SHP", "/data/plan.zip/Plan GIS/ZONE.Tar.SHP", lambda: b"")
    assert (member.suffix, member.stem) == (".shp", "ZONE.Tar")
    assert member.place == "/data/plan.zip/plan gis/zone.tar"


@pytest.mark.parametrize(
    ("name", "rubbish"),
    [
        ("__MACOSX/plan/._ZONE.json", True),
        ("plan/._ZONE.json", True),
        ("._ZONE.json", True),
        ("plan/_ZONE.json", False),
        ("plan/ZONE._json", False),
        (".hidden/ZONE.json", False),
    ],
)
def test_shadows_that_a_mac_leaves_behind(name: str, rubbish: bool, tmp_path: Path) -> None:  # noqa: FBT001
    assert is_rubbish(name) is rubbish
    (tmp_path / "a.zip").write_bytes(zipped({name: b"{}"}))
    assert names(tmp_path, suffixes=(".json",)) == (
        [] if rubbish or name.endswith("._json") else [f"{tmp_path.name}/a.zip/{name}"]
    )


def test_missing_paths_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, "there.json")
    assert refused(tmp_path / "here.json", tmp_path / "there.json", tmp_path / "nowhere").splitlines() == [
        "here.json: there is no such file or folder. Correct the path in the study.",
        "nowhere: there is no such file or folder. Correct the path in the study.",
    ]


# --- archives


def test_members_of_nested_archives_are_read_without_unpacking(tmp_path: Path) -> None:
    inner = zipped({"Plan/ZONE.JSON": b"zone", "Plan/notes.pdf": b"%PDF"})
    (tmp_path / "outer.ZIP").write_bytes(zipped({"GeoJSON.zip": inner, "BHC.json": b"bhc"}))
    found = list_members([tmp_path / "outer.ZIP"], ENDS)
    assert {member.name: member.read() for member in found} == {
        "outer.ZIP/BHC.json": b"bhc",
        "outer.ZIP/GeoJSON.zip/Plan/ZONE.JSON": b"zone",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["outer.ZIP"]
    assert found[0].read() == found[0].read()  # as often as wanted


def test_folders_inside_an_archive_are_no_members(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.mkdir("ZONE.json")
        archive.writestr("ZONE.json/BHC.json", b"{}")
    (tmp_path / "plan.zip").write_bytes(packed.getvalue())
    assert names(tmp_path / "plan.zip") == ["plan.zip/ZONE.json/BHC.json"]


def test_what_is_no_archive_is_named_beside_what_else_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "plan.zip").write_text("<html>not found</html>")
    (tmp_path / "outer.zip").write_bytes(zipped({"inner.zip": b"PK\x03\x04 cut short"}))
    message = refused(tmp_path / "plan.zip", tmp_path / "outer.zip", tmp_path / "gone")
    assert "plan.zip: this is not a zip archive that can be read" in message
    assert "outer.zip/inner.zip: this is not a zip archive" in message
    assert "gone: there is no such file" in message


def test_a_damaged_member_is_named_when_it_is_read(tmp_path: Path) -> None:
    packed = bytearray(zipped({"ZONE.json": os.urandom(500)}))
    packed[200:260] = b"\x00" * 60
    (tmp_path / "plan.zip").write_bytes(packed)
    (member,) = list_members([tmp_path / "plan.zip"], ENDS)
    with pytest.raises(LayerError, match=r"plan\.zip: its member ZONE\.json cannot be unpacked"):
        member.read()


def test_an_archive_with_a_password_is_named(tmp_path: Path) -> None:
    content = bytearray(zipped({"ZONE.json": b"{}"}))
    content[6] |= 1  # the flag of an encrypted member, in the member's head
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and in the index
    (tmp_path / "locked.zip").write_bytes(content)
    (member,) = list_members([tmp_path], ENDS)
    with pytest.raises(LayerError, match=r"locked\.zip: its member ZONE\.json cannot be unpacked.*password"):
        member.read()


def test_a_member_gives_no_more_than_the_index_promises(tmp_path: Path) -> None:
    content = bytearray(zipped({"ZONE.json": b"a" * 1000}))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = (10).to_bytes(4, "little")  # its size after unpacking
    (tmp_path / "lie.zip").write_bytes(content)
    (member,) = list_members([tmp_path], ENDS)
    with pytest.raises(LayerError, match="cannot be unpacked"):
        member.read()


def test_archives_that_unpack_to_absurd_sizes_are_refused_before_reading(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bomb.zip").write_bytes(zipped({"ZONE.json": b" " * 100_000, "big.pdf": b" " * 900_000}))
    monkeypatch.setattr(packages, "MOST_BYTES", 100_000)
    assert len(names(tmp_path)) == 1  # what is not wanted does not count
    monkeypatch.setattr(packages, "MOST_BYTES", 99_999)
    assert "bomb.zip: its archives hold more than 20,000 members or unpack to more than 99,999" in refused(tmp_path)


def test_the_allowance_is_shared_by_nested_archives_and_by_all_paths(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    inner = zipped({f"{n}.json": b"[]" for n in range(4)})
    (tmp_path / "many.zip").write_bytes(zipped({f"{n}.zip": inner for n in range(3)}))
    (tmp_path / "more.zip").write_bytes(inner)
    monkeypatch.setattr(packages, "MOST_MEMBERS", 14)  # 3 + 3 x 4 = 15
    assert "hold more than 14 members" in refused(tmp_path / "many.zip")
    monkeypatch.setattr(packages, "MOST_MEMBERS", 18)  # 15 + 4 = 19
    assert len(names(tmp_path / "many.zip")) == 12
    assert "more.zip" in refused(tmp_path / "many.zip", tmp_path / "more.zip")


def test_archives_nested_too_deep_are_refused(tmp_path: Path) -> None:
    content = zipped({"ZONE.json": b"{}"})
    for _ in range(packages.DEEPEST - 1):
        content = zipped({"a.zip": content})
    (tmp_path / "deep.zip").write_bytes(content)
    assert names(tmp_path / "deep.zip") == ["deep.zip/a.zip/a.zip/a.zip/ZONE.json"]
    (tmp_path / "deep.zip").write_bytes(zipped({"a.zip": content}))
    assert "archives within archives, more than 4 deep" in refused(tmp_path / "deep.zip")


def test_names_that_point_outside_stay_names(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "plan.zip").write_bytes(zipped({"../../ZONE.json": b"zone", "/etc/ZONE.json": b"root"}))
    assert sorted(member.read() for member in list_members([tmp_path / "in"], ENDS)) == [b"root", b"zone"]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["in", "plan.zip"]
