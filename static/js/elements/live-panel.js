/** <live-panel agent name src events>: a part of a page, read again when one of the events happens on the channel or
 * one that something in it names ([data-hears]), and now and then, as time alone changes what it says; oftener while
 * something in it is not done ([data-undone]). What somebody opened or is in stays so. */
import { fragment } from "../api.js";
import { gateway } from "../gateway.js";
import { Insisting } from "../insisting.js";

const SOON = 300, AFTER_WRITING = 2600, EVERY = 15_000, UNDONE = 3000;
// The state of a channel comes when this begins to listen, and anew after a cut: what happened before was missed.
const SYNC = "ChannelSync";

class LivePanel extends HTMLElement {
  connectedCallback() {
    this.wanted = new Set(this.getAttribute("events").split(" "));
    this.stops = new Map();
    this.reading = new Insisting(() => this.read());
    this.hear();
    this.onLook = () => { if (document.visibilityState === "visible") this.reading.within(0); };
    document.addEventListener("visibilitychange", this.onLook);
    this.readAt = performance.now();
    this.timer = setInterval(() => { if (this.isDoubtful) this.onLook(); }, UNDONE);
    if (this.wanted.has("ChannelSubscription")) this.later = setTimeout(this.onLook, AFTER_WRITING);
  }

  disconnectedCallback() {
    for (const stop of this.stops.values()) stop();
    clearInterval(this.timer);
    this.reading.stop();
    clearTimeout(this.later);
    document.removeEventListener("visibilitychange", this.onLook);
  }

  hear() {
    for (const name of [this.getAttribute("name"), ...[...this.querySelectorAll("[data-hears]")].map((one) => one.dataset.hears)]) {
      if (this.stops.has(name)) continue;
      this.stops.set(name, gateway.subscribe(this.getAttribute("agent"), name, (event) => {
        if (event === SYNC) return this.reading.soon(0);  // the page is not live before
        if (this.wanted.has(event)) this.readSoon(event);
        return undefined;
      }));
    }
  }

  /** Whether it should be read although nothing was heard. */
  get isDoubtful() { return this.querySelector("[data-undone]") !== null || performance.now() - this.readAt > EVERY - UNDONE; }

  /** Who watches is written down every two seconds, messages are there at once. */
  readSoon(event) {
    if (event.startsWith("Channel")) this.reading.soon(AFTER_WRITING);
    else this.reading.within(SOON);
  }

  /** What cannot be read now stays as it is, and is read again. */
  async read() {
    this.readAt = performance.now();
    const mine = (this.asked = (this.asked ?? 0) + 1), html = await (await fragment(this.getAttribute("src"))).text();
    if (mine < (this.latest ?? 0)) return; // what was asked later came first
    this.latest = mine;
    if (html !== this.shown) this.show(html);
    this.shown = html;
  }

  show(html) {
    if (this.contains(document.activeElement) && document.activeElement !== document.body) this.focusedIn = document.activeElement.closest("[data-id]")?.dataset.id;
    const fresh = new DOMParser().parseFromString(html, "text/html").body;
    if (this.shown === undefined && fresh.innerHTML === this.innerHTML) return; // as the page was drawn
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
