/** <message-list>: the history, newest first. It loads older pages, takes in what comes, and after a cut reads again. */
import { call, channelAddress, fragment } from "../api.js";
import { MessageFilter } from "../message-filter.js";
import { MessageRows, parseRows } from "../message-rows.js";
import { ask, copy, note } from "../page.js";
import { fill, gettext } from "../i18n.js";

const PAGE = 50, MOST = 200, MOST_ROWS = 2000, MOST_PAGES = 25, TAKE_EVERY = 100, REST = 2000, AHEAD = 400;
const ABOVE_ALL = "9223372036854775807";

class MessageList extends HTMLElement {
  connectedCallback() {
    this.channel = this.closest("live-channel");
    this.filter = new MessageFilter(location.search);
    this.older = this.querySelector("[data-older]");
    this.scroller = this.querySelector("[data-scroll]");
    this.isLive = this.hasAttribute("live");
    const names = new Map(Object.entries(JSON.parse(document.getElementById("author-names").textContent)));
    this.rows = new MessageRows(this.querySelector(".dv-messages"), this.querySelector("[data-blank]"), names, (page) => this.part(page));
    this.waiting = [];
    this.unseen = 0;
    this.wire();
  }

  wire() {
    this.older.addEventListener("click", (event) => { event.preventDefault(); this.loadOlder(); });
    this.querySelector("[data-new]").addEventListener("click", () => this.toTop());
    const onScroll = () => {
      if (this.unseen && this.isAtTop) this.showNew(0);
      if (!this.older.hidden && this.isNearEnd) this.loadOlder();
    };
    for (const one of [this.scroller, window]) one.addEventListener("scroll", onScroll, { passive: true });
    this.addEventListener("click", (event) => this.onClick(event));
  }

  /** The address of a part of the list, with the filters that are on. */
  part(page) {
    return `${this.channel.getAttribute("base")}?${new URLSearchParams({ part: "messages", ...this.filter.on, ...page })}`;
  }

  /** On a wide page the list scrolls in its card, on a phone the page does. */
  get isScroller() { return this.scroller.scrollHeight > this.scroller.clientHeight + 1; }

  get isAtTop() { return this.isScroller ? this.scroller.scrollTop < 30 : this.scroller.getBoundingClientRect().top > -30; }

  get isNearEnd() {
    if (this.isScroller) return this.scroller.scrollTop + this.scroller.clientHeight > this.scroller.scrollHeight - AHEAD;
    return this.older.getBoundingClientRect().top < innerHeight + AHEAD;
  }

  firstInView() {
    const top = Math.max(0, this.scroller.getBoundingClientRect().top);
    return this.rows.rows().find((row) => row.getBoundingClientRect().bottom > top) ?? null;
  }

  // --- what comes in ---

  hear(event, d) {
    if (!this.isLive) return;
    if (event === "MessageCreate") this.waiting.push({ id: d.get("id"), message: d });
    else if (event === "MessageUpdate") this.waiting.push({ id: d.get("message").get("id"), message: d.get("message"), isUpdate: true });
    else if (event === "MessageDelete") this.waiting.push({ id: d.get("message_id"), isGone: true });
    else return;
    this.takeSoon();
  }

  takeSoon() {
    if (this.taking || this.isReading) return;
    this.taking = setTimeout(() => { this.taking = 0; if (!this.isReading) this.take(); }, TAKE_EVERY);
  }

  take() {
    const waiting = this.waiting.splice(0);
    if (waiting.length > MOST_ROWS) { this.checkAgain(); return; }
    const anchor = this.isAtTop ? null : this.firstInView(), before = anchor?.getBoundingClientRect().top;
    const added = waiting.reduce((sum, news) => sum + this.takeOne(news), 0);
    this.rows.head();
    if (anchor?.isConnected) {
      (this.isScroller ? this.scroller : document.scrollingElement).scrollTop += anchor.getBoundingClientRect().top - before;
      this.showNew(this.unseen + added);
    } else this.trim();
    this.showEnds();
  }

