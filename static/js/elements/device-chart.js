/** <device-chart agent src query>: several values of a device over time. The server drew them; this follows the clock,
 * zooms, answers the pointer, and takes over what stands around the box from the server as it reads. */
import { fragment } from "../api.js";
import { number } from "../chart-words.js";
import { gateway } from "../gateway.js";
import { Digits } from "../json.js";
import { now } from "../now.js";
import { dragged, keyMoves, placeBox, sayBox } from "../plot.js";
import { columnsOf, drawAround, highOf, optionsOf, wordsAt } from "../plot-many.js";
import { savePicture } from "../plot-picture.js";

// A point has so many pixels: the band between its lowest and highest value is seen as a band, its mean as a line.
const APART = 3;
const CLOSEST = 1000, EVERY = 15_000, RESIZE = 150, MOST_TAIL = 600;

class DeviceChart extends HTMLElement {
  /** A chart that moves to another place of the page begins anew there, with what it knows. */
  connectedCallback() {
    if (!window.uPlot) return;
    this.tail ??= this.remember();
    this.ends = new AbortController();
    this.addEventListener("keydown", (event) => this.onKey(event), { signal: this.ends.signal });
    this.stop = gateway.subscribe(this.getAttribute("agent"), "tag_values", (event, d) => this.hear(event, d));
    this.timer = setInterval(() => { if (this.live && !document.hidden) this.read(); }, EVERY);
    this.resizing = new ResizeObserver(() => { clearTimeout(this.resize); this.resize = setTimeout(() => this.fit(), RESIZE); });
    this.resizing.observe(this);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.recolour = () => this.draw(true);
    this.scheme.addEventListener("change", this.recolour, { signal: this.ends.signal });
    this.around = this.closest("[data-chart-scope], .dv-chart-card, dialog") ?? this.parentElement;
    this.tools();
    this.draw();
    this.read();
  }

  disconnectedCallback() {
    this.ends?.abort();
    this.stop?.();
    clearInterval(this.timer);
    clearTimeout(this.resize);
    this.resizing?.disconnect();
    this.plot?.destroy();
    this.plot = undefined;
  }

  /** What the server drew it with; returns the points that are to come. */
  remember() {
    this.holder = this.querySelector("[data-plot]");
    this.after = Number(this.getAttribute("after"));
    this.before = Number(this.getAttribute("before"));
    this.live = this.hasAttribute("live");
    this.home = { after: this.after, before: this.before };
    this.past = [];
    return new Map();
  }

  /** The buttons that only a script can serve. */
  tools() {
    const press = (name, act) => this.around.querySelector(name)?.addEventListener("click", act, { signal: this.ends.signal });
    for (const one of this.around.querySelectorAll("[data-script]")) one.hidden = false;
    this.back = this.around.querySelector("[data-chart-back]");
    press("[data-chart-back]", () => this.past.length && this.go(this.past.pop(), false));
    for (const link of this.around.querySelectorAll("a[data-range]")) link.addEventListener("click", (event) => this.show(event, link.dataset.range), { signal: this.ends.signal });
    this.markRange();
    press("[data-chart-png]", () => this.plot && savePicture(this));
    press("[data-chart-link]", (event) => {
      event.preventDefault();
      navigator.clipboard?.writeText(event.currentTarget.href);
    });
  }

