// The left panel: find a site, the ranked list, the weights, what this is.

const LISTED = 50;
const FOUND = 8;
const OVERVIEW_ZOOM = 15;
const NEIGHBOURS_M = 1800;

function drawHeadline() {
  const fields = { tenant: nameOf(data.tenants[state.tenant]), scenario: nameOf(data.scenarios[state.scenario]) };
  const cluster = bestCluster();
  const site = view.ranking.order[0];
  let lines = [say("headline_none", fields), "–", ""];
  if (cluster) lines = [say("headline_cluster", fields), nameOf(cluster), `${say("hectares", { area: number(cluster.area_ha, 1) })} · ${say("mean_points", { score: number(cluster.mean_score, 1) })}`];
  else if (site !== undefined) lines = [say("headline_site", fields), siteName(site), say("points", { points: number(view.ranking.scores[site], 1) })];
  ["what", "name", "how"].forEach((part, place) => {
    byId(`headline-${part}`).textContent = lines[place];
  });
  byId("headline-show").hidden = site === undefined;
}

// Clusters were grown under the study's weights: under the reader's own they are not the best any more.
function bestCluster() {
  return isStudys() ? tenantClusters().find((cluster) => cluster.mean_score !== null) : undefined;
}

// Of the best cluster, or where there is none of the best site.
function bestShape() {
  const site = view.ranking.order[0];
  return bestCluster()?.shape ?? (site === undefined ? null : shapeOf(site));
}

function showBest() {
  const shape = bestShape();
  if (shape) showShape(withNeighbours(shape, NEIGHBOURS_M), OVERVIEW_ZOOM);
}

// Whether the reader sees where the best place lies; so does one who looks at nothing because there is none.
function bestInView() {
  const shape = bestShape();
  return !shape || map.getBounds().contains(L.latLngBounds(shape.flat(2)).getCenter());
}

function siteRow(site, withRank) {
  const rank = view.ranking.ranks[site];
  const id = data.sites.id[site];
  const [name, area] = [siteName(site), areaName(site)];
  const small = [name === id ? "" : id, name.startsWith(area) ? "" : area].filter(Boolean).join(" · ");
  const button = make(
    "button",
    { type: "button", "aria-current": state.site === site ? "true" : null, click: () => selectSite(site, true) },
    make("span", { class: "rank" }, rank ? number(rank) : "–"),
    swatch(kindOf(site)),
    make("span", { class: "name" }, name, openMark(site), make("small", null, small)),
    make("span", { class: "score" }, rank ? number(view.ranking.scores[site], 1) : ""),
  );
  return make("li", withRank ? { value: rank } : null, button);
}

function drawSites() {
  const listed = listedSites();
  const more = view.ranking.count - listed.length;
  const note = say(weightsMoved() ? "sites_note_moved" : "sites_note", { listed: number(listed.length), count: number(view.ranking.count), tenant: nameOf(data.tenants[state.tenant]) });
  byId("sites-note").textContent = [note, offText()].filter(Boolean).join(" ");
  byId("site-list").replaceChildren(...Array.from(listed, (site) => siteRow(site, true)));
  byId("sites-more").textContent = more > 0 ? say("sites_more", { count: number(more) }) : "";
  byId("save-csv").disabled = byId("save-listed").disabled = view.ranking.count === 0;
}

function listedSites() {
  return view.ranking.order.slice(0, LISTED);
}

function searchText(site) {
  const { id, en, zh, area_id: area } = data.sites;
  const names = data.areas[area[site]];
  return [id[site], en[site], zh[site], names.en, names.zh].join(" ").toLowerCase();
}

let searchTexts = null;

function findSites() {
  const words = byId("search").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  searchTexts ??= data.sites.id.map((_, site) => searchText(site));
  const hits = [...searchTexts.keys()].filter((site) => words.every((word) => searchTexts[site].includes(word)));
  const place = (site) => (data.sites.id[site].toLowerCase() === words[0] ? -1 : view.ranking.ranks[site] || siteCount + site);
  return hits.sort((a, b) => place(a) - place(b));
}

function drawFound() {
  const hits = findSites();
  const asked = byId("search").value.trim() !== "";
  byId("found-none").hidden = !asked;
  byId("found-none").textContent = asked ? say(hits.length ? "found" : "found_none", { count: number(hits.length) }) : "";
  byId("save-found").hidden = hits.length === 0;
  byId("found").replaceChildren(...hits.slice(0, FOUND).map((site) => siteRow(site, false)));
}

function placeRow(place, note, mark) {
  const button = make("button", { type: "button", click: () => showPlace(place) }, swatch(mark), make("span", { class: "name" }, nameOf(place), make("small", null, note)));
  return make("li", null, button);
}

