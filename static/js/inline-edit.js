/** Editing one value where it stands: it checks the JSON, says when somebody else was quicker, keeps what was typed. */
import { holdsNull } from "./json-patch.js";
import { isContainer, parse, same, warningOf, write } from "./json.js";
import { fill, gettext } from "./i18n.js";

export class InlineEdit {
  constructor(item, channel, onEnd) {
    Object.assign(this, { item, channel, onEnd, base: item.json, hasWarned: false });
    this.form = document.createElement("form");
    this.form.className = "dv-json-edit";
    const text = write(item.json, "  ");
    const isLong = isContainer(item.json) || text.length > 60;
    this.input = document.createElement(isLong ? "textarea" : "input");
    this.input.className = "form-control dv-mono";
    this.input.value = text;
    if (isLong) this.input.rows = Math.min(16, text.split("\n").length + 1);
    this.input.spellcheck = false;
    this.input.setAttribute("aria-label", fill(gettext("New value of %(key)s, as JSON"), { key: item.path.at(-1) }));
    this.says = document.createElement("p");
    this.says.setAttribute("role", "status");
    this.says.hidden = true;
    this.form.append(this.input, this.buttons(), this.says);
    this.place();
  }

  place() {
    const main = this.item.querySelector(".dv-json-main");
    const name = main.querySelector(".key");
    main.replaceChildren(name, this.form);
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.save(); });
    this.form.addEventListener("keydown", (event) => this.onKey(event));
    this.input.focus();
    this.input.select();
  }

  buttons() {
    const row = document.createElement("span"), save = document.createElement("button"), cancel = document.createElement("button");
    row.className = "dv-row";
    save.className = "btn btn-s btn-primary";
    save.textContent = gettext("Save");
    cancel.className = "btn btn-s";
    cancel.type = "button";
    cancel.textContent = gettext("Cancel");
    cancel.addEventListener("click", () => this.end());
    row.append(save, cancel);
    this.saveButton = save;
    return row;
  }

  onKey(event) {
    event.stopPropagation();
    if (event.key === "Escape") this.end();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.save();
  }

  /** The value moved while it was being edited. */
  changed(value) {
    this.hasWarned = false;
    this.say(value === undefined ? gettext("This key was deleted meanwhile") : fill(gettext("Now %(value)s: it changed while you were editing"), { value: write(value).slice(0, 120) }), "warn");
  }

  say(words, kind) {
    this.says.hidden = false;
    this.says.className = `dv-command is-${kind}`;
    this.says.textContent = words;
  }

  async save() {
    let value;
    try {
      value = parse(this.input.value);
    } catch (problem) {
      this.say(fill(gettext("%(problem)s. Text belongs in double quotes"), { problem: problem.message }), "bad");
      return;
    }
    if (holdsNull(value)) {
      this.say(gettext("A merge takes null for “delete this key”. Delete the key, or use Edit JSON with Replace"), "bad");
      return;
    }
    const warning = warningOf(value);
    if (warning && this.warnedOf !== this.input.value) {
      this.warnedOf = this.input.value;
      this.say(fill(gettext("%(warning)s, or save again"), { warning }), "warn");
      return;
    }
    if (!same(this.item.json, this.base) && !this.hasWarned) {
      this.hasWarned = true;
      this.say(fill(gettext("It is now %(value)s. Save again to overwrite that"), { value: write(this.item.json).slice(0, 120) }), "warn");
      return;
    }
    this.saveButton.disabled = true;
    try {
      if (!same(value, this.item.json)) await this.channel.setValue(this.item.path, value);
      this.end();
    } catch (problem) {
      this.say(problem.message, "bad");
    } finally {
      this.saveButton.disabled = false;
    }
  }

  end() {
    if (this.isOver) return;
    this.isOver = true;
    this.onEnd();
  }
}
