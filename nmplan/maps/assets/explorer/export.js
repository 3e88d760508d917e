// What a reader takes away: the ranking as a table, sites as features; each row says where it comes from.

const HEADS = ["rank", "id", "name_en", "name_zh", "tenant", "scenario", "score", "p_top", "weights", "rules_off", "rules_undecided", "study_hash", "data_date", "version", "caveat"];

// What is told of a site in both kinds of file.
function traits(site) {
  const [tenant, scenario, stamp] = [data.tenants[state.tenant], data.scenarios[state.scenario], data.stamp];
  const ranked = view.ranking.ranks[site] > 0;
  return {
    rank: ranked ? view.ranking.ranks[site] : null,
    id: data.sites.id[site],
    name_en: data.sites.en[site],
    name_zh: data.sites.zh[site],
    tenant: tenant.id,
    scenario: scenario.id,
    score: ranked ? Number(view.ranking.scores[site].toFixed(4)) : null,
    p_top: quantity(resultOf(state.tenant, state.scenario).p_top, site, 1000),
    weights: tenant.criteria.map((criterion, place) => `${criterion.id} ${Number((100 * sharesOf(weightsInUse())[place]).toFixed(2))}%`).join("; "),
    rules_off: [...rulesOff()].map((place) => tenant.rules[place].id).join("; "),
    rules_undecided: openRules(site).map((rule) => rule.id).join("; "),
    study_hash: stamp.study_hash,
    data_date: stamp.data_date,
    version: stamp.version,
    caveat: stamp[`caveat_${state.language}`],
  };
}

function rankingCsv() {
  return csvText(HEADS, Array.from(view.ranking.order, traits));
}

// A closed ring of [longitude, latitude], outlines against the clock and holes with it (RFC 7946).
function geoJsonRing(ring, hole) {
  const points = [...ring, ring[0]].map(([lat, lng]) => [lng, lat]);
  const area = points.slice(1).reduce((sum, [x, y], place) => sum + points[place][0] * y - x * points[place][1], 0);
  return area > 0 === hole ? points.reverse() : points;
}

function sitesGeoJson(chosen) {
  const features = chosen.map((site) => ({
    type: "Feature",
    id: data.sites.id[site],
    properties: traits(site),
    geometry: { type: "MultiPolygon", coordinates: shapeOf(site).map((part) => part.map((ring, place) => geoJsonRing(ring, place > 0))) },
  }));
  return JSON.stringify({ type: "FeatureCollection", features });
}

function saveAs(ending, kind, text) {
  saveFile([data.stamp.study_id, data.tenants[state.tenant].id, data.scenarios[state.scenario].id], ending, kind, text);
}

function saveRanking() {
  saveAs("csv", "text/csv;charset=utf-8", rankingCsv());
}

function saveSites(chosen) {
  saveAs("geojson", "application/geo+json", sitesGeoJson([...chosen]));
}
