// The key: what the symbols of the tab on show mean, and how many there are of each.

function massLabels() {
  return MASSES.map((least, place) => {
    if (place === 0) return say("mass_from", { low: number(least) });
    return least ? say("mass_between", { low: number(least), high: number(MASSES[place - 1]) }) : say("mass_below", { high: number(MASSES[place - 1]) });
  });
}

// Kind of swatch, what it means, and how many there are (null where nothing is counted).
function firmRows() {
  const shown = firmsShown();
  const sides = SIDES.map((side) => [`side-${side}`, sideName(side), shown.filter((firm) => firm.jurisdiction === side).length]);
  const sizes = massLabels().map((label, place) => [`mass-${place}`, label, shown.filter((firm) => massClass(firm.mass) === place).length]);
  return [...sides, ...sizes].filter(([, , count]) => count > 0);
}

function hallRows() {
  const texts = { goods: say("hall_goods"), people: say("hall_people"), shut: say("hall_shut", { year: shownYear() }) };
  return Object.entries(texts).map(([status, text]) => [`hall-${status}`, text, halls.filter((hall) => hallStatus(hall) === status).length]).filter(([, , count]) => count > 0);
}

function bandRows() {
  return bandsHere().map((band, order, bands) => [`band-time-${bandClass(order)}`, order ? say("band_between", { low: number(bands[order - 1].limit), high: number(band.limit) }) : say("band_up_to", { high: number(band.limit) }), null]);
}

function corridorRows() {
  const away = corridors.filter((one) => one.side !== "hong-kong");
  const alike = away.filter((one) => mostAlike().has(one.id)).length;
  return [["corridor-alike", say("key_alike", { count: ALIKE }), alike], ["corridor-other", say("key_corridor"), away.length - alike]];
}

function keyRows() {
  const rows = [];
  if (state.shown.bands) rows.push(...bandRows());
  if (state.shown.firms) rows.push(...firmRows());
  if (state.shown.corridors && corridors.length) rows.push(...corridorRows());
  if (state.shown.halls) rows.push(...hallRows());
  return rows;
}

function keyNote() {
  if (state.shown.bands && bandsHere().length) return say("bands_of", { place: nameOf(bandPlaces[state.from]), mode: modeName(MODES[state.mode]) });
  if (state.shown.corridors && alikePlaces.length) return say("alike_to", { place: nameOf(alikePlaces[state.place]) });
  if (!state.shown.firms || !firms.length) return "";
  return [!state.every && state.tier ? tierName(chainId(), state.tier) : "", say("mass_note")].filter(Boolean).join(" · ");
}

function keyTitle() {
  if (state.tab === "copying") return say("tab_copying");
  const what = state.tab === "travel" ? say("tab_travel") : state.every ? say("firms_every") : tenantName();
  return [what, shownYear()].filter(Boolean).join(" · ");
}

function drawKey() {
  byId("key-title").textContent = keyTitle();
  byId("key-classes").replaceChildren(...keyRows().map(([kind, label, count]) => make("li", null, swatch(kind), make("span", null, label), count === null ? null : make("span", { class: "count" }, number(count)))));
  byId("key-total").textContent = state.shown.firms && firms.length ? say("firms_in_all", { shown: number(firmsShown().length), count: number(firms.length) }) : "";
  byId("key-note").textContent = keyNote();
  byId("firms-part").hidden = !state.shown.firms || !firms.length;
  byId("view-all").hidden = !firms.length;
  byId("firms-chain").setAttribute("aria-pressed", String(!state.every));
  byId("firms-every").setAttribute("aria-pressed", String(state.every));
}
