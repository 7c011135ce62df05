/** <live-bell src panel>: how many notifications are new, read again now and then while somebody looks, and with them how
 *  many alarms are open. Its link opens the newest in place; what that takes is loaded the first time. */
const EVERY = 20_000;
// Who hears of an alarm is told by a worker, a moment after it moved.
const AFTER_ALARM = [1000, 3000, 8000];

/** The number of open alarms, beside the section at the side. Whether it is another one now. */
function tellOpen(fresh) {
  const shown = document.querySelector(".dv-side [data-open-alarms]");
  if (!shown || !fresh || shown.innerHTML === fresh.innerHTML) return false;
  shown.replaceChildren(...fresh.childNodes);
  return true;
}

class LiveBell extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.read(), EVERY);
    this.onLook = () => this.read();
    document.addEventListener("visibilitychange", this.onLook);
    this.onAlarm = () => this.readAgain();
    document.addEventListener("alarm-moved", this.onAlarm);
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
    document.removeEventListener("alarm-moved", this.onAlarm);
    this.later?.forEach(clearTimeout);
  }

  /** An alarm moved: what one is told of it comes soon. */
  readAgain() {
    this.later?.forEach(clearTimeout);
    this.later = AFTER_ALARM.map((wait) => setTimeout(() => this.read(), wait));
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
      if (tellOpen(said.querySelector("[data-open-alarms]"))) this.readAgain();
      if (this.tell(fresh) && this.panel?.isOpen) this.panel.read();
    } catch {
      return;
    } finally {
      this.isReading = false;
    }
  }

  /** The number as it was read; the link stays, and with it the focus that it may have. Whether it is another one now. */
  tell(fresh) {
    if (!fresh || fresh.ariaLabel === this.link.ariaLabel) return false;
    this.link.ariaLabel = fresh.ariaLabel;
    this.link.replaceChildren(...fresh.childNodes);
    return true;
  }
}

customElements.define("live-bell", LiveBell);