function showPlace(place) {
  const name = places[state.scenario].sandboxes.includes(place) ? "sandboxes" : "clusters";
  toggleLayer(name, true);
  drawLayerToggles();
  if (isPhone()) setSheet("peek");
  showShape(place.shape);
}

function clusterNote(cluster) {
  const parts = [say("hectares", { area: number(cluster.area_ha, 1) }), say("site_count", { count: number(cluster.sites.length) })];
  if (cluster.mean_score !== null) parts.push(say("mean_points", { score: number(cluster.mean_score, 1) }));
  parts.push(jobsWords(cluster.jobs, cluster.jobs_known_share ?? cluster.gfa_known_share));
  if (cluster.captive_share !== null) parts.push(say("captive_short", { share: percent(cluster.captive_share) }));
  return parts.join(" · ");
}

function sandboxNote(sandbox) {
  const parts = [sayWord("outcome", sandbox.outcome), say("hectares", { area: number(sandbox.area_ha ?? 0, 1) })];
  if (sandbox.readiness !== null) parts.push(say("readiness", { score: number(sandbox.readiness, 0) }));
  if (nameOf(sandbox.reasons)) parts.push(nameOf(sandbox.reasons));
  return parts.join(" · ");
}

function drawPlaceLists() {
  const none = () => make("li", { class: "muted" }, say("none_here"));
  const clusters = tenantClusters().map((cluster) => placeRow(cluster, clusterNote(cluster), "layer-clusters"));
  const kept = places[state.scenario].sandboxes.filter(({ outcome }) => outcome !== "refused");
  const refused = places[state.scenario].sandboxes.length - kept.length;
  const sandboxes = kept.map((sandbox) => placeRow(sandbox, sandboxNote(sandbox), "layer-sandboxes"));
  if (refused) sandboxes.push(make("li", { class: "muted" }, say("refused_elsewhere", { count: number(refused) })));
  byId("cluster-list").replaceChildren(...(clusters.length ? clusters : [none()]));
  byId("sandbox-list").replaceChildren(...(sandboxes.length ? sandboxes : [none()]));
}

// Sliders stand once per tenant and language; while one is dragged only the figures beside them change.
function drawWeights() {
  const rows = data.tenants[state.tenant].criteria.map((criterion, place) => {
    const id = `weight-${place}`;
    const slider = make("input", { type: "range", id, min: 0, max: 100, step: 1, "aria-describedby": `${id}-how`, input: (event) => moveWeight(place, Number(event.target.value)) });
    slider.value = String(state.weights[state.tenant][place] * 100);
    return make("div", { class: "weight" }, make("label", { for: id }, nameOf(criterion)), make("output", { for: id, id: `${id}-share` }), slider, make("small", { id: `${id}-how`, class: "muted" }, nameOf(criterion.function)), make("small", { id: `${id}-effect`, class: "effect" }));
  });
  byId("weight-list").replaceChildren(...rows);
  drawShares();
}

function drawShares() {
  sharesOf(weightsInUse()).forEach((share, place) => {
    byId(`weight-${place}-share`).textContent = weightText(share);
  });
  byId("reset").disabled = !weightsMoved();
}

// What each criterion decides under the study's weights and rules: it holds for nothing else.
function drawEffects() {
  const effective = resultOf(state.tenant, state.scenario).effective ?? [];
  data.tenants[state.tenant].criteria.forEach((_, place) => {
    const share = effective[place] ?? null;
    byId(`weight-${place}-effect`).hidden = share === null || !isStudys();
    byId(`weight-${place}-effect`).textContent = share === null ? "" : say("in_effect", { share: percent(share).replace("-", "−"), scenario: nameOf(data.scenarios[state.scenario]) });
  });
}

// Clusters on show were grown under the study's weights and rules, which is said where the ranking is another.
function drawClusterNames() {
  byId("clusters-head").textContent = say(isStudys() ? "clusters" : "clusters_study");
  const toggle = byId("layer-clusters");
  if (toggle) toggle.parentNode.lastChild.textContent = say(isStudys() ? "layer_clusters" : "clusters_study");
}

function moveWeight(place, points) {
  state.weights[state.tenant][place] = points / 100;
  drawShares();
  rankAgain();
}

function omittedItems() {
  return data.tenants[state.tenant].omitted.map((omitted) => make("li", null, make("b", null, nameOf(omitted)), ` ${nameOf(omitted.why)}`));
}

function drawOmitted() {
  const items = omittedItems();
  byId("omitted-about").replaceChildren(...(items.length ? items : [make("li", null, say("omitted_none"))]));
  byId("omitted-list").replaceChildren(...(items.length ? [make("h2", null, say("omitted")), make("ul", { class: "plain" }, ...omittedItems())] : []));
}
