// Who would get which land: shares, limits, and what keeping supply at home costs in points.

const CHART = { width: 320, height: 190, left: 52, right: 12, top: 24, bottom: 40 };

function shareRow(share) {
  const clusters = share.clusters.map((id) => clustersOf[state.scenario].find((cluster) => cluster.id === id)).filter(Boolean);
  const between = state.language === "en" ? ", " : "、";
  const where = clusters.length ? clusters.map((cluster) => bareName(nameOf(cluster))).join(between) : say("in_no_cluster");
  const name = make("th", { scope: "row" }, make("span", { class: "who" }, letterMark(share.tenant), make("span", null, nameOf(data.tenants[share.tenant + 1]))), make("small", null, share.sites ? where : say("gets_nothing")));
  const cells = [number(share.sites), number(share.land_ha, 1), share.score === null ? "–" : number(share.score, 1), share.captive === null ? "–" : percent(share.captive)];
  return make("tr", null, name, ...cells.map((cell) => make("td", null, cell)));
}

function shareTable(portfolio) {
  const heads = ["tenant_head", "sites_head", "land_ha", "points_head", "captive_head_short"].map((key) => make("th", { scope: "col" }, say(key)));
  return make("table", { class: "account" }, make("thead", null, make("tr", null, ...heads)), make("tbody", null, ...portfolio.tenants.map(shareRow)));
}

function summaryText({ summary }) {
  if (!summary.sites) return say("portfolio_unsolved");
  const fields = { sites: number(summary.sites), land: number(summary.land_ha, 1), score: number(summary.mean_score, 1) };
  const parts = [say("portfolio_sum", fields)];
  if (summary.captive_share !== null) parts.push(say("portfolio_captive", { share: percent(summary.captive_share, 1) }));
  if (summary.gap !== null) parts.push(say(summary.status === "optimal" ? "portfolio_gap" : "portfolio_gap_time", { gap: percent(summary.gap, 1) }));
  return parts.join(state.language === "en" ? " " : "");
}

function limitRow(limit) {
  const kept = limit.outcome === "kept";
  const used = limit.used === null ? "" : say("limit_used", { used: `${number(limit.used, limit.unit === "ha" ? 1 : 0)}${limit.unit === "ha" ? ` ${sayWord("unit", "ha")}` : ""}` });
  const words = { kept: say("limit_kept"), contradicts: say("limit_contradicts"), "not solved": say("limit_not_solved") };
  const outcome = words[limit.outcome] ?? limit.outcome;
  return make("li", { class: kept ? "kept" : "broken" }, make("span", { class: "mark", "aria-hidden": "true" }, kept ? "✓" : "!"), make("span", null, nameOf(limit.what), make("small", null, [used, outcome].filter(Boolean).join(" · "))));
}

// Round steps that divide a span into three to six.
function ticks(low, high) {
  const rough = (high - low) / 4 || Math.abs(high) || 1;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * ten).find((one) => one >= rough);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(high / step + 1e-9) - first + 1) }, (_, place) => (first + place) * step);
}

function chartText(x, y, text, more = {}) {
  const node = vector("text", { x, y, "font-size": 11.5, fill: "#55626F", ...more });
  node.textContent = text;
  return node;
}

function frontierChart(rows) {
  const { width, height, left, right, top, bottom } = CHART;
  const ends = (name) => {
    const values = rows.map((row) => row[name]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = (high - low) * 0.08 || Math.abs(high) * 0.05 || 1;
    return [low - room, high + room];
  };
  const [[west, east], [south, north]] = [ends("captive_share"), ends("total_score")];
  const x = (share) => left + ((share - west) / (east - west)) * (width - left - right);
  const y = (score) => height - bottom - ((score - south) / (north - south)) * (height - top - bottom);
  const picture = vector("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": say("frontier_head") });
  for (const score of ticks(south, north)) picture.append(vector("path", { d: `M${left} ${y(score).toFixed(1)}H${width - right}`, stroke: "#DDE3E8" }), chartText(left - 6, y(score) + 4, number(score), { "text-anchor": "end" }));
  for (const share of ticks(west, east)) picture.append(vector("path", { d: `M${x(share).toFixed(1)} ${height - bottom}v4`, stroke: "#8A949D" }), chartText(x(share), height - bottom + 16, percent(share), { "text-anchor": "middle" }));
  picture.append(vector("path", { d: `M${left} ${top}V${height - bottom}H${width - right}`, stroke: "#8A949D", fill: "none" }));
  picture.append(vector("polyline", { points: rows.map((row) => `${x(row.captive_share).toFixed(1)},${y(row.total_score).toFixed(1)}`).join(" "), fill: "none", stroke: "#0B5C8A", "stroke-width": 2 }));
  rows.forEach((row, place) => picture.append(vector("circle", { class: "step", cx: x(row.captive_share).toFixed(1), cy: y(row.total_score).toFixed(1), r: place ? 3.5 : 5.5, fill: place ? "#FFFFFF" : "#0B5C8A", stroke: "#0B5C8A", "stroke-width": 2 })));
  picture.append(chartText((left + width - right) / 2, height - 4, say("frontier_across"), { "text-anchor": "middle" }), chartText(2, 12, say("frontier_up")));
  return picture;
}

function tableOf(names, rows, cells) {
  const heads = names.map((key) => make("th", { scope: "col" }, say(key)));
  return make("table", { class: "account" }, make("thead", null, make("tr", null, ...heads)), make("tbody", null, ...rows.map((row) => make("tr", null, ...cells(row).map((cell) => make("td", null, cell))))));
}

function frontierPart({ frontier }) {
  const rows = frontier.filter((row) => row.captive_share !== null && row.total_score !== null);
  if (!rows.length) return [];
  const cells = (row) => [percent(row.captive_share, 1), number(row.total_score), number(row.land_ha, 1)];
  return [make("h2", null, say("frontier_head")), make("p", { class: "muted" }, say("frontier_note")), frontierChart(rows), tableOf(["captive_head_short", "frontier_up", "land_ha"], rows, cells)];
}

function roundsPart({ rounds }) {
  if (!rounds.length) return [];
  const money = (value) => (value === null ? "–" : number(value, 0));
  const cells = (row) => [number(row.round), money(row.budget_hkd_m), money(row.reinvested_hkd_m), money(row.spent_hkd_m), money(row.private_hkd_m), number(row.sites)];
  return [make("h2", null, say("rounds_head")), make("p", { class: "muted" }, say("rounds_note")), tableOf(["round", "budget", "reinvested", "spent", "private_money", "sites_head"], rounds, cells)];
}

function drawPortfolio() {
  const { portfolio } = scenarioShown();
  if (!portfolio) {
    byId("portfolio-body").replaceChildren(make("p", { class: "muted" }, say("no_portfolio")));
    return;
  }
  byId("portfolio-body").replaceChildren(
    make("p", null, summaryText(portfolio)),
    make("p", { class: "judgement" }, say("portfolio_judgement")),
    ...(portfolio.sites.length ? [make("h2", null, say("portfolio_shares")), shareTable(portfolio)] : []),
    make("h2", null, say("portfolio_limits")),
    make("ul", { class: "limits" }, ...portfolio.limits.map(limitRow)),
    ...frontierPart(portfolio),
    ...roundsPart(portfolio),
  );
}
