// What the page prints: the map, its zones as a table, the chosen zone and the caveat.

function paintBelow(draw, picture) {
  picture.append(hatchDefinitions("sheet"));
  if (state.shown.refused) draw(zonesThat("refused"), (zone) => ({ fill: `url(#sheet-${hatchOf(zone)})`, stroke: hatchLook(hatchOf(zone))[0], "stroke-width": 0.8 }));
  if (state.shown.neighbours) draw(shownNeighbours(), () => ({ stroke: "#0072B2", "stroke-width": 2, "stroke-dasharray": "1 5", "stroke-linecap": "round" }));
}

function paintAbove(draw) {
  if (state.shown.sandboxes) {
    draw([...zonesThat("undecided"), ...zonesThat("accepted")], (zone) => {
      const look = lookOf(zone);
      return { stroke: look.color, "stroke-width": look.weight, "stroke-dasharray": look.dashArray, fill: look.fillColor ?? "none", "fill-opacity": look.fillOpacity ?? null };
    });
  }
  const zone = chosenZone();
  if (zone) for (const [stroke, width] of [["#FFFFFF", 5], ["#111111", 2.5]]) draw([zone], () => ({ stroke, "stroke-width": width }));
}

function sheetTable() {
  const heads = ["zone_name", "outcome", "hectares_head", "readiness_head"].map((key) => make("th", null, say(key)));
  const rows = [...zonesThat("accepted"), ...zonesThat("undecided")].map((zone) => make("tr", null, make("td", null, nameOf(zone), make("small", null, nameOf(zone.reasons))), make("td", null, sayWord("outcome", zone.outcome)), make("td", null, number(zone.area_ha, 1)), make("td", null, readinessText(zone))));
  return make("table", { class: "sheet-zones" }, make("thead", null, make("tr", null, ...heads)), make("tbody", null, ...rows));
}

function drawSheet() {
  const zone = chosenZone();
  const key = sheetKey();
  // zones and refused land stand in the key already, with how many there are
  for (const mark of key.querySelectorAll(".layer-sandboxes, .layer-refused")) mark.parentElement.remove();
  for (const rect of key.querySelectorAll("rect")) rect.setAttribute("fill", rect.getAttribute("fill").replace("#hatch-", "#sheet-"));
  byId("sheet").replaceChildren(
    make("h1", null, byId("title").textContent),
    make("p", { class: "sheet-who" }, [say("sandboxes_title"), kindName(), nameOf(data.scenarios[state.scenario])].join(" · ")),
    sheetMap(paintBelow, paintAbove),
    key,
    make("p", { class: "sheet-caveat" }, `${data.stamp[`caveat_${state.language}`]} ${stampText()}`),
    sheetTable(),
    ...(zone ? [make("article", { class: "sheet-dossier" }, make("h2", null, nameOf(zone)), ...dossierParts(zone))] : []),
  );
}
