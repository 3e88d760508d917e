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

// As in shell.css: names of areas are larger and spaced.
const LABEL_FONTS = { area: ["600 13px", 0.52], cluster: ["700 13px", 0] };

function sizeOf(label) {
  const [first, second] = label.lines;
  const [font, spacing] = LABEL_FONTS[label.kind] ?? ["600 12.5px", 0];
  ruler.font = `${font} system-ui, sans-serif`;
  const widthFirst = ruler.measureText(first).width + spacing * first.length;
  ruler.font = "11px system-ui, sans-serif";
  return { width: Math.max(widthFirst, ruler.measureText(second).width) + 8, height: second ? 31 : 18 };
}

const BESIDE = 8;
const SHIFT = 60;

function isBeside(label) {
  return label.kind === "station" || label.kind === "crossing";
}

// The boxes a label may cover, the best first: beside its symbol on either side, else about its place; whatever would
// be cut at the edge moves into the screen where that is not far.
function boxesOf(label, screen) {
  const { width, height } = sizeOf(label);
  const { x, y } = map.latLngToContainerPoint(label.at);
  const above = label.kind === "cluster" || label.kind === "sandbox";
  const lefts = isBeside(label) ? [x + BESIDE, x - BESIDE - width] : [x - width / 2];
  return lefts.map((left) => {
    const top = above ? y - height - 3 : y - height / 2;
    const dx = isBeside(label) ? 0 : Math.max(screen.left - left, 0) + Math.min(screen.right - left - width, 0);
    const dy = Math.max(screen.top - top, 0) + Math.min(screen.bottom - top - height, 0);
    return { left: left + dx, right: left + dx + width, top: top + dy, bottom: top + dy + height, dx, dy, before: isBeside(label) && left < x };
  }).filter(({ left, right, dx, dy }) => left >= screen.left && right <= screen.right && Math.hypot(dx, dy) <= SHIFT);
}

function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function boxOnMap(id) {
  return boxOfNode(byId(id));
}

function boxOfNode(node) {
  const { left, top } = map.getContainer().getBoundingClientRect();
  const box = node.getBoundingClientRect();
  return { left: box.left - left, right: box.right - left, top: box.top - top, bottom: box.bottom - top };
}

function symbolBoxes() {
  const shown = ["crossings", "suppliers"].filter((name) => state.shown[name]).flatMap((name) => context[name]);
  return shown.map((thing) => map.latLngToContainerPoint(thing.shape[0][0][0])).map(({ x, y }) => ({ left: x - 6, right: x + 6, top: y - 6, bottom: y + 6 }));
}

// What is seen of the map: above the sheet of a phone.
function screenOfLabels() {
  const { x, y } = map.getSize();
  const covered = isPhone() ? Number.parseInt(getComputedStyle(document.body).getPropertyValue("--sheet-px"), 10) || 0 : 0;
  return { left: 0, top: 0, right: x, bottom: y - covered };
}

function drawLabels() {
  labelLayer.clearLayers();
  if (!state.shown.labels) return;
  const zoom = map.getZoom();
  const screen = screenOfLabels();
  const controls = map.getContainer().querySelectorAll(".leaflet-control, .pane-title, .switch");
  const taken = [...["key", "dossier"].map(boxOnMap), ...Array.from(controls, boxOfNode), ...symbolBoxes()];
  const said = new Set();
  for (const label of labelCandidates()) {
    if (zoom < label.from || zoom > (label.until ?? 30)) continue;
    const [first, second] = state.language === "en" ? [label.en, label.zh] : [label.zh, label.en];
    if (!first || said.has(first)) continue;
    label.lines = [first, second === first ? "" : second];
    const box = boxesOf(label, screen).find((one) => !taken.some((other) => overlap(one, other)));
    if (!box) continue;
    taken.push(box);
    said.add(first);
    addLabel(label, box);
  }
}

function addLabel(label, { dx, dy, before }) {
  const [first, second] = label.lines;
  const other = state.language === "en" ? TAGS.zh : TAGS.en;
  const text = make("span", null, make("b", null, first), second ? make("i", { lang: other }, second) : null);
  const icon = L.divIcon({ className: `label ${label.kind}${before ? " before" : ""}`, iconSize: [0, 0], iconAnchor: [-dx, -dy], html: text });
  L.marker(label.at, { icon, interactive: false, keyboard: false, pane: "labels" }).addTo(labelLayer);
}
