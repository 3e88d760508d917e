// The printed sheet: the view as vectors and its key.

const SVG = "http://www.w3.org/2000/svg";
const SHEET_WIDTH = 1000;
const SHEET_HEIGHT = 640;

const SHEET_CROSSING = { r: 4.5, fill: "#1B2733", stroke: "#FFFFFF", "stroke-width": 1.5 };
const SHEET_HOLLOW = { r: 4.5, fill: "#FFFFFF", stroke: "#1B2733", "stroke-width": 1.5 };
const SHEET_CROSSINGS = {
  open: [SHEET_CROSSING],
  hollow: [SHEET_HOLLOW],
  opening: [{ r: 9, fill: "#FFFFFF", stroke: "#1B2733", "stroke-width": 2 }, SHEET_CROSSING],
  closing: [SHEET_HOLLOW, { d: "M-8-8L8 8M-8 8L8-8", stroke: "#9B1C1C", "stroke-width": 2.5 }],
};

function vector(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(name, value);
  return node;
}

// From degrees to the sheet: the screen's view, widened to the sheet's proportions.
function sheetProjection() {
  const zoom = map.getZoom();
  const bounds = map.getPixelBounds();
  const scale = Math.min(SHEET_WIDTH / bounds.getSize().x, SHEET_HEIGHT / bounds.getSize().y);
  const middle = bounds.getCenter();
  return ([lat, lng]) => {
    const point = map.project([lat, lng], zoom);
    return [(point.x - middle.x) * scale + SHEET_WIDTH / 2, (point.y - middle.y) * scale + SHEET_HEIGHT / 2];
  };
}

function pathOf(shape, project, closed) {
  return shape.flat().map((ring) => `M${ring.map((point) => project(point).map((pixel) => pixel.toFixed(1)).join(" ")).join("L")}${closed ? "Z" : ""}`).join("");
}

function inSheet(shape, project) {
  return shape.some((part) => {
    const points = part[0].map(project);
    const xs = points.map((point) => point[0]);
    const ys = points.map((point) => point[1]);
    return Math.max(...xs) > 0 && Math.min(...xs) < SHEET_WIDTH && Math.max(...ys) > 0 && Math.min(...ys) < SHEET_HEIGHT;
  });
}

// paintSites and paintOver get draw(things with a shape, attributes of a thing, closed) and, for anything else, the picture:
// one comes below rail and boundary, the other above.
// Of names: how many at most, and how large in the sheet's pixels; of crossings: which look each has.
function sheetMap(paintSites, paintOver, { lookOf = lookByStatus, ...names } = {}) {
  const project = sheetProjection();
  const picture = vector("svg", { viewBox: `0 0 ${SHEET_WIDTH} ${SHEET_HEIGHT}`, role: "img", "aria-label": byId("key-title").textContent });
  const draw = (things, attributes, closed = true) => {
    for (const thing of things) if (inSheet(thing.shape, project)) picture.append(vector("path", { d: pathOf(thing.shape, project, closed), fill: "none", ...attributes(thing) }));
  };
  picture.append(vector("rect", { width: SHEET_WIDTH, height: SHEET_HEIGHT, fill: context.land.length ? "#D6E2EA" : "#F7F5F0" }));
  draw([...context.land].sort((a, b) => (a.side === "hong-kong") - (b.side === "hong-kong")), (mass) => ({ fill: mass.side === "mainland" ? "#ECE8E1" : "#F7F5F0", stroke: "#A9BCC9" }));
  if (state.shown.conservation) draw(context.constraints, (land) => ({ fill: natureColour(land) }));
  paintSites(draw, picture);
  draw(context.areas, () => ({ stroke: "#55626F", "stroke-dasharray": "3 4" }));
  if (state.shown.rail) draw(context.lines, (line) => ({ stroke: line.colour, "stroke-width": 2.4, "stroke-dasharray": isPlanned(line) ? "7 6" : null }), false);
  draw(context.boundary, () => ({ stroke: "#7A0F4F", "stroke-width": 2, "stroke-dasharray": "10 4 2 4" }), false);
  paintOver(draw, picture);
  if (state.shown.rail && map.getZoom() >= STATIONS_FROM) sheetSymbols(picture, project, context.stations.filter((station) => !isSmall(station)), { r: 3.5, fill: "#FFFFFF", stroke: "#1B2733", "stroke-width": 1.5 });
  if (state.shown.crossings) for (const [look, marks] of Object.entries(SHEET_CROSSINGS)) for (const mark of marks) sheetSymbols(picture, project, context.crossings.filter((crossing) => lookOf(crossing) === look), mark);
  if (state.shown.suppliers) sheetSymbols(picture, project, context.suppliers, { r: 3.5, fill: "#CC79A7", stroke: "#FFFFFF" });
  sheetLabels(picture, project, names);
  return picture;
}

function sheetSymbols(picture, project, things, look) {
  for (const thing of things) {
    const [cx, cy] = project(thing.shape[0][0][0]);
    if (cx > 0 && cx < SHEET_WIDTH && cy > 0 && cy < SHEET_HEIGHT) picture.append(look.d ? vector("path", { transform: `translate(${cx} ${cy})`, ...look }) : vector("circle", { cx, cy, ...look }));
  }
}

// The weightiest of those on the screen, none over another.
function sheetLabels(picture, project, { most = Infinity, size = 13 }) {
  const taken = [];
  labelLayer.eachLayer((marker) => {
    const { lat, lng } = marker.getLatLng();
    const [x, y] = project([lat, lng]);
    const name = marker.options.icon.options.html.querySelector("b").textContent;
    ruler.font = `600 ${size}px system-ui, sans-serif`;
    const half = ruler.measureText(name).width / 2 + 6;
    const box = { left: x - half, right: x + half, top: y - size, bottom: y + size / 2 };
    const inside = box.left > 0 && box.right < SHEET_WIDTH && box.top > 0 && box.bottom < SHEET_HEIGHT;
    if (!inside || taken.length >= most || taken.some((other) => overlap(box, other))) return;
    taken.push(box);
    const text = vector("text", { x, y, "text-anchor": "middle", "font-size": size, "font-weight": 600, fill: "#1B2733", stroke: "#FFFFFF", "stroke-width": size / 4, "paint-order": "stroke" });
    text.textContent = name;
    picture.append(text);
  });
}

function sheetKey() {
  const rows = Array.from(byId("key-classes").children, (row) => row.cloneNode(true));
  const layers = layerNames().filter((name) => name !== "labels" && name !== "suppliers" && name !== "crossings" && state.shown[name]);
  rows.push(...layers.map((name) => make("li", null, swatch(`layer-${name}`), byId(`layer-${name}`).parentNode.textContent)));
  return make("ul", { class: "sheet-key" }, ...rows);
}
