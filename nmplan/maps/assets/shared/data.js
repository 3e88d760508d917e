// The payload, unpacked: the counterpart of quantise.py.

const STEPS_PER_DEGREE = 1000000;
const VALUE_STEPS = 10000;
const MISSING = -(2 ** 20);

function unpackIntegers(text) {
  const numbers = [];
  let rest = 0;
  let scale = 1;
  for (const character of atob(text)) {
    const byte = character.charCodeAt(0);
    rest += (byte & 127) * scale;
    scale *= 128;
    if (byte < 128) {
      numbers.push(rest % 2 ? -(rest + 1) / 2 : rest / 2);
      rest = 0;
      scale = 1;
    }
  }
  return numbers;
}

function unpackColumn(text) {
  let sum = 0;
  return unpackIntegers(text).map((step) => (sum += step));
}

// Parts of rings of [latitude, longitude], the order Leaflet wants.
function unpackGeometries(text) {
  const numbers = unpackIntegers(text);
  const shapes = [];
  let at = 0;
  let x = 0;
  let y = 0;
  const take = (count, one) => Array.from({ length: count }, one);
  const point = () => {
    x += numbers[at++];
    y += numbers[at++];
    return [y / STEPS_PER_DEGREE, x / STEPS_PER_DEGREE];
  };
  const ring = () => take(numbers[at++], point);
  const part = () => take(numbers[at++], ring);
  while (at < numbers.length) shapes.push(take(numbers[at++], part));
  return shapes;
}

const columnCache = new Map();

function column(number) {
  if (!columnCache.has(number)) columnCache.set(number, unpackColumn(data.columns[number]));
  return columnCache.get(number);
}

// A whole number of steps as the quantity it stands for; null where there is none.
function quantity(number, site, steps) {
  const whole = column(number)[site];
  return whole === MISSING ? null : whole / steps;
}

function withShapes(layer) {
  const shapes = unpackGeometries(layer.geometry);
  return layer.items.map((item, number) => ({ ...item, shape: shapes[number] }));
}

// A page that shows no sites has none.
const siteCount = data.sites?.id.length ?? 0;
const siteShapes = unpackGeometries(data.sites?.geometry ?? "");
const siteNumber = new Map((data.sites?.id ?? []).map((id, number) => [id, number]));
