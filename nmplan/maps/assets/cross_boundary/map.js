// Suppliers, crossings, travel bands and corridors on the ground.

const MASSES = [30, 10, 3, 0];
const RADII = [13, 9, 6, 4];
const PINK = "#CC79A7";
const EDGE = "#7D3560";
const NEAR = 3;
const NEAR_FINGER = 14;
const HALL_SIZE = { goods: 15, people: 11, shut: 11 };

map.createPane("bands").style.zIndex = 250;
map.getPane("bands").style.opacity = 0.72;
// above the names: a bubble can be met, a name can be read elsewhere
map.createPane("symbols").style.zIndex = 630;
map.getPane("symbols").style.pointerEvents = "none";
drawn.bands = L.svg({ pane: "bands", padding: 0.5 });
drawn.symbols = L.svg({ pane: "symbols", padding: 0.5 });
for (const name of ["firms", "halls", "bands", "corridors"]) groups[name] = L.layerGroup();
const chosenMark = L.layerGroup().addTo(map);

function at(thing) {
  return thing.shape[0][0][0];
}

// The class of a size: the first of the falling bounds it reaches.
function massClass(mass) {
  return MASSES.findIndex((least) => mass >= least);
}

function radiusOf(firm) {
  return RADII[massClass(firm.mass)];
}

// Form first: Hong Kong is filled, Shenzhen hollow, the rest of the bay area a ring round a dot, beyond is grey.
function firmLooks(firm) {
  const radius = radiusOf(firm);
  if (firm.jurisdiction === "hong-kong") return [{ radius, weight: 1.2, color: EDGE, fillColor: PINK, fillOpacity: 0.9 }];
  if (firm.jurisdiction === "shenzhen") return [{ radius: radius - 0.6, weight: 1, color: EDGE, fillColor: "#FFFFFF", fillOpacity: 0.7 }, { radius: radius - 1.6, weight: 1.8, color: PINK, fill: false }];
  if (firm.jurisdiction === "greater-bay-area") return [{ radius, weight: 1.2, color: EDGE, fillColor: "#FFFFFF", fillOpacity: 0.7 }, { radius: Math.max(1.4, radius * 0.38), stroke: false, fillColor: EDGE, fillOpacity: 1 }];
  return [{ radius, weight: 1.2, color: "#55626F", fillColor: "#C4CBD1", fillOpacity: 0.9 }];
}

function drawFirms() {
  groups.firms.clearLayers();
  for (const firm of firmsShown()) for (const look of firmLooks(firm)) L.circleMarker(at(firm), { ...look, renderer: drawn.symbols, interactive: false }).addTo(groups.firms);
}

function addIcon(thing, className, size, group) {
  const icon = L.divIcon({ className, iconSize: [size, size], html: "" });
  L.marker(at(thing), { icon, interactive: false, keyboard: false, pane: "symbols" }).addTo(group);
}

function drawHalls() {
  groups.halls.clearLayers();
  for (const hall of halls) addIcon(hall, `diamond ${hallStatus(hall) === "shut" ? "hollow" : ""}`, HALL_SIZE[hallStatus(hall)] - 2, groups.halls);
}

function drawBands() {
  groups.bands.clearLayers();
  [...bandsHere().entries()].reverse().forEach(([order, band]) => {
    L.polygon(shapeIn(bandShapes, band.shape), { renderer: drawn.bands, interactive: false, color: "#FFFFFF", weight: 0.8, fillColor: BAND_COLOURS[bandClass(order)], fillOpacity: 1 }).addTo(groups.bands);
  });
}

function drawCorridors() {
  groups.corridors.clearLayers();
  const alike = mostAlike();
  for (const corridor of corridors) {
    if (corridor.side !== "hong-kong") addIcon(corridor, `square ${alike.has(corridor.id) ? "alike" : ""}`, 13, groups.corridors);
    else if (corridor.id === alikePlaces[state.place]?.id) addIcon(corridor, "square home", 13, groups.corridors);
  }
}

function drawSymbols() {
  drawFirms();
  drawHalls();
  drawBands();
  drawCorridors();
  markChosen();
}

