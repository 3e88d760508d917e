// Clusters with their figures, and what colours mean: classes of scores, the same for clusters and the sites below them.

const COLOURS = ["#1F2A63", "#2B6CA3", "#45A3B5", "#9CCFA6", "#FBE9A0"];
const UNRANKED = "#E7EAED";
const [EXCLUDED, OPEN, OTHER] = [5, 6, 7];
const LAST_CLASS = OTHER;

const view = { classes: null };

const clustersOf = data.scenarios.map((scenario) => {
  let start = 0;
  const members = scenario.clusters.members.map((number) => Array.from(column(number)));
  return withShapes(scenario.clusters).map((cluster, row) => {
    const tiers = data.tenants[cluster.tenant].tiers ?? [];
    const from = start;
    start += tiers.length;
    const figure = (name) => (scenario.clusters.figures[name] === undefined ? null : quantity(scenario.clusters.figures[name], row, data.steps[name]));
    const sites = members[cluster.tenant].flatMap((one, site) => (one === row ? [site] : []));
    return { ...cluster, figure, tiers, from, sites };
  });
});

function clustersIn(scenario, tenant) {
  const own = clustersOf[scenario].filter((cluster) => cluster.tenant === tenant);
  return own.sort((a, b) => (b.figure("mean_score") ?? 0) - (a.figure("mean_score") ?? 0) || (b.figure("area_ha") ?? 0) - (a.figure("area_ha") ?? 0));
}

// The clusters on show, the best mean score first.
function clustersShown() {
  return clustersIn(state.scenario, state.tenant);
}

function clusterChosen() {
  return clustersShown().find((cluster) => cluster.id === state.cluster);
}

function scoreOf(site) {
  return quantity(scenarioShown().scores[state.tenant], site, SCORE_STEPS);
}

const cutsCache = new Map();

// Four cuts in whole points over the mean scores of a tenant's clusters in all scenarios, so that one scenario compares
// with another; over the scores of its sites where it has no cluster.
function scoreCuts(tenant) {
  if (!cutsCache.has(tenant)) {
    let scores = data.scenarios.flatMap((_, scenario) => clustersIn(scenario, tenant).map((cluster) => cluster.figure("mean_score") ?? 0));
    if (!scores.length) scores = Array.from(column(scenarioShown().scores[tenant])).filter((score) => score !== MISSING).map((score) => score / SCORE_STEPS);
    const low = Math.floor(scores.reduce((least, one) => Math.min(least, one), scores.length ? Infinity : 0));
    const high = scores.reduce((most, one) => Math.max(most, one), 0);
    const step = Math.max(1, Math.round((high - low) / 5));
    cutsCache.set(tenant, [4, 3, 2, 1].map((steps) => low + steps * step));
  }
  return cutsCache.get(tenant);
}

function classOfScore(score) {
  const place = scoreCuts(state.tenant).findIndex((cut) => score >= cut);
  return place === -1 ? 4 : place;
}

function clusterClass(cluster) {
  return classOfScore(cluster.figure("mean_score") ?? 0);
}

// What the painter of sites asks for.
function classColour(one) {
  return COLOURS[one] ?? UNRANKED;
}

function classify() {
  const scores = column(scenarioShown().scores[state.tenant]);
  return Uint8Array.from(scores, (score) => (score === MISSING ? OTHER : classOfScore(score / SCORE_STEPS)));
}
