// From a choice to what is drawn, and the first drawing.

function drawAll() {
  translatePage();
  fillKinds();
  fillSelect("scenario", data.scenarios, state.scenario);
  tellFeeders(data.scenarios[state.scenario]);
  drawRail();
  drawZones();
  for (const name of Object.keys(groups)) toggleLayer(name, state.shown[name]);
  drawLayerToggles();
  drawKey();
  drawHeadline();
  drawCards();
  drawRefusals();
  drawAbout();
  drawDossier();
  outlineChosen();
  drawLabels();
  rememberSoon();
}

// The zone on show, or none: everything that tells which one it is.
function choose(land) {
  state.land = land;
  drawDossier();
  drawCards();
  outlineChosen();
  drawLabels();
  rememberSoon();
}

function selectZone(zone, show = false) {
  choose(zone.land);
  byId("dossier-body").scrollTop = 0;
  if (isPhone()) setSheet("half");
  if (show) showShape(zone.shape, 15);
  else map.panInside(L.latLng(insideOf(zone.shape)), roomLeft());
  byId("dossier-title").focus({ preventScroll: true });
}

function closeDossier() {
  const zone = chosenZone();
  if (!zone) return;
  choose("");
  if (isPhone()) setSheet("peek");
  else document.querySelector(`.cards button`)?.focus({ preventScroll: true });
}

function hasDossier() {
  return chosenZone() !== undefined;
}

function listen() {
  byId("kind").addEventListener("change", (event) => {
    chooseKind(Number(event.target.value));
    if (!chosenZone()) state.land = "";
    drawAll();
    showAll();
  });
  byId("scenario").addEventListener("change", (event) => {
    state.scenario = Number(event.target.value);
    if (!chosenZone()) state.land = "";
    drawAll();
  });
  byId("headline-show").addEventListener("click", () => selectZone(readiest(), true));
}

// Draw what a link asks for, or all zones with the readiest named.
function open(hash) {
  const asked = readHash(hash);
  drawAll();
  if (asked) map.setView(asked.centre, asked.zoom, { animate: false });
  else if (chosenZone()) showShape(chosenZone().shape, 15);
  else showAll();
}

// What a test or a curious reader may ask; nothing here changes the page.
function publish() {
  window.nmplan = Object.freeze({
    state: () => ({ kind: data.kinds[state.kind]?.id ?? null, scenario: data.scenarios[state.scenario].id, zone: chosenZone()?.land ?? null, language: state.language, shown: { ...state.shown } }),
    map,
    zones: () => shownZones().map(({ land, outcome, readiness }) => ({ land, outcome, readiness, printed: printedPoints(shownZones().find((zone) => zone.land === land)) })),
    at: (lat, lng) => zonesAt({ lat, lng }).map((zone) => zone.land),
    pixel(land) {
      const point = map.latLngToContainerPoint(insideOf(shownZones().find((zone) => zone.land === land).shape));
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
