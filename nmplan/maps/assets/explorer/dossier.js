// The account of one site: where it stands, which rules it passes, how its points add up, how sure that is.

const CHANGES_TOLD = 3;

function drawDossier() {
  const site = state.site;
  if (site < 0) fillDossier("", null);
  else fillDossier(siteName(site), dossierParts(site));
}

function dossierParts(site) {
  const parts = [standing(site), facts(site), rules(site), account(site)];
  if (view.ranking.ranks[site]) parts.push(stability(site));
  parts.push(
    commitmentsOn(site),
    journeysPart(site),
    captive(site),
    elsewhere(site),
    gathering(site),
    provenance(site),
  );
  return parts.filter((part) => part !== null);
}

function section(key, ...children) {
  return make("section", null, make("h3", null, say(key)), ...children);
}

function standing(site) {
  const rank = view.ranking.ranks[site];
  const who = `${nameOf(data.tenants[state.tenant])} · ${nameOf(data.scenarios[state.scenario])}`;
  if (!rank) {
    const key = isUndecided(site) ? "undecided" : "excluded";
    return make("div", { class: "standing" }, make("p", { class: "rank-line" }, swatch(key), make("b", null, say(key))), make("p", { class: "muted" }, who));
  }
  const line = make("p", { class: "rank-line" }, swatch(kindOf(site)), make("b", null, say("rank_of", { rank: number(rank), count: number(view.ranking.count) }), openMark(site)), make("span", { class: "score" }, say("points", { points: number(view.ranking.scores[site], 1) })));
  return make("div", { class: "standing" }, line, make("p", { class: "muted" }, [who, weightsMoved() ? say("your_weights") : "", offText()].filter(Boolean).join(" · ")));
}

function facts(site) {
  const { sites } = data;
  const zone = data.zones[sites.zone[site]];
  const ratio = quantity(sites.plot_ratio, site, 100);
  const ready = sites.ready_year === undefined ? null : quantity(sites.ready_year, site, 1);
  const pairs = [
    [say("area"), say("hectares", { area: number(column(sites.area_m2)[site] / 10000, 2) })],
    [say("zone"), zone[state.language === "en" ? 0 : 1]],
    [say("status"), sayWord("status", sites.status[site])],
    [say("plot_ratio"), ratio === null ? say("unknown_ratio") : knownBy(number(ratio, 1), sites.plot_ratio_basis, site)],
    [say("ready_year"), ready === null ? "" : knownBy(say("ready_from", { year: String(ready) }), sites.ready_basis, site)],
    [say("planning_area"), areaName(site)],
    [say("site_id"), sites.id[site]],
    [say("tenure"), sites.tenure[site] === "unknown" ? "" : sayWord("tenure", sites.tenure[site])],
  ];
  const known = pairs.filter(([, text]) => text !== "" && text !== undefined);
  return make("dl", { class: "facts" }, ...known.map(([term, text]) => make("div", { class: text.length > 16 ? "wide" : null }, make("dt", null, term), make("dd", null, text))));
}

// A figure with how it is known, such as "from 2031 (judgement)".
function knownBy(text, basis, site) {
  const kind = basis && basis.kinds[quantity(basis.kind, site, 1)];
  return kind && kind !== "unknown" ? say("known_by", { figure: text, basis: sayWord("basis", kind.replaceAll(" ", "_")) }) : text;
}

function rules(site) {
  const failed = new Map(failuresOf(state.tenant, state.scenario, site).map((row) => [row.rule, row]));
  const rows = data.tenants[state.tenant].rules.map((rule, place) => ({ rule, place, row: failed.get(place), off: rulesOff().has(place) })).filter(({ rule, row }) => row || !rule.needs_value && rule.reason.en && holdsHere(rule));
  if (!rows.length) return null;
  return section("hard_rules", make("ul", { class: "rules" }, ...rows.map(ruleRow)));
}

