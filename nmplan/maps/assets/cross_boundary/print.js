// What the page prints: the map, its key, whose supply is in reach, what clearance buys, and the caveat.

function sheetSquares(picture, project) {
  const alike = mostAlike();
  for (const corridor of corridors.filter((one) => one.side !== "hong-kong")) {
    const [x, y] = project(at(corridor));
    picture.append(vector("rect", { x: x - 5, y: y - 5, width: 10, height: 10, fill: alike.has(corridor.id) ? "#111111" : "#FFFFFF", stroke: "#111111", "stroke-width": 1.5 }));
  }
}

function paintBands(draw) {
  if (state.shown.bands) draw([...bandsHere().entries()].reverse().map(([order, band]) => ({ order, shape: shapeIn(bandShapes, band.shape) })), ({ order }) => ({ fill: BAND_COLOURS[bandClass(order)], "fill-opacity": 0.75 }));
}

function paintSymbols(_, picture) {
  const project = sheetProjection();
  if (state.shown.firms) for (const firm of firmsShown()) for (const look of firmLooks(firm)) sheetSymbols(picture, project, [firm], { r: look.radius, fill: look.fill === false ? "none" : look.fillColor, "fill-opacity": look.fillOpacity ?? null, stroke: look.stroke === false ? "none" : look.color, "stroke-width": look.weight ?? null });
  if (state.shown.corridors) sheetSquares(picture, project);
  if (state.shown.halls) for (const hall of halls) {
    const [x, y] = project(at(hall));
    const half = HALL_SIZE[hallStatus(hall)] / 2;
    if (x > 0 && x < SHEET_WIDTH && y > 0 && y < SHEET_HEIGHT) picture.append(vector("path", { d: `M${x} ${y - half}l${half} ${half}l${-half} ${half}l${-half} ${-half}z`, fill: hallStatus(hall) === "shut" ? "#FFFFFF" : "#1B2733", stroke: hallStatus(hall) === "shut" ? "#1B2733" : "#FFFFFF" }));
  }
}

// Its classes say what the page's own layers show; the ground's layers follow.
function keyOnSheet() {
  const key = sheetKey();
  for (const name of Object.keys(pageLayers())) key.querySelector(`.layer-${name}`)?.closest("li").remove();
  return key;
}

function sheetShares() {
  const told = sharesHere();
  if (!told) return make("p", null, byId("headline-name").textContent);
  const printed = printedShares(sideShares(told));
  const rows = SIDES.map((side, place) => make("tr", null, make("th", { scope: "row" }, sideName(side)), make("td", null, sideText(told, side, printed[place]))));
  return make("div", null, make("table", null, make("caption", null, byId("shares-head").textContent), make("tbody", null, ...rows)), make("ul", { class: "plain" }, ...apartLines(told).map((line) => make("li", null, line))));
}

function sheetFrontier() {
  const [own] = frontierLines().filter(({ place }) => place === data.places[state.area]);
  return own ? make("div", null, make("h3", null, say("frontier_whole")), ...frontierSentences(own).map((text) => make("p", null, text)), frontierTable(own)) : make("p", null, byId("frontier-said").textContent);
}

function drawSheet() {
  const thing = thingChosen();
  byId("sheet").replaceChildren(
    make("h1", null, byId("title").textContent),
    make("p", { class: "sheet-who" }, [byId("headline-what").textContent, byId("headline-name").textContent, byId("headline-how").textContent].filter(Boolean).join(" · ")),
    sheetMap(paintBands, paintSymbols),
    keyOnSheet(),
    make("p", { class: "sheet-caveat" }, `${data.stamp[`caveat_${state.language}`]} ${stampText()}`),
    make("div", { class: "sheet-tables" }, sheetFrontier(), sheetShares()),
    ...(thing ? [make("article", { class: "sheet-dossier" }, make("h2", null, nameOf(thing)), ...byId("dossier-body").cloneNode(true).childNodes)] : []),
  );
}
