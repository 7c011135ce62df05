/** The filters in the address of a channel page, judged here for what comes in as the server judges what it has. */
import { oneLine } from "./json.js";
import { now } from "./now.js";
import { msOf } from "./words.js";

const NAMES = ["from", "to", "key", "text"];
const JUST_NOW = 60_000;

export class MessageFilter {
  constructor(search) {
    const query = new URLSearchParams(search);
    this.on = Object.fromEntries(NAMES.filter((name) => query.get(name)).map((name) => [name, query.get(name).trim()]));
  }

  /** A span that has ended takes in nothing new; one that has begun takes in only what is new. */
  passes(id, data) {
    const { from, to, key, text } = this.on;
    if (to || (from && msOf(id) < now() - JUST_NOW)) return false;
    if (key && !(data instanceof Map && data.has(key))) return false;
    return !text || oneLine(data).toLowerCase().includes(text.toLowerCase());
  }

  /** A message as the filtered list shows it: with a key, that key alone. */
  project(message) {
    const { key } = this.on;
    return key ? new Map([...message, ["data", new Map([[key, message.get("data").get(key)]])]]) : message;
  }
}
