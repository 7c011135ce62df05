/** <bell-panel>: the newest notifications below the bell, or as a sheet on a phone. Made by <live-bell> when it is first
 *  opened; the server draws what is in it. */
import { fragment } from "../api.js";

class BellPanel extends HTMLElement {
  connectedCallback() {
    this.className = "dv-bell-panel";
    this.tabIndex = -1;
    this.popover = "auto";
    this.setAttribute("role", "dialog");
    this.addEventListener("beforetoggle", (event) => this.onToggle(event.newState === "open"));
    this.addEventListener("submit", (event) => this.onSubmit(event));
  }

  get isOpen() { return this.matches(":popover-open"); }

  async open(bell) {
    this.bell = bell;
    this.setAttribute("aria-label", bell.link.title);
    await this.read();
    if (!this.isOpen) this.showPopover({ source: this.bell.link });
    this.focus();
  }

  async read() {
    this.show(await (await fragment(this.bell.getAttribute("panel"))).text());
  }

  /** What is listed, and at the bell the number that goes with it. */
  show(html) {
    const held = this.contains(document.activeElement), { body } = new DOMParser().parseFromString(html, "text/html");
    const counted = body.querySelector("template[data-bell]");
    counted.remove();
    this.bell.tell(counted.content.querySelector("a"));
    this.replaceChildren(...body.childNodes);
    if (held) this.focus();
  }

  /** Whoever leaves it is back at the bell. */
  onToggle(isOpen) {
    this.bell.link.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen && this.contains(document.activeElement)) this.bell.link.focus();
  }

  async onSubmit(event) {
    event.preventDefault();
    const body = new FormData(event.target);
    const response = await fetch(event.target.action, { method: "POST", body, credentials: "same-origin", redirect: "manual" });
    if (!response.ok) {
      location.assign(this.bell.link.href);
      return;
    }
    this.show(await response.text());
  }
}

customElements.define("bell-panel", BellPanel);
