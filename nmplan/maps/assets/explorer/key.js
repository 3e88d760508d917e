// The key: what the colours mean for this tenant, how many sites each has, and which layers are drawn.

function bandLabels() {
  if (state.bands === "score") {
    const cuts = scoreCuts(state.tenant);
    const between = cuts.slice(1).map((low, place) => say("points_between", { low, high: cuts[place] }));
    return [say("points_from", { points: cuts[0] }), ...between, say("points_below", { points: cuts[3] })];
  }
  return [...RANK_BANDS.map((top, band) => (band ? say("percent_between", { low: RANK_BANDS[band - 1], high: top }) : say("top_percent", { percent: top }))), say("the_rest")];
}

// Sites of each band, those a rule excludes, those nothing is known of; and how many ranked ones have a rule left open.
function countClasses() {
  const bands = [0, 0, 0, 0, 0];
  let failed = 0;
  let undecided = 0;
  for (let site = 0; site < siteCount; site++) {
    if (view.ranking.ranks[site]) bands[bandOf(view.ranking, site)] += 1;
    else if (isUndecided(site)) undecided += 1;
    else failed += 1;
  }
  const open = view.ranking.order.filter((site) => view.exclusions.has(site)).length;
  return { bands, failed, undecided, open };
}

function drawKey() {
  byId("key-title").textContent = `${nameOf(data.tenants[state.tenant])} · ${data.scenarios[state.scenario].year}`;
  const { bands, failed, undecided, open } = countClasses();
  const rows = bandLabels().map((label, band) => [`band-${band}`, label, bands[band]]);
  rows.push(["excluded", say("excluded"), failed]);
  if (undecided) rows.push(["undecided", say("undecided"), undecided]);
  byId("key-classes").replaceChildren(...rows.map(([kind, label, count]) => make("li", null, swatch(kind), make("span", null, label), make("span", { class: "count" }, number(count)))));
  byId("key-total").textContent = [say("sites_in_all", { count: number(siteCount) }), open ? say("ranked_open", { count: number(open) }) : ""].filter(Boolean).join(" · ");
  for (const kind of ["rank", "score"]) byId(`bands-${kind}`).setAttribute("aria-pressed", String(state.bands === kind));
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
