"""The third step: how good each site is for each tenant, and what a scenario changes."""

from __future__ import annotations

import json
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from typing import Any

from nmplan.steps.layers import GROUND
from nmplan.store import Product
from nmplan.store import Step
from nmplan.store import Workspace
from nmplan.store import code_hash
from nmplan.store import read_manifest
from nmplan.store import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from nmplan.study import Study
    from nmplan.study import Tenant

SCORED = ("scores", "ledger", "exclusions", "rank_shares", "central_weights", "agreement")
"""Tables of the scores step."""


def scores_step(study: Study, space: Workspace, scenario: str) -> Step:
    """Return the step that scores all sites for all tenants in a scenario, and keeps what it scored them by."""
    outputs = tuple(space.table(scenario, name) for name in SCORED)
    record = outputs[0].with_suffix(".study.json")
    names = ("measures", "ensemble") if study.robustness.ensemble else ("measures",)
    sources = {name: space.table(scenario, name) for name in names}

    def make() -> dict[Path, Product]:
        from nmplan.scores.changes import edits_by_tenant  # noqa: PLC0415

        made_from = _made_from(study, space, scenario)
        before = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else None
        tables = {name: read_table(path) for name, path in sources.items()}
        products = _score_all(study, scenario, tables, outputs[0], before and edits_by_tenant(before, made_from))
        return {**dict(zip(outputs, products, strict=True)), record: Product(made_from)}

    tenants = _tenants(study, scenario)
    settings = (tenants, study.aggregation, study.robustness, study.points_of_view)
    code = (*GROUND, "steps/scores.py", "measures", "scores")
    return Step(f"scores: {scenario}", (*outputs, record), tuple(sources.values()), settings, code, make)


def _made_from(study: Study, space: Workspace, scenario: str) -> dict[str, Any]:
    """Return what the scores of a scenario are made from: settings as plain data, hashes of layers and code."""
    inputs = read_manifest(space.table(scenario, "measures")).get("inputs", {})
    sections = {"tenants", "aggregation", "travel", "supply", "talent", "robustness", "points_of_view"}
    return {
        **study.model_dump(mode="json", include=sections),
        "scenario": study.scenarios[scenario].model_dump(mode="json", exclude={"name_en", "name_zh", "since"}),
        "layers": {PurePosixPath(path).stem: sha for path, sha in inputs.items()},
        "code": {part: code_hash((part,)) for part in ("layers", "measures", "scores")},
    }


def differences_step(study: Study, space: Workspace, scenario: str) -> Step:
    """Return the step that says what a scenario changes at each site against the one it is compared with."""
    before = str(study.since(scenario))
    path = space.table(scenario, "differences")
    pairs = {name: tuple(space.table(key, name) for key in (before, scenario)) for name in ("measures", "scores")}

    def make() -> dict[Path, Product]:
        from nmplan.scores.differences import scenario_differences  # noqa: PLC0415

        measures, scores = (tuple(read_table(table) for table in pairs[name]) for name in ("measures", "scores"))
        numbers = [name for name in measures[0] if measures[0][name].dtype.kind == "f" and "accuracy" not in name]
        notes = [{"what": f"against {before}", "before": before}]
        return {path: Product(scenario_differences(measures, scores, numbers), notes)}

    inputs = (*pairs["measures"], *pairs["scores"])
    return Step(
        f"differences: {scenario} since {before}",
        (path,),
        inputs,
        (before,),
        (*GROUND, "steps/scores.py", "scores"),
        make,
    )


def _tenants(study: Study, scenario: str) -> dict[str, Tenant]:
    """Return the tenants with the rules that a scenario adds."""
    return {name: tenant.within(study.scenarios[scenario]) for name, tenant in study.tenants.items()}


def _score_all(
    study: Study,
    scenario: str,
    tables: Mapping[str, pd.DataFrame],
    path: Path,
    edits: Mapping[str, list[str]] | None,
) -> list[Product]:
    import pandas as pd  # noqa: PLC0415

    from nmplan.scores.changes import tell_empty  # noqa: PLC0415
    from nmplan.scores.changes import tell_top_changes  # noqa: PLC0415
    from nmplan.scores.changes import tell_undecided  # noqa: PLC0415
    from nmplan.scores.tenants import score  # noqa: PLC0415

    take = partial(
        score,
        tables["measures"],
        robustness=study.robustness,
        points_of_view=study.points_of_view,
        aggregation=study.aggregation,
        ensemble=tables.get("ensemble"),
    )
    found = {name: take(tenant) for name, tenant in _tenants(study, scenario).items()}
    parts = ("table", *SCORED[1:])
    scored = [
        pd.concat([for_tenant(getattr(scores, part), name) for name, scores in found.items()], ignore_index=True)
        for part in parts
    ]
    notes = [
        {
            "what": f"{name}: left out, for no layer holds what it measures: {', '.join(scores.omitted)}",
            "tenant": name,
            "omitted": scores.omitted,
        }
        for name, scores in found.items()
        if scores.omitted
    ]
    before = read_table(path) if path.is_file() else scored[0]
    lines = [
        *(f"{name}: {note}" for name, scores in found.items() for note in scores.notes),
        *tell_empty(scored[2], scored[0]),
        *tell_undecided(scored[2], scored[0]),
        *tell_top_changes(before, scored[0], study.robustness.top_k, edits),
    ]
    return [Product(scored[0], [*notes, *({"what": line} for line in lines)]), *(Product(each) for each in scored[1:])]


def for_tenant(table: pd.DataFrame, tenant: str) -> pd.DataFrame:
    """Return a table that says whose it is."""
    table = table.copy()
    table.insert(1, "tenant", tenant)
    return table
