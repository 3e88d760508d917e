// All sites on one canvas, straight from whole steps: polygons where there is room, averaged colour where there is not.

const SMALL = 5;
const OUTLINED = 8;
const BATCH = 24;
const ROUND = 512;
const SHARPEST = 2;

// Where each point lies on a Mercator world of width 1, from the middle of the sites: so far 32 bits are fine enough.
const ground = (() => {
  const { x, y } = siteRings;
  const turn = (degrees) => Math.log(Math.tan(Math.PI / 4 + (degrees * Math.PI) / 360)) / (2 * Math.PI);
  const across = (steps) => steps / STEPS_PER_DEGREE / 360 + 0.5;
  const down = (steps) => 0.5 - turn(steps / STEPS_PER_DEGREE);
  const middle = { x: across(x[0] ?? 0), y: down(y[0] ?? 0) };
  return { x: Float32Array.from(x, (steps) => across(steps) - middle.x), y: Float32Array.from(y, (steps) => down(steps) - middle.y), middle };
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
  const [west, north] = [new Float32Array(siteCount).fill(Infinity), new Float32Array(siteCount).fill(Infinity)];
  const [east, south] = [new Float32Array(siteCount).fill(-Infinity), new Float32Array(siteCount).fill(-Infinity)];
  const area = new Float32Array(siteCount);
  const backwards = new Uint8Array(siteRings.rings.length);
  for (let site = 0; site < siteCount; site++) {
    for (let part = siteRings.shapes[site]; part < siteRings.shapes[site + 1]; part++) {
      for (let ring = siteRings.parts[part]; ring < siteRings.parts[part + 1]; ring++) {
        const [from, to] = [siteRings.rings[ring], siteRings.rings[ring + 1]];
        const hole = ring > siteRings.parts[part];
        const twice = ringArea(from, to);
        backwards[ring] = twice > 0 === hole ? 1 : 0;
        area[site] += ((hole ? -1 : 1) * Math.abs(twice)) / 2;
        if (!hole) widen(site, from, to);
      }
    }
  }
  function widen(site, from, to) {
    for (let at = from; at < to; at++) {
      west[site] = Math.min(west[site], ground.x[at]);
      east[site] = Math.max(east[site], ground.x[at]);
      north[site] = Math.min(north[site], ground.y[at]);
      south[site] = Math.max(south[site], ground.y[at]);
    }
  }
  return { west, north, east, south, area, backwards };
})();

// The largest first: what lies inside another site must not vanish below it.
const paintOrder = allRows(siteCount).sort((a, b) => extent.area[b] - extent.area[a] || a - b);

function latLngOf(x, y) {
  const lat = (Math.atan(Math.sinh(Math.PI * (1 - 2 * (y + ground.middle.y)))) * 180) / Math.PI;
  return [lat, (x + ground.middle.x - 0.5) * 360];
}

function groundOf({ lat, lng }) {
  const y = 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
  return { x: lng / 360 + 0.5 - ground.middle.x, y: y - ground.middle.y };
}

function boundsOfSite(site) {
  return L.latLngBounds(latLngOf(extent.west[site], extent.south[site]), latLngOf(extent.east[site], extent.north[site]));
}

function siteBounds() {
  const least = (numbers) => numbers.reduce((low, one) => Math.min(low, one), Infinity);
  const most = (numbers) => numbers.reduce((high, one) => Math.max(high, one), -Infinity);
  return L.latLngBounds(latLngOf(least(extent.west), most(extent.south)), latLngOf(most(extent.east), least(extent.north)));
}

function trace(pen, site, place) {
  const [first, last] = ringsOf(site);
  for (let ring = first; ring < last; ring++) {
    const [from, to] = [siteRings.rings[ring], siteRings.rings[ring + 1]];
    const step = extent.backwards[ring] ? -1 : 1;
    for (let left = to - from, at = step > 0 ? from : to - 1; left > 0; left--, at += step) {
      const [x, y] = [ground.x[at] * place.scale + place.x, ground.y[at] * place.scale + place.y];
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
  for (const site of sites) {
    const [left, right] = [extent.west[site] * place.scale + place.x, extent.east[site] * place.scale + place.x];
    const [top, bottom] = [extent.north[site] * place.scale + place.y, extent.south[site] * place.scale + place.y];
    const share = Math.min(1, (extent.area[site] * place.scale * place.scale) / ((right - left) * (bottom - top)) || 0);
    const colour = colours[classes[site]];
    for (let row = Math.max(0, Math.floor(top)); row < Math.min(height, bottom); row++) {
      const tall = Math.min(bottom, row + 1) - Math.max(top, row);
      for (let at = Math.max(0, Math.floor(left)); at < Math.min(width, right); at++) {
        const covered = share * tall * (Math.min(right, at + 1) - Math.max(left, at));
        const start = 4 * (row * width + at);
        for (let channel = 0; channel < 3; channel++) sums[start + channel] += covered * colour[channel];
        sums[start + 3] += covered;
      }
    }
  }
  return sums;
}

function pictureOf(sums, width, height) {
  const picture = new ImageData(width, height);
  for (let start = 0; start < sums.length; start += 4) {
    const covered = sums[start + 3];
    if (covered === 0) continue;
    for (let channel = 0; channel < 3; channel++) picture.data[start + channel] = sums[start + channel] / covered + 0.5;
    const bare = Math.max(0, 1 - covered);
    picture.data[start + 3] = 255 * (1 - bare * bare) + 0.5;
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

// Which sites touch each cell of a square grid over all of them: about as many cells as sites.
const cells = (() => {
  const side = Math.ceil(Math.sqrt(siteCount)) || 1;
  const least = (numbers) => numbers.reduce((low, one) => Math.min(low, one), Infinity);
  const [west, north] = [least(extent.west), least(extent.north)];
  const wide = -least(extent.east.map((one) => -one)) - west;
  const tall = -least(extent.south.map((one) => -one)) - north;
  const size = Math.max(wide, tall) / side || 1;
  const cellOf = (offset) => Math.min(side - 1, Math.max(0, Math.floor(offset / size)));
  const within = (left, top, right, bottom) => {
    const found = [];
    for (let row = cellOf(top - north); row <= cellOf(bottom - north); row++) for (let at = cellOf(left - west); at <= cellOf(right - west); at++) found.push(row * side + at);
    return found;
  };
  const lists = new Map();
  for (let site = 0; site < siteCount; site++) {
    for (const cell of within(extent.west[site], extent.north[site], extent.east[site], extent.south[site])) {
      if (!lists.has(cell)) lists.set(cell, []);
      lists.get(cell).push(site);
    }
  }
  return { touching: (...box) => new Set(within(...box).flatMap((cell) => lists.get(cell) ?? [])) };
})();

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
  for (const site of cells.touching(point.x - reach, point.y - reach, point.x + reach, point.y + reach)) {
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
  for (const site of cells.touching(middle.x - reach, middle.y - reach, middle.x + reach, middle.y + reach)) {
    const [x, y] = [(extent.west[site] + extent.east[site]) / 2, (extent.north[site] + extent.south[site]) / 2];
    if (Math.hypot(x - middle.x, y - middle.y) < reach) bounds.extend(boundsOfSite(site));
  }
  return [[[[bounds.getSouth(), bounds.getWest()], [bounds.getNorth(), bounds.getEast()]]]];
}
