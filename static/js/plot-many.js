/** Several lines in one box: their columns side by side, limits and marks, what stands around, the picture as a file. */
import { columnsOf as columnsOfOne, faded, inkOf as strokeOf, inZone, looks, numberAxis, timeAxis } from "./plot.js";

const MEDIANS = 3, NAMES = ["mean", "min", "max"], EXPANDED = 2;

/** One row of times for all lines; where a line has no value of its own nothing breaks it. A gap of it reaches over the
 * times of the others. */
export function columnsOf(lines, tail) {
  return window.uPlot.join(lines.map((line) => {
    const columns = columnsOfOne(line, NAMES, MEDIANS, line.silence, line.held);
    for (const [ms, value] of tail.get(line.path) ?? []) [ms / 1000, value, value, value].forEach((one, column) => columns[column].push(one));
    return columns;
  }), lines.map(() => [0, ...NAMES.map(() => EXPANDED)]));
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
  const axes = scales.flatMap(({ side, units }, at) => (side ? [{ ...numberAxis(look, units), scale: `y${at}`, side: side === "left" ? 3 : 1, grid: side === "left" ? look.grid : { show: false } }] : []));
  const series = lines.flatMap((line, at) => {
    const scale = `y${line.scale}`, quiet = { scale, stroke: inks[at], width: 0, points: { show: false } };
    return [{ scale, stroke: inks[at], width: 1.75, spanGaps: false, points: { show: line.times.length < 24, filter: alone } }, quiet, quiet];
  });
  return {
    width: host.holder.clientWidth || host.clientWidth - 32, height, legend: { show: false }, tzDate: inZone,
    padding: [10, scales.some(({ side }) => side === "right") ? null : 26, null, null],
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    scales: shown, series: [{}, ...series], axes: [timeAxis(look), ...axes],
    bands: lines.map((_line, at) => ({ series: [3 * at + 3, 3 * at + 2], fill: faded(inks[at]) })),
    hooks: { setSelect: [(plot) => host.select(plot)], setCursor: [(plot) => host.point(plot)], drawAxes: [(plot) => drawLimits(plot, host)], draw: [(plot) => drawMarks(plot, host)] },
  };
}

/** Put fresh HTML in place; what was unfolded stays so. */
export function drawAround(place, html) {
  const open = [...place.querySelectorAll("details")].map((one) => one.open);
  place.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  [...place.querySelectorAll("details")].forEach((one, at) => { one.open = open[at] ?? one.open; });
}

/** The colour that a class of the stylesheet, or an application, gives a line. */
function inkOf(host, name) {
  if (!name.startsWith("s-")) return name;
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("class", name);
  host.querySelector("[data-drawn] svg").append(path);
  const ink = getComputedStyle(path).stroke;
  path.remove();
  return ink;
}

/** Ranges as shaded zones and thresholds as dashed lines, under the values. */
export function drawLimits(plot, host) {
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
export function drawMarks(plot, host) {
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

/** Hand the picture to the browser as a file, with its legend above it. */
export function savePicture(host) {
  const source = host.plot.ctx.canvas, room = 28 * devicePixelRatio, style = getComputedStyle(host);
  const canvas = Object.assign(document.createElement("canvas"), { width: source.width, height: source.height + room });
  const ctx = canvas.getContext("2d");
  ctx.fillStyle = getComputedStyle(host.closest(".card, dialog") ?? document.body).backgroundColor;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.drawImage(source, 0, room);
  ctx.font = `${12 * devicePixelRatio}px ${style.fontFamily}`;
  ctx.textBaseline = "middle";
  let x = 12 * devicePixelRatio;
  host.data.lines.forEach((line, at) => {
    const words = line.units ? `${line.title} (${line.units})` : line.title;
    ctx.fillStyle = host.plot.series[3 * at + 1]._stroke ?? style.color;
    ctx.fillRect(x, room / 2 - devicePixelRatio, 14 * devicePixelRatio, 2 * devicePixelRatio);
    ctx.fillStyle = style.color;
    ctx.fillText(words, x + 20 * devicePixelRatio, room / 2);
    x += ctx.measureText(words).width + 40 * devicePixelRatio;
  });
  canvas.toBlob((blob) => {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: "chart.png" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}
