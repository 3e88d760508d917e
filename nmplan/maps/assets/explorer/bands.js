// Colours of classes from the best to the worst, and where one class ends.

const COLOURS = ["#1F2A63", "#2B6CA3", "#45A3B5", "#9CCFA6", "#FBE9A0"];
const CHANGE_COLOURS = ["#542788", "#998EC3", "#E9E4EA", "#F1A340", "#B35806"];

// The class of the first of four falling cuts that a number reaches; the last class below all.
function classFrom(cuts, figure) {
  const place = cuts.findIndex((cut) => figure >= cut);
  return place === -1 ? cuts.length : place;
}

// Four falling cuts in whole numbers over the middle nine tenths: fixed cuts would put most sites in one class.
function evenCuts(figures) {
  const sorted = Float64Array.from(figures).sort();
  const [low, high] = [0.05, 0.95].map((share) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  const step = Math.max(1, Math.round((high - low) / 5));
  return [4, 3, 2, 1].map((steps) => Math.round(low) + steps * step);
}

// A round step (1, 2 or 5 times a power of ten) near a third of the change that nine sites in ten stay below.
function changeStep(changes) {
  const sizes = Float64Array.from(changes, Math.abs).sort();
  const third = Math.max(0.1, (sizes[Math.floor(0.9 * (sizes.length - 1))] ?? 0) / 3);
  const ten = 10 ** Math.floor(Math.log10(third));
  return ten * ([1, 2, 5].findLast((one) => one * ten <= third * 1.001) ?? 1);
}

function cutsOfChange(changes) {
  const step = changeStep(changes);
  return [3 * step, step, -step, -3 * step].map((cut) => Number(cut.toFixed(6)));
}

// A loss of just the cut is one, as a gain of just the cut is.
function changeClass(cuts, change) {
  return classFrom([cuts[0], cuts[1], cuts[2] + 1e-9, cuts[3] + 1e-9], change);
}
