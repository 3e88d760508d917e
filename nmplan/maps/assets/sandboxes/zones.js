// The zones of the page: which are shown, and how they are drawn.

const outlineRings = unpackRings(data.shapes);
const outlines = Array.from({ length: outlineRings.shapes.length - 1 }, (_, number) => shapeIn(outlineRings, number));
const zones = data.scenarios.map((scenario) => scenario.zones.map((zone) => ({ ...zone, shape: outlines[zone.shape] })));
const neighbours = withShapes(data.neighbours);

for (const name of ["refused", "neighbours", "sandboxes"]) groups[name] = L.layerGroup();

function isShownKind(kind) {
  return state.kind === ALL || state.kind === kind;
}

// Accepted, undecided and refused ones, each the readiest first.
function shownZones(scenario = state.scenario) {
  return zones[scenario].filter((zone) => isShownKind(zone.kind));
}

function zonesThat(outcome) {
  return shownZones().filter((zone) => zone.outcome === outcome);
}

function shownNeighbours() {
  return neighbours.filter((one) => one.kinds.some(isShownKind));
}

function chosenZone() {
  return shownZones().find((zone) => zone.land === state.land);
}

// The zone the page opens with: the readiest accepted one, or where none is accepted the readiest undecided one.
function readiest() {
  return [...zonesThat("accepted"), ...zonesThat("undecided")].find((zone) => zone.readiness !== null);
}

function kindOf(zone) {
  return data.kinds[zone.kind];
}

// Points as they are printed, and the sum that is printed below them.
function printedPoints(zone) {
  return printedParts(zone.ledger.map((row) => row.points));
}

function readinessText(zone) {
  if (zone.readiness === null) return say("unknown");
  return number(zone.ledger.length ? printedPoints(zone).total : zone.readiness, 1);
}

function areaOf(list) {
  return list.reduce((sum, zone) => sum + (zone.area_ha ?? 0), 0);
}

// The rule most of whose land it is that fails; null where the land passes them and is too small.
function mainRule(zone) {
  const failed = zone.rules.map((rule, place) => ({ ...rule, place })).filter((rule) => rule.outcome === "failed");
  return failed.length ? failed.reduce((most, rule) => (rule.area_ha > most.area_ha ? rule : most)).place : null;
}

// Forms of hatching by rule; the last two are land that is too small, and refused land of all kinds.
const HATCHES = [
  ["#55626F", "M-1 1l2 -2M0 7l7 -7M6 8l2 -2"], ["#7A5195", "M0 2h7M0 5.5h7"], ["#2F7D4F", "M-1 6l2 2M0 0l7 7M6 -1l2 2"],
  ["#80620B", "M2 0v7M5.5 0v7"], ["#0B5C8A", "M0 7l7 -7M0 0l7 7"],
];
const SMALL = ["#55626F", "M1 3h2.5M4.5 6.5h2"];
const REFUSED = ["#8A949D", "M-1 1l2 -2M0 7l7 -7M6 8l2 -2"];

function hatchOf(zone) {
  return state.kind === ALL ? "any" : hatchName(mainRule(zone));
}

function hatchName(rule) {
  return rule === null ? "small" : `rule-${rule % HATCHES.length}`;
}

function hatchLook(name) {
  return { any: REFUSED, small: SMALL }[name] ?? HATCHES[Number(name.slice(5))];
}

// Patterns are found by their name anywhere in the document; the sheet that is printed has its own.
function hatchDefinitions(prefix) {
  const definitions = vector("defs", {});
  for (const name of ["any", "small", ...HATCHES.map((_, place) => `rule-${place}`)]) {
    const [stroke, d] = hatchLook(name);
    const pattern = vector("pattern", { id: `${prefix}-${name}`, width: 7, height: 7, patternUnits: "userSpaceOnUse" });
    pattern.append(vector("path", { d, stroke, "stroke-width": name === "any" ? 0.8 : 1.1, fill: "none" }));
    definitions.append(pattern);
  }
  return definitions;
}

function prepareHatches() {
  const holder = vector("svg", { width: 0, height: 0, class: "definitions", "aria-hidden": "true" });
  holder.append(hatchDefinitions("hatch"));
  document.body.append(holder);
}

function lookOf(zone) {
  if (zone.outcome === "accepted") return { color: "#D55E00", weight: 3, dashArray: "9 5", fillColor: "#D55E00", fillOpacity: 0.16 };
  return { color: "#D55E00", weight: 1.8, dashArray: "2 5", fill: false };
}

