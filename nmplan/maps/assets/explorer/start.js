// From a choice to what is drawn, and the first drawing.

const view = { ranking: null, exclusions: null };

function isPhone() {
  return window.matchMedia("(max-width: 760px)").matches;
}

function rank() {
  view.ranking = rankSites(state.tenant, state.scenario, weightsInUse());
  view.exclusions = exclusionsOf(state.tenant, state.scenario);
}

// After a moved weight: only what depends on the order.
function rankAgain() {
  rank();
  colourSites();
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
  drawRail();
  drawPlaces();
  drawLayerToggles();
  drawPlaceLists();
  drawWeights();
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
  if (show) showShape(siteShapes[site], Math.max(map.getZoom(), 15.5));
  else map.panInside(boundsOf(siteShapes[site]).getCenter(), roomLeft());
  byId("dossier-title").focus({ preventScroll: true });
}

function closeDossier() {
  if (state.site < 0) return;
  choose(-1);
  if (isPhone()) setSheet("peek");
}

const STOPS = ["peek", "half", "full"];

function setSheet(stop) {
  document.body.dataset.sheet = stop;
  const height = { peek: 96, half: window.innerHeight * 0.5, full: window.innerHeight * 0.92 }[stop];
  document.body.style.setProperty("--sheet-px", `${Math.round(height)}px`);
}

function nextStop() {
  setSheet(STOPS[(STOPS.indexOf(document.body.dataset.sheet) + 1) % STOPS.length]);
}

// The sheet follows the finger and settles at the nearest stop; a mere tap goes one stop on.
function dragSheet(handle) {
  let from = null;
  handle.addEventListener("pointerdown", (event) => {
    from = event.clientY;
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointerup", (event) => {
    const moved = from === null ? 0 : from - event.clientY;
    from = null;
    if (Math.abs(moved) < 12) return;
    const at = STOPS.indexOf(document.body.dataset.sheet);
    const steps = Math.abs(moved) > window.innerHeight * 0.45 ? 2 : 1;
    setSheet(STOPS[Math.min(2, Math.max(0, at + Math.sign(moved) * steps))]);
    handle.dataset.dragged = "yes";
  });
  handle.addEventListener("click", () => {
    if (handle.dataset.dragged) delete handle.dataset.dragged;
    else nextStop();
  });
}

async function copyLink() {
  window.history.replaceState(null, "", hashOfState());
  try {
    await navigator.clipboard.writeText(window.location.href);
    announce(say("link_copied"));
  } catch {
    announce(say("link_in_address"));
  }
}

function listen() {
  const change = (field) => (event) => {
    state[field] = Number(event.target.value);
    drawAll();
  };
  const bands = (kind) => () => {
    state.bands = kind;
    rankAgain();
  };
  byId("tenant").addEventListener("change", change("tenant"));
  byId("scenario").addEventListener("change", change("scenario"));
  byId("bands-rank").addEventListener("click", bands("rank"));
  byId("bands-score").addEventListener("click", bands("score"));
  byId("language").addEventListener("click", () => {
    state.language = state.language === "en" ? "zh" : "en";
    drawAll();
  });
  byId("print").addEventListener("click", () => window.print());
  byId("link").addEventListener("click", copyLink);
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
  byId("headline-show").addEventListener("click", showBest);
  byId("close").addEventListener("click", closeDossier);
  byId("key-toggle").addEventListener("click", () => {
    openKey(byId("key").classList.contains("closed"));
    drawLabels();
  });
  for (const tab of TABS) {
    byId(`tab-${tab}`).addEventListener("click", () => {
      openTab(tab);
      if (document.body.dataset.sheet === "peek") setSheet("half");
    });
    byId(`tab-${tab}`).addEventListener("keydown", moveTab);
  }
  for (const handle of document.querySelectorAll(".handle")) dragSheet(handle);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeDossier();
  });
  window.addEventListener("beforeprint", drawSheet);
  window.addEventListener("resize", () => setSheet(document.body.dataset.sheet));
  window.addEventListener("hashchange", () => open(window.location.hash));
  map.on("zoomend", drawRail);
  map.on("moveend", () => {
    drawLabels();
    rememberSoon();
  });
}

// Draw what a link asks for, or the best place of the first tenant.
function open(hash) {
  const asked = readHash(hash);
  rank();
  if (asked) map.setView(asked.centre, asked.zoom, { animate: false });
  else if (state.site >= 0) showShape(siteShapes[state.site], 15.5);
  else showBest();
  drawAll();
}

// What a test or a curious reader may ask; nothing here changes the page.
function publish() {
  const place = (list, id) => list.findIndex((one) => one.id === id);
  window.nmplan = Object.freeze({
    ranking(tenant, scenario, weights) {
      const who = place(data.tenants, tenant);
      const { order, scores, ranks } = rankSites(who, place(data.scenarios, scenario), weights ?? ownWeights(who));
      return order.map((site) => ({ id: data.sites.id[site], score: scores[site], rank: ranks[site] }));
    },
    state() {
      const { language, bands } = state;
      return { tenant: data.tenants[state.tenant].id, scenario: data.scenarios[state.scenario].id, weights: [...weightsInUse()], language, bands, site: data.sites.id[state.site] ?? null };
    },
    counts: () => countClasses(),
    parts: (id) => printedParts(pointsOf(state.tenant, state.scenario, weightsInUse(), siteNumber.get(id))),
    width: (id) => pixelWidth(siteNumber.get(id)),
    pixel(id) {
      const point = map.latLngToContainerPoint(insideOf(siteShapes[siteNumber.get(id)]));
      const { left, top } = map.getContainer().getBoundingClientRect();
      return { x: point.x + left, y: point.y + top };
    },
  });
}

state.language = "en";
setSheet("peek");
openTab("find");
openKey(window.innerWidth > 1100);
map.fitBounds(homeBounds(), { animate: false });
drawMap();
labelLayer.addTo(map);
for (const [name, group] of Object.entries(groups)) if (state.shown[name]) group.addTo(map);
open(window.location.hash);
listen();
publish();
document.body.classList.add("ready");
