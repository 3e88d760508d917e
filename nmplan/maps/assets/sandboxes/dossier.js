// The account of one zone: what was decided and why, how ready it is, what is there, how it stands in other scenarios.

function drawDossier() {
  const zone = chosenZone();
  if (zone) fillDossier(nameOf(zone), dossierParts(zone));
  else fillDossier("", null);
}

function dossierParts(zone) {
  return [standing(zone), readinessAccount(zone), rules(zone), elsewhere(zone), infrastructure(zone), provenance(zone)].filter((one) => one !== null);
}

function standing(zone) {
  const line = make("p", { class: "rank-line" }, zone.outcome === "refused" ? hatchSwatch(hatchOf(zone)) : swatch(`zone-${zone.outcome}`), make("b", null, sayWord("outcome", zone.outcome)), make("span", { class: "score" }, say("readiness_of", { score: readinessText(zone) })));
  const where = `${nameOf(data.scenarios[state.scenario])} · ${say("hectares", { area: number(zone.area_ha, 1) })}`;
  return make("div", { class: "standing" }, line, make("p", { class: "muted" }, where), make("p", { class: "reasons" }, outcomeText(zone)), make("p", { class: "muted" }, aboutKind(kindOf(zone))));
}

function accountRow(zone, row, points, widest) {
  const criterion = kindOf(zone).criteria[row.criterion];
  const measured = row.measured === null ? say("not_measured") : withUnit(row.measured, criterion.decimals, criterion.unit);
  const track = make("span", { class: "track", "aria-hidden": "true" });
  const fill = make("span", { class: `fill part-${row.criterion % 6}` });
  track.style.width = `${((row.weight / widest) * 100).toFixed(1)}%`;
  fill.style.width = `${((row.value ?? 0) * 100).toFixed(1)}%`;
  track.append(fill);
  return make(
    "tr", null,
    make("th", { scope: "row" }, nameOf(criterion), make("small", null, measured)),
    make("td", null, weightText(row.weight)),
    make("td", { class: "bar-cell" }, track, make("small", null, row.value === null ? "–" : number(row.value, 2))),
    make("td", { class: "part" }, number(points, 1)),
  );
}

// Criteria of the kind whose layer the study lacks count for nothing, and are named.
function leftOut(zone) {
  const used = new Set(zone.ledger.map((row) => row.criterion));
  const gone = kindOf(zone).criteria.filter((_, place) => !used.has(place));
  return gone.length && used.size ? make("p", { class: "muted" }, say("readiness_left_out", { names: listOf(gone) })) : null;
}

function readinessAccount(zone) {
  if (!zone.ledger.length) return section("readiness_account", make("p", { class: "muted" }, say("readiness_unknown")));
  const { parts, total } = printedPoints(zone);
  const widest = Math.max(...zone.ledger.map((row) => row.weight));
  const heads = ["criterion", "weight", "value", "points_head"].map((key) => make("th", { scope: "col" }, say(key)));
  const rows = zone.ledger.map((row, place) => accountRow(zone, row, parts[place], widest));
  const foot = make("tfoot", null, make("tr", null, make("th", { scope: "row", colspan: 3 }, say("total")), make("td", { class: "total" }, number(total, 1))));
  const note = make("p", { class: "muted" }, say("readiness_note"));
  return section("readiness_account", make("table", { class: "account" }, make("thead", null, make("tr", null, ...heads)), make("tbody", null, ...rows), foot), ...[leftOut(zone), note].filter(Boolean));
}

// The same land in every scenario: a bar of 0 to 100 for each.
function elsewhere(zone) {
  if (data.scenarios.length < 2) return null;
  const rows = data.scenarios.map((scenario, place) => {
    const other = zones[place].find((one) => one.land === zone.land && one.kind === zone.kind);
    const text = other ? readinessText(other) : "–";
    const note = !other ? say("not_a_zone") : other.outcome === zone.outcome ? "" : sayWord("outcome", other.outcome);
    return make("li", { "aria-current": place === state.scenario ? "true" : null }, make("span", { class: "name" }, nameOf(scenario), note ? make("small", null, note) : null), other?.ledger.length ? pointsBar(other) : make("span", { class: "ready-bar", "aria-hidden": "true" }), make("span", { class: "score" }, text));
  });
  return section("readiness_scenarios", make("ul", { class: "sparks" }, ...rows));
}

function provenance(zone) {
  const { rules: own, criteria } = kindOf(zone);
  const wanted = new Set(["zoning", ...[...own, ...criteria].flatMap((one) => one.layers)]);
  const notes = data.sources.filter((note) => wanted.has(note.layer));
  const list = notes.map((note) => make("li", null, make("b", null, sayWord("layer_name", note.layer)), ` ${[nameOf(note.source), note.accuracy].filter(Boolean).join(" · ")}`));
  const details = list.length ? make("details", null, make("summary", null, say("sources_here")), make("ul", { class: "plain" }, ...list)) : null;
  return make("section", { class: "provenance" }, details, make("p", null, data.stamp[`caveat_${state.language}`]), make("p", null, stampText()));
}