// A scenario's own rule, such as land that is ready by its year, is no rule of the others.
function holdsHere(rule) {
  return !rule.scenarios || rule.scenarios.includes(data.scenarios[state.scenario].id);
}

// What was measured for a rule, and where that decides nothing, why: positions are known to a distance only.
function measuredText(place, outcome) {
  const { tenant, scenario, site } = state;
  const rule = data.tenants[tenant].rules[place];
  const measured = measuredFor(tenant, scenario, place, site);
  if (measured === null) return outcome === "undecided" ? say("not_measured") : "";
  const fields = { value: withUnit(measured, rule.decimals, rule.unit), limit: [rule.limit, sayWord("unit", rule.unit)].join(" ").trim() };
  const told = resultOf(tenant, scenario).rules[place].accuracy;
  const accuracy = told === null || outcome !== "undecided" ? null : quantity(told, site, 10 ** rule.decimals);
  if (accuracy !== null) return say("too_coarse", { ...fields, accuracy: withUnit(accuracy, rule.decimals, rule.unit) });
  return say(outcome === "undecided" && rule.unit === "m" ? "too_coarse_unknown" : "measured_is", fields);
}

function ruleRow({ rule, place, row, off }) {
  const outcome = !row ? "passed" : row.undecided ? "undecided" : "failed";
  const mark = { passed: "✓", undecided: "?", failed: "✗" }[outcome];
  const what = rule.needs_value ? say("no_value", { label: nameOf(rule) }) : ruleText(rule);
  const why = [say(`rule_${outcome}`), outcome === "failed" || rule.needs_value ? nameOf(rule.reason) : "", measuredText(place, outcome)].filter(Boolean).join(" · ");
  const told = off ? `${say("rule_off")} · ${why}` : why;
  return make("li", { class: off ? `${outcome} off` : outcome }, make("span", { class: "mark", "aria-hidden": "true" }, mark), make("span", null, what, make("small", null, told)));
}

function account(site) {
  const { tenant, scenario } = state;
  const { criteria } = data.tenants[tenant];
  const result = resultOf(tenant, scenario);
  const shares = sharesOf(weightsInUse());
  const widest = Math.max(...shares);
  const { parts, total } = printedParts(pointsOf(tenant, scenario, weightsInUse(), site));
  const rows = criteria.map((criterion, place) => {
    const measured = quantity(result.measured[place], site, 10 ** criterion.decimals);
    const value = quantity(result.values[place], site, VALUE_STEPS);
    return make(
      "tr", null,
      make("th", { scope: "row" }, nameOf(criterion), make("small", null, measured === null ? say(TRAVELLED.includes(criterion.id) ? "not_reached" : "not_measured") : withUnit(measured, criterion.decimals, criterion.unit)), criterion.id === "crossing_min" ? wayAcross(site) : null),
      make("td", null, weightText(shares[place])),
      make("td", { class: "bar-cell" }, bar(shares[place] / widest, value ?? 0), make("small", null, value === null ? "–" : number(value, 2))),
      make("td", { class: "part" }, number(parts[place], 1)),
    );
  });
  const heads = ["criterion", "weight", "value", "points_head"].map((key) => make("th", { scope: "col" }, say(key)));
  const foot = view.ranking.ranks[site] ? make("tfoot", null, make("tr", null, make("th", { scope: "row", colspan: 3 }, say("total")), make("td", { class: "total" }, number(total, 1)))) : null;
  const note = view.ranking.ranks[site] ? null : make("p", { class: "muted" }, say("account_excluded"));
  return section("account", note, make("table", { class: "account" }, make("thead", null, make("tr", null, ...heads)), make("tbody", null, ...rows), foot));
}

// The track is as long as the weight, its filled part as the value: the filled length is the points.
function bar(weight, value) {
  const track = make("span", { class: "track", "aria-hidden": "true" });
  const fill = make("span", { class: "fill" });
  track.style.width = `${(weight * 100).toFixed(1)}%`;
  fill.style.width = `${(value * 100).toFixed(1)}%`;
  track.append(fill);
  return track;
}