  /** Another range in the place of this one, where the links to it stand beside the chart. */
  show(event, key) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const query = new URLSearchParams(this.getAttribute("query"));
    for (const name of ["from", "to"]) query.delete(name);
    query.set("range", key);
    this.setAttribute("query", query);
    this.live = true;
    this.past = [];
    this.read().then(() => { this.home = { after: this.after, before: this.before }; });
  }

  markRange() {
    const key = this.live ? new URLSearchParams(this.getAttribute("query")).get("range") : null;
    for (const link of this.around.querySelectorAll("a[data-range]")) {
      if (link.dataset.range === key) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  /** `query` of the address with the time that is shown now. */
  get asked() {
    const query = new URLSearchParams(this.getAttribute("query"));
    if (!this.live || !query.has("range")) {
      query.delete("range");
      query.set("from", Math.round(this.after));
      query.set("to", Math.round(this.before));
    }
    return query;
  }

  go({ after, before, live }, remember = true) {
    if (remember) this.past.push({ after: this.after, before: this.before, live: this.live });
    this.live = Boolean(live);
    [this.after, this.before] = [Math.round(after), Math.round(Math.max(before, after + CLOSEST))];
    if (this.back) this.back.disabled = this.past.length === 0;
    for (const chip of this.around.querySelectorAll(".dv-chart-tools .dv-chip[aria-pressed]")) chip.setAttribute("aria-pressed", String(this.live));
    return this.read();
  }

  async read() {
    const mine = (this.reading = (this.reading ?? 0) + 1), query = this.asked;
    query.set("part", "data");
    query.set("points", Math.min(2000, Math.max(100, Math.round(this.clientWidth / APART))));
    let answer;
    try {
      answer = await (await fragment(`${this.getAttribute("src")}?${query}`)).json();
    } catch {
      return; // what stands stays; the header says how the connection is
    }
    if (mine !== this.reading || !this.isConnected) return;
    this.data = answer;
    [this.after, this.before] = [answer.after, answer.before];
    for (const line of answer.lines) this.tail.set(line.path, (this.tail.get(line.path) ?? []).filter(([ms]) => ms > (line.times.at(-1) ?? 0)));
    this.markRange();
    this.querySelector("[data-sampled]").hidden = !answer.sampled;
    for (const name of ["legend", "around"]) drawAround(this.querySelector(`[data-${name}]`), answer[name]);
    this.classList.toggle("has-right", answer.scales.some(({ side }) => side === "right"));
    this.querySelector("[data-nothing]")?.toggleAttribute("hidden", answer.lines.some((line) => line.times.length > 0));
    for (const link of this.around.querySelectorAll("[data-chart-csv], [data-chart-link]")) {
      const address = new URL(link.href, document.baseURI);
      address.search = this.asked;
      link.href = address;
    }
    this.keepAddress();
    this.draw();
  }

  /** On the chart's own page the address is the permalink of what is shown: a reload or a bookmark leads back to it. */
  keepAddress() {
    if (location.pathname.replace(/\/$/, "") !== this.getAttribute("src").replace(/\/$/, "") || this.closest("dialog")) return;
    const address = `${location.pathname}?${this.asked}`;
    if (address !== location.pathname + location.search) history.replaceState(history.state, "", address);
  }

  /** A new state, or a value that is sent while somebody looks and not kept: its point, before the next reading. */
  hear(event, d) {
    const document = event === "AggregateUpdate" ? d.get("request_data")?.get("data") : event === "OneShotMessage" ? d.get("data") : null;
    if (!this.live || !this.data || !(document instanceof Map)) return;
    for (const line of this.data.lines) {
      const value = document.get(line.path) ?? line.path.split(".").reduce((one, key) => (one instanceof Map ? one.get(key) : undefined), document);
      if (!(value instanceof Digits)) continue;
      const points = this.tail.get(line.path) ?? [];
      this.tail.set(line.path, [...points, [now(), Number(value.text)]].slice(-MOST_TAIL));
      const last = this.querySelector(`[data-path="${CSS.escape(line.path)}"] [data-last]`);
      if (last) last.textContent = `${number(Number(value.text), line.decimals)} ${line.units}`.trim();
    }
    this.draw();
  }

  draw(anew = false) {
    if (!this.data?.lines.length || !this.holder) return;
    if (this.live) [this.after, this.before] = [now() - (this.before - this.after), now()];
    const columns = columnsOf(this.data.lines, this.live ? this.tail : new Map());
    if (this.plot && !anew && this.plot.series.length === 1 + 3 * this.data.lines.length) {
      this.plot.setData(columns, false);
      this.plot.setScale("x", { min: this.after / 1000, max: this.before / 1000 });
      return;
    }
    this.plot?.destroy();
    this.holder.hidden = false;
    this.querySelector("[data-drawn]").hidden = true;
    this.plot = new window.uPlot(optionsOf(this, highOf(this.holder)), columns, this.holder);
    this.says = sayBox(this.plot);
  }

  select(plot) { const span = dragged(plot); if (span) this.go(span); }

  point(plot) {
    const at = plot.cursor.idx ?? null, words = at === null ? [] : wordsAt(plot, this.data.lines, at);
    this.says.hidden = words.length === 0;
    this.says.textContent = words.join("\n");
    if (words.length) placeBox(plot, this.says, plot.valToPos(plot.data[0][at], "x"));
  }

  fit() {
    if (this.plot && this.holder.clientWidth) this.plot.setSize({ width: this.holder.clientWidth, height: highOf(this.holder) });
  }

  onKey(event) {
    const move = keyMoves(this, this.home)[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this || !move) return;
    event.preventDefault();
    this.go(move());
  }
}

customElements.define("device-chart", DeviceChart);
