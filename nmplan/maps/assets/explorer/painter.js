// All sites on one canvas, straight from whole steps: polygons where there is room, averaged colour where there is not.

const SMALL = 5;
const OUTLINED = 8;
const BATCH = 24;
const ROUND = 512;
const SHARPEST = 2;

function acrossWorld(lng) {
  return lng / 360 + 0.5;
}

function downWorld(lat) {
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
}

// Where each point lies on a Mercator world of width 1, from the middle of the sites: so far 32 bits are fine enough.
const ground = (() => {
  const { x, y } = siteRings;
  const middle = { x: acrossWorld((x[0] ?? 0) / STEPS_PER_DEGREE), y: downWorld((y[0] ?? 0) / STEPS_PER_DEGREE) };
  const [right, down] = [new Float32Array(x.length), new Float32Array(y.length)];
  for (let at = 0; at < x.length; at++) {
    right[at] = acrossWorld(x[at] / STEPS_PER_DEGREE) - middle.x;
    down[at] = downWorld(y[at] / STEPS_PER_DEGREE) - middle.y;
  }
  return { x: right, y: down, middle };
})();

// Twice the area inside a ring, by trapezoids; its sign tells which way the ring runs.
function ringArea(from, to) {
  let area = 0;
  for (let at = from, before = to - 1; at < to; before = at++) area += ground.x[before] * ground.y[at] - ground.x[at] * ground.y[before];
  return area;
}

function ringsOf(site) {
  const { shapes, parts } = siteRings;
  return [parts[shapes[site]], parts[shapes[site + 1]]];
}

// Of each site its box and area; of each ring whether it has to be walked backwards, so that holes run against outlines.
const extent = (() => {
  const [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity].map((end) => new Float32Array(siteCount).fill(end));
  const area = new Float32Array(siteCount);
  const { shapes, parts, rings } = siteRings;
  const backwards = new Uint8Array(rings.length);
  for (let site = 0; site < siteCount; site++) {
    for (let part = shapes[site]; part < shapes[site + 1]; part++) {
      for (let ring = parts[part]; ring < parts[part + 1]; ring++) {
        const twice = ringArea(rings[ring], rings[ring + 1]);
        const hole = ring > parts[part];
        backwards[ring] = twice > 0 === hole ? 1 : 0;
        area[site] += ((hole ? -1 : 1) * Math.abs(twice)) / 2;
      }
      for (let at = rings[parts[part]]; at < rings[parts[part] + 1]; at++) {
        if (ground.x[at] < west[site]) west[site] = ground.x[at];
        if (ground.x[at] > east[site]) east[site] = ground.x[at];
        if (ground.y[at] < north[site]) north[site] = ground.y[at];
        if (ground.y[at] > south[site]) south[site] = ground.y[at];
      }
    }
  }
  return { west, north, east, south, area: area.map(Math.abs), backwards };
})();

// The largest first: what lies inside another site must not vanish below it. The bits of numbers from 0 up sort as they do.
const paintOrder = sortRows(new Uint32Array(extent.area.buffer), allRows(siteCount)).reverse();

function latLngOf(x, y) {
  const lat = (Math.atan(Math.sinh(Math.PI * (1 - 2 * (y + ground.middle.y)))) * 180) / Math.PI;
  return [lat, (x + ground.middle.x - 0.5) * 360];
}

function groundOf({ lat, lng }) {
  return { x: acrossWorld(lng) - ground.middle.x, y: downWorld(lat) - ground.middle.y };
}

function boundsOfSite(site) {
  return L.latLngBounds(latLngOf(extent.west[site], extent.south[site]), latLngOf(extent.east[site], extent.north[site]));
}

function trace(pen, site, place) {
  const [first, last] = ringsOf(site);
  for (let ring = first; ring < last; ring++) {
    const from = siteRings.rings[ring];
    const to = siteRings.rings[ring + 1];
    const step = extent.backwards[ring] ? -1 : 1;
    for (let left = to - from, at = step > 0 ? from : to - 1; left > 0; left--, at += step) {
      const x = ground.x[at] * place.scale + place.x;
      const y = ground.y[at] * place.scale + place.y;
      if (left === to - from) pen.moveTo(x, y);
      else pen.lineTo(x, y);
    }
    pen.closePath();
  }
}

const patterns = new Map();

function pattern(kind, background, ink, draw) {
  if (!patterns.has(kind)) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const pen = tile.getContext("2d");
    pen.fillStyle = background;
    pen.fillRect(0, 0, 6, 6);
    pen.strokeStyle = pen.fillStyle = ink;
    draw(pen);
    patterns.set(kind, pen.createPattern(tile, "repeat"));
  }
  return patterns.get(kind);
}

function drawHatch(pen) {
  pen.lineWidth = 1;
  for (const from of [-6, 0, 6]) {
    pen.moveTo(from, 6);
    pen.lineTo(from + 6, 0);
  }
  pen.stroke();
}

function drawDots(pen) {
  pen.fillRect(1, 1, 1.6, 1.6);
  pen.fillRect(4, 4, 1.6, 1.6);
}

