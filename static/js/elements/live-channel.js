/** <live-channel>: one channel as it changes. It listens, holds back while paused, writes, and answers the keyboard. */
import "./json-tree.js";
import "./message-list.js";
import { putAgo } from "./channel-list.js";
import { call, channelAddress } from "../api.js";
import { isTyping } from "../frame.js";
import { gateway } from "../gateway.js";
import { patchAt, removalAt } from "../json-patch.js";
import { write } from "../json.js";
import { ask, copy, note } from "../page.js";
import { Editor, Publish } from "../state-dialogs.js";
import { drawFiles } from "../files.js";
import { size } from "../words.js";
import { fill, gettext, ngettext } from "../i18n.js";

const DRAW_EVERY = 100, RATE_OVER = 10_000;
const NEWS = new Set(["AggregateUpdate", "MessageCreate", "MessageUpdate", "MessageDelete"]);

class LiveChannel extends HTMLElement {
  connectedCallback() {
    this.agent = this.getAttribute("agent");
    this.name = this.getAttribute("name");
    this.state = null;
    this.revision = -1;
    this.held = 0;
    this.beats = [];
    this.tree = this.querySelector("json-tree");
    this.messages = this.querySelector("message-list");
    this.dialogs = {};
    if (this.hasAttribute("may-write")) {
      this.dialogs = { editor: new Editor(this.querySelector("#editor"), this), publish: new Publish(this.querySelector("#publish"), this) };
    }
    this.wire();
    this.stop = gateway.subscribe(this.agent, this.name, (event, d, revision) => this.hear(event, d, revision));
    this.timer = setInterval(() => this.showRate(), 1000);
  }

  disconnectedCallback() {
    this.stop();
    clearInterval(this.timer);
  }

