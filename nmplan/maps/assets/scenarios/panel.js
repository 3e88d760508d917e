// Beside the maps: what is compared, the mean by area, the sites that change most.

const LISTED = 10;
const NAMED = 3;
const TOLD_FROM = 0.05;

function signed(change, decimals = 1) {
  const text = number(Math.abs(change), decimals);
  if (Number(Math.abs(change).toFixed(decimals)) === 0) return text;
  return `${change < 0 ? "−" : "+"}${text}`;
}

// In the quantity's own direction: fewer minutes are a minus, and better.
function signedGain(gain) {
  return signed(gain * thing().better, 1);
}

function figureText(figure) {
  return Number.isNaN(figure) ? "–" : number(figure, 1);
}

function withOwnUnit(text) {
  return say(thing().kind === SCORE ? "points" : "minutes", { points: text, minutes: text });
}

function changeText(site) {
  const [before, after] = view.figures.map((figures) => figures[site]);
  const pair = `${figureText(before)} → ${figureText(after)}`;
  return Number.isNaN(view.gains[site]) ? withOwnUnit(pair) : `${signedGain(view.gains[site])} (${withOwnUnit(pair)})`;
}

// As mean_by_area in differences.py: over the sites of an area where both are known.
function areaMeans() {
  const areas = new Map();
  for (let site = 0; site < siteCount; site++) {
    const area = data.sites.area_id[site];
    if (Number.isNaN(view.gains[site]) || !area) continue;
    if (!areas.has(area)) areas.set(area, []);
    areas.get(area).push(site);
  }
  const mean = (sites, figures) => sites.reduce((sum, site) => sum + figures[site], 0) / sites.length;
  const rows = Array.from(areas, ([area, sites]) => ({ area, sites, before: mean(sites, view.figures[0]), after: mean(sites, view.figures[1]), gain: mean(sites, view.gains) }));
  return rows.sort((a, b) => b.gain - a.gain || (a.area < b.area ? -1 : 1));
}

// Mean points by which each criterion moves the sites, the largest first.
function moversOf(sites) {
  if (thing().kind !== SCORE || !sites.length) return [];
  const { place } = thing();
  const weights = sharesOf(ownWeights(place));
  const moved = data.tenants[place].criteria.map((criterion, number_) => {
    const [before, after] = [state.before, state.after].map((scenario) => column(resultOf(place, scenario).values[number_]));
    const sum = sites.reduce((total, site) => total + after[site] - before[site], 0);
    return { criterion, gain: (100 * weights[number_] * sum) / VALUE_STEPS / sites.length };
  });
  return moved.filter(({ gain }) => Math.abs(gain) >= TOLD_FROM).sort((a, b) => Math.abs(b.gain) - Math.abs(a.gain));
}

function showSites(sites) {
  if (isPhone()) setSheet("peek");
  fitAs(() => fitSites(sites));
}

// The key may lie over empty land or sea: the sites make room for it only where one would be below it.
function fitSites(sites) {
  const bounds = sites.reduce((all, site) => all.extend(boundsOfSite(site)), L.latLngBounds([]));
  const { paddingTopLeft: [left, top], paddingBottomRight: [, bottom] } = roomLeft();
  const fit = (paddingLeft) => map.fitBounds(bounds, { paddingTopLeft: [paddingLeft, top + (isPhone() ? 60 : 8)], paddingBottomRight: [56, bottom], maxZoom: 15, animate: false });
  fit(16);
  const key = boxOnMap("key");
  const below = (site) => {
    const [{ x: left_, y: top_ }, { x: right, y: bottom_ }] = [boundsOfSite(site).getNorthWest(), boundsOfSite(site).getSouthEast()].map((corner) => map.latLngToContainerPoint(corner));
    return overlap(key, { left: left_, right, top: top_, bottom: bottom_ });
  };
  if (sites.some(below)) fit(left);
}

function areaRow({ area, sites, before, after, gain }, widest) {
  const [mover] = moversOf(sites);
  const lines = [say("site_count", { count: number(sites.length) }), withOwnUnit(`${number(before, 1)} → ${number(after, 1)}`)];
  const why = mover ? make("small", null, say("mostly", { criterion: nameOf(mover.criterion), change: signed(mover.gain) })) : null;
  const bar = make("span", { class: `area-bar ${gain < 0 ? "down" : "up"}`, "aria-hidden": "true" });
  bar.style.width = `${((100 * Math.abs(gain)) / (widest || 1)).toFixed(1)}%`;
  const name = make("span", { class: "name" }, nameOf(data.areas[area]), make("small", null, lines.join(" · ")), why, make("span", { class: "area-track", "aria-hidden": "true" }, bar));
  return make("li", null, make("button", { type: "button", "data-area": area, click: () => showSites(sites) }, name, make("span", { class: "score" }, signedGain(gain))));
}

