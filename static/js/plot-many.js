/** Several lines in one box: their columns side by side, limits and marks, what stands around, the picture as a file. */
import { number, when } from "./chart-words.js";
import { drawWords } from "./plot-words.js";
import { columnsOf as columnsOfOne, faded, inkOf as strokeOf, inZone, looks, numberAxis, timeAxis } from "./plot.js";

const NAMES = ["mean", "min", "max"], EXPANDED = 2;
const LEAST = 260, RIGHT = 26, NEAR = 3, ROOMY = 560; // px

/** One row of times for all lines; where a line has no value of its own nothing breaks it. A gap of it reaches over the
 * times of the others. `tail`: what was heard since, which is no mean as the points of a calm line are. */
export function columnsOf(lines, tail) {
  return window.uPlot.join(lines.map((line) => {
    const columns = columnsOfOne(line, NAMES, line.breaks);
    for (const [ms, value] of (line.calm ? null : tail.get(line.path)) ?? []) [ms / 1000, value, value, value].forEach((one, column) => columns[column].push(one));
    return columns;
  }), lines.map(() => [0, ...NAMES.map(() => EXPANDED)]));
}

/** Where a line has its own value nearest to a place of all times; null in a gap, and beyond its ends. */
function placeOf(plot, column, at) {
  const values = plot.data[column], times = plot.data[0];
  let left = at, right = at;
  while (values[left] === undefined && left >= 0) left -= 1;
  while (values[right] === undefined && right < times.length) right += 1;
  if ((values[left] ?? null) === null) return null;
  return (values[right] ?? null) === null || times[at] - times[left] <= times[right] - times[at] ? left : right;
}

/** What stands beside the pointer: the moment, and of each line what was told there, with the moment where that is another one. */
export function wordsAt(plot, lines, at) {
  const x = (place) => plot.valToPos(plot.data[0][place], "x"), seconds = plot.data[0][at];
  let step = 0;
  const words = lines.flatMap((line, place) => {
    const own = placeOf(plot, 3 * place + 1, at);
    if (own === null) return [];
    const [mean, low, high] = [1, 2, 3].map((column) => plot.data[3 * place + column][own]), says = (value) => number(value, line.decimals);
    const isHere = Math.abs(x(own) - x(at)) <= NEAR;
    if (isHere && low !== high) step = Math.max(step, line.step);
    const text = `${line.title} ${says(mean)}${low === high ? "" : ` (${says(low)} to ${says(high)})`} ${line.units}`.trim();
    return [isHere ? text : `${text}, ${when(plot.data[0][own], false)}`];
  });
  // A point that stands for several values is told with the time that it covers.
  return words.length ? [step < 1000 ? when(seconds) : `${when(seconds)} – ${when(seconds + step / 1000, false)}`, ...words] : [];
}

/** The cursor stands on a moment that was told, but not while a span is dragged over; only what was told there has a dot. */
function snapped(plot, left, top) {
  return [left < 0 || !plot.data[0].length || plot.cursor.event?.buttons ? left : plot.valToPos(plot.data[0][plot.posToIdx(left)], "x"), top];
}

function dotOf(plot, column, at) {
  const own = column % 3 === 1 && plot.data[0].length ? placeOf(plot, column, at) : null;
  return own !== null && Math.abs(plot.valToPos(plot.data[0][own], "x") - plot.valToPos(plot.data[0][at], "x")) <= NEAR ? own : null;
}

/** Where a long line has a value with silence on both sides: it is drawn as a dot. */
function alone(plot, column, showsAll) {
  if (showsAll) return null;
  const told = plot.data[column].flatMap((value, at) => (value === undefined ? [] : [[at, value]]));
  return told.filter(([, value], place) => value !== null && (told[place - 1]?.[1] ?? null) === null && (told[place + 1]?.[1] ?? null) === null).map(([at]) => at);
}

