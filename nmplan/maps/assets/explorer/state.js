// What the reader has chosen, and the link that brings it back.

const state = {
  tenant: 0,
  scenario: 0,
  weights: data.tenants.map((_, tenant) => ownWeights(tenant)),
  language: "en",
  site: -1,
  bands: "rank",
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

function hashOfState() {
  const fields = new URLSearchParams();
  fields.set("tenant", data.tenants[state.tenant].id);
  fields.set("scenario", data.scenarios[state.scenario].id);
  if (weightsMoved()) fields.set("weights", state.weights[state.tenant].map((weight) => Number((weight * 100).toFixed(3))).join("_"));
  if (state.bands !== "rank") fields.set("bands", state.bands);
  if (state.site >= 0) fields.set("site", data.sites.id[state.site]);
  const { lat, lng } = map.getCenter();
  fields.set("view", [map.getZoom().toFixed(2), lat.toFixed(5), lng.toFixed(5)].join("_"));
  fields.set("lang", state.language);
  return `#${fields}`;
}

function numbersOf(text) {
  const numbers = (text ?? "").split("_").map((part) => (/^\d{1,4}(\.\d{1,6})?$/.test(part) ? Number(part) : NaN));
  return numbers.every(Number.isFinite) ? numbers : [];
}

// Whatever does not name something we have is passed over.
function readHash(hash) {
  const fields = new URLSearchParams(hash.slice(1, 2000));
  const position = (list, name) => list.findIndex((one) => one.id === fields.get(name));
  state.tenant = Math.max(0, position(data.tenants, "tenant"));
  state.scenario = Math.max(0, position(data.scenarios, "scenario"));
  state.language = fields.get("lang") === "zh" || (!fields.has("lang") && navigator.language.startsWith("zh")) ? "zh" : "en";
  state.bands = fields.get("bands") === "score" ? "score" : "rank";
  state.site = siteNumber.get(fields.get("site")) ?? -1;
  const weights = numbersOf(fields.get("weights"));
  const usable = weights.length === ownWeights(state.tenant).length && weights.every((weight) => weight <= 100);
  state.weights[state.tenant] = usable ? weights.map((weight) => weight / 100) : ownWeights(state.tenant);
  const [zoom, lat, lng] = numbersOf(fields.get("view"));
  const inside = lng !== undefined && homeBounds().pad(2).contains([lat, lng]);
  return inside ? { zoom: Math.min(Math.max(zoom, map.getMinZoom()), map.getMaxZoom()), centre: [lat, lng] } : null;
}

let hashTimer = 0;

// Browsers refuse an address that changes too often: wait until the hand rests.
function rememberSoon() {
  window.clearTimeout(hashTimer);
  hashTimer = window.setTimeout(() => window.history.replaceState(null, "", hashOfState()), 250);
}