function drawZones() {
  for (const name of ["refused", "neighbours", "sandboxes"]) groups[name].clearLayers();
  for (const zone of zonesThat("refused")) {
    const name = hatchOf(zone);
    L.polygon(zone.shape, { interactive: false, renderer: drawn.above, color: hatchLook(name)[0], weight: 0.8, opacity: 0.7, fillColor: `url(#hatch-${name})`, fillOpacity: name === "any" ? 0.7 : 0.9 }).addTo(groups.refused);
  }
  for (const one of shownNeighbours()) {
    L.polygon(one.shape, { interactive: false, renderer: drawn.above, color: "#0072B2", weight: 2, dashArray: "1 5", lineCap: "round", fillColor: "#0072B2", fillOpacity: 0.08 }).addTo(groups.neighbours);
  }
  for (const zone of [...zonesThat("undecided"), ...zonesThat("accepted")].reverse()) {
    L.polygon(zone.shape, { interactive: false, renderer: drawn.above, ...lookOf(zone) }).addTo(groups.sandboxes);
  }
}

const chosenOutline = L.layerGroup().addTo(map);

// The zone on show is outlined and pinned; before one is chosen none stands out.
function outlineChosen() {
  chosenOutline.clearLayers();
  const zone = chosenZone();
  if (!zone) return;
  for (const [color, weight] of [["#FFFFFF", 5], ["#111111", 2.5]]) {
    L.polygon(zone.shape, { ...OUTLINE, renderer: drawn.chosen, color, weight, lineJoin: "round" }).addTo(chosenOutline);
  }
  const pin = L.divIcon({ className: "pin", iconSize: [20, 20], iconAnchor: [10, 25], html: "" });
  L.marker(insideOf(zone.shape), { icon: pin, interactive: false, keyboard: false, pane: "labels" }).addTo(chosenOutline);
}

function isInside(shape, { lat, lng }) {
  let inside = false;
  for (const ring of shape.flat()) {
    ring.forEach(([north, east], place) => {
      const [before, beside] = ring[(place + ring.length - 1) % ring.length];
      if (north > lat !== before > lat && lng < beside + ((lat - before) / (north - before)) * (east - beside)) inside = !inside;
    });
  }
  return inside;
}

// Zones under a place, the smallest first: one of another kind may lie inside a larger one.
function zonesAt(place) {
  const layers = { accepted: "sandboxes", undecided: "sandboxes", refused: "refused" };
  return shownZones().filter((zone) => state.shown[layers[zone.outcome]] && isInside(zone.shape, place)).sort((a, b) => (a.outcome === "refused") - (b.outcome === "refused") || a.area_ha - b.area_ha);
}

// Where zones lie on each other a further click takes the next.
function clickZone({ latlng }) {
  const under = zonesAt(latlng);
  if (!under.length) return;
  const at = under.findIndex((zone) => zone.land === state.land);
  selectZone(under[(at + 1) % under.length]);
}

const hint = L.tooltip({ direction: "top", offset: [0, -6], className: "hint", pane: "labels" });

function hover({ latlng }) {
  const [zone] = zonesAt(latlng);
  map.getContainer().style.cursor = zone ? "pointer" : "";
  if (!zone || isPhone()) hint.remove();
  else hint.setLatLng(latlng).setContent(make("span", null, make("b", null, nameOf(zone)), ` · ${standingText(zone)}`)).addTo(map);
}

function standingText(zone) {
  const ready = zone.outcome === "refused" ? "" : say("readiness", { score: readinessText(zone) });
  return [sayWord("outcome", zone.outcome), say("hectares", { area: number(zone.area_ha, 1) }), ready].filter(Boolean).join(" · ");
}

function drawMap() {
  prepareHatches();
  drawGround();
  map.on("mousemove", hover);
  map.on("mouseout", () => hint.remove());
  map.on("click", clickZone);
  drawControls();
}

// All accepted zones; where none is, all undecided ones; where none of these is, all areas.
function showAll() {
  const [accepted, undecided] = ["accepted", "undecided"].map(zonesThat);
  const shapes = (accepted.length ? accepted : undecided).flatMap((zone) => zone.shape);
  if (shapes.length) map.fitBounds(boundsOf(shapes), { ...roomLeft(), maxZoom: 14.5, animate: false });
  else map.fitBounds(homeBounds(), { animate: false });
}