  wire() {
    for (const link of this.querySelectorAll("[data-open]")) {
      link.addEventListener("click", (event) => { event.preventDefault(); this.dialogs[link.dataset.open].open(); });
    }
    this.querySelector("[data-archive]")?.addEventListener("click", (event) => this.archive(event));
    this.addEventListener("channels-read", () => this.showArchived());
    this.querySelector("[data-pause]").addEventListener("click", () => this.pause());
    this.querySelector("[data-copy-link]").addEventListener("click", () => copy(location.href, "Link"));
    this.querySelector("[data-tree-filter]").addEventListener("input", (event) => this.tree.setFilter(event.target.value));
    document.addEventListener("keydown", (event) => this.onKey(event));
    document.addEventListener("gateway-refusal", ({ detail }) => note(detail, "bad"));
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "p") this.pause();
    else if (event.key === "e") this.tree.edit();
    else return;
    event.preventDefault();
  }

  hear(event, d, revision) {
    if (event === "ChannelSync" || event === "AggregateUpdate") {
      if (event === "AggregateUpdate" && revision !== null && revision <= this.revision) return;
      this.revision = revision ?? this.revision;
      this.latest = d.get("aggregate");
      // The page is live once this was heard: what it shows is of now then, and not of before a cut.
      if (event === "ChannelSync" && !this.isPaused) this.draw();
      else this.drawSoon(event === "AggregateUpdate");
    }
    if (event === "ChannelSync") this.syncAgain();
    else if (NEWS.has(event)) this.count();
    if (this.isPaused) return;
    this.messages?.hear(event, d);
  }

  /** After a cut everything that the page does not hear of is read again; the first time it is as fresh as the page. */
  syncAgain() {
    this.messages?.checkAgain();
    if (this.wasLive) this.querySelector("channel-list").read();
    this.wasLive = true;
  }

  count() {
    this.beats.push(Date.now());
    if (this.isPaused) { this.held += 1; this.showRate(); }
  }

  /** Draws at most ten times a second; the newest state wins. */
  drawSoon(isNews) {
    this.hasNews ||= isNews;
    if (this.isPaused || this.drawing) return;
    this.drawing = setTimeout(() => {
      this.drawing = 0;
      if (!this.isPaused) this.draw();
    }, this.state ? DRAW_EVERY : 0);
  }

  draw() {
    if (!this.latest) return;
    this.state = this.latest.get("data");
    this.tree.show(this.state, this.hasNews);
    this.hasNews = false;
    this.toggleAttribute("drawn", true);
    this.dialogs.editor?.changed();
    drawFiles(this.querySelector("json-tree ~ [data-files]"), this.latest.get("attachments"));
    const keys = this.querySelector("[data-keys]");
    keys.textContent = fill(ngettext("%(count)s key", "%(count)s keys", this.state.size), { count: this.state.size });
    this.querySelector("[data-size]").textContent = size(new Blob([write(this.state)]).size);
    const updated = this.latest.get("last_updated");
    if (updated) this.showChanged(Number(updated.text));
  }

  showChanged(ms) {
    this.querySelector("[data-changed-words]").textContent = gettext("State changed");
    putAgo(this.querySelector("[data-changed]"), ms);
    this.querySelector("channel-list").mark(ms);
  }

  /** The list of channels was read again: somebody may have archived this one, or brought it back. */
  showArchived() {
    const row = this.querySelector("channel-list").current;
    if (!row) return;
    const isArchived = row.hasAttribute("data-archived");
    for (const element of this.querySelectorAll("[data-when-archived]")) element.hidden = !isArchived;
    for (const element of this.querySelectorAll("[data-when-in-use]")) element.hidden = isArchived;
  }

  async archive(event) {
    event.preventDefault();
    const button = event.currentTarget;
    const what = gettext("Lists leave it out until somebody brings it back. It keeps what it holds and still accepts changes.");
    if (!(await ask(fill(gettext("Archive %(name)s?"), { name: this.name }), what, gettext("Archive")))) return;
    button.form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "action", value: "archive" }));
    button.form.submit();
  }

  pause() {
    this.isPaused = !this.isPaused;
    const button = this.querySelector("[data-pause]");
    button.setAttribute("aria-pressed", String(this.isPaused));
    button.querySelector("[data-words]").textContent = this.isPaused ? gettext("Resume") : gettext("Pause");
    button.querySelector("use").setAttribute("href", this.isPaused ? "#i-player-play" : "#i-player-pause");
    this.held = 0;
    this.messages?.setPaused(this.isPaused);
    if (!this.isPaused) this.draw();
    this.showRate();
  }

  showRate() {
    const chip = this.querySelector("[data-rate]"), now = Date.now();
    this.beats = this.beats.filter((beat) => now - beat < RATE_OVER);
    const rate = this.beats.length / (RATE_OVER / 1000);
    const held = ngettext("Paused, %(count)s change held back", "Paused, %(count)s changes held back", this.held);
    const words = this.isPaused ? fill(held, { count: this.held }) : fill(gettext("%(rate)s changes a second"), { rate: rate.toFixed(1) });
    chip.hidden = !this.isPaused && (rate === 0 || !gateway.isLive);
    chip.classList.toggle("is-paused", Boolean(this.isPaused));
    const text = chip.querySelector("[data-words]");
    if (text.textContent !== words) text.textContent = words;
  }

  showPath(path) {
    this.querySelector("[data-path-line]").hidden = path.length === 0;
    this.querySelector("[data-path-text]").textContent = path.join(".");
  }

  showMissing(path) {
    this.querySelector("[data-missing]").hidden = path === "";
    this.querySelector("[data-missing-text]").textContent = path;
  }

  write(method, document, logs = false) {
    const flags = logs ? "?suppress_response=true&log_update=true" : "?suppress_response=true";
    return call(method, `${channelAddress(this.agent, this.name)}/aggregate${flags}`, document);
  }

  setValue(path, value) { return this.write("PATCH", patchAt(this.latest.get("data"), path, value)); }

  async removeKey(path, isContainer) {
    const what = isContainer ? gettext("It goes with everything in it, for everybody.") : gettext("It goes for everybody.");
    if (!(await ask(fill(gettext("Delete %(name)s?"), { name: path.join(".") }), what, gettext("Delete key")))) return;
    try {
      await this.write("PATCH", removalAt(this.latest.get("data"), path));
    } catch (problem) {
      note(problem.message, "bad");
    }
  }
}

customElements.define("live-channel", LiveChannel);
