// The chain of a cluster: how well each tier supplies it, which links are missing, and how a newcomer would fit in.

function tierRow(cluster, place) {
  const { links } = scenarioShown().clusters;
  const row = cluster.from + place;
  const gap = quantity(links.gap, row, 1);
  const firms = (minutes) => JURISDICTION_KEYS.map((where) => (links.firms[`${where}_${minutes}`] === undefined ? 0 : quantity(links.firms[`${where}_${minutes}`], row, 1)));
  return { tier: data.tiers[cluster.tiers[place]], value: quantity(links.value, row, 1000), gap: gap ?? 0, near: firms(30), far: firms(60) };
}

const JURISDICTION_KEYS = ["hong-kong", "shenzhen", "greater-bay-area", "beyond"];

// The bar is as long as the share of purchases, its filled part as the value: the filled length is the fit.
function fitBar(share, value) {
  const track = make("span", { class: "track", "aria-hidden": "true" });
  const fill = make("span", { class: "fill" });
  track.style.width = `${(share * 100).toFixed(1)}%`;
  fill.style.width = `${(value * 100).toFixed(1)}%`;
  track.append(fill);
  return track;
}

function firmsWhere(near, far) {
  const told = JURISDICTION_KEYS.map((where, place) => ({ where, place })).filter(({ where }) => scenarioShown().clusters.links.firms[`${where}_60`] !== undefined);
  return told.map(({ where, place }) => `${sayWord("supply", where)} ${number(near[place])} / ${number(far[place])}`).join(" · ");
}

function chainTable(cluster) {
  const rows = cluster.tiers.map((_, place) => tierRow(cluster, place)).map(({ tier, value, gap, near, far }) => {
    const told = make("th", { scope: "row" }, nameOf(tier), make("small", null, firmsWhere(near, far)));
    const grade = make("span", { class: gap ? "gap" : "gap whole" }, nameOf(data.gaps[gap]));
    return make("tr", null, told, make("td", null, percent(tier.share)), make("td", { class: "fit-cell" }, fitBar(tier.share, value ?? 0), make("small", null, value === null ? "–" : say("fit_of", { fit: percent(tier.share * value), value: percent(value) })), grade));
  });
  const heads = ["tier", "purchase_share", "fit_head"].map((key) => make("th", { scope: "col" }, say(key)));
  return make("table", { class: "account chain" }, make("thead", null, make("tr", null, ...heads)), make("tbody", null, ...rows));
}

const streamCache = new Map();

// Where the firms of each row begin in the stream of all rows.
function firmStarts(relation) {
  const { count } = scenarioShown().clusters.fit[relation];
  if (!streamCache.has(count)) {
    const starts = [0];
    for (const one of column(count)) starts.push(starts[starts.length - 1] + one);
    streamCache.set(count, starts);
  }
  return streamCache.get(count);
}

function firmsOf(cluster, relation, tier) {
  const { fit } = scenarioShown().clusters;
  const place = cluster.tiers.indexOf(tier);
  if (!fit || place < 0) return [];
  const starts = firmStarts(relation);
  const [from, to] = [starts[cluster.from + place], starts[cluster.from + place + 1]];
  return Array.from({ length: to - from }, (_, at) => ({ ...data.firms[column(fit[relation].firm)[from + at]], minutes: column(fit[relation].minutes)[from + at] }));
}

function firmRow(firm) {
  const where = data.jurisdictions[firm.in] ? nameOf(data.jurisdictions[firm.in]) : "";
  return make("li", null, make("span", { class: "name" }, nameOf(firm)), make("small", null, [where, say("minutes_short", { minutes: number(firm.minutes) })].filter(Boolean).join(" · ")));
}

function tradeList(cluster, relation, tiers) {
  const parts = tiers.map((tier) => ({ tier, firms: firmsOf(cluster, relation, tier) })).filter(({ firms }) => firms.length);
  return parts.flatMap(({ tier, firms }) => [make("h5", null, nameOf(data.tiers[tier])), make("ul", { class: "firms" }, ...firms.map(firmRow))]);
}

function drawTrades(cluster, target) {
  const tiers = state.newcomer < 0 ? cluster.tiers.filter((tier) => data.tiers[tier].share > 0) : data.trades[cluster.tiers[state.newcomer]].buys_from;
  const sells = state.newcomer < 0 ? [] : data.trades[cluster.tiers[state.newcomer]].sells_to;
  const [bought, sold] = [tradeList(cluster, "buys_from", tiers), tradeList(cluster, "sells_to", sells)];
  const anchor = state.newcomer >= 0 && data.tiers[cluster.tiers[state.newcomer]].share > 0 ? [make("p", null, say("sells_to_anchor", { tenant: nameOf(data.tenants[cluster.tenant]) }))] : [];
  const none = () => [make("p", { class: "muted" }, say("trades_none"))];
  const parts = [make("h4", null, say("buys_from")), ...(bought.length ? bought : none())];
  if (state.newcomer >= 0) parts.push(make("h4", null, say("sells_to")), ...anchor, ...(sold.length || anchor.length ? sold : none()));
  target.replaceChildren(...parts);
}

function newcomers(cluster) {
  if (!scenarioShown().clusters.fit) return null;
  const list = make("div", { id: "trades" });
  const chooser = make("select", { id: "newcomer", change: (event) => {
    state.newcomer = Number(event.target.value);
    drawTrades(cluster, list);
  } });
  const options = [[-1, say("newcomer_anchor", { tenant: nameOf(data.tenants[cluster.tenant]) })], ...cluster.tiers.map((tier, place) => [place, nameOf(data.tiers[tier])])];
  chooser.append(...options.map(([value, text]) => make("option", { value }, text)));
  if (state.newcomer >= cluster.tiers.length) state.newcomer = -1;
  chooser.value = String(state.newcomer);
  drawTrades(cluster, list);
  return section("chain_fit", make("p", { class: "muted" }, say("chain_fit_note")), make("label", { for: "newcomer" }, say("newcomer")), chooser, list);
}
