/** <one-shots agent name>: messages that are not kept, as they are heard while the page is open. */
import { gateway } from "../gateway.js";
import { write } from "../json.js";

const MOST = 100;

class OneShots extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("[data-heard]");
    this.stop = gateway.subscribe(this.getAttribute("agent"), this.getAttribute("name"), (event, d) => {
      if (event === "OneShotMessage") this.add(write(d.get("data")));
    });
  }

  disconnectedCallback() { this.stop(); }

  add(text) {
    const item = document.createElement("li"), time = document.createElement("time"), line = document.createElement("code");
    const now = new Date();
    item.className = "dv-shot";
    time.dateTime = now.toISOString();
    time.textContent = now.toLocaleTimeString();
    line.textContent = text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
    item.append(time, line);
    this.list.prepend(item);
    while (this.list.children.length > MOST) this.list.lastChild.remove();
    this.querySelector("[data-none]").hidden = true;
  }
}

customElements.define("one-shots", OneShots);
