from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter
from pydantic import ValidationError

from nmplan import shapes
from nmplan.shapes import Section
from nmplan.shapes import TimeOfDay
from nmplan.shapes import ValueFunction

FUNCTION: TypeAdapter[Any] = TypeAdapter(ValueFunction)

RIGHT = {
    "linear": {"worst": 9000, "best": 0},
    "piecewise": {"points": [[0, 1], [30, 0.5], [60, 0]]},
    "logistic": {"midpoint": 30, "slope": -0.2},
    "exponential": {"half_life": 20},
    "step": {"at": 2},
    "band": {"low": 5, "high": 5, "margin": 1},
}


def messages(kind: Any, given: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(given)
    return [str(error["msg"]) for error in caught.value.errors()]


@pytest.mark.parametrize("shape", RIGHT)
def test_each_shape_is_chosen_by_its_word_and_keeps_its_numbers(shape: str) -> None:
    made = FUNCTION.validate_python({"shape": shape, **RIGHT[shape]})
    assert type(made).__name__.casefold() == shape
    for key, value in RIGHT[shape].items():
        assert getattr(made, key) == ([tuple(point) for point in value] if key == "points" else value)


def test_what_is_left_out_has_its_usual_value() -> None:
    assert FUNCTION.validate_python({"shape": "exponential", "half_life": 20}).plateau == 0
    assert FUNCTION.validate_python({"shape": "step", "at": 2}).rises is True


def test_every_shape_of_the_module_is_a_choice() -> None:
    sections = {name for name, kind in vars(shapes).items() if isinstance(kind, type) and issubclass(kind, Section)}
    assert {name.casefold() for name in sections - {"Section"}} == set(RIGHT)


@pytest.mark.parametrize(
    ("shape", "change", "words"),
    [
        ("linear", {"worst": 3, "best": 3}, "worst and best are the same"),
        ("piecewise", {"points": [[0, 1], [0, 0]]}, "points must ascend"),
        ("piecewise", {"points": [[5, 1], [0, 0]]}, "points must ascend"),
        ("piecewise", {"points": [[0, 1]]}, "at least 2 items"),
        ("piecewise", {"points": [[0, 1.01], [1, 0]]}, "less than or equal to 1"),
        ("piecewise", {"points": [[0, -0.01], [1, 0]]}, "greater than or equal to 0"),
        ("piecewise", {"points": [[0, float("nan")], [1, 0]]}, "less than or equal to 1"),
        ("logistic", {"slope": 0}, "slope is 0"),
        ("exponential", {"half_life": 0}, "greater than 0"),
        ("band", {"low": 6}, "low is above high"),
        ("band", {"margin": 0}, "greater than 0"),
        ("band", {"margin": float("inf")}, "finite"),
        ("linear", {"worst": float("nan")}, "finite"),
        ("linear", {"worst": "9 km"}, "valid number"),
        ("linear", {"worst": "9000"}, "valid number"),  # a number in quotes is a slip of the pen
        ("linear", {"worst": True}, "valid number"),
        ("linear", {"wrost": 1}, "Extra inputs are not permitted"),
    ],
)
def test_what_makes_no_sense_is_refused(shape: str, change: dict[str, Any], words: str) -> None:
    (message,) = messages(ValueFunction, {"shape": shape, **RIGHT[shape], **change})
    assert words in message


def test_an_unknown_shape_is_told_with_those_there_are() -> None:
    (message,) = messages(ValueFunction, {"shape": "cubic", "at": 1})
    assert all(f"'{shape}'" in message for shape in RIGHT)


@pytest.mark.parametrize("text", ["00:00", "09:59", "19:30", "23:59", "24:00"])
def test_times_of_day(text: str) -> None:
    assert TypeAdapter(TimeOfDay).validate_python(text) == text


@pytest.mark.parametrize(
    "text", ["", "9:00", "24:01", "25:00", "10:60", "10.30", "10:30 ", "10:30\n", "１０:30", "10:30:00"]
)
def test_what_is_no_time_of_day_is_told_how_to_write_one(text: str) -> None:
    (message,) = messages(TimeOfDay, text)
    assert "is not a time of day, write HH:MM" in message


def test_a_section_cannot_be_changed_behind_the_studys_back() -> None:
    made = FUNCTION.validate_python({"shape": "step", "at": 2})
    with pytest.raises(ValidationError, match="frozen"):
        made.at = 3
