// What the colours of each map mean, and how many sites have each.

function between(labels, cuts, unit) {
  return cuts.slice(1).map((low, place) => say(labels, { low: unit(low), high: unit(cuts[place]) }));
}

function plainNumber(figure) {
  return number(figure, Number.isInteger(figure) ? 0 : 1);
}

function bandLabels() {
  const cuts = view.bandCuts.map((cut) => Math.abs(cut));
  const [most, least] = [plainNumber(cuts[0]), plainNumber(cuts[3])];
  if (thing().kind === SCORE) return [say("points_from", { points: most }), ...between("points_between", cuts, plainNumber), say("points_below", { points: least })];
  const middle = cuts.slice(1).map((high, place) => say("minutes_between", { low: plainNumber(cuts[place]), high: plainNumber(high) }));
  return [say("minutes_up_to", { minutes: most }), ...middle, say("minutes_over", { minutes: least })];
}

function changeLabels() {
  const [most, some] = view.changeCuts.map(plainNumber);
  if (thing().kind === SCORE) return [say("gains_more", { points: most }), say("gains", { low: some, high: most }), say("changes_little", { points: some }), say("loses", { low: some, high: most }), say("loses_more", { points: most })];
  return [say("saves_more", { minutes: most }), say("saves", { low: some, high: most }), say("minutes_little", { minutes: some }), say("takes", { low: some, high: most }), say("takes_more", { minutes: most })];
}

function restLabels() {
  return thing().kind === SCORE
    ? { [EXCLUDED]: say("excluded"), [OPEN]: say("undecided"), [ENTERED]: say("entered"), [LEFT]: say("left") }
    : { [OPEN]: say("not_reached"), [ENTERED]: say("reached_only_b"), [LEFT]: say("reached_only_a") };
}

// Class, label and count of all classes of a map; what no site has is left out where it has no place in a row of colours.
function keyRows(pane) {
  const counts = countsOf(pane);
  const [first, labels] = pane === "change" ? [FIRST_CHANGE, changeLabels()] : [0, bandLabels()];
  const rest = Object.entries(restLabels()).map(([one, label]) => [Number(one), label]).filter(([one]) => counts[one]);
  rest.sort(([a], [b]) => (b >= ENTERED) - (a >= ENTERED) || a - b);
  return [...labels.map((label, place) => [first + place, label]), ...rest].map(([one, label]) => ({ one, label, count: counts[one] }));
}

function keyItems(pane) {
  return keyRows(pane).map(({ one, label, count }) => make("li", null, swatch(classKind(one)), make("span", null, label), make("span", { class: "count" }, number(count))));
}

function paneName(pane) {
  if (pane === "change") return say("difference_title");
  return say(pane === "before" ? "title_a" : "title_b", { scenario: nameOf(scenarioOf(pane)) });
}

function drawKey() {
  const pane = paneOf(large);
  byId("key-title").textContent = pane === "change" ? nameOf(thing()) : `${nameOf(thing())} · ${scenarioOf(pane).year}`;
  byId("key-note").textContent = pane === "change" ? say("difference_of", { a: nameOf(scenarioOf("before")), b: nameOf(scenarioOf("after")) }) : nameOf(scenarioOf(pane));
  byId("key-classes").replaceChildren(...keyItems(pane));
  byId("key-total").textContent = say("sites_in_all", { count: number(siteCount) });
  for (const one of allMaps) one.title.textContent = paneName(paneOf(one));
  for (const little of littles) {
    little.strip.replaceChildren(...keyItems(little.pane));
    little.map.getContainer().setAttribute("aria-label", paneName(little.pane));
  }
  paneSwitch.setAttribute("aria-label", say("which_map"));
  for (const [one, key] of [["before", "side_a"], ["after", "side_b"], ["change", "difference"]]) {
    byId(`pane-of-${one}`).textContent = say(key);
    byId(`pane-of-${one}`).setAttribute("aria-pressed", String(state.pane === one));
  }
}

function pageLayers() {
  return { opened: [...openingLines(), ...openingCrossings()] };
}

function withoutBrackets(name) {
  return name.replace(/\s*[(（].*?[)）]/g, "");
}

function middleOf(line) {
  const longest = line.shape.map((part) => part[0]).reduce((best, ring) => (ring.length > best.length ? ring : best));
  return L.latLng(longest[Math.floor(longest.length / 2)]);
}

// Beside what opens, as stations and crossings are labelled, but already from afar.
function pageLabels() {
  if (!state.shown.opened) return [];
  const named = (one, kind, at) => ({ en: withoutBrackets(one.en), zh: withoutBrackets(one.zh), kind, at, from: 10 });
  const beside = (point) => map.containerPointToLatLng(map.latLngToContainerPoint(point).add([6, 0]));
  return [...openingCrossings().map((crossing) => named(crossing, "crossing", beside(crossing.shape[0][0][0]))), ...openingLines().map((line) => named(line, "station", middleOf(line)))];
}