/** What uPlot is told: a band and a line for each value, the scales of the server, axes in the inks of the page. */
export function optionsOf(host, height) {
  const { lines, scales } = host.data, look = looks(host.querySelector("[data-drawn]"), strokeOf(host.querySelector(".grid")));
  const inks = [...host.querySelectorAll(".dv-legend .line")].map(strokeOf);
  const shown = { x: { time: true, range: () => [host.after / 1000, host.before / 1000] } };
  scales.forEach((_scale, at) => { shown[`y${at}`] = { range: () => [host.data.scales[at].low, host.data.scales[at].high] }; });
  const width = host.holder.clientWidth || host.clientWidth - 32, inkOfScale = (at) => inks[lines.findIndex((line) => line.scale === at)];
  // Where there is room, a third scale stands at the right too, in the ink of its line; for others there are words in the box.
  const sideOf = ({ side }, at) => side || (at === 2 && width >= ROOMY ? "third" : "");
  const axes = scales.flatMap((scale, at) => {
    const side = sideOf(scale, at), ink = side === "third" ? { ...look, stroke: inkOfScale(at) ?? look.stroke } : look;
    return side ? [{ ...numberAxis(ink, scale.units), scale: `y${at}`, side: side === "left" ? 3 : 1, grid: side === "left" ? look.grid : { show: false } }] : [];
  });
  const series = lines.flatMap((line, at) => {
    const scale = `y${line.scale}`, quiet = { scale, stroke: inks[at], width: 0, points: { show: false } };
    return [{ scale, stroke: inks[at], width: 1.75, spanGaps: false, points: { show: line.times.length < 24, filter: alone } }, quiet, quiet];
  });
  return {
    width, height, legend: { show: false }, tzDate: inZone,
    padding: [10, scales.some(({ side }) => side === "right") ? 0 : RIGHT, null, 0],
    cursor: { y: false, move: snapped, dataIdx: dotOf, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    scales: shown, series: [{}, ...series], axes: [timeAxis(look), ...axes],
    bands: lines.map((_line, at) => ({ series: [3 * at + 3, 3 * at + 2], fill: () => (host.data.lines[at].band ? faded(inks[at], 0.16 / Math.sqrt(lines.length)) : "transparent") })),
    hooks: { setSelect: [(plot) => host.select(plot)], setCursor: [(plot) => host.point(plot)], drawAxes: [(plot) => { placeStrips(plot, host); drawLimits(plot, host); }], draw: [(plot) => { drawMarks(plot, host); drawWords(plot, host); }] },
  };
}

/** The stylesheet says how high the box is where it stands. */
export const highOf = (holder) => Math.max(LEAST, parseFloat(getComputedStyle(holder).minHeight) || 0);

/** Put fresh HTML in place; what was unfolded stays so. */
export function drawAround(place, html) {
  const open = [...place.querySelectorAll("details")].map((one) => one.open);
  place.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  [...place.querySelectorAll("details")].forEach((one, at) => { one.open = open[at] ?? one.open; });
}

/** The colour that a class of the stylesheet, or an application, gives a line. */
export function inkOf(host, name) {
  if (!name.startsWith("s-")) return name;
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("class", name);
  host.querySelector("[data-drawn] svg").append(path);
  const ink = getComputedStyle(path).stroke;
  path.remove();
  return ink;
}

/** Strips below the box share its time, however wide the words beside it are. */
function placeStrips({ bbox, ctx }, host) {
  for (const [side, width] of [["left", bbox.left], ["right", ctx.canvas.width - bbox.left - bbox.width]]) host.style.setProperty(`--plot-${side}`, `${width / devicePixelRatio}px`);
}

/** Ranges as shaded zones and thresholds as dashed lines, under the values. */
function drawLimits(plot, host) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const line of host.data.lines) for (const limit of line.limits) {
    const ink = inkOf(host, limit.ink), low = plot.valToPos(limit.low, `y${line.scale}`, true);
    if (limit.high === null) {
      ctx.strokeStyle = ink;
      ctx.setLineDash([6, 4]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, low);
      ctx.lineTo(bbox.left + bbox.width, low);
      ctx.stroke();
    } else {
      const high = plot.valToPos(limit.high, `y${line.scale}`, true);
      ctx.fillStyle = faded(ink, 0.1);
      ctx.fillRect(bbox.left, high, bbox.width, low - high);
    }
  }
  ctx.restore();
}

/** What happened, as upright lines. */
function drawMarks(plot, host) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  for (const mark of host.data.marks) {
    const x = plot.valToPos(mark.ms / 1000, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = inkOf(host, `s-mark-${mark.kind}`);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
