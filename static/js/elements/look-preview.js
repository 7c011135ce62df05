/** <look-preview part sheet>: around a form of colours; the page wears them while they are chosen, and says how they read. */
import { fragment } from "../api.js";

const PAUSE_MS = 200;

class LookPreview extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.form.addEventListener("input", (event) => { if (event.target.type === "color") this.soon(); });
    this.form.querySelector("[value=try]").hidden = true;
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.link?.remove();
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wear(), PAUSE_MS);
  }

  async wear() {
    const chosen = new URLSearchParams([...this.form.querySelectorAll("input[type=color]")].map((one) => [one.name, one.value]));
    const asked = (this.asked = String(chosen));
    this.dress(`${this.getAttribute("sheet")}?${asked}`);
    try {
      const html = await (await fragment(`${this.getAttribute("part")}?${asked}`)).text();
      if (asked !== this.asked) return;
      const told = new DOMParser().parseFromString(html, "text/html").body;
      for (const one of told.querySelectorAll("[data-drawn]")) {
        this.querySelector(`[data-drawn="${one.dataset.drawn}"]`)?.replaceChildren(...one.childNodes);
        one.remove();
      }
      this.querySelector("[data-contrast]").replaceChildren(...told.childNodes);
    } catch {
      return; // what it said before stays; saving still judges
    }
  }

  /** The old sheet goes when the new one is there, so the page never stands bare. */
  dress(address) {
    const old = this.link;
    this.link = document.createElement("link");
    this.link.rel = "stylesheet";
    this.link.href = address;
    this.link.addEventListener("load", () => old?.remove());
    document.head.append(this.link);
  }
}

customElements.define("look-preview", LookPreview);
