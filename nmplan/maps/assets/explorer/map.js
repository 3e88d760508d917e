// What the explorer draws on the ground: its sites on one canvas, clusters and sandboxes above.

// Pixels by which a click, or a finger, may miss a site.
const NEAR = 2;
const NEAR_FINGER = 10;

const places = data.scenarios.map((scenario) => ({ clusters: withShapes(scenario.clusters), sandboxes: withShapes(scenario.sandboxes) }));
groups.clusters = L.layerGroup();
groups.sandboxes = L.layerGroup();

function tenantClusters(scenario = state.scenario) {
  const id = data.tenants[state.tenant].id;
  const own = places[scenario].clusters.filter((cluster) => cluster.tenant === id);
  return own.sort((a, b) => (b.mean_score ?? 0) - (a.mean_score ?? 0) || (b.area_ha ?? 0) - (a.area_ha ?? 0));
}

function drawPlaces() {
  groups.clusters.clearLayers();
  groups.sandboxes.clearLayers();
  for (const cluster of tenantClusters()) {
    L.polygon(cluster.shape, { ...OUTLINE, renderer: drawn.above, color: "#111111", weight: 2.5 }).addTo(groups.clusters);
  }
  for (const sandbox of places[state.scenario].sandboxes) {
    const accepted = sandbox.outcome === "accepted";
    L.polygon(sandbox.shape, { ...OUTLINE, renderer: drawn.above, color: "#D55E00", weight: accepted ? 3 : 1.8, dashArray: accepted ? "9 5" : "2 5" }).addTo(groups.sandboxes);
  }
}

const sites = new SiteCanvas({ padding: 0.1, classes: () => view.classes });

const hint = L.tooltip({ direction: "top", offset: [0, -6], className: "hint", pane: "labels" });

// A tooltip that follows a finger only hides the site.
function showHint(site, place) {
  if (isPhone()) return;
  const rank = view.ranking.ranks[site];
  const what = rank ? say("rank_of", { rank: number(rank), count: number(view.ranking.count) }) : say(isUndecided(site) ? "undecided" : "excluded");
  hint.setLatLng(place).setContent(make("span", null, make("b", null, siteName(site)), ` · ${what}`, openMark(site))).addTo(map);
}

function hover({ latlng }) {
  const site = siteAt(latlng, NEAR);
  map.getContainer().style.cursor = site < 0 ? "" : "pointer";
  if (site < 0) hint.remove();
  else showHint(site, latlng);
}

const chosenOutline = L.layerGroup().addTo(map);

function outlineChosen() {
  chosenOutline.clearLayers();
  if (state.site < 0) return;
  for (const [color, weight] of [["#FFFFFF", 5], ["#111111", 2.5]]) {
    L.polygon(shapeOf(state.site), { ...OUTLINE, renderer: drawn.chosen, color, weight, lineJoin: "round" }).addTo(chosenOutline);
  }
  // A pin as well: on a site a few pixels wide no outline is seen.
  const pin = L.divIcon({ className: "pin", iconSize: [20, 20], iconAnchor: [10, 25], html: "" });
  L.marker(insideOf(shapeOf(state.site)), { icon: pin, interactive: false, keyboard: false, pane: "labels" }).addTo(chosenOutline);
}

function pixelWidth(site) {
  const across = Math.min(extent.east[site] - extent.west[site], extent.south[site] - extent.north[site]);
  return across * 256 * 2 ** map.getZoom();
}

// On a phone the first tap on a site too narrow for a finger only comes nearer.
function tapSite(site) {
  if (isPhone() && pixelWidth(site) < 24) map.setView(boundsOfSite(site).getCenter(), map.getZoom() + Math.ceil(Math.log2(30 / pixelWidth(site))));
  else selectSite(site);
}

function drawMap() {
  drawGround();
  sites.addTo(map);
  map.on("mousemove", hover);
  map.on("mouseout", () => hint.remove());
  map.on("click", ({ latlng }) => {
    const site = siteAt(latlng, isPhone() ? NEAR_FINGER : NEAR);
    if (site >= 0) tapSite(site);
  });
  drawControls();
}
