// What the land zoned for employment could carry in each area, beside what is published.

function capacityBar(low, high, target, most) {
  const bar = make("span", { class: "capacity-bar", "aria-hidden": "true" });
  const at = (value) => `${((100 * value) / most).toFixed(1)}%`;
  const piece = (kind, from, to) => {
    const one = bar.appendChild(make("span", { class: kind }));
    [one.style.left, one.style.width] = [at(from), at(to - from)];
  };
  piece("sure", 0, low);
  if (high > low) piece("maybe", low, high);
  if (target !== null) bar.appendChild(make("span", { class: "target" })).style.left = at(target);
  return bar;
}

function floorText(area) {
  if (area.gfa_m2 === null) return say("gfa_unknown");
  return say("capacity_gfa", { gfa: number(area.gfa_m2 / 1e6, 2), share: percent(area.gfa_known_share ?? 0) });
}

function workText(area) {
  if (area.jobs_low === null) return say("jobs_unknown");
  const round = (jobs) => number(Math.round(jobs / 100) * 100);
  const share = percent(area.jobs_known_share ?? 0);
  return round(area.jobs_low) === round(area.jobs_high) ? say("capacity_jobs_one", { jobs: round(area.jobs_low), share }) : say("capacity_jobs", { low: round(area.jobs_low), high: round(area.jobs_high), share });
}

function capacityRow(area, most) {
  const parts = [make("h3", null, nameOf(area), make("small", null, say("capacity_land", { land: number(area.land_ha, 0) })))];
  const told = [
    [floorText(area), area.gfa_m2, area.gfa_m2, area.gfa_target_m2, most.gfa, area.gfa_target_m2 === null ? null : say("target_gfa", { gfa: number(area.gfa_target_m2 / 1e6, 2) })],
    [workText(area), area.jobs_low, area.jobs_high, area.jobs_target, most.jobs, area.jobs_target === null ? null : say("target_jobs", { jobs: number(area.jobs_target) })],
  ];
  for (const [text, low, high, target, end, published] of told) {
    parts.push(make("p", null, [text, published].filter(Boolean).join(" · ")));
    if (low !== null || target !== null) parts.push(capacityBar(low ?? 0, high ?? 0, target, end));
  }
  return make("li", null, ...parts);
}

// The areas on one scale; the row of all of them, which would dwarf them, on its own.
function drawCapacity() {
  const most = (rows) => ({ gfa: Math.max(1, ...rows.flatMap((row) => [row.gfa_m2 ?? 0, row.gfa_target_m2 ?? 0])), jobs: Math.max(1, ...rows.flatMap((row) => [row.jobs_high ?? 0, row.jobs_target ?? 0])) });
  const [areas, whole] = [data.capacity.filter((area) => area.id !== "all"), data.capacity.filter((area) => area.id === "all")];
  byId("capacity-note").hidden = !data.capacity.length;
  const rows = [...whole.map((area) => capacityRow(area, most(whole))), ...areas.map((area) => capacityRow(area, most(areas)))];
  byId("capacity-list").replaceChildren(...(rows.length ? rows : [make("li", { class: "muted" }, say("no_capacity"))]));
}
