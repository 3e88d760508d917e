// The payload, unpacked: the counterpart of quantise.py.

const STEPS_PER_DEGREE = 1000000;
const VALUE_STEPS = 10000;
const MISSING = -(2 ** 20);
const RADIX = 11;

// Raw deflate (RFC 1951), read bit by bit: browsers can do it themselves only since 2023, and not at once.
class Bits {
  constructor(source, at) {
    this.source = source;
    this.at = at;
    this.held = 0;
    this.count = 0;
  }

  peek(wanted) {
    while (this.count < wanted) {
      this.held |= this.source[this.at++] << this.count;
      this.count += 8;
    }
    return this.held & ((1 << wanted) - 1);
  }

  skip(used) {
    this.held >>>= used;
    this.count -= used;
  }

  take(wanted) {
    const bits = this.peek(wanted);
    this.skip(wanted);
    return bits;
  }

  symbol(code) {
    const entry = code.table[this.peek(code.longest)];
    this.skip(entry & 15);
    return entry >> 4;
  }
}

// Symbol and length of a code, by the bits that stand next.
function prefixCode(lengths) {
  const longest = Math.max(1, ...lengths);
  const table = new Uint16Array(1 << longest);
  let code = 0;
  for (let length = 1; length <= longest; length++) {
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue;
      let turned = 0;
      for (let bit = 0; bit < length; bit++) turned |= ((code >> bit) & 1) << (length - 1 - bit);
      for (let entry = turned; entry < table.length; entry += 1 << length) table[entry] = (symbol << 4) | length;
      code += 1;
    }
    code <<= 1;
  }
  return { table, longest };
}

const LENGTH_BASES = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASES = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const FIXED = [prefixCode([...Array(144).fill(8), ...Array(112).fill(9), ...Array(24).fill(7), ...Array(8).fill(8)]), prefixCode(Array(30).fill(5))];

// The two codes of a block that brings its own.
function ownCodes(bits) {
  const [literals, distances, count] = [bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4];
  const short = Array(19).fill(0);
  for (let place = 0; place < count; place++) short[CODE_ORDER[place]] = bits.take(3);
  const code = prefixCode(short);
  const lengths = [];
  while (lengths.length < literals + distances) {
    const symbol = bits.symbol(code);
    if (symbol < 16) lengths.push(symbol);
    else {
      const [length, times] = symbol === 16 ? [lengths[lengths.length - 1], 3 + bits.take(2)] : [0, symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7)];
      for (let time = 0; time < times; time++) lengths.push(length);
    }
  }
  return [prefixCode(lengths.slice(0, literals)), prefixCode(lengths.slice(literals))];
}

// Fill the target from a block in codes, and return where it ends.
function inflateBlock(bits, target, from, [literals, distances]) {
  let to = from;
  for (let symbol = bits.symbol(literals); symbol !== 256; symbol = bits.symbol(literals)) {
    if (symbol < 256) target[to++] = symbol;
    else {
      const end = to + LENGTH_BASES[symbol - 257] + bits.take(LENGTH_BITS[symbol - 257]);
      const far = bits.symbol(distances);
      const back = DISTANCE_BASES[far] + bits.take(far < 2 ? 0 : (far >> 1) - 1);
      for (; to < end; to++) target[to] = target[to - back];
    }
  }
  return to;
}

// Bytes as they are, after whatever is left of the last byte.
function copyBlock(bits, target, from) {
  bits.skip(bits.count % 8);
  const length = bits.take(16);
  bits.take(16);
  for (let to = from; to < from + length; to++) target[to] = bits.take(8);
  return from + length;
}

function unpackBytes(text) {
  const letters = atob(text);
  const source = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at++) source[at] = letters.charCodeAt(at);
  const target = new Uint8Array(new DataView(source.buffer).getUint32(0, true));
  const bits = new Bits(source, 4);
  let to = 0;
  let last = 0;
  while (!last) {
    last = bits.take(1);
    const kind = bits.take(2);
    to = kind === 0 ? copyBlock(bits, target, to) : inflateBlock(bits, target, to, kind === 1 ? FIXED : ownCodes(bits));
  }
  return target;
}

// In 32 bits where that is enough, which is faster.
function unpackIntegers(text) {
  if (text === "") return new Int32Array(0);
  const bytes = unpackBytes(text);
  const planes = bytes[0];
  const count = (bytes.length - 1) / planes;
  if (planes > 4) return unpackLong(bytes, planes, count);
  const numbers = new Int32Array(count);
  for (let plane = 0; plane < planes; plane++) {
    const from = 1 + plane * count;
    for (let row = 0; row < count; row++) numbers[row] |= bytes[from + row] << (8 * plane);
  }
  for (let row = 0; row < count; row++) numbers[row] = (numbers[row] >>> 1) ^ -(numbers[row] & 1);
  return numbers;
}

function unpackLong(bytes, planes, count) {
  const numbers = new Float64Array(count);
  for (let plane = 0; plane < planes; plane++) for (let row = 0; row < count; row++) numbers[row] += bytes[1 + plane * count + row] * 256 ** plane;
  return numbers.map((folded) => (folded % 2 ? -(folded + 1) / 2 : folded / 2));
}

