// Three maps that move together: A and B show at half the scale what the map of the difference shows below them.

const NEAR = 3;
const NEAR_FINGER = 10;
const HALF = 1;
const wide = window.matchMedia("(min-width: 1024px)");

groups.opened = L.layerGroup();

function makeMap(pane) {
  const box = make("div", { id: `map-${pane}`, class: "little", role: "region" });
  map.getContainer().before(box);
  const own = L.map(box, { zoomSnap: 0.25, minZoom: map.getMinZoom() - HALF, maxZoom: map.getMaxZoom() - HALF, zoomControl: false, attributionControl: false, zoomAnimation: false });
  const on = preparePanes(own);
  own.setView(homeBounds().getCenter(), own.getMinZoom());
  return { pane, map: own, on, rail: L.layerGroup().addTo(own), opened: L.layerGroup().addTo(own), title: makeTitle(box), strip: box.appendChild(make("ul", { class: "strip" })) };
}

function makeTitle(box) {
  return box.appendChild(make("p", { class: "pane-title" }));
}

const littles = ["before", "after"].map(makeMap);
const large = { pane: "change", map, on: drawn, title: makeTitle(map.getContainer()) };
const allMaps = [...littles, large];

// The switch between the three where there is room for one.
const paneSwitch = make("div", { id: "pane-switch", class: "switch", role: "group" }, ...PANES.map((pane) => make("button", { type: "button", id: `pane-of-${pane}` })));
map.getContainer().append(paneSwitch);
L.DomEvent.disableClickPropagation(paneSwitch);

// On a narrow screen the one map shows what the reader has switched to.
function paneOf(one) {
  return one === large && !wide.matches ? state.pane : one.pane;
}

for (const one of allMaps) {
  one.sites = new SiteCanvas({ padding: 0.2, classes: () => view.classes[paneOf(one)] });
  one.chosen = L.layerGroup().addTo(one.map);
}

let following = false;

function bringAlong(leader) {
  if (following) return;
  following = true;
  const zoom = leader.map.getZoom() + (leader === large ? 0 : HALF);
  const centre = leader.map.getCenter();
  for (const one of allMaps) if (one !== leader && one.map.getSize().x) one.map.setView(centre, one === large ? zoom : zoom - HALF, { animate: false });
  following = false;
}

// At most once for each picture the screen shows.
function linkMap(leader) {
  let asked = 0;
  leader.map.on("move zoom", () => {
    if (following || asked) return;
    asked = window.requestAnimationFrame(() => {
      asked = 0;
      bringAlong(leader);
    });
  });
}

function isOpening(opens) {
  return opens !== null && opens > data.scenarios[state.before].year && opens <= data.scenarios[state.after].year;
}

function openingLines() {
  return context.lines.filter((line) => isOpening(line.opens));
}

function openingCrossings() {
  const names = new Set(data.works.filter((work) => work.kind === "service" && isOpening(work.opens) && work.user === "people").map((work) => work.en));
  const before = new Set(data.works.filter((work) => work.kind === "service" && !isOpening(work.opens)).map((work) => work.en));
  return context.crossings.filter((crossing) => names.has(crossing.en) && !before.has(crossing.en) && crossing.status !== "open");
}

// A dark casing below what opens, so that the reader sees what the change is due to.
function drawOpened(group, on) {
  group.clearLayers();
  for (const line of openingLines()) {
    L.polyline(line.shape.map((part) => part[0]), { ...OUTLINE, renderer: on.above, color: "#1B2733", weight: on === drawn ? 7 : 5, lineCap: "round" }).addTo(group);
  }
  for (const crossing of openingCrossings()) {
    L.circleMarker(crossing.shape[0][0][0], { renderer: on.above, interactive: false, radius: on === drawn ? 11 : 7, color: "#1B2733", weight: 2, fillColor: "#FFFFFF", fillOpacity: 0.75 }).addTo(group);
  }
}

function drawMaps() {
  view.pane = paneOf(large);
  drawOpened(groups.opened, drawn);
  drawRail();
  for (const little of littles) {
    if (little.pane === "after") drawOpened(little.opened, little.on);
    little.rail.clearLayers();
    drawLines(little.rail, little.on, scenarioOf(little.pane).year, context.lines.filter((line) => line.mode === "heavy-rail"));
  }
  for (const one of allMaps) one.sites.repaint();
}

const hint = L.tooltip({ direction: "top", offset: [0, -6], className: "hint", pane: "labels" });

function hover(one, latlng) {
  const site = siteAt(latlng, NEAR);
  one.map.getContainer().style.cursor = site < 0 ? "" : "pointer";
  if (site < 0 || isPhone()) hint.remove();
  else hint.setLatLng(latlng).setContent(make("span", null, make("b", null, siteName(site)), ` · ${changeText(site)}`)).addTo(one.map);
}

// A pin as well: on a site a few pixels wide no outline is seen.
function outlineChosen() {
  for (const one of allMaps) {
    one.chosen.clearLayers();
    if (state.site < 0) continue;
    for (const [color, weight] of [["#FFFFFF", 5], ["#111111", 2.5]]) L.polygon(shapeOf(state.site), { ...OUTLINE, renderer: one.on.chosen, color, weight, lineJoin: "round" }).addTo(one.chosen);
    const pin = L.divIcon({ className: "pin", iconSize: [20, 20], iconAnchor: [10, 25], html: "" });
    L.marker(insideOf(shapeOf(state.site)), { icon: pin, interactive: false, keyboard: false, pane: "labels" }).addTo(one.chosen);
  }
}

function drawGrounds() {
  drawGround();
  for (const little of littles) {
    drawLand(little.map, little.on);
    drawOutlines(little.map, little.on);
  }
  for (const one of allMaps) {
    one.sites.addTo(one.map);
    one.map.on("mousemove", ({ latlng }) => hover(one, latlng));
    one.map.on("mouseout", () => hint.remove());
    one.map.on("click", ({ latlng }) => {
      const site = siteAt(latlng, isPhone() ? NEAR_FINGER : NEAR * (one === large ? 1 : 2));
      if (site >= 0) selectSite(site);
    });
    linkMap(one);
  }
  drawControls();
}

function resizeMaps() {
  for (const one of allMaps) one.map.invalidateSize({ animate: false });
  bringAlong(large);
}
