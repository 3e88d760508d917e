// How people get from a site over the boundary: by public transport, and by car with its permit.

const TENTHS = 10;
const PEOPLE = ["transit", "car"];
const TRAVELLED = ["crossing_min", "crossing_car_min", "crossing_goods_min", "station_min"];

function journeysHere() {
  return data.scenarios[state.scenario].journeys ?? null;
}

// The ways that lead over the boundary from here, the quickest first. Parts add up as printed: what is left of the
// rounded total after the rounded clearance is the way to the hall.
function waysFrom(site, mode) {
  const own = (journeysHere()?.ways ?? []).filter((way) => way.mode === mode);
  const reached = own.map((way) => ({ ...way, minutes: quantity(way.total, site, TENTHS) })).filter((way) => way.minutes !== null);
  reached.sort((a, b) => a.minutes - b.minutes);
  return reached.map((way) => {
    const [total, clearance] = [Math.round(way.minutes), Math.round(way.clearance)];
    return { ...way, total, clearance, toHall: total - clearance };
  });
}

function permitName(permit) {
  return { none: say("permit_none"), quota: say("permit_quota"), "closed-road": say("permit_closed_road") }[permit] ?? permit;
}

// The lines one takes, or the permit a car needs.
function meansOf(way, site) {
  if (way.mode === "car") return permitName(way.permit);
  const lines = quantity(way.lines, site, 1);
  return lines === null ? say("on_foot") : nameOf(data.taken[lines]);
}

// Over which crossing the fastest journey by public transport goes, by which lines, and how long its parts take.
function wayAcross(site) {
  const { ways } = data.scenarios[state.scenario];
  const way = ways && quantity(ways.way, site, 1);
  if (!ways || way === null) return null;
  const [best] = waysFrom(site, "transit");
  const minutes = best ? say("way_minutes", { hall: number(best.toHall), clearance: number(best.clearance) }) : "";
  return make("small", null, nameOf(ways.kinds[way]), minutes);
}

function journeyRow(way, site) {
  const hall = data.halls[way.hall];
  const cells = [way.toHall, way.clearance, way.total].map((minutes, place) => make("td", { class: place === 2 ? "part" : null }, number(minutes)));
  return make("tr", null, make("th", { scope: "row" }, nameOf(hall), make("small", null, meansOf(way, site))), ...cells);
}

function hallNames(halls) {
  return [...new Set(halls)].map((hall) => nameOf(data.halls[hall])).join(state.language === "en" ? ", " : "、");
}

// Crossings of the year that lead nowhere from here at this hour, and those that are closed.
function wayless(site, mode) {
  const { ways, closed } = journeysHere();
  const own = ways.filter((way) => way.mode === mode);
  const reached = new Set(waysFrom(site, mode).map((way) => way.hall));
  const not = own.map((way) => way.hall).filter((hall) => !reached.has(hall));
  const shut = (closed[mode] ?? []).filter((hall) => !reached.has(hall) && !not.includes(hall));
  return [not.length ? say("journeys_no_way", { halls: hallNames(not) }) : "", shut.length ? say("journeys_closed", { halls: hallNames(shut) }) : ""].filter(Boolean);
}

function journeysBody(site, mode) {
  const head = say(mode === "car" ? "journeys_car" : "journeys_transit");
  const rows = waysFrom(site, mode).map((way) => journeyRow(way, site));
  const rest = wayless(site, mode).map((text) => make("tr", { class: "rest" }, make("td", { colspan: 4 }, text)));
  return make("tbody", null, make("tr", { class: "group" }, make("th", { scope: "rowgroup", colspan: 4 }, head)), ...rows, ...rest);
}

function journeysPart(site) {
  if (!journeysHere()) return null;
  const { time, feeders } = data.scenarios[state.scenario];
  const heads = [say("crossing_head"), say("hall_head"), say("clearance_col"), say("journey_total")].map((text) => make("th", { scope: "col" }, text));
  const table = make("table", { class: "account journeys" }, make("thead", null, make("tr", null, ...heads)), ...PEOPLE.map((mode) => journeysBody(site, mode)));
  const notes = [say("journeys_note", { time }), feeders ? say("feeders_assumed") : ""].filter(Boolean).join(state.language === "en" ? " " : "");
  return section("journeys_head", table, make("p", { class: "muted" }, notes));
}