// Rows by key, the smallest first, equal ones as they stand: keys of 32 bits are sorted a few bits at a time.
function sortRows(keys, rows) {
  let largest = 0;
  for (let at = 0; at < rows.length; at++) if (keys[rows[at]] > largest) largest = keys[rows[at]];
  let order = rows;
  let other = new Uint32Array(rows.length);
  const starts = new Uint32Array((1 << RADIX) + 1);
  for (let shift = 0; shift < 32 && largest / 2 ** shift >= 1; shift += RADIX) {
    starts.fill(0);
    for (let at = 0; at < order.length; at++) starts[((keys[order[at]] >>> shift) & ((1 << RADIX) - 1)) + 1] += 1;
    for (let digit = 0; digit < 1 << RADIX; digit++) starts[digit + 1] += starts[digit];
    for (let at = 0; at < order.length; at++) other[starts[(keys[order[at]] >>> shift) & ((1 << RADIX) - 1)]++] = order[at];
    const free = order === rows ? new Uint32Array(rows.length) : order;
    order = other;
    other = free;
  }
  return order;
}

function allRows(count) {
  const rows = new Uint32Array(count);
  for (let row = 0; row < count; row++) rows[row] = row;
  return rows;
}

function orderOf(numbers) {
  let least = Infinity;
  for (let row = 0; row < numbers.length; row++) if (numbers[row] < least) least = numbers[row];
  const keys = new Uint32Array(numbers.length);
  for (let row = 0; row < numbers.length; row++) keys[row] = numbers[row] - least;
  return sortRows(keys, allRows(numbers.length));
}

// The sums of steps, in the rows of the order they are taken in.
function summed(steps, order) {
  const numbers = new Float64Array(steps.length);
  let sum = 0;
  for (let at = 0; at < steps.length; at++) {
    sum += steps[at];
    numbers[order[at]] = sum;
  }
  return numbers;
}

function unpackColumn(text) {
  const colon = text.indexOf(":");
  const rest = unpackIntegers(text.slice(colon + 1));
  if (text[0] === "n") return rest;
  if (text[0] === "s") return summed(rest, allRows(rest.length));
  const other = column(Number(text.slice(1, colon)));
  if (text[0] === "o") return summed(rest, orderOf(other));
  return Float64Array.from(other, (number, row) => number + rest[row]);
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

// Words: what stands round their numbers, and the numbers.
function unpackWords(packed) {
  const forms = JSON.parse(new TextDecoder().decode(unpackBytes(packed.forms)));
  const numbers = packed.numbers.map(unpackColumn);
  const used = numbers.map(() => 0);
  return Array.from(unpackColumn(packed.form), (number) => {
    const form = forms[number];
    let word = form[0];
    for (let place = 0; 2 * place + 2 < form.length; place++) word += String(numbers[place][used[place]++]).padStart(Number(form[2 * place + 1]), "0") + form[2 * place + 2];
    return word;
  });
}

// Points of all rings one after the other, in whole steps, and where each ring, part and shape begins.
function unpackRings(text) {
  const [counts, x, y] = (text || "..").split(".").map(unpackIntegers);
  const starts = { shapes: [0], parts: [0], rings: [0] };
  let end = 0;
  for (let at = 0; at < counts.length; ) {
    for (let parts = counts[at++]; parts > 0; parts--) {
      for (let rings = counts[at++]; rings > 0; rings--) {
        end += counts[at++];
        starts.rings.push(end);
      }
      starts.parts.push(starts.rings.length - 1);
    }
    starts.shapes.push(starts.parts.length - 1);
  }
  const { shapes, parts, rings } = Object.fromEntries(Object.entries(starts).map(([name, places]) => [name, Uint32Array.from(places)]));
  addSteps(x, rings);
  addSteps(y, rings);
  return { x, y, shapes, parts, rings };
}

// From steps to places: a ring's first point from the first of the ring before, every other one from the point before.
function addSteps(steps, rings) {
  for (let ring = 0; ring + 1 < rings.length; ring++) {
    if (ring > 0) steps[rings[ring]] += steps[rings[ring - 1]];
    for (let at = rings[ring] + 1; at < rings[ring + 1]; at++) steps[at] += steps[at - 1];
  }
}

// Parts of rings of [latitude, longitude], the order Leaflet wants.
function shapeIn(rings, shape) {
  const between = (starts, place, one) => Array.from({ length: starts[place + 1] - starts[place] }, (_, at) => one(starts[place] + at));
  const point = (at) => [rings.y[at] / STEPS_PER_DEGREE, rings.x[at] / STEPS_PER_DEGREE];
  return between(rings.shapes, shape, (part) => between(rings.parts, part, (ring) => between(rings.rings, ring, point)));
}

function withShapes(layer) {
  const rings = unpackRings(layer.geometry);
  return layer.items.map((item, number) => ({ ...item, shape: shapeIn(rings, number) }));
}

// Words are unpacked when they are first asked for: most are never read of a hundred thousand sites.
function whenAsked(thing, name, make) {
  Object.defineProperty(thing, name, {
    configurable: true,
    get() {
      const made = make();
      Object.defineProperty(thing, name, { value: made });
      return made;
    },
  });
}

// A page that shows no sites has none.
const siteRings = unpackRings(data.sites?.geometry ?? "");
const siteCount = siteRings.shapes.length - 1;
const siteNumbers = {};
for (const name of ["id", "en", "zh", "area_id", "zone", "tenure", "status"]) {
  const packed = data.sites?.[name];
  if (packed) whenAsked(data.sites, name, () => unpackWords(packed));
}
whenAsked(siteNumbers, "byId", () => new Map((data.sites?.id ?? []).map((id, site) => [id, site])));

// The row of a site, or -1.
function siteOf(id) {
  return siteNumbers.byId.get(id) ?? -1;
}

function shapeOf(site) {
  return shapeIn(siteRings, site);
}
