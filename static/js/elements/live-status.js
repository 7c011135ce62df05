/** <live-status>: the chip that says how this page's connection is, and the bar under the header when it is lost. */
import { parts } from "../words.js";

const TITLES = {
  live: "This page receives changes as they happen",
  connecting: "This page is about to receive changes as they happen",
  reconnecting: "The connection was lost a moment ago; it is coming back",
  stale: "What you see may be older than it looks",
  "signed-out": "Sign in again to receive changes",
};

class LiveStatus extends HTMLElement {
  connectedCallback() {
    document.addEventListener("gateway", ({ detail }) => this.show(detail));
    this.bar = document.getElementById("stale-bar");
    this.bar?.querySelector("[data-try-now]").addEventListener("click", () => this.tryNow());
  }

  show({ state, since }) {
    const at = since === null ? null : parts(since);
    const words = { live: "Live", connecting: "Connecting", reconnecting: "Reconnecting", stale: `Stale since ${at?.time}`, "signed-out": "Signed out" };
    this.hidden = false;
    this.title = TITLES[state];
    this.classList.toggle("is-reconnecting", state === "reconnecting" || state === "connecting");
    this.classList.toggle("is-stale", state === "stale" || state === "signed-out");
    const text = this.querySelector("[data-words]");
    if (text.textContent !== words[state]) text.textContent = words[state];
    document.documentElement.dataset.live = state;
    this.showBar(state, at);
  }

  showBar(state, at) {
    if (!this.bar) return;
    const lost = at ? `This page lost its connection at ${at.time}:${at.seconds}. What you see may be older than it looks.` : "";
    const out = "You have been signed out. What you see is no longer kept up to date.";
    this.bar.hidden = state !== "stale" && state !== "signed-out";
    const wanted = state === "signed-out" ? out : lost;
    if (!this.bar.hidden) this.bar.querySelector("[data-words]").textContent = wanted;
    this.bar.querySelector("[data-try-now]").textContent = state === "signed-out" ? "Sign in" : "Try now";
    this.isOut = state === "signed-out";
  }

  tryNow() {
    if (this.isOut) location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
    else document.dispatchEvent(new CustomEvent("gateway-hurry"));
  }
}

customElements.define("live-status", LiveStatus);
