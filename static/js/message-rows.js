/** The rows of a message list: made from the server's template, kept in the order of their ids, a heading per day. */
import { fragment } from "./api.js";
import { drawFiles } from "./files.js";
import { oneLine, write } from "./json.js";
import { day, inUtc, msOf, timeOfDay } from "./words.js";
import { fill, ngettext } from "./i18n.js";

const FLASH = 4000, LINE = 240, WHOLE = 20_000;

export class MessageRows {
  constructor(list, template, names, part) {
    Object.assign(this, { list, template, names, part });
    this.asked = new Set();
  }

  rows() { return [...this.list.querySelectorAll(".dv-message")]; }

  find(id) { return this.list.querySelector(`.dv-message[data-id="${CSS.escape(id)}"]`); }

  get newest() { return this.list.querySelector(".dv-message")?.dataset.id ?? null; }

  get oldest() { return this.rows().at(-1)?.dataset.id ?? null; }

  /** A row for a message of the wire, put where its moment belongs. */
  insert(message) {
    const row = this.template.content.querySelector(".dv-message").cloneNode(true);
    for (const element of row.querySelectorAll("[data-script]")) element.hidden = false;
    row.dataset.id = message.get("id");
    this.fill(row, message);
    const id = BigInt(message.get("id"));
    let below = this.list.querySelector(".dv-message");
    while (below && BigInt(below.dataset.id) > id) below = nextRow(below);
    this.list.insertBefore(row, below);
    this.flash(row);
    return row;
  }

  fill(row, message) {
    const ms = msOf(row.dataset.id), time = row.querySelector("time");
    time.dateTime = new Date(ms).toISOString();
    time.title = inUtc(ms);
    time.textContent = timeOfDay(ms);
    row.querySelector("[data-id-text]").textContent = row.dataset.id;
    const remove = row.querySelector("[data-delete]");
    if (remove) remove.href = `?delete=${row.dataset.id}`;
    this.fillData(row, message);
    this.sign(row, message.get("author_id"));
  }

  fillData(row, message) {
    const data = message.get("data"), files = message.get("attachments") ?? [];
    drawFiles(row.querySelector("[data-files]"), files);
    const count = row.querySelector("[data-file-count]");
    count.hidden = files.length === 0;
    count.textContent = fill(ngettext("%(count)s file", "%(count)s files", files.length), { count: files.length });
    const line = oneLine(data);
    row.querySelector("[data-line]").textContent = line.length > LINE ? `${line.slice(0, LINE)}…` : line;
    const whole = write(data, "  ");
    row.querySelector("[data-whole]").textContent = whole.length > WHOLE ? `${whole.slice(0, WHOLE)}…` : whole;
  }

  /** The author's name; the server is asked once for one that this page does not know yet. */
  async sign(row, author) {
    const place = row.querySelector("[data-author]");
    place.textContent = place.title = this.names.get(author) ?? "";
    if (this.names.has(author) || this.asked.has(author)) return;
    this.asked.add(author);
    const id = BigInt(row.dataset.id);
    try {
      const response = await fragment(this.part({ before: id + 1n, after: id - 1n, limit: 1 }));
      const drawn = parseRows(await response.text()).querySelector("[data-author]");
      if (drawn) this.names.set(author, drawn.textContent);
      place.textContent = place.title = this.names.get(author) ?? "";
    } catch {
      this.asked.delete(author);
    }
  }

  update(row, message) {
    this.fillData(row, message);
    row.querySelector("[data-edited]").hidden = false;
    this.flash(row);
  }

  flash(row) {
    row.classList.add("is-changed");
    clearTimeout(row.fading);
    row.fading = setTimeout(() => row.classList.remove("is-changed"), FLASH);
  }

  /** Older rows as the server drew them, below what is here. */
  append(rows) {
    this.list.append(...rows.filter((row) => !this.find(row.dataset.id)).map(ready));
    this.head();
  }

  /** Put the server's rows in place of all that is here; what was unfolded stays unfolded. */
  replace(rows) {
    const open = new Set(this.rows().filter((row) => row.querySelector("details").open).map((row) => row.dataset.id));
    for (const row of rows) {
      ready(row);
      row.querySelector("details").open = open.has(row.dataset.id);
    }
    this.list.replaceChildren(...rows);
    this.head();
  }

  /** One heading above the first message of each day. */
  head() {
    let before = null, heading = null;
    for (const item of [...this.list.children]) {
      if (item.matches(".dv-day")) {
        heading?.remove();
        heading = item;
        continue;
      }
      item.day ??= day(msOf(item.dataset.id)).key;
      if (item.day === before) heading?.remove();
      else this.headWith(item, heading);
      [before, heading] = [item.day, null];
    }
    heading?.remove();
  }

  headWith(row, heading) {
    const place = heading ?? document.createElement("li"), { words } = day(msOf(row.dataset.id));
    place.className = "dv-day";
    if (place.textContent !== words) place.textContent = words;
    if (!heading) row.before(place);
  }
}

function nextRow(row) {
  let next = row.nextElementSibling;
  while (next && !next.matches(".dv-message")) next = next.nextElementSibling;
  return next;
}

function ready(row) {
  for (const element of row.querySelectorAll("[data-script]")) element.hidden = false;
  return row;
}

/** Rows from the server, without running anything: the text becomes an inert document. */
export function parseRows(html) {
  return new DOMParser().parseFromString(`<ul>${html}</ul>`, "text/html").querySelector("ul");
}
