// The account of one site: what each scenario gives it, criterion by criterion, and the difference, adding up.

function drawDossier() {
  if (state.site < 0) fillDossier("", null);
  else fillDossier(siteName(state.site), dossierParts(state.site));
}

function dossierParts(site) {
  const score = thing().kind === SCORE;
  return [standing(site), score ? account(site) : null, minutes(site), provenance(site)].filter(Boolean);
}

function standing(site) {
  const head = make("p", { class: "rank-line" }, swatch(classKind(view.classes.change[site])), make("b", null, changeText(site)));
  const place = [areaName(site), data.sites.id[site]].filter(Boolean).join(" · ");
  return make("div", { class: "standing" }, head, make("p", { class: "muted" }, [captionText(), place].join(" · ")), thing().kind === SCORE ? ranksOf(site) : null);
}

function ranksOf(site) {
  const lines = [state.before, state.after].map((scenario, side) => make("li", null, make("b", null, say(side ? "side_b" : "side_a")), ` ${standingIn(site, scenario)}`));
  return make("ul", { class: "plain" }, ...lines);
}

function standingIn(site, scenario) {
  const { ranks, count } = figuresOf(state.what, scenario);
  if (ranks[site]) return say("rank_of", { rank: number(ranks[site]), count: number(count) });
  const { place } = thing();
  const failed = failuresOf(place, scenario, site).map(({ rule, undecided }) => {
    const told = data.tenants[place].rules[rule];
    return `${nameOf(told)} ${told.limit}${told.unit && ` ${sayWord("unit", told.unit)}`}`.trim() + (undecided ? ` (${say("undecided")})` : "");
  });
  return `${say("excluded")}: ${sayList(failed)}`;
}

function accountRow(criterion, place, site, parts) {
  const tenant = thing().place;
  const measured = [state.before, state.after].map((scenario) => quantity(resultOf(tenant, scenario).measured[place], site, 10 ** criterion.decimals));
  const texts = measured.map((figure) => (figure === null ? "–" : number(figure, criterion.decimals)));
  const figures = texts[0] === texts[1] ? texts[0] : texts.join(" → ");
  const told = [make("small", null, [figures, sayWord("unit", criterion.unit)].filter(Boolean).join(" "))];
  if (criterion.id === "crossing_min") told.push(waysAcross(site));
  const points = parts.map((side) => side.parts[place]);
  const change = points[1] - points[0];
  const cells = changeCells([...points.map((part) => number(part, 1)), signed(change)], change);
  return make("tr", null, make("th", { scope: "row" }, `${nameOf(criterion)} `, ...told.filter(Boolean)), ...cells);
}

// A, B and what changes, which stands out unless it is nothing.
function changeCells(texts, change) {
  return texts.map((text, at) => make("td", { class: at === 2 && Math.abs(change) >= TOLD_FROM ? "part" : null }, text));
}

// Over which crossing the fastest journey goes, and how, in A and B.
function waysAcross(site) {
  const names = [state.before, state.after].map((scenario) => {
    const { ways } = data.scenarios[scenario];
    const way = ways && quantity(ways.way, site, 1);
    return ways && way !== null ? nameOf(ways.kinds[way]) : "";
  });
  const told = names[0] === names[1] ? names[0] : names.map((name) => name || "–").join(" → ");
  return told ? make("small", null, told) : null;
}

// Tenths of a point: rows, columns and their difference all add up as printed.
function partsOf(site) {
  const { place } = thing();
  return [state.before, state.after].map((scenario) => printedParts(pointsOf(place, scenario, ownWeights(place), site)));
}

function account(site) {
  const parts = partsOf(site);
  const { criteria } = data.tenants[thing().place];
  const heads = ["criterion", "side_a", "side_b", "change"].map((key) => make("th", { scope: "col" }, say(key)));
  const totals = [...parts.map(({ total }) => number(total, 1)), signed(parts[1].total - parts[0].total)];
  const foot = make("tr", null, make("th", { scope: "row" }, say("total")), ...totals.map((text) => make("td", null, text)));
  const ranked = !view.figures.some((figures) => Number.isNaN(figures[site]));
  return make(
    "section", null, make("h3", null, say("account_pair")), ranked ? null : make("p", { class: "muted" }, say("account_excluded")),
    make("table", { class: "account" }, make("thead", null, make("tr", null, ...heads)), make("tbody", null, ...criteria.map((criterion, place) => accountRow(criterion, place, site, parts))), make("tfoot", null, foot)),
  );
}

function minutes(site) {
  if (!data.measures.length) return null;
  const rows = things.map((one, what) => ({ one, what })).filter(({ one }) => one.kind === "minutes").map(({ one, what }) => {
    const pair = [state.before, state.after].map((scenario) => figuresOf(what, scenario).figures[site]);
    const change = pair[1] - pair[0];
    const cells = [...pair.map(figureText), Number.isNaN(change) ? "–" : signed(change)];
    return make("tr", null, make("th", { scope: "row" }, `${nameOf(one)} `, one.id === "crossing_min" && thing().kind !== SCORE ? waysAcross(site) : null), ...changeCells(cells, change));
  });
  const heads = [say("minutes_head"), say("side_a"), say("side_b"), say("change")].map((text) => make("th", { scope: "col" }, text));
  const table = make("table", { class: "account" }, make("thead", null, make("tr", null, ...heads)), make("tbody", null, ...rows));
  return make("section", null, make("h3", null, say("minutes_of")), table, ...feederNotes().map((text) => make("p", { class: "muted" }, text)));
}

// Which of A and B assumes feeder buses.
function feederNotes() {
  const own = [["side_a", state.before], ["side_b", state.after]].filter(([, scenario]) => data.scenarios[scenario].feeders);
  if (!own.length) return [];
  return [`${sayList(own.map(([side]) => say(side)))}${state.language === "en" ? ": " : "："}${say("feeders_assumed")}`];
}

function provenance(site) {
  const accuracy = say("outline_accuracy", { metres: number(column(data.sites.accuracy_m)[site]) });
  return make("div", { class: "provenance" }, make("p", null, accuracy), make("p", null, `${data.stamp[`caveat_${state.language}`]} ${stampText()}`));
}
