/** <channel-list src>: the channels of an agent, read again every 15 s while somebody can see the page. */
import { fragment } from "../api.js";
import { gateway } from "../gateway.js";
import { ago, inUtc } from "../words.js";

const EVERY = 15_000;

class ChannelList extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("ul");
    gateway.keep();
    this.onLook = () => { if (document.visibilityState === "visible") this.read(); };
    document.addEventListener("visibilitychange", this.onLook);
    this.timer = setInterval(this.onLook, EVERY);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.onLook);
    clearInterval(this.timer);
  }

  get current() { return this.list.querySelector("[aria-current]")?.closest("li"); }

  /** What cannot be read now stays as it is; the chip in the header says why. */
  async read() {
    if (this.isReading) return;
    this.isReading = true;
    try {
      const response = await fragment(this.getAttribute("src"));
      this.show(await response.text());
    } catch {
      return;
    } finally {
      this.isReading = false;
    }
  }

  show(html) {
    const fresh = new DOMParser().parseFromString(`<ul>${html}</ul>`, "text/html").querySelector("ul");
    const hidden = new Set([...this.list.children].filter((item) => item.hidden).map((item) => item.dataset.name));
    const focused = this.list.contains(document.activeElement) ? document.activeElement.closest("li").dataset.name : null;
    for (const item of fresh.children) item.hidden = item.dataset.name !== undefined && hidden.has(item.dataset.name);
    this.list.replaceChildren(...fresh.children);
    if (focused) [...this.list.children].find((item) => item.dataset.name === focused)?.querySelector("a").focus();
    this.dispatchEvent(new CustomEvent("channels-read", { bubbles: true }));
  }

  /** The open channel changed just now: its row says so without asking the server. */
  mark(ms) {
    const place = this.current?.querySelector(".dv-tally");
    if (place) putAgo(place, ms);
  }
}

/** A moment that keeps itself fresh, put into `place`. */
export function putAgo(place, ms) {
  let time = place.querySelector("time");
  if (!time) {
    const whole = document.createElement("time-ago");
    time = document.createElement("time");
    whole.append(time);
    place.replaceChildren(whole);
  }
  time.dateTime = new Date(ms).toISOString();
  time.title = inUtc(ms);
  time.textContent = ago(ms);
}

customElements.define("channel-list", ChannelList);
