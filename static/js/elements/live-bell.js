/** <live-bell src panel>: how many notifications are new, read again now and then while somebody looks, and with them how
 *  many alarms are open. Its link opens the newest in place; what that takes is loaded the first time. */
const EVERY = 20_000;

/** The number of open alarms, beside the section at the side. */
function tellOpen(fresh) {
  const shown = document.querySelector(".dv-side [data-open-alarms]");
  if (shown && fresh && shown.innerHTML !== fresh.innerHTML) shown.replaceChildren(...fresh.childNodes);
}

class LiveBell extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.read(), EVERY);
    this.onLook = () => this.read();
    document.addEventListener("visibilitychange", this.onLook);
    this.link = this.querySelector("a");
    this.link.setAttribute("role", "button"); // that is what it is from now on
    this.link.setAttribute("aria-haspopup", "dialog");
    this.link.setAttribute("aria-expanded", "false");
    this.link.addEventListener("pointerdown", () => { this.wasOpen = this.panel?.isOpen; });
    this.link.addEventListener("click", (event) => this.onClick(event));
    this.link.addEventListener("keydown", (event) => { if (event.key === " ") this.onClick(event); });
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.onLook);
  }

  /** A press beside the panel has closed it already; one with a key held is for another tab. */
  onClick(event) {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const wasOpen = event.detail > 0 ? this.wasOpen : this.panel?.isOpen;
    if (wasOpen) this.panel.hidePopover();
    else this.open();
  }

  /** The panel; the page of all where it cannot be had. */
  async open() {
    try {
      if (!this.panel) {
        await import("./bell-panel.js");
        this.panel = document.createElement("bell-panel");
        document.body.append(this.panel); // in the colours of the page, which are not those of the bar
      }
      await this.panel.open(this);
    } catch {
      location.assign(this.link.href);
    }
  }

  /** What cannot be read now stays as it is. */
  async read() {
    if (document.visibilityState !== "visible" || this.isReading) return;
    this.isReading = true;
    try {
      const response = await fetch(this.getAttribute("src"), { credentials: "same-origin", redirect: "manual" });
      if (!response.ok) return;
      const said = new DOMParser().parseFromString(await response.text(), "text/html"), fresh = said.querySelector("a");
      tellOpen(said.querySelector("[data-open-alarms]"));
      if (fresh && fresh.ariaLabel !== this.link.ariaLabel) this.show(fresh);
    } catch {
      return;
    } finally {
      this.isReading = false;
    }
  }

  /** The link stays, and with it the focus that it may have. */
  show(fresh) {
    this.link.ariaLabel = fresh.ariaLabel;
    this.link.replaceChildren(...fresh.childNodes);
    if (this.panel?.isOpen) this.panel.read();
  }
}

customElements.define("live-bell", LiveBell);
