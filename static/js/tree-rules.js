/** How a value is drawn in the tree: the same rules as portal/viewer/tree.py. */
import { Digits, sizeOf } from "./json.js";
import { clock, looksLikeMs } from "./words.js";
import { fill, gettext, ngettext } from "./i18n.js";

export const SHOWN_CHILDREN = 200;
const SHOWN_TEXT = 300, DEEPEST_CLASS = 9;
const OPEN_UP_TO = [30, 5];
const TITLES = ["displayString", "display_name", "APP_DISPLAY_NAME", "title", "label", "name"];
const TIME_KEY = /(^|_)(at|time|ts|timestamp|ping|online|until|since|eta|seen|read|updated|created|start|end)$/;

export function kindOf(value) {
  if (value instanceof Map) return "object";
  if (Array.isArray(value)) return "array";
  if (value instanceof Digits) return "num";
  return value === null ? "null" : typeof value === "string" ? "str" : "bool";
}

export function inShort(value) {
  if (value instanceof Digits) return value.text;
  if (typeof value !== "string") return JSON.stringify(value);
  const points = value.length > SHOWN_TEXT ? [...value] : [];
  return points.length > SHOWN_TEXT ? `${JSON.stringify(points.slice(0, SHOWN_TEXT).join("")).slice(0, -1)}…` : JSON.stringify(value);
}

export const opensByItself = (level, size) => size > 0 && size <= (OPEN_UP_TO[level - 1] ?? 0);
export const cssLevel = (level) => `l${Math.min(level - 1, DEEPEST_CLASS)}`;

export function sizeWords(value) {
  return value instanceof Map ? `{${value.size}}` : `[${value.length}]`;
}

export function label(key, value) {
  const name = key || gettext("empty key");
  if (value instanceof Map) return `${name}, ${fill(ngettext("%(count)s key", "%(count)s keys", value.size), { count: value.size })}`;
  if (!Array.isArray(value)) return `${name}, ${inShort(value)}`;
  return `${name}, ${fill(ngettext("%(count)s entry", "%(count)s entries", value.length), { count: value.length })}`;
}

/** What an object calls itself, the moment behind a number, the length of a long text. */
export function hintOf(key, value) {
  if (value instanceof Map) {
    const named = TITLES.find((title) => typeof value.get(title) === "string");
    return named && sizeOf(value) ? [...value.get(named)].slice(0, 80).join("") : "";
  }
  if (typeof value === "string") {
    const length = [...value].length;
    return length > SHOWN_TEXT ? fill(gettext("%(count)s characters"), { count: length }) : "";
  }
  if (!(value instanceof Digits) || !/^\d{9,13}(\.\d+)?$/.test(value.text)) return "";
  const number = Number(value.text);
  if (looksLikeMs(number)) return clock(number);
  return number >= 946684800 && number < 4102444800 && TIME_KEY.test(key) ? clock(number * 1000) : "";
}
