// How alike areas and mainland corridors are in what they say they want.

const ALIKE = 3;

// Rows of the chosen area, the most alike first.
function alikeHere() {
  const own = data.similarity.filter((row) => row.area === alikePlaces[state.place]?.id);
  return own.sort((a, b) => b.cosine - a.cosine || a.corridor.localeCompare(b.corridor));
}

function mostAlike() {
  return new Set(alikeHere().slice(0, ALIKE).map((row) => row.corridor));
}

function sharedText(row) {
  const names = row.shared.map(chainName).join(state.language === "en" ? ", " : "、");
  return names ? say("both_name", { chains: names }) : say("none_shared");
}

function drawCopying() {
  const some = alikePlaces.length > 0;
  byId("copying-none").hidden = some;
  byId("copying-part").hidden = !some;
  if (!some) return;
  fillSelect("place", alikePlaces, state.place);
  byId("alike-list").replaceChildren(...alikeHere().map(alikeRow));
  byId("nearest-list").replaceChildren(...alikePlaces.map(nearestRow));
}

function alikeRow(row) {
  const corridor = corridors.find((one) => one.id === row.corridor);
  const track = make("span", { class: "track", "aria-hidden": "true" }, make("span", { class: "fill" }));
  track.firstChild.style.width = `${(row.cosine * 100).toFixed(1)}%`;
  const text = make("span", { class: "name" }, nameOf(row.corridor_name), track, make("small", null, say("alike_figures", { cosine: number(row.cosine, 2), krugman: number(row.krugman, 2) })), make("small", null, sharedText(row)), make("small", null, say("weak_part", { share: percent(row.weak_share) })));
  const chosen = corridor && isChosen("corridor", corridor);
  return make("li", null, make("button", { type: "button", "aria-current": chosen ? "true" : null, click: () => corridor && choose("corridor", corridor, true) }, swatch(mostAlike().has(row.corridor) ? "corridor-alike" : "corridor-other"), text));
}

function nearestRow(place, number_) {
  const [first] = data.similarity.filter((row) => row.area === place.id).sort((a, b) => b.cosine - a.cosine || a.corridor.localeCompare(b.corridor));
  return make("li", null, make("button", { type: "button", "aria-current": number_ === state.place ? "true" : null, click: () => choosePlace(number_) }, make("span", { class: "name" }, nameOf(place), make("small", null, nameOf(first.corridor_name))), make("span", { class: "score" }, number(first.cosine, 2))));
}

function choosePlace(place) {
  state.place = place;
  drawCopying();
  drawSymbols();
  drawKey();
  drawLabels();
  rememberSoon();
}
