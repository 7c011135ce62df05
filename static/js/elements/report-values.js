/** <report-values>: the values to choose from are those of the devices and groups that are ticked beside them. */
import { filterList, quietEnter } from "../lists.js";

const PAUSE = 250;

class ReportValues extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.onChange = ({ target }) => {
      if (target.name !== "devices" && target.name !== "groups") return;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.read(), PAUSE);
    };
    this.form.addEventListener("change", this.onChange);
    for (const one of this.form.querySelectorAll("[data-without-script]")) one.hidden = true;
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.reading?.abort();
    this.form.removeEventListener("change", this.onChange);
  }

  async read() {
    this.reading?.abort();
    this.reading = new AbortController();
    const body = new FormData(this.form);
    body.set("part", "values");
    try {
      const response = await fetch(location.pathname, { method: "POST", body, signal: this.reading.signal });
      if (!response.ok || response.redirected) return;
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-values]");
      if (!fresh) return;
      this.replaceChildren(fresh);
      for (const one of this.querySelectorAll("[data-script]")) one.hidden = false;
      for (const one of this.querySelectorAll("[data-filters]")) {
        one.addEventListener("input", filterList);
        one.addEventListener("keydown", quietEnter);
      }
    } catch { /* what is shown stays, and can be chosen */ }
  }
}

customElements.define("report-values", ReportValues);
