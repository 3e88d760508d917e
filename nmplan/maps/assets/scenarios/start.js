// From a choice to what is drawn, and the first drawing.

// After another quantity, scenario or language: everything that is said or drawn.
function drawAll() {
  compare();
  translatePage();
  fillWhat();
  fillSelect("before", data.scenarios, state.before);
  fillSelect("after", data.scenarios, state.after);
  drawMaps();
  drawLayerToggles();
  drawKey();
  drawAreas();
  drawSites();
  drawWorks();
  drawAbout();
  resizeMaps();
  choose(state.site);
}

// The site on show, or none (-1): everything that tells which one it is.
function choose(site) {
  const was = byId("dossier").hidden;
  state.site = site;
  drawDossier();
  if (was !== byId("dossier").hidden) resizeMaps();
  drawSites();
  outlineChosen();
  drawLabels();
  rememberSoon();
}

function selectSite(site, show = false) {
  choose(site);
  byId("dossier-body").scrollTop = 0;
  if (isPhone()) setSheet("half");
  const centre = boundsOfSite(site).getCenter();
  if (show) showShape(shapeOf(site), Math.max(map.getZoom(), 14));
  else map.panInside(centre, roomLeft());
  byId("dossier-title").focus({ preventScroll: true });
}

function closeDossier() {
  if (state.site < 0) return;
  choose(-1);
  if (isPhone()) setSheet("peek");
}

// Only what depends on which of the three a narrow screen shows.
function showPane(pane) {
  state.pane = pane;
  drawMaps();
  drawKey();
  rememberSoon();
}

function listen() {
  byId("what").addEventListener("change", (event) => {
    state.what = Number(event.target.value);
    drawAll();
  });
  byId("before").addEventListener("change", (event) => {
    if (Number(event.target.value) === state.after) state.after = state.before;
    state.before = Number(event.target.value);
    drawAll();
  });
  byId("after").addEventListener("change", (event) => {
    state.after = Number(event.target.value);
    state.before = otherThan(state.after);
    drawAll();
  });
  for (const pane of PANES) byId(`pane-of-${pane}`).addEventListener("click", () => showPane(pane));
  byId("save-changes").addEventListener("click", saveChanges);
  wide.addEventListener("change", () => {
    resizeMaps();
    drawAll();
  });
}

// All sites that change visibly, else all sites.
function showChanged() {
  const moved = Array.from(allRows(siteCount)).filter((site) => Math.abs(view.gains[site]) >= view.changeCuts[1]);
  showSites(moved.length ? moved : Array.from(allRows(siteCount)));
}

// Draw what a link asks for, or where most changes.
function open(hash) {
  const asked = readHash(hash);
  drawAll();
  if (asked) map.setView(asked.centre, asked.zoom, { animate: false });
  else if (state.site >= 0) showShape(shapeOf(state.site), 14);
  else if (siteCount) showChanged();
  bringAlong(large);
}

// What a test or a curious reader may ask; nothing here changes the page.
function publish() {
  const told = (one) => ({ zoom: one.map.getZoom(), centre: one.map.getCenter(), size: one.map.getSize() });
  window.nmplan = Object.freeze({
    state: () => ({ show: thing().id, a: data.scenarios[state.before].id, b: data.scenarios[state.after].id, pane: state.pane, language: state.language, site: data.sites.id[state.site] ?? null }),
    change: (id) => view.figures[1][siteOf(id)] - view.figures[0][siteOf(id)],
    counts: () => Object.fromEntries(PANES.map((pane) => [pane, keyRows(pane).map(({ count }) => count)])),
    means: () => areaMeans().map(({ area, sites, before, after }) => ({ area, sites: sites.length, before, after })),
    maps: () => Object.fromEntries(allMaps.map((one) => [one.pane, told(one)])),
    csv: () => csvText(HEADS, Array.from(allRows(siteCount), changeRow)),
    pixel(id) {
      const point = map.latLngToContainerPoint(insideOf(shapeOf(siteOf(id))));
      const { left, top } = map.getContainer().getBoundingClientRect();
      return { x: point.x + left, y: point.y + top };
    },
  });
}

// Whether it covers a part of the map: where three maps stand they make room.
function hasDossier() {
  return state.site >= 0 && !wide.matches;
}

prepareShell();
// Three maps leave the difference little room: on a small laptop the key would push its sites aside.
if (window.innerWidth < 1400) openKey(false);
drawGrounds();
listen();
publish();
startShell();
