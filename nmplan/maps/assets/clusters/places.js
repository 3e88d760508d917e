// What the page draws on the ground: sites faintly below, clusters above, hot spots and the portfolio where asked for.

const LETTER_ROOM = 13;
const TINY = 10;
const SPOT_COLOURS = { hot: "#F1A340", cold: "#542788" };
const BROAD_FROM = 13;
const PORTFOLIO_COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F3C8D", "#6B6B6B"];

const sites = new SiteCanvas({ padding: 0.1, classes: () => view.classes });
const letters = L.layerGroup();
for (const name of ["clusters", "hot_spots", "portfolio"]) groups[name] = L.layerGroup();
groups.sites = L.layerGroup([sites]);
const chosenOutline = L.layerGroup();

// On a small scale broad lines would leave nothing of what they surround; round the portfolio clusters step back.
function outlineLook() {
  if (state.shown.portfolio) return { color: "#55626F", weight: 1, fill: false };
  return { color: "#111111", weight: map.getZoom() < BROAD_FROM ? 1.4 : 2.5, fill: true };
}

function drawClusters() {
  groups.clusters.clearLayers();
  for (const cluster of clustersShown()) {
    L.polygon(cluster.shape, { ...outlineLook(), renderer: drawn.above, interactive: false, fillColor: classColour(clusterClass(cluster)), fillOpacity: 0.6 }).addTo(groups.clusters);
  }
}

function spotSites(sign) {
  const spots = column(scenarioShown().spots[state.tenant]);
  return Array.from(spots.keys()).filter((site) => spots[site] === sign);
}

function drawHotSpots() {
  groups.hot_spots.clearLayers();
  for (const [sign, color, dashArray] of [[1, SPOT_COLOURS.hot, null], [-1, SPOT_COLOURS.cold, "2 3"]]) {
    for (const site of spotSites(sign)) L.polygon(shapeOf(site), { ...OUTLINE, renderer: drawn.chosen, color, weight: 1.8, dashArray }).addTo(groups.hot_spots);
  }
}

function letterOf(tenant) {
  const letter = String.fromCharCode(65 + (tenant % 26));
  return tenant < 26 ? letter : `${letter}${Math.floor(tenant / 26) + 1}`;
}

function portfolioColour(tenant) {
  return PORTFOLIO_COLOURS[tenant % PORTFOLIO_COLOURS.length];
}

function portfolioSites() {
  return scenarioShown().portfolio?.sites ?? [];
}

function drawPortfolioSites() {
  groups.portfolio.clearLayers();
  for (const [site, tenant] of portfolioSites()) {
    const look = { renderer: drawn.above, interactive: false, color: "#1B2733", weight: 0.6, fillColor: portfolioColour(tenant), fillOpacity: 0.9 };
    // a site of a few pixels shows no colour: a dot stands for it
    const [place, across] = [insideOf(shapeOf(site)), boundsOfSite(site)];
    const pixels = map.latLngToContainerPoint(across.getSouthEast()).distanceTo(map.latLngToContainerPoint(across.getNorthWest()));
    (pixels < TINY ? L.circleMarker(place, { ...look, radius: 5 }) : L.polygon(shapeOf(site), look)).addTo(groups.portfolio);
  }
  letters.addTo(groups.portfolio);
  drawLetters();
}

// A letter per site says whose it is without its colour; none over another.
function drawLetters() {
  letters.clearLayers();
  const taken = [];
  for (const [site, tenant] of portfolioSites()) {
    const place = insideOf(shapeOf(site));
    const { x, y } = map.latLngToContainerPoint(place);
    if (taken.some((other) => Math.abs(other.x - x) < LETTER_ROOM && Math.abs(other.y - y) < LETTER_ROOM)) continue;
    taken.push({ x, y });
    const icon = L.divIcon({ className: "letter", iconSize: [0, 0], html: make("b", null, letterOf(tenant)) });
    L.marker(place, { icon, interactive: false, keyboard: false, pane: "labels" }).addTo(letters);
  }
}

// A point inside the largest part: a cluster may have several, with nothing on the parallel through the middle of all.
function middleOf(shape) {
  const size = (part) => {
    const bounds = boundsOf([part]);
    return (bounds.getNorth() - bounds.getSouth()) * (bounds.getEast() - bounds.getWest());
  };
  return insideOf([shape.reduce((best, part) => (size(part) > size(best) ? part : best))]);
}

function outlineChosen() {
  chosenOutline.clearLayers();
  const cluster = clusterChosen();
  if (!cluster) return;
  for (const [color, weight] of [["#FFFFFF", 7], ["#111111", 3.5]]) {
    L.polygon(cluster.shape, { ...OUTLINE, renderer: drawn.chosen, color, weight, lineJoin: "round" }).addTo(chosenOutline);
  }
  const pin = L.divIcon({ className: "pin", iconSize: [20, 20], iconAnchor: [10, 25], html: "" });
  L.marker(middleOf(cluster.shape), { icon: pin, interactive: false, keyboard: false, pane: "labels" }).addTo(chosenOutline);
}

function isInside(shape, { lat, lng }) {
  let inside = false;
  for (const ring of shape.flat()) {
    ring.forEach((point, place) => {
      const other = ring[(place + 1) % ring.length];
      if (point[0] > lat !== other[0] > lat && lng < point[1] + ((lat - point[0]) / (other[0] - point[0])) * (other[1] - point[1])) inside = !inside;
    });
  }
  return inside;
}

// The cluster at a place of the map; on a small scale the one whose middle a finger or the mouse is close to.
function clusterAt(latlng) {
  const clusters = clustersShown();
  const within = clusters.find((cluster) => isInside(cluster.shape, latlng));
  if (within) return within;
  const reach = isPhone() ? 22 : 8;
  const far = (cluster) => map.latLngToContainerPoint(latlng).distanceTo(map.latLngToContainerPoint(middleOf(cluster.shape)));
  const near = clusters.map((cluster) => ({ cluster, pixels: far(cluster) })).filter(({ pixels }) => pixels < reach);
  return near.sort((a, b) => a.pixels - b.pixels)[0]?.cluster;
}

const hint = L.tooltip({ direction: "top", offset: [0, -6], className: "hint", pane: "labels" });

function hover({ latlng }) {
  const cluster = isPhone() ? undefined : clusterAt(latlng);
  map.getContainer().style.cursor = cluster ? "pointer" : "";
  if (!cluster) hint.remove();
  else hint.setLatLng(latlng).setContent(make("span", null, make("b", null, nameOf(cluster)), ` · ${say("mean_points", { score: points(cluster) })}`)).addTo(map);
}

// The portfolio, or all clusters of the tenant; all sites where there is neither.
function showAll() {
  const shapes = state.tab === "portfolio" && portfolioSites().length ? portfolioSites().map(([site]) => shapeOf(site)) : clustersShown().map((cluster) => cluster.shape);
  const bounds = shapes.reduce((all, shape) => all.extend(boundsOf(shape)), L.latLngBounds([]));
  map.fitBounds(bounds.isValid() ? bounds : homeBounds(), { ...roomLeft(), maxZoom: 15, animate: false });
}

function drawMap() {
  drawGround();
  chosenOutline.addTo(map);
  map.on("zoomend", () => {
    drawClusters();
    drawPortfolioSites();
  });
  map.on("mousemove", hover);
  map.on("mouseout", () => hint.remove());
  map.on("click", ({ latlng }) => {
    const cluster = clusterAt(latlng);
    if (cluster) selectCluster(cluster.id);
  });
  drawControls();
}
