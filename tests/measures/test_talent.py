from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nmplan.measures.talent import talent_access

SITES = pd.Index(["s1", "s2", "s3"])


def test_hansen_by_hand() -> None:
    minutes = np.array([[0.0, 35.0], [70.0, np.nan], [np.nan, np.nan]])
    found = talent_access(minutes, np.array([2.0, 1.0]), SITES, half_life_min=35)
    # s1: 2 + 1/2; s2: 2/4, the other cannot be reached; s3 reaches nothing
    assert found.tolist() == pytest.approx([2.5, 0.5, np.nan], nan_ok=True)


def test_a_reached_institute_of_no_strength_is_zero_not_nan() -> None:
    found = talent_access(np.array([[10.0]]), np.array([0.0]), pd.Index(["s"]), half_life_min=35)
    assert found.tolist() == [0.0]
