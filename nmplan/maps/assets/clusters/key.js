// The key: what the colours mean, how many clusters each class has, whose letters the portfolio shows.

function classLabels() {
  const cuts = scoreCuts(state.tenant);
  const middle = cuts.slice(1).map((low, place) => say("points_between", { low: number(low), high: number(cuts[place]) }));
  return [say("points_from", { points: number(cuts[0]) }), ...middle, say("points_below", { points: number(cuts[3]) })];
}

function keyRow(mark, label, count) {
  return make("li", null, mark, make("span", null, label), make("span", { class: "count" }, number(count)));
}

function letterMark(tenant) {
  const mark = make("span", { class: "letter-mark", "aria-hidden": "true" }, letterOf(tenant));
  mark.style.background = portfolioColour(tenant);
  return mark;
}

function drawKey() {
  byId("key-title").textContent = `${nameOf(data.tenants[state.tenant])} · ${shownYear()}`;
  const clusters = clustersShown();
  const { portfolio } = scenarioShown();
  const told = state.shown.portfolio && portfolio;
  byId("key-note").textContent = say(told ? "key_portfolio" : "key_clusters");
  if (told) {
    byId("key-classes").replaceChildren(...portfolio.tenants.filter((share) => share.sites).map((share) => keyRow(letterMark(share.tenant), nameOf(data.tenants[share.tenant + 1]), share.sites)));
    byId("key-total").textContent = say("site_count", { count: number(portfolio.sites.length) });
    return;
  }
  const counts = new Array(COLOURS.length).fill(0);
  for (const cluster of clusters) counts[clusterClass(cluster)] += 1;
  byId("key-classes").replaceChildren(...classLabels().map((label, band) => keyRow(swatch(`band-${band}`), label, counts[band])));
  byId("key-total").textContent = say("clusters_in_all", { count: number(clusters.length) });
}

function pageLayers() {
  const { portfolio } = scenarioShown();
  return { clusters: clustersShown(), sites: data.sites.id, hot_spots: [...spotSites(1), ...spotSites(-1)], portfolio: portfolio?.sites ?? [] };
}

// What stands in brackets tells places of one name apart; on the map the place does.
function bareName(name) {
  return name.replace(/\s*[(（][^()（）]*[)）]$/, "");
}

function pageLabels() {
  if (!state.shown.clusters || state.shown.portfolio) return [];
  return clustersShown().map((cluster, place) => {
    const names = { en: bareName(cluster.en), zh: bareName(cluster.zh) };
    names[state.language] = `${place + 1} ${names[state.language]}`;
    return { ...names, kind: "cluster", at: topOf(cluster.shape), from: 10 };
  });
}