  takeOne({ id, message, isUpdate, isGone }) {
    const row = this.rows.find(id);
    if (isGone) { row?.remove(); return 0; }
    if (!row && !this.filter.passes(id, message.get("data"))) return 0;
    const shown = this.filter.project(message);
    if (row) { if (isUpdate) this.rows.update(row, shown); return 0; }
    if (!this.older.hidden && this.rows.oldest !== null && BigInt(id) < BigInt(this.rows.oldest)) return 0;
    const added = this.rows.insert(shown);
    added.querySelector("[data-edited]").hidden = !isUpdate;
    return 1;
  }

  showNew(count) {
    this.unseen = count;
    this.querySelector("[data-new]").hidden = count === 0;
    this.querySelector("[data-count]").textContent = count;
  }

  toTop() {
    this.scroller.scrollTop = 0;
    if (!this.isScroller) this.scrollIntoView();
    this.showNew(0);
  }

  trim() {
    const extra = this.rows.rows().slice(MOST_ROWS);
    if (!extra.length) return;
    for (const row of extra) row.remove();
    this.older.hidden = false;
  }

  showEnds() {
    const isEmpty = this.rows.newest === null;
    this.querySelector("[data-none]").hidden = !isEmpty;
    this.querySelector("[data-end]").hidden = isEmpty || !this.older.hidden;
  }

  setPaused(isPaused) { this.isPaused = isPaused; if (!isPaused) this.checkAgain(); }

  // --- what the server has ---

  async loadOlder() {
    if (this.older.hidden || this.isLoading || this.rows.oldest === null) return;
    this.isLoading = true;
    try {
      const { rows, isFull } = await this.read({ before: this.rows.oldest, limit: PAGE });
      this.rows.append(rows);
      this.older.hidden = !isFull;
      this.showEnds();
    } catch (problem) {
      note(problem.message, "bad");
    } finally {
      this.isLoading = false;
    }
  }

  /** Read everything that is shown again, and what came since: the list ends equal to the server. */
  async checkAgain() {
    if (!this.isLive || this.isPaused) return;
    if (this.isReading) { this.isDue = true; return; }
    this.isReading = true;
    try {
      const { rows, isFull } = await this.readShown();
      this.rows.replace(rows);
      if (isFull !== null) this.older.hidden = !isFull;
      this.showEnds();
    } catch {
      setTimeout(() => this.checkAgain(), REST);
    } finally {
      this.isReading = false;
      this.takeSoon();
    }
    if (this.isDue) { this.isDue = false; setTimeout(() => this.checkAgain(), REST); }
  }

  /** The rows from the newest down to the oldest shown; after a very long cut only the newest page. */
  async readShown() {
    const oldest = this.rows.oldest, rows = [];
    if (oldest === null) return this.read({ limit: PAGE });
    let before = ABOVE_ALL;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const found = await this.read({ before, after: BigInt(oldest) - 1n, limit: MOST });
      rows.push(...found.rows);
      if (!found.isFull) return { rows, isFull: null };
      before = found.rows.at(-1).dataset.id;
    }
    return this.read({ limit: PAGE });
  }

  async read(page) {
    const response = await fragment(this.part(page));
    const rows = [...parseRows(await response.text()).querySelectorAll(".dv-message")];
    return { rows, isFull: response.headers.get("X-Full-Page") === "true" };
  }

  // --- what a person does ---

  async onClick(event) {
    const row = event.target.closest(".dv-message");
    if (event.target.closest("[data-copy]")) copy(row.querySelector("[data-whole]").textContent, "Message");
    if (!event.target.closest("[data-delete]")) return;
    event.preventDefault();
    const when = row.querySelector("time").textContent;
    if (!(await ask(fill(gettext("Delete the message of %(when)s?"), { when }), gettext("It is gone for everybody, at once and for good."), gettext("Delete message")))) return;
    try {
      await call("DELETE", `${channelAddress(this.channel.agent, this.channel.name)}/messages/${row.dataset.id}`);
      row.remove();
      this.rows.head();
      this.showEnds();
    } catch (problem) {
      note(problem.message, "bad");
    }
  }
}

customElements.define("message-list", MessageList);
