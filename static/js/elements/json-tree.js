/** <json-tree>: the state as a tree for pointer and keyboard; it draws, selects, folds, copies and hands edits on. */
import { at, resolve } from "../json-patch.js";
import { isContainer, write } from "../json.js";
import { copy, iconButton } from "../page.js";
import { Rows } from "../tree-rows.js";
import { InlineEdit } from "../inline-edit.js";
import { gettext } from "../i18n.js";

const MOVES = { ArrowDown: 1, ArrowUp: -1 };

class JsonTree extends HTMLElement {
  connectedCallback() {
    this.channel = this.closest("live-channel");
    this.list = this.querySelector("[role=tree]");
    this.base = this.channel.getAttribute("base");
    this.rows = new Rows(this.list, (path) => this.addressOf(path));
    this.mayWrite = this.channel.hasAttribute("may-write");
    this.tools = this.makeTools();
    this.settle(this.list.querySelector("[aria-selected=true]") ?? this.items()[0]);
    this.list.addEventListener("click", (event) => this.onClick(event));
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    this.list.addEventListener("pointerover", (event) => this.placeTools(event.target.closest("[role=treeitem]")));
    this.list.addEventListener("pointerleave", () => this.placeTools(this.current));
  }

  /** Make the tree equal to `document`. The address is looked at again the first time: the server may not have drawn it. */
  show(document, isNews) {
    const isFirst = this.document === undefined;
    this.document = document;
    this.rows.show(document, isNews && !isFirst);
    this.list.hidden = document.size === 0;
    this.querySelector("[data-empty]").hidden = document.size > 0;
    if (isFirst || this.isMissing) this.revealAddress();
    if (!this.current?.isConnected) this.settle(this.items()[0]);
  }

  setFilter(text) {
    this.rows.filter = text.trim().toLowerCase();
    if (this.document) this.rows.show(this.document, false);
  }

  addressOf(path) { return this.base + path.map(encodeURIComponent).join("/"); }

  revealAddress() {
    const rest = location.pathname.startsWith(this.base) ? location.pathname.slice(this.base.length) : "";
    const steps = rest.split("/").filter(Boolean).map(decodeURIComponent);
    const path = resolve(this.document, steps);
    this.isMissing = path.join("/") !== steps.join("/");
    this.channel.showMissing(this.isMissing ? steps.join("/") : "");
    if (path.length && !this.isMissing) this.select(this.rows.reveal(path));
  }

  items() { return [...this.list.querySelectorAll("[role=treeitem]")]; }

  /** The row that the Tab key leads to. */
  settle(item) {
    if (!item) return;
    if (this.current && this.current !== item) {
      this.current.tabIndex = -1;
      this.current.setAttribute("aria-selected", "false");
      this.current.querySelector(".dv-json-row")?.classList.remove("is-focused");
    }
    this.current = item;
    item.tabIndex = 0;
  }

  /** Choose a row: it is marked and focused, and the address leads to it. */
  select(item) {
    if (!item) return;
    this.isMissing = false;
    this.channel.showMissing("");
    this.settle(item);
    item.setAttribute("aria-selected", "true");
    item.querySelector(".dv-json-row").classList.add("is-focused");
    this.placeTools(item);
    item.focus({ preventScroll: true });
    item.querySelector(".dv-json-row").scrollIntoView({ block: "nearest" });
    history.replaceState(null, "", this.addressOf(item.path ?? []) + location.search);
    this.channel.showPath(item.path ?? []);
  }

  fold(item, isOpen) {
    if (item.hasAttribute("aria-expanded") && item.path) this.rows.setOpen(item, isOpen);
  }

  onClick(event) {
    const item = event.target.closest("[role=treeitem]");
    if (!item?.path || event.target.closest("button, input, textarea")) return;
    event.preventDefault();
    if (event.target.closest(".twist") || item === this.current) this.fold(item, item.getAttribute("aria-expanded") !== "true");
    this.select(item);
  }

  onKey(event) {
    const item = event.target.closest("[role=treeitem]");
    if (event.target !== item || !item.path || event.ctrlKey || event.metaKey || event.altKey) return;
    const isOpen = item.getAttribute("aria-expanded");
    const items = this.items(), place = items.indexOf(item);
    const parent = item.parentElement.closest("[role=treeitem]");
    const deeds = {
      ArrowRight: () => (isOpen === "true" ? this.select(item.querySelector("[role=treeitem]")) : this.fold(item, true)),
      ArrowLeft: () => (isOpen === "true" ? this.fold(item, false) : this.select(parent)),
      Enter: () => (isOpen === null ? this.edit(item) : this.fold(item, isOpen !== "true")),
      " ": () => this.fold(item, isOpen !== "true"),
      Home: () => this.select(items[0]),
      End: () => this.select(items.at(-1)),
      g: () => this.select(items[0]),
      G: () => this.select(items.at(-1)),
      e: () => this.edit(item),
      c: () => copy(write(item.json, "  "), "Value"),
      Delete: () => this.remove(item),
    };
    const deed = event.key in MOVES ? () => this.select(items[place + MOVES[event.key]]) : deeds[event.key];
    if (!deed) return;
    event.preventDefault();
    event.stopPropagation();
    deed();
  }

  makeTools() {
    const tools = document.createElement("span");
    tools.className = "tools";
    const here = () => tools.closest("[role=treeitem]");
    tools.append(
      iconButton("link", gettext("Copy path"), () => copy(here().path.join("."), gettext("Path"))),
      iconButton("copy", gettext("Copy value"), () => copy(write(here().json, "  "), gettext("Value"))),
    );
    if (this.mayWrite) {
      tools.append(iconButton("pencil", gettext("Edit"), () => this.edit(here())), iconButton("trash", gettext("Delete key"), () => this.remove(here())));
    }
    return tools;
  }

  placeTools(item) {
    const row = item?.path && !item.editing ? item.querySelector(".dv-json-row") : null;
    if (row && this.tools.parentElement !== row) row.append(this.tools);
    if (!row) this.tools.remove();
  }

  /** Edit where the value stands; `e` without a row edits the selected one. */
  edit(item = this.current) {
    if (!this.mayWrite || !item?.path || item.editing || item.json === undefined) return;
    this.tools.remove();
    item.editing = new InlineEdit(item, this.channel, () => {
      item.editing = null;
      this.rows.drawRow(item, undefined, item.json, false);
      this.select(item);
    });
  }

  remove(item) {
    if (this.mayWrite && item?.path) this.channel.removeKey(item.path, isContainer(at(this.document, item.path)));
  }
}

customElements.define("json-tree", JsonTree);
