// The frame of every map page: bar, panel with tabs, sheet on a phone, dossier, key, link.
//
// A page brings along: state { language, scenario, shown, … }, shownYear(), hasDossier(), pageLayers(), pageLabels(),
// hashOfState(), open(hash), drawAll(), drawSheet(), closeDossier(). Then it calls prepareShell(), draws its map and
// calls startShell().

const TABS = Array.from(document.querySelectorAll("[role=tab]"), (tab) => tab.id.replace("tab-", ""));

function isPhone() {
  return window.matchMedia("(max-width: 760px)").matches;
}

function openTab(name) {
  for (const tab of TABS) {
    const open = tab === name;
    byId(`tab-${tab}`).setAttribute("aria-selected", String(open));
    byId(`tab-${tab}`).tabIndex = open ? 0 : -1;
    byId(`pane-${tab}`).hidden = !open;
  }
  for (const panes of document.querySelectorAll(".panes")) panes.scrollTop = 0;
}

function moveTab(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const at = TABS.findIndex((tab) => byId(`tab-${tab}`) === event.target);
  const next = TABS[(at + step + TABS.length) % TABS.length];
  openTab(next);
  byId(`tab-${next}`).focus();
}

function fillSelect(id, things, chosen) {
  byId(id).replaceChildren(...things.map((thing, place) => make("option", { value: place }, nameOf(thing))));
  byId(id).value = String(chosen);
}

// Minutes of a scenario that assumes feeder buses say so beside its name.
function tellFeeders(scenario) {
  byId("feeders").hidden = !scenario.feeders;
}

function describe(id, pairs) {
  byId(id).replaceChildren(...pairs.flatMap(([term, text]) => [make("dt", null, term), make("dd", null, text)]));
}

function drawAbout() {
  describe("source-list", data.sources.map((note) => [sayWord("layer_name", note.layer), [nameOf(note.source), note.accuracy].filter(Boolean).join(" · ")]));
  const stamp = data.stamp;
  describe("stamp-list", [[say("study"), stamp.study_id], [say("study_hash"), stamp.study_hash], [say("data_date"), stamp.data_date], [say("version"), `nmplan ${stamp.version}`]]);
}

const STOPS = ["peek", "half", "full"];

function sheetHeight(stop) {
  return Math.round({ peek: 96, half: window.innerHeight * 0.5, full: window.innerHeight * 0.92 }[stop]);
}

let lastFit = null;

// Fit the map as told, and again when the sheet of a phone moves, until the reader goes elsewhere.
function fitAs(fit) {
  fit();
  lastFit = { fit, zoom: map.getZoom(), centre: map.getCenter() };
}

// Within a few pixels: a browser that resizes the map moves it by one.
function isUntouched() {
  return lastFit !== null && map.getZoom() === lastFit.zoom && map.latLngToContainerPoint(lastFit.centre).distanceTo(map.getSize().divideBy(2)) < 5;
}

// On a phone what was in the middle of the map that is seen stays there; a sheet over all of it moves nothing.
function setSheet(stop) {
  const was = document.body.dataset.sheet;
  document.body.dataset.sheet = stop;
  document.body.style.setProperty("--sheet-px", `${sheetHeight(stop)}px`);
  if (!isPhone() || was === stop || !document.body.classList.contains("ready")) return;
  if (isUntouched()) {
    if (stop !== "full") fitAs(lastFit.fit);
    return;
  }
  const [before, after] = [was, stop].map((one) => sheetHeight(one === "full" ? "half" : one));
  if (before !== after) map.panBy([0, (after - before) / 2], { animate: false });
}

function nextStop() {
  setSheet(STOPS[(STOPS.indexOf(document.body.dataset.sheet) + 1) % STOPS.length]);
}

// The sheet follows the finger and settles at the nearest stop; a mere tap goes one stop on.
function dragSheet(handle) {
  let from = null;
  handle.addEventListener("pointerdown", (event) => {
    from = event.clientY;
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointerup", (event) => {
    const moved = from === null ? 0 : from - event.clientY;
    from = null;
    if (Math.abs(moved) < 12) return;
    const at = STOPS.indexOf(document.body.dataset.sheet);
    const steps = Math.abs(moved) > window.innerHeight * 0.45 ? 2 : 1;
    setSheet(STOPS[Math.min(2, Math.max(0, at + Math.sign(moved) * steps))]);
    handle.dataset.dragged = "yes";
  });
  handle.addEventListener("click", () => {
    if (handle.dataset.dragged) delete handle.dataset.dragged;
    else nextStop();
  });
}

async function copyLink() {
  window.history.replaceState(null, "", hashOfState());
  try {
    await navigator.clipboard.writeText(window.location.href);
    announce(say("link_copied"));
  } catch {
    announce(say("link_in_address"));
  }
}

// Nothing shows whatever the dossier is of: no parts, no dossier.
function fillDossier(title, parts) {
  byId("dossier").hidden = parts === null;
  document.body.classList.toggle("has-dossier", parts !== null);
  if (parts === null) return;
  byId("dossier-title").textContent = title;
  byId("dossier-body").replaceChildren(...parts);
}

function openPages(open) {
  byId("pages").classList.toggle("opened", open);
  byId("pages-toggle").setAttribute("aria-expanded", String(open));
}

function listenToBar() {
  byId("language").addEventListener("click", () => {
    state.language = state.language === "en" ? "zh" : "en";
    drawAll();
  });
  byId("print").addEventListener("click", () => window.print());
  byId("link").addEventListener("click", copyLink);
  byId("pages-toggle").addEventListener("click", () => openPages(!byId("pages").classList.contains("opened")));
  document.addEventListener("click", (event) => {
    if (!byId("pages").contains(event.target)) openPages(false);
  });
}

function listenToPanel() {
  byId("close").addEventListener("click", closeDossier);
  byId("key-toggle").addEventListener("click", () => {
    openKey(byId("key").classList.contains("closed"));
    drawLabels();
  });
  for (const tab of TABS) {
    byId(`tab-${tab}`).addEventListener("click", () => {
      openTab(tab);
      if (document.body.dataset.sheet === "peek") setSheet("half");
    });
    byId(`tab-${tab}`).addEventListener("keydown", moveTab);
  }
  for (const handle of document.querySelectorAll(".handle")) dragSheet(handle);
}

function listenToWindow() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (byId("pages").classList.contains("opened")) openPages(false);
    else closeDossier();
  });
  window.addEventListener("beforeprint", drawSheet);
  window.addEventListener("resize", () => setSheet(document.body.dataset.sheet));
  window.addEventListener("hashchange", () => open(window.location.hash));
  map.on("zoomend", drawRail);
  map.on("moveend", () => {
    drawLabels();
    rememberSoon();
  });
}

function prepareShell() {
  document.documentElement.classList.add("scripted");
  setSheet("peek");
  if (TABS.length) openTab(TABS[0]);
  openPages(false);
  openKey(window.innerWidth > 1100);
  map.fitBounds(homeBounds(), { animate: false });
}

function startShell() {
  labelLayer.addTo(map);
  for (const [name, group] of Object.entries(groups)) if (state.shown[name]) group.addTo(map);
  open(window.location.hash);
  drawLabels();
  listenToBar();
  listenToPanel();
  listenToWindow();
  document.body.classList.add("ready");
}
