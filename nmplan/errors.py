"""One family of errors, written for the person who can mend them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING
from typing import TypeVar
from unicodedata import category

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterable

Result = TypeVar("Result")


@dataclass(frozen=True)
class Fault:
    """
    One thing that is wrong: where it stands, what it is, what to do.

    Parameters
    ----------
    source
        The file, as the reader knows it.
    where
        The feature, row or key inside the file; empty when the whole file is meant.
    what
        What is wrong, in one sentence.
    mend
        What to do about it, in one sentence.
    """

    source: str
    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        """Return the fault on one line: source, place, what, mend."""
        place = f"{self.source}: {self.where}" if self.where else self.source
        return on_one_line(f"{place}: {self.what} {self.mend}".strip())


class NmplanError(Exception):
    """Everything nmplan raises on purpose; carries all faults that were found, not only the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class StudyError(NmplanError):
    """The study file cannot be used."""


class LayerError(NmplanError):
    """A layer does not keep its contract."""


class FetchError(NmplanError):
    """A dataset of the catalogue cannot be fetched."""


class StoreError(NmplanError):
    """A file of the pipeline cannot be read or written."""


def on_one_line(text: str) -> str:
    """
    Return text that moves no cursor and turns no line: names in a file may hold line breaks and escape sequences.

    Control and direction characters become spaces; every script stays as it is.
    """
    return "".join(letter if letter.isprintable() or category(letter) == "Zs" else " " for letter in text)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known words that one may have been meant for, as "a or b"; empty where none is like it."""
    return " or ".join(get_close_matches(word, list(known)))


def without_folder(error: object, *paths: object) -> str:
    """Return the words of a library's error with files by name alone: a message is read by others than their owner."""
    words = str(error).split("; It might help", 1)[0]
    for path in paths:
        folder, slash, _ = str(path).rpartition("/")
        words = words.replace(folder + slash, "") if slash else words
    return words.rstrip(".")


def raise_faults(kind: type[NmplanError], faults: Iterable[Fault]) -> None:
    """Raise `kind` with all `faults`; do nothing when there are none."""
    found = list(faults)
    if found:
        raise kind(found)


def gather(kind: type[NmplanError], calls: Iterable[Callable[[], Result]]) -> list[Result]:
    """Return what each call returns, or raise `kind` with the faults of all calls that failed."""
    results: list[Result] = []
    faults: list[Fault] = []
    for call in calls:
        try:
            results.append(call())
        except NmplanError as error:
            faults += error.faults
    raise_faults(kind, faults)
    return results
