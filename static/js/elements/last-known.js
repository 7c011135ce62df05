/** <last-known>: on the page for when the server is away, what devices said when they were last looked at. */
import { known } from "../last-known.js";
import { clock, inUtc } from "../words.js";

// The server is asked often while somebody looks, and in any case when the browser says that there is a network.
const AGAIN = 2000, PATIENCE = 4000, TRIES = [0, 300, 1000];

class LastKnown extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("[data-device]");
    this.list = this.querySelector("[data-list]");
    const { devices } = known();
    const zone = devices.find((one) => one.zone)?.zone; // this page is the same for all, and knows of none
    if (zone) document.documentElement.dataset.zone = zone;
    const asked = devices.findIndex((one) => location.pathname.startsWith(one.address));
    if (asked > 0) devices.unshift(...devices.splice(asked, 1));
    this.list.replaceChildren(...devices.map((one) => this.card(one)));
    if (!devices.length) this.list.textContent = this.dataset.none;
    document.querySelector("[data-again]").addEventListener("click", () => this.again());
    addEventListener("online", () => { for (const wait of TRIES) setTimeout(() => this.again(), wait); });
    document.addEventListener("visibilitychange", () => this.again());
    this.timer = setInterval(() => this.again(), AGAIN);
  }

  disconnectedCallback() { clearInterval(this.timer); }

  card({ title, at, rows }) {
    const card = this.form.cloneNode(true);
    card.hidden = false;
    card.querySelector("h2").textContent = title;
    const age = card.querySelector("[data-age]");
    age.textContent = `${this.dataset.asOf} ${clock(at)}`;
    age.title = inUtc(at);
    card.querySelector("dl").append(...rows.map(([label, value]) => {
      const row = document.createElement("div"), name = document.createElement("dt"), said = document.createElement("dd");
      row.className = "dv-reading";
      name.textContent = label;
      said.textContent = [value].flat().map((part) => (typeof part === "string" ? part : clock(part.at))).join(" ");
      row.append(name, " ", said);
      return row;
    }));
    return card;
  }

  /** The address is still that of the page that could not be read. */
  async again() {
    if (document.visibilityState !== "visible" || this.isBack) return;
    try {
      await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    } catch {
      return;
    }
    if (this.isBack) return;
    this.isBack = true;
    location.reload();
  }
}

customElements.define("last-known", LastKnown);
