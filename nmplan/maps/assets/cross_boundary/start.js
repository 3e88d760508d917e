// From a choice to what is drawn, and the first drawing.

// After another chain, scenario, area or language: everything that is said or drawn.
function drawAll() {
  translatePage();
  fillSelect("tenant", data.tenants, state.tenant);
  fillSelect("scenario", data.scenarios, state.scenario);
  fillSelect("area", data.places, state.area);
  drawRail();
  drawHeadline();
  drawShares();
  drawTiers();
  drawClearance();
  drawTravel();
  drawCopying();
  drawAbout();
  drawFirmsAgain();
  showGroups();
}

// After another filter: suppliers on the map, in the list and in the key.
function drawFirmsAgain() {
  drawFirmList();
  drawSymbols();
  drawKey();
  drawLayerToggles();
  listenToToggles();
  drawDossier();
  drawLabels();
  rememberSoon();
}

// The key says what is drawn.
function listenToToggles() {
  byId("key-layers").onchange = drawKey;
}

function showGroups() {
  for (const [name, group] of Object.entries(groups)) state.shown[name] ? group.addTo(map) : group.remove();
}

function isChosen(kind, thing) {
  return state.chosen?.kind === kind && state.chosen.id === thing.id;
}

function choose(kind, thing, come = false) {
  state.chosen = { kind, id: thing.id };
  redrawChoice();
  byId("dossier-body").scrollTop = 0;
  if (isPhone()) setSheet("half");
  if (come && !map.getBounds().pad(-0.1).contains(at(thing))) map.setView(at(thing), Math.max(map.getZoom(), 10.5), { animate: false });
  map.panInside(at(thing), roomLeft());
  byId("dossier-title").focus({ preventScroll: true });
}

function redrawChoice() {
  drawDossier();
  drawFirmList();
  drawTravel();
  drawCopying();
  markChosen();
  drawLabels();
  rememberSoon();
}

function closeDossier() {
  if (!state.chosen) return;
  state.chosen = null;
  redrawChoice();
  if (isPhone()) setSheet("peek");
}

// The map follows the tab: bands beside travel, corridors beside copying, suppliers beside the rest.
function followTab() {
  const tab = TABS.find((one) => byId(`tab-${one}`).getAttribute("aria-selected") === "true");
  if (tab === state.tab) return;
  state.tab = tab;
  Object.assign(state.shown, SHOWN[tab]);
  showGroups();
  if (tab === "travel" && bandsHere().length) showBounds(bandBounds());
  drawKey();
  drawLayerToggles();
  drawLabels();
  rememberSoon();
}

function listen() {
  const change = (id, then) => byId(id).addEventListener("change", (event) => {
    state[id] = Number(event.target.value);
    then();
  });
  change("tenant", () => {
    state.tier = "";
    drawAll();
  });
  change("scenario", drawAll);
  change("area", () => {
    followArea();
    drawAll();
  });
  change("from", () => {
    drawSymbols();
    drawKey();
    rememberSoon();
  });
  change("place", () => choosePlace(state.place));
  for (const [id, every] of [["firms-chain", false], ["firms-every", true]]) byId(id).addEventListener("click", () => {
    state.every = every;
    drawFirmsAgain();
  });
  byId("view-sides").addEventListener("click", () => showBounds(sidesBounds()));
  byId("view-all").addEventListener("click", () => showBounds(widestBounds()));
  for (const kind of ["click", "keydown"]) document.querySelector("[role=tablist]").addEventListener(kind, followTab);
}

// Draw what a link asks for, or both sides of the boundary.
function open(hash) {
  const asked = readHash(hash);
  openTab(state.tab);
  if (asked) map.setView(asked.centre, asked.zoom, { animate: false });
  else showBounds(state.tab === "travel" && bandsHere().length ? bandBounds() : sidesBounds());
  drawAll();
  if (thingChosen() && !asked) map.panInside(at(thingChosen()), { ...roomLeft(), animate: false });
}

// What a test or a curious reader may ask; nothing here changes the page.
function publish() {
  window.nmplan = Object.freeze({
    state() {
      const { language, tab, tier, every, chosen } = state;
      return { tenant: data.tenants[state.tenant].id, scenario: thisScenario().id, area: areaId() ?? null, tab, tier, every, language, from: bandPlaces[state.from]?.id ?? null, mode: MODES[state.mode] ?? null, place: alikePlaces[state.place]?.id ?? null, chosen: chosen && { ...chosen } };
    },
    zoom: () => map.getZoom(),
    shows: (lat, lng) => map.getBounds().contains([lat, lng]),
    shares: printedShares,
    drawn: (name) => groups[name].getLayers().length,
    pixel(kind, id) {
      const point = map.latLngToContainerPoint(at(CHOSEN[kind].find((thing) => thing.id === id)));
      const { left, top } = map.getContainer().getBoundingClientRect();
      return { x: point.x + left, y: point.y + top };
    },
  });
}

prepareShell();
drawMap();
listen();
publish();
startShell();
