// How far one gets from an area in so many minutes, and what crossing takes.

const bandShapes = unpackRings(data.bands);
const BAND_COLOURS = ["#00574B", "#2F8F7E", "#82BFB2", "#C9E3DC"];
const USERS = ["people", "car", "goods"];
const PERMITS = ["quota", "closed-road", "none"];

// Bands of the chosen place and mode, the shortest first.
function bandsHere() {
  const from = bandPlaces[state.from]?.id;
  return thisScenario().bands.filter((band) => band.place === from && band.mode === MODES[state.mode]).sort((a, b) => a.limit - b.limit);
}

function bandBounds() {
  const rings = bandsHere().flatMap((band) => shapeIn(bandShapes, band.shape).map((part) => part[0]));
  return L.latLngBounds(rings.flat());
}

// Four steps of one hue; more bands share the lightest.
function bandClass(order) {
  return Math.min(order, BAND_COLOURS.length - 1);
}

function modeName(mode) {
  return { transit: say("mode_transit"), car: say("mode_car"), goods: say("mode_goods") }[mode] ?? mode;
}

function bandsNote() {
  return { transit: say("bands_transit"), car: say("bands_car"), goods: say("bands_goods") }[MODES[state.mode]] ?? "";
}

function userName(user) {
  return { goods: say("served_goods"), people: say("served_people"), car: say("served_car") }[user] ?? user;
}

function permitName(permit) {
  return { none: say("served_parked"), quota: say("served_quota"), "closed-road": say("served_closed_road") }[permit] ?? permit;
}

// Who crosses: of a car also which permit it needs, for that decides who may take it.
function servedName(service) {
  return service.user === "car" ? permitName(service.permit) : userName(service.user);
}

function wayName(service) {
  if (service.user !== "people") return service.user === "goods" && service.mode === "rail" ? say("served_by_rail") : "";
  return { rail: say("served_by_rail"), road: say("served_by_road"), foot: say("on_foot"), train: say("served_by_train") }[service.mode] ?? service.mode;
}

function drawTravel() {
  const some = bandPlaces.length > 0;
  byId("bands-part").hidden = !some;
  byId("bands-none").hidden = some;
  if (some) fillSelect("from", bandPlaces, state.from);
  byId("modes").replaceChildren(...MODES.map((mode, place) => make("button", { type: "button", "aria-pressed": String(place === state.mode), click: () => chooseMode(place) }, modeName(mode))));
  byId("bands-note").textContent = some ? [bandsNote(), say("bands_note")].join(state.language === "en" ? " " : "") : "";
  tellFeeders(thisScenario());
  byId("crossings-note").textContent = halls.length ? [say(thisScenario().period === "peak" ? "clearance_peak" : "clearance_quiet"), ...leverTexts(), say("minutes_from_table")].join(" ") : say("crossings_none");
  byId("crossing-list").replaceChildren(...halls.map((hall) => make("li", null, make("button", { type: "button", "aria-current": isChosen("crossing", hall) ? "true" : null, click: () => choose("crossing", hall, true) }, swatch(`hall-${hallStatus(hall)}`), make("span", { class: "name" }, nameOf(hall), make("small", null, hallText(hall)))))));
}

function chooseMode(place) {
  state.mode = place;
  if (bandsHere().length && !map.getBounds().contains(bandBounds())) showBounds(bandBounds());
  drawTravel();
  drawSymbols();
  drawKey();
  byId("modes").children[place].focus();
  rememberSoon();
}

function leverTexts() {
  return thisScenario().levers.map((lever) => {
    const share = number(lever.share * 100);
    const crossings = lever.crossings.map((id) => nameIn(halls, id)).join(state.language === "en" ? ", " : "、");
    const [everywhere, there] = { people: ["lever_people", "lever_people_at"], car: ["lever_car", "lever_car_at"], goods: ["lever_goods", "lever_goods_at"] }[lever.user];
    return say(crossings ? there : everywhere, { share, crossings });
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

// The quickest clearance for each user that may cross in the scenario's year; of cars for each permit.
function hallText(hall) {
  const running = runningAt(hall);
  const kinds = [["people"], ...PERMITS.map((permit) => ["car", permit]), ["goods"]];
  const texts = kinds.map(([user, permit]) => {
    const own = running.filter((service) => service.user === user && (user !== "car" || service.permit === permit));
    const minutes = own.map((service) => minutesOf(hall, service)).filter((one) => one !== null);
    return minutes.length ? say("user_minutes", { user: servedName(own[0]), minutes: number(Math.min(...minutes)) }) : "";
  });
  return texts.filter(Boolean).join(" · ") || statusText(hall);
}