function stability(site) {
  const result = resultOf(state.tenant, state.scenario);
  const share = quantity(result.p_top, site, 1000);
  const [low, high] = [quantity(result.rank_low, site, 1), quantity(result.rank_high, site, 1)];
  const reaches = quantity(result.p_threshold, site, 1000);
  const holds = quantity(result.holds, site, 1);
  const lines = [];
  if (share !== null) lines.push(say("in_top", { k: number(result.top_k), share: percent(share, share > 0 && share < 0.1 ? 1 : 0) }));
  if (low !== null && high !== null) lines.push(say("rank_range", { low: number(low), high: number(high) }));
  if (reaches !== null) lines.push(say("reaches_threshold", { share: percent(reaches) }));
  if (holds !== null) lines.push(say(holds ? "holds" : "holds_not"));
  if (!lines.length) return null;
  if (!isStudys()) lines.push(say("stability_study_weights"));
  return section("how_stable", make("ul", { class: "plain" }, ...lines.map((line) => make("li", null, line))));
}

function elsewhere(site) {
  const others = data.scenarios.map((scenario, place) => ({ scenario, place })).filter(({ place }) => place !== state.scenario);
  const lines = others.map(({ scenario, place }) => make("li", null, compare(site, scenario, place), changes(site, place)));
  return lines.length ? section("other_scenarios", make("ul", { class: "plain" }, ...lines)) : null;
}

function signed(difference, decimals) {
  return `${difference < 0 ? "−" : "+"}${number(Math.abs(difference), decimals)}`;
}

function compare(site, scenario, place) {
  const other = rankSites(state.tenant, place, weightsInUse(), rulesOff());
  const fields = { scenario: nameOf(scenario), rank: number(other.ranks[site]) };
  if (!other.ranks[site]) return say(other.verdict[site] === FAILED ? "other_excluded" : "other_undecided", fields);
  if (!view.ranking.ranks[site]) return say("other_ranked", { ...fields, points: number(other.scores[site], 1) });
  const climb = view.ranking.ranks[site] - other.ranks[site];
  const key = climb > 0 ? "other_up" : climb < 0 ? "other_down" : "other_same";
  return say(key, { ...fields, places: number(Math.abs(climb)), change: signed(other.scores[site] - view.ranking.scores[site], 1) });
}

// What moves the points there: the criteria that change most, from the measured figure here to the one there.
function changes(site, place) {
  const here = pointsOf(state.tenant, state.scenario, weightsInUse(), site);
  const there = pointsOf(state.tenant, place, weightsInUse(), site);
  const moved = here.map((points, criterion) => ({ criterion, change: (there[criterion] ?? 0) - (points ?? 0) })).filter(({ change }) => Math.abs(change) >= 0.05);
  moved.sort((a, b) => Math.abs(b.change) - Math.abs(a.change) || a.criterion - b.criterion);
  const told = moved.slice(0, CHANGES_TOLD).map(({ criterion, change }) => {
    const { decimals, unit, ...names } = data.tenants[state.tenant].criteria[criterion];
    const [from, to] = [state.scenario, place].map((one) => quantity(resultOf(state.tenant, one).measured[criterion], site, 10 ** decimals));
    const figures = [from, to].map((figure) => (figure === null ? "–" : number(figure, decimals))).join(" → ");
    return make("li", null, say("criterion_change", { criterion: nameOf(names), figures: `${figures}${unit ? ` ${sayWord("unit", unit)}` : ""}`, change: signed(change, 1) }));
  });
  return told.length ? make("ul", { class: "why" }, ...told) : null;
}

