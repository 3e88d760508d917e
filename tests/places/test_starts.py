"""Which sites can start before a year: by hand, with the unknown and the granted counted apart."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nmplan.places.starts import START_COLUMNS
from nmplan.places.starts import count_by_start
from nmplan.places.starts import sites_ready_before

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

NAMES = ("early", "late", "open", "given", "eve")
BOXES = {name: (200 * place, 0, 100, 100 * (place + 1)) for place, name in enumerate(NAMES)}


@pytest.fixture
def parcels(make_parcels: Callable[..., Any]) -> gpd.GeoDataFrame:
    return make_parcels(
        BOXES,
        zone="industrial",
        status=["planned", "planned", "occupied", "granted", "formed"],
        tenure="public",
        ready_year=[2028.0, 2030.0, np.nan, 2026.0, 2029.0],
        ready_basis=["press", "derived", "unknown", "official", "judgement"],
        plot_ratio=[2.0, 3.0, np.nan, 2.0, np.nan],
        plot_ratio_basis=["derived", "derived", "unknown", "lease or tender", "unknown"],
    )


def test_land_of_the_year_itself_granted_land_and_the_unknown_are_left_out(parcels: gpd.GeoDataFrame) -> None:
    scores = pd.DataFrame(
        {
            "parcel_id": ["early", "early", "early", "late", "eve"],
            "tenant": ["a", "b", "c", "a", "a"],
            "eligible": [True, True, False, True, False],
            "score": [40.0, 55.0, 90.0, 70.0, np.nan],
        }
    )
    found = sites_ready_before(parcels, scores, 2030)
    assert list(found) == START_COLUMNS
    assert found["parcel_id"].tolist() == ["early", "eve"]
    # the best of those who may go there; nobody may go to eve
    assert found["tenant"].tolist() == ["b", ""]
    assert found["score"].tolist()[0] == 55.0
    assert np.isnan(found["score"].tolist()[1])
    assert found["area_ha"].tolist() == pytest.approx([1.0, 5.0])


def test_all_sites_are_counted_once(parcels: gpd.GeoDataFrame) -> None:
    counts = count_by_start(parcels, 2030).set_index("start")
    assert counts["sites"].to_dict() == {"before": 2, "later": 1, "unknown": 1, "granted": 1}
    assert counts["area_ha"].sum() == pytest.approx(1 + 2 + 3 + 4 + 5)
    assert count_by_start(parcels, 2000).set_index("start")["sites"].to_dict()["before"] == 0
