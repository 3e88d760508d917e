from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

from nmplan.errors import StoreError
from nmplan.store import PARTIAL
from nmplan.store import Product
from nmplan.store import Step
from nmplan.store import code_hash
from nmplan.store import file_hash
from nmplan.store import is_fresh
from nmplan.store import manifest_path
from nmplan.store import one_run_at_a_time
from nmplan.store import read_manifest
from nmplan.store import read_table
from nmplan.store import run_step
from nmplan.store import sweep


class Counter:
    """A step that writes a table and counts how often it ran."""

    def __init__(self, root: Path) -> None:
        self.root, self.source, self.output = root, root / "in.txt", root / "out" / "table.parquet"
        self.source.write_text("one")
        self.runs = 0
        self.setting: object = {"a": 1}
        self.table = pd.DataFrame({"n": [1, 2]})

    def make(self) -> dict[Path, Product]:
        self.runs += 1
        return {self.output: Product(self.table, [{"what": "a note"}])}

    def run(self, *, force: bool = False) -> bool:
        step = Step("count", (self.output,), (self.source,), (self.setting,), ("errors.py",), self.make)
        return run_step(step, self.root, force=force)


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


def test_a_fresh_step_does_not_run_again(counter: Counter) -> None:
    assert counter.run()
    assert not counter.run()
    assert counter.runs == 1


def test_a_changed_input_setting_or_output_makes_it_stale(counter: Counter) -> None:
    counter.run()
    counter.source.write_text("two")
    assert counter.run()
    counter.setting = {"a": 2}
    assert counter.run()
    counter.output.write_bytes(b"spoilt")
    assert counter.run()
    counter.output.unlink()
    assert counter.run()
    manifest_path(counter.output).write_text("{ half")
    assert counter.run()
    assert counter.run(force=True)
    assert not counter.run()


def test_the_manifest_tells_what_a_file_was_made_from(counter: Counter) -> None:
    counter.run()
    manifest = read_manifest(counter.output)
    assert manifest["inputs"] == {"in.txt": file_hash(counter.source)}
    assert manifest["sha256"] == file_hash(counter.output)
    assert manifest["rows"] == 2
    assert manifest["notes"] == [{"what": "a note"}]
    assert manifest["seconds"] >= 0
    assert str(counter.root) not in json.dumps(manifest)


def test_an_unwatched_step_always_runs_and_what_depends_on_it_only_when_it_changed(counter: Counter) -> None:
    made = counter.root / "out" / "next.json"
    following = Step("next", (made,), (counter.output,), (), ("errors.py",), lambda: {made: Product({"a": 1})})

    def ran() -> tuple[bool, bool]:
        step = Step("read", (counter.output,), (), (), ("errors.py",), counter.make, watched=False)
        assert not is_fresh(step, counter.root)
        return run_step(step, counter.root), run_step(following, counter.root)

    assert ran() == (True, True)
    assert ran() == (True, False)
    counter.table = pd.DataFrame({"n": [1, 3]})
    assert ran() == (True, True)
    assert is_fresh(following, counter.root)


def test_files_of_one_name_in_folders_elsewhere_each_count(tmp_path: Path) -> None:
    root = tmp_path / "out"
    sources = [tmp_path / folder / "ZONE.json" for folder in ("stt", "hsk", "lmcl")]
    for path in sources:
        path.parent.mkdir()
        path.write_text("{}")
    made = root / "zoning.json"
    step = Step("zoning", (made,), tuple(sources), (), ("errors.py",), lambda: {made: Product({"a": 1})})
    assert run_step(step, root)
    assert list(read_manifest(made)["inputs"]) == ["ZONE.json", "ZONE.json (2)", "ZONE.json (3)"]
    for path in sources:
        path.write_text(f"{{}} {path.parent.name}")
        assert run_step(step, root), path.parent.name
        assert not run_step(step, root)


def test_provenance_has_the_checksum_of_the_files_a_product_was_read_from(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("lots.gpkg", "more.gpkg", "areas.parquet")]
    for path in files:
        path.write_text(path.name)
    outputs = {name: tmp_path / "out" / f"{name}.json" for name in ("one", "two", "none", "own")}

    def make() -> dict[Path, Product]:
        own = {"publisher": "us"}
        return {
            outputs["one"]: Product({}, provenance=own, files=(files[0],)),
            outputs["two"]: Product({}, provenance=own, files=(files[0], files[1])),
            outputs["none"]: Product({}, provenance=own),
            outputs["own"]: Product({}, files=(files[0],)),  # nmplan made it itself
        }

    run_step(Step("all", tuple(outputs.values()), tuple(files), (), ("errors.py",), make), tmp_path)
    found = {name: read_manifest(path).get("provenance") for name, path in outputs.items()}
    assert found["one"] == {"publisher": "us", "checksum": hashlib.sha256(b"lots.gpkg").hexdigest()}
    assert found["none"] == {"publisher": "us", "checksum": ""}
    assert found["own"] is None
    before = found["two"]["checksum"]
    assert len(before) == 64
    assert before not in {file_hash(path) for path in files}
    files[1].write_text("edited")
    run_step(Step("all", tuple(outputs.values()), tuple(files), (), ("errors.py",), make), tmp_path)
    assert read_manifest(outputs["two"])["provenance"]["checksum"] != before
    assert read_manifest(outputs["one"])["provenance"] == found["one"]


def test_a_missing_input_is_named(counter: Counter) -> None:
    counter.source.unlink()
    with pytest.raises(StoreError, match=r"in\.txt: there is no such file"):
        counter.run()


def test_a_step_that_fails_leaves_the_old_file(counter: Counter) -> None:
    counter.run()
    before = file_hash(counter.output)
    counter.source.write_text("two")

    def fail() -> dict[Path, Product]:
        raise ValueError("no")

    step = Step("count", (counter.output,), (counter.source,), (), ("errors.py",), fail)
    with pytest.raises(ValueError, match="no"):
        run_step(step, counter.root)
    assert file_hash(counter.output) == before


def test_sweep_removes_what_was_being_written(tmp_path: Path) -> None:
    left, kept = tmp_path / f"{PARTIAL}table.parquet", tmp_path / "table.parquet"
    left.touch()
    kept.touch()
    sweep([tmp_path, tmp_path / "not there"])
    assert not left.exists()
    assert kept.exists()


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    with one_run_at_a_time(tmp_path), pytest.raises(StoreError, match="another run"), one_run_at_a_time(tmp_path):
        pass
    with one_run_at_a_time(tmp_path):  # and let go afterwards
        pass


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StoreError, match="cannot be written"), one_run_at_a_time(tmp_path / "data"):
        pass


def test_missing_and_broken_tables_are_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Run `nmplan run`"):
        read_table(tmp_path / "none.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(StoreError, match="cannot be read"):
        read_table(tmp_path / "broken.parquet")


def test_the_code_hash_covers_folders_and_modules() -> None:
    assert code_hash(("errors.py",)) != code_hash(("crs.py",))
    assert code_hash(("scores",)) != code_hash(("places",))
