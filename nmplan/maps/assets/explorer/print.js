// What the explorer prints: the map, the weights, the best sites, the chosen site and the caveat.

function paintSites(draw) {
  draw(siteShapes.map((shape, site) => ({ shape, site })), ({ site }) => ({ fill: view.ranking.ranks[site] ? COLOURS[bandOf(view.ranking, site)] : "#E4E4E4", stroke: view.ranking.ranks[site] ? "#FFFFFF" : "#8A949D", "stroke-width": 0.7 }));
}

function paintOver(draw) {
  if (state.shown.clusters) draw(tenantClusters(), () => ({ stroke: "#111111", "stroke-width": 2.5 }));
  if (state.shown.sandboxes) draw(places[state.scenario].sandboxes, () => ({ stroke: "#D55E00", "stroke-width": 2.5, "stroke-dasharray": "9 5" }));
  if (state.site >= 0) for (const [stroke, width] of [["#FFFFFF", 8], ["#111111", 3]]) draw([{ shape: siteShapes[state.site] }], () => ({ stroke, "stroke-width": width }));
}

function sheetTable() {
  const heads = ["rank", "site", "site_id", "points_head"].map((key) => make("th", null, say(key)));
  const rows = view.ranking.order.slice(0, 20).map((site) => make("tr", null, make("td", null, number(view.ranking.ranks[site])), make("td", null, siteName(site)), make("td", null, data.sites.id[site]), make("td", null, number(view.ranking.scores[site], 1))));
  return make("table", null, make("caption", null, say("best_sites")), make("thead", null, make("tr", null, ...heads)), make("tbody", null, ...rows));
}

function sheetWeights() {
  const shares = sharesOf(weightsInUse());
  const rows = data.tenants[state.tenant].criteria.map((criterion, place) => make("tr", null, make("td", null, nameOf(criterion)), make("td", null, weightText(shares[place]))));
  return make("table", null, make("caption", null, say(weightsMoved() ? "your_weights" : "study_weights")), make("tbody", null, ...rows));
}

function drawSheet() {
  const who = `${nameOf(data.tenants[state.tenant])} · ${nameOf(data.scenarios[state.scenario])}`;
  const chosen = state.site < 0 ? null : make("article", { class: "sheet-dossier" }, make("h2", null, siteName(state.site)), ...dossierParts(state.site));
  byId("sheet").replaceChildren(
    make("h1", null, byId("title").textContent),
    make("p", { class: "sheet-who" }, who),
    sheetMap(paintSites, paintOver),
    sheetKey(),
    make("p", { class: "sheet-caveat" }, `${data.stamp[`caveat_${state.language}`]} ${stampText()}`),
    make("div", { class: "sheet-tables" }, sheetTable(), sheetWeights()),
    ...(chosen ? [chosen] : []),
  );
}
