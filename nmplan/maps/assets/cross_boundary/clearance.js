// What faster goods clearance buys and what it lets go: supply access against the leaked share.

const CHART = { width: 328, left: 44, right: 24, top: 18, floor: 40 };
const HEIGHTS = { close: 250, whole: 170 };
const LINES = [["#1B2733", null], ["#0072B2", "7 4"], ["#D55E00", "2 3"], ["#6B4E9B", "9 3 2 3"]];

function frontierOf(area) {
  const points = thisScenario().frontier[data.tenants[state.tenant].id]?.[area] ?? [];
  return points.filter((point) => point.leaked_share !== null && point.supply_access !== null);
}

// The chosen area first, then those the study compares, each that has a frontier.
function frontierLines() {
  const places = [data.places[state.area], ...data.places.filter((place) => place.focus)];
  const lines = [...new Set(places)].filter(Boolean).map((place) => ({ place, points: frontierOf(place.id) }));
  return lines.filter(({ points }) => points.some((point) => !point.closed)).slice(0, LINES.length);
}

// Round steps (1, 2 or 5 times a power of ten), about four of them.
function ticksOf([low, high]) {
  const rough = (high - low) / 4;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = ten * [1, 2, 5, 10].find((one) => one * ten >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, place) => (first + place) * step);
}

function rangeOf(figures, room) {
  const [low, high] = [Math.min(...figures), Math.max(...figures)];
  const more = Math.max((high - low) * room, 0.004);
  return [Math.max(0, low - more), Math.min(1, high + more)];
}

function decimalsOf([low, high], scale) {
  return (high - low) * scale < 4 ? (scale === 1 && high - low < 0.04 ? 3 : scale === 1 ? 2 : 1) : 0;
}

function writing(x, y, text, attributes = {}) {
  const node = vector("text", { x, y, "font-size": 11, fill: "#1B2733", ...attributes });
  node.textContent = text;
  return node;
}

function axes(picture, height, across, up, ranges) {
  const { width, left, right, top, floor } = CHART;
  const [xs, ys] = ranges;
  const xDecimals = decimalsOf(xs, 100);
  const yDecimals = decimalsOf(ys, 1) || 1;
  for (const tick of ticksOf(ys)) {
    picture.append(vector("path", { d: `M${left} ${up(tick).toFixed(1)}H${width - right}`, stroke: "#E3E8EC" }));
    picture.append(writing(left - 5, up(tick) + 4, number(tick, yDecimals), { "text-anchor": "end", fill: "#55626F" }));
  }
  for (const tick of ticksOf(xs)) picture.append(writing(across(tick), height - floor + 15, percent(tick, xDecimals), { "text-anchor": "middle", fill: "#55626F" }));
  picture.append(vector("path", { d: `M${left} ${top}V${height - floor}H${width - right}`, fill: "none", stroke: "#8A949D" }));
  picture.append(writing((left + width - right) / 2, height - 6, say("leaked_axis"), { "text-anchor": "middle" }));
  picture.append(writing(4, 11, say("access_axis"), {}));
}

