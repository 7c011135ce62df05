/** <chart-view>: one number over time. The server drew it; this makes it follow the clock, zoom and answer the pointer. */
import { call, channelAddress } from "../api.js";
import { gateway } from "../gateway.js";
import { language } from "../i18n.js";
import { number, when } from "../chart-words.js";
import { now } from "../now.js";
import { columnsOf, dragged, faded, inkOf, inZone, keyMoves, looks, numberAxis, placeBox, sayBox, timeAxis } from "../plot.js";

// A point has so many pixels: the band between its lowest and highest value is seen as a band, its mean as a line.
const APART = 3;
const AGAIN = 2000, RESIZE = 150, HIGH = 244, CLOSEST = 1000;
const NEWS = new Set(["MessageCreate", "MessageUpdate", "MessageDelete"]);
const views = new Set();
const back = document.querySelector("[data-chart-back]");
const sampled = document.querySelector("[data-chart-sampled]");
const past = [];

back?.addEventListener("click", () => past.length && showAll(past.pop(), false));

/** All charts of the page show the same time. */
function showAll(span, remember = true) {
  const [first] = views;
  if (remember) past.push({ after: first.after, before: first.before, live: first.live });
  for (const view of views) view.go(span);
  for (const chip of document.querySelectorAll(".dv-chart-form .dv-chip")) {
    chip.toggleAttribute("data-was", chip.hasAttribute("data-was") || chip.hasAttribute("aria-pressed"));
    if (chip.hasAttribute("data-was")) chip.setAttribute("aria-pressed", String(Boolean(span.live)));
  }
}

class ChartView extends HTMLElement {
  connectedCallback() {
    if (!window.uPlot) return;
    this.agent = this.getAttribute("agent");
    this.path = this.getAttribute("path");
    this.after = Number(this.getAttribute("after"));
    this.before = Number(this.getAttribute("before"));
    this.live = this.hasAttribute("live");
    this.home = { after: this.after, before: this.before, live: this.live };
    this.holder = this.querySelector("[data-plot]");
    views.add(this);
    this.read();
    this.stop = gateway.subscribe(this.agent, this.getAttribute("name"), (event) => { if (this.live && NEWS.has(event)) this.soon(); });
    this.timer = setInterval(() => { if (this.live && !document.hidden) this.read(); }, 15_000);
    this.resizing = new ResizeObserver(() => { clearTimeout(this.resize); this.resize = setTimeout(() => this.fit(), RESIZE); });
    this.resizing.observe(this);
    this.addEventListener("keydown", (event) => this.onKey(event));
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.recolour = () => this.draw(true);
    this.scheme.addEventListener("change", this.recolour);
  }

  disconnectedCallback() {
    views.delete(this);
    this.stop?.();
    clearInterval(this.timer);
    this.resizing?.disconnect();
    this.scheme?.removeEventListener("change", this.recolour);
    this.plot?.destroy();
    this.plot = undefined;
  }

  get span() { return this.before - this.after; }

  go({ after, before, live }) {
    this.live = Boolean(live);
    [this.after, this.before] = [Math.round(after), Math.round(Math.max(before, after + CLOSEST))];
    if (back) back.disabled = past.length === 0;
    return this.read();
  }

  /** At most every two seconds, however fast messages come. */
  soon() {
    this.waiting ??= setTimeout(() => { this.waiting = undefined; this.read(); }, AGAIN);
  }

  async read() {
    if (this.live) [this.after, this.before] = [now() - this.span, now()];
    const mine = (this.asked = (this.asked ?? 0) + 1);
    const points = Math.min(2000, Math.max(100, Math.round(this.clientWidth / APART)));
    const query = new URLSearchParams({ path: this.path, after: Math.round(this.after), before: Math.round(this.before) + 1, points });
    try {
      const answer = await (await call("GET", `${channelAddress(this.agent, this.getAttribute("name"))}/series?${query}`)).json();
      if (mine !== this.asked) return;
      [this.course] = answer.series;
    } catch {
      return; // what stands stays; the header says how the connection is
    }
    if (sampled) sampled.hidden = ![...views].some((view) => view.course?.is_sampled);
    this.draw();
    this.tell();
  }

  tell() {
    const { count, min, max, mean, last } = this.course, total = count.reduce((sum, one) => sum + one, 0);
    const say = (name, words) => { this.querySelector(`[data-${name}]`).textContent = words; };
    say("count", total.toLocaleString(language()));
    say("last", number(last.at(-1)));
    say("lowest", total ? number(Math.min(...min)) : "—");
    say("highest", total ? number(Math.max(...max)) : "—");
    say("mean", total ? number(mean.reduce((sum, one, at) => sum + one * count[at], 0) / total) : "—");
    this.querySelector("[data-nothing]")?.toggleAttribute("hidden", total > 0);
  }

  columns() { return columnsOf(this.course, ["mean", "min", "max"]); }

  draw(anew = false) {
    if (!this.course) return;
    if (this.plot && !anew) {
      this.plot.setData(this.columns(), false);
      this.plot.setScale("x", { min: this.after / 1000, max: this.before / 1000 });
      return;
    }
    this.plot?.destroy();
    this.holder.hidden = false;
    this.querySelector("[data-drawn]").hidden = true;
    this.plot = new window.uPlot(this.options(), this.columns(), this.holder);
    this.says = sayBox(this.plot);
  }

  options() {
    const line = inkOf(this.querySelector(".dv-chart-key path")), look = looks(this, inkOf(this.querySelector(".grid")));
    const quiet = { stroke: line, width: 0, points: { show: false } };
    return {
      width: this.holder.clientWidth || this.clientWidth - 32, height: HIGH, legend: { show: false },
      tzDate: inZone,
      padding: [10, 26, null, null],
      cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
      scales: { x: { time: true, range: () => [this.after / 1000, this.before / 1000] } },
      series: [{}, { stroke: line, width: 1.75, points: { show: this.course.times.length < 24 } }, quiet, quiet],
      bands: [{ series: [3, 2], fill: faded(line) }],
      axes: [timeAxis(look), numberAxis(look)],
      hooks: { setSelect: [(plot) => this.select(plot)], setCursor: [(plot) => this.point(plot)] },
    };
  }

  select(plot) {
    const span = dragged(plot);
    if (span) showAll(span);
  }

  point(plot) {
    const at = plot.cursor.idx, mean = at === null || at === undefined ? null : plot.data[1][at];
    this.says.hidden = mean === null || mean === undefined;
    if (this.says.hidden) return;
    const [low, high] = [plot.data[2][at], plot.data[3][at]];
    this.says.textContent = `${when(plot.data[0][at])}  ${number(mean)}${low === high ? "" : `  (${number(low)} to ${number(high)})`}`;
    placeBox(plot, this.says, plot.valToPos(plot.data[0][at], "x"));
  }

  fit() {
    if (this.plot && this.clientWidth) this.plot.setSize({ width: this.holder.clientWidth, height: HIGH });
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = keyMoves(this, this.home);
    if (!moves[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    showAll(moves[event.key]());
  }
}

customElements.define("chart-view", ChartView);
