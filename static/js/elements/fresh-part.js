/** <fresh-part src agent channel every>: a part of a page that is read again whenever the channel of the agent says something;
 * one without a channel is read after the page (unless it is `drawn`), when somebody looks again, when a device comes or
 * goes, when an alarm moves, when the page has its connection back, and now and then: `every` so many seconds. */
import { fragment } from "../api.js";
import { gateway } from "../gateway.js";

const GATHER = 300, EVERY = 30_000;

class FreshPart extends HTMLElement {
  connectedCallback() {
    const { agent, channel } = this.dataset;
    // With the first word, which comes when it listens: what happened since the page was drawn.
    this.stop = channel ? gateway.subscribe(agent, channel, () => this.soon()) : this.look();
    // What the channel does not tell of, such as how long ago something was.
    this.timer = setInterval(() => this.read(), 1000 * this.getAttribute("every") || EVERY);
  }

  disconnectedCallback() {
    this.stop();
    clearInterval(this.timer);
    clearTimeout(this.waiting);
  }

  /** The way to stop looking. */
  look() {
    const looked = () => this.read(), soon = () => this.soon();
    gateway.keep();
    let live = null;
    const connected = ({ detail }) => {
      if (detail.state === "live" && live === false) this.soon();
      if (detail.state !== "connecting") live = detail.state === "live";
    };
    const all = [["visibilitychange", looked], ["badge-turned", soon], ["alarm-moved", soon], ["gateway", connected]];
    for (const [name, listener] of all) document.addEventListener(name, listener);
    if (!this.hasAttribute("drawn")) this.read();
    return () => { for (const [name, listener] of all) document.removeEventListener(name, listener); };
  }

  /** Many words in a row are one reason to read. */
  soon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.read(), GATHER);
  }

  /** Not while nobody looks, or while somebody is in it. What cannot be read now stays as it is. */
  async read() {
    if (document.visibilityState !== "visible" || this.contains(document.activeElement)) return;
    if (this.isReading) return this.soon();
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
