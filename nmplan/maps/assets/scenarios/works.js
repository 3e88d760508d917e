// What differs between the scenarios, in words: the hour, policies, and what opens or closes in the years between.

const TOLD = 3;
const KINDS = { line: "works_lines", station: "works_stations", service: "works_crossings", road: "works_roads" };
const USERS = { people: "user_people", goods: "user_goods", "quota-car": "user_cars" };
const WAYS = { rail: "way_rail", road: "way_road", train: "way_train" };
const LEVERS = { people: ["lever_people", "lever_people_at"], goods: ["lever_goods", "lever_goods_at"] };

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
  const user = USERS[work.user] ? say(USERS[work.user]) : work.user;
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
  return [make("h3", null, paneName(pane)), make("p", null, [scenario.year, hour].filter(Boolean).join(" · ")), levers.length ? make("ul", { class: "plain" }, ...levers) : make("p", { class: "muted" }, say("no_policy"))];
}

function drawWorks() {
  const works = differingWorks();
  const parts = Object.entries(KINDS).map(([kind, key]) => [say(key), workItems(kind, works)]).filter(([, items]) => items.length);
  const told = parts.flatMap(([head, items]) => [make("h3", null, head), make("ul", { class: "plain works" }, ...items)]);
  byId("settings").replaceChildren(...settingRow("A", "before"), ...settingRow("B", "after"));
  byId("works").replaceChildren(...(told.length ? told : [make("p", { class: "muted" }, say("works_none"))]));
}

// The most telling ones in a line: crossings and railways that open.
function openingText() {
  const opening = [...openingCrossings(), ...openingLines().filter((line) => line.mode === "heavy-rail")];
  const names = opening.slice(0, TOLD).map((one) => withoutBrackets(nameOf(one)));
  return names.length ? say("opens_between", { names: sayList(names) }) : "";
}
