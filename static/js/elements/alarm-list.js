/** <alarm-list src>: alarms in a table, read again when one of them moves or somebody has seen one. A form that is open stays. */
import { fragment } from "../api.js";
import { gateway } from "../gateway.js";

// The state of a channel comes when this begins to listen, and anew after a cut: what moved before it listened was missed.
const NEWS = new Set(["AlarmTrigger", "AlarmNote", "ChannelSync"]), SOON = 400;

class AlarmList extends HTMLElement {
  connectedCallback() {
    this.stops = new Map();
    this.watch();
  }

  disconnectedCallback() { for (const stop of this.stops.values()) stop(); clearTimeout(this.waiting); }

  watch() {
    for (const row of this.querySelectorAll("tr[data-agent]")) {
      const key = `${row.dataset.agent}/${row.dataset.channel}`;
      if (this.stops.has(key)) continue;
      this.stops.set(key, gateway.subscribe(row.dataset.agent, row.dataset.channel, (event) => { if (NEWS.has(event)) this.soon(); }));
    }
  }

  soon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.read(), SOON);
  }

  async read() {
    const place = this.querySelector("[data-rows]");
    if (place.contains(document.activeElement) && place.querySelector("details[open]")) return this.soon(); // somebody writes a note
    try {
      const html = await (await fragment(this.getAttribute("src"))).text();
      const fresh = new DOMParser().parseFromString(`<table><tbody>${html}</tbody></table>`, "text/html").querySelector("tbody");
      place.replaceChildren(...fresh.childNodes);
      this.watch();
    } catch {
      // What stands stays; the header says how the connection is.
    }
  }
}

customElements.define("alarm-list", AlarmList);
