/** <live-badges>: keeps the badges and last-seen times inside it true, from each device's doover_connection. A page that
 * hears nothing knows nothing of devices: its badges keep their last word, grey and with its time, until it is read again. */
import { gateway } from "../gateway.js";
import { fill, gettext } from "../i18n.js";
import { KINDS, judge } from "../presence.js";
import { ago, inUtc, parts, when } from "../words.js";

const SVG = "http://www.w3.org/2000/svg";
const MARKS = {
  online: [["circle", { class: "fill", cx: 6, cy: 6, r: 4.5 }]],
  overdue: [["circle", { cx: 6, cy: 6, r: 5 }], ["path", { d: "M6 3.4V6l1.8 1.2" }]],
  offline: [["circle", { cx: 6, cy: 6, r: 5 }], ["path", { d: "M2.6 9.4 9.4 2.6" }]],
  unknown: [["circle", { cx: 6, cy: 6, r: 5, "stroke-dasharray": "2 2.4" }]],
};
const AGAIN = 15_000;
const IN_LISTS = "tr, article, .dv-dash-tile"; // bare there, and grey while the device is away

function drawing(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function badge({ state, words }, bare) {
  const whole = document.createElement("span");
  whole.className = `dv-badge is-${KINDS[state]}${bare ? " dv-badge-bare" : ""}`;
  const mark = drawing("svg", { class: "dv-mark", viewBox: "0 0 12 12", "aria-hidden": "true" });
  mark.append(...MARKS[state].map(([name, attributes]) => drawing(name, attributes)));
  const text = document.createElement("span");
  text.textContent = words;
  whole.append(mark, text);
  return whole;
}

class LiveBadges extends HTMLElement {
  connectedCallback() {
    this.known = new Map();
    this.unsure = new Set(); // those that were not heard of since the connection was lost
    this.rows = [...this.querySelectorAll("[data-agent]:has([data-badge])")];
    this.stops = this.rows.map((row) =>
      gateway.subscribe(row.dataset.agent, "doover_connection", (event, d) => {
        const aggregate = d.get("aggregate");
        if (!aggregate) return;
        this.known.set(row, aggregate.get("data"));
        this.unsure.delete(row);
        this.show(row);
      }));
    this.timer = setInterval(() => { for (const row of this.known.keys()) if (!this.unsure.has(row)) this.show(row); }, AGAIN);
    this.onGateway = ({ detail }) => this.connected(detail.state);
    document.addEventListener("gateway", this.onGateway);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("gateway", this.onGateway);
    for (const stop of this.stops) stop();
  }

  /** The state of the page's own connection. */
  connected(state) {
    if (state === "live") {
      for (const row of this.rows) if (!this.known.has(row)) this.restore(row);
    } else if (state !== "connecting") {
      for (const row of this.rows) this.unsure.add(row);
      if (state !== "reconnecting") for (const row of this.unsure) this.pale(row);
    }
  }

  /** The last word of a badge, grey, with the moment until which it was known. */
  pale(row) {
    const place = row.querySelector("[data-badge]"), last = place.querySelector(".dv-badge");
    if (!last || place.querySelector(".dv-as-of")) return;
    place.dataset.said = "";
    place.drawn = last.cloneNode(true);
    last.classList.remove("is-ok", "is-warn", "is-bad");
    const asOf = document.createElement("span");
    asOf.className = "dv-as-of";
    asOf.textContent = fill(gettext("as of %(time)s"), { time: parts(gateway.heardAt).time });
    place.append(asOf);
  }

  /** A device that never says anything is as the server drew it. */
  restore(row) {
    const place = row.querySelector("[data-badge]");
    if (place.drawn && place.querySelector(".dv-as-of")) place.replaceChildren(place.drawn);
  }

  show(row) {
    const verdict = judge(this.known.get(row), gateway.heardAt);
    const place = row.querySelector("[data-badge]");
    const said = `${verdict.state} ${verdict.words} ${verdict.hidden}`;
    if (place.dataset.said !== said) {
      if (place.dataset.state && place.dataset.state !== verdict.state) document.dispatchEvent(new CustomEvent("badge-turned"));
      place.dataset.state = verdict.state;
      place.dataset.said = said;
      place.replaceChildren(...(verdict.hidden ? [] : [badge(verdict, row.matches(IN_LISTS))]));
      if (row.matches(IN_LISTS)) row.classList.toggle("is-away", verdict.state === "offline" || verdict.state === "unknown");
    }
    const isListed = row.matches("tr") && verdict.state === "offline";
    row.querySelector("[data-when-away]")?.toggleAttribute("hidden", verdict.state !== "offline");
    row.querySelector("[data-when-here]")?.toggleAttribute("hidden", verdict.state === "offline");
    if (verdict.seen !== null) this.showSeen(row.querySelector("[data-seen]"), verdict.seen, isListed);
  }

  /** `isMoment`: the badge beside it says how long ago that was. */
  showSeen(place, seen, isMoment) {
    if (!place) return;
    if (isMoment) {
      const moment = document.createElement("time");
      moment.dateTime = new Date(seen).toISOString();
      moment.title = inUtc(seen);
      moment.textContent = when(seen);
      place.replaceChildren(moment);
      return;
    }
    let time = place.querySelector("time-ago time");
    if (!time) {
      const whole = document.createElement("time-ago");
      time = document.createElement("time");
      whole.append(time);
      place.replaceChildren(whole);
    }
    time.dateTime = new Date(seen).toISOString();
    time.title = inUtc(seen);
    time.textContent = ago(seen);
  }
}

customElements.define("live-badges", LiveBadges);
