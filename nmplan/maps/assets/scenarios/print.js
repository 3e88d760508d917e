// What is printed: the three maps with their keys, the mean by area, the sites that change most, the chosen site.

function sheetFigure(pane) {
  const before = view.pane;
  view.pane = pane;
  const around = map.getBounds().pad(0.5);
  const inView = Array.from(paintOrder).filter((site) => around.intersects(boundsOfSite(site))).map((site) => ({ site, shape: shapeOf(site) }));
  const classes = view.classes[pane];
  const casing = () => ({ stroke: "#1B2733", "stroke-width": 6 });
  const paint = (draw) => {
    draw(inView, ({ site }) => ({ fill: classColour(classes[site]), stroke: [EXCLUDED, OPEN].includes(classes[site]) ? "#8A949D" : "#FFFFFF", "stroke-width": 0.7 }));
    if (pane !== "before" && state.shown.opened) draw(openingLines(), casing, false);
  };
  const over = (draw) => {
    if (state.site >= 0) for (const [stroke, width] of [["#FFFFFF", 8], ["#111111", 3]]) draw([{ shape: shapeOf(state.site) }], () => ({ stroke, "stroke-width": width }));
  };
  const figure = make("figure", { class: `sheet-${pane}` }, make("figcaption", null, paneName(pane)), sheetMap(paint, over), make("ul", { class: "sheet-key" }, ...keyItems(pane)));
  view.pane = before;
  return figure;
}

function sheetAreas() {
  const rows = areaMeans().map(({ area, sites, before, after, gain }) => [nameOf(data.areas[area]), number(sites.length), number(before, 1), number(after, 1), signedGain(gain)]);
  return sheetTable(say("mean_by_area"), ["planning_area", "sites_both", "side_a", "side_b", "change"], rows);
}

function sheetSites() {
  const rows = [...mostChanged(1), ...mostChanged(-1).reverse()].map((site) => [siteName(site), figureText(view.figures[0][site]), figureText(view.figures[1][site]), signedGain(view.gains[site])]);
  return sheetTable(say("change_most"), ["site", "side_a", "side_b", "change"], rows);
}

function sheetTable(caption, heads, rows) {
  return make("table", null, make("caption", null, caption), make("thead", null, make("tr", null, ...heads.map((key) => make("th", null, say(key))))), make("tbody", null, ...rows.map((cells) => make("tr", null, ...cells.map((cell) => make("td", null, cell))))));
}

function drawSheet() {
  byId("sheet").replaceChildren(
    ...[make("h1", null, byId("title").textContent),
      make("p", { class: "sheet-who" }, captionText()),
      make("p", null, openingText()),
      make("div", { class: "sheet-pair" }, sheetFigure("before"), sheetFigure("after")),
      sheetFigure("change"),
      make("p", { class: "sheet-caveat" }, `${data.stamp[`caveat_${state.language}`]} ${stampText()}`),
      make("div", { class: "sheet-tables" }, sheetAreas(), sheetSites()),
      state.site < 0 ? null : make("article", { class: "sheet-dossier" }, make("h2", null, siteName(state.site)), ...dossierParts(state.site))].filter(Boolean),
  );
}
