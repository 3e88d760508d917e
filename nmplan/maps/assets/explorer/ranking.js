// Scores and ranks: the same arithmetic, in the same order, as ranking.py.

const GRAINS_PER_POINT = 1000000;
const RANK_BANDS = [1, 5, 20, 50];

function resultOf(tenant, scenario) {
  return data.scenarios[scenario].results[tenant];
}

function ownWeights(tenant) {
  return data.tenants[tenant].criteria.map((criterion) => criterion.weight);
}

function sharesOf(weights) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function grains(score) {
  return Math.floor(score * GRAINS_PER_POINT + 0.5);
}

// Points of each criterion at one site; null where nothing was measured.
function pointsOf(tenant, scenario, weights, site) {
  const shares = sharesOf(weights);
  return resultOf(tenant, scenario).values.map((number, criterion) => {
    const value = column(number)[site];
    return value === MISSING ? null : 100 * shares[criterion] * (value / VALUE_STEPS);
  });
}

// { scores, ranks (0 where excluded), order, count }
function rankSites(tenant, scenario, weights) {
  const result = resultOf(tenant, scenario);
  const eligible = column(result.eligible);
  const columns = result.values.map(column);
  const shares = sharesOf(weights);
  const scores = new Float64Array(siteCount).fill(NaN);
  const order = [];
  for (let site = 0; site < siteCount; site++) {
    if (!eligible[site]) continue;
    let score = 0;
    for (let criterion = 0; criterion < shares.length; criterion++) {
      const value = columns[criterion][site];
      if (value !== MISSING) score += 100 * shares[criterion] * (value / VALUE_STEPS);
    }
    scores[site] = score;
    order.push(site);
  }
  const grain = Array.from(scores, grains);
  order.sort((a, b) => grain[b] - grain[a] || a - b);
  const ranks = new Int32Array(siteCount);
  order.forEach((site, place) => {
    const before = order[place - 1];
    ranks[site] = place > 0 && grain[before] === grain[site] ? ranks[before] : place + 1;
  });
  return { scores, ranks, order, count: order.length };
}

const cutsCache = new Map();

// Four cuts in whole points over the middle nine tenths of a tenant's scores in all scenarios under the study's weights:
// fixed cuts would put most sites in one class, cuts that follow the sliders would hide what they do.
function scoreCuts(tenant) {
  if (!cutsCache.has(tenant)) {
    const scores = data.scenarios.flatMap((_, scenario) => {
      const ranking = rankSites(tenant, scenario, ownWeights(tenant));
      return ranking.order.map((site) => ranking.scores[site]);
    });
    scores.sort((a, b) => a - b);
    const [low, high] = [0.05, 0.95].map((share) => scores[Math.floor(share * (scores.length - 1))] ?? 0);
    const step = Math.max(1, Math.round((high - low) / 5));
    cutsCache.set(tenant, [4, 3, 2, 1].map((steps) => Math.round(low) + steps * step));
  }
  return cutsCache.get(tenant);
}

// 0 is the best band, 4 the last.
function bandOf(ranking, site) {
  const band =
    state.bands === "rank"
      ? RANK_BANDS.findIndex((percent) => ranking.ranks[site] <= Math.ceil((ranking.count * percent) / 100))
      : scoreCuts(state.tenant).findIndex((points) => ranking.scores[site] >= points);
  return band === -1 ? 4 : band;
}

// "failed", "undecided" or "" for the site, and the rows of the rules it did not pass.
function exclusionsOf(tenant, scenario) {
  const rows = new Map();
  for (const [site, rule, undecided, measured] of resultOf(tenant, scenario).exclusions) {
    if (!rows.has(site)) rows.set(site, []);
    rows.get(site).push({ rule, undecided: undecided === 1, measured });
  }
  return rows;
}

// Tenths of a point whose sum is the printed total: the largest remainders are rounded up.
function printedParts(points) {
  const tenths = points.map((part) => (part ?? 0) * 10);
  const total = Math.round(tenths.reduce((sum, part) => sum + part, 0));
  const parts = tenths.map(Math.floor);
  const spare = total - parts.reduce((sum, part) => sum + part, 0);
  const byRemainder = tenths.map((part, place) => [part - parts[place], place]).sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  for (const [, place] of byRemainder.slice(0, spare)) parts[place] += 1;
  return { parts: parts.map((part) => part / 10), total: total / 10 };
}
