// What a link holds: fields behind the #, of which whatever does not name something we have is passed over.

function fieldsOf(hash) {
  return new URLSearchParams(hash.slice(1, 2000));
}

// The place of an id in a list of things; the first where there is no such id.
function placeOf(list, id) {
  return Math.max(0, list.findIndex((one) => one.id === id));
}

function languageOf(fields) {
  return fields.get("lang") === "zh" || (!fields.has("lang") && navigator.language.startsWith("zh")) ? "zh" : "en";
}

function viewText() {
  const { lat, lng } = map.getCenter();
  return [map.getZoom().toFixed(2), lat.toFixed(5), lng.toFixed(5)].join("_");
}

function viewOf(fields, within = homeBounds().pad(2)) {
  const [zoom, lat, lng] = numbersOf(fields.get("view"));
  const inside = lng !== undefined && within.contains([lat, lng]);
  return inside ? { zoom: Math.min(Math.max(zoom, map.getMinZoom()), map.getMaxZoom()), centre: [lat, lng] } : null;
}

function numbersOf(text) {
  const numbers = (text ?? "").split("_").map((part) => (/^\d{1,4}(\.\d{1,6})?$/.test(part) ? Number(part) : NaN));
  return numbers.every(Number.isFinite) ? numbers : [];
}

let hashTimer = 0;

// Browsers refuse an address that changes too often: wait until the hand rests.
function rememberSoon() {
  window.clearTimeout(hashTimer);
  hashTimer = window.setTimeout(() => window.history.replaceState(null, "", hashOfState()), 250);
}
