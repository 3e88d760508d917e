// What the reader has chosen, and the link that brings it back.

const state = {
  tenant: 0,
  scenario: 0,
  weights: data.tenants.map((_, tenant) => ownWeights(tenant)),
  language: "en",
  site: -1,
  bands: "rank",
  against: 1,
  off: data.tenants.map(() => new Set()),
  shown: { clusters: true, sandboxes: false, rail: true, crossings: true, suppliers: false, labels: true, conservation: true },
};

function weightsMoved() {
  const own = ownWeights(state.tenant);
  return state.weights[state.tenant].some((weight, place) => Math.abs(weight - own[place]) > 1e-9);
}

// Weights as used: all zero means nothing, so the tenant's own stand in.
function weightsInUse() {
  const weights = state.weights[state.tenant];
  return weights.some((weight) => weight > 0) ? weights : ownWeights(state.tenant);
}

function rulesOff() {
  return state.off[state.tenant];
}

// The study as it was made: what was computed beforehand, such as clusters and stability, holds for nothing else.
function isStudys() {
  return !weightsMoved() && rulesOff().size === 0;
}

// The scenario compared with, which cannot be the one on show.
function againstInUse() {
  if (state.against !== state.scenario) return state.against;
  return state.scenario === 0 ? 1 : 0;
}

function hashOfState() {
  const fields = new URLSearchParams();
  fields.set("tenant", data.tenants[state.tenant].id);
  fields.set("scenario", data.scenarios[state.scenario].id);
  if (weightsMoved()) fields.set("weights", state.weights[state.tenant].map((weight) => Number((weight * 100).toFixed(3))).join("_"));
  if (rulesOff().size) fields.set("off", [...rulesOff()].sort((a, b) => a - b).join("_"));
  if (state.bands !== "rank") fields.set("bands", state.bands);
  if (state.bands === "change") fields.set("against", data.scenarios[againstInUse()].id);
  if (state.site >= 0) fields.set("site", data.sites.id[state.site]);
  fields.set("view", viewText());
  fields.set("lang", state.language);
  return `#${fields}`;
}

// Whatever does not name something we have is passed over.
function readHash(hash) {
  const fields = fieldsOf(hash);
  state.tenant = placeOf(data.tenants, fields.get("tenant"));
  state.scenario = placeOf(data.scenarios, fields.get("scenario"));
  state.language = languageOf(fields);
  state.bands = kindsOffered().find((kind) => kind === fields.get("bands")) ?? "rank";
  state.against = placeOf(data.scenarios, fields.get("against"));
  state.off[state.tenant] = new Set(numbersOf(fields.get("off")).filter(isSwitch));
  state.site = fields.has("site") ? siteOf(fields.get("site")) : -1;
  const weights = numbersOf(fields.get("weights"));
  const usable = weights.length === ownWeights(state.tenant).length && weights.every((weight) => weight <= 100);
  state.weights[state.tenant] = usable ? weights.map((weight) => weight / 100) : ownWeights(state.tenant);
  return viewOf(fields);
}

function shownYear() {
  return data.scenarios[state.scenario].year;
}