// Public pledges, tenders and grants that may lie on the site: as near as their own place is known, the best placed first.
function commitmentsOn(site) {
  const here = (data.commitments ?? []).filter(({ sites }) => sites.includes(site));
  return here.length ? section("commitments_here", make("ul", { class: "plain" }, ...here.map(commitmentRow))) : null;
}

function commitmentRow(one) {
  const amounts = ["money_hkd_m", "bond_hkd_m", "gfa_m2", "jobs", "mw", "accuracy_m"].filter((name) => one[name] !== null).map((name) => say(`commitment_${name}`, { amount: number(one[name]) }));
  const told = [sayWord("commitment", one.status), one.date, one.who, ...amounts, one.source].filter(Boolean).join(" · ");
  return make("li", null, nameOf(one), make("small", null, told));
}

// How much of the supply within reach lies in Hong Kong, how much leaks and where to, and the band of that share.
function captive(site) {
  const told = resultOf(state.tenant, state.scenario).captive;
  const share = (name) => (told && told[name] !== undefined ? quantity(told[name], site, 1000) : null);
  const home = share("captive_share");
  if (home === null) return null;
  const [low, high] = [share("captive_low"), share("captive_high")];
  const bar = make("span", { class: "captive", "aria-hidden": "true" });
  const piece = (kind, from, to) => {
    const one = bar.appendChild(make("span", { class: kind }));
    [one.style.left, one.style.width] = [`${(from * 100).toFixed(1)}%`, `${((to - from) * 100).toFixed(1)}%`];
  };
  piece("home", 0, home);
  if (low !== null && high !== null) piece("band", low, high);
  const fields = { share: percent(home), leaked: percent(1 - home) };
  const lines = [low === null || high === null ? say("captive_here", fields) : say("captive_here_band", { ...fields, low: number(low * 100), high: percent(high) })];
  const where = ["hong_kong", "shenzhen", "greater_bay_area"].filter((name) => share(name) !== null);
  if (where.length) lines.push(where.map((name) => `${sayWord("supply", name)} ${percent(share(name))}`).join(" · "));
  return section("captive_head", bar, make("ul", { class: "plain" }, ...lines.map((line) => make("li", null, line))));
}

function gathering(site) {
  const lines = tenantClusters().filter((cluster) => cluster.sites.includes(site)).map((cluster) => {
    const share = cluster.captive_share === null ? "" : ` ${say("captive", { share: percent(cluster.captive_share), leaked: percent(1 - cluster.captive_share) })}`;
    return make("li", null, make("b", null, nameOf(cluster)), ` · ${say("hectares", { area: number(cluster.area_ha, 1) })}${share && " ·"}${share}`);
  });
  for (const sandbox of places[state.scenario].sandboxes.filter((one) => one.sites.includes(site))) {
    lines.push(make("li", null, make("b", null, nameOf(sandbox)), ` · ${sandboxNote(sandbox)}`));
  }
  return lines.length ? section("places_here", make("ul", { class: "plain" }, ...lines)) : null;
}

function provenance(site) {
  const wanted = new Set(["parcels", "zoning", ...data.tenants[state.tenant].criteria.flatMap((criterion) => criterion.layers)]);
  const notes = data.sources.filter((note) => wanted.has(note.layer));
  const accuracy = quantity(data.sites.accuracy_m, site, 1);
  const list = notes.map((note) => make("li", null, make("b", null, sayWord("layer_name", note.layer)), ` ${[nameOf(note.source), note.accuracy].filter(Boolean).join(" · ")}`));
  const outline = accuracy === null ? null : make("p", null, say("outline_accuracy", { metres: number(accuracy) }));
  const details = list.length ? make("details", null, make("summary", null, say("sources_here")), make("ul", { class: "plain" }, ...list)) : null;
  return make("section", { class: "provenance" }, outline, details, make("p", null, data.stamp[`caveat_${state.language}`]), make("p", null, stampText()), make("button", { type: "button", class: "save-site", click: () => saveSites([site]) }, say("save_site")));
}
