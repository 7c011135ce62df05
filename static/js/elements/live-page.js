/** <live-page agent src revisions>: the board of a device, kept fresh. When a state changes it asks the server for those
 * elements alone whose readings changed, so that a value looks the same however it arrives; when the change decides which
 * elements there are, for the board. What somebody opened stays open, what somebody types in stays as it is. */
import { fragment } from "../api.js";
import { remember, restore } from "../folds.js";
import { gateway } from "../gateway.js";
import { Insisting, waiting } from "../insisting.js";
import { write } from "../json.js";
import { judge } from "../presence.js";
import { put, renew } from "../renew.js";

const SOURCES = { tag_values: "tag", ui_cmds: "cmds" };
const WHOLE = ["ui_state", "ui_overrides", "deployment_config"];
const ALARMS = new Set(["AlarmTrigger", "AlarmNote"]);
const APART = 250, GONE_FOR = 2000, EVERY = 60_000, MOST_IN_ADDRESS = 60;

/** The value at a dotted path; where a step is missing, longer keys with dots are tried. */
function at(document, steps) {
  if (!steps.length) return document;
  if (!(document instanceof Map)) return undefined;
  for (let taken = 1; taken <= steps.length; taken += 1) {
    const found = at(document.get(steps.slice(0, taken).join(".")), steps.slice(taken));
    if (found !== undefined && found !== null) return found;
  }
  return undefined;
}

const text = (document, steps) => { const value = at(document, steps); return value === undefined ? "" : write(value); };

class LivePage extends HTMLElement {
  connectedCallback() {
    this.known = new Map();
    this.due = new Set();
    this.board = new Insisting(() => this.readNow());
    this.revisions = new Map((this.getAttribute("revisions") ?? "").split(" ").map((one) => one.split(":")));
    this.stops = [...Object.keys(SOURCES), ...WHOLE].map((name) =>
      gateway.subscribe(this.getAttribute("agent"), name, (event, d, revision) => this.hear(name, event, d.get("aggregate"), revision)));
    this.stops.push(gateway.subscribe(this.getAttribute("agent"), "doover_connection", (event, d) => this.hearOfIt(d.get("aggregate"))));
    this.addEventListener("focusout", () => { if (this.due.size) this.readSoon(); });
    this.timer = setInterval(() => { if (document.visibilityState === "visible") this.readBoard(0); }, EVERY);
    restore(this);
    this.addEventListener("toggle", (event) => remember(event.target), true);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    clearTimeout(this.soon);
    this.shownSoon?.fulfil();
    this.board.stop();
    for (const stop of this.stops) stop();
  }

  /** Resolves once what is heard stands on the page. */
  hear(name, event, aggregate, revision) {
    if (ALARMS.has(event)) return this.readBoard(0);
    if (!aggregate) return;
    const data = aggregate.get("data"), before = this.known.get(name);
    this.known.set(name, data);
    if (before === undefined) {
      if (this.revisions.has(name) ? Number(this.revisions.get(name)) === revision : data.size === 0) return;
      return this.readBoard(0);
    }
    if (name === "tag_values") this.showUpdated(aggregate.get("last_updated"));
    // A state that comes once more is that after a cut: alarms that came or went in it are on the board.
    if (WHOLE.includes(name)) return this.readBoard(name === "ui_state" ? this.patienceFor(before, data) : 0);
    return this.compare(SOURCES[name], before, data);
  }

  /** A device that comes back, or goes: with it the banner and what is grey. */
  hearOfIt(aggregate) {
    if (aggregate && (judge(aggregate.get("data")).state === "offline") !== this.classList.contains("is-stale")) this.readBoard(0);
  }

  showAway(fresh) {
    const place = this.querySelector("[data-away]");
    if (!fresh || !place) return;
    const [before, now] = [place, fresh].map((one) => one.querySelector("[name=csrfmiddlewaretoken]"));
    if (before && now) now.value = before.value; // another one each time, and no other banner
    if (!place.isEqualNode(fresh)) place.replaceWith(document.importNode(fresh, true));
    this.classList.toggle("is-stale", !fresh.hidden);
  }

