// Whose supply the chosen area has within reach, and what its best cluster reaches tier by tier.

const SIDES = data.jurisdictions.map((side) => side.id);

// Shares of 1 in whole percent that add up to 100: the largest remainders are rounded up.
function printedShares(shares) {
  const floors = shares.map((share) => Math.floor(share * 100));
  const order = allRowsOf(shares).sort((a, b) => floors[a] - shares[a] * 100 - (floors[b] - shares[b] * 100) || a - b);
  const more = new Set(order.slice(0, 100 - floors.reduce((sum, floor) => sum + floor, 0)));
  return floors.map((floor, place) => floor + more.has(place));
}

function allRowsOf(list) {
  return list.map((_, place) => place);
}

function sharesHere() {
  const told = thisScenario().captive[chainId()]?.[areaId()];
  return told && told.hong_kong !== null ? told : null;
}

function sideShares(told) {
  return SIDES.map((side) => told[side.replaceAll("-", "_")]);
}

// Beyond the Bay Area nobody is listed unless the study declares it: that is unknown, not none.
function sideText(told, side, printed) {
  return side === "beyond" && !told.beyond && told.leaked_beyond_bay_area === null ? "–" : wholePercent(printed);
}

function wholePercent(figure) {
  return percent(figure / 100);
}

function drawHeadline() {
  const told = sharesHere();
  const place = data.places[state.area];
  byId("headline-what").textContent = [tenantName(), nameOf(thisScenario())].filter(Boolean).join(" · ");
  if (!told) {
    byId("headline-name").textContent = say(firms.length ? "supply_unknown_here" : "no_supply");
    byId("headline-how").textContent = "";
    return;
  }
  const [home, ...away] = printedShares(sideShares(told));
  byId("headline-name").textContent = say("headline_captive", { area: nameOf(place), share: wholePercent(home) });
  const where = away.map((figure, number) => (figure ? `${sideName(SIDES[number + 1])} ${wholePercent(figure)}` : "")).filter(Boolean);
  byId("headline-how").textContent = [bandText(told), where.join(" · ")].filter(Boolean).join(" · ");
}

function bandText(told) {
  return told.captive_low === null || told.captive_high === null ? "" : say("assumed_band", { low: number(told.captive_low * 100), high: percent(told.captive_high) });
}

function drawShares() {
  const told = sharesHere();
  byId("shares-head").textContent = say("shares_head", { area: nameOf(data.places[state.area] ?? { en: "", zh: "" }) });
  byId("shares").replaceChildren(...(told ? shareParts(told) : [make("p", { class: "muted" }, say(firms.length ? "supply_unknown_here" : "no_supply"))]));
}

function shareParts(told) {
  const shares = sideShares(told);
  const printed = printedShares(shares);
  const bar = make("div", { class: "shares", "aria-hidden": "true" });
  SIDES.forEach((side, number) => {
    if (!shares[number]) return;
    bar.appendChild(make("span", { class: `side-${side}` })).style.width = `${(shares[number] * 100).toFixed(2)}%`;
  });
  if (bandText(told)) {
    const band = bar.appendChild(make("span", { class: "band" }));
    [band.style.left, band.style.width] = [`${(told.captive_low * 100).toFixed(2)}%`, `${((told.captive_high - told.captive_low) * 100).toFixed(2)}%`];
  }
  const list = make("ul", { class: "side-list" }, ...SIDES.map((side, number) => make("li", null, swatch(`side-${side}`), make("span", null, sideName(side)), make("b", null, sideText(told, side, printed[number])))));
  return [bar, list, make("ul", { class: "plain apart" }, ...apartLines(told).map((line) => make("li", null, line)))];
}

