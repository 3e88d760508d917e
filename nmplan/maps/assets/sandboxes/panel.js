// The left panel: kinds and scenarios, the readiest zone, a card per zone, refused land by area and rule.

// Names may hold commas themselves.
function listOf(names) {
  return names.map(nameOf).join(state.language === "en" ? "; " : "、");
}

function fillKinds() {
  const options = [[ALL, say("all_kinds")], ...data.kinds.map((kind, place) => [place, nameOf(kind)])];
  byId("kind").replaceChildren(...options.map(([place, text]) => make("option", { value: place }, text)));
  byId("kind").value = String(state.kind);
}

function aboutKind(kind) {
  const where = kind.areas.length ? say("in_areas", { areas: listOf(kind.areas) }) : say("in_all_areas");
  const about = say("kind_about", { area: number(kind.minimum_ha), gap: number(kind.gap_m), where, zones: listOf(kind.zones), chain: nameOf(kind.chain) });
  return [about, kind.neighbours.length ? say("kind_neighbours", { names: listOf(kind.neighbours) }) : ""].filter(Boolean).join(" ");
}

// Kinds ask for different things, so that their readiness is not compared: how many zones each has.
function headlineOfAll(fields) {
  const accepted = zonesThat("accepted");
  const counts = data.kinds.map((kind, place) => ({ kind: nameOf(kind), count: accepted.filter((zone) => zone.kind === place).length }));
  const between = state.language === "en" ? ", " : "、";
  const told = counts.filter(({ count }) => count).map(({ kind, count }) => say("kind_count", { kind, count: number(count) }));
  const none = counts.filter(({ count }) => !count).map(({ kind }) => kind);
  const how = say("of_all_kinds", { area: number(areaOf(accepted), 1), undecided: number(zonesThat("undecided").length) });
  return [say("accepted_by_kind", fields), told.join(between) || say("no_zone"), [how, none.length ? say("kinds_without", { kinds: none.join(between) }) : ""].filter(Boolean).join(" · ")];
}

function headlineLines() {
  const fields = { kind: kindName(), scenario: nameOf(data.scenarios[state.scenario]) };
  const zone = readiest();
  if (!data.kinds.length) return [say("no_sandboxes"), "–", ""];
  if (state.kind === ALL) return headlineOfAll(fields);
  if (!zone) return [say("no_zone_of", fields), "–", ""];
  const how = `${say("readiness_of", { score: readinessText(zone) })} · ${say("hectares", { area: number(zone.area_ha, 1) })}`;
  // the kind's name stands below anyway, and a phone has room for two lines
  return [say(zone.outcome === "accepted" ? "readiest" : "readiest_undecided", fields), nameOf(zone.short), how];
}

function drawHeadline() {
  const lines = headlineLines();
  ["what", "name", "how"].forEach((part, place) => {
    byId(`headline-${part}`).textContent = lines[place];
  });
  byId("headline-show").hidden = state.kind === ALL || !readiest();
}

// A bar of 0 to 100 in parts, one per criterion.
function pointsBar(zone) {
  const track = make("span", { class: "ready-bar", "aria-hidden": "true" });
  for (const row of zone.ledger) {
    const part = make("span", { class: `part-${row.criterion % 6}` });
    part.style.width = `${row.points.toFixed(2)}%`;
    track.append(part);
  }
  return track;
}

function pointsLine(zone) {
  const { parts } = printedPoints(zone);
  return make("span", { class: "ready-parts" }, ...zone.ledger.map((row, place) => make("span", null, swatch(`dot part-${row.criterion % 6}`), make("b", null, number(parts[place], 1)), ` ${nameOf(kindOf(zone).criteria[row.criterion])}`)));
}

function outcomeText(zone) {
  return nameOf(zone.reasons) || say("passes_all");
}

