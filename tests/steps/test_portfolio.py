from __future__ import annotations

from nmplan.steps.portfolio import capacity_step
from nmplan.steps.portfolio import portfolio_step


def test_a_portfolio_depends_on_its_section_alone(study, space, moves) -> None:
    def build(other):
        return portfolio_step(other, space, "2035", other.portfolio)

    assert moves(build, "portfolio.maximum_ha", 100.0)
    assert not moves(build, "clusters.gap_m", 10.0)
    assert space.table("2035", "captive") in build(study).inputs


def test_capacity_is_the_same_in_every_scenario(space) -> None:
    assert capacity_step(space).outputs == (space.processed / "capacity.parquet",)
    assert set(capacity_step(space).inputs) == {space.layer("parcels"), space.layer("areas")}
