// What colours mean: classes by rank, by score, by stability, or by the change from another scenario.

const OTHER_COLOUR = "#C9A227";
const [EXCLUDED, OPEN, OTHER] = [5, 6, 7];
const LAST_CLASS = OTHER;
const STABLE_FROM = [0.9, 0.5, 0.1, 0.0005];
const KINDS = ["rank", "score", "stability", "change"];

const cutsCache = new Map();

// Of a tenant's scores in all scenarios under the study's weights: cuts that follow the sliders would hide what they do.
function scoreCuts(tenant) {
  if (!cutsCache.has(tenant)) {
    const all = data.scenarios.flatMap((_, scenario) => {
      const { scores, order } = rankSites(tenant, scenario, ownWeights(tenant), new Set());
      return Array.from(order, (site) => scores[site]);
    });
    cutsCache.set(tenant, evenCuts(all));
  }
  return cutsCache.get(tenant);
}

// Points a site gains against the other scenario; NaN where it is ranked in one of them only.
function changeOf(ranking, other, site) {
  return ranking.scores[site] - other.scores[site];
}

function changeCuts(ranking, other) {
  return cutsOfChange(Array.from(ranking.order.filter((site) => other.ranks[site]), (site) => changeOf(ranking, other, site)));
}

// Of a ranked site, by what the reader has chosen to see.
function classifier(ranking) {
  if (state.bands === "score") {
    const cuts = scoreCuts(state.tenant);
    return (site) => classFrom(cuts, ranking.scores[site]);
  }
  if (state.bands === "stability") {
    const shares = column(resultOf(state.tenant, state.scenario).p_top);
    return (site) => (shares[site] === MISSING ? OTHER : classFrom(STABLE_FROM, shares[site] / 1000));
  }
  if (state.bands === "change") {
    const other = view.other;
    return (site) => (other.ranks[site] ? changeClass(view.cuts, changeOf(ranking, other, site)) : OTHER);
  }
  const tops = RANK_BANDS.map((share) => Math.ceil((ranking.count * share) / 100));
  return (site) => {
    const band = tops.findIndex((top) => ranking.ranks[site] <= top);
    return band === -1 ? tops.length : band;
  };
}

// A class for every site: 0 to 4, EXCLUDED, OPEN or OTHER.
function classify(ranking) {
  const classes = new Uint8Array(siteCount);
  const classOf = classifier(ranking);
  for (let site = 0; site < siteCount; site++) {
    if (ranking.ranks[site]) classes[site] = classOf(site);
    else classes[site] = ranking.verdict[site] === FAILED ? EXCLUDED : OPEN;
  }
  return classes;
}

function isUndecided(site) {
  return view.classes[site] === OPEN;
}

// The class that a swatch shows.
function kindOf(site) {
  return classKind(view.classes[site]);
}

function classKind(one) {
  return { [EXCLUDED]: "excluded", [OPEN]: "undecided", [OTHER]: "other" }[one] ?? `${state.bands === "change" ? "change" : "band"}-${one}`;
}

function classColour(one) {
  return { [EXCLUDED]: "#E4E4E4", [OPEN]: "#EDEEEF", [OTHER]: OTHER_COLOUR }[one] ?? (state.bands === "change" ? CHANGE_COLOURS : COLOURS)[one];
}