  /** An application that is taken out for a moment, to be written anew, stays on the screen for that moment. */
  patienceFor(before, after) {
    const apps = (state) => { const found = at(state, ["state", "children"]); return found instanceof Map ? [...found.keys()] : []; };
    const now = new Set(apps(after));
    return apps(before).some((key) => !now.has(key)) ? GONE_FOR : 0;
  }

  compare(source, before, after) {
    const differs = (read) => {
      if (!read.startsWith(`${source}.`)) return false;
      const steps = read.slice(source.length + 1).split(".");
      return text(before, steps) !== text(after, steps);
    };
    const shape = this.querySelector("[data-shape]")?.dataset.shape.split(" ") ?? [];
    if (shape.some((read) => read && differs(read))) return this.readBoard(0);
    for (const element of this.querySelectorAll("[data-reads]")) {
      if (element.dataset.reads.split("\n").some(differs)) this.due.add(element.id);
    }
    return this.due.size ? this.readSoon() : this.shownSoon ?? this.showing; // what came before may not stand there yet
  }

  /** At most four times a second, however many changes come. Resolves once they are shown. */
  readSoon() {
    if (this.board.isRetrying) return this.readBoard(0);
    this.shownSoon ??= waiting();
    this.soon ??= setTimeout(async () => {
      const shown = (this.showing = this.shownSoon);
      this.soon = this.shownSoon = undefined;
      await this.readElements().catch((problem) => (problem.isFinal ? undefined : this.readBoard(0)));
      shown.fulfil();
      if (this.showing === shown) this.showing = undefined;
    }, APART);
    return this.shownSoon;
  }

  /** Resolves once it is shown, or refused for good. */
  readBoard(wait) { return this.board.soon(Math.max(wait, APART)); }

  readNow() {
    return this.read(`${this.getAttribute("src")}?${this.boardAsked}`, (body) => {
      this.due.clear();
      renew(this, body);
      this.showAway(body.querySelector("[data-away]"));
      restore(this);
    });
  }

  /** The board, with the charts that are not drawn here yet. */
  get boardAsked() {
    const drawn = [...this.querySelectorAll("[data-plot-of]:has(device-chart)")].map((one) => ["drawn", one.dataset.plotOf]);
    return new URLSearchParams([["part", "board"], ...drawn]);
  }

  async readElements() {
    const ids = [...this.due].filter((id) => !isInUse(document.getElementById(id)));
    if (!ids.length) return undefined;
    if (ids.length > MOST_IN_ADDRESS) return this.readBoard(0);
    for (const id of ids) this.due.delete(id);
    const query = new URLSearchParams([["part", "elements"], ...ids.map((id) => ["el", id])]);
    return this.read(`${this.getAttribute("src")}?${query}`, (body) => {
      for (const fresh of body.querySelectorAll("[data-el]")) put(document.getElementById(fresh.id), fresh, true);
    });
  }

  /** What cannot be read now stays as it is, and is read again; the chip in the header says so. */
  async read(address, show) {
    const mine = (this.asked = (this.asked ?? 0) + 1), html = await (await fragment(address)).text();
    if (mine < (this.shown ?? 0)) return this.readBoard(0);
    this.shown = mine;
    return show(new DOMParser().parseFromString(html, "text/html").body);
  }

  showUpdated(ms) {
    const time = document.querySelector("[data-updated] time");
    if (time && ms) time.dateTime = new Date(Number(ms.text ?? ms)).toISOString();
  }
}

const isInUse = (element) => element !== null && element.matches(":focus-within") && element.querySelector("input:focus, select:focus, textarea:focus, dialog[open]") !== null;

customElements.define("live-page", LivePage);