// Lines of points; in the close-up the closed boundary lies outside and only its direction is drawn.
function drawChart(lines, whole) {
  const { width, left, right, top, floor } = CHART;
  const height = HEIGHTS[whole ? "whole" : "close"];
  const seen = lines.flatMap(({ points }) => points.filter((point) => whole || !point.closed));
  const ranges = whole ? [[0, 1], [0, Math.max(...seen.map((point) => point.supply_access)) * 1.1]] : [rangeOf(seen.map((point) => point.leaked_share), 0.2), rangeOf(seen.map((point) => point.supply_access), 0.16)];
  const [[west, east], [south, north]] = ranges;
  const across = (share) => left + ((share - west) / (east - west)) * (width - right - left);
  const up = (access) => height - floor - ((access - south) / (north - south)) * (height - floor - top);
  const picture = vector("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: whole ? "whole" : "close", "aria-label": say(whole ? "frontier_whole" : "frontier_close") });
  axes(picture, height, across, up, ranges);
  [...lines.entries()].reverse().forEach(([place, line]) => picture.append(chartLine(line, place, { across, up, whole })));
  return picture;
}

function chartLine({ place, points }, order, { across, up, whole }) {
  const [colour, dash] = LINES[order];
  const group = vector("g", { "data-area": place.id });
  const shown = points.filter((point) => whole || !point.closed);
  const path = shown.map((point) => `${across(point.leaked_share).toFixed(2)},${up(point.supply_access).toFixed(2)}`).join(" ");
  group.append(vector("polyline", { points: path, fill: "none", stroke: colour, "stroke-width": order ? 1.6 : 2.6, "stroke-dasharray": dash }));
  for (const point of shown) {
    const [cx, cy] = [across(point.leaked_share), up(point.supply_access)];
    group.append(vector("circle", { cx: cx.toFixed(2), cy: cy.toFixed(2), r: order ? 3 : 4, fill: point.closed ? "#FFFFFF" : colour, stroke: colour, "stroke-width": 1.5, "data-leaked": point.leaked_share, "data-access": point.supply_access, "data-clearance": point.closed ? "closed" : point.clearance_share }));
    if (order) continue;
    if (isOwn(point)) {
      group.append(vector("ellipse", { class: "own", cx: cx.toFixed(2), cy: cy.toFixed(2), rx: 8, ry: 8, fill: "none", stroke: "#111111", "stroke-width": 1.5 }));
      if (!whole) group.append(writing(cx + 11, cy + 12, say("scenario_stands"), { stroke: "#FFFFFF", "stroke-width": 3, "paint-order": "stroke" }));
    }
    if (point.closed) group.append(writing(cx + 10, cy + 14, say("boundary_closed"), {}));
    else if (!whole) group.append(writing(cx - 7, cy - 6, percent(point.clearance_share), { "text-anchor": "end", "font-weight": 600, stroke: "#FFFFFF", "stroke-width": 3, "paint-order": "stroke" }));
  }
  return group;
}

// What the scenario's own goods policies leave, where they apply at every crossing both ways; null where they do not.
function ownShare() {
  const own = thisScenario().levers.filter((lever) => lever.user === "goods");
  return own.length && own.every((lever) => !lever.crossings.length && lever.direction === null) ? own.reduce((left, lever) => left * lever.share, 1) : null;
}

function isOwn(point) {
  return !point.closed && ownShare() !== null && Math.abs(point.clearance_share - ownShare()) < 1e-9;
}

function pointAt(points, share) {
  return points.find((point) => !point.closed && point.clearance_share === share);
}

// Said in words what the points show; nothing is said that was not measured.
function frontierSentences({ place, points }) {
  const [today, half, none] = [1, 0.5, 0].map((share) => pointAt(points, share));
  const closed = points.find((point) => point.closed);
  const change = (key, from, to) => say(key, { area: nameOf(place), a: number(from.supply_access, 3), b: number(to.supply_access, 3), c: percent(from.leaked_share, 1), d: percent(to.leaked_share, 1) });
  const said = [];
  if (today && half) said.push(change("halving", today, half));
  if (today && none) said.push(change("no_clearance", today, none));
  if (today && closed) said.push(say("closing", { area: nameOf(place), a: number(closed.supply_access, 3), share: percent(1 - closed.supply_access / today.supply_access) }));
  return said;
}

function frontierTable({ points }) {
  const heads = ["clearance_head", "access_head", "leaked_head", "captive_share_head"].map((key) => make("th", { scope: "col" }, say(key)));
  const rows = [...points].reverse().map((point) => make("tr", null, make("th", { scope: "row" }, [point.closed ? say("boundary_closed") : percent(point.clearance_share), isOwn(point) ? say("scenario_stands") : ""].filter(Boolean).join(" · ")), make("td", null, number(point.supply_access, 3)), make("td", null, percent(point.leaked_share, 1)), make("td", null, percent(point.captive_share, 1))));
  return make("table", { class: "figures" }, make("thead", null, make("tr", null, ...heads)), make("tbody", null, ...rows.reverse()));
}

function drawClearance() {
  const lines = frontierLines();
  const own = lines[0]?.place === data.places[state.area] ? lines[0] : null;
  const said = own ? frontierSentences(own) : [say(lines.length ? "frontier_not_here" : "frontier_none", { area: nameOf(data.places[state.area] ?? { en: "", zh: "" }) })];
  const first = thisScenario().levers.some((lever) => lever.user === "goods") && lines.length ? [make("p", { class: "muted" }, say("without_own_policy"))] : [];
  byId("frontier-said").replaceChildren(...first, ...said.map((text, place) => make("p", { class: place || !own ? null : "lead" }, text)));
  byId("frontier").replaceChildren(...(lines.length ? [make("figcaption", null, say("frontier_close")), drawChart(lines, false), make("figcaption", null, say("frontier_whole")), drawChart(lines, true)] : []));
  byId("frontier-key").replaceChildren(...lines.map(({ place }, order) => make("li", null, lineSample(order), nameOf(place))));
  byId("frontier-table").replaceChildren(...(own ? [frontierTable(own)] : []));
  byId("frontier-note").textContent = lines.length ? say("clearance_note", { tenant: nameOf(data.tenants[state.tenant]) }) : "";
}

function lineSample(order) {
  const [colour, dash] = LINES[order];
  const sample = vector("svg", { viewBox: "0 0 30 10", width: 30, height: 10, "aria-hidden": "true" });
  sample.append(vector("path", { d: "M0 5H30", stroke: colour, "stroke-width": order ? 1.8 : 2.8, "stroke-dasharray": dash }));
  return sample;
}
