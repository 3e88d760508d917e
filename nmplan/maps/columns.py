"""Columns of whole numbers on their way into a page."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Any

import numpy as np

from nmplan.maps.quantise import MISSING
from nmplan.maps.quantise import pack_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike


@dataclass
class Columns:
    """Packed columns, each once: criteria that tenants or scenarios share cost nothing twice."""

    packed: list[str] = field(default_factory=list)
    whole: list[np.ndarray[Any, np.dtype[np.int64]]] = field(default_factory=list)
    known: dict[bytes, int] = field(default_factory=dict)

    def add(
        self,
        numbers: ArrayLike,
        steps: int = 1,
        like: Sequence[int | None] = (),
    ) -> int:
        """
        Keep a column in whole steps and return its number.

        Parameters
        ----------
        numbers
            One per row; what is not finite is missing.
        steps
            Whole steps in a unit.
        like
            Numbers of columns it may resemble, on which it then leans.
        """
        scaled = np.asarray(numbers, dtype=float) * steps
        whole = np.where(np.isfinite(scaled), np.floor(np.nan_to_num(scaled) + 0.5), MISSING).astype(np.int64)
        number = self.known.setdefault(whole.tobytes(), len(self.whole))
        if number == len(self.whole):
            others = {other: self.whole[other] for other in like if other is not None}
            self.packed.append(pack_column(whole, others))
            self.whole.append(whole)
        return number
