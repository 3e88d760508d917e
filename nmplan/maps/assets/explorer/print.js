// What the explorer prints: the map, the weights, the best sites, the chosen site and the caveat.

// So many sites in view are drawn as vectors; more would make a file no printer takes, so they are painted as a picture.
const VECTORS = 4000;
const PRINT_SHARP = 2;

function paintOnSheet(draw, picture) {
  const around = map.getBounds().pad(0.5);
  const inView = Array.from(paintOrder).filter((site) => around.intersects(boundsOfSite(site)));
  if (inView.length > VECTORS) picture.append(sitePicture());
  else draw(inView.map((site) => ({ shape: shapeOf(site), site })), ({ site }) => ({ fill: classColour(view.classes[site]), stroke: view.ranking.ranks[site] ? "#FFFFFF" : "#8A949D", "stroke-width": 0.7 }));
}

function sitePicture() {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [SHEET_WIDTH * PRINT_SHARP, SHEET_HEIGHT * PRINT_SHARP];
  const project = sheetProjection();
  const [[x, y], [right]] = [project(latLngOf(0, 0)), project(latLngOf(1e-3, 0))];
  paintSites(canvas, view.classes, { scale: (right - x) * 1e3, x, y }, PRINT_SHARP);
  return vector("image", { href: canvas.toDataURL("image/png"), width: SHEET_WIDTH, height: SHEET_HEIGHT });
}

function paintOver(draw) {
  if (state.shown.clusters) draw(tenantClusters(), () => ({ stroke: "#111111", "stroke-width": 2.5 }));
  if (state.shown.sandboxes) draw(places[state.scenario].sandboxes, () => ({ stroke: "#D55E00", "stroke-width": 2.5, "stroke-dasharray": "9 5" }));
  if (state.site >= 0) for (const [stroke, width] of [["#FFFFFF", 8], ["#111111", 3]]) draw([{ shape: shapeOf(state.site) }], () => ({ stroke, "stroke-width": width }));
}

function sheetTable() {
  const heads = ["rank", "site", "site_id", "points_head"].map((key) => make("th", null, say(key)));
  const rows = Array.from(view.ranking.order.slice(0, 20), (site) => make("tr", null, make("td", null, number(view.ranking.ranks[site])), make("td", null, siteName(site), openMark(site)), make("td", null, data.sites.id[site]), make("td", null, number(view.ranking.scores[site], 1))));
  return make("table", null, make("caption", null, say("best_sites")), make("thead", null, make("tr", null, ...heads)), make("tbody", null, ...rows));
}

function sheetWeights() {
  const shares = sharesOf(weightsInUse());
  const rows = data.tenants[state.tenant].criteria.map((criterion, place) => make("tr", null, make("td", null, nameOf(criterion)), make("td", null, weightText(shares[place]))));
  return make("table", null, make("caption", null, say(weightsMoved() ? "your_weights" : "study_weights")), make("tbody", null, ...rows));
}

function drawSheet() {
  const who = [nameOf(data.tenants[state.tenant]), nameOf(data.scenarios[state.scenario]), weightsMoved() ? say("weights_changed") : "", classesText(), offText()].filter(Boolean).join(" · ");
  const chosen = state.site < 0 ? null : make("article", { class: "sheet-dossier" }, make("h2", null, siteName(state.site)), ...dossierParts(state.site));
  byId("sheet").replaceChildren(
    make("h1", null, byId("title").textContent),
    make("p", { class: "sheet-who" }, who),
    sheetMap(paintOnSheet, paintOver),
    sheetKey(),
    make("p", { class: "sheet-caveat" }, `${data.stamp[`caveat_${state.language}`]} ${stampText()}`),
    make("div", { class: "sheet-tables" }, sheetTable(), sheetWeights()),
    ...(chosen ? [chosen] : []),
  );
}
