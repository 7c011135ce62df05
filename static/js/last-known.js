/** What devices last said, kept in this browser for the person who looked at them, and for nobody else. */
import { gettext } from "./i18n.js";
import { onDay } from "./words.js";

const KEY = "dv-last-known", MOST_DEVICES = 20, MOST_ROWS = 60, LONGEST = 120;
const text = (node) => node.textContent.replace(/\s+/g, " ").trim().slice(0, LONGEST);

export function known() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY));
    return found && Array.isArray(found.devices) ? found : { owner: "", devices: [] };
  } catch {
    return { owner: "", devices: [] };
  }
}

/** Keep what the page of a device shows. */
export function keep(owner, device) {
  const before = known();
  const others = before.owner === owner ? before.devices.filter((one) => one.address !== device.address) : [];
  try {
    localStorage.setItem(KEY, JSON.stringify({ owner, devices: [device, ...others].slice(0, MOST_DEVICES) }));
  } catch {
    // A browser that keeps nothing has nothing to show later.
  }
}

/** Whoever signs out, or signs in after somebody else, leaves nothing behind. */
export function forgetOthers(owner) {
  if (known().owner !== owner || !owner) localStorage.removeItem(KEY);
}

/** The readings of a device page: a label, and what stands beside it. Moments are kept as moments, since how long ago they
 * are is another thing when they are read. */
export function readingsOf(page) {
  const rows = [...page.querySelectorAll("[data-el]:not(:has([data-el]))")].map((one) => {
    const meter = one.querySelector("[role=meter]");
    const label = one.querySelector("dt, .dv-tile-label, .dv-linear-head, .dv-gauge-tile-label");
    const value = one.querySelector("dd, .dv-tile-value, .dv-linear-head b");
    if (value && label) return [sayingsOf(label, ".dv-sub, .dv-zone, .dv-help, b").filter((said) => typeof said === "string").join(" "), sayingsOf(value)];
    return meter ? [meter.getAttribute("aria-label") ?? "", [meter.getAttribute("aria-valuetext") ?? ""]] : null;
  });
  return rows.filter((row) => row && row[0] && row[1].some(Boolean)).slice(0, MOST_ROWS);
}

/** What an element says, part by part: texts, and moments as `{ at }`; without the parts that `without` names. */
function sayingsOf(element, without = ".dv-help") {
  const found = [], walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const words = text(node), holder = node.parentElement, moment = holder.closest("time");
    if (!words || holder.closest(without) || holder.closest("svg, .visually-hidden")) continue;
    found.push(moment ? { at: Date.parse(moment.dateTime) } : dated(words));
  }
  return found;
}

/** The day of a time that was today when it was kept. */
function dated(words) {
  const today = `${gettext("today")} `;
  return words.startsWith(today) ? `${onDay(Date.now(), 0)} ${words.slice(today.length)}` : words;
}
