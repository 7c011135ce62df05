/** Editing one value where it stands: it checks the JSON, says when somebody else was quicker, keeps what was typed. */
import { holdsNull } from "./json-patch.js";
import { isContainer, parse, same, warningOf, write } from "./json.js";

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
    this.input.setAttribute("aria-label", `New value of ${item.path.at(-1)}, as JSON`);
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
    save.textContent = "Save";
    cancel.className = "btn btn-s";
    cancel.type = "button";
    cancel.textContent = "Cancel";
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
    this.say(value === undefined ? "This key was deleted meanwhile" : `Now ${write(value).slice(0, 120)}: it changed while you were editing`, "warn");
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
      this.say(`${problem.message}. Text belongs in double quotes`, "bad");
      return;
    }
    if (holdsNull(value)) {
      this.say("A merge takes null for \"delete this key\". Delete the key, or use Edit JSON with Replace", "bad");
      return;
    }
    const warning = warningOf(value);
    if (warning && this.warnedOf !== this.input.value) {
      this.warnedOf = this.input.value;
      this.say(`${warning}, or save again`, "warn");
      return;
    }
    if (!same(this.item.json, this.base) && !this.hasWarned) {
      this.hasWarned = true;
      this.say(`It is now ${write(this.item.json).slice(0, 120)}. Save again to overwrite that`, "warn");
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
