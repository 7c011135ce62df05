/** <live-panel agent name src events>: a part of a page, read again when one of the events happens on the channel or
 * one that something in it names ([data-hears]), and now and then, as time alone changes what it says; oftener while
 * something in it is not done ([data-undone]). What somebody opened or is in stays so. */
import { fragment } from "../api.js";
import { gateway } from "../gateway.js";

const SOON = 300, AFTER_WRITING = 2600, EVERY = 15_000, UNDONE = 3000;
// The state of a channel comes when this begins to listen, and anew after a cut: what happened before was missed.
const SYNC = "ChannelSync";

class LivePanel extends HTMLElement {
  connectedCallback() {
    this.wanted = new Set(this.getAttribute("events").split(" "));
    this.stops = new Map();
    this.hear();
    this.onLook = () => { if (document.visibilityState === "visible") this.read(); };
    document.addEventListener("visibilitychange", this.onLook);
    this.readAt = performance.now();
    this.timer = setInterval(() => { if (this.isDoubtful) this.onLook(); }, UNDONE);
    if (this.wanted.has("ChannelSubscription")) this.later = setTimeout(this.onLook, AFTER_WRITING);
  }

  disconnectedCallback() {
    for (const stop of this.stops.values()) stop();
    clearInterval(this.timer);
    clearTimeout(this.soon);
    clearTimeout(this.later);
    document.removeEventListener("visibilitychange", this.onLook);
  }

  hear() {
    for (const name of [this.getAttribute("name"), ...[...this.querySelectorAll("[data-hears]")].map((one) => one.dataset.hears)]) {
      if (this.stops.has(name)) continue;
      this.stops.set(name, gateway.subscribe(this.getAttribute("agent"), name, (event) => {
        if (event === SYNC) return this.read();  // the page is not live before
        if (this.wanted.has(event)) this.readSoon(event);
      }));
    }
  }

  /** Whether it should be read although nothing was heard. */
  get isDoubtful() { return this.querySelector("[data-undone]") !== null || performance.now() - this.readAt > EVERY - UNDONE; }

  /** Who watches is written down every two seconds, messages are there at once. */
  readSoon(event) {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.read(), event.startsWith("Channel") ? AFTER_WRITING : SOON);
  }

  /** What cannot be read now stays as it is; the chip in the header says why. */
  read() {
    if (this.reading) this.isDue = true;
    else this.reading = this.readNow();
    return this.reading;
  }

  async readNow() {
    this.readAt = performance.now();
    try {
      const html = await (await fragment(this.getAttribute("src"))).text();
      if (html !== this.shown) this.show(html);
      this.shown = html;
    } catch {
      return;
    } finally {
      this.reading = null;
    }
    if (this.isDue) { this.isDue = false; this.readSoon(""); }
  }

  show(html) {
    if (this.contains(document.activeElement) && document.activeElement !== document.body) this.focusedIn = document.activeElement.closest("[data-id]")?.dataset.id;
    const fresh = new DOMParser().parseFromString(html, "text/html").body;
    for (const open of this.querySelectorAll("[data-id]:has(details[open])")) {
      fresh.querySelector(`[data-id="${open.dataset.id}"] details`)?.setAttribute("open", "");
    }
    this.replaceChildren(...fresh.childNodes);
    if (this.focusedIn) this.querySelector(`[data-id="${this.focusedIn}"] :is(button, summary)`)?.focus();
    this.focusedIn = null;
    this.hear();
  }
}

customElements.define("live-panel", LivePanel);
