/** <plot-later src>: a plot further down a page, read once somebody comes near it. Without this script the link to its chart
 * stands there; what cannot be read is read when asked, or when the page has its connection back. */
import { fragment } from "../api.js";

const NEAR = "400px 0px", STAYS = 120; // who scrolls past does not ask for every plot on the way

class PlotLater extends HTMLElement {
  connectedCallback() {
    this.sight = new IntersectionObserver((seen) => this.see(seen.at(-1).isIntersecting), { rootMargin: NEAR });
    this.sight.observe(this);
    this.failed = this.querySelector("[data-failed]");
    this.failed.querySelector("button").onclick = () => this.read();
    this.heard = ({ detail }) => { if (detail.state === "live" && !this.failed.hidden) this.read(); };
    document.addEventListener("gateway", this.heard);
  }

  disconnectedCallback() {
    this.sight.disconnect();
    clearTimeout(this.soon);
    document.removeEventListener("gateway", this.heard);
  }

  see(isNear) {
    clearTimeout(this.soon);
    if (isNear && this.failed.hidden) this.soon = setTimeout(() => this.read(), STAYS);
  }

  async read() {
    if (this.isReading) return;
    this.isReading = true;
    try {
      const html = await (await fragment(this.getAttribute("src"))).text();
      const chart = new DOMParser().parseFromString(html, "text/html").querySelector("device-chart");
      this.replaceWith(document.importNode(chart, true));
    } catch {
      this.failed.hidden = false;
      this.querySelector("a").hidden = true;
    } finally {
      this.isReading = false;
    }
  }
}

customElements.define("plot-later", PlotLater);
