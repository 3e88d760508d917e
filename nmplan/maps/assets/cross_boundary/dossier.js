// The account of a supplier, a crossing or a corridor.

function drawDossier() {
  const thing = thingChosen();
  if (!thing) fillDossier("", null);
  else fillDossier(nameOf(thing), { firm: firmParts, crossing: hallParts, corridor: corridorParts }[state.chosen.kind](thing));
}

function otherName(thing) {
  const other = state.language === "en" ? "zh" : "en";
  return thing[other] === nameOf(thing) ? null : make("p", { class: "muted", lang: TAGS[other] }, thing[other]);
}

function facts(pairs) {
  return make("dl", { class: "facts" }, ...pairs.filter(([, text]) => text).map(([term, text]) => make("div", null, make("dt", null, term), make("dd", null, text))));
}

function section(title, ...children) {
  return make("section", null, make("h3", null, title), ...children);
}

function sourceOf(thing) {
  return make("div", { class: "provenance" }, thing.source ? make("p", null, say("source_is", { source: thing.source })) : null, thing.accuracy_m === null || thing.accuracy_m === undefined ? null : make("p", null, say("position_accuracy", { metres: number(thing.accuracy_m) })), make("p", { class: "caveat-text" }, data.stamp[`caveat_${state.language}`]));
}

function confidenceText(word) {
  return { A: say("confidence_a"), B: say("confidence_b"), C: say("confidence_c") }[word] ?? word;
}

function firmParts(firm) {
  const pairs = [
    [say("chain"), chainName(firm.chain)],
    [say("tier_word"), tierName(firm.chain, firm.tier)],
    [say("jurisdiction"), sideName(firm.jurisdiction)],
    [say("mass"), say("mass_assumed", { mass: massText(firm.mass) })],
    [say("confidence"), confidenceText(firm.confidence)],
  ];
  const beside = firms.filter((other) => other !== firm && String(at(other)) === String(at(firm)));
  const list = beside.map((other) => make("li", null, make("button", { type: "button", click: () => choose("firm", other) }, swatch(`side-${other.jurisdiction}`), make("span", { class: "name" }, nameOf(other), make("small", null, [chainName(other.chain), tierName(other.chain, other.tier)].join(" · "))))));
  return [otherName(firm), facts(pairs), beside.length ? section(say("same_place"), make("ul", { class: "rows" }, ...list)) : null, sourceOf(firm)].filter(Boolean);
}

function yearsText(service) {
  if (service.valid_from !== null && service.valid_to !== null) return say("years_between", { from: service.valid_from, to: service.valid_to });
  if (service.valid_from !== null) return say("years_from", { from: service.valid_from });
  return service.valid_to === null ? "" : say("years_until", { to: service.valid_to });
}

function hoursText(service) {
  const all = service.opens_at === "00:00" && service.closes_at === "24:00";
  return all ? say("all_day") : [service.opens_at, service.closes_at].filter(Boolean).join("–");
}

function directionText(service) {
  if (service.directions.length > 1) return say("both_ways");
  return { northbound: say("northbound"), southbound: say("southbound") }[service.directions[0]] ?? "";
}

function minutesText(minutes) {
  return minutes === null ? "–" : number(minutes);
}

function serviceRow(service) {
  const parking = service.parking_min ? say("parking_more", { minutes: number(service.parking_min) }) : "";
  const more = [parking, hoursText(service), directionText(service), yearsText(service), service.co_located ? say("co_located") : "", runs(service) ? "" : say("not_this_year", { year: shownYear() })].filter(Boolean).join(" · ");
  return make("tr", { class: runs(service) ? null : "off" }, make("th", { scope: "row" }, [servedName(service), wayName(service)].filter(Boolean).join(state.language === "en" ? ", " : "，"), make("small", null, more)), make("td", null, minutesText(service.clearance_quiet_min)), make("td", null, minutesText(service.clearance_peak_min)));
}

// By which lines one may come, and whether the place is for travellers only.
function waysIn(hall) {
  const rows = hall.access.map((way) => {
    const by = { rail: say("access_rail"), bus: say("access_bus"), foot: say("on_foot") }[way.way] ?? way.way;
    const told = [by, nameOf(way)].filter(Boolean).join(state.language === "en" ? ": " : "：");
    const text = way.closed ? say("ways_in_closed", { way: told }) : told;
    return make("li", null, [text, yearsText(way)].filter(Boolean).join(" · "));
  });
  return rows.length ? section(say("ways_in_head"), make("ul", { class: "plain" }, ...rows)) : null;
}

function hallParts(hall) {
  const heads = ["service_head", "quiet_head", "peak_head"].map((key) => make("th", { scope: "col" }, say(key)));
  const services = [...hall.services].sort((a, b) => USERS.indexOf(a.user) - USERS.indexOf(b.user) || PERMITS.indexOf(a.permit) - PERMITS.indexOf(b.permit));
  const table = make("table", { class: "figures services" }, make("thead", null, make("tr", null, ...heads)), make("tbody", null, ...services.map(serviceRow)));
  const sources = [...new Set(services.map((service) => service.source).filter(Boolean))];
  return [
    otherName(hall),
    facts([[say("across"), nameOf(hall.across)], [say("status"), statusText(hall)]]),
    waysIn(hall),
    section(say("services_head"), services.length ? table : make("p", { class: "muted" }, say("services_none"))),
    services.some((service) => service.user === "car") ? make("p", { class: "muted" }, say("permits_note")) : null,
    services.some((service) => leversOn(hall, service).length) ? make("p", { class: "muted" }, [say("before_policies"), ...leverTexts()].join(" ")) : null,
    sources.length ? section(say("service_sources"), make("ul", { class: "plain" }, ...sources.map((source) => make("li", null, source)))) : null,
    sourceOf(hall),
  ].filter(Boolean);
}

function corridorParts(corridor) {
  const row = alikeHere().find((one) => one.corridor === corridor.id);
  const shared = new Set(row?.shared ?? []);
  const level = (sector) => say(sector.level > 1 ? "sector_leading" : "sector_named");
  const sectors = corridor.sectors.map((sector) => make("li", null, make("b", null, chainName(sector.chain)), ` · ${[level(sector), shared.has(sector.chain) ? say("sector_shared") : ""].filter(Boolean).join(" · ")}`, make("small", null, [sector.basis, sector.source].filter(Boolean).join(" · "))));
  const alike = row ? section(say("alike_to", { place: nameOf(alikePlaces[state.place]) }), make("p", null, say("alike_figures", { cosine: number(row.cosine, 2), krugman: number(row.krugman, 2) })), make("p", null, sharedText(row)), make("p", { class: "muted" }, say("weak_part", { share: percent(row.weak_share) }))) : null;
  return [otherName(corridor), alike, section(say("sectors_head"), make("ul", { class: "plain sectors" }, ...sectors)), make("p", { class: "muted" }, say("copying_note")), sourceOf({})].filter(Boolean);
}
