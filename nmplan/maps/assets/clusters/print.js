// What is printed: the map, its key, the best clusters, the chosen one, and the caveat.

const PRINTED = 20;

function inView(site) {
  return map.getBounds().pad(0.5).intersects(boundsOfSite(site));
}

function paintOnSheet(draw) {
  if (!state.shown.sites) return;
  const seen = Array.from(paintOrder).filter(inView).map((site) => ({ shape: shapeOf(site), site }));
  draw(seen, ({ site }) => ({ fill: classColour(view.classes[site]), "fill-opacity": 0.4 }));
}

function sheetPortfolio(draw, picture) {
  draw(portfolioSites().map(([site, tenant]) => ({ shape: shapeOf(site), tenant })), ({ tenant }) => ({ fill: portfolioColour(tenant), stroke: "#1B2733", "stroke-width": 0.6 }));
  const project = sheetProjection();
  letters.eachLayer((marker) => {
    const { lat, lng } = marker.getLatLng();
    const [x, y] = project([lat, lng]);
    if (x < 6 || x > SHEET_WIDTH - 6 || y < 12 || y > SHEET_HEIGHT - 4) return;
    const text = vector("text", { x, y: y + 4, "text-anchor": "middle", "font-size": 12, "font-weight": 700, fill: "#111111", stroke: "#FFFFFF", "stroke-width": 3, "paint-order": "stroke" });
    text.textContent = marker.options.icon.options.html.textContent;
    picture.append(text);
  });
}

function paintOver(draw, picture) {
  if (state.shown.portfolio) sheetPortfolio(draw, picture);
  if (state.shown.hot_spots) for (const [sign, stroke] of [[1, SPOT_COLOURS.hot], [-1, SPOT_COLOURS.cold]]) draw(spotSites(sign).map((site) => ({ shape: shapeOf(site) })), () => ({ stroke, "stroke-dasharray": sign < 0 ? "2 3" : null }));
  if (state.shown.clusters) draw(clustersShown(), (cluster) => ({ stroke: "#111111", "stroke-width": state.shown.portfolio ? 1 : 2, fill: state.shown.portfolio ? "none" : classColour(clusterClass(cluster)), "fill-opacity": 0.6 }));
  const chosen = clusterChosen();
  if (chosen) for (const [stroke, width] of [["#FFFFFF", 8], ["#111111", 4]]) draw([chosen], () => ({ stroke, "stroke-width": width }));
}

function clusterTable() {
  const heads = ["rank", "cluster", "planning_area", "land_ha", "points_head"].map((key) => make("th", null, say(key)));
  const rows = clustersShown().slice(0, PRINTED).map((cluster, place) => make("tr", null, make("td", null, number(place + 1)), make("td", null, nameOf(cluster)), make("td", null, areaOf(cluster)), make("td", null, number(cluster.figure("area_ha"), 1)), make("td", null, points(cluster))));
  return make("table", null, make("caption", null, say("best_clusters")), make("thead", null, make("tr", null, ...heads)), make("tbody", null, ...rows));
}

function drawSheet() {
  const who = [nameOf(data.tenants[state.tenant]), nameOf(scenarioShown())].join(" · ");
  const chosen = clusterChosen();
  const { portfolio } = scenarioShown();
  byId("sheet").replaceChildren(
    make("h1", null, byId("title").textContent),
    make("p", { class: "sheet-who" }, who),
    sheetMap(paintOnSheet, paintOver),
    sheetKey(),
    make("p", { class: "sheet-caveat" }, `${data.stamp[`caveat_${state.language}`]} ${stampText()}`),
    state.tab === "portfolio" && portfolio?.sites.length ? shareTable(portfolio) : make("div", { class: "sheet-tables" }, clusterTable()),
    ...(chosen ? [make("article", { class: "sheet-dossier" }, make("h2", null, nameOf(chosen)), ...dossierParts(chosen))] : []),
  );
}
