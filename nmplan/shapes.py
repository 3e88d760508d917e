"""Shapes of value functions as a study writes them, and what every table of a study shares."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated
from typing import Literal

from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import model_validator

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]
Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Share = Annotated[float, Field(ge=0, le=1, strict=True)]


def _time_of_day(text: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00", text):
        raise ValueError(f"{text!r} is not a time of day, write HH:MM")
    return text


TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]


class Section(BaseModel):
    """A table of the study; a key it does not know is a fault, so that a typo never passes silently."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Linear(Section):
    """Value 0 at `worst`, 1 at `best`, straight between."""

    shape: Literal["linear"]
    worst: Number
    best: Number

    @model_validator(mode="after")
    def _ends_differ(self) -> Linear:
        if self.worst == self.best:
            raise ValueError("worst and best are the same")
        return self


class Piecewise(Section):
    """Straight lines between points [measure, value]."""

    shape: Literal["piecewise"]
    points: Annotated[list[tuple[Number, Share]], Field(min_length=2)]

    @model_validator(mode="after")
    def _ascending(self) -> Piecewise:
        xs = [x for x, _ in self.points]
        if any(right <= left for left, right in pairwise(xs)):
            raise ValueError("points must ascend in the measure")
        if len({value for _, value in self.points}) == 1:
            raise ValueError("all values are the same, so that no site is better than another")
        return self


class Logistic(Section):
    """An S-curve: value ½ at `midpoint`, `slope` per unit of the measure (negative falls)."""

    shape: Literal["logistic"]
    midpoint: Number
    slope: Number

    @model_validator(mode="after")
    def _it_slopes(self) -> Logistic:
        if self.slope == 0:
            raise ValueError("slope is 0, so that every site has the value ½")
        return self


class Exponential(Section):
    """Value 1 up to the plateau, then halved every half-life."""

    shape: Literal["exponential"]
    half_life: Positive
    plateau: Number = 0.0


class Step(Section):
    """Value 1 from `at` on (or up to it, with rises = false)."""

    shape: Literal["step"]
    at: Number
    rises: bool = True


class Band(Section):
    """Value 1 between `low` and `high`, falling to 0 over `margin` on both sides."""

    shape: Literal["band"]
    low: Number
    high: Number
    margin: Positive

    @model_validator(mode="after")
    def _low_is_low(self) -> Band:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


ValueFunction = Annotated[Linear | Piecewise | Logistic | Exponential | Step | Band, Field(discriminator="shape")]
