/** <live-commands agent src next now>: everybody's commands and the rows of the controls, kept true as messages come and
 * as time passes. Controls are off while this page is not connected. */
import { fragment } from "../api.js";
import { send } from "../commands.js";
import { gateway } from "../gateway.js";
import { Insisting } from "../insisting.js";
import { put, sameAs } from "../renew.js";

const APART = 250, LATE = 50;

class LiveCommands extends HTMLElement {
  connectedCallback() {
    this.reading = new Insisting(() => this.read());
    this.plan();
    // With the first word, which comes when it listens: what happened since the page was drawn.
    this.stop = gateway.subscribe(this.getAttribute("agent"), "ui_cmds", () => this.readSoon());
    this.onSubmit = (event) => this.submit(event);
    this.onGateway = ({ detail }) => this.connected(detail.state);
    this.onLook = () => { if (document.visibilityState === "visible") this.readSoon(); };
    document.addEventListener("submit", this.onSubmit);
    document.addEventListener("gateway", this.onGateway);
    document.addEventListener("visibilitychange", this.onLook);
    this.connected(document.documentElement.dataset.live);
    this.renewed = new MutationObserver(() => this.setOff());
    this.renewed.observe(document.querySelector("live-page"), { childList: true, subtree: true });
  }

  disconnectedCallback() {
    this.stop();
    this.reading.stop();
    clearTimeout(this.next);
    this.renewed.disconnect();
    document.removeEventListener("submit", this.onSubmit);
    document.removeEventListener("gateway", this.onGateway);
    document.removeEventListener("visibilitychange", this.onLook);
  }

  connected(state) {
    this.isOff = state !== "live";
    this.setOff();
    if (!this.isOff && this.wasOff) this.readSoon();
    this.wasOff = this.isOff;
  }

  setOff() {
    for (const fields of document.querySelectorAll("form[data-command] fieldset:not([data-off])")) {
      if (fields.disabled !== this.isOff) fields.disabled = this.isOff;
    }
    for (const button of document.querySelectorAll("form[data-deed] button, form[data-question] [data-yes]")) {
      if (this.isOff) button.disabled = true;
      else if (!button.form.querySelector("[required]:invalid")) button.disabled = false;
    }
    this.toggleAttribute("data-is-off", this.isOff);
  }

  async submit(event) {
    const form = event.target;
    if (!form.matches("[data-command], [data-deed]")) return;
    event.preventDefault();
    const mine = this.ask();
    const part = await send(form, event.submitter);
    if (!part) return;
    this.shown = mine;
    this.querySelector("dialog[open]")?.close();
    const row = form.closest("[data-control]")?.id ?? form.dataset.row;
    this.show(part, row);
    if (document.activeElement === document.body && row) this.keepFocus(document.getElementById(row));
  }

  /** What was pressed is gone or off: whoever uses the keyboard goes on beside it. */
  keepFocus(row) { row?.querySelector("[data-line] button, form[data-command] :is(button, input:not([type=hidden]), select):enabled")?.focus({ preventScroll: true }); }

  /** Time alone changes what is said: an answer that does not come, a tick that fades. */
  plan() {
    clearTimeout(this.next);
    const next = Number(this.getAttribute("next")), now = Number(this.getAttribute("now"));
    if (next) this.next = setTimeout(() => this.readSoon(), Math.min(Math.max(next - now, 0) + LATE, 2 ** 31 - 1));
  }

  /** A number for what is asked of the server: what was asked earlier and comes later tells less. */
  ask() { return (this.asked = (this.asked ?? 0) + 1); }

  /** Resolves once it is shown. */
  readSoon() { return this.reading.within(APART); }

  async read() {
    const mine = this.ask(), html = await (await fragment(this.getAttribute("src"))).text();
    const part = new DOMParser().parseFromString(html, "text/html").body;
    if (mine < (this.shown ?? 0)) return;
    this.shown = mine;
    this.show(part);
  }

  show(part, sent) {
    for (const fresh of part.querySelectorAll("[data-rows] > [data-control]")) {
      const place = document.getElementById(fresh.id);
      if (fresh.id === sent) place?.querySelector("form[data-command]")?.reset();
      if (!put(place, fresh, false)) this.showLine(place, fresh);
    }
    const tray = part.querySelector("live-commands");
    for (const name of ["next", "now"]) {
      if (tray.hasAttribute(name)) this.setAttribute(name, tray.getAttribute(name));
      else this.removeAttribute(name);
    }
    this.showTray(tray.querySelector(".dv-tray"));
    this.plan();
    this.setOff();
  }

  /** Somebody types in this row: only what came of its command is shown, the rest waits; a refusal stays until then. */
  showLine(place, fresh) {
    const line = place?.querySelector("[data-line]"), says = fresh.querySelector("[data-line]").childElementCount;
    if (line && (says || !line.querySelector("[role=alert]"))) line.replaceChildren(...[...fresh.querySelector("[data-line]").childNodes].map((one) => document.importNode(one, true)));
  }

  showTray(fresh) {
    const before = this.querySelector(".dv-tray");
    if (!fresh) { before?.remove(); return; }
    if (before && sameAs(before, fresh)) return;
    const next = document.importNode(fresh, true), isSmall = matchMedia("(max-width: 47.99rem)").matches;
    const opens = next.hasAttribute("open") && !before?.querySelector(".dv-badge.is-wait") && !isSmall;
    next.open = opens || (before?.open ?? (next.open && !isSmall));
    const focused = before?.contains(document.activeElement) ? document.activeElement.closest("[data-entry]")?.dataset.entry ?? "" : null;
    if (before) before.replaceWith(next);
    else this.prepend(next);
    if (focused !== null) (next.querySelector(`[data-entry="${focused}"] button`) ?? next.querySelector("summary")).focus({ preventScroll: true });
  }
}

customElements.define("live-commands", LiveCommands);
