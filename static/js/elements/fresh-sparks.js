/** <fresh-sparks src>: the course of the last day beside the devices of a list. Read after the page, once somebody can see
 * the places for it, and again every few minutes. */
import { fragment } from "../api.js";

const EVERY = 300_000;

class FreshSparks extends HTMLElement {
  connectedCallback() {
    this.places = new Map([...this.querySelectorAll("[data-spark]")].map((place) => [place.closest("[data-agent]").dataset.agent, place]));
    this.looked = () => this.look();
    document.addEventListener("visibilitychange", this.looked);
    // Tells of the first look, and of a window that grows wide enough for them.
    this.sight = new ResizeObserver(this.looked);
    this.sight.observe(this);
    this.timer = setInterval(this.looked, EVERY);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.looked);
    this.sight.disconnect();
    clearInterval(this.timer);
  }

  get isSeen() {
    return document.visibilityState === "visible" && [...this.places.values()].some((place) => place.getClientRects().length);
  }

  look() {
    if (this.isReading || !this.isSeen || performance.now() < this.freshUntil) return;
    this.isReading = true;
    this.read().finally(() => { this.isReading = false; });
  }

  /** What cannot be read now stays as it is. */
  async read() {
    const asked = new URLSearchParams([...this.places.keys()].map((agent) => ["of", agent]));
    let html;
    try {
      html = await (await fragment(`${this.getAttribute("src")}?${asked}`)).text();
    } catch {
      return;
    }
    this.freshUntil = performance.now() + EVERY - 1000;
    const found = new DOMParser().parseFromString(html, "text/html");
    const drawn = new Map([...found.querySelectorAll("[data-of]")].map((one) => [one.dataset.of, one]));
    for (const [agent, place] of this.places) place.replaceChildren(...(drawn.get(agent)?.childNodes ?? []));
  }
}

customElements.define("fresh-sparks", FreshSparks);
