/** The two dialogs of a channel page: edit the state as JSON, publish a message. What was typed survives a refusal. */
import { call, callWithFiles, channelAddress } from "./api.js";
import { changes, collides } from "./json-patch.js";
import { isContainer, parse, same, sizeOf, warningOf, write } from "./json.js";
import { note } from "./page.js";
import { fill, gettext } from "./i18n.js";

const CHECK_AFTER = 150;

function sizeWords(value) {
  if (!isContainer(value)) return "";
  const [one, many] = value instanceof Map ? ["key", "keys"] : ["entry", "entries"];
  return `, ${sizeOf(value)} ${sizeOf(value) === 1 ? one : many}`;
}

class JsonDialog {
  constructor(dialog, channel) {
    this.dialog = dialog;
    this.channel = channel;
    this.form = dialog.querySelector("form");
    this.area = dialog.querySelector("textarea");
    this.says = dialog.querySelector("[data-says]");
    this.quiet = this.says.textContent.trim();
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.save(); });
    this.area.addEventListener("input", () => {
      this.hasWarned = false;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.check(), CHECK_AFTER);
    });
    this.area.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.save(); });
    dialog.querySelector("[data-close]").addEventListener("click", (event) => { event.preventDefault(); dialog.close(); });
    if (dialog.open) { dialog.close(); this.open(); }
  }

  open() {
    this.begin();
    this.dialog.showModal();
    this.area.focus();
    this.area.setSelectionRange(0, 0);
    this.area.scrollTop = 0;
  }

  begin() { this.hasWarned = false; }

  say(words, kind = "") {
    this.says.className = `dv-command${kind ? ` is-${kind}` : ""}`;
    this.says.firstElementChild.textContent = words;
  }

  /** The document as typed; undefined, with the place of the mistake, when it is none. */
  check() {
    if (!this.area.value.trim()) { this.say(this.quiet); return undefined; }
    try {
      const twice = new Set(), value = parse(this.area.value, twice);
      const doubled = twice.size ? fill(gettext(". Written twice, the last one counts: %(keys)s"), { keys: [...twice].slice(0, 3).join(", ") }) : "";
      const warning = warningOf(value) ?? "";
      this.say(warning || `${gettext("Valid JSON")}${sizeWords(value)}${doubled}`, warning || doubled ? "warn" : "");
      return value;
    } catch (problem) {
      this.say(problem.message, "bad");
      return undefined;
    }
  }

  async send(deed, done) {
    const button = this.form.querySelector("[data-save]");
    button.disabled = true;
    try {
      await deed();
      this.dialog.close();
      note(done);
      return true;
    } catch (problem) {
      this.say(problem.message, "bad");
      return false;
    } finally {
      button.disabled = false;
    }
  }
}

export class Publish extends JsonDialog {
  async save() {
    const chosen = this.form.elements.attachment, files = [...chosen.files], isBare = !this.area.value.trim();
    const data = files.length && isBare ? new Map() : this.check();
    if (data === undefined) { if (isBare) this.say(gettext("Write a JSON value first"), "bad"); return; }
    const address = `${channelAddress(this.channel.agent, this.channel.name)}/messages`;
    const wrapped = new Map([["data", data]]);
    const deed = () => (files.length ? callWithFiles("POST", address, wrapped, files) : call("POST", address, wrapped));
    if (await this.send(deed, gettext("Message sent"))) this.area.value = chosen.value = "";
  }
}

export class Editor extends JsonDialog {
  begin() {
    super.begin();
    this.base = this.channel.state;
    if (this.base) this.area.value = write(this.base, "  ");
    this.check();
  }

  get replaces() { return this.form.elements.mode.value === "replace"; }

  /** The state moved while the dialog was open. */
  changed() {
    if (!this.dialog.open || !this.base || this.hasWarned) return;
    this.say(gettext("The state changed since you opened this. Merge touches only the keys that you change"), "warn");
  }

  async save() {
    const typed = this.check();
    if (typed === undefined) return;
    if (!(typed instanceof Map)) { this.say(gettext("The state of a channel is a JSON object: begin with {"), "bad"); return; }
    const patch = this.replaces ? typed : changes(this.base ?? new Map(), typed);
    const current = this.channel.state;
    const isCollision = this.base && (this.replaces ? !same(this.base, current) : collides(patch, this.base, current));
    if (isCollision && !this.hasWarned) {
      this.hasWarned = true;
      this.say(this.replaces ? gettext("The state changed since you opened this. Save again to put yours in its place") : gettext("Somebody changed the same keys meanwhile. Save again to overwrite them"), "warn");
      return;
    }
    if (!this.replaces && patch.size === 0) { this.say(gettext("Nothing is changed yet")); return; }
    const logs = this.form.elements.log.checked;
    await this.send(() => this.channel.write(this.replaces ? "PUT" : "PATCH", patch, logs), gettext("State saved"));
  }
}
