"""Places of studies at the edge, through the whole pipeline up to the places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nmplan import pipeline
from nmplan.store import Workspace
from nmplan.store import read_table
from nmplan.study import Clusters
from nmplan.study import Portfolio
from nmplan.study import Rule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nmplan.study import Study

    Build = Callable[..., Study]

TENANT = "microelectronics"
SUPPLY = ("supply_links", "tier_fit", "chain_fit", "frontier", "area_frontier")


def places(study: Study, root: Path) -> tuple[Workspace, list[str]]:
    said = [line for event in pipeline.run(study, root, until="places") for line in event.said]
    return Workspace(root), said


def with_portfolio(study: Study, land_ha: tuple[float, float]) -> Study:
    portfolio = Portfolio.model_validate({"tenants": {TENANT: {"land_ha": land_ha}}, "frontier": 0})
    return study.model_copy(update={"portfolio": portfolio})


def test_no_eligible_site_makes_no_place_and_says_why_there_is_no_portfolio(small_study: Build, tmp_path: Path) -> None:
    study = with_portfolio(small_study({}), (1, 10))
    rule = Rule(measure="area_ha", at_least=1_000, reason_en="Too small", reason_zh="面積不足")
    tenant = study.tenants[TENANT].model_copy(update={"constraints": [rule]})
    space, said = places(study.model_copy(update={"tenants": {TENANT: tenant}}), tmp_path)
    for name in ("clusters", "cluster_sites", "portfolio", *SUPPLY):
        assert len(read_table(space.table("today", name))) == 0, name
    assert any("portfolio.tenants.microelectronics.land_ha" in line for line in said)


def test_everything_may_be_one_cluster(small_study: Build, tmp_path: Path) -> None:
    study = small_study({})
    wide = Clusters(threshold=0, gap_m=100_000, minimum_ha=1)
    space, _ = places(study.model_copy(update={"clusters": wide}), tmp_path)
    clusters = read_table(space.table("today", "clusters"))
    scores = read_table(space.table("today", "scores"))
    land = read_table(space.layer("parcels")).set_index("parcel_id").area
    eligible = scores.loc[scores["eligible"], "parcel_id"]
    assert clusters["tenant"].tolist() == [TENANT, ""]
    assert clusters["sites"].eq(len(eligible)).all()
    assert clusters["area_ha"].to_numpy() == pytest.approx(land.loc[eligible].sum() / 10_000)


@pytest.mark.parametrize("lacking", ["suppliers", "road_edges"])
def test_without_suppliers_or_roads_there_are_clusters_and_what_supplies_them_is_unknown(
    lacking: str, small_study: Build, tmp_path: Path
) -> None:
    study = small_study({lacking: None})
    study = study.model_copy(update={"clusters": study.clusters.model_copy(update={"threshold": 20.0})})
    space, _ = places(study, tmp_path)
    clusters = read_table(space.table("today", "clusters"))
    assert len(clusters) > 0
    assert clusters["captive_share"].isna().all()
    assert clusters["firms_15"].isna().all()
    for name in SUPPLY:
        assert len(read_table(space.table("today", name))) == 0, name
