// What differs between the scenarios, in words: the hour, policies, and what opens or closes in the years between.

const KINDS = { line: "works_lines", station: "works_stations", bus: "works_buses", service: "works_crossings", road: "works_roads" };
const USERS = { people: "user_people", car: "user_cars", goods: "user_goods" };
const PERMITS = { none: "user_car_parked", quota: "user_car_quota", "closed-road": "user_car_closed_road" };
const WAYS = { rail: "way_rail", road: "way_road", train: "way_train" };
const LEVERS = { people: ["lever_people", "lever_people_at"], car: ["lever_car", "lever_car_at"], goods: ["lever_goods", "lever_goods_at"] };

function isThere(work, year) {
  return (work.opens === null || work.opens <= year) && (work.closes === null || year < work.closes);
}

function sayList(words) {
  return words.join(state.language === "en" ? ", " : "、");
}

// Works that are there in one scenario only; `opens` tells in which.
function differingWorks() {
  const [before, after] = ["before", "after"].map((pane) => scenarioOf(pane).year);
  return data.works.filter((work) => isThere(work, before) !== isThere(work, after)).map((work) => ({ ...work, opening: isThere(work, after), year: isThere(work, after) === before < after ? work.opens : work.closes }));
}

function whoCrosses(work) {
  const key = work.user === "car" ? PERMITS[work.permit] ?? USERS.car : USERS[work.user];
  const user = key ? say(key) : work.user;
  const way = work.user === "people" && WAYS[work.mode] ? say(WAYS[work.mode]) : "";
  return say("works_who", { who: [user, way].filter(Boolean).join(state.language === "en" ? " " : ""), year: work.year });
}

// One line for each name; what opens and closes at once is changed.
function workItems(kind, works) {
  const byName = new Map();
  for (const work of works.filter((one) => one.kind === kind)) byName.set(work.en, [...(byName.get(work.en) ?? []), work]);
  return Array.from(byName.values(), (same) => {
    const years = [...new Set(same.map((work) => work.year))].sort();
    const how = [true, false].map((opening) => same.filter((work) => work.opening === opening)).map((part, place) => (part.length ? say(place ? "works_closes" : "works_opens", { what: sayList(part.map(whoCrosses)) }) : ""));
    const mixed = new Set(same.map((work) => work.opening)).size === 2;
    const told = kind === "service" ? how.filter(Boolean).join("; ") : say(mixed ? "works_changes_year" : same[0].opening ? "works_opens_year" : "works_closes_year", { years: sayList(years) });
    return make("li", null, make("b", null, nameOf(same[0])), " ", make("span", null, told));
  });
}

function leverItems(scenario) {
  return scenario.levers.map((lever) => {
    const where = sayList(lever.crossings.map(nameOf));
    return make("li", null, say(LEVERS[lever.user][where ? 1 : 0], { share: plainNumber(lever.percent), crossings: where }));
  });
}

function settingRow(name, pane) {
  const scenario = scenarioOf(pane);
  const hour = scenario.period ? say(scenario.period === "peak" ? "period_peak" : "period_quiet", { time: scenario.time }) : "";
  const levers = leverItems(scenario);
  const feeders = scenario.feeders ? make("p", { class: "feeders" }, say("feeders_assumed")) : null;
  return [make("h3", null, paneName(pane)), make("p", null, [scenario.year, hour].filter(Boolean).join(" · ")), ...(feeders ? [feeders] : []), levers.length ? make("ul", { class: "plain" }, ...levers) : make("p", { class: "muted" }, say("no_policy"))];
}

function drawWorks() {
  const works = differingWorks();
  const parts = Object.entries(KINDS).map(([kind, key]) => [say(key), workItems(kind, works)]).filter(([, items]) => items.length);
  const told = parts.flatMap(([head, items]) => [make("h3", null, head), make("ul", { class: "plain works" }, ...items)]);
  byId("settings").replaceChildren(...settingRow("A", "before"), ...settingRow("B", "after"));
  byId("works").replaceChildren(...(told.length ? told : [make("p", { class: "muted" }, say("works_none"))]));
}

// What is there in the later of the two years only, and what in the earlier one only.
function worksBetween() {
  const [first, last] = ["before", "after"].map((pane) => scenarioOf(pane).year).sort((a, b) => a - b);
  const only = (year, other) => data.works.filter((work) => isThere(work, year) && !isThere(work, other));
  return { opening: only(last, first), closing: only(first, last), first };
}

// Crossings, railways and stations of the map by name, whatever else opens (metro over there, roads) by number.
function openingText() {
  const { opening, closing, first } = worksBetween();
  const served = new Set(data.works.filter((work) => work.kind === "service" && isThere(work, first)).map((work) => work.en));
  const known = { service: context.crossings.filter((one) => one.status !== "open" && !served.has(one.en)), line: context.lines, station: context.stations };
  const changing = new Set(closing.map((work) => work.en));
  const others = new Set(opening.filter((work) => !changing.has(work.en)).map((work) => work.en));
  const names = Object.entries(known).flatMap(([kind, things]) => {
    const found = new Map(opening.filter((work) => work.kind === kind && things.some((thing) => thing.en === work.en)).map((work) => [work.en, work]));
    for (const name of found.keys()) others.delete(name);
    const told = Array.from(found.values(), (work) => withoutBrackets(nameOf(work)));
    return kind === "station" && told.length ? [say("stations_named", { names: sayList(told) })] : told;
  });
  const text = sayList(names) || (others.size ? "" : say("nothing"));
  return say("opens_between", { names: others.size ? say("and_more", { names: text, count: number(others.size) }).trim() : text });
}

// Whose way ends where: "Lok Ma Chau (people, goods; 2027)".
function closingText() {
  const byName = new Map();
  for (const work of worksBetween().closing.filter((one) => one.kind === "service")) byName.set(work.en, [...(byName.get(work.en) ?? []), work]);
  const told = Array.from(byName.values(), (same) => {
    const users = Object.keys(USERS).filter((user) => same.some((work) => work.user === user)).map((user) => say(USERS[user]));
    return say("closes_who", { name: nameOf(same[0]), users: sayList(users), year: sayList([...new Set(same.map((work) => work.closes))].sort()) });
  });
  return told.length ? say("closes_between", { names: sayList(told) }) : "";
}
