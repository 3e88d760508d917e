// What colours mean: the same classes in A and B, and classes of what changes between them.

const [EXCLUDED, OPEN] = [5, 6];
const FIRST_CHANGE = 7;
const [ENTERED, LEFT] = [12, 13];
const LAST_CLASS = LEFT;
const ENTERED_COLOUR = "#0B7A75";
const LEFT_COLOUR = "#3B3B3B";

const figuresCache = new Map();

// Of each site in one scenario the score or the minutes, NaN where there are none, and why: FAILED by a rule or not.
function figuresOf(what, scenario) {
  const key = `${what} ${scenario}`;
  if (!figuresCache.has(key)) figuresCache.set(key, countFigures(things[what], scenario));
  return figuresCache.get(key);
}

function countFigures({ kind, place, decimals }, scenario) {
  if (kind === SCORE) {
    const { scores, verdict, ranks, count } = rankSites(place, scenario, ownWeights(place), new Set());
    return { figures: scores, verdict, ranks, count };
  }
  const whole = column(data.scenarios[scenario].measures[place]);
  return { figures: Float64Array.from(whole, (steps) => (steps === MISSING ? NaN : steps / 10 ** decimals)), verdict: new Uint8Array(siteCount) };
}

function bandOf(place, site) {
  const figure = view.figures[place][site];
  if (Number.isNaN(figure)) return view.verdicts[place][site] === FAILED ? EXCLUDED : OPEN;
  return classFrom(view.bandCuts, figure * thing().better);
}

function changeOfSite(site) {
  const [before, after] = view.figures.map((figures) => !Number.isNaN(figures[site]));
  if (before && after) return FIRST_CHANGE + changeClass(view.changeCuts, view.gains[site]);
  if (after) return ENTERED;
  return before ? LEFT : bandOf(1, site);
}

function compare() {
  const { better } = thing();
  const pair = [state.before, state.after].map((scenario) => figuresOf(state.what, scenario));
  view.figures = pair.map(({ figures }) => figures);
  view.verdicts = pair.map(({ verdict }) => verdict);
  view.gains = view.figures[1].map((figure, site) => better * (figure - view.figures[0][site]));
  view.bandCuts = evenCuts(view.figures.flatMap((figures) => Array.from(figures, (figure) => better * figure).filter(Number.isFinite)));
  view.changeCuts = cutsOfChange(view.gains.filter(Number.isFinite));
  const classes = (classOf) => Uint8Array.from({ length: siteCount }, (_, site) => classOf(site));
  view.classes = { before: classes((site) => bandOf(0, site)), after: classes((site) => bandOf(1, site)), change: classes(changeOfSite) };
}

function classKind(one) {
  if (one < EXCLUDED) return `band-${one}`;
  return { [EXCLUDED]: "excluded", [OPEN]: "undecided", [ENTERED]: "entered", [LEFT]: "left" }[one] ?? `change-${one - FIRST_CHANGE}`;
}

function classColour(one) {
  if (one < EXCLUDED) return COLOURS[one];
  return { [EXCLUDED]: "#E4E4E4", [OPEN]: "#EDEEEF", [ENTERED]: ENTERED_COLOUR, [LEFT]: LEFT_COLOUR }[one] ?? CHANGE_COLOURS[one - FIRST_CHANGE];
}

function countsOf(pane) {
  const counts = new Array(LAST_CLASS + 1).fill(0);
  for (const one of view.classes[pane]) counts[one] += 1;
  return counts;
}
