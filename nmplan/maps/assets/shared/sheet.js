// The printed sheet: the view as vectors and its key.

const SVG = "http://www.w3.org/2000/svg";
const SHEET_WIDTH = 1000;
const SHEET_HEIGHT = 640;

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
function sheetMap(paintSites, paintOver) {
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
  if (state.shown.crossings) sheetSymbols(picture, project, context.crossings, { r: 4.5, fill: "#1B2733", stroke: "#FFFFFF", "stroke-width": 1.5 });
  if (state.shown.suppliers) sheetSymbols(picture, project, context.suppliers, { r: 3.5, fill: "#CC79A7", stroke: "#FFFFFF" });
  sheetLabels(picture, project);
  return picture;
}

function sheetSymbols(picture, project, things, look) {
  for (const thing of things) {
    const [cx, cy] = project(thing.shape[0][0][0]);
    if (cx > 0 && cx < SHEET_WIDTH && cy > 0 && cy < SHEET_HEIGHT) picture.append(vector("circle", { cx, cy, ...look }));
  }
}

function sheetLabels(picture, project) {
  labelLayer.eachLayer((marker) => {
    const { lat, lng } = marker.getLatLng();
    const [x, y] = project([lat, lng]);
    if (x < 30 || x > SHEET_WIDTH - 30 || y < 14 || y > SHEET_HEIGHT - 6) return;
    const text = vector("text", { x, y, "text-anchor": "middle", "font-size": 13, "font-weight": 600, fill: "#1B2733", stroke: "#FFFFFF", "stroke-width": 3, "paint-order": "stroke" });
    text.textContent = marker.options.icon.options.html.querySelector("b").textContent;
    picture.append(text);
  });
}

function sheetKey() {
  const rows = Array.from(byId("key-classes").children, (row) => row.cloneNode(true));
  const layers = layerNames().filter((name) => name !== "labels" && name !== "suppliers" && name !== "crossings" && state.shown[name]);
  rows.push(...layers.map((name) => make("li", null, swatch(`layer-${name}`), byId(`layer-${name}`).parentNode.textContent)));
  return make("ul", { class: "sheet-key" }, ...rows);
}
