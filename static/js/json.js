/** JSON without loss: numbers keep every digit as written, objects keep the order of their keys (as Maps). */
import { fill, gettext } from "./i18n.js";

export class Digits {
  constructor(text) { this.text = text; }
  toString() { return this.text; }
}

/** What is wrong with a text, and where. */
export class JsonProblem extends Error {
  constructor(message, text, at) {
    const before = text.slice(0, at).split("\n");
    super(fill(gettext("Line %(line)s, column %(column)s: %(problem)s"), { line: before.length, column: before.at(-1).length + 1, problem: message }));
    this.at = at;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const SPACE = /[ \t\n\r]*/y;
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const WORDS = [["true", true], ["false", false], ["null", null]];
const DEEPEST = 500;

class Reader {
  constructor(text, twice) { this.text = text; this.twice = twice; this.at = 0; this.depth = 0; }

  fail(message, at = this.at) { throw new JsonProblem(message, this.text, at); }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found && found[0];
  }

  take(sign) {
    this.match(SPACE);
    if (this.text[this.at] !== sign) return false;
    this.at += 1;
    return true;
  }

  value() {
    this.match(SPACE);
    const sign = this.text[this.at];
    if (sign === "{" || sign === "[") {
      if (++this.depth > DEEPEST) this.fail(fill(gettext("nested deeper than %(levels)s levels"), { levels: DEEPEST }));
      this.at += 1;
      const whole = sign === "{" ? this.object() : this.list();
      this.depth -= 1;
      return whole;
    }
    if (sign === '"') return this.string();
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) { this.at += word.length; return value; }
    }
    const digits = sign === "-" || (sign >= "0" && sign <= "9") ? this.match(NUMBER) : null;
    if (digits) return new Digits(digits);
    return this.fail(sign === undefined ? gettext("it ends where a value should be") : fill(gettext("a value cannot begin with %(sign)s"), { sign }));
  }

  object() {
    const whole = new Map();
    if (this.take("}")) return whole;
    do {
      this.match(SPACE);
      if (this.text[this.at] !== '"') this.fail(gettext("a key in double quotes belongs here"));
      const key = this.string();
      if (!this.take(":")) this.fail(gettext("a colon belongs after the key"));
      if (whole.has(key)) this.twice?.add(key);
      whole.set(key, this.value());
    } while (this.take(","));
    if (!this.take("}")) this.fail(gettext("a comma or } belongs here"));
    return whole;
  }

  list() {
    const whole = [];
    if (this.take("]")) return whole;
    do whole.push(this.value()); while (this.take(","));
    if (!this.take("]")) this.fail(gettext("a comma or ] belongs here"));
    return whole;
  }

  string() {
    const start = this.at++;
    let text = "";
    for (;;) {
      text += this.match(PLAIN);
      const sign = this.text[this.at];
      if (sign === '"') { this.at += 1; return text; }
      if (sign !== "\\") this.fail(sign === undefined ? gettext("this text has no closing quote") : gettext("a line break must be written \\n"), sign === undefined ? start : this.at);
      text += this.escape();
    }
  }

  escape() {
    const sign = this.text[this.at + 1];
    if (sign === "u") {
      const hex = this.text.slice(this.at + 2, this.at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) this.fail(gettext("four hex digits belong after \\u"));
      this.at += 6;
      return String.fromCharCode(parseInt(hex, 16));
    }
    if (!(sign in ESCAPES)) this.fail(gettext("this escape is not known"));
    this.at += 2;
    return ESCAPES[sign];
  }
}

/** The document in `text`; keys that an object holds twice are added to the set `twice`. */
export function parse(text, twice) {
  const reader = new Reader(text, twice);
  const value = reader.value();
  reader.match(SPACE);
  if (reader.at < text.length) reader.fail(gettext("nothing may follow the document"));
  return value;
}

/** A number as sign, digits and power of ten, so that 2.50 and 2.5 are the same. */
function plain(text) {
  const [, sign, whole, part = "", power = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  const digits = (whole + part).replace(/^0+/, ""), kept = digits.replace(/0+$/, "");
  return kept ? `${sign}${kept}e${Number(power) - part.length + digits.length - kept.length}` : "0";
}

/** Whether the server keeps a number as it is: whole ones up to 64 bit, others as far as a double reaches. */
function isKept({ text }) {
  if (/^-?\d+$/.test(text)) return BigInt(text) >= -(2n ** 63n) && BigInt(text) < 2n ** 64n;
  return Number.isFinite(Number(text)) && plain(text) === plain(String(Number(text)));
}

/** The first number in `value` that the server could not keep exactly; undefined when there is none. */
export function firstChanged(value) {
  if (value instanceof Digits) return isKept(value) ? undefined : value;
  if (!isContainer(value)) return undefined;
  for (const [, one] of entriesOf(value)) {
    const found = firstChanged(one);
    if (found) return found;
  }
  return undefined;
}

/** What to say before such a number is saved. */
export function warningOf(value) {
  const number = firstChanged(value);
  return number && fill(gettext("%(number)s has more digits than can be kept: it would be stored as about %(stored)s. Put it in quotes to keep it"), { number: number.text.slice(0, 40), stored: Number(number.text) });
}

export const isContainer = (value) => value instanceof Map || Array.isArray(value);

/** The entries of a container as [key, value], keys as text. */
export function entriesOf(value) {
  if (value instanceof Map) return [...value];
  return Array.isArray(value) ? value.map((one, index) => [String(index), one]) : [];
}

export const sizeOf = (value) => (value instanceof Map ? value.size : value.length);

/** JSON text; compact, or with an entry a line when `step` is given. */
export function write(value, step = "", indent = "") {
  if (value instanceof Digits) return value.text;
  if (!isContainer(value)) return JSON.stringify(value);
  const [open, close] = value instanceof Map ? "{}" : "[]";
  if (!sizeOf(value)) return open + close;
  const inner = indent + step;
  const colon = step ? ": " : ":";
  const lines = entriesOf(value).map(([key, one]) => {
    const text = write(one, step, inner);
    return value instanceof Map ? JSON.stringify(key) + colon + text : text;
  });
  return step ? `${open}\n${inner}${lines.join(`,\n${inner}`)}\n${indent}${close}` : open + lines.join(",") + close;
}

/** Whether two documents say the same, the order of keys included. */
export function same(left, right) {
  if (left === right) return true;
  if (left instanceof Digits) return right instanceof Digits && left.text === right.text;
  if (Array.isArray(left)) {
    return Array.isArray(right) && left.length === right.length && left.every((one, index) => same(one, right[index]));
  }
  if (!(left instanceof Map) || !(right instanceof Map) || left.size !== right.size) return false;
  const others = right.entries();
  for (const [key, value] of left) {
    const [otherKey, other] = others.next().value;
    if (key !== otherKey || !same(value, other)) return false;
  }
  return true;
}

/** JSON on one line as the database writes it: a space after every comma and colon. */
export function oneLine(value) {
  if (!isContainer(value)) return write(value);
  const [open, close] = value instanceof Map ? "{}" : "[]";
  const parts = entriesOf(value).map(([key, one]) => (value instanceof Map ? `${JSON.stringify(key)}: ` : "") + oneLine(one));
  return open + parts.join(", ") + close;
}