function zoneCard(zone) {
  const kind = state.kind === ALL ? make("small", null, nameOf(kindOf(zone))) : null;
  const head = make("span", { class: "card-head" }, make("span", { class: "name" }, kind, make("b", null, nameOf(zone.short))), make("span", { class: "score" }, readinessText(zone)));
  const note = make("small", null, `${say("hectares", { area: number(zone.area_ha, 1) })} · ${sayWord("outcome", zone.outcome)} · ${outcomeText(zone)}`);
  const ready = zone.ledger.length ? [pointsBar(zone), pointsLine(zone)] : [];
  return make("li", null, make("button", { type: "button", class: `card-${zone.outcome}`, "aria-current": zone.land === state.land ? "true" : null, click: () => selectZone(zone, true) }, head, ...ready, note));
}

function drawCards() {
  const kind = data.kinds[state.kind];
  byId("kind-about").textContent = kind ? aboutKind(kind) : say("pick_a_kind");
  byId("kind-about").hidden = !data.kinds.length;
  for (const [outcome, head] of [["accepted", "zones_accepted"], ["undecided", "zones_undecided"]]) {
    const own = zonesThat(outcome);
    byId(`${outcome}-head`).textContent = say(head, { count: number(own.length), area: number(areaOf(own), 1) });
    byId(`${outcome}-list`).replaceChildren(...(own.length ? own.map(zoneCard) : [make("li", { class: "muted" }, say("no_zone"))]));
  }
}

function shownRefusals() {
  return data.scenarios[state.scenario].refusals.filter((row) => isShownKind(row.kind));
}

// "What is measured ≥ limit", and what was measured on the land in question.
function ruleWords(kind, place) {
  if (place === null) return say("least_zone", { area: number(kind.minimum_ha) });
  const rule = kind.rules[place];
  return `${nameOf(rule)} ${[rule.limit, sayWord("unit", rule.unit)].filter(Boolean).join(" ")}`;
}

function rangeText(kind, place, low, high) {
  if (low === null || high === null) return "";
  const { decimals, unit } = place === null ? { decimals: 1, unit: "ha" } : kind.rules[place];
  const [from, to] = [number(low, decimals), withUnit(high, decimals, unit)];
  return say("measured_is", { value: from === number(high, decimals) ? to : `${from}–${to}` });
}

function refusalRow(row) {
  const kind = data.kinds[row.kind];
  const mark = make("span", { class: "mark", "aria-hidden": "true" }, row.outcome === "failed" ? "✗" : "?");
  const small = [sayWord("rule", row.outcome), ruleWords(kind, row.rule), rangeText(kind, row.rule, row.low, row.high)].filter(Boolean).join(" · ");
  return make("li", { class: row.outcome }, mark, make("span", null, `${nameOf(row.reason)} · ${say("hectares", { area: number(row.area_ha, 1) })}`, make("small", null, small)));
}

function areaPart(name, rows) {
  return make("section", null, make("h2", null, name), make("ul", { class: "rules" }, ...rows.map(refusalRow)));
}

// A fold per kind, in it its areas, in each its rules; what fails before what is undecided.
function drawRefusals() {
  const rows = [...shownRefusals()].sort((a, b) => (a.outcome === "undecided") - (b.outcome === "undecided") || b.area_ha - a.area_ha);
  const folds = data.kinds.map((kind, which) => {
    const own = rows.filter((row) => row.kind === which);
    if (!own.length) return null;
    const name = (row) => (row.area ? nameOf(row.area) : say("no_area"));
    const areas = [...new Set(own.map(name))];
    const land = zonesThat("refused").filter((zone) => zone.kind === which);
    const summary = make("summary", null, `${nameOf(kind)} · ${say("hectares", { area: number(areaOf(land), 1) })}`);
    return make("details", { open: state.kind === which ? "" : null }, summary, ...areas.map((area) => areaPart(area, own.filter((row) => name(row) === area))));
  }).filter(Boolean);
  byId("refused-list").replaceChildren(...folds);
  byId("refused-note").textContent = say(folds.length ? "refused_note" : "refused_none");
}
