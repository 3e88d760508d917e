// What the reader has chosen, and the link that brings it back.

const ALL = -1;

const state = {
  kind: ALL,
  scenario: 0,
  // of a zone its land, which is the same in all scenarios; empty: none
  land: "",
  language: "en",
  shown: { sandboxes: true, refused: false, neighbours: true, rail: true, crossings: true, suppliers: false, labels: true, conservation: true },
};

function hashOfState() {
  const fields = new URLSearchParams();
  if (state.kind !== ALL) fields.set("kind", data.kinds[state.kind].id);
  fields.set("scenario", data.scenarios[state.scenario].id);
  if (chosenZone()) fields.set("zone", state.land);
  fields.set("view", viewText());
  fields.set("lang", state.language);
  return `#${fields}`;
}

// Whatever does not name something we have is passed over.
function readHash(hash) {
  const fields = fieldsOf(hash);
  chooseKind(data.kinds.findIndex((kind) => kind.id === fields.get("kind")));
  state.scenario = placeOf(data.scenarios, fields.get("scenario"));
  state.language = languageOf(fields);
  state.land = fields.get("zone") ?? "";
  if (!chosenZone()) state.land = "";
  return viewOf(fields);
}

// Of one kind it is shown what is refused too, and why.
function chooseKind(kind) {
  state.kind = kind;
  state.shown.refused = kind !== ALL;
}

function shownYear() {
  return data.scenarios[state.scenario].year;
}
