/** Words within the box of a chart: what its limits are called, at their ends; and the ends of a scale for which there is no
 * room at an edge. */
import { number } from "./chart-words.js";

const APART = 13, INSET = 6; // px

/** Letters that stand out of what is drawn below them. */
function say(ctx, words, x, y, ink, paper) {
  ctx.lineWidth = 3 * devicePixelRatio;
  ctx.lineJoin = "round";
  ctx.strokeStyle = paper;
  ctx.strokeText(words, x, y);
  ctx.fillStyle = ink;
  ctx.fillText(words, x, y);
}

/** Above its line, or below where that is the upper edge; of lines close together one is named. */
function limitWords(plot, host, say) {
  const { top, height } = plot.bbox, taken = [];
  for (const line of host.data.lines) for (const limit of line.limits) {
    const y = plot.valToPos(limit.low, `y${line.scale}`, true), apart = APART * devicePixelRatio;
    if (limit.high !== null || !limit.label || y < top || y > top + height || taken.some((one) => Math.abs(one - y) < apart)) continue;
    taken.push(y);
    say(limit.label, y - top < apart + INSET ? y + apart - 2 : y - 3 * devicePixelRatio);
  }
}

/** The highest and the lowest of scales without an axis, each in the ink of its line. */
function scaleEnds(plot, host, sayIn) {
  const { top, height } = plot.bbox, step = APART * devicePixelRatio;
  const hidden = host.data.scales.flatMap((scale, at) => (plot.axes.some((axis) => axis.scale === `y${at}`) ? [] : [[scale, at]]));
  hidden.forEach(([{ high, low, units }, at], place) => {
    const first = host.data.lines.findIndex((line) => line.scale === at), ink = plot.series[3 * first + 1]?._stroke ?? getComputedStyle(host).color;
    sayIn(`${number(high)} ${units}`.trim(), top + step * (place + 1), ink);
    sayIn(`${number(low)} ${units}`.trim(), top + height - 4 * devicePixelRatio - step * place, ink);
  });
}

/** Everything of it, over the values. */
export function drawWords(plot, host) {
  const { ctx, bbox } = plot, style = getComputedStyle(host);
  const paper = getComputedStyle(host.closest(".card, dialog") ?? document.body).backgroundColor;
  ctx.save();
  ctx.font = `${11 * devicePixelRatio}px ${style.fontFamily}`;
  ctx.textBaseline = "alphabetic";
  ctx.textAlign = "right";
  const right = bbox.left + bbox.width - INSET * devicePixelRatio;
  limitWords(plot, host, (words, y) => say(ctx, words, right, y, style.color, paper));
  ctx.textAlign = "left";
  const left = bbox.left + INSET * devicePixelRatio;
  scaleEnds(plot, host, (words, y, ink) => say(ctx, words, left, y, ink, paper));
  ctx.restore();
}
