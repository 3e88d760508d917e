// What the reader has chosen, and the link that brings it back. Tenant 0 is all of them together.

const SCORE_STEPS = 10;

const state = {
  tenant: 0,
  scenario: 0,
  language: "en",
  cluster: "",
  tab: "clusters",
  newcomer: -1,
  shown: { clusters: true, sites: true, hot_spots: false, portfolio: false, rail: true, crossings: true, suppliers: false, conservation: true, labels: true },
};

function scenarioShown() {
  return data.scenarios[state.scenario];
}

function shownYear() {
  return scenarioShown().year;
}

function hashOfState() {
  const fields = new URLSearchParams();
  fields.set("tenant", data.tenants[state.tenant].id);
  fields.set("scenario", scenarioShown().id);
  if (state.cluster) fields.set("cluster", state.cluster);
  if (state.tab !== TABS[0]) fields.set("tab", state.tab);
  fields.set("view", viewText());
  fields.set("lang", state.language);
  return `#${fields}`;
}

// Whatever does not name something we have is passed over; a cluster is one of the tenant's own.
function readHash(hash) {
  const fields = fieldsOf(hash);
  state.tenant = placeOf(data.tenants, fields.get("tenant"));
  state.scenario = placeOf(data.scenarios, fields.get("scenario"));
  state.language = languageOf(fields);
  state.tab = TABS.find((tab) => tab === fields.get("tab")) ?? TABS[0];
  state.cluster = clustersShown().some((cluster) => cluster.id === fields.get("cluster")) ? fields.get("cluster") : "";
  return viewOf(fields);
}
