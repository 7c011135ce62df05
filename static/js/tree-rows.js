/** Draws a document into the rows of a tree and keeps them: what did not change is not touched. */
import { entriesOf, isContainer, same, sizeOf } from "./json.js";
import { SHOWN_CHILDREN, cssLevel, hintOf, inShort, kindOf, label, opensByItself, sizeWords } from "./tree-rules.js";
import { fill, gettext } from "./i18n.js";

const FLASH = 4000;
export const keyOf = (path) => JSON.stringify(path);

function span(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}

export class Rows {
  /** `list` is the tree as the server drew it; what is open there stays open. */
  constructor(list, addressOf) {
    this.list = list;
    this.addressOf = addressOf;
    this.open = new Map();
    this.limits = new Map();
    this.filter = "";
    this.adopt(list, []);
  }

  adopt(list, path) {
    for (const item of list.children) {
      if (item.dataset.key === undefined) continue;
      const here = [...path, item.dataset.key];
      if (item.hasAttribute("aria-expanded")) this.open.set(keyOf(here), item.getAttribute("aria-expanded") === "true");
      const inner = item.querySelector(":scope > ul");
      if (inner) this.adopt(inner, here);
    }
  }

  /** Make the rows equal to `document`; news flashes, and the old value stays a moment, struck through. */
  show(document, isNews) {
    this.document = document;
    this.fill(this.list, document, [], isNews, false);
  }

  isOpen(path, value) {
    return sizeOf(value) > 0 && (this.open.get(keyOf(path)) ?? opensByItself(path.length, sizeOf(value)));
  }

  setOpen(item, isOpen) {
    this.open.set(keyOf(item.path), isOpen);
    this.draw(item, item.json, item.path, false, false);
  }

  /** Open everything on the way to `path`; the row there, when there is one. */
  reveal(path) {
    for (let depth = 1; depth < path.length; depth += 1) this.open.set(keyOf(path.slice(0, depth)), true);
    let list = this.list, value = this.document, item = null;
    for (const [depth, key] of path.entries()) {
      const place = entriesOf(value).findIndex(([one]) => one === key);
      const here = path.slice(0, depth);
      if (place >= this.limit(here)) this.limits.set(keyOf(here), place + SHOWN_CHILDREN);
      this.fill(list, value, here, false, false);
      item = [...list.children].find((one) => one.dataset.key === key);
      if (!item) return null;
      [value, list] = [item.json, item.querySelector(":scope > ul")];
      if (!list) break;
    }
    return item;
  }

  limit(path) { return this.limits.get(keyOf(path)) ?? SHOWN_CHILDREN; }

  fill(list, container, path, isNews, isMatched) {
    const all = entriesOf(container).filter(([key, value]) => isMatched || this.matches(key, value));
    const entries = all.slice(0, this.limit(path));
    const wanted = new Set(entries.map(([key]) => key));
    const drawn = new Map();
    for (const item of [...list.children]) {
      if (item.dataset.key !== undefined && wanted.has(item.dataset.key)) drawn.set(item.dataset.key, item);
      else item.remove();
    }
    let next = list.firstElementChild;
    for (const [key, value] of entries) {
      const item = drawn.get(key) ?? this.make(key, path.length + 1);
      if (item === next) next = next.nextElementSibling;
      else list.insertBefore(item, next);
      const here = [...path, key];
      this.draw(item, value, here, isNews, isMatched || this.keyMatches(key));
    }
    if (all.length > entries.length) list.append(this.more(all.length - entries.length, path));
  }

  make(key, level) {
    const item = document.createElement("li"), row = document.createElement("div"), main = document.createElement("span");
    item.className = cssLevel(level);
    item.dataset.key = key;
    item.tabIndex = -1;
    for (const [name, value] of [["role", "treeitem"], ["aria-level", level], ["aria-selected", "false"]]) item.setAttribute(name, value);
    row.className = "dv-json-row";
    main.className = "dv-json-main";
    row.append(main);
    item.append(row);
    return item;
  }

  draw(item, value, path, isNews, isMatched) {
    const before = item.json;
    const isOpen = isContainer(value) && (this.isOpen(path, value) || (this.filter && !isMatched));
    const unchanged = before !== undefined && same(before, value);
    item.json = value;
    item.path = path;
    if (!unchanged && item.editing) item.editing.changed(value);
    else if (!unchanged) this.drawRow(item, before, value, isNews);
    if (isContainer(value) && sizeOf(value)) item.setAttribute("aria-expanded", String(Boolean(isOpen)));
    else item.removeAttribute("aria-expanded");
    let inner = item.querySelector(":scope > ul");
    if (!isOpen) { inner?.remove(); return; }
    if (!inner) {
      inner = document.createElement("ul");
      inner.setAttribute("role", "group");
      item.append(inner);
    }
    this.fill(inner, value, path, isNews, isMatched);
  }

  drawRow(item, before, value, isNews) {
    const main = item.querySelector(".dv-json-main"), key = item.path.at(-1);
    const name = span("key", key || '""');
    name.title = key;
    const shown = isContainer(value) ? span("size", sizeWords(value)) : span(kindOf(value), inShort(value));
    const flashes = isNews && (before === undefined || !isContainer(value) || !isContainer(before) || item.getAttribute("aria-expanded") !== "true");
    const old = flashes && before !== undefined && !isContainer(value) && !isContainer(before) ? [span("was", inShort(before))] : [];
    const hint = hintOf(key, value);
    const twist = isContainer(value) && sizeOf(value) ? [this.twist(item)] : [];
    main.replaceChildren(...twist, name, ...old, shown, ...(hint ? [span("hint", hint)] : []));
    item.setAttribute("aria-label", label(key, value));
    if (flashes) this.flash(item);
  }

  twist(item) {
    const link = document.createElement("a");
    link.className = "twist";
    link.tabIndex = -1;
    link.setAttribute("aria-hidden", "true");
    link.href = this.addressOf(item.path);
    return link;
  }

  flash(item) {
    const row = item.querySelector(".dv-json-row");
    row.classList.add("is-changed");
    clearTimeout(item.fading);
    item.fading = setTimeout(() => {
      row.classList.remove("is-changed");
      row.querySelector(".was")?.remove();
    }, FLASH);
  }

  more(count, path) {
    const item = document.createElement("li"), button = document.createElement("button");
    item.className = "dv-json-more";
    item.setAttribute("role", "none");
    button.type = "button";
    button.className = "btn btn-s btn-ghost";
    button.textContent = fill(gettext("Show %(some)s of %(count)s more"), { some: Math.min(count, SHOWN_CHILDREN), count });
    button.addEventListener("click", () => {
      this.limits.set(keyOf(path), this.limit(path) + SHOWN_CHILDREN);
      this.show(this.document, false);
    });
    item.append(button);
    return item;
  }

  keyMatches(key) { return this.filter !== "" && key.toLowerCase().includes(this.filter); }

  matches(key, value) {
    return this.filter === "" || this.keyMatches(key) || entriesOf(value).some(([inner, one]) => this.matches(inner, one));
  }
}
