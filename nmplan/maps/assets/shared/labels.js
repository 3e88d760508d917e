// Names on the map in both languages: the weightiest first, none over another, none twice.

const ruler = document.createElement("canvas").getContext("2d");
const labelLayer = L.layerGroup();

function centreOf(shape) {
  return boundsOf(shape).getCenter();
}

// Above the outline, so that the name of a place does not hide its sites.
function topOf(shape) {
  const bounds = boundsOf(shape);
  return L.latLng(bounds.getNorth(), bounds.getCenter().lng);
}

function labelCandidates() {
  const at = (thing) => L.latLng(thing.shape[0][0][0]);
  const candidates = pageLabels();
  candidates.push(...context.areas.map((area) => ({ ...area, kind: "area", at: centreOf(area.shape), from: 11, until: 14.4 })));
  if (state.shown.crossings) candidates.push(...context.crossings.map((crossing) => ({ ...crossing, kind: "crossing", at: at(crossing), from: 12 })));
  if (state.shown.rail) candidates.push(...context.stations.map((station) => ({ ...station, kind: "station", at: at(station), from: { "light-rail": 15.5, metro: 14.5 }[station.mode] ?? 13 })));
  candidates.push(...[...context.places].sort((a, b) => a.min_zoom - b.min_zoom).map((place) => ({ ...place, kind: "place", at: at(place), from: place.min_zoom ?? 12 })));
  return candidates;
}

function sizeOf(label) {
  const [first, second] = label.lines;
  ruler.font = "600 12.5px system-ui, sans-serif";
  const widthFirst = ruler.measureText(first).width;
  ruler.font = "11px system-ui, sans-serif";
  return { width: Math.max(widthFirst, ruler.measureText(second).width) + 8, height: second ? 31 : 18 };
}

// The box a label would cover; beside its symbol where it has one.
function boxOf(label) {
  const { width, height } = sizeOf(label);
  const { x, y } = map.latLngToContainerPoint(label.at);
  const left = label.kind === "station" || label.kind === "crossing" ? x + 8 : x - width / 2;
  const top = label.kind === "cluster" || label.kind === "sandbox" ? y - height - 3 : y - height / 2;
  return { left, right: left + width, top, bottom: top + height };
}

function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function boxOnMap(id) {
  const { left, top } = map.getContainer().getBoundingClientRect();
  const box = byId(id).getBoundingClientRect();
  return { left: box.left - left, right: box.right - left, top: box.top - top, bottom: box.bottom - top };
}

function drawLabels() {
  labelLayer.clearLayers();
  if (!state.shown.labels) return;
  const zoom = map.getZoom();
  const size = map.getSize();
  const screen = { left: 0, top: 0, right: size.x, bottom: size.y };
  const taken = ["key", "dossier"].map(boxOnMap);
  const said = new Set();
  for (const label of labelCandidates()) {
    if (zoom < label.from || zoom > (label.until ?? 30)) continue;
    const [first, second] = state.language === "en" ? [label.en, label.zh] : [label.zh, label.en];
    label.lines = [first, second === first ? "" : second];
    const box = boxOf(label);
    if (!first || said.has(first) || !overlap(box, screen) || taken.some((other) => overlap(box, other))) continue;
    taken.push(box);
    said.add(first);
    addLabel(label);
  }
}

function addLabel(label) {
  const [first, second] = label.lines;
  const other = state.language === "en" ? TAGS.zh : TAGS.en;
  const text = make("span", null, make("b", null, first), second ? make("i", { lang: other }, second) : null);
  const icon = L.divIcon({ className: `label ${label.kind}`, iconSize: [0, 0], html: text });
  L.marker(label.at, { icon, interactive: false, keyboard: false, pane: "labels" }).addTo(labelLayer);
}
