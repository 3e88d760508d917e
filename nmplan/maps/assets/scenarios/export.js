// The differences as a table: each row says of whom, of which scenarios, and where it comes from.

const HEADS = ["id", "name_en", "name_zh", "area_id", "quantity", "unit", "scenario_a", "scenario_b", "a", "b", "change", "study_hash", "data_date", "version", "caveat"];

function changeRow(site) {
  const { stamp } = data;
  const [a, b] = view.figures.map((figures) => (Number.isNaN(figures[site]) ? null : Number(figures[site].toFixed(4))));
  return {
    id: data.sites.id[site],
    name_en: data.sites.en[site],
    name_zh: data.sites.zh[site],
    area_id: data.sites.area_id[site],
    quantity: thing().kind === SCORE ? `score of ${thing().id}` : thing().id,
    unit: thing().kind === SCORE ? "points" : "min",
    scenario_a: data.scenarios[state.before].id,
    scenario_b: data.scenarios[state.after].id,
    a,
    b,
    change: a === null || b === null ? null : Number((b - a).toFixed(4)),
    study_hash: stamp.study_hash,
    data_date: stamp.data_date,
    version: stamp.version,
    caveat: stamp[`caveat_${state.language}`],
  };
}

function saveChanges() {
  const names = [data.stamp.study_id, thing().id, data.scenarios[state.before].id, data.scenarios[state.after].id];
  saveFile(names, "csv", "text/csv;charset=utf-8", csvText(HEADS, Array.from(allRows(siteCount), changeRow)));
}
