/** <live-badges>: keeps the badges and last-seen times inside it true, from each device's doover_connection. */
import { gateway } from "../gateway.js";
import { KINDS, judge } from "../presence.js";
import { ago, inUtc } from "../words.js";

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
    this.stops = [...this.querySelectorAll("[data-agent]:has([data-badge])")].map((row) =>
      gateway.subscribe(row.dataset.agent, "doover_connection", (event, d) => {
        const aggregate = d.get("aggregate");
        if (!aggregate) return;
        this.known.set(row, aggregate.get("data"));
        this.show(row);
      }));
    this.timer = setInterval(() => { for (const row of this.known.keys()) this.show(row); }, AGAIN);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    for (const stop of this.stops) stop();
  }

  show(row) {
    const verdict = judge(this.known.get(row));
    const place = row.querySelector("[data-badge]");
    const said = `${verdict.state} ${verdict.words} ${verdict.hidden}`;
    if (place.dataset.said !== said) {
      place.dataset.said = said;
      place.replaceChildren(...(verdict.hidden ? [] : [badge(verdict, row.matches(IN_LISTS))]));
      if (row.matches(IN_LISTS)) row.classList.toggle("is-away", verdict.state === "offline" || verdict.state === "unknown");
    }
    if (verdict.seen !== null) this.showSeen(row.querySelector("[data-seen]"), verdict.seen);
  }

  showSeen(place, seen) {
    if (!place) return;
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