function drawAreas() {
  const rows = areaMeans();
  const widest = Math.max(...rows.map(({ gain }) => Math.abs(gain)));
  byId("area-list").replaceChildren(...rows.map((row) => areaRow(row, widest)));
  byId("area-note").textContent = say(thing().kind === SCORE ? "area_note_score" : "area_note_minutes");
  byId("feeders").textContent = feederNotes().join("");
  const movers = moversOf(rows.flatMap(({ sites }) => sites));
  byId("mover-part").hidden = !movers.length;
  byId("mover-list").replaceChildren(...movers.map(({ criterion, gain }) => make("li", { class: "mover" }, make("span", null, nameOf(criterion)), make("b", null, signed(gain)))));
  drawHeadline(rows);
}

function drawHeadline(rows) {
  const changed = rows.filter(({ gain }) => Math.abs(gain) >= Math.max(TOLD_FROM, view.changeCuts[1])).sort((a, b) => Math.abs(b.gain) - Math.abs(a.gain));
  const alike = changed.length === rows.length && rows.length > NAMED && rows[0].gain - rows[rows.length - 1].gain < TOLD_FROM;
  const names = alike ? [`${say("all_areas")} ${signedGain(rows[0].gain)}`] : changed.slice(0, NAMED).map(({ area, gain }) => `${nameOf(data.areas[area])} ${signedGain(gain)}`);
  byId("headline-what").textContent = captionText();
  byId("headline-name").textContent = names.length ? say(thing().kind === SCORE ? "headline_points" : "headline_minutes", { areas: names.join(" · ") }) : say("headline_little");
  byId("headline-how").textContent = openingText();
  byId("headline-closes").textContent = closingText();
  const [name, change] = changed.length ? [nameOf(data.areas[changed[0].area]), say(thing().kind === SCORE ? "peek_points" : "peek_minutes", { change: signedGain(changed[0].gain) })] : [say("headline_little"), ""];
  byId("headline-peek").firstChild.textContent = name;
  byId("headline-peek").lastChild.textContent = change;
}

function captionText() {
  return say("caption_pair", { what: nameOf(thing()), a: nameOf(scenarioOf("before")), b: nameOf(scenarioOf("after")) });
}

function siteRow(site) {
  const [id, name, area] = [data.sites.id[site], siteName(site), areaName(site)];
  const small = [name === id ? "" : id, name.startsWith(area) ? "" : area, withOwnUnit(view.figures.map((figures) => figureText(figures[site])).join(" → "))].filter(Boolean).join(" · ");
  const button = make(
    "button",
    { type: "button", "aria-current": state.site === site ? "true" : null, "data-site": id, click: () => selectSite(site, true) },
    swatch(classKind(view.classes.change[site])),
    make("span", { class: "name" }, name, make("small", null, small)),
    make("span", { class: "score" }, Number.isNaN(view.gains[site]) ? "" : signedGain(view.gains[site])),
  );
  return make("li", null, button);
}

// The sites that gain (side 1) or lose (−1) most, equal ones by id.
function mostChanged(side) {
  const moved = Array.from(allRows(siteCount)).filter((site) => side * view.gains[site] >= TOLD_FROM);
  return moved.sort((a, b) => side * (view.gains[b] - view.gains[a]) || a - b).slice(0, LISTED);
}

function drawSites() {
  const fill = (id, sites) => byId(id).replaceChildren(...(sites.length ? sites.map(siteRow) : [make("li", { class: "muted" }, say("none_change"))]));
  fill("gain-list", mostChanged(1));
  fill("lose-list", mostChanged(-1));
  const flipped = Array.from(allRows(siteCount)).filter((site) => view.classes.change[site] >= ENTERED);
  byId("flip-part").hidden = !flipped.length;
  fill("flip-list", flipped.slice(0, LISTED));
  byId("sites-note").textContent = captionText();
}

function fillWhat() {
  const group = (label, kind) => {
    const own = things.map((one, place) => ({ one, place })).filter(({ one }) => one.kind === kind);
    return own.length ? make("optgroup", { label }, ...own.map(({ one, place }) => make("option", { value: place }, nameOf(one)))) : null;
  };
  byId("what").replaceChildren(...[group(say("scores_of"), SCORE), group(say("minutes_of"), "minutes")].filter(Boolean));
  byId("what").value = String(state.what);
}
