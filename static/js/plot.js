/** What all charts drawn with uPlot have in common: columns with gaps, the inks of the stylesheet, axes, what the pointer says. */
import { label, number } from "./chart-words.js";
import { now } from "./now.js";
import { zone } from "./words.js";

const MOST_OF_UNITS = 9;

/** Times in seconds, and `names` of a course in columns. A gap stands before the places that `breaks` names, else where nothing
 * was said for more than twelve times what is usual. */
export function columnsOf(course, names, breaks) {
  const distances = breaks ? [] : course.times.slice(1).map((time, at) => time - course.times[at]).sort((a, b) => a - b);
  const silence = 12 * Math.max(distances[distances.length >> 1] ?? 0, course.step, 1), isNew = new Set(breaks);
  const columns = [[], ...names.map(() => [])];
  course.times.forEach((time, at) => {
    if (at && (breaks ? isNew.has(at) : time - course.times[at - 1] > silence)) [(course.times[at - 1] + 1) / 1000, ...names.map(() => null)].forEach((value, column) => columns[column].push(value));
    [time / 1000, ...names.map((name) => course[name][at])].forEach((value, column) => columns[column].push(value));
  });
  return columns;
}

/** The colour of a drawn thing as the browser worked it out: canvases know no light-dark(). */
export const inkOf = (element) => getComputedStyle(element).stroke;

export function faded(ink, part = 0.16) {
  if (ink.startsWith("oklch") || ink.startsWith("color(")) return ink.replace(/\)$/, ` / ${part})`);
  return ink.replace("rgb(", "rgba(").replace(/\)$/, `, ${part})`);
}

/** How axes look: the ink and the letters of `element`, the grid of the drawing. */
export function looks(element, gridInk) {
  const style = getComputedStyle(element);
  return { stroke: style.color, font: `11px ${style.fontFamily}`, grid: { stroke: gridInk, width: 1 }, ticks: { show: false } };
}

/** As wide as the longest word beside it; uPlot asks again until nothing changes. */
function asWideAsWords(plot, words, axis, cycle) {
  const { font, gap, _size } = plot.axes[axis];
  if (cycle > 1) return _size;
  plot.ctx.font = font[0];
  return Math.ceil(gap + 3 + Math.max(0, ...(words ?? []).map((one) => plot.ctx.measureText(one).width / devicePixelRatio)));
}

export const timeAxis = (look) => ({ ...look, space: 70, size: 30, values: (_, marks, __, ___, step) => marks.map((mark) => label(mark, step)) });
/** Units stand at the top, cut where they would take the room of the drawing: the legend says them whole. */
export function numberAxis(look, units = "") {
  const letters = [...units], short = letters.length > MOST_OF_UNITS ? `${letters.slice(0, MOST_OF_UNITS - 1).join("")}…` : units;
  return { ...look, size: asWideAsWords, values: (_, marks) => marks.map((mark, at) => (short && at === marks.length - 1 ? `${number(mark)} ${short}` : number(mark))) };
}

export const inZone = (seconds) => window.uPlot.tzDate(new Date(seconds * 1000), zone());

/** A box that follows the pointer, over a plot. */
export function sayBox(plot) {
  const box = Object.assign(document.createElement("div"), { className: "dv-chart-says", hidden: true });
  plot.over.append(box);
  return box;
}

export function placeBox(plot, box, left) {
  box.style.left = `${Math.min(Math.max(0, left + 8), Math.max(0, plot.over.clientWidth - box.offsetWidth))}px`;
}

/** What the keys do to a span: arrows move a quarter, plus and minus zoom, Home follows the clock again. */
export function keyMoves({ after, before }, home) {
  const span = before - after, part = span / 4, middle = (after + before) / 2;
  return {
    ArrowLeft: () => ({ after: after - part, before: before - part }),
    ArrowRight: () => ({ after: after + part, before: before + part }),
    "+": () => ({ after: middle - part, before: middle + part }),
    "=": () => ({ after: middle - part, before: middle + part }),
    "-": () => ({ after: middle - span, before: middle + span }),
    Home: () => ({ after: now() - (home.before - home.after), before: now(), live: true }),
  };
}

/** The span that was dragged over, in ms; nothing when it was hardly one. */
export function dragged(plot) {
  if (plot.select.width < 4) return null;
  const [after, before] = [plot.select.left, plot.select.left + plot.select.width].map((left) => plot.posToVal(left, "x") * 1000);
  plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  return { after, before, live: false };
}
