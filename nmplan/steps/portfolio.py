"""Part of the fourth step: which tenant on which site, and what the land could carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.steps.layers import GROUND
from nmplan.store import Product
from nmplan.store import Step
from nmplan.store import Workspace
from nmplan.store import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from nmplan.places.portfolio import Assignment
    from nmplan.study import Portfolio
    from nmplan.study import Study

TABLES = ("portfolio", "portfolio_summary", "portfolio_limits", "portfolio_frontier", "portfolio_rounds")


def portfolio_step(study: Study, space: Workspace, scenario: str, settings: Portfolio) -> Step:
    """Return the step that assigns tenants to sites in a scenario."""
    outputs = [space.table(scenario, name) for name in TABLES]
    names = ("scores", "captive", "measures", "cluster_sites")
    tables = {name: space.table(scenario, name) for name in names}
    chains = {name: study.tenants[name].chain for name in settings.tenants}

    def make() -> dict[Path, Product]:
        import pandas as pd  # noqa: PLC0415

        from nmplan.places.portfolio import find_portfolio  # noqa: PLC0415

        scores, captive, measures, members = (read_table(path) for path in tables.values())
        whose = pd.DataFrame(list(chains.items()), columns=["tenant", "chain"])
        found = find_portfolio(
            read_table(space.layer("parcels")),
            scores,
            settings,
            captive=captive[["parcel_id", "chain", "captive_share"]].merge(whose, on="chain"),
            idle=measures.set_index("parcel_id")["idle"],
            cluster_sites=members,
        )
        contents = (found.table, found.summary, found.limits, found.frontier, found.rounds)
        notes = _notes(found)
        return {
            path: Product(content, notes if path == outputs[0] else [])
            for path, content in zip(outputs, contents, strict=True)
        }

    inputs = (*tables.values(), space.layer("parcels"))
    code = (*GROUND, "steps/portfolio.py", "scores", "places")
    return Step(f"portfolio: {scenario}", tuple(outputs), inputs, (settings, chains), code, make)


def _notes(found: Assignment) -> list[dict[str, str]]:
    """Say that there is no portfolio, and which limits stand in each other's way."""
    return [{"what": f"no portfolio keeps all limits. {fault}"} for fault in found.faults]


def capacity_step(space: Workspace) -> Step:
    """Return the step that says what the land zoned for employment could carry, beside the published targets."""
    path = space.processed / "capacity.parquet"
    inputs = tuple(space.layer(name) for name in ("parcels", "areas"))

    def make() -> dict[Path, Product]:
        from nmplan.places.capacity import capacity  # noqa: PLC0415

        return {path: Product(capacity(*(read_table(table) for table in inputs)))}

    return Step("capacity", (path,), inputs, (), (*GROUND, "steps/portfolio.py", "places/capacity.py"), make)
