// What the explorer draws on the ground: its sites on one canvas, clusters and sandboxes above.

const COLOURS = ["#1F2A63", "#2B6CA3", "#45A3B5", "#9CCFA6", "#FBE9A0"];
const places = data.scenarios.map((scenario) => ({ clusters: withShapes(scenario.clusters), sandboxes: withShapes(scenario.sandboxes) }));
groups.clusters = L.layerGroup();
groups.sandboxes = L.layerGroup();

let hatch = "#FFFFFF";
let dots = "#FFFFFF";

function pattern(draw) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const pen = tile.getContext("2d");
  pen.fillStyle = "#FFFFFF";
  pen.fillRect(0, 0, 6, 6);
  pen.strokeStyle = pen.fillStyle = "#8A949D";
  draw(pen);
  return pen.createPattern(tile, "repeat");
}

function drawHatch(pen) {
  pen.lineWidth = 1;
  for (const from of [-6, 0, 6]) {
    pen.moveTo(from, 6);
    pen.lineTo(from + 6, 0);
  }
  pen.stroke();
}

function drawDots(pen) {
  pen.fillRect(1, 1, 1.6, 1.6);
  pen.fillRect(4, 4, 1.6, 1.6);
}

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

const sitePolygons = siteShapes.map((shape, site) =>
  L.polygon(shape, { renderer: drawn.sites, color: "#FFFFFF", weight: 1, fillOpacity: 1, fillColor: "#FFFFFF", bubblingMouseEvents: false })
    .on("click", () => tapSite(site))
    .on("mouseover", (event) => showHint(site, event.latlng))
    .on("mouseout", () => hint.remove()),
);

const hint = L.tooltip({ direction: "top", offset: [0, -6], className: "hint", pane: "labels" });

// A tooltip that follows a finger only hides the site.
function showHint(site, place) {
  if (isPhone()) return;
  const rank = view.ranking.ranks[site];
  const what = rank ? say("rank_of", { rank: number(rank), count: number(view.ranking.count) }) : say(view.exclusions.get(site)?.every((row) => row.undecided) ? "undecided" : "excluded");
  hint.setLatLng(place).setContent(make("span", null, make("b", null, siteName(site)), ` · ${what}`)).addTo(map);
}

function colourSites() {
  sitePolygons.forEach((polygon, site) => {
    if (view.ranking.ranks[site]) polygon.setStyle({ fillColor: COLOURS[bandOf(view.ranking, site)], color: "#FFFFFF", weight: 1 });
    else polygon.setStyle({ fillColor: isUndecided(site) ? dots : hatch, color: "#8A949D", weight: 0.8 });
  });
}

function isUndecided(site) {
  const rows = view.exclusions.get(site) ?? [];
  return !view.ranking.ranks[site] && rows.every((row) => row.undecided);
}

const chosenOutline = L.layerGroup().addTo(map);

function outlineChosen() {
  chosenOutline.clearLayers();
  if (state.site < 0) return;
  for (const [color, weight] of [["#FFFFFF", 5], ["#111111", 2.5]]) {
    L.polygon(siteShapes[state.site], { ...OUTLINE, renderer: drawn.chosen, color, weight, lineJoin: "round" }).addTo(chosenOutline);
  }
  // A pin as well: on a site a few pixels wide no outline is seen.
  const pin = L.divIcon({ className: "pin", iconSize: [20, 20], iconAnchor: [10, 25], html: "" });
  L.marker(insideOf(siteShapes[state.site]), { icon: pin, interactive: false, keyboard: false, pane: "labels" }).addTo(chosenOutline);
}

function pixelWidth(site) {
  const bounds = boundsOf(siteShapes[site]);
  const west = map.latLngToContainerPoint(bounds.getSouthWest());
  const east = map.latLngToContainerPoint(bounds.getNorthEast());
  return Math.min(east.x - west.x, west.y - east.y);
}

// On a phone the first tap on a site too narrow for a finger only comes nearer.
function tapSite(site) {
  if (isPhone() && pixelWidth(site) < 24) map.setView(boundsOf(siteShapes[site]).getCenter(), map.getZoom() + Math.ceil(Math.log2(30 / pixelWidth(site))));
  else selectSite(site);
}

function drawMap() {
  hatch = pattern(drawHatch);
  dots = pattern(drawDots);
  drawGround();
  for (const polygon of sitePolygons) polygon.addTo(map);
  drawControls();
}