function fillOf(one) {
  if (one === EXCLUDED) return pattern("hatch", "#FFFFFF", "#8A949D", drawHatch);
  if (one === OPEN) return pattern("dots", "#FFFFFF", "#8A949D", drawDots);
  return classColour(one);
}

// Fill what has been traced, and draw round it where a line leaves something to be seen.
function finishPath(pen, one, outlined) {
  pen.fillStyle = fillOf(one);
  pen.fill();
  if (!outlined) return;
  const out = one === EXCLUDED || one === OPEN;
  pen.strokeStyle = out ? "#8A949D" : "#FFFFFF";
  pen.lineWidth = out ? 0.8 : 1;
  pen.stroke();
}

// A few dozen polygons of a class at a time: one path for all is slower, and so is one for each.
function paintPolygons(pen, sites, classes, place) {
  for (let from = 0; from < sites.length; from += ROUND) {
    const rows = sites.slice(from, from + ROUND);
    for (let one = 0; one <= LAST_CLASS; one++) {
      for (const outlined of [false, true]) {
        const own = rows.filter((site) => classes[site] === one && isWide(site, place.scale, OUTLINED) === outlined);
        for (let at = 0; at < own.length; at += BATCH) {
          pen.beginPath();
          for (const site of own.slice(at, at + BATCH)) trace(pen, site, place);
          finishPath(pen, one, outlined);
        }
      }
    }
  }
}

function isWide(site, scale, pixels) {
  return Math.max(extent.east[site] - extent.west[site], extent.south[site] - extent.north[site]) * scale >= pixels;
}

function rgbOf(colour) {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

// Each small site gives its colour to the pixels below its box, as much as it covers of them; a pixel shows the mean, so
// that ten pale sites outweigh a dark one. What is hardly covered shows the land.
function averageColours(sites, classes, place, width, height) {
  const sums = new Float32Array(width * height * 4);
  const colours = Array.from({ length: LAST_CLASS + 1 }, (_, one) => rgbOf(classColour(one)));
  for (let row = 0; row < sites.length; row++) {
    const site = sites[row];
    const left = extent.west[site] * place.scale + place.x;
    const right = extent.east[site] * place.scale + place.x;
    const top = extent.north[site] * place.scale + place.y;
    const bottom = extent.south[site] * place.scale + place.y;
    const share = Math.min(1, (extent.area[site] * place.scale * place.scale) / ((right - left) * (bottom - top)) || 0);
    const colour = colours[classes[site]];
    const [lastX, lastY] = [Math.min(width, right), Math.min(height, bottom)];
    for (let y = Math.max(0, Math.floor(top)); y < lastY; y++) {
      const tall = share * (Math.min(bottom, y + 1) - Math.max(top, y));
      for (let x = Math.max(0, Math.floor(left)); x < lastX; x++) {
        const covered = tall * (Math.min(right, x + 1) - Math.max(left, x));
        const start = 4 * (y * width + x);
        sums[start] += covered * colour[0];
        sums[start + 1] += covered * colour[1];
        sums[start + 2] += covered * colour[2];
        sums[start + 3] += covered;
      }
    }
  }
  return sums;
}

function pictureOf(sums, width, height) {
  const picture = new ImageData(width, height);
  const pixels = picture.data;
  for (let start = 0; start < sums.length; start += 4) {
    const covered = sums[start + 3];
    if (covered === 0) continue;
    pixels[start] = sums[start] / covered + 0.5;
    pixels[start + 1] = sums[start + 1] / covered + 0.5;
    pixels[start + 2] = sums[start + 2] / covered + 0.5;
    pixels[start + 3] = covered < 1 ? 255.5 - 255 * (1 - covered) * (1 - covered) : 255;
  }
  return picture;
}

// place: { scale, x, y } takes a point of `ground` to a pixel of the page; the canvas is `sharp` times as fine.
function paintSites(canvas, classes, place, sharp) {
  const pen = canvas.getContext("2d");
  const { width, height } = canvas;
  const fine = { scale: place.scale * sharp, x: place.x * sharp, y: place.y * sharp };
  const seen = (site) =>
    extent.east[site] * fine.scale + fine.x > 0 && extent.west[site] * fine.scale + fine.x < width && extent.south[site] * fine.scale + fine.y > 0 && extent.north[site] * fine.scale + fine.y < height;
  const sites = paintOrder.filter(seen);
  const small = sites.filter((site) => !isWide(site, place.scale, SMALL));
  pen.setTransform(sharp, 0, 0, sharp, 0, 0);
  pen.clearRect(0, 0, width, height);
  paintPolygons(pen, sites.filter((site) => isWide(site, place.scale, SMALL)), classes, place);
  if (!small.length) return;
  const averaged = document.createElement("canvas");
  [averaged.width, averaged.height] = [width, height];
  averaged.getContext("2d").putImageData(pictureOf(averageColours(small, classes, fine, width, height), width, height), 0, 0);
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.drawImage(averaged, 0, 0);
}

const SiteCanvas = L.Renderer.extend({
  _initContainer() {
    this._container = L.DomUtil.create("canvas", "sites");
    L.DomUtil.addClass(this._container, "leaflet-zoom-animated");
  },

  _destroyContainer() {
    this._container.remove();
    delete this._container;
  },

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    const sharp = Math.min(SHARPEST, window.devicePixelRatio);
    L.DomUtil.setPosition(this._container, this._bounds.min);
    [this._container.width, this._container.height] = [Math.round(size.x * sharp), Math.round(size.y * sharp)];
    [this._container.style.width, this._container.style.height] = [`${size.x}px`, `${size.y}px`];
    this.repaint();
  },

  repaint() {
    const classes = this.options.classes();
    if (!classes || !this._bounds) return;
    const scale = 256 * 2 ** this._zoom;
    const corner = this._bounds.min.add(this._map.getPixelOrigin());
    const place = { scale, x: ground.middle.x * scale - corner.x, y: ground.middle.y * scale - corner.y };
    paintSites(this._container, classes, place, Math.min(SHARPEST, window.devicePixelRatio));
  },
});

