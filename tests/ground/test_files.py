from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from nmplan.files import PARTIAL
from nmplan.files import file_hash
from nmplan.files import flush
from nmplan.files import held
from nmplan.files import manifest_path
from nmplan.files import partial_path
from nmplan.files import read_json
from nmplan.files import read_manifest
from nmplan.files import write_json

if TYPE_CHECKING:
    from pathlib import Path


def test_the_names_beside_a_file(tmp_path: Path) -> None:
    assert partial_path(tmp_path / "lots.parquet") == tmp_path / ".partial-lots.parquet"
    assert manifest_path(tmp_path / "lots.parquet") == tmp_path / "lots.parquet.manifest.json"
    # two files of one stem have a manifest each
    assert manifest_path(tmp_path / "lots.gpkg") != manifest_path(tmp_path / "lots.parquet")


def test_an_object_comes_back_as_it_was_written(tmp_path: Path) -> None:
    content = {"name": "新田", "rows": 3, "notes": [{"what": 'a "note"'}]}
    write_json(content, tmp_path / "a.json")
    assert read_json(tmp_path / "a.json") == content
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_the_same_object_is_the_same_bytes_in_any_order_and_words_stay_legible(tmp_path: Path) -> None:
    write_json({"b": 1, "a": "新田"}, tmp_path / "one.json")
    write_json({"a": "新田", "b": 1}, tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert "新田" in (tmp_path / "one.json").read_text(encoding="utf-8")


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    write_json({"a": 1}, tmp_path / "a.json")
    with pytest.raises(TypeError):
        write_json({"a": object()}, tmp_path / "a.json")
    assert read_json(tmp_path / "a.json") == {"a": 1}


def test_a_write_that_breaks_off_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_json({"a": 1}, tmp_path / "a.json")

    def full(_: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("nmplan.files.flush", full)
    with pytest.raises(OSError, match="no space"):
        write_json({"a": 2}, tmp_path / "a.json")
    assert read_json(tmp_path / "a.json") == {"a": 1}
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", f"{PARTIAL}a.json"}  # which a sweep knows


@pytest.mark.parametrize("content", [b"", b"{ half", b"[1, 2]", b'"text"', b"null", b"\xff\xfe{}"])
def test_what_is_no_object_is_empty(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    assert read_json(tmp_path / "a.json") == {}


def test_a_missing_file_and_a_folder_are_empty(tmp_path: Path) -> None:
    assert read_json(tmp_path / "none.json") == {}
    assert read_json(tmp_path) == {}


def test_a_manifest_is_read_from_beside_its_file(tmp_path: Path) -> None:
    assert read_manifest(tmp_path / "lots.parquet") == {}
    (tmp_path / "lots.parquet.manifest.json").write_text(json.dumps({"rows": 3}))
    assert read_manifest(tmp_path / "lots.parquet") == {"rows": 3}


def test_the_hash_is_the_published_one(tmp_path: Path) -> None:
    # FIPS 180-2, appendix B.1
    (tmp_path / "a").write_bytes(b"abc")
    assert file_hash(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    (tmp_path / "a").write_bytes(b"abd")
    assert not file_hash(tmp_path / "a").startswith("ba7816bf")


def test_flushing_needs_the_file_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    flush(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"abc"
    with pytest.raises(FileNotFoundError):
        flush(tmp_path / "none")


def test_a_folder_is_made_held_by_one_and_let_go(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "processed"
    with held(folder), pytest.raises(BlockingIOError), held(folder):
        pass
    with held(folder):
        pass


def test_a_fault_inside_lets_go_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyError), held(tmp_path):
        raise KeyError("inside")
    with held(tmp_path):
        pass


def test_another_process_cannot_hold_it_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    wait = (
        "import pathlib, sys; from nmplan.files import held\n"
        "with held(pathlib.Path(sys.argv[1])): print(1, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", wait, str(tmp_path)], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"1\n"
        with pytest.raises(BlockingIOError), held(tmp_path):
            pass
        other.kill()
    with held(tmp_path):
        pass


def test_a_file_where_the_folder_should_be_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(FileExistsError), held(tmp_path / "data"):
        pass
