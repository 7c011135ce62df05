/** <live-status>: the chip that says how this page's connection is, and the bar under the header when it is lost. */
import { parts } from "../words.js";
import { fill, gettext } from "../i18n.js";

const titles = () => ({
  live: gettext("This page receives changes as they happen"),
  connecting: gettext("This page is about to receive changes as they happen"),
  reconnecting: gettext("The connection was lost a moment ago; it is coming back"),
  stale: gettext("What you see may be older than it looks"),
  "signed-out": gettext("Sign in again to receive changes"),
});

class LiveStatus extends HTMLElement {
  connectedCallback() {
    document.addEventListener("gateway", ({ detail }) => this.show(detail));
    const drawn = () => { if (this.hidden) this.showRead(); };
    if (document.readyState === "complete") drawn();
    else addEventListener("load", drawn);
    this.bar = document.getElementById("stale-bar");
    this.bar?.querySelector("[data-try-now]").addEventListener("click", () => this.tryNow());
  }

  /** A page that receives nothing says of when it is, and is read again when asked. */
  showRead() {
    const { time } = parts(performance.timeOrigin), again = document.createElement("button");
    this.hidden = false;
    this.removeAttribute("role"); // it is no news
    this.classList.add("is-read");
    this.title = gettext("This page does not change by itself");
    this.dataset.at = time; // all there is room for on a telephone
    this.querySelector("[data-words]").textContent = fill(gettext("Read at %(time)s"), { time });
    again.type = "button";
    again.dataset.again = "";
    again.textContent = gettext("Read again");
    again.addEventListener("click", () => location.reload());
    this.append(again);
  }

  show({ state, since }) {
    this.classList.remove("is-read");
    this.querySelector("[data-again]")?.remove();
    const at = since === null ? null : parts(since);
    const words = { live: gettext("Live"), connecting: gettext("Connecting"), reconnecting: gettext("Reconnecting"), stale: fill(gettext("Stale since %(time)s"), { time: at?.time }), "signed-out": gettext("Signed out") };
    this.hidden = false;
    this.title = titles()[state];
    this.classList.toggle("is-reconnecting", state === "reconnecting" || state === "connecting");
    this.classList.toggle("is-stale", state === "stale" || state === "signed-out");
    const text = this.querySelector("[data-words]");
    if (text.textContent !== words[state]) text.textContent = words[state];
    document.documentElement.dataset.live = state;
    document.documentElement.classList.toggle("is-stale", state === "stale" || state === "signed-out");
    this.showBar(state, at);
  }

  showBar(state, at) {
    if (!this.bar) return;
    const lost = at ? fill(gettext("This page lost its connection at %(time)s. What you see may be older than it looks."), { time: `${at.time}:${at.seconds}` }) : "";
    const out = gettext("You have been signed out. What you see is no longer kept up to date.");
    this.bar.hidden = state !== "stale" && state !== "signed-out";
    const wanted = state === "signed-out" ? out : lost;
    if (!this.bar.hidden) this.bar.querySelector("[data-words]").textContent = wanted;
    this.bar.querySelector("[data-try-now]").textContent = state === "signed-out" ? gettext("Sign in") : gettext("Try now");
    this.isOut = state === "signed-out";
  }

  tryNow() {
    if (this.isOut) location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
    else document.dispatchEvent(new CustomEvent("gateway-hurry"));
  }
}

customElements.define("live-status", LiveStatus);
