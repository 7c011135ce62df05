/** <new-lines src agent>: says how many lines have come since the page was drawn; pressing it draws them. */
import { fragment } from "../api.js";
import { gateway } from "../gateway.js";

const EVERY = 20_000, SOON = 1500;
const CHANNELS = ["ui_cmds", "notifications", "doover_connection", "tag_values"];
const NEWS = new Set(["MessageCreate", "AlarmTrigger"]);

class NewLines extends HTMLElement {
  connectedCallback() {
    gateway.keep();
    this.timer = setInterval(() => { if (!document.hidden) this.ask(); }, EVERY);
    const agent = this.getAttribute("agent");
    this.stops = agent ? CHANNELS.map((name) => gateway.subscribe(agent, name, (event) => { if (NEWS.has(event)) this.soon(); })) : [];
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    clearTimeout(this.waiting);
    for (const stop of this.stops) stop();
  }

  soon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.ask(), SOON);
  }

  async ask() {
    let count;
    try {
      count = (await (await fragment(this.getAttribute("src"))).json()).new;
    } catch {
      return; // asked again soon; the header says how the connection is
    }
    const link = this.querySelector("[data-words]");
    this.hidden = count === 0;
    link.textContent = count === 1 ? link.dataset.one : link.dataset.many.replace("{count}", count);
  }
}

customElements.define("new-lines", NewLines);
