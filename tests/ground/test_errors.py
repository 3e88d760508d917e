from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.errors import NmplanError
from nmplan.errors import StoreError
from nmplan.errors import StudyError
from nmplan.errors import gather
from nmplan.errors import nearest
from nmplan.errors import on_one_line
from nmplan.errors import raise_faults
from nmplan.errors import without_folder


def test_a_fault_reads_source_place_what_mend() -> None:
    fault = Fault("lots.gpkg", "feature 7", "the geometry is empty.", "Draw it.")
    assert str(fault) == "lots.gpkg: feature 7: the geometry is empty. Draw it."


def test_a_fault_of_the_whole_file_has_no_empty_place() -> None:
    assert (
        str(Fault("lots.gpkg", "", "there is no such file.", "Name it."))
        == "lots.gpkg: there is no such file. Name it."
    )


def test_a_fault_without_mend_ends_with_what() -> None:
    assert str(Fault("a.csv", "row 2", "is blank.", "")) == "a.csv: row 2: is blank."


def test_an_error_carries_every_fault_one_to_a_line() -> None:
    faults = [Fault("a", "", "one.", "Mend."), Fault("b", "row 2", "two.", "Mend.")]
    error = StudyError(faults)
    assert error.faults == faults
    assert str(error).splitlines() == ["a: one. Mend.", "b: row 2: two. Mend."]


def test_an_error_takes_faults_from_an_iterator_once() -> None:
    error = LayerError(Fault("a", "", str(number), "") for number in range(3))
    assert len(error.faults) == 3
    assert str(error) == "a: 0\na: 1\na: 2"


@pytest.mark.parametrize("kind", [StudyError, LayerError, StoreError])
def test_every_error_is_caught_as_nmplan_error(kind: type[NmplanError]) -> None:
    with pytest.raises(NmplanError) as caught:
        raise_faults(kind, [Fault("a", "", "wrong.", "Mend.")])
    assert type(caught.value) is kind


def test_no_faults_raise_nothing() -> None:
    raise_faults(LayerError, [])
    raise_faults(LayerError, iter(()))


def test_what_was_gathered_comes_in_the_order_asked() -> None:
    assert gather(LayerError, [lambda: 1, lambda: 2]) == [1, 2]
    assert gather(LayerError, []) == []


def test_calls_go_on_after_a_fault_so_that_all_are_told_once() -> None:
    asked = []

    def refuse(*names: str) -> None:
        asked.append(names)
        raise StudyError(Fault(name, "", "wrong.", "Mend.") for name in names)

    with pytest.raises(LayerError) as caught:
        gather(LayerError, [lambda: refuse("a", "b"), lambda: asked.append(()), lambda: refuse("c")])
    assert type(caught.value) is LayerError
    assert [fault.source for fault in caught.value.faults] == ["a", "b", "c"]
    assert len(asked) == 3


def test_what_is_no_fault_is_not_caught() -> None:
    with pytest.raises(ZeroDivisionError):
        gather(LayerError, [lambda: 1 / 0])


@settings(deadline=None, derandomize=True, database=None)
@given(st.text(), st.text(min_size=1), st.text(), st.text())
def test_a_fault_shows_all_four_parts_whatever_they_hold(source: str, where: str, what: str, mend: str) -> None:
    shown = str(Fault(source, where, what, mend))
    assert all(on_one_line(part).strip() in shown for part in (source, where, what, mend))


def test_a_fault_stays_on_one_line_and_turns_no_terminal_red() -> None:
    words = str(Fault("a\u202e.csv", "row\n1", "holds \x1b[31m 新田\u3000（一）\x00.", "Correct it."))
    assert words == "a .csv: row 1: holds  [31m 新田\u3000（一） . Correct it."


def test_errors_of_libraries_name_files_without_their_folders() -> None:
    words = "'/a/b c/x.gpkg' not recognized.; It might help to specify the driver"
    assert without_folder(words, "/a/b c/x.gpkg") == "'x.gpkg' not recognized"
    assert without_folder("no path in it", "x.gpkg") == "no path in it"


def test_the_nearest_words_come_first_and_none_where_none_is_like() -> None:
    assert nearest("stde", ["study", "side", "layer"]) == "side or study"
    assert nearest("zzzz", ["study", "side"]) == ""
