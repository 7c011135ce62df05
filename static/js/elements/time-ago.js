/** <time-ago>: a relative time that keeps itself fresh. One timer serves the page. */
import { ago } from "../words.js";

const all = new Set();

class TimeAgo extends HTMLElement {
  connectedCallback() { all.add(this); }

  disconnectedCallback() { all.delete(this); }

  refresh() {
    const time = this.querySelector("time");
    const words = ago(Date.parse(time.dateTime));
    if (time.textContent !== words) time.textContent = words;
  }
}

customElements.define("time-ago", TimeAgo);
setInterval(() => { for (const one of all) one.refresh(); }, 1000);
