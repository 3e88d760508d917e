from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from nmplan.cli import app
from nmplan.errors import StoreError
from nmplan.store import Workspace
from nmplan.store import read_table

if TYPE_CHECKING:
    from pathlib import Path


def show(root: Path, *words: str):
    return CliRunner().invoke(app, ["places", "--output", str(root), *words])


def test_sites_that_can_start_before_a_year_are_listed_and_the_others_counted(finished: Path) -> None:
    told = show(finished, "--ready-before", "2028", "--json")
    assert told.exit_code == 0, told.output
    found = json.loads(told.output)
    sites = {row["parcel_id"]: row for row in found["sites"]}
    assert sites
    assert all(row["ready_year"] < 2028 for row in sites.values())
    assert not [name for name in sites if name.startswith("sr-it")]  # granted to its operator
    counts = {row["start"]: row["sites"] for row in found["counts"]}
    assert counts["before"] == len(sites)
    assert counts["granted"] > 0
    parcels = read_table(Workspace(finished).layer("parcels"))
    assert sum(counts.values()) == len(parcels)
    shown = show(finished, "--ready-before", "2028")
    assert f"land that can be built on before 2028: {counts['before']} sites" in shown.output
    assert "from 2027" in shown.output


def test_explain_tells_when_the_land_is_ready_and_who_has_it(finished: Path) -> None:
    words = ["explain", "sr-it-01", "--tenant", "data-centres", "--output", str(finished)]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0, shown.output
    assert "Granted to somebody else already" in shown.output
    assert "from 2026" in shown.output
    assert "Sandy Ridge data park, land: granted; 2026-03-02; 香港潤江智算科技有限公司" in shown.output
    found = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert found["land"]["status"] == "granted"
    assert found["land"]["plot_ratio_basis"] == "lease or tender"
    pledge = {row["commitment_id"]: row for row in found["commitments"]}["sr-pledge"]
    assert (pledge["money_hkd_m"], pledge["jobs"], pledge["gfa_m2"]) == (23_800, 180, None)
    later = CliRunner().invoke(app, [*words, "--scenario", "2030", "--json"])
    assert "ready_year ≤ 2030" in [row["rule"] for row in json.loads(later.stdout)["rules"]]


def test_places_are_shown_beside_what_is_published(finished: Path) -> None:
    shown = show(finished, "--scenario", "2035")
    assert shown.exit_code == 0, shown.output
    titles = [line for line in shown.output.splitlines() if line and not line.startswith(" ")]
    assert [title.split(",")[0].split(":")[0] for title in titles] == [
        "clusters for all tenants",
        "sandbox zones that are not refused",
        "portfolio",
        "capacity of employment land beside published targets",
    ]
    clusters = read_table(Workspace(finished).table("2035", "clusters"))
    best = clusters[clusters["tenant"].eq("")].sort_values("mean_score").iloc[-1]
    first = shown.output.splitlines()[2]
    for told in (
        best["name_en"],
        f"{best['area_ha']:.1f}",
        f"{best['mean_score']:.1f}",
        f"{best['captive_share']:.0%}",
    ):
        assert told in first
    assert "165,000" in shown.output  # the published jobs of San Tin


def test_clusters_of_one_tenant_as_data(finished: Path) -> None:
    found = json.loads(show(finished, "--tenant", "logistics", "--json").stdout)
    assert {row["tenant"] for row in found["clusters"]} == {"logistics"}
    assert "refused" not in {row["outcome"] for row in found["sandboxes"]}
    land = read_table(Workspace(finished).table("2035-white-list", "portfolio"))
    assert sum(row["area_ha"] for row in found["portfolio"]) == pytest.approx(land["area_ha"].sum())


@pytest.mark.parametrize(("option", "word"), [("--scenario", "2053"), ("--tenant", "logistic")])
def test_unknown_words_are_told(finished: Path, option: str, word: str) -> None:
    shown = show(finished, option, word)
    assert shown.exit_code == 2
    assert word in shown.output


def test_what_has_not_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nmplan run"):
        CliRunner().invoke(app, ["places", "--output", str(tmp_path)], catch_exceptions=False)
