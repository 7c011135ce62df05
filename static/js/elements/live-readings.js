/** <live-readings agent>: the tags of a device as reading rows, changed in place as they come. */
import { fragment } from "../api.js";
import { gateway } from "../gateway.js";
import { Digits, isContainer, sizeOf, write } from "../json.js";
import { clock, looksLikeMs } from "../words.js";
import { fill, gettext, ngettext } from "../i18n.js";

const FLASH = 4000, LONGEST = 200;

/** A value for people, as portal/ui/readings.py says it. */
function inWords(value) {
  if (value === null || value === "") return "—";
  if (typeof value === "boolean") return value ? gettext("Yes") : gettext("No");
  if (isContainer(value)) {
    const count = sizeOf(value);
    return fill(value instanceof Map ? ngettext("%(count)s key", "%(count)s keys", count) : ngettext("%(count)s entry", "%(count)s entries", count), { count });
  }
  if (value instanceof Digits) return looksLikeMs(Number(value.text)) ? clock(Number(value.text)) : value.text.replace("-", "−");
  const points = [...value];
  return points.length > LONGEST ? `${points.slice(0, LONGEST).join("")}…` : points.join("");
}

/** Applications keep what is not for people under names that end so. */
const shows = (name) => !name.endsWith("_hidden");

class LiveReadings extends HTMLElement {
  connectedCallback() {
    this.stop = gateway.subscribe(this.getAttribute("agent"), "tag_values", (event, d) => {
      const aggregate = d.get("aggregate");
      if (aggregate) this.show(aggregate.get("data"), event === "AggregateUpdate");
    });
    // A device that begins to draw has another page.
    this.stopDrawn = gateway.subscribe(this.getAttribute("agent"), "ui_state", () => this.readDrawn());
  }

  disconnectedCallback() {
    this.stop();
    this.stopDrawn();
  }

  async readDrawn() {
    try {
      const html = await (await fragment(`${location.pathname}?part=board`)).text();
      if (new DOMParser().parseFromString(html, "text/html").querySelector("[data-shape]")) location.reload();
    } catch {
      // The chip in the header says why; the next word asks again.
    }
  }

  show(tags, isNews) {
    const wanted = new Map();
    for (const [key, value] of tags) {
      if (value instanceof Map) for (const [name, one] of value) { if (shows(name)) wanted.set(write([key, name]), { app: key, name, value: one, path: [key, name] }); }
      else if (shows(key)) wanted.set(write([key]), { app: "", name: key, value, path: [key] });
    }
    const drawn = new Map([...this.querySelectorAll("[data-path]")].map((row) => [row.dataset.path, row]));
    for (const [path, row] of drawn) if (!wanted.has(path)) row.remove();
    for (const [path, reading] of wanted) this.showOne(drawn.get(path) ?? this.add(path, reading), reading, isNews);
    for (const card of this.querySelectorAll("section[data-app]")) card.hidden = !card.querySelector("[data-path]");
  }

  showOne(row, { value, path }, isNews) {
    const place = row.querySelector("dd"), words = inWords(value);
    if (place.textContent === words) return;
    place.title = words;
    place.replaceChildren(isContainer(value) ? this.link(path, words) : words);
    if (!isNews) return;
    row.classList.add("is-changed");
    clearTimeout(row.fading);
    row.fading = setTimeout(() => row.classList.remove("is-changed"), FLASH);
  }

  /** A folded value opens in the channel viewer. */
  link(path, words) {
    const link = document.createElement("a");
    link.href = this.getAttribute("base") + path.map(encodeURIComponent).join("/");
    link.textContent = words;
    return link;
  }

  add(path, { app, name }) {
    const row = document.createElement("div");
    row.className = "dv-reading";
    row.dataset.path = path;
    const label = document.createElement("dt"), value = document.createElement("dd");
    label.className = "dv-clip";
    label.textContent = label.title = name.replaceAll("_", " ");
    row.append(label, value);
    this.listOf(app).append(row);
    return row;
  }

  listOf(app) {
    const found = [...this.querySelectorAll("section[data-app]")].find((card) => card.dataset.app === app);
    if (found) return found.querySelector("dl");
    const card = document.createElement("section"), head = document.createElement("div"), title = document.createElement("h2"), list = document.createElement("dl");
    card.className = "card";
    card.dataset.app = app;
    head.className = "dv-card-head";
    title.className = "dv-clip";
    title.textContent = title.title = app || gettext("Device");
    list.className = "dv-readings";
    head.append(title);
    card.append(head, list);
    this.append(card);
    return list;
  }
}

customElements.define("live-readings", LiveReadings);
