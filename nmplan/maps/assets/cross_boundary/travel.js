// How far one gets from an area in so many minutes, and what crossing takes.

const bandShapes = unpackRings(data.bands);
const BAND_COLOURS = ["#00574B", "#2F8F7E", "#82BFB2", "#C9E3DC"];
const USERS = ["goods", "people", "quota-car"];

// Bands of the chosen place and mode, the shortest first.
function bandsHere() {
  const from = bandPlaces[state.from]?.id;
  return thisScenario().bands.filter((band) => band.place === from && band.mode === MODES[state.mode]).sort((a, b) => a.limit - b.limit);
}

// Four steps of one hue; more bands share the lightest.
function bandClass(order) {
  return Math.min(order, BAND_COLOURS.length - 1);
}

function modeName(mode) {
  return { drive: say("mode_drive"), transit: say("mode_transit"), goods: say("mode_goods"), "quota-car": say("mode_quota_car") }[mode] ?? mode;
}

function userName(user) {
  return { goods: say("served_goods"), people: say("served_people"), "quota-car": say("served_quota_car") }[user] ?? user;
}

function wayName(mode) {
  return { rail: say("served_by_rail"), road: say("way_road"), train: say("served_by_train") }[mode] ?? mode;
}

function drawTravel() {
  const some = bandPlaces.length > 0;
  byId("bands-part").hidden = !some;
  byId("bands-none").hidden = some;
  if (some) fillSelect("from", bandPlaces, state.from);
  byId("modes").replaceChildren(...MODES.map((mode, place) => make("button", { type: "button", "aria-pressed": String(place === state.mode), click: () => chooseMode(place) }, modeName(mode))));
  byId("crossings-note").textContent = halls.length ? [say(thisScenario().period === "peak" ? "clearance_peak" : "clearance_quiet"), ...leverTexts(), say("minutes_from_table")].join(" ") : say("crossings_none");
  byId("crossing-list").replaceChildren(...halls.map((hall) => make("li", null, make("button", { type: "button", "aria-current": isChosen("crossing", hall) ? "true" : null, click: () => choose("crossing", hall, true) }, swatch(`hall-${hallStatus(hall)}`), make("span", { class: "name" }, nameOf(hall), make("small", null, hallText(hall)))))));
}

function chooseMode(place) {
  state.mode = place;
  drawTravel();
  drawSymbols();
  drawKey();
  byId("modes").children[place].focus();
  rememberSoon();
}

function leverTexts() {
  return thisScenario().levers.map((lever) => {
    const share = number(lever.share * 100);
    if (!lever.crossings.length) return say(lever.user === "goods" ? "lever_goods" : "lever_people", { share });
    const crossings = lever.crossings.map((id) => nameIn(halls, id)).join(state.language === "en" ? ", " : "、");
    return say(lever.user === "goods" ? "lever_goods_at" : "lever_people_at", { share, crossings });
  });
}

// From its first year up to, not including, its last.
function runs(service) {
  const year = shownYear();
  return (service.valid_from === null || service.valid_from <= year) && (service.valid_to === null || service.valid_to > year);
}

function runningAt(hall) {
  return hall.status === "closed" ? [] : hall.services.filter(runs);
}

// Open to goods, to people only, or to nobody in the scenario's year.
function hallStatus(hall) {
  const running = runningAt(hall);
  return running.some((service) => service.user === "goods") ? "goods" : running.length ? "people" : "shut";
}

function statusText(hall) {
  if (hallStatus(hall) === "goods") return say("hall_goods");
  if (hallStatus(hall) === "people") return say("hall_people");
  return say("hall_shut", { year: shownYear() });
}

function leversOn(hall, service) {
  return thisScenario().levers.filter((lever) => lever.user === service.user && (!lever.crossings.length || lever.crossings.includes(hall.id)) && (lever.direction === null || service.directions.includes(lever.direction)));
}

// What clearing takes in the scenario: its hour, and what its policies leave of the minutes; several multiply.
function minutesOf(hall, service) {
  const minutes = thisScenario().period === "peak" ? service.clearance_peak_min : service.clearance_quiet_min;
  return minutes === null ? null : leversOn(hall, service).reduce((left, lever) => left * lever.share, minutes);
}

// The quickest clearance for each user that may cross in the scenario's year.
function hallText(hall) {
  const running = runningAt(hall);
  const texts = USERS.map((user) => {
    const minutes = running.filter((service) => service.user === user).map((service) => minutesOf(hall, service)).filter((one) => one !== null);
    return minutes.length ? say("user_minutes", { user: userName(user), minutes: number(Math.min(...minutes)) }) : "";
  });
  return texts.filter(Boolean).join(" · ") || statusText(hall);
}
