from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest

from nmplan.layers.bus_lines import OF_THE_LINE
from nmplan.layers.bus_lines import line_faults


@pytest.fixture
def calls() -> gpd.GeoDataFrame:
    """Lines x and y over stops a, b and c, two kilometres apart in four minutes."""
    told = {
        "line_id": ["x", "x", "x", "y", "y"], "order": [1, 2, 3, 1, 2], "stop_id": ["a", "b", "c", "b", "c"],
        "minutes": [0.0, 4.0, 4.0, 0.0, 4.0],
    }  # fmt: skip
    points = gpd.points_from_xy([0, 2000, 4000, 2000, 4000], [0] * 5)
    return gpd.GeoDataFrame(told, geometry=points, crs="EPSG:2326").assign(**dict.fromkeys(OF_THE_LINE, 10.0))


def test_sound_lines_have_no_fault(calls) -> None:
    assert line_faults(calls, "buses") == []


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        ({"line_id": ["x", "x", "x", "y", "z"]}, "y, z", "one call"),
        ({"headway_peak_min": np.nan, "headway_quiet_min": np.nan, "headway_late_min": np.nan}, "x, y", "no headway"),
        ({"headway_quiet_min": 0.0}, "x, y", "no minutes"),
        ({"first_at": "06:00", "last_at": "00:30"}, "x, y", "before they start"),
        ({"first_back_at": "06:00", "last_back_at": "05:59"}, "x, y", "before they start"),
        ({"fare_hkd": [1.0, 1.0, 2.0, 3.0, 3.0]}, "x", "fare_hkd"),
        ({"minutes": [0.0, 4.0, 0.5, 0.0, 4.0]}, "x", "120 km/h"),
        ({"stop_id": ["a", "b", "b", "b", "c"]}, "b", "500 m apart"),
    ],
)
def test_what_is_wrong_with_a_line_is_told(calls, change: dict, where: str, said: str) -> None:
    (fault,) = line_faults(calls.assign(**change), "buses")
    assert (fault.source, fault.where) == ("buses", where)
    assert said in fault.what
    assert fault.mend
