// The ground of every map: land, nature, rail, boundary, crossings; the sites of a page lie between them.

const STATIONS_FROM = 12.75;
const OUTLINE = { interactive: false, fill: false };

// Panes of a map in their order, and a renderer for each that holds lines.
function preparePanes(target) {
  for (const [name, level] of [["land", 200], ["above", 450], ["chosen", 460], ["labels", 620]]) {
    target.createPane(name).style.zIndex = level;
    if (level > 400) target.getPane(name).style.pointerEvents = "none";
  }
  return Object.fromEntries(["land", "above", "chosen"].map((pane) => [pane, L.svg({ pane, padding: 0.5 })]));
}

const drawn = preparePanes(map);
const context = Object.fromEntries(Object.entries(data.context).map(([name, layer]) => [name, withShapes(layer)]));
const groups = Object.fromEntries(["rail", "crossings", "suppliers", "conservation"].map((name) => [name, L.layerGroup()]));

// The least and the largest of many steps, in degrees.
function ends(steps) {
  return [Math.min, Math.max].map((further) => steps.reduce((end, one) => further(end, one)) / STEPS_PER_DEGREE);
}

function homeBounds() {
  if (!siteCount) return L.latLngBounds(context.areas.flatMap((area) => area.shape.flatMap((part) => part[0])));
  const [west, east] = ends(siteRings.x);
  const [south, north] = ends(siteRings.y);
  return L.latLngBounds([south, west], [north, east]);
}

function boundsOf(shape) {
  return L.latLngBounds(shape.flatMap((part) => part[0]));
}

function drawLand(target = map, on = drawn) {
  const fills = { "hong-kong": "#F7F5F0", mainland: "#ECE8E1" };
  const masses = [...context.land].sort((a, b) => (a.side === "hong-kong") - (b.side === "hong-kong"));
  for (const mass of masses) {
    L.polygon(mass.shape, { renderer: on.land, interactive: false, color: "#A9BCC9", weight: 1, fillColor: fills[mass.side] ?? fills["hong-kong"], fillOpacity: 1 }).addTo(target);
  }
  if (!masses.length) target.getContainer().classList.add("no-coast");
}

function natureColour(land) {
  return { water: "#C3D6E2", conservation: "#DCE8D2" }[land.kind] ?? "#E2EBDA";
}

function drawConservation() {
  for (const land of context.constraints) {
    L.polygon(land.shape, { renderer: drawn.land, interactive: false, stroke: false, fillColor: natureColour(land), fillOpacity: 0.85 }).addTo(groups.conservation);
  }
}

function drawOutlines(target = map, on = drawn) {
  for (const area of context.areas) {
    L.polygon(area.shape, { ...OUTLINE, renderer: on.land, color: "#55626F", weight: 1.2, dashArray: "3 4", opacity: 0.8 }).addTo(target);
  }
  for (const line of context.boundary) {
    L.polyline(line.shape.map((part) => part[0]), { ...OUTLINE, renderer: on.above, color: "#7A0F4F", weight: line.kind === "sea" ? 1.4 : 2, dashArray: "10 4 2 4" }).addTo(target);
  }
}

function isPlanned(thing, year = shownYear()) {
  return thing.opens !== null && thing.opens > year;
}

function isSmall(station) {
  return station.mode === "light-rail" || station.mode === "metro";
}

function drawRail() {
  groups.rail.clearLayers();
  drawLines(groups.rail, drawn, shownYear());
  drawStations();
}

// The metro across the boundary is a web of straight lines: from afar it stays in the background.
function drawLines(group, on, year, lines = context.lines) {
  const far = map.getZoom() < STATIONS_FROM;
  for (const line of lines) {
    const parts = line.shape.map((part) => part[0]);
    const weight = { "light-rail": 1.6, metro: far ? 1.2 : 2, "high-speed": 1.4 }[line.mode] ?? 3;
    if (line.mode !== "metro" || !far) L.polyline(parts, { ...OUTLINE, renderer: on.above, color: "#FFFFFF", weight: weight + 2, opacity: 0.7 }).addTo(group);
    L.polyline(parts, { ...OUTLINE, renderer: on.above, color: line.colour, weight, opacity: { metro: far ? 0.3 : 0.65, "high-speed": 0.5 }[line.mode] ?? 1, dashArray: isPlanned(line, year) ? "7 6" : null, lineCap: "butt" }).addTo(group);
  }
}

function drawStations() {
  const colours = new Map(context.lines.map((line) => [line.line_id, line.colour]));
  for (const station of context.stations) {
    const small = isSmall(station);
    if (map.getZoom() < (small ? 14.5 : STATIONS_FROM)) continue;
    L.circleMarker(station.shape[0][0][0], {
      renderer: drawn.above, interactive: false, radius: small ? 2.2 : 3.5, weight: small ? 1.2 : 2,
      color: colours.get(station.line_id) ?? "#1B2733", fillColor: isPlanned(station) ? "#F7F5F0" : "#FFFFFF", fillOpacity: 1, dashArray: isPlanned(station) ? "2 2" : null,
    }).addTo(groups.rail);
  }
}

function drawPoints() {
  for (const supplier of context.suppliers) {
    L.circleMarker(supplier.shape[0][0][0], { renderer: drawn.above, interactive: false, radius: 3.5, weight: 1, color: "#FFFFFF", fillColor: "#CC79A7", fillOpacity: 1 }).addTo(groups.suppliers);
  }
  for (const crossing of context.crossings) {
    const icon = L.divIcon({ className: `diamond ${crossing.status === "open" ? "" : "hollow"}`, iconSize: [11, 11], html: "" });
    L.marker(crossing.shape[0][0][0], { icon, interactive: false, keyboard: false, pane: "labels" }).addTo(groups.crossings);
  }
}

// The middle of the longest stretch inside the shape on the parallel through its middle.
function insideOf(shape) {
  const lat = boundsOf(shape).getCenter().lat;
  const cuts = shape.flat().flatMap((ring) => ring.map((point, place) => [point, ring[(place + 1) % ring.length]]))
    .filter(([a, b]) => a[0] > lat !== b[0] > lat)
    .map(([a, b]) => a[1] + ((lat - a[0]) / (b[0] - a[0])) * (b[1] - a[1]))
    .sort((a, b) => a - b);
  const stretches = cuts.filter((_, place) => place % 2 === 0).map((west, place) => [west, cuts[2 * place + 1]]);
  const [west, east] = stretches.reduce((best, one) => (one[1] - one[0] > best[1] - best[0] ? one : best));
  return [lat, (west + east) / 2];
}

function keyWidth() {
  return byId("key").classList.contains("closed") ? 0 : byId("key").offsetWidth;
}

function roomLeft() {
  const phone = isPhone();
  const dossier = hasDossier();
  const sheet = Number.parseInt(getComputedStyle(document.body).getPropertyValue("--sheet-px"), 10) || 0;
  return {
    paddingTopLeft: [phone ? 16 : keyWidth() + 24, phone ? 56 : 40],
    paddingBottomRight: [!phone && dossier ? 420 : 40, phone ? sheet + 24 : 40],
  };
}

function showShape(shape, maxZoom = 16.5) {
  map.fitBounds(boundsOf(shape), { ...roomLeft(), maxZoom });
}

// Land, nature, outlines and symbols, below and above what a page draws itself.
function drawGround() {
  drawLand();
  drawConservation();
  drawOutlines();
  drawPoints();
}

function drawControls() {
  L.control.scale({ position: "bottomright", imperial: false }).addTo(map);
  L.control.zoom({ position: "topright" }).addTo(map);
  map.setMaxBounds(homeBounds().pad(1.2));
}
