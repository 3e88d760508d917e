// What colours mean: classes by rank, by score, by stability, or by the change from another scenario.

const COLOURS = ["#1F2A63", "#2B6CA3", "#45A3B5", "#9CCFA6", "#FBE9A0"];
const CHANGE_COLOURS = ["#542788", "#998EC3", "#E9E4EA", "#F1A340", "#B35806"];
const OTHER_COLOUR = "#C9A227";
const [EXCLUDED, OPEN, OTHER] = [5, 6, 7];
const STABLE_FROM = [0.9, 0.5, 0.1, 0.0005];
const KINDS = ["rank", "score", "stability", "change"];

const cutsCache = new Map();

// Four cuts in whole points over the middle nine tenths of a tenant's scores in all scenarios under the study's weights:
// fixed cuts would put most sites in one class, cuts that follow the sliders would hide what they do.
function scoreCuts(tenant) {
  if (!cutsCache.has(tenant)) {
    const all = data.scenarios.flatMap((_, scenario) => {
      const { scores, order } = rankSites(tenant, scenario, ownWeights(tenant), new Set());
      return Array.from(order, (site) => scores[site]);
    });
    const scores = Float64Array.from(all).sort();
    const [low, high] = [0.05, 0.95].map((share) => scores[Math.floor(share * (scores.length - 1))] ?? 0);
    const step = Math.max(1, Math.round((high - low) / 5));
    cutsCache.set(tenant, [4, 3, 2, 1].map((steps) => Math.round(low) + steps * step));
  }
  return cutsCache.get(tenant);
}

// The class of the first of four falling cuts that a number reaches; the last class below all.
function classFrom(cuts, figure) {
  const place = cuts.findIndex((cut) => figure >= cut);
  return place === -1 ? cuts.length : place;
}

// A round step (1, 2 or 5 times a power of ten) near a third of the change that nine sites in ten stay below.
function changeStep(changes) {
  const sizes = Float64Array.from(changes, Math.abs).sort();
  const third = Math.max(0.1, (sizes[Math.floor(0.9 * (sizes.length - 1))] ?? 0) / 3);
  const ten = 10 ** Math.floor(Math.log10(third));
  return ten * ([1, 2, 5].findLast((one) => one * ten <= third * 1.001) ?? 1);
}

// Points a site gains against the other scenario; NaN where it is ranked in one of them only.
function changeOf(ranking, other, site) {
  return ranking.scores[site] - other.scores[site];
}

function changeCuts(ranking, other) {
  const both = Array.from(ranking.order.filter((site) => other.ranks[site]), (site) => changeOf(ranking, other, site));
  const step = changeStep(both);
  return [3 * step, step, -step, -3 * step].map((cut) => Number(cut.toFixed(6)));
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
    return (site) => (other.ranks[site] ? classFrom([view.cuts[0], view.cuts[1], view.cuts[2] + 1e-9, view.cuts[3] + 1e-9], changeOf(ranking, other, site)) : OTHER);
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
