// From a choice to what is drawn, and the first drawing.

const view = { ranking: null, classes: null, other: null, cuts: null };

function rank() {
  view.ranking = rankSites(state.tenant, state.scenario, weightsInUse(), rulesOff());
  if (state.bands === "change") {
    view.other = rankSites(state.tenant, againstInUse(), weightsInUse(), rulesOff());
    view.cuts = changeCuts(view.ranking, view.other);
  }
  view.classes = classify(view.ranking);
}

// After a moved weight or a switched rule: only what depends on the order.
function rankAgain() {
  rank();
  sites.repaint();
  drawWhatIf();
  drawEffects();
  drawClusterNames();
  drawKey();
  drawHeadline();
  drawSites();
  drawFound();
  drawDossier();
  rememberSoon();
}

// After another tenant, scenario or language: everything that is said or drawn.
function drawAll() {
  translatePage();
  fillSelect("tenant", data.tenants, state.tenant);
  fillSelect("scenario", data.scenarios, state.scenario);
  tellFeeders(data.scenarios[state.scenario]);
  drawRail();
  drawPlaces();
  drawLayerToggles();
  drawPlaceLists();
  drawWeights();
  drawSwitches();
  drawOmitted();
  drawAbout();
  rankAgain();
  outlineChosen();
  drawLabels();
}

// The site on show, or none (-1): everything that tells which one it is.
function choose(site) {
  state.site = site;
  drawDossier();
  drawSites();
  drawFound();
  outlineChosen();
  drawLabels();
  rememberSoon();
}

function selectSite(site, show = false) {
  choose(site);
  byId("dossier-body").scrollTop = 0;
  if (isPhone()) setSheet("half");
  if (show) showShape(shapeOf(site), Math.max(map.getZoom(), 15.5));
  else map.panInside(boundsOfSite(site).getCenter(), roomLeft());
  byId("dossier-title").focus({ preventScroll: true });
}

function closeDossier() {
  if (state.site < 0) return;
  choose(-1);
  if (isPhone()) setSheet("peek");
}

function listen() {
  const change = (field) => (event) => {
    state[field] = Number(event.target.value);
    drawAll();
    if (state.site < 0 && !bestInView()) showBest();
  };
  const bands = (kind) => () => {
    state.bands = kind;
    rankAgain();
  };
  byId("tenant").addEventListener("change", change("tenant"));
  byId("scenario").addEventListener("change", change("scenario"));
  for (const kind of KINDS) byId(`bands-${kind}`).addEventListener("click", bands(kind));
  byId("against").addEventListener("change", (event) => {
    state.against = Number(event.target.value);
    rankAgain();
  });
  byId("search").addEventListener("input", drawFound);
  byId("search").addEventListener("keydown", (event) => {
    const [first] = findSites();
    if (event.key === "Enter" && first !== undefined) selectSite(first, true);
  });
  byId("reset").addEventListener("click", () => {
    state.weights[state.tenant] = ownWeights(state.tenant);
    drawWeights();
    rankAgain();
  });
  byId("rules-on").addEventListener("click", () => {
    rulesOff().clear();
    drawSwitches();
    rankAgain();
  });
  byId("save-csv").addEventListener("click", saveRanking);
  byId("save-listed").addEventListener("click", () => saveSites(listedSites()));
  byId("save-found").addEventListener("click", () => saveSites(findSites()));
  byId("headline-show").addEventListener("click", showBest);
}

// Draw what a link asks for, or the best place of the first tenant.
function open(hash) {
  const asked = readHash(hash);
  rank();
  if (asked) map.setView(asked.centre, asked.zoom, { animate: false });
  else if (state.site >= 0) showShape(shapeOf(state.site), 15.5);
  else showBest();
  drawAll();
}

// What a test or a curious reader may ask; nothing here changes the page.
function publish() {
  const place = (list, id) => list.findIndex((one) => one.id === id);
  window.nmplan = Object.freeze({
    ranking(tenant, scenario, weights, off = []) {
      const who = place(data.tenants, tenant);
      const { order, scores, ranks } = rankSites(who, place(data.scenarios, scenario), weights ?? ownWeights(who), new Set(off));
      return Array.from(order, (site) => ({ id: data.sites.id[site], score: scores[site], rank: ranks[site] }));
    },
    state() {
      const { language, bands } = state;
      return { tenant: data.tenants[state.tenant].id, scenario: data.scenarios[state.scenario].id, weights: [...weightsInUse()], language, bands, off: [...rulesOff()], site: data.sites.id[state.site] ?? null };
    },
    map,
    counts: () => countClasses(),
    parts: (id) => printedParts(pointsOf(state.tenant, state.scenario, weightsInUse(), siteOf(id))),
    unpack: (text) => Array.from(unpackIntegers(text)),
    column: (number) => Array.from(column(number)),
    words: (name) => [...data.sites[name]],
    kind: (id) => kindOf(siteOf(id)),
    cuts: () => view.cuts,
    place: (x, y) => map.containerPointToLatLng([x, y]),
    at: (x, y) => data.sites.id[siteAt(map.containerPointToLatLng([x, y]), NEAR)] ?? null,
    width: (id) => pixelWidth(siteOf(id)),
    pixel(id) {
      const point = map.latLngToContainerPoint(insideOf(shapeOf(siteOf(id))));
      const { left, top } = map.getContainer().getBoundingClientRect();
      return { x: point.x + left, y: point.y + top };
    },
  });
}

function hasDossier() {
  return state.site >= 0;
}

prepareShell();
drawMap();
listen();
publish();
startShell();