function markChosen() {
  chosenMark.clearLayers();
  const thing = thingChosen();
  if (!thing) return;
  const radius = (state.chosen.kind === "firm" ? radiusOf(thing) : 9) + 4;
  for (const [color, weight] of [["#FFFFFF", 6], ["#111111", 2.5]]) L.circleMarker(at(thing), { ...OUTLINE, renderer: drawn.chosen, radius, color, weight }).addTo(chosenMark);
}

// The nearest symbol on show that a click or a finger meets.
function thingAt(place) {
  const slack = isPhone() ? NEAR_FINGER : NEAR;
  const from = map.latLngToContainerPoint(place);
  const away = (thing) => map.latLngToContainerPoint(at(thing)).distanceTo(from);
  const candidates = [];
  if (state.shown.halls) candidates.push(...halls.map((thing) => ({ kind: "crossing", thing, reach: 8 })));
  if (state.shown.corridors) candidates.push(...corridors.filter((one) => one.side !== "hong-kong").map((thing) => ({ kind: "corridor", thing, reach: 8 })));
  if (state.shown.firms) candidates.push(...firmsShown().map((thing) => ({ kind: "firm", thing, reach: radiusOf(thing) })));
  const met = candidates.map((one) => ({ ...one, far: away(one.thing) })).filter((one) => one.far <= one.reach + slack);
  return met.sort((a, b) => a.far - b.far || a.reach - b.reach)[0] ?? null;
}

const hint = L.tooltip({ direction: "top", offset: [0, -8], className: "hint", pane: "labels" });

function hover({ latlng }) {
  const met = thingAt(latlng);
  map.getContainer().style.cursor = met ? "pointer" : "";
  if (!met || isPhone()) hint.remove();
  else hint.setLatLng(at(met.thing)).setContent(make("span", null, make("b", null, nameOf(met.thing)))).addTo(map);
}

// Round the areas and all but the outermost suppliers: both sides of the boundary.
function sidesBounds() {
  const bounds = homeBounds();
  const along = (axis) => firms.map((firm) => at(firm)[axis]).sort((a, b) => a - b);
  const [lats, lngs] = [along(0), along(1)];
  const end = (list, share) => list[Math.round(share * (list.length - 1))];
  const outermost = isPhone() ? 0.08 : 0.04;
  if (firms.length) for (const share of [outermost, 1 - outermost]) bounds.extend([end(lats, share), end(lngs, share)]);
  return bounds;
}

function widestBounds() {
  const bounds = homeBounds();
  for (const thing of [...firms, ...halls, ...corridors]) bounds.extend(at(thing));
  return bounds;
}

function showBounds(bounds) {
  fitAs(() => {
    const { paddingBottomRight } = roomLeft();
    map.fitBounds(bounds, { paddingTopLeft: [24, isPhone() ? 56 : 24], paddingBottomRight: isPhone() ? paddingBottomRight : [24, 24], animate: false });
  });
}

function drawMap() {
  drawGround();
  drawControls();
  map.setMinZoom(7.5);
  map.setMaxBounds(widestBounds().pad(3));
  map.on("mousemove", hover);
  map.on("mouseout", () => hint.remove());
  map.on("click", ({ latlng }) => {
    const met = thingAt(latlng);
    if (met) choose(met.kind, met.thing);
  });
}

function pageLayers() {
  return { firms: firmsShown(), halls, bands: bandsHere(), corridors };
}

function pageLabels() {
  const labels = [];
  if (state.shown.corridors) {
    const home = corridors.filter((one) => one.id === alikePlaces[state.place]?.id);
    const alike = mostAlike();
    const others = corridors.filter((one) => one.side !== "hong-kong").sort((a, b) => alike.has(b.id) - alike.has(a.id));
    labels.push(...[...home, ...others].map((corridor) => ({ ...corridor, kind: "crossing", at: L.latLng(at(corridor)), from: 8 })));
  }
  if (state.shown.halls) labels.push(...halls.map((hall) => ({ ...hall, kind: "crossing", at: L.latLng(at(hall)), from: 11.5 })));
  return labels;
}
