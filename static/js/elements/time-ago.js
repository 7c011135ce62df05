/** <time-ago>: a relative time that keeps itself fresh. One timer serves the page. */
import { ago, when } from "../words.js";

const all = new Set();
// When a device was heard of last is not known any more once the page itself hears nothing: then the moment stands there.
const OF_DEVICES = "[data-seen], [data-updated]", BLIND = ["stale", "signed-out"];

class TimeAgo extends HTMLElement {
  connectedCallback() { all.add(this); }

  disconnectedCallback() { all.delete(this); }

  refresh() {
    const time = this.querySelector("time");
    const at = Date.parse(time.dateTime), isBlind = BLIND.includes(document.documentElement.dataset.live);
    const words = isBlind && this.closest(OF_DEVICES) ? when(at) : ago(at);
    if (time.textContent !== words) time.textContent = words;
  }
}

customElements.define("time-ago", TimeAgo);
setInterval(() => { for (const one of all) one.refresh(); }, 1000);
