// What the reader has chosen, and the link that brings it back.

const firms = withShapes(data.suppliers);
const halls = withShapes(data.crossings);
const corridors = withShapes(data.corridors);
const BY = ["transit", "car", "goods"];
// public transport first: most people have no permit for their car
const MODES = [...new Set(data.scenarios.flatMap((scenario) => scenario.bands.map((band) => band.mode)))].sort((a, b) => BY.indexOf(a) - BY.indexOf(b));
const bandPlaces = data.places.filter((place) => data.scenarios.some((scenario) => scenario.bands.some((band) => band.place === place.id)));
const alikePlaces = [...new Map(data.similarity.map((row) => [row.area, { id: row.area, ...row.area_name }])).values()];

// Layers by the tab that needs them; the reader may switch each on and off.
const SHOWN = {
  supply: { firms: true, bands: false, corridors: false },
  clearance: { firms: true, bands: false, corridors: false },
  travel: { firms: false, bands: true, corridors: false },
  copying: { firms: false, bands: false, corridors: true },
  about: { firms: true, bands: false, corridors: false },
};

const state = {
  tenant: 0,
  scenario: 0,
  area: 0,
  tab: "supply",
  tier: "",
  every: false,
  from: 0,
  mode: 0,
  place: 0,
  chosen: null,
  language: "en",
  shown: { ...SHOWN.supply, halls: true, rail: false, crossings: false, suppliers: false, labels: true, conservation: true },
};

function chainId() {
  return data.tenants[state.tenant].chain;
}

// A tenant is called the same everywhere; its chain has a name of its own, which only notes use.
function tenantName() {
  return nameOf(data.tenants[state.tenant]);
}

// The name of one of a list of things, or its id where it has none.
function nameIn(things, id) {
  return nameOf(things.find((thing) => thing.id === id) ?? { en: id, zh: id });
}

function chainName(id) {
  return nameOf(data.chains[id] ?? { en: id, zh: id });
}

function tiersOf(chain) {
  return data.chains[chain]?.tiers ?? [];
}

function tierName(chain, tier) {
  return nameIn(tiersOf(chain), tier);
}

function sideName(side) {
  return nameIn(data.jurisdictions, side);
}

function areaId() {
  return data.places[state.area]?.id;
}

function thisScenario() {
  return data.scenarios[state.scenario];
}

function shownYear() {
  return thisScenario().year;
}

function hasDossier() {
  return state.chosen !== null;
}

// Travel bands and sectors are told of some places only: the chosen area's where there are any.
function followArea() {
  const own = (list, now) => Math.max(list.findIndex((place) => place.id === areaId()), list.some((place) => place.id === areaId()) ? 0 : now);
  state.from = own(bandPlaces, state.from);
  state.place = own(alikePlaces, state.place);
}

const CHOSEN = { firm: firms, crossing: halls, corridor: corridors };

function thingChosen() {
  return state.chosen && CHOSEN[state.chosen.kind].find((thing) => thing.id === state.chosen.id);
}

function hashOfState() {
  const fields = new URLSearchParams();
  fields.set("tenant", data.tenants[state.tenant].id);
  fields.set("scenario", thisScenario().id);
  if (areaId()) fields.set("area", areaId());
  fields.set("tab", state.tab);
  if (state.tier) fields.set("tier", state.tier);
  if (state.every) fields.set("firms", "every");
  if (bandPlaces[state.from]) fields.set("from", bandPlaces[state.from].id);
  if (MODES[state.mode]) fields.set("by", MODES[state.mode]);
  if (alikePlaces[state.place]) fields.set("place", alikePlaces[state.place].id);
  if (state.chosen) fields.set(state.chosen.kind, state.chosen.id);
  fields.set("view", viewText());
  fields.set("lang", state.language);
  return `#${fields}`;
}

// Whatever does not name something we have is passed over.
function readHash(hash) {
  const fields = fieldsOf(hash);
  state.tenant = placeOf(data.tenants, fields.get("tenant"));
  state.scenario = placeOf(data.scenarios, fields.get("scenario"));
  state.area = placeOf(data.places, fields.get("area"));
  state.language = languageOf(fields);
  state.tab = TABS.find((tab) => tab === fields.get("tab")) ?? TABS[0];
  state.tier = tiersOf(chainId()).find((tier) => tier.id === fields.get("tier"))?.id ?? "";
  state.every = fields.get("firms") === "every";
  followArea();
  if (fields.has("from")) state.from = placeOf(bandPlaces, fields.get("from"));
  if (fields.has("place")) state.place = placeOf(alikePlaces, fields.get("place"));
  state.mode = Math.max(0, MODES.indexOf(fields.get("by")));
  const kind = Object.keys(CHOSEN).find((one) => fields.has(one) && CHOSEN[one].some((thing) => thing.id === fields.get(one)));
  state.chosen = kind ? { kind, id: fields.get(kind) } : null;
  Object.assign(state.shown, SHOWN[state.tab]);
  return viewOf(fields, widestBounds().pad(0.5));
}
