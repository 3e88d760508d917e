// The infrastructure ledger of a zone: what there is on its land and round it; what is unknown is said to be.

function itemsOf(zone, kind) {
  return zone.infrastructure.filter((row) => row.item === kind || row.item.startsWith(`${kind}:`));
}

function amountOf(zone, item) {
  return zone.infrastructure.find((row) => row.item === item)?.amount ?? null;
}

function line(term, text) {
  return make("div", null, make("dt", null, term), make("dd", null, text));
}

function lines(zone, kind, text) {
  return itemsOf(zone, kind).map((row) => line(nameOf(row), row.amount === null ? say("unknown") : text(row.amount)));
}

// A part of the ledger; where its layer is missing nothing is known, where nothing is near that is said.
function part(key, fields, layer, rows) {
  const known = rows.length ? make("dl", { class: "ledger" }, ...rows) : make("p", { class: "muted" }, say(data.looked_for[layer] ?? true ? "none_near" : "unknown_no_layer"));
  return make("div", null, make("h4", null, say(key, fields)), known);
}

// A figure that holds for a part of the land only, with how much that is.
function knownOn(zone, item, known, text, note) {
  const [amount, area] = [amountOf(zone, item), amountOf(zone, known)];
  const told = make("small", null, say(note, { known: number(area ?? 0, 1), area: number(zone.area_ha, 1) }));
  return make("span", null, amount === null ? say("unknown") : text(amount), told);
}

function landLines(zone) {
  const hectares = (area) => say("hectares", { area: number(area, 1) });
  return [
    ...lines(zone, "sites", (count) => number(count)),
    line(say("idle_land"), knownOn(zone, "idle_ha", "status_known_ha", hectares, "status_known_on")),
    line(say("floor_space"), knownOn(zone, "gfa_m2", "plot_ratio_known_ha", (area) => `${number(area)} ${sayWord("unit", "m²")}`, "ratio_known_on")),
  ];
}

function infrastructure(zone) {
  if (!zone.infrastructure.length) return zone.outcome === "refused" ? null : section("infrastructure", make("p", { class: "muted" }, say("unknown")));
  const metres = (away) => (away < 0.5 ? say("inside") : withUnit(away, 0, "m"));
  const { roads, walk, crossings } = data.reach;
  const beside = kindOf(zone).neighbours.length ? [part("neighbours_near", {}, "areas", lines(zone, "neighbour", metres))] : [];
  return section(
    "infrastructure",
    part("land_here", {}, "parcels", landLines(zone)),
    part("roads_near", { metres: number(roads) }, "road_edges", [...lines(zone, "road_km", (km) => withUnit(km, 1, "km")), ...lines(zone, "junctions", (count) => number(count))]),
    part("stations_near", { metres: number(walk) }, "stations", lines(zone, "station", metres)),
    part("crossings_near", { metres: number(crossings) }, "crossings", lines(zone, "crossing", metres)),
    part("suppliers_near", { chain: nameOf(kindOf(zone).chain) }, "suppliers", lines(zone, "suppliers", (count) => number(count))),
    ...beside,
    make("p", { class: "muted" }, say("straight_lines")),
  );
}