// What stands beside the shares: band, empty tiers, imports, and whom nobody supplies.
function apartLines(told) {
  const lines = [];
  if (bandText(told)) lines.push(data.undercount === null ? bandText(told) : say("band_why", { low: number(told.captive_low * 100), high: percent(told.captive_high), times: number(data.undercount, Number.isInteger(data.undercount) ? 0 : 1) }));
  lines.push(say("empty_tiers", { share: told.empty_share === null ? "–" : percent(told.empty_share) }));
  lines.push(told.imports_share === null ? say("imports_none") : say("imports_declared", { share: percent(told.imports_share) }));
  lines.push(told.leaked_beyond_bay_area === null ? say("leak_beyond_unknown") : say("leak_beyond", { share: percent(told.leaked_beyond_bay_area) }));
  lines.push(say(told.unknown ? "sites_meant_unknown" : "sites_meant", { count: number(told.sites), unknown: number(told.unknown) }));
  return lines;
}

function tiersHere() {
  return thisScenario().tiers[data.tenants[state.tenant].id]?.[areaId()] ?? null;
}

function drawTiers() {
  const here = tiersHere();
  const tiers = tiersOf(chainId());
  const note = here ? say("tiers_of", { cluster: nameOf(here.cluster) }) : say(firms.length ? "tiers_no_cluster" : "no_supply");
  byId("tiers-note").textContent = [tiers.length ? say("chain_is", { chain: chainName(chainId()) }) : "", note].filter(Boolean).join(" ");
  byId("tier-list").replaceChildren(...tiers.map((tier) => tierRow(tier, here?.rows.filter((row) => row.tier === tier.id) ?? [])));
}

// The name of a tier filters the map; below it who is within reach, and what is missing.
function tierRow(tier, rows) {
  const share = tier.share === null ? null : make("small", null, say("of_purchases", { share: percent(tier.share) }));
  const name = make("button", { type: "button", "aria-pressed": String(state.tier === tier.id), click: () => chooseTier(tier.id) }, make("span", null, nameOf(tier)), share);
  const gap = rows[0]?.gap ?? "";
  const lines = rows.length ? SIDES.map((side) => make("li", null, swatch(`side-${side}`), make("span", null, sideName(side)), make("small", null, reachText(tier, side, rows)))) : [];
  return make("li", { "data-tier": tier.id }, name, gap ? make("p", { class: "gap" }, nameOf(data.gaps[gap] ?? { en: gap, zh: gap })) : null, make("ul", null, ...lines));
}

// Who of a side is within reach; nobody may be because nobody is listed.
function reachText(tier, side, rows) {
  const row = rows.find((one) => one.jurisdiction === side);
  if (row) return say("firms_mass", { near: number(row.firms_30), far: number(row.firms_60), mass: number(row.mass, 1) });
  return say(firms.some((firm) => firm.chain === chainId() && firm.tier === tier.id && firm.jurisdiction === side) ? "firms_none_reached" : "firms_none_listed");
}

function chooseTier(tier) {
  state.tier = state.tier === tier ? "" : tier;
  state.every = false;
  drawTiers();
  drawFirmsAgain();
  byId("tier-list").querySelector(`[data-tier="${CSS.escape(tier)}"] button`).focus();
}

// The suppliers that the filters leave, the largest first.
function firmsShown() {
  const own = state.every ? firms : firms.filter((firm) => firm.chain === chainId() && (!state.tier || firm.tier === state.tier));
  return [...own].sort((a, b) => b.mass - a.mass || a.id.localeCompare(b.id));
}

function drawFirmList() {
  const shown = firmsShown();
  const which = state.every ? say("firms_every") : state.tier ? tierName(chainId(), state.tier) : tenantName();
  byId("firms-head").textContent = say("firms_listed", { which, count: number(shown.length) });
  byId("firm-list").replaceChildren(...shown.map((firm) => make("li", null, make("button", { type: "button", "aria-current": isChosen("firm", firm) ? "true" : null, click: () => choose("firm", firm, true) }, swatch(`side-${firm.jurisdiction}`), make("span", { class: "name" }, nameOf(firm), make("small", null, tierName(firm.chain, firm.tier))), make("span", { class: "score" }, massText(firm.mass))))));
}

function massText(mass) {
  return number(mass, Number.isInteger(mass) ? 0 : 1);
}
