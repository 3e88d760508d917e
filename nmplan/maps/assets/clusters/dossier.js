// The account of one cluster: where it stands, its numbers, its chain, its sites.

function section(key, ...children) {
  return make("section", null, make("h3", null, say(key)), ...children.filter((child) => child !== null));
}

function drawDossier() {
  const cluster = clusterChosen();
  if (!cluster) fillDossier("", null);
  else fillDossier(bareName(nameOf(cluster)), dossierParts(cluster));
}

function standing(cluster) {
  const clusters = clustersShown();
  const line = make("p", { class: "rank-line" }, swatch(`band-${clusterClass(cluster)}`), make("b", null, say("cluster_rank", { rank: number(clusters.indexOf(cluster) + 1), count: number(clusters.length) })), make("span", { class: "score" }, say("points", { points: points(cluster) })));
  const who = [nameOf(data.tenants[state.tenant]), nameOf(scenarioShown()), areaOf(cluster)].filter(Boolean).join(" · ");
  return make("div", { class: "standing" }, line, make("p", { class: "muted" }, who), spreadBar(cluster));
}

function captiveBar(cluster) {
  const [share, low, high] = ["captive_share", "captive_low", "captive_high"].map(cluster.figure);
  if (share === null) return null;
  const bar = make("span", { class: "captive", "aria-hidden": "true" });
  const piece = (kind, from, to) => {
    const one = bar.appendChild(make("span", { class: kind }));
    [one.style.left, one.style.width] = [`${(from * 100).toFixed(1)}%`, `${((to - from) * 100).toFixed(1)}%`];
  };
  piece("home", 0, share);
  if (low !== null && high !== null) piece("band", low, high);
  return bar;
}

function placeNumbers(cluster) {
  const gfa = cluster.figure("gfa_m2");
  const floor = gfa === null ? say("gfa_unknown") : say("gfa_at_least", { gfa: number(Math.floor(gfa / 1000) * 1000), share: percent(cluster.figure("gfa_known_share") ?? 0) });
  const lines = linesOf(cluster);
  return section("cluster_numbers", make("ul", { class: "plain" }, ...[...lines.slice(0, -1), floor, ...lines.slice(-1)].map((line) => make("li", null, line))), captiveBar(cluster));
}

function chainPart(cluster) {
  if (cluster.tenant === 0) return section("chain_head", make("p", { class: "muted" }, say("chain_none_all")));
  if (!scenarioShown().clusters.links || !cluster.tiers.length) return section("chain_head", make("p", { class: "muted" }, say("chain_none")));
  const missing = cluster.tiers.map((_, place) => tierRow(cluster, place)).filter(({ gap }) => gap > 0).length;
  const note = missing ? say("links_missing", { count: number(missing), all: number(cluster.tiers.length) }) : say("links_whole", { all: number(cluster.tiers.length) });
  return section("chain_head", make("p", null, note), chainTable(cluster), make("p", { class: "muted" }, say("chain_note")));
}

function sitesPart(cluster) {
  const own = [...cluster.sites].sort((a, b) => (scoreOf(b) ?? -1) - (scoreOf(a) ?? -1));
  const rows = own.map((site) => make("li", null, make("span", { class: "name" }, siteName(site), siteName(site) === data.sites.id[site] ? null : make("small", null, data.sites.id[site])), make("span", { class: "site-ha" }, say("hectares", { area: number(column(data.sites.area_m2)[site] / 10000, 1) })), make("b", null, scoreOf(site) === null ? "–" : number(scoreOf(site), 1))));
  return section("sites_of_cluster", make("ol", { class: "own-sites" }, ...rows));
}

function dossierParts(cluster) {
  const chain = cluster.tenant === 0 ? [] : [newcomers(cluster)];
  const provenance = make("section", { class: "provenance" }, make("p", null, say("cluster_id_is", { id: cluster.id })), make("p", null, data.stamp[`caveat_${state.language}`]), make("p", null, stampText()));
  return [standing(cluster), placeNumbers(cluster), chainPart(cluster), ...chain, sitesPart(cluster), provenance].filter((part) => part !== null);
}
