// The cards: every cluster of the tenant with the numbers of its place, the best mean score first.

function points(cluster) {
  const score = cluster.figure("mean_score");
  return score === null ? "–" : number(score, 1);
}

function shareText(cluster, name) {
  const share = cluster.figure(name);
  return share === null ? null : percent(share);
}

function minutesText(cluster, name) {
  const minutes = cluster.figure(name);
  return minutes === null ? "–" : number(minutes);
}

function areaOf(cluster) {
  const area = data.areas[cluster.area];
  return area ? nameOf(area) : "";
}

// From the lowest to the highest score of its sites, the mean marked, on the span of all clusters of the tenant.
function spreadBar(cluster) {
  const own = data.scenarios.flatMap((_, scenario) => clustersIn(scenario, state.tenant));
  const [low, high, mean] = ["score_low", "score_high", "mean_score"].map(cluster.figure);
  if (low === null || high === null) return null;
  const least = Math.floor(Math.min(...own.map((one) => one.figure("score_low") ?? 100)));
  const most = Math.ceil(Math.max(...own.map((one) => one.figure("score_high") ?? 0)));
  const at = (score) => (100 * (score - least)) / (most - least || 1);
  const range = make("span", { class: `range band-${clusterClass(cluster)}` });
  const mark = make("span", { class: "mean" });
  [range.style.left, range.style.width, mark.style.left] = [`${at(low).toFixed(1)}%`, `${(at(high) - at(low)).toFixed(1)}%`, `${at(mean).toFixed(1)}%`];
  return make("span", { class: "spread" }, make("span", { class: "spread-bar", "aria-hidden": "true" }, range, mark), make("span", { class: "spread-text" }, say("score_spread", { low: number(low, 1), high: number(high, 1) })));
}

function jobsText(cluster) {
  const jobs = cluster.figure("jobs");
  const share = cluster.figure("jobs_known_share") ?? cluster.figure("gfa_known_share");
  return jobsWords(jobs, share);
}

function phaseText(cluster) {
  const year = cluster.figure("phase_year");
  const station = data.stops[cluster.stop] ? nameOf(data.stops[cluster.stop]) : cluster.stop;
  if (year === null) return say("phase_none");
  return year === 0 ? say("phase_open", { station }) : say("phase_year", { station, year });
}

function captiveText(cluster) {
  const share = shareText(cluster, "captive_share");
  if (share === null) return null;
  const [low, high] = [shareText(cluster, "captive_low"), shareText(cluster, "captive_high")];
  return low === null || high === null ? say("captive_short", { share }) : say("captive_short_band", { share, low, high });
}

function hotText(cluster) {
  const share = shareText(cluster, "hot_share");
  return share === null ? null : say("hot_share", { share });
}

function idleText(cluster) {
  const share = shareText(cluster, "idle_share");
  return share === null ? say("idle_unknown") : say("idle_share", { share });
}

function firmsText(cluster) {
  const [walk, near] = [cluster.figure("firms_walk"), cluster.figure("firms_15")];
  return walk === null && near === null ? null : say("firms_close", { walk: walk === null ? "–" : number(walk), near: near === null ? "–" : number(near) });
}

function topText(cluster) {
  const share = cluster.figure("p_top");
  return share === null ? null : say("cluster_top", { k: number(scenarioShown().top_k), share: percent(share, share < 0.1 ? 1 : 0) });
}

function bestText(cluster) {
  const between = state.language === "en" ? ", " : "、";
  return cluster.best.length ? say("best_for", { tenants: cluster.best.map((tenant) => nameOf(data.tenants[tenant])).join(between) }) : null;
}

// Everything told of a cluster in one line each; a card and the printed table take theirs from here.
function linesOf(cluster) {
  return [
    [say("hectares", { area: number(cluster.figure("area_ha"), 1) }), say("site_count", { count: number(cluster.sites.length) }), topText(cluster)].filter(Boolean).join(" · "),
    cluster.tenant === 0 ? bestText(cluster) : null,
    say("cluster_minutes", { crossing: minutesText(cluster, "crossing_min"), goods: minutesText(cluster, "crossing_goods_min"), station: minutesText(cluster, "station_min") }),
    jobsText(cluster),
    phaseText(cluster),
    captiveText(cluster),
    [idleText(cluster), hotText(cluster)].filter(Boolean).join(" · "),
    firmsText(cluster),
  ].filter(Boolean);
}

function cardOf(cluster, place) {
  const other = state.language === "en" ? "zh" : "en";
  const [name, more] = [bareName(nameOf(cluster)), nameOf(cluster).slice(bareName(nameOf(cluster)).length).trim()];
  const second = bareName(cluster[other]) === name ? null : make("span", { class: "second", lang: TAGS[other] }, bareName(cluster[other]));
  const where = [areaOf(cluster), more.replace(/^[(（]|[)）]$/g, "")].filter(Boolean).join(" · ");
  const button = make(
    "button",
    { type: "button", class: "card", "data-cluster": cluster.id, "aria-current": state.cluster === cluster.id ? "true" : null, click: () => selectCluster(cluster.id, true) },
    make("span", { class: "card-head" }, make("b", { class: "place" }, number(place + 1)), make("span", { class: "name" }, make("b", null, name), second, make("span", { class: "where" }, where)), make("span", { class: "score" }, points(cluster))),
    spreadBar(cluster),
    ...linesOf(cluster).map((line) => make("span", { class: "line" }, line)),
  );
  return make("li", null, button);
}

function drawCards() {
  const clusters = clustersShown();
  const note = say(state.tenant === 0 ? "cards_note_all" : "cards_note", { count: number(clusters.length), tenant: nameOf(data.tenants[state.tenant]) });
  const told = [note, data.threshold === null ? "" : say("cards_threshold", { points: number(data.threshold) })].filter(Boolean);
  byId("cards-note").textContent = clusters.length ? told.join(state.language === "en" ? " " : "") : say("no_clusters");
  byId("cards").replaceChildren(...clusters.map(cardOf));
}

// Which card is the chosen one, without drawing all of them again.
function markCard() {
  for (const card of byId("cards").querySelectorAll(".card")) {
    if (card.dataset.cluster === state.cluster) card.setAttribute("aria-current", "true");
    else card.removeAttribute("aria-current");
  }
}

// Of all tenants together also the best cluster in the areas that the study compares, where another one leads.
function bestCompared(best) {
  const own = clustersShown().find((cluster) => data.focus.includes(cluster.area));
  if (state.tenant !== 0 || !own || own === best) return null;
  return say("best_compared", { areas: data.focus.filter((area) => data.areas[area]).map((area) => nameOf(data.areas[area])).join(state.language === "en" ? "; " : "、"), cluster: bareName(nameOf(own)), score: points(own) });
}

function drawHeadline() {
  const [best] = clustersShown();
  const fields = { tenant: nameOf(data.tenants[state.tenant]), scenario: nameOf(scenarioShown()) };
  byId("headline-what").textContent = say(best ? (state.tenant === 0 ? "headline_all" : "headline_cluster") : "headline_no_cluster", fields);
  byId("headline-name").textContent = best ? bareName(nameOf(best)) : "–";
  const how = best ? [areaOf(best), say("hectares", { area: number(best.figure("area_ha"), 1) }), say("mean_points", { score: points(best) }), best.tenant === 0 ? bestText(best) : null] : [];
  byId("headline-how").textContent = [...how, best ? bestCompared(best) : null].filter(Boolean).join(" · ");
  byId("headline-show").hidden = !best;
}
