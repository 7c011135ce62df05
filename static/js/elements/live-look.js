/** <live-look agent me src>: tells the server what this page shows, so that the device reports faster; says who else is
 * here; and in live mode shows what the device sends without keeping it. */
import { fragment } from "../api.js";
import { gateway } from "../gateway.js";
import { language } from "../i18n.js";
import { Digits } from "../json.js";
import { now } from "../now.js";
import { keep, readingsOf } from "../last-known.js";

const SETTLE = 1500, GONE = 120_000, EVERY = 20_000, MOST = 200;
const VALUES = ".dv-tile-value, dd, .dv-linear-head b, text.value";

class LiveLook extends HTMLElement {
  connectedCallback() {
    this.agent = this.getAttribute("agent");
    this.fields = (this.dataset.live ?? "").split("|").filter(Boolean).map((line) => line.split(" "));
    this.button = this.querySelector("[data-live-mode]");
    this.button?.addEventListener("click", () => this.switchMode());
    this.page = document.querySelector("live-page");
    this.onFold = (event) => { if (event.target.matches?.("details[data-fold]")) this.tell(); };
    this.page?.addEventListener("toggle", this.onFold, true);
    this.tell();
    // The channel is there once somebody looked.
    this.later = setTimeout(() => this.watch(), SETTLE);
    this.timer = setInterval(() => {
      if (!this.stamps) this.watch();
      this.showOthers();
      this.keep();
    }, EVERY);
    this.onLeave = () => { if (document.visibilityState === "hidden") this.keep(); };
    document.addEventListener("visibilitychange", this.onLeave);
    this.keep(true);
  }

  disconnectedCallback() {
    clearTimeout(this.later);
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.onLeave);
    this.stop?.();
    this.stopShots?.();
    this.page?.removeEventListener("toggle", this.onFold, true);
    gateway.look({});
  }

  /** Who may not make the channel is refused until somebody's look made it; then it is asked for again. */
  watch() {
    this.stop?.();
    this.stop = gateway.subscribe(this.agent, "dv-ui-sub", (event, d) => this.hear(d.get("aggregate")?.get("data")));
  }

  /** What is shown, for when the server is away; what may be old is not kept as new. */
  keep(isDrawnNow = false) {
    if (!this.page || !(isDrawnNow || gateway.isLive)) return;
    const title = document.querySelector("h1").textContent;
    keep(this.getAttribute("me"), { address: location.pathname, title, zone: document.documentElement.dataset.zone, at: Date.now(), rows: readingsOf(this.page) });
  }

  /** The applications that are unfolded, and in live mode the tags that are to come at once. */
  tell() {
    const apps = [...this.page?.querySelectorAll("[data-app]") ?? []].filter((card) => !card.querySelector(":scope > details:not([open])"));
    gateway.look({
      agents: [this.agent],
      apps: apps.map((card) => card.dataset.app).slice(0, MOST),
      tags: this.isLiveMode ? this.fields.map(([field]) => field).slice(0, MOST) : [],
    });
  }

  switchMode() {
    this.isLiveMode = !this.isLiveMode;
    this.button.setAttribute("aria-pressed", String(this.isLiveMode));
    this.button.classList.toggle("btn-primary", this.isLiveMode);
    if (this.isLiveMode) this.stopShots = gateway.subscribe(this.agent, "tag_values", (event, d) => { if (event === "OneShotMessage") this.show(d.get("data")); });
    else this.stopShots();
    this.tell();
  }

  /** A value that is not kept: it stands in its place until the next one, or the next state. */
  show(data) {
    for (const [field, id, places] of this.fields) {
      const [app, ...rest] = field.split(".");
      const value = data instanceof Map ? data.get(app)?.get?.(rest.join(".")) ?? data.get(field) : undefined;
      const place = value instanceof Digits && document.getElementById(id)?.querySelector(VALUES);
      const text = place && [...place.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      if (text) text.data = said(Number(value.text), places);
    }
  }

  hear(document) {
    const open = document?.get?.("agent_open");
    this.stamps = new Map(open instanceof Map ? [...open].map(([who, at]) => [who, Number(at?.text)]) : []);
    this.showOthers();
  }

  /** Names come from the server, and only when it is somebody else who is here. */
  async showOthers() {
    const others = [...this.stamps ?? []].filter(([who, at]) => who !== this.getAttribute("me") && now() - at < GONE);
    const key = others.map(([who]) => who).sort().join(" ");
    if (key === (this.known ?? "")) return;
    this.known = key;
    const place = this.querySelector("[data-here]");
    if (!key) { place.replaceChildren(); return; }
    try {
      const html = await (await fragment(this.getAttribute("src"))).text();
      place.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
    } catch {
      this.known = null; // asked for again with the next beat
    }
  }
}

function said(value, places) {
  const exact = places === "" ? { maximumFractionDigits: 5 } : { minimumFractionDigits: Number(places), maximumFractionDigits: Number(places) };
  return value.toLocaleString(language(), exact).replace("-", "−");
}

customElements.define("live-look", LiveLook);
