// From a choice to what is drawn, and the first drawing.

// After another tenant, scenario or language: everything that is said or drawn.
function drawAll() {
  translatePage();
  fillSelect("tenant", data.tenants, state.tenant);
  fillSelect("scenario", data.scenarios, state.scenario);
  tellFeeders(data.scenarios[state.scenario]);
  view.classes = classify();
  sites.repaint();
  drawRail();
  drawClusters();
  drawHotSpots();
  drawPortfolioSites();
  drawLayerToggles();
  drawHeadline();
  drawKey();
  drawCards();
  drawPortfolio();
  drawCapacity();
  drawAbout();
  drawDossier();
  outlineChosen();
  drawLabels();
  rememberSoon();
}

function choose(id) {
  state.cluster = id;
  markCard();
  drawDossier();
  outlineChosen();
  drawLabels();
  rememberSoon();
}

function selectCluster(id, show = false) {
  choose(id);
  byId("dossier-body").scrollTop = 0;
  if (isPhone()) setSheet("half");
  const cluster = clusterChosen();
  if (show) showShape(cluster.shape, Math.max(map.getZoom(), 14.5));
  else {
    byId("cards").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    map.panInside(boundsOf(cluster.shape).getCenter(), roomLeft());
  }
  byId("dossier-title").focus({ preventScroll: true });
}

function closeDossier() {
  if (!state.cluster) return;
  const card = byId("cards").querySelector("[aria-current]");
  choose("");
  if (isPhone()) setSheet("peek");
  card?.focus({ preventScroll: true });
}

function hasDossier() {
  return state.cluster !== "";
}

// The portfolio is seen while its tab is open, in place of the sites' scores.
function showTab(tab) {
  state.tab = tab;
  const told = tab === "portfolio" && portfolioSites().length > 0;
  if (told !== state.shown.portfolio) {
    toggleLayer("portfolio", told);
    toggleLayer("sites", !told);
    drawLayerToggles();
  }
  drawClusters();
  drawKey();
  rememberSoon();
}

function tabOpen() {
  return TABS.find((tab) => byId(`tab-${tab}`).getAttribute("aria-selected") === "true");
}

function listen() {
  const change = (field) => (event) => {
    state[field] = Number(event.target.value);
    if (!clusterChosen()) state.cluster = "";
    drawAll();
    showTab(state.tab);
  };
  byId("tenant").addEventListener("change", change("tenant"));
  byId("scenario").addEventListener("change", change("scenario"));
  const tabs = document.querySelector("[role=tablist]");
  for (const kind of ["click", "keydown"]) tabs.addEventListener(kind, () => {
    if (tabOpen() === state.tab) return;
    showTab(tabOpen());
    if (state.shown.portfolio) showAll();
  });
  byId("key-layers").addEventListener("change", () => {
    drawClusters();
    drawKey();
  });
  byId("headline-show").addEventListener("click", () => selectCluster(clustersShown()[0].id, true));
}

// Draw what a link asks for, or all clusters of all tenants.
function open(hash) {
  const asked = readHash(hash);
  openTab(state.tab);
  const cluster = clusterChosen();
  if (asked) map.setView(asked.centre, asked.zoom, { animate: false });
  else if (cluster) showShape(cluster.shape, 14.5);
  else showAll();
  drawAll();
  showTab(state.tab);
}

// What a test or a curious reader may ask; nothing here changes the page.
function publish() {
  window.nmplan = Object.freeze({
    state: () => ({ tenant: data.tenants[state.tenant].id, scenario: scenarioShown().id, cluster: state.cluster, tab: state.tab, language: state.language }),
    map,
    order: () => clustersShown().map((cluster) => cluster.id),
    figures: (id) => {
      const cluster = clustersShown().find((one) => one.id === id);
      return Object.fromEntries(Object.keys(data.steps).map((name) => [name, cluster.figure(name)]));
    },
    pixel(id) {
      const { x, y } = map.latLngToContainerPoint(middleOf(clustersShown().find((cluster) => cluster.id === id).shape));
      const { left, top } = map.getContainer().getBoundingClientRect();
      return { x: x + left, y: y + top };
    },
  });
}

prepareShell();
drawMap();
listen();
publish();
startShell();
