/** <live-bell src>: how many notifications are new, read again now and then while somebody looks. */
const EVERY = 20_000;

class LiveBell extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.read(), EVERY);
    this.onLook = () => this.read();
    document.addEventListener("visibilitychange", this.onLook);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.onLook);
  }

  /** What cannot be read now stays as it is. */
  async read() {
    if (document.visibilityState !== "visible" || this.isReading || this.contains(document.activeElement)) return;
    this.isReading = true;
    try {
      const response = await fetch(this.getAttribute("src"), { credentials: "same-origin", redirect: "manual" });
      if (!response.ok) return;
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html").body;
      if (fresh.innerHTML.trim() !== this.innerHTML.trim()) this.replaceChildren(...fresh.childNodes);
    } catch {
      return;
    } finally {
      this.isReading = false;
    }
  }
}

customElements.define("live-bell", LiveBell);
