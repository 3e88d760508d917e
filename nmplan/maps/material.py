"""What all pages of a study are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING
from typing import Any

import pandas as pd

from nmplan.maps.payload import build_payload
from nmplan.maps.payload import common_payload

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Mapping
    from collections.abc import Sequence

    import geopandas as gpd

    from nmplan.maps.captions import Context
    from nmplan.maps.captions import ScenarioResult
    from nmplan.maps.captions import SourceNote
    from nmplan.maps.captions import Stamp
    from nmplan.maps.captions import TenantCaption
    from nmplan.study import Study

FOCUS = 3
"""So many areas are compared where the study does not name those that travel bands start from."""


@dataclass(frozen=True)
class Material:
    """
    Captions, layers and tables of a study; each page takes what it shows.

    `tables` are further tables by scenario, then name, as the pipeline writes them; `lasting` those that are the same
    in every scenario (capacity, similarity); `layers` are all layers by name.
    """

    sites: gpd.GeoDataFrame
    tenants: Sequence[TenantCaption]
    scenarios: Sequence[ScenarioResult]
    context: Context
    sources: Sequence[SourceNote]
    stamp: Stamp
    study: Study | None = None
    layers: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, pd.DataFrame]] = field(default_factory=dict)
    lasting: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @cached_property
    def payload(self) -> dict[str, Any]:
        """All sites, tenants and scenarios as `build_payload` puts them: made once, whatever pages ask for it."""
        return build_payload(self.sites, self.tenants, self.scenarios, self.context, self.sources, self.stamp)

    @cached_property
    def focus(self) -> list[str]:
        """Areas that are compared: those the study's travel bands start from, else the first few with sites."""
        with_sites = list(dict.fromkeys("" if pd.isna(area) else str(area) for area in self.sites["area_id"]))
        bands = self.study.isochrones if self.study else None
        named = [area for area in bands.areas if area in with_sites] if bands else []
        return named or with_sites[:FOCUS]

    def common(self, layers: Collection[str] | None = None) -> dict[str, Any]:
        """
        Return what every map page needs: stamp, sources, names of zones and areas, layers round the sites.

        Parameters
        ----------
        layers
            Which of "land", "boundary", "areas", "constraints", "lines", "stations", "crossings", "suppliers",
            "places" the page draws; the others travel empty. All by default.
        """
        return common_payload(self.sites, self.context, self.sources, self.stamp, layers)