// Which sites touch each cell of a square grid over all of them, one cell after the other: about as many cells as sites.
const cells = {};
whenAsked(cells, "grid", () => {
  const side = Math.ceil(Math.sqrt(siteCount)) || 1;
  const least = (numbers) => numbers.reduce((low, one) => Math.min(low, one), Infinity);
  const most = (numbers) => numbers.reduce((high, one) => Math.max(high, one), -Infinity);
  const grid = { side, west: least(extent.west), north: least(extent.north) };
  grid.size = Math.max(most(extent.east) - grid.west, most(extent.south) - grid.north) / side || 1;
  const eachCell = (visit) => {
    for (let site = 0; site < siteCount; site++) cellsOf(grid, extent.west[site], extent.north[site], extent.east[site], extent.south[site], (cell) => visit(cell, site));
  };
  grid.starts = new Uint32Array(side * side + 1);
  eachCell((cell) => (grid.starts[cell + 1] += 1));
  for (let cell = 0; cell < side * side; cell++) grid.starts[cell + 1] += grid.starts[cell];
  grid.sites = new Uint32Array(grid.starts[side * side]);
  const next = grid.starts.slice();
  eachCell((cell, site) => (grid.sites[next[cell]++] = site));
  return grid;
});

function cellsOf({ side, west, north, size }, left, top, right, bottom, visit) {
  const within = (offset) => Math.min(side - 1, Math.max(0, Math.floor(offset / size)));
  const [first, last] = [within(left - west), within(right - west)];
  for (let row = within(top - north); row <= within(bottom - north); row++) for (let at = first; at <= last; at++) visit(row * side + at);
}

function sitesTouching(left, top, right, bottom) {
  const { grid } = cells;
  const found = new Set();
  cellsOf(grid, left, top, right, bottom, (cell) => {
    for (let at = grid.starts[cell]; at < grid.starts[cell + 1]; at++) found.add(grid.sites[at]);
  });
  return found;
}

// How far a point is from a site: 0 inside, else to the nearest side of its outline.
function distanceTo(site, { x, y }) {
  let inside = false;
  let nearest = Infinity;
  const [first, last] = ringsOf(site);
  for (let ring = first; ring < last; ring++) {
    const [from, to] = [siteRings.rings[ring], siteRings.rings[ring + 1]];
    for (let at = from, before = to - 1; at < to; before = at++) {
      const [ax, ay, bx, by] = [ground.x[before], ground.y[before], ground.x[at], ground.y[at]];
      if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
      const along = Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2 || 1)));
      nearest = Math.min(nearest, Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)));
    }
  }
  return inside ? 0 : nearest;
}

// The site at a place of the map, the smallest where several lie there, else the nearest within some pixels; or -1.
function siteAt(latlng, pixels) {
  const point = groundOf(latlng);
  const reach = pixels / (256 * 2 ** map.getZoom());
  let best = -1;
  let least = reach;
  for (const site of sitesTouching(point.x - reach, point.y - reach, point.x + reach, point.y + reach)) {
    const far = distanceTo(site, point);
    if (far < least || (far === least && best >= 0 && extent.area[site] < extent.area[best])) [best, least] = [site, far];
  }
  return best;
}

// Sites whose middle lies within so many metres of a place, as one box round them and the shape.
function withNeighbours(shape, metres) {
  const bounds = boundsOf(shape);
  const middle = groundOf(bounds.getCenter());
  const reach = metres / (40075016.7 * Math.cos((bounds.getCenter().lat * Math.PI) / 180));
  for (const site of sitesTouching(middle.x - reach, middle.y - reach, middle.x + reach, middle.y + reach)) {
    const [x, y] = [(extent.west[site] + extent.east[site]) / 2, (extent.north[site] + extent.south[site]) / 2];
    if (Math.hypot(x - middle.x, y - middle.y) < reach) bounds.extend(boundsOfSite(site));
  }
  return [[[[bounds.getSouth(), bounds.getWest()], [bounds.getNorth(), bounds.getEast()]]]];
}
