/** <chart-drawer>: links marked data-chart open their chart beside the page instead of leaving it. Without this script they lead to the chart's own page. */
import { fragment } from "../api.js";

const CHART = /\/chart\/?$/;

class ChartDrawer extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.onClick = (event) => this.follow(event);
    document.addEventListener("click", this.onClick);
    this.dialog.addEventListener("submit", (event) => this.send(event));
    this.dialog.addEventListener("close", () => this.dialog.replaceChildren());
  }

  disconnectedCallback() { document.removeEventListener("click", this.onClick); }

  follow(event) {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (event.target === this.dialog || event.target.closest("dialog [data-close]")) return this.dialog.close();
    const link = event.target.closest("a[data-chart]") ?? event.target.closest("chart-drawer .dv-segment a, chart-drawer .dv-chart-chosen a, chart-drawer [data-nothing] a");
    if (!link || !document.contains(link)) return;
    // What the first generation kept in its page is drawn in the channel viewer.
    if (link.matches("[data-chart]") && !CHART.test(link.pathname)) return;
    event.preventDefault();
    this.open(new URL(link.href, document.baseURI), link);
  }

  send(event) {
    event.preventDefault();
    const address = new URL(event.target.action, document.baseURI);
    address.search = new URLSearchParams(new FormData(event.target, event.submitter));
    this.open(address);
  }

  async open(address) {
    if (!CHART.test(address.pathname)) address = new URL(address.search, this.address);
    const part = new URL(address);
    part.searchParams.set("part", "drawer");
    try {
      const html = await (await fragment(part)).text();
      this.address = address;
      // Open before it is filled, so that a chart knows how wide it is.
      if (!this.dialog.open) this.dialog.showModal();
      this.dialog.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
      this.dialog.querySelector("a, button")?.focus({ preventScroll: true });
    } catch {
      location.assign(address);
    }
  }
}

customElements.define("chart-drawer", ChartDrawer);
