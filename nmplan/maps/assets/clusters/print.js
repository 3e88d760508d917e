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

function paintOver(draw) {
  if (state.shown.portfolio) draw(portfolioSites().map(([site, tenant]) => ({ shape: shapeOf(site), tenant })), ({ tenant }) => ({ fill: portfolioColour(tenant), stroke: "#FFFFFF", "stroke-width": 0.7 }));
  if (state.shown.hot_spots) for (const [sign, stroke] of [[1, "#B35806"], [-1, "#542788"]]) draw(spotSites(sign).map((site) => ({ shape: shapeOf(site) })), () => ({ stroke, "stroke-dasharray": sign < 0 ? "2 3" : null }));
  if (state.shown.clusters) draw(clustersShown(), (cluster) => ({ stroke: "#111111", "stroke-width": 2.5, fill: state.shown.portfolio ? "none" : classColour(clusterClass(cluster)), "fill-opacity": 0.55 }));
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
