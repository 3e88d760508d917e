// What the reader has chosen, what follows from it, and the link that brings it back.

const PANES = ["before", "after", "change"];
const SCORE = "score";
const things = [
  ...data.tenants.map(({ id, en, zh }, place) => ({ id, en, zh, kind: SCORE, place, unit: "points", decimals: 1, better: 1 })),
  ...data.measures.map((measure, place) => ({ ...measure, kind: "minutes", place, better: -1 })),
];

const state = {
  what: 0,
  before: data.scenarios[data.shown].since,
  after: data.shown,
  pane: "change",
  language: "en",
  site: -1,
  shown: { opened: true, rail: true, crossings: true, labels: true },
};

// figures and verdicts of both scenarios, gains (points up, minutes down), cuts between classes, classes of each map.
const view = { pane: "change", figures: [], verdicts: [], gains: null, bandCuts: [], changeCuts: [], classes: {} };

function thing() {
  return things[state.what];
}

function scenarioOf(pane) {
  return data.scenarios[pane === "before" ? state.before : state.after];
}

// In the map that is being drawn.
function shownYear() {
  return scenarioOf(view.pane).year;
}

function ownWeights(tenant) {
  return data.tenants[tenant].criteria.map((criterion) => criterion.weight);
}

function hashOfState() {
  const fields = new URLSearchParams();
  fields.set("show", thing().id);
  fields.set("a", data.scenarios[state.before].id);
  fields.set("b", data.scenarios[state.after].id);
  if (state.pane !== "change") fields.set("map", state.pane);
  if (state.site >= 0) fields.set("site", data.sites.id[state.site]);
  fields.set("view", viewText());
  fields.set("lang", state.language);
  return `#${fields}`;
}

// Whatever does not name something we have is passed over; a scenario is not compared with itself.
function readHash(hash) {
  const fields = fieldsOf(hash);
  const known = (name) => data.scenarios.findIndex((scenario) => scenario.id === fields.get(name));
  state.what = placeOf(things, fields.get("show"));
  state.after = known("b") < 0 ? data.shown : known("b");
  state.before = known("a") < 0 ? data.scenarios[state.after].since : known("a");
  if (state.before === state.after) state.before = otherThan(state.after);
  state.pane = PANES.find((pane) => pane === fields.get("map")) ?? "change";
  state.language = languageOf(fields);
  state.site = fields.has("site") ? siteOf(fields.get("site")) : -1;
  return viewOf(fields);
}

function otherThan(scenario) {
  const { since } = data.scenarios[scenario];
  return since === scenario ? data.scenarios.findIndex((_, place) => place !== scenario) : since;
}
