// Scores and ranks: the same arithmetic, in the same order, as ranking.py.

const GRAINS_PER_POINT = 1000000;
const MOST_GRAINS = 2 ** 27;
const RANK_BANDS = [1, 5, 20, 50];
const [PASSED, FAILED, UNDECIDED] = [0, 1, 2];

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

// What the rules that are not switched off make of each site: the worst of PASSED, UNDECIDED and FAILED. A criterion
// without a value keeps a site out like a failed rule, and no switch helps.
function verdicts(tenant, scenario, off) {
  const verdict = new Uint8Array(siteCount);
  const held = new Uint8Array(siteCount);
  const freed = new Uint8Array(siteCount);
  data.tenants[tenant].rules.forEach((rule, place) => {
    const outcome = column(resultOf(tenant, scenario).rules[place].outcome);
    const switched = off.has(place) && !rule.needs_value;
    for (let site = 0; site < siteCount; site++) {
      if (outcome[site] === PASSED) continue;
      const out = rule.needs_value || outcome[site] === FAILED;
      if (switched) freed[site] |= out;
      else {
        held[site] |= out;
        if (verdict[site] !== FAILED) verdict[site] = outcome[site];
      }
    }
  });
  const eligible = Uint8Array.from(column(resultOf(tenant, scenario).eligible));
  for (let site = 0; site < siteCount; site++) if (freed[site] && !held[site]) eligible[site] = 1;
  return { verdict, eligible };
}

// { scores, ranks (0 where excluded), order, count, verdict }
function rankSites(tenant, scenario, weights, off) {
  const { verdict, eligible } = verdicts(tenant, scenario, off);
  const scores = new Float64Array(siteCount);
  const shares = sharesOf(weights);
  resultOf(tenant, scenario).values.forEach((number, criterion) => {
    const values = column(number);
    const share = 100 * shares[criterion];
    for (let site = 0; site < siteCount; site++) if (values[site] !== MISSING) scores[site] += share * (values[site] / VALUE_STEPS);
  });
  const keys = new Uint32Array(siteCount);
  for (let site = 0; site < siteCount; site++) {
    if (eligible[site]) keys[site] = MOST_GRAINS - grains(scores[site]);
    else scores[site] = NaN;
  }
  const order = sortRows(keys, allRows(siteCount).filter((site) => eligible[site]));
  const ranks = new Uint32Array(siteCount);
  for (let place = 0; place < order.length; place++) {
    const tied = place > 0 && keys[order[place - 1]] === keys[order[place]];
    ranks[order[place]] = tied ? ranks[order[place - 1]] : place + 1;
  }
  return { scores, ranks, order, count: order.length, verdict };
}

// The rules a site does not pass, switched off or not, in the tenant's order.
function failuresOf(tenant, scenario, site) {
  return resultOf(tenant, scenario).rules.flatMap(({ outcome, measured }, rule) => {
    const found = column(outcome)[site];
    return found === PASSED ? [] : [{ rule, undecided: found === UNDECIDED, measured: quantity(measured, site, 10 ** data.tenants[tenant].rules[rule].decimals) }];
  });
}

// What was measured for a rule a site passes: with the rule, or as a criterion of the tenant; null if neither knows.
function measuredFor(tenant, scenario, place, site) {
  const rule = data.tenants[tenant].rules[place];
  const result = resultOf(tenant, scenario);
  const found = quantity(result.rules[place].measured, site, 10 ** rule.decimals);
  const criterion = data.tenants[tenant].criteria.findIndex(({ id }) => id === rule.id.split(" ")[0]);
  if (found !== null || criterion < 0) return found;
  return quantity(result.measured[criterion], site, 10 ** data.tenants[tenant].criteria[criterion].decimals);
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
