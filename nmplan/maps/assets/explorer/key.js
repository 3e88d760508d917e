// The key: what the colours mean for this tenant, how many sites each has, and which layers are drawn.

// Stability needs draws of weights, a change another scenario.
function kindsOffered() {
  const drawn = data.scenarios.some((scenario) => scenario.results.some((result) => result.top_k > 0));
  return KINDS.filter((kind) => (kind !== "change" || data.scenarios.length > 1) && (kind !== "stability" || drawn));
}

function between(labels, cuts, unit) {
  return cuts.slice(1).map((low, place) => say(labels, { low: unit(low), high: unit(cuts[place]) }));
}

function classLabels() {
  const points = (cut) => number(cut, Number.isInteger(cut) ? 0 : 1);
  if (state.bands === "score") {
    const cuts = scoreCuts(state.tenant);
    return [say("points_from", { points: points(cuts[0]) }), ...between("points_between", cuts, points), say("points_below", { points: points(cuts[3]) })];
  }
  if (state.bands === "stability") {
    const [high, , low] = STABLE_FROM;
    return [say("share_from", { share: percent(high) }), ...between("share_between", STABLE_FROM.slice(0, 3), percent), say("share_below", { share: percent(low) }), say("share_none")];
  }
  if (state.bands === "change") {
    const [most, some] = view.cuts.map(points);
    return [say("gains_more", { points: most }), say("gains", { low: some, high: most }), say("changes_little", { points: some }), say("loses", { low: some, high: most }), say("loses_more", { points: most })];
  }
  return [...RANK_BANDS.map((top, band) => (band ? say("percent_between", { low: RANK_BANDS[band - 1], high: top }) : say("top_percent", { percent: top }))), say("the_rest")];
}

// What the classes are classes of, where it is not the ranking on show.
function classesText() {
  if (state.bands === "stability") return [say("stability_of", { k: number(resultOf(state.tenant, state.scenario).top_k) }), isStudys() ? "" : say("stability_study_weights")].filter(Boolean).join(". ");
  return state.bands === "change" ? say("change_from", { scenario: nameOf(data.scenarios[againstInUse()]) }) : "";
}

// Sites of each class, those a rule excludes, those nothing is known of; and how many ranked ones have a rule left open.
function countClasses() {
  const counts = new Array(OTHER + 1).fill(0);
  for (const one of view.classes) counts[one] += 1;
  const open = view.ranking.order.reduce((sum, site) => sum + (view.ranking.verdict[site] === UNDECIDED), 0);
  return { bands: counts.slice(0, EXCLUDED), failed: counts[EXCLUDED], undecided: counts[OPEN], other: counts[OTHER], open };
}

function drawKey() {
  const kind = { stability: say("by_stability"), change: say("by_change") }[state.bands];
  byId("key-title").textContent = [nameOf(data.tenants[state.tenant]), data.scenarios[state.scenario].year, kind].filter(Boolean).join(" · ");
  const { bands, failed, undecided, other, open } = countClasses();
  const rows = classLabels().map((label, band) => [classKind(band), label, bands[band]]);
  if (other) rows.push(["other", say(state.bands === "change" ? "only_here" : "no_draws"), other]);
  rows.push(["excluded", say("excluded"), failed]);
  if (undecided) rows.push(["undecided", say("undecided"), undecided]);
  const items = rows.map(([kind, label, count]) => make("li", null, swatch(kind), make("span", null, label), make("span", { class: "count" }, number(count))));
  // It counts among the classes above it, and so stands before those that are not ranked.
  if (open) items.splice(bands.length + (other > 0), 0, make("li", { class: "of-these" }, make("span", { class: "open-mark", "aria-hidden": "true" }, "?"), make("span", null, say("ranked_open")), make("span", { class: "part" }, number(open))));
  byId("key-classes").replaceChildren(...items);
  byId("key-total").textContent = say("sites_in_all", { count: number(siteCount) });
  byId("key-note").textContent = [classesText(), offText()].filter(Boolean).join(" · ");
  drawKinds();
}

function drawKinds() {
  const offered = kindsOffered();
  for (const kind of KINDS) {
    byId(`bands-${kind}`).hidden = !offered.includes(kind);
    byId(`bands-${kind}`).setAttribute("aria-pressed", String(state.bands === kind));
  }
  const others = data.scenarios.map((scenario, place) => ({ scenario, place })).filter(({ place }) => place !== state.scenario);
  byId("against-part").hidden = state.bands !== "change" || others.length < 2;
  byId("against").replaceChildren(...others.map(({ scenario, place }) => make("option", { value: place }, nameOf(scenario))));
  byId("against").value = String(againstInUse());
}

function pageLayers() {
  return { clusters: tenantClusters(), sandboxes: places[state.scenario].sandboxes };
}

function pageLabels() {
  const labels = [];
  if (state.shown.clusters) labels.push(...tenantClusters().map((cluster) => ({ ...cluster, kind: "cluster", at: topOf(cluster.shape), from: 11 })));
  if (state.shown.sandboxes) labels.push(...places[state.scenario].sandboxes.filter((sandbox) => sandbox.outcome !== "refused").map((sandbox) => ({ ...sandbox, kind: "sandbox", at: topOf(sandbox.shape), from: 12 })));
  return labels;
}
