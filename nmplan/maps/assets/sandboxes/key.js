// The key: how zones of each outcome are drawn and how many there are, and by which rule land is refused.

const PIN_PX = 26;

function hatchSwatch(name) {
  const picture = vector("svg", { class: "swatch hatch", viewBox: "0 0 20 14", "aria-hidden": "true" });
  picture.append(vector("rect", { width: 20, height: 14, fill: `url(#hatch-${name})`, stroke: hatchLook(name)[0] }));
  return picture;
}

// Refused land by the rule most of it fails; of all kinds together only how much there is.
function refusedRows() {
  const refused = zonesThat("refused");
  if (!refused.length) return [];
  if (state.kind === ALL) return [[hatchSwatch("any"), say("outcome_refused"), refused]];
  const { rules } = data.kinds[state.kind];
  const mains = [...rules.map((_, place) => place), null];
  return mains.map((rule) => [rule, refused.filter((zone) => mainRule(zone) === rule)])
    .filter(([, own]) => own.length)
    .map(([rule, own]) => [hatchSwatch(hatchName(rule)), rule === null ? say("too_small") : nameOf(rules[rule].reason), own]);
}

function kindName() {
  return state.kind === ALL ? say("all_kinds") : nameOf(data.kinds[state.kind]);
}

function drawKey() {
  byId("key-title").textContent = `${kindName()} · ${shownYear()}`;
  const rows = ["accepted", "undecided"].map((outcome) => [swatch(`zone-${outcome}`), sayWord("outcome", outcome), zonesThat(outcome)]);
  const items = [...rows, ...refusedRows()].map(([mark, label, own]) => make("li", null, mark, make("span", null, label), make("span", { class: "count" }, say("count_hectares", { count: number(own.length), area: number(areaOf(own)) }))));
  byId("key-classes").replaceChildren(...items);
  byId("key-total").hidden = state.kind !== ALL && !zonesThat("refused").length;
  byId("key-total").textContent = say(state.kind === ALL ? "by_kind_and_area" : "by_main_rule");
}

function pageLayers() {
  return { sandboxes: [...zonesThat("accepted"), ...zonesThat("undecided")], refused: zonesThat("refused"), neighbours: shownNeighbours() };
}

// Over the outline, and over the pin that marks the zone.
function abovePin(zone) {
  const pin = map.latLngToContainerPoint(insideOf(zone.shape)).subtract([0, PIN_PX]);
  const top = map.latLngToContainerPoint(topOf(zone.shape));
  return map.containerPointToLatLng(L.point(pin.y < top.y ? pin : top));
}

function pageLabels() {
  const labels = [];
  const label = (zone, from) => ({ ...zone.short, kind: "sandbox", at: topOf(zone.shape), from });
  const first = chosenZone();
  if (first) labels.push({ ...label(first, 0), at: abovePin(first) });
  if (state.shown.neighbours) labels.push(...shownNeighbours().map((one) => ({ en: one.en, zh: one.zh, kind: "neighbour", at: L.latLng(insideOf(one.shape)), from: 11.5 })));
  if (state.shown.sandboxes) labels.push(...zonesThat("accepted").map((zone) => label(zone, 11)), ...zonesThat("undecided").map((zone) => label(zone, 11.5)));
  return labels;
}
