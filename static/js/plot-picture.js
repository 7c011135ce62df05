/** The picture of a chart as a file, with what stands above it. */
import { inkOf } from "./plot-many.js";

/** What a picture says above its lines: whose it is, of when, of each line its colour, name and unit, and of the marks what
 * their colours are, in as many rows as that takes. Returns the height that it took, in px of the canvas; without `ink` it is
 * measured alone. */
function drawTop(ctx, host, width, ink) {
  const px = (one) => one * devicePixelRatio, family = getComputedStyle(host).fontFamily;
  ctx.textBaseline = "middle";
  ctx.fillStyle = ink;
  ctx.font = `600 ${px(13)}px ${family}`;
  if (ink) ctx.fillText(`${host.data.title}, ${host.data.period}`, px(12), px(18), width - px(24));
  ctx.font = `${px(12)}px ${family}`;
  let x = px(12), y = px(42);
  const say = (words, swatch, [wide, high]) => {
    const whole = Math.min(ctx.measureText(words).width + px(20), width - px(24));
    if (x > px(12) && x + whole > width - px(12)) [x, y] = [px(12), y + px(20)];
    if (ink) {
      ctx.fillStyle = swatch;
      ctx.fillRect(x + px(7 - wide / 2), y - px(high / 2), px(wide), px(high));
      ctx.fillStyle = ink;
      ctx.fillText(words, x + px(20), y, whole - px(20));
    }
    x += whole + px(20);
  };
  host.data.lines.forEach(({ title, units }, at) => say(units ? `${title} (${units})` : title, host.plot.series[3 * at + 1]._stroke ?? ink, [14, 2]));
  for (const { kind, words } of host.data.markLegend) say(words, inkOf(host, `s-mark-${kind}`), [2, 12]);
  return y + px(14);
}

/** Hand the picture to the browser as a file; above it stand whose it is, of when, and its legend. */
export function savePicture(host) {
  const source = host.plot.ctx.canvas, canvas = Object.assign(document.createElement("canvas"), { width: source.width });
  const ctx = canvas.getContext("2d"), room = Math.ceil(drawTop(ctx, host, source.width, ""));
  canvas.height = source.height + room;
  ctx.fillStyle = getComputedStyle(host.closest(".card, dialog") ?? document.body).backgroundColor;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.drawImage(source, 0, room);
  drawTop(ctx, host, source.width, getComputedStyle(host).color);
  canvas.toBlob((blob) => {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `${host.data.file}.png` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}
