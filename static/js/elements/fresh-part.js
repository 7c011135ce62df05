/** <fresh-part src seconds>: a part of a page about something that no channel tells of, read again now and then. */
import { fragment } from "../api.js";

class FreshPart extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.read(), Number(this.getAttribute("seconds")) * 1000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  /** Not while nobody looks, or while somebody is in it. What cannot be read now stays as it is. */
  async read() {
    if (document.visibilityState !== "visible" || this.isReading || this.contains(document.activeElement)) return;
    this.isReading = true;
    try {
      const html = await (await fragment(this.getAttribute("src"))).text();
      const fresh = new DOMParser().parseFromString(html, "text/html").body;
      if (fresh.innerHTML !== this.innerHTML) this.replaceChildren(...fresh.childNodes);
    } catch {
      return;
    } finally {
      this.isReading = false;
    }
  }
}

customElements.define("fresh-part", FreshPart);
